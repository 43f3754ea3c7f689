"""The list of problems: the same as ``validate`` has, each line with its image."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from diag_gui.__main__ import main
from diag_gui.session.problems import ImageNames


@pytest.fixture
def damaged(files):
    """Labels that leave the image, one of zero size, a tiny one; predictions of images nobody knows, and one twice."""
    document = json.loads(files.ground_truth.read_text())
    document["annotations"][3]["bbox"] = [5, 5, 0, 20]
    document["annotations"][5]["bbox"][2] = 5000
    document["annotations"][7]["bbox"] = [5, 5, 2, 20]
    files.ground_truth.write_text(json.dumps(document))
    records = json.loads(files.first.read_text())
    records[0]["image_id"] = 9000
    records.append(records[4])
    files.first.write_text(json.dumps(records))
    return files


def found(session):
    session.controller.problems.find()
    session.settle()
    return {(kind.source, kind.kind): kind for kind in session.state.problems.kinds}


def test_it_is_the_list_of_validate(nothing_open, damaged, tmp_path):
    nothing_open.open(damaged.both)
    ours = {(kind.source, kind.kind): kind.count for kind in found(nothing_open).values()}
    answer = tmp_path / "answer.json"
    main(["validate", *map(str, damaged.both), "--json", str(answer), "--quiet"])
    theirs = {}
    for entry in json.loads(answer.read_text())["files"]:
        theirs |= {(entry["file"], problem["code"]): problem["count"] for problem in entry["problems"]}
        name = entry["file"] if entry["role"] == "ground truth" else entry["file"].removesuffix(".json")
        theirs |= {(name, hint["kind"]): hint["count"] for hint in entry["hints"]}
    assert ours == theirs
    assert ("first", "identical") in ours
    assert ("truth.json", "zero-size-box") in ours


def test_what_was_left_out_comes_first_then_warnings_then_hints(nothing_open, damaged):
    nothing_open.open(damaged.both)
    found(nothing_open)
    verdicts = [kind.verdict for kind in nothing_open.state.problems.kinds]
    assert verdicts == sorted(verdicts, key=["dropped", "kept", "hint"].index)
    assert set(verdicts) == {"dropped", "kept", "hint"}


def test_each_line_leads_to_its_image(nothing_open, damaged):
    document = json.loads(damaged.ground_truth.read_text())
    names = {image["id"]: image["file_name"] for image in document["images"]}
    nothing_open.open(damaged.both)
    kinds = found(nothing_open)
    for code, place in (("zero-size-box", 3), ("box-partly-outside", 5)):
        assert kinds["truth.json", code].image(0) == names[document["annotations"][place]["image_id"]]
    tiny = kinds["truth.json", "tiny"]
    assert tiny.image(0) == names[document["annotations"][7]["image_id"]]
    assert tiny.text(0).startswith("label 8 (")
    assert "has a side of 2 px" in tiny.text(0)
    assert kinds["first.json", "unknown-image"].image(0) == ""
    assert "9000" in kinds["first.json", "unknown-image"].text(0)


def test_a_filter_finds_image_class_and_text(nothing_open, damaged):
    nothing_open.open(damaged.both)
    kinds = found(nothing_open)
    tiny, outside = kinds["truth.json", "tiny"], kinds["truth.json", "box-partly-outside"]
    name = nothing_open.state.dataset.classes.name[int(tiny.objects.class_row[tiny.rows(0)[0]])]
    assert tiny.matching("").tolist() == [0]
    assert tiny.matching(tiny.image(0).upper()).tolist() == [0]
    assert tiny.matching(name).tolist() == [0]
    assert tiny.matching("tin").tolist() == [0]
    assert tiny.matching("nothing like it").tolist() == []
    assert outside.matching("EXCEEDS").tolist() == [0]


def test_showing_a_line_asks_for_its_image_and_puts_its_box_in_question(nothing_open, damaged):
    nothing_open.open(damaged.both)
    tiny = found(nothing_open)["truth.json", "tiny"]
    assert nothing_open.controller.problems.show(tiny, 0)
    nothing_open.settle()
    state = nothing_open.state
    assert state.query.image_rows == {int(tiny.image_row[0])}
    assert state.current == state.evaluation.outcomes.n_predictions + tiny.rows(0)[0]
    assert state.current in state.selection.rows
    nothing_open.controller.query.back()
    nothing_open.settle()
    assert not nothing_open.state.query.image_rows


def test_a_line_without_image_or_without_run_is_not_shown(nothing_open, damaged):
    nothing_open.open([damaged.ground_truth])
    assert not nothing_open.controller.problems.show(found(nothing_open)["truth.json", "tiny"], 0)
    nothing_open.controller.data.add_predictions([damaged.first])
    nothing_open.settle()
    assert not nothing_open.controller.problems.show(found(nothing_open)["first.json", "unknown-image"], 0)


def test_it_is_looked_for_once_and_again_for_other_data(nothing_open, damaged):
    nothing_open.open([damaged.ground_truth, damaged.first])
    found(nothing_open)
    first = nothing_open.state.problems
    found(nothing_open)
    assert nothing_open.state.problems is first
    nothing_open.controller.data.add_predictions([damaged.second])
    nothing_open.settle()
    assert not first.is_of(nothing_open.state)
    assert any(kind.source == "second" or kind.source == "first" for kind in found(nothing_open).values())
    assert nothing_open.state.problems.is_of(nothing_open.state)


def test_a_message_names_its_image_by_id_or_by_file(session):
    dataset = session.state.dataset
    names = ImageNames(dataset)
    images = dataset.images
    assert names.row_in(f"annotations[3] (id 9, image {images.image_id[2]}): bbox [] is no box") == 2
    assert names.row_in(f"record [3] (image {images.image_id[0]}): bbox") == 0
    assert names.row_in("annotations[3] (id 9, image 777): bbox") == -1
    stem = images.file_name[5].rsplit("/", 1)[1].removesuffix(".jpg")
    assert names.row_in(f"labels/{stem}.txt: line 3: has 4 columns") == 5
    assert names.row_in(f"{stem}.xml: object 2: bbox") == 5
    assert names.row_in(images.file_name[5]) == 5
    assert names.row_in("truth.json: no such thing") == -1


def test_of_two_images_of_one_name_none_is_meant(session):
    dataset = session.state.dataset
    names = (*("a/same.jpg", "b/same.jpg"), *dataset.images.file_name[2:])
    twins = replace(dataset, images=replace(dataset.images, file_name=names))
    assert ImageNames(twins).row_in("same.txt: line 1: x") == -1
    assert ImageNames(twins).row_in("a/same.jpg: x") == 0


def test_it_can_be_cancelled(nothing_open, damaged, monkeypatch):
    from diag_gui.session import problems

    nothing_open.open(damaged.both)
    real = problems.lint

    def slow(dataset, objects, *, progress, cancelled):
        nothing_open.controller.jobs.cancel("problems")
        return real(dataset, objects, progress=progress, cancelled=cancelled)

    monkeypatch.setattr(problems, "lint", slow)
    nothing_open.controller.problems.find()
    nothing_open.settle()
    assert nothing_open.state.problems is None
    assert nothing_open.state.notice is None or not nothing_open.state.notice.is_error


def test_lines_of_a_large_kind_are_written_when_they_are_looked_at(session):
    kinds = found(session)
    for kind in kinds.values():
        assert (kind.texts is None) == (kind.verdict == "hint")
        assert len(kind.image_row) == (kind.count if kind.verdict == "hint" else len(kind.texts))
        assert (np.asarray(kind.image_row) >= -1).all()
