"""Diagnose object detectors: where they fail, why, and whether the label or the model is wrong."""

__version__ = "0.1.0"
