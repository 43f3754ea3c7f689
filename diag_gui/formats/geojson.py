"""GeoJSON features as ground truth or, with a score, as predictions: a file per image, paired by its name, or one for all.

Dialects read: YOLTv4 (``category``, ``prob``; boxes as polygons in pixels, whatever its ``crs`` says), RarePlanes (aircraft with
``role``, ``propulsion``, ``wing_type`` …), xView (one file, ``image_id``, ``type_id``, ``bounds_imcoords``), and their like. The
class is the property that is chosen, else the first of `CLASS_NAMES` that occurs, else every feature is an ``object``; all other
plain properties become attributes to slice by. A polygon that is no upright box is kept as mask too.

Coordinates are pixels unless they cannot be: boxes far smaller than a pixel, or mostly outside their picture. Those are of a map,
and are placed by what the picture or a file beside it says (`georeference`). YOLTv4 writes one feature for an image in which it
found nothing (class empty, score 0, box 0, 0, 1, 1): that is no prediction, and is left out.

References
----------
RFC 7946; https://github.com/avanetten/yoltv4, ``post_process.py``; Shermeyer et al., RarePlanes, WACV 2021; Lam et al., xView,
2018.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diag_gui.data.arrays import FloatArray
from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.data.run import Run
from diag_gui.exceptions import FormatError
from diag_gui.formats.class_lists import listed_order
from diag_gui.formats.collected_labels import Box, CollectedLabels, LabelledObject
from diag_gui.formats.collected_predictions import CollectedPredictions, PredictedObject
from diag_gui.formats.column_choice import NO_CHOICE, ColumnChoice
from diag_gui.formats.content import Content
from diag_gui.formats.each_file import EachFile, files_ending
from diag_gui.formats.file_reading import Cancelled, Progress
from diag_gui.formats.georeference import georeference_of
from diag_gui.formats.image_root import image_path, root_of_names
from diag_gui.formats.json_values import box_around, flat, members, number, numbers, parse_object, plain_attributes, records, text
from diag_gui.formats.limits import LIMITS
from diag_gui.formats.matching_names import ImageFinder
from diag_gui.formats.named_sizes import header_size
from diag_gui.formats.text_rows import float_of

FORMAT = "geojson"
CLASS_NAMES = ("category", "class", "class_name", "category_name", "label", "type_id", "name", "role")
SCORE_NAMES = ("score", "prob", "confidence", "probability", "conf")
IMAGE_NAMES = ("image_id", "image", "file_name", "filename", "image_name", "im_name", "im_name_root")
ONLY_CLASS = "object"
_BOUNDS = "bounds_imcoords"
_SMALLEST_PX = 0.05
"""Half of all boxes are larger than this unless they are measured in degrees."""

_Ring = list[tuple[float, float]]
_LeaveOut = Callable[[str, str, str], None]


def recognise(content: Content) -> str:
    """Return why a file holds labels as GeoJSON; empty if it does not."""
    return "GeoJSON features" if _is_geojson(content) and not _has_score(content) else ""


def recognise_predictions(content: Content) -> str:
    """Return why a file holds predictions as GeoJSON; empty if it does not."""
    return "GeoJSON features with a score" if _is_geojson(content) and _has_score(content) else ""


def _is_geojson(content: Content) -> bool:
    return {"type", "features"} <= content.keys or ("type" in content.keys and '"FeatureCollection"' in content.text)


def _has_score(content: Content) -> bool:
    return any(content.holds_key(name) for name in SCORE_NAMES)


@dataclass(frozen=True, slots=True)
class _Feature:
    """One feature: the image it is on, what it says, and where it stands."""

    image: str
    properties: dict[str, Any]
    rings: list[_Ring]
    record: str

    @property
    def box(self) -> Box | None:
        """Left, top, width and height in the unit of the file; None where there is no area."""
        bounds = self.properties.get(_BOUNDS)
        corners = [float_of(word) for word in bounds.split(",")] if isinstance(bounds, str) else numbers(bounds, 4)
        if corners is not None and len(corners) == 4 and None not in corners:
            left, top, right, bottom = (corner for corner in corners if corner is not None)
            return left, top, right - left, bottom - top
        return box_around([point for ring in self.rings for point in ring]) if self.rings else None


@dataclass(frozen=True, slots=True)
class _Parts:
    """The properties that play a part; empty where none does."""

    category: str
    score: str
    image: str
    others: tuple[str, ...]

    def attributes(self, properties: dict[str, Any]) -> dict[str, Any]:
        """Return the properties that play no part, and are plain."""
        used = (self.category, self.score, self.image, _BOUNDS)
        return plain_attributes({name: value for name, value in properties.items() if name not in used})


def read_ground_truth(
    path: Path,
    *,
    images: Path | None = None,
    columns: ColumnChoice = NO_CHOICE,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[Dataset, ReadReport]:
    """Read a folder of GeoJSON files, or one.

    Parameters
    ----------
    path : Path
        File or folder.
    images : Path, optional
        Folder of the pictures, which give sizes and, for coordinates of a map, places.
    columns : ColumnChoice
        Which properties are ``class`` and ``image``.
    progress, cancelled : callable, optional
        As in every reader.

    Returns
    -------
    Dataset
    ReadReport
        Records are features.

    Raises
    ------
    FormatError
        If no file can be read, a chosen property does not occur, or no feature lies in a picture.
    """
    log = ProblemLog(path)
    labels = CollectedLabels(path, FORMAT, log)
    files = _files(path, log, progress, cancelled)
    features, names = _features(files)
    parts = _parts(features, columns, log)
    features, names = _on_named_images(features, names, parts)
    root = root_of_names(tuple(names), path, images)
    place_of = {name: labels.add_image(name, *header_size(root, name)) for name in names}
    sizes = {name: labels.size_of(place) for name, place in place_of.items()}
    for feature, box, rings in _placed(path, features, sizes, root, labels.leave_out):
        category = _word(feature.properties.get(parts.category)) if parts.category else ONLY_CLASS
        if not category:
            labels.leave_out("object-without-name", feature.record, f"has no {parts.category}")
            continue
        labels.add(
            place_of[feature.image],
            LabelledObject(category, box, feature.record, attributes=parts.attributes(feature.properties), mask=_mask(rings)),
        )
    return labels.build(files.sha256, class_names=listed_order(path, labels.class_names))


def read_predictions(
    path: Path,
    dataset: Dataset,
    *,
    columns: ColumnChoice = NO_CHOICE,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[Run, ReadReport]:
    """Read a folder of GeoJSON files, or one, against a dataset; parameters as of `read_ground_truth`.

    Raises
    ------
    FormatError
        If no file can be read, a chosen property does not occur, or no feature lies in a picture.
    DatasetMismatchError
        If no feature belongs to an image, or none to a class, of the dataset.
    """
    log = ProblemLog(path)
    found = CollectedPredictions(path, FORMAT, dataset, log)
    files = _files(path, log, progress, cancelled)
    features, names = _features(files)
    parts = _parts(features, columns, log)
    features, names = _on_named_images(features, names, parts)
    root = root_of_names(dataset.images.file_name, dataset.source.path)
    for feature, box, rings in _placed(path, features, _sizes_of(dataset, names), root, found.leave_out):
        category = _word(feature.properties.get(parts.category)) if parts.category else ONLY_CLASS
        score = number(feature.properties.get(parts.score))
        if score is None:
            found.leave_out("no-score", feature.record, "has no score")
        elif not category:
            found.leave_out("object-without-name", feature.record, f"has no {parts.category}")
        else:
            mask = _mask(rings)
            found.add(
                PredictedObject(
                    feature.image,
                    category,
                    box,
                    score,
                    feature.record,
                    parts.attributes(feature.properties),
                    mask=mask,
                    has_box=mask is None,
                )
            )
    return found.build(files.sha256)


def _files(path: Path, log: ProblemLog, progress: Progress | None, cancelled: Cancelled | None) -> EachFile:
    files = files_ending(path, ".geojson", ".json")
    return EachFile(path, files, "json_bytes", "unreadable-json", log, progress, cancelled)


def _features(files: EachFile) -> tuple[list[_Feature], list[str]]:
    """Return all features, each on the image that its file is called after, and those images, empty ones included."""
    found: list[_Feature] = []
    names: list[str] = []
    for shown, _, document in files.parsed(_document):
        name = shown.rpartition(".")[0] or shown
        names.append(name)
        for place, one in enumerate(document["features"]):
            feature = members(one)
            geometry = members(feature.get("geometry"))
            record = f"{shown}: features[{place}]"
            properties = members(feature.get("properties"))
            # What has pixels beside its place on the map needs no place.
            rings = [] if properties.get(_BOUNDS) is not None else _rings(geometry)
            found.append(_Feature(name, properties, rings, record))
    return found, names


def _document(path: Path, data: bytes) -> dict[str, Any]:
    document = parse_object(path, data)
    if not isinstance(document.get("features"), list):
        raise FormatError(path, "is not GeoJSON of objects: it has no list of features")
    return document


def _rings(geometry: dict[str, Any]) -> list[_Ring]:
    """Return the outer ring of each polygon, without the point that closes it; none of what has no area."""
    kind, coordinates = geometry.get("type"), records(geometry.get("coordinates"))
    outer = coordinates[:1] if kind == "Polygon" else [ring for one in coordinates for ring in records(one)[:1]]
    rings = [_ring(one) for one in outer] if kind in ("Polygon", "MultiPolygon") else []
    return [ring for ring in rings if len(ring) >= 3]


def _ring(value: Any) -> _Ring:
    """Return the points of a ring in the plane; none if one of them is no point."""
    pairs = [numbers(records(one)[:2], 2) for one in records(value)]
    ring = [(pair[0], pair[1]) for pair in pairs if pair is not None and np.isfinite(pair).all()]
    if len(ring) < len(pairs):
        return []
    return ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring


def _parts(features: Sequence[_Feature], columns: ColumnChoice, log: ProblemLog) -> _Parts:
    """Return which properties are class, score and image: the chosen, else the first usual ones that have a value.

    Raises
    ------
    FormatError
        If a chosen property does not occur.
    """
    given = dict.fromkeys(name for one in features for name, value in one.properties.items() if value is not None)
    chosen = columns.columns
    for part in ("class", "score", "image"):
        if features and part in chosen and chosen[part] not in given:
            raise FormatError(log.path, f"no feature has {chosen[part]!r} for {part}; there are {', '.join(list(given)[:20])}")
    folded = {name.casefold(): name for name in reversed(given)}

    def usual(part: str, names: tuple[str, ...]) -> str:
        return chosen.get(part) or next((folded[name] for name in names if name in folded), "")

    category, score = usual("class", CLASS_NAMES), usual("score", SCORE_NAMES)
    image = chosen.get("image") or _image_property(features, [folded[name] for name in IMAGE_NAMES if name in folded])
    others = tuple(name for name in given if name not in (category, score, image, _BOUNDS))
    if features and "class" not in chosen and (not category or category == "role"):
        named = f"by {category!r}" if category else f"an {ONLY_CLASS!r}: no property is called like a class"
        log.add("class-by-guess", "", f"every feature is classed {named}; another property can be chosen as class, of "
                f"{', '.join(others[:20])}", drops=False)  # fmt: skip
    return _Parts(category, score, image, others)


def _image_property(features: Sequence[_Feature], names: list[str]) -> str:
    """Return the property that names the image where one file is about several: files per image are called after theirs."""
    if len({one.image for one in features}) != 1:
        return ""
    return next((name for name in names if len({_word(one.properties.get(name)) for one in features}) > 1), "")


def _on_named_images(features: list[_Feature], names: list[str], parts: _Parts) -> tuple[list[_Feature], list[str]]:
    """Return the features on the images that a property names, and those images, where there is such a property."""
    if not parts.image:
        return features, names
    moved = [
        _Feature(_word(one.properties.get(parts.image)) or one.image, one.properties, one.rings, one.record) for one in features
    ]
    return moved, list(dict.fromkeys(one.image for one in moved))


def _placed(
    path: Path, features: Sequence[_Feature], sizes: dict[str, tuple[int, int]], root: Path | None, leave_out: _LeaveOut
) -> Iterator[tuple[_Feature, Box, list[_Ring]]]:
    """Yield each feature with its box and rings in pixels; say of the others why they are left out.

    Raises
    ------
    FormatError
        If all coordinates are of a map, and nothing says where the pictures lie on it.
    """
    by_image: dict[str, list[tuple[_Feature, Box]]] = defaultdict(list)
    n_unplaced = 0
    for feature in features:
        box = feature.box
        if box is None:
            leave_out("no-box", feature.record, "has no polygon with at least three finite points")
        elif _is_placeholder(feature.properties, box):
            leave_out("placeholder", feature.record, "stands for an image in which nothing was found")
        else:
            by_image[feature.image].append((feature, box))
    for name, placed in by_image.items():
        boxes = np.array([box for _, box in placed], np.float64)
        if not _are_of_a_map(boxes, sizes[name]):
            yield from ((feature, box, feature.rings) for feature, box in placed)
            continue
        picture = image_path(root, name) if root is not None else None
        on_map = georeference_of(picture) if picture is not None else None
        for feature, _ in placed:
            if on_map is None or not feature.rings:
                n_unplaced += 1
                leave_out("not-in-pixels", feature.record, "its coordinates are of a map, and neither the picture (a GeoTIFF) "
                          "nor what lies beside it (a world file, .aux.xml) says where on it the picture lies")  # fmt: skip
                continue
            rings = [[(x, y) for x, y in on_map.pixels(np.array(ring)).tolist()] for ring in feature.rings]
            yield feature, box_around([point for ring in rings for point in ring]), rings
    if n_unplaced and n_unplaced == len(features):
        raise FormatError(
            path,
            "coordinates are of a map, not pixels, and neither the pictures nor what lies beside them say where they lie on it",
        )


def _are_of_a_map(boxes: FloatArray, size: tuple[int, int]) -> bool:
    """Return whether boxes of one image cannot be pixels of it."""
    if np.median(boxes[:, 2:].max(axis=1)) < _SMALLEST_PX:
        return True
    centre = boxes[:, :2] + boxes[:, 2:] / 2
    limit = np.array(size if min(size) > 0 else (LIMITS["image_side"],) * 2)
    return bool(np.mean(((centre < 0) | (centre > limit)).any(axis=1)) > 0.5)


def _is_placeholder(properties: dict[str, Any], box: Box) -> bool:
    scores = [properties[name] for name in SCORE_NAMES if name in properties]
    names = [properties[name] for name in CLASS_NAMES if name in properties]
    return box == (0, 0, 1, 1) and not any(scores) and not any(names)


def _mask(rings: list[_Ring]) -> list[list[float]] | None:
    """Return the outline as COCO writes it; None where it is an upright box, which says no more than the box."""
    if not rings or (
        len(rings) == 1 and len(rings[0]) == 4 and len({x for x, _ in rings[0]}) == len({y for _, y in rings[0]}) == 2
    ):
        return None
    return [flat(ring) for ring in rings]


def _sizes_of(dataset: Dataset, names: list[str]) -> dict[str, tuple[int, int]]:
    """Return width and height that the dataset gives its images, -1 where it does not know them."""
    images, finder = dataset.images, ImageFinder(dataset.images, {})
    rows = {name: finder.by_file_name(name) for name in names}
    return {name: (int(images.width[row]), int(images.height[row])) if row >= 0 else (-1, -1) for name, row in rows.items()}


def _word(value: Any) -> str:
    """Return the name that a property gives: text, or a whole number; empty for anything else."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text(value)
