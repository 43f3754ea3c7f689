"""What the tests of the column cache share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from diag_gui.formats import cached_reading, source_stamp
from diag_gui.formats.column_cache import ColumnCache


@pytest.fixture
def cache(tmp_path: Path) -> ColumnCache:
    return ColumnCache(tmp_path / "cache", min_source_bytes=1)


@pytest.fixture
def settled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let stamps be proof without waiting three seconds for it; the tests of that itself set it back."""
    monkeypatch.setattr(source_stamp, "SETTLED_NS", -(10**18))


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Paths of files that were really read."""
    read: list[Path] = []
    for module in (cached_reading.coco, cached_reading.coco_results):
        name = "read_ground_truth" if module is cached_reading.coco else "read_predictions"
        really = getattr(module, name)

        def noting(path: Path, *rest: Any, really: Any = really, **named: Any) -> Any:
            read.append(path)
            return really(path, *rest, **named)

        monkeypatch.setattr(module, name, noting)
    return read
