"""The places of the pages in the rail, from top to bottom."""

from __future__ import annotations

FAILURES, SLICES, RUNS, FILES, PROBLEMS = range(5)
