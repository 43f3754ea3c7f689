"""Walking through a run on the workers of a Dask cluster: they read its files themselves and match images at a time.

A file that a worker sees is read there, columns in ``.npy`` files row by row by whoever matches them. Ground truth of the images
of a part travels with its task, from there come back the 10 to 14 bytes per prediction that figures need. A worker that is lost
costs the parts it was at and the files it held, which others read again. What no worker can read, or refuses, is read here, by
the same code, which also says what is wrong with it: figures and accounts are to the bit those of one process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import FloatArray, IntArray, LongArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.engines.dask_engine import PARTS_PER_WORKER, RETRIES, check_workers
from diag_gui.engines.run_parts import bounds_of_rows
from diag_gui.engines.shard_reading import shard_of
from diag_gui.engines.streamed_parts import (
    Boxes,
    RowsSeen,
    StoredRows,
    StoredSet,
    boxes_at,
    digest_of,
    head_of,
    look_at_rows,
    match_part,
    piece_of,
    read_columns,
    stored_set,
    truth_of,
    try_part,
)
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.evaluation.partial_figures import PartialFigures
from diag_gui.evaluation.run_columns import RunColumns
from diag_gui.evaluation.run_part import without_ground_truth
from diag_gui.evaluation.streamed_figures import OF_A_PART, figures_of_parts
from diag_gui.exceptions import EvaluationError
from diag_gui.formats import numpy_columns
from diag_gui.formats.column_cache import ColumnCache
from diag_gui.formats.column_choice import NO_CHOICE, ColumnChoice
from diag_gui.formats.column_sets import ColumnSet
from diag_gui.formats.identifiers import find_integers
from diag_gui.formats.plausibility import BoxesByImage, images_looked_at
from diag_gui.formats.run_reading import READ_ELSEWHERE, PartReader, RunReader
from diag_gui.formats.same_objects import images_compared
from diag_gui.formats.streamed_reading import WalkedRun, columns_of_file, head_of_run

AHEAD = 3
"""Parts for each worker that are on their way at a time: none waits for work, and ground truth need not lie in every queue."""

ROWS_LOOKED_AT = 4 << 20
"""Rows of columns that a worker looks at together."""

SHARE_OF_READING = 0.4
"""Share of progress that is told of reading."""


def walk_on(
    client: Any,
    path: Path,
    dataset: Dataset,
    params: EvaluationParams,
    *,
    format: str = "auto",
    columns: ColumnChoice = NO_CHOICE,
    with_cache: bool = True,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> WalkedRun:
    """Return the figures of a run whose files workers read and match.

    Parameters
    ----------
    client : distributed.Client
    path : Path
        A file, a folder, or a pattern of several.
    dataset : Dataset
    params : EvaluationParams
    format, columns
        As of `diag_gui.formats.opening.open_predictions`.
    with_cache : bool
        Whether workers keep what they parse as columns, in their own cache folders.
    workers : int, optional
        Threads of this process, which puts the parts together.
    progress : callable, optional
        Told the share of files that are read, then of parts that are matched.

    Raises
    ------
    EvaluationError
        If a task took its worker down more often than `RETRIES` times, or as of `check_workers` and `partial_figures`.
    FormatError, DatasetMismatchError
        As of `diag_gui.formats.streamed_reading.open_columns`.
    """
    from distributed import KilledWorker

    n_workers = check_workers(client)
    told = progress or _nobody
    try:
        there = _Readers(client, dataset, columns, RunReader(dataset, format, columns, _cache(with_cache), None), n_workers)
        files = there.read(path, lambda share: told(SHARE_OF_READING * share))
        boxes = _boxes_to_look_at(files, dataset)
        run, reports = head_of_run(path, dataset, [one.path for one in files], [one.report for one in files], boxes)
        parts = _matched(client, files, dataset, params, n_workers, lambda share: told(SHARE_OF_READING * (1 - share) + share))
    except KilledWorker as error:
        raise EvaluationError("--engine", f"a part of the run took its worker down {RETRIES} times: {error}") from error
    for one in files:
        one.refuse_changed()
    found = figures_of_parts(parts, len(dataset.classes), params, sizes_are_nominal=dataset.sizes_are_nominal, workers=workers)
    return WalkedRun(run, reports, found)


@dataclass(frozen=True, slots=True, eq=False)
class _ReadThere:
    """A file that a worker parsed, and holds."""

    client: Any
    path: Path
    report: ReadReport
    offsets: LongArray
    future: Any

    def piece(self, first: int, last: int) -> Any:
        """Return the predictions of images ``first`` to ``last`` as an argument of a task."""
        return self.client.submit(piece_of, self.future, first, last, retries=RETRIES, pure=False)

    def boxes(self, images: Sequence[int]) -> BoxesByImage:
        """Return what was found, to be looked at in those images."""
        found: dict[int, Boxes] = self.client.submit(boxes_at, self.future, images, retries=RETRIES, pure=False).result()
        return BoxesByImage(self.offsets, found.__getitem__)

    def refuse_changed(self) -> None:
        """Raise `FormatError` if what pieces are read from is not what it was: what was parsed is."""


@dataclass(frozen=True, slots=True, eq=False)
class _Stored:
    """Columns that stay in their files, which workers see."""

    found: ColumnSet
    stored: StoredSet
    class_ids: LongArray
    report: ReadReport
    offsets: LongArray

    @property
    def path(self) -> Path:
        return self.found.path

    def piece(self, first: int, last: int) -> StoredRows:
        offsets = self.offsets[first : last + 1]
        return StoredRows(self.stored, int(offsets[0]), offsets - offsets[0], self.class_ids)

    def boxes(self, images: Sequence[int]) -> BoxesByImage:
        def at(image: int) -> tuple[FloatArray, IntArray]:
            rows = slice(int(self.offsets[image]), int(self.offsets[image + 1]))
            columns = self.found.columns
            class_id = np.ascontiguousarray(columns["category"][rows], np.int64)
            return np.ascontiguousarray(columns["box"][rows], np.float64), find_integers(class_id, self.class_ids)

        return BoxesByImage(self.offsets, at)

    def refuse_changed(self) -> None:
        self.found.refuse_changed()


@dataclass(frozen=True, slots=True, eq=False)
class _ReadHere:
    """A file that no worker could read."""

    path: Path
    report: ReadReport
    columns: RunColumns
    stored: ColumnSet | None

    @property
    def offsets(self) -> LongArray:
        return self.columns.pred_offsets

    def piece(self, first: int, last: int) -> RunColumns:
        return piece_of(self.columns.without_ground_truth(), first, last)

    def boxes(self, images: Sequence[int]) -> BoxesByImage:
        def at(image: int) -> tuple[FloatArray, IntArray]:
            part = self.columns.part(image, image + 1)
            return part.pred_xywh, part.pred_class

        return BoxesByImage(self.offsets, at)

    def refuse_changed(self) -> None:
        if self.stored is not None:
            self.stored.refuse_changed()


FilePart = _ReadThere | _Stored | _ReadHere
"""What is known of one file of a run."""


class _Readers:
    """The workers as readers of the files of one run."""

    def __init__(self, client: Any, dataset: Dataset, columns: ColumnChoice, reader: RunReader, n_workers: int) -> None:
        self._client, self._dataset, self._columns, self._reader = client, dataset, columns, reader
        self._n_workers = n_workers
        self._tables = client.scatter(without_ground_truth(dataset), broadcast=True, hash=False)

    def read(self, path: Path, progress: Callable[[float], None]) -> list[FilePart]:
        """Return the files of a run: first what all workers do is begun, then each is waited for."""
        readers = self._reader.parts_of(path, None)
        begun = [self._begin(reader, is_part=len(readers) > 1) for reader in readers]
        files: list[FilePart] = []
        for place, (reader, finish) in enumerate(zip(readers, begun, strict=True), 1):
            files.append(finish() or self._read_here(reader))
            progress(place / len(readers))
        return files

    def _read_here(self, reader: PartReader) -> FilePart:
        here = columns_of_file(reader, self._dataset)
        return _ReadHere(reader.path, here.report, here.columns, here.stored)

    def _begin(self, reader: PartReader, *, is_part: bool) -> Callable[[], FilePart | None]:
        """Begin to read a file; what is returned waits for it, and gives None where it is to be read here."""
        if reader.format not in READ_ELSEWHERE:
            return lambda: None
        if reader.format == numpy_columns.FORMAT:
            return self._begin_set(reader, is_part=is_part)
        return self._begin_file(reader, is_part=is_part)

    def _begin_file(self, reader: PartReader, *, is_part: bool) -> Callable[[], FilePart | None]:
        shard = shard_of(reader.path, reader.format)
        if shard is None:
            return lambda: None
        future = self._submit(
            read_columns, shard, self._tables, self._columns, with_cache=self._reader.cache is not None, is_part=is_part
        )
        head = self._submit(head_of, future)

        def finish() -> FilePart | None:
            answer = head.result()
            if answer is None:
                return None
            report, offsets = answer
            return _ReadThere(self._client, reader.path, replace(report, path=reader.path), offsets, future)

        return finish

    def _begin_set(self, reader: PartReader, *, is_part: bool) -> Callable[[], FilePart | None]:
        found = numpy_columns.stored_predictions(reader.path)
        stored, n = stored_set(found), len(found)
        if stored is None:
            return lambda: None
        if n == 0 or any(found.columns[key].dtype.kind != "f" for key in ("box", "score")):
            return self._begin_file(reader, is_part=is_part)
        # Whole pieces, as one process looks at them: then problems are noted in the same order.
        n_pieces = -(-min(ROWS_LOOKED_AT, -(-n // self._n_workers)) // numpy_columns.CHECKED_AT_ONCE)
        rows = n_pieces * numpy_columns.CHECKED_AT_ONCE
        looks = [self._submit(look_at_rows, stored, self._tables, first, min(first + rows, n)) for first in range(0, n, rows)]
        digest = self._submit(digest_of, stored)

        def finish() -> FilePart | None:
            seen = self._client.gather(looks)
            if False in seen or digest.result() is None:
                return None
            offsets = None if True in seen else _offsets_of(seen, len(self._dataset.images))
            if offsets is None:
                return self._begin_file(reader, is_part=is_part)()
            log = ProblemLog(reader.path)
            for one in seen:
                for group in one.problems:
                    log.adopt(group)
            report = ReadReport(reader.path, numpy_columns.FORMAT, digest.result(), n, n, 0, log.groups())
            return _Stored(found, stored, self._dataset.classes.class_id, report, offsets)

        return finish

    def _submit(self, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        return self._client.submit(function, *given, **named, retries=RETRIES, pure=False)


def _offsets_of(seen: Sequence[RowsSeen], n_images: int) -> LongArray | None:
    """Return where the rows of each image start, by what was seen of consecutive rows; None where they are not in order."""
    if any(after.first_image < before.first_image + len(before.n_per_image) - 1 for before, after in pairwise(seen)):
        return None
    n_per_image = np.zeros(n_images, np.int64)
    for one in seen:
        n_per_image[one.first_image : one.first_image + len(one.n_per_image)] += one.n_per_image
    return np.concatenate(([0], np.cumsum(n_per_image))).astype(np.int64)


def _boxes_to_look_at(files: Sequence[FilePart], dataset: Dataset) -> list[BoxesByImage]:
    """Return what lies in each file, in the images that `head_of_run` looks at."""
    wanted = images_looked_at(dataset, _offsets_of_all(files))
    compared = [images_compared(files[0].offsets, one.offsets) for one in files[1:]]
    images_of = [np.concatenate([wanted, *compared]), *(np.concatenate([wanted, images]) for images in compared)]
    found = []
    for one, images in zip(files, images_of, strict=True):
        images = np.unique(images)
        has_any = one.offsets[images + 1] > one.offsets[images]
        found.append(one.boxes(images[has_any].tolist()))
    return found


def _offsets_of_all(files: Sequence[FilePart]) -> LongArray:
    return np.asarray(np.sum([one.offsets for one in files], axis=0), np.int64)


def _matched(
    client: Any,
    files: Sequence[FilePart],
    dataset: Dataset,
    params: EvaluationParams,
    n_workers: int,
    progress: Callable[[float], None],
) -> list[PartialFigures]:
    """Return what the parts of a run add to its figures, in the order of their images."""
    from distributed import as_completed

    offsets = _offsets_of_all(files)
    bounds = bounds_of_rows(offsets, max(PARTS_PER_WORKER * n_workers, -(-int(offsets[-1]) // OF_A_PART)))
    submit = partial(_submit_part, client, files, dataset, params)
    coming: Iterator[tuple[int, tuple[int, int]]] = iter(enumerate(bounds))
    parts: dict[int, PartialFigures] = {}
    place_of: dict[Any, int] = {}
    for place, images in islice(coming, AHEAD * n_workers):
        place_of[submit(*images)] = place
    done = as_completed(list(place_of), with_results=True, loop=client.loop)
    try:
        for future, part in done:
            place = place_of.pop(future)
            for following, images in islice(coming, 1):
                another = submit(*images)
                place_of[another] = following
                done.add(another)
            parts[place] = part if part is not None else _match_here(client, files, dataset, params, *bounds[place])
            progress(len(parts) / len(bounds))
    finally:
        client.cancel(list(place_of))
    return [parts[place] for place in range(len(bounds))]


def _pieces(files: Sequence[FilePart], first: int, last: int) -> list[Any]:
    return [one.piece(first, last) for one in files if one.offsets[last] > one.offsets[first]]


def _submit_part(
    client: Any, files: Sequence[FilePart], dataset: Dataset, params: EvaluationParams, first: int, last: int
) -> Any:
    truth = truth_of(dataset, first, last)
    return client.submit(try_part, truth, _pieces(files, first, last), params, retries=RETRIES, pure=False)


def _match_here(
    client: Any, files: Sequence[FilePart], dataset: Dataset, params: EvaluationParams, first: int, last: int
) -> PartialFigures:
    """Match a part that a worker could not: it may not see what another saw, or there is something to say."""
    pieces = client.gather(_pieces(files, first, last))
    return match_part(truth_of(dataset, first, last), pieces, params)


def _cache(with_cache: bool) -> ColumnCache | None:
    return ColumnCache() if with_cache else None


def _nobody(_share: float) -> None:
    """Hear of progress that nobody asked for."""
