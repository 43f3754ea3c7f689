"""Where a figure comes from: counts, what was left out, formula, settings, source, and what other tools would say.

May import the rest of `diag_gui.evaluation` and below; nothing of the evaluation imports it.
"""
