"""The filter language of the command-line page: one for the filter box, ``--where``, ``--slice`` and saved slices.

Reading is in `expression_parser`, the tree and its text in `expression_syntax`, the answer per row in
`expression_evaluation`, and what the filter box offers while typing in `expression_completion`.
"""

from __future__ import annotations

from diag_gui.data.expression_completion import Completion, CompletionSource, complete
from diag_gui.data.expression_evaluation import BoundColumn, Lookup, ManyValued, can_hold, evaluate
from diag_gui.data.expression_parser import parse
from diag_gui.data.expression_syntax import Expression, Name, conjunction, name_text, to_text, value_text

__all__ = [
    "BoundColumn",
    "Completion",
    "CompletionSource",
    "Expression",
    "Lookup",
    "ManyValued",
    "Name",
    "can_hold",
    "complete",
    "conjunction",
    "evaluate",
    "name_text",
    "parse",
    "to_text",
    "value_text",
]
