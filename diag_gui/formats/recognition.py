"""What a path is, judged by its content and never by its ending alone."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

from diag_gui.data.run_files import files_named
from diag_gui.data.zip_archive import is_zip, reason_against_zip
from diag_gui.exceptions import FormatError
from diag_gui.formats.content import HEAD_BYTES, Content, keys_of_list, top_level_keys
from diag_gui.formats.document_glance import FirstKeys, glance
from diag_gui.formats.file_reading import check_regular, is_gzip, is_parquet
from diag_gui.formats.first_record import first_record
from diag_gui.formats.folder_listing import check_folder, entries_of, files_below
from diag_gui.formats.image_size import read_header
from diag_gui.formats.inner_labels import kitti_labels, label_documents, only_folders, reason_against
from diag_gui.formats.json_reading import Decoded, Member, decode_top_level, read_json_bytes
from diag_gui.formats.known_formats import GROUND_TRUTH_READERS, PREDICTION_READERS, recognise_known
from diag_gui.formats.lvis import OWN_FIELDS
from diag_gui.formats.roles import GROUND_TRUTH, IMAGES, METADATA, PREDICTIONS, PROJECT, UNKNOWN, Role
from diag_gui.formats.split_choice import SPLITS, chosen_split
from diag_gui.formats.text_dialects import DIALECTS

__all__ = [
    "GROUND_TRUTH",
    "GROUND_TRUTH_FORMATS",
    "IMAGES",
    "METADATA",
    "PREDICTIONS",
    "PREDICTION_FORMATS",
    "PROJECT",
    "UNKNOWN",
    "Recognised",
    "Role",
    "begins_like_coco",
    "coco_files",
    "coco_folder",
    "recognise",
]

GROUND_TRUTH_FORMATS = ("coco", "yolo", "yolo-obb", "lvis", *GROUND_TRUTH_READERS)
PREDICTION_FORMATS = ("coco-results", *DIALECTS, "yolo-obb", *PREDICTION_READERS)

FOREIGN = "foreign"
"""The format of what is known and not read: its reason says what to do."""

_TOLD_BY = ("annotations", "images")
"""Lists of a document whose first record says what it is."""

_COCO_KEY = re.compile(rb'"(images|annotations|predictions|results|detections)"\s*:')
_KEYS_OF_RESULTS = frozenset({"image_id", "category_id", "score"})
_NAMED = 5
"""Files of a folder that a refusal names."""
_EMPTY = "the file is empty"
_OF_LAYOUTS = ("yolo", "yolo-obb")
"""Formats whose folders have files at their top that say something of all that lies below."""
_PARTS = frozenset({"labels", "obj_train_data", *SPLITS})
"""Folders that are a part of such a data set."""
_LABEL_FILES = 50
"""Text files of a folder that are looked at to tell what it holds: those before the first label may be empty."""
_XML_FILES = 3
"""Files of a folder that are looked at to tell XML labels from what other programs keep beside theirs."""
_JSON_FILES = 3
"""Files of a folder that are looked at to tell one JSON file per image."""
_RESULT_ENDINGS = (".json", ".json.gz", ".parquet")
_OTHER_KEY = re.compile(rb'"(items|shapes)"\s*:')
_LABEL_LINE = re.compile(
    r"\S+(?:[ \t]+[-+]?(?:\d+(?:\.\d*)?|\.\d+|nan|inf)(?:[eE][-+]?\d+)?){4,}[ \t]*", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a path seems to be.

    Attributes
    ----------
    format : str
        Name of the format, empty if unknown.
    role : Role
    reason : str
        What it was judged by, in words.
    inside : tuple of (Path, Role)
        Of a folder that was judged by its COCO files: each ground truth and each run in it, by name.
    where : Path or None
        Of a folder: the file or folder in it that holds the labels, where that is not the folder itself.
    passed_over : tuple of str
        Of a folder: the splits that are left aside for the one that is read.
    """

    format: str
    role: Role
    reason: str
    inside: tuple[tuple[Path, Role], ...] = ()
    where: Path | None = None
    passed_over: tuple[str, ...] = ()


def recognise(path: Path | str) -> Recognised:
    """Return what a file or folder seems to be, by a look at its beginning.

    Parameters
    ----------
    path : Path or str

    Returns
    -------
    Recognised
        ``role`` is ``"unknown"``, with a reason, for anything that cannot be told, never an error.
    """
    path = Path(path)
    try:
        if path.is_dir():
            return _folder(path)
        if not os.path.exists(path) and (files := files_named(path)[0]):
            found = recognise(files[0])
            return replace(found, reason=f"{len(files):,} files, the first {found.reason}")
        check_regular(path)
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
        if is_gzip(head):
            return _gzip(path)
    except FormatError as error:
        return Recognised("", UNKNOWN, error.reason)
    except OSError as error:
        return Recognised("", UNKNOWN, f"cannot be read: {error.strerror or error}")
    return _content(path, head)


def begins_like_coco(path: Path) -> bool:
    """Return whether a file begins with ``{`` and soon names what only COCO's documents have at the top.

    A large file need not be looked at twice then: its reader says more precisely than a guess what it lacks.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    return head[:1] == b"{" and _COCO_KEY.search(head) is not None and _OTHER_KEY.search(head) is None


def _known(path: Path, kind: str, text: str = "") -> Recognised | None:
    """Return which of the further formats the beginning of a file, or a folder, is of."""
    keys = top_level_keys(text) if kind == "json-object" else keys_of_list(text) if kind == "json-list" else frozenset()
    found = recognise_known(Content(path, kind, text, keys))
    return None if found is None else Recognised(*found)


def _gzip(path: Path) -> Recognised:
    try:
        with gzip.open(path, "rb") as stream:
            return _content(path, stream.read(HEAD_BYTES))
    except (OSError, EOFError, zlib.error) as error:
        return Recognised("", UNKNOWN, f"compressed data is damaged: {error}")


def _content(path: Path, head: bytes) -> Recognised:
    if not head.strip():
        return Recognised("", UNKNOWN, f"{_EMPTY}: nothing but blanks" if head else _EMPTY)
    if head[:16] == b"SQLite format 3\0":
        return Recognised("project", PROJECT, "an SQLite database, as projects are")
    if is_parquet(head):
        return _parquet(path)
    if head.startswith(b"\x93NUMPY"):
        return _known(path, "npy") or Recognised("", UNKNOWN, "a NumPy array without the other columns of boxes beside it")
    if is_zip(head):
        return Recognised("", UNKNOWN, reason_against_zip(path))
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Recognised("", UNKNOWN, "the encoding is UTF-16; save it as UTF-8")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().decode("utf-8", errors="replace")
    if text[:1] in ("{", "["):
        return _json(path, text)
    if text[:1] == "<":
        return _known(path, "xml", text) or _xml(text)
    return _picture(path) or _text(path, text)


def _parquet(path: Path) -> Recognised:
    from diag_gui.formats.parquet_reading import parquet_names

    try:
        names = parquet_names(path)
    except FormatError as error:
        return Recognised("", UNKNOWN, error.reason)
    found = recognise_known(Content(path, "parquet", keys=frozenset(names)))
    return Recognised(*found) if found is not None else Recognised("parquet", METADATA, "a Parquet table without boxes")


def _json(path: Path, text: str) -> Recognised:
    """Tell COCO ground truth from results and from tables by the keys at the beginning, or by the whole if need be."""
    if text[:1] == "[" and keys_of_list(text) >= _KEYS_OF_RESULTS:
        # No other format has these: its modules need not be imported to say no.
        return _json_list(path, text)
    if known := _known(path, "json-list" if text[:1] == "[" else "json-object", text):
        return known
    if text[:1] == "[":
        return _json_list(path, text)
    try:
        if (first_keys := glance(path, _says_what_it_is)) is not None:
            return _json_object(first_keys)
        members = decode_top_level(read_json_bytes(path), ())
    except OSError as error:
        return Recognised("", UNKNOWN, f"cannot be read: {error.strerror or error}")
    except FormatError as error:
        if re.search(r'"(images|annotations|categories)"\s*:', text):
            return Recognised("coco", GROUND_TRUTH, f"begins like COCO JSON, but {error.reason}")
        if _is_json_line(text):
            return Recognised("jsonl", METADATA, "JSON lines")
        return Recognised("", UNKNOWN, error.reason)
    return _json_object({key: _first_keys(value) if key in _TOLD_BY else frozenset() for key, value in members.items()})


def _says_what_it_is(first_keys: FirstKeys) -> bool:
    """Return whether no key that may follow changes what a document is."""
    return "annotations" in first_keys and ("score" in first_keys["annotations"] or "images" in first_keys)


def _json_object(first_keys: FirstKeys) -> Recognised:
    """Tell COCO ground truth from results by the keys of a document, and of the first record of its lists."""
    key = next((key for key in ("annotations", "predictions", "results", "detections") if key in first_keys), None)
    if key is not None and (key != "annotations" or "score" in first_keys[key]):
        return Recognised("coco-results", PREDICTIONS, f"a JSON object whose {key} have a score")
    if not OWN_FIELDS.isdisjoint(first_keys.get("images", ())):
        return Recognised("lvis", GROUND_TRUTH, "a JSON object whose images say which categories were looked for")
    if "images" in first_keys or "annotations" in first_keys or "categories" in first_keys:
        return Recognised("coco", GROUND_TRUTH, "a JSON object with images, annotations or categories")
    return Recognised("json", METADATA, "a JSON object without images and annotations")


def _json_list(path: Path, text: str) -> Recognised:
    """Tell results from tables by the keys of the first record; one that is longer than the beginning is read to its end."""
    first = first_record(text)
    if not first.is_whole and not first.is_result:
        try:
            first = first_record(read_json_bytes(path).data.decode("utf-8", errors="replace"))
        except FormatError as error:
            return Recognised("", UNKNOWN, error.reason)
    if first.is_result:
        return Recognised("coco-results", PREDICTIONS, "a JSON list of records with a score, or with a shape on an image")
    if re.match(r"\[\s*\]\s*$", text):
        return Recognised("coco-results", PREDICTIONS, "an empty JSON list: no predictions")
    return Recognised("json", METADATA, "a JSON list of records without boxes")


def _first_keys(member: Member) -> frozenset[str]:
    """Return the keys of the first record of a list."""
    if isinstance(member, Decoded):
        first = member.value[0] if isinstance(member.value, list) and member.value else None
        return frozenset(first) if isinstance(first, dict) else frozenset()
    record = first_record(bytes(memoryview(member)[:HEAD_BYTES]).decode("utf-8", errors="replace"))
    if not record.is_whole:
        record = first_record(bytes(member).decode("utf-8", errors="replace"))
    return record.keys


def _is_json_line(text: str) -> bool:
    lines = text.splitlines()
    return len(lines) > 1 and all(line.strip().startswith("{") and line.strip().endswith("}") for line in lines[:2])


def _xml(text: str) -> Recognised:
    if re.match(r"<!doctype html|<html", text, re.IGNORECASE):
        return Recognised("", UNKNOWN, "an HTML page")
    tag = re.search(r"<(?![?!])\s*([\w:.-]+)", text)
    return Recognised("", UNKNOWN, f"XML with the root <{tag[1][:40]}>" if tag is not None else "XML without a root")


def _picture(path: Path) -> Recognised | None:
    try:
        header = read_header(path)
    except FormatError:
        return None
    return Recognised(header.kind, IMAGES, f"a {header.kind.upper()} picture of {header.width} x {header.height}")


def _text(path: Path, text: str) -> Recognised:
    from diag_gui.formats.class_lists import YAML_ENDINGS
    from diag_gui.formats.yolo_layout import is_picture_list

    lines = [line.strip() for line in text.splitlines()[:50] if line.strip()]
    if path.suffix.lower() in YAML_ENDINGS:
        return Recognised("yolo", GROUND_TRUTH, "YAML, as YOLO datasets are described by")
    if known := _known(path, "text", text):
        return known
    labels = [line for line in lines if _LABEL_LINE.fullmatch(line)]
    if labels and 2 * len(labels) >= len(lines):
        return _labels(labels)
    if lines and all("=" in line for line in lines) and any(line.split("=")[0].strip() == "names" for line in lines):
        return Recognised("yolo", GROUND_TRUTH, "a darknet obj.data")
    if is_picture_list(lines):
        return Recognised("yolo", GROUND_TRUTH, "a list of pictures, as YOLO datasets have one per split")
    if "\x00" in text:
        return Recognised("", UNKNOWN, "binary data of no known kind")
    for mark, name in (("\t", "tsv"), (",", "csv"), (";", "csv")):
        if lines and mark in lines[0]:
            return Recognised(name, METADATA, "a table with a header line")
    return Recognised("", UNKNOWN, "text of no known kind")


def _labels(lines: list[str]) -> Recognised:
    """Tell detections from labels: a class and pairs of coordinates make an odd number of columns, a score an even one."""
    if sum(len(line.split()) % 2 == 0 for line in lines) > len(lines) / 2:
        return Recognised("yolo", PREDICTIONS, "lines of a class, a score and the numbers of a box")
    return Recognised("yolo", GROUND_TRUTH, "lines of a class and numbers")


def _folder(path: Path) -> Recognised:
    """Judge a folder; one that holds nothing but another is judged by that, where it matters which is the top."""
    for within in only_folders(path):
        found = _folder_itself(within)
        if found.format == FOREIGN:
            return found
        is_top = found.role == GROUND_TRUTH and found.format in _OF_LAYOUTS and within.name.lower() not in _PARTS
        if found.where is not None or is_top:
            return replace(found, where=found.where or within)
    return _folder_itself(path)


def _folder_itself(path: Path) -> Recognised:
    """Judge a folder by the files that describe a dataset, else by the first files of each kind."""
    # With the readers of YOLO folders, which most calls need not import.
    from diag_gui.formats.yolo_layout import label_names, picture_files

    inner = path / "labels" if (path / "labels").is_dir() else path
    for name in ("data.yaml", "dataset.yaml", "obj.data"):
        if (path / name).is_file():
            return Recognised("yolo", GROUND_TRUTH, f"a folder with {name}")
    if known := _known(path, "folder"):
        return known
    if (where := kitti_labels(path)) is not None and (found := recognise(where)).role == GROUND_TRUTH:
        return replace(found, where=found.where or where)
    labels = label_names(inner)
    are_empty = bool(labels)
    reasons: list[str] = []
    for name in labels[:_LABEL_FILES]:
        found = recognise(inner / name)
        reasons.append(found.reason)
        if found.role in (GROUND_TRUTH, PREDICTIONS):
            return Recognised(found.format, found.role, f"a folder of text files: {found.reason}")
        are_empty = are_empty and found.reason == _EMPTY
    xml = [recognise(path / name) for name in files_below(path, frozenset({".xml"}), only_regular=True)[:_XML_FILES]]
    if found_xml := next((found for found in xml if found.role != UNKNOWN), None):
        return Recognised(found_xml.format, found_xml.role, f"a folder of XML files: {found_xml.reason}")
    if known := _known_json_folder(path):
        return known
    if inside := coco_files(path):
        return coco_folder(inside)
    documents = label_documents(path)
    if reason := reason_against(path, documents):
        return Recognised(FOREIGN, UNKNOWN, reason)
    if found_inside := _one_of(path, documents):
        return found_inside
    if are_empty:
        return Recognised("yolo", GROUND_TRUTH, "a folder of empty text files")
    if picture_files(path):
        return Recognised("folder", IMAGES, "a folder of pictures")
    if xml:
        return Recognised("", UNKNOWN, f"a folder of XML files: {xml[0].reason}")
    if labels:
        return Recognised("", UNKNOWN, f"a folder of text files of no known kind, the first of them {labels[0]}: {reasons[0]}")
    return Recognised("", UNKNOWN, "a folder without labels, detections or pictures")


def _known_json_folder(path: Path) -> Recognised | None:
    """Judge a folder by its first JSON files, at any depth, where they are of a format with a file per image."""
    files = files_below(path, frozenset({".json", ".geojson"}), only_regular=True)
    for name in files[:_JSON_FILES]:
        found = recognise(path / name)
        if found.format in GROUND_TRUTH_READERS or found.format in PREDICTION_READERS:
            return Recognised(found.format, found.role, f"a folder of JSON files: {found.reason}")
    return None


def _one_of(path: Path, names: list[str]) -> Recognised | None:
    """Judge a folder by files deeper in it that hold the labels of a split each, or of all; None where there are none."""
    found = {name: recognise(path / name) for name in names}
    for is_coco in (True, False):
        labels = [name for name, one in found.items() if one.role == GROUND_TRUTH and (one.format in ("coco", "lvis")) is is_coco]
        choice = chosen_split(labels)
        if choice is not None:
            one = found[choice.name]
            return replace(one, reason=f"a folder with {choice.name}", where=path / choice.name, passed_over=choice.others)
        if labels:
            return Recognised(
                found[labels[0]].format, GROUND_TRUTH, f"a folder with {labels[0]} and {len(labels) - 1} more",
                tuple((path / name, GROUND_TRUTH) for name in labels),
            )  # fmt: skip
    runs = [name for name, one in found.items() if one.role == PREDICTIONS]
    if len(runs) == 1:
        return replace(found[runs[0]], reason=f"a folder with {runs[0]}", where=path / runs[0])
    if runs:
        named = ", ".join(runs[:_NAMED]) + (", ..." if len(runs) > _NAMED else "")
        return Recognised("", UNKNOWN, f"holds {len(runs)} files of predictions: {named}; name one of them")
    return None


def coco_folder(inside: tuple[tuple[Path, Role], ...]) -> Recognised:
    """Judge a folder by its COCO files: ground truth, whatever runs lie beside it, else predictions."""
    truths = [file.name for file, role in inside if role == GROUND_TRUTH]
    names = truths or [file.name for file, _ in inside]
    reason = f"a folder with {names[0]}" + (f" and {len(names) - 1} more" if len(names) > 1 else "")
    choice = chosen_split(truths) if len(truths) > 1 else None
    if choice is not None:
        inside = tuple((file, role) for file, role in inside if role != GROUND_TRUTH or file.name == choice.name)
        return Recognised("coco", GROUND_TRUTH, f"a folder with {choice.name}", inside, passed_over=choice.others)
    if truths:
        return Recognised("coco", GROUND_TRUTH, reason, inside)
    return Recognised("coco-results", PREDICTIONS, reason, inside)


def coco_files(folder: Path) -> tuple[tuple[Path, Role], ...]:
    """Return the files directly in a folder that are COCO ground truth, or results in JSON or Parquet, with their roles, by name.

    Raises
    ------
    FormatError
        If the folder cannot be read.
    """
    check_folder(folder)
    here = entries_of(folder)
    files = [folder / name for name in here.files if name.lower().endswith(_RESULT_ENDINGS) and name not in here.not_regular]
    roles = ((file, recognise(file).role) for file in files)
    return tuple((file, role) for file, role in roles if role == PREDICTIONS or (role == GROUND_TRUTH and _is_json(file)))


def _is_json(file: Path) -> bool:
    return not file.name.lower().endswith(".parquet")
