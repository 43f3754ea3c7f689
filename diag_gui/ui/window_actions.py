"""What the window can do: the table that menus, shortcuts, command palette and the sheet of keys are made from."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from diag_gui.ui.actions import ActionSpec, Needs
from diag_gui.ui.dialogs.wanted_scores_dialog import ask_scores
from diag_gui.ui.in_sight import when_seen
from diag_gui.ui.list_actions import list_actions
from diag_gui.ui.page_places import FAILURES, FILES, PROBLEMS, RUNS, SLICES
from diag_gui.ui.rule_actions import rule_actions
from diag_gui.ui.slice_actions import slice_actions
from diag_gui.ui.task_actions import task_actions

if TYPE_CHECKING:
    from diag_gui.ui.main_window import MainWindow


_NEEDS_OF_MENU = {"Go": Needs.FAILURES, "Review": Needs.CHOICE, "Thresholds": Needs.FAILURES}
_NEEDS = {
    "only-this-image": Needs.CHOICE,
    "tag-image": Needs.FAILURES,
    "choose-all": Needs.FAILURES,
    "filter": Needs.FAILURES,
    "no-filter": Needs.FAILURES,
    "query-back": Needs.FAILURES,
    "explain": Needs.FAILURES,
    "viewer-large": Needs.FAILURES,
    "zoom-to-failure": Needs.CHOICE,
    "fit": Needs.FAILURES,
    "zoom-in": Needs.FAILURES,
    "zoom-out": Needs.FAILURES,
    "truth": Needs.FAILURES,
    "predictions": Needs.FAILURES,
    "correct": Needs.FAILURES,
}


def window_actions(window: MainWindow) -> list[ActionSpec]:
    """Return the actions of ``window`` in the order of menus and sheet."""
    first = [*_file(window), *_edit(window), *_go(window), *_review(window), *slice_actions(window)]
    specs = [*first, *_thresholds(window), *_view(window), *_help(window)]
    return [replace(spec, needs=_NEEDS.get(spec.name, _NEEDS_OF_MENU.get(spec.menu, spec.needs))) for spec in specs]


def _file(window: MainWindow) -> list[ActionSpec]:
    data = window.controller.data
    return [
        ActionSpec("open", "Open …", "File", ("Ctrl+O",), window.open_dialog),
        ActionSpec("add-run", "Add predictions …", "File", ("Ctrl+Shift+O",), window.add_predictions_dialog),
        ActionSpec("add-metadata", "Join metadata …", "File", ("Ctrl+M",), window.metadata_dialog),
        ActionSpec("exif", "Read EXIF of the pictures", "File", ("Ctrl+Shift+M",), window.controller.data.read_exif),
        ActionSpec("check-pictures", "Check the pictures", "File", ("Ctrl+Shift+K",), window.controller.pictures.start),
        ActionSpec("image-folder", "Choose the image folder …", "File", ("Ctrl+I",), window.image_folder_dialog),
        ActionSpec("sample", "Open the sample", "File", ("Ctrl+Shift+D",), data.open_sample),
        ActionSpec("open-project", "Open a project …", "File", ("Ctrl+Shift+P",), window.project_dialog, group=1),
        ActionSpec("export", "Export …", "File", ("Ctrl+E",), window.export_dialog, group=1),
        ActionSpec("picture", "Save a picture of the window …", "File", ("Ctrl+Shift+S",), window.picture_dialog, group=1),
        ActionSpec("empty-cache", "Empty the column cache", "File", ("Ctrl+Shift+Backspace",), window.controller.cache.empty, 2),
        ActionSpec("quit", "Quit", "File", ("Ctrl+Q",), window.close, group=3),
    ]


def _edit(window: MainWindow) -> list[ActionSpec]:
    query = window.controller.query
    choose_all = window.controller.selection.choose_all
    return [
        ActionSpec("undo", "Undo", "Edit", ("U", "Ctrl+Z"), window.controller.undo),
        ActionSpec("redo", "Redo", "Edit", ("Shift+U", "Ctrl+Shift+Z", "Ctrl+Y"), window.controller.redo),
        ActionSpec("choose-all", "Choose all failures shown", "Edit", ("Ctrl+A",), choose_all, group=1),
        ActionSpec("filter", "Filter …", "Edit", ("/", "Ctrl+F"), window.focus_filter, group=2),
        ActionSpec("last-filter-off", "Take the last filter off", "Edit", ("Esc",), window.escape, group=2),
        ActionSpec("no-filter", "Take all filters off", "Edit", ("Ctrl+Backspace",), query.clear, group=2),
        ActionSpec("query-back", "Back to the filter before", "Edit", ("Alt+Left",), query.back, group=2),
        ActionSpec("copy-details", "Copy the details of the message", "Edit", ("Ctrl+Shift+C",), window.copy_notice, group=3),
        ActionSpec("messages", "Messages …", "Edit", ("Shift+N",), window.show_messages, group=3),
    ]


def _go(window: MainWindow) -> list[ActionSpec]:
    step, compare = window.controller.selection.step, window.controller.compare
    return [
        ActionSpec("next", "Next failure", "Go", ("Right", "J"), partial(step, 1)),
        ActionSpec("previous", "Previous failure", "Go", ("Left", "K"), partial(step, -1)),
        ActionSpec("row-down", "Next row", "Go", ("Down",), partial(window.step_line, 1), is_local=True),
        ActionSpec("row-up", "Previous row", "Go", ("Up",), partial(window.step_line, -1), is_local=True),
        ActionSpec("next-undecided", "Next without a decision", "Go", ("Tab", "Ctrl+J"), window.next_undecided, is_local=True),
        ActionSpec("only-this-image", "Only this image", "Go", ("I",), window.only_this_image, group=1),
        ActionSpec("next-run", "Next run", "Go", ("R",), compare.show_next_run, group=1),
        ActionSpec("next-baseline", "Compare with the next run", "Go", ("Ctrl+R",), compare.next_baseline, group=1),
    ]


def _review(window: MainWindow) -> list[ActionSpec]:
    review = window.controller.review
    tags = [
        ActionSpec(f"tag-{key}", f"Tag {key}", "Review", (str(key),), when_seen(window, partial(review.tag_by_key, key)))
        for key in range(1, 10)
    ]
    return [
        *tags,
        ActionSpec("label-is-fine", "The label is fine", "Review", ("0",), when_seen(window, review.toggle_fine)),
        ActionSpec("note", "Note …", "Review", ("N",), window.focus_note, group=1),
        ActionSpec("tag-image", "Tag the whole image, not the box", "Review", ("Shift+T",), window.toggle_tag_images, 1, True),
    ]


def _thresholds(window: MainWindow) -> list[ActionSpec]:
    move = window.controller.thresholds
    return [
        ActionSpec("iou-down", "IoU − .05", "Thresholds", ("[", "Ctrl+Down"), partial(move.step_iou, -0.05)),
        ActionSpec("iou-up", "IoU + .05", "Thresholds", ("]", "Ctrl+Up"), partial(move.step_iou, 0.05)),
        ActionSpec("score-down", "Score − .05", "Thresholds", (",", "Ctrl+Shift+Down"), partial(move.step_score, -0.05)),
        ActionSpec("score-up", "Score + .05", "Thresholds", (".", "Ctrl+Shift+Up"), partial(move.step_score, 0.05)),
        ActionSpec("score-best", "Score of the best F1", "Thresholds", ("B",), move.score_to_best_f1, group=1),
        ActionSpec("score-wanted", "Score for a precision or recall …", "Thresholds", ("W",), partial(ask_scores, window), 1),
        ActionSpec("defaults", "IoU .50 and score .25", "Thresholds", ("D",), move.reset, group=1),
        *rule_actions(window),
        *task_actions(window),
    ]


def _view(window: MainWindow) -> list[ActionSpec]:
    viewer = window.on_viewer
    return [
        ActionSpec("viewer-large", "Viewer large", "View", ("Return", "Enter", "F"), window.toggle_viewer_large, is_local=True),
        ActionSpec("explain", "Explain a number …", "View", ("E",), window.explaining.explain),
        ActionSpec("zoom-to-failure", "Zoom to the failure", "View", ("Z",), viewer("zoom_to_failure")),
        ActionSpec("fit", "Fit the image", "View", ("Space",), viewer("fit")),
        ActionSpec("zoom-in", "Zoom in", "View", ("+", "="), viewer("zoom_in")),
        ActionSpec("zoom-out", "Zoom out", "View", ("-",), viewer("zoom_out")),
        ActionSpec("truth", "Ground truth", "View", ("G",), viewer("toggle_truth"), 1),
        ActionSpec("predictions", "Predictions", "View", ("P",), viewer("toggle_predictions"), 1),
        ActionSpec("correct", "Correct ones", "View", ("C",), viewer("toggle_correct"), 1),
        ActionSpec("page-failures", "Failures", "View", ("F5",), partial(window.show_page, FAILURES), 2),
        ActionSpec("page-slices", "Slices", "View", ("F6",), partial(window.show_page, SLICES), 2),
        ActionSpec("page-runs", "Runs", "View", ("F7",), partial(window.show_page, RUNS), 2),
        ActionSpec("page-files", "Files", "View", ("F8",), partial(window.show_page, FILES), 2),
        ActionSpec("page-problems", "Problems", "View", ("F9",), partial(window.show_page, PROBLEMS), 2),
        *list_actions(window),
        ActionSpec("light", "Light theme", "View", ("Ctrl+L",), window.toggle_theme, 5, True, window.settings.theme == "light"),
        ActionSpec("full-screen", "Full screen", "View", ("F11",), window.toggle_full_screen, 5),
    ]


def _help(window: MainWindow) -> list[ActionSpec]:
    return [
        ActionSpec("commands", "Commands …", "Help", ("Ctrl+K",), window.commands),
        ActionSpec("keys", "Keys", "Help", ("?", "F1"), window.key_sheet),
        ActionSpec("about", "About diag-gui", "Help", (), window.about, group=1),
    ]
