"""What was read, and every problem."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from diag_gui.ui.pages.files_page import FilesPage
from diag_gui.ui.theme import apply_theme
from tests.session.small_session import N_FOUND, N_IMAGES, N_TRUTH
from tests.ui.showing import shown


def page(qtbot, session) -> FilesPage:
    return shown(qtbot, FilesPage(session.store, session.controller), 900, 600)


def lines(made) -> dict[str, list[str]]:
    tree = made.panel.tree
    return {
        tree.topLevelItem(row).text(0): [tree.topLevelItem(row).text(column) for column in range(1, 5)]
        for row in range(tree.topLevelItemCount())
    }


def below(made, name: str) -> list[str]:
    """Return the texts below a file, problems and examples, from top to bottom."""
    tree = made.panel.tree
    [top] = [item for row in range(tree.topLevelItemCount()) if (item := tree.topLevelItem(row)).text(0) == name]
    found = []
    for place in range(top.childCount()):
        found.append(top.child(place).text(0))
        found += [top.child(place).child(n).text(0) for n in range(top.child(place).childCount())]
    return found


@pytest.fixture
def damaged(files):
    """Ten predictions of images nobody knows, one without a sound box."""
    records = json.loads(files.first.read_text())
    for number, record in enumerate(records[:10]):
        record["image_id"] = 9000 + number
    records[10]["bbox"] = [1, 2, float("nan"), 3]
    files.first.write_text(json.dumps(records))
    return files


def test_every_file_stands_there_with_its_counts(qtbot, session):
    found = lines(page(qtbot, session))
    assert set(found) == {"truth.json", "first.json", "second.json", "weather.csv"}
    assert found["truth.json"][1:] == [str(N_TRUTH), str(N_TRUTH), "0"]
    assert found["weather.csv"][1:] == [str(N_IMAGES), str(N_IMAGES), "0"]


def test_problems_name_record_and_reason_and_loaded_and_dropped_add_up(qtbot, nothing_open, damaged):
    nothing_open.open(damaged.everything)
    made = page(qtbot, nothing_open)
    assert lines(made)["first.json"][1:] == [str(N_FOUND), str(N_FOUND - 11), "11"]
    said = below(made, "first.json")
    assert any("10 records dropped" in line for line in said)
    assert any("9000" in line for line in said)


def test_many_problems_of_a_kind_are_counted_and_not_all_listed(qtbot, nothing_open, damaged):
    nothing_open.open(damaged.everything)
    said = below(page(qtbot, nothing_open), "first.json")
    report = next(report for report in nothing_open.state.reports if report.path.name == "first.json")
    group = next(group for group in report.problems if group.count == 10)
    rest = group.count - len(group.examples)
    assert (f"… and {rest} more" in said) is (rest > 0)


def test_what_is_said_of_columns_counts_columns(qtbot, nothing_open, files):
    table = files.metadata.parent / "dates.csv"
    names = [line.split(",")[0] for line in files.metadata.read_text().splitlines()[1:3]]
    table.write_text(f"file_name,taken\n{names[0]},2024-03-01\n{names[1]},02.03.2024\n")
    nothing_open.open([files.ground_truth, files.first, table])
    [said] = [line for line in below(page(qtbot, nothing_open), "dates.csv") if line.startswith("date-styles")]
    assert said == "date-styles — 1 column kept, with a warning"


def test_the_whole_path_and_the_hash_are_in_the_tooltip(qtbot, session, files):
    made = page(qtbot, session)
    said = made.panel.tree.topLevelItem(0).toolTip(0)
    assert str(files.ground_truth) in said
    assert session.state.dataset.source.sha256 in said


def test_it_says_where_the_pictures_are_or_that_none_are_needed(qtbot, session, tmp_path):
    made = page(qtbot, session)
    assert "figures do not need them" in made.panel.figure_label.text()
    (tmp_path / "pictures").mkdir()
    session.store.commit(image_root=tmp_path / "pictures")
    assert made.panel.figure_label.text().startswith("pictures in /")
    assert str(tmp_path / "pictures") in made.panel.figure_label.toolTip()


def test_a_run_that_is_added_appears(qtbot, nothing_open, files):
    nothing_open.open([files.ground_truth, files.first])
    made = page(qtbot, nothing_open)
    nothing_open.controller.data.add_predictions([files.second])
    nothing_open.settle()
    assert "second.json" in lines(made)


def test_files_of_the_first_opening_stay_listed_when_another_is_added(qtbot, nothing_open, files):
    """The page accounts for everything that is shown."""
    nothing_open.open([files.ground_truth, files.first])
    made = page(qtbot, nothing_open)
    nothing_open.controller.data.join_metadata(files.metadata)
    nothing_open.settle()
    assert set(lines(made)) == {"truth.json", "first.json", "weather.csv"}


def test_the_folder_of_the_pictures_is_text_and_no_longer_than_the_page(qtbot, session, tmp_path):
    made = page(qtbot, session)
    folder = tmp_path / ("<b>bold" * 30)
    session.store.commit("test", image_root=folder)
    assert made.panel.figure_label.textFormat() is Qt.TextFormat.PlainText
    assert made.panel.figure_label.toolTip().count("&lt;b&gt;") == 30
    assert made.minimumSizeHint().width() < 900


def test_problems_take_the_colours_of_another_theme(qtbot, nothing_open, damaged):
    nothing_open.open(damaged.everything)
    made = page(qtbot, nothing_open)
    before = made.panel.tree.topLevelItem(1).child(0).foreground(0).color()
    apply_theme(QApplication.instance(), "light")
    try:
        assert made.panel.tree.topLevelItem(1).child(0).foreground(0).color() != before
    finally:
        apply_theme(QApplication.instance(), "dark")
