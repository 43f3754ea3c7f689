"""Which decisions an outcome row shows: the one rule behind filters, badges and counts, in the window and on the command line.

A row shows what was decided about

* itself: the prediction of a prediction's row, the label of a label's row, and the pair that either is in,
* the label that its prediction is matched to or aims at, where the row is about that label as well: a true positive,
  a localization, a classification or a both error. A duplicate and a background error are about the prediction alone.
  What was decided about that label *and another prediction* stays with the two,
* the image it lies on. An image's decision counts on each of its rows like one of their own and looks different.

A row is *tagged* if it shows a tag, *reviewed* if it shows a tag or a verdict. A filter on ``tag`` without a prefix asks
what a row shows, "label is fine" among it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from diag_gui.data.arrays import BoolArray, IntArray
from diag_gui.data.expression import ManyValued
from diag_gui.evaluation.builtin_columns import TagColumns
from diag_gui.evaluation.outcomes import OutcomeKind, Outcomes

PAIR_KINDS = (OutcomeKind.TRUE_POSITIVE, OutcomeKind.LOCALIZATION, OutcomeKind.CLASSIFICATION, OutcomeKind.BOTH)
"""Outcomes of a prediction that are about the label it is matched to or aims at as well."""


def predictions_about(outcomes: Outcomes, gt_rows: Iterable[int]) -> IntArray:
    """Return the predictions that show what was decided about any of the labels ``gt_rows``: rows, int32, ascending."""
    asked = np.fromiter(gt_rows, np.int64)
    if not len(asked):
        return np.zeros(0, np.int32)
    # What aims at a label lies on its image.
    images = np.unique(outcomes.ground_truth.image_row[asked])
    first, last = (outcomes.predictions.image_offsets[images + edge] for edge in (0, 1))
    n_on_image = last - first
    rows = np.repeat(first - np.cumsum(n_on_image) + n_on_image, n_on_image) + np.arange(n_on_image.sum())
    rows = rows[np.isin(outcomes.kind[rows], np.array(PAIR_KINDS, np.uint8))]
    return rows[np.isin(outcomes.target_of(rows), asked)].astype(np.int32)


def rows_on_images(outcomes: Outcomes, image_rows: Iterable[int]) -> IntArray:
    """Return the outcome rows that lie on any of the images: int32, ascending."""
    asked = np.fromiter(image_rows, np.int64)
    if not len(asked):
        return np.zeros(0, np.int32)
    return np.flatnonzero(np.isin(outcomes.image_row(np.arange(len(outcomes))), asked)).astype(np.int32)


def shown_tags(outcomes: Outcomes, tags: TagColumns) -> ManyValued:
    """Return the tags that each outcome row shows of itself, its pair and its label; those of its image are the image's column.

    Parameters
    ----------
    outcomes : Outcomes
    tags : TagColumns
        Of the run of ``outcomes``.

    Returns
    -------
    ManyValued
        Of all P + G outcome rows.
    """
    n = outcomes.n_predictions
    names: dict[int, set[str]] = defaultdict(set)
    for row, own in tags.pred.items():
        names[row] |= own
    for row, own in tags.gt.items():
        names[n + row] |= own
    label = tags.label if tags.label is not None else tags.gt
    about = predictions_about(outcomes, label)
    for row, target in zip(about.tolist(), outcomes.target_of(about).tolist(), strict=True):
        names[row] |= label[target]
    entries = [(row, name) for row in sorted(names) for name in sorted(names[row])]
    return ManyValued(len(outcomes), np.array([row for row, _ in entries], np.int32), tuple(name for _, name in entries))


def tagged_rows(outcomes: Outcomes, tags: TagColumns) -> BoolArray:
    """Return which outcome rows show a tag, also one of their image: bool, shape (P + G,)."""
    of_rows = shown_tags(outcomes, tags)
    tagged = np.zeros(len(outcomes), np.bool_)
    tagged[of_rows.rows[np.array([text not in tags.verdicts for text in of_rows.texts], np.bool_)]] = True
    tagged[rows_on_images(outcomes, (row for row, names in tags.image.items() if names - tags.verdicts))] = True
    return tagged
