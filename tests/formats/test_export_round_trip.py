"""What goes out in another format comes back through our own readers: boxes, classes, scores, attributes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from hypothesis import given

from diag_gui.data.dataset import Dataset, Source
from diag_gui.data.run import Run
from diag_gui.formats import coco, coco_results
from diag_gui.formats.export import ExportRequest, Pictures, export_subset
from diag_gui.formats.opening import join_metadata, open_ground_truth, open_predictions
from tests.cli.small_data import SmallData, write_small_data
from tests.examples import examples
from tests.formats.drawn_sets import SIZE, drawn, labels_of, predictions_of
from tests.shared_data import DATA, needs_shared

ELSEWHERE = Source(Path("/nowhere/truth"), "made up", "")
"""Of facts that were not read from COCO, which are written from the facts."""


@pytest.fixture
def data(tmp_path: Path) -> SmallData:
    return write_small_data(tmp_path / "data")


def opened(data: SmallData) -> tuple[Dataset, Run]:
    dataset, _ = coco.read_ground_truth(data.gt)
    run, _ = coco_results.read_predictions(data.predictions, dataset)
    return dataset, run


def exported(
    dataset: Dataset, run: Run | None, out: Path, target: str, root: Path | None, pictures: Pictures = Pictures.COPY
) -> Path:
    rows = np.arange(len(dataset.images), dtype=np.int32)
    export_subset(ExportRequest(dataset, out, target, rows, run=run, image_root=root, pictures=pictures))
    return out


def boxes(dataset: Dataset) -> list[tuple[str, str, tuple[float, ...]]]:
    """Every label that is no crowd, by stem of the picture and name of the class."""
    gt = dataset.ground_truth
    found = []
    for row in np.flatnonzero(~gt.is_crowd).tolist():
        name = Path(dataset.images.file_name[int(gt.image_row[row])]).stem
        found.append((name, dataset.classes.name[int(gt.class_row[row])], tuple(np.round(gt.xywh[row], 6).tolist())))
    return sorted(found)


def predicted(dataset: Dataset, run: Run) -> list[tuple[str, str, float, tuple[float, ...]]]:
    predictions = run.predictions
    found = []
    for row in range(len(predictions)):
        name = Path(dataset.images.file_name[int(predictions.image_row[row])]).stem
        label = dataset.classes.name[int(predictions.class_row[row])]
        found.append((name, label, round(float(predictions.score[row]), 9), tuple(np.round(predictions.xywh[row], 6).tolist())))
    return sorted(found)


def said_of(dataset: Dataset, names: Iterable[str]) -> list[tuple[str, str, float, str]]:
    """What every label says of itself by some attributes, as text; nothing where it says nothing."""
    gt = dataset.ground_truth
    return sorted(
        (
            Path(dataset.images.file_name[int(gt.image_row[row])]).stem,
            dataset.classes.name[int(gt.class_row[row])],
            round(float(gt.xywh[row, 0]), 6),
            " ".join(f"{name}={_said(gt.attributes[name].text(row))}" for name in names if name in gt.attributes.names),
        )
        for row in range(len(gt))
    )


def given_in(dataset: Dataset) -> list[str]:
    """The attributes that some label has a value of."""
    return [column.name for column in dataset.ground_truth.attributes.columns if not column.missing.all()]


def _said(text: str) -> str:
    """Numbers as they count, for a column of words that are all numbers is one of numbers."""
    try:
        return f"{float(text):.5g}"
    except ValueError:
        return text.strip()


def test_the_yaml_of_yolo_names_no_path_so_that_its_own_folder_counts(data: SmallData, tmp_path: Path) -> None:
    dataset, _ = opened(data)
    out = exported(dataset, None, tmp_path / "out", "yolo", data.images)
    content = yaml.safe_load((out / "data.yaml").read_text())
    assert "path" not in content, "Ultralytics takes a relative one from its own folder of datasets"
    assert (out / content["train"]).is_dir()
    assert (out / content["val"]).is_dir()
    assert open_ground_truth(out / "data.yaml").report.records == 4


def test_yolo_comes_back(data: SmallData, tmp_path: Path) -> None:
    dataset, run = opened(data)
    out = exported(dataset, run, tmp_path / "out", "yolo", data.images)
    again = open_ground_truth(out).dataset
    assert boxes(again) == boxes(dataset)
    assert again.classes.name == dataset.classes.name
    assert len(again.images) == len(dataset.images)
    run_again = open_predictions(out / "predictions", again).run
    assert predicted(again, run_again) == predicted(dataset, run)


def test_yolo_of_two_pictures_with_one_stem_keeps_them_apart(data: SmallData, tmp_path: Path) -> None:
    (data.images / "A.png").write_bytes((data.images / "B.jpg").read_bytes())
    data.gt.write_text(data.gt.read_text().replace("B.jpg", "A.png"))
    dataset, _ = opened(data)
    out = exported(dataset, None, tmp_path / "out", "yolo", data.images)
    stems = {path.stem for path in (out / "labels").rglob("*.txt")}
    assert len({stem.casefold() for stem in stems}) == 3
    assert stems == {path.stem for path in (out / "images").rglob("*") if path.is_file()}
    assert sorted(box for _, _, box in boxes(open_ground_truth(out).dataset)) == sorted(box for _, _, box in boxes(dataset))


def test_voc_comes_back(data: SmallData, tmp_path: Path) -> None:
    dataset, _ = opened(data)
    out = exported(dataset, None, tmp_path / "out", "voc", data.images)
    again = open_ground_truth(out / "Annotations").dataset
    written = sorted(
        (Path(dataset.images.file_name[int(row)]).stem, tuple(np.round(box, 6).tolist()))
        for row, box in zip(dataset.ground_truth.image_row, dataset.ground_truth.xywh, strict=True)
    )
    read = sorted(
        (Path(again.images.file_name[int(row)]).stem, tuple(np.round(box, 6).tolist()))
        for row, box in zip(again.ground_truth.image_row, again.ground_truth.xywh, strict=True)
    )
    assert read == written
    assert set(again.classes.name) == set(dataset.classes.name)
    assert again.ground_truth.attributes["occluded"].values.sum() == 1


@needs_shared
@pytest.mark.parametrize("target", ["coco", "yolo", "voc"])
def test_real_yolo_data_comes_back(tmp_path: Path, target: str) -> None:
    source = DATA / "aerial_cars_30"
    opened_gt = open_ground_truth(source / "labels", images=source / "images")
    dataset = opened_gt.dataset
    run = open_predictions(source / "dets_nanodet_yolo", dataset).run
    out = exported(dataset, run, tmp_path / "out", target, opened_gt.image_root, Pictures.LINK)
    path = {"coco": out / "annotations.json", "yolo": out, "voc": out / "Annotations"}[target]
    again = open_ground_truth(path).dataset
    assert boxes(again) == boxes(dataset)
    predictions = {"coco": out / "predictions.json", "yolo": out / "predictions"}.get(target)
    if predictions is not None:
        assert predicted(again, open_predictions(predictions, again).run) == predicted(dataset, run)


@needs_shared
def test_real_coco_data_goes_to_yolo_and_back(tmp_path: Path) -> None:
    dataset, _ = coco.read_ground_truth(DATA / "coco_val2014_100" / "instances_val2014_100.json")
    out = exported(dataset, None, tmp_path / "out", "yolo", None)
    again = open_ground_truth(out).dataset
    widths = {
        Path(name).stem: (w, h)
        for name, w, h in zip(dataset.images.file_name, dataset.images.width, dataset.images.height, strict=True)
    }

    # Without pictures the reader takes a nominal size: compare what is relative to it.
    def relative(some: Dataset, nominal: bool) -> list[tuple[str, str, tuple[float, ...]]]:
        result = []
        for name, label, (x, y, w, h) in boxes(some):
            width, height = (1000, 1000) if nominal else widths[name]
            result.append((name, label, tuple(np.round([x / width, y / height, w / width, h / height], 7).tolist())))
        return sorted(result)

    assert [entry[:2] for entry in relative(again, True)] == [entry[:2] for entry in relative(dataset, False)]
    np.testing.assert_allclose([e[2] for e in relative(again, True)], [e[2] for e in relative(dataset, False)], atol=1e-6)


def test_metadata_comes_back_with_its_formulas(data: SmallData, tmp_path: Path) -> None:
    plain, run = opened(data)
    dataset = join_metadata(plain, data.metadata).dataset
    assert "=1+1" in dataset.image_attributes["site"].categories
    out = exported(dataset, run, tmp_path / "out", "coco", None)
    again = join_metadata(open_ground_truth(out / "annotations.json").dataset, out / "metadata.csv").dataset
    for name in ("site", "hours", "scene"):
        before, after = dataset.image_attributes[name], again.image_attributes[name]
        assert [before.text(row) for row in range(3)] == [after.text(row) for row in range(3)]


@examples(25)
@given(drawn_set=drawn())
def test_any_set_comes_back_from_coco_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, drawn_set: tuple[Dataset, Run]
) -> None:
    dataset, run = replace(drawn_set[0], source=ELSEWHERE), drawn_set[1]
    out = exported(dataset, run, tmp_path_factory.mktemp("coco") / "out", "coco", None, Pictures.NONE)
    again = open_ground_truth(out / "annotations.json").dataset
    assert labels_of(again) == labels_of(dataset)
    assert again.classes.name == dataset.classes.name
    assert again.images.file_name == dataset.images.file_name
    assert again.ground_truth.annotation_id.tolist() == dataset.ground_truth.annotation_id.tolist()
    assert said_of(again, given_in(dataset)) == said_of(dataset, given_in(dataset))
    if len(run.predictions):
        assert predictions_of(again, open_predictions(out / "predictions.json", again).run) == predictions_of(dataset, run)


@examples(25)
@given(drawn_set=drawn(decimals=6))
def test_any_set_comes_back_from_voc_to_the_last_bit_of_its_corners(
    tmp_path_factory: pytest.TempPathFactory, drawn_set: tuple[Dataset, Run]
) -> None:
    dataset = drawn_set[0]
    out = exported(dataset, None, tmp_path_factory.mktemp("voc") / "out", "voc", None, Pictures.NONE)
    again = open_ground_truth(out / "Annotations").dataset
    # Corners are what is written: a width comes back as the difference of two of them.
    assert labels_of(again, 9) == labels_of(dataset, 9)
    assert len(again.images) == len(dataset.images)
    assert said_of(again, given_in(dataset)) == said_of(dataset, given_in(dataset))


@examples(25)
@given(drawn_set=drawn(decimals=6))
def test_any_set_comes_back_from_yolo_to_a_millionth_of_a_pixel(
    tmp_path_factory: pytest.TempPathFactory, drawn_set: tuple[Dataset, Run]
) -> None:
    dataset, run = drawn_set
    folder = tmp_path_factory.mktemp("yolo")
    (folder / "dir").mkdir()
    for name in dataset.images.file_name:
        cv2.imwrite(str(folder / name), np.zeros((SIZE[1], SIZE[0]), np.uint8))
    out = exported(dataset, run, folder / "out", "yolo", folder, Pictures.LINK)
    again = open_ground_truth(out).dataset
    assert again.classes.name == dataset.classes.name
    assert boxes(again) == boxes(dataset)
    if len(run.predictions):
        assert predicted(again, open_predictions(out / "predictions", again).run) == predicted(dataset, run)


TOOLS = {"cvat": "annotations.xml", "labelstudio": "tasks.json", "labelme": "images", "datumaro": "annotations"}


@pytest.mark.parametrize("target", TOOLS)
@examples(25)
@given(drawn_set=drawn(decimals=6))
def test_any_set_comes_back_from_the_form_of_an_annotation_tool(
    target: str, tmp_path_factory: pytest.TempPathFactory, drawn_set: tuple[Dataset, Run]
) -> None:
    dataset, run = drawn_set
    out = exported(dataset, run, tmp_path_factory.mktemp(target) / "out", target, None, Pictures.NONE)
    again = open_ground_truth(out / TOOLS[target], format=target).dataset
    assert labels_of(again, 6) == labels_of(dataset, 6)
    assert sorted(again.images.file_name) == sorted(dataset.images.file_name)
    assert said_of(again, given_in(dataset)) == said_of(dataset, given_in(dataset))
    predictions = {"labelstudio": out / "tasks.json", "datumaro": out / "predictions"}.get(target)
    if predictions is not None and len(run.predictions):
        # Against the set itself: tasks name no class that no label has.
        back = open_predictions(predictions, dataset, format=target).run
        assert predictions_of(dataset, back, 6) == predictions_of(dataset, run, 6)
