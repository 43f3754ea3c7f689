"""Names of images, labels and predictions that outlive the files' own numbering.

A decision is kept under such a key and not under a row or an annotation id, because both change with every export.
"""

from __future__ import annotations

import hashlib
import json
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Box: TypeAlias = tuple[float, float, float, float]

CENTI_PX = 100.0
"""Boxes in keys are resolved to one hundredth of a pixel."""

COORDINATE_LIMIT = 2.0**45
"""In hundredths of a pixel: up to here dividing by 100 and multiplying again is exact; beyond it boxes are clipped."""


def normal_path(file_name: str) -> str:
    """Return a file name as keys spell it: ``/`` between folders, no ``.`` parts, Unicode in NFC.

    Parameters
    ----------
    file_name : str
        Path relative to the image root, as a file says it.

    Notes
    -----
    macOS hands out names in NFD and Windows writes ``\\``; both must find the decisions made elsewhere. Upper and lower
    case stay apart, and ``..`` is kept: resolving it would need the file system.
    """
    text = file_name.replace("\\", "/")
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "//" in text or "./" in text or text.endswith("/."):
        root = "/" if text.startswith("/") else ""
        text = root + "/".join(part for part in text.split("/") if part not in ("", "."))
    return text


def key_box(values: tuple[float, ...] | list[float]) -> Box:
    """Return left, top, width, height resolved to 0.01 px, so that equal boxes are equal floats.

    Parameters
    ----------
    values : sequence of float, length 4
        Pixels.

    Raises
    ------
    ValueError
        If there are not four finite numbers.
    """
    if len(values) != 4 or not all(math.isfinite(value) for value in values):
        raise ValueError(f"{list(values)} is not a box")
    x, y, w, h = (round(max(-COORDINATE_LIMIT, min(value * CENTI_PX, COORDINATE_LIMIT))) / CENTI_PX for value in values)
    return x, y, w, h


@dataclass(frozen=True, slots=True)
class ImageKey:
    """An image.

    Attributes
    ----------
    path : str
        Relative to the image root, as `normal_path` spells it. Where a file moved, its content leads back to it:
        see `moved_images`.
    """

    path: str

    def to_json(self) -> dict[str, Any]:
        """Return the key as a JSON object."""
        return {"kind": "image", "image": self.path}


@dataclass(frozen=True, slots=True)
class AnnotationKey:
    """A labelled object.

    Attributes
    ----------
    image : ImageKey
    class_name : str
    xywh : tuple of float
        Pixels, to 0.01.
    ordinal : int
        0-based place among labels of the same image, class and box, in file order.
    annotation_id : int, str or None
        What the file called it when the decision was made. Not part of equality: a re-export numbers anew. It helps to
        find a label whose box or class was corrected.
    """

    image: ImageKey
    class_name: str
    xywh: Box
    ordinal: int = 0
    annotation_id: int | str | None = field(default=None, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return the key as a JSON object."""
        body = self.image.to_json() | {"kind": "ground truth", "class": self.class_name, "box": list(self.xywh)}
        body["ordinal"] = self.ordinal
        if self.annotation_id is not None:
            body["id"] = self.annotation_id
        return body


@dataclass(frozen=True, slots=True)
class PredictionKey:
    """A predicted object of one run.

    Attributes
    ----------
    run : str
        Content hash of the run (`row_keys.content_hash`).
    image : ImageKey
    class_name : str
    xywh : tuple of float
        Pixels, to 0.01.
    score : float
        As in the file.
    ordinal : int
        0-based place among predictions equal in all of these; they are alike, so their order does not matter.
    """

    run: str
    image: ImageKey
    class_name: str
    xywh: Box
    score: float
    ordinal: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the key as a JSON object; an infinite score is written as a string, since JSON has none."""
        body = self.image.to_json() | {"kind": "prediction", "run": self.run, "class": self.class_name}
        score: float | str = self.score if math.isfinite(self.score) else str(self.score)
        return body | {"box": list(self.xywh), "score": score, "ordinal": self.ordinal}


@dataclass(frozen=True, slots=True)
class PairKey:
    """A prediction and the label it aims at: what a localization or classification error is about.

    Attributes
    ----------
    annotation : AnnotationKey
    prediction : PredictionKey
    """

    annotation: AnnotationKey
    prediction: PredictionKey

    @property
    def image(self) -> ImageKey:
        """The image both lie on."""
        return self.annotation.image

    def to_json(self) -> dict[str, Any]:
        """Return the key as a JSON object."""
        return {"kind": "pair", "ground_truth": self.annotation.to_json(), "prediction": self.prediction.to_json()}


Target: TypeAlias = ImageKey | AnnotationKey | PredictionKey | PairKey
"""What a decision can be about."""

TARGET_KINDS = ("image", "ground truth", "prediction", "pair")


def image_of(target: Target) -> ImageKey:
    """Return the image a target is or lies on."""
    return target if isinstance(target, ImageKey) else target.image


def kind_of(target: Target) -> str:
    """Return one of `TARGET_KINDS`."""
    names = {ImageKey: "image", AnnotationKey: "ground truth", PredictionKey: "prediction", PairKey: "pair"}
    return names[type(target)]


def target_from_json(body: Mapping[str, Any]) -> Target:
    """Read back what ``to_json`` of a key wrote.

    Parameters
    ----------
    body : mapping
        A decoded JSON object.

    Raises
    ------
    ValueError
        If it is no key: a project file may come from anywhere.
    """
    kind = _field(body, "kind", str)
    if kind == "pair":
        annotation = target_from_json(_field(body, "ground_truth", dict))
        prediction = target_from_json(_field(body, "prediction", dict))
        if not isinstance(annotation, AnnotationKey) or not isinstance(prediction, PredictionKey):
            raise ValueError("a pair must hold a label and a prediction")
        return PairKey(annotation, prediction)
    image = ImageKey(_field(body, "image", str))
    if kind == "image":
        return image
    if kind not in TARGET_KINDS:
        raise ValueError(f"unknown kind of target {kind!r}")
    class_name, ordinal = _field(body, "class", str), _field(body, "ordinal", int)
    box = _field(body, "box", list)
    if not all(isinstance(value, int | float) for value in box):
        raise ValueError(f"{box} is not a box")
    if kind == "ground truth":
        annotation_id = body.get("id")
        if not isinstance(annotation_id, int | str | None):
            raise ValueError(f"{annotation_id!r} is not an annotation id")
        return AnnotationKey(image, class_name, key_box(box), ordinal, annotation_id)
    score = float(_field(body, "score", (int, float, str)))
    if math.isnan(score):
        raise ValueError("a score must be a number")
    return PredictionKey(_field(body, "run", str), image, class_name, key_box(box), score, ordinal)


def target_digest(target: Target) -> str:
    """Return 32 hexadecimal digits that are equal exactly for equal targets: the index of the event log.

    Parameters
    ----------
    target : ImageKey, AnnotationKey, PredictionKey or PairKey
    """
    text = json.dumps(_identity(target), separators=(",", ":"))
    return hashlib.blake2b(text.encode("ascii"), digest_size=16).hexdigest()


def _identity(target: Target) -> list[Any]:
    if isinstance(target, ImageKey):
        return ["image", target.path]
    if isinstance(target, AnnotationKey):
        return ["ground truth", target.image.path, target.class_name, *target.xywh, target.ordinal]
    if isinstance(target, PredictionKey):
        body = [target.image.path, target.class_name, *target.xywh, repr(target.score), target.ordinal]
        return ["prediction", target.run, *body]
    return ["pair", _identity(target.annotation), _identity(target.prediction)]


def _field(body: Mapping[str, Any], name: str, expected: type | tuple[type, ...]) -> Any:
    value = body.get(name)
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is int):
        raise ValueError(f"{name} is missing or of the wrong type")
    return value
