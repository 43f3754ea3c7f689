"""VOC's AP is that of the devkit's rule read literally, and that of the figures published with the data."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag_gui.data.dataset import Dataset
from diag_gui.data.run import Run
from diag_gui.evaluation.evaluator import prepare_run
from diag_gui.evaluation.rule_settings import Rules, RuleSettings
from diag_gui.evaluation.rule_tables import RuleTable
from diag_gui.exceptions import EvaluationError
from diag_gui.formats.opening import open_ground_truth, open_predictions
from tests.evaluation.coco_facts import by_hand, run_from_results
from tests.evaluation.federated_sets import federated_dataset, federated_set
from tests.examples import examples
from tests.parity.voc_devkit import Found, Label, Result, evaluate_class
from tests.shared_data import DATA, needs_shared

VOC = DATA / "voc2012_100"


def tables(dataset: Dataset, run: Run, iou: float, *, plus_one: bool) -> tuple[RuleTable, RuleTable]:
    """Return the tables of all points and of 11 points."""
    facts = prepare_run(dataset, run)
    one, other = (facts.by_rules(RuleSettings(rules, plus_one)).table(iou) for rules in (Rules.VOC, Rules.VOC_11))
    return one, other


def by_the_devkit(dataset: Dataset, run: Run, iou: float, *, plus_one: bool) -> list[Result]:
    gt, predictions = dataset.ground_truth, run.predictions
    difficult = gt.is_crowd.copy()
    if "difficult" in gt.attributes:
        difficult |= gt.attributes["difficult"].values.astype(bool)
    labels = [
        Label(int(image), box.tolist(), bool(flag)) for image, box, flag in zip(gt.image_row, gt.xywh, difficult, strict=True)
    ]
    found = [
        Found(int(image), float(score), box.tolist())
        for image, score, box in zip(predictions.image_row, predictions.score, predictions.xywh, strict=True)
    ]
    return [
        evaluate_class(
            [label for label, c in zip(labels, gt.class_row, strict=True) if c == row],
            [one for one, c in zip(found, predictions.class_row, strict=True) if c == row],
            iou,
            float(plus_one),
        )
        for row in range(len(dataset.classes))
    ]


def assert_as_the_devkit(dataset: Dataset, run: Run, iou: float, *, plus_one: bool) -> None:
    area, eleven = tables(dataset, run, iou, plus_one=plus_one)
    expected = by_the_devkit(dataset, run, iou, plus_one=plus_one)
    counts = np.stack([area.n_gt, area.tp, area.fp], axis=1).tolist()
    assert counts == [[one.n_gt, one.tp, one.fp] for one in expected]
    np.testing.assert_allclose(area.ap, [one.all_points for one in expected], rtol=0, atol=1e-12)
    np.testing.assert_allclose(eleven.ap, [one.eleven_points for one in expected], rtol=0, atol=1e-12)


@examples(80)
@given(
    seed=st.integers(0, 10**6),
    iou=st.sampled_from([0.1, 0.3, 0.5, 0.75, 1.0]),
    plus_one=st.booleans(),
    ties=st.booleans(),
    crowds=st.booleans(),
    n_gt=st.integers(1, 60),
)
def test_fuzzed_sets(seed: int, iou: float, plus_one: bool, **kinds: Any) -> None:
    content, results = federated_set(seed, **kinds)
    rng = np.random.default_rng(seed)
    for annotation in content["annotations"]:
        annotation["difficult"] = int(rng.random() < 0.2)
    dataset = federated_dataset(content)
    assert_as_the_devkit(dataset, run_from_results(results, dataset), iou, plus_one=plus_one)


def test_a_prediction_whose_best_label_is_taken_is_false_where_coco_gives_it_the_second() -> None:
    truth = [(1, 1, 0, 0, 100, 100), (1, 1, 20, 0, 100, 100)]
    found = [(1, 1, 0, 0, 100, 100, 0.9), (1, 1, 8, 0, 100, 100, 0.8)]
    dataset, run = by_hand(1, 1, truth, found)
    area, _ = tables(dataset, run, 0.5, plus_one=False)
    assert (area.tp.tolist(), area.fp.tolist(), area.ap.tolist()) == ([1], [1], [0.5])


def test_one_pixel_more_moves_small_boxes_over_the_threshold() -> None:
    dataset, run = by_hand(1, 1, [(1, 1, 0, 0, 1, 1)], [(1, 1, 1, 0, 1, 1, 0.9)])
    assert tables(dataset, run, 0.3, plus_one=False)[0].tp.tolist() == [0]
    assert tables(dataset, run, 0.3, plus_one=True)[0].tp.tolist() == [1]


def test_there_is_no_limit_of_predictions() -> None:
    found = [(1, 1, 500, 500, 10, 10, 0.9)] * 200 + [(1, 1, 0, 0, 50, 50, 0.1)]
    dataset, run = by_hand(1, 1, [(1, 1, 0, 0, 50, 50)], found)
    area, _ = tables(dataset, run, 0.5, plus_one=False)
    assert (area.tp.tolist(), area.fp.tolist()) == ([1], [200])


def test_three_of_ten_do_not_reach_the_recall_that_is_written_as_three_tenths() -> None:
    truth = [(1, 1, 100 * n, 0, 50, 50) for n in range(10)]
    dataset, run = by_hand(1, 1, truth, [(1, 1, 100 * n, 0, 50, 50, 0.9) for n in range(3)])
    assert tables(dataset, run, 0.5, plus_one=False)[1].ap.tolist() == [pytest.approx(3 / 11)]


def test_one_pixel_more_is_about_boxes_alone() -> None:
    with pytest.raises(EvaluationError, match="voc_plus_one"):
        RuleSettings(Rules.LVIS, voc_plus_one=True)


Published = dict[str, tuple[float, ...]]


def published(folder: Path, heading: str) -> Published:
    """Return npos, TP, FP, AP over all points and AP at 11 per class, of the first such table after ``heading``."""
    text = (folder / "SOURCE.md").read_text(encoding="utf-8")
    text = text[text.index(heading) :]
    text = text[text.index("| npos |") :].split("**mean**")[0]
    rows = re.findall(r"^\| ([^|]+?) \| (\d+) \| (\d+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", text, re.M)
    return {name: tuple(map(float, figures)) for name, *figures in rows}


def assert_as_published(dataset: Dataset, run: Run, iou: float, expected: Published, *, plus_one: bool = True) -> None:
    area, eleven = tables(dataset, run, iou, plus_one=plus_one)
    rows = [dataset.classes.name.index(name) for name in expected]
    ours = np.stack([area.n_gt, area.tp, area.fp, area.ap, eleven.ap], axis=1)[rows]
    np.testing.assert_allclose(ours, list(expected.values()), rtol=0, atol=5.1e-7)


@needs_shared
@pytest.mark.parametrize("name", ["cocossd", "centernet", "nanodet"])
def test_published_figures_of_voc2012(name: str) -> None:
    opened = open_ground_truth(VOC / "gt" / "pascalvoc_format")
    assert opened.dataset.ground_truth.attributes["difficult"].values.sum() == 38
    run = open_predictions(VOC / "dets_real" / f"{name}_coco.json", opened.dataset).run
    expected = published(VOC, f"## {name}")
    assert len(expected) == 20
    assert_as_published(opened.dataset, run, 0.5, expected)
    assert_as_the_devkit(opened.dataset, run, 0.5, plus_one=True)
    assert_as_the_devkit(opened.dataset, run, 0.5, plus_one=False)


@needs_shared
@pytest.mark.parametrize("iou", [0.5, 0.75])
def test_published_figures_of_the_toy_example(iou: float) -> None:
    folder = DATA / "toyexample_cats_12"
    dataset = open_ground_truth(folder / "gts_vocpascal_format").dataset
    run = open_predictions(folder / "dets_classname_abs_xyx2y2", dataset, format="text-xyxy").run
    assert_as_published(dataset, run, iou, published(folder, f"\nIoU {iou:g}\n"))


@needs_shared
def test_published_figures_of_aerial_cars() -> None:
    folder = DATA / "aerial_cars_30"
    dataset = open_ground_truth(folder / "coco" / "gt.json").dataset
    run = open_predictions(folder / "coco" / "dets_nanodet.json", dataset).run
    assert_as_published(dataset, run, 0.5, published(folder, "VOC rule"))


@needs_shared
def test_published_figures_of_padilla() -> None:
    """Padilla's labels are lines of text with absolute boxes, which no reader of ours takes for ground truth."""
    folder = DATA / "padilla_v1_person"
    truth, found = [], []
    files = sorted((folder / "groundtruths").glob("*.txt"))
    for image_id, file in enumerate(files, start=1):
        truth += [(image_id, 1, *map(float, line.split()[1:])) for line in file.read_text().splitlines() if line.strip()]
        for line in (folder / "detections" / file.name).read_text().splitlines():
            if line.strip():
                _, score, *box = line.split()
                found.append((image_id, 1, *map(float, box), float(score)))
    dataset, run = by_hand(len(files), 1, truth, found)
    dataset = replace(dataset, classes=replace(dataset.classes, name=("person",)))
    assert (len(truth), len(found)) == (15, 24)
    assert_as_published(dataset, run, 0.3, published(folder, "README"))
