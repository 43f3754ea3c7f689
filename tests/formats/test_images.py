"""Picture headers and pixels: every kind, orientation, depth, and what must not be decoded."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from diag_gui.exceptions import FormatError, LimitError
from diag_gui.formats.image_size import read_header
from diag_gui.formats.images import PADDING, DecodeRequest, decode
from tests.formats.pictures import cmyk_jpeg, encoded, exif, jpeg_with_orientation
from tests.shared_data import CORPUS, DATA, needs_shared

RED, BLUE = np.array([255, 0, 0]), np.array([0, 0, 255])


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_bomb(side: int) -> bytes:
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", b"") + png_chunk(b"IEND", b"")


def near(pixel: np.ndarray, colour: np.ndarray) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() < 40)


@pytest.mark.parametrize("ending", [".jpg", ".png", ".bmp", ".webp", ".tiff", ".gif"])
def test_headers_of_every_kind(tmp_path: Path, ending: str) -> None:
    header = read_header(put(tmp_path / "picture.dat", encoded(ending, 70, 50)))
    assert (header.width, header.height, header.orientation) == (70, 50, 1)
    assert header.kind == ending[1:].replace("jpg", "jpeg")


def test_lossless_and_extended_webp(tmp_path: Path) -> None:
    pixels = np.zeros((50, 70, 4), np.uint8)
    data = cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes()
    assert read_header(put(tmp_path / "a.webp", data)).upright_size == (70, 50)
    block = exif(6)
    body = b"VP8X" + struct.pack("<I", 10) + b"\x08\0\0\0" + (69).to_bytes(3, "little") + (49).to_bytes(3, "little")
    body += data[12:] + b"EXIF" + struct.pack("<I", len(block)) + block
    extended = b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
    header = read_header(put(tmp_path / "b.webp", extended))
    assert (header.width, header.height, header.orientation, header.upright_size) == (70, 50, 6, (50, 70))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_headers(tmp_path: Path, orientation: int, order: str) -> None:
    header = read_header(put(tmp_path / "a.jpg", jpeg_with_orientation(70, 50, orientation, order)))
    assert header.orientation == orientation
    assert header.upright_size == ((50, 70) if orientation >= 5 else (70, 50))
    png = encoded(".png", 70, 50)
    with_exif = png[:33] + png_chunk(b"eXIf", exif(orientation, order)) + png[33:]
    assert read_header(put(tmp_path / "a.png", with_exif)).orientation == orientation


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_pixels_are_those_of_opencv(tmp_path: Path, orientation: int) -> None:
    path = put(tmp_path / "a.jpg", jpeg_with_orientation(64, 48, orientation))
    expected = cv2.imread(str(path), cv2.IMREAD_COLOR)[:, :, ::-1]
    np.testing.assert_array_equal(decode(DecodeRequest(path)), expected)


def test_boxes_decide_whether_a_picture_is_turned(tmp_path: Path) -> None:
    path = put(tmp_path / "a.jpg", jpeg_with_orientation(64, 48, 6))
    assert decode(DecodeRequest(path, stated_size=(64, 48))).shape == (48, 64, 3)
    assert decode(DecodeRequest(path, stated_size=(48, 64))).shape == (64, 48, 3)
    assert decode(DecodeRequest(path, stated_size=(999, 999))).shape == (48, 64, 3), "stored pixels unless the size says so"
    assert decode(DecodeRequest(path, stated_size=(64, 48), upright=True)).shape == (64, 48, 3)
    square = put(tmp_path / "b.jpg", jpeg_with_orientation(48, 48, 6))
    assert near(decode(DecodeRequest(square, stated_size=(48, 48)))[24, 4], RED), "a square is not turned"


@pytest.mark.parametrize("ending", [".jpg", ".png", ".bmp", ".webp", ".tiff", ".gif"])
def test_pixels_of_every_kind_whatever_the_ending_says(tmp_path: Path, ending: str) -> None:
    picture = decode(DecodeRequest(put(tmp_path / "a.jpg", encoded(ending, 64, 48))))
    assert (picture.shape, picture.dtype) == ((48, 64, 3), np.uint8)
    assert picture.flags.c_contiguous
    assert near(picture[24, 4], RED)
    assert near(picture[24, 60], BLUE)


def test_depths_become_eight_bit(tmp_path: Path) -> None:
    ramp = np.arange(64, dtype=np.uint16)[None, :].repeat(8, axis=0)
    for name, pixels in {"16": ramp * 1024, "12": ramp * 64, "8 in 16": ramp * 4}.items():
        picture = decode(DecodeRequest(put(tmp_path / "a.png", cv2.imencode(".png", pixels)[1].tobytes())))
        assert picture[0, :, 0].tolist() == list(range(0, 256, 4)), name
    floats = cv2.imencode(".tiff", ramp.astype(np.float32) / 63)[1].tobytes()
    picture = decode(DecodeRequest(put(tmp_path / "a.tiff", floats)))
    assert (int(picture.min()), int(picture.max())) == (0, 255)
    alpha = cv2.imencode(".png", np.full((8, 8, 4), (255, 0, 0, 10), np.uint8))[1].tobytes()
    assert decode(DecodeRequest(put(tmp_path / "b.png", alpha)))[0, 0].tolist() == [0, 0, 255]


def test_four_inks_become_red_green_and_blue(tmp_path: Path) -> None:
    path = put(tmp_path / "a.jpg", cmyk_jpeg(64, 48))
    assert read_header(path).upright_size == (64, 48)
    for request in (DecodeRequest(path), DecodeRequest(path, crop=(0, 0, 64, 48))):
        picture = decode(request)
        assert picture.shape == (48, 64, 3)
        assert near(picture[24, 4], RED)
        assert near(picture[24, 60], BLUE)


def test_smaller_results_keep_the_shape(tmp_path: Path) -> None:
    path = put(tmp_path / "a.jpg", encoded(".jpg", 800, 600))
    assert decode(DecodeRequest(path, max_side=100)).shape == (75, 100, 3)
    assert decode(DecodeRequest(path, max_side=5000)).shape == (600, 800, 3), "never enlarged"
    assert decode(DecodeRequest(path, size=(50, 20))).shape == (20, 50, 3)


@pytest.mark.parametrize("ending", [".jpg", ".png"])
def test_crops_show_what_the_box_holds(tmp_path: Path, ending: str) -> None:
    path = put(tmp_path / "a.dat", encoded(ending, 800, 600))
    crop = decode(DecodeRequest(path, crop=(380, 100, 40, 40)))
    assert crop.shape == (40, 40, 3)
    assert near(crop[20, 8], RED)
    assert near(crop[20, 31], BLUE)
    small = decode(DecodeRequest(path, crop=(0, 0, 800, 600), size=(80, 60)))
    assert near(small[30, 20], RED)
    assert near(small[30, 60], BLUE)


def test_crops_reach_beyond_the_picture(tmp_path: Path) -> None:
    path = put(tmp_path / "a.png", encoded(".png", 100, 80))
    crop = decode(DecodeRequest(path, crop=(-50, -40, 100, 80), size=(200, 160)))
    assert (crop[:80] == PADDING).all()
    assert (crop[:, :100] == PADDING).all()
    assert near(crop[90, 110], RED)
    assert (decode(DecodeRequest(path, crop=(500, 500, 10, 10))) == PADDING).all()
    assert decode(DecodeRequest(path, crop=(-1e9, -1e9, 2e9, 2e9), size=(64, 64))).shape == (64, 64, 3)


@pytest.mark.parametrize("crop", [(0, 0, 0, 5), (0, 0, float("nan"), 5), (0, 0, -3, 5), (0, 0, 1e9, 1e9)])
def test_impossible_crops_are_refused(tmp_path: Path, crop: tuple[float, float, float, float]) -> None:
    path = put(tmp_path / "a.png", encoded(".png", 100, 80))
    with pytest.raises(FormatError, match="crop"):
        decode(DecodeRequest(path, crop=crop))


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"hello", "known kind"),
        (encoded(".jpg", 160, 120)[:700], "unreadable"),
        (encoded(".png", 160, 120)[:100], "truncated"),
        (encoded(".png", 160, 120)[:20], "unreadable"),
        (b"\xff\xd8\xff", "unreadable"),
        (b"\xff\xd8" + b"\xff\xe1\x00\x02" * 5000, "unreadable"),
        (b"II*\0\xff\xff\xff\xff", "unreadable"),
        (b"GIF89a\0\0\0\0", "0 x 0"),
        (b"RIFF\0\0\0\0WEBP", "unreadable"),
    ],
)
def test_bad_pictures_are_refused_with_the_reason(tmp_path: Path, data: bytes, word: str) -> None:
    with pytest.raises(FormatError, match=word):
        decode(DecodeRequest(put(tmp_path / "a.jpg", data)))


def test_sizes_are_limited_before_anything_is_decoded(tmp_path: Path) -> None:
    with pytest.raises(LimitError, match="image_pixels"):
        decode(DecodeRequest(put(tmp_path / "a.png", png_bomb(30_000))))
    with pytest.raises(LimitError, match="image_pixels"):
        decode(DecodeRequest(put(tmp_path / "a.png", png_bomb(70_000))))


def test_a_header_that_promises_more_than_its_bytes_hold_is_refused_before_anything_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("decoded"))
    path = put(tmp_path / "a.png", png_bomb(10_000))
    assert path.stat().st_size < 300
    with pytest.raises(LimitError, match="pixels_per_byte"):
        decode(DecodeRequest(path))


def test_one_colour_may_take_few_bytes(tmp_path: Path) -> None:
    """A blank scan of one bit per pixel is as small as deflate can make it; a small picture of one colour is smaller still."""
    side = 6_000
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff" * (side // 8)) * side, 9)
    data = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    assert side * side / len(data) > 3_000
    assert decode(DecodeRequest(put(tmp_path / "scan.png", data), size=(10, 10))).min() == 255
    plain = cv2.imencode(".webp", np.full((3_000, 4_000, 3), 200, np.uint8), [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes()
    assert 12_000_000 / len(plain) > 10_000
    assert decode(DecodeRequest(put(tmp_path / "plain.webp", plain), size=(10, 10))).max() == 200


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.jpg")
    for path in (tmp_path / "fifo.jpg", tmp_path, tmp_path / "gone.jpg"):
        with pytest.raises(FormatError):
            decode(DecodeRequest(path))


def test_names_that_are_no_utf8_are_read(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg"))
    assert decode(DecodeRequest(put(path, encoded(".jpg", 64, 48)))).shape == (48, 64, 3)


@needs_shared
def test_headers_of_real_pictures_are_those_of_opencv() -> None:
    for folder in ("aerial_cars_30/images", "toyexample_cats_12/images"):
        for path in sorted((DATA / folder).iterdir()):
            pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            header = read_header(path)
            assert (header.height, header.width) == pixels.shape[:2], path.name


@needs_shared
@pytest.mark.parametrize(
    ("name", "shape"),
    [("png_named.jpg", (120, 160, 3)), ("gray16.png", (30, 40, 3)), ("cmyk.jpg", (120, 160, 3)), ("exif6.jpg", (160, 120, 3))],
)
def test_odd_pictures_are_shown(name: str, shape: tuple[int, ...]) -> None:
    picture = decode(DecodeRequest(CORPUS / "image" / name))
    assert picture.shape == shape
    assert picture.mean() > 40
