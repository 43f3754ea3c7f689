"""The compiled reader of plain records against the general one: the same columns, or it keeps its hands off."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from diag_gui.data.read_report import ProblemLog
from diag_gui.evaluation._kernels.source_hash import is_stale
from diag_gui.formats import coco_records
from diag_gui.formats._kernels import NAME
from diag_gui.formats.file_reading import Digest
from diag_gui.formats.json_reading import JsonBytes

compiled = pytest.importorskip("diag_gui.formats._kernels._plain_records", reason="no compiled reader was built")
plain_columns = compiled.plain_columns

RESULT = '{"image_id":1,"category_id":2,"bbox":[1,2.5,3e0,4E+0],"score":0.5}'


def read(text, monkeypatch, reader):
    monkeypatch.setattr(coco_records, "plain_columns", reader)
    data = text if isinstance(text, bytes) else text.encode()
    return coco_records.read_records(JsonBytes(Path("some.json"), data, Digest(data)), data, "", ProblemLog(Path("some.json")))


def number(random):
    """Return a number as some program may write it."""
    exponent = int(random.integers(-40, 40))
    digits = int(random.integers(1, 22))
    return (
        repr(float(random.random())),
        repr(float(random.normal() * 10.0**exponent)),
        f"{random.random() * 1000:.{digits}f}",
        f"{random.normal():.{digits}e}",
        str(int(random.integers(-(2**62), 2**62))),
        # Half way between two float64, and one digit beside it.
        f"{2**53 + int(random.integers(0, 2**52)) * 2 + 1}." + ("5", "50", "49999", "0")[int(random.integers(0, 4))],
        f"{int(random.integers(2**52, 2**53))}.5",
        ("0", "0.0", "-0.0", "1E5", "5e-324", "2.2250738585072011e-308", "9007199254740993", "1e22", "1e23", "1e-23")[
            int(random.integers(0, 10))
        ],
    )[int(random.integers(0, 8))]


@pytest.mark.parametrize("seed", range(4))
def test_numbers_are_rounded_as_python_rounds_them(seed):
    random = np.random.default_rng(seed)
    texts = [[number(random) for _ in range(5)] for _ in range(2000)]
    records = (
        f'{{"image_id": {row},\n"category_id":-7,"bbox":[{", ".join(t[:4])}],"score":{t[4]} }}' for row, t in enumerate(texts)
    )
    columns = plain_columns(f" [{','.join(records)}]\n".lstrip().encode())
    expected = np.array([[float(text) for text in row] for row in texts])
    np.testing.assert_array_equal(np.column_stack((columns[2], columns[3])).view(np.int64), expected.view(np.int64))
    np.testing.assert_array_equal(columns[0], np.arange(2000))
    assert set(columns[1].tolist()) == {-7}


@pytest.mark.parametrize(
    "record",
    [
        RESULT,
        '{"score":1,"bbox":[0,0,1,1],"category_id":0,"image_id":123456789012345678}',
        '{"id":7,"image_id":1,"category_id":2,"bbox":[1,2,3,4],"area":12.5,"iscrowd":1}',
        '{"id":7,"image_id":1,"category_id":2,"bbox":[1,2,3,4],"area":12,"iscrowd":0,"segmentation":[ ]}',
        ' { "image_id" : 1 ,\t"category_id":2,\r\n"bbox" : [ 1 , 2 , 3 , 4 ] } ',
    ],
)
def test_plain_records_give_the_columns_of_the_general_reader(record, monkeypatch):
    text = f"[{record},{record}]"
    assert plain_columns(text.encode()) is not None
    mine, general = read(text, monkeypatch, plain_columns), read(text, monkeypatch, None)
    assert (mine.n_records, mine.key, mine.masks, mine.extras) == (2, "", None, None)
    assert general.extras is None
    assert not any(general.masks or ())
    for name in ("source_index", "image_id", "category_id", "xywh", "has_box", "score", "area", "is_crowd", "ignore"):
        column = getattr(mine, name)
        np.testing.assert_array_equal(column, getattr(general, name))
        assert column.dtype == np.asarray(getattr(general, name)).dtype
    without = general.record_id is None or list(general.record_id) == [None, None]
    assert mine.record_id is None if without else (mine.record_id == general.record_id).all()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "[]",
        "{}",
        f"[{RESULT}",
        f"[{RESULT},]",
        f"[{RESULT}]]",
        f"[{RESULT}] x",
        f"[{RESULT} {RESULT}]",
        "[" + RESULT.replace("}", ",}") + "]",
        "[" + RESULT.replace("0.5}", "0.5"),
        "[" + RESULT.replace('"score":0.5', '"score":0.5,"score":0.4') + "]",
        "[" + RESULT.replace('"score":0.5', '"score":null') + "]",
        "[" + RESULT.replace('"score":0.5', '"score":NaN') + "]",
        "[" + RESULT.replace('"score":0.5', '"score":"0.5"') + "]",
        "[" + RESULT.replace('"score":0.5', '"score":1e400') + "]",
        "[" + RESULT.replace('"score"', '"Score"') + "]",
        "[" + RESULT.replace('"score"', '"\\u0073core"') + "]",
        "[" + RESULT.replace('"score":0.5', '"score":.5') + "]",
        "[" + RESULT.replace('"score":0.5', '"score":5.') + "]",
        "[" + RESULT.replace('"score":0.5', '"score":05') + "]",
        "[" + RESULT.replace('"score":0.5', '"score":+5') + "]",
        "[" + RESULT.replace('"score":0.5', '"score":5e') + "]",
        "[" + RESULT.replace('"score":0.5', '"score":-') + "]",
        "[" + RESULT.replace('"score":0.5', '"score":0.5,"extra":{}') + "]",
        "[" + RESULT.replace('"image_id":1', '"image_id":1.0') + "]",
        "[" + RESULT.replace('"image_id":1', '"image_id":01') + "]",
        "[" + RESULT.replace('"image_id":1', '"image_id":"1"') + "]",
        "[" + RESULT.replace('"image_id":1', '"image_id":9223372036854775808') + "]",
        "[" + RESULT.replace('"image_id":1,', "") + "]",
        "[" + RESULT.replace("[1,2.5,3e0,4E+0]", "[1,2,3]") + "]",
        "[" + RESULT.replace("[1,2.5,3e0,4E+0]", "[1,2,3,4,5]") + "]",
        "[" + RESULT.replace("[1,2.5,3e0,4E+0]", "[1,2,3,[4]]") + "]",
        "[" + RESULT.replace("}", ',"iscrowd":true}') + "]",
        "[" + RESULT.replace("}", ',"segmentation":[[1,2,3,4,5,6]]}') + "]",
        f"[{RESULT}," + RESULT.replace("}", ',"id":3}') + "]",
    ],
)
def test_what_is_unusual_is_left_to_the_general_reader(text):
    assert plain_columns(text.encode()) is None


@pytest.mark.parametrize("seed", range(3))
def test_damaged_text_never_reads_as_something_else(seed):
    """Bytes changed at random: whatever is still read, the general parser reads alike."""
    random = np.random.default_rng(seed)
    clean = f"[{RESULT},{RESULT}]".encode()
    alphabet = np.frombuffer(b'0123456789.-+eE[]{},:" abcsi_dgorex', np.uint8)
    n_read = 0
    for _ in range(4000):
        damaged = bytearray(clean)
        for place in random.integers(0, len(clean), int(random.integers(1, 3))):
            damaged[place] = int(random.choice(alphabet))
        text = bytes(damaged) if random.random() < 0.8 else bytes(damaged[: -int(random.integers(1, 30))])
        columns = plain_columns(text)
        if columns is None:
            continue
        n_read += 1
        records = msgspec.json.decode(text, type=list[coco_records.StrictRecord])
        assert columns[0].tolist() == [record.image_id for record in records]
        assert columns[2].tolist() == [list(record.bbox) for record in records]
        assert columns[3].tolist() == [record.score for record in records]
    assert n_read > 50


def test_the_members_of_a_document_are_read_in_place():
    document = msgspec.json.decode(json.dumps({"annotations": [json.loads(RESULT)]}).encode(), type=dict[str, msgspec.Raw])
    assert plain_columns(document["annotations"])[3].tolist() == [0.5]


def test_numpy_asks_for_the_general_reader():
    code = "from diag_gui.formats._kernels import plain_columns; print(plain_columns)"
    environment = {**os.environ, "DIAG_GUI_KERNEL": "numpy"}
    assert subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True).stdout == "None\n"


def test_the_reader_was_built_from_its_source():
    assert not is_stale(NAME, compiled.SOURCE_HASH, Path(compiled.__file__).parent)
    assert is_stale(NAME, "0" * 16, Path(compiled.__file__).parent)
