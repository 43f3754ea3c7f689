"""Pascal VOC XML: objects, attributes, and XML that is not to be trusted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diag_gui.data.attributes import ColumnKind
from diag_gui.exceptions import FormatError
from diag_gui.formats.coco import read_ground_truth as read_coco
from diag_gui.formats.opening import open_ground_truth
from diag_gui.formats.voc import read_ground_truth
from tests.formats.pictures import encoded
from tests.shared_data import DATA, needs_shared


def obj(name: str = "cat", box: str = "10 12 40 36", extra: str = "") -> str:
    corners = "".join(f"<{t}>{v}</{t}>" for t, v in zip(("xmin", "ymin", "xmax", "ymax"), box.split(), strict=True))
    return f"<object><name>{name}</name>{extra}<bndbox>{corners}</bndbox></object>"


def xml(*objects: str, filename: str = "a.jpg", size: str = "<width>160</width><height>120</height>") -> str:
    return f"<annotation><filename>{filename}</filename><size>{size}</size>{''.join(objects)}</annotation>"


def write_picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(".jpg", 160, 120))


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_boxes_are_corner_differences(tmp_path: Path) -> None:
    dataset, report = read_ground_truth(put(tmp_path / "a.xml", xml(obj(box="10.5 12.25 40.75 36"), obj("dog"))))
    assert (report.records, report.loaded, report.problems) == (2, 2, ())
    assert dataset.ground_truth.xywh.tolist() == [[10.5, 12.25, 30.25, 23.75], [10, 12, 30, 24]]
    assert dataset.classes.name == ("cat", "dog")
    assert dataset.images.file_name == ("a.jpg",)


def test_plain_elements_become_columns(tmp_path: Path) -> None:
    extras = "<pose>Left</pose><truncated>1</truncated><difficult>0</difficult><part><name>head</name></part>"
    dataset, _ = read_ground_truth(put(tmp_path / "a.xml", xml(obj(extra=extras), obj())))
    attributes = dataset.ground_truth.attributes
    assert attributes.names == ("pose", "truncated", "difficult")
    assert attributes["truncated"].kind is ColumnKind.BOOL
    assert attributes["truncated"].missing.tolist() == [False, True]
    assert not dataset.ground_truth.is_ignored.any(), "difficult is an attribute, not an order to ignore"


def test_difficult_objects_are_ignored_where_that_is_asked_for(tmp_path: Path) -> None:
    path = put(tmp_path / "a.xml", xml(obj(extra="<difficult>1</difficult>"), obj(extra="<difficult>0</difficult>"), obj()))
    opened = open_ground_truth(path, format="voc-difficult")
    assert opened.dataset.ground_truth.is_ignored.tolist() == [True, False, False]
    assert opened.dataset.ground_truth.attributes["difficult"].values.tolist()[:2] == [True, False]
    assert opened.report.format == opened.dataset.source.format == "voc-difficult"
    assert not open_ground_truth(path).dataset.ground_truth.is_ignored.any()


def test_parts_are_not_objects(tmp_path: Path) -> None:
    part = "<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>"
    text = xml(obj()).replace("</object>", part + "</object>")
    dataset, report = read_ground_truth(put(tmp_path / "a.xml", text))
    assert (report.records, dataset.ground_truth.xywh.tolist()) == (1, [[10, 12, 30, 24]])


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (obj(box="40 36 10 12"), "negative-size-box"),
        (obj(box="10 12 10 36"), "zero-size-box"),
        (obj(box="nan 12 40 36"), "box-not-finite"),
        (obj(box="x 12 40 36"), "bad-box"),
        (obj(box="500 12 540 36"), "box-outside-image"),
        (obj(name=""), "object-without-name"),
        ("<object><name>cat</name></object>", "no-box"),
    ],
)
def test_a_bad_object_is_dropped_alone_and_named(tmp_path: Path, bad: str, code: str) -> None:
    dataset, report = read_ground_truth(put(tmp_path / "a.xml", xml(bad, obj("dog"))))
    assert (report.records, report.loaded, report.dropped, report.codes) == (2, 1, 1, {code: 1})
    assert "object 1" in report.problems[0].examples[0]
    assert dataset.ground_truth.source_index.tolist() == [1]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]>' + xml(obj("&x;")), "DTD"),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + xml(obj("&x;")), "entities"),
        (xml(obj())[:60], "line 1"),
        ("", "empty"),
        ("<annotations><image/></annotations>", "annotation"),
        ("<annotation>" + "<a>" * 100 + "</a>" * 100 + "</annotation>", "xml_depth"),
        ("\x00<annotation/>", "XML"),
    ],
)
def test_bad_xml_is_refused(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(FormatError, match=word):
        read_ground_truth(put(tmp_path / "a.xml", text))


def test_a_bad_file_among_others_is_named_and_the_rest_read(tmp_path: Path) -> None:
    put(tmp_path / "Annotations/b.xml", xml(obj(), filename="b.jpg"))
    put(tmp_path / "Annotations/a.xml", "<annotation>")
    dataset, report = read_ground_truth(tmp_path)
    assert dataset.images.file_name == ("b.jpg",)
    assert report.codes == {"unreadable-xml": 1}
    assert "Annotations/a.xml" in report.problems[0].examples[0]
    put(tmp_path / "Annotations/b.xml", "<annotation>")
    with pytest.raises(FormatError, match="not one of 2"):
        read_ground_truth(tmp_path)


def test_names_that_several_files_share_give_way_to_their_own(tmp_path: Path) -> None:
    for stem in ("x", "y"):
        put(tmp_path / f"{stem}.xml", xml(obj(), filename="same.jpg"))
    dataset, report = read_ground_truth(tmp_path)
    assert dataset.images.file_name == ("x", "y")
    assert report.codes == {"duplicate-file-name": 1}


def test_the_same_name_in_two_folders_is_two_images(tmp_path: Path) -> None:
    """Training and validation sets are often numbered alike."""
    for split, left in (("train", 10), ("val", 20)):
        put(tmp_path / "Annotations" / split / "0001.xml", xml(obj(box=f"{left} 12 40 36"), filename="0001.jpg"))
        write_picture(tmp_path / "JPEGImages" / split / "0001.jpg")
    opened = open_ground_truth(tmp_path / "Annotations")
    assert opened.dataset.images.file_name == ("train/0001", "val/0001")
    assert opened.dataset.ground_truth.image_row.tolist() == [0, 1]
    assert "duplicate-file-name" in opened.report.codes
    assert opened.image_root == tmp_path / "JPEGImages"


def test_class_list_beside_the_files_gives_the_order(tmp_path: Path) -> None:
    put(tmp_path / "a.xml", xml(obj("cat"), obj("dog")))
    put(tmp_path / "voc.names", "zebra\ndog\ncat\n")
    assert read_ground_truth(tmp_path)[0].classes.name == ("zebra", "dog", "cat")
    put(tmp_path / "voc.names", "zebra\ndog\n")
    assert read_ground_truth(tmp_path)[0].classes.name == ("cat", "dog"), "a list without all names is another list"


def test_unknown_size_is_no_reason_to_drop(tmp_path: Path) -> None:
    dataset, report = read_ground_truth(put(tmp_path / "a.xml", xml(obj(box="900 900 950 950"), size="")))
    assert (report.loaded, int(dataset.images.width[0])) == (1, -1)


@needs_shared
@pytest.mark.parametrize("name", ["pascalvoc_format", "imagenet_format", "imagenet_format/Annotations"])
def test_real_files_equal_the_coco_form(name: str) -> None:
    dataset, report = read_ground_truth(DATA / "voc2012_100/gt" / name)
    coco, _ = read_coco(DATA / "voc2012_100/gt/coco_from_pascalvoc.json")
    assert (report.records, report.loaded, report.problems) == (273, 273, ())
    assert dataset.images.file_name == coco.images.file_name
    assert dataset.classes.name == coco.classes.name
    if name == "pascalvoc_format":
        np.testing.assert_array_equal(dataset.ground_truth.xywh, coco.ground_truth.xywh)
        np.testing.assert_array_equal(dataset.ground_truth.class_row, coco.ground_truth.class_row)
        for attribute, n in (("truncated", 137), ("difficult", 38)):
            assert int(dataset.ground_truth.attributes[attribute].values.sum()) == n


@needs_shared
def test_real_toy_set() -> None:
    dataset, report = read_ground_truth(DATA / "toyexample_cats_12/gts_vocpascal_format")
    assert (report.records, report.loaded, len(dataset.images)) == (12, 12, 10)


def test_attributes_as_cvat_writes_them_are_columns(tmp_path: Path) -> None:
    given = "<attribute><name>colour</name><value>red</value></attribute><attribute><name>none</name><value></value></attribute>"
    (tmp_path / "a.xml").write_text(
        "<annotation><filename>a.jpg</filename><object><name>car</name><difficult>0</difficult>"
        "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>"
        f"<attributes>{given}</attributes></object></annotation>"
    )
    table = open_ground_truth(tmp_path).dataset.ground_truth.attributes
    assert table.names == ("difficult", "colour")
    assert table["colour"].text(0) == "red"
