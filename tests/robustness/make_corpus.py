"""Make a corpus of bad and odd files with a manifest of what must happen, of the shape that `tests.robustness.run` takes.

    python -m tests.robustness.make_corpus FOLDER

Everything is made on the spot from one small good set (three pictures, six labels, three classes, six predictions that are
right). An item is one file, changed in one place; it is named by what is wrong with it.
"""

from __future__ import annotations

import argparse
import copy
import gzip
import json
import pickle
import shutil
import sqlite3
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.formats.pictures import cmyk_jpeg, encoded, jpeg_with_orientation

SIZE = (160, 120)
REJECT, DROP, ACCEPT = "reject", "warn-and-drop", "accept"
SECONDS, MIB = 20, 1500

TRUTH: dict[str, Any] = {
    "info": {"description": "made for tests"},
    "images": [{"id": n, "file_name": f"{name}.jpg", "width": SIZE[0], "height": SIZE[1]} for n, name in enumerate("abc", 1)],
    "annotations": [
        {"id": n, "image_id": (n + 1) // 2, "category_id": (n - 1) % 3 + 1, "bbox": [10 * n, 8 * n, 40, 30], "area": 1200,
         "iscrowd": 0}
        for n in range(1, 7)
    ],
    "categories": [{"id": n, "name": name} for n, name in ((1, "tern"), (2, "gull"), (3, "skua"))],
}  # fmt: skip
FOUND = [
    {"image_id": one["image_id"], "category_id": one["category_id"], "bbox": one["bbox"], "score": 0.9 - 0.1 * place}
    for place, one in enumerate(TRUTH["annotations"])
]


@dataclass
class Corpus:
    """A folder of files and the list of what must happen with each."""

    folder: Path
    items: list[dict[str, Any]] = field(default_factory=list)

    def path(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def add(
        self,
        name: str,
        role: str,
        expected: str,
        words: list[list[str]],
        wrong: str,
        content: bytes | str | None = None,
        **more: Any,
    ) -> None:
        """Write a file and note what must happen; content None means that it is there already."""
        if content is not None:
            self.path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
        item = {"id": f"m{len(self.items) + 1:02}", "file": name, "role": role, "expected": expected, "must_say": words}
        item |= {"wrong": wrong, "max_seconds": SECONDS, "max_rss_mib": MIB}
        self.items.append(item | more)

    def truth(
        self, name: str, expected: str, words: list[list[str]], change: Callable[[dict[str, Any]], Any] | bytes | str, **more: Any
    ) -> None:
        """Add ground truth in COCO, changed by a function or as it is given."""
        content = _changed(TRUTH, change) if callable(change) else change
        more = {"use_with": "_base/preds_perfect.json"} | more
        self.add(f"gt/{name}.json", "gt", expected, words, name.replace("_", " "), content, **more)

    def found(
        self, name: str, expected: str, words: list[list[str]], change: Callable[[list[dict[str, Any]]], Any], **more: Any
    ) -> None:
        """Add predictions in COCO's results."""
        more = {"use_with": "_base/gt.json"} | more
        self.add(f"pred/{name}.json", "predictions", expected, words, name.replace("_", " "), _changed(FOUND, change), **more)


def _changed(good: Any, change: Callable[[Any], Any]) -> str:
    """Return JSON of what ``change`` makes of a copy; a result other than None stands for the whole."""
    content = copy.deepcopy(good)
    result = change(content)
    return json.dumps(content if result is None else result)


def _first(**fields: Any) -> Callable[[Any], None]:
    """Return a change of the first record; ... takes a field out."""

    def change(content: Any) -> None:
        record = (content["annotations"] if isinstance(content, dict) else content)[0]
        for name, value in fields.items():
            if value is ...:
                del record[name]
            else:
                record[name] = value

    return change


def _all(**fields: Any) -> Callable[[Any], None]:
    def change(content: Any) -> None:
        for place, record in enumerate(content["annotations"] if isinstance(content, dict) else content):
            for name, value in fields.items():
                if value is ...:
                    record.pop(name, None)
                else:
                    record[name] = value(record, place) if callable(value) else value

    return change


def _whole(**fields: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change of the document itself; ... takes a part out."""

    def change(content: dict[str, Any]) -> None:
        for name, value in fields.items():
            if value is ...:
                del content[name]
            else:
                content[name] = value

    return change


def make_corpus(folder: Path) -> Path:
    """Write everything into ``folder``; return the manifest."""
    corpus = Corpus(folder)
    _base(corpus)
    _broken_json(corpus)
    _odd_boxes(corpus)
    _odd_identities(corpus)
    _odd_masks(corpus)
    _odd_names(corpus)
    _predictions(corpus)
    _yolo(corpus)
    _xml(corpus)
    _tables(corpus)
    _pictures(corpus)
    _projects(corpus)
    manifest = {"about": __doc__, "base": {"images": 3, "annotations": 6, "categories": 3, "predictions": 6}}
    path = corpus.path("manifest.json")
    path.write_text(json.dumps(manifest | {"items": corpus.items}, indent=1))
    return path


def _base(corpus: Corpus) -> None:
    corpus.path("_base/gt.json").write_text(json.dumps(TRUTH))
    corpus.path("_base/preds_perfect.json").write_text(json.dumps(FOUND))
    for name in "abc":
        corpus.path(f"_base/images/{name}.jpg").write_bytes(encoded(".jpg", *SIZE))


def _broken_json(corpus: Corpus) -> None:
    text = json.dumps(TRUTH)
    corpus.truth("cut_off", REJECT, [["truncated", "JSON", "unexpected end"]], text[: len(text) * 2 // 3])
    corpus.truth("nothing", REJECT, [["empty"]], "")
    corpus.truth("a_page_of_the_web", REJECT, [["JSON"]], "<!doctype html><title>404</title><p>gone</p>")
    corpus.truth("byte_order_mark", ACCEPT, [], b"\xef\xbb\xbf" + text.encode(), metric_check={"ap": 1.0})
    corpus.truth("sixteen_bits", REJECT, [["UTF-16", "UTF-8", "encoding"]], text.encode("utf-16"), also_ok=[ACCEPT])
    corpus.truth("deep", REJECT, [["nest", "depth", "JSON"]], text[:-1] + ', "x": ' + "[" * 50_000 + "]" * 50_000 + "}")
    twice = text[:-1] + ', "annotations": []}'
    corpus.truth("annotations_twice", REJECT, [["duplicate"], ["annotations"]], twice)
    corpus.add("gt/blanks.json.gz", "gt", REJECT, [["too large", "limit", "compressed"]], "a gzip bomb of blanks",
               gzip.compress(text.encode() + b" " * 200_000_000, 9), use_with="_base/preds_perfect.json")  # fmt: skip
    corpus.truth("no_categories", REJECT, [["categories"]], _whole(categories=...))
    corpus.truth("no_images", REJECT, [["images"]], _whole(images=...))
    corpus.truth("results_as_truth", REJECT, [["prediction", "results", "list", "ground truth"]], json.dumps(FOUND))
    corpus.truth("numbers_only", REJECT, [["ground truth", "JSON", "annotations", "list"]], "[1, 2, 3]")


def _odd_boxes(corpus: Corpus) -> None:
    one = {"dropped": 1, "dropped_unit": "annotation"}
    corpus.truth("box_nan", DROP, [["NaN", "finite"], ["box"]], _first(bbox=[10, 8, float("nan"), 30]), **one)
    text = json.dumps(TRUTH).replace("[10, 8, 40, 30]", "[10, 8, 1e999, 30]")
    corpus.truth("box_beyond_floats", DROP, [["infin", "finite", "range"]], text, also_ok=[REJECT], **one)
    corpus.truth("box_huge", DROP, [["range", "limit"]], _first(bbox=[10, 8, 1e12, 30]), **one)
    corpus.truth("box_negative", DROP, [["negative"]], _first(bbox=[50, 38, -40, -30]), **one)
    corpus.truth("box_flat", DROP, [["zero", "empty", "area"]], _first(bbox=[10, 8, 40, 0]), **one)
    corpus.truth("box_outside", DROP, [["outside"]], _first(bbox=[500, 400, 40, 30]), **one)
    corpus.truth("box_over_the_edge", ACCEPT, [], _first(bbox=[125, 8, 40, 30]))
    corpus.truth("corners", ACCEPT, [["xyxy", "corner", "exceed", "outside"]],
                 _all(bbox=lambda record, _: [100, 80, 100 + record["bbox"][2], 80 + record["bbox"][3]]),
                 also_ok=[DROP, REJECT])  # fmt: skip
    corpus.truth("box_of_text", DROP, [["number", "type", "bbox"]], _first(bbox=["10", "8", "40", "30"]), also_ok=[ACCEPT], **one)
    corpus.truth("box_of_three", DROP, [["bbox"], ["3 values", "four"]], _first(bbox=[10, 8, 40]), **one)
    corpus.truth("no_box", DROP, [["box"]], _first(bbox=...), **one)


def _odd_identities(corpus: Corpus) -> None:
    one = {"dropped": 1, "dropped_unit": "annotation"}
    right = {"metric_check": {"ap": 1.0}}
    corpus.truth("image_id_twice", REJECT, [["duplicate"], ["image"]], lambda content: content["images"][1].update(id=1))
    corpus.truth("label_id_twice", ACCEPT, [["duplicate"]], lambda content: content["annotations"][1].update(id=1),
                 also_ok=[REJECT], **right)  # fmt: skip
    corpus.truth("label_ids_from_zero", ACCEPT, [], _all(id=lambda _, place: place), **right)
    corpus.truth("label_ids_missing", ACCEPT, [], _all(id=...), **right)
    corpus.truth("category_unknown", DROP, [["category"], ["4711"]], _first(category_id=4711), **one)
    corpus.truth("image_unknown", DROP, [["image"], ["4711"]], _first(image_id=4711), **one)
    corpus.truth("image_id_as_text", ACCEPT, [["string", "convert", "text"]],
                 _all(image_id=lambda record, _: str(record["image_id"])), also_ok=[REJECT])  # fmt: skip
    corpus.truth("neither_area_nor_crowd", ACCEPT, [], _all(area=..., iscrowd=...), **right)
    corpus.truth("no_labels", ACCEPT, [], _whole(annotations=[]))
    corpus.truth("a_record_is_a_number", DROP, [["object"]], lambda content: content["annotations"].__setitem__(0, 7), **one)


def _odd_masks(corpus: Corpus) -> None:
    width, height = SIZE
    words = [["RLE", "mask", "segmentation", "polygon", "size"]]
    one = {"dropped": 1, "dropped_unit": "mask"}

    def runs(counts: Any, size: list[int] | None = None) -> Callable[[Any], None]:
        return _first(segmentation={"size": size or [height, width], "counts": counts}, iscrowd=1)

    corpus.truth("runs_too_long", DROP, words, runs([0, width * height * 2]), **one)
    corpus.truth("runs_too_short", DROP, words, runs([5, 6]), **one)
    corpus.truth("runs_negative", DROP, words, runs([-5, width * height + 5]), **one)
    corpus.truth("mask_without_height", DROP, words, runs([0, 0], [0, width]), **one)
    corpus.truth("mask_without_end", DROP, words, runs([0, 2**31], [2**31, 1]), **one)
    corpus.truth("runs_cut_off", DROP, words, runs("0Pn"), **one)
    corpus.truth("polygon_nan", DROP, [["NaN", "finite", "polygon"]], _first(segmentation=[[1, 2, float("nan"), 4, 5, 6]]), **one)
    corpus.truth(
        "polygon_far_away",
        DROP,
        [["range", "outside", "polygon", "segmentation"]],
        _first(segmentation=[[1, 2, 3e8, 4, 5, 6]]),
        **one,
    )
    corpus.truth("polygon_of_two_points", DROP, [["polygon", "point"]], _first(segmentation=[[1, 2, 3, 4]]), **one)
    corpus.truth("crowd_with_a_polygon", ACCEPT, [], _first(segmentation=[[10, 8, 50, 8, 50, 38]], iscrowd=1))


def _odd_names(corpus: Corpus) -> None:
    odd = ["<b>te\u202ern</b>", "line\nbreak", "\U0001f426 gull"]

    def rename(content: dict[str, Any]) -> None:
        for category, name in zip(content["categories"], odd, strict=True):
            category["name"] = name

    corpus.truth("names_of_every_kind", ACCEPT, [], rename)
    corpus.truth("file_name_climbs_out", DROP, [["outside"]],
                 lambda content: content["images"][0].update(file_name="../../../../etc/hostname"),
                 dropped=1, dropped_unit="image")  # fmt: skip
    corpus.truth("size_is_not_the_picture", ACCEPT, [["size"]],
                 lambda content: content["images"][0].update(width=4 * SIZE[0], height=4 * SIZE[1]),
                 use_with=None, images="_base/images")  # fmt: skip


def _predictions(corpus: Corpus) -> None:
    one = {"dropped": 1, "dropped_unit": "prediction"}
    corpus.found("none", ACCEPT, [], lambda _: [], metric_check={"ap": 0.0})
    corpus.found(
        "box_nan", DROP, [["NaN", "finite"]], _first(bbox=[float("nan"), 8, 40, 30]), metric_check={"ap_not": 1.0}, **one
    )
    corpus.found("score_nan", DROP, [["score"]], _first(score=float("nan")), **one)
    corpus.found("score_in_percent", ACCEPT, [["score"]], _all(score=lambda record, _: 100 * record["score"]), also_ok=[REJECT])
    corpus.found("score_missing", DROP, [["score"]], _first(score=...), **one)
    corpus.found("image_unknown", DROP, [["image"], ["4711"]], _first(image_id=4711), **one)
    corpus.found(
        "of_another_set", REJECT, [["match", "none of", "unknown"]], _all(image_id=lambda record, _: record["image_id"] + 500)
    )
    corpus.found("in_a_whole_document", ACCEPT, [], lambda content: TRUTH | {"annotations": [
        record | {"id": place, "area": 1200, "iscrowd": 0} for place, record in enumerate(content, 1)]},
        metric_check={"ap": 1.0})  # fmt: skip
    names = {one["id"]: one["name"] for one in TRUTH["categories"]}
    corpus.found(
        "category_by_name", ACCEPT, [], _all(category_id=lambda record, _: names[record["category_id"]]), also_ok=[REJECT]
    )


def _yolo(corpus: Corpus) -> None:
    good = "0 0.5 0.5 0.2 0.2\n"
    yaml = "names: [tern, gull, skua]\nnc: 3\ntrain: images\nval: images\n"
    one = {"dropped": 1, "dropped_unit": "line"}

    def add(name: str, expected: str, words: list[list[str]], lines: str | bytes, description: str = yaml, **more: Any) -> None:
        folder = f"yolo/{name}"
        corpus.path(f"{folder}/data.yaml").write_text(description)
        label = f"{folder}/labels/a.txt"
        more = {"use_with": None, "images": "_base/images", "folder": folder} | more
        corpus.add(label, "gt", expected, words, name.replace("_", " "), lines, **more)

    add("four_columns", DROP, [["line 2", "columns"]], good + "1 0.5 0.5 0.2\n" + good, **one)
    add("windows_lines", ACCEPT, [], b"\xef\xbb\xbf" + (good + "\n" + good).replace("\n", "\r\n").encode())
    add("pixels", DROP, [["normal", "0..1", "greater than 1"]], good + "1 80 60 32 24\n", **one)
    add("class_beyond_the_list", DROP, [["class"], ["7"]], good + "7 0.5 0.5 0.2 0.2\n", **one)
    add("words", DROP, [["line 2"]], good + "1 a b c d\n", **one)
    ran = 'names: !!python/object/apply:os.system ["touch RAN_FROM_YAML"]\nnc: 3\n'
    add("yaml_that_runs", REJECT, [["yaml", "tag"]], good, ran, must_not_exist="RAN_FROM_YAML")
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
    )
    add("yaml_of_aliases", REJECT, [["yaml", "alias", "too"]], good, bomb + "names: *a9\n")


def _xml(corpus: Corpus) -> None:
    def voc(box: str, head: str = "", name: str = "tern") -> str:
        return (
            f'<?xml version="1.0"?>{head}<annotation><filename>a.jpg</filename><size><width>160</width><height>120</height>'
            f"<depth>3</depth></size><object><name>{name}</name><bndbox>{box}</bndbox></object></annotation>"
        )

    box = "<xmin>10</xmin><ymin>8</ymin><xmax>50</xmax><ymax>38</ymax>"
    more = {"use_with": None, "images": "_base/images"}

    def add(name: str, expected: str, words: list[list[str]], content: str, **others: Any) -> None:
        corpus.add(f"voc/{name}.xml", "gt", expected, words, name.replace("_", " "), content, **more, **others)

    laughs = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    add("entities", REJECT, [["entit", "DTD", "DOCTYPE"]], voc(box, laughs, "&c;"))
    add("entity_of_a_file", REJECT, [["entit", "DTD", "DOCTYPE"]],
        voc(box, '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hostname">]>', "&x;"))  # fmt: skip
    add("decimals", ACCEPT, [], voc(box.replace("10", "10.25")))
    add(
        "edges_swapped", DROP, [["xmin", "negative", "width"]], voc(box.replace(">10<", ">60<")), dropped=1, dropped_unit="object"
    )
    add("cut_off", REJECT, [["XML", "line"]], voc(box)[:150])
    deep = "<annotation>" + "<x>" * 5_000 + "</x>" * 5_000 + "</annotation>"
    add("deep", REJECT, [["depth", "nest", "limit", "XML"]], deep)


def _tables(corpus: Corpus) -> None:
    more = {"use_with": "_base/gt.json"}
    corpus.add("meta/open_quote.csv", "metadata", REJECT, [["quote", "line", "row"]], "a quote that is never closed",
               'file_name,site\na.jpg,"north\nb.jpg,south\nc.jpg,west\n', also_ok=[DROP], **more)  # fmt: skip
    corpus.add("meta/formulas.csv", "metadata", ACCEPT, [], "cells that run",
               'file_name,site\na.jpg,=1+1\nb.jpg,"@SUM(A1)"\nc.jpg,+cmd\n', export_check="no cell runs", **more)  # fmt: skip
    corpus.add("meta/other_encoding.csv", "metadata", REJECT, [["UTF-8", "encoding"]], "text that is not UTF-8",
               "file_name,site\na.jpg,Zürich\nb.jpg,Genève\n".encode("latin-1"), also_ok=[ACCEPT], **more)  # fmt: skip
    corpus.add("meta/column_twice.csv", "metadata", REJECT, [["site", "column", "twice", "repeat"]], "a column twice",
               "file_name,site,site\na.jpg,x,y\n", **more)  # fmt: skip
    corpus.add("meta/nothing.csv", "metadata", REJECT, [["empty", "header"]], "an empty table", "", **more)


def _pictures(corpus: Corpus) -> None:
    jpeg = encoded(".jpg", *SIZE)
    gone = {"dropped": 1, "dropped_unit": "image view"}

    def add(name: str, expected: str, words: list[list[str]], content: bytes, **others: Any) -> None:
        others = {"use_with": "_base/gt.json", "replaces": "a.jpg"} | others
        corpus.add(f"image/{name}", "image", expected, words, name, content, **others)

    unreadable = [["truncated", "unreadable", "decode", "empty"]]
    add("cut_off.jpg", DROP, unreadable, jpeg[: len(jpeg) // 2], **gone)
    add("nothing.jpg", DROP, unreadable, b"", **gone)
    add("bomb.png", DROP, [["pixels", "limit"]], _blank_png(30_000, whole=True), **gone)
    add("promises.png", DROP, [["pixels", "limit"]], _blank_png(10_000, whole=False), max_rss_mib=700, **gone)
    add("png_called.jpg", ACCEPT, [], encoded(".png", *SIZE))
    add("turned.jpg", ACCEPT, [], jpeg_with_orientation(*SIZE, 6))
    grey = np.linspace(0, 65_535, SIZE[0] * SIZE[1]).reshape(SIZE[::-1]).astype(np.uint16)
    add("sixteen_bits.png", ACCEPT, [], _encoded(".png", grey))
    add("four_inks.jpg", ACCEPT, [], cmyk_jpeg(*SIZE))
    raw = corpus.folder / "image" / b"gull_\xe9.jpg".decode("utf-8", "surrogateescape")
    raw.write_bytes(jpeg)
    corpus.add("image/gull_%E9.jpg", "image", ACCEPT, [], "a name that is not UTF-8", None, file_is_percent_encoded=True,
               use_with="_base/gt.json", replaces="a.jpg")  # fmt: skip


def _encoded(ending: str, pixels: Any) -> bytes:
    import cv2

    return bytes(cv2.imencode(ending, pixels)[1].tobytes())


def _blank_png(side: int, *, whole: bool) -> bytes:
    """Return a black and white PNG of one colour, or only its header and an end."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    packer = zlib.compressobj(9)
    row = bytes(1 + side // 8)
    body = b"".join(packer.compress(row) for _ in range(side if whole else 1)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


class _Touches:
    """Leaves a file behind where a pickle of it is read."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, ("RAN_FROM_PICKLE", "w"))


def _projects(corpus: Corpus) -> None:
    def add(name: str, words: list[list[str]], wrong: str, content: bytes | None, **more: Any) -> None:
        corpus.add(f"project/{name}", "project", REJECT, words, wrong, content, use_with=None, **more)

    good = corpus.path("project/good.diag")
    call = [
        sys.executable,
        "-m",
        "diag_gui",
        "project",
        "create",
        str(good),
        "--gt",
        str(corpus.folder / "_base/gt.json"),
        "--quiet",
    ]
    subprocess.run(call, check=True, capture_output=True)
    add("text.diag", [["not a database", "not a project"]], "a text file", b"dear diary\n" * 100)
    damaged = bytearray(good.read_bytes())
    noise = np.random.default_rng(5).integers(0, 256, 4096, np.uint8).tobytes()
    damaged[4096:8192] = noise
    damaged[-4096:] = noise
    add("damaged.diag", [["damaged", "corrupt", "malformed"], ["backup", "recover", "restore"]], "pages of noise", bytes(damaged))
    newer = corpus.path("project/newer.diag")
    shutil.copyfile(good, newer)
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 9999")
    connection.close()
    add("newer.diag", [["newer", "version"]], "written by a version to come", None)
    add("pickle.npz", [["pickle", "not a", "format", "invalid"]], "a pickle that runs", pickle.dumps(_Touches()),
        must_not_exist="RAN_FROM_PICKLE")  # fmt: skip
    with zipfile.ZipFile(corpus.path("project/climbs_out.zip"), "w") as archive:
        archive.writestr("../../fell_out.txt", "x")
        archive.writestr("gt.json", json.dumps(TRUTH))
    add(
        "climbs_out.zip",
        [["outside", "unsafe", "path"]],
        "an entry that climbs out of the folder",
        None,
        must_not_exist="../../fell_out.txt",
    )


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    print(make_corpus(parser.parse_args().folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
