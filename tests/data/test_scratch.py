"""Columns in files: the same values, nothing left behind, and memory where there is no disk."""

from __future__ import annotations

import gc
from dataclasses import dataclass

import numpy as np
import pytest

from diag_gui.data import scratch
from diag_gui.data.arrays import AnyArray
from diag_gui.data.scratch import ScratchColumn, scratch_folder, spilled, with_spilled_columns


@dataclass(frozen=True)
class Columns:
    numbers: AnyArray
    names: AnyArray
    n: int


@pytest.fixture(autouse=True)
def _small_columns_are_worth_a_file(monkeypatch, tmp_path):
    monkeypatch.setenv("DIAG_GUI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(scratch, "_WORTH_A_FILE", 1)


def test_what_is_appended_is_what_is_mapped():
    column = ScratchColumn(np.float64)
    pieces = [np.arange(5.0), np.zeros(0), np.array([[np.nan, -0.0], [np.inf, 7]])]
    for piece in pieces:
        column.append(piece)
    mapped = column.mapped()
    assert mapped.tobytes() == np.concatenate([piece.reshape(-1) for piece in pieces]).tobytes()
    assert not mapped.flags.writeable


def test_an_empty_column_is_an_empty_array():
    assert ScratchColumn(np.int32).mapped().tolist() == []


def test_nothing_is_left_while_it_is_used_nor_afterwards():
    mapped = spilled(np.arange(1000))
    assert scratch._is_mapped(mapped)
    assert list(scratch_folder().iterdir()) == []
    assert mapped.sum() == 499_500
    del mapped
    gc.collect()
    assert list(scratch_folder().iterdir()) == []


def test_shape_and_type_stay_and_what_is_mapped_is_not_written_again():
    values = np.arange(12, dtype=np.int32).reshape(3, 4)
    mapped = spilled(values)
    assert mapped.dtype == values.dtype
    assert mapped.tolist() == values.tolist()
    assert spilled(mapped) is mapped


def test_columns_of_facts_are_put_into_files_and_nothing_else():
    facts = Columns(np.arange(4.0), np.array(["a", None], dtype=object), 4)
    moved = with_spilled_columns(facts)
    assert scratch._is_mapped(moved.numbers)
    assert moved.numbers.tolist() == [0, 1, 2, 3]
    assert moved.names is facts.names
    assert moved.n == 4


def test_what_the_disk_has_no_room_for_stays_in_memory(monkeypatch):
    def full(_column, _values):
        raise OSError(28, "No space left on device")

    values = np.arange(4)
    monkeypatch.setattr(ScratchColumn, "append", full)
    assert spilled(values) is values
