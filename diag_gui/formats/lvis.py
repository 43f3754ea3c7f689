"""What LVIS files have beyond COCO's: which classes were looked for in each image, and how frequent each class is.

Fields read: per image ``neg_category_ids`` (verified not to be there), ``not_exhaustive_category_ids`` (there, but not every
object is labelled) and ``pos_category_ids`` (verified to be there; not LVIS's own, but written where Open Images is turned into
COCO JSON); per category ``frequency`` (``r``, ``c``, ``f``) and ``synset``. Any COCO file may have them; one with the first two
is LVIS. Its images may have ``coco_url`` in place of ``file_name``, and ``ignore`` in an annotation becomes a column, which only
LVIS's rules ask for.

References
----------
https://www.lvisdataset.org/dataset, *Data format*; Gupta, Dollár, Girshick: LVIS, CVPR 2019, section 2 (federated datasets).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from diag_gui.data.dataset import FREQUENCIES, Classes
from diag_gui.data.read_report import ProblemLog
from diag_gui.data.row_lists import RowLists
from diag_gui.formats.identifiers import find_rows, normal_id
from diag_gui.formats.json_reading import kind_of

FORMAT = "lvis"

LIST_FIELDS = {
    "verified": "pos_category_ids",
    "negative": "neg_category_ids",
    "not_exhaustive": "not_exhaustive_category_ids",
}
"""Field of an image record by the attribute of `Images` that it becomes."""

OWN_FIELDS = frozenset({"neg_category_ids", "not_exhaustive_category_ids"})
"""Fields that make an image record one of LVIS."""

Record = dict[str, Any]


def is_lvis(first_image: Any) -> bool:
    """Return whether a file is LVIS, judged by its first image record."""
    return isinstance(first_image, dict) and not OWN_FIELDS.isdisjoint(first_image)


def class_lists(records: list[Record], names: list[str], classes: Classes, log: ProblemLog) -> dict[str, RowLists]:
    """Return the lists of class rows that image records give, by attribute of `Images`; a field that no record has is left out.

    Parameters
    ----------
    records : list of dict
        In the order of the images.
    names : list of str
        What each is called in messages.
    classes : Classes
    log : ProblemLog
        Receives lists that are missing or are none, both read as empty, and ids in them that are no class, which are left out.
    """
    return {
        attribute: _lists_of(field, records, names, classes, log)
        for attribute, field in LIST_FIELDS.items()
        if any(field in record for record in records)
    }


def _lists_of(field: str, records: list[Record], names: list[str], classes: Classes, log: ProblemLog) -> RowLists:
    places: list[int] = []
    wanted: list[Any] = []
    for place, record in enumerate(records):
        listed = record.get(field)
        if not isinstance(listed, list):
            what = f"{field} is {kind_of(listed)}" if field in record else f"has no {field}, which other images have"
            log.add("bad-class-list", names[place], f"{what}; read as empty", drops=False)
            continue
        places += [place] * len(listed)
        wanted += listed
    ids = [normal_id(value) for value in wanted]
    rows, _ = find_rows(ids, classes.class_id)
    entry = np.array(places, np.int64)
    for unknown in np.flatnonzero(rows < 0).tolist():
        log.add("unknown-class-in-list", names[places[unknown]], f"{field} names {wanted[unknown]!r:.40}, which is no category; "
                "left out", drops=False)  # fmt: skip
    return RowLists.of_pairs(entry[rows >= 0], rows[rows >= 0], len(records))


def frequencies(records: list[Record], log: ProblemLog) -> tuple[str | None, ...] | None:
    """Return the frequency of each category record, None for one without a usable value; None if no record has the field."""
    if not any("frequency" in record for record in records):
        return None
    found: list[str | None] = []
    for place, record in enumerate(records):
        value = record.get("frequency")
        if value not in FREQUENCIES:
            what = f"frequency is {value!r:.40}" if "frequency" in record else "has no frequency"
            log.add("class-without-frequency", f"categories[{place}]", f"{what}, not r, c or f; it is in none of APr, APc, APf",
                    drops=False)  # fmt: skip
        found.append(value if value in FREQUENCIES else None)
    return tuple(found)


def synsets(records: list[Record]) -> tuple[str, ...] | None:
    """Return the WordNet synset of each category record, empty where there is none; None if no record has the field."""
    if not any("synset" in record for record in records):
        return None
    return tuple(value if isinstance(value := record.get("synset"), str) else "" for record in records)
