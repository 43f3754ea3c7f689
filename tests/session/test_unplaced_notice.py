"""Decisions whose object is gone are said when the data are opened, and no more once they have a place again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from diag_gui.review.events import DEFAULT_TAGS
from tests.session.small_session import Files, Session


@pytest.fixture
def decided(qtbot, files: Files, tmp_path: Path) -> Files:
    """Data with a project in which every background error of the first run is tagged, which no program has open."""
    session = Session(qtbot, tmp_path / "former")
    session.open([files.ground_truth, files.first])
    session.controller.query.add_expression("error = 'background'")
    session.settle()
    session.controller.selection.choose_all()
    session.controller.review.tag_by_key(1)
    session.settle()
    assert session.state.review.counts().tagged == {DEFAULT_TAGS[0]: 8}
    session.controller.close()
    return files


def rewrite(path: Path, keep) -> None:
    path.write_text(json.dumps([record for record in json.loads(path.read_text()) if keep(record)], indent=1))


def test_what_is_written_anew_with_equal_content_is_silent(decided: Files, nothing_open: Session) -> None:
    rewrite(decided.first, lambda record: True)
    nothing_open.open([decided.ground_truth, decided.first])
    assert nothing_open.state.review.counts().tagged == {DEFAULT_TAGS[0]: 8}
    assert nothing_open.state.review.unattached == ()
    assert nothing_open.state.notice is None or "no place" not in nothing_open.state.notice.text


def test_what_is_gone_is_said_with_the_reason(decided: Files, nothing_open: Session) -> None:
    nothing_open.open([decided.ground_truth, decided.first])
    row = next(iter(nothing_open.state.review.predictions))[1]
    score = float(nothing_open.state.run.predictions.score[row])
    rewrite(decided.first, lambda record: record["score"] != score or record["image_id"] > 12)
    nothing_open.open([decided.ground_truth, decided.first])
    said = nothing_open.state.notice
    assert said.text.startswith("3 decisions found no place: run first has no such prediction any more")
    assert len(said.details.splitlines()) == 3
    assert DEFAULT_TAGS[0] in said.details
    assert len(nothing_open.state.review.predictions) == 5


def test_a_run_that_is_opened_later_takes_it_back(decided: Files, nothing_open: Session) -> None:
    nothing_open.open([decided.ground_truth, decided.second])
    assert "8 decisions found no place: its run is not open" in nothing_open.state.notice.text
    nothing_open.controller.data.add_predictions([decided.first])
    nothing_open.settle()
    assert nothing_open.state.review.unattached == ()
    assert nothing_open.state.notice is None
    assert {run for run, _ in nothing_open.state.review.predictions} == {1}
