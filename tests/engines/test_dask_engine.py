"""A cluster of processes on this machine: equal to one process, a lost worker costs its part, and clear words otherwise."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diag_gui.engines import shard_reading
from diag_gui.engines.dask_engine import DaskEngine, compare_on
from diag_gui.engines.shard_reading import read_shards_on
from diag_gui.exceptions import EvaluationError, FormatError
from diag_gui.formats.column_choice import NO_CHOICE
from diag_gui.formats.opening import open_ground_truth, open_predictions
from tests.benchmarks.street_scenes import Size, coco_of, street_scenes
from tests.cli.running import Runner
from tests.cli.small_data import write_small_data
from tests.engines.test_run_parts import assert_is_what_one_process_finds
from tests.evaluation.coco_facts import by_hand
from tests.evaluation.random_sets import random_set

pytestmark = pytest.mark.filterwarnings("default")
"""What the cluster's own library warns of is not ours to mend."""


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    pytest.importorskip("distributed")
    with DaskEngine(workers=2).client() as made:
        yield made


def test_the_cluster_finds_what_one_process_finds(client: Any) -> None:
    shares: list[float] = []
    for seed in range(3):
        dataset, run = by_hand(*random_set(seed, n_images=40, n_gt=200, n_predictions=900, crowds=True, ties=seed == 2))
        found = compare_on(client, dataset, run.predictions, "bbox", 100, progress=shares.append)
        assert_is_what_one_process_finds(found, dataset, run)
    assert shares[-1] == 1.0


def test_the_command_line_prints_the_same_but_for_the_engine(
    client: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, cli = write_small_data(tmp_path / "data", pictures=False), Runner(capsys)
    call = ("evaluate", data.gt, data.predictions, "--slice", "scene", "--json", "-", "--quiet")
    local = cli(*call).json
    address = client.scheduler.address
    elsewhere = cli(*call, "--engine", "dask", "--scheduler", address).json
    assert (local["settings"].pop("engine"), elsewhere["settings"].pop("engine")) == ("local", "dask")
    assert elsewhere == local


def kill_once(marker: str, task: str = "compare_part") -> Any:
    """Return what makes the first worker that begins a task of ours die by SIGKILL, once."""
    from distributed import WorkerPlugin

    class Killer(WorkerPlugin):
        def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
            if finish == "executing" and task in str(key):
                try:
                    os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
                except FileExistsError:
                    return
                os.kill(os.getpid(), signal.SIGKILL)

    return Killer()


@pytest.mark.skipif(sys.platform == "win32", reason="kills a worker as POSIX does")
def test_a_worker_that_is_killed_costs_its_part_only(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    dataset, run = by_hand(*random_set(5, n_images=40, n_gt=200, n_predictions=900, crowds=True))
    marker = tmp_path / "killed"
    with DaskEngine(workers=2).client() as client:
        client.register_plugin(kill_once(str(marker)))
        found = compare_on(client, dataset, run.predictions, "bbox", 100)
    assert marker.exists()
    assert_is_what_one_process_finds(found, dataset, run)


def test_a_scheduler_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("diag_gui.engines.dask_engine.CONNECT_S", 1)
    with (
        pytest.raises(EvaluationError, match=r"tcp://127\.0\.0\.1:1 cannot be reached"),
        DaskEngine("tcp://127.0.0.1:1").client(),
    ):
        pass


def test_connecting_is_said_before_it_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("diag_gui.engines.dask_engine.CONNECT_S", 1)
    data = write_small_data(tmp_path / "data", pictures=False)
    call = ("evaluate", data.gt, data.predictions, "--engine", "dask", "--scheduler", "tcp://127.0.0.1:1")
    first, last = Runner(capsys)(*call).err.splitlines()
    assert first == "note: connecting to the scheduler tcp://127.0.0.1:1, for at most 1 s"
    assert "tcp://127.0.0.1:1 cannot be reached" in last
    quiet = Runner(capsys)(*call, "--quiet")
    assert (quiet.status, len(quiet.err.splitlines())) == (2, 1)


def test_workers_of_another_version_are_refused(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset, run = by_hand(*random_set(1))
    monkeypatch.setattr("diag_gui.__version__", "9.9")
    with pytest.raises(EvaluationError, match=r"this is 9\.9"):
        compare_on(client, dataset, run.predictions, "bbox", 100)


def test_a_scheduler_without_the_engine_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_small_data(tmp_path / "data", pictures=False)
    ran = Runner(capsys)("evaluate", data.gt, data.predictions, "--scheduler", "tcp://127.0.0.1:1")
    assert ran.status == 2
    assert "needs --engine dask" in ran.err


def test_without_dask_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    data = write_small_data(tmp_path / "data", pictures=False)
    ran = Runner(capsys)("evaluate", data.gt, data.predictions, "--engine", "dask")
    assert ran.status == 2
    assert "diag-gui[dask]" in ran.err
    assert json.dumps(ran.out) == '""'


class TestShards:
    """Files of a run are read by the workers that see them, and here where none does."""

    @pytest.fixture
    def shards(self, tmp_path: Path) -> tuple[Path, Path]:
        truth, records = coco_of(*street_scenes(Size(40, 9, 6, 25), seed=8))
        gt = tmp_path / "gt.json"
        gt.write_text(json.dumps(truth))
        folder = tmp_path / "shards"
        folder.mkdir()
        for place in range(5):
            (folder / f"part-{place}.json").write_text(json.dumps(records[place::5]))
        return gt, folder

    @staticmethod
    def files(folder: Path) -> list[tuple[Path, str]]:
        return [(path, "coco-results") for path in sorted(folder.glob("part-*.json"))]

    def test_what_workers_read_is_what_is_read_here(self, client: Any, shards: tuple[Path, Path]) -> None:
        gt, folder = shards
        dataset, shares = open_ground_truth(gt).dataset, []
        read = read_shards_on(client, self.files(folder), dataset, NO_CHOICE, with_cache=False, progress=shares.append)
        assert shares[-1] == 1.0
        assert None not in read
        elsewhere = partial(read_shards_on, client)
        here, there = (open_predictions(folder / "*.json", dataset, elsewhere=how) for how in (None, elsewhere))
        for name in ("image_row", "class_row", "xywh", "score", "source_index", "image_offsets"):
            np.testing.assert_array_equal(getattr(there.run.predictions, name), getattr(here.run.predictions, name))
        assert there.reports == here.reports
        assert (there.run.name, there.run.source.sha256) == (here.run.name, here.run.source.sha256)
        assert [part.source.path for part in there.run.parts] == [part.source.path for part in here.run.parts]

    def test_parquet_too(self, client: Any, shards: tuple[Path, Path]) -> None:
        pa = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        gt, folder = shards
        for path in folder.glob("*.json"):
            records = json.loads(path.read_text())
            columns = {name: [record[name] for record in records] for name in ("image_id", "category_id", "bbox", "score")}
            parquet.write_table(pa.table(columns), path.with_suffix(".parquet"))
        dataset = open_ground_truth(gt).dataset
        files = [(path, "table") for path in sorted(folder.glob("*.parquet"))]
        assert None not in read_shards_on(client, files, dataset, NO_CHOICE, with_cache=False)
        elsewhere = partial(read_shards_on, client)
        here, there = (open_predictions(folder / "*.parquet", dataset, elsewhere=how) for how in (None, elsewhere))
        np.testing.assert_array_equal(there.run.predictions.xywh, here.run.predictions.xywh)
        assert there.reports == here.reports

    def test_a_file_that_workers_see_otherwise_is_read_here(
        self, client: Any, shards: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gt, folder = shards
        dataset = open_ground_truth(gt).dataset
        true_shard = shard_reading.shard_of

        def other(path: Path, format: str) -> Any:
            shard = true_shard(path, format)
            odd = {"part-1.json": {"sample": "other"}, "part-2.json": {"path": str(folder / "not there")}}
            return None if shard is None else replace(shard, **odd.get(path.name, {}))

        monkeypatch.setattr(shard_reading, "shard_of", other)
        read = read_shards_on(client, self.files(folder), dataset, NO_CHOICE, with_cache=False)
        assert [one is None for one in read] == [False, True, True, False, False]
        here = open_predictions(folder / "*.json", dataset)
        there = open_predictions(folder / "*.json", dataset, elsewhere=partial(read_shards_on, client))
        np.testing.assert_array_equal(there.run.predictions.xywh, here.run.predictions.xywh)
        assert there.reports == here.reports

    def test_a_bad_file_is_named_as_it_is_here(self, client: Any, shards: tuple[Path, Path]) -> None:
        gt, folder = shards
        dataset = open_ground_truth(gt).dataset
        (folder / "part-3.json").write_text('[{"image_id": 1, ')
        said = []
        for how in (None, partial(read_shards_on, client)):
            with pytest.raises(FormatError) as caught:
                open_predictions(folder / "*.json", dataset, elsewhere=how)
            said.append(str(caught.value))
        assert said[0] == said[1]
        assert "part-3.json" in said[0]

    def test_the_command_line_prints_the_same_but_for_the_engine(
        self, client: Any, shards: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gt, folder = shards
        monkeypatch.chdir(folder)
        call = ("evaluate", gt, "part-*.json", "--json", "-", "--quiet")
        local = Runner(capsys)(*call).json
        there = Runner(capsys)(*call, "--engine", "dask", "--scheduler", client.scheduler.address).json
        assert (local["settings"].pop("engine"), there["settings"].pop("engine")) == ("local", "dask")
        assert there == local

    @pytest.mark.skipif(sys.platform == "win32", reason="kills a worker as POSIX does")
    def test_a_worker_that_is_killed_costs_its_file_only(self, tmp_path: Path, shards: tuple[Path, Path]) -> None:
        pytest.importorskip("distributed")
        gt, folder = shards
        dataset, marker = open_ground_truth(gt).dataset, tmp_path / "killed"
        with DaskEngine(workers=2).client() as client:
            client.register_plugin(kill_once(str(marker), "read_shard"))
            there = open_predictions(folder / "*.json", dataset, elsewhere=partial(read_shards_on, client))
        assert marker.exists()
        here = open_predictions(folder / "*.json", dataset)
        np.testing.assert_array_equal(there.run.predictions.xywh, here.run.predictions.xywh)
        assert there.reports == here.reports


def test_workers_are_looked_at_before_they_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: Any) -> None:
    truth, records = coco_of(*street_scenes(Size(4, 2, 3, 5), seed=1))
    (tmp_path / "gt.json").write_text(json.dumps(truth))
    (tmp_path / "dt.json").write_text(json.dumps(records))
    dataset = open_ground_truth(tmp_path / "gt.json").dataset
    monkeypatch.setattr(client, "submit", lambda *_given, **_named: pytest.fail("was sent to a worker"))
    monkeypatch.setattr(client, "run", lambda _what: {"tcp://a:1": ("0.0.1", "compiled")})
    with pytest.raises(EvaluationError, match=r"worker tcp://a:1 runs 0\.0\.1 compiled"):
        read_shards_on(client, [(tmp_path / "dt.json", "coco-results")], dataset, NO_CHOICE, with_cache=False)
    monkeypatch.setattr(client, "run", lambda _what: {})
    with pytest.raises(EvaluationError, match="has no workers"):
        read_shards_on(client, [(tmp_path / "dt.json", "coco-results")], dataset, NO_CHOICE, with_cache=False)
