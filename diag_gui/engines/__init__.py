"""Where the slow part of an evaluation runs: this process, or workers of a cluster.

May import `diag_gui.formats` and below. The library of a cluster is imported when one is asked for.
"""
