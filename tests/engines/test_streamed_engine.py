"""Walking through runs on a cluster of this machine: to the bit what one process finds, whatever the files are."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diag_gui.engines import streamed_engine, streamed_parts
from diag_gui.engines.dask_engine import DaskEngine
from diag_gui.engines.streamed_engine import walk_on
from diag_gui.evaluation.coco_summary import summarize
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.operating_point import Totals
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.streamed_figures import StreamedFigures, stream_figures
from diag_gui.exceptions import DatasetMismatchError, EvaluationError, FormatError
from diag_gui.formats.opening import open_ground_truth, open_predictions
from diag_gui.formats.streamed_reading import WalkedRun, open_columns
from tests.benchmarks.street_scenes import Size, coco_of, street_scenes
from tests.cli.running import Runner
from tests.engines.test_dask_engine import kill_once

pytestmark = pytest.mark.filterwarnings("default")
"""What the cluster's own library warns of is not ours to mend."""

PARAMS = EvaluationParams(0.5, 0.25)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    pytest.importorskip("distributed")
    with DaskEngine(workers=2).client() as made:
        yield made


def columns_of(records: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    names = ("image_id", "category_id", "bbox", "score")
    return {name: np.array([record[name] for record in records]) for name in names}


def as_json(folder: Path, records: list[dict[str, Any]]) -> Path:
    (folder / "run.json").write_text(json.dumps(records))
    return folder / "run.json"


def as_shards(folder: Path, records: list[dict[str, Any]]) -> Path:
    """Write parts of which each has predictions of every image."""
    for place in range(3):
        (folder / f"part-{place}.json").write_text(json.dumps(records[place::3]))
    return folder / "part-*.json"


def as_parquet(folder: Path, records: list[dict[str, Any]]) -> Path:
    """Write parts of consecutive images."""
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    third = -(-len(records) // 3)
    for place in range(3):
        some = records[place * third : (place + 1) * third]
        parquet.write_table(
            pa.table({name: list(column) for name, column in columns_of(some).items()}), folder / f"{place}.parquet"
        )
    return folder / "*.parquet"


def as_columns(folder: Path, records: list[dict[str, Any]]) -> Path:
    return put_columns(folder, columns_of(sorted(records, key=lambda record: record["image_id"])))


def as_short_columns(folder: Path, records: list[dict[str, Any]]) -> Path:
    """Write columns with scores and boxes of half the length."""
    columns = columns_of(sorted(records, key=lambda record: record["image_id"]))
    return put_columns(folder, columns | {name: columns[name].astype(np.float32) for name in ("score", "bbox")})


def as_shuffled_columns(folder: Path, records: list[dict[str, Any]]) -> Path:
    order = np.random.default_rng(4).permutation(len(records))
    return put_columns(folder, {name: column[order] for name, column in columns_of(records).items()})


def as_several_sets(folder: Path, records: list[dict[str, Any]]) -> Path:
    """Write a set in order of images, and one that is not."""
    put_columns(folder, columns_of(sorted(records[::2], key=lambda record: record["image_id"])), "a_")
    put_columns(folder, columns_of(records[:0:-2]), "b_")
    return folder / "*_bbox.npy"


def as_table(folder: Path, records: list[dict[str, Any]]) -> Path:
    lines = ["image_id,category_id,x,y,w,h,score"]
    lines += [",".join(map(repr, (one["image_id"], one["category_id"], *one["bbox"], one["score"]))) for one in records]
    (folder / "run.csv").write_text("\n".join(lines))
    return folder / "run.csv"


def put_columns(folder: Path, columns: dict[str, np.ndarray], beginning: str = "") -> Path:
    for name, column in columns.items():
        np.save(folder / f"{beginning}{name}.npy", column)
    return folder / f"{beginning}bbox.npy"


WRITERS = [as_json, as_shards, as_parquet, as_columns, as_short_columns, as_shuffled_columns, as_several_sets, as_table]


@pytest.fixture
def scenes(tmp_path: Path) -> tuple[Path, list[dict[str, Any]]]:
    truth, records = coco_of(*street_scenes(Size(40, 9, 6, 25), seed=8))
    # Out of range, which is said.
    records[7]["score"] = 1.5
    (tmp_path / "gt.json").write_text(json.dumps(truth))
    return tmp_path / "gt.json", records


def assert_same(found: WalkedRun, path: Path, gt: Path, params: EvaluationParams = PARAMS) -> None:
    """Assert that a run is what one process walks through, and what the whole evaluation says."""
    dataset = open_ground_truth(gt).dataset
    here = open_columns(path, dataset)
    assert found.reports == here.reports
    ours, theirs = found.run.source, here.run.source
    assert (ours.path, ours.format, ours.sha256) == (theirs.path, theirs.format, theirs.sha256)
    assert found.run.name == here.run.name
    assert_same_figures(found.figures, stream_figures(here.columns, params))
    facts = prepare_run(dataset, open_predictions(path, dataset).run)
    np.testing.assert_equal(found.figures.figures, summarize(facts).figures)
    np.testing.assert_equal(numbers_of(found.figures.totals), numbers_of(evaluate(facts, params).totals))


def numbers_of(totals: Totals) -> dict[str, float]:
    names = ("n_images", "n_gt", "n_predictions", "tp", "fp", "fn", "precision", "recall", "f1", "mf1", "mean_iou", "ap", "ap50")
    return {name: getattr(totals, name) for name in (*names, "best_f1", "best_score")}


def assert_same_figures(found: StreamedFigures, wanted: StreamedFigures) -> None:
    np.testing.assert_equal(found.figures, wanted.figures)
    np.testing.assert_equal(numbers_of(found.totals), numbers_of(wanted.totals))
    assert found.n_predictions == wanted.n_predictions
    for name in ("class_rows", "ap", "recall", "n_gt"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), err_msg=name)
    for name in ("tp", "fp", "fn", "ap", "ap50", "best_f1", "best_score", "mean_iou"):
        np.testing.assert_array_equal(getattr(found.per_class, name), getattr(wanted.per_class, name), err_msg=name)


@pytest.mark.parametrize("write", WRITERS)
def test_figures_and_accounts_are_those_of_one_process(
    client: Any, scenes: tuple[Path, list[dict[str, Any]]], tmp_path: Path, write: Callable[..., Path]
) -> None:
    gt, records = scenes
    folder = tmp_path / "run"
    folder.mkdir()
    path, shares = write(folder, records), []
    found = walk_on(client, path, open_ground_truth(gt).dataset, PARAMS, with_cache=False, progress=shares.append)
    assert_same(found, path, gt)
    assert shares[-1] == 1.0
    assert shares == sorted(shares)


def test_many_small_parts(
    client: Any, scenes: tuple[Path, list[dict[str, Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gt, records = scenes
    monkeypatch.setattr(streamed_engine, "OF_A_PART", 20)
    monkeypatch.setattr("diag_gui.formats.numpy_columns.CHECKED_AT_ONCE", 13)
    params = EvaluationParams(0.7, 0.4, max_detections=5)
    for write in (as_columns, as_shards):
        path = write(tmp_path, records)
        assert_same_figures(
            walk_on(client, path, open_ground_truth(gt).dataset, params, with_cache=False).figures,
            stream_figures(open_columns(path, open_ground_truth(gt).dataset).columns, params),
        )


def test_no_prediction_passes_through_whoever_asked(
    client: Any, scenes: tuple[Path, list[dict[str, Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gt, records = scenes
    dataset = open_ground_truth(gt).dataset
    for name in ("match_part", "columns_of_file"):
        monkeypatch.setattr(streamed_engine, name, lambda *_given: pytest.fail("was done here"))
    sent: list[Any] = []
    submit = client.submit

    def watched(function: Any, *given: Any, **named: Any) -> Any:
        if function is streamed_parts.try_part:
            sent.extend(given[1])
        return submit(function, *given, **named)

    monkeypatch.setattr(client, "submit", watched)
    for write in (as_json, as_shards, as_columns):
        walk_on(client, write(tmp_path, records), dataset, PARAMS, with_cache=False)
    assert {type(one).__name__ for one in sent} == {"Future", "StoredRows"}


@pytest.mark.skipif(sys.platform == "win32", reason="kills a worker as POSIX does")
@pytest.mark.parametrize("task", ["try_part", "read_columns", "piece_of", "look_at_rows"])
def test_a_worker_that_is_killed_costs_its_part_only(
    tmp_path: Path, scenes: tuple[Path, list[dict[str, Any]]], task: str
) -> None:
    pytest.importorskip("distributed")
    gt, records = scenes
    marker = tmp_path / "killed"
    path = as_columns(tmp_path, records) if task == "look_at_rows" else as_shards(tmp_path, records)
    with DaskEngine(workers=2).client() as client:
        client.register_plugin(kill_once(str(marker), task))
        found = walk_on(client, path, open_ground_truth(gt).dataset, PARAMS, with_cache=False)
    assert marker.exists()
    assert_same(found, path, gt)


@pytest.mark.parametrize("write", [as_json, as_shards, as_columns])
def test_files_that_workers_do_not_see_are_read_here(
    client: Any,
    scenes: tuple[Path, list[dict[str, Any]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    write: Callable[..., Path],
) -> None:
    gt, records = scenes
    path = write(tmp_path, records)
    true_shard = streamed_engine.shard_of

    def other(path: Path, format: str) -> Any:
        shard = true_shard(path, format)
        return None if shard is None else replace(shard, sample="other")

    monkeypatch.setattr(streamed_engine, "shard_of", other)
    monkeypatch.setattr(streamed_parts, "shard_of", other)
    assert_same(walk_on(client, path, open_ground_truth(gt).dataset, PARAMS, with_cache=False), path, gt)


@pytest.mark.parametrize("spoil", ["broken", "foreign", "not there"])
def test_what_is_wrong_is_said_as_one_process_says_it(
    client: Any, scenes: tuple[Path, list[dict[str, Any]]], tmp_path: Path, spoil: str
) -> None:
    gt, records = scenes
    dataset, path = open_ground_truth(gt).dataset, tmp_path / "run.json"
    match spoil:
        case "broken":
            path.write_text('[{"image_id": 1, ')
        case "foreign":
            path.write_text(json.dumps([record | {"image_id": 10_000_000} for record in records]))
    said = []
    for walk in (lambda: walk_on(client, path, dataset, PARAMS, with_cache=False), lambda: open_columns(path, dataset)):
        with pytest.raises((FormatError, DatasetMismatchError)) as caught:
            walk()
        said.append((type(caught.value), str(caught.value)))
    assert said[0] == said[1]


def test_columns_that_change_meanwhile_are_refused(
    client: Any, scenes: tuple[Path, list[dict[str, Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gt, records = scenes
    path = as_columns(tmp_path, records)
    truth_of = streamed_engine.truth_of

    def changing(*given: Any) -> Any:
        os.truncate(tmp_path / "score.npy", 200)
        return truth_of(*given)

    monkeypatch.setattr(streamed_engine, "truth_of", changing)
    with pytest.raises(FormatError, match=r"score\.npy"):
        walk_on(client, path, open_ground_truth(gt).dataset, PARAMS, with_cache=False)


def test_a_part_that_always_kills_is_given_up(
    client: Any, scenes: tuple[Path, list[dict[str, Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    gt, records = scenes

    class Killed(distributed.KilledWorker):
        def __str__(self) -> str:
            return "all those workers died"

    def killed(*_given: Any, **_named: Any) -> Any:
        raise Killed("try_part-1", None, 3)

    monkeypatch.setattr(streamed_engine, "_matched", killed)
    with pytest.raises(EvaluationError, match="took its worker down 3 times: all those"):
        walk_on(client, as_json(tmp_path, records), open_ground_truth(gt).dataset, PARAMS, with_cache=False)


@pytest.mark.parametrize("write", [as_json, as_shards, as_columns])
def test_the_command_line_prints_the_same_but_for_the_engine(
    client: Any,
    scenes: tuple[Path, list[dict[str, Any]]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    write: Callable[..., Path],
) -> None:
    gt, records = scenes
    call = ("evaluate", gt, write(tmp_path, records), "--streamed", "--json", "-", "--quiet")
    local = Runner(capsys)(*call).json
    there = Runner(capsys)(*call, "--engine", "dask", "--scheduler", client.scheduler.address).json
    assert (local["settings"].pop("engine"), there["settings"].pop("engine")) == ("local", "dask")
    assert there == local
