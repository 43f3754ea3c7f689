"""The ``images`` and ``categories`` of COCO files."""

from __future__ import annotations

from collections import Counter
from math import isfinite
from typing import Any

import numpy as np

from diag_gui.data.arrays import frozen_ids
from diag_gui.data.attributes import AttributeTable, Level
from diag_gui.data.dataset import Classes, Images
from diag_gui.data.read_report import ProblemLog
from diag_gui.exceptions import FormatError
from diag_gui.formats.coco_rows import columns_of_fields
from diag_gui.formats.file_names import leads_outside, relative_name
from diag_gui.formats.identifiers import normal_id, sorted_order
from diag_gui.formats.json_reading import JsonBytes, Member, decode_list, kind_of
from diag_gui.formats.limits import check_limit
from diag_gui.formats.lvis import class_lists, frequencies, is_lvis, synsets
from diag_gui.formats.plain_images import MAX_SIDE, note_repeated_names, plain_images

IMAGE_FIELDS = frozenset({"id", "file_name", "width", "height"})


def read_images(source: JsonBytes, raw: Member, classes: Classes, log: ProblemLog) -> tuple[Images, AttributeTable, bool]:
    """Return the images in ascending order of id, their further fields as columns, and whether they are LVIS's.

    Raises
    ------
    FormatError
        If ``images`` is no list of objects with distinct ids.
    """
    plain = plain_images(raw, log)
    if plain is not None:
        return plain, AttributeTable(Level.IMAGE, len(plain)), False
    records = _objects(source, raw, "images")
    ids = [_identifier(source, record, f"images[{place}]") for place, record in enumerate(records)]
    _refuse_repeated(source, ids, "images", "image")
    order = sorted_order(ids)
    names = [_file_name(record, ids[place], f"images[{place}]", source, log) for place, record in enumerate(records)]
    note_repeated_names(names, log)
    sizes = [_size(record, f"images[{place}]", log) for place, record in enumerate(records)]
    in_order = [records[place] for place in order]
    images = Images(
        frozen_ids([ids[place] for place in order], "image_id"),
        tuple(names[place] for place in order),
        np.array([sizes[place][0] for place in order], np.int32),
        np.array([sizes[place][1] for place in order], np.int32),
        **class_lists(in_order, [f"images[{place}]" for place in order], classes, log),
    )
    columns = columns_of_fields(in_order, IMAGE_FIELDS)
    return images, AttributeTable(Level.IMAGE, len(images), columns), any(map(is_lvis, records[:1]))


def read_categories(source: JsonBytes, raw: Member, log: ProblemLog) -> Classes:
    """Return the classes in ascending order of id.

    Raises
    ------
    FormatError
        If ``categories`` is no list of objects with distinct ids.
    """
    records = _objects(source, raw, "categories")
    check_limit(source.path, "n_classes", len(records), "categories")
    ids = [_identifier(source, record, f"categories[{place}]") for place, record in enumerate(records)]
    _refuse_repeated(source, ids, "categories", "category")
    names: list[str] = []
    for place, record in enumerate(records):
        name = _class_name(record, ids[place], f"categories[{place}]", log)
        check_limit(source.path, "name_chars", len(name), f"categories[{place}]")
        names.append(name)
    for name in (name for name, n in Counter(names).items() if n > 1):
        log.add("duplicate-class-name", "categories", f"the name {name!r} appears more than once; kept as written", drops=False)
    order = sorted_order(ids)
    in_order = [records[place] for place in order]
    supercategories = [value if isinstance(value := record.get("supercategory"), str) else "" for record in records]
    return Classes(
        frozen_ids([ids[place] for place in order], "class_id"),
        tuple(names[place] for place in order),
        tuple(supercategories[place] for place in order),
        frequencies(in_order, log),
        synset=synsets(in_order),
    )


def _class_name(record: dict[str, Any], identifier: int | str, place: str, log: ProblemLog) -> str:
    """Return the name of a class: text, a number as text, else its id."""
    name = record.get("name")
    if isinstance(name, str) and name:
        return name
    if isinstance(name, (int, float)) and not isinstance(name, bool) and (isinstance(name, int) or isfinite(name)):
        whole = normal_id(name)
        text = str(name if whole is None else whole)
        log.add("class-name-converted", place, f"name {text} is a number; read as text", drops=False)
        return text
    log.add("class-without-name", place, f"name is {kind_of(name)}; its id is used", drops=False)
    return str(identifier)


def _objects(source: JsonBytes, raw: Member, key: str) -> list[dict[str, Any]]:
    records = decode_list(source, raw, key)
    for place, record in enumerate(records):
        if not isinstance(record, dict):
            raise FormatError(source.path, f"is {kind_of(record)}, an object was expected", f"{key}[{place}]")
    return records


def _identifier(source: JsonBytes, record: dict[str, Any], name: str) -> int | str:
    identifier = normal_id(record.get("id"))
    if identifier is None:
        raise FormatError(source.path, f"id is {kind_of(record.get('id'))}, a number or text was expected", name)
    return identifier


def _refuse_repeated(source: JsonBytes, ids: list[int | str], key: str, what: str) -> None:
    """Refuse ids that appear twice: records could then belong to either."""
    if len(set(ids)) == len(ids):
        return
    seen: dict[int | str, int] = {}
    for place, identifier in enumerate(ids):
        if identifier in seen:
            reason = f"duplicate {what} id {identifier!r}, as in {key}[{seen[identifier]}]"
            raise FormatError(source.path, reason, f"{key}[{place}]")
        seen[identifier] = place


def _file_name(record: dict[str, Any], identifier: int | str, name: str, source: JsonBytes, log: ProblemLog) -> str:
    """Return the file name relative to the image root; LVIS gives a URL whose last two parts are it."""
    value = record.get("file_name")
    if not isinstance(value, str) or not value:
        url = record.get("coco_url")
        if isinstance(url, str) and url.count("/") >= 2:
            return "/".join(url.split("/")[-2:])
        log.add("image-without-file-name", name, f"file_name is {kind_of(value)}; its id is shown", drops=False)
        return str(identifier)
    check_limit(source.path, "name_chars", len(value), name)
    relative = relative_name(value)
    if leads_outside(relative):
        log.add(
            "file-name-outside-root", name, f"file_name {value!r} leads outside the image folder; its picture is not opened",
            drops=False,
        )  # fmt: skip
    return relative


def _size(record: dict[str, Any], name: str, log: ProblemLog) -> tuple[int, int]:
    """Return width and height, -1 where not given or impossible."""
    sides = [record.get("width"), record.get("height")]
    if sides[0] is None and sides[1] is None:
        return -1, -1
    if type(sides[0]) is int and type(sides[1]) is int and 0 < sides[0] <= MAX_SIDE and 0 < sides[1] <= MAX_SIDE:
        return sides[0], sides[1]
    whole = [normal_id(side) for side in sides]
    if not all(type(side) is int and 0 < side <= MAX_SIDE for side in whole):
        log.add("bad-image-size", name, f"size {sides[0]!r} x {sides[1]!r} cannot be; read as not known", drops=False)
        return -1, -1
    return int(whole[0] or 0), int(whole[1] or 0)
