"""Writing a subset: the one function behind the window's export and the command line's.

Every export is a folder with ``manifest.json``. It appears complete or not at all, replaces nothing unasked, and nothing
is written outside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from diag_gui.exceptions import ExportError
from diag_gui.formats.coco_writer import write_coco
from diag_gui.formats.cvat_writer import write_cvat
from diag_gui.formats.datumaro_writer import write_datumaro
from diag_gui.formats.dota_writer import write_dota
from diag_gui.formats.export_csv_writer import csv_text
from diag_gui.formats.export_failures import write_failures
from diag_gui.formats.export_folder import MANIFEST_NAME, ExportFolder, readable_name
from diag_gui.formats.export_manifest import manifest_text
from diag_gui.formats.export_pictures import place_pictures
from diag_gui.formats.export_request import (
    Cancelled,
    ExportDecision,
    ExportRequest,
    ExportResult,
    FailureSelection,
    Pictures,
    Progress,
    Watch,
    Written,
)
from diag_gui.formats.export_values import column_value
from diag_gui.formats.image_list_writer import write_image_list
from diag_gui.formats.label_studio_writer import write_label_studio
from diag_gui.formats.labelme_writer import write_labelme
from diag_gui.formats.outcome_folders_writer import write_outcome_folders
from diag_gui.formats.table_writers import write_parquet, write_tables
from diag_gui.formats.voc_writer import write_voc
from diag_gui.formats.yolo_writer import write_yolo
from diag_gui.registry import Registry

__all__ = [
    "EXPORTERS",
    "ExportDecision",
    "ExportRequest",
    "ExportResult",
    "Exporter",
    "FailureSelection",
    "Pictures",
    "export_subset",
]

METADATA_NAME = "metadata.csv"


@dataclass(frozen=True, slots=True)
class Exporter:
    """One target format.

    Attributes
    ----------
    title : str
        Shown to people.
    write : callable
        Writes into the folder and notes what it wrote and what it could not.
    needs_failures : bool
        Whether it lists failures and so needs a run.
    pictures_first : bool
        Whether file names in what it writes follow the names the pictures got; else the pictures follow the writer.
    needs_evaluation : bool
        Whether it shows what became of all objects of the images, and so needs a run.
    places_pictures : bool
        Whether it does itself with pictures what was asked for.
    """

    title: str
    write: Callable[[ExportRequest, ExportFolder, Written, Watch], None]
    needs_failures: bool = False
    pictures_first: bool = True
    needs_evaluation: bool = False
    places_pictures: bool = False

    @property
    def needs_run(self) -> bool:
        """Whether there is nothing to write without predictions."""
        return self.needs_failures or self.needs_evaluation


EXPORTERS: Registry[Exporter] = Registry("exporter")
EXPORTERS.register("coco", Exporter("COCO JSON, nothing lost", write_coco))
EXPORTERS.register("yolo", Exporter("YOLO text files", write_yolo, pictures_first=False))
EXPORTERS.register("voc", Exporter("Pascal VOC XML", write_voc))
EXPORTERS.register("cvat", Exporter("CVAT for images 1.1", write_cvat))
EXPORTERS.register("labelstudio", Exporter("Label Studio tasks", write_label_studio))
EXPORTERS.register("labelme", Exporter("labelme JSON files", write_labelme))
EXPORTERS.register("datumaro", Exporter("Datumaro JSON", write_datumaro))
EXPORTERS.register("dota", Exporter("DOTA text files", write_dota, pictures_first=False))
EXPORTERS.register("parquet", Exporter("Parquet tables of labels and predictions", write_parquet))
EXPORTERS.register("table", Exporter("CSV tables of labels and predictions", write_tables))
EXPORTERS.register("csv", Exporter("CSV of failures", write_failures, needs_failures=True))
EXPORTERS.register(
    "outcomes",
    Exporter("Folders by class and outcome", write_outcome_folders, needs_evaluation=True, places_pictures=True),
)
EXPORTERS.register("images", Exporter("List of images", write_image_list))


def export_subset(request: ExportRequest, progress: Progress | None = None, cancelled: Cancelled | None = None) -> ExportResult:
    """Write what ``request`` names.

    Parameters
    ----------
    request : ExportRequest
    progress : callable, optional
        Takes the share done, 0..1.
    cancelled : callable, optional
        True once the export is not wanted any more.

    Returns
    -------
    ExportResult

    Raises
    ------
    ExportError
        If the target is in the way, a source changed since it was read, the target format cannot take the data, the
        disk is full, or the export was cancelled. Nothing half done is left in any of these cases.
    PluginError
        If there is no exporter ``request.target``.
    """
    exporter = EXPORTERS[request.target]
    if exporter.needs_run and request.failures is None:
        what = "lists failures" if exporter.needs_failures else "shows what became of objects"
        raise ExportError(request.folder, f"{request.target} {what} and so needs predictions")
    watch = Watch(request.folder, progress, cancelled)
    written = Written()
    inputs = [request.dataset.source.path, *(source.path for source in request.inputs)]
    if request.run is not None:
        inputs += [source.path for source in request.run.sources]
    if request.image_root is not None:
        inputs.append(request.image_root)
    with ExportFolder(request.folder, overwrite=request.overwrite, inputs=inputs) as folder:
        folder.reserve(MANIFEST_NAME)
        watch.step(0.0)
        _name_readably(request, written)
        missing: list[str] = []
        if exporter.pictures_first and not exporter.places_pictures:
            missing = place_pictures(request, folder, written, watch)
        exporter.write(request, folder, written, watch)
        if not exporter.pictures_first and not exporter.places_pictures:
            missing = place_pictures(request, folder, written, watch)
        if not exporter.needs_failures:
            _write_metadata(request, folder, written)
        folder.path(MANIFEST_NAME).write_text(manifest_text(request, written, missing), encoding="utf-8")
        watch.step(1.0)
    return ExportResult(request.folder, dict(written.counts), tuple(written.not_carried))


def _name_readably(request: ExportRequest, written: Written) -> None:
    """Give images whose name is no UTF-8 another one: no file that is written could say theirs."""
    names = request.dataset.images.file_name
    for row in request.image_rows.tolist():
        if (name := readable_name(names[row])) != names[row]:
            written.renamed[row] = name


def _write_metadata(request: ExportRequest, folder: ExportFolder, written: Written) -> None:
    """Write the metadata of the chosen images as a table that joins again on the file name.

    It came from a table beside the ground truth more often than not, and no label format has a place for all of it.
    """
    table = request.dataset.image_attributes
    if not table.columns:
        return
    rows = (
        [request.file_name(row, written), *(column_value(column, row) for column in table.columns)]
        for row in request.image_rows.tolist()
    )
    header = ["file_name", *(f"meta.{name}" if name == "file_name" else name for name in table.names)]
    written.files["metadata"] = folder.write_text(METADATA_NAME, csv_text(header, rows))
