"""Values that nothing has are said, with those that are near; what holds nothing wrong is not."""

from __future__ import annotations

import pytest

from diag_gui.evaluation import expression_notes
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.expression_notes import value_notes
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.attributed_sets import with_columns
from tests.evaluation.coco_facts import by_hand


@pytest.fixture
def catalog() -> ColumnCatalog:
    truth = [(1, 1, 0, 0, 20, 20), (2, 1, 0, 0, 20, 20)]
    found = [(1, 2, 0, 0, 20, 20, 0.9)]
    facts = prepare_run(
        *with_columns(
            by_hand(2, 3, truth, found), images={"scene": ["night", "fog"], "flight": [1.0, 2.0]}, gt={"pose": ["a", "b"]}
        )
    )
    return ColumnCatalog(facts, evaluate(facts, EvaluationParams()))


def test_a_value_that_nothing_has_is_said_with_near_ones(catalog: ColumnCatalog) -> None:
    names = catalog.facts.dataset.classes.name
    (said,) = value_notes(f"class = '{names[0]}x'", catalog)
    assert said.startswith(f"no label or prediction has class '{names[0]}x'; near: '{names[0]}'")
    assert value_notes("scene != 'Nihgt'", catalog) == ("no image has scene 'Nihgt'; near: 'night'",)
    assert value_notes("pose IN ('a', 'c') AND flight > 1", catalog)[0].startswith("no label has pose 'c'; near: ")
    assert value_notes("NOT (scene = 'q' OR scene = 'q')", catalog) == ("no image has scene 'q'; near: 'fog', 'night'",)


def test_a_class_of_the_list_that_no_box_has_is_said_too(catalog: ColumnCatalog) -> None:
    unused = catalog.facts.dataset.classes.name[2]
    (said,) = value_notes(f"class = '{unused}'", catalog)
    assert said.startswith(f"no label or prediction has class '{unused}'")
    assert f"'{unused}'" not in said.partition("near")[2]


@pytest.mark.parametrize(
    "text", ["scene = 'fog'", "flight = 7", "scene LIKE 'x%'", "scene IS NULL", "error = 'missed'", "area < 5"]
)
def test_nothing_is_said_of_what_is_there_or_is_no_text(catalog: ColumnCatalog, text: str) -> None:
    assert value_notes(text, catalog) == ()


def test_failures_that_are_not_known_yet_are_left_alone(catalog: ColumnCatalog) -> None:
    assert value_notes("error = 'nothing'", ColumnCatalog(catalog.facts)) == ()
    assert value_notes("error = 'mised'", catalog) != ()


def test_among_very_many_texts_no_near_one_is_looked_for(monkeypatch: pytest.MonkeyPatch, catalog: ColumnCatalog) -> None:
    (near,) = value_notes("class = 'hors'", catalog)
    assert "near" in near
    monkeypatch.setattr(expression_notes, "_MOST_COMPARED", 1)
    (without,) = value_notes("class = 'hors'", catalog)
    assert near.startswith(without)
    assert "near" not in without
