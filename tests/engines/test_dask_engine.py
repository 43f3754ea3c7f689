"""A cluster of processes on this machine: equal to one process, a lost worker costs its part, and clear words otherwise."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from diag_gui.engines.dask_engine import DaskEngine, compare_on
from diag_gui.exceptions import EvaluationError
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


def kill_once(marker: str) -> Any:
    """Return what makes the first worker that begins a task of ours die by SIGKILL, once."""
    from distributed import WorkerPlugin

    class Killer(WorkerPlugin):
        def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
            if finish == "executing" and "compare_part" in str(key):
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
    monkeypatch.setattr("diag_gui.engines.dask_engine._CONNECT_S", 1)
    with (
        pytest.raises(EvaluationError, match=r"tcp://127\.0\.0\.1:1 cannot be reached"),
        DaskEngine("tcp://127.0.0.1:1").client(),
    ):
        pass


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
