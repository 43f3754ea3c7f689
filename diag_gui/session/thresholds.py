"""Verbs that move the thresholds and choose the rules of AP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from diag_gui.evaluation.params import IOU_MAXIMUM, IOU_MINIMUM, EvaluationParams
from diag_gui.evaluation.rule_settings import Rules, RuleSettings
from diag_gui.session.store import SessionStore


class ThresholdVerbs:
    """IoU and score of the operating point, and what AP goes by.

    Parameters
    ----------
    store : SessionStore
    refresh_view : callable
        Recomputes what is shown; a newer call supersedes the one before.
    """

    def __init__(self, store: SessionStore, refresh_view: Callable[[], None]) -> None:
        self._store = store
        self._refresh_view = refresh_view

    def set_iou(self, iou_threshold: float) -> None:
        """Match at IoU >= ``iou_threshold``, .10 to .95, on the grid of .01."""
        value = round(min(max(iou_threshold, IOU_MINIMUM), IOU_MAXIMUM), 2)
        self._set(replace(self._store.state.params, iou_threshold=value))

    def set_score(self, score_threshold: float) -> None:
        """Keep predictions with score >= ``score_threshold``, 0 to 1."""
        self._set(replace(self._store.state.params, score_threshold=min(max(score_threshold, 0.0), 1.0)))

    def step_iou(self, step: float) -> None:
        """Move the IoU threshold by ``step``."""
        self.set_iou(self._store.state.params.iou_threshold + step)

    def step_score(self, step: float) -> None:
        """Move the score threshold by ``step``, to the grid of .01."""
        self.set_score(round(self._store.state.params.score_threshold + step, 2))

    def score_to_best_f1(self) -> None:
        """Keep predictions from the score on at which F1 over all classes is best."""
        evaluation = self._store.state.evaluation
        if evaluation is not None and evaluation.totals.best_score == evaluation.totals.best_score:
            self.set_score(float(evaluation.totals.best_score))

    def reset(self) -> None:
        """Go back to the thresholds that window and command line start with."""
        defaults = EvaluationParams()
        self._set(
            replace(self._store.state.params, iou_threshold=defaults.iou_threshold, score_threshold=defaults.score_threshold)
        )

    def set_rules(self, rules: Rules) -> None:
        """Let AP go by ``rules``; the option of VOC's stays between its two ways to average."""
        params = self._store.state.params
        plus_one = params.rules.voc_plus_one and RuleSettings(rules).is_voc
        self._set(replace(params, rules=RuleSettings(rules, plus_one)))

    def toggle_voc_plus_one(self) -> None:
        """Count boxes one pixel wider and higher, or not any more; where AP is not by VOC's rules nothing is asked."""
        params = self._store.state.params
        if params.rules.is_voc:
            self._set(replace(params, rules=RuleSettings(params.rules.rules, not params.rules.voc_plus_one)))

    def _set(self, params: EvaluationParams) -> None:
        if params != self._store.state.params:
            self._store.commit("thresholds", params=params)
            self._refresh_view()
