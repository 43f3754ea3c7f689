"""Every verb of the program by subject; panels call them, nothing else changes the state."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from diag_gui.data.arrays import BoolArray
from diag_gui.evaluation.coco_summary import CocoSummary, summarize
from diag_gui.evaluation.error_costs import ErrorCosts
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.mf1_yoltv4 import mf1_yoltv4
from diag_gui.evaluation.query import Query
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.slices import SliceResult
from diag_gui.evaluation.step_costs import costs_of
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.decode_worker import DecodeWorker
from diag_gui.session.caching import CacheVerbs
from diag_gui.session.calibrating import CalibrationVerbs
from diag_gui.session.checking_pictures import PictureCheckVerbs
from diag_gui.session.columns import ColumnVerbs
from diag_gui.session.comparing import DIFFERENCES_KEY, CompareVerbs
from diag_gui.session.explaining import ExplainVerbs
from diag_gui.session.exporting import ExportVerbs
from diag_gui.session.following import follow
from diag_gui.session.image_cache import ImageCache
from diag_gui.session.jobs import JobContext, Jobs, Lane
from diag_gui.session.loading import OPEN_KEY, LoadingVerbs
from diag_gui.session.loading_job import Loaded
from diag_gui.session.measuring import MeasureVerbs
from diag_gui.session.messages import MessageLog
from diag_gui.session.notices import notice_of
from diag_gui.session.problems import ProblemVerbs
from diag_gui.session.querying import QueryVerbs
from diag_gui.session.reviewing import ReviewVerbs
from diag_gui.session.selecting import SelectionVerbs
from diag_gui.session.settings import Settings
from diag_gui.session.slice_verbs import SliceVerbs
from diag_gui.session.slicing import StandingSlices, slices_of
from diag_gui.session.state import Notice
from diag_gui.session.store import SessionStore
from diag_gui.session.thresholds import ThresholdVerbs
from diag_gui.session.view import LiveRun, View, compute_view, make_live
from diag_gui.session.wanted_scores import WantedScoreVerbs

_REST_MS = 60
"""A slider that has not moved for so long rests: what cannot follow every step begins then and not between two."""


class Controller(QObject):
    """Composes the verbs and keeps what is shown in step with what is asked for.

    Parameters
    ----------
    store : SessionStore
    settings : Settings

    Attributes
    ----------
    data, cache, columns, thresholds, query, compare, calibration, wanted, selection, review, export, explain, slices,
    problems, measure, pictures
        The verbs, by subject.
    messages : MessageLog
        What was said.
    images : ImageCache
        Pictures, decoded in a worker process.
    jobs : Jobs
    """

    error_raised = Signal(object)
    """An error of another thread, on its way to `report_error`."""

    def __init__(self, store: SessionStore, settings: Settings) -> None:
        super().__init__()
        self._store = store
        self._settings = settings
        # The image mask that the shown costs and summary belong to.
        self._figured_images: BoolArray | None = None
        self._costs_were_cancelled = False
        self._slices_were_cancelled = False
        self._live: LiveRun | None = None
        self._query_shown: Query | None = None
        self._standing: StandingSlices | None = None
        self.jobs = Jobs(self.report_error)
        self.jobs.status_changed.connect(self._show_jobs)
        self.messages = MessageLog(store)
        self.images = ImageCache(store, DecodeWorker())
        self.jobs.begun.connect(self._expect_pictures)
        cache = ColumnCache()
        self.cache = CacheVerbs(store, self.jobs, cache)
        self.thresholds = ThresholdVerbs(store, self.refresh_view)
        self.query = QueryVerbs(store, self.refresh_view, self.refresh_slices)
        self.calibration = CalibrationVerbs(store, self.jobs)
        self.wanted = WantedScoreVerbs(store, self.jobs)
        self.compare = CompareVerbs(store, self.jobs, self.refresh_view, self.query, self._show_run)
        self.columns = ColumnVerbs(self.jobs, settings)
        self.data = LoadingVerbs(store, self.jobs, self._adopt_view, self._on_loaded, cache, self.compare, self.columns)
        self.review = ReviewVerbs(store, self.jobs, self._on_decided, lambda: self.jobs.is_wanted("view"))
        # Whatever ends, decisions may have waited for it.
        self.jobs.status_changed.connect(self.review.release)
        self.selection = SelectionVerbs(store, self.review.decided_rows)
        self.export = ExportVerbs(store, self.jobs, self.compare.fates_in_all)
        self.explain = ExplainVerbs(store, self.jobs)
        self.slices = SliceVerbs(store, self.jobs, self.query, self.review, self.compare.open_runs)
        self.measure = MeasureVerbs(store, self.jobs, self.slices.follow_measures)
        self.pictures = PictureCheckVerbs(store, self.jobs, self.images)
        self.problems = ProblemVerbs(store, self.jobs, self.query, self.selection, self.pictures.laid_onto)
        self.error_raised.connect(partial(self.report_error, "Something went wrong"), Qt.ConnectionType.QueuedConnection)

    def refresh_view(self) -> None:
        """Compute what is shown for the thresholds and the query in force; a newer call supersedes this one."""
        state = self._store.state
        facts = state.facts
        if facts is None:
            return
        previous = state.evaluation
        if previous is not None and previous.params.iou_threshold != state.params.iou_threshold and self.jobs.is_wanted("costs"):
            # Gains at the former threshold are nobody's wish any more, and the view needs the processor now.
            self.jobs.cancel("costs")
            self._costs_were_cancelled = True
        # That of an evaluation that is about to be gone is shown by nobody: what is adopted next asks for its own.
        self.jobs.cancel("mf1")
        if previous is not None and previous.params != state.params:
            # Of another operating point: the view that shows it asks for them again.
            self.jobs.cancel("mf1")
            if not state.slice_column and self.jobs.is_wanted("slices"):
                self.jobs.cancel("slices")
                self._slices_were_cancelled = True
        live = self._live if self._live is not None and self._live.facts is facts else None
        fates_of = self.compare.fates_of(state, state.active) if state.query.asks_for_fates else None
        self.jobs.submit(
            "view",
            lambda _context: compute_view(facts, state.params, state.query, state.tag_columns, previous, live, fates_of),
            self._adopt_view,
            label="Evaluating",
            is_current=lambda: self._store.state.facts is facts,
        )

    def _follow_thresholds(self) -> None:
        """Prepare what lets the view of the active run follow the thresholds; until it is there each step is matched anew."""
        facts = self._store.state.facts
        if facts is None or (self._live is not None and self._live.facts is facts):
            return
        self._live = None
        self.jobs.submit(
            "live",
            lambda context: make_live(facts, context.progress, context.cancelled),
            self._adopt_live,
            lane=Lane.BACKGROUND,
            is_current=lambda: self._store.state.facts is facts,
            replaces_running=True,
        )

    def _adopt_live(self, live: LiveRun | None) -> None:
        self._live = live

    def refresh_slices(self) -> None:
        """Compute the values of the chosen metadata column at the shown thresholds."""
        state = self._store.state
        facts, evaluation, column = state.facts, state.evaluation, state.slice_column
        if facts is None or evaluation is None:
            return
        if facts.on_disk and not column:
            # The worst of all slices, which nobody asked for, takes gigabytes there, and Python's lock for seconds.
            return
        if self._standing is None or self._standing.facts is not facts:
            self._standing = StandingSlices(facts)
        standing = self._standing
        self._slices_were_cancelled = False
        self.jobs.submit(
            "slices",
            lambda context: slices_of(standing, evaluation, column, context.cancelled),
            self._adopt_slices,
            lane=Lane.BACKGROUND,
            is_current=lambda: self._store.state.facts is facts and self._store.state.slice_column == column,
            rest_ms=0 if column else _REST_MS,
        )

    @property
    def is_idle(self) -> bool:
        """Whether no job runs or waits and no picture in sight is on its way."""
        return self.jobs.is_idle and self.images.is_idle

    def cancel(self, key: str) -> None:
        """Stop the job ``key``; what was stopped once is not begun again unasked."""
        if key == DIFFERENCES_KEY:
            self.compare.set_wants_differences(False)
        self.slices.precision.note_cancel(key)
        self.jobs.cancel(key)

    def undo(self) -> None:
        """Take back what was done last: a change of the list of slices, or a decision."""
        self.review.undo(self.slices.undo)

    def redo(self) -> None:
        """Bring back what was undone last."""
        self.review.redo(self.slices.redo)

    def say(self, text: str) -> None:
        """Show a line in the status bar."""
        self._store.commit("controller", notice=Notice(text))

    def dismiss_notice(self) -> None:
        """Take the line in the status bar away."""
        self._store.commit("controller", notice=None)

    def report_error(self, label: str, error: Exception) -> None:
        """Say that the work called ``label`` failed, in words and with details to copy."""
        self._store.commit("controller", notice=notice_of(label, error))

    def close(self) -> None:
        """Finish every write, then stop all workers."""
        self.review.close()
        self.jobs.close()
        self.images.close()

    def _show_run(self, index: int) -> None:
        self.data.set_active_run(index)

    def _adopt_view(self, view: View, **along: Any) -> None:
        """Show ``view``; ``along`` are fields that change in the same commit."""
        old = self._store.state
        if view.facts is not along.get("facts", old.facts):
            return
        fields: dict[str, Any] = {**along, "evaluation": view.evaluation, "selection": view.selection}
        # Only where the same is asked does a row that is gone have a place: what took it in another list is no neighbour.
        is_asked_again = "facts" not in along and view.query == self._query_shown
        before = old.selection.rows if old.selection is not None and is_asked_again else None
        self._query_shown = view.query
        asked = fields.get("current", old.current), fields.get("chosen", old.chosen)
        current, chosen = follow(before, view.selection.rows, *asked)
        if current != old.current:
            fields["current"] = current
        fields["chosen"] = old.chosen if chosen == old.chosen else chosen
        self._store.commit("view", **fields)
        self._live = view.live or self._live
        self._follow_thresholds()
        if old.facts is not view.facts:
            self.measure.follow()
        self._refresh_figures(view.evaluation)
        if not self.jobs.is_wanted("view"):
            self.compare.refresh()
            self.calibration.refresh()
            self.wanted.refresh()
            if old.evaluation is not view.evaluation or self._slices_were_cancelled:
                self.refresh_slices()
            if old.evaluation is not view.evaluation:
                self.slices.refresh()
            else:
                self.slices.follow_query()
        # A view that is on its way answers what was asked since, unless it is about the facts before these.
        if "facts" in along if self.jobs.is_wanted("view") else self._is_overtaken(view):
            self.refresh_view()

    def _is_overtaken(self, view: View) -> bool:
        """Return whether something else was asked for while ``view`` was computed."""
        state = self._store.state
        if (view.params, view.query) != (state.params, state.query):
            return True
        return view.tags is not state.tag_columns and state.query.asks_for_decisions

    def _refresh_figures(self, evaluation: Evaluation) -> None:
        """Compute what does not follow a slider at once: gains per error type and COCO's twelve figures."""
        state = self._store.state
        facts, params = state.facts, evaluation.params
        if facts is None or self.jobs.is_wanted("view"):
            # A slider is moving: the view that is on its way asks again, and need not share the processor until then.
            return

        def is_of_what_is_shown() -> bool:
            now = self._store.state
            return now.facts is facts and now.evaluation is not None and now.evaluation.images is evaluation.images

        def is_at_the_iou_shown() -> bool:
            # Back at the IoU of the gains shown nothing is asked again: those of another IoU must not come over them.
            now = self._store.state.evaluation
            return is_of_what_is_shown() and now is not None and now.params.iou_threshold == params.iou_threshold

        shown = state.costs_params
        is_fresh = shown is not None and shown.iou_threshold == params.iou_threshold and self._same_images(evaluation)
        if not is_fresh or self._costs_were_cancelled:
            self._costs_were_cancelled = False
            self.jobs.submit(
                "costs",
                lambda context: (costs_of(facts, evaluation, cancelled=context.cancelled), evaluation),
                self._adopt_costs,
                lane=Lane.BACKGROUND,
                is_current=is_at_the_iou_shown,
                rest_ms=_REST_MS,
            )
        if state.summary is None or not self._same_images(evaluation):
            self.jobs.submit(
                "summary",
                partial(_summarize, facts, evaluation),
                self._adopt_summary,
                lane=Lane.BACKGROUND,
                is_current=is_of_what_is_shown,
            )
        if state.mf1_yoltv4 is None or state.mf1_yoltv4[0] is not evaluation:
            self.jobs.submit(
                "mf1",
                lambda context: (
                    evaluation,
                    mf1_yoltv4(facts, params, images=evaluation.images, workers=1, cancelled=context.cancelled),
                ),
                self._adopt_mf1,
                lane=Lane.BACKGROUND,
                is_current=lambda: self._store.state.evaluation is evaluation,
                rest_ms=_REST_MS,
            )
        self._figured_images = evaluation.images

    def _same_images(self, evaluation: Evaluation) -> bool:
        return evaluation.images is self._figured_images

    def _adopt_costs(self, answer: tuple[ErrorCosts, Evaluation]) -> None:
        costs, of = answer
        self._store.commit("figures", costs=costs, costs_params=of.params, costs_images=of.images)

    def _adopt_summary(self, summary: CocoSummary) -> None:
        self._store.commit("figures", summary=summary)

    def _adopt_mf1(self, found: tuple[Evaluation, float]) -> None:
        self._store.commit("figures", mf1_yoltv4=found)

    def _adopt_slices(self, slices: tuple[SliceResult, ...]) -> None:
        self._store.commit("figures", slices=slices)

    def _on_loaded(self, loaded: Loaded) -> None:
        state = self._store.state
        self._query_shown = loaded.view.query if loaded.view is not None else None
        if loaded.is_new:
            paths = [loaded.dataset.source.path, *(run.source.path for run in loaded.runs)]
            known = {*paths, *(source.path for run in loaded.runs for source in run.sources)}
            paths += [report.path for report in loaded.reports if report.path not in known]
            self._settings.remember([str(path) for path in paths])
            self.query.forget_history()
            self.review.open_desk(loaded.project)
        else:
            self.review.follow_data()
        if state.evaluation is not None:
            if loaded.view is not None and loaded.view.live is not None:
                self._live = loaded.view.live
            self._follow_thresholds()
            self._figured_images = None
            self._refresh_figures(state.evaluation)
            self.measure.follow()
            self.refresh_slices()
            self.compare.refresh()
            self.slices.refresh()
            self.calibration.refresh()
            self.wanted.refresh()
            if loaded.view is not None and (loaded.view.params != state.params or loaded.view.query != state.query):
                self.refresh_view()

    def _on_decided(self) -> None:
        """Filters that ask for decisions follow them."""
        if self._store.state.query.asks_for_decisions:
            self.refresh_view()
        self.slices.refresh()

    def _expect_pictures(self, key: str) -> None:
        if key == OPEN_KEY:
            self.images.expect()

    def _show_jobs(self) -> None:
        busy = self.jobs.statuses()
        if busy != self._store.state.busy:
            self._store.commit("jobs", busy=busy)


def _summarize(facts: RunFacts, evaluation: Evaluation, context: JobContext) -> CocoSummary:
    return summarize(facts, images=evaluation.images, cancelled=context.cancelled)
