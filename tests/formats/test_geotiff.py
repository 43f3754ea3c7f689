"""Large TIFFs by windows: the pixels are those of the whole picture, and no more is read than is shown."""

from __future__ import annotations

import struct
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from diag_gui.exceptions import FormatError, LimitError
from diag_gui.formats import geotiff
from diag_gui.formats.decode_worker import DecodeWorker
from diag_gui.formats.geotiff import OverviewNeededError
from diag_gui.formats.image_size import read_header
from diag_gui.formats.images import PADDING, DecodeRequest, decode
from diag_gui.formats.limits import LIMITS
from tests.formats.large_tiffs import opened_again, pattern, write_huge, write_tiff

WIDTH, HEIGHT = 333, 217
LAYOUTS = [
    {},
    {"compress": "lzw"},
    {"compress": "deflate", "predictor": 2},
    {"tiled": True, "blockxsize": 64, "blockysize": 32},
    {"tiled": True, "blockxsize": 64, "blockysize": 64, "compress": "deflate"},
    {"compress": "lzw", "interleave": "band"},
]


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Make every picture of this file too large to be decoded whole."""
    monkeypatch.setitem(LIMITS, "image_pixels", 60_000)
    monkeypatch.setenv("DIAG_GUI_CACHE", str(tmp_path / "cache"))


def whole(path: Path) -> np.ndarray:
    """Return the picture as OpenCV decodes it, in RGB."""
    stored = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    if stored.ndim == 2:
        stored = stored[:, :, None].repeat(3, axis=2)
    return stored[:, :, 2::-1]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("n_bands", [1, 3, 4])
@pytest.mark.usefixtures("little_room")
def test_a_window_holds_the_pixels_of_the_whole_picture(tmp_path: Path, layout: dict, n_bands: int) -> None:
    path = write_tiff(
        tmp_path / "a.tif", pattern(WIDTH, HEIGHT, n_bands, "uint8"), photometric="RGB" if n_bands > 2 else None, **layout
    )
    found = decode(DecodeRequest(path, crop=(100, 50, 120, 90)))
    np.testing.assert_array_equal(found, whole(path)[50:140, 100:220])


@pytest.mark.usefixtures("little_room")
def test_16_bits_are_divided_by_a_power_of_two_and_bands_beyond_three_left_out(tmp_path: Path) -> None:
    path = write_tiff(
        tmp_path / "a.tif", pattern(WIDTH, HEIGHT, 4, "uint16"), tiled=True, blockxsize=64, blockysize=64, compress="lzw"
    )
    found = decode(DecodeRequest(path, crop=(100, 50, 120, 90)))
    # 250 * 13 has twelve bits.
    expected = np.moveaxis(pattern(WIDTH, HEIGHT, 4, "uint16")[:3] >> 4, 0, -1)
    np.testing.assert_array_equal(found, expected[50:140, 100:220])


@pytest.mark.usefixtures("little_room")
def test_floats_are_stretched_and_what_is_unknown_left_out(tmp_path: Path) -> None:
    pixels = np.full((1, HEIGHT, WIDTH), -9999.0, np.float32)
    pixels[0, :, 100:200] = 0.25
    pixels[0, :, 200:] = 0.75
    path = write_tiff(tmp_path / "a.tif", pixels, nodata=-9999.0)
    found = decode(DecodeRequest(path, crop=(0, 0, WIDTH, 20)))
    assert found[10, [150, 250], 0].tolist() == [0, 255]


@pytest.mark.parametrize(("dtype", "largest"), [("uint16", 40), ("uint16", 4000), ("float32", 0.75), ("int16", 200)])
def test_a_large_picture_is_as_bright_as_a_small_one(
    dtype: str, largest: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = np.linspace(0, largest, WIDTH * HEIGHT).reshape(1, HEIGHT, WIDTH).astype(dtype)
    path = write_tiff(tmp_path / "a.tif", pixels)
    request = DecodeRequest(path, crop=(100, 50, 120, 90))
    decoded = decode(request)
    monkeypatch.setitem(LIMITS, "image_pixels", 60_000)
    np.testing.assert_array_equal(decode(request), decoded)


@pytest.mark.parametrize("n_bits", [1, 4])
@pytest.mark.usefixtures("little_room")
def test_white_is_white_of_few_bits(n_bits: int, tmp_path: Path) -> None:
    pixels = np.zeros((1, HEIGHT, WIDTH), np.uint8)
    pixels[:, :, 100:] = (1 << n_bits) - 1
    found = decode(DecodeRequest(write_tiff(tmp_path / "a.tif", pixels, nbits=n_bits), crop=(90, 0, 20, 1)))
    assert found[0, :, 0].tolist() == [0] * 10 + [255] * 10


@pytest.mark.usefixtures("little_room")
def test_the_range_of_values_is_looked_for_once_as_long_as_the_file_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    look = geotiff.LargeTiff._range

    def counted(tiff: geotiff.LargeTiff) -> tuple[float, float]:
        looked.append(tiff._path.name)
        return look(tiff)

    monkeypatch.setattr(geotiff.LargeTiff, "_range", counted)
    monkeypatch.setattr(geotiff, "_RANGES", {})
    monkeypatch.setattr(geotiff, "_MOST_RANGES", 2)

    def brightest(name: str) -> int:
        return int(decode(DecodeRequest(tmp_path / name, crop=(0, 0, 20, 10))).max())

    for name in ("a.tif", "b.tif", "c.tif"):
        write_tiff(tmp_path / name, np.full((1, HEIGHT, WIDTH), 1000, np.uint16))
        assert [brightest(name), brightest(name)] == [250, 250]
        assert len(geotiff._RANGES) <= 2
    assert looked == ["a.tif", "b.tif", "c.tif"]
    write_tiff(tmp_path / "c.tif", np.full((1, HEIGHT, WIDTH), 4000, np.uint16), compress="lzw")
    assert brightest("c.tif") == 250
    assert looked[3:] == ["c.tif"]


@pytest.mark.usefixtures("little_room")
def test_palettes_become_their_colours(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", np.ones((1, HEIGHT, WIDTH), np.uint8), photometric="palette")
    with opened_again(path) as file:
        file.write_colormap(1, {0: (0, 0, 0, 255), 1: (200, 10, 30, 255)})
    assert decode(DecodeRequest(path, crop=(5, 5, 4, 4)))[0, 0].tolist() == [200, 10, 30]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.usefixtures("little_room")
def test_turned_pictures_are_cut_where_their_boxes_lie(tmp_path: Path, orientation: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_tiff(tmp_path / "a.tif", pattern(WIDTH, HEIGHT, 3, "uint8"), photometric="RGB")
    add_orientation(path, orientation)
    request = DecodeRequest(path, crop=(40, 30, 60, 50), upright=True)
    by_window = decode(request)
    monkeypatch.setitem(LIMITS, "image_pixels", 1 << 28)
    np.testing.assert_array_equal(by_window, decode(request))
    # OpenCV turns a TIFF by itself.
    np.testing.assert_array_equal(by_window, whole(path)[30:80, 40:100])
    stored = decode(replace(request, upright=False, stated_size=(WIDTH, HEIGHT)))
    np.testing.assert_array_equal(stored, np.moveaxis(pattern(WIDTH, HEIGHT, 3, "uint8"), 0, -1)[30:80, 40:100])


@pytest.mark.usefixtures("little_room")
def test_what_lies_outside_is_grey_and_parts_are_made_to_size(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", np.full((3, HEIGHT, WIDTH), 200, np.uint8), photometric="RGB")
    found = decode(DecodeRequest(path, crop=(-20, HEIGHT - 20, 40, 40), size=(80, 80)))
    assert found.shape == (80, 80, 3)
    assert (found[:40, 40:] == 200).all()
    assert (found[:, :40] == PADDING).all()
    assert (found[40:] == PADDING).all()


@pytest.mark.parametrize(
    "layout", [{"compress": "lzw", "blockysize": 1}, {"tiled": True, "blockxsize": 64, "blockysize": 64}], ids=str
)
@pytest.mark.usefixtures("little_room")
def test_the_whole_picture_made_small_is_the_mean_of_its_pixels(
    tmp_path: Path, layout: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_tiff(tmp_path / "a.tif", pattern(WIDTH, HEIGHT, 3, "uint8"), photometric="RGB", **layout)
    expected = cv2.resize(whole(path), (111, 72), interpolation=cv2.INTER_AREA)
    by_gdal = decode(DecodeRequest(path, size=(111, 72)))
    assert np.abs(by_gdal.astype(int) - expected).mean() < 4
    # As of a file so large that all of it takes long.
    for name in ("_READ_PIXELS", "_MOST_READ_PIXELS", "_CHUNK_PIXELS"):
        monkeypatch.setattr(geotiff, name, 1000)
    monkeypatch.setattr(geotiff, "OVERVIEW_SIDE", 111)
    if "tiled" in layout:
        with pytest.raises(OverviewNeededError):
            decode(DecodeRequest(path, size=(111, 72)))
        made = decode(DecodeRequest(path, size=(111, 73), makes_overview=True))
        kept = decode(DecodeRequest(path, size=(111, 73)))
        np.testing.assert_array_equal(made, kept)
        blocks = whole(path)[:216].reshape(72, 3, 111, 3, 3).mean(axis=(1, 3))
        np.testing.assert_allclose(made[:72], blocks, atol=0.51)
    else:
        rows = decode(DecodeRequest(path, size=(111, 72)))
        assert rows.shape == (72, 111, 3)


@pytest.mark.parametrize("damage", ["nothing", "half", "flat", "floats", "another size"])
@pytest.mark.usefixtures("little_room")
def test_a_damaged_small_picture_is_made_anew(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_READ_PIXELS", "_MOST_READ_PIXELS"):
        monkeypatch.setattr(geotiff, name, 1000)
    path = write_tiff(tmp_path / "a.tif", pattern(WIDTH, HEIGHT, 1, "uint8"), tiled=True, blockxsize=64, blockysize=64)
    request = DecodeRequest(path, max_side=100)
    expected = decode(replace(request, makes_overview=True))
    (kept,) = (tmp_path / "cache" / "overviews").glob("*.npy")
    whole_file = kept.read_bytes()
    if damage in ("nothing", "half"):
        kept.write_bytes(whole_file[: len(whole_file) // 2 if damage == "half" else 0])
    else:
        small = np.load(kept)
        np.save(kept, {"flat": small.ravel(), "floats": small.astype(float), "another size": small[:-1]}[damage])
    with pytest.raises(OverviewNeededError):
        decode(request)
    np.testing.assert_array_equal(decode(replace(request, makes_overview=True)), expected)
    assert kept.read_bytes() == whole_file


@pytest.mark.usefixtures("little_room")
def test_from_afar_the_overviews_are_read_and_near_by_the_pixels(tmp_path: Path) -> None:
    dark, light = np.full((1, HEIGHT, WIDTH), 10, np.uint8), np.full((1, HEIGHT, WIDTH), 240, np.uint8)
    path = write_tiff(tmp_path / "a.tif", dark, tiled=True, blockxsize=64, blockysize=64, overviews=(2, 4))
    with opened_again(path) as file:
        file.write(light)
    assert (decode(DecodeRequest(path, size=(WIDTH // 4, HEIGHT // 4))) == 10).all()
    assert (decode(DecodeRequest(path, crop=(64, 64, 64, 64))) == 240).all()


@pytest.mark.usefixtures("little_room")
def test_a_damaged_window_is_an_error_of_the_file(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", pattern(WIDTH, HEIGHT, 3, "uint8"), compress="deflate", photometric="RGB")
    data = path.read_bytes()
    place = len(data) // 3
    path.write_bytes(data[:place] + b"\xff" * (len(data) // 3) + data[2 * place :])
    with pytest.raises(FormatError, match="picture is unreadable"):
        decode(DecodeRequest(path, crop=(0, 90, WIDTH, 40)))


@pytest.mark.usefixtures("little_room")
def test_without_the_extra_it_is_named_and_other_pictures_keep_their_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)
    path = write_tiff(tmp_path / "a.tif", pattern(WIDTH, HEIGHT, 1, "uint8"))
    with pytest.raises(FormatError, match=r"read by windows, which needs the extra \[geo\]: pip install 'diag-gui\[geo\]'"):
        decode(DecodeRequest(path, crop=(0, 0, 10, 10)))
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((HEIGHT, WIDTH), np.uint8))
    with pytest.raises(LimitError, match="image_pixels"):
        decode(DecodeRequest(tmp_path / "a.png", crop=(0, 0, 10, 10)))


def test_the_size_of_a_large_tiff_is_known_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_huge(tmp_path / "a.tif", 30_000, marks=[(10_000, 20_000)], overviews=False)
    monkeypatch.setitem(sys.modules, "rasterio", None)
    assert read_header(path).upright_size == (30_000, 30_000)
    assert read_header(path).limit == ("image_pixels", 900_000_000)


def test_a_square_of_30_000_is_looked_at_in_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIAG_GUI_CACHE", str(tmp_path / "cache"))
    marks = [(10_010, 20_030), (29_970, 29_980)]
    with DecodeWorker() as worker:
        for overviews in (True, False):
            path = write_huge(tmp_path / f"{overviews}.tif", 30_000, marks=marks, overviews=overviews)
            for left, top in marks:
                near = worker.submit(DecodeRequest(path, crop=(left - 5, top - 5, 30, 20))).result()
                assert (near[5:15, 5:25] == 255).all()
                assert (near[:4] < 50).all()
                small = worker.submit(DecodeRequest(path, crop=(left, top, 20, 10), size=(40, 20))).result()
                assert (small == 255).all()
        whole_small = worker.submit(DecodeRequest(tmp_path / "True.tif", max_side=768)).result()
        assert whole_small.shape == (768, 768, 3)
        # Nothing but the tiles of the marks is bright; see where from afar.
        rows, columns = np.nonzero(whole_small[:, :, 0])
        assert {(x * 30_000 // 768 // 512, y * 30_000 // 768 // 512) for x, y in zip(columns, rows, strict=True)} >= {(19, 39)}


def test_a_picture_that_takes_its_time_holds_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIAG_GUI_CACHE", str(tmp_path / "cache"))
    path = write_huge(tmp_path / "a.tif", 17_000, marks=[(100, 100), (9_000, 9_000)], overviews=False)
    with DecodeWorker() as worker:
        slow = worker.submit(DecodeRequest(path, max_side=500))
        quick = [worker.submit(DecodeRequest(path, crop=(9_000, 9_000, 20, 10))) for _ in range(3)]
        assert all((one.result(timeout=60) == 255).all() for one in quick)
        assert len(worker.process_ids()) == 1
        assert slow.result(timeout=120).shape == (500, 500, 3)
        # Kept for the next time.
        assert worker.submit(DecodeRequest(path, max_side=400)).result(timeout=20).shape == (400, 400, 3)
        assert list((tmp_path / "cache" / "overviews").glob("*.npy"))


def test_closing_while_a_small_picture_is_made_waits_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIAG_GUI_CACHE", str(tmp_path / "cache"))
    path = write_huge(tmp_path / "a.tif", 60_000, marks=[(100, 100), (9_000, 9_000), (30_000, 40_000)], overviews=False)
    worker = DecodeWorker()
    slow = worker.submit(DecodeRequest(path, max_side=500))
    worker.submit(DecodeRequest(path, crop=(0, 0, 20, 10))).result(timeout=60)
    worker.close()
    assert isinstance(slow.exception(timeout=5), FormatError)


def add_orientation(path: Path, orientation: int) -> None:
    """Append a directory like the first one of a little-endian TIFF with the tag 274 in it."""
    data = bytearray(path.read_bytes())
    (place,) = struct.unpack("<I", data[4:8])
    (count,) = struct.unpack("<H", data[place : place + 2])
    entries = [bytes(data[place + 2 + 12 * k : place + 14 + 12 * k]) for k in range(count)]
    entries = sorted(
        [*entries, struct.pack("<HHIHH", 274, 3, 1, orientation, 0)], key=lambda entry: struct.unpack("<H", entry[:2])
    )
    new = len(data) + len(data) % 2
    data += bytes(len(data) % 2) + struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    data[4:8] = struct.pack("<I", new)
    path.write_bytes(bytes(data))
