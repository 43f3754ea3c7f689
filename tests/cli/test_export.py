"""``export``: what is chosen, what is refused, what lies in the folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Runner
from tests.cli.small_data import GT, SmallData


def names(out: Path) -> set[str]:
    return {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}


def test_everything_without_predictions(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = cli("export", data.gt, "--to", "coco", "--out", out)
    assert ran.status == 0
    assert json.loads((out / "annotations.json").read_text()) == GT
    assert names(out) == {"annotations.json", "manifest.json", "metadata.csv"}


@pytest.mark.parametrize(
    ("where", "images"),
    [("scene = 'day'", [1, 2]), ("class = 'bus'", [1]), ("class = 'car' AND area > 1000", [2]), ("area > 1e9", [])],
)
def test_where_keeps_images_with_an_object_that_satisfies_it(
    cli: Runner, data: SmallData, tmp_path: Path, where: str, images: list[int]
) -> None:
    assert cli("export", data.gt, data.predictions, "--to", "coco", "--out", tmp_path / "out", "--where", where).status == 0
    written = json.loads((tmp_path / "out" / "annotations.json").read_text())
    assert sorted(image["id"] for image in written["images"]) == images
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["query"]["where"] == where
    assert manifest["counts"]["images"] == len(images)
    assert manifest["settings"]["iou"] == 0.5


def test_choosing_nothing_is_said(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    words = ("export", data.gt, data.predictions, "--where", "area > 1e9", "--overwrite", "--out", tmp_path / "out")
    for target in ("coco", "csv"):
        ran = cli(*words, "--to", target)
        assert ran.status == 0
        assert "warning: nothing matches --where area > 1e9; the export is empty" in ran.err
    assert cli(*words, "--to", "coco", "--quiet").err == ""


def test_errors_choose_images_too(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    cli("export", data.gt, data.predictions, "--to", "images", "--out", tmp_path / "out", "--where", "error = 'missed'")
    assert (tmp_path / "out" / "images.txt").read_text() == "B.jpg\n"


def test_limit_and_pictures(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    out = tmp_path / "out"
    cli("export", data.gt, "--to", "yolo", "--out", out, "--limit", "1", "--copy-images", "--images", data.images)
    assert names(out) == {"data.yaml", "labels/a.txt", "images/a.jpg", "manifest.json", "metadata.csv"}


def test_failures_as_csv(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    cli("export", data.gt, data.predictions, "--to", "csv", "--out", tmp_path / "out")
    direct = cli("failures", data.gt, data.predictions, "--csv", "-").out
    assert (tmp_path / "out" / "failures.csv").read_text() == direct


def test_an_export_is_not_overwritten_unasked(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    arguments = ("export", data.gt, "--to", "coco", "--out", tmp_path / "out")
    assert cli(*arguments).status == 0
    again = cli(*arguments)
    assert again.status == 2
    assert "not empty" in again.err
    assert cli(*arguments, "--overwrite").status == 0


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        (["--to", "nonsense"], "no export format; there is coco, yolo, voc, cvat, labelstudio, labelme"),
        (["--to", "csv"], "needs predictions"),
        (["--to", "coco", "--tag", "relabel"], "--project"),
    ],
)
def test_what_cannot_be_written_is_said(cli: Runner, data: SmallData, tmp_path: Path, extra: list[str], says: str) -> None:
    ran = cli("export", data.gt, "--out", tmp_path / "out", *extra)
    assert ran.status == 2
    assert says in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("target", ["coco", "yolo", "voc", "cvat", "labelstudio", "labelme", "datumaro", "dota"])
def test_the_folder_of_an_export_opens_as_it_lies_there(cli: Runner, data: SmallData, tmp_path: Path, target: str) -> None:
    out = tmp_path / "out"
    made = cli("export", data.gt, data.predictions, "--to", target, "--out", out, "--images", data.images, "--copy-images")
    assert made.status == 0, made.err
    read = cli("evaluate", out, data.predictions, "--json", "-").json["read"][0]
    assert read["loaded"] == json.loads((out / "manifest.json").read_text())["counts"]["ground_truth"] >= 4
    # Its predictions are no labels, its manifest is no damaged file, and a split that is the one read is none left aside.
    assert not {"unreadable-json", "unreadable-xml", "split-not-loaded", "image-listed-twice"} & set(read["codes"])


def test_datumaro_predictions_of_an_export_are_told_from_its_labels(cli: Runner, data: SmallData, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert cli("export", data.gt, data.predictions, "--to", "datumaro", "--out", out).status == 0
    of_folder, of_file = (
        cli("evaluate", data.gt, path, "--pred-format", "datumaro", "--json", "-").json
        for path in (out, out / "predictions" / "default.json")
    )
    assert of_folder["runs"][0]["summary"] == of_file["runs"][0]["summary"]
    assert of_folder["read"][1]["dropped"] == 0
