"""Exports: complete or not there, nothing lost, nothing overwritten, nothing outside the folder."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from diag_gui.data.attributes import Level
from diag_gui.exceptions import ExportError
from diag_gui.formats import coco, coco_results
from diag_gui.formats.export import ExportDecision, ExportRequest, Pictures, export_subset
from diag_gui.formats.export_pictures import picture_file
from diag_gui.formats.image_root import image_path
from tests.cli.small_data import GT, PREDICTIONS, SmallData, write_small_data


@pytest.fixture
def data(tmp_path: Path) -> SmallData:
    return write_small_data(tmp_path / "data")


def request_of(
    data: SmallData, out: Path, target: str = "coco", rows: tuple[int, ...] = (0, 1, 2), **more: object
) -> ExportRequest:
    dataset, _ = coco.read_ground_truth(data.gt)
    run, _ = coco_results.read_predictions(data.predictions, dataset)
    fields: dict[str, object] = {"run": run, "image_root": data.images}
    return ExportRequest(dataset, out, target, np.array(rows, np.int32), **(fields | more))  # type: ignore[arg-type]


def test_coco_to_coco_is_equal_field_for_field(data: SmallData, tmp_path: Path) -> None:
    result = export_subset(request_of(data, tmp_path / "out"))
    assert json.loads((tmp_path / "out" / "annotations.json").read_text()) == GT
    assert json.loads((tmp_path / "out" / "predictions.json").read_text()) == PREDICTIONS
    assert result.counts["images"] == 3
    assert result.counts["ground_truth"] == 5
    assert result.counts["predictions"] == 5


def test_a_subset_keeps_only_its_images_and_everything_that_is_about_none(data: SmallData, tmp_path: Path) -> None:
    export_subset(request_of(data, tmp_path / "out", rows=(1,)))
    written = json.loads((tmp_path / "out" / "annotations.json").read_text())
    assert [image["id"] for image in written["images"]] == [2]
    assert [record["id"] for record in written["annotations"]] == [13]
    assert {key: written[key] for key in ("info", "licenses", "tags", "videos", "categories")} == {
        key: GT[key] for key in ("info", "licenses", "tags", "videos", "categories")
    }
    predictions = json.loads((tmp_path / "out" / "predictions.json").read_text())
    assert predictions == [record for record in PREDICTIONS if record["image_id"] == 2]


def test_decisions_travel_in_the_records_and_in_the_manifest(data: SmallData, tmp_path: Path) -> None:
    decisions = (
        ExportDecision(Level.IMAGE, 0, "tag", "relabel", "ann", "2024-05-01T10:00:00+00:00"),
        ExportDecision(Level.GT, 1, "note", "too loose", "ann", "2024-05-01T10:01:00+00:00"),
        ExportDecision(Level.IMAGE, 2, "tag", "elsewhere", "ann", "2024-05-01T10:02:00+00:00"),
    )
    export_subset(request_of(data, tmp_path / "out", rows=(0,), decisions=decisions, query={"where": "x = 1"}))
    written = json.loads((tmp_path / "out" / "annotations.json").read_text())
    assert written["images"][0]["diag_gui"] == {"tags": ["relabel"]}
    assert written["annotations"][1]["diag_gui"] == {"notes": ["too loose"]}
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [(entry["text"], entry["author"], entry["on"]) for entry in manifest["decisions"]] == [
        ("relabel", "ann", "image"),
        ("too loose", "ann", "gt"),
    ]
    assert manifest["decisions"][1]["gt_id"] == 12
    assert manifest["query"] == {"where": "x = 1"}
    digests = {entry["role"]: entry["sha256"] for entry in manifest["inputs"]}
    assert digests["ground truth"] == hashlib.sha256(data.gt.read_bytes()).hexdigest()
    assert digests["predictions"] == hashlib.sha256(data.predictions.read_bytes()).hexdigest()


def test_pycocotools_reads_the_export(data: SmallData, tmp_path: Path) -> None:
    from pycocotools.coco import COCO

    export_subset(request_of(data, tmp_path / "out", rows=(0, 2)))
    read = COCO(str(tmp_path / "out" / "annotations.json"))
    assert sorted(read.getImgIds()) == [1, 3]
    results = read.loadRes(str(tmp_path / "out" / "predictions.json"))
    assert len(results.anns) == 3


def test_a_source_that_changed_is_refused(data: SmallData, tmp_path: Path) -> None:
    request = request_of(data, tmp_path / "out")
    data.gt.write_text(json.dumps(GT | {"info": {}}))
    with pytest.raises(ExportError, match="changed since it was read"):
        export_subset(request)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_nothing_is_overwritten_unasked(data: SmallData, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export_subset(request_of(data, out))
    before = (out / "annotations.json").read_bytes()
    with pytest.raises(ExportError, match="not empty"):
        export_subset(request_of(data, out, rows=(0,)))
    assert (out / "annotations.json").read_bytes() == before
    export_subset(request_of(data, out, rows=(0,), overwrite=True))
    assert len(json.loads((out / "annotations.json").read_text())["images"]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out"]


def test_a_folder_that_is_no_export_is_never_replaced(data: SmallData, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(ExportError, match="not an export"):
        export_subset(request_of(data, out, overwrite=True))
    with pytest.raises(ExportError, match="holds the input"):
        export_subset(request_of(data, data.folder, overwrite=True))
    assert (out / "thesis.txt").read_text() == "mine"


def test_a_link_as_target_is_not_followed(data: SmallData, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ExportError, match="link"):
        export_subset(request_of(data, tmp_path / "out", overwrite=True))
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_failure_half_way_leaves_nothing_and_keeps_what_was_there(
    data: SmallData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool
) -> None:
    out = tmp_path / "out"
    if overwrite:
        export_subset(request_of(data, out))
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("diag_gui.formats.export_pictures.shutil.copyfile", full)
    with pytest.raises(ExportError, match="No space left"):
        export_subset(request_of(data, out, pictures=Pictures.COPY, overwrite=overwrite))
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before


KILLED = """
import os, signal, sys
import numpy as np
from pathlib import Path
from diag_gui.formats import coco, export_pictures
from diag_gui.formats.export import ExportRequest, Pictures, export_subset
gt, images, out = map(Path, sys.argv[1:])
export_pictures.shutil.copyfile = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
dataset, _ = coco.read_ground_truth(gt)
rows = np.arange(len(dataset.images), dtype=np.int32)
export_subset(ExportRequest(dataset, out, "coco", rows, image_root=images, pictures=Pictures.COPY, overwrite=True))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
@pytest.mark.parametrize("is_there", [False, True])
def test_a_killed_export_is_not_there_and_the_former_one_is(data: SmallData, tmp_path: Path, is_there: bool) -> None:
    out = tmp_path / "out"
    if is_there:
        export_subset(request_of(data, out, rows=(0,)))
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    root = Path(__file__).resolve().parents[2]
    killed = subprocess.run([sys.executable, "-c", KILLED, data.gt, data.images, out], cwd=root, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert out.exists() is is_there
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    export_subset(request_of(data, out, overwrite=True))
    assert len(json.loads((out / "annotations.json").read_text())["images"]) == 3


def test_cancelling_leaves_nothing(data: SmallData, tmp_path: Path) -> None:
    asked: list[bool] = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) > 2

    with pytest.raises(ExportError, match="cancelled"):
        export_subset(request_of(data, tmp_path / "out"), cancelled=cancelled)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_progress_reaches_the_end(data: SmallData, tmp_path: Path) -> None:
    shares: list[float] = []
    export_subset(request_of(data, tmp_path / "out"), shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_pictures_are_copied_under_their_names(data: SmallData, tmp_path: Path) -> None:
    (data.images / "B.jpg").unlink()
    result = export_subset(request_of(data, tmp_path / "out", pictures=Pictures.COPY))
    out = tmp_path / "out" / "images"
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()) == ["a.jpg", "night/c.png"]
    assert (out / "a.jpg").read_bytes() == (data.images / "a.jpg").read_bytes()
    assert (result.counts["pictures"], result.counts["pictures_missing"]) == (2, 1)
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["missing_pictures"] == ["B.jpg"]


def test_linked_pictures_are_the_same_files(data: SmallData, tmp_path: Path) -> None:
    export_subset(request_of(data, tmp_path / "out", pictures=Pictures.LINK))
    assert os.path.samefile(tmp_path / "out" / "images" / "a.jpg", data.images / "a.jpg")


def with_names(data: SmallData, names: dict[int, str]) -> None:
    images = [image | {"file_name": names.get(image["id"], image["file_name"])} for image in GT["images"]]
    data.gt.write_text(json.dumps(GT | {"images": images}))


def test_a_picture_is_found_from_the_inner_folder_as_the_window_finds_it(tmp_path: Path) -> None:
    """The data says ``train/a.jpg`` and the root is the folder ``train`` itself."""
    inner = tmp_path / "train"
    inner.mkdir()
    (inner / "a.jpg").write_bytes(b"\xff\xd8\xff")
    assert picture_file(inner, "train/a.jpg") == image_path(inner, "train/a.jpg") == inner / "a.jpg"


def test_pictures_outside_the_root_are_not_taken(data: SmallData, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"secret")
    (data.images / "link.jpg").symlink_to(secret)
    with_names(data, {1: "../../secret.jpg", 2: "link.jpg", 3: str(secret)})
    result = export_subset(request_of(data, tmp_path / "out", pictures=Pictures.COPY))
    assert result.counts["pictures_missing"] == 3
    assert all(path.read_bytes() != b"secret" for path in (tmp_path / "out").rglob("*") if path.is_file())


def test_names_that_differ_in_case_only_stay_two_pictures(data: SmallData, tmp_path: Path) -> None:
    (data.images / "A.JPG").write_bytes(b"upper")
    (data.images / "a.jpg").write_bytes(b"lower")
    (data.images / "aux.jpg").write_bytes(b"device")
    with_names(data, {2: "A.JPG", 3: "aux.jpg"})
    export_subset(request_of(data, tmp_path / "out", pictures=Pictures.COPY))
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert set(manifest["renamed"]) == {"A.JPG", "aux.jpg"}
    written = {
        image["id"]: image["file_name"] for image in json.loads((tmp_path / "out" / "annotations.json").read_text())["images"]
    }
    pictures = {key: (tmp_path / "out" / "images" / name).read_bytes() for key, name in written.items()}
    assert pictures == {1: b"lower", 2: b"upper", 3: b"device"}


def test_a_label_that_was_dropped_stays_in_the_file_unless_it_cannot_be_written(data: SmallData, tmp_path: Path) -> None:
    extra = [
        {"id": 21, "image_id": 1, "category_id": 1, "bbox": [5, 5, 0, 0], "area": 0, "iscrowd": 0},
        {"id": 22, "image_id": 1, "category_id": 1, "bbox": [5, 5, float("nan"), 2], "area": 0, "iscrowd": 0},
    ]
    data.gt.write_text(json.dumps(GT | {"annotations": GT["annotations"] + extra}))
    result = export_subset(request_of(data, tmp_path / "out"))
    ids = [record["id"] for record in json.loads((tmp_path / "out" / "annotations.json").read_text())["annotations"]]
    assert ids == [11, 12, 13, 14, 15, 21]
    assert any("not finite" in line for line in result.not_carried)
    assert "NaN" not in (tmp_path / "out" / "annotations.json").read_text()


def test_the_image_list_names_the_chosen_images(data: SmallData, tmp_path: Path) -> None:
    export_subset(request_of(data, tmp_path / "out", "images", rows=(2, 0)))
    assert (tmp_path / "out" / "images.txt").read_text() == "a.jpg\nnight/c.png\n"
    lines = (tmp_path / "out" / "images.csv").read_text().splitlines()
    assert lines[1:] == ["a.jpg,1,100,100,2,", "night/c.png,3,200,100,2,"]


def test_metadata_goes_along_as_a_table(data: SmallData, tmp_path: Path) -> None:
    export_subset(request_of(data, tmp_path / "out", "yolo", rows=(0,)))
    lines = (tmp_path / "out" / "metadata.csv").read_text().splitlines()
    header = lines[0].split(",")
    assert header[0] == "file_name"
    assert dict(zip(header, lines[1].split(","), strict=True))["scene"] == "day"


def test_failures_need_predictions(data: SmallData, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="needs predictions"):
        export_subset(request_of(data, tmp_path / "out", "csv"))
    assert not (tmp_path / "out").exists()
