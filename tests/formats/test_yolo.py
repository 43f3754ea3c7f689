"""YOLO datasets: layouts, lines, class names and sizes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.exceptions import FormatError
from diag_gui.formats.coco import read_ground_truth as read_coco
from diag_gui.formats.opening import open_ground_truth
from diag_gui.formats.yolo import NOMINAL_SIDE, read_ground_truth
from tests.formats.trainer_folders import darknet
from tests.shared_data import DATA, needs_shared

NAMES = "names: [cat, dog, bird]\nnc: 3\n"


def put(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def picture(path: Path, width: int = 200, height: int = 100) -> Path:
    return put(path, cv2.imencode(path.suffix, np.zeros((height, width, 3), np.uint8))[1].tobytes())


def read(path: Path, **options: Path) -> tuple[Dataset, ReadReport]:
    dataset, report, _ = read_ground_truth(path, **options)
    return dataset, report


def one_file(folder: Path, lines: str | bytes, names: str = NAMES) -> tuple[Dataset, ReadReport]:
    picture(folder / "images/a.png")
    put(folder / "labels/a.txt", lines)
    put(folder / "data.yaml", names)
    return read(folder)


def test_boxes_become_pixels_of_the_picture(tmp_path: Path) -> None:
    dataset, report = one_file(tmp_path, "1 0.5 0.5 0.2 0.4\n0 0.25 0.75 0.1 0.1\n")
    assert report.problems == ()
    np.testing.assert_allclose(dataset.ground_truth.xywh, [[80, 30, 40, 40], [40, 70, 20, 10]])
    assert dataset.ground_truth.class_row.tolist() == [1, 0]
    assert dataset.classes.name == ("cat", "dog", "bird")
    assert dataset.classes.class_id.tolist() == [0, 1, 2]
    assert dataset.images.file_name == ("a.png",)
    assert (dataset.images.width[0], dataset.images.height[0]) == (200, 100)


@pytest.mark.parametrize(
    ("line", "code", "word"),
    [
        ("1 0.5 0.5 0.2", "column-count", "4 columns"),
        ("1 0.5 0.5 0.2 0.2 0.3 0.4 0.5", "column-count", "8 columns"),
        ("1 80 60 30 20", "not-normalised", "0..1"),
        ("1 -0.5 0.5 0.2 0.2", "not-normalised", "negative"),
        ("1 0.5 0.5 -0.2 0.2", "negative-size-box", "negative"),
        ("1 0.5 0.5 0 0.2", "zero-size-box", "zero"),
        ("1 0.5 nan 0.2 0.2", "box-not-finite", "NaN"),
        ("1 0.5 inf 0.2 0.2", "not-normalised", "inf"),
        ("7 0.5 0.5 0.2 0.2", "unknown-class", "class 7"),
        ("-1 0.5 0.5 0.2 0.2", "unknown-class", "class -1"),
        ("1.5 0.5 0.5 0.2 0.2", "unknown-class", "class 1.5"),
        ("horse 0.5 0.5 0.2 0.2", "unknown-class", "horse"),
        ("1 0.5 half 0.2 0.2", "not-a-number", "half"),
    ],
)
def test_a_bad_line_is_dropped_alone_and_named(tmp_path: Path, line: str, code: str, word: str) -> None:
    dataset, report = one_file(tmp_path, f"0 0.5 0.5 0.2 0.2\n{line}\n0 0.5 0.5 0.3 0.3\n")
    assert (report.records, report.loaded, report.dropped, report.codes) == (3, 2, 1, {code: 1})
    assert "labels/a.txt: line 2" in report.problems[0].examples[0]
    assert word in report.problems[0].examples[0]
    np.testing.assert_allclose(dataset.ground_truth.xywh[:, 2], [40, 60])


def test_bom_windows_ends_blank_lines_and_tabs(tmp_path: Path) -> None:
    dataset, report = one_file(tmp_path, b"\xef\xbb\xbf0 0.5 0.5 0.2 0.2\r\n\r\n1.0\t0.3 0.3  0.1 1e-1\r\n  ")
    assert (report.records, report.loaded, report.problems) == (2, 2, ())
    assert dataset.ground_truth.class_row.tolist() == [0, 1]


def test_values_barely_over_one_are_rounding(tmp_path: Path) -> None:
    _, report = one_file(tmp_path, "0 0.5 0.5 1.0004 0.2\n")
    assert (report.loaded, report.problems) == (1, ())


def test_a_score_among_labels_is_not_used_but_said(tmp_path: Path) -> None:
    _, report = one_file(tmp_path, "0 0.5 0.5 0.2 0.2 0.9\n")
    assert (report.loaded, report.codes) == (1, {"extra-column": 1})


def test_all_pixels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="normalised"):
        one_file(tmp_path, "0 80 60 30 20\n1 50 40 20 10\n")


def test_segments_give_box_and_mask(tmp_path: Path) -> None:
    dataset, report = one_file(tmp_path, "1 0.1 0.1 0.5 0.1 0.5 0.6\n0 0.5 0.5 0.2 0.2\n")
    assert report.problems == ()
    np.testing.assert_allclose(dataset.ground_truth.xywh[0], [20, 10, 80, 50])
    assert dataset.ground_truth.masks is not None
    np.testing.assert_allclose(dataset.ground_truth.masks[0], [[20, 10, 100, 10, 100, 60]])
    assert dataset.ground_truth.masks[1] is None


def test_pictures_without_labels_are_images_and_labels_without_pictures_too(tmp_path: Path) -> None:
    picture(tmp_path / "images/b.png")
    put(tmp_path / "labels/c.txt", "0 0.5 0.5 0.2 0.2\n")
    dataset, report = one_file(tmp_path, "")
    assert dataset.images.file_name == ("a.png", "b.png", "c")
    assert dataset.image_offsets.tolist() == [0, 0, 0, 1]
    assert report.codes == {"nominal-image-size": 1}


def test_without_pictures_a_nominal_size_is_said_to_have_no_meaning(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", "0 0.5 0.5 0.2 0.2\n")
    put(tmp_path / "classes.txt", "cat\n")
    dataset, report = read(tmp_path)
    assert dataset.images.width[0] == NOMINAL_SIDE
    assert "no meaning" in report.problems[0].examples[0]
    assert dataset.sizes_are_nominal
    put(tmp_path / "a.jpg", picture(tmp_path / "a.png").read_bytes())
    assert not read(tmp_path)[0].sizes_are_nominal


def test_upright_size_counts(tmp_path: Path) -> None:
    from tests.formats.pictures import jpeg_with_orientation

    put(tmp_path / "images/a.jpg", jpeg_with_orientation(200, 100, 6))
    put(tmp_path / "labels/a.txt", "0 0.5 0.5 0.5 0.5\n")
    dataset, _ = read(tmp_path)
    assert (dataset.images.width[0], dataset.images.height[0]) == (100, 200)
    np.testing.assert_allclose(dataset.ground_truth.xywh, [[25, 50, 50, 100]])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("names:\n  0: no\n  1: 010\n  2: 1e3\n", ("no", "010", "1e3")),
        ("names: [yes, null, ~]\n", ("yes", "null", "~")),
        ("nc: 2\nnames: ['a b', \"c\"]\n", ("a b", "c")),
        ("names: {0: a, 5: b}\n", ("a", "b")),
    ],
)
def test_class_names_stay_text(tmp_path: Path, names: str, expected: tuple[str, ...]) -> None:
    assert one_file(tmp_path, "0 0.5 0.5 0.2 0.2\n", names)[0].classes.name == expected


@pytest.mark.parametrize(
    ("names", "word"),
    [
        ('names: !!python/object/apply:os.system ["touch X"]\n', "tag"),
        ("a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(7)) + "names: *h\n", "yaml"),
        ("names: [a\n", "YAML"),
        ("names: 3\n", "names"),
        ("names: [a, [b]]\n", "class 1"),
        ("nc: 2\nnames: [a]\n", "nc says 2"),
        ("- a\n- b\n", "mapping"),
        ("names: " + "[" * 500 + "]" * 500, "yaml_depth"),
    ],
)  # fmt: skip
def test_broken_or_dangerous_yaml_is_refused(tmp_path: Path, names: str, word: str) -> None:
    with pytest.raises(FormatError, match=word):
        one_file(tmp_path, "0 0.5 0.5 0.2 0.2\n", names)


def test_ultralytics_layout_loads_val_and_says_what_it_left(tmp_path: Path) -> None:
    for split in ("train", "val"):
        picture(tmp_path / f"images/{split}/{split}1.png")
        put(tmp_path / f"labels/{split}/{split}1.txt", "0 0.5 0.5 0.2 0.2\n")
    put(tmp_path / "data.yaml", "path: /datasets/elsewhere\ntrain: images/train\nval: images/val\ntest:\n" + NAMES)
    for path in (tmp_path, tmp_path / "data.yaml"):
        dataset, report = read(path)
        assert dataset.images.file_name == ("val1.png",)
        assert report.codes == {"split-not-loaded": 1}
        assert dataset.image_attributes["split"].text(0) == "val"
    assert read(tmp_path / "images/train")[0].images.file_name == ("train1.png",)
    assert read(tmp_path / "labels/train")[0].classes.name == ("cat", "dog", "bird")


def test_roboflow_layout(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        picture(tmp_path / split / "images/a.png")
        put(tmp_path / split / "labels/a.txt", "2 0.5 0.5 0.2 0.2\n")
    put(tmp_path / "data.yaml", "train: ../train/images\nval: ../valid/images\n" + NAMES)
    dataset, report = read(tmp_path)
    assert (len(dataset.images), report.loaded) == (1, 1)
    assert "split-not-loaded" in report.codes


def test_list_of_pictures_with_paths_of_another_machine(tmp_path: Path) -> None:
    picture(tmp_path / "images/a.png")
    put(tmp_path / "labels/a.txt", "0 0.5 0.5 0.2 0.2\n")
    put(tmp_path / "val.txt", "/home/someone/set/images/a.png\n./images/gone.png\n")
    put(tmp_path / "data.yaml", "val: val.txt\n" + NAMES)
    dataset, report = read(tmp_path)
    assert dataset.images.file_name == ("images/a.png", "images/gone.png")
    assert report.codes == {"nominal-image-size": 1}


def test_darknet_layout(tmp_path: Path) -> None:
    picture(tmp_path / "obj_train_data/a.png")
    put(tmp_path / "obj_train_data/a.txt", "1 0.5 0.5 0.2 0.2\n")
    put(tmp_path / "train.txt", "data/obj_train_data/a.png\n")
    put(tmp_path / "obj.names", "one\ntwo\n")
    put(tmp_path / "obj.data", "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n")
    for path in (tmp_path, tmp_path / "obj.data", tmp_path / "obj.names"):
        dataset, report = read(path)
        assert dataset.classes.name == ("one", "two")
        assert (report.loaded, dataset.images.width[0]) == (1, 200)


@pytest.mark.parametrize("names", ["names: {}\n", "names: []\n", "names:\n", "nc: 2\n"])
def test_an_empty_list_of_names_is_none(tmp_path: Path, names: str) -> None:
    dataset, report = one_file(tmp_path, "1 0.5 0.5 0.2 0.2\n", names)
    assert dataset.classes.name == ("class 0", "class 1")
    assert report.loaded == 1


@pytest.mark.parametrize("value", ["1e308", "inf", "-inf", "nan", "1e-320"])
def test_numbers_at_the_end_of_the_scale_are_dropped_without_a_warning_of_numpy(tmp_path: Path, value: str) -> None:
    _, report = one_file(tmp_path, f"0 0.5 {value} 0.2 0.2\n0 0.5 0.5 0.2 {value}\n0 .1 .1 {value} .1 .5 .6\n0 .5 .5 .2 .2\n")
    assert report.records == 4
    assert report.loaded >= 1


def test_classes_without_a_list_go_by_number(tmp_path: Path) -> None:
    put(tmp_path / "labels/a.txt", "3 0.5 0.5 0.2 0.2\n")
    dataset, report = read(tmp_path)
    assert dataset.classes.name == ("class 0", "class 1", "class 2", "class 3")
    assert "no-class-names" in report.codes


def test_classes_by_name_are_those_of_the_list(tmp_path: Path) -> None:
    dataset, report = one_file(tmp_path, "dog 0.5 0.5 0.2 0.2\n0 0.5 0.5 0.4 0.4\nhorse 0.5 0.5 0.2 0.2\n")
    assert [dataset.classes.name[row] for row in dataset.ground_truth.class_row] == ["dog", "cat"]
    assert report.codes == {"class-names-in-labels": 1, "unknown-class": 1}


def test_classes_by_name_without_a_list_are_the_names_in_the_labels(tmp_path: Path) -> None:
    put(tmp_path / "labels/a.txt", "dog 0.5 0.5 0.2 0.2\ncat 0.5 0.5 0.4 0.4\nnonsense of a line\n")
    picture(tmp_path / "images/a.png")
    dataset, report = read(tmp_path)
    assert dataset.classes.name == ("cat", "dog")
    assert dataset.ground_truth.class_row.tolist() == [1, 0]
    assert (report.records, report.loaded) == (3, 2)
    assert "alphabetical" in next(group for group in report.problems if group.code == "no-class-names").examples[0]


def test_names_among_numbers_without_a_list_are_no_classes(tmp_path: Path) -> None:
    put(tmp_path / "labels/a.txt", "1 0.5 0.5 0.2 0.2\ncat 0.5 0.5 0.4 0.4\n")
    picture(tmp_path / "images/a.png")
    dataset, report = read(tmp_path)
    assert dataset.classes.name == ("class 0", "class 1")
    assert report.codes["unknown-class"] == 1


def test_a_blank_line_inside_a_class_list_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "obj.names", "one\n\ntwo\n")
    put(tmp_path / "obj.data", "names = obj.names\n")
    put(tmp_path / "a.txt", "0 0.5 0.5 0.2 0.2\n")
    with pytest.raises(FormatError, match="line 2"):
        read(tmp_path)


def test_unreadable_files_among_others_are_named(tmp_path: Path) -> None:
    put(tmp_path / "labels/b.txt", b"\xff\xfe0\x00")
    put(tmp_path / "images/b.png", b"")
    _, report = one_file(tmp_path, "0 0.5 0.5 0.2 0.2\n")
    assert report.codes == {"unreadable-label-file": 1, "unreadable-picture": 1}


def test_nothing_to_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no YOLO label files"):
        read(tmp_path)


@needs_shared
def test_real_labels_equal_the_coco_form() -> None:
    dataset, report, root = read_ground_truth(DATA / "aerial_cars_30")
    coco, _ = read_coco(DATA / "aerial_cars_30/coco/gt.json")
    assert (report.records, report.loaded, len(dataset.images)) == (808, 808, 30)
    assert root == DATA / "aerial_cars_30/images"
    assert dataset.images.file_name == coco.images.file_name
    assert dataset.classes.name == coco.classes.name
    np.testing.assert_array_equal(dataset.ground_truth.class_row, coco.ground_truth.class_row)
    np.testing.assert_allclose(dataset.ground_truth.xywh, coco.ground_truth.xywh, atol=0.01)


@needs_shared
@pytest.mark.parametrize("name", ["", "obj.data", "obj_train_data"])
def test_real_darknet_set(name: str) -> None:
    dataset, report, root = read_ground_truth(DATA / "voc2012_100/gt/yolo_format" / name)
    coco, _ = read_coco(DATA / "voc2012_100/gt/coco_from_pascalvoc.json")
    assert (report.records, report.loaded, report.problems) == (273, 273, ())
    assert root == DATA / "voc2012_100/images"
    assert dataset.images.file_name == coco.images.file_name
    np.testing.assert_allclose(_rows(dataset), _rows(coco), atol=0.01)


def _rows(dataset: Dataset) -> list[list[float]]:
    """Return image, class by name and box of each label, in an order that files do not decide."""
    order = sorted(dataset.classes.name)
    truth = dataset.ground_truth
    rows = zip(truth.image_row, (order.index(dataset.classes.name[row]) for row in truth.class_row), truth.xywh, strict=True)
    return sorted([float(image), float(name), *np.round(box)] for image, name, box in rows)


TURNED = "0.25 0.2 0.5 0.45 0.25 0.7 0.0 0.45"
UPRIGHT = "0.1 0.1 0.5 0.1 0.5 0.6 0.1 0.6"


def test_four_points_in_every_line_are_rotated_boxes_and_it_is_said(tmp_path: Path) -> None:
    dataset, report = one_file(tmp_path, f"1 {TURNED}\n0 {UPRIGHT}\n")
    truth = dataset.ground_truth
    assert (report.format, report.loaded, report.codes) == ("yolo-obb", 2, {"read-as-rotated": 1})
    assert "format yolo" in report.problems[0].examples[0]
    assert truth.masks is None
    assert truth.quad is not None
    np.testing.assert_allclose(truth.quad, [[50, 20, 100, 45, 50, 70, 0, 45], [20, 10, 100, 10, 100, 60, 20, 60]])
    np.testing.assert_allclose(truth.xywh, [[0, 20, 100, 50], [20, 10, 80, 50]])


@pytest.mark.parametrize("other", ["0 0.5 0.5 0.2 0.2", "0 0.1 0.1 0.5 0.1 0.5 0.6", "0 .1 .1 .5 .1 .5 .6 .3 .7 .1 .6"])
def test_one_line_of_another_length_makes_all_segments(tmp_path: Path, other: str) -> None:
    dataset, report = one_file(tmp_path, f"1 {TURNED}\n{other}\n")
    assert (report.format, report.loaded, report.problems) == ("yolo", 2, ())
    assert dataset.ground_truth.quad is None
    assert dataset.ground_truth.masks is not None
    assert dataset.ground_truth.masks[0] is not None


def test_a_broken_line_decides_nothing(tmp_path: Path) -> None:
    dataset, report = one_file(tmp_path, f"1 {TURNED}\n1 0.1 0.1 0.5 0.1 0.5 0.6 0.1\n")
    assert (report.format, report.loaded, report.codes) == ("yolo-obb", 1, {"read-as-rotated": 1, "column-count": 1})
    assert dataset.ground_truth.quad is not None


def test_naming_the_format_decides(tmp_path: Path) -> None:
    one_file(tmp_path, f"1 {TURNED}\n0 0.5 0.5 0.2 0.2\n")
    dataset, report = read(tmp_path, rotated=True)  # type: ignore[arg-type]
    assert (report.format, report.loaded, report.codes) == ("yolo-obb", 1, {"column-count": 1})
    assert dataset.ground_truth.quad is not None
    one_file(tmp_path, f"1 {TURNED}\n")
    found = open_ground_truth(tmp_path, format="yolo")
    assert found.dataset.ground_truth.quad is None
    assert found.dataset.ground_truth.masks is not None
    assert open_ground_truth(tmp_path, format="yolo-obb").report.codes == {}
    assert open_ground_truth(tmp_path).report.format == "yolo-obb"


@pytest.mark.parametrize(
    ("line", "code", "dropped"),
    [
        ("1 50 20 100 45 50 70 0 45", "not-normalised", 1),
        ("1 0.25 nan 0.5 0.45 0.25 0.7 0.0 0.45", "box-not-finite", 1),
        ("1 0.1 0.1 0.2 0.2 0.3 0.3 0.4 0.4", "zero-size-box", 1),
        ("9 " + TURNED, "unknown-class", 1),
        (f"1 {TURNED} 0.9", "extra-column", 0),
        ("1 0.9 0.2 1.15 0.45 0.9 0.7 0.65 0.45", "box-partly-outside", 0),
        ("1 0.1 0.1 0.5 0.6 0.5 0.1 0.1 0.6", "crossing-corners", 0),
    ],
)
def test_odd_rotated_boxes_are_named(tmp_path: Path, line: str, code: str, dropped: int) -> None:
    one_file(tmp_path, f"0 {UPRIGHT}\n{line}\n")
    _, report = read(tmp_path, rotated=True)  # type: ignore[arg-type]
    assert (report.records, report.dropped, report.codes) == (2, dropped, {code: 1})
    assert "labels/a.txt: line 2" in report.problems[0].examples[0]


def test_an_empty_class_list_is_none(tmp_path: Path) -> None:
    darknet(tmp_path)
    (tmp_path / "obj.names").write_text("\n")
    opened = open_ground_truth(tmp_path)
    assert opened.dataset.classes.name == ("class 0", "class 1")
    assert opened.report.codes["no-class-names"] == 1
