"""Where on the map the pixels of a picture lie, from the files that lie beside it, else from its own tags.

Read are ``PICTURE.aux.xml`` (its GeoTransform), world files (``.pgw``, ``.jgw``, ``.tfw``, ``.wld`` and the like), and the tags
of a GeoTIFF. The coordinates have to be of the same system as those that are to be placed; nothing is projected.

References
----------
https://gdal.org/user/raster_data_model.html#affine-geotransform; ESRI, *World files for raster datasets*: the origin of a world
file is the centre of the first pixel, that of a GeoTransform its corner.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import FloatArray
from diag_gui.exceptions import FormatError
from diag_gui.formats.file_reading import decode_text, read_bytes
from diag_gui.formats.geotiff_tags import geotransform_of
from diag_gui.formats.text_rows import floats_of


@dataclass(frozen=True, slots=True)
class Georeference:
    """An affine map: ``X = x0 + a·column + b·row``, ``Y = y0 + d·column + e·row``, from the corner of the first pixel."""

    x0: float
    a: float
    b: float
    y0: float
    d: float
    e: float

    def pixels(self, points: FloatArray) -> FloatArray:
        """Return column and row of points of the map, both float64 of shape (N, 2)."""
        matrix = np.array([[self.a, self.b], [self.d, self.e]])
        return np.asarray(np.linalg.solve(matrix, (points - [self.x0, self.y0]).T).T, np.float64)


def georeference_of(picture: Path) -> Georeference | None:
    """Return where a picture lies, None where nothing usable says so."""
    for path, read in _beside(picture):
        if not path.is_file():
            continue
        try:
            numbers = read(path)
        except FormatError:
            # The next file may say it; that none does is said by who asked.
            continue
        if numbers is not None and np.isfinite(numbers).all() and abs(numbers[1] * numbers[5] - numbers[2] * numbers[4]) > 0:
            return Georeference(*numbers)
    return None


def _beside(picture: Path) -> list[tuple[Path, Callable[[Path], list[float] | None]]]:
    ending = picture.suffix[1:]
    short = f".{ending[0]}{ending[-1]}w" if len(ending) > 1 else ".wld"
    worlds = [picture.with_suffix(short), picture.with_name(f"{picture.name}w"), picture.with_suffix(".wld")]
    return [
        (picture.with_name(f"{picture.name}.aux.xml"), _of_aux),
        *((world, _of_world) for world in worlds),
        (picture, geotransform_of),
    ]


def _of_aux(path: Path) -> list[float] | None:
    from diag_gui.formats.xml_reading import parse_xml

    words = (parse_xml(path, read_bytes(path, "xml_bytes")).findtext("GeoTransform") or "").replace(",", " ").split()
    return floats_of(words) if len(words) == 6 else None


def _of_world(path: Path) -> list[float] | None:
    """Return the numbers in the order of a GeoTransform, moved from the centre of the first pixel to its corner."""
    numbers = floats_of(decode_text(path, read_bytes(path, "text_bytes")).split())
    if numbers is None or len(numbers) != 6:
        return None
    a, d, b, e, x, y = numbers
    return [x - a / 2 - b / 2, a, b, y - d / 2 - e / 2, d, e]
