"""What somebody asks to open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from diag_gui.assets import asset
from diag_gui.formats.column_choice import ColumnChoice


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What to open, sorted by what each file is.

    Attributes
    ----------
    ground_truth : Path or None
        None adds to the dataset that is loaded.
    predictions, metadata : tuple of Path
        Runs and tables, in order.
    images : Path or None
        Folder of the pictures; found from the file names when None.
    ground_truth_format, prediction_format : str
        ``"auto"`` or the name of a format.
    exif : Path or None
        Folder of the pictures whose EXIF gives columns of the images; None reads none.
    columns : mapping of Path to ColumnChoice
        Which column of a table is what, where that was chosen.
    """

    ground_truth: Path | None
    predictions: tuple[Path, ...] = ()
    metadata: tuple[Path, ...] = ()
    images: Path | None = None
    ground_truth_format: str = "auto"
    prediction_format: str = "auto"
    exif: Path | None = None
    columns: Mapping[Path, ColumnChoice] = field(default_factory=lambda: MappingProxyType({}))


def sample_request() -> OpenRequest:
    """Return the bundled sample as something to open."""
    root = asset("sample")
    runs = tuple(sorted((root / "predictions").glob("*.json")))
    return OpenRequest(root / "ground_truth.json", runs[::-1], (root / "metadata.csv",), root / "images")
