"""Odd boxes: each rule by hand, and all of them together against plain loops."""

from __future__ import annotations

from concurrent.futures import CancelledError
from dataclasses import replace

import numpy as np
import pytest

from diag_gui.data.attributes import AttributeTable, Column, ColumnKind, Level
from diag_gui.evaluation import geometry_lint
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.geometry_lint import LINT_NAMES, LintKind, lint
from diag_gui.evaluation.lint_texts import lint_groups
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.exceptions import ExpressionError
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set
from tests.evaluation.rotated_sets import rectangle, rotated_by_hand


def found(dataset, objects) -> dict[str, list[int]]:
    findings = lint(dataset, objects)
    return {
        LINT_NAMES[kind]: findings.row[findings.of_kind(kind)].tolist()
        for kind in LintKind
        if findings.of_kind(kind).stop > findings.of_kind(kind).start
    }


def labels(*ground_truth, n_images=1, n_classes=2) -> dict[str, list[int]]:
    dataset, _ = by_hand(n_images, n_classes, list(ground_truth), [])
    return found(dataset, dataset.ground_truth)


def test_a_box_in_its_place_is_fine():
    assert labels((1, 1, 10, 10, 50, 50), (1, 1, 70, 10, 50, 50), (1, 2, 30, 30, 50, 50)) == {}


def test_where_a_box_lies():
    dataset, run = by_hand(
        1, 1, [(1, 1, 970, 10, 30.4, 50), (1, 1, 970, 100, 30.6, 50), (1, 1, -20, 300, 30, 30)],
        [(1, 1, 1000, 10, 30, 30, 0.9), (1, 1, 10, -31, 30, 30, 0.8), (1, 1, 10, 10, 0, 30, 0.7), (1, 1, 900, 10, -3, 3, 0.6)],
    )  # fmt: skip
    assert found(dataset, dataset.ground_truth) == {"partly outside": [1, 2]}
    assert found(dataset, run.predictions) == {"outside": [0, 1], "zero size": [2, 3]}


def test_an_image_of_unknown_size_has_no_outside():
    dataset, _ = by_hand(1, 1, [(1, 1, 2000, 10, 30, 30)], [])
    unknown = replace(dataset, images=replace(dataset.images, width=np.array([-1]), height=np.array([-1])))
    assert found(unknown, unknown.ground_truth) == {}


def test_tiny_boxes_and_slivers():
    assert labels((1, 1, 10, 10, 2.9, 5), (1, 1, 30, 10, 3, 3)) == {"tiny": [0]}
    assert labels((1, 1, 10, 10, 5, 99), (1, 1, 30, 10, 5, 100), (1, 1, 50, 10, 200, 10)) == {"sliver": [1, 2]}


def test_a_tiny_box_is_one_whose_overlap_one_pixel_of_rounding_spoils():
    """The reason for the threshold: moved by a pixel, a box of that side just keeps an IoU of one half."""
    side = geometry_lint.TINY_PX
    assert (side - 1) / (side + 1) == 0.5


def test_sides_of_nominal_images_have_no_length():
    dataset, _ = by_hand(1, 1, [(1, 1, 0.5, 0.5, 1, 200)], [])
    nominal = replace(dataset, sizes_are_nominal=True)
    assert found(nominal, nominal.ground_truth) == {}


def test_identical_boxes_of_one_class_and_of_two():
    box = (10, 10, 50, 50)
    assert labels((1, 1, *box), (1, 1, 10.001, 10, 50, 50), (1, 1, 200, 10, 50, 50)) == {"identical": [0, 1]}
    assert labels((1, 1, *box), (1, 2, *box)) == {"two classes": [0, 1]}
    assert labels((1, 1, *box), (1, 2, 11, 10, 49.9, 50)) == {"two classes": [0, 1]}
    assert labels((1, 1, *box), (1, 2, 13, 10, 50, 50)) == {}


def test_each_of_a_heap_of_identical_boxes_is_found_and_names_another():
    heap = [(1, 1, 10, 10, 50, 50)] * 5 + [(1, 2, 10, 10, 50, 50)] * 2
    dataset, _ = by_hand(1, 2, heap, [])
    assert found(dataset, dataset.ground_truth) == {"identical": [0, 1, 2, 3, 4, 5, 6], "two classes": [0, 1, 2, 3, 4, 5, 6]}
    findings = lint(dataset, dataset.ground_truth)
    classes = dataset.ground_truth.class_row
    same = findings.of_kind(LintKind.IDENTICAL)
    assert (findings.row[same] != findings.other[same]).all()
    np.testing.assert_array_equal(classes[findings.row[same]], classes[findings.other[same]])
    other = findings.of_kind(LintKind.TWO_CLASSES)
    assert (classes[findings.row[other]] != classes[findings.other[other]]).all()


def test_nested_boxes_are_the_inner_ones_of_one_class():
    outer, inner = (1, 1, 10, 10, 100, 100), (30, 30, 20, 20)
    assert labels(outer, (1, 1, *inner)) == {"nested": [1]}
    assert labels(outer, (1, 2, *inner)) == {}
    # A tenth of a pixel over the edge is rounding, two pixels are not.
    assert labels(outer, (1, 1, 9.9, 30, 20, 20)) == {"nested": [1]}
    assert labels(outer, (1, 1, 8, 30, 20, 20)) == {}


def test_crowds_ignored_regions_and_groups_hold_others():
    inside = (1, 1, 30, 30, 20, 20)
    assert labels((1, 1, 10, 10, 100, 100, 1), inside) == {}
    dataset, _ = by_hand(1, 1, [(1, 1, 10, 10, 100, 100), inside], [])
    gt = dataset.ground_truth
    ignored = replace(gt, is_ignored=np.array([True, False]))
    assert found(replace(dataset, ground_truth=ignored), ignored) == {}
    group = Column("IsGroupOf", ColumnKind.BOOL, np.array([True, False]), np.zeros(2, bool))
    grouped = replace(gt, attributes=AttributeTable(Level.GT, 2, (group,)))
    assert found(replace(dataset, ground_truth=grouped), grouped) == {}


def test_a_label_in_three_images_is_repeated_and_in_two_is_not():
    box = (12.5, 40, 80, 60)
    assert labels((1, 1, *box), (2, 1, *box), (3, 2, *box), n_images=3) == {}
    assert labels((1, 1, *box), (2, 1, *box), (3, 1, *box), n_images=3) == {"repeated": [0, 1, 2]}
    dataset, _ = by_hand(3, 1, [(number, 1, *box) for number in (1, 2, 3)], [])
    findings = lint(dataset, dataset.ground_truth)
    assert findings.other.tolist() == [1, 2, 0]


def test_one_image_with_three_of_them_is_one_image():
    box = (12.5, 40, 80, 60)
    assert "repeated" not in labels((1, 1, *box), (1, 1, *box), (1, 1, *box), (2, 1, *box), n_images=2)


def test_turned_boxes_are_compared_by_their_corners():
    """Two ships side by side at 45 degrees: the bounds of one lie in those of the other, the ships do not."""
    long, short = rectangle(200, 200, 200, 20, 45), rectangle(240, 160, 60, 10, 45)
    dataset, _ = rotated_by_hand(1, 2, [(1, 1, long), (1, 1, short)], [])
    assert found(dataset, dataset.ground_truth) == {}
    inside = rectangle(200, 200, 60, 10, 45)
    dataset, _ = rotated_by_hand(1, 2, [(1, 1, long), (1, 1, inside), (1, 2, rectangle(200, 200, 200, 20.3, 45))], [])
    assert found(dataset, dataset.ground_truth) == {"nested": [1], "two classes": [0, 2]}


def test_corners_may_begin_anywhere_and_slivers_go_by_the_sides():
    corners = rectangle(200, 200, 200, 8, 45)
    turned = corners[4:] + corners[:4]
    dataset, _ = rotated_by_hand(1, 1, [(1, 1, corners), (1, 1, turned)], [])
    assert found(dataset, dataset.ground_truth) == {"sliver": [0, 1], "identical": [0, 1]}


def by_loops(dataset, objects) -> dict[str, set[int]]:
    """The rules that compare boxes, once more, one box at a time."""
    result: dict[str, set[int]] = {name: set() for name in ("identical", "nested", "two classes", "repeated")}
    crowd = getattr(objects, "is_crowd", np.zeros(len(objects), bool))
    rows = [row for row in range(len(objects)) if not crowd[row] and (objects.xywh[row, 2:] > 0).all()]
    key = {row: tuple(np.round(objects.xywh[row] / 0.01).tolist()) for row in rows}
    for row in rows:
        x, y, w, h = objects.xywh[row]
        images = {
            objects.image_row[other]
            for other in rows
            if key[other] == key[row] and objects.class_row[other] == objects.class_row[row]
        }
        if len(images) >= 3:
            result["repeated"].add(row)
        for other in rows:
            if other == row or objects.image_row[other] != objects.image_row[row]:
                continue
            a, b, c, d = objects.xywh[other]
            inter = max(0, min(x + w, a + c) - max(x, a)) * max(0, min(y + h, b + d) - max(y, b))
            same = objects.class_row[other] == objects.class_row[row]
            if same and key[other] == key[row]:
                result["identical"].add(row)
            elif same and inter / (w * h) >= 0.99 and c * d > w * h:
                result["nested"].add(row)
            elif not same and inter / (w * h + c * d - inter) >= 0.95:
                result["two classes"].add(row)
    return result


@pytest.mark.parametrize("seed", range(6))
def test_all_rules_agree_with_plain_loops(seed, monkeypatch):
    monkeypatch.setattr(geometry_lint, "_AT_LEAST", 16)
    dataset, run = by_hand(*random_set(seed, ties=True, crowds=True, n_gt=150, n_predictions=300))
    for objects in (dataset.ground_truth, run.predictions):
        ours = found(dataset, objects)
        for name, rows in by_loops(dataset, objects).items():
            assert set(ours.get(name, [])) == rows, name


def test_nothing_is_found_in_nothing():
    dataset, run = by_hand(2, 1, [], [])
    assert found(dataset, dataset.ground_truth) == {}
    assert found(dataset, run.predictions) == {}


def test_it_is_looked_for_once_and_can_be_cancelled():
    dataset, _ = by_hand(1, 1, [(1, 1, 10, 10, 2, 2)], [])
    with pytest.raises(CancelledError):
        lint(dataset, dataset.ground_truth, cancelled=lambda: True)
    first = lint(dataset, dataset.ground_truth)
    assert lint(dataset, dataset.ground_truth, cancelled=lambda: True) is first


FACTS = prepare_run(
    *by_hand(
        2, 2, [(1, 1, 10, 10, 100, 100), (1, 1, 30, 30, 20, 20), (2, 1, 10, 10, 50, 50)],
        [(1, 1, 30, 30, 20, 20, 0.9), (2, 1, 10, 10, 50, 50, 0.8), (2, 2, 10, 10, 50, 50, 0.7), (2, 1, 200, 10, 2, 2, 0.6)],
    )
)  # fmt: skip
CATALOG = ColumnCatalog(FACTS, evaluate(FACTS, EvaluationParams()))


def test_filters_know_what_is_odd_about_labels_and_predictions():
    assert CATALOG.gt_where("lint = 'nested'").tolist() == [False, True, False]
    assert CATALOG.predictions_where("pred.lint IN ('two classes', 'tiny')").tolist() == [False, True, True, True]
    assert CATALOG.predictions_where("pred.lint IS NULL").tolist() == [True, False, False, False]
    assert CATALOG.images_where("gt.lint = 'nested'").tolist() == [True, False]
    assert CATALOG.images_where("lint LIKE 'two%'").tolist() == [False, True]
    # A pair is odd by either of its boxes.
    pairs = CATALOG.outcomes_where("lint = 'nested'")
    assert pairs.tolist() == [True, False, False, False, False, True, False]


def test_completion_offers_the_column_its_prefixes_and_its_kinds():
    offered = {column.segments for column in CATALOG.offered_columns()}
    assert {("lint",), ("gt", "lint"), ("pred", "lint")} <= offered
    assert CATALOG.offered_values(("gt", "lint")) == ("nested",)
    assert set(CATALOG.offered_values(("lint",))) == {"nested", "two classes", "tiny"}


def test_kinds_have_no_order():
    with pytest.raises(ExpressionError, match="no order"):
        CATALOG.gt_where("lint > 'nested'")


def test_groups_count_all_and_tell_the_first():
    dataset, _ = by_hand(1, 2, [(1, 1, 10 * n, 10, 2, 4) for n in range(30)] + [(1, 2, 10, 10, 2, 4)], [])
    tiny, twice = lint_groups(dataset, dataset.ground_truth, lint(dataset, dataset.ground_truth), keep=5)
    assert (tiny.kind, tiny.count, len(tiny.examples)) == ("tiny", 31, 5)
    assert tiny.examples[1].text == "1.jpg: label 2 (a) [10, 10, 2, 4] has a side of 2 px"
    assert (tiny.examples[1].image, tiny.examples[1].bbox, tiny.examples[1].row) == ("1.jpg", (10.0, 10.0, 2.0, 4.0), 1)
    assert [example.reason for example in twice.examples] == ["is almost where label 31 (b) is", "is almost where label 2 (a) is"]


def test_every_kind_has_its_sentence():
    dataset, run = by_hand(
        3, 2, [],
        [(1, 1, 2000, 0, 9, 9, 1), (1, 1, 995, 0, 9, 9, 1), (1, 1, 5, 5, 0, 9, 1), (1, 1, 5, 5, 2, 9, 1),
         (1, 1, 5, 50, 200, 4, 1), (1, 2, 300, 300, 50, 50, 1), (1, 2, 300, 300, 50, 50, 1), (1, 1, 300, 300, 50, 50, 1),
         (1, 1, 310, 310, 9, 9, 1), (2, 2, 300, 300, 50, 50, 1), (3, 2, 300, 300, 50, 50, 1)],
    )  # fmt: skip
    groups = lint_groups(dataset, run.predictions, lint(dataset, run.predictions))
    assert [group.kind for group in groups] == list(LINT_NAMES)
    assert len({group.examples[0].reason.split(" px")[0] for group in groups}) == len(LINT_NAMES)
    for group in groups:
        assert all(example.record.startswith("prediction ") for example in group.examples)
    assert "as in 2.jpg" in groups[-1].examples[0].reason
    assert "has one side 50 times" in groups[4].examples[0].reason
