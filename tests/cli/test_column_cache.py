"""The command line keeps large files as columns, gives the same from there, and does without when asked to."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag_gui.cli.arguments import ADDERS
from diag_gui.formats import cached_reading, column_cache


@pytest.fixture
def keeps_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep files of any size."""
    really = column_cache.ColumnCache.__init__
    monkeypatch.setattr(
        column_cache.ColumnCache, "__init__", lambda self, *given, **named: really(self, *given, min_source_bytes=1, **named)
    )


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of files that were really read."""
    read: list[str] = []
    for module, name in ((cached_reading.coco, "read_ground_truth"), (cached_reading.coco_results, "read_predictions")):
        really = getattr(module, name)

        def noting(path, *rest, really=really, **named):
            read.append(path.name)
            return really(path, *rest, **named)

        monkeypatch.setattr(module, name, noting)
    return read


CALLS = [
    ("evaluate", "--json", "-"),
    ("failures", "--json", "-"),
    ("validate", "--json", "-"),
]


@pytest.mark.parametrize("call", CALLS, ids=[call[0] for call in CALLS])
def test_every_verb_gives_the_same_from_the_cache(cli, data, keeps_all, readings, call):
    verb, *rest = call
    plain = cli(verb, data.gt, data.predictions, *rest, "--no-cache")
    keeping = cli(verb, data.gt, data.predictions, *rest)
    assert len(readings) == 4
    kept = cli(verb, data.gt, data.predictions, *rest)
    assert len(readings) == 4
    assert plain.status == kept.status
    assert plain.out == keeping.out == kept.out
    assert plain.err == kept.err


def test_no_cache_neither_takes_nor_keeps(cli, data, keeps_all, readings, tmp_path):
    cli("evaluate", data.gt, data.predictions, "--no-cache", "--quiet")
    assert not (tmp_path / "cache" / "columns").exists()
    cli("evaluate", data.gt, data.predictions, "--quiet")
    readings.clear()
    cli("evaluate", data.gt, data.predictions, "--no-cache", "--quiet")
    assert len(readings) == 2


def test_an_export_goes_back_to_the_file_itself(cli, data, keeps_all, tmp_path):
    for name in ("first", "second"):
        ran = cli("export", data.gt, "--to", "coco", "--out", tmp_path / name, "--quiet")
        assert ran.status == 0, ran.err
    first, second = (sorted(path for path in (tmp_path / name).rglob("*.json")) for name in ("first", "second"))
    assert [path.name for path in first] == [path.name for path in second]
    assert [path.read_bytes() for path in first if path.name != "manifest.json"] == [
        path.read_bytes() for path in second if path.name != "manifest.json"
    ]


@pytest.mark.parametrize("verb", sorted(set(ADDERS) - {"demo"}))
def test_every_verb_that_reads_can_do_without(cli, verb):
    assert "--no-cache" in cli(verb, "--help").out


def test_the_folder_of_the_cache_is_the_users(cli, data, keeps_all, tmp_path: Path):
    cli("evaluate", data.gt, data.predictions, "--quiet")
    endings = sorted(path.suffix for path in (tmp_path / "cache" / "columns").iterdir())
    assert endings == [".columns", ".columns", ".seen", ".seen"]
