"""Formats whose files are read one by one: the loop that is the same for all of them, in both roles.

A format says how one file is parsed, and which images and objects that makes. What is left out is said to a `Refuse` on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.formats.class_lists import listed_order
from diag_gui.formats.collected_labels import NO_ATTRIBUTES, Attributes, Box, CollectedLabels, LabelledObject
from diag_gui.formats.collected_predictions import CollectedPredictions, PredictedObject
from diag_gui.formats.each_file import EachFile, files_ending
from diag_gui.formats.file_reading import Cancelled, Progress
from diag_gui.formats.folder_listing import files_below

T = TypeVar("T")

Refuse = Callable[[str, str, str], None]
"""Takes code, record and reason of what does not become an object."""


class ReadObject(NamedTuple):
    """One object as its file says, in either role; fields as of `LabelledObject` and `PredictedObject`.

    A label's score is not asked for, and a prediction is neither a crowd nor ignored.
    """

    class_name: str
    xywh: Box
    record: str
    score: float | None = None
    attributes: Attributes = NO_ATTRIBUTES
    quad: tuple[float, ...] | None = None
    mask: Any = None
    has_box: bool = True
    identifier: int | str | None = None
    is_crowd: bool = False
    is_ignored: bool = False


@dataclass(frozen=True, slots=True)
class ReadImage:
    """One image of a file, and what is on it.

    Attributes
    ----------
    name : str
    objects : iterable of ReadObject
    width, height : float or None
        Pixels, as far as the file says.
    attributes : mapping
        Metadata of the image.
    is_listed : bool
        Whether the format lists each image once: a second time is then noted.
    """

    name: str
    objects: Iterable[ReadObject]
    width: float | None = None
    height: float | None = None
    attributes: Attributes = field(default_factory=dict)
    is_listed: bool = False


@dataclass(frozen=True, slots=True)
class OneFile(Generic[T]):
    """One file that was parsed.

    Attributes
    ----------
    shown : str
        Its name in messages.
    path : Path
    content : object
        What parsing made of it.
    image : str
        The name of the picture that the file is called after.
    is_only : bool
        Whether no other file is read.
    log : ProblemLog
        For what is neither loaded nor left out.
    """

    shown: str
    path: Path
    content: T
    image: str
    is_only: bool
    log: ProblemLog


Images = Callable[[OneFile[T], Refuse], Iterator[ReadImage]]
"""What a parsed file holds, left out what the other is told."""


@dataclass(frozen=True, slots=True)
class FileByFile(Generic[T]):
    """How the files of a format are found and parsed.

    Attributes
    ----------
    format : str
    endings : tuple of str
        Of its files in a folder.
    limit : str
        Name of the limit of one file's size.
    problem : str
        Code under which a file that cannot be read is noted.
    parse : callable
        Makes of a path and its bytes what the format's functions take; raises `FormatError`.
    labels_in, predictions_in : str
        Folder within a data set's that holds these alone, where it is there.
    """

    format: str
    endings: tuple[str, ...]
    limit: str
    problem: str
    parse: Callable[[Path, bytes], T]
    labels_in: str = ""
    predictions_in: str = ""

    def labels(
        self,
        path: Path,
        images_of: Images[T],
        progress: Progress | None,
        cancelled: Cancelled | None,
        class_names: Callable[[], Sequence[str]] | None = None,
    ) -> tuple[Dataset, ReadReport]:
        """Read a folder, or one file, as ground truth.

        Parameters
        ----------
        path : Path
        images_of : callable
        progress, cancelled : callable or None
            As in every reader.
        class_names : callable, optional
            Asked at the end for the classes in the order of the format; by default those of a class list beside the files, else
            all that occur, sorted.

        Raises
        ------
        FormatError
            If there is no file, or none can be read.
        """
        labels = CollectedLabels(path, self.format, ProblemLog(path))
        files = self._files(path, self.labels_in, labels.log, progress, cancelled)
        for file in self._parsed(files):
            for image in images_of(file, labels.leave_out):
                place = labels.add_image(image.name, image.width, image.height, image.attributes, is_listed=image.is_listed)
                for one in image.objects:
                    labels.add(
                        place,
                        LabelledObject(
                            one.class_name, one.xywh, one.record, identifier=one.identifier, attributes=one.attributes,
                            is_crowd=one.is_crowd, is_ignored=one.is_ignored, quad=one.quad, mask=one.mask,
                        ),
                    )  # fmt: skip
        names = class_names() if class_names is not None else listed_order(path, labels.class_names)
        return labels.build(files.sha256, class_names=names)

    def predictions(
        self, path: Path, dataset: Dataset, images_of: Images[T], progress: Progress | None, cancelled: Cancelled | None
    ) -> tuple[Run, ReadReport]:
        """Read a folder, or one file, as predictions against a dataset; parameters as of `labels`.

        Raises
        ------
        FormatError
            If there is no file, or none can be read.
        DatasetMismatchError
            If no object belongs to an image, or none to a class, of the dataset.
        """
        found = CollectedPredictions(path, self.format, dataset, ProblemLog(path))
        files = self._files(path, self.predictions_in, found.log, progress, cancelled)
        for file in self._parsed(files):
            for image in images_of(file, found.leave_out):
                for one in image.objects:
                    if one.score is None:
                        found.leave_out("no-score", one.record, "has no score")
                        continue
                    found.add(
                        PredictedObject(
                            image.name, one.class_name, one.xywh, one.score, one.record, one.attributes, one.quad, one.mask,
                            one.has_box,
                        )
                    )  # fmt: skip
        return found.build(files.sha256)

    def _files(
        self, path: Path, inside: str, log: ProblemLog, progress: Progress | None, cancelled: Cancelled | None
    ) -> EachFile:
        folder = path / inside if inside and files_below(path / inside, frozenset(self.endings)) else path
        return EachFile(path, files_ending(folder, *self.endings), self.limit, self.problem, log, progress, cancelled)

    def _parsed(self, files: EachFile) -> Iterator[OneFile[T]]:
        for shown, path, content in files.parsed(self.parse):
            yield OneFile(shown, path, content, files.image_of(path), len(files.files) == 1, files.log)
