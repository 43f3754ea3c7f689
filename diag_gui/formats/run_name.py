"""What a run is called unless someone says otherwise."""

from __future__ import annotations

from pathlib import Path


def run_name(path: Path) -> str:
    """Return the name of the file or folder without its endings for JSON, text and compression."""
    name = path.name or path.resolve().name
    if path.is_dir():
        return name
    for ending in (".gz", ".json", ".geojson", ".txt"):
        if name.lower().endswith(ending) and len(name) > len(ending):
            name = name[: -len(ending)]
    return name
