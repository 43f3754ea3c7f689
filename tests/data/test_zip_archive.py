"""ZIP archives are refused with the reason, without unpacking them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from diag_gui.data.zip_archive import is_zip, reason_against_zip


def archive(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(zipfile.ZipInfo(name), "x")
    return path


@pytest.mark.parametrize("name", ["../../escaped.txt", "/etc/passwd", "a/../../b", "C:/x", "..\\x", "\\\\host\\x", "a/.."])
def test_names_that_lead_outside_are_said(tmp_path: Path, name: str) -> None:
    path = archive(tmp_path / "a.zip", "gt.json", name)
    assert is_zip(path.read_bytes())
    reason = reason_against_zip(path)
    assert "unsafe paths outside its folder" in reason
    assert "'gt.json'" not in reason
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.zip"]


@pytest.mark.parametrize("names", [(), ("gt.json", "images/a..b.jpg", "...")])
def test_an_archive_with_nothing_odd_in_it_is_an_archive(tmp_path: Path, names: tuple[str, ...]) -> None:
    assert reason_against_zip(archive(tmp_path / "a.zip", *names)) == "a ZIP archive; unpack it and open what it holds"


def test_a_damaged_archive_is_said_to_be_one(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", "gt.json")
    whole = path.read_bytes()
    huge = whole[:-10] + b"\xff\xff\xff\x7f" + whole[-6:]
    for content in (whole[:40], whole[:4] + b"?" * 200, whole[:-22] + b"PK\x05\x06", huge):
        path.write_bytes(content)
        assert "damaged or too large" in reason_against_zip(path)
