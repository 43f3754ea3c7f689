"""A small scene with every error type, for tests of the gallery, the viewer and the review panel."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.attributes import AttributeTable, Column, ColumnKind, Level
from diag_gui.data.dataset import Classes, Dataset, GroundTruth, Images, Source
from diag_gui.data.predictions import Predictions
from diag_gui.data.run import Run
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.evaluator import evaluate
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.query import Query, select
from diag_gui.evaluation.run_facts import prepare_run
from diag_gui.formats.images import DecodeRequest
from diag_gui.session.image_cache import ImageCache
from diag_gui.session.selecting import SelectionVerbs
from diag_gui.session.store import SessionStore

CLASSES = ("cat", "dog", "polar bear & <cub>")
SIZE = (200, 150)

# image, class, x, y, w, h
TRUTH = [
    (0, 0, 20, 20, 60, 60),  # 0 found
    (0, 1, 120, 20, 60, 60),  # 1 taken for a cat
    (1, 0, 20, 20, 60, 60),  # 2 found loosely
    (1, 2, 120, 60, 40, 40),  # 3 missed
    (2, 1, 40, 40, 80, 80),  # 4 found twice
    (3, 2, 10, 10, 30, 30),  # 5 missed
]
# image, class, x, y, w, h, score
FOUND = [
    (0, 0, 21, 21, 60, 60, 0.9),  # 0 correct
    (0, 0, 121, 21, 60, 60, 0.8),  # 1 classification
    (1, 0, 45, 20, 60, 60, 0.7),  # 2 localization
    (1, 1, 5, 110, 30, 30, 0.6),  # 3 background
    (2, 1, 41, 41, 80, 80, 0.95),  # 4 correct
    (2, 1, 44, 44, 80, 80, 0.5),  # 5 duplicate
    (3, 0, 22, 10, 30, 30, 0.4),  # 6 both
    (3, 0, 100, 100, 30, 30, 0.1),  # 7 not kept
]
N_FOUND = len(FOUND)


def make_dataset(n_copies: int = 1, *, size: tuple[int, int] = SIZE, n_more_images: int = 0) -> Dataset:
    """Return the scene's ground truth, the four images repeated ``n_copies`` times."""
    rows = [(image + 4 * copy, *rest) for copy in range(n_copies) for image, *rest in TRUTH]
    table = np.array(rows, dtype=np.float64)
    n_images = 4 * n_copies + n_more_images
    weather = Column(
        "weather",
        ColumnKind.CATEGORY,
        np.array([-1 if row % 4 == 3 else row % 2 for row in range(n_images)], np.int32),
        np.array([row % 4 == 3 for row in range(n_images)]),
        ("fog", "sun"),
    )
    truth = GroundTruth(
        annotation_id=np.arange(100, 100 + len(rows)),
        image_row=table[:, 0],
        class_row=table[:, 1],
        xywh=table[:, 2:6],
        area=table[:, 4] * table[:, 5],
        is_crowd=np.zeros(len(rows), np.bool_),
        is_ignored=np.zeros(len(rows), np.bool_),
        source_index=np.arange(len(rows)),
        masks=None,
        quad=None,
        attributes=AttributeTable(Level.GT, len(rows)),
    )
    return Dataset(
        images=Images(
            image_id=np.arange(1, n_images + 1),
            file_name=tuple(f"site_{row % 4}/picture_{row:06d}.jpg" for row in range(n_images)),
            width=np.full(n_images, size[0]),
            height=np.full(n_images, size[1]),
        ),
        classes=Classes(np.arange(1, 4), CLASSES, ("", "", "")),
        ground_truth=truth,
        image_attributes=AttributeTable(Level.IMAGE, n_images, (weather,)),
        source=Source(Path("truth.json"), "coco", "0" * 64),
        name="scene",
    )


def make_run(dataset: Dataset, n_copies: int = 1) -> Run:
    """Return the scene's predictions, repeated like the images."""
    table = np.array([(image + 4 * copy, *rest) for copy in range(n_copies) for image, *rest in FOUND], dtype=np.float64)
    predictions = Predictions(
        n_images=len(dataset.images),
        image_row=table[:, 0],
        class_row=table[:, 1],
        xywh=table[:, 2:6],
        score=table[:, 6],
        source_index=np.arange(len(table)),
        masks=None,
        quad=None,
        attributes=AttributeTable(Level.PRED, len(table)),
    )
    return Run("detector", predictions, Source(Path("found.json"), "coco results", "1" * 64))


class PaintingDecoder:
    """Answers with plain pictures, at once or when told to."""

    def __init__(self, *, waits: bool = False, color: tuple[int, int, int] = (40, 90, 60)) -> None:
        self.requests: list[DecodeRequest] = []
        self.waiting: list[tuple[DecodeRequest, Future[Any]]] = []
        self.is_closed = False
        self.n_begun = 0
        self._waits = waits
        self._color = color

    def submit(self, request: DecodeRequest) -> Future[Any]:
        self.requests.append(request)
        future: Future[Any] = Future()
        self.waiting.append((request, future))
        if not self._waits:
            self.answer_all()
        return future

    def answer_all(self, error: Exception | None = None) -> None:
        waiting, self.waiting = self.waiting, []
        for request, future in waiting:
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(self._picture(request))

    def begin(self) -> None:
        self.n_begun += 1

    def close(self) -> None:
        self.is_closed = True
        for _, future in self.waiting:
            future.cancel()

    def _picture(self, request: DecodeRequest) -> np.ndarray:
        width, height = request.size or request.stated_size or SIZE
        if request.max_side is not None and max(width, height) > request.max_side:
            scale = request.max_side / max(width, height)
            width, height = round(width * scale), round(height * scale)
        return np.full((height, width, 3), self._color, np.uint8)


class Recorder:
    """Verbs that only remember what was asked of them."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        def call(*arguments: Any, **options: Any) -> None:
            self.calls.append((name, *arguments, *options.values()))

        return call


class SceneController:
    """The verbs that the panels call: moving is real, the rest is recorded."""

    def __init__(self, store: SessionStore, images: ImageCache) -> None:
        self.images = images
        self.selection = SelectionVerbs(store, lambda _row: False)
        self.query = Recorder()
        self.review = Recorder()
        self.data = Recorder()


class Scene:
    """State, pictures and verbs around the scene's data."""

    def __init__(
        self, *, n_copies: int = 1, decoder: PaintingDecoder | None = None, root: Path | None = Path("pictures")
    ) -> None:
        self.dataset = make_dataset(n_copies)
        self.run = make_run(self.dataset, n_copies)
        self.facts = prepare_run(self.dataset, self.run, workers=1)
        self.store = SessionStore()
        self.decoder = decoder or PaintingDecoder()
        self.images = ImageCache(self.store, self.decoder, resolve=lambda folder, name: folder / name)
        self.controller: Any = SceneController(self.store, self.images)
        self.show(root=root)

    def show(
        self, *, params: EvaluationParams | None = None, query: Query | None = None, root: Path | None = Path("pictures")
    ) -> None:
        """Show what ``query`` selects at ``params``, the first row in question unless the one before is still there."""
        params = params or EvaluationParams()
        query = query or Query()
        evaluation = evaluate(self.facts, params)
        selection = select(query, ColumnCatalog(self.facts, evaluation), evaluation)
        current = self.store.state.current
        if current not in selection.rows:
            current = int(selection.rows[0]) if len(selection.rows) else -1
        self.store.commit(
            "scene",
            dataset=self.dataset,
            runs=(self.run,),
            active=0,
            facts=self.facts,
            params=params,
            evaluation=evaluation,
            query=query,
            selection=selection,
            current=current,
            chosen=frozenset([current] if current >= 0 else []),
            image_root=root,
        )

    @property
    def rows(self) -> list[int]:
        """Outcome rows shown."""
        selection = self.store.state.selection
        return selection.rows.tolist() if selection is not None else []

    def close(self) -> None:
        """Stop the threads."""
        self.images.close()
