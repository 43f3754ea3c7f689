"""The bundled sample and the script that draws it."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
SAMPLE = RESOURCES / "sample"

if str(RESOURCES) not in sys.path:
    sys.path.append(str(RESOURCES))


@pytest.fixture(scope="session")
def ground_truth() -> dict[str, Any]:
    return json.loads((SAMPLE / "ground_truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def metadata() -> list[dict[str, str]]:
    with (SAMPLE / "metadata.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def planted() -> list[dict[str, Any]]:
    return json.loads(Path(__file__).with_name("planted_errors.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def runs() -> list[dict[str, str]]:
    with (SAMPLE / "predictions" / "runs.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
