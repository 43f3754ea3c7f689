"""Names that a file system, or the format that is written, forbids: of classes and of images, in every form of export."""

from __future__ import annotations

import json
import os
import re
import warnings
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from diag_gui.data.dataset import Dataset
from diag_gui.data.read_report import ProblemLog
from diag_gui.data.run import Run
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.params import EvaluationParams
from diag_gui.formats.collected_labels import CollectedLabels, LabelledObject
from diag_gui.formats.collected_predictions import CollectedPredictions, PredictedObject
from diag_gui.formats.export import EXPORTERS, ExportRequest, FailureSelection, Pictures, export_subset
from diag_gui.formats.export_folder import portable_name
from diag_gui.formats.opening import open_ground_truth
from tests.formats.pictures import encoded

NAMES = {
    "slash": "a/b", "backslash": "a\\b", "colon": "a:b", "star and question mark": "a*b?", "quotes": '"a"', "brackets": "<a>|b&c",
    "line feed": "a\nb", "carriage return": "a\rb", "tab": "a\tb", "next line": "a\x85b", "line separator": "a\u2028b",
    "only dots": "..", "leading dot": ".hidden", "device": "CON", "device with ending": "nul.txt",
    "unicode": "Straße 猫", "decomposed": "e\u0301", "300 bytes": "猫" * 100, "emoji": "😀", "zero width": "a\u200bb",
    "delete": "a\x7fb", "comma": "a,b;c", "yaml": "#a: [b]", "null": "null", "formula": "=1+1", "percent": "a%20b",
}  # fmt: skip
CONTROL = "a\x01b"
"""XML has no place for it."""

READ = {
    "coco": "annotations.json", "yolo": ".", "voc": "Annotations", "cvat": "annotations.xml", "labelstudio": "tasks.json",
    "labelme": "images", "datumaro": "annotations", "dota": ".", "parquet": "labels.parquet", "table": "labels.csv",
}  # fmt: skip
"""What is opened of an export that has labels."""

NAMED_BY_FILE = {"yolo", "dota"}
"""Formats in which an image is called as its file of labels is, without an ending."""

FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f\\]|^\.|[. ]$|^(?:con|nul)(?:\.|$)', re.IGNORECASE)


def facts_of(class_name: str, file_name: str) -> tuple[Dataset, Run]:
    """Return two labels on two images, the first of a class and an image so called, and a prediction of the first."""
    labels = CollectedLabels(Path("made"), "made up", ProblemLog(Path("made")))
    for name in (file_name, "plain.jpg"):
        labels.add_image(name, 100, 80, {})
    for row, name in enumerate((class_name, "other")):
        labels.add(row, LabelledObject(name, (1, 2, 30, 40), str(row + 1)))
    dataset = labels.build("", class_names=[class_name, "other"])[0]
    found = CollectedPredictions(Path("found"), "made up", dataset, ProblemLog(Path("found")))
    found.add(PredictedObject(dataset.images.file_name[0], dataset.classes.name[0], (1.0, 2, 30, 40), 0.5, "0"))
    return dataset, found.build("")[0]


def exported(dataset: Dataset, run: Run, out: Path, target: str, **more: object) -> dict[str, object]:
    """Export all of it; return the manifest, having looked at the name of every file."""
    failures = None
    if EXPORTERS[target].needs_run:
        facts = prepare_run(dataset, run)
        evaluation = evaluate(facts, EvaluationParams())
        failures = FailureSelection(facts, evaluation, np.arange(2))
    rows = np.arange(len(dataset.images), dtype=np.int32)
    export_subset(ExportRequest(dataset, out, target, rows, run=run, failures=failures, **more))  # type: ignore[arg-type]
    names = [path.name for path in out.rglob("*")]
    assert [name for name in names if FORBIDDEN.search(name) or len(name.encode()) > 255] == []
    assert out.resolve().parent == out.parent.resolve()
    return json.loads((out / "manifest.json").read_bytes())


def read_again(out: Path, target: str) -> Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = open_ground_truth(out / READ[target])
    assert (again.report.dropped, len(again.dataset.images), len(again.dataset.ground_truth)) == (0, 2, 2)
    return again.dataset


@pytest.mark.parametrize("target", READ)
@pytest.mark.parametrize("kind", NAMES)
def test_a_class_of_any_name_comes_back(tmp_path: Path, kind: str, target: str) -> None:
    dataset, run = facts_of(NAMES[kind], "picture.jpg")
    manifest = exported(dataset, run, tmp_path / "out", target)
    again = read_again(tmp_path / "out", target).classes.name
    if target == "dota":
        # A class is a word of a line and part of a file's name there; what it loses is said.
        assert [name for name in dataset.classes.name if name not in again] == _said_to_be_lost(manifest, dataset)
        return
    assert set(again) == set(dataset.classes.name)


def _said_to_be_lost(manifest: dict[str, object], dataset: Dataset) -> list[str]:
    lines = [line.partition(": ")[2] for line in manifest["not_carried"] if line.startswith("blanks and signs in the names")]
    return [name for name in dataset.classes.name if name in lines]


@pytest.mark.parametrize("target", READ)
@pytest.mark.parametrize("kind", NAMES)
def test_an_image_of_any_name_comes_back_as_itself_or_as_the_manifest_says(tmp_path: Path, kind: str, target: str) -> None:
    dataset, run = facts_of("cat", f"{NAMES[kind]}.jpg")
    manifest = exported(dataset, run, tmp_path / "out", target)
    name = manifest["renamed"].get(dataset.images.file_name[0], dataset.images.file_name[0])
    if target in NAMED_BY_FILE:
        name = str(PurePosixPath(name).with_suffix(""))
    again = read_again(tmp_path / "out", target)
    assert name in [found.removesuffix(".jpg") if target in NAMED_BY_FILE else found for found in again.images.file_name]
    row = again.ground_truth.image_row[again.ground_truth.class_row == again.classes.name.index("cat")]
    assert again.images.file_name[int(row[0])].startswith(name)


@pytest.mark.parametrize("target", sorted(set(EXPORTERS) - set(READ)))
@pytest.mark.parametrize("kind", NAMES)
def test_lists_and_folders_are_written_for_any_name(tmp_path: Path, kind: str, target: str) -> None:
    dataset, run = facts_of(NAMES[kind], f"{NAMES[kind]}.jpg")
    assert exported(dataset, run, tmp_path / "out", target)["counts"]["images"] >= 1


@pytest.mark.parametrize("target", ["voc", "cvat", "labelstudio"])
def test_what_xml_has_no_place_for_is_replaced_and_said(tmp_path: Path, target: str) -> None:
    dataset, run = facts_of(CONTROL, f"{CONTROL}.jpg")
    manifest = exported(dataset, run, tmp_path / "out", target)
    again = read_again(tmp_path / "out", target)
    said = [line for line in manifest["not_carried"] if line.startswith("control characters in names")]
    if target == "labelstudio":
        # The tasks are JSON; only the list of labels for its editor is XML.
        assert (said, CONTROL in again.classes.name) == ([], True)
        return
    assert again.classes.name == ("a�b", "other")
    assert said == [f"control characters in names (XML has no place for them): {CONTROL!r}, {CONTROL + '.jpg'!r}"]


@pytest.mark.parametrize("target", READ)
def test_a_file_whose_name_is_no_utf_8_is_called_by_its_bytes(tmp_path: Path, target: str) -> None:
    for name, folder, content in (
        (b"caf\xe9.jpg", "images", encoded(".jpg", 100, 80)), (b"caf\xea.jpg", "images", encoded(".jpg", 100, 80)),
        (b"caf\xe9.txt", "labels", b"0 .5 .5 .2 .2"), (b"caf\xea.txt", "labels", b"0 .5 .5 .4 .4"),
    ):  # fmt: skip
        (tmp_path / "in" / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / folder / os.fsdecode(name)).write_bytes(content)
    opened = open_ground_truth(tmp_path / "in")
    out = tmp_path / "out"
    manifest = exported(opened.dataset, None, out, target, image_root=opened.image_root, pictures=Pictures.COPY)  # type: ignore[arg-type]
    assert sorted(PurePosixPath(name).name for name in manifest["renamed"].values()) == ["caf_E9.jpg", "caf_EA.jpg"]
    assert sorted(path.name for path in (out / "images").rglob("*.jpg")) == ["caf_E9.jpg", "caf_EA.jpg"]
    again = read_again(out, target)
    sides = {PurePosixPath(again.images.file_name[image]).stem: round(width) for image, (_, _, width, _) in
             zip(again.ground_truth.image_row.tolist(), again.ground_truth.xywh.tolist(), strict=True)}  # fmt: skip
    assert sides == {"caf_E9": 20, "caf_EA": 40}


@pytest.mark.parametrize(
    ("name", "portable"),
    [(".hidden", "_hidden"), ("...", "_"), ("a.", "a"), ("caf\udce9", "caf_E9"), ("?", "_"), ("aux.txt", "_aux.txt"), (" ", "_")],
)
def test_a_portable_name(name: str, portable: str) -> None:
    assert portable_name(name) == portable
