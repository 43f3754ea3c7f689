"""Where GeoTIFFs say they lie, against what GDAL reads from them, and labels of the map on a large one."""

from __future__ import annotations

import io
import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from diag_gui.formats.georeference import georeference_of
from diag_gui.formats.geotiff_tags import _is_point, _tags, geotransform_of
from diag_gui.formats.opening import open_ground_truth
from tests.formats.large_tiffs import opened_again, write_tiff
from tests.formats.reading import put_json

NORTH_UP = Affine(1e-5, 0.0, -90.5, 0.0, -2e-5, 14.9)
TURNED = Affine(0.3, -0.4, 500_000.0, -0.4, -0.3, 4_200_000.0)


def as_gdal_reads(path: Path) -> tuple[float, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(path) as file:
            return file.transform.to_gdal()


@pytest.mark.parametrize("transform", [NORTH_UP, TURNED], ids=["north up", "turned"])
@pytest.mark.parametrize("layout", [{}, {"BIGTIFF": "YES"}, {"ENDIANNESS": "BIG"}], ids=str)
def test_tags_say_what_gdal_reads(tmp_path: Path, transform: Affine, layout: dict) -> None:
    path = write_tiff(tmp_path / "a.tif", np.zeros((1, 40, 50), np.uint8), transform=transform, **layout)
    expected = as_gdal_reads(path)
    np.testing.assert_allclose(geotransform_of(path), expected, rtol=1e-12)


def test_coordinates_of_the_middle_of_pixels_are_moved_to_the_corner(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", np.zeros((1, 40, 50), np.uint8), transform=NORTH_UP, crs="EPSG:4326")
    with opened_again(path) as file:
        file.update_tags(AREA_OR_POINT="Point")
        # Written anew, for the way that the numbers are stored changes with it.
        file.transform = NORTH_UP
    expected = as_gdal_reads(path)
    assert _is_point(_tags(io.BytesIO(path.read_bytes()))[34735])
    np.testing.assert_allclose(geotransform_of(path), expected, rtol=1e-12)


def test_other_files_say_nothing(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = write_tiff(tmp_path / "plain.tif", np.zeros((1, 4, 5), np.uint8))
    whole = write_tiff(tmp_path / "a.tif", np.zeros((1, 40, 50), np.uint8), transform=NORTH_UP).read_bytes()
    for place, data in enumerate((plain.read_bytes(), b"", b"II*\0", whole[:100], b"\x89PNG\r\n\x1a\n" + bytes(40))):
        path = tmp_path / f"{place}.tif"
        path.write_bytes(data)
        assert (geotransform_of(path), georeference_of(path)) == (None, None)


@pytest.mark.parametrize("place", [2**63 - 1, 2**63, 2**64 - 1])
def test_places_beyond_any_file_say_nothing(tmp_path: Path, place: int) -> None:
    directory = struct.pack("<HHQ", 8, 0, place)
    scale = struct.pack("<HHQQ", 8, 0, 16, 1) + struct.pack("<HHQQ", 33550, 12, 3, place)
    for name, data in (("directory", directory), ("values", scale)):
        path = tmp_path / f"{name}.tif"
        path.write_bytes(b"II+\0" + data + bytes(64))
        assert geotransform_of(path) is None
        assert georeference_of(path) is None


def test_labels_of_the_map_are_placed_by_the_picture_itself(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    write_tiff(tmp_path / "images" / "a.tif",
               np.zeros((1, 400, 500), np.uint8), transform=NORTH_UP)  # fmt: skip
    left, top, right, bottom = -90.5 + 100e-5, 14.9 - 50 * 2e-5, -90.5 + 130e-5, 14.9 - 90 * 2e-5
    ring = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
    feature = {"type": "Feature", "properties": {"class": "plane"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    put_json(tmp_path / "labels.json", {"type": "FeatureCollection", "features": [feature]}).rename(tmp_path / "a.geojson")
    dataset = open_ground_truth(tmp_path / "a.geojson", images=tmp_path / "images").dataset
    np.testing.assert_allclose(dataset.ground_truth.xywh, [[100, 50, 30, 40]], atol=1e-3)
