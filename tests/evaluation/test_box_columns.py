"""Columns measured on boxes: each against its formula by hand, in expressions, and beside a file's own of the same name."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from diag_gui.data.attributes import Level
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import prepare_run
from diag_gui.evaluation.measured_columns import MEASURED_COLUMNS, Measured
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slice_definitions import slices_from_column
from diag_gui.exceptions import ExpressionError
from tests.evaluation.attributed_sets import with_columns
from tests.evaluation.coco_facts import by_hand

TRUTH = [
    (1, 1, 0, 0, 10, 10),
    (1, 2, 0, 0, 10, 20),
    (1, 2, 60, 70, 20, 10, 1),
    (2, 1, 30, 40, 20, 10),
]
PREDICTIONS = [(1, 1, 2, 3, 10, 10, 0.9), (2, 2, 79, 40, 20, 20, 0.8)]


def facts() -> RunFacts:
    """Three images of 100 x 80; two labels that overlap by half, a crowd, one alone; nothing on the third."""
    dataset, run = by_hand(3, 2, TRUTH, PREDICTIONS)
    size = (np.full(3, 100, np.int32), np.full(3, 80, np.int32))
    return prepare_run(replace(dataset, images=replace(dataset.images, width=size[0], height=size[1])), run)


def values(level: Level, name: str) -> list[float | None]:
    column = facts().measured.column(level, name)
    return [None if missing else float(value) for value, missing in zip(column.values, column.missing, strict=True)]


@pytest.mark.parametrize(
    ("level", "name", "expected"),
    [
        (Level.IMAGE, "n_classes", [2, 1, 0]),
        (Level.IMAGE, "crowding", [0.5, 0, 0]),
        (Level.IMAGE, "rarity", [math.log10(3), math.log10(1.5), None]),
        (Level.IMAGE, "image_aspect", [1.25, 1.25, 1.25]),
        (Level.IMAGE, "megapixels", [0.008, 0.008, 0.008]),
        (Level.GT, "overlap", [0.5, 0.5, None, 0]),
        (Level.GT, "area_share", [100 / 8000, 200 / 8000, 200 / 8000, 200 / 8000]),
        (Level.GT, "border_distance", [0, 0, 0, 30]),
        (Level.GT, "touches_border", [1, 1, 1, 0]),
        (Level.GT, "center_x", [0.05, 0.05, 0.7, 0.4]),
        (Level.GT, "center_y", [0.0625, 0.125, 0.9375, 0.5625]),
        (Level.GT, "class_images", [2, 1, 1, 2]),
        (Level.PRED, "border_distance", [2, 1]),
        (Level.PRED, "touches_border", [0, 1]),
        (Level.PRED, "class_images", [2, 1]),
    ],
)
def test_each_column_is_its_formula(level, name, expected):
    assert values(level, name) == pytest.approx(expected)


def test_every_plug_in_states_its_formula():
    for _, column in MEASURED_COLUMNS.items():
        assert len(column.formula) > 20
        assert column.levels


def test_an_image_of_unknown_size_has_no_aspect_and_its_objects_no_place():
    dataset, run = by_hand(3, 2, TRUTH, PREDICTIONS)
    unknown = replace(dataset.images, width=np.full(3, -1, np.int32))
    measured = prepare_run(replace(dataset, images=unknown), run).measured
    for level, name in ((Level.IMAGE, "image_aspect"), (Level.GT, "border_distance"), (Level.GT, "touches_border")):
        assert measured.column(level, name).missing.all()


def test_expressions_name_them_like_any_column():
    catalog = ColumnCatalog(facts())
    assert catalog.images_where("crowding >= 0.5").tolist() == [True, False, False]
    assert catalog.gt_where("touches_border = FALSE AND overlap = 0").tolist() == [False, False, False, True]
    assert {("crowding",), ("pred", "center_x")} <= {column.segments for column in catalog.offered_columns()}


def test_a_column_of_the_file_of_the_same_name_comes_first():
    dataset, run = with_columns(by_hand(3, 2, TRUTH, PREDICTIONS), images={"crowding": [7.0, 8.0, 9.0]})
    catalog = ColumnCatalog(prepare_run(dataset, run))
    assert catalog.images_where("crowding = 8").tolist() == [False, True, False]
    assert catalog.images_where("measured.crowding = 0.5").tolist() == [True, False, False]
    assert ("measured", "crowding") in {column.segments for column in catalog.offered_columns()}


def test_near_names_are_offered_for_a_misspelt_one():
    with pytest.raises(ExpressionError) as error:
        ColumnCatalog(facts()).images_where("crowdng > 1")
    assert error.value.suggestions[0] == "crowding"


def test_they_are_properties_to_slice_by_with_known_false_positives():
    catalog = ColumnCatalog(facts())
    expressions = [one.expression for one in slices_from_column("touches_border", catalog)]
    assert expressions == ["touches_border = FALSE", "touches_border = TRUE"]


def test_each_is_computed_once():
    prepared, calls = facts(), []
    pairs = prepared.measured.facts.geometry.gt_pairs_of
    geometry = replace(prepared.measured.facts.geometry, gt_pairs_of=lambda *asked: calls.append(asked) or pairs(*asked))
    measured = Measured(replace(prepared.measured.facts, geometry=geometry))
    first = measured.column(Level.GT, "overlap")
    assert measured.column(Level.GT, "overlap") is first
    assert len(calls) == 1
