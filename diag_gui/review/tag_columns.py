"""Decisions as the columns that filters read, the same for the window and the command line."""

from __future__ import annotations

from diag_gui.evaluation.builtin_columns import TagColumns
from diag_gui.review.attach import ReviewState
from diag_gui.review.decisions import Decision
from diag_gui.review.events import LABEL_IS_FINE


def tag_columns(review: ReviewState, run_index: int) -> TagColumns:
    """Return decisions as columns; a filter finds "label is fine" like a tag.

    Parameters
    ----------
    review : ReviewState
    run_index : int
        Place of the run whose predictions are shown among those the review is attached to; -1 for none.
    """
    alone = {row: _words(review.decisions.about(key)) for row, key in review.places.key_at.items()}
    return TagColumns(
        image={row: _words(decision) for row, decision in review.images.items()},
        gt={row: _words(decision) for row, decision in review.ground_truth.items()},
        pred={row: _words(decision) for (run, row), decision in review.predictions.items() if run == run_index},
        label={row: words for row, words in alone.items() if words},
        verdicts=frozenset({LABEL_IS_FINE}),
    )


def _words(decision: Decision) -> frozenset[str]:
    return decision.tag_names | {LABEL_IS_FINE} if decision.verdict == LABEL_IS_FINE else decision.tag_names
