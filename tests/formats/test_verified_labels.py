"""Image-level labels of Open Images joined to a dataset."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag_gui.exceptions import DatasetMismatchError, FormatError
from diag_gui.formats.verified_labels import join_verified_labels
from tests.evaluation.coco_facts import coco_dict, dataset_from_coco
from tests.formats.reading import put_text

DATASET = dataset_from_coco(coco_dict(3, 3, [(1, 1, 0, 0, 9, 9)]))
HEADER = "ImageID,Source,LabelName,Confidence"


def test_rows_become_lists_by_image(tmp_path: Path) -> None:
    table = put_text(tmp_path / "labels.csv", HEADER, "1,v,a,1", "1.jpg,v,c,0", "2,v,b,1.0", "2,v,b,1", "3,v,3,0")
    dataset, report = join_verified_labels(DATASET, table)
    assert dataset.images.verified is not None
    assert dataset.images.negative is not None
    assert [rows.tolist() for rows in dataset.images.verified] == [[0], [1], []]
    assert [rows.tolist() for rows in dataset.images.negative] == [[2], [], [2]]
    assert (report.records, report.loaded, report.dropped) == (5, 5, 0)


def test_codes_are_classes_by_the_descriptions_beside(tmp_path: Path) -> None:
    put_text(tmp_path / "class-descriptions-boxable.csv", "/m/01,a", "/m/02,b")
    dataset, _ = join_verified_labels(DATASET, put_text(tmp_path / "labels.csv", HEADER, "1,v,/m/02,1"))
    assert dataset.images.verified is not None
    assert dataset.images.verified[0].tolist() == [1]


def test_what_says_nothing_of_the_dataset_is_dropped_by_name(tmp_path: Path) -> None:
    rows = ["1,v,a,1", "9,v,a,1", "1,v,x,1", "1,m,b,0.7", "1,m,b,", "1,m,b,nan", "1,v,a,1,2,3"]
    _, report = join_verified_labels(DATASET, put_text(tmp_path / "labels.csv", HEADER, *rows))
    assert (report.records, report.loaded, report.dropped) == (7, 1, 6)
    assert report.codes == {"row-length": 1, "unknown-image": 1, "unknown-category": 1, "label-not-verified": 3}


def test_other_tables_and_other_data_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="confidence"):
        join_verified_labels(DATASET, put_text(tmp_path / "a.csv", "ImageID,LabelName", "1,a"))
    with pytest.raises(DatasetMismatchError, match="not one of its 2 rows"):
        join_verified_labels(DATASET, put_text(tmp_path / "b.csv", HEADER, "7,v,a,1", "1,v,x,1"))
