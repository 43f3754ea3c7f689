"""A newcomer drags the folder of a data set onto the window: it opens, with its pictures, or it is said why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag_gui.exceptions import FormatError
from diag_gui.formats import image_root
from diag_gui.formats.image_root import image_path
from diag_gui.formats.opening import open_ground_truth, open_predictions, recognise
from diag_gui.formats.split_choice import chosen_split, split_of
from tests.formats import annotation_tool_folders, collection_folders, data_set_folders, folder_parts, trainer_folders
from tests.formats.tool_folders import GROUND_TRUTH, PREDICTIONS, REFUSED

WITHOUT_PICTURES = {"yolo_train_only", "label_studio_min"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder beside which nothing lies that could be taken for a part of it."""
    made = tmp_path / "elsewhere" / "Dragged"
    made.mkdir(parents=True)
    return made


@pytest.mark.parametrize("name", GROUND_TRUTH)
def test_the_folder_opens_with_every_label_and_picture(name: str, folder: Path) -> None:
    write, format, n_images, n_labels = GROUND_TRUTH[name]
    write(folder)
    found = recognise(folder)
    assert (found.format, found.role) == (format, "ground truth")
    opened = open_ground_truth(folder)
    assert opened.report.format == format
    assert opened.report.loaded + opened.report.dropped == opened.report.records
    assert (len(opened.dataset.images), len(opened.dataset.ground_truth)) == (n_images, n_labels)
    assert (opened.dataset.classes.name[0] == "class 0") is (name == "yolo_train_only")
    if name in WITHOUT_PICTURES:
        assert opened.image_root is None
        return
    assert opened.image_root is not None
    assert opened.image_root.is_relative_to(folder)
    missing = [one for one in opened.dataset.images.file_name if image_path(opened.image_root, one) is None]
    assert missing == []
    assert not {"picture-missing", "pictures-not-found", "nominal-image-size", "bad-annotation"} & set(opened.report.codes)


@pytest.mark.parametrize("name", GROUND_TRUTH)
def test_an_unpacked_archive_opens_as_what_is_in_it(name: str, folder: Path) -> None:
    """With the folder that all is in, and what other systems leave beside it."""
    write, format, n_images, n_labels = GROUND_TRUTH[name]
    write(folder / "pets v1")
    (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    for litter in ("__MACOSX/pets v1/._a.xml", "pets v1/._b.txt", "pets v1/Thumbs.db", "README.md"):
        folder_parts.text(folder / litter, "0 .5 .5 .1 .1")
    opened = open_ground_truth(folder)
    assert (opened.report.format, len(opened.dataset.images), len(opened.dataset.ground_truth)) == (format, n_images, n_labels)
    assert (opened.image_root is None) == (name in WITHOUT_PICTURES)
    assert (opened.dataset.classes.name[0] == "class 0") is (name == "yolo_train_only")


def test_a_chain_of_folders_ends(folder: Path) -> None:
    deepest = folder.joinpath(*["a"] * 60)
    deepest.mkdir(parents=True)
    assert recognise(folder).role == "unknown"


@pytest.mark.parametrize(
    ("name", "inner", "n_images"),
    [
        ("kitti", "training/label_2", 2), ("kitti", "training", 2), ("visdrone", "VisDrone2019-DET-val/annotations", 2),
        ("datumaro", "annotations", 3), ("datumaro", "annotations/val.json", 1), ("bdd100k", "labels/det_20/det_val.json", 1),
        ("bdd100k", "labels", 3), ("voc_devkit", "VOC2007/Annotations", 2), ("voc_devkit", "VOC2007/Annotations/000005.xml", 1),
        ("imagenet", "Annotations/DET/val", 1), ("imagenet", "Annotations", 3), ("cvat_project", "annotations.xml", 2),
        ("coco_2017", "annotations/instances_train2017.json", 2), ("coco_2017", "annotations", 1), ("roboflow_coco", "train", 2),
        ("roboflow_voc", "valid", 1), ("roboflow_yolo", "train", 2), ("roboflow_yolo", "valid/labels", 1),
        ("ultralytics", "data.yaml", 1), ("ultralytics", "labels", 4), ("ultralytics_lists", "train2017.txt", 2),
        ("darknet", "obj.data", 2), ("darknet", "train.txt", 2), ("darknet", "obj_train_data", 2), ("dota", "labelTxt", 2),
        ("label_studio_coco", "result.json", 2), ("open_images", "validation-annotations-bbox.csv", 2),
        ("roboflow_csv", "valid/_annotations.csv", 1), ("fiftyone_yolo", "dataset.yaml", 2), ("label_studio_yolo", "labels", 2),
    ],
)  # fmt: skip
def test_a_part_of_the_folder_finds_its_pictures_too(name: str, inner: str, n_images: int, folder: Path) -> None:
    GROUND_TRUTH[name][0](folder)
    opened = open_ground_truth(folder / inner)
    assert len(opened.dataset.images) == n_images
    assert opened.image_root is not None
    assert [one for one in opened.dataset.images.file_name if image_path(opened.image_root, one) is None] == []


@pytest.mark.parametrize(("inner", "is_found"), [("work", False), ("labels", True), ("Annotations", True)])
def test_deep_pictures_higher_up_are_those_of_the_data_set_whose_labels_lie_beside(
    inner: str, is_found: bool, folder: Path
) -> None:
    """Every KITTI has a 000000.png: sizes of another one's pictures would make relative predictions wrong in silence."""
    data_set_folders.kitti(folder / inner)
    labels = (folder / inner / "training").rename(folder / inner / "kitti") / "label_2"
    (folder / inner / "kitti" / "image_2").rename(folder / inner / "kitti" / "kept elsewhere")
    folder_parts.pictures(folder / "images" / "other" / "night", "000000.png", "000001.png")
    for pointed in (labels, labels / "000000.txt"):
        opened = open_ground_truth(pointed)
        assert opened.image_root == (folder / "images" / "other" / "night" if is_found else None)
        assert (opened.dataset.images.width > 0).all() == is_found


def test_the_walk_for_pictures_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_parts.pictures(folder, *(f"{place}/a.jpg" for place in range(5)))
    monkeypatch.setattr(image_root, "_MAX_WALKED", 3)
    assert len(image_root.pictures_below(folder)) == 2


@pytest.mark.parametrize("name", ["kitti", "visdrone", "bdd100k", "datumaro", "imagenet"])
def test_relative_predictions_find_the_sizes_of_pictures(name: str, folder: Path, tmp_path: Path) -> None:
    """Whatever the labels say of them, which is nothing in three of these formats."""
    GROUND_TRUTH[name][0](folder)
    dataset = open_ground_truth(folder).dataset
    assert set(zip(dataset.images.width.tolist(), dataset.images.height.tolist(), strict=True)) == {(200, 100)}
    for image in dataset.images.file_name:
        folder_parts.text(tmp_path / "run" / f"{Path(image).stem}.txt", "0 0.5 0.5 0.2 0.3 0.9\n")
    run = open_predictions(tmp_path / "run", dataset).run
    assert run.predictions.xywh.round(6).tolist() == [[80, 35, 40, 30]] * len(dataset.images)


@pytest.mark.parametrize("name", PREDICTIONS)
def test_the_folder_of_a_trainer_is_a_run(name: str, folder: Path, tmp_path: Path) -> None:
    collection_folders.fiftyone_coco(tmp_path / "truth")
    dataset = open_ground_truth(tmp_path / "truth").dataset
    write, format, n_predictions = PREDICTIONS[name]
    write(folder)
    found = recognise(folder)
    assert (found.format, found.role) == (format, "predictions")
    opened = open_predictions(folder, dataset)
    assert (opened.report.format, len(opened.run.predictions)) == (format, n_predictions)
    assert opened.report.dropped == 0


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_known_and_not_read_says_what_to_do(name: str, folder: Path) -> None:
    write, words = REFUSED[name]
    write(folder)
    with pytest.raises(FormatError, match=words) as refusal:
        open_ground_truth(folder)
    assert "was expected as" not in str(refusal.value)


def test_of_several_splits_the_one_for_evaluation_is_read_and_the_others_are_named(folder: Path) -> None:
    collection_folders.roboflow_coco(folder)
    opened = open_ground_truth(folder)
    assert opened.dataset.images.file_name == ("c_jpg.rf.3.jpg",)
    assert opened.report.path == folder / "valid" / "_annotations.coco.json"
    group = next(one for one in opened.report.problems if one.code == "split-not-loaded")
    assert group.count == 2
    assert not group.drops
    assert "test" in group.examples[0]
    assert "train" in group.examples[1]


def test_a_named_format_finds_the_labels_as_deep(folder: Path) -> None:
    data_set_folders.coco_2017(folder)
    assert open_ground_truth(folder, format="coco").dataset.images.file_name == ("000000000139.jpg",)
    for split in ("val", "train"):
        folder_parts.document(folder / "flat" / f"{split}.json", folder_parts.coco_document([f"{split}.jpg"]))
    assert open_ground_truth(folder / "flat", format="coco").dataset.images.file_name == ("val.jpg",)


def test_files_of_no_split_are_not_chosen_from(folder: Path) -> None:
    for name in ("north", "south"):
        folder_parts.document(folder / "labels" / f"{name}.json", folder_parts.coco_document(["a.jpg"]))
    with pytest.raises(FormatError, match=r"holds 2 files of ground truth: north\.json, south\.json; name one of them"):
        open_ground_truth(folder)


def test_results_of_two_trainings_are_not_one_run(folder: Path) -> None:
    for name in ("first", "second"):
        trainer_folders.detectron2(folder / name)
    found = recognise(folder)
    assert found.role == "unknown"
    assert "name one of them" in found.reason


def test_the_same_name_in_two_subsets_is_two_images(folder: Path) -> None:
    """Datumaro and CVAT number pictures by subset."""
    annotation_tool_folders.datumaro(folder)
    text = (folder / "annotations" / "val.json").read_text().replace('"c"', '"a"').replace("c.jpg", "a.jpg")
    (folder / "annotations" / "val.json").write_text(text)
    (folder / "images" / "val" / "c.jpg").rename(folder / "images" / "val" / "a.jpg")
    opened = open_ground_truth(folder)
    assert sorted(opened.dataset.images.file_name) == ["train/a.jpg", "train/b.jpg", "val/a.jpg"]
    assert opened.image_root == folder / "images"


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("annotations/instances_val2017.json", "val"), ("valid/_annotations.coco.json", "valid"),
        ("det_20/det_train.json", "train"), ("train/labels_test.json", "test"), ("Validation.json", "validation"),
        ("training/a.json", "train"), ("interval.json", ""), ("retrained/a.json", ""), ("default.json", ""), ("a/b.json", ""),
    ],
)  # fmt: skip
def test_the_split_of_a_name(name: str, split: str) -> None:
    assert split_of(name) == split


def test_boxes_are_chosen_before_what_lies_beside_them() -> None:
    names = [f"annotations/{kind}_{split}2017.json" for kind in ("captions", "instances") for split in ("train", "val")]
    choice = chosen_split([*names, "annotations/person_keypoints_val2017.json"])
    assert choice is not None
    assert (choice.name, choice.others) == ("annotations/instances_val2017.json", ("train",))
    assert chosen_split(["a/val.json", "b/val.json"]) is None
    assert chosen_split([]) is None
