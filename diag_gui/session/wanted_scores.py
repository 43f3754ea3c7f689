"""The verbs that choose a score per class for a wanted precision or recall, or the best F1, and write them to a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from diag_gui.data.arrays import BoolArray
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import Evaluation
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.query import images_only
from diag_gui.evaluation.run_facts import RunFacts
from diag_gui.evaluation.thresholds import ChosenThresholds, ThresholdRule, choose_thresholds
from diag_gui.formats.report_figures import json_text
from diag_gui.formats.threshold_file import thresholds_document
from diag_gui.formats.whole_file import write_whole
from diag_gui.session.jobs import Jobs, Lane
from diag_gui.session.looked_at import LookedAt
from diag_gui.session.state import Notice
from diag_gui.session.store import SessionStore


@dataclass(frozen=True, slots=True, eq=False)
class WantedScores:
    """Scores that were chosen, and what for.

    Attributes
    ----------
    chosen : ChosenThresholds
    facts : RunFacts
    images : ndarray of bool, shape (I,), or None
    params : EvaluationParams
        Its score plays no part.
    """

    chosen: ChosenThresholds
    facts: RunFacts
    images: BoolArray | None
    params: EvaluationParams


class WantedScoreVerbs:
    """A score per class and for all together, while somebody looks at them.

    Parameters
    ----------
    store : SessionStore
    jobs : Jobs

    Attributes
    ----------
    look, refresh
        Of `LookedAt`: whether somebody looks, and that what is shown has changed.
    """

    def __init__(self, store: SessionStore, jobs: Jobs) -> None:
        self._store = store
        self._jobs = jobs
        self._scores = LookedAt(store, jobs, "wanted", "Choosing scores", self._is_shown, self._asking, self._adopt)
        self.look, self.refresh = self._scores.look, self._scores.refresh

    def set_rule(self, rule: ThresholdRule) -> None:
        """Choose by ``rule``."""
        if rule != self._store.state.wanted_rule:
            self._store.commit("wanted", wanted_rule=rule)
            self.refresh()

    def _asking(self, facts: RunFacts, evaluation: Evaluation) -> Callable[[], WantedScores]:
        """Return what chooses scores at the shown IoU on the images in question."""
        rule = self._store.state.wanted_rule
        return lambda: WantedScores(choose_thresholds(facts, evaluation, rule), facts, evaluation.images, evaluation.params)

    def save(self, path: Path) -> None:
        """Write the scores shown to ``path`` as JSON, as ``evaluate --thresholds`` does."""
        state, shown = self._store.state, self._store.state.wanted
        if shown is None or state.evaluation is None:
            return
        asked = images_only(state.query, ColumnCatalog(shown.facts, tags=state.tag_columns))
        where = " AND ".join(asked if len(asked) == 1 else [f"({text})" for text in asked]) or None
        params = state.evaluation.params

        def write(_context: object) -> Path:
            document = thresholds_document(shown.facts.dataset, [(shown.facts.run.name, shown.chosen)], params, where)
            write_whole(path, f"{json_text(document)}\n".encode("utf-8", "surrogateescape"))
            return path

        self._jobs.submit(f"write {path}", write, self._say, label=f"Writing {path.name}", lane=Lane.BACKGROUND)

    def _is_shown(self) -> bool:
        state, shown = self._store.state, self._store.state.wanted
        if shown is None or state.evaluation is None:
            return False
        same_data = shown.facts is state.facts and shown.images is state.evaluation.images
        same_point = shown.params.iou_threshold == state.evaluation.params.iou_threshold
        return same_data and same_point and shown.chosen.rule == state.wanted_rule

    def _adopt(self, found: WantedScores) -> None:
        self._store.commit("wanted", wanted=found)

    def _say(self, path: Path) -> None:
        self._store.commit("wanted", notice=Notice(f"Scores written to {path.name}", str(path)))
