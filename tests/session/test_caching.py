"""Large files are kept as columns, opened from there, and forgotten when somebody says so."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.formats import cached_reading, column_cache
from diag_gui.formats.geotiff import kept_overviews
from diag_gui.kept_files import cache_folder
from diag_gui.measure.kept_measures import KeptMeasures
from diag_gui.session.caching import size_text
from tests.session.small_session import N_FOUND, N_TRUTH, Session


@pytest.fixture
def keeping(monkeypatch: pytest.MonkeyPatch, nothing_open: Session) -> Session:
    """A session that keeps files of any size."""
    monkeypatch.setattr(nothing_open.controller.data._cache, "_min_source_bytes", 1)
    return nothing_open


def test_the_second_opening_reads_nothing(keeping, files, monkeypatch):
    keeping.open(files.both)
    first = keeping.state
    for module, name in ((cached_reading.coco, "read_ground_truth"), (cached_reading.coco_results, "read_predictions")):
        monkeypatch.setattr(module, name, lambda *_given, **_named: pytest.fail("was read again"))
    keeping.open(files.both)
    state = keeping.state
    assert state.dataset is not first.dataset
    assert (len(state.dataset.ground_truth), len(state.run.predictions)) == (N_TRUTH, N_FOUND)
    assert state.reports == first.reports
    assert not state.run.predictions.xywh.flags.owndata
    assert keeping.rows == first.selection.rows.tolist()


def test_emptying_says_what_it_freed_and_leaves_what_is_open(keeping, files):
    keeping.open(files.both)
    keeping.open(files.both)
    n_bytes = keeping.controller.data._cache.files.size()
    keeping.controller.cache.empty()
    keeping.settle()
    assert keeping.state.notice.text == f"The column cache is empty: {size_text(n_bytes)} freed"
    assert not keeping.state.notice.is_error
    assert keeping.controller.data._cache.files.size() == 0
    assert float(keeping.state.run.predictions.score.sum()) > 0
    keeping.controller.cache.empty()
    keeping.settle()
    assert keeping.state.notice.text == "The column cache is empty: nothing was in it"


def test_measures_of_pictures_go_too(keeping):
    kept = KeptMeasures(cache_folder() / "measures")
    kept.save("key", np.zeros((2, 2), np.int64), np.zeros((2, 4)))
    n_bytes = kept.files.size()
    keeping.controller.cache.empty()
    keeping.settle()
    said = size_text(n_bytes)
    assert keeping.state.notice.text == f"The column cache is empty: {said} freed, {said} of it measures of pictures"
    assert kept.files.size() == 0


def test_small_pictures_of_large_ones_go_too(keeping):
    kept = kept_overviews()
    kept.write(kept.folder / "one.npy", lambda file: file.write(b"x" * 1500))
    keeping.controller.cache.empty()
    keeping.settle()
    assert keeping.state.notice.text == "The column cache is empty: 1.5 kB freed, 1.5 kB of it small pictures of large ones"
    assert kept.size() == 0


def test_files_of_everyday_size_are_not_kept(nothing_open, files):
    nothing_open.open(files.both)
    assert nothing_open.controller.data._cache.files.size() == 0
    assert files.first.stat().st_size < column_cache.MIN_SOURCE_BYTES


@pytest.mark.parametrize(
    ("n_bytes", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (346_002_572, "346.0 MB"), (4 << 40, "4398.0 GB")]
)
def test_sizes_as_people_read_them(n_bytes, text):
    assert size_text(n_bytes) == text
