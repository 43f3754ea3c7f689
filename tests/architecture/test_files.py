"""Files that say one thing, and nothing about the machine they were written on."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.checkout import ROOT, package_files, text_files

MOST_LINES = 450
# Written with a class of one letter, so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.}>])/(?:[w]ork|[r]oot|[t]mp/dev)/")
REGISTRY = re.compile(r"[f]iles\.pythonhosted|[p]ypi\.org/simple|[a]rtifactory|[j]frog|[-]-(?:extra-)?index-url", re.IGNORECASE)


def test_no_file_of_the_program_asks_to_be_two():
    lines = {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in package_files()}
    long = {name: n for name, n in lines.items() if n > MOST_LINES}
    assert long == {}


def found(pattern: re.Pattern[str]) -> dict[str, list[str]]:
    hits = {}
    for path in text_files():
        lines = [line.strip()[:120] for line in path.read_text("utf-8", errors="replace").splitlines() if pattern.search(line)]
        if lines:
            hits[str(path.relative_to(ROOT))] = lines[:3]
    return hits


def test_no_path_of_somebodys_machine_stands_anywhere():
    assert found(MACHINE_PATH) == {}


def test_no_host_of_a_package_registry_stands_anywhere():
    assert found(REGISTRY) == {}


@pytest.mark.parametrize("folder", ["work", "root"])
def test_the_search_for_paths_finds_them(folder):
    assert MACHINE_PATH.search(f'open("/{folder}/main/x")')


def test_the_search_for_registries_finds_them():
    assert REGISTRY.search("--index" + "-url=x")
    assert REGISTRY.search("https://" + "pypi" + ".org/simple")


def swallows_everything(handler: ast.ExceptHandler) -> bool:
    """Return whether any error ends in ``handler``; one that tidies up and raises again does not count."""
    caught = handler.type
    is_broad = caught is None or (isinstance(caught, ast.Name) and caught.id in ("Exception", "BaseException"))
    last = handler.body[-1]
    return is_broad and not (isinstance(last, ast.Raise) and last.exc is None)


def test_errors_are_swallowed_only_where_somebody_reports_them():
    """Job runner, plug-in loader, main, decode worker: see STYLE.md."""
    swallowing = {
        path.relative_to(ROOT).as_posix()
        for path in package_files()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler) and swallows_everything(node)
    }
    assert swallowing <= {
        "diag_gui/session/jobs.py",
        "diag_gui/registry.py",
        "diag_gui/__main__.py",
        "diag_gui/formats/decode_serving.py",
        "diag_gui/formats/decode_worker.py",
    }
    assert "diag_gui/session/jobs.py" in swallowing, "the search finds the one that is there"


def test_nothing_waits_in_the_event_loop_by_running_it():
    """`processEvents` lets a click arrive in the middle of a change."""
    guilty = [path.name for path in package_files() if "processEvents(" in path.read_text("utf-8")]
    assert guilty == []
