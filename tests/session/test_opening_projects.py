"""Opening a project opens the data it is about, with its tables and runs, or says where they were."""

from __future__ import annotations

import json

from tests.session.small_session import Session


def names(session):
    return [run.name for run in session.state.runs]


def test_a_project_opens_the_data_it_is_about(session, nothing_open, files):
    session.controller.review.tag_by_key(1)
    session.settle()
    project, rows = session.state.project.path, session.rows
    session.open([project])
    assert session.state.project.path == project
    assert session.state.dataset.source.path == files.ground_truth
    assert names(session) == ["first", "second"]
    assert session.rows == rows
    assert session.state.review.counts().reviewed == 1


def test_a_project_brings_the_tables_that_were_joined(session, nothing_open, files):
    """Made with one table, joined by another afterwards."""
    session.controller.review.tag_by_key(1)
    session.settle()
    later = files.folder / "camera.csv"
    later.write_text(files.metadata.read_text().replace("weather,flight", "camera,lens"))
    session.controller.data.join_metadata(later)
    session.settle()
    session.open([session.state.project.path])
    assert set(session.state.dataset.image_attributes.names) == {"weather", "flight", "camera", "lens"}


def test_a_project_keeps_the_runs_that_are_not_loaded_now(session, files, tmp_path):
    session.controller.review.tag_by_key(1)
    session.settle()
    project = session.state.project.path
    third = tmp_path / "third.json"
    third.write_text(json.dumps(json.loads(files.first.read_text())[1:]))
    session.open([files.ground_truth, files.second])
    assert session.state.project.path == project
    session.open([third])
    session.open([project])
    assert set(names(session)) == {"first", "second", "third"}
    assert set(session.state.dataset.image_attributes.names) == {"weather", "flight"}


def test_a_project_whose_data_are_gone_says_where_they_were(qtbot, session, files, tmp_path):
    session.controller.review.tag_by_key(1)
    session.settle()
    project = session.state.project.path
    session.controller.close()
    moved = project.rename(tmp_path / "alone.diag")
    files.ground_truth.unlink()
    again = Session(qtbot, tmp_path / "again")
    again.open([moved])
    again.controller.close()
    assert again.state.notice.is_error
    assert "truth.json" in again.state.notice.text
    assert again.state.dataset is None
