"""The classes of YOLO labels: by number, or by name where labels name them.

Tools write ``0 .5 .5 .2 .3``, but scripts of all kinds write ``cat .5 .5 .2 .3``. A word that is no number is a name of the list
of classes; without a list, and where no label has a number, the names that occur are the classes, in alphabetical order.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from diag_gui.data.arrays import BoolArray, FloatArray, IntArray
from diag_gui.data.dataset import Classes
from diag_gui.data.read_report import ProblemLog
from diag_gui.formats.label_lines import LabelLines
from diag_gui.formats.limits import check_limit
from diag_gui.formats.record_problems import note_records, rows_where
from diag_gui.formats.text_rows import float_of


def classes_of(lines: LabelLines, names: dict[int, str] | None, path: Path, log: ProblemLog) -> tuple[Classes, FloatArray]:
    """Find the classes of a dataset and the number of each line's.

    Parameters
    ----------
    lines : LabelLines
    names : dict of int to str or None
        The list of classes; None or empty if there is none.
    path : Path
        Named in errors.
    log : ProblemLog
        Receives ``no-class-names``, ``class-names-in-labels`` and ``duplicate-class-name``.

    Returns
    -------
    Classes
        Of the list; else one per name in the labels, or one per number up to the largest used.
    ndarray of float64, shape (N,)
        The class number of each line; NaN where its word is neither number nor name.

    Raises
    ------
    FormatError
        If there would be more classes than the limit ``n_classes`` allows.
    """
    read = {word: float_of(word) for word in set(lines.label)}
    number = {word: np.nan if value is None else value for word, value in read.items()}
    said = {word for word, value in number.items() if np.isnan(value) and word}
    if not names:
        names = _named_by_labels(lines, said, path, log) if len(said) == len(number) else {}
        if not names:
            names = _numbered(number, path, log)
    of_name = Counter(names.values())
    for name, n in of_name.items():
        if n > 1:
            log.add("duplicate-class-name", "", f"the name {name[:80]!r} is that of {n} classes; kept as written", drops=False)
    place_of_name = {name: place for place, name in names.items() if of_name[name] == 1}
    named = said & place_of_name.keys()
    if named:
        n = sum(word in named for word in lines.label)
        log.add("class-names-in-labels", "", f"{n:,} labels give their class by name, not by number", drops=False, count=n)
    number.update((word, float(place_of_name[word])) for word in named)
    ids = sorted(names)
    classes = Classes(np.array(ids, np.int64), tuple(names[place] for place in ids), ("",) * len(ids))
    return classes, np.array([number[word] for word in lines.label], dtype=np.float64)


def _named_by_labels(lines: LabelLines, said: set[str], path: Path, log: ProblemLog) -> dict[int, str]:
    """Return the names in labels that have the values of a box, numbered in alphabetical order."""
    meant = {word for word, n in zip(lines.label, lines.n_values.tolist(), strict=True) if n >= 4} & said
    check_limit(path, "n_classes", len(meant), "class names")
    if meant:
        log.add(
            "no-class-names", "", "no data.yaml, obj.names or classes.txt was found: classes are the names in the labels, in "
            "alphabetical order", drops=False,
        )  # fmt: skip
    return dict(enumerate(sorted(meant)))


def _numbered(number: dict[str, float], path: Path, log: ProblemLog) -> dict[int, str]:
    """Return a name for each class up to the largest number used."""
    whole = [value for value in number.values() if 0 <= value < np.inf and value == np.floor(value)]
    largest = int(max(whole, default=0))
    check_limit(path, "n_classes", largest + 1, "class numbers")
    log.add("no-class-names", "", "no data.yaml, obj.names or classes.txt was found: classes go by number", drops=False)
    return {place: f"class {place}" for place in range(largest + 1)}


def class_rows(
    lines: LabelLines, number: FloatArray, classes: Classes, kept: BoolArray, log: ProblemLog
) -> tuple[IntArray, BoolArray]:
    """Return the class row of each line, and the lines that still count; classes go by their number."""
    ids = classes.class_id.astype(np.float64)
    places = np.searchsorted(ids, np.nan_to_num(number, nan=-1.0))
    known = (places < len(ids)) & (ids[np.minimum(places, len(ids) - 1)] == number)
    note_records(
        log, "unknown-class", rows_where(kept & ~known), lines.name,
        lambda row: f"class {lines.label[row][:40]} is not one of the {len(ids)} classes", drops=True,
    )  # fmt: skip
    return np.where(known, places, 0).astype(np.int32), kept & known
