"""What a panel says where its figures are not of the rows that the filters show."""

from __future__ import annotations

from diag_gui.session.controller import Controller
from diag_gui.session.state import SessionState
from diag_gui.ui.plain_text import plural


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


COVER_MEANING = (
    "The filters choose rows here; these figures are of everything on those images. Figures of a part: the Slices page."
)
