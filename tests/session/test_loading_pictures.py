"""Pictures of the data: the folder that is taken or refused, what stays when something is added, and their EXIF."""

from __future__ import annotations

import pytest

from tests.formats.test_exif import exif, jpeg
from tests.session.small_session import N_IMAGES, put_pictures


def test_a_folder_without_these_pictures_is_refused_and_named(session, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    session.controller.data.set_image_root(tmp_path / "elsewhere")
    assert session.state.image_root is None
    assert session.state.notice.is_error
    assert "elsewhere" in session.state.notice.text


def test_a_folder_with_the_pictures_is_taken_also_from_above(session, tmp_path):
    pictures = tmp_path / "outer" / "pictures"
    for row in range(N_IMAGES):
        path = pictures / f"site_{row % 4}" / f"picture_{row:03d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff\xd8\xff")
    session.controller.data.set_image_root(pictures)
    assert session.state.image_root == pictures


@pytest.mark.parametrize("which", ["second", "metadata"])
def test_the_pictures_and_the_reports_stay_when_something_is_added(nothing_open, files, which):
    pictures = put_pictures(files.folder / "images")
    nothing_open.open([files.ground_truth, files.first])
    assert nothing_open.state.image_root == pictures
    nothing_open.open([getattr(files, which)])
    assert nothing_open.state.image_root == pictures
    assert [report.path.name for report in nothing_open.state.reports] == ["truth.json", "first.json", getattr(files, which).name]


def test_a_dropped_folder_of_pictures_serves_the_data_that_are_shown(session, tmp_path):
    pictures = put_pictures(tmp_path / "outer" / "pictures")
    facts = session.state.facts
    session.open([tmp_path / "outer"])
    assert session.state.image_root == pictures
    assert session.state.facts is facts


def test_exif_of_the_pictures_becomes_columns(nothing_open, files):
    session = nothing_open
    session.open([files.ground_truth, files.first])
    assert session.state.image_root is None
    session.controller.data.read_exif()
    session.settle()
    assert "say where they are" in session.state.notice.text
    name = session.state.dataset.images.file_name[0]
    picture = files.folder / "pictures" / name
    picture.parent.mkdir(parents=True)
    picture.write_bytes(jpeg(exif()))
    session.controller.data.set_image_root(files.folder / "pictures")
    session.controller.data.read_exif()
    session.settle()
    assert "exif_camera" in session.state.dataset.image_attributes.names
    assert session.state.run.name == "first"
