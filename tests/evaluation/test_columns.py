"""Names, levels and rows: which column a name means, and which rows an expression keeps."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.data.attributes import Column, Level
from diag_gui.data.expression import Name
from diag_gui.evaluation.columns import ColumnCatalog, TagColumns, outcome_class_row
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.outcomes import ERROR_NAMES, OutcomeKind
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.exceptions import ExpressionError
from tests.evaluation.attributed_sets import random_evaluation, with_columns
from tests.evaluation.coco_facts import by_hand

TRUTH = [
    (1, 1, 0, 0, 10, 10),
    (1, 2, 50, 50, 40, 20),
    (2, 1, 0, 0, 20, 20, 1),
]
PREDICTIONS = [
    (1, 1, 0, 0, 10, 10, 0.9),
    (1, 2, 0, 0, 10, 10, 0.8),
    (1, 1, 50, 50, 40, 20, 0.7),
    (3, 2, 0, 0, 5, 5, 0.3),
]


def catalog(tags: TagColumns | None = None) -> ColumnCatalog:
    """Three images; a true positive, two wrong classes (one on a found label), a ghost; one crowd."""
    dataset, run = with_columns(
        by_hand(3, 2, TRUTH, PREDICTIONS),
        images={
            "scene": ["day", "night", None],
            "width": [1.0, 2.0, 3.0],
            "time of day": ["am", "pm", "am"],
            "both": ["p", "q", "r"],
            "captured": [np.datetime64("2026-03-02T07:30"), None, np.datetime64("2026-12-31T23:59")],
        },
        gt={"occluded": [True, None, False], "side": ["left", "right", "left"], "both": ["s", "t", "u"]},
        pred={"side": ["left", "left", "right", None]},
    )
    facts = prepare_run(dataset, run)
    return ColumnCatalog(facts, evaluate(facts, EvaluationParams()), tags)


def images(text: str, tags: TagColumns | None = None) -> list[int]:
    return np.flatnonzero(catalog(tags).images_where(text)).tolist()


def labels(text: str) -> list[int]:
    return np.flatnonzero(catalog().gt_where(text)).tolist()


def predictions(text: str) -> list[int]:
    return np.flatnonzero(catalog().predictions_where(text)).tolist()


def test_image_columns_are_asked_of_images() -> None:
    assert images("file_name LIKE '%2.jpg'") == [1]
    assert images("width = 1000 AND height >= 1000") == [0, 1, 2]
    assert images("n_gt = 2 OR n_pred = 1") == [0, 2]
    assert images("scene IS NULL") == [2]
    assert images("scene != 'day'") == [1]
    assert images("\"time of day\" = 'am'") == [0, 2]


def test_a_builtin_wins_and_meta_is_the_files_own() -> None:
    assert images("width = 2") == []
    assert images("meta.width = 2") == [1]
    assert images("image.meta.width = 3") == [2]


def test_an_image_is_kept_if_one_object_satisfies_everything_at_once() -> None:
    assert images("gt.class = 'b'") == [0]
    assert images("pred.class = 'b'") == [0, 2]
    assert images("class = 'b'") == [0, 2]
    assert images("class = 'a' AND area > 300") == [0, 1]
    assert images("gt.class = 'a' AND area > 300") == [1]
    assert images("gt.class = 'b' AND area = 100") == []
    assert images("iscrowd = TRUE") == [1]
    assert images("class = 'b' AND score < 0.5") == [2]
    assert images("class = 'b' AND scene = 'night'") == []


@pytest.mark.parametrize(
    "text",
    [
        "n_gt > 0",
        "n_pred = 0",
        "scene IS NULL",
        "tag = 'loose'",
        "tag != 'loose'",
        "class = 'b'",
        "gt.class = 'b'",
        "area BETWEEN 300 AND 500",
        "iscrowd = TRUE",
        "occluded IS NULL",
        "score < 0.5",
        "side IS NULL",
        "error = 'background'",
        "error IS NULL",
        "class = 'b' AND n_gt = 2",
        "gt.class = 'b' AND pred.class = 'a'",
        "iscrowd = FALSE AND score IS NULL",
        "NOT (n_gt = 0 AND score > 0.5)",
    ],
)
@pytest.mark.parametrize("never", ["score > 2", "n_gt < 0", "gt.area < 0", "error = 'none'", "NOT score <= 2"])
def test_or_with_what_never_holds_changes_nothing(text: str, never: str) -> None:
    tags = TagColumns(gt={2: frozenset({"loose"})}, pred={1: frozenset({"loose"})})
    assert images(f"{text} OR {never}", tags) == images(text, tags)
    assert images(f"{never} OR {text}", tags) == images(text, tags)
    assert images(f"({text}) AND {never}", tags) == []


def test_what_an_object_does_not_see_is_unknown() -> None:
    """The first image of three has labels and predictions, the second labels only, the third a prediction only."""
    assert images("(n_pred = 0 OR score > 2) AND width > 0") == [1]
    assert images("(gt.class = 'a' OR score < 0.5) AND width > 0") == [0, 1, 2]
    assert images("NOT (n_gt > 0 AND score > 0.5)") == [2]
    assert images("NOT (gt.class = 'a' AND n_gt = 1)") == [0, 2]
    assert images("score IS NULL") == []
    assert images("NOT score IS NULL") == [0, 2]
    assert images("occluded IS NULL") == [0]


def test_or_is_the_union_and_and_takes_away() -> None:
    facts, evaluation = random_evaluation(7)
    have = ColumnCatalog(facts, evaluation)
    name = facts.dataset.classes.name[0]
    texts = [
        f"class = '{name}'",
        f"gt.class != '{name}'",
        "area < 1024",
        "score > 0.8",
        "n_gt > 6",
        "n_pred <= 2",
        "error = 'missed'",
        "iou > 0.9",
        "iscrowd = TRUE",
        "rank > 4",
    ]
    kept = {text: have.images_where(text) for text in texts}
    assert len({mask.tobytes() for mask in kept.values()}) > 5
    for left in texts:
        for right in texts:
            np.testing.assert_array_equal(have.images_where(f"{left} OR {right}"), kept[left] | kept[right])
            both = have.images_where(f"{left} AND {right}")
            assert not (both & ~(kept[left] & kept[right])).any(), (left, right)


def test_failures_and_both_sides_are_paired_by_the_evaluation() -> None:
    assert images("error = 'background'") == [2]
    assert images("gt.class = 'b' AND pred.class = 'a'") == [0]
    assert images("iscrowd = FALSE AND score > 0.95") == []


def test_objects_of_one_level() -> None:
    assert labels("occluded = TRUE") == [0]
    assert labels("NOT occluded = TRUE") == [2]
    assert labels("aspect = 2") == [1]
    assert labels("score > 0.85") == [0]
    assert predictions("rank = 1 AND area < 200") == [0, 1, 3]
    assert predictions("class = 'a'") == [0, 2]
    assert predictions("gt.class = 'b'") == [2]
    assert predictions("scene = 'day'") == [0, 1, 2]


def test_outcome_rows_read_their_label_and_else_their_prediction() -> None:
    have = catalog()
    assert have.evaluation is not None
    outcomes = have.evaluation.outcomes
    kinds = [OutcomeKind(kind) for kind in outcomes.kind[:4].tolist()]
    assert kinds == [
        OutcomeKind.TRUE_POSITIVE,
        OutcomeKind.CLASSIFICATION,
        OutcomeKind.CLASSIFICATION,
        OutcomeKind.BACKGROUND,
    ]
    names = have.facts.dataset.classes.name
    listed = [names[row] for row in outcome_class_row(outcomes)]
    assert listed[:4] == ["a", "a", "b", "b"]
    for name in names:
        assert have.outcomes_where(f"class = '{name}'").tolist() == [one == name for one in listed]
    assert np.flatnonzero(have.outcomes_where("predicted_class = 'b'"))[:2].tolist() == [1, 3]
    assert have.outcomes_where("area = 800").tolist()[:4] == [False, False, True, False]
    assert have.outcomes_where("class = 'b' AND error IS NOT NULL", np.array([3, 0, 2])).tolist() == [True, False, True]


def test_each_error_is_found_by_its_word() -> None:
    facts, evaluation = random_evaluation(3)
    have = ColumnCatalog(facts, evaluation)
    for kind, word in ERROR_NAMES.items():
        np.testing.assert_array_equal(have.outcomes_where(f"error = '{word}'"), evaluation.outcomes.kind == kind)
    np.testing.assert_array_equal(have.outcomes_where("iou >= 0.3"), evaluation.outcomes.iou >= 0.3)
    np.testing.assert_array_equal(have.outcomes_where("label_error > 0.5"), facts.label_error > 0.5)


def test_an_attribute_of_both_sides_is_that_of_the_rows_own_object() -> None:
    assert labels("side = 'left'") == [0, 2]
    assert predictions("side = 'left'") == [0, 1]
    assert predictions("gt.side = 'left'") == [0, 1]


def test_a_name_of_images_and_objects_needs_a_prefix() -> None:
    with pytest.raises(ExpressionError) as raised:
        images("both = 'p'")
    assert raised.value.suggestions == ("image.both", "gt.both")
    assert images("image.both = 'p'") == [0]
    assert labels("gt.both = 'u'") == [2]


def test_parts_of_dates() -> None:
    assert images("captured.hour = 7 AND captured.weekday = 'Monday' AND captured.month = 3") == [0]
    assert images("captured.month IS NULL") == [1]
    assert images("image.captured.hour BETWEEN 20 AND 23") == [2]


def test_tags_of_the_row_or_of_one_level() -> None:
    tags = TagColumns(image={2: frozenset({"look"})}, gt={2: frozenset({"loose"})}, pred={1: frozenset({"loose", "look"})})
    assert images("tag = 'look'", tags) == [0, 2]
    assert images("image.tag = 'look'", tags) == [2]
    assert images("tag = 'loose'", tags) == [0, 1]
    assert images("gt.tag = 'loose'", tags) == [1]
    assert images("tag IS NULL", tags) == []
    have = catalog(tags)
    assert np.flatnonzero(have.predictions_where("tag = 'look'")).tolist() == [1, 3]
    assert np.flatnonzero(have.outcomes_where("tag = 'look'", np.array([0, 1, 3]))).tolist() == [1, 2]
    assert have.restricts_images("image.tag = 'look'")
    assert not have.restricts_images("tag = 'look'")
    assert have.is_of_images("tag = 'look'")


def test_split_is_there_whether_or_not_the_data_give_it() -> None:
    assert images("split IS NULL") == [0, 1, 2]
    assert images("split = 'train' OR image.split != 'train'") == []
    have = catalog()
    assert have.restricts_images("split = 'val'")
    dataset, run = with_columns(
        by_hand(3, 2, TRUTH, PREDICTIONS), images={"split": ["train", "val", None]}, gt={"split": ["p", "q", "r"]}
    )
    given = ColumnCatalog(prepare_run(dataset, run))
    for name in ("split", "image.split", "image.meta.split"):
        assert given.images_where(f"{name} = 'val'").tolist() == [False, True, False]
    assert given.images_where("split IS NULL").tolist() == [False, False, True]
    assert given.gt_where("gt.split = 'q'").tolist() == [False, True, False]
    assert given.own_name("split") == "split"
    assert [offered.segments for offered in given.offered_columns()].count(("split",)) == 1
    assert given.offered_values(("split",)) == ("train", "val")


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("clas = 'a'", "class"),
        ("Scene = 'day'", "scene"),
        ("gt.arae > 5", "gt.area"),
        ("meta.wdith = 5", "meta.width"),
        ("pred.occluded = TRUE", None),
        ("image.class = 'a'", None),
        ("timeofday = 'am'", '"time of day"'),
        ("scene.hour = 5", None),
    ],
)
def test_an_unknown_name_offers_near_ones(text: str, suggestion: str | None) -> None:
    with pytest.raises(ExpressionError, match="there is no column") as raised:
        images(text)
    assert (suggestion in raised.value.suggestions) if suggestion else True


def test_without_an_evaluation_failures_are_said_to_be_unknown() -> None:
    have = ColumnCatalog(catalog().facts)
    assert np.flatnonzero(have.images_where("score < 0.5")).tolist() == [2]
    with pytest.raises(ExpressionError, match="error is known only after an evaluation"):
        have.images_where("error = 'missed'")
    with pytest.raises(ExpressionError, match="paired only by an evaluation"):
        have.images_where("gt.class = 'a' AND pred.class = 'b'")
    assert np.flatnonzero(have.images_where("gt.class = 'b' OR score < 0.5")).tolist() == [0, 2]
    with pytest.raises(ExpressionError, match="score is a column of predictions and says nothing about ground truth"):
        have.gt_where("score > 0.5")


def test_checking_finds_what_only_values_tell() -> None:
    have = catalog()
    with pytest.raises(ExpressionError, match="holds numbers"):
        have.check("area = 'big' AND error = 'missed'")
    assert have.check("area > 5").names


def test_what_completion_offers_can_be_used() -> None:
    have = catalog()
    for offered in have.offered_columns():
        resolved = have.resolve(Name(offered.segments))
        found = have.column_of(resolved.levels[0], resolved)
        assert (found.kind if isinstance(found, Column) else None) is offered.kind
    assert have.offered_values(("class",)) == ("a", "b")
    assert have.offered_values(("scene",)) == ("day", "night")
    assert have.offered_values(("area",)) == ()
    assert have.offered_values(("no such",)) == ()


def test_a_column_by_level_and_name() -> None:
    have = catalog()
    width = have.column(Level.IMAGE, "width")
    own = have.column(Level.IMAGE, "meta.width")
    assert isinstance(width, Column)
    assert isinstance(own, Column)
    assert (width.values[1], own.values[1]) == (1000.0, 2.0)
