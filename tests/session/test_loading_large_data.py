"""Data that take a while to prepare: shown once they are read, with the outcomes of their first images."""

from __future__ import annotations

import pytest

from diag_gui.data import scratch
from diag_gui.evaluation import candidate_pairs
from diag_gui.evaluation.evaluator import evaluate
from diag_gui.session import loading, loading_job
from diag_gui.session.loading import PREPARE_KEY
from diag_gui.session.state import Change
from tests.formats.test_exif import exif, jpeg
from tests.session.small_session import N_FOUND, N_IMAGES


class TestLargeData:
    """Data that take a while to prepare are shown once they are read, with the outcomes of their first images."""

    @pytest.fixture(autouse=True)
    def _all_is_large(self, monkeypatch):
        monkeypatch.setattr(loading_job, "SHOWN_FIRST", 1)

    def test_first_the_data_then_the_numbers(self, nothing_open, files):
        heard = []

        def listen(change, origin):
            if change & Change.DATA:
                state = nothing_open.state
                heard.append((len(state.runs), state.evaluation is not None, state.first_look is not None))

        nothing_open.store.changed.connect(listen)
        nothing_open.open(files.everything)
        assert heard == [(2, False, True), (2, True, False)]
        state = nothing_open.state
        assert state.selection is not None
        assert state.current == state.selection.rows[0]
        assert all(facts is not None for facts in state.prepared)
        assert state.summary is not None

    def test_the_numbers_are_those_of_small_data(self, nothing_open, files, monkeypatch):
        nothing_open.open(files.everything)
        large = nothing_open.state
        monkeypatch.setattr(loading_job, "SHOWN_FIRST", 1 << 30)
        nothing_open.open(files.everything)
        small = nothing_open.state
        assert small.evaluation is not large.evaluation
        assert repr(small.evaluation.totals) == repr(large.evaluation.totals)
        assert small.selection.rows.tolist() == large.selection.rows.tolist()
        assert small.current == large.current

    def test_that_pictures_are_missing_is_told_once_the_data_are_shown(self, nothing_open, files, monkeypatch):
        monkeypatch.setattr(loading, "FIRST_PICTURE_MS", 1)
        picture = files.folder / "images" / "site_0" / "picture_000.jpg"
        picture.parent.mkdir(parents=True)
        picture.write_bytes(jpeg(exif()))
        said = []

        def listen(change, origin):
            if change & Change.DATA:
                said.append({group.code for group in nothing_open.state.reports[0].problems})

        nothing_open.store.changed.connect(listen)
        nothing_open.open([files.ground_truth, files.first])
        assert "picture-missing" not in said[0]
        assert "picture-missing" in said[-1]
        missing = next(group for group in nothing_open.state.reports[0].problems if group.code == "picture-missing")
        assert missing.count == N_IMAGES - 1
        assert "picture-missing" in nothing_open.state.notice.details
        later = nothing_open.state
        monkeypatch.setattr(loading_job, "SHOWN_FIRST", 1 << 30)
        nothing_open.open([files.ground_truth, files.first])
        assert nothing_open.state.reports == later.reports

    def test_a_further_run_leaves_what_is_shown_until_it_is_prepared(self, nothing_open, files):
        nothing_open.open([files.ground_truth, files.first])
        shown = []
        nothing_open.store.changed.connect(lambda change, origin: shown.append(nothing_open.state.evaluation is not None))
        nothing_open.open([files.second])
        assert nothing_open.state.run.name == "second"
        assert all(shown)

    def test_when_it_was_stopped_the_run_can_be_asked_for_again(self, nothing_open, files):
        controller = nothing_open.controller
        jobs, stopped = controller.jobs, []

        def stop(key):
            if key == PREPARE_KEY and not stopped:
                stopped.append(key)
                jobs.cancel(key)

        jobs.begun.connect(stop)
        nothing_open.open([files.ground_truth, files.first])
        assert stopped
        assert nothing_open.state.evaluation is None
        controller.data.set_active_run(0)
        nothing_open.settle()
        assert nothing_open.state.evaluation is not None
        assert nothing_open.state.first_look is None

    def test_what_would_not_fit_is_open_but_not_prepared_until_it_is_asked_for(self, nothing_open, files, monkeypatch):
        monkeypatch.setattr(loading, "free_memory", lambda: 1000)
        nothing_open.open([files.ground_truth, files.first])
        state = nothing_open.state
        assert state.run.name == "first"
        assert state.first_look is not None
        assert state.evaluation is None
        assert "GiB" in state.notice.text
        assert "--streamed" in state.notice.details
        nothing_open.controller.data.set_active_run(0)
        nothing_open.settle()
        assert nothing_open.state.evaluation is not None

    @pytest.mark.parametrize("free", [None, 1 << 40])
    def test_where_there_is_room_or_nobody_knows_nothing_is_said(self, nothing_open, files, monkeypatch, free):
        monkeypatch.setattr(loading, "free_memory", lambda: free)
        nothing_open.open([files.ground_truth, files.first])
        assert nothing_open.state.evaluation is not None

    def test_what_did_not_fit_is_not_prepared_because_metadata_are_joined(self, nothing_open, files, monkeypatch):
        for module in (loading, loading_job):
            monkeypatch.setattr(module, "free_memory", lambda: 1000)
        nothing_open.open([files.ground_truth, files.first])
        nothing_open.open([files.metadata])
        state = nothing_open.state
        assert "weather" in state.dataset.image_attributes.names
        assert (state.facts, state.evaluation, state.current) == (None, None, -1)
        assert state.first_look is not None
        assert "GiB" in state.notice.text
        nothing_open.open([files.second])
        assert [run.name for run in nothing_open.state.runs] == ["first", "second"]
        assert nothing_open.state.evaluation is None
        nothing_open.controller.data.set_active_run(0)
        nothing_open.settle()
        assert nothing_open.state.evaluation is not None

    def test_a_run_that_has_no_room_beside_what_is_shown_is_open_but_not_prepared(self, nothing_open, files, monkeypatch):
        nothing_open.open([files.ground_truth, files.first])
        assert nothing_open.state.evaluation is not None
        for module in (loading, loading_job):
            monkeypatch.setattr(module, "free_memory", lambda: 1000)
        nothing_open.open([files.second])
        assert nothing_open.state.run.name == "second"
        assert nothing_open.state.first_look is not None
        assert nothing_open.state.evaluation is None
        assert "GiB" in nothing_open.state.notice.text

    def test_metadata_joined_before_the_numbers_are_there_do_not_hold_them_up(self, nothing_open, files):
        nothing_open.controller.data.open_paths([files.ground_truth, files.first])
        nothing_open._qtbot.waitUntil(lambda: nothing_open.state.dataset is not None)
        nothing_open.open([files.metadata])
        state = nothing_open.state
        assert "weather" in state.dataset.image_attributes.names
        assert state.facts.dataset is state.dataset
        assert state.evaluation is not None

    def test_with_little_memory_columns_lie_in_files_and_say_the_same(self, nothing_open, files, monkeypatch, tmp_path):
        nothing_open.open(files.everything)
        in_memory = nothing_open.state
        monkeypatch.setenv("DIAG_GUI_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(scratch, "_WORTH_A_FILE", 1)
        monkeypatch.setattr(candidate_pairs, "SHARE_OF_MEMORY", 0.0)
        for module in (loading, loading_job):
            monkeypatch.setattr(module, "free_memory", lambda: 2 * N_FOUND * 260)
        nothing_open.open(files.everything)
        state = nothing_open.state
        assert state.facts.on_disk
        assert not state.facts.pairs.iou.flags.owndata
        assert nothing_open.controller._live.facts is state.facts
        assert repr(state.evaluation.totals) == repr(in_memory.evaluation.totals)
        assert state.selection.rows.tolist() == in_memory.selection.rows.tolist()
        assert state.evaluation.count_at_score == in_memory.evaluation.count_at_score
        assert repr(state.summary.figures) == repr(in_memory.summary.figures)
        assert in_memory.slices
        assert not state.slices, "the worst of all slices are not sought unasked"
        assert repr(state.costs.dap) == repr(in_memory.costs.dap)
        nothing_open.controller.thresholds.set_iou(0.75)
        nothing_open.settle()
        moved = nothing_open.state.evaluation
        assert repr(moved.totals) == repr(evaluate(in_memory.facts, moved.params).totals)
        # Files without a name: nothing is left behind, however the program ends.
        assert not list((tmp_path / "cache" / "scratch").iterdir())
