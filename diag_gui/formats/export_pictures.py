"""The picture files that go with an export: copied or linked into ``images/``, only regular files from within the image root."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from diag_gui.formats.export_folder import ExportFolder
from diag_gui.formats.export_request import ExportRequest, Pictures, Watch, Written
from diag_gui.formats.image_root import image_path

PICTURES_FOLDER = "images"


def place_pictures(request: ExportRequest, folder: ExportFolder, written: Written, watch: Watch) -> list[str]:
    """Copy or link the pictures of the chosen images.

    Returns
    -------
    list of str
        File names of the images whose picture is not there, is no regular file, or lies outside the image root.

    Notes
    -----
    A name that the writer gave an image (``written.renamed``) is taken over, and one that has to change here is noted
    there, so labels and pictures keep the same name. A link is a hard link where the file system has them, since a
    symbolic one would lead a reader out of the exported folder; else a symbolic link.
    """
    if request.pictures is Pictures.NONE:
        return []
    missing: list[str] = []
    placed: dict[str, str] = {}
    rows = request.image_rows.tolist()
    for done, row in enumerate(rows):
        name = request.dataset.images.file_name[row]
        source = picture_file(request.image_root, name)
        if source is None:
            missing.append(name)
            continue
        wanted = request.file_name(row, written)
        if wanted in placed:
            # Two image records of one file: one picture serves both.
            if placed[wanted] != name:
                written.renamed[row] = placed[wanted]
            continue
        reserved = folder.reserve(f"{PICTURES_FOLDER}/{wanted}")
        placed[wanted] = reserved.removeprefix(f"{PICTURES_FOLDER}/")
        if placed[wanted] != name:
            written.renamed[row] = placed[wanted]
        target = folder.path(reserved)
        if request.pictures is Pictures.COPY:
            shutil.copyfile(source, target)
        else:
            _link(source, target)
        if done % 16 == 0:
            watch.step(0.5 * done / len(rows))
    written.files["pictures"] = PICTURES_FOLDER
    written.counts |= {"pictures": len(rows) - len(missing), "pictures_missing": len(missing)}
    return missing


def picture_file(root: Path | None, name: str) -> Path | None:
    """Return the regular file that ``name`` means within ``root``; None where it is missing or leads outside.

    Notes
    -----
    It is found as the window finds it (`image_path`), so that what is seen is what is exported; but a link out of the root
    is not followed.
    """
    if root is None or not name or "\0" in name:
        return None
    try:
        base = root.resolve(strict=True)
        found = image_path(base, name.replace("\\", "/"))
        if found is None:
            return None
        path = found.resolve(strict=True)
        is_regular = stat.S_ISREG(path.stat().st_mode)
    except (OSError, RuntimeError, ValueError):
        return None
    return path if is_regular and path.is_relative_to(base) else None


def _link(source: Path, target: Path) -> None:
    """Make ``target`` the same file as ``source``."""
    try:
        os.link(source, target)
    except OSError:
        os.symlink(source, target)
