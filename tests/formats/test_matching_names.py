"""Which image and class a name or number of another file means, where ids stand in the ground truth and where they do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diag_gui.data.dataset import Classes, Dataset
from diag_gui.data.read_report import ProblemLog
from diag_gui.formats.collected_labels import CollectedLabels, LabelledObject
from diag_gui.formats.matching_names import ClassFinder, ImageFinder, fold
from diag_gui.formats.opening import open_predictions
from diag_gui.formats.record_table import CodedTexts
from tests.formats.reading import put_json


def truth(*names: str, classes: tuple[str, ...] = ("car",), format: str = "voc") -> Dataset:
    made = CollectedLabels(Path("gt"), format, ProblemLog(Path("gt")))
    for name in names:
        made.add_image(name, 100, 100)
    for name in classes:
        made.add(0, LabelledObject(name, (1, 2, 30, 40), name))
    return made.build("")[0]


def test_a_number_is_the_one_a_file_is_called_by_where_readers_count_images() -> None:
    finder = ImageFinder.of(truth("000002.jpg", "000003.jpg", "000001.jpg"))
    rows, kind = finder.rows(np.array([1, 2, 3, 4], np.int64))
    assert rows.tolist() == [2, 0, 1, -1]
    assert kind.by_name.tolist() == [True, True, True, False]


@pytest.mark.parametrize("wanted", [["2", "000003", "1"], CodedTexts(np.array([1, 0, 2], np.int32), ("000003", "2", "1"))])
def test_texts_are_names_before_they_are_numbers(wanted: list[str] | CodedTexts) -> None:
    rows, _ = ImageFinder.of(truth("2.jpg", "3.jpg", "000003.jpg")).rows(wanted)
    assert rows.tolist() == [0, 2, 0]


def test_without_a_numbered_file_numbers_count_images() -> None:
    rows, _ = ImageFinder.of(truth("a.jpg", "b.jpg")).rows(np.array([2, 1, 9], np.int64))
    assert rows.tolist() == [1, 0, -1]


def test_ids_that_stand_in_the_file_win() -> None:
    rows, _ = ImageFinder.of(truth("2.jpg", "1.jpg", format="coco")).rows(np.array([1, 2], np.int64))
    assert rows.tolist() == [0, 1]


def test_classes_that_are_numbers_are_found_by_name() -> None:
    finder = ClassFinder.of(truth("a.jpg", classes=("2", "3", "11")))
    assert finder.rows(np.array([2, 3, 11, 1], np.int64))[0].tolist() == [1, 2, 0, -1]
    assert finder.rows(["11", None, "Car"])[0].tolist() == [0, -1, -1]
    named = ClassFinder.of(truth("a.jpg", classes=("cat", "dog")))
    assert named.rows(np.array([1, 2], np.int64))[0].tolist() == [0, 1]


def test_results_numbered_by_file_name_reach_their_images(tmp_path: Path) -> None:
    dataset = truth("000012.jpg", "000001.jpg")
    path = put_json(tmp_path / "dt.json", [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40], "score": 0.5}])
    opened = open_predictions(path, dataset)
    assert opened.run.predictions.image_row.tolist() == [1]
    assert opened.report.codes["image-by-name"] == 1


def test_a_name_of_a_sign_and_digits_is_no_number():
    assert fold("-5") != fold("5")
    assert fold(" 5 ") == fold("5")
    assert fold("Small-Vehicle") == fold("small vehicle")


def test_names_of_classes_are_looked_at_only_where_ids_are_not_enough() -> None:
    class Names(tuple[str, ...]):
        walked = 0

        def __iter__(self):  # type: ignore[no-untyped-def]
            Names.walked += 1
            return super().__iter__()

    classes = Classes(class_id=np.array([3, 5], dtype=np.int64), name=Names(("car", "bus")), supercategory=("", ""))
    Names.walked = 0
    finder = ClassFinder(classes, {})
    assert finder.rows(np.array([5, 3, 5]))[0].tolist() == [1, 0, 1]
    assert Names.walked == 0
    assert finder.rows(["BUS", "car"])[0].tolist() == [1, 0]
    assert Names.walked > 0
