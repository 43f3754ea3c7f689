"""Odd files and folders dropped on the window: each gets a clear message, and costs nothing that is loaded."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from tests.ui.small_window import settle

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="no FIFOs and other rights")


def drop(qtbot, window, *paths: Path) -> None:
    """Drop files on the window as a file browser does."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    at = QPointF(window.rect().center())
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at.toPoint(), Qt.DropAction.CopyAction, mime, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    event = QDropEvent(at, Qt.DropAction.CopyAction, mime, left, none)
    QApplication.sendEvent(window, event)
    assert event.isAccepted()
    settle(qtbot, window)


def empty_folder(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def two_formats(folder: Path) -> Path:
    both = folder / "both"
    both.mkdir()
    for name in ("a.json", "b.json"):
        document = {"images": [], "categories": [], "annotations": []}
        (both / name).write_text(json.dumps(document))
    return both


def archive(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "set.zip", "w") as file:
        file.writestr("labels/a.txt", "0 .5 .5 .1 .1\n")
    return folder / "set.zip"


def loop(folder: Path) -> Path:
    (folder / "loop").mkdir()
    (folder / "loop" / "again").symlink_to(folder / "loop", target_is_directory=True)
    return folder / "loop"


def link_to_itself(folder: Path) -> Path:
    (folder / "self").symlink_to(folder / "self")
    return folder / "self"


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.json")
    return folder / "pipe.json"


def folder_of_fifos(folder: Path) -> Path:
    (folder / "pipes").mkdir()
    for name in ("a.json", "b.txt", "c.xml", "data.yaml", "d.jpg"):
        os.mkfifo(folder / "pipes" / name)
    return folder / "pipes"


def nothing_in_it(folder: Path) -> Path:
    (folder / "nothing.json").touch()
    return folder / "nothing.json"


def gone(folder: Path) -> Path:
    return folder / "gone.json"


def odd_name(folder: Path) -> Path:
    path = folder / "a folder\nof ünïcode 図" / "no <b>labels.bin"
    path.parent.mkdir()
    path.write_bytes(bytes(range(256)))
    return path


def binary(folder: Path) -> Path:
    (folder / "weights.pt").write_bytes(b"\x80\x02\x00\x8a" * 500)
    return folder / "weights.pt"


ODD = {
    empty_folder: "without labels, detections or pictures",
    two_formats: "",
    archive: "zip",
    loop: "",
    link_to_itself: "cannot be read",
    fifo: "not a regular file",
    folder_of_fifos: "",
    nothing_in_it: "the file is empty",
    gone: "cannot be read",
    odd_name: "binary data",
    binary: "binary data",
}


@needs_posix
@pytest.mark.parametrize(("make", "words"), ODD.items(), ids=[make.__name__ for make in ODD])
def test_it_is_named_with_the_reason_and_what_is_loaded_stays(qtbot, window, tmp_path, make: Callable, words: str) -> None:
    before = window.store.state
    path = make(tmp_path)
    drop(qtbot, window, path)
    state = window.store.state
    assert state.notice is not None
    assert state.notice.is_error
    assert path.name.split("\n")[0] in state.notice.text
    assert words in state.notice.text
    assert (state.dataset, state.runs, state.evaluation, state.current) == (
        before.dataset, before.runs, before.evaluation, before.current,
    )  # fmt: skip


@needs_posix
@pytest.mark.parametrize("make", ODD, ids=[make.__name__ for make in ODD])
def test_beside_ground_truth_it_is_passed_over_and_said(qtbot, empty_window, files, tmp_path, make: Callable) -> None:
    path = make(tmp_path)
    if make is two_formats:
        # Two ground truths at once are refused whole: nobody can tell which is meant.
        drop(qtbot, empty_window, *files.both, path)
        assert empty_window.store.state.notice.is_error
        return
    drop(qtbot, empty_window, path, *files.both)
    state = empty_window.store.state
    assert state.evaluation is not None
    assert [run.name for run in state.runs] == ["first", "second"]
    assert f"{path.name} was not opened: " in state.notice.text.replace(": was", " was")
    assert not state.notice.is_error


@pytest.mark.parametrize("is_folder", [False, True])
def test_what_may_not_be_read_is_said(qtbot, window, files, tmp_path, monkeypatch, is_folder: bool) -> None:
    path = tmp_path / "locked"
    if is_folder:
        path.mkdir()
    else:
        shutil.copyfile(files.ground_truth, path)

    # Rights mean nothing to an administrator, who may well run this.
    def refusing(function: Callable) -> Callable:
        def call(which=".", *args, **kwargs):
            if str(which) == str(path):
                raise PermissionError(13, "Permission denied", str(path))
            return function(which, *args, **kwargs)

        return call

    monkeypatch.setattr(os, "scandir", refusing(os.scandir))
    monkeypatch.setattr(io, "open", refusing(io.open))
    before = window.store.state.dataset
    drop(qtbot, window, path)
    monkeypatch.undo()
    assert "locked" in window.store.state.notice.text
    assert "Permission denied" in window.store.state.notice.text
    assert window.store.state.dataset is before


def test_a_folder_of_pictures_is_that_of_the_loaded_images_or_none_of_theirs(qtbot, window, tmp_path) -> None:
    before = window.store.state
    folder = tmp_path / "holiday pictures"
    folder.mkdir()
    cv2.imwrite(str(folder / "beach.png"), np.zeros((20, 30, 3), np.uint8))
    drop(qtbot, window, folder)
    state = window.store.state
    assert state.notice.is_error
    assert "none of the 32 images is below" in state.notice.text
    assert "holiday pictures" in state.notice.text
    assert state.dataset is before.dataset


def test_a_folder_of_pictures_alone_asks_for_ground_truth(qtbot, empty_window, tmp_path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    cv2.imwrite(str(folder / "beach.png"), np.zeros((20, 30, 3), np.uint8))
    drop(qtbot, empty_window, folder)
    assert "open ground truth first" in empty_window.store.state.notice.text


def test_a_second_folder_of_pictures_and_one_of_others_are_said(qtbot, empty_window, files, tmp_path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "beach.png"), np.zeros((20, 30, 3), np.uint8))
    drop(qtbot, empty_window, *files.both, tmp_path / "one", tmp_path / "two")
    state = empty_window.store.state
    assert state.evaluation is not None
    assert "two: was not opened: pictures are looked for in one folder at a time" in state.notice.details
    assert "one: was not opened: none of the 32 images is below it" in state.notice.details


def test_folders_and_files_of_odd_names_open(qtbot, empty_window, files, tmp_path) -> None:
    folder = tmp_path / "données de\ntest #1 %20 図"
    folder.mkdir()
    for path in files.both:
        shutil.copyfile(path, folder / f"<i>{path.name}")
    drop(qtbot, empty_window, *sorted(folder.iterdir(), reverse=True))
    assert empty_window.store.state.evaluation is not None, empty_window.store.state.notice
