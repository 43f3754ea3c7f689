"""Arguments that say something only beside others: what would be passed over in silence is refused."""

from __future__ import annotations

import argparse
import sys

from diag_gui.evaluation.params import DEFAULT_RESAMPLES
from diag_gui.evaluation.rule_settings import Rules
from diag_gui.exceptions import EvaluationError

FEW_RESAMPLES = 100
"""Below this the bounds, percentiles 2.5 and 97.5, lie between the outermost few resamples."""


def check_together(parsed: argparse.Namespace) -> None:
    """Refuse arguments that would do nothing, and say where intervals are coarse; a verb may lack any of them.

    Raises
    ------
    EvaluationError
        Names the argument, and the one that is missing.
    """
    if getattr(parsed, "bins", None) is not None and not parsed.slice:
        raise EvaluationError("--bins", "parts the columns that --slice names; give --slice COLUMN too")
    if getattr(parsed, "discover_class", None) is not None and not parsed.discover:
        raise EvaluationError("--discover-class", "narrows what --discover searches; give --discover too")
    if getattr(parsed, "hierarchy", None) is not None and parsed.rules != Rules.OPEN_IMAGES:
        raise EvaluationError(
            "--hierarchy", f"only the rules of Open Images go by it, not those of {parsed.rules}; give --rules openimages too"
        )
    if getattr(parsed, "verified", None) is not None and parsed.rules != Rules.OPEN_IMAGES:
        raise EvaluationError(
            "--verified", f"only the rules of Open Images go by it, not those of {parsed.rules}; give --rules openimages too"
        )
    if getattr(parsed, "no_measure", False) and not parsed.discover:
        raise EvaluationError("--no-measure", "is about what --discover searches; give --discover too")
    n = getattr(parsed, "intervals", None)
    if n is not None and n < FEW_RESAMPLES and not parsed.quiet:
        said = f"note: --intervals: bounds by {n} resamples are coarse; {FEW_RESAMPLES} or more, as a rule {DEFAULT_RESAMPLES:,}"
        print(said, file=sys.stderr)
