"""A run is named by its content, and found again after its file was written anew."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np

from diag_gui.data.dataset import Dataset, Source
from diag_gui.data.run import Run
from diag_gui.review.attach import attach
from diag_gui.review.decisions import Decisions
from diag_gui.review.keys import PredictionKey
from diag_gui.review.places import Resolver
from diag_gui.review.project import FileReference, Project, RunReference
from diag_gui.review.row_keys import DatasetKeys, RunKeys, content_hash
from diag_gui.review.stand_ins import stand_ins_of, with_loaded_runs
from diag_gui.review.store import ReviewStore
from tests.evaluation.coco_facts import coco_dict, coco_results, dataset_from_coco, run_from_results
from tests.review.decisions_by_hand import add, operation
from tests.work import lines_run

RECORDS = [(1, 1, 10, 10, 50, 50, 0.9), (1, 1, 10, 10, 50, 50, 0.9), (2, 2, 30, 30, 60, 60, 0.8), (1, 2, 5, 5, 9, 9, 0.3)]


def _dataset() -> Dataset:
    return dataset_from_coco(coco_dict(2, 2, [(1, 1, 10, 10, 50, 50)]))


def _run(dataset: Dataset, records: list[tuple[float, ...]], path: Path = Path("run.json"), sha256: str = "") -> Run:
    run = run_from_results(coco_results(records), dataset)
    return replace(run, name=path.stem, source=Source(path, "coco", sha256))


def _key(dataset: Dataset, run: Run, row: int) -> PredictionKey:
    (key,) = Resolver(dataset, [run]).runs[0].prediction_keys([row])
    return key


def _tagged(*keys: PredictionKey) -> Decisions:
    return Decisions().apply([operation("me", *(add(key, "seen") for key in keys), clock=1)])


def test_order_and_bytes_do_not_name_a_run_but_every_column_does() -> None:
    dataset = _dataset()
    keys = DatasetKeys(dataset)
    own = content_hash(keys, _run(dataset, RECORDS, sha256="one"))
    shuffled = RECORDS.copy()
    random.Random(3).shuffle(shuffled)
    assert content_hash(keys, _run(dataset, shuffled, Path("other.json"), "two")) == own
    changed = [
        [(2, *RECORDS[0][1:]), *RECORDS[1:]],
        [(1, 2, *RECORDS[0][2:]), *RECORDS[1:]],
        [(1, 1, 10.01, *RECORDS[0][3:]), *RECORDS[1:]],
        [(*RECORDS[0][:5], 50.01, 0.9), *RECORDS[1:]],
        [(*RECORDS[0][:6], 0.9000001), *RECORDS[1:]],
        RECORDS[1:],
        [],
    ]
    assert len({own, *(content_hash(keys, _run(dataset, records)) for records in changed)}) == len(changed) + 1


def test_renumbered_images_and_classes_keep_the_name() -> None:
    content = coco_dict(2, 2, [])
    records = coco_results(RECORDS)
    before = dataset_from_coco(content)
    own = content_hash(DatasetKeys(before), run_from_results(records, before))
    for entry in (*content["images"], *content["categories"]):
        entry["id"] = 100 - entry["id"]
    for record in records:
        record["image_id"], record["category_id"] = 100 - record["image_id"], 100 - record["category_id"]
    after = dataset_from_coco(content)
    assert content_hash(DatasetKeys(after), run_from_results(records, after)) == own


def test_the_hash_is_computed_once_and_taken_over_when_runs_are_added(monkeypatch) -> None:
    from diag_gui.review import row_keys

    asked: list[Run] = []
    monkeypatch.setattr(row_keys, "content_hash", lambda _keys, run: f"{asked.append(run) or len(asked)}")
    dataset = _dataset()
    first, second = _run(dataset, RECORDS), _run(dataset, RECORDS[1:])
    resolver = Resolver(dataset, [first])
    assert asked == []
    attach(Decisions(), dataset, [first], resolver=resolver)
    assert asked == []
    assert resolver.runs[0].content_hash == resolver.runs[0].content_hash == "1"
    further = Resolver(replace(dataset), [second, replace(first, name="renamed")], earlier=resolver)
    assert [run.content_hash for run in further.runs] == ["2", "1"]
    assert [run.name for run in asked] == ["run", "run"]


def test_hashing_runs_no_line_per_prediction() -> None:
    dataset = dataset_from_coco(coco_dict(100, 1, []))
    keys = DatasetKeys(dataset)
    small, large = (_drawn_run(dataset, n) for n in (1_000, 50_000))
    content_hash(keys, small)
    assert lines_run(lambda: content_hash(keys, large)) == lines_run(lambda: content_hash(keys, small))


def _drawn_run(dataset: Dataset, n: int) -> Run:
    rng = np.random.default_rng(0)
    one = _run(dataset, [(image, 1, 0, 0, 5, 5, 0.5) for image in range(1, 101)])
    rows = np.sort(rng.integers(0, 100, n)).astype(np.int32)
    predictions = type(one.predictions)(
        100, rows, np.zeros(n, np.int32), rng.uniform(1, 500, (n, 4)), rng.uniform(0, 1, n), np.arange(n), None, None,
        type(one.predictions.attributes)(one.predictions.attributes.level, n),
    )  # fmt: skip
    return replace(one, predictions=predictions)


def test_a_shuffled_file_keeps_its_decisions() -> None:
    dataset = _dataset()
    key = _key(dataset, _run(dataset, RECORDS), 2)
    turned = _run(dataset, RECORDS[::-1], sha256="other bytes")
    state = attach(_tagged(key), dataset, [_run(dataset, RECORDS), turned])
    assert not state.unattached
    # The same content twice, in another order: one row in each.
    assert dict(state.predictions.keys()) == {0: 2, 1: 0}


def test_a_key_of_the_bytes_of_a_file_still_finds_its_run() -> None:
    dataset = _dataset()
    run = _run(dataset, RECORDS, sha256="ab" * 32)
    old = replace(_key(dataset, run, 2), run="ab" * 32)
    state = attach(_tagged(old), dataset, [run])
    assert list(state.predictions) == [(0, 2)]
    assert not state.unattached


def test_a_run_that_changed_a_little_keeps_what_is_equal(tmp_path: Path) -> None:
    dataset, path = _dataset(), tmp_path / "run.json"
    before = _run(dataset, RECORDS, path)
    kept, gone = _key(dataset, before, 3), _key(dataset, before, 2)
    path.touch()
    project = Project(runs=(RunReference.to(before, tmp_path / "p.diag", kept.run),))
    after = _run(dataset, [record for record in RECORDS if record[6] != 0.3] + [(2, 1, 7, 7, 7, 7, 0.7)], path)
    other = _run(dataset, RECORDS[2:], tmp_path / "other.json")
    known = stand_ins_of(project, tmp_path / "p.diag", [other, after])
    assert known == {kept.run: (1,)}
    state = attach(_tagged(kept, gone), dataset, [other, after], resolver=Resolver(dataset, [other, after], stand_ins=known))
    assert list(state.predictions) == [(1, 2)]
    (lost,) = state.unattached
    assert (lost.target, lost.reason) == (gone, "run run has no such prediction any more")


def test_a_run_that_is_not_open_lends_nothing_to_a_run_of_another_file(tmp_path: Path) -> None:
    dataset = _dataset()
    mine, other = _run(dataset, RECORDS, tmp_path / "a.json"), _run(dataset, RECORDS[1:], tmp_path / "b.json")
    mine.source.path.touch()
    key = _key(dataset, mine, 3)
    project = Project(runs=(RunReference.to(mine, tmp_path / "p.diag", key.run),))
    known = stand_ins_of(project, tmp_path / "p.diag", [other])
    state = attach(_tagged(key), dataset, [other], resolver=Resolver(dataset, [other], stand_ins=known))
    assert [lost.reason for lost in state.unattached] == ["its run is not open"]
    # The file is gone for good and another has its name: moved.
    mine.source.path.unlink()
    moved = replace(other, name="a")
    assert stand_ins_of(project, tmp_path / "p.diag", [moved]) == {key.run: (0,)}


def test_where_two_runs_have_it_nobody_guesses() -> None:
    dataset = _dataset()
    key = _key(dataset, _run(dataset, RECORDS), 3)
    two = [_run(dataset, RECORDS[1:]), _run(dataset, RECORDS[2:])]
    (lost,) = attach(_tagged(key), dataset, two).unattached
    assert "several runs" in lost.reason
    assert not attach(_tagged(key), dataset, two[:1]).unattached


def test_the_project_keeps_every_name_of_a_run(tmp_path: Path) -> None:
    dataset, place, path = _dataset(), tmp_path / "p.diag", tmp_path / "run.json"
    path.touch()
    elsewhere = RunReference("elsewhere", FileReference("/data/elsewhere.json", sha256="e"), hashes=("e",))
    old = RunReference("run", FileReference.to(path, place, sha256="bytes"), hours=2.0, hashes=("bytes",))
    run = replace(_run(dataset, RECORDS, path, "new bytes"), hours=2.0)
    (run_keys,) = Resolver(dataset, [run]).runs
    project = with_loaded_runs(Project(runs=(elsewhere, old)), place, [run], [run_keys.content_hash])
    assert [(one.name, one.hashes) for one in project.runs] == [
        ("run", (run_keys.content_hash, "bytes")),
        ("elsewhere", ("e",)),
    ]
    assert project.runs[0].file.sha256 == "new bytes"
    assert with_loaded_runs(project, place, [run], [run_keys.content_hash]) == project
    with ReviewStore.create(place, project) as store:
        assert store.project().runs == project.runs
    stranger = _run(dataset, RECORDS[1:], tmp_path / "stranger.json")
    assert with_loaded_runs(project, place, [stranger], ["s"], only_known=True) == project


def test_pred_rows_compare_content_and_not_the_run() -> None:
    dataset = _dataset()
    keys = DatasetKeys(dataset)
    run, other = _run(dataset, RECORDS), _run(dataset, RECORDS[2:])
    assert RunKeys(keys, other).pred_rows(RunKeys(keys, run).prediction_keys([2, 0])).tolist() == [0, -1]
