"""The plain list of the chosen images: ``images.txt``, one file name per line, and ``images.csv`` with what is known of each."""

from __future__ import annotations

from diag_gui.data.attributes import Level
from diag_gui.formats.export_csv_writer import csv_text
from diag_gui.formats.export_folder import ExportFolder
from diag_gui.formats.export_request import ExportRequest, Watch, Written

IMAGE_LIST_NAME = "images.txt"


def write_image_list(request: ExportRequest, folder: ExportFolder, written: Written, watch: Watch) -> None:
    """Write the file names as the data has them (a line break in a name becomes a blank) and a table with ids and tags."""
    images, offsets = request.dataset.images, request.dataset.image_offsets
    rows = request.image_rows.tolist()
    names = [images.file_name[row] for row in rows]
    lines = (" ".join(name.splitlines()) for name in names)
    written.files["images"] = folder.write_text(IMAGE_LIST_NAME, "".join(f"{line}\n" for line in lines))
    ids = images.image_id.tolist()
    table = [
        (
            name,
            ids[row],
            _size(int(images.width[row])),
            _size(int(images.height[row])),
            int(offsets[row + 1] - offsets[row]),
            ";".join(sorted({d.text for d in request.decisions_of(Level.IMAGE, row) if d.kind == "tag"})),
        )
        for name, row in zip(names, rows, strict=True)
    ]
    folder.write_text("images.csv", csv_text(("file_name", "image_id", "width", "height", "n_gt", "tags"), table))
    written.counts["images"] = len(rows)
    written.not_carried.append("labels" if request.run is None else "labels and predictions")
    watch.step(0.8)


def _size(pixels: int) -> int | None:
    """Return a size in pixels, None where it is not known."""
    return pixels if pixels >= 0 else None
