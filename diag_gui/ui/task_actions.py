"""The actions that choose what is compared, with a mark at the one in force; offered where the data allow it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from diag_gui.evaluation.params import TASK_WORDS
from diag_gui.session.state import SessionState
from diag_gui.session.tasks import LACKING, TASK_CHOICES, possible_tasks
from diag_gui.ui.actions import Actions, ActionSpec

if TYPE_CHECKING:
    from diag_gui.ui.main_window import MainWindow

_GROUP = 3
_KEYS = {"bbox": "Shift+B", "segm": "Shift+M", "rotated": "Shift+R"}


def task_actions(window: MainWindow) -> list[ActionSpec]:
    """Return one action per shape that can be compared."""
    return [
        ActionSpec(f"compare-{task}", _text(task), "Thresholds", (_KEYS[task],), partial(_choose, window, task), _GROUP, True)
        for task in TASK_CHOICES
    ]


def _choose(window: MainWindow, task: str) -> None:
    window.controller.data.set_task(task)
    # A click takes or sets the mark at once; what is compared changes when the figures are there.
    mark_tasks(window.actions_by_name, window.store.state)


def mark_tasks(actions: Actions, state: SessionState) -> None:
    """Mark what is compared; what the data have no shapes for cannot be chosen and says so."""
    possible = possible_tasks(state.dataset, state.runs) if state.dataset is not None else ()
    for task in TASK_CHOICES:
        action = actions[f"compare-{task}"]
        is_possible = task in possible
        lacks = state.dataset is not None and not is_possible
        action.setText(_text(task) + (f" ({LACKING[task]})" if lacks else ""))
        action.setChecked(task == state.params.task)
        action.setEnabled(is_possible and state.selection is not None)


def _text(task: str) -> str:
    return f"Compare {TASK_WORDS[task]}"
