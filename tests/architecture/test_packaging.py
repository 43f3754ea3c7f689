"""What is shipped is what is there."""

from __future__ import annotations

import tomllib

import pytest

from diag_gui.assets import asset
from tests.architecture.checkout import ROOT, package_files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]


def test_every_package_on_disk_is_shipped_and_no_other():
    on_disk = {".".join(path.parent.relative_to(ROOT).parts) for path in package_files() if path.name == "__init__.py"}
    assert set(SETUPTOOLS["packages"]) == on_disk | {"diag_gui.resources"}


def test_every_folder_with_code_is_a_package():
    folders = {path.parent for path in package_files()}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_every_package_says_what_it_is():
    """Its docstring is what a newcomer reads first."""
    silent = [path for path in package_files() if not path.read_text(encoding="utf-8").lstrip().startswith(('"""', 'r"""'))]
    assert silent == []


def shipped_resources():
    root = ROOT / "resources"
    return {path for pattern in SETUPTOOLS["package-data"]["diag_gui.resources"] for path in root.glob(pattern) if path.is_file()}


def test_every_resource_of_the_window_is_shipped_and_found():
    root = ROOT / "resources"
    needed = {path for folder in ("themes", "icons", "sample") for path in (root / folder).rglob("*") if path.is_file()}
    assert needed <= shipped_resources()
    for path in needed:
        assert asset(path.relative_to(root).as_posix()).read_bytes() == path.read_bytes()


def test_the_shipped_sample_is_small():
    size = sum(path.stat().st_size for path in shipped_resources() if (ROOT / "resources" / "sample") in path.parents)
    assert 0 < size <= 8 * 2**20


def test_a_resource_that_is_missing_is_named():
    with pytest.raises(FileNotFoundError, match=r"themes/none\.json"):
        asset("themes/none.json")


def test_the_license_is_there_and_named():
    assert PROJECT["project"]["license"] == "MIT"
    assert "MIT License" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_the_defect_of_qt_6_12_is_kept_out():
    [requirement] = [one for one in PROJECT["project"]["dependencies"] if one.startswith("PySide6")]
    assert "<6.12" in requirement
