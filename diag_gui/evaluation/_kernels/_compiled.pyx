# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The hot loops, compiled. Each function has a readable twin of the same name in ``numpy_kernel``."""
