"""Where names and cells of a square matrix stand in the room there is."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

HEADING_PX, _BOTTOM_PX = 16.0, 2.0
_MOST_NAMES_PX = 96.0
_MAX_CELL_PX = 46.0
_WIDEST_CELL = 2.2
"""Of what height a cell is wide at most."""
LEAST_NAMED_ROW_PX = 9.5
_LEAST_TURNED_COLUMN_PX, _LEAST_TURNED_PX = 10.0, 36.0
"""Width of a column, and height above the rows, from which its name stands upright."""

_LEAST_LEVEL_COLUMN_PX = 34.0
_UNNAMED_PX = 12.0
_MOST_NAMED_ROWS = 41


@dataclass(frozen=True, slots=True)
class MatrixLayout:
    """The places, in pixels.

    Attributes
    ----------
    n : int
        Rows, and columns.
    names_px : float
        Width of the names of the rows, which end where the cells begin.
    left, top : float
        Of the first cell.
    width, height : float
        Of a cell.
    is_turned : bool
        Whether the names of the columns are read from below.
    is_level : bool
        Whether they stand as they are read; with neither there is no room for them.
    """

    n: int
    names_px: float
    left: float
    top: float
    width: float
    height: float
    is_turned: bool
    is_level: bool

    @property
    def rows_are_named(self) -> bool:
        """Whether a row is high enough for letters."""
        return self.height >= LEAST_NAMED_ROW_PX - 0.5

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Return the rectangle of a cell, a little apart from its neighbours where they are large enough."""
        gap = 1.0 if min(self.width, self.height) > 6 else 0.0
        left, top = self.left + column * self.width, self.top + row * self.height
        return QRectF(left, top, self.width - gap, self.height - gap)

    def cell_at(self, at: QPointF) -> tuple[int, int] | None:
        """Return row and column of the cell at a point."""
        row, column = self._row(at), self._column(at)
        return (row, column) if row >= 0 and column >= 0 else None

    def row_named_at(self, at: QPointF) -> int:
        """Return the row whose name stands at a point, -1 for none."""
        return self._row(at) if self.left - self.names_px <= at.x() < self.left else -1

    def column_named_at(self, at: QPointF) -> int:
        """Return the column whose name stands at a point, -1 for none."""
        return self._column(at) if 0 <= at.y() < self.top else -1

    def _row(self, at: QPointF) -> int:
        row = int((at.y() - self.top) // self.height)
        return row if 0 <= row < self.n else -1

    def _column(self, at: QPointF) -> int:
        column = int((at.x() - self.left) // self.width)
        return column if 0 <= column < self.n else -1


def lay_out(width: float, height: float, n: int, widest_px: float) -> MatrixLayout:
    """Return the layout of ``n`` rows and columns of which the longest name is ``widest_px`` wide.

    Names of columns stand level where they fit, else upright where there is room above the rows.
    """
    names = min(widest_px + 10.0, _MOST_NAMES_PX, width / 3)
    top, sizes = HEADING_PX, _sizes(width, height, HEADING_PX, n, names)
    room = height - _BOTTOM_PX - n * LEAST_NAMED_ROW_PX
    fits = sizes[1] >= widest_px + 4
    is_turned = not fits and sizes[1] >= _LEAST_TURNED_COLUMN_PX and room >= _LEAST_TURNED_PX
    if is_turned:
        top = max(min(names, room), _LEAST_TURNED_PX)
        sizes = _sizes(width, height, top, n, names)
    named, cell_width, cell_height = sizes
    left = named + max(0.0, (width - named - cell_width * n - 4) / 2)
    is_level = not is_turned and (fits or cell_width >= _LEAST_LEVEL_COLUMN_PX)
    return MatrixLayout(n, named, left, top, cell_width, cell_height, is_turned, is_level)


def least_height(n: int) -> int:
    """Return the height below which rows would be lower than letters; 0 where there are too many to keep them readable."""
    return round(HEADING_PX + n * LEAST_NAMED_ROW_PX + _BOTTOM_PX) if n <= _MOST_NAMED_ROWS else 0


def _sizes(width: float, height: float, top: float, n: int, names: float) -> tuple[float, float, float]:
    """Return the width of the names, width and height of a cell, where the first row begins at ``top``."""
    cell_height = max(min((height - top - _BOTTOM_PX) / n, _MAX_CELL_PX), 0.5)
    named = names if cell_height >= LEAST_NAMED_ROW_PX - 0.5 else _UNNAMED_PX
    return named, max(min((width - named - 4) / n, _MAX_CELL_PX, _WIDEST_CELL * cell_height), 0.5), cell_height
