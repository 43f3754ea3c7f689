"""Folders are listed once per opening, told by count, and given up between batches."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from diag_gui.exceptions import FormatError
from diag_gui.formats import folder_listing
from diag_gui.formats.folder_listing import entries_of, files_below, listing
from diag_gui.formats.opening import open_ground_truth, recognise
from tests.formats.test_plain_voc import COMMON

TXT = frozenset({".txt"})


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the folders that are read, in order, once for each time."""
    read: list[str] = []
    scandir = os.scandir

    def counting(path: str) -> object:
        read.append(str(path))
        return scandir(path)

    monkeypatch.setattr(folder_listing.os, "scandir", counting)
    return read


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_listing, "_BATCH", 10)


def yolo_folder(folder: Path, n: int) -> Path:
    labels = folder / "set" / "labels" / "train"
    labels.mkdir(parents=True)
    for place in range(n):
        (labels / f"{place:04d}.txt").write_text("0 .5 .5 .2 .2\n")
    return folder / "set"


def test_names_are_relative_sorted_and_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/10.TXT", "a.txt", "c.xml", ".hidden/x.txt", "b/.y.txt", "__MACOSX/a.txt", "nodot"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    assert files_below(tmp_path, TXT) == ["a.txt", "b/10.TXT", "b/2.txt"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes in folders")
def test_links_and_pipes(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    (tmp_path / "lost.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.txt")
    assert files_below(tmp_path, TXT) == ["link.txt", "lost.txt", "pipe.txt", "real.txt"]
    assert files_below(tmp_path, TXT, only_regular=True) == ["link.txt", "real.txt"]
    assert entries_of(tmp_path).folders == ()


def test_what_cannot_be_read_is_empty(tmp_path: Path) -> None:
    assert files_below(tmp_path / "nowhere", TXT) == []


def test_opening_reads_each_folder_once(tmp_path: Path, scanned: list[str]) -> None:
    folder = yolo_folder(tmp_path, 30)
    with listing():
        assert recognise(folder).format == "yolo"
        opened = open_ground_truth(folder)
    assert len(opened.dataset.images) == 30
    assert scanned.count(str(folder / "labels" / "train")) == 1


def test_a_later_opening_sees_what_came_since(tmp_path: Path) -> None:
    folder = yolo_folder(tmp_path, 3)
    assert len(open_ground_truth(folder).dataset.images) == 3
    (folder / "labels" / "train" / "new.txt").write_text("0 .5 .5 .2 .2\n")
    assert len(open_ground_truth(folder).dataset.images) == 4


@pytest.mark.usefixtures("small_batches")
def test_the_count_grows_while_a_folder_is_listed(tmp_path: Path) -> None:
    told: list[int] = []
    with listing(told.append):
        files_below(yolo_folder(tmp_path, 95), TXT)
    assert told == sorted(told)
    assert set(range(10, 91, 10)) <= set(told)
    assert told[-1] == 95


@pytest.mark.usefixtures("small_batches")
def test_listing_is_given_up_between_batches(tmp_path: Path) -> None:
    folder = yolo_folder(tmp_path, 95)
    told: list[int] = []
    with pytest.raises(FormatError, match="cancelled"), listing(told.append, lambda: len(told) > 0 and told[-1] >= 40):
        recognise_then_open(folder)
    assert told[-1] == 40


def recognise_then_open(folder: Path) -> None:
    files_below(folder, TXT)
    open_ground_truth(folder)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("format", ["yolo", "voc"])
def test_opening_can_be_cancelled_before_the_first_file_is_read(format: str, tmp_path: Path) -> None:
    folder = yolo_folder(tmp_path, 95)
    if format == "voc":
        for file in list((folder / "labels" / "train").iterdir()):
            file.rename(file.with_suffix(".xml")).write_text(COMMON)
    shares: list[float] = []
    with pytest.raises(FormatError, match="cancelled"):
        open_ground_truth(folder, format=format, progress=shares.append, cancelled=lambda: len(shares) > 4)
    assert shares == [0.0] * 5
