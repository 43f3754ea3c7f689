"""Bad files that somebody else made, every one of them, and what their manifest says must happen."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.robustness.forked import ForkedCalls
from tests.robustness.run import run_manifest
from tests.shared_data import CORPUS, needs_shared

MANIFEST = CORPUS / "manifest.json"
ROLES = ("gt", "predictions", "metadata", "image", "project")


@pytest.fixture(scope="module")
def forked() -> Iterator[ForkedCalls]:
    with ForkedCalls() as calls:
        yield calls


@needs_shared
def test_every_item_has_a_role_that_is_run() -> None:
    assert {item["role"] for item in json.loads(MANIFEST.read_text())["items"]} == set(ROLES)


@needs_shared
@pytest.mark.parametrize("role", ROLES)
def test_each_does_what_the_manifest_says(forked: ForkedCalls, role: str) -> None:
    chosen = {item["id"] for item in json.loads(MANIFEST.read_text())["items"] if item["role"] == role}
    said: list[str] = []
    assert run_manifest(MANIFEST, chosen, said.append, forked=forked) == 0, "\n".join(line for line in said if line[:2] != "ok")
    assert said[-1] == f"{len(chosen)} of {len(chosen)} as the manifest says"
