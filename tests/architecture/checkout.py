"""The files of the checkout, told apart from what tools leave in it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_MADE_BY_TOOLS = {"__pycache__", "build", "dist", "node_modules"}


def package_files() -> list[Path]:
    """Return the Python files of the program."""
    return sorted(path for path in (ROOT / "diag_gui").rglob("*.py") if _MADE_BY_TOOLS.isdisjoint(path.parts))


def text_files() -> list[Path]:
    """Return what people wrote: code, tests, scripts, documents, the data of the sample."""
    # In a second work tree of one repository .git is a file, and holds git's own path to it.
    top = (path for path in ROOT.iterdir() if path.is_file() and path.name != ".git")
    found = [path for path in top if path.suffix in {".md", ".toml", ".cfg", ".in", ""}]
    for folder in ("diag_gui", "tests", "resources", ".ci"):
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file() and _MADE_BY_TOOLS.isdisjoint(path.parts)]
    return sorted(path for path in found if b"\0" not in path.read_bytes()[:4096])
