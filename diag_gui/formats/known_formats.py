"""The formats beside COCO and YOLO that can be opened: what each is told by, and the module that reads it.

One entry says everything the rest of the program needs to know of a format. Modules are imported when a file asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from diag_gui.formats.content import Content
from diag_gui.formats.roles import GROUND_TRUTH, PREDICTIONS, Role
from diag_gui.registry import Registry


@dataclass(frozen=True, slots=True)
class KnownFormat:
    """One format in one role.

    Attributes
    ----------
    title : str
        Shown to people.
    role : Role
        Ground truth or predictions.
    module : str
        Of `diag_gui.formats`; has ``recognise(content) -> str``, the reason why it is this format, empty if it is not, and
        ``read_ground_truth(path, *, images, progress, cancelled) -> (Dataset, ReadReport)``, with the folder of the pictures as
        a third where the reader found it, or
        ``read_predictions(path, dataset, *, progress, cancelled) -> (Run, ReadReport)``.
    kinds : frozenset of str
        Kinds of `Content` it may be recognised in: ``json-object``, ``json-list``, ``xml``, ``text``, ``folder``,
        ``parquet``, ``npy``.
    takes_columns : bool
        Whether its readers take ``columns``, a `ColumnChoice`: which column, or property, plays which part.
    """

    title: str
    role: Role
    module: str
    kinds: frozenset[str]
    takes_columns: bool = False

    def recognise(self, content: Content) -> str:
        """Return why ``content`` is of this format; empty if it is not."""
        if content.kind not in self.kinds:
            return ""
        reason: str = self._attribute("recognise" if self.role is GROUND_TRUTH else "recognise_predictions")(content)
        return reason

    @property
    def read(self) -> Callable[..., Any]:
        """The reader."""
        return self._attribute("read_ground_truth" if self.role is GROUND_TRUTH else "read_predictions")

    def _attribute(self, name: str) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(import_module(f"diag_gui.formats.{self.module}"), name)
        return found


TABLE = "table"
"""The format of tables with any names in the header; see `object_tables`."""

GROUND_TRUTH_READERS: Registry[KnownFormat] = Registry("format of ground truth")
PREDICTION_READERS: Registry[KnownFormat] = Registry("format of predictions")


def _register(name: str, title: str, role: Role, module: str, *kinds: str, takes_columns: bool = False) -> None:
    readers = GROUND_TRUTH_READERS if role is GROUND_TRUTH else PREDICTION_READERS
    readers.register(name, KnownFormat(title, role, module, frozenset(kinds), takes_columns))


_register("voc", "Pascal VOC XML", GROUND_TRUTH, "voc", "xml")
_register("voc-difficult", "Pascal VOC XML, difficult ignored", GROUND_TRUTH, "voc_difficult")
_register("cvat", "CVAT for images 1.1", GROUND_TRUTH, "cvat", "xml")
_register("labelme", "labelme JSON", GROUND_TRUTH, "labelme", "json-object")
_register("datumaro", "Datumaro JSON", GROUND_TRUTH, "datumaro", "json-object")
_register("datumaro", "Datumaro JSON", PREDICTIONS, "datumaro", "json-object")
_register("labelstudio", "Label Studio tasks", GROUND_TRUTH, "label_studio", "json-list", "json-object")
_register("labelstudio", "Label Studio tasks", PREDICTIONS, "label_studio", "json-list", "json-object")
_register("bdd100k", "BDD100K / Scalabel JSON", GROUND_TRUTH, "bdd100k", "json-list", "json-object")
_register("bdd100k", "BDD100K / Scalabel JSON", PREDICTIONS, "bdd100k", "json-list", "json-object")
_register("kitti", "KITTI text files", GROUND_TRUTH, "kitti", "text")
_register("kitti", "KITTI text files", PREDICTIONS, "kitti", "text")
_register("visdrone", "VisDrone text files", GROUND_TRUTH, "visdrone", "text")
_register("visdrone", "VisDrone text files", PREDICTIONS, "visdrone", "text")
_register("openimages", "Open Images CSV", GROUND_TRUTH, "open_images", "text")
_register("openimages", "Open Images CSV", PREDICTIONS, "open_images", "text")
_register("bdd100k-inclusive", "BDD100K, widths x2 − x1 + 1", GROUND_TRUTH, "bdd100k_inclusive")
_register("bdd100k-inclusive", "BDD100K, widths x2 − x1 + 1", PREDICTIONS, "bdd100k_inclusive")
_register("dota", "DOTA text files", GROUND_TRUTH, "dota", "text")
_register("dota", "DOTA results", PREDICTIONS, "dota_predictions", "text")
_register("class-files", "one text file per class (VOC, YOLTv4)", PREDICTIONS, "class_files", "text")
_register("geojson", "GeoJSON", GROUND_TRUTH, "geojson", "json-object", takes_columns=True)
_register("geojson", "GeoJSON", PREDICTIONS, "geojson", "json-object", takes_columns=True)
_register("numpy", "NumPy columns", GROUND_TRUTH, "numpy_columns", "npy", "folder")
_register("numpy", "NumPy columns", PREDICTIONS, "numpy_columns", "npy", "folder")
_register(TABLE, "table of boxes", GROUND_TRUTH, "object_tables", "text", "json-list", "parquet", takes_columns=True)
_register(TABLE, "table of boxes", PREDICTIONS, "object_tables", "text", "json-list", "parquet", takes_columns=True)


def recognise_known(content: Content) -> tuple[str, Role, str] | None:
    """Return name, role and reason of the first format that ``content`` is of, ground truth first; None if of none."""
    for readers, role in ((GROUND_TRUTH_READERS, GROUND_TRUTH), (PREDICTION_READERS, PREDICTIONS)):
        for name, known in readers.items():
            if reason := known.recognise(content):
                return name, role, reason
    return None


def asked_for(formats: Iterable[str]) -> str:
    """Return the format to read files by that were read in these formats before: its name if no content tells it, else auto.

    What is told by content is told again, by whatever the file holds now; what somebody asked for would be lost.
    """
    names = set(formats)
    name = names.pop() if len(names) == 1 else ""
    known = [readers[name] for readers in (GROUND_TRUTH_READERS, PREDICTION_READERS) if name in readers]
    return name if known and not known[0].kinds else "auto"
