"""Which columns of a table of boxes are what, proposed from the names in its header and overruled by what was chosen.

Names are compared without case, blanks and signs, and without a leading ``bbox``, ``box`` or ``rect``. Corners go before sizes
where a table has both: then ``width`` and ``height`` are those of the image, as TensorFlow's tables have them. YOLTv4's
``Xmin_Glob`` … go before ``Xmin`` …: the first are pixels of the image, the second of the tile.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from diag_gui.exceptions import FormatError
from diag_gui.formats.box_layouts import ORDERS
from diag_gui.formats.column_choice import BOXES, NO_CHOICE, ColumnChoice
from diag_gui.formats.roles import GROUND_TRUTH, PREDICTIONS, Role

_IMAGE = ("filename", "imagename", "imagepath", "imagefile", "image", "path", "filepath", "file", "img", "imgname", "imname",
          "imageid", "imgid", "picture", "photo", "imageroot", "imnameroot", "frame")  # fmt: skip
_IMAGE_OF_GLOBAL = ("imageroot", "imnameroot", *_IMAGE)
_CLASS = ("classname", "class", "labelname", "label", "categoryname", "category", "cls", "objectclass", "species", "objecttype",
          "classid", "categoryid", "labelid", "type", "name")  # fmt: skip
_SCORE = ("score", "confidence", "conf", "prob", "probability", "scores", "detectionscore")
_ID = ("annotationid", "annid", "boxid", "objectid", "id")
_WIDTH = ("imagewidth", "imgwidth", "imwidth", "imgw", "imagew", "width")
_HEIGHT = ("imageheight", "imgheight", "imheight", "imgh", "imageh", "height")
_BOXES: tuple[tuple[str, tuple[str, str, str, str]], ...] = (
    ("xyxy", ("xminglob", "yminglob", "xmaxglob", "ymaxglob")),
    ("xyxy", ("xmin", "ymin", "xmax", "ymax")),
    ("xyxy", ("x1", "y1", "x2", "y2")),
    ("xyxy", ("x0", "y0", "x1", "y1")),
    ("xyxy", ("left", "top", "right", "bottom")),
    ("xyxy", ("minx", "miny", "maxx", "maxy")),
    ("xyxy", ("xtl", "ytl", "xbr", "ybr")),
    ("xyxy", ("xtopleft", "ytopleft", "xbottomright", "ybottomright")),
    ("cxcywh", ("cx", "cy", "w", "h")),
    ("cxcywh", ("cx", "cy", "width", "height")),
    ("cxcywh", ("xcenter", "ycenter", "width", "height")),
    ("cxcywh", ("xcenter", "ycenter", "w", "h")),
    ("cxcywh", ("centerx", "centery", "width", "height")),
    ("cxcywh", ("xc", "yc", "w", "h")),
    ("xywh", ("x", "y", "w", "h")),
    ("xywh", ("x", "y", "width", "height")),
    ("xywh", ("left", "top", "width", "height")),
    ("xywh", ("xmin", "ymin", "width", "height")),
    ("xywh", ("x1", "y1", "w", "h")),
    ("xywh", ("x1", "y1", "width", "height")),
)
_ORDER_OF_LISTS = "xywh"
_PREFIX = re.compile(r"^(?:bbox|boundingbox|box|rect)(?=.)")


@dataclass(frozen=True, slots=True)
class TableLayout:
    """The columns that play a part; empty where none does.

    Attributes
    ----------
    image, category, score, identifier : str
    box : tuple of str
        Four columns in the order of ``order``, or one whose cells are lists of four.
    order : str
        One of `box_layouts.ORDERS`.
    width, height : str
        Sides of the image.
    units : str
        ``"pixels"``, ``"relative"``, or empty: as the numbers look.
    """

    image: str
    category: str
    score: str
    box: tuple[str, ...]
    order: str
    width: str = ""
    height: str = ""
    identifier: str = ""
    units: str = ""

    @property
    def lacking(self) -> tuple[str, ...]:
        """What a table of boxes needs and this one has not."""
        return tuple(what for what, has in (("image", self.image), ("box", self.box)) if not has)

    @property
    def used(self) -> frozenset[str]:
        """The columns that play a part."""
        return frozenset({self.image, self.category, self.score, self.width, self.height, self.identifier, *self.box} - {""})

    @property
    def choice(self) -> dict[str, str]:
        """Part to column, as `column_choice` writes it."""
        box = dict(zip(BOXES[self.order], self.box, strict=True)) if len(self.box) == 4 else {"bbox": "".join(self.box)}
        parts = {"image": self.image, "class": self.category, **box}
        parts |= {"score": self.score, "width": self.width, "height": self.height, "id": self.identifier}
        return {part: column for part, column in parts.items() if column}


def proposed_layout(names: Sequence[str], choice: ColumnChoice = NO_CHOICE) -> TableLayout:
    """Return the layout that a header suggests, with what was chosen in place of what was guessed.

    Parameters
    ----------
    names : sequence of str
        Of the columns.
    choice : ColumnChoice
        A box that is chosen is chosen whole: its parts have to be those of one order.
    """
    plain = {_plain(name): name for name in reversed(names) if name}
    chosen = choice.columns
    order, box = _chosen_box(choice)
    if not box:
        order, box = next(
            ((order, tuple(plain[part] for part in parts)) for order, parts in _BOXES if all(part in plain for part in parts)),
            (choice.order or _ORDER_OF_LISTS, tuple(plain[key] for key in ("bbox", "box") if key in plain)[:1]),
        )
    free = {key: name for key, name in plain.items() if name not in box and name not in chosen.values()}

    def of(part: str, keys: tuple[str, ...]) -> str:
        return chosen.get(part) or next((free[key] for key in keys if key in free), "")

    is_global = bool(box) and _plain(box[0]).endswith("glob")
    return TableLayout(
        image=of("image", _IMAGE_OF_GLOBAL if is_global else _IMAGE),
        category=of("class", _CLASS),
        score=of("score", _SCORE),
        box=box,
        order=order if box else ORDERS[0],
        width=of("width", _WIDTH),
        height=of("height", _HEIGHT),
        identifier=of("id", _ID),
        units=choice.units,
    )


def checked_layout(path: Path, names: Sequence[str], choice: ColumnChoice, *, needs_score: bool = False) -> TableLayout:
    """Return the layout of a table that has to have one.

    Raises
    ------
    FormatError
        If a chosen column is not there, the chosen parts of a box are not those of one order, or there is no image, box, or score
        where one is needed.
    """
    for part, column in choice.columns.items():
        if column not in names:
            raise FormatError(path, f"has no column {column!r} for {part}; there are {', '.join(names)[:400]}", "header")
    layout = proposed_layout(names, choice)
    given = [part for part in choice.columns if any(part in parts for parts in BOXES.values())]
    if given and not _chosen_box(choice)[1]:
        raise FormatError(
            path, f"{', '.join(given)} make no box: all four of one of {'; '.join(', '.join(parts) for parts in BOXES.values())}",
            "columns",
        )  # fmt: skip
    lacking = (*layout.lacking, *(("score",) if needs_score and not layout.score else ()))
    if lacking:
        raise FormatError(
            path, f"no columns are called like {' and '.join(lacking)}; choose them "
            f"({columns_flag(PREDICTIONS if needs_score else GROUND_TRUTH)}); there are {', '.join(names)[:400]}", "header",
        )  # fmt: skip
    return layout


def columns_flag(role: Role) -> str:
    """Return how the command line is told which column is what."""
    is_run = role == PREDICTIONS
    return f"{'--pred-columns' if is_run else '--columns'} image=…,class=…,x1=…,y1=…,x2=…,y2=…{',score=…' if is_run else ''}"


def _chosen_box(choice: ColumnChoice) -> tuple[str, tuple[str, ...]]:
    """Return order and columns of the box that was chosen; no columns where none was, or not all four of one order."""
    for order, parts in BOXES.items():
        if all(part in choice.columns for part in parts):
            return order, tuple(choice.columns[part] for part in parts)
    return choice.order or _ORDER_OF_LISTS, (choice.columns["bbox"],) if "bbox" in choice.columns else ()


def _plain(name: str) -> str:
    bare = re.sub(r"[^a-z0-9]", "", name.casefold())
    return _PREFIX.sub("", bare)
