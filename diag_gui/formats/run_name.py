"""What a run is called unless someone says otherwise."""

from __future__ import annotations

from pathlib import Path

from diag_gui.data.run_files import files_named

_ENDINGS = (".gz", ".json", ".geojson", ".txt", ".parquet", ".npy")
_NAMED = 3
"""Files of a run that its name names."""


def run_name(path: Path) -> str:
    """Return the name of the file or folder without its endings for JSON, text, tables and compression.

    Several files are called after what their names have in common but for a number, ``part`` of ``part-1`` and ``part-2``; else
    after the folder of a pattern; else ``a+b``.
    """
    name = path.name or path.resolve().name
    if path.is_dir():
        return name
    files, _ = files_named(path)
    if len(files) < 2:
        return _without_endings(files[0].name if files else name)
    stems = list(dict.fromkeys(_without_endings(file.name) for file in files))
    common = {stem.rstrip("0123456789").rstrip("-_. ") for stem in stems}
    if len(common) == 1 and (only := common.pop()):
        return only
    if "*" in name or "?" in name:
        return files[0].absolute().parent.name or name
    return "+".join(stems[:_NAMED]) + (f"+{len(stems) - _NAMED}" if len(stems) > _NAMED else "")


def _without_endings(name: str) -> str:
    for ending in _ENDINGS:
        if name.lower().endswith(ending) and len(name) > len(ending):
            name = name[: -len(ending)]
    return name
