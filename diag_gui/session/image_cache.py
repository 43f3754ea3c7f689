"""Pictures for the screen: decoded in the worker process, kept while there is room, fetched in the order they are looked at."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from diag_gui.data.dataset import Dataset
from diag_gui.exceptions import FormatError
from diag_gui.formats import yolo
from diag_gui.formats.image_root import image_path
from diag_gui.formats.images import DecodeRequest
from diag_gui.session.state import Change
from diag_gui.session.store import SessionStore

PictureState = Literal["ok", "missing", "unreadable", "slow"]

DEFAULT_CAPACITY_BYTES = 256 * 2**20
_FETCHERS = 2
_CLOSING_S = 5.0
_SLOW_S = 2.0
"""Seconds after which others are fetched while one picture is still being read."""
UNREADABLE_PREFIX = "picture is unreadable: "
MISSING = "was not found in the folder of pictures"


class Decoder(Protocol):
    """What the cache needs of a decode worker."""

    def submit(self, request: DecodeRequest) -> Future[NDArray[np.uint8]]:
        """Start decoding and return the answer to come."""

    def begin(self) -> None:
        """Get ready: pictures will be asked for."""

    def close(self) -> None:
        """Stop the worker; answers still to come fail."""


class Wish(IntEnum):
    """Who asks for pictures; the lower is served first."""

    VIEWER = 0
    GALLERY = 1
    SINGLE = 2
    AHEAD = 3


@dataclass(frozen=True, slots=True)
class PictureKey:
    """Names one decoded picture.

    Attributes
    ----------
    image_row : int
        Row of the dataset's images.
    crop : tuple of float or None
        Left, top, width, height in pixels of the picture; None for all of it.
    size : tuple of int or None
        Width and height to scale a crop to, in pixels of the screen; None keeps its own.
    max_side : int or None
        Longest side to scale a whole picture down to; None keeps its own.
    """

    image_row: int
    crop: tuple[float, float, float, float] | None = None
    size: tuple[int, int] | None = None
    max_side: int | None = None

    @property
    def part(self) -> tuple[int, tuple[float, float, float, float] | None]:
        """What is shown, at whatever size."""
        return self.image_row, self.crop


@dataclass(frozen=True, slots=True)
class PictureFailure:
    """Why there is no picture.

    Attributes
    ----------
    state : str
        ``"missing"`` or ``"unreadable"``.
    reason : str
        In words.
    """

    state: PictureState
    reason: str


class ImageCache(QObject):
    """Least-recently-used cache of decoded pictures; never decodes or touches a file in the caller's thread.

    A look-up answers at once with what is there. What is not there is wished for: each asker (`Wish`) holds one list of
    wishes, a new list replaces the former, so what scrolled away is not fetched. `ready` follows when one arrives.

    Parameters
    ----------
    store : SessionStore
        Says which images there are and where their pictures lie; a change of either forgets everything.
    decoder : Decoder
        Usually a `DecodeWorker`; closed with the cache.
    resolve : callable
        Takes the root and a file name, returns the path of the picture or None where there is none. Called off the
        interface's thread.
    capacity_bytes : int
        Decoded bytes kept. The newest picture is kept whatever its size.
    """

    ready = Signal(object)
    """Emitted with the `PictureKey` when a picture has arrived or turned out not to be had."""
    failed = Signal(int)
    """Emitted with the row of an image whose picture turned out not to be had; see `reason`."""
    _arrived = Signal(object, object, object, int)
    _delayed = Signal(object, int)

    def __init__(
        self,
        store: SessionStore,
        decoder: Decoder,
        *,
        resolve: Callable[[Path, str], Path | None] = image_path,
        capacity_bytes: int = DEFAULT_CAPACITY_BYTES,
    ) -> None:
        super().__init__()
        self._decoder = decoder
        self._resolve = resolve
        self._capacity = capacity_bytes
        self._dataset: Dataset | None = None
        self._root: Path | None = None
        self._generation = 0
        self._pictures: OrderedDict[PictureKey, QImage] = OrderedDict()
        self._keys_of_part: dict[tuple[int, tuple[float, float, float, float] | None], set[PictureKey]] = {}
        self._bytes = 0
        self._failed: dict[int, PictureFailure] = {}
        self._slow: set[PictureKey] = set()
        self._own_size: dict[int, tuple[int, int]] = {}
        self._wishes: dict[Wish, OrderedDict[PictureKey, None]] = {wish: OrderedDict() for wish in Wish}
        self._fetching: set[PictureKey] = set()
        self._closed = False
        self._wake = threading.Condition()
        self._arrived.connect(self._keep, Qt.ConnectionType.QueuedConnection)
        self._delayed.connect(self._wait_for, Qt.ConnectionType.QueuedConnection)
        self._threads = [threading.Thread(target=self._fetch, name=f"pictures-{n}", daemon=True) for n in range(_FETCHERS)]
        for thread in self._threads:
            thread.start()
        self._store = store
        store.changed.connect(self._follow)
        self._follow(Change.DATA | Change.IMAGES)

    def serve(self, dataset: Dataset | None, root: Path | None) -> None:
        """Forget everything and serve the pictures of ``dataset`` below ``root`` from now on."""
        with self._wake:
            self._dataset, self._root = dataset, root
            self._generation += 1
            for wishes in self._wishes.values():
                wishes.clear()
            self._fetching.clear()
        self._pictures.clear()
        self._keys_of_part.clear()
        self._failed.clear()
        self._slow.clear()
        self._own_size.clear()
        self._bytes = 0

    def state(self, image_row: int) -> PictureState:
        """Return ``"missing"`` or ``"unreadable"`` once that is known, ``"slow"`` while it takes its time, else ``"ok"``."""
        if self._root is None:
            return "missing"
        failure = self._failed.get(image_row)
        if failure is not None:
            return failure.state
        return "slow" if any(key.image_row == image_row for key in self._slow) else "ok"

    def reason(self, image_row: int) -> str:
        """Return why a picture cannot be read, in words; empty where that is not so or not known yet."""
        failure = self._failed.get(image_row)
        return failure.reason.removeprefix(UNREADABLE_PREFIX) if failure is not None and failure.state == "unreadable" else ""

    def failures(self) -> dict[int, PictureFailure]:
        """Return what is known of the pictures that cannot be shown, by row of their image."""
        return dict(self._failed)

    def own_size(self, image_row: int) -> tuple[int, int] | None:
        """Return width and height of a picture in its own pixels where it was decoded whole, else None."""
        return self._own_size.get(image_row)

    def look_up(self, key: PictureKey) -> QImage | None:
        """Return the picture of ``key`` if it is there; asks for nothing."""
        picture = self._pictures.get(key)
        if picture is not None:
            self._pictures.move_to_end(key)
        return picture

    def look_up_any(self, key: PictureKey) -> QImage | None:
        """Return the picture of ``key``, else the sharpest of the same part at another size, else None."""
        picture = self.look_up(key)
        if picture is not None:
            return picture
        others = self._keys_of_part.get(key.part)
        return max((self._pictures[other] for other in others), key=QImage.width) if others else None

    def crop(self, image_row: int, xywh: tuple[float, float, float, float], out_w: int, out_h: int) -> QImage | None:
        """Return a part of a picture scaled to ``out_w`` × ``out_h`` pixels; None if it has to be fetched first."""
        return self._look_up_or_wish(PictureKey(image_row, crop=xywh, size=(out_w, out_h)))

    def full(self, image_row: int, max_side: int | None) -> QImage | None:
        """Return a whole picture no longer than ``max_side`` pixels; None if it has to be fetched first."""
        return self._look_up_or_wish(PictureKey(image_row, max_side=max_side))

    def want(self, wish: Wish, keys: Iterable[PictureKey]) -> None:
        """Replace what ``wish`` asks for by ``keys``, the most urgent first; what is there already is left out."""
        wanted = OrderedDict((key, None) for key in keys if self._is_to_be_fetched(key))
        with self._wake:
            self._wishes[wish] = wanted
            if wanted:
                self._wake.notify_all()

    def expect(self) -> None:
        """Get the decoder ready for pictures of what is about to be opened."""
        self._decoder.begin()

    def close(self) -> None:
        """Stop fetching and close the decoder."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        self._decoder.close()
        for thread in self._threads:
            thread.join(_CLOSING_S)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is wished for or on its way."""
        with self._wake:
            return not self._fetching and not any(self._wishes.values())

    @property
    def n_bytes(self) -> int:
        """Decoded bytes held."""
        return self._bytes

    def _follow(self, change: Change, _origin: str = "") -> None:
        if not change & (Change.DATA | Change.IMAGES):
            return
        state = self._store.state
        # Metadata that was joined makes another dataset of the same images: their pictures stay.
        images = state.dataset.images if state.dataset is not None else None
        served = self._dataset.images if self._dataset is not None else None
        if images is not served or state.image_root != self._root:
            self.serve(state.dataset, state.image_root)

    def _look_up_or_wish(self, key: PictureKey) -> QImage | None:
        picture = self.look_up(key)
        if picture is None and self._is_to_be_fetched(key):
            with self._wake:
                wishes = self._wishes[Wish.SINGLE]
                wishes[key] = None
                wishes.move_to_end(key, last=False)
                self._wake.notify()
        return picture

    def _is_to_be_fetched(self, key: PictureKey) -> bool:
        return self._root is not None and key not in self._pictures and key.image_row not in self._failed

    def _next(self) -> tuple[PictureKey, Path, Dataset, int] | None:
        """Wait for the most urgent wish; None when closed."""
        with self._wake:
            while not self._closed:
                for wishes in self._wishes.values():
                    while wishes:
                        key, _ = wishes.popitem(last=False)
                        if key not in self._fetching and self._root is not None and self._dataset is not None:
                            self._fetching.add(key)
                            return key, self._root, self._dataset, self._generation
                self._wake.wait()
        return None

    def _fetch(self) -> None:
        """Run in a thread of its own: resolve, let decode, convert."""
        while (wanted := self._next()) is not None:
            key, root, dataset, generation = wanted
            path = self._resolve(root, dataset.images.file_name[key.image_row])
            if path is None:
                self._arrived.emit(key, None, PictureFailure("missing", MISSING), generation)
                continue
            with self._wake:
                if self._closed:
                    return
                future = self._decoder.submit(_request(key, path, dataset))
            answer = partial(self._answer, key, generation)
            try:
                future.exception(timeout=_SLOW_S)
            except TimeoutError:
                self._delayed.emit(key, generation)
                future.add_done_callback(answer)
                continue
            except CancelledError:
                return
            answer(future)

    def _answer(self, key: PictureKey, generation: int, future: Future[NDArray[np.uint8]]) -> None:
        """Take what the decoder answered to the interface's thread; called in any other."""
        if future.cancelled() or self._closed:
            return
        error = future.exception()
        if error is not None:
            reason = error.reason if isinstance(error, FormatError) else str(error)
            self._arrived.emit(key, None, PictureFailure("unreadable", reason), generation)
        else:
            self._arrived.emit(key, _as_picture(future.result()), None, generation)

    def _wait_for(self, key: PictureKey, generation: int) -> None:
        if generation == self._generation and not self._closed:
            self._slow.add(key)
            self.ready.emit(key)

    def _keep(self, key: PictureKey, picture: QImage | None, failure: PictureFailure | None, generation: int) -> None:
        if generation != self._generation or self._closed:
            return
        with self._wake:
            self._fetching.discard(key)
        self._slow.discard(key)
        if failure is not None:
            is_new = key.image_row not in self._failed
            self._failed[key.image_row] = failure
            self._drop_wishes(key.image_row)
            if is_new:
                self.failed.emit(key.image_row)
        elif picture is not None:
            self._remember(key, picture)
        self.ready.emit(key)

    def _remember(self, key: PictureKey, picture: QImage) -> None:
        if key in self._pictures:
            # Wished for twice, by the viewer and ahead of it.
            self._bytes -= self._pictures.pop(key).sizeInBytes()
        if key.crop is None and key.max_side is None:
            self._own_size[key.image_row] = (picture.width(), picture.height())
        self._pictures[key] = picture
        self._keys_of_part.setdefault(key.part, set()).add(key)
        self._bytes += picture.sizeInBytes()
        while self._bytes > self._capacity and len(self._pictures) > 1:
            old_key, old = self._pictures.popitem(last=False)
            self._bytes -= old.sizeInBytes()
            of_part = self._keys_of_part[old_key.part]
            of_part.discard(old_key)
            if not of_part:
                del self._keys_of_part[old_key.part]

    def _drop_wishes(self, image_row: int) -> None:
        with self._wake:
            for wishes in self._wishes.values():
                for key in [key for key in wishes if key.image_row == image_row]:
                    del wishes[key]


def _request(key: PictureKey, path: Path, dataset: Dataset) -> DecodeRequest:
    """Return what to decode: pixels as the boxes of ``dataset`` see them, turned upright where its format does that."""
    size = int(dataset.images.width[key.image_row]), int(dataset.images.height[key.image_row])
    return DecodeRequest(
        path=path,
        max_side=key.max_side,
        crop=key.crop,
        size=key.size,
        stated_size=size if min(size) > 0 else None,
        upright=dataset.source.format in yolo.FORMATS,
    )


def _as_picture(rgb: NDArray[np.uint8]) -> QImage:
    """Return an RGB array of shape (H, W, 3) as a picture with memory of its own, in the layout that paints fastest."""
    rgb = np.ascontiguousarray(rgb)
    height, width = rgb.shape[:2]
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).convertToFormat(QImage.Format.Format_RGB32)
