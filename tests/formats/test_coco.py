"""COCO ground truth: what is read, what is dropped, what is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diag_gui.data.attributes import ColumnKind
from diag_gui.data.dataset import Dataset
from diag_gui.data.masks import UNUSABLE
from diag_gui.data.read_report import ReadReport
from diag_gui.exceptions import FormatError, LimitError
from diag_gui.formats import json_reading
from diag_gui.formats.coco import read_ground_truth
from tests.formats.coco_files import good, with_annotation, write
from tests.shared_data import DATA, needs_shared
from tests.work import cpu_of

NAN, INF = float("nan"), float("inf")


def read(tmp_path: Path, content: Any) -> tuple[Dataset, ReadReport]:
    return read_ground_truth(write(tmp_path / "gt.json", content))


def test_good_file_is_read_as_it_is(tmp_path: Path) -> None:
    dataset, report = read(tmp_path, good())
    gt = dataset.ground_truth
    assert (report.records, report.loaded, report.dropped, report.problems) == (4, 4, 0, ())
    assert gt.xywh.tolist() == [[10, 12, 30, 24], [30, 27, 31, 24], [15, 12, 30, 25], [40, 27, 31, 26]]
    assert gt.area.tolist() == [700, 744, 750, 806]
    assert gt.is_crowd.tolist() == [False, True, False, False]
    assert gt.annotation_id.tolist() == [1, 2, 3, 4]
    assert gt.image_row.tolist() == [0, 0, 1, 2]
    assert [dataset.classes.name[row] for row in gt.class_row] == ["dog", "bird", "cat", "cat"]
    assert dataset.classes.supercategory == ("x", "x", "x")
    assert gt.masks is None


def test_images_and_classes_are_sorted_by_id_and_annotations_by_image(tmp_path: Path) -> None:
    content = good()
    content["images"].reverse()
    content["categories"].reverse()
    content["annotations"] = [content["annotations"][place] for place in (3, 1, 2, 0)]
    dataset, _ = read(tmp_path, content)
    assert dataset.images.image_id.tolist() == [1, 2, 3]
    assert dataset.images.file_name == ("1.jpg", "2.jpg", "3.jpg")
    assert dataset.classes.name == ("cat", "dog", "bird")
    assert dataset.ground_truth.annotation_id.tolist() == [2, 1, 3, 4], "file order within an image"
    assert dataset.ground_truth.source_index.tolist() == [1, 3, 2, 0]


@pytest.mark.parametrize(
    ("changes", "code", "word"),
    [
        ({"bbox": [10, 12, NAN, 24]}, "box-not-finite", "NaN"),
        ({"bbox": [10, 12, INF, 24]}, "box-not-finite", "finite"),
        ({"bbox": [10, 12, 1e12, 24]}, "box-out-of-range", "box_px"),
        ({"bbox": [10, 12, -30, 24]}, "negative-size-box", "negative"),
        ({"bbox": [10, 12, 0, 24]}, "zero-size-box", "zero"),
        ({"bbox": [160, 12, 30, 24]}, "box-outside-image", "160 x 120"),
        ({"bbox": [-30, 12, 30, 24]}, "box-outside-image", "outside"),
        ({"bbox": ["10", 12, 30, 24]}, "bad-box", "string"),
        ({"bbox": [10, 12, 30]}, "bad-box", "3 values"),
        ({"bbox": "10 12 30 24"}, "bad-box", "list of four"),
        ({"bbox": [True, 12, 30, 24]}, "bad-box", "true"),
        ({"bbox": [10**400, 12, 30, 24]}, "bad-box", "finite"),
        ({"bbox": ...}, "no-box", "segmentation"),
        ({"category_id": 99}, "unknown-category", "99"),
        ({"category_id": [1]}, "bad-identifier", "category_id"),
        ({"image_id": 77}, "unknown-image", "77"),
        ({"image_id": None}, "unknown-image", "image_id"),
        ({"image_id": ...}, "unknown-image", "image_id"),
        ({"image_id": 2**70}, "unknown-image", str(2**70)),
        ({"image_id": 1.5}, "unknown-image", "image_id"),
    ],
)  # fmt: skip
def test_a_bad_record_is_dropped_alone_and_named(tmp_path: Path, changes: dict[str, Any], code: str, word: str) -> None:
    dataset, report = read(tmp_path, with_annotation(**changes))
    assert (report.records, report.loaded, report.dropped) == (4, 3, 1)
    assert report.codes == {code: 1}
    assert dataset.ground_truth.annotation_id.tolist() == [2, 3, 4]
    (group,) = report.problems
    assert group.drops
    assert group.examples[0].startswith("gt.json: annotations[0]")
    assert word in group.examples[0]


def test_record_that_is_no_object_is_dropped(tmp_path: Path) -> None:
    content = good()
    content["annotations"][1] = 7
    assert read(tmp_path, content)[1].codes == {"record-not-an-object": 1}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bbox": [140, 12, 30, 24]}, "box-partly-outside"),
        ({"image_id": "1"}, "image-id-converted"),
        ({"category_id": "2"}, "category-id-converted"),
        ({"ignore": 1}, "ignore-field"),
        ({"area": -4}, "bad-area"),
        ({"area": float("nan")}, "bad-area"),
        ({"area": float("inf")}, "bad-area"),
        ({"area": "700"}, "bad-optional-field"),
        ({"id": 3}, "duplicate-annotation-id"),
    ],
)
def test_an_odd_record_is_kept_and_warned_about(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    dataset, report = read(tmp_path, with_annotation(**changes))
    assert (report.loaded, report.dropped) == (4, 0)
    assert report.codes == {code: 1}
    assert not report.problems[0].drops
    assert len(dataset.ground_truth) == 4


@pytest.mark.parametrize(
    "changes",
    [{"iscrowd": ...}, {"area": ...}, {"id": ...}, {"iscrowd": None}, {"iscrowd": False}, {"image_id": 1.0}, {"area": None},
     {"segmentation": []}, {"bbox": [145, 100, 15.3, 20.2]}],
)  # fmt: skip
def test_what_is_commonly_left_out_or_written_otherwise_is_no_problem(tmp_path: Path, changes: dict[str, Any]) -> None:
    dataset, report = read(tmp_path, with_annotation(**changes))
    assert report.problems == ()
    assert len(dataset.ground_truth) == 4


def test_area_is_the_files_else_width_times_height(tmp_path: Path) -> None:
    gt = read(tmp_path, with_annotation(area=...))[0].ground_truth
    assert gt.area.tolist() == [720, 744, 750, 806]
    assert read(tmp_path, with_annotation(area=0))[0].ground_truth.area[0] == 0


def test_missing_ids_get_numbers_that_nobody_has(tmp_path: Path) -> None:
    content = with_annotation(id=...)
    assert read(tmp_path, content)[0].ground_truth.annotation_id.tolist() == [5, 2, 3, 4]


def test_iscrowd_written_as_text_still_counts(tmp_path: Path) -> None:
    dataset, report = read(tmp_path, with_annotation(iscrowd="1"))
    assert dataset.ground_truth.is_crowd.tolist() == [True, True, False, False]
    assert report.codes == {"bad-optional-field": 1}
    assert report.problems[0].examples[0].endswith(": iscrowd is text (a string); read as 1")


@pytest.mark.parametrize(("written", "is_crowd"), [(1.0, True), (0.0, False), (-0.0, False), (2.0, True)])
def test_a_crowd_written_with_a_decimal_point_is_a_crowd(tmp_path: Path, written: float, is_crowd: bool) -> None:
    dataset, report = read(tmp_path, with_annotation(iscrowd=written))
    assert dataset.ground_truth.is_crowd.tolist() == [is_crowd, True, False, False]
    assert report.problems == ()


@pytest.mark.parametrize("written", [0.5, float("nan"), float("inf")])
def test_a_crowd_that_is_neither_yes_nor_no_is_read_as_not_given_and_shown(tmp_path: Path, written: float) -> None:
    dataset, report = read(tmp_path, with_annotation(iscrowd=written))
    assert dataset.ground_truth.is_crowd.tolist() == [False, True, False, False]
    assert report.problems[0].examples[0].endswith(f": iscrowd is {written!r}; read as not given")


def test_ids_may_be_text_or_huge(tmp_path: Path) -> None:
    content = good()
    for image in content["images"]:
        image["id"] = f"img-{image['id']}"
    for annotation in content["annotations"]:
        annotation |= {"image_id": f"img-{annotation['image_id']}", "id": 10**30 + annotation["id"]}
    dataset, report = read(tmp_path, content)
    assert report.problems == ()
    assert dataset.images.image_id.tolist() == ["img-1", "img-2", "img-3"]
    # Beyond 64 bits they are text: whole numbers can be made that all have one hash.
    assert dataset.ground_truth.annotation_id[0] == str(10**30 + 1)


def test_corners_in_place_of_sizes_are_suspected_aloud(tmp_path: Path) -> None:
    content = good()
    for annotation in content["annotations"]:
        x, y, w, h = annotation["bbox"]
        annotation["bbox"] = [x + 70, y + 50, x + 70 + w, y + 50 + h]
    report = read(tmp_path, content)[1]
    assert report.loaded == 4
    assert "xyxy" in next(group for group in report.problems if group.code == "boxes-look-like-corners").examples[0]


def test_extra_fields_and_attributes_become_columns(tmp_path: Path) -> None:
    content = with_annotation(occluded=1, difficulty=2.5, attributes={"pose": "left", "occluded": True, "points": [1]}, t=[1])
    content["annotations"][2]["occluded"] = 0
    content["images"][0] |= {"date_captured": "2013-11-15 11:55:43", "license": 3, "weather": "fog"}
    dataset, report = read(tmp_path, content)
    gt = dataset.ground_truth.attributes
    assert report.problems == ()
    assert set(gt.names) == {"occluded", "difficulty", "pose"}
    assert gt["occluded"].kind is ColumnKind.BOOL
    assert [gt["occluded"].text(row) for row in range(4)] == ["true", "", "false", ""], "the field wins over the attribute"
    assert gt["difficulty"].values[0] == 2.5
    assert gt["pose"].categories == ("left",)
    images = dataset.image_attributes
    assert images["date_captured"].kind is ColumnKind.DATETIME
    assert images["date_captured"].text(0) == "2013-11-15 11:55:43"
    assert images["license"].values[0] == 3
    assert images["weather"].missing.tolist() == [False, True, True]


def test_box_is_taken_from_the_segmentation_where_there_is_none(tmp_path: Path) -> None:
    content = with_annotation(bbox=..., segmentation=[[10, 20, 50, 20, 50, 60], [5, 30, 6, 30, 6, 31]])
    content["annotations"][2] |= {"segmentation": {"size": [120, 160], "counts": [125, 5, 115, 5, 18950]}}
    del content["annotations"][2]["bbox"]
    dataset, report = read(tmp_path, content)
    assert report.codes == {"box-from-mask": 2}
    assert dataset.ground_truth.xywh[0].tolist() == [5, 20, 45, 40]
    assert dataset.ground_truth.xywh[2].tolist() == [1, 5, 2, 5]


def test_masks_are_carried_through_as_written(tmp_path: Path) -> None:
    polygons = [[10, 20, 50.5, 20, 50, 60]]
    masks = read(tmp_path, with_annotation(segmentation=polygons))[0].ground_truth.masks
    assert masks == (polygons, None, None, None)


@pytest.mark.parametrize(
    "mask",
    [
        {"size": [0, 160], "counts": "11"},
        {"size": [2**31, 1], "counts": "0"},
        {"size": [120, 160], "counts": [5, 3000000]},
        {"size": [120, 160], "counts": [-1, 19201]},
        {"size": [120, 160], "counts": "P"},
        {"size": [120, 160]},
        {"size": [160, 120], "counts": [19200]},
        [[10, 12, 40, 36]],
        [[10, 12, 40, NAN, 40, 36]],
        [[0, 0, 1e8, 0, 1e8, 1e8]],
        [[10, 12, 40, 12, 40, 36, 10]],
        [10, 12, 40, 12, 40, 36],
        [["a", 12, 40, 12, 40, 36]],
        "mask",
    ],
)
def test_a_bad_mask_is_left_out_and_its_box_stays(tmp_path: Path, mask: Any) -> None:
    dataset, report = read(tmp_path, with_annotation(segmentation=mask))
    assert report.codes == {"bad-mask": 1}
    assert (report.loaded, report.dropped) == (4, 0)
    assert dataset.ground_truth.masks == (UNUSABLE, None, None, None)
    assert "annotations[0]" in report.problems[0].examples[0]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("<html><body>404</body></html>", "HTML"),
        ("not json", "JSON"),
        (json.dumps(good())[:-40], "truncated"),
        (json.dumps(good()).replace('"categories"', '"cats"'), "categories"),
        (json.dumps(good()).replace('"images"', '"pics"'), "images"),
        ("[]", "predictions"),
        (json.dumps(good())[:-1] + ', "annotations": []}', "duplicate"),
        (json.dumps(good() | {"images": {}}), "list"),
        (json.dumps(good() | {"images": [1]}), "images[0]"),
        (json.dumps(good() | {"images": good()["images"] * 2}), "duplicate image id 1"),
        (json.dumps(good() | {"categories": good()["categories"] * 2}), "duplicate category id 1"),
        (json.dumps(good() | {"categories": [{"name": "a"}]}), "categories[0]"),
        ('{"info": ' + "[" * 100_000 + "]" * 100_000 + "}", "json_depth"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "gt.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError) as caught:
        read_ground_truth(path)
    assert word in str(caught.value)
    assert str(path) in str(caught.value)


def test_brackets_inside_names_are_not_nesting(tmp_path: Path) -> None:
    content = good()
    content["categories"][0]["name"] = "[" * 1000
    assert read(tmp_path, content)[0].classes.name[0] == "[" * 1000


def test_texts_are_told_from_nesting_in_one_pass(tmp_path: Path) -> None:
    """A text that ends in the middle of an escape made each of its quotes a beginning: seconds for a few thousand."""
    path = tmp_path / "gt.json"

    def refused(n: int) -> None:
        path.write_bytes(b'{"images": "' + b"[" * 2000 + b'", "b": "' + b'\\"' * n + b"\\")
        with pytest.raises(FormatError, match="truncated"):
            read_ground_truth(path)

    # In one pass ten times the length is at most ten times the work, else a hundred times.
    assert cpu_of(lambda: refused(200_000)) < 40 * cpu_of(lambda: refused(20_000), repeats=3)


def test_texts_are_those_of_a_plain_count_of_characters() -> None:
    rng = np.random.default_rng(3)
    for _ in range(3000):
        data = bytes(rng.choice(list(b'"\\[]a\n'), int(rng.integers(0, 14))).astype(np.uint8))
        outside, is_inside, is_escaped = bytearray(), False, False
        for byte in data:
            if is_escaped:
                is_escaped = False
            elif is_inside and byte == ord("\\"):
                is_escaped = True
            elif byte == ord('"'):
                is_inside = not is_inside
            elif not is_inside:
                outside.append(byte)
        assert json_reading._TEXT.sub(b"", data) == bytes(outside)


def test_a_key_repeated_in_a_record_s_text_is_not_a_duplicate(tmp_path: Path) -> None:
    content = good()
    content["info"] = {"annotations": "annotations", "images": 3}
    assert read(tmp_path, content)[1].loaded == 4


def test_byte_order_mark_is_accepted_and_utf16_refused(tmp_path: Path) -> None:
    path = tmp_path / "gt.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(good()).encode())
    assert read_ground_truth(path)[1].loaded == 4
    path.write_bytes(json.dumps(good()).encode("utf-16"))
    with pytest.raises(FormatError, match="UTF-16"):
        read_ground_truth(path)


def test_gzip_is_read_and_a_bomb_refused(tmp_path: Path) -> None:
    path = tmp_path / "gt.json.gz"
    path.write_bytes(gzip.compress(json.dumps(good()).encode()))
    assert read_ground_truth(path)[1].loaded == 4
    path.write_bytes(gzip.compress(b" " * (32 << 20)))
    with pytest.raises(LimitError, match="gzip_ratio"):
        read_ground_truth(path)
    path.write_bytes(gzip.compress(json.dumps(good()).encode())[:-30])
    with pytest.raises(FormatError, match="damaged"):
        read_ground_truth(path)


def test_names_that_lead_outside_are_kept_for_figures_and_named(tmp_path: Path) -> None:
    content = good()
    content["images"][0]["file_name"] = "../../etc/passwd"
    dataset, report = read(tmp_path, content)
    assert report.codes == {"file-name-outside-root": 1}
    assert "outside" in report.problems[0].examples[0]
    assert len(dataset.ground_truth) == 4


def test_sizes_and_names_of_images_may_be_missing(tmp_path: Path) -> None:
    content = good()
    content["images"][0] = {"id": 1, "coco_url": "http://images.cocodataset.org/val2017/000000397133.jpg"}
    content["images"][1] = {"id": 2, "width": -5, "height": 0}
    content["annotations"][0]["bbox"] = [900, 900, 30, 30]
    dataset, report = read(tmp_path, content)
    assert dataset.images.file_name == ("val2017/000000397133.jpg", "2", "3.jpg")
    assert dataset.images.width.tolist() == [-1, -1, 160]
    assert report.codes == {"image-without-file-name": 1, "bad-image-size": 1}
    assert report.loaded == 4, "nothing lies outside an image of unknown size"


def test_odd_class_names_stay_as_written(tmp_path: Path) -> None:
    content = good()
    content["categories"][0]["name"] = "\u202ecat\n<b>\U0001f408</b>"
    assert read(tmp_path, content)[0].classes.name[0] == "\u202ecat\n<b>\U0001f408</b>"


@pytest.mark.parametrize(("written", "name"), [(7, "7"), (7.0, "7"), (1.5, "1.5"), (0, "0")])
def test_a_class_name_that_is_a_number_is_that_number_as_text(tmp_path: Path, written: float, name: str) -> None:
    content = good()
    content["categories"][0]["name"] = written
    dataset, report = read_ground_truth(write(tmp_path / "gt.json", content))
    assert dataset.classes.name[0] == name
    assert report.codes == {"class-name-converted": 1}


def test_empty_lists_are_a_dataset(tmp_path: Path) -> None:
    dataset, report = read(tmp_path, {"images": [], "annotations": [], "categories": []})
    assert (len(dataset.images), len(dataset.ground_truth), report.records) == (0, 0, 0)


def test_fifo_is_refused_and_not_opened(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "gt.json")
    with pytest.raises(FormatError, match="not a regular file"):
        read_ground_truth(tmp_path / "gt.json")


def test_reading_can_be_cancelled_and_reports_progress(tmp_path: Path) -> None:
    path = write(tmp_path / "gt.json", good())
    shares: list[float] = []
    read_ground_truth(path, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    with pytest.raises(FormatError, match="cancelled"):
        read_ground_truth(path, cancelled=lambda: True)


@needs_shared
@pytest.mark.parametrize(
    ("name", "images", "boxes", "classes"),
    [
        ("coco_val2014_100/instances_val2014_100.json", 100, 839, 80),
        ("voc2012_100/gt/coco_from_pascalvoc.json", 100, 273, 20),
        ("voc2012_100/gt/coco_format_v1/instances_default.json", 100, 273, 20),
        ("voc2012_100/gt/coco_format_v2/instances_v2.json", 100, 273, 20),
        ("aerial_cars_30/coco/gt.json", 30, 808, 5),
        ("toyexample_cats_12/gts_coco_format/toy_example_coco.JSON", 10, 12, 1),
        ("golden/toy_gt.json", 3, 6, 2),
    ],
)
def test_real_files_are_read_whole(name: str, images: int, boxes: int, classes: int) -> None:
    dataset, report = read_ground_truth(DATA / name)
    assert (len(dataset.images), report.records, report.loaded) == (images, boxes, boxes)
    assert len(dataset.classes) >= classes


@needs_shared
def test_real_attributes_are_columns() -> None:
    dataset, _ = read_ground_truth(DATA / "voc2012_100/gt/coco_from_pascalvoc.json")
    attributes = dataset.ground_truth.attributes
    assert (int(attributes["truncated"].values.sum()), int(attributes["difficult"].values.sum())) == (137, 38)
    dataset, _ = read_ground_truth(DATA / "coco_val2014_100/instances_val2014_100.json")
    assert set(dataset.image_attributes.names) == {"license", "coco_url", "date_captured", "flickr_url"}
    assert int(dataset.ground_truth.is_crowd.sum()) == 9
    assert dataset.ground_truth.masks is not None
    assert np.isfinite(dataset.ground_truth.area).all()
