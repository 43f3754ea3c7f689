"""Figures of slices by hand: what counts inside, what is ignored, what is undefined, and how sure it is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from diag_gui.evaluation.columns import ColumnCatalog, TagColumns
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.slices import (
    SliceDefinition,
    SliceResult,
    evaluate_slices,
    slice_table,
    slices_from_column,
    slices_from_text,
)
from diag_gui.exceptions import ExpressionError
from tests.evaluation.attributed_sets import random_evaluation, with_columns
from tests.evaluation.coco_facts import by_hand

SMALL, LARGE = (10, 10), (100, 100)
TRUTH = [
    (1, 1, 0, 0, *SMALL),
    (1, 1, 200, 200, *LARGE),
    (2, 1, 0, 0, *SMALL),
    (3, 1, 0, 0, *LARGE),
]
PREDICTIONS = [
    (1, 1, 0, 0, *SMALL, 0.9),
    (1, 1, 200, 200, 100, 95, 0.8),
    (1, 1, 500, 500, *LARGE, 0.7),
    (2, 1, 400, 400, *SMALL, 0.6),
    (2, 1, 600, 600, *LARGE, 0.5),
]


def results(*expressions: str, **settings: object) -> tuple[SliceResult, ...]:
    """Evaluate slices of a set with two small and two large labels, and a ghost of each size."""
    dataset, run = with_columns(
        by_hand(3, 1, TRUTH, PREDICTIONS),
        images={"scene": ["day", "night", None]},
        gt={"occluded": [True, False, True, None]},
    )
    facts = prepare_run(dataset, run)
    definitions = [SliceDefinition(text, text) for text in expressions]
    return evaluate_slices(facts, evaluate(facts, EvaluationParams()), definitions, **settings)  # type: ignore[arg-type]


def counts(one: SliceResult) -> tuple[str, int, int, int, int | None, int]:
    return (one.kind, one.images, one.gt, one.tp, one.fp, one.fn)


def test_an_image_slice_adds_up_its_images() -> None:
    day, night, unknown = results("scene = 'day'", "scene = 'night'", "scene IS NULL")
    assert counts(day) == ("image", 1, 2, 2, 1, 0)
    assert counts(night) == ("image", 1, 1, 0, 2, 1)
    assert counts(unknown) == ("image", 1, 1, 0, 0, 1)
    assert math.isnan(unknown.precision)
    assert (unknown.recall, unknown.f1) == (0.0, 0.0)
    assert day.f1 == pytest.approx(2 * 2 / (2 * 2 + 1))
    assert day.mean_iou == pytest.approx((1 + 0.95) / 2)
    assert day.delta_f1 == pytest.approx(day.f1 - 0.0)
    assert math.isnan(night.mean_iou)


def test_an_object_slice_is_charged_with_its_own_false_positives_only() -> None:
    small, large = results("area < 1000", "area >= 1000")
    assert counts(small) == ("object", 2, 2, 1, 1, 1)
    assert counts(large) == ("object", 2, 2, 1, 2, 1)
    assert small.delta_f1 == pytest.approx(small.f1 - large.f1)
    assert large.delta_f1 == pytest.approx(-small.delta_f1)


def test_prefixes_do_not_change_an_object_slice() -> None:
    bare, of_gt, of_pred = results("area < 1000", "gt.area < 1000", "pred.area < 1000")
    assert counts(bare) == counts(of_gt) == counts(of_pred)


def test_image_and_object_columns_together() -> None:
    (one,) = results("scene = 'day' AND area >= 1000")
    assert counts(one) == ("object", 1, 1, 1, 1, 0)


def test_where_predictions_lack_the_column_only_recall_is_known() -> None:
    (one,) = results("occluded = TRUE", intervals=50)
    assert counts(one) == ("object", 2, 2, 1, None, 1)
    assert one.recall == 0.5
    assert one.mean_iou == 1.0
    for value in (one.precision, one.f1, one.ap, one.ap50, one.delta_f1, one.f1_low, one.p, one.q):
        assert math.isnan(value)
    assert 0 <= one.recall_low <= 0.5 <= one.recall_high <= 1


def test_an_empty_slice_is_undefined() -> None:
    image, thing = results("scene = 'fog'", "area > 1e9", intervals=20)
    for one in (image, thing):
        assert (one.images, one.gt, one.tp, one.fp, one.fn, one.enough) == (0, 0, 0, 0, 0, False)
        for value in (one.precision, one.recall, one.f1, one.ap, one.mean_iou, one.delta_f1, one.f1_low, one.q):
            assert math.isnan(value)


def test_support_is_ground_truth() -> None:
    few, as_asked = results("area < 1000")[0], results("area < 1000", enough=2)[0]
    assert (few.enough, as_asked.enough) == (False, True)


@pytest.mark.parametrize("text", ["score > 0.5", "error = 'missed'", "iou < 0.5", "rank = 1 AND area > 5", "label_error > 0"])
def test_results_are_no_property_to_slice_by(text: str) -> None:
    with pytest.raises(ExpressionError, match="no property to slice by"):
        results(text)


def test_intervals_are_the_bootstrap_over_images() -> None:
    facts, evaluation = random_evaluation(11)
    definitions = [SliceDefinition("night", "scene = 'night'"), SliceDefinition("day", "scene = 'day'")]
    found = evaluate_slices(facts, evaluation, definitions, intervals=200, seed=3, with_ap=False)
    per_image = [evaluate(facts, evaluation.params, images=np.arange(30) == row).totals for row in range(30)]
    inside = ColumnCatalog(facts).images_where("scene = 'night'")
    rng, f1, deltas = np.random.default_rng(3), [], []
    for drawn in rng.integers(0, 30, (200, 30)):
        parts = []
        for member in (True, False):
            rows = [per_image[row] for row in drawn if inside[row] == member]
            tp, fp, fn = (sum(getattr(one, name) for one in rows) for name in ("tp", "fp", "fn"))
            parts.append(2 * tp / (2 * tp + fp + fn))
        f1.append(parts[0])
        deltas.append(parts[0] - parts[1])
    night = found[0]
    assert (night.f1_low, night.f1_high) == pytest.approx(tuple(np.percentile(f1, [2.5, 97.5])), abs=1e-12)
    z = abs(night.delta_f1) / np.std(deltas, ddof=1)
    assert night.p == pytest.approx(math.erfc(z / math.sqrt(2)))
    assert sorted(one.q for one in found) == pytest.approx(
        sorted([min(2 * min(one.p for one in found), max(one.p for one in found)), max(one.p for one in found)])
    )


def test_slices_without_support_are_not_in_the_family() -> None:
    facts, evaluation = random_evaluation(11)
    night = SliceDefinition("night", "scene = 'night'")
    tiny = SliceDefinition("tiny", "file_name = '3.jpg'")
    with_tiny = evaluate_slices(facts, evaluation, [night, tiny], intervals=50, with_ap=False, enough=20)
    assert not with_tiny[1].enough
    assert math.isnan(with_tiny[1].q)
    assert with_tiny[0].q == with_tiny[0].p


def test_figures_without_intervals_leave_them_undefined() -> None:
    (one,) = results("scene = 'day'", with_ap=False)
    assert all(math.isnan(value) for value in (one.ap, one.ap50, one.f1_low, one.f1_high, one.p, one.q))


def catalog() -> ColumnCatalog:
    n = 40
    moments = np.datetime64("2026-03-02T00:30") + np.arange(n) * np.timedelta64(1, "h")
    dataset, run = with_columns(
        by_hand(n, 2, [(1, 1, 0, 0, 5, 5), (2, 2, 0, 0, 5, 9)], []),
        images={
            "scene": ["day"] * 20 + ["night"] * 10 + [None] * 10,
            "altitude": [None, *np.linspace(10, 50, n - 1).tolist()],
            "lens": [float(row % 3) for row in range(n)],
            "it's here": [f"v{row % 7}" for row in range(n)],
            "sunny": [row % 2 == 0 for row in range(n)],
            "captured": list(moments),
            "early": list(moments[:4]) * 10,
            "date": [np.datetime64("2026-01-05"), np.datetime64("2026-03-09")] * 20,
            "constant": [4.0] * n,
            "width": [1.0] * n,
        },
        gt={"occluded": [True, None]},
        pred={"quality": []},
    )
    facts = prepare_run(dataset, run)
    return ColumnCatalog(facts, tags=TagColumns(image={0: frozenset({"look"})}))


@pytest.mark.parametrize(
    ("column", "names"),
    [
        ("scene", ["scene=day", "scene=night", "scene=not given"]),
        (
            "altitude",
            ["altitude < 20", "20 <= altitude < 30", "30 <= altitude < 40", "altitude >= 40", "altitude=not given"],
        ),
        ("lens", ["lens=0", "lens=1", "lens=2"]),
        ("sunny", ["sunny=false", "sunny=true"]),
        ("constant", ["constant=4"]),
        ("early", ["early.hour=0", "early.hour=1", "early.hour=2", "early.hour=3"]),
        ("date", ["date.month=1", "date.month=3"]),
        ("date.weekday", ["date.weekday=Monday"]),
        ("class", ["class=a", "class=b"]),
        ("gt.class", ["gt.class=a", "gt.class=b"]),
        ("occluded", ["occluded=true", "occluded=not given"]),
        ("meta.width", ["meta.width=1"]),
        ("tag", ["tag=look", "tag=not given"]),
    ],
)
def test_a_column_gives_one_slice_per_value(column: str, names: list[str]) -> None:
    assert [one.name for one in slices_from_column(column, catalog())] == names


@pytest.mark.parametrize("column", ["scene", "altitude", "lens", "it's here", "sunny", "captured", "early", "date", "file_name"])
def test_the_slices_of_an_image_column_hold_each_image_once(column: str) -> None:
    have = catalog()
    slices = slices_from_column(column, have, most_values=5)
    held = np.sum([have.images_where(one.expression) for one in slices], axis=0)
    assert held.tolist() == [1] * 40


def test_hours_are_taken_in_threes_where_many_occur() -> None:
    slices = slices_from_column("captured", catalog())
    assert [one.name for one in slices][:2] == ["captured.hour=0 to 2", "captured.hour=3 to 5"]
    assert slices[-1].expression == "captured.hour BETWEEN 21 AND 23"


def test_many_values_share_a_slice() -> None:
    slices = slices_from_column("it's here", catalog(), most_values=3)
    assert [one.name for one in slices] == ["it's here=v0", "it's here=v1", "it's here=v2", "it's here=other (4 values)"]
    assert slices[-1].expression == "\"it's here\" NOT IN ('v0', 'v1', 'v2')"


def test_long_names_leave_room_for_the_expression_of_the_others() -> None:
    dataset, run = with_columns(by_hand(60, 1, [], []), images={"site": [f"{row:02d}" + "x" * 200 for row in range(60)]})
    have = ColumnCatalog(prepare_run(dataset, run))
    slices = slices_from_column("site", have, most_values=50)
    held = np.sum([have.images_where(one.expression) for one in slices], axis=0)
    assert held.tolist() == [1] * 60


@pytest.mark.parametrize(
    ("text", "slices"),
    [
        ("lens", [("lens=0", "lens = 0"), ("lens=1", "lens = 1"), ("lens=2", "lens = 2")]),
        ("scene = 'night'", [("scene = 'night'", "scene = 'night'")]),
        ("dark = scene = 'night'", [("dark", "scene = 'night'")]),
        ("a=b=area < 5", None),
        ("scene=night", None),
        ("NOT scene", None),
    ],
)
def test_text_is_a_column_or_an_expression_or_a_name_and_an_expression(text: str, slices: list[tuple[str, str]] | None) -> None:
    if slices is None:
        with pytest.raises(ExpressionError, match=r"a (value|comparison) is expected"):
            slices_from_text(text, catalog())
    else:
        assert [(one.name, one.expression) for one in slices_from_text(text, catalog())] == slices


def test_an_error_behind_the_name_points_into_the_whole_text() -> None:
    with pytest.raises(ExpressionError) as raised:
        slices_from_text("dark = sceen = 'night'", catalog())
    assert (raised.value.column, raised.value.suggestions[0]) == (7, "scene")
    with pytest.raises(ExpressionError, match="there is no column"):
        slices_from_column("sceen", catalog())
    with pytest.raises(ExpressionError, match="no property to slice by"):
        slices_from_column("score", catalog())
    with pytest.raises(ExpressionError, match="ground truth has no quality"):
        slices_from_column("quality", catalog())


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [
        ("sceen", ("scene",)),
        (" Scene ", ("scene",)),
        ('"sceen"', ("scene",)),
        ("image.sceen", ("image.scene",)),
        ("scene-", ("scene",)),
        ("aera", ("area",)),
        ("nothing_like_it", ()),
    ],
)
def test_a_name_alone_that_is_no_column_offers_the_near_ones(text: str, suggestions: tuple[str, ...]) -> None:
    with pytest.raises(ExpressionError, match="there is no column") as raised:
        slices_from_text(text, catalog())
    assert raised.value.suggestions[: len(suggestions)] == suggestions


@pytest.mark.parametrize("text", ["scene LIKE", "NOT scene", "((", "3", "scene 'day'"])
def test_half_an_expression_is_no_name(text: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        slices_from_text(text, catalog())
    assert "there is no column" not in raised.value.reason


def test_a_table_of_one_column_adds_up_to_everything() -> None:
    facts, evaluation = random_evaluation(4)
    table = slice_table(facts, evaluation, "scene")
    assert [one.name for one in table] == ["scene=day", "scene=fog", "scene=night", "scene=not given"]
    totals = evaluation.totals
    assert sum(one.tp for one in table) == totals.tp
    assert sum(one.fp or 0 for one in table) == totals.fp
    assert sum(one.gt for one in table) == totals.n_gt
    assert sum(one.images for one in table) == totals.n_images
    assert all(math.isnan(one.ap) for one in table)
    halved = evaluate(facts, evaluation.params, images=np.arange(30) < 15)
    assert sum(one.images for one in slice_table(facts, halved, "scene")) == 15


def test_a_table_of_a_files_own_column_that_a_builtin_hides() -> None:
    have = catalog()
    evaluation = evaluate(have.facts, EvaluationParams())
    (one,) = slice_table(have.facts, evaluation, "width")
    assert (one.expression, one.images) == ("meta.width = 1", 40)
