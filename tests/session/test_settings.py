"""What is remembered between starts."""

from __future__ import annotations

from PySide6.QtCore import QByteArray

from diag_gui.session.settings import Settings


def test_a_first_start_is_dark_and_knows_nothing(tmp_path):
    settings = Settings(tmp_path)
    assert settings.theme == "dark"
    assert settings.geometry is None
    assert settings.recent() == []


def test_what_is_set_is_there_at_the_next_start(tmp_path):
    settings = Settings(tmp_path)
    settings.theme = "light"
    settings.geometry = QByteArray(b"\x00\x01\xff")
    del settings
    again = Settings(tmp_path)
    assert again.theme == "light"
    assert again.geometry == QByteArray(b"\x00\x01\xff")


def test_sets_opened_last_come_first_and_once(tmp_path):
    settings = Settings(tmp_path)
    for paths in (["/d/a.json", "/d/b.json"], ["/d/c.json"], ["/d/a.json", "/d/b.json"]):
        settings.remember(paths)
    assert Settings(tmp_path).recent() == [["/d/a.json", "/d/b.json"], ["/d/c.json"]]


def test_names_with_commas_and_other_scripts_come_back_whole(tmp_path):
    odd = ["/d/a, b.json", "/d/ünï — 日本.json", "/d/per%cent;semi.json"]
    Settings(tmp_path).remember(odd)
    assert Settings(tmp_path).recent() == [odd]


def test_only_the_latest_eight_are_kept(tmp_path):
    settings = Settings(tmp_path)
    for number in range(12):
        settings.remember([f"/d/{number}.json"])
    assert settings.recent() == [[f"/d/{number}.json"] for number in range(11, 3, -1)]


def test_a_damaged_file_is_as_good_as_none(tmp_path):
    (tmp_path / "settings.ini").write_bytes(b"\x00\xff[[[ theme=== \n recent\\size=many\n")
    settings = Settings(tmp_path)
    assert settings.theme == "dark"
    assert settings.recent() == []
    assert settings.geometry is None


def test_the_environment_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DIAG_GUI_CONFIG", str(tmp_path / "named"))
    Settings().theme = "light"
    assert Settings(tmp_path / "named").theme == "light"
