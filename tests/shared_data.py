"""Where the real data lies that some tests read: beside the checkout, never inside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("DIAG_GUI_SHARED", Path(__file__).resolve().parents[2] / "shared"))
DATA = SHARED / "data"
CORPUS = SHARED / "corpus"

needs_shared = pytest.mark.skipif(not DATA.is_dir(), reason="absent shared data: no ../shared/data beside the checkout")
