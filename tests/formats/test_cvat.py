"""CVAT for images: shapes, turned boxes, masks row by row, tags; and what XML must not do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diag_gui.exceptions import FormatError
from diag_gui.formats.row_masks import mask_of_rows
from tests.formats.reading import boxes, codes, labels_of
from tests.shared_data import DATA, needs_shared

HEAD = (
    "<version>1.1</version><meta><task><labels><label><name>car</name></label>"
    "<label><name>bus</name></label></labels></task></meta>"
)


def put(tmp_path: Path, *images: str, head: str = HEAD) -> Path:
    path = tmp_path / "annotations.xml"
    path.write_text(f"<?xml version='1.0'?><annotations>{head}{''.join(images)}</annotations>", encoding="utf-8")
    return path


def image(*shapes: str, name: str = "a.jpg") -> str:
    return f'<image id="0" name="{name}" subset="train" width="100" height="80">{"".join(shapes)}</image>'


def test_shapes_become_boxes_in_the_order_of_the_label_list(tmp_path: Path) -> None:
    path = put(
        tmp_path,
        image(
            '<box label="bus" occluded="1" source="manual" xtl="1.5" ytl="2" xbr="11.5" ybr="22" z_order="0">'
            '<attribute name="colour">red</attribute></box>',
            '<polygon label="car" occluded="0" points="1,1;11,1;11,21"/>',
            '<ellipse label="car" cx="50" cy="40" rx="5" ry="10"/>',
            '<tag label="night"/>',
        ),
        image(name="empty.jpg"),
    )
    dataset, report = labels_of(path, "cvat")
    assert boxes(dataset) == [
        ("a.jpg", "bus", [1.5, 2, 10, 20]), ("a.jpg", "car", [1, 1, 10, 20]), ("a.jpg", "car", [45, 30, 10, 20])
    ]  # fmt: skip
    assert dataset.classes.name == ("car", "bus")
    assert dataset.images.file_name == ("a.jpg", "empty.jpg")
    table = dataset.ground_truth.attributes
    assert [table["occluded"].text(row) for row in range(3)] == ["true", "false", ""]
    assert table["colour"].text(0) == "red"
    assert (dataset.image_attributes["tag"].text(0), dataset.image_attributes["subset"].text(1)) == ("night", "train")
    assert codes(report) == {}


def test_a_turned_box_has_its_corners_clockwise_about_its_centre(tmp_path: Path) -> None:
    dataset, _ = labels_of(put(tmp_path, image('<box label="car" xtl="40" ytl="30" xbr="60" ybr="40" rotation="90"/>')), "cvat")
    gt = dataset.ground_truth
    assert gt.quad is not None
    np.testing.assert_allclose(gt.quad[0], [55, 25, 55, 45, 45, 45, 45, 25], atol=1e-9)
    np.testing.assert_allclose(gt.xywh[0], [45, 25, 10, 20], atol=1e-9)


def test_a_mask_of_rows_is_the_same_pixels_in_columns(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    inked = rng.random((7, 5)) < 0.5
    flat = inked.ravel().astype(np.int8)
    edges = np.flatnonzero(np.diff(flat, prepend=0))
    runs = np.diff(np.concatenate(([0], edges, [flat.size])))
    mask = mask_of_rows(",".join(map(str, runs)), (2, 3, 5, 7), (20, 10))
    assert isinstance(mask, dict)
    pixels = np.repeat(np.arange(len(mask["counts"])) % 2, mask["counts"]).reshape(20, 10).T
    expected = np.zeros((10, 20), np.int64)
    expected[3:10, 2:7] = inked
    np.testing.assert_array_equal(pixels, expected)


@pytest.mark.parametrize(
    ("rle", "box", "said"),
    [("1,2", (0, 0, 2, 2), "covers 3"), ("x", (0, 0, 2, 2), "whole numbers"), ("4", (19, 0, 2, 2), "leaves"),
     ("4", (0, 0, 2.5, 2), "whole numbers of pixels"), ("4", (0, 0, float("nan"), 2), "whole numbers of pixels"),
     ("-4,8", (0, 0, 2, 2), "whole numbers between"), ("", (0, 0, 2, 2), "whole numbers between")],
)  # fmt: skip
def test_a_bad_mask_says_why(rle: str, box: tuple[float, float, float, float], said: str) -> None:
    assert said in str(mask_of_rows(rle, box, (20, 10)))
    assert "size" in str(mask_of_rows("4", (0, 0, 2, 2), (-1, -1)))


def test_what_has_no_box_or_no_numbers_is_left_out_by_name(tmp_path: Path) -> None:
    path = put(
        tmp_path,
        image(
            '<box label="car" xtl="1" ytl="2" xbr="11" ybr="22"/>', '<points label="car" points="1,1"/>',
            '<box label="car" xtl="x" ytl="2" xbr="11" ybr="22"/>', '<box xtl="1" ytl="2" xbr="11" ybr="22"/>',
            '<polygon label="car" points="1,1;2"/>', '<mask label="car" left="0" top="0" width="2" height="2" rle="9"/>',
        ),
    )  # fmt: skip
    _, report = labels_of(path, "cvat")
    assert (report.records, report.loaded) == (6, 2)
    assert codes(report) == {"no-area": 1, "bad-box": 3, "bad-mask": 1}
    assert any("a.jpg: box 3: xtl is 'x'" in example for group in report.problems for example in group.examples)


def test_a_dtd_a_cut_file_and_deep_nesting_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    for content, said in (
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><annotations><meta></meta></annotations>", "DTD"),
        ("<annotations><meta></meta><image name='a'>", "not well-formed"),
        ("<annotations><meta></meta>" + "<a>" * 100 + "</a>" * 100 + "</annotations>", "xml_depth"),
    ):
        path.write_text(content)
        with pytest.raises(FormatError, match=said):
            labels_of(path, "cvat")


@pytest.mark.parametrize("place", range(3))
def test_tracks_beside_images_are_refused_and_never_lost(place: int, tmp_path: Path) -> None:
    parts = [image(), image(name="b.jpg")]
    parts.insert(place, '<track id="0" label="car"><box frame="0" xtl="1" ytl="1" xbr="5" ybr="5" outside="0"/></track>')
    with pytest.raises(FormatError, match="holds tracks"):
        labels_of(put(tmp_path, *parts), "cvat")


def test_a_first_image_broken_over_lines_is_read_like_all_others(tmp_path: Path) -> None:
    box = '<box label="car" xtl="1" ytl="1" xbr="5" ybr="5"/>'
    dataset, report = labels_of(put(tmp_path, image(box).replace(" id", "\n id"), image(box, name="b.jpg")), "cvat")
    assert dataset.images.file_name == ("a.jpg", "b.jpg")
    assert (report.records, report.loaded) == (2, 2)


@needs_shared
def test_the_real_file_agrees_with_voc() -> None:
    dataset, report = labels_of(DATA / "voc2012_100" / "gt" / "cvat_format" / "annotations.xml", "cvat")
    voc, _ = labels_of(DATA / "voc2012_100" / "gt" / "pascalvoc_format", "voc")
    assert report.loaded == 273
    assert sorted(boxes(dataset)) == sorted(boxes(voc))
