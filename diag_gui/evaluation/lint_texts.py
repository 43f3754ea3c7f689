"""What is said of odd boxes: one sentence per finding, and the groups that lists are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from diag_gui.data.arrays import FloatArray
from diag_gui.data.dataset import Dataset, GroundTruth
from diag_gui.data.predictions import Predictions
from diag_gui.data.quadrilaterals import slenderness
from diag_gui.evaluation.geometry_lint import (
    EDGE_PX,
    INSIDE,
    LINT_NAMES,
    MANY_IMAGES,
    SLIVER,
    TINY_PX,
    LintFindings,
    LintKind,
)
from diag_gui.evaluation.label_errors_objectlab import SAME_OBJECT_IOU

MEANINGS: Mapping[str, str] = {
    "outside": "It has no part of its image",
    "partly outside": f"It sticks out of its image by more than {EDGE_PX:g} px",
    "zero size": "Its width or height is not positive",
    "tiny": f"Its shorter side is below {TINY_PX:g} px: moved by one pixel, it has an IoU below .5 with itself",
    "sliver": f"Its longer side is at least {SLIVER:g} times the shorter: a small turn of the object leaves it",
    "identical": "Another of its image and class has the same coordinates",
    "nested": f"At least {INSIDE:.0%} of its area lies in a larger one of its image and class",
    "two classes": f"One of another class has an IoU of at least {SAME_OBJECT_IOU:g} with it: one object labelled twice?",
    "repeated": f"One of its class has the same coordinates in at least {MANY_IMAGES} images: pasted, or a mark on the lens?",
}
"""What each of `LINT_NAMES` means, for people."""

EXAMPLES = 20
"""Findings of a kind that are told in full; all are counted."""


@dataclass(frozen=True, slots=True)
class LintExample:
    """One odd box.

    Attributes
    ----------
    row : int
        Of the labels or the predictions.
    image : str
        File name.
    record : str
        Which box of the file: ``"label 12 (car)"``, ``"prediction 40 (bus)"``.
    bbox : tuple of float
        Left, top, width, height.
    reason : str
    """

    row: int
    image: str
    record: str
    bbox: tuple[float, ...]
    reason: str

    @property
    def place(self) -> str:
        """The box, as people write it."""
        return _text(self.bbox)

    @property
    def text(self) -> str:
        """The example as one line."""
        return f"{self.image}: {self.record} {self.place} {self.reason}"


@dataclass(frozen=True, slots=True)
class LintGroup:
    """All odd boxes of one kind.

    Attributes
    ----------
    kind : str
        One of `LINT_NAMES`.
    count : int
    examples : tuple of LintExample
        The first few.
    """

    kind: str
    count: int
    examples: tuple[LintExample, ...]


def lint_groups(
    dataset: Dataset, objects: GroundTruth | Predictions, findings: LintFindings, *, keep: int = EXAMPLES
) -> tuple[LintGroup, ...]:
    """Return what was found by kind, kinds without a finding left out.

    Parameters
    ----------
    dataset : Dataset
    objects : GroundTruth or Predictions
    findings : LintFindings
        Of these objects.
    keep : int
        Examples per kind.
    """
    groups = []
    for kind in LintKind:
        where = findings.of_kind(kind)
        if where.stop > where.start:
            places = range(where.start, min(where.stop, where.start + keep))
            examples = tuple(lint_example(dataset, objects, findings, place) for place in places)
            groups.append(LintGroup(LINT_NAMES[kind], where.stop - where.start, examples))
    return tuple(groups)


def lint_example(dataset: Dataset, objects: GroundTruth | Predictions, findings: LintFindings, place: int) -> LintExample:
    """Return what is said of one finding."""
    row, other = int(findings.row[place]), int(findings.other[place])
    kind = LintKind(int(findings.kind[place]))
    about = _About(dataset, objects, row, other)
    image = dataset.images.file_name[int(objects.image_row[row])]
    bbox = tuple(objects.xywh[row].tolist())
    return LintExample(row, image, about.name(row), bbox, _REASONS[kind](about))


@dataclass(frozen=True, slots=True, eq=False)
class _About:
    """What a sentence speaks of."""

    dataset: Dataset
    objects: GroundTruth | Predictions
    row: int
    other: int

    def name(self, row: int) -> str:
        """Return which box of the file it is, and its class."""
        class_name = self.dataset.classes.name[int(self.objects.class_row[row])]
        if isinstance(self.objects, GroundTruth):
            return f"label {self.objects.annotation_id[row]} ({class_name})"
        return f"prediction {int(self.objects.source_index[row])} ({class_name})"

    @property
    def image_size(self) -> str:
        """Size of the image, as people write it."""
        image = int(self.objects.image_row[self.row])
        return f"{int(self.dataset.images.width[image])} x {int(self.dataset.images.height[image])}"

    @property
    def sides(self) -> FloatArray:
        """Width and height."""
        sides: FloatArray = self.objects.xywh[self.row, 2:]
        return sides

    @property
    def slenderness(self) -> float:
        """Longer side over the shorter."""
        if self.objects.quad is not None:
            return float(slenderness(self.objects.quad[self.row : self.row + 1])[0])
        return float(self.sides.max() / self.sides.min())

    @property
    def other_name(self) -> str:
        """Name of the other box."""
        return self.name(self.other)

    @property
    def other_image(self) -> str:
        """File name of the image of the other box."""
        return self.dataset.images.file_name[int(self.objects.image_row[self.other])]


_REASONS: Mapping[LintKind, Callable[[_About], str]] = {
    LintKind.OUTSIDE: lambda about: f"lies wholly outside its image of {about.image_size}",
    LintKind.PARTLY_OUTSIDE: lambda about: f"sticks out of its image of {about.image_size}",
    LintKind.ZERO_SIZE: lambda about: "has no area",
    LintKind.TINY: lambda about: f"has a side of {float(about.sides.min()):.3g} px",
    LintKind.SLIVER: lambda about: f"has one side {about.slenderness:.3g} times as long as the other",
    LintKind.IDENTICAL: lambda about: f"is where {about.other_name} is",
    LintKind.NESTED: lambda about: f"lies in {about.other_name} {_text(about.objects.xywh[about.other].tolist())}",
    LintKind.TWO_CLASSES: lambda about: f"is almost where {about.other_name} is",
    LintKind.REPEATED: lambda about: f"is at the same place in other images, as in {about.other_image}",
}


def _text(box: Iterable[float]) -> str:
    return "[" + ", ".join(f"{value:.6g}" for value in box) + "]"
