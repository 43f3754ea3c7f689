from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest

from diag_gui.exceptions import FormatError
from diag_gui.session.image_cache import ImageCache, PictureKey, Wish
from diag_gui.session.store import SessionStore
from tests.ui.failure_scene import PaintingDecoder, make_dataset

ROOT = Path("pictures")


@pytest.fixture
def store() -> SessionStore:
    store = SessionStore()
    store.commit(dataset=make_dataset(n_copies=8), image_root=ROOT)
    return store


@pytest.fixture
def decoder() -> PaintingDecoder:
    return PaintingDecoder()


@pytest.fixture
def cache(qtbot, store, decoder) -> Iterator[ImageCache]:
    cache = ImageCache(store, decoder, resolve=lambda root, name: root / name)
    yield cache
    cache.close()


def crop_key(image_row: int) -> PictureKey:
    return PictureKey(image_row, crop=(0.0, 0.0, 50.0, 40.0), size=(50, 40))


def fetch(qtbot, cache: ImageCache, key: PictureKey, wish: Wish = Wish.GALLERY) -> None:
    with qtbot.waitSignal(cache.ready, check_params_cb=lambda arrived: arrived == key):
        cache.want(wish, [key])


def test_what_is_not_there_is_fetched_and_then_there(qtbot, cache, decoder):
    assert cache.crop(0, (0.0, 0.0, 50.0, 40.0), 50, 40) is None
    qtbot.waitUntil(lambda: cache.look_up(crop_key(0)) is not None)
    picture = cache.crop(0, (0.0, 0.0, 50.0, 40.0), 50, 40)
    assert (picture.width(), picture.height()) == (50, 40)
    assert picture.pixelColor(3, 3).getRgb()[:3] == (40, 90, 60)
    assert len(decoder.requests) == 1
    assert decoder.requests[0].path == ROOT / "site_0/picture_000000.jpg"
    assert decoder.requests[0].stated_size == (200, 150)


def test_a_whole_picture_tells_its_own_size(qtbot, cache):
    fetch(qtbot, cache, PictureKey(1, max_side=100))
    assert cache.own_size(1) is None
    fetch(qtbot, cache, PictureKey(1))
    assert cache.own_size(1) == (200, 150)
    assert cache.full(1, 100).width() == 100


def test_new_wishes_replace_those_that_scrolled_away(qtbot, store):
    decoder = PaintingDecoder(waits=True)
    cache = ImageCache(store, decoder, resolve=lambda root, name: root / name)
    try:
        cache.want(Wish.GALLERY, [crop_key(row) for row in range(10)])
        qtbot.waitUntil(lambda: len(decoder.requests) == 2)
        cache.want(Wish.GALLERY, [crop_key(20), crop_key(21)])
        cache.want(Wish.VIEWER, [PictureKey(30)])
        decoder.answer_all()
        qtbot.waitUntil(lambda: len(decoder.requests) == 4)
        decoder.answer_all()
        qtbot.waitUntil(lambda: len(decoder.requests) == 5)
        decoder.answer_all()
        qtbot.waitUntil(lambda: cache.is_idle)
    finally:
        cache.close()
    asked = [int(request.path.stem[-6:]) for request in decoder.requests]
    assert sorted(asked[:2]) == [0, 1]
    assert sorted(asked[2:4]) == [20, 30]
    assert asked[4:] == [21]


def test_a_picture_that_is_not_there_is_missing_and_not_asked_for_again(qtbot, store, decoder):
    cache = ImageCache(store, decoder, resolve=lambda root, name: None)
    try:
        assert cache.state(2) == "ok"
        fetch(qtbot, cache, crop_key(2))
        assert cache.state(2) == "missing"
        cache.want(Wish.GALLERY, [crop_key(2), PictureKey(2)])
        assert cache.is_idle
    finally:
        cache.close()
    assert decoder.requests == []


def test_a_picture_that_cannot_be_decoded_is_unreadable(qtbot, store):
    decoder = PaintingDecoder(waits=True)
    cache = ImageCache(store, decoder, resolve=lambda root, name: root / name)
    try:
        with qtbot.waitSignal(cache.ready):
            cache.want(Wish.GALLERY, [crop_key(3)])
            qtbot.waitUntil(lambda: len(decoder.waiting) == 1)
            decoder.answer_all(FormatError(ROOT, "picture is unreadable"))
        assert cache.state(3) == "unreadable"
        assert cache.state(4) == "ok"
    finally:
        cache.close()


def test_without_a_folder_every_picture_is_missing(qtbot, store, cache, decoder):
    store.commit(image_root=None)
    assert cache.state(0) == "missing"
    assert cache.full(0, None) is None
    assert cache.is_idle
    assert decoder.requests == []


def test_the_longest_unused_goes_first_when_there_is_no_more_room(qtbot, store, decoder):
    one = 50 * 40 * 4
    cache = ImageCache(store, decoder, resolve=lambda root, name: root / name, capacity_bytes=2 * one)
    try:
        fetch(qtbot, cache, crop_key(0))
        fetch(qtbot, cache, crop_key(1))
        cache.look_up(crop_key(0))
        fetch(qtbot, cache, crop_key(2))
        assert cache.look_up(crop_key(1)) is None
        assert cache.look_up(crop_key(0)) is not None
        assert cache.n_bytes == 2 * one
    finally:
        cache.close()


def test_another_size_stands_in_until_the_right_one_is_there(qtbot, cache):
    fetch(qtbot, cache, PictureKey(0, max_side=50))
    assert cache.look_up(PictureKey(0, max_side=150)) is None
    assert cache.look_up_any(PictureKey(0, max_side=150)).width() == 50
    fetch(qtbot, cache, PictureKey(0, max_side=150))
    assert cache.look_up_any(PictureKey(0, max_side=150)).width() == 150
    assert cache.look_up_any(PictureKey(1, max_side=150)) is None


def test_another_folder_forgets_pictures_and_answers_on_their_way(qtbot, store):
    decoder = PaintingDecoder(waits=True)
    cache = ImageCache(store, decoder, resolve=lambda root, name: root / name)
    try:
        cache.want(Wish.GALLERY, [crop_key(0)])
        qtbot.waitUntil(lambda: len(decoder.waiting) == 1)
        store.commit(image_root=Path("elsewhere"))
        decoder.answer_all()
        cache.want(Wish.GALLERY, [crop_key(1)])
        qtbot.waitUntil(lambda: len(decoder.waiting) == 1)
        decoder.answer_all()
        qtbot.waitUntil(lambda: cache.look_up(crop_key(1)) is not None)
        assert cache.look_up(crop_key(0)) is None
        assert decoder.requests[-1].path.parts[0] == "elsewhere"
    finally:
        cache.close()


def test_metadata_that_is_joined_keeps_the_pictures(qtbot, store, cache):
    from dataclasses import replace

    fetch(qtbot, cache, crop_key(0))
    store.commit(dataset=replace(store.state.dataset, name="with metadata"))
    assert cache.look_up(crop_key(0)) is not None


def test_files_are_looked_for_outside_the_interface_thread(qtbot, store, decoder):
    threads: list[int] = []

    def resolve(root: Path, name: str) -> Path:
        threads.append(threading.get_ident())
        return root / name

    cache = ImageCache(store, decoder, resolve=resolve)
    try:
        fetch(qtbot, cache, crop_key(0))
    finally:
        cache.close()
    assert threading.get_ident() not in threads


def test_closing_ends_a_picture_on_its_way(qtbot, store):
    decoder = PaintingDecoder(waits=True)
    cache = ImageCache(store, decoder, resolve=lambda root, name: root / name)
    cache.want(Wish.GALLERY, [crop_key(0)])
    qtbot.waitUntil(lambda: len(decoder.waiting) == 1)
    cache.close()
    assert decoder.is_closed
    assert not any(thread.name.startswith("pictures-") for thread in threading.enumerate())


class OneByOne:
    """A decoder whose answers are given by hand."""

    def __init__(self) -> None:
        self.answers: dict[int, Future] = {}

    def submit(self, request):
        return self.answers.setdefault(request.max_side, Future())

    def close(self) -> None:
        for answer in self.answers.values():
            answer.cancel()

    def give(self, max_side: int) -> None:
        self.answers.setdefault(max_side, Future()).set_result(np.zeros((30, 40, 3), np.uint8))


def test_a_picture_that_two_ask_for_takes_its_room_once(qtbot, store):
    """The viewer asks for what was asked ahead of it: once it is there, the other wish may still be waiting."""
    decoder = OneByOne()
    cache = ImageCache(store, decoder, resolve=lambda root, name: root / name)
    first, second, third, both = (PictureKey(0, max_side=side) for side in (61, 62, 63, 64))
    arrived = []
    cache.ready.connect(arrived.append)
    try:
        cache.want(Wish.AHEAD, [first, second, third, both])
        qtbot.waitUntil(lambda: len(decoder.answers) == 2)
        cache.want(Wish.VIEWER, [both])
        decoder.give(64)
        decoder.give(61)
        qtbot.waitUntil(lambda: both in arrived)
        for side in (62, 63):
            decoder.give(side)
        qtbot.waitUntil(lambda: cache.is_idle and {first, second, third, both} <= set(arrived))
        assert cache.n_bytes == 4 * 30 * 40 * 4
    finally:
        cache.close()


def test_a_picture_that_takes_its_time_says_so_and_holds_up_no_other(qtbot, store, monkeypatch):
    monkeypatch.setattr("diag_gui.session.image_cache._SLOW_S", 0.05)
    decoder = PaintingDecoder(waits=True)
    cache = ImageCache(store, decoder, resolve=lambda root, name: root / name)
    try:
        slow = [PictureKey(row, max_side=100) for row in range(3)]
        cache.want(Wish.VIEWER, slow)
        cache.want(Wish.GALLERY, [crop_key(5)])
        qtbot.waitUntil(lambda: [cache.state(row) for row in range(3)] == ["slow"] * 3)
        qtbot.waitUntil(lambda: len(decoder.waiting) == 4)
        assert not cache.is_idle
        decoder.answer_all()
        qtbot.waitUntil(lambda: all(cache.look_up(key) is not None for key in (*slow, crop_key(5))))
        assert cache.state(0) == "ok"
        assert cache.is_idle
    finally:
        cache.close()


def test_why_a_picture_cannot_be_read_is_told_once(qtbot, store):
    decoder = PaintingDecoder(waits=True)
    cache = ImageCache(store, decoder, resolve=lambda root, name: root / name if "000003" not in name else None)
    told: list[int] = []
    cache.failed.connect(told.append)
    try:
        cache.want(Wish.GALLERY, [crop_key(2), PictureKey(2, max_side=9), crop_key(3)])
        qtbot.waitUntil(lambda: len(decoder.waiting) == 2)
        decoder.answer_all(FormatError(ROOT, "picture is unreadable: the file is empty"))
        qtbot.waitUntil(lambda: cache.is_idle and len(told) == 2)
        assert sorted(told) == [2, 3]
        assert cache.reason(2) == "the file is empty"
        assert {row: failure.state for row, failure in cache.failures().items()} == {2: "unreadable", 3: "missing"}
        store.commit(image_root=None)
        assert cache.failures() == {}
    finally:
        cache.close()
