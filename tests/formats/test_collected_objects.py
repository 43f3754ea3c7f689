"""What all readers share that gather object by object: accounts, order, classes, columns, and matching to a dataset."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diag_gui.data.attributes import ColumnKind
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog
from diag_gui.exceptions import DatasetMismatchError, LimitError
from diag_gui.formats.collected_labels import CollectedLabels, LabelledObject
from diag_gui.formats.collected_predictions import CollectedPredictions, PredictedObject

BOX = (1.0, 2.0, 30.0, 40.0)


def labels() -> CollectedLabels:
    path = Path("somewhere")
    return CollectedLabels(path, "made up", ProblemLog(path))


def dataset() -> Dataset:
    made = labels()
    for name in ("a.jpg", "b/c.jpg"):
        made.add(made.add_image(name, 100, 100), LabelledObject("car", BOX, name))
    made.add(0, LabelledObject("bus", BOX, "bus"))
    return made.build("")[0]


def predictions() -> CollectedPredictions:
    path = Path("found")
    return CollectedPredictions(path, "made up", dataset(), ProblemLog(path))


def test_loaded_and_dropped_are_all_records_and_each_is_named() -> None:
    made = labels()
    image = made.add_image("a.jpg", 100, 100)
    made.add(image, LabelledObject("car", BOX, "first"))
    made.leave_out("no-box", "second", "has no box")
    made.add(image, LabelledObject("car", (0, 0, float("nan"), 1), "third"))
    made.add(image, LabelledObject("car", (500, 0, 10, 10), "fourth"))
    _, report = made.build("sum")
    assert (report.records, report.loaded, report.dropped) == (4, 1, 3)
    assert report.codes == {"no-box": 1, "box-not-finite": 1, "box-outside-image": 1}
    assert [example for group in report.problems for example in group.examples][1].startswith("somewhere: third: ")


def test_objects_are_sorted_by_image_and_keep_their_place_in_the_file() -> None:
    made = labels()
    first, second = made.add_image("a.jpg"), made.add_image("b.jpg")
    made.add(second, LabelledObject("car", BOX, "x"))
    made.add(first, LabelledObject("bus", BOX, "y"))
    facts, _ = made.build("", class_names=["car", "van"])
    assert facts.ground_truth.source_index.tolist() == [1, 0]
    assert facts.classes.name == ("car", "van", "bus")
    assert facts.ground_truth.class_row.tolist() == [2, 0]


def test_an_image_met_again_keeps_its_place_and_gains_what_was_not_known() -> None:
    made = labels()
    assert made.add_image("a.jpg") == made.add_image("./a.jpg", 30, 20, {"scene": "night"})
    facts, _ = made.build("")
    assert (facts.images.width.tolist(), facts.image_attributes["scene"].text(0)) == ([30], "night")


def test_ids_are_the_files_own_only_where_all_are_there_once() -> None:
    for identifiers, expected in (((7, 9), [7, 9]), (("x", "y"), ["x", "y"]), ((7, 7), [1, 2]), ((7, None), [1, 2])):
        made = labels()
        for identifier in identifiers:
            made.add(made.add_image("a.jpg"), LabelledObject("car", BOX, "r", identifier=identifier))
        assert made.build("")[0].ground_truth.annotation_id.tolist() == expected


def test_texts_become_numbers_and_typed_values_stay() -> None:
    made = labels()
    for occluded, depth in (("1", 1.5), ("0", None)):
        made.add(made.add_image("a.jpg"), LabelledObject("car", BOX, "r", attributes={"occluded": occluded, "depth": depth}))
    table = made.build("")[0].ground_truth.attributes
    assert table["occluded"].kind is ColumnKind.BOOL
    assert table["depth"].missing.tolist() == [False, True]


def test_a_rotated_object_among_others_gives_each_its_corners() -> None:
    made = labels()
    made.add(made.add_image("a.jpg"), LabelledObject("car", BOX, "r"))
    made.add(0, LabelledObject("car", BOX, "r", quad=(16, 2, 31, 22, 16, 42, 1, 22)))
    quad = made.build("")[0].ground_truth.quad
    assert quad is not None
    np.testing.assert_array_equal(quad[0], [1, 2, 31, 2, 31, 42, 1, 42])


def test_a_name_over_the_limit_is_refused_and_one_outside_is_noted() -> None:
    made = labels()
    with pytest.raises(LimitError):
        made.add_image("a" * 5000)
    made.add_image("../../etc/passwd")
    assert made.build("")[1].codes == {"file-name-outside-root": 1}


def test_predictions_find_images_and_classes_by_id_or_name() -> None:
    made = predictions()
    made.add(PredictedObject("c.jpg", "BUS", BOX, 0.5, "1"))
    made.add(PredictedObject(1, 2, BOX, 0.5, "2"))
    made.add(PredictedObject("nowhere", "car", BOX, 0.5, "3"))
    made.add(PredictedObject("a", "plane", BOX, 0.5, "4"))
    made.add(PredictedObject("a", "car", BOX, float("nan"), "5"))
    run, report = made.build("")
    assert run.predictions.image_row.tolist() == [0, 1]
    assert run.predictions.source_index.tolist() == [1, 0]
    assert report.codes == {"unknown-image": 1, "unknown-category": 1, "bad-score": 1}
    assert (report.records, report.loaded) == (5, 2)


def test_predictions_of_other_data_are_refused() -> None:
    made = predictions()
    made.add(PredictedObject("x", "car", BOX, 0.5, "1"))
    with pytest.raises(DatasetMismatchError, match="none of the 1 predictions belongs to an image"):
        made.build("")


def test_nothing_read_is_an_empty_run() -> None:
    run, report = predictions().build("")
    assert (len(run.predictions), report.records) == (0, 0)
