from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from diag_gui.exceptions import StoreError
from diag_gui.review import backup_copies
from diag_gui.review.decisions import fold
from diag_gui.review.events import LABEL_IS_FINE, MODEL_IS_WRONG, decide
from diag_gui.review.project import FileReference, Project, RunReference
from diag_gui.review.store import ReviewStore
from diag_gui.review.summary import summarize_merge
from tests.review.decisions_by_hand import add, image, note, remove, verdict


def _parted(folder: Path) -> tuple[ReviewStore, ReviewStore]:
    """Return two copies of one project with a common decision."""
    ours, theirs = folder / "ours.diag", folder / "theirs.diag"
    with ReviewStore.create(ours) as store:
        store.append(decide("ann", "Tag", [add("common.jpg", "relabel"), add("a.jpg", "relabel")]))
    theirs.write_bytes(ours.read_bytes())
    return ReviewStore.open(ours), ReviewStore.open(theirs)


def test_a_merge_is_the_union_and_the_latest_wins(tmp_path: Path) -> None:
    ours, theirs = _parted(tmp_path)
    with ours, theirs:
        theirs.append(decide("bob", "Note", [note("a.jpg", "early"), verdict("b.jpg", LABEL_IS_FINE), add("b.jpg", "discuss")]))
        ours.append(decide("ann", "Note", [note("a.jpg", "late"), verdict("b.jpg", LABEL_IS_FINE), add("b.jpg", "relabel")]))
        theirs.append(decide("bob", "Untag", [remove("common.jpg", "relabel"), verdict("c.jpg", MODEL_IS_WRONG)]))
        ours.append(decide("ann", "Fine", [verdict("c.jpg", LABEL_IS_FINE)]))
        before = theirs.operations()
        n_copies = len(backup_copies.copies(ours.path))
        report = ours.merge(theirs)
        assert (len(report.added), report.n_common) == (2, 1)
        assert len(backup_copies.copies(ours.path)) == n_copies + 1
        decisions = fold(ours.operations())
        assert decisions[image("a.jpg")].note == "late"
        assert decisions[image("b.jpg")].tag_names == {"discuss", "relabel"}
        assert image("common.jpg") not in decisions
        assert decisions[image("c.jpg")].verdict == LABEL_IS_FINE
        told = {(conflict.target, conflict.aspect): conflict for conflict in report.conflicts}
        assert set(told) == {(image("a.jpg"), ("note", "")), (image("c.jpg"), ("verdict", ""))}
        conflict = told[image("a.jpg"), ("note", "")]
        assert (conflict.ours, conflict.theirs, conflict.kept) == ("late", "early", "late")
        assert (conflict.our_author, conflict.their_author) == ("ann", "bob")
        assert summarize_merge(report)["conflicts"][0]["kept"] == "late"
        assert theirs.operations() == before


def test_merging_both_ways_or_twice_gives_the_same_decisions(tmp_path: Path) -> None:
    ours, theirs = _parted(tmp_path)
    with ours, theirs:
        ours.append(decide("ann", "Tag", [add("x.jpg", "relabel"), note("x.jpg", "ann")]))
        theirs.append(decide("bob", "Tag", [remove("a.jpg", "relabel"), note("x.jpg", "bob")]))
        ours.merge(theirs)
        theirs.merge(ours)
        assert fold(ours.operations()) == fold(theirs.operations())
        assert ours.operations() == theirs.operations()
        again = ours.merge(theirs)
        assert (again.added, again.conflicts, again.n_common) == ((), (), 3)
        later = ours.append(decide("ann", "Note", [note("x.jpg", "last")]))
        assert later.clock > max(operation.clock for operation in theirs.operations())


def test_tag_on_one_side_and_off_on_the_other_is_a_conflict(tmp_path: Path) -> None:
    ours, theirs = _parted(tmp_path)
    with ours, theirs:
        ours.append(decide("ann", "Tag", [remove("a.jpg", "relabel"), add("a.jpg", "relabel")]))
        theirs.append(decide("bob", "Untag", [remove("a.jpg", "relabel")]))
        (conflict,) = ours.merge(theirs).conflicts
        assert (conflict.aspect, conflict.ours, conflict.theirs, conflict.kept) == (("tag", "relabel"), "relabel", None, None)


def test_after_a_merge_undo_minds_the_others_change(tmp_path: Path) -> None:
    ours, theirs = _parted(tmp_path)
    with ours, theirs:
        ours.append(decide("ann", "Tag", [add("x.jpg", "relabel")]))
        theirs.append(decide("bob", "Note", [note("x.jpg", "hm")]))
        ours.merge(theirs)
        with pytest.raises(StoreError, match="bob changed the same object"):
            ours.undo("ann")


def test_facts_of_both_projects_are_kept(tmp_path: Path) -> None:
    ours, theirs = _parted(tmp_path)
    with ours, theirs:

        def with_run(name: str, tag: str) -> Project:
            run = RunReference(name, FileReference(f"/data/{name}.json", f"{name}.json", sha256=name))
            return Project(runs=(run,), tag_set=(tag,), settings={"iou": 0.5}, saved_queries={name: {}})

        ours.change_project(lambda now: with_run("one", "relabel"))
        theirs.change_project(lambda now: replace(with_run("two", "discuss"), settings={"iou": 0.9, "score": 0.1}))
        ours.merge(theirs)
        project = ours.project()
        assert [run.name for run in project.runs] == ["one", "two"]
        # Relative to another folder it would mean another file.
        assert project.runs[1].file.relative is None
        assert project.tag_set == ("relabel", "discuss")
        assert project.settings == {"iou": 0.5, "score": 0.1}
        assert set(project.saved_queries) == {"one", "two"}


def test_a_run_that_both_know_keeps_the_names_of_both(tmp_path: Path) -> None:
    ours, theirs = _parted(tmp_path)
    with ours, theirs:

        def with_run(path: str, *hashes: str) -> Project:
            return Project(runs=(RunReference("run", FileReference(path, sha256=hashes[0]), hashes=hashes),))

        ours.change_project(lambda _: with_run("/data/run.json", "new", "old"))
        theirs.change_project(lambda _: with_run("/data/run.json", "theirs", "old"))
        ours.merge(theirs)
        assert [run.hashes for run in ours.project().runs] == [("new", "old", "theirs")]
        theirs.change_project(lambda _: with_run("/moved/run.json", "older", "old"))
        ours.merge(theirs)
        assert [run.hashes for run in ours.project().runs] == [("new", "old", "theirs", "older")]
