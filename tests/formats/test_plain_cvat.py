"""The patterns of common CVAT files read what the tree reads, or leave the file to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diag_gui.exceptions import FormatError
from diag_gui.formats import cvat, plain_cvat
from diag_gui.formats.plain_cvat import NotPlainError, PlainImages, pieces_of

HEAD = (
    "<?xml version='1.0' encoding='utf-8'?>\n<annotations>\n  <version>1.1</version>\n  <meta><task><labels>"
    "<label><name>car</name></label><label><name>bus</name></label></labels></task></meta>\n"
)
BOX = '<box label="car" source="manual" occluded="0" xtl="1.5" ytl="2" xbr="11.5" ybr="22.25" z_order="0">\n    </box>'
COLOURED = BOX.replace("\n    <", '\n      <attribute name="colour">red</attribute>\n    <').replace("car", "bus")
FIRST = (
    f'  <image id="0" name="a.jpg" subset="train" width="100" height="80">\n    {BOX}\n    {COLOURED}\n    {BOX}\n  </image>\n'
)
TURNED = FIRST.replace("a.jpg", "b.jpg").replace('22.25"', '22.25" rotation="30.00"')
EMPTY = '  <image id="2" name="c.jpg" width="100" height="80">\n  </image>\n'
CLOSED = '  <image id="3" name="d.jpg" width="100" height="80"/>\n'
LAST = FIRST.replace("a.jpg", "e.jpg").replace("z_order", "group_id").replace(BOX, BOX[:-12] + "/>", 1)
COMMON = HEAD + FIRST + TURNED + EMPTY + CLOSED + LAST + "</annotations>\n"

ODD = {
    "other shapes": COMMON.replace(BOX, '<polygon label="car" occluded="0" points="1,1;11,1;11,21"/>', 1),
    "tags": COMMON.replace(BOX, BOX + '<tag label="night" source="manual"></tag>', 1),
    "a skeleton": COMMON.replace(BOX, '<skeleton label="car"><points label="1" points="1,2"/></skeleton>', 1),
    "an attribute twice": COMMON.replace('occluded="0"', 'occluded="0" occluded="1"', 1),
    "an attribute twice on both sides": COMMON.replace('z_order="0"', 'source="x"', 1),
    "an image attribute twice": COMMON.replace('id="0"', 'id="0" id="1"', 1),
    "another order": COMMON.replace('source="manual" occluded="0"', 'occluded="0" source="manual"', 1),
    "corners in another order": COMMON.replace('xtl="1.5" ytl="2"', 'ytl="2" xtl="1.5"', 1),
    "no label": COMMON.replace('label="car"', 'label=" "', 1),
    "a word for a number": COMMON.replace('"1.5"', '"one"', 1),
    "an infinite corner": COMMON.replace('"1.5"', '"inf"', 1),
    "an entity": COMMON.replace('"car"', '"c&amp;r"', 1),
    "an unknown entity": COMMON.replace('"car"', '"c&nix;r"', 1),
    "a comment": COMMON.replace(BOX, f"<!-- {BOX} -->", 1),
    "a comment around an image": COMMON.replace(EMPTY, f"<!-- {EMPTY} -->", 1),
    "a section": COMMON.replace(">red<", "><![CDATA[</image>]]><", 1),
    "a declaration of types": COMMON.replace("<annotations>", "<!DOCTYPE annotations><annotations>", 1),
    "words between images": COMMON.replace(EMPTY, "word" + EMPTY),
    "words between boxes": COMMON.replace(BOX, "word" + BOX, 1),
    "an element before the images": COMMON.replace(FIRST, "<track/>" + FIRST, 1),
    "a first image broken over lines": COMMON.replace('<image id="0"', '<image\n id="0"', 1),
    "an element between images": COMMON.replace(EMPTY, "<track/>" + EMPTY),
    "images in another element": COMMON.replace("  <image", "<job><image", 1).replace("</annotations>", "</job></annotations>"),
    "an image in an image": COMMON.replace(BOX, EMPTY, 1),
    "labels in an image": COMMON.replace(BOX, "<labels><label><name>van</name></label></labels>", 1),
    "nothing after": COMMON.replace("</annotations>", ""),
    "something after": COMMON + "<annotations></annotations>",
    "an image that is not closed": COMMON.replace("  </image>\n", "", 1),
    "no images": HEAD + "</annotations>",
    "another root": COMMON.replace("annotations>", "images>"),
    "an attribute of the root": COMMON.replace("<annotations>", "<annotations version='1.1'>"),
    "Windows lines": COMMON.replace("\n", "\r\n"),
    "a line end in a value": COMMON.replace('"car"', '"c\nr"', 1),
    "a carriage return in a value": COMMON.replace('"car"', '"c\rr"', 1),
    "a greater sign": COMMON.replace('"car"', '"c>r"', 1),
    "single quotes": COMMON.replace('"car"', "'car'", 1),
    "a character that is none": COMMON.replace("red", "r\x01d", 1),
    "letters of all kinds": COMMON.replace("car", "車").replace("red", "grün"),
    "another encoding": COMMON.replace("utf-8", "latin-1").replace("red", "grün"),
    "a byte order mark": "\ufeff" + COMMON,
    "a zero-sized box": COMMON.replace('"11.5"', '"1.5"', 1),
    "names that lead outside": COMMON.replace("a.jpg", "../../a.jpg"),
    "a name twice": COMMON.replace("b.jpg", "a.jpg").replace("e.jpg", "a.jpg"),
    "no name": COMMON.replace('name="a.jpg" ', ""),
    "a bad size": COMMON.replace('width="100"', 'width="wide"', 1),
    "a long name": COMMON.replace("a.jpg", "a" * 5000),
    "a long name in a broken file": COMMON.replace("a.jpg", "a" * 5000).replace("</annotations>", ""),
}  # fmt: skip


def outcome(file: Path) -> tuple[object, ...]:
    """Return everything that reading a file gives, or why it gives nothing."""
    try:
        dataset, report = cvat.read_ground_truth(file)
    except FormatError as error:
        return type(error), str(error)
    gt, images = dataset.ground_truth, dataset.images
    columns = [
        (column.name, column.kind, column.text(row), column.categories)
        for table in (gt.attributes, dataset.image_attributes) for column in table.columns for row in range(len(column))
    ]  # fmt: skip
    quads = None if gt.quad is None else gt.quad.tolist()
    sizes = images.width.tolist(), images.height.tolist(), gt.image_row.tolist(), gt.annotation_id.tolist()
    return (images.file_name, sizes, dataset.classes.name, gt.class_row.tolist(), gt.xywh.tolist(), quads, columns, report)


def refused(path: Path, data: bytes, progress: object = None) -> None:
    raise NotPlainError


def both(folder: Path, data: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[object, object]:
    file = folder / "annotations.xml"
    file.write_bytes(data)
    quick = outcome(file)
    with monkeypatch.context() as patch:
        patch.setattr(cvat, "pieces_of", refused)
        return quick, outcome(file)


def test_plain_images_are_read_together_and_others_by_themselves(tmp_path: Path) -> None:
    root, first, turned, rest = pieces_of(tmp_path / "a.xml", COMMON.encode())
    assert not isinstance(root, PlainImages)
    assert not isinstance(turned, PlainImages)
    assert isinstance(first, PlainImages)
    assert isinstance(rest, PlainImages)
    assert (first.label, first.ends) == (["car", "bus", "car"], [3])
    assert first.attributes[1] == {"occluded": "0", "source": "manual", "z_order": "0", "colour": "red"}
    assert first.attributes[0] is first.attributes[2]
    assert first.xywh.tolist() == [[1.5, 2, 10, 20.25]] * 3
    assert [given["name"] for given in rest.given] == ["c.jpg", "d.jpg", "e.jpg"]
    assert rest.place_of(2) == (2, 2)


def test_many_images_are_read_alike_over_the_edges_of_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = [one.replace(".jpg", f"{n}.jpg") for n in range(150) for one in (FIRST, EMPTY, TURNED, CLOSED, LAST)]
    data = (HEAD + "".join(images) + "</annotations>").encode()
    monkeypatch.setattr(plain_cvat, "_CHUNK", 3000)
    shares: list[float] = []
    list(pieces_of(tmp_path / "a.xml", data, shares.append))
    assert len(shares) > 20
    assert shares == sorted(shares)
    quick, tree = both(tmp_path, data, monkeypatch)
    assert quick == tree


@pytest.mark.parametrize("what", ODD)
def test_odd_files_read_alike(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for encoding in ("utf-8", "latin-1"):
        quick, tree = both(tmp_path, ODD[what].encode(encoding, "replace"), monkeypatch)
        assert quick == tree


@pytest.mark.parametrize("seed", range(4))
def test_mutated_files_read_alike(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    alphabet = b"<>/&!?[]-\"'= \n\r\x00\x01\xff09.aboximge"
    for _ in range(500):
        data = bytearray(COMMON.encode())
        for _ in range(int(rng.integers(1, 3))):
            place, length = int(rng.integers(0, len(data))), int(rng.integers(1, 9))
            kind = int(rng.integers(0, 4))
            if kind == 0:
                del data[place : place + length]
            elif kind == 1:
                data[place:place] = data[place : place + length]
            elif kind == 2:
                del data[place + 40 :]
            else:
                data[place : place + 1] = bytes([alphabet[int(rng.integers(len(alphabet)))]])
        quick, tree = both(tmp_path, bytes(data), monkeypatch)
        assert quick == tree, bytes(data)
