"""The classes of a dataset by whatever another file of Open Images calls them: id, name, or the code of a description."""

from __future__ import annotations

from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.formats.open_images import class_descriptions


def rows_by_label(dataset: Dataset, path: Path) -> dict[str, int]:
    """Return the class row of each label that a file may use.

    Parameters
    ----------
    dataset : Dataset
    path : Path
        The file. A table ``*class-descriptions*.csv`` beside it, else beside the ground truth, says what its codes are called.

    Returns
    -------
    dict of str to int
        Where labels clash an id wins over a code, a code over a name.
    """
    row_of: dict[str, int] = {}
    for row, name in enumerate(dataset.classes.name):
        row_of.setdefault(name, row)
    described = class_descriptions(path) or class_descriptions(dataset.source.path)
    codes = {code: row_of[name] for code, name in described.items() if name in row_of}
    ids = {str(class_id): row for row, class_id in enumerate(dataset.classes.class_id.tolist())}
    return row_of | codes | ids
