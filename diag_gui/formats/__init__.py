"""Bytes in and out: one module per file format. Every record is validated at this border. May import evaluation and below."""
