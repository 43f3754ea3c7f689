"""What a project is about: its files, its tags and its settings. The decisions themselves are in the event log."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from diag_gui.data.run import Run
from diag_gui.data.run_files import is_there
from diag_gui.review.events import DEFAULT_TAGS


@dataclass(frozen=True, slots=True)
class FileReference:
    """A file or folder a project refers to, findable after either was moved.

    Attributes
    ----------
    absolute : str
        Where it was.
    relative : str or None
        From the project's folder, with ``/``; None where there is no way (another drive).
    sha256 : str
        Digest of the content when it was read; empty for a folder of images.
    format : str
        Name of the format; empty where it has none.
    """

    absolute: str
    relative: str | None = None
    sha256: str = ""
    format: str = ""

    @classmethod
    def to(cls, path: Path, project: Path, *, sha256: str = "", format: str = "") -> FileReference:
        """Return the reference from a project to a file.

        Parameters
        ----------
        path : Path
            The file.
        project : Path
            The project file.
        sha256, format : str, optional
        """
        absolute = path.absolute()
        try:
            relative = PurePath(os.path.relpath(absolute, project.absolute().parent)).as_posix()
        except ValueError:
            relative = None
        return cls(str(absolute), relative, sha256, format)

    def find(self, project: Path) -> Path | None:
        """Return where the file is now: first beside the project as before, then where it was; None if at neither.

        Parameters
        ----------
        project : Path
            Where the project file is now.
        """
        places = [Path(self.absolute)]
        if self.relative is not None:
            places.insert(0, Path(os.path.normpath(project.absolute().parent / self.relative)))
        return next((place for place in places if is_there(place)), None)


@dataclass(frozen=True, slots=True)
class RunReference:
    """A run a project refers to.

    Attributes
    ----------
    name : str
    file : FileReference
        ``file.sha256`` is of the bytes that were read.
    date : datetime.date or None
    hours : float or None
        Person-hours spent.
    notes : str
    hashes : tuple of str
        By which prediction keys name the run, the newest first: several where its file was written anew with other content.
    """

    name: str
    file: FileReference
    date: datetime.date | None = None
    hours: float | None = None
    notes: str = ""
    hashes: tuple[str, ...] = ()

    @classmethod
    def to(cls, run: Run, project: Path, run_hash: str) -> RunReference:
        """Return the reference from a project to a loaded run.

        Parameters
        ----------
        run : Run
        project : Path
            The project file.
        run_hash : str
            `row_keys.content_hash` of the run.
        """
        file = FileReference.to(run.source.path, project, sha256=run.source.sha256, format=run.source.format)
        return cls(run.name, file, run.date, run.hours, run.notes, (run_hash,))


@dataclass(frozen=True, slots=True)
class Project:
    """The facts of a project.

    Attributes
    ----------
    dataset : FileReference or None
        The ground truth.
    image_root : FileReference or None
    runs : tuple of RunReference
    metadata_files : tuple of FileReference
    tag_set : tuple of str
        In the order of the keys 1 to 9.
    settings : mapping of str to JSON value
        Thresholds last used and the like.
    saved_queries : mapping of str to JSON value
        By name.
    """

    dataset: FileReference | None = None
    image_root: FileReference | None = None
    runs: tuple[RunReference, ...] = ()
    metadata_files: tuple[FileReference, ...] = ()
    tag_set: tuple[str, ...] = DEFAULT_TAGS
    settings: Mapping[str, Any] = field(default_factory=dict)
    saved_queries: Mapping[str, Any] = field(default_factory=dict)
