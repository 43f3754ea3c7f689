"""What a panel says where its figures are not of the rows that the filters show."""

from __future__ import annotations

from diag_gui.session.controller import Controller
from diag_gui.session.state import SessionState
from diag_gui.ui.models.fate_cells import FATE_WORDS
from diag_gui.ui.plain_text import count, plural


def cover_of(controller: Controller, state: SessionState) -> str:
    """Return which images figures are of, empty where they are of what the filters show.

    Notes
    -----
    Figures of classes, the curve and the matrix follow filters of images and classes. Filters that speak of objects, decisions or
    cells choose rows of the gallery; matched anew without the rest, the figures would be those of a slice, which has its page.
    """
    if state.evaluation is None or controller.query.figures_follow():
        return ""
    return f"all of {plural(state.evaluation.totals.n_images, 'image')}"


def cover_of_runs(controller: Controller, state: SessionState) -> str:
    """Return which images runs are compared on, and which filters are not followed; empty where nothing is filtered.

    Notes
    -----
    Runs are compared over all classes and everything on the images that filters of images leave, as ``evaluate --compare
    --where`` does: ECE, YOLTv4's passes and the resamples behind the intervals are of all classes together. A class that is asked
    for has its line on the page, which is brought into sight; what else chooses rows is answered by the Failures page.
    """
    shown, left_out = state.side_by_side, controller.query.chips_of_rows()
    if shown is None or state.dataset is None:
        return ""
    everything = len(state.dataset.images)
    n = shown.runs[shown.active].evaluation.totals.n_images
    images = f"all {plural(n, 'image')}" if n == everything else f"{count(n)} of {plural(everything, 'image')}"
    if not left_out:
        return "" if n == everything else f"on {images}"
    are_classes = all(key.field == "class_rows" for text, key in controller.query.chips() if text in left_out)
    n_gt = shown.runs[shown.active].evaluation.per_class.n_gt
    if are_classes and all(n_gt[row] > 0 for row in state.query.class_rows):
        own = f"“{left_out[0]}” has its line" if len(left_out) == 1 else f"the {len(left_out)} classes asked for have their lines"
        return f"on {images} and all classes; {own} below"
    more = f" and {len(left_out) - 1} more are" if len(left_out) > 1 else " is"
    return f"on {images} and all classes: “{FATE_WORDS.get(left_out[0], left_out[0])}”{more} not followed"


COVER_MEANING = (
    "The filters choose rows here; these figures are of everything on those images. Figures of a part: the Slices page."
)
RUNS_COVER_MEANING = (
    "Runs are compared over all classes and everything on the images that filters of images leave, as evaluate --compare --where "
    "does: ECE, YOLTv4's passes and the resamples behind the intervals are of all classes together, a class has its line below. "
    "Filters that choose rows are followed by the Failures page; runs on a part: the Slices page."
)
