"""The command line: one module per verb, no analysis in it."""
