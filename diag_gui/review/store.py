"""The project file: decisions go in, are on disk before the call returns, and come out again.

SQLAlchemy is imported when a store is opened, never by importing this module.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from diag_gui.exceptions import StoreError
from diag_gui.review.events import Operation
from diag_gui.review.merging import MergeReport, conflicts_between, joined_projects, missing_in
from diag_gui.review.moved_images import ImageContent
from diag_gui.review.project import Project

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from diag_gui.data.arrays import AnyArray
    from diag_gui.review.database import Database


class ReviewStore:
    """A project that is open. Made by `create` or `open`; use it as a context manager or call `close`.

    Notes
    -----
    One connection serves every thread in turn. Two programs may have one project open: a writer waits for the other.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed = False

    @classmethod
    def create(cls, path: Path | str, project: Project | None = None, *, images: AnyArray | None = None) -> ReviewStore:
        """Make a new project file.

        Parameters
        ----------
        path : Path or str
            Must not exist; ``.diag`` by custom.
        project : Project, optional
            Its facts; defaults to none and the default tags.
        images : ndarray of uint64, optional
            `locate.image_digests` of the dataset, so that the project is found again when its data is opened.

        Raises
        ------
        StoreError
            If it exists or cannot be written; nothing is left behind.
        """
        from diag_gui.review import project_tables
        from diag_gui.review.database import Database

        def fill(connection: Connection) -> None:
            project_tables.write_project(connection, project or Project())
            if images is not None:
                project_tables.write_image_set(connection, images)

        return cls(Database.create(Path(path), fill))

    @classmethod
    def open(cls, path: Path | str, *, read_only: bool = False) -> ReviewStore:
        """Open a project file.

        Parameters
        ----------
        path : Path or str
        read_only : bool
            Whether the file must not be changed; then it also opens in a folder that cannot be written to.

        Raises
        ------
        StoreError
            If it is missing, no project, damaged, newer than this program, or holds what no project has.
        """
        from diag_gui.review.database import Database

        return cls(Database(Path(path), read_only=read_only))

    @property
    def path(self) -> Path:
        """The project file."""
        return self._database.path

    @property
    def read_only(self) -> bool:
        """Whether the project was opened for reading only."""
        return self._database.read_only

    def append(self, operation: Operation) -> Operation:
        """Keep an operation. When this returns it is on disk.

        Parameters
        ----------
        operation : Operation
            Appending one twice keeps it once.

        Returns
        -------
        Operation
            As kept: with its clock, its place in the file, and what really stood before each event.

        Raises
        ------
        StoreError
            If it could not be kept; then nothing of it was.
        """
        from diag_gui.review import event_log

        with self._records(), self._database.writing() as connection:
            kept = event_log.stored(connection, operation)
        self._changed = True
        return kept

    def operations(self, since: int = 0) -> tuple[Operation, ...]:
        """Return the operations in the order they count.

        Parameters
        ----------
        since : int
            Only those appended to this file after the one with this ``sequence``: by this program or another.

        Raises
        ------
        StoreError
            If a record is not what this program writes.
        """
        from diag_gui.review import event_log

        with self._records(), self._database.reading() as connection:
            return tuple(event_log.read(connection, event_log.since(since) if since else None))

    def undo(self, author: str) -> Operation | None:
        """Take back the latest decision of a person by appending its inverse, also one of an earlier session.

        Parameters
        ----------
        author : str

        Returns
        -------
        Operation or None
            What was appended; None if there is nothing to undo (only the last 200 decisions can be).

        Raises
        ------
        StoreError
            If somebody else changed one of its objects since, or it could not be kept.
        """
        from diag_gui.review import undo

        with self._records(), self._database.writing() as connection:
            kept = undo.undo(connection, author, self.path)
        self._changed |= kept is not None
        return kept

    def redo(self, author: str) -> Operation | None:
        """Bring back the decision a person undid last; a new decision in between ends that.

        Parameters
        ----------
        author : str

        Returns
        -------
        Operation or None
            What was appended; None if there is nothing to redo.

        Raises
        ------
        StoreError
            If somebody else changed one of its objects since, or it could not be kept.
        """
        from diag_gui.review import undo

        with self._records(), self._database.writing() as connection:
            kept = undo.redo(connection, author, self.path)
        self._changed |= kept is not None
        return kept

    def undo_label(self, author: str) -> str | None:
        """Return what undo would do, for the menu: ``Undo tag 12 images``; None if there is nothing to undo."""
        from diag_gui.review import undo

        with self._records(), self._database.reading() as connection:
            found = undo.next_undo(connection, author)
            return None if found is None else undo.named("Undo", found[0].label)

    def undo_id(self, author: str) -> str | None:
        """Return the identity of the decision that undo would take back; None if there is nothing to undo."""
        from diag_gui.review import undo

        with self._records(), self._database.reading() as connection:
            found = undo.next_undo(connection, author)
            return None if found is None else found[0].id

    def redo_label(self, author: str) -> str | None:
        """Return what redo would do, for the menu; None if there is nothing to redo."""
        from diag_gui.review import undo

        with self._records(), self._database.reading() as connection:
            found = undo.next_redo(connection, author)
            return None if found is None else undo.named("Redo", found[0].label)

    def project(self) -> Project:
        """Return the facts of the project.

        Raises
        ------
        StoreError
        """
        from diag_gui.review import project_tables

        with self._records(), self._database.reading() as connection:
            return project_tables.read_project(connection)

    def change_project(self, change: Callable[[Project], Project], *, images: AnyArray | None = None) -> Project:
        """Replace the facts of the project by ``change`` of them, with no other writer in between.

        Parameters
        ----------
        change : callable
            From the facts as they are now to the new ones.
        images : ndarray of uint64, optional
            `locate.image_digests` of the dataset, if that changed.

        Returns
        -------
        Project
            The new facts.

        Raises
        ------
        StoreError
            If they could not be kept.
        """
        from diag_gui.review import project_tables

        with self._database.writing() as connection:
            with self._records():
                project = project_tables.read_project(connection)
            project = change(project)
            project_tables.write_project(connection, project)
            if images is not None:
                project_tables.write_image_set(connection, images)
        self._changed = True
        return project

    def image_contents(self) -> dict[str, ImageContent]:
        """Return what is known of the content of images, by path.

        Raises
        ------
        StoreError
        """
        from diag_gui.review import project_tables

        with self._records(), self._database.reading() as connection:
            return project_tables.read_contents(connection)

    def remember_contents(self, contents: Mapping[str, ImageContent]) -> None:
        """Keep the content of images, so that decisions follow a file that is moved.

        Parameters
        ----------
        contents : mapping of str to ImageContent
            By path, from `moved_images.contents_of`.

        Raises
        ------
        StoreError
            If nothing was kept.
        """
        from diag_gui.review import project_tables

        with self._database.writing() as connection:
            project_tables.write_contents(connection, contents)
        self._changed = True

    def merge(self, other: ReviewStore) -> MergeReport:
        """Add the operations of another project that this one does not have; a dated copy is made first.

        Parameters
        ----------
        other : ReviewStore
            Is not changed.

        Returns
        -------
        MergeReport
            Conflicts on one object are listed; the latest decision stands.

        Raises
        ------
        StoreError
            If nothing was merged.
        """
        from diag_gui.review import event_log, project_tables

        theirs, their_project, their_contents = other.operations(), other.project(), other.image_contents()
        if not self.read_only:
            self._database.keep_copy()
        with self._records(), self._database.writing() as connection:
            ours = tuple(event_log.read(connection))
            new = missing_in(ours, theirs)
            project = project_tables.read_project(connection)
            project_tables.write_project(connection, joined_projects(project, their_project))
            known = project_tables.read_contents(connection)
            new_contents = {path: content for path, content in their_contents.items() if path not in known}
            project_tables.write_contents(connection, new_contents)
            added = tuple(event_log.write(connection, operation) for operation in new)
        self._changed = True
        only_ours: Sequence[Operation] = missing_in(theirs, ours)
        return MergeReport(added, len(ours) - len(only_ours), conflicts_between(only_ours, new))

    def close(self) -> None:
        """Close the project and, if it was changed, keep a dated copy beside it (the last three stay).

        Raises
        ------
        StoreError
            If the copy could not be written. The project itself is closed and complete.
        """
        changed, self._changed = self._changed, False
        try:
            if changed:
                self._database.keep_copy()
        except StoreError as error:
            raise StoreError(self.path, f"every decision is kept, but no backup copy could be made: {error.reason}") from error
        finally:
            self._database.close()

    def __enter__(self) -> ReviewStore:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _records(self) -> Iterator[None]:
        """Turn a record that nobody of us wrote into an error that names the file."""
        try:
            yield
        except (ValueError, KeyError, RecursionError) as error:
            raise StoreError(
                self.path, f"the file holds a damaged record ({error}); restore a backup copy from beside it"
            ) from error
