"""Binning: what each rule parts, that together the parts hold each once, and what is no rule."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import prepare_run
from diag_gui.evaluation.slice_bins import Binning, parse_binning
from diag_gui.evaluation.slice_definitions import slice_of_range, slices_from_column, slices_from_text
from diag_gui.exceptions import EvaluationError, ExpressionError
from tests.evaluation.attributed_sets import with_columns
from tests.evaluation.coco_facts import by_hand


def catalog() -> ColumnCatalog:
    moments = np.datetime64("2026-03-02T00:30") + np.arange(40) * np.timedelta64(31, "h")
    dataset, run = with_columns(
        by_hand(40, 1, [(1, 1, 0, 0, 32, 32), (2, 1, 0, 0, 96, 96), (3, 1, 0, 0, 5, 5)], []),
        images={
            "altitude": [None, *np.linspace(10, 49, 39).tolist()],
            "lens": [float(row % 3) for row in range(40)],
            "captured": list(moments),
            "scene": ["day"] * 40,
        },
    )
    return ColumnCatalog(prepare_run(dataset, run))


@pytest.mark.parametrize(
    ("column", "rule", "names"),
    [
        ("altitude", "quantiles=3", ["altitude < 23", "23 <= altitude < 36", "altitude >= 36"]),
        ("altitude", "width=2", ["altitude < 29.5", "altitude >= 29.5"]),
        ("altitude", "edges=20,30.5", ["altitude < 20", "20 <= altitude < 30.5", "altitude >= 30.5"]),
        ("lens", "width=2", ["lens < 1", "lens >= 1"]),
        ("lens", "quantiles=2", ["lens < 1", "lens >= 1"]),
        ("lens", "weekday", ["lens=0", "lens=1", "lens=2"]),
        ("area", "coco-areas", ["area=small", "area=medium", "area=large"]),
        ("captured", "month", ["captured.month=3", "captured.month=4"]),
        ("captured", "quantiles=2", ["captured.hour=0 to 2", "captured.hour=3 to 5"]),
        ("captured", "hour", ["captured.hour=0", "captured.hour=1"]),
        ("captured", "weekday", ["captured.weekday=Monday", "captured.weekday=Tuesday"]),
        ("scene", "width=3", ["scene=day"]),
    ],
)
def test_a_rule_parts_the_columns_it_is_for(column: str, rule: str, names: list[str]) -> None:
    have = catalog()
    found = slices_from_text(column, have, binning=parse_binning(rule))
    given = [one for one in found if not one.name.endswith("not given")]
    assert [one.name for one in given][: len(names)] == names
    if column not in ("area", "captured"):
        assert len(given) == len(names)
    if column != "area":
        held = np.sum([have.images_where(one.expression) for one in found], axis=0)
        assert held.tolist() == [1] * 40


def test_an_edge_of_coco_s_areas_is_in_both() -> None:
    have = catalog()
    found = slices_from_column("area", have, binning=Binning("coco-areas"))
    assert [have.gt_where(one.expression).tolist() for one in found] == [
        [True, False, True],
        [True, True, False],
        [False, True, False],
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("deciles", "'deciles' is none of"),
        ("quantiles=many", "'many' is not what quantiles takes"),
        ("quantiles=1", "1 is not between 2 and 100"),
        ("width=101", "101 is not between"),
        ("edges=", "'' is not what edges takes"),
        ("edges=3,2", "do not ascend"),
        ("edges=1,nan", "do not ascend"),
        ("edges", "at least one"),
        ("month=3", "month takes no '3'"),
        (f"edges={','.join(map(str, range(100)))}", "are more than 99"),
    ],
)
def test_what_is_no_rule_is_said(text: str, said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        parse_binning(text)


def test_a_range_dragged_along_the_axis_is_a_slice() -> None:
    have = catalog()
    one = slice_of_range("altitude", 30.123456789, 20.0, have)
    assert (one.name, one.expression) == ("20 <= altitude <= 30.12346", "altitude BETWEEN 20 AND 30.12346")
    assert have.images_where(one.expression).sum() == 10
    assert slice_of_range("area", 25.0, 25.0, have).expression == "area BETWEEN 25 AND 25"
    for name, said in (("altitud", "there is no column"), ("score", "no property"), ("scene", "holds text")):
        with pytest.raises(ExpressionError, match=said):
            slice_of_range(name, 1.0, 2.0, have)
