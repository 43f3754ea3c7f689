"""The one state of the window: what is loaded, asked for and shown. Frozen; replaced whole by `SessionStore.commit`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Flag, auto
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from diag_gui.data.arrays import BoolArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ReadReport
from diag_gui.data.run import Run
from diag_gui.evaluation.calibration_bins import Binning
from diag_gui.evaluation.params import DEFAULT_BINS, EvaluationParams
from diag_gui.evaluation.query import Query, Selection
from diag_gui.evaluation.thresholds import ThresholdRule
from diag_gui.session.slice_history import SliceHistory
from diag_gui.session.slice_plots import SlicePlots
from diag_gui.session.slice_precision import SlicePrecisions
from diag_gui.session.slice_table import SliceTable

if TYPE_CHECKING:
    from diag_gui.evaluation.coco_summary import CocoSummary
    from diag_gui.evaluation.columns import TagColumns
    from diag_gui.evaluation.error_costs import ErrorCosts
    from diag_gui.evaluation.evaluator import Evaluation, RunFacts
    from diag_gui.evaluation.explanations.explanation import Explanation
    from diag_gui.evaluation.first_look import FirstLook
    from diag_gui.evaluation.slice_definitions import SliceDefinition
    from diag_gui.evaluation.slices import SliceResult
    from diag_gui.review.attach import ReviewState
    from diag_gui.session.calibrating import ShownCalibration
    from diag_gui.session.many_at_once import Question
    from diag_gui.session.open_runs import Differences, SideBySide
    from diag_gui.session.problems import ProblemList
    from diag_gui.session.slice_table import ListedSlice
    from diag_gui.session.wanted_scores import WantedScores


class Change(Flag):
    """Kinds of change that a commit announces."""

    DATA = auto()
    """Dataset, runs or the active run."""
    PARAMS = auto()
    """Wished thresholds; the evaluation follows."""
    EVALUATION = auto()
    """The shown evaluation."""
    FIGURES = auto()
    """What follows an evaluation with a delay: AP gains per error type, the twelve COCO figures, slices."""
    RUNS = auto()
    """The run compared with, and what stands side by side."""
    WANTED = auto()
    """The scores for a wanted precision or recall."""
    CALIBRATION = auto()
    """How far scores are from precision, and how they are gathered."""
    EXPLANATION = auto()
    """The account of a figure that somebody asked about."""
    QUERY = auto()
    """What is asked for."""
    SELECTION = auto()
    """The rows that the query selects."""
    CURRENT = auto()
    """The failure in question, or the rows chosen with it."""
    REVIEW = auto()
    """Tags, notes, verdicts, the project."""
    SLICES = auto()
    """The table of slices, or the slice in question."""
    SLICE_PLOTS = auto()
    """What is drawn beside the table of slices."""
    IMAGES = auto()
    """Where the pictures lie."""
    PROBLEMS = auto()
    """What is wrong or odd about the data."""
    BUSY = auto()
    """Work in the background."""
    NOTICE = auto()
    """A message for the user."""
    QUESTION = auto()
    """What is asked before many are decided about at once."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One job as the status bar shows it.

    Attributes
    ----------
    key : str
        Identifies the job for cancelling.
    label : str
        What it does, for people.
    fraction : float
        Done so far, 0..1; NaN where it cannot be told.
    detail : str
        What can be told instead, for people: how many files were found so far.
    """

    key: str
    label: str
    fraction: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that stays until the next one.

    Attributes
    ----------
    text : str
        One line.
    details : str
        Copyable; empty where there is nothing more to say.
    is_error : bool
        Shown as an error and kept until dismissed.
    """

    text: str
    details: str = ""
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class ProjectState:
    """The project behind the decisions.

    Attributes
    ----------
    path : Path or None
        The file; None before the first decision.
    tag_names : tuple of str
        The tags on keys 1 to 9, in order.
    undo, redo : str
        What the menu says: ``Undo tag 12 images``; empty where there is nothing.
    n_unsaved : int
        Operations not yet on disk.
    saved_slices : tuple of SliceDefinition
        Slices kept in the file, or on their way into it.
    decision : str
        Identity of the decision that undo would take back; empty for none.
    """

    path: Path | None = None
    tag_names: tuple[str, ...] = ()
    undo: str = ""
    redo: str = ""
    n_unsaved: int = 0
    saved_slices: tuple[SliceDefinition, ...] = ()
    decision: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class SessionState:
    """Everything the panels read.

    Attributes
    ----------
    dataset, runs : Dataset or None, tuple of Run
        What is loaded.
    active : int
        Index of the run in question; -1 without one.
    prepared : tuple of RunFacts or None
        One entry per run: its pairs and orders once they were computed.
    facts : RunFacts or None
        Pairs and orders of the active run; None while they are computed.
    params : EvaluationParams
        What the sliders say. ``evaluation.params`` is what is shown.
    evaluation : Evaluation or None
        What is shown.
    first_look : FirstLook or None
        What is known of the first images of large data while the evaluation is on its way.
    costs : ErrorCosts or None
        AP gained by repairing each error type; belongs to ``costs_params`` and ``costs_images``.
    costs_images : ndarray of bool, shape (I,), or None
        The images the costs speak of; None means all.
    summary : CocoSummary or None
        The twelve COCO figures of the active run on the images in question.
    mf1_yoltv4 : (Evaluation, float) or None
        mF1 (YOLTv4), and the evaluation whose thresholds and images it is of.
    slices : tuple of SliceResult
        Values of the chosen metadata column.
    chosen_baseline : int
        Index of the run that was chosen to compare with; -1 before one is. `compared` is what is compared with.
    side_by_side : SideBySide or None
        Every run at one operating point; None until somebody looks at it.
    differences : Differences or None
        Every run against the one compared with; of what they were computed for, which may be gone from the screen.
    wants_differences : bool
        Whether they are computed; not once somebody stopped that.
    compared_figure : str
        The figure whose differences are drawn: one of `bootstrap.FIGURES`.
    slice_table : SliceTable
        The slices listed and their figures.
    slices_of : Evaluation or None
        The evaluation that ``slice_table`` followed last.
    slice_own : tuple of ListedSlice
        Slices that were added or found since the data were opened.
    slice_precisions : SlicePrecisions
        AP and AP50 of the slices listed.
    slice_plots : SlicePlots
        What is drawn beside the table of slices.
    slice_history : SliceHistory
        What undo and redo do to ``slice_own`` and to the slices that are saved.
    slice_current : str
        Expression of the slice in question; empty for none.
    calibration : ShownCalibration or None
        How far scores are from precision; None until somebody looks at it.
    binning, n_bins
        How scores are gathered, as `calibrate` takes them.
    wanted_rule : ThresholdRule
        What scores are chosen by.
    wanted : WantedScores or None
        The scores so chosen; None until somebody asks.
    explanation : Explanation or None
        Where the figure comes from that somebody asked about last.
    query, selection : Query, Selection or None
        What is asked for and the outcome rows that answer it, in the order shown.
    current : int
        Outcome row in question; -1 for none.
    chosen : frozenset of int
        Outcome rows chosen together, ``current`` among them.
    review : ReviewState or None
        Decisions, attached to the rows of the loaded data.
    tag_columns : TagColumns or None
        The same as columns for expressions and queries.
    problems : ProblemList or None
        What is wrong or odd about the data, as of what was loaded when somebody asked; None before that.
    columns_chosen : tuple of (str, str)
        What was chosen for the columns of ground truth and of predictions, as text; empty where nothing was.
    tags_images : bool
        Whether tags, notes and "label is fine" go to the whole image instead of the box.
    question : Question or None
        What is asked before very many are decided about at once.
    """

    dataset: Dataset | None = None
    runs: tuple[Run, ...] = ()
    active: int = -1
    prepared: tuple[RunFacts | None, ...] = ()
    facts: RunFacts | None = None
    params: EvaluationParams = field(default_factory=EvaluationParams)
    evaluation: Evaluation | None = None
    first_look: FirstLook | None = None
    costs: ErrorCosts | None = None
    costs_params: EvaluationParams | None = None
    costs_images: BoolArray | None = None
    summary: CocoSummary | None = None
    mf1_yoltv4: tuple[Evaluation, float] | None = None
    slice_column: str = ""
    slices: tuple[SliceResult, ...] = ()
    chosen_baseline: int = -1
    side_by_side: SideBySide | None = None
    differences: Differences | None = None
    wants_differences: bool = True
    compared_figure: str = "AP"
    slice_table: SliceTable = field(default_factory=SliceTable)
    slices_of: Evaluation | None = None
    slice_own: tuple[ListedSlice, ...] = ()
    slice_history: SliceHistory = field(default_factory=SliceHistory)
    slice_current: str = ""
    calibration: ShownCalibration | None = None
    binning: Binning = "equal width"
    n_bins: int = DEFAULT_BINS
    slice_precisions: SlicePrecisions = field(default_factory=SlicePrecisions)
    slice_plots: SlicePlots = field(default_factory=SlicePlots)
    wanted_rule: ThresholdRule = field(default_factory=ThresholdRule)
    wanted: WantedScores | None = None
    explanation: Explanation | None = None
    query: Query = field(default_factory=Query)
    selection: Selection | None = None
    current: int = -1
    chosen: frozenset[int] = frozenset()
    review: ReviewState | None = None
    tag_columns: TagColumns | None = None
    tags_images: bool = False
    project: ProjectState = field(default_factory=ProjectState)
    image_root: Path | None = None
    columns_chosen: tuple[str, str] = ("", "")
    reports: tuple[ReadReport, ...] = ()
    problems: ProblemList | None = None
    busy: tuple[JobStatus, ...] = ()
    notice: Notice | None = None
    question: Question | None = None

    @property
    def run(self) -> Run | None:
        """The active run."""
        return self.runs[self.active] if 0 <= self.active < len(self.runs) else None

    @property
    def compared(self) -> int:
        """Index of the run compared with: the one that was chosen, else the first that is not shown; -1 with one run."""
        return self.compared_with(self.active)

    def compared_with(self, active: int) -> int:
        """Return `compared` if run ``active`` were shown; a run is never compared with itself."""
        n = len(self.runs)
        chosen = self.chosen_baseline
        if not 0 <= chosen < n or chosen == active:
            chosen = 0 if active != 0 else 1
        return chosen if chosen < n else -1

    @property
    def costs_are_of_what_is_shown(self) -> bool:
        """Whether the costs belong to the IoU threshold and the images of the evaluation shown."""
        if self.costs_params is None or self.evaluation is None:
            return False
        if self.costs_params.iou_threshold != self.evaluation.params.iou_threshold:
            return False
        images, shown = self.costs_images, self.evaluation.images
        return images is shown or (images is not None and shown is not None and np.array_equal(images, shown))


CHANGE_OF_FIELD: dict[str, Change] = {
    "dataset": Change.DATA,
    "runs": Change.DATA,
    "active": Change.DATA,
    "prepared": Change.DATA,
    "facts": Change.DATA,
    "reports": Change.DATA,
    "problems": Change.PROBLEMS,
    "params": Change.PARAMS,
    "evaluation": Change.EVALUATION,
    "first_look": Change.EVALUATION,
    "costs": Change.FIGURES,
    "costs_params": Change.FIGURES,
    "costs_images": Change.FIGURES,
    "summary": Change.FIGURES,
    "mf1_yoltv4": Change.FIGURES,
    "slice_column": Change.FIGURES,
    "slices": Change.FIGURES,
    "chosen_baseline": Change.RUNS,
    "side_by_side": Change.RUNS,
    "differences": Change.RUNS,
    "wants_differences": Change.RUNS,
    "compared_figure": Change.RUNS,
    "slice_table": Change.SLICES,
    "slices_of": Change.SLICES,
    "slice_own": Change.SLICES,
    "slice_history": Change.SLICES,
    "slice_current": Change.SLICES,
    "calibration": Change.CALIBRATION,
    "binning": Change.CALIBRATION,
    "n_bins": Change.CALIBRATION,
    "slice_precisions": Change.SLICES,
    "slice_plots": Change.SLICE_PLOTS,
    "wanted_rule": Change.WANTED,
    "wanted": Change.WANTED,
    "explanation": Change.EXPLANATION,
    "query": Change.QUERY,
    "selection": Change.SELECTION,
    "current": Change.CURRENT,
    "chosen": Change.CURRENT,
    "review": Change.REVIEW,
    "tag_columns": Change.REVIEW,
    "tags_images": Change.REVIEW,
    "project": Change.REVIEW,
    "image_root": Change.IMAGES,
    "columns_chosen": Change.DATA,
    "busy": Change.BUSY,
    "notice": Change.NOTICE,
    "question": Change.QUESTION,
}
