"""Pictures in the place of a good one."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import cv2
import numpy as np

from tests.formats.pictures import cmyk_jpeg, encoded, jpeg_with_orientation
from tests.robustness.corpus.items import ACCEPT, DROP, SIZE, Corpus

GONE = {"dropped": 1, "dropped_unit": "image view"}
UNREADABLE = [["truncated", "unreadable", "decode", "empty", "picture"]]


def add_to(corpus: Corpus) -> None:
    """Add the items of this module."""
    jpeg, picture = encoded(".jpg", *SIZE), encoded(".png", *SIZE)

    def add(name: str, expected: str, words: list[list[str]], content: bytes, **others: Any) -> None:
        others = {"use_with": "_base/gt.json", "replaces": "a.jpg"} | others
        corpus.add(f"image/{name}", "image", expected, words, name, content, **others)

    add("cut_off.jpg", DROP, UNREADABLE, jpeg[: len(jpeg) // 2], **GONE)
    add("nothing.jpg", DROP, UNREADABLE, b"", **GONE)
    add("head_only.jpg", DROP, UNREADABLE, jpeg[:20], **GONE)
    add("cut_off.png", DROP, UNREADABLE, picture[: len(picture) // 2], **GONE)
    add("wrong_sum.png", DROP, UNREADABLE, picture[:-20] + b"XXXX" + picture[-16:], also_ok=[ACCEPT])
    add("text.jpg", DROP, UNREADABLE, b"not found\n" * 50, **GONE)
    add("a_page.jpg", DROP, UNREADABLE, b"<!doctype html><title>404</title>", **GONE)
    add("a_drawing.jpg", DROP, UNREADABLE, b'<svg xmlns="http://www.w3.org/2000/svg" width="160" height="120"/>', **GONE)
    add("a_pointer_of_lfs.jpg", DROP, UNREADABLE, b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", **GONE)
    add("bomb.png", DROP, [["pixels", "limit"]], blank_png(30_000, 30_000), **GONE)
    add("promises.png", DROP, [["pixels", "limit"]], blank_png(10_000, 10_000, rows=1), max_rss_mib=700, **GONE)
    add("one_row.png", DROP, [["pixels", "limit", "side", "size"]], blank_png(2**31 - 1, 1, rows=0), max_rss_mib=700, **GONE)
    add("no_width.png", DROP, UNREADABLE, blank_png(0, 120, rows=0), **GONE)
    add("bomb_in_its_text.png", ACCEPT, [], _with_text(picture, 50 << 20), also_ok=[DROP], max_rss_mib=700)
    add("png_called.jpg", ACCEPT, [], picture)
    add("bmp_called.jpg", ACCEPT, [], encoded(".bmp", *SIZE))
    add("webp_called.jpg", ACCEPT, [], encoded(".webp", *SIZE))
    add(
        "lying.bmp",
        DROP,
        [["pixels", "limit", "side", "decode", "truncated", "unreadable"]],
        _bmp(30_000, 30_000),
        max_rss_mib=700,
        **GONE,
    )
    add("negative.bmp", DROP, UNREADABLE, _bmp(-160, 120), also_ok=[ACCEPT])
    add(
        "lying.tiff",
        DROP,
        [["pixels", "limit", "side", "decode", "truncated", "unreadable"]],
        _tiff(60_000, 60_000),
        max_rss_mib=700,
        **GONE,
    )
    add("loop.tiff", DROP, UNREADABLE, b"II*\0\x08\0\0\0\0\0\x08\0\0\0", also_ok=[ACCEPT])
    add("turned.jpg", ACCEPT, [], jpeg_with_orientation(*SIZE, 6))
    add("turned_by_nobody_knows.jpg", ACCEPT, [], jpeg_with_orientation(*SIZE, 99))
    add("exif_of_noise.jpg", ACCEPT, [], jpeg[:2] + b"\xff\xe1\x00\x42Exif\0\0" + bytes(range(100, 158)) + jpeg[2:])
    add(
        "exif_that_points_far.jpg",
        ACCEPT,
        [],
        jpeg[:2] + b"\xff\xe1\x00\x12Exif\0\0II*\0\xff\xff\xff\x7f\0\0" + jpeg[2:],
        also_ok=[DROP],
    )
    grey = np.linspace(0, 65_535, SIZE[0] * SIZE[1]).reshape(SIZE[::-1])
    add("sixteen_bits.png", ACCEPT, [], _encoded(".png", grey.astype(np.uint16)))
    add("floats.tiff", ACCEPT, [], _encoded(".tiff", grey.astype(np.float32)), also_ok=[DROP])
    add("floats_nan.tiff", ACCEPT, [], _encoded(".tiff", np.full(SIZE[::-1], np.nan, np.float32)), also_ok=[DROP])
    add("transparent.png", ACCEPT, [], _encoded(".png", np.zeros((*SIZE[::-1], 4), np.uint8)))
    add("four_inks.jpg", ACCEPT, [], cmyk_jpeg(*SIZE))
    frames = [np.full((*SIZE[::-1], 3), level, np.uint8) for level in (0, 100, 200)]
    add("pages.tiff", ACCEPT, [], bytes(cv2.imencodemulti(".tiff", frames)[1].tobytes()))
    moving = cv2.Animation()
    moving.frames, moving.durations = frames, [100] * 3
    for ending in ("gif", "webp", "png"):
        add(f"moving.{ending}", ACCEPT, [], bytes(cv2.imencodeanimation(f".{ending}", moving)[1].tobytes()))
    add("black_and_white.png", ACCEPT, [], blank_png(*SIZE))
    add("lines_after_the_end.jpg", ACCEPT, [], jpeg + b"\r\nshot on a phone" * 1000)
    add("another_size.jpg", ACCEPT, [["size"]], encoded(".jpg", 80, 60))
    raw = corpus.folder / "image" / b"gull_\xe9.jpg".decode("utf-8", "surrogateescape")
    raw.write_bytes(jpeg)
    corpus.add(
        "image/gull_%E9.jpg",
        "image",
        ACCEPT,
        [],
        "a name that is not UTF-8",
        None,
        file_is_percent_encoded=True,
        use_with="_base/gt.json",
        replaces="a.jpg",
    )


def _encoded(ending: str, pixels: Any) -> bytes:
    return bytes(cv2.imencode(ending, pixels)[1].tobytes())


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def blank_png(width: int, height: int, rows: int | None = None) -> bytes:
    """Return a black and white PNG of one colour; ``rows`` leaves rows out that its header promises."""
    packer = zlib.compressobj(9)
    row = bytes(1 + -(-min(width, 1 << 20) // 8))
    body = b"".join(packer.compress(row) for _ in range(height if rows is None else rows)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _with_text(picture: bytes, n_bytes: int) -> bytes:
    return picture[:33] + _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(n_bytes), 9)) + picture[33:]


def _bmp(width: int, height: int) -> bytes:
    return (
        b"BM"
        + struct.pack("<IHHI", 154, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
        + bytes(100)
    )


def _tiff(width: int, height: int) -> bytes:
    entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 200),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, width * height % 2**32),
    ]
    return (
        b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(104)
    )
