"""Which column of a table, or property of a feature, plays which part: said by a person, where a guess would be wrong.

Written ``image=path,class=label,x1=left,y1=top,x2=right,y2=bottom,score=conf``; a name with a comma stands in double quotes.
``units=pixels`` or ``units=relative`` says what the numbers of a box are, ``order=xyxy``, ``xywh`` or ``cxcywh`` what a list of
four in one cell is.

=========================  ================================================================
part                       meaning
=========================  ================================================================
image, class, score, id    names of the image and class, score, own id of the record
x1, y1, x2, y2             left, top, right, lower edge
x, y, w, h                 left, top, width, height
cx, cy, w, h               centre, width, height
bbox                       all four as a list in one cell; by default x, y, width, height, as in COCO
width, height              sides of the image in pixels
=========================  ================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from diag_gui.exceptions import DiagError

PARTS = ("image", "class", "score", "x1", "y1", "x2", "y2", "x", "y", "w", "h", "cx", "cy", "bbox", "width", "height", "id")
UNITS = ("pixels", "relative")
BOXES: dict[str, tuple[str, str, str, str]] = {
    "xyxy": ("x1", "y1", "x2", "y2"),
    "xywh": ("x", "y", "w", "h"),
    "cxcywh": ("cx", "cy", "w", "h"),
}
"""The parts that make a box, by the order of `box_layouts`."""


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What was said; empty means that nothing was.

    Attributes
    ----------
    columns : mapping of str to str
        Part to column.
    units : str
        One of `UNITS`, or empty: as the numbers look.
    order : str
        One of `box_layouts.ORDERS`, of four numbers in one cell; empty where nothing was said.
    """

    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    units: str = ""
    order: str = ""

    def __bool__(self) -> bool:
        return bool(self.columns or self.units or self.order)

    @property
    def text(self) -> str:
        """The choice as it is written."""
        pairs = [f"{part}={_quoted(column)}" for part, column in self.columns.items()]
        said = [f"{name}={value}" for name, value in (("units", self.units), ("order", self.order)) if value]
        return ",".join([*pairs, *said])


NO_CHOICE = ColumnChoice()


def parse_columns(text: str) -> ColumnChoice:
    """Return the choice that a text makes.

    Raises
    ------
    DiagError
        If it is not of the form ``part=column,…``, names an unknown part, or one twice.
    """
    chosen: dict[str, str] = {}
    for cell in _cells(text):
        part, sign, column = cell.partition("=")
        part, column = part.strip().lower(), column.strip()
        if not sign or not column:
            raise DiagError(f"columns: {cell.strip()[:80]!r} is not of the form part=column")
        if part not in (*PARTS, "units", "order"):
            raise DiagError(f"columns: there is no part {part[:40]!r}; parts are {', '.join(PARTS)}, and units and order")
        if part in chosen:
            raise DiagError(f"columns: {part} is chosen twice")
        chosen[part] = column
    units = chosen.pop("units", "").lower()
    if units and units not in UNITS:
        raise DiagError(f"columns: units are {' or '.join(UNITS)}, not {units[:40]!r}")
    order = chosen.pop("order", "").lower()
    if order and order not in BOXES:
        raise DiagError(f"columns: orders are {', '.join(BOXES)}, not {order[:40]!r}")
    return ColumnChoice(MappingProxyType(chosen), units, order)


def _cells(text: str) -> list[str]:
    """Return the parts between commas that do not stand in quotes."""
    cells: list[str] = [""]
    is_quoted = False
    for sign in text:
        if sign == '"':
            is_quoted = not is_quoted
        elif sign == "," and not is_quoted:
            cells.append("")
        else:
            cells[-1] += sign
    if is_quoted:
        raise DiagError("columns: a quote is not closed")
    return [cell for cell in cells if cell.strip()]


def _quoted(column: str) -> str:
    return f'"{column}"' if "," in column or column != column.strip() else column
