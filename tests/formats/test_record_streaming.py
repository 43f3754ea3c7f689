"""Documents read as a stream against the same read whole: the same facts and words, or the stream keeps its hands off."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import os
import re
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from diag_gui.data.dataset import Dataset
from diag_gui.exceptions import DiagError, FormatError, LimitError
from diag_gui.formats import coco, coco_results, file_blocks, record_streaming
from diag_gui.formats._kernels import json_records
from diag_gui.formats.coco_streaming import RECORD_KINDS
from diag_gui.formats.limits import LIMITS
from diag_gui.formats.record_streaming import NotJudgedError, stream_document
from tests.examples import examples
from tests.formats.coco_files import good, write

pytestmark = pytest.mark.skipif(json_records is None, reason="no compiled reader was built")

NAN = float("nan")


@pytest.fixture
def small_blocks(monkeypatch):
    """Read blocks of 256 bytes, so that short documents have many."""
    for module in (file_blocks, record_streaming):
        monkeypatch.setattr(module, "BLOCK", 256)


def stream(path, **arguments):
    return stream_document(path, dict.fromkeys(("", "annotations"), RECORD_KINDS), frozenset({"images"}), **arguments)


def told(value):
    """Return facts as something that can be compared to the last bit."""
    if isinstance(value, np.ndarray):
        return (str(value.dtype), value.shape, value.tolist() if value.dtype == object else value.tobytes())
    if dataclasses.is_dataclass(value):
        return {f.name: told(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)) or type(value).__name__ == "JsonMasks":
        return [told(entry) for entry in value]
    # The precise reader does not know bytes where the document holds NaN.
    return re.sub(r" \(byte \d+\)", "", repr(value))


def outcome(read):
    """Return what a reader gives, or what it says instead."""
    try:
        return [told(part) for part in read()]
    except DiagError as error:
        return str(error)


def without_places(said):
    """Return an error without the place that only one of the readers knows."""
    if isinstance(said, str) and "is not valid JSON" in said:
        return said.split(": is not valid JSON")[0].split(".json")[0]
    return said


def both(path, dataset, monkeypatch):
    """Return what the stream and the whole reader make of a file."""

    def read():
        return coco.read_ground_truth(path) if dataset is None else coco_results.read_predictions(path, dataset)

    streamed = outcome(read)
    with monkeypatch.context() as patch:
        patch.setattr(record_streaming, "json_records", None)
        whole = outcome(read)
    return without_places(streamed), without_places(whole)


def is_judged(path):
    """Return whether the stream reads a file."""
    try:
        stream(path)
    except (NotJudgedError, FormatError):
        return False
    return True


# Documents of every kind ----------------------------------------------------------------------------------------------------

numbers = st.one_of(st.integers(-5, 400), st.floats(-50, 400), st.sampled_from([0.1, 1e-7, 12345.678, 1e300, 2**53 + 1]))
scores = st.one_of(st.floats(0, 1), st.sampled_from([NAN, None, "0.5", 95, -0.0, True, 10**400, 10**25, float("inf")]))
identifiers = st.one_of(
    st.integers(1, 3), st.sampled_from([1, 2, 3, 1.0, "1", "2", "1.jpg", None, 99, 2**70, 1.5, True, [1], "é"])
)
boxes = st.one_of(
    st.lists(numbers, min_size=4, max_size=4),
    st.lists(st.one_of(numbers, st.sampled_from([NAN, "1", None, 10**400])), min_size=3, max_size=5),
    st.sampled_from([None, "10 12 30 24", []]),
)
TRIANGLE = [10, 12, 40, 12, 40, 36]
masks = st.sampled_from(
    [None, [], {}, "", 0, "mask", [TRIANGLE], [TRIANGLE, [1.5] * 8], [[10, 12, 40, 36]], [[10, 12, 40, NAN, 40, 36]]]
    + [{"size": [120, 160], "counts": counts} for counts in ([19200], "PPP", [1], [125, 5, 115, 5, 18950])]
    + [{"size": [160, 120], "counts": [19200]}, {"size": [3, 4], "counts": [5, 7], "a": 1}]
)
texts = st.text('ab{}[],:"\\ é\n', max_size=6)
attributes = {"pose": st.sampled_from(["left", 1, None, '},{"image_id":1']), "occluded": st.booleans()}
extra_values = st.one_of(
    *(st.integers(-3, 3), st.booleans(), st.none(), texts, st.floats(), st.lists(st.integers(), max_size=2)),
    st.fixed_dictionaries({}, optional=attributes),
)
plain = st.fixed_dictionaries(
    {"image_id": st.integers(1, 3), "category_id": st.integers(1, 3), "bbox": st.lists(st.floats(0, 100), min_size=4, max_size=4)}
    | {"score": st.floats(0, 1)},
    optional={"id": st.integers(1, 50), "area": st.floats(0, 1e4), "iscrowd": st.integers(0, 1)},
)
odd = st.fixed_dictionaries(
    {},
    optional={"image_id": identifiers, "category_id": identifiers, "bbox": boxes, "score": scores, "id": identifiers}
    | {
        "area": scores,
        "iscrowd": st.sampled_from([0, 1, True, None, "1", "x", 2, 1.0]),
        "ignore": st.sampled_from([0, 1, None, "1"]),
    }
    | {"segmentation": masks, "model": extra_values, "attributes": extra_values, "n": extra_values},
)
records = st.lists(st.one_of(plain, plain, plain, odd, st.sampled_from([7, None, [], "text"])), max_size=8)
indents = st.sampled_from([None, 1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("streaming")


@pytest.fixture(scope="module")
def dataset(folder) -> Dataset:
    return coco.read_ground_truth(write(folder / "gt.json", good()))[0]


fuzzing = examples(200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@fuzzing
@given(found=records, indent=indents, key=st.sampled_from(["", "annotations", "predictions"]))
def test_results_read_alike(found, indent, key, folder, dataset, monkeypatch, small_blocks):
    path = folder / "run.json"
    path.write_text(json.dumps({"info": {}, key: found} if key else found, indent=indent), "utf-8")
    streamed, whole = both(path, dataset, monkeypatch)
    assert streamed == whole


@fuzzing
@given(found=records, indent=indents, ascii_only=st.booleans())
def test_ground_truth_reads_alike(found, indent, ascii_only, folder, monkeypatch, small_blocks):
    path = folder / "truth.json"
    path.write_text(json.dumps(good() | {"annotations": found}, indent=indent, ensure_ascii=ascii_only), "utf-8")
    streamed, whole = both(path, None, monkeypatch)
    assert streamed == whole


ALPHABET = np.frombuffer(b'0123456789.-+eE[]{},:"\\ \nabcnrtulfsNI\xc3\xa9\x00', np.uint8)
CLEAN = [
    {"image_id": 1, "category_id": 2, "bbox": [1, 2.5, 3, 4], "score": 0.5, "id": 1},
    {"image_id": 2, "category_id": 1, "bbox": [10.25, 0, 3e1, 4], "score": 1e-9, "segmentation": [[1, 2, 3, 4, 5, 6.5]]},
    {"image_id": 3, "category_id": 3, "bbox": [0, 0, 9, 9], "score": 1, "segmentation": {"size": [3, 4], "counts": "05L7"}},
    {"image_id": 1, "category_id": 1, "bbox": [4, 4, 9, 9], "score": 0.1, "model": "é}", "attributes": {"a": [1, None]}},
]


@pytest.mark.parametrize("part", range(10))
def test_mutated_bytes_read_alike(part, folder, dataset, monkeypatch, small_blocks):
    """Ten times a thousand mutants, bytes changed, cut out, doubled, cut off: what the stream reads, the precise reader reads."""
    random = np.random.default_rng(part)
    is_truth = part % 2 == 1
    clean = json.dumps(good() | {"annotations": CLEAN} if is_truth else CLEAN, ensure_ascii=bool(part % 3)).encode()
    path = folder / f"mutant{part}.json"
    n_judged = 0
    for place_in_line in range(1000):
        mutant = bytearray(clean)
        for _ in range(int(random.integers(1, 4))):
            place, length = int(random.integers(0, len(mutant))), int(random.integers(1, 12))
            match int(random.integers(0, 5)):
                case 0:
                    del mutant[place : place + length]
                case 1:
                    mutant[place:place] = mutant[place : place + length]
                case 2 if random.random() < 0.2:
                    del mutant[place:]
                case _:
                    mutant[place : place + 1] = bytes([int(random.choice(ALPHABET))])
            if not mutant:
                break
        path.write_bytes(mutant)
        streamed, whole = both(path, None if is_truth else dataset, monkeypatch)
        assert streamed == whole, bytes(mutant)
        n_judged += place_in_line % 10 == 0 and is_judged(path)
    assert n_judged > 3


# The stream itself ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [0, 1, 7, 500])
def test_many_blocks_give_one_table(n, tmp_path, small_blocks):
    found = [
        {"image_id": row // 3, "category_id": row % 5, "bbox": [row, 1, 2, row / 7], "score": row / (n + 1)} for row in range(n)
    ]
    table = stream(write(tmp_path / "a.json", found)).tables[""]
    assert table.n_rows == n
    if n:
        np.testing.assert_array_equal(table.columns["image_id"], [record["image_id"] for record in found])
        np.testing.assert_array_equal(table.columns["bbox"], [record["bbox"] for record in found])
        np.testing.assert_array_equal(table.columns["score"], [record["score"] for record in found])
        assert table.given["score"] is True


def test_fields_that_come_late_or_go_are_known_by_row(tmp_path, small_blocks):
    found = [{"image_id": 1} for _ in range(60)] + [{"image_id": 1, "score": 0.5, "x": row} for row in range(60)] + [{}] * 60
    table = stream(write(tmp_path / "a.json", found)).tables[""]
    assert np.flatnonzero(table.given["score"]).tolist() == list(range(60, 120))
    assert np.flatnonzero(table.given["image_id"]).tolist() == list(range(120))
    assert np.flatnonzero(~np.isnan(table.columns["score"])).tolist() == list(range(60, 120))
    assert table.raw["x"].rows.tolist() == list(range(60, 120))
    assert json.loads(table.raw["x"].as_list()) == list(range(60))


def test_what_looks_like_a_record_within_a_record_is_none(tmp_path, small_blocks):
    record = {"image_id": 1, "score": 0.5, "x": [{"image_id": 2}, {"image_id": 3, "y": "a" * 50}], "t": 'z},{"image_id":4}'}
    table = stream(write(tmp_path / "a.json", {"annotations": [record] * 40, "images": [record] * 30})).tables["annotations"]
    assert table.n_rows == 40
    assert set(table.columns["image_id"].tolist()) == {1}
    assert json.loads(table.raw["x"].as_list()) == [record["x"]] * 40


def test_records_longer_than_a_block_are_read(tmp_path, small_blocks):
    found = [{"image_id": row, "x": "y" * (700 if row % 4 == 0 else 5)} for row in range(50)]
    document = stream(write(tmp_path / "a.json", {"images": [1, "a" * 3000, 2], "annotations": found, "z": "b" * 1000}))
    assert document.tables["annotations"].columns["image_id"].tolist() == list(range(50))
    assert document.keys == ("images", "annotations", "z")
    assert json.loads(bytes(document.members["images"])) == [1, "a" * 3000, 2]


def test_texts_are_one_column_over_all_blocks(tmp_path, small_blocks):
    names = [f"photo {row % 9}" for row in range(200)]
    column = stream(write(tmp_path / "a.json", [{"image_id": name} for name in names])).tables[""].columns["image_id"]
    assert column.tolist() == names
    assert len(column.texts) == 9


@pytest.mark.parametrize("order", [1, -1])
def test_texts_and_numbers_in_one_column_are_left_to_the_precise_reader(order, tmp_path, small_blocks, dataset):
    record = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2], "score": 0.5}
    path = write(tmp_path / "a.json", ([record] * 30 + [record | {"image_id": "2"}] * 30)[::order])
    with pytest.raises(NotJudgedError):
        stream(path)
    run, report = coco_results.read_predictions(path, dataset)
    assert (len(run.predictions), report.codes) == (60, {"image-id-converted": 30})


@pytest.mark.parametrize("packed", [False, True])
def test_the_digest_is_that_of_the_file_as_it_lies_on_disk(packed, tmp_path):
    data = json.dumps([{"image_id": 1, "score": 0.25}] * 200_000).encode()
    data = gzip.compress(data, 1) if packed else data
    path = tmp_path / "a.json.gz"
    path.write_bytes(data)
    shares = []
    document = stream(path, progress=shares.append)
    assert str(document.digest) == hashlib.sha256(data).hexdigest()
    assert document.tables[""].n_rows == 200_000
    assert shares == sorted(shares)
    assert packed or shares[-1] == 1


def test_damaged_and_endless_gzip_is_refused(tmp_path):
    packed = gzip.compress(json.dumps([{"image_id": row} for row in range(9999)]).encode())
    (tmp_path / "cut.json.gz").write_bytes(packed[:-2000])
    with pytest.raises(FormatError, match="compressed data is damaged"):
        stream(tmp_path / "cut.json.gz")
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(b"[" + b" " * (40 << 20) + b"]"))
    with pytest.raises(LimitError, match="gzip_ratio"):
        stream(tmp_path / "bomb.json.gz")


def test_a_file_over_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(LIMITS, "json_bytes", 1000)
    with pytest.raises(LimitError, match="json_bytes"):
        stream(write(tmp_path / "a.json", [{"image_id": 1}] * 200))


@pytest.mark.parametrize(
    "text", ["", " ", "\ufeff", "[", "[1", "{", '{"a"', '{"a":1', "[] 1", "{} {}", "nothing", '{"a":1,"a":2}', "[{}],"]
)
def test_what_is_no_document_is_not_judged(text, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    with pytest.raises(NotJudgedError):
        stream(path)


def test_a_byte_order_mark_and_blanks_are_skipped(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("\ufeff \n[ ] \n", "utf-8")
    assert stream(path).tables[""].n_rows == 0


def test_a_file_that_shrinks_or_changes_while_it_is_read_is_an_error(tmp_path, small_blocks):
    path = write(tmp_path / "a.json", [{"image_id": row} for row in range(500)])

    def cut_short(_share):
        os.truncate(path, 3000)

    with pytest.raises((FormatError, NotJudgedError)):
        stream(path, progress=cut_short)
    path = write(tmp_path / "b.json", [{"image_id": row} for row in range(500)])

    def rewritten(_share):
        os.utime(path, ns=(1, 1))

    with pytest.raises(FormatError, match="was changed while it was read"):
        stream(path, progress=rewritten)


def test_reading_stops_when_it_is_told_to(tmp_path, small_blocks):
    path = write(tmp_path / "a.json", [{"image_id": row} for row in range(500)])
    told_to = threading.Event()
    shares = []

    def progress(share):
        shares.append(share)
        told_to.set()

    with pytest.raises(FormatError, match="cancelled"):
        stream(path, progress=progress, cancelled=told_to.is_set)
    assert len(shares) == 1


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('[{"image_id":1},{"image_id":1},{"image_id":01}]', "record [2] (byte 43)"),
        ('[{"image_id":1},{"image_id":1} {}]', "record [1] (byte 31)"),
    ],
)
def test_an_error_names_record_and_byte(text, where, tmp_path, dataset):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(FormatError) as caught:
        coco_results.read_predictions(path, dataset)
    assert caught.value.record == where


def test_a_dropped_record_is_named_with_its_byte_by_both_readers(tmp_path, dataset, monkeypatch):
    good_one = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2], "score": 0.5}
    text = "\ufeff [" + json.dumps(good_one) + ", " + json.dumps(good_one | {"bbox": [1]}) + "]"
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    for compiled in (json_records, None):
        monkeypatch.setattr(record_streaming, "json_records", compiled)
        report = coco_results.read_predictions(path, dataset)[1]
        byte = int(report.problems[0].examples[0].split("(byte ")[1].split(")")[0])
        assert path.read_bytes()[byte:].startswith(b'{"image_id"')
        assert "record [1]" in report.problems[0].examples[0]


def test_segmentations_are_decoded_when_looked_at(tmp_path):
    content = good()
    polygons = [[10, 20, 50.5, 20, 50, 60]]
    content["annotations"][0]["segmentation"] = polygons
    gt = coco.read_ground_truth(write(Path(tmp_path) / "gt.json", content))[0].ground_truth
    assert gt.masks == (polygons, None, None, None)
    assert gt.masks[0:1] == (polygons,)
    assert list(gt.masks) == [polygons, None, None, None]
    assert gt.masks.take(np.array([3, 0])) == (None, polygons)
