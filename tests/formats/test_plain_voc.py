"""The pattern of common VOC files reads what the tree reads, or has no answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diag_gui.exceptions import FormatError
from diag_gui.formats import voc
from diag_gui.formats.plain_voc import plain_file
from diag_gui.formats.xml_reading import cannot_declare, parse_xml

BOX = "<bndbox><xmin>10</xmin><ymin>8</ymin><xmax>50.25</xmax><ymax>38</ymax></bndbox>"
HEAD = "<annotation><filename>a.jpg</filename><size><width>160</width><height>120</height><depth>3</depth></size>"
COMMON = (
    f"{HEAD}\n<object>\n <name>car</name><pose>Left</pose><difficult>0</difficult>\n {BOX}\n</object>"
    f"\n<object><name> bus </name>{BOX}<occluded>1</occluded></object>\n</annotation>\n"
)

ODD = {
    "corners by axes": COMMON.replace("<ymin>8</ymin><xmax>50.25</xmax>", "<xmax>50.25</xmax><ymin>8</ymin>"),
    "corners in two orders": COMMON.replace("<ymin>8</ymin><xmax>50.25</xmax>", "<xmax>50.25</xmax><ymin>8</ymin>", 1),
    "corners backwards": COMMON.replace("<xmin>10</xmin><ymin>8</ymin>", "<ymin>8</ymin><xmin>10</xmin>"),
    "another order of corners": COMMON.replace("<ymin>8</ymin><xmax>50.25</xmax>", "<xmax>50.25</xmax><ymin>8</ymin>"),
    "an attribute": COMMON.replace("<object>", "<object id='1'>", 1),
    "a comment": COMMON.replace("<pose>", "<!-- x --><pose>", 1),
    "a section": COMMON.replace(">Left<", "><![CDATA[Left]]><", 1),
    "an entity": COMMON.replace(">Left<", ">a &amp; b<", 1),
    "a part": COMMON.replace("<pose>Left</pose>", f"<part><name>wheel</name>{BOX}</part>", 1),
    "an element without content": COMMON.replace("<pose>Left</pose>", "<pose/>", 1),
    "text between elements": COMMON.replace("<pose>", "word<pose>", 1),
    "no name": COMMON.replace("<name>car</name>", "", 1),
    "no box": COMMON.replace(BOX, "", 1),
    "two boxes": COMMON.replace(BOX, BOX + BOX.replace("10", "20"), 1),
    "an empty box first": COMMON.replace(BOX, "<bndbox></bndbox>" + BOX, 1),
    "a word for a number": COMMON.replace(">10<", ">ten<", 1),
    "objects in another element": COMMON.replace("<object>", "<all><object>", 1).replace("</anno", "</all></anno"),
    "an object in an object": COMMON.replace("<pose>Left</pose>", "<object><name>x</name></object>", 1),
    "nothing after": COMMON.replace("</annotation>", ""),
    "something after": COMMON + "<annotation></annotation>",
    "closed by another": COMMON.replace("</pose>", "</pos>", 1),
    "elements after the objects": COMMON.replace("</annotation>", "<segmented>0</segmented></annotation>"),
    "Windows lines": COMMON.replace("\n", "\r\n"),
    "a carriage return in a value": COMMON.replace("Left", "L\reft", 1),
    "a character that is none": COMMON.replace("Left", "L\x01eft", 1),
    "the last characters": COMMON.replace("Left", "L\uffffeft", 1),
    "the end of a section": COMMON.replace("Left", "L]]>eft", 1),
    "a greater sign": COMMON.replace("Left", "L>eft", 1),
    "no object": f"{HEAD}</annotation>",
    "a name twice": COMMON.replace("<pose>Left</pose>", "<name>van</name>", 1),
    "a declaration": '<?xml version="1.0" encoding="UTF-8"?>\n' + COMMON,
    "another encoding": '<?xml version="1.0" encoding="ISO-8859-1"?>\n' + COMMON.replace("Left", "Löft"),
    "a stylesheet": '<?xml-stylesheet href="x"?>\n' + COMMON,
    "letters of all kinds": COMMON.replace("Left", "Straße 道").replace("car", "車"),
    "a tag of other letters": COMMON.replace("pose>", "größe>"),
    "a prefix": COMMON.replace("pose>", "a:pose>", 2),
    "a byte order mark": "\ufeff" + COMMON,
    "two byte order marks": "\ufeff\ufeff" + COMMON,
    "a declaration behind a blank": '\n<?xml version="1.0"?>\n' + COMMON,
    "a declaration with two kinds of quotes": "<?xml version='1.0\"?>\n" + COMMON,
    "a declared mark": '\ufeff<?xml version="1.0" encoding="utf-8" ?>\n' + COMMON,
    "an attribute of the root": COMMON.replace("<annotation>", "<annotation verified='yes'>"),
    "a size in a size": COMMON.replace("<size>", "<size><size>1</size>"),
    "a size of text": COMMON.replace("<size>", "<size>5</size><size>"),
    "two sizes": COMMON.replace("<size>", "<size><depth>1</depth></size><size><width>9</width></size><size>"),
    "a name with a child": COMMON.replace("<filename>", "<filename><x>b.jpg</x></filename><filename>"),
    "an empty name, then one": COMMON.replace("<filename>", "<filename></filename><filename>"),
    "a child that is not closed": COMMON.replace("</width>", "</wide>"),
    "words between in the head": COMMON.replace("<size>", "word<size>"),
    "a number in other digits": COMMON.replace(">10<", ">1\u0660<", 1),
    "a number with a line through it": COMMON.replace(">10<", ">1_0<", 1),
    "no number at all": COMMON.replace(">10<", ">nan<", 1).replace(">38<", ">inf<"),
    "a corner that is too far": COMMON.replace(">10<", ">1e400<", 1),
}  # fmt: skip


def outcome(file: Path) -> tuple[object, ...]:
    """Return everything that reading a file gives, or why it gives nothing."""
    try:
        dataset, report = voc.read_ground_truth(file)
    except FormatError as error:
        return type(error), str(error)
    gt = dataset.ground_truth
    columns = [(column.name, column.kind, column.values.tolist(), column.categories) for column in gt.attributes.columns]
    return (dataset.images.file_name, dataset.classes.name, gt.class_row.tolist(), gt.xywh.tolist(), columns, report)


def both(folder: Path, data: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[object, object]:
    file = folder / "a.xml"
    file.write_bytes(data)
    quick = outcome(file)
    with monkeypatch.context() as patch:
        patch.setattr(voc, "plain_file", lambda data: None)
        return quick, outcome(file)


def test_the_common_shape_is_answered() -> None:
    found = plain_file(COMMON.encode())
    assert found is not None
    assert found.head["filename"] == "a.jpg"
    assert found.head["size/width"] == "160"
    assert found.names == ["car", "bus"]
    assert found.attributes[0] == {"pose": "Left", "difficult": "0"}
    assert found.corners == [10, 8, 50.25, 38] * 2


def test_corners_by_axes_are_answered_too() -> None:
    found = plain_file(ODD["corners by axes"].encode())
    assert found is not None
    assert found.corners == [10, 8, 50.25, 38] * 2


@pytest.mark.parametrize("what", ODD)
def test_odd_files_read_alike(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick, tree = both(tmp_path, ODD[what].encode(), monkeypatch)
    assert quick == tree
    quick, tree = both(tmp_path, ODD[what].encode("latin-1", "replace"), monkeypatch)
    assert quick == tree


@pytest.mark.parametrize("seed", range(4))
def test_mutated_files_read_alike(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    alphabet = b"<>/&!?[]-\"'= \n\r\x00\x01\xff09.abobject"
    for _ in range(600):
        data = bytearray(COMMON.encode())
        for _ in range(int(rng.integers(1, 3))):
            place, length = int(rng.integers(0, len(data))), int(rng.integers(1, 9))
            kind = int(rng.integers(0, 3))
            if kind == 0:
                del data[place : place + length]
            elif kind == 1:
                data[place:place] = data[place : place + length]
            else:
                data[place : place + 1] = bytes([alphabet[int(rng.integers(len(alphabet)))]])
        quick, tree = both(tmp_path, bytes(data), monkeypatch)
        assert quick == tree, bytes(data)


@pytest.mark.parametrize(
    ("data", "quick"),
    [
        (b"<a/>", True),
        (b"<!DOCTYPE a><a/>", False),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16"), False),
        (b"<a><!-- c --></a>", True),
    ],
)
def test_what_may_declare_something_is_never_read_by_the_quick_parser(data: bytes, quick: bool, tmp_path: Path) -> None:
    assert cannot_declare(data) is quick
    if not quick:
        with pytest.raises(FormatError, match="DTD"):
            parse_xml(tmp_path / "a.xml", data)


def test_an_encoding_in_which_signs_are_other_bytes_hides_no_declaration(tmp_path: Path) -> None:
    body = b'<?xml version="1.0" encoding="cp037"?>' + '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("cp037")
    assert cannot_declare(body)
    with pytest.raises(FormatError):
        parse_xml(tmp_path / "a.xml", body)
