"""The actions that choose what AP goes by, with a mark at the one in force and the reason where data do not allow one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from diag_gui.evaluation.rule_settings import Rules, RuleSettings
from diag_gui.session.state import SessionState
from diag_gui.ui.actions import Actions, ActionSpec, Needs

if TYPE_CHECKING:
    from diag_gui.ui.main_window import MainWindow

_GROUP = 2
_PLUS_ONE = "voc-plus-one"


def rule_actions(window: MainWindow) -> list[ActionSpec]:
    """Return one action per set of rules, and one for the option of VOC's."""
    rules = [
        ActionSpec(_name(one), _text(one), "Thresholds", (f"Alt+{key}",), partial(_choose, window, one), _GROUP, True)
        for key, one in enumerate(Rules, start=1)
    ]
    keys = (f"Alt+{len(rules) + 1}",)
    plus_one = partial(_toggle_plus_one, window)
    return [*rules, ActionSpec(_PLUS_ONE, "VOC: one pixel more", "Thresholds", keys, plus_one, _GROUP, True)]


def _choose(window: MainWindow, rules: Rules) -> None:
    window.controller.thresholds.set_rules(rules)
    # A click on the rules in force takes the mark off and changes nothing else.
    mark_rules(window.actions_by_name, window.store.state)


def _toggle_plus_one(window: MainWindow) -> None:
    window.controller.thresholds.toggle_voc_plus_one()
    mark_rules(window.actions_by_name, window.store.state)


def mark_rules(actions: Actions, state: SessionState) -> None:
    """Mark the rules in force; those that the data lack something for cannot be chosen and say what it is."""
    in_force = state.params.rules
    for one in Rules:
        action = actions[_name(one)]
        lacking = RuleSettings(one).lacking(state.dataset) if state.dataset is not None else ""
        action.setText(_text(one) + (" (needs lists of classes)" if lacking else ""))
        action.setChecked(one is in_force.rules)
        action.setEnabled(_allows(actions, action.objectName(), state) and not lacking)
    actions[_PLUS_ONE].setChecked(in_force.voc_plus_one)
    actions[_PLUS_ONE].setEnabled(_allows(actions, _PLUS_ONE, state) and in_force.is_voc)


def _allows(actions: Actions, name: str, state: SessionState) -> bool:
    """Return whether there is an evaluated run, where the action needs one."""
    spec = next(spec for spec in actions.specs if spec.name == name)
    return spec.needs is Needs.NOTHING or state.selection is not None


def _name(rules: Rules) -> str:
    return f"rules-{rules}"


def _text(rules: Rules) -> str:
    return f"AP by {RuleSettings(rules).text}"
