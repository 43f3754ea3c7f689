"""Facts: frozen arrays that the rest of the program reads. May import numpy, ``registry`` and ``exceptions`` only."""
