"""What pictures say of themselves: time, camera and place, from whole, odd and damaged EXIF."""

from __future__ import annotations

import random
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diag_gui.data.attributes import ColumnKind
from diag_gui.data.dataset import Dataset
from diag_gui.exceptions import FormatError
from diag_gui.formats.exif import Exif, join_exif, read_exif
from diag_gui.formats.opening import open_ground_truth
from tests.formats.pictures import encoded
from tests.formats.reading import put_text

PLACE = (("N", (48, 1), (30, 1), (3600, 100)), ("W", (2, 1), (15, 1), (0, 1)))


def directory(order: str, place: int, entries: list[tuple[int, int, bytes]], then: bytes = b"") -> bytes:
    """Return one directory at ``place``, with what does not fit into its entries behind it."""
    behind = b""
    listed = b""
    after = place + 2 + 12 * len(entries) + 4
    for tag, kind, data in sorted(entries):
        count = len(data) // {2: 1, 4: 4, 5: 8}[kind]
        if len(data) <= 4:
            value = data.ljust(4, b"\0")
        else:
            value = struct.pack(order + "I", after + len(behind))
            behind += data
        listed += struct.pack(order + "HHI", tag, kind, count) + value
    return struct.pack(order + "H", len(entries)) + listed + b"\0" * 4 + behind + then


def exif(order: str = "<", **changed: Any) -> bytes:
    """Return EXIF with a camera, a time and a place."""
    given = {"make": "Maker", "model": "M 1", "time": "2024:05:31 12:30:00", "place": PLACE} | changed
    sides: list[tuple[int, int, bytes]] = []
    for n, (side, *parts) in enumerate(given["place"]):
        sides.append((1 + 2 * n, 2, side.encode() + b"\0"))
        sides.append((2 + 2 * n, 5, struct.pack(order + "6I", *(number for part in parts for number in part))))
    gps = directory(order, 300, sides)
    taken = directory(order, 200, [(0x9003, 2, given["time"].encode() + b"\0")])
    main = directory(order, 8, [
        (0x010F, 2, given["make"].encode() + b"\0"), (0x0110, 2, given["model"].encode() + b"\0"),
        (0x8769, 4, struct.pack(order + "I", 200)), (0x8825, 4, struct.pack(order + "I", 300)),
    ])  # fmt: skip
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    return (head + main).ljust(200, b"\0") + taken.ljust(100, b"\0") + gps


def jpeg(data: bytes) -> bytes:
    picture = encoded(".jpg", 16, 12)
    segment = b"Exif\0\0" + data
    return picture[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + picture[2:]


def png(data: bytes) -> bytes:
    picture = encoded(".png", 16, 12)
    return picture[:33] + struct.pack(">I", len(data)) + b"eXIf" + data + b"\0" * 4 + picture[33:]


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("wrap", [jpeg, png])
def test_time_camera_and_place(tmp_path: Path, order: str, wrap: Any) -> None:
    found = read_exif(put(tmp_path / "a", wrap(exif(order))))
    assert (found.time, found.camera) == ("2024:05:31 12:30:00", "Maker M 1")
    assert (found.latitude, found.longitude) == (pytest.approx(48.51), pytest.approx(-2.25))


@pytest.mark.parametrize(("changed", "attribute", "value"), [
    ({"model": "MAKER One"}, "camera", "MAKER One"), ({"make": ""}, "camera", "M 1"), ({"time": ""}, "time", None),
    ({"place": (("X", *PLACE[0][1:]), PLACE[1])}, "latitude", None),
    ({"place": (("N", (91, 1), (0, 1), (0, 1)), PLACE[1])}, "longitude", None),
    ({"place": (("N", (9, 0), (0, 1), (0, 1)), PLACE[1])}, "latitude", None), ({"model": "a\x07b\x00c"}, "camera", "Maker ab"),
])  # fmt: skip
def test_what_cannot_be_is_not_given(tmp_path: Path, changed: dict[str, Any], attribute: str, value: Any) -> None:
    assert getattr(read_exif(put(tmp_path / "a", jpeg(exif(**changed)))), attribute) == value


def test_pictures_without_exif_say_nothing(tmp_path: Path) -> None:
    assert read_exif(put(tmp_path / "a", encoded(".png", 4, 4))) == Exif()
    with pytest.raises(FormatError):
        read_exif(put(tmp_path / "b", b"no picture"))
    with pytest.raises(FormatError):
        read_exif(tmp_path / "gone")


def test_damaged_exif_never_raises_anything_else(tmp_path: Path) -> None:
    dice = random.Random(5)
    whole = exif()
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(dice.choice([1, 2, 8])):
            data[dice.randrange(len(data))] = dice.choice([0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)])
        read_exif(put(tmp_path / "a.jpg", jpeg(bytes(data[: dice.randrange(8, len(data) + 1)]))))


def dataset(folder: Path) -> Dataset:
    return open_ground_truth(
        put_text(folder / "gt.csv", "image,class,x,y,w,h", *(f"{name},car,1,2,3,4" for name in ("a.jpg", "b.jpg", "c.jpg")))
    ).dataset  # fmt: skip


def test_columns_of_the_images(tmp_path: Path) -> None:
    data = dataset(tmp_path)
    put(tmp_path / "a.jpg", jpeg(exif()))
    put(tmp_path / "b.jpg", b"broken")
    shares: list[float] = []
    joined, report = join_exif(data, tmp_path, progress=shares.append)
    columns = joined.image_attributes
    assert columns.names == ("exif_time", "exif_camera", "exif_latitude", "exif_longitude")
    assert columns["exif_time"].kind is ColumnKind.DATETIME
    assert columns["exif_time"].values[0] == np.datetime64("2024-05-31T12:30:00")
    assert columns["exif_camera"].missing.tolist() == [False, True, True]
    assert (report.records, report.loaded) == (1, 1)
    assert report.codes["unreadable-picture"] == 1
    assert (
        "time of 1, camera of 1, place of 1 of 3 images" in next(g for g in report.problems if g.code == "exif-read").examples[0]
    )
    assert shares


def test_it_can_be_cancelled(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cancelled"):
        join_exif(dataset(tmp_path), tmp_path, cancelled=lambda: True)
