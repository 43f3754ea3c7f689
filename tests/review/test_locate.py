from __future__ import annotations

from pathlib import Path

import pytest

import diag_gui
from diag_gui.data.dataset import Dataset
from diag_gui.exceptions import StoreError
from diag_gui.review.locate import data_folder, default_project_path, find_projects, image_digests, remember_project
from diag_gui.review.store import ReviewStore
from tests.evaluation.coco_facts import coco_dict, dataset_from_coco
from tests.review.unprivileged import read_only


def _dataset(first: int, last: int) -> Dataset:
    content = coco_dict(0, 1, [])
    content["images"] = [{"id": i, "file_name": f"val/{i}.jpg"} for i in range(first, last)]
    return dataset_from_coco(content)


def _project(path: Path, dataset: Dataset) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    ReviewStore.create(path, images=image_digests(dataset)).close()
    return path


def test_a_project_goes_beside_the_ground_truth(tmp_path: Path) -> None:
    ground_truth = tmp_path / "my data ü" / "instances.v2.json"
    ground_truth.parent.mkdir()
    ground_truth.touch()
    path = default_project_path(ground_truth)
    assert path == tmp_path / "my data ü" / "instances.v2.diag"
    path.touch()
    assert default_project_path(ground_truth).name == "instances.v2-2.diag"
    folder = tmp_path / "yolo.v8"
    folder.mkdir()
    assert default_project_path(folder) == tmp_path / "yolo.v8.diag"
    assert {file.name for file in ground_truth.parent.iterdir()} == {ground_truth.name, "instances.v2.diag"}


def test_a_read_only_folder_sends_it_to_the_users_data(tmp_path: Path) -> None:
    one, other = tmp_path / "one" / "gt.json", tmp_path / "other" / "gt.json"
    for ground_truth in (one, other):
        ground_truth.parent.mkdir()
        ground_truth.touch()
    with read_only(one.parent):
        first = default_project_path(one)
    with read_only(other.parent):
        second = default_project_path(other)
    assert first.parent == second.parent == data_folder() / "projects"
    assert first != second
    ReviewStore.create(first).close()


def test_nowhere_to_write_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.setenv("DIAG_GUI_DATA", str(folder / "data"))
    with read_only(folder), pytest.raises(StoreError, match="cannot be made"):
        default_project_path(folder / "gt.json")


def test_the_bundled_sample_is_left_alone() -> None:
    sample = Path(diag_gui.__file__).parent.parent / "resources" / "sample" / "ground_truth.json"
    assert default_project_path(sample).parent == data_folder() / "projects"


def test_projects_that_share_half_of_the_images_are_found(tmp_path: Path) -> None:
    gt = tmp_path / "data" / "gt.json"
    half = _project(tmp_path / "data" / "half.diag", _dataset(5, 15))
    _project(tmp_path / "data" / "less.diag", _dataset(6, 16))
    same = _project(tmp_path / "elsewhere" / "same.diag", _dataset(0, 10))
    part = _project(tmp_path / "elsewhere" / "part.diag", _dataset(0, 2))
    gone = _project(tmp_path / "elsewhere" / "gone.diag", _dataset(0, 10))
    for path in (same, part, gone, half, same):
        remember_project(path)
    gone.unlink()
    (tmp_path / "data" / "broken.diag").write_text("no database")
    found = find_projects(_dataset(0, 10), gt)
    assert [(project.path, project.n_shared, project.n_images, project.is_beside) for project in found] == [
        (same, 10, 10, False),
        (half, 5, 10, True),
        (part, 2, 2, False),
    ]


def test_a_project_without_images_or_data_without_images_finds_nothing(tmp_path: Path) -> None:
    ReviewStore.create(tmp_path / "p.diag").close()
    _project(tmp_path / "q.diag", _dataset(0, 0))
    assert find_projects(_dataset(0, 3), tmp_path / "gt.json") == []
    assert find_projects(_dataset(0, 0), tmp_path / "gt.json") == []
    assert find_projects(_dataset(0, 3), tmp_path / "no folder" / "gt.json") == []


def test_not_being_able_to_remember_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIAG_GUI_DATA", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    remember_project(tmp_path / "p.diag")
    assert find_projects(_dataset(0, 3), tmp_path / "gt.json") == []
