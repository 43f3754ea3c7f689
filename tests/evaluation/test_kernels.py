"""The compiled kernel against its readable twin, bit for bit, and which of the two is chosen."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys

import numpy as np
import pytest

from diag_gui.evaluation import _kernels
from diag_gui.evaluation._kernels import accumulation_numpy, costs_numpy, matching_numpy, ranking_numpy, streaming_numpy
from diag_gui.evaluation._kernels.source_hash import FOLDER, is_stale, source_hash, with_hash
from diag_gui.evaluation.average_precision import IOU_GRID, RECALL_GRID

matching = pytest.importorskip("diag_gui.evaluation._kernels._matching", reason="no compiled kernel was built")
accumulation = pytest.importorskip("diag_gui.evaluation._kernels._accumulation", reason="no compiled kernel was built")
ranking = pytest.importorskip("diag_gui.evaluation._kernels._ranking", reason="no compiled kernel was built")
streaming = pytest.importorskip("diag_gui.evaluation._kernels._streaming", reason="no compiled kernel was built")
costs = pytest.importorskip("diag_gui.evaluation._kernels._costs", reason="no compiled kernel was built")
TWINS = (
    (costs, costs_numpy),
    (ranking, ranking_numpy),
    (matching, matching_numpy),
    (accumulation, accumulation_numpy),
    (streaming, streaming_numpy),
)


def random_boxes(random, n):
    return np.column_stack([random.integers(0, 40, (n, 2)), random.integers(0, 40, (n, 2))]).astype(np.float64)


@pytest.fixture(params=range(6))
def facts(request):
    """Arrays of a crowded random set with many equal scores and IoUs."""
    random = np.random.default_rng(request.param)
    n_images, n_classes, n_gt, n_predictions = (1, 1, 9, 40) if request.param == 0 else (7, 4, 60, 300)
    gt_image = np.sort(random.integers(0, n_images, n_gt)).astype(np.int32)
    pred_image = np.sort(random.integers(0, n_images, n_predictions)).astype(np.int32)
    facts = {
        "n_images": n_images,
        "n_classes": n_classes,
        "gt_class": random.integers(0, n_classes, n_gt).astype(np.int32),
        "gt_xywh": random_boxes(random, n_gt),
        "is_crowd": random.random(n_gt) < 0.2,
        "gt_offsets": np.searchsorted(gt_image, np.arange(n_images + 1)).astype(np.int64),
        "pred_image": pred_image,
        "pred_class": random.integers(0, n_classes, n_predictions).astype(np.int32),
        "pred_xywh": random_boxes(random, n_predictions),
        "score": random.integers(-1, 12, n_predictions) / 10,
        "image_offsets": np.searchsorted(pred_image, np.arange(n_images + 1)).astype(np.int64),
        "eligible": random.random(n_predictions) < 0.9,
        "pred_outside": random.integers(0, 16, n_predictions).astype(np.uint8),
    }
    facts["gt_ignored"] = np.where(facts["is_crowd"], 15, random.integers(0, 16, n_gt)).astype(np.uint8)
    pred, gt, iou = matching_numpy.candidate_pairs(
        facts["gt_xywh"], facts["is_crowd"], facts["gt_offsets"], facts["pred_xywh"], pred_image, 0, n_predictions, 0.0
    )
    facts |= {"pair_gt": gt, "pair_iou": iou, "same_class": facts["pred_class"][pred] == facts["gt_class"][gt]}
    facts["pred_offsets"] = np.searchsorted(pred, np.arange(n_predictions + 1)).astype(np.int64)
    facts["by_image"], facts["rank"] = np.zeros((2, n_predictions), np.int32)
    ranking_numpy.rank_images(
        facts["image_offsets"], facts["pred_class"], facts["score"], 0, n_images, n_classes, facts["by_image"], facts["rank"]
    )
    grouped = ranking_numpy.group_by_class(facts["pred_class"], facts["score"], n_classes)
    facts["by_class"], facts["keys"], facts["class_offsets"] = grouped
    ranking_numpy.sort_classes(*grouped, 0, n_classes)
    return facts


def assert_twins_agree(name, *arguments):
    compiled, readable = next(twins for twins in TWINS if hasattr(twins[0], name))
    ours, theirs = getattr(compiled, name)(*arguments), getattr(readable, name)(*arguments)
    for one, other in zip(
        ours if isinstance(ours, tuple) else (ours,), theirs if isinstance(theirs, tuple) else (theirs,), strict=True
    ):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    return ours


def orders_of(loops, image_offsets, class_row, score, n_classes, cut):
    """Return every order of score, images and classes done in two parts and scores cut where the key is ``cut``."""
    n_images = len(image_offsets) - 1
    by_image, rank = np.zeros((2, len(score)), np.int32)
    for first, last in ((0, n_images // 2), (n_images // 2, n_images)):
        loops.rank_images(image_offsets, class_row, score, first, last, n_classes, by_image, rank)
    by_class, keys, offsets = loops.group_by_class(class_row, score, n_classes)
    for first, last in ((0, n_classes // 3), (n_classes // 3, n_classes)):
        loops.sort_classes(by_class, keys, offsets, first, last)
    parts = [loops.rows_between(by_class, keys, offsets, *bounds) for bounds in ((0, cut), (cut, 2**64 - 1))]
    return by_image, rank, by_class, keys, offsets, np.concatenate(parts)


def scores_of(kind, random, n):
    """Return scores that are hard to sort: equal, equal but for the last bits, of every size, or in order already."""
    return {
        "tenths": random.integers(-3, 12, n) / 10,
        "one": np.ones(n),
        "close": 0.5 + random.integers(0, 50, n) * np.spacing(0.5),
        "any": random.normal(0, 1, n) * 10.0 ** random.integers(-300, 300, n),
        "special": random.choice([0.0, -0.0, np.inf, -np.inf, 5e-324, -5e-324, 1e308, 1e-45], n),
        "sorted": np.sort(random.random(n))[::-1].copy(),
    }[kind]


@pytest.mark.parametrize("kind", ["tenths", "one", "close", "any", "special", "sorted"])
@pytest.mark.parametrize(("n", "n_images", "n_classes"), [(1, 1, 1), (40, 3, 2), (1500, 2, 3), (9000, 1, 1), (9000, 700, 40_000)])
def test_orders_of_score(kind, n, n_images, n_classes):
    random = np.random.default_rng(n)
    score, class_row = scores_of(kind, random, n), random.integers(0, n_classes, n).astype(np.int32)
    image_offsets = np.sort(random.integers(0, n + 1, n_images + 1))
    image_offsets[[0, -1]] = 0, n
    cut = int(ranking_numpy.descending_keys(score[n // 2 : n // 2 + 1])[0])
    ours, theirs = (orders_of(loops, image_offsets, class_row, score, n_classes, cut) for loops in (ranking, ranking_numpy))
    for one, other in zip(ours, theirs, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    # By score with infinite ones last or first, on equal score by class and row.
    np.testing.assert_array_equal(ours[-1], np.lexsort((np.arange(n), class_row, -score)))


@pytest.mark.parametrize("floor", [0.0, 0.1])
def test_candidate_pairs(facts, floor):
    last = len(facts["score"])
    for bounds in ((0, last), (last // 3, last // 2), (0, 0)):
        assert_twins_agree(
            "candidate_pairs", facts["gt_xywh"], facts["is_crowd"], facts["gt_offsets"], facts["pred_xywh"],
            facts["pred_image"], *bounds, floor,
        )  # fmt: skip


def test_link_pairs(facts):
    pred = np.repeat(np.arange(len(facts["score"]), dtype=np.int32), np.diff(facts["pred_offsets"]))
    for last in (len(pred), len(pred) // 2, 0):
        pair = pred[:last], facts["pair_gt"][:last]
        same, offsets = assert_twins_agree("link_pairs", *pair, facts["pred_class"], facts["gt_class"])
    assert len(same) == 0
    assert not offsets.any()


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("within_class", [True, False])
def test_match(facts, threshold, within_class):
    allowed = facts["same_class"] if within_class else np.ones(len(facts["pair_gt"]), bool)
    gt_row, _, _ = assert_twins_agree(
        "match", facts["pred_offsets"], facts["pair_gt"], facts["pair_iou"], allowed, facts["pred_image"], facts["by_image"],
        facts["eligible"], facts["is_crowd"], facts["gt_ignored"] > 7, threshold,
    )  # fmt: skip
    assert (gt_row >= 0).any()


def grid_of(loops, facts):
    matched, ignored = np.zeros((2, len(facts["score"])), np.uint64)
    for first, last in ((0, facts["n_images"] // 2), (facts["n_images"] // 2, facts["n_images"])):
        loops.match_grid(
            facts["pred_offsets"], facts["pair_gt"], facts["pair_iou"], facts["same_class"], facts["pred_image"],
            facts["image_offsets"], facts["by_image"], facts["eligible"], facts["pred_outside"], facts["is_crowd"],
            facts["gt_ignored"], IOU_GRID, first, last, matched, ignored,
        )  # fmt: skip
    return matched, ignored


def test_match_grid(facts):
    for one, other in zip(grid_of(matching, facts), grid_of(matching_numpy, facts), strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.any()


def test_accumulate_and_precision_grid(facts):
    matched, ignored = grid_of(matching_numpy, facts)
    classes = np.arange(facts["n_classes"], dtype=np.int32)[::-1].copy()
    n_gt = np.random.default_rng(0).integers(0, 12, (4, len(classes)))
    arguments = (
        facts["by_class"], facts["class_offsets"], classes, facts["eligible"], facts["score"], matched, ignored, n_gt,
        len(IOU_GRID), RECALL_GRID,
    )  # fmt: skip
    for one, other in zip(accumulation.accumulate(*arguments), accumulation_numpy.accumulate(*arguments), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-13)
    assert_twins_agree("precision_grid", *arguments)
    assert_twins_agree("count_bits", facts["pred_class"], matched, facts["n_classes"], 10)


def test_sweep_and_count(facts):
    random = np.random.default_rng(1)
    status = random.integers(0, 3, len(facts["score"])).astype(np.uint8)
    n_gt = random.integers(0, 90, facts["n_classes"])
    n_gt[0] = 0
    arguments = (facts["by_class"], facts["class_offsets"], status, facts["score"], n_gt, RECALL_GRID)
    ours, theirs = accumulation.sweep(*arguments), accumulation_numpy.sweep(*arguments)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=0, atol=1e-13)
    np.testing.assert_array_equal(ours[1:], theirs[1:])
    iou = random.random(len(status))
    for s in (-1.0, 0.3, 0.9):
        assert_twins_agree("count", facts["pred_class"], status, facts["score"], iou, s, facts["n_classes"])


def test_fixed_precisions(facts):
    random = np.random.default_rng(7)
    n, n_classes = len(facts["score"]), facts["n_classes"]
    kind = random.integers(0, 9, n).astype(np.uint8)
    wins = (random.random(n) < 0.5) & ((kind == costs_numpy.LOCALIZATION) | (kind == costs_numpy.CLASSIFICATION))
    moved = np.flatnonzero(wins & (kind == costs_numpy.CLASSIFICATION))
    to_class = random.integers(0, n_classes, len(moved)).astype(np.int32)
    order = np.lexsort((moved, -facts["score"][moved], to_class))
    offsets = np.searchsorted(to_class[order], np.arange(n_classes + 1)).astype(np.int64)
    n_gt = random.integers(0, 3, n_classes) * n
    n_missed = np.where(random.random(n_classes) < 0.3, n_gt, n_gt // 3)
    arguments = (
        facts["by_class"], facts["class_offsets"], facts["score"], kind, wins, moved[order].astype(np.int32), offsets,
        n_gt, n_missed, np.where(random.random(n_classes) < 0.3, 0, n_missed), RECALL_GRID,
    )  # fmt: skip
    for bounds in ((0, n_classes), (n_classes // 2, n_classes), (0, 0)):
        ours, theirs = (loops.fixed_precisions(*arguments, *bounds) for loops in (costs, costs_numpy))
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-13)


AREA_RANGES = np.array([[0, 1e10], [0, 200], [200, 700], [700, 1e10]], dtype=float)


def match_images(loops, facts, first, last, max_detections):
    def of(name):
        offsets = facts["gt_offsets" if name.startswith(("gt", "is")) else "image_offsets"]
        return facts[name][offsets[first] : offsets[last]]

    gt_offsets, pred_offsets = (facts[name][first : last + 1] for name in ("gt_offsets", "image_offsets"))
    area = of("gt_xywh")[:, 2] * of("gt_xywh")[:, 3] * 0.7
    return loops.match_images(
        gt_offsets - gt_offsets[0], of("gt_class"), of("gt_xywh"), area, of("is_crowd"), of("gt_class") == 2,
        pred_offsets - pred_offsets[0], of("pred_class"), of("pred_xywh"), of("score"), AREA_RANGES, IOU_GRID,
        np.array([0.33, 0.5]), max_detections, facts["n_classes"],
    )  # fmt: skip


@pytest.mark.parametrize("max_detections", [1, 5, 1000])
def test_match_images(facts, max_detections):
    for bounds in ((0, facts["n_images"]), (0, facts["n_images"] // 2), (0, 0)):
        ours, theirs = (match_images(loops, facts, *bounds, max_detections) for loops in (streaming, streaming_numpy))
        for one, other in zip(ours, theirs, strict=True):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)
    if max_detections == 1000:
        np.testing.assert_array_equal(match_images(streaming, facts, 0, facts["n_images"], 1000)[0], facts["class_offsets"])


@pytest.mark.parametrize("threshold", [-2.0, 0.4, 2.0])
def test_expand_classes_and_status_between(facts, threshold):
    half = facts["n_images"] // 2
    parts = [match_images(streaming_numpy, facts, *bounds, 6) for bounds in ((0, half), (half, facts["n_images"]))]
    offsets, score, flags, entry_offsets, matched, ignored, iou, rank, _ = (list(column) for column in zip(*parts, strict=True))
    score[1] = score[1].astype(np.float32)
    for first, last in ((0, facts["n_classes"]), (facts["n_classes"] // 2, facts["n_classes"]), (0, 0)):
        some, entries = (np.stack([one[first : last + 1] for one in column]) for column in (offsets, entry_offsets))
        arguments = score, flags, matched, ignored, iou, rank, some, entries, np.array([1, 3, 5]), len(IOU_GRID), threshold
        expanded = assert_twins_agree("expand_classes", *arguments)
        class_offsets, keys, status = expanded[0], expanded[2], expanded[5]
        ranking_numpy.sort_classes(np.arange(len(keys), dtype=np.int32), keys, class_offsets, 0, last - first)
        cut = int(np.median(keys)) if len(keys) else 5
        for bounds in ((0, 2**64 - 1), (0, cut), (cut, 2**64 - 1)):
            scores, _ = assert_twins_agree("status_between", keys, status, class_offsets, *bounds)
            assert (np.diff(scores) <= 0).all()


def test_sweep_ranges_is_the_sweep_of_all_of_them():
    random = np.random.default_rng(3)
    score = np.sort(random.integers(0, 9, 200) / 10)[::-1].copy()
    status = random.integers(0, 3, 200).astype(np.uint8)
    whole = np.array([0, 200])
    ap, f1, best = (float(one[0]) for one in accumulation.sweep(
        np.arange(200, dtype=np.int32), whole, status, score, np.array([90]), RECALL_GRID
    ))  # fmt: skip
    for cuts in ([], [0, 60, 60, 200], [100]):
        parts = np.split(status, cuts), np.split(score, cuts)
        assert accumulation.sweep_ranges(*parts, 90, RECALL_GRID) == (ap, f1, best)
        assert accumulation_numpy.sweep_ranges(*parts, 90, RECALL_GRID) == pytest.approx((ap, f1, best), abs=1e-13)
    assert accumulation.sweep_ranges([], [], 3, RECALL_GRID)[:2] == (0, 0)


def test_twins_have_the_same_functions_with_the_same_parameters():
    for compiled, readable in TWINS:
        names = [name for name in dir(compiled) if callable(getattr(compiled, name)) and not name.startswith("_")]
        assert names
        for name in names:
            parameters = inspect.signature(getattr(readable, name)).parameters
            assert list(inspect.signature(getattr(compiled, name)).parameters) == list(parameters), name


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {key: value for key, value in os.environ.items() if key != "DIAG_GUI_KERNEL"} | environment
    return subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)


CHOSEN = "from diag_gui.evaluation import _kernels; print(_kernels.KERNEL)"


def test_the_compiled_kernel_is_taken_where_there_is_one_and_says_nothing():
    result = run_python(CHOSEN)
    assert (result.stdout.strip(), result.stderr) == ("compiled", "")


def test_numpy_can_be_asked_for_and_says_nothing():
    result = run_python(CHOSEN, DIAG_GUI_KERNEL="numpy")
    assert (result.stdout.strip(), result.stderr) == ("numpy", "")


@pytest.mark.parametrize("names", [_kernels.COMPILED, _kernels.COMPILED[-1:]], ids=["all", "one"])
def test_missing_kernels_fall_back_together_and_warn_once(names):
    missing = "".join(f"sys.modules['diag_gui.evaluation._kernels.{name}'] = None; " for name in names)
    result = run_python(f"import sys; {missing}{CHOSEN}; import diag_gui.evaluation.evaluator")
    assert result.stdout.strip() == "numpy"
    assert result.stderr.count("KernelWarning") == 1
    assert "pip install -e ." in result.stderr


def test_a_kernel_older_than_its_source_falls_back_and_says_rebuild(monkeypatch):
    monkeypatch.delenv("DIAG_GUI_KERNEL", raising=False)
    monkeypatch.setattr(accumulation, "SOURCE_HASH", "0" * 16)
    with pytest.warns(_kernels.KernelWarning, match=r"_accumulation is older than its source.*rebuild"):
        assert _kernels.usable_kernel() == "numpy"


def test_every_source_carries_its_own_hash():
    sources = sorted(FOLDER.glob("*.pyx"))
    assert sources
    for path in sources:
        text = path.read_text(encoding="utf-8")
        assert with_hash(text) == text, f"{path.name} was changed: run source_hash.py and rebuild"
        assert not is_stale(path.stem, source_hash(text))
        assert is_stale(path.stem, source_hash(text + "# changed"))
