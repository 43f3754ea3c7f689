"""Opening folders that hold COCO files beside their pictures."""

from __future__ import annotations

from tests.session.small_session import N_TRUTH, put_pictures


def test_a_folder_with_one_coco_file_is_ground_truth(nothing_open, files, tmp_path):
    folder = tmp_path / "downloaded"
    put_pictures(folder)
    files.ground_truth.rename(folder / "_annotations.coco.json")
    nothing_open.open([files.first, folder])
    assert len(nothing_open.state.dataset.ground_truth) == N_TRUTH
    assert nothing_open.state.image_root == folder
    assert [run.name for run in nothing_open.state.runs] == ["first"]


def test_labels_among_the_pictures_do_not_stand_against_the_labels_named(nothing_open, files, tmp_path):
    folder = tmp_path / "downloaded"
    put_pictures(folder)
    (folder / "_annotations.coco.json").write_bytes(files.ground_truth.read_bytes())
    nothing_open.open([folder, files.ground_truth])
    assert nothing_open.state.dataset.source.path == files.ground_truth
    assert nothing_open.state.image_root == folder
