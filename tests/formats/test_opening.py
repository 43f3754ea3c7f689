"""Opening by content, finding pictures, comparing sizes, describing runs."""

from __future__ import annotations

import datetime
import gzip
import json
from pathlib import Path

import pytest

from diag_gui.exceptions import FormatError
from diag_gui.formats.image_root import find_image_root, image_path
from diag_gui.formats.opening import join_metadata, open_ground_truth, open_predictions
from diag_gui.formats.picture_sizes import SAMPLE
from diag_gui.formats.recognition import Role, recognise
from tests.formats.coco_files import good, results, write
from tests.formats.pictures import encoded
from tests.shared_data import CORPUS, DATA, needs_shared

RLE = {"size": [9, 9], "counts": "91"}
VOC = "<annotation><filename>1.jpg</filename></annotation>"


def put(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "role", "format"),
    [
        (json.dumps(good()), Role.GROUND_TRUTH, "coco"),
        ("\ufeff\n " + json.dumps(good()), Role.GROUND_TRUTH, "coco"),
        (gzip.compress(json.dumps(good()).encode()), Role.GROUND_TRUTH, "coco"),
        (json.dumps(results()), Role.PREDICTIONS, "coco-results"),
        (json.dumps({"annotations": results()}), Role.PREDICTIONS, "coco-results"),
        (json.dumps({"annotations": [{"score": float("nan")}]}), Role.PREDICTIONS, "coco-results"),
        ("[]", Role.PREDICTIONS, "coco-results"),
        (json.dumps([{"segmentation": RLE, "image_id": 1, "score": 0.5}]), Role.PREDICTIONS, "coco-results"),
        (json.dumps([{"image_id": 1, "category_id": 1, "segmentation": RLE}]), Role.PREDICTIONS, "coco-results"),
        (json.dumps([{"attributes": {"a": {"b": 1}}, "image_id": 1, "bbox": [1, 1, 2, 2], "score": 0.5}]), Role.PREDICTIONS,
         "coco-results"),
        (json.dumps({"annotations": [{"attributes": {"a": 1}, "score": 0.5}]}), Role.PREDICTIONS, "coco-results"),
        (json.dumps([{"note": "x" * 300_000, "image_id": 1, "bbox": [1, 1, 2, 2]}]), Role.PREDICTIONS, "coco-results"),
        (gzip.compress(json.dumps([{"segmentation": [[1] * 90_000], "image_id": 1}]).encode()), Role.PREDICTIONS, "coco-results"),
        (json.dumps([{"file_name": "a.jpg", "found": {"score": 0.5, "image_id": 1, "bbox": []}}]), Role.METADATA, "json"),
        (json.dumps([{"file_name": "a.jpg", "say": '"score": } "image_id" "bbox"'}]), Role.METADATA, "json"),
        (json.dumps(good())[:300], Role.GROUND_TRUTH, "coco"),
        ('[{"file_name": "a.jpg", "site": "x"}]', Role.METADATA, "json"),
        ('{"file_name": "a.jpg"}\n{"file_name": "b.jpg"}\n', Role.METADATA, "jsonl"),
        ("file_name,site\na.jpg,x\n", Role.METADATA, "csv"),
        ("file_name\tsite\na.jpg\tx\n", Role.METADATA, "tsv"),
        (VOC, Role.GROUND_TRUTH, "voc"),
        ('<?xml version="1.0"?>\n<!-- x -->\n' + VOC, Role.GROUND_TRUTH, "voc"),
        ("0 0.5 0.5 0.2 0.2\n1 .5 .5 .2 .2\n", Role.GROUND_TRUTH, "yolo"),
        ("0 0.5 0.5 0.2 0.2 0.9\n1 .5 .5 .2 .2 .8\n", Role.PREDICTIONS, "yolo"),
        ("person 0.9 10 20 30 40\n", Role.PREDICTIONS, "yolo"),
        ("0 .1 .1 .5 .1 .5 .6\n", Role.GROUND_TRUTH, "yolo"),
        ("0 .1 .1 .5 .1 .5 .6 .9\n", Role.PREDICTIONS, "yolo"),
        ("0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.2\n", Role.GROUND_TRUTH, "yolo"),
        ("classes = 2\nnames = obj.names\n", Role.GROUND_TRUTH, "yolo"),
        (b"SQLite format 3\0" + b"\0" * 100, Role.PROJECT, "project"),
        (encoded(".png", 9, 9), Role.IMAGES, "png"),
        ("", Role.UNKNOWN, ""),
        ("<html></html>", Role.UNKNOWN, ""),
        ("<annotations></annotations>", Role.UNKNOWN, ""),
        (b"\xff\xfea\0", Role.UNKNOWN, ""),
        (b"\x1f\x8bbroken", Role.UNKNOWN, ""),
        (b"\x80\x04\x95pickle", Role.UNKNOWN, ""),
        (b"PK\x05\x06" + b"\0" * 18, Role.UNKNOWN, ""),
        ("just words\n", Role.UNKNOWN, ""),
    ],
)  # fmt: skip
def test_files_are_recognised_by_content(tmp_path: Path, content: str | bytes, role: Role, format: str) -> None:
    found = recognise(put(tmp_path / "anything.dat", content))
    assert (found.role, found.format) == (role, format), found.reason
    assert found.reason


def test_folders_are_recognised_by_what_they_hold(tmp_path: Path) -> None:
    put(tmp_path / "yolo/data.yaml", "names: [a]\n")
    put(tmp_path / "plain/labels/a.txt", "0 .5 .5 .2 .2\n")
    put(tmp_path / "found/a.txt", "0 .5 .5 .2 .2 .9\n")
    put(tmp_path / "voc/deep/a.xml", VOC)
    put(tmp_path / "pictures/a.png", encoded(".png", 9, 9))
    (tmp_path / "none").mkdir()
    roles = {name: recognise(tmp_path / name) for name in ("yolo", "plain", "found", "voc", "pictures", "none", "gone")}
    assert {name: (found.role, found.format) for name, found in roles.items()} == {
        "yolo": (Role.GROUND_TRUTH, "yolo"),
        "plain": (Role.GROUND_TRUTH, "yolo"),
        "found": (Role.PREDICTIONS, "yolo"),
        "voc": (Role.GROUND_TRUTH, "voc"),
        "pictures": (Role.IMAGES, "folder"),
        "none": (Role.UNKNOWN, ""),
        "gone": (Role.UNKNOWN, ""),
    }


def test_a_folder_with_one_coco_file_opens_as_that_file(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        put(tmp_path / f"train/{number}.jpg", encoded(".jpg", 160, 120))
    file = write(tmp_path / "train/_annotations.coco.json", good())
    put(tmp_path / "train/README.roboflow.txt", "Exported for you\n")
    found = recognise(tmp_path / "train")
    assert (found.role, found.format) == (Role.GROUND_TRUTH, "coco")
    assert file.name in found.reason
    opened = open_ground_truth(tmp_path / "train")
    assert (opened.report.path, opened.dataset.source.path, opened.image_root) == (file, file, tmp_path / "train")
    assert opened.dataset.name == "train/_annotations.coco"
    assert open_ground_truth(tmp_path / "train", format="coco").report.path == file


def test_the_file_of_a_folder_is_chosen_by_its_role(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    truth, run = write(folder / "b.json", good()), write(folder / "a.json", results())
    write(folder / "manifest.json", {"version": 1, "files": {"ground truth": "b.json"}})
    opened = open_ground_truth(folder)
    assert opened.report.path == truth
    assert open_predictions(folder, opened.dataset).report.path == run
    truth.unlink()
    assert recognise(folder).role == Role.PREDICTIONS
    with pytest.raises(FormatError, match="looks like predictions"):
        open_ground_truth(folder)


def test_a_folder_with_several_of_a_role_names_them(tmp_path: Path) -> None:
    for name in ("south.json", "north.json"):
        write(tmp_path / name, good())
    for name in ("one.json", "two.json"):
        write(tmp_path / name, results())
    with pytest.raises(FormatError, match=r"2 files of ground truth: north.json, south.json; name one of them"):
        open_ground_truth(tmp_path)
    dataset = open_ground_truth(tmp_path / "north.json").dataset
    with pytest.raises(FormatError, match=r"2 files of predictions: one.json, two.json"):
        open_predictions(tmp_path, dataset)
    for format in ("auto", "coco"):
        with pytest.raises(FormatError, match="south"):
            open_ground_truth(tmp_path, format=format)


def test_the_wrong_thing_is_refused_by_what_it_looks_like(tmp_path: Path) -> None:
    dataset = open_ground_truth(write(tmp_path / "gt.json", good())).dataset
    with pytest.raises(FormatError, match="predictions"):
        open_ground_truth(write(tmp_path / "dt.json", results()))
    with pytest.raises(FormatError, match="metadata"):
        open_predictions(put(tmp_path / "m.csv", "a,b\n1,2\n"), dataset)
    with pytest.raises(FormatError, match="images"):
        open_ground_truth(put(tmp_path / "a.png", encoded(".png", 9, 9)))
    with pytest.raises(FormatError, match=r"known are auto, coco, yolo, .*voc"):
        open_ground_truth(tmp_path / "gt.json", format="cvat9")
    with pytest.raises(FormatError, match="cannot be read"):
        open_ground_truth(tmp_path / "gone.json")


def test_a_named_format_overrules_the_guess(tmp_path: Path) -> None:
    path = put(tmp_path / "labels.json", json.dumps(good()))
    assert open_ground_truth(path, format="coco").report.format == "coco"
    with pytest.raises(FormatError, match="not a YOLO dataset"):
        open_ground_truth(path, format="yolo")
    dataset = open_ground_truth(path).dataset
    assert open_predictions(write(tmp_path / "dt.json", results()), dataset, format="coco").report.loaded == 3


@pytest.mark.parametrize("place", ["", "images", "../images", "JPEGImages", "../../images", "odd name", "../val2017"])
def test_pictures_are_found_from_their_names(tmp_path: Path, place: str) -> None:
    home = tmp_path / "set/annotations/inner"
    home.mkdir(parents=True)
    folder = (home / place).resolve()
    for number in (1, 2, 3):
        put(folder / f"{number}.jpg", encoded(".jpg", 160, 120))
    opened = open_ground_truth(write(home / "gt.json", good()))
    assert opened.image_root is not None
    assert opened.image_root.resolve() == folder
    assert opened.report.problems == ()


def test_a_given_folder_is_the_only_one_looked_into(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        put(tmp_path / f"images/{number}.jpg", encoded(".jpg", 160, 120))
        put(tmp_path / f"elsewhere/train/{number}.jpg", encoded(".jpg", 160, 120))
    (tmp_path / "empty").mkdir()
    path = write(tmp_path / "gt.json", good())
    assert open_ground_truth(path, images=tmp_path / "elsewhere").image_root == tmp_path / "elsewhere/train"
    assert open_ground_truth(path, images=tmp_path / "empty").image_root is None


def test_missing_pictures_never_stop_the_numbers(tmp_path: Path) -> None:
    opened = open_ground_truth(write(tmp_path / "gt.json", good()))
    assert opened.image_root is None
    assert opened.report.loaded == 4
    assert opened.report.codes == {"pictures-not-found": 3}


@pytest.mark.parametrize(
    "name", ["../secret.png", "a/../../secret.png", "/etc/passwd", "C:\\x.png", "\\\\host\\x.png", "http://h/x.png", "", "a\0b"]
)
def test_no_name_leads_outside_the_image_root(tmp_path: Path, name: str) -> None:
    put(tmp_path / "secret.png", encoded(".png", 9, 9))
    (tmp_path / "root/a").mkdir(parents=True)
    assert image_path(tmp_path / "root", name) is None


def test_names_find_their_picture(tmp_path: Path) -> None:
    inner = put(tmp_path / "a/x.JPG", b"1")
    plain = put(tmp_path / "y.png", b"1")
    assert image_path(tmp_path, "a/x.JPG") == inner
    assert image_path(tmp_path, "a/b/../x.JPG") is None, "there is no folder b to climb out of"
    assert image_path(tmp_path, "train/y.png") == plain, "the root may be the inner folder"
    assert image_path(tmp_path, "a/x") == inner, "a name without ending stands for a picture of that stem"
    assert image_path(tmp_path, "z.png") is None


def test_sizes_that_differ_are_said(tmp_path: Path) -> None:
    for number, size in ((1, (320, 240)), (2, (160, 120)), (3, (120, 160))):
        put(tmp_path / f"{number}.jpg", encoded(".jpg", *size))
    opened = open_ground_truth(write(tmp_path / "gt.json", good()))
    assert opened.report.codes == {"image-size-differs": 2}
    put(tmp_path / "1.jpg", b"broken")
    assert open_ground_truth(tmp_path / "gt.json").report.codes == {"unreadable-picture": 1, "image-size-differs": 1}


def test_a_sample_is_compared_unless_one_differs_or_all_are_asked_for(tmp_path: Path) -> None:
    n = 2 * SAMPLE
    content = {
        "images": [{"id": i, "file_name": f"{i:04}.png", "width": 9, "height": 9} for i in range(n)],
        "annotations": [],
        "categories": [],
    }
    data = encoded(".png", 9, 9)
    for i in range(n):
        put(tmp_path / f"{i:04}.png", data)
    other = encoded(".png", 9, 8)
    path = write(tmp_path / "gt.json", content)
    put(tmp_path / "0001.png", other)
    assert open_ground_truth(path).report.codes == {}, "not in the sample"
    assert open_ground_truth(path, every_picture=True).report.codes == {"image-size-differs": 1}
    put(tmp_path / "0002.png", other)
    assert open_ground_truth(path).report.codes == {"image-size-differs": 2}


def test_runs_are_described_by_a_table_beside_them(tmp_path: Path) -> None:
    dataset = open_ground_truth(write(tmp_path / "gt.json", good())).dataset
    path = write(tmp_path / "run_a.json", results())
    table = "file,name,date,hours,notes\nrun_a.json,First,2024-05-31,2.5,more night\nrun_b,,,,\nrun_c.json,x,31.5.,-3,\n"
    put(tmp_path / "runs.csv", table)
    run = open_predictions(path, dataset).run
    assert (run.name, run.date, run.hours, run.notes) == ("First", datetime.date(2024, 5, 31), 2.5, "more night")
    run = open_predictions(write(tmp_path / "run_b.json", results()), dataset).run
    assert (run.name, run.date, run.hours, run.notes) == ("run_b", None, None, "")
    opened = open_predictions(write(tmp_path / "run_c.json", results()), dataset)
    assert (opened.run.name, opened.run.date, opened.run.hours) == ("x", None, None)
    assert opened.report.codes == {"bad-run-date": 1, "bad-run-hours": 1}
    assert open_predictions(write(tmp_path / "run_d.json", results()), dataset).run.name == "run_d"
    put(tmp_path / "runs.csv", 'file,name\n"run_a.json')
    opened = open_predictions(path, dataset)
    assert (opened.run.name, opened.report.codes) == ("run_a", {"bad-run-table": 1})


def test_metadata_joins(tmp_path: Path) -> None:
    dataset = open_ground_truth(write(tmp_path / "gt.json", good())).dataset
    opened = join_metadata(dataset, put(tmp_path / "m.csv", "image,site\n1.jpg,a\n"))
    assert opened.columns == ("site",)
    assert opened.dataset.image_attributes["site"].text(0) == "a"


@needs_shared
def test_an_archive_is_refused_for_the_paths_in_it() -> None:
    with pytest.raises(FormatError, match=r"unsafe paths outside its folder .*ground truth was expected"):
        open_ground_truth(CORPUS / "project/traversal.zip")


@needs_shared
@pytest.mark.parametrize("name", ["instances_val2014_fakesegm100_results.json", "instances_val2014_fakebbox100_results.json"])
def test_the_results_that_come_with_coco_are_predictions(name: str) -> None:
    folder = DATA / "coco_val2014_100"
    dataset = open_ground_truth(folder / "instances_val2014_100.json").dataset
    assert recognise(folder / name).role == Role.PREDICTIONS
    assert len(open_predictions(folder / name, dataset).run.predictions) > 0


@needs_shared
@pytest.mark.parametrize(
    ("name", "root"),
    [
        ("voc2012_100/gt/coco_from_pascalvoc.json", "voc2012_100/images"),
        ("voc2012_100/gt/coco_format_v1/instances_default.json", "voc2012_100/images"),
        ("voc2012_100/gt/coco_format_v1", "voc2012_100/images"),
        ("voc2012_100/gt/pascalvoc_format", "voc2012_100/images"),
        ("voc2012_100/gt/yolo_format", "voc2012_100/images"),
        ("aerial_cars_30/coco/gt.json", "aerial_cars_30/images"),
        ("toyexample_cats_12/gts_coco_format/toy_example_coco.JSON", "toyexample_cats_12/images"),
        ("toyexample_cats_12/gts_vocpascal_format", "toyexample_cats_12/images"),
    ],
)
def test_real_pictures_are_found(name: str, root: str) -> None:
    opened = open_ground_truth(DATA / name)
    assert opened.image_root is not None
    assert opened.image_root.resolve() == (DATA / root).resolve()
    assert find_image_root(opened.dataset, DATA / name) is not None
    assert "image-size-differs" not in opened.report.codes


@needs_shared
def test_every_problem_of_the_corpus_files_is_what_the_manifest_says() -> None:
    items = json.loads((CORPUS / "manifest.json").read_text())["items"]
    base = open_ground_truth(CORPUS / "_base/gt.json").dataset
    wrong = []
    for item in items:
        if item["role"] not in ("gt", "predictions", "metadata"):
            continue
        path = CORPUS / (item.get("folder") or item["file"])
        try:
            if item["role"] == "gt":
                report = open_ground_truth(path, images=CORPUS / "_base/images").report
            elif item["role"] == "predictions":
                report = open_predictions(path, base).report
            else:
                report = join_metadata(base, path).report
        except Exception as error:
            happened, said, counts = {"reject"}, str(error), set()
        else:
            said = " ".join(example for group in report.problems for example in group.examples)
            counts = {report.dropped, *report.codes.values()}
            happened = {"accept", "warn-and-drop"} if not report.dropped else {"warn-and-drop"}
        said = said.lower().replace(str(path).lower(), "").replace(path.name.lower(), "")
        fits = happened & {item["expected"], *item.get("also_ok", [])}
        fits = fits and all(any(word.lower() in said for word in group) for group in item["must_say"])
        if not fits or ("dropped" in item and "reject" not in happened and item["dropped"] not in counts):
            wrong.append((item["id"], happened, counts, said[:300]))
    assert wrong == []


def test_progress_is_told_before_anything_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of a hundred thousand files takes seconds to list: until then it must be seen that something is going on."""
    from diag_gui.formats import opening

    told: list[float] = []

    def choose(*_: object, **__: object) -> None:
        assert told == [0.0]
        raise FormatError(tmp_path, "looked at")

    monkeypatch.setattr(opening, "chosen_format", choose)
    with pytest.raises(FormatError, match="looked at"):
        opening.open_ground_truth(tmp_path, progress=told.append)
