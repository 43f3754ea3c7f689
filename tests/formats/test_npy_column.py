"""Columns in ``.npy`` files of the user's: read in pieces, and refused by name where the file changes under the reader."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pytest

from diag_gui.exceptions import FormatError
from diag_gui.formats.npy_column import npy_column

VALUES = np.arange(4_000, dtype=np.float64).reshape(-1, 4)


@pytest.fixture
def path(tmp_path):
    np.save(tmp_path / "box.npy", VALUES)
    return tmp_path / "box.npy"


@pytest.mark.parametrize(
    "stored",
    [VALUES, np.asfortranarray(VALUES), VALUES.astype(">f4"), VALUES[:, 0].astype(np.int16), VALUES[:0], VALUES[:, :1] > 7],
    ids=["rows", "columns", "big-endian", "short", "empty", "flags"],
)
def test_any_rows_are_those_of_the_array(tmp_path, stored):
    np.save(tmp_path / "one.npy", stored)
    column = npy_column(tmp_path / "one.npy")
    assert (len(column), column.dtype, column.shape) == (len(stored), stored.dtype, stored.shape)
    for rows in (slice(None), slice(3, 250), slice(990, 2000), slice(5, 5), slice(7, 3), slice(-4, None)):
        np.testing.assert_array_equal(column[rows], stored[rows])
        assert column[rows].flags.c_contiguous
    whole = column.whole(np.float64)
    np.testing.assert_array_equal(whole, stored.astype(np.float64))
    assert whole.dtype == np.float64


def test_a_whole_column_of_another_type_is_read_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("diag_gui.formats.npy_column._AT_ONCE", 7)
    np.save(tmp_path / "one.npy", VALUES.astype(np.float32))
    np.testing.assert_array_equal(npy_column(tmp_path / "one.npy").whole(np.float64), VALUES)


def test_every_second_row_is_nothing_to_ask_for(path):
    with pytest.raises(ValueError, match="one after the other"):
        npy_column(path)[::2]


def cut_short(path):
    with path.open("r+b") as file:
        file.truncate(200)


def written_again(path):
    with path.open("r+b") as file:
        file.seek(-8, 2)
        file.write(b"\0" * 8)


def replaced(path):
    other = path.with_name("other.npy")
    np.save(other, VALUES)
    other.replace(path)


@pytest.mark.parametrize("change", [cut_short, written_again, replaced])
def test_a_file_that_changes_is_refused_by_name(path, change):
    column = npy_column(path)
    column[:2]
    change(path)
    with pytest.raises(FormatError, match=r"box\.npy: was changed while it was read; open it again"):
        column[:2]


def test_a_file_that_goes_is_named(path):
    column = npy_column(path)
    path.unlink()
    with pytest.raises(FormatError, match=r"box\.npy: cannot be read"):
        column[:2]


def test_a_file_that_ends_early_is_refused_even_where_nothing_else_tells(path, monkeypatch):
    column = npy_column(path)
    cut_short(path)
    monkeypatch.setattr("diag_gui.formats.npy_column.stamp_of_status", lambda _status: column.stamp)
    with pytest.raises(FormatError, match=r"box\.npy: was changed while it was read"):
        column[:]


@pytest.mark.parametrize("writes", ["objects", "text", "cube", "number", "archive"])
def test_what_is_no_column_is_refused(tmp_path, writes):
    path = tmp_path / "odd.npy"
    match writes:
        case "objects":
            np.save(path, np.array([{}], object), allow_pickle=True)
        case "text":
            path.write_text("no column")
        case "cube":
            np.save(path, np.zeros((2, 2, 2)))
        case "number":
            np.save(path, np.float64(1))
        case "archive":
            with path.open("wb") as file:
                np.savez(file, box=VALUES)
    with pytest.raises(FormatError, match=r"odd\.npy: is no column"):
        npy_column(path)


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open cannot be cut short there")
@pytest.mark.parametrize("how", ["read_predictions", "open_columns"])
def test_columns_that_are_cut_short_while_they_are_walked_through_end_in_words(tmp_path, how):
    """In a process of its own: what is guarded against is its death by SIGBUS."""
    n = 200_000
    columns = {"image_id": np.arange(n) // 100, "category_id": np.ones(n, np.int64), "bbox": np.full((n, 4), 5.0)}
    for name, column in {**columns, "score": np.linspace(0, 1, n)}.items():
        np.save(tmp_path / f"dt_{name}.npy", column)
    for name, column in columns.items():
        np.save(tmp_path / f"gt_{name}.npy", column)
    script = f"""
        import os
        from pathlib import Path
        from diag_gui.evaluation.params import EvaluationParams
        from diag_gui.evaluation.streamed_figures import stream_figures
        from diag_gui.exceptions import FormatError
        from diag_gui.formats import numpy_columns
        from diag_gui.formats.opening import open_ground_truth
        from diag_gui.formats.streamed_reading import open_columns

        folder = Path({str(tmp_path)!r})
        dataset = open_ground_truth(folder / "gt_bbox.npy").dataset
        box = folder / "dt_bbox.npy"
        try:
            if {how!r} == "open_columns":
                opened = open_columns(box, dataset)
                os.truncate(box, 4096)
                stream_figures(opened.columns, EvaluationParams())
            else:
                rows_of_facts = numpy_columns.rows_of_facts
                def cutting(*given):
                    os.truncate(box, 4096)
                    return rows_of_facts(*given)
                numpy_columns.rows_of_facts = cutting
                numpy_columns.read_predictions(box, dataset)
        except FormatError as error:
            print(error)
    """
    ran = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.strip().endswith("dt_bbox.npy: was changed while it was read; open it again")
