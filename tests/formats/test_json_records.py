"""The compiled reader of JSON in blocks: what it takes, what it leaves to others, and that a block may end anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from diag_gui.data.written_masks import fault_of
from diag_gui.evaluation._kernels.source_hash import is_stale
from diag_gui.formats._kernels import COMPILED
from diag_gui.formats.coco_streaming import RECORD_KINDS

compiled = pytest.importorskip("diag_gui.formats._kernels._json_records", reason="no compiled reader was built")
values = pytest.importorskip("diag_gui.formats._kernels._json_values", reason="no compiled reader was built")

RESULT = '{"image_id":1,"category_id":2,"bbox":[1,2.5,3e0,4E+0],"score":0.5}'
NAMES = list(RECORD_KINDS)
ENDINGS = (compiled.CUT, compiled.AT_EDGE, compiled.AT_END)


def reader():
    return compiled.RecordReader(dict(RECORD_KINDS), 1e6, 2**31 - 1)


def read(text):
    """Read a list of records; return how it ended, and the reader."""
    data = text.encode() if isinstance(text, str) else text
    found = reader()
    return found.read(data, 1, len(data))[0], found


def number(random):
    """Return a number as some program may write it."""
    exponent = int(random.integers(-40, 40))
    digits = int(random.integers(1, 22))
    return (
        repr(float(random.random())),
        repr(float(random.random() * 1e-5)),
        repr(float(random.normal() * 10.0**exponent)),
        repr(float(np.uint64(random.integers(0, 2**63 - 2**52)).view(np.float64))),
        f"{random.random() * 1000:.{digits}f}",
        f"{random.normal():.{digits}e}",
        str(int(random.integers(-(2**62), 2**62))),
        # Half way between two float64, and one digit beside it.
        f"{2**53 + int(random.integers(0, 2**52)) * 2 + 1}." + ("5", "50", "49999", "0")[int(random.integers(0, 4))],
        f"{int(random.integers(2**52, 2**53))}.5",
        f"{int(random.integers(2**53, 2**63)) | 1}e{int(random.integers(-6, 6))}",
        ("0", "0.0", "-0.0", "1E5", "5e-324", "2.2250738585072011e-308", "9007199254740993", "1e22", "1e23", "1e-23")[
            int(random.integers(0, 10))
        ],
    )[int(random.integers(0, 11))]


@pytest.mark.parametrize("seed", range(4))
def test_numbers_are_rounded_as_python_rounds_them(seed):
    random = np.random.default_rng(seed)
    texts = [[number(random) for _ in range(5)] for _ in range(4000)]
    records = (
        f'{{"image_id": {row},\n"category_id":-7,"bbox":[{", ".join(t[:4])}],"score":{t[4]} }}' for row, t in enumerate(texts)
    )
    how, found = read(f"[{','.join(records)}]\n")
    assert how == compiled.AT_END
    expected = np.array([[float(text) for text in row] for row in texts])
    numbers = np.column_stack((found.column(NAMES.index("bbox")), found.column(NAMES.index("score"))))
    np.testing.assert_array_equal(numbers.view(np.int64), expected.view(np.int64))
    np.testing.assert_array_equal(found.column(0), np.arange(4000))
    assert set(found.column(1).tolist()) == {-7}


@pytest.mark.parametrize("behind", ["}", " }", "\n}", ',"x":1}', "e1}", "E-2}", "e", "]", "x}", ".5}"])
def test_a_short_decimal_is_read_alike_wherever_its_point_stands_and_whatever_follows(behind):
    texts = [f"{sign}{'9876543210'[:before]}.{'1234567890'[:after]}"
             for sign in ("", "-") for before in range(10) for after in range(10)]  # fmt: skip
    for text in [*texts, "00.5", "01.25", "0.0", "-0.00", "0.5.5"]:
        record = f'{{"score":{text}{behind}'
        try:
            expected = json.loads(record)["score"]
        except json.JSONDecodeError:
            # Cut short within the record, or wrong: either way it is no row.
            assert read(f"[{record}]")[0] not in (compiled.AT_END, compiled.AT_EDGE), record
            continue
        how, found = read(f"[{record}]")
        assert how == compiled.AT_END, record
        assert found.column(NAMES.index("score")).view(np.int64).tolist() == [np.float64(expected).view(np.int64)], record


def test_a_zero_without_decimals_has_no_sign_as_in_msgspec():
    text = "[" + ",".join(f'{{"score":{value}}}' for value in ("-0", "-0.0", "-0e1", "0")) + "]"
    _, found = read(text)
    expected = [record["score"] for record in msgspec.json.decode(text)]
    assert np.signbit(found.column(NAMES.index("score"))).tolist() == np.signbit(np.array(expected, float)).tolist()


@pytest.mark.parametrize(
    ("value", "expected"), [("1", 1), ("1.0", 1), ("2e3", 2000), ("-5", -5), ("123456789012345678", 123456789012345678)]
)
def test_identifiers_are_integers_however_they_are_written(value, expected):
    how, found = read(f'[{{"image_id":{value}}}]')
    assert (how, found.unusual()) == (compiled.AT_END, [])
    assert found.column(0).tolist() == [expected]


def test_identifiers_that_are_texts_are_kept_once_each():
    names = [f"image {row // 3} \u00e9" for row in range(2000)] + ["image 0 \u00e9"]
    how, found = read(json.dumps([{"image_id": name} for name in names], ensure_ascii=False))
    assert how == compiled.AT_END
    texts = found.texts(0)
    assert len(texts) == len(set(names))
    assert [texts[code] for code in found.column(0)] == names


@pytest.mark.parametrize(
    "record",
    [
        '{"score":NaN}',
        '{"score":-Infinity}',
        '{"score":"0.5"}',
        '{"score":1e400}',
        '{"score":true}',
        '{"image_id":1.5}',
        '{"image_id":9223372036854775808}',
        '{"image_id":"a\\u0062"}',
        '{"image_id":[1]}',
        '{"bbox":[1,2,3]}',
        '{"bbox":[1,2,3,4,5]}',
        '{"bbox":[1,2,3,[4]]}',
        '{"bbox":[1,2,3,null]}',
        '{"bbox":{"x":1}}',
        '{"iscrowd":1.0}',
        '{"iscrowd":"1"}',
        "7",
        "null",
        "[{}]",
        '"text"',
    ],
)
def test_a_record_of_other_types_is_handed_back_as_it_is(record):
    how, found = read(f"[{RESULT},{record} ,{RESULT}]")
    assert how == compiled.AT_END
    assert [(row, text) for row, _, text in found.unusual()] == [(1, record.encode())]
    assert found.given().tolist()[1] == 0
    assert np.isnan(found.column(NAMES.index("score"))[1])


@pytest.mark.parametrize(
    "text",
    [
        f"[{RESULT},]",
        f"[{RESULT} {RESULT}]",
        "[" + RESULT.replace("}", ",}") + "]",
        "[" + RESULT.replace('"score":0.5', '"score"0.5') + "]",
        "[" + RESULT.replace('"score"', "score") + "]",
        "[" + RESULT.replace('"score"', '"\\u0073core"') + "]",
        "[" + RESULT.replace('"score"', '"s\x01core"') + "]",
        "[" + RESULT.replace("0.5", ".5") + "]",
        "[" + RESULT.replace("0.5", "5.") + "]",
        "[" + RESULT.replace("0.5", "05") + "]",
        "[" + RESULT.replace("0.5", "+5") + "]",
        "[" + RESULT.replace("0.5", "5e") + "]",
        "[" + RESULT.replace("0.5", "-") + "]",
        "[" + RESULT.replace("0.5", "nan") + "]",
        "[" + RESULT.replace("0.5", "nul1") + "]",
        "[" + RESULT.replace("0.5", "'a'") + "]",
        "[" + RESULT.replace("0.5", "[1,]") + "]",
        "[" + RESULT.replace("0.5", '0.5,"x":"\\x"') + "]",
        "[" + RESULT.replace("0.5", '0.5,"x":"\\ud800 and more"') + "]",
        "[" + RESULT.replace("0.5", '0.5,"x":"\\ud800\\u0041"') + "]",
        "[" + RESULT.replace("0.5", '0.5,"x":{"a":1,}') + "]",
        "[" + RESULT.replace("0.5", '0.5,"x":[1}') + "]",
        "[" + RESULT.replace("0.5", '0.5,"x":' + "[" * 151 + "]" * 151) + "]",
        b'[{"x":"\xff"}]',
        b'[{"x":"\xc0\x80"}]',
        b'[{"x":"\xed\xa0\x80"}]',
        b'[{"x":"\xf5\x80\x80\x80"}]',
        "[" + ",".join(f'{{"x{k}":1}}' for k in range(40)) + "]",
    ],
)
def test_what_is_not_json_or_too_much_is_refused(text):
    assert read(text)[0] == compiled.REFUSED


def test_a_key_that_is_given_twice_is_named_as_that():
    assert read("[" + RESULT.replace('"score":0.5', '"score":0.5,"score":0.4') + "]")[0] == compiled.REPEATED_KEY
    assert read('[{"x":1,"x":1}]')[0] == compiled.REPEATED_KEY


@pytest.mark.parametrize(
    "mask",
    [
        [[10, 12, 40, 12, 40, 36]],
        [[10, 12, 40, 12, 40, 36], [0.5, 1e2, 3, 4, 5, 6, 7, 8]],
        [[10, 12, 40, 36]],
        [[10, 12, 40, 12, 40, 36, 10]],
        [[0, 0, 1e8, 0, 1e8, 1e8]],
        [[]],
        [10, 12, 40, 12, 40, 36],
        {"size": [3, 4], "counts": [5, 7]},
        {"counts": [5, 7], "size": [3, 4]},
        {"size": [3, 4], "counts": [5, 6]},
        {"size": [3, 4], "counts": [-1, 13]},
        {"size": [3.0, 4], "counts": [5, 7]},
        {"size": [0, 4], "counts": []},
        {"size": [2**31, 1], "counts": "0"},
        {"size": [120, 160], "counts": "\\j52"},
        {"size": [120, 160], "counts": "P"},
        {"size": [120, 160]},
        {"size": [4, 4], "counts": "0000000000000"},
        {"size": [3, 4], "counts": [5, 7], "more": 1},
        "mask",
        7,
    ],
)
def test_masks_are_judged_as_the_readable_check_judges_them(mask):
    how, found = read(json.dumps([{"segmentation": mask}]))
    assert how == compiled.AT_END
    kind, height, width = found.column(NAMES.index("segmentation"))[0].tolist()
    fine = kind in (compiled.POLYGONS, compiled.RUN_LENGTHS)
    assert fine == (fault_of(mask, -1, -1) is None and "more" not in str(mask))
    assert [height, width] == (mask["size"] if kind == compiled.RUN_LENGTHS else [0, 0])
    rows, lengths, written = found.raw(NAMES.index("segmentation"))
    assert (rows.tolist(), len(lengths)) == ([0], 1)
    assert written.tobytes() == json.dumps(mask).encode() + b","


@pytest.mark.parametrize("seed", range(3))
def test_run_lengths_of_random_texts_are_judged_as_the_readable_check_judges_them(seed):
    random = np.random.default_rng(seed)
    n_fine = 0
    for _ in range(3000):
        # Short runs mostly, so that some add up.
        highest = 58 if random.random() < 0.7 else 112
        text = "".join(chr(int(c)) for c in random.integers(48, highest, int(random.integers(0, 5))))
        size = [int(random.integers(1, 9)), int(random.integers(1, 9))]
        mask = {"size": size, "counts": text}
        kind = read(json.dumps([{"segmentation": mask}]))[1].column(NAMES.index("segmentation"))[0][0]
        fine = fault_of(mask, -1, -1) is None
        assert fine == (kind == compiled.RUN_LENGTHS), mask
        n_fine += fine
    assert n_fine > 5


def test_a_block_may_end_anywhere():
    records = [
        RESULT,
        '{"image_id":"\\n","x":{"a":[1,{"b":"}"}]},"segmentation":[[1,2,3,4,5,6]]}',
        '{"image_id":12,"category_id":2,"z":"\u00e9","iscrowd":true,"id":-3.0,"area":null,"y":"\\ud83d\\ude00"}',
        '{"segmentation":{"counts":"5\\\\7","size":[3,4]},"score":1e-300}',
        "-Infinity",
    ]
    text = ("[" + " ,\n".join(records) + " ]").encode()
    whole = reader()
    assert whole.read(text, 1, len(text)) == (compiled.AT_END, len(text))
    assert whole.n_rows == len(records)
    for stop in range(2, len(text)):
        part = reader()
        how, position = part.read(text, 1, stop)
        assert how in (compiled.CUT, compiled.AT_EDGE), text[:stop]
        rest = reader()
        assert rest.read(text, position, len(text)) == (compiled.AT_END, len(text))
        assert part.n_rows + rest.n_rows == len(records)
        known = (1 << len(NAMES)) - 1
        assert [*(part.given() & known), *(rest.given() & known)] == (whole.given() & known).tolist()


def test_values_are_skipped_up_to_their_end_wherever_the_block_ends():
    value = b'{"a":[1,-2.5e3,true,false,null,"\\u00e9\\\\ \xc3\xa9"],"b":{},"c":[ ]}'
    text = value + b" ,"
    assert values.skip_value(text, 0, len(text)) == (compiled.AT_EDGE, len(value))
    for stop in range(1, len(value)):
        assert values.skip_value(text, 0, stop)[0] == compiled.CUT
    listed = b"".join([value, b" , ", value, b"]"])
    assert values.skip_elements(listed, 0, len(listed)) == (compiled.AT_END, len(listed))
    for stop in range(1, len(listed)):
        how, position = values.skip_elements(listed, 0, stop)
        assert how == compiled.CUT
        assert values.skip_elements(listed, position, len(listed)) == (compiled.AT_END, len(listed))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_skipped_the_general_parser_reads_too(seed):
    random = np.random.default_rng(seed)
    clean = b'{"a":[1,-2.5e3,true,null,"\\u00e9\\n\xc3\xa9"],"b":{"c":"x"},"d":0.1}'
    alphabet = np.frombuffer(b'0123456789.-+eE[]{},:"\\ abcntrue\xc3\xa9\x01', np.uint8)
    n_read = 0
    for _ in range(5000):
        damaged = bytearray(clean)
        for place in random.integers(0, len(clean), int(random.integers(1, 4))):
            damaged[place] = int(random.choice(alphabet))
        text = bytes(damaged)
        how, position = values.skip_value(text + b" ", 0, len(text) + 1)
        assert position <= len(text) + 1
        if how == compiled.AT_EDGE:
            n_read += 1
            msgspec.json.decode(text[:position])
    assert n_read > 200


def test_the_last_edge_is_where_the_last_record_begins():
    text = ("[" + ", ".join([RESULT] * 5) + "]").encode()
    edge = values.last_edge(text, 1, len(text), b'"image_id"')
    assert text[edge:] == RESULT.encode() + b"]"
    assert values.last_edge(text, edge, len(text), b'"image_id"') == -1
    assert values.last_edge(text, 1, len(text), b'"id"') == -1
    assert values.last_edge(text, 5, 4, b'"image_id"') == -1


def test_nothing_outside_of_what_is_given_is_looked_at():
    data = np.full(64, ord("["), np.uint8)
    assert reader().read(data, 10, 10) == (compiled.AT_EDGE, 10)
    assert reader().read(data, 0, 100) == (compiled.AT_EDGE, 0)
    assert values.skip_value(data, 3, 65)[0] == compiled.CUT
    assert values.skip_elements(data, -1, 5)[0] == compiled.CUT


def test_a_column_goes_only_where_it_fits():
    _, found = read(f"[{RESULT},{RESULT}]")
    box = NAMES.index("bbox")
    target = np.zeros((2, 4))
    assert found.column(box, target) is target
    assert target.tolist() == [[1, 2.5, 3, 4]] * 2
    for wrong in (np.zeros((3, 4)), np.zeros(8), np.zeros((2, 4), np.float32), np.zeros((4, 2)).T):
        with pytest.raises(ValueError, match="rows of 4 float64"):
            found.column(box, wrong)
    assert found.column(99) is None
    assert found.column(NAMES.index("area")) is None


def test_numpy_asks_for_the_general_reader():
    code = "from diag_gui.formats._kernels import json_records; print(json_records)"
    environment = {**os.environ, "DIAG_GUI_KERNEL": "numpy"}
    assert subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True).stdout == "None\n"


@pytest.mark.parametrize("module", [compiled, values])
def test_each_reader_was_built_from_its_source_and_what_it_includes(module, tmp_path):
    folder = Path(module.__file__).parent
    name = module.__name__.rpartition(".")[2]
    assert name in COMPILED
    assert not is_stale(name, module.SOURCE_HASH, folder)
    for source in folder.glob("*.p*x*"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    assert not is_stale(name, module.SOURCE_HASH, tmp_path)
    with (tmp_path / "_json_grammar.pxi").open("a") as grammar:
        grammar.write("# changed\n")
    assert is_stale(name, module.SOURCE_HASH, tmp_path)
