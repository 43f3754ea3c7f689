"""A session without widgets on a small scene on disk: every error type once per copy of four images, two runs, metadata.

Per copy, at IoU .50 and score .25, run ``first`` has 2 correct predictions and one error of each type; seven predictions are
kept, 2 are right, 4 of the 6 labels are not found. ``second`` lacks the duplicate, and finds the loosely boxed cat well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from diag_gui.session.controller import Controller
from diag_gui.session.settings import Settings
from diag_gui.session.state import SessionState
from diag_gui.session.store import SessionStore
from tests.ui.failure_scene import CLASSES, FOUND, SIZE, TRUTH

COPIES = 8
N_IMAGES, N_TRUTH, N_FOUND = 4 * COPIES, len(TRUTH) * COPIES, len(FOUND) * COPIES
CAT, DOG, BEAR, BACKGROUND = 0, 1, 2, 3
WEATHER = ("sun", "fog", "sun", "")
DUPLICATE, LOOSE = 5, 2


@dataclass(frozen=True)
class Files:
    """Where the files of the scene lie."""

    folder: Path
    ground_truth: Path
    first: Path
    second: Path
    metadata: Path

    @property
    def both(self) -> list[Path]:
        """What makes a session with both runs and without metadata."""
        return [self.ground_truth, self.first, self.second]

    @property
    def everything(self) -> list[Path]:
        return [*self.both, self.metadata]


def put_pictures(folder: Path) -> Path:
    """Write the beginning of a picture for each image of the scene."""
    for row in range(N_IMAGES):
        path = folder / f"site_{row % 4}" / f"picture_{row:03d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff\xd8\xff")
    return folder


def write_files(folder: Path, copies: int = COPIES) -> Files:
    """Write the scene, its four images repeated ``copies`` times."""
    folder.mkdir(parents=True, exist_ok=True)
    files = Files(folder, *(folder / name for name in ("truth.json", "first.json", "second.json", "weather.csv")))
    images = [
        {"id": row + 1, "file_name": f"site_{row % 4}/picture_{row:03d}.jpg", "width": SIZE[0], "height": SIZE[1]}
        for row in range(4 * copies)
    ]
    annotations = [
        {"image_id": image + 4 * copy + 1, "category_id": label + 1, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
        for copy in range(copies)
        for image, label, *box in TRUTH
    ]
    document = {
        "images": images,
        "annotations": [{"id": number, **annotation} for number, annotation in enumerate(annotations, start=1)],
        "categories": [{"id": place, "name": name} for place, name in enumerate(CLASSES, start=1)],
    }
    files.ground_truth.write_text(json.dumps(document), encoding="utf-8")
    files.first.write_text(json.dumps(_results(dict(enumerate(FOUND)), copies)), encoding="utf-8")
    better = {place: found for place, found in enumerate(FOUND) if place != DUPLICATE}
    better[LOOSE] = (1, 0, 21, 20, 60, 60, 0.7)
    files.second.write_text(json.dumps(_results(better, copies)), encoding="utf-8")
    lines = [f"{image['file_name']},{WEATHER[row % 4]},{row // 4}\n" for row, image in enumerate(images)]
    files.metadata.write_text("file_name,weather,flight\n" + "".join(lines), encoding="utf-8")
    return files


def _results(found: dict[int, tuple[float, ...]], copies: int) -> list[dict[str, object]]:
    return [
        {"image_id": image + 4 * copy + 1, "category_id": label + 1, "bbox": box, "score": score}
        for copy in range(copies)
        for image, label, *box, score in found.values()
    ]


class Session:
    """Store and controller, and waiting for them."""

    def __init__(self, qtbot, folder: Path) -> None:
        self._qtbot = qtbot
        self.settings = Settings(folder / "settings")
        self.store = SessionStore()
        self.controller = Controller(self.store, self.settings)

    @property
    def state(self) -> SessionState:
        return self.store.state

    @property
    def rows(self) -> list[int]:
        """Outcome rows shown, in order."""
        return self.state.selection.rows.tolist()

    def kinds(self) -> list[int]:
        """Error kind of each row shown."""
        return self.state.evaluation.outcomes.kind[self.state.selection.rows].tolist()

    def settle(self) -> None:
        """Wait until no job runs or waits and every decision is on disk."""
        self._qtbot.waitUntil(lambda: self.controller.jobs.is_idle and self.state.project.n_unsaved == 0, timeout=20_000)

    def open(self, paths: list[Path]) -> None:
        self.controller.data.open_paths(paths)
        self.settle()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return write_files(tmp_path / "data")


@pytest.fixture
def nothing_open(qtbot, tmp_path: Path) -> Iterator[Session]:
    """A session before anything is opened."""
    made = Session(qtbot, tmp_path)
    yield made
    made.controller.close()


@pytest.fixture
def session(nothing_open: Session, files: Files) -> Session:
    """A session with both runs and metadata, the first run active."""
    nothing_open.open(files.everything)
    assert nothing_open.state.evaluation is not None, nothing_open.state.notice
    return nothing_open
