"""Columns computed from pictures. May import evaluation and below; who decodes the pictures is told by the caller."""
