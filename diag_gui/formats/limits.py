"""The limits that every reader checks before it allocates, in one table.

==================  ==============  =====================================================================
name                maximum         what is measured
==================  ==============  =====================================================================
json_bytes          4 GiB           a JSON file, or what a ``.gz`` file unpacks to
gzip_ratio          200             unpacked bytes per packed byte of a ``.gz`` file above 16 MiB unpacked
json_depth          200             arrays and objects inside each other
text_bytes          64 MiB          one text file of labels or detections, or class list
table_bytes         1 GiB           a CSV, TSV, JSON or Parquet table
parquet_bytes       4 GiB           a Parquet file of predictions
parquet_rows        100,000,000     rows of it
table_columns       4,096           columns of such a table
table_cell_chars    1 MiB           characters of one cell
extra_fields        4,096           fields of records that their format does not know, as columns
extra_cells         10,000,000      such fields times records, beyond the first 100 fields
table_cells         200,000,000     rows times columns of a Parquet file, which may be packed a thousandfold
xml_bytes           64 MiB          one XML file
cvat_bytes          1 GiB           one XML file of many images, as CVAT writes it
xml_depth           64              elements inside each other
xml_tags            4,000,000       tags of an XML file that is held whole: each element takes a hundred bytes and more
yaml_bytes          1 MiB           one YAML file
yaml_depth          64              lists and mappings inside each other
yaml_nodes          1,000,000       scalars, lists and mappings of a YAML file, aliases unfolded
name_chars          4,096           a file name or a class name
n_classes           1,000,000       classes of a file
n_images            100,000,000     images of a file that numbers them without listing them
box_px              1e9             any coordinate, width or height of a box
polygon_px          1e6             any coordinate of a polygon
mask_pixels         2**31 - 1       height times width of a run-length mask
image_bytes         1 GiB           a picture file before it is decoded
image_pixels        2**28           width times height in the header of a picture
pixels_per_byte     10,000          pixels in the header per byte of a picture file above 2**24 pixels
image_side          65,536          width or height in the header of a picture
window_side         1,048,576       width or height of a TIFF that is read by windows
picture_s           20 s            time to decode one picture
overview_s          600 s           time to make the small picture of a large TIFF that has no overviews, once
decoder_bytes       2 GiB           address space that decoding may add to the worker process
==================  ==============  =====================================================================

A file over a limit is refused with `LimitError`, which carries the name; a record over a limit is dropped and the
problem names the limit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from diag_gui.data.written_masks import MASK_PIXELS, POLYGON_PX
from diag_gui.exceptions import LimitError

LIMITS: Final[dict[str, int]] = {
    "json_bytes": 4 << 30,
    "gzip_ratio": 200,
    "json_depth": 200,
    "text_bytes": 64 << 20,
    "table_bytes": 1 << 30,
    "parquet_bytes": 4 << 30,
    "parquet_rows": 100_000_000,
    "table_columns": 4096,
    "table_cell_chars": 1 << 20,
    "extra_fields": 4096,
    "extra_cells": 10_000_000,
    "table_cells": 200_000_000,
    "xml_bytes": 64 << 20,
    "cvat_bytes": 1 << 30,
    "xml_depth": 64,
    "xml_tags": 4_000_000,
    "yaml_bytes": 1 << 20,
    "yaml_depth": 64,
    "yaml_nodes": 1_000_000,
    "name_chars": 4096,
    "n_classes": 1_000_000,
    "n_images": 100_000_000,
    "box_px": 1_000_000_000,
    "polygon_px": POLYGON_PX,
    "mask_pixels": MASK_PIXELS,
    "image_bytes": 1 << 30,
    "image_pixels": 1 << 28,
    "pixels_per_byte": 10_000,
    "image_side": 65_536,
    "window_side": 1 << 20,
    "picture_s": 20,
    "overview_s": 600,
    "decoder_bytes": 2 << 30,
}

GZIP_FREE_BYTES: Final = 16 << 20
"""Unpacked size up to which any compression ratio is accepted: small files may well be mostly blanks."""

FREE_PIXELS: Final = 1 << 24
"""Pixels up to which a picture file may be as small as it likes: one colour takes few bytes, and is decoded at once. Above
that, no photograph comes near the limit; deflate, which PNG and most of TIFF are packed by, makes at most 8,256 black and white
pixels of a byte."""


def check_limit(path: Path | str, name: str, value: int, record: str = "") -> None:
    """Raise unless ``value`` is within the limit ``name``.

    Raises
    ------
    LimitError
        Naming the limit, its maximum and the value found.
    """
    if value > LIMITS[name]:
        raise LimitError(path, name, LIMITS[name], value, record)
