"""Bad input of slices: each thing wrong gets a message that names it, none makes much work, and nothing is called or read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diag_gui.data.attributes import AttributeTable, Column, ColumnKind, Level
from diag_gui.data.expression_parser import MAXIMUM_LEVELS
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.discovery import discover
from diag_gui.evaluation.discovery_search import _PAIRS_EXTENDED, MOST_CONDITIONS
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.slices import SliceDefinition, evaluate_slices, slices_from_column, slices_from_text
from diag_gui.exceptions import ExpressionError
from tests.evaluation.attributed_sets import with_columns
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.planted_slices import planted_set


def test_tens_of_thousands_of_values_share_a_slice() -> None:
    n = 20_000
    dataset, run = with_columns(by_hand(n, 1, [(1, 1, 0, 0, 9, 9)], []))
    names = tuple(f"site {row:06d}" for row in range(n))
    column = Column("site", ColumnKind.CATEGORY, np.arange(n, dtype=np.int32), np.zeros(n, np.bool_), names)
    facts = prepare_run(replace(dataset, image_attributes=AttributeTable(Level.IMAGE, n, (column,))), run)
    slices = slices_from_column("site", ColumnCatalog(facts))
    found = evaluate_slices(facts, evaluate(facts, EvaluationParams()), slices, with_ap=False, intervals=20)
    assert len(slices) == 101
    assert slices[-1].name == "site=other (19,900 values)"
    assert sum(one.images for one in found) == n


def test_five_thousand_columns_are_searched() -> None:
    planted = planted_set(3, n_images=300, per_image=3)
    random, n = np.random.default_rng(1), 300
    columns = tuple(
        Column(f"c{number}", ColumnKind.BOOL, random.random(n) < 0.5, np.zeros(n, np.bool_)) for number in range(5_000)
    )
    table = planted.dataset.image_attributes.with_columns(columns)
    facts = prepare_run(replace(planted.dataset, image_attributes=table), planted.run)
    found = discover((facts, evaluate(facts, EvaluationParams())))
    assert len(found.columns) > 5_000
    # Of two conditions each: the pairs of all would be fifty million, the triples a hundred thousand million.
    assert found.conditions >= 10_000
    of_a_round = _PAIRS_EXTENDED * MOST_CONDITIONS
    assert found.looked_at < found.conditions + MOST_CONDITIONS**2 + found.settings.most_slices * of_a_round
    with pytest.raises(ExpressionError, match="there is no column"):
        slices_from_column("c5001", ColumnCatalog(facts))


def catalog() -> ColumnCatalog:
    scene = {"scene": ["day", "night"], "captured_at": [np.datetime64("2024-01-05"), None]}
    return ColumnCatalog(prepare_run(*with_columns(by_hand(2, 1, [(1, 1, 0, 0, 9, 9)], []), images=scene)))


def test_an_unknown_column_offers_the_near_names() -> None:
    for text in ("scen = 'night'", "Scene = 'night'", "dark=scne = 'night'"):
        with pytest.raises(ExpressionError, match="there is no column") as raised:
            slices_from_text(text, catalog())
        assert raised.value.suggestions[0] == "scene"


def test_an_unclosed_quote_is_shown_where_it_opens() -> None:
    with pytest.raises(ExpressionError, match="quote") as raised:
        slices_from_text("scene = 'night", catalog())
    assert raised.value.column == 8


def test_hundreds_of_brackets_are_refused_where_there_are_too_many() -> None:
    for opening in ("(", "NOT "):
        for text in (opening * 900 + "scene = 'day'" + ")" * 400, opening * 900):
            with pytest.raises(ExpressionError, match=f"nested deeper than {MAXIMUM_LEVELS} levels") as raised:
                slices_from_text(text, catalog())
            assert raised.value.column == len(opening) * MAXIMUM_LEVELS


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "scene = open('/etc/passwd')",
        "print(scene) = 'day'",
        "scene = exec('1')",
        "import os",
        "scene.__class__ = 'x'",
        "scene = 'day'; DROP TABLE images",
        "lambda: 1",
        "scene = `id`",
        "scene = $(id)",
        "load_file('/etc/passwd') = 'x'",
    ],
)
def test_nothing_can_be_called_imported_or_read(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    have = catalog()

    def refuse(*_: object, **__: object) -> object:
        raise AssertionError("something was run")

    for name in ("builtins.open", "builtins.exec", "builtins.eval", "os.system"):
        monkeypatch.setattr(name, refuse)
    with pytest.raises(ExpressionError):
        slices_from_text(text, have)
    with pytest.raises(ExpressionError):
        evaluate_slices(have.facts, evaluate(have.facts, EvaluationParams()), [SliceDefinition("x", text)])
