"""Tables of boxes, CSV and Parquet, and Open Images."""

from __future__ import annotations

import io

import pyarrow
import pyarrow.parquet

from tests.robustness.corpus.items import ACCEPT, DROP, REJECT, Corpus

Words = list[list[str]]
HEAD = "filename,class,xmin,ymin,xmax,ymax\n"
GOOD = "a.jpg,tern,10,8,50,38\n"
ROW = {"dropped": 1, "dropped_unit": "row"}
COLUMNS = {
    "image": ["a.jpg", "b.jpg"],
    "label": ["tern", "gull"],
    "x1": [10.0, 5.0],
    "y1": [8.0, 5.0],
    "x2": [50.0, 9.0],
    "y2": [38.0, 7.5],
}


def add_to(corpus: Corpus) -> None:
    """Add the items of this module."""
    _rows(corpus)
    _tables(corpus)
    _found(corpus)
    _parquet(corpus)
    _open_images(corpus)


def _rows(corpus: Corpus) -> None:
    for name, row in {
        "edge_nan": "a.jpg,tern,nan,8,50,38",
        "edge_infinite": "a.jpg,tern,1e999,8,50,38",
        "edge_a_word": "a.jpg,tern,left,8,50,38",
        "edge_empty": "a.jpg,tern,,8,50,38",
        "edges_swapped": "a.jpg,tern,90,8,50,38",
        "edge_a_formula": "a.jpg,tern,=1+1,8,50,38",
        "edge_of_thousands": 'a.jpg,tern,"1,000.5",8,5000,38',
        "row_short": "a.jpg,tern,10,8",
        "row_long": "a.jpg,tern,10,8,50,38,7,7",
        "picture_empty": ",tern,10,8,50,38",
        "class_empty": "a.jpg,,10,8,50,38",
        "edge_of_hundreds_of_digits": f"a.jpg,tern,{10**400},8,50,38",
    }.items():
        corpus.labels(f"table/{name}.csv", DROP, [["line 3", "row"]], HEAD + GOOD + row + "\n" + GOOD, **ROW)


def _tables(corpus: Corpus) -> None:
    def add(name: str, expected: str, words: Words, content: str | bytes, **more: object) -> None:
        corpus.labels(f"table/{name}.csv", expected, words, content, **more)

    add("header_only", ACCEPT, [], HEAD, also_ok=[REJECT])
    add("nothing", REJECT, [["empty"]], "")
    add("column_twice", REJECT, [["xmin", "twice", "column"]], HEAD.replace("ymin", "xmin") + GOOD)
    add("columns_missing", REJECT, [["column", "format", "recognis"]], "filename,class,xmin,ymin\na.jpg,tern,10,8\n")
    add("open_quote", REJECT, [["quote", "line"]], HEAD + GOOD + 'a.jpg,"tern,10,8,50,38\n' + GOOD, also_ok=[DROP])
    add(
        "zeros",
        DROP,
        [["line 3", "NUL", "zero", "character"]],
        HEAD + GOOD + "a.jpg,te\0rn,10,8,50,38\n",
        also_ok=[REJECT, ACCEPT],
    )
    add(
        "a_cell_of_ten_megabytes",
        REJECT,
        [["table_cell_chars", "cell", "limit", "name_chars"]],
        HEAD + GOOD + "a.jpg," + "x" * 10_000_000 + ",10,8,50,38\n",
        also_ok=[DROP],
    )
    add(
        "ten_thousand_columns",
        REJECT,
        [["column", "limit"]],
        HEAD.strip() + "".join(f",c{n}" for n in range(10_000)) + "\n" + GOOD,
    )
    add("semicolons_and_commas", ACCEPT, [], (HEAD + GOOD).replace(",", ";").replace("10", "10,5"))
    add("byte_order_mark", ACCEPT, [], b"\xef\xbb\xbf" + (HEAD + GOOD).replace("\n", "\r\n").encode())
    add("in_latin_1", REJECT, [["UTF-8", "encod"]], (HEAD + GOOD.replace("tern", "Möwe")).encode("latin-1"), also_ok=[ACCEPT])
    add("in_sixteen_bits", REJECT, [["UTF-8", "UTF-16", "encod"]], (HEAD + GOOD).encode("utf-16"), also_ok=[ACCEPT])
    add("class_a_formula", ACCEPT, [], HEAD + "a.jpg,=1+1,10,8,50,38\n")
    add("class_of_lines", ACCEPT, [], HEAD + 'a.jpg,"two\nlines",10,8,50,38\n' + GOOD, also_ok=[DROP])
    add("picture_climbs_out", DROP, [["outside"]], HEAD + GOOD + "../../../../etc/hostname,tern,10,8,50,38\n", also_ok=[ACCEPT])
    add("blank_lines", ACCEPT, [], HEAD + "\n" + GOOD + "\n\n" + GOOD + "\n")


def _found(corpus: Corpus) -> None:
    head, good = "filename,class,score,xmin,ymin,xmax,ymax\n", "a.jpg,tern,0.9,10,8,50,38\n"
    more = {"dropped": 1, "dropped_unit": "prediction"}
    for name, row in {
        "score_nan": "a.jpg,gull,nan,10,8,50,38",
        "score_empty": "a.jpg,gull,,10,8,50,38",
        "score_a_word": "a.jpg,gull,high,10,8,50,38",
        "edge_nan": "a.jpg,gull,0.5,nan,8,50,38",
        "picture_unknown": "zebra.jpg,gull,0.5,10,8,50,38",
        "class_unknown": "a.jpg,heron,0.5,10,8,50,38",
        "row_short": "a.jpg,gull,0.5",
    }.items():
        corpus.add(
            f"pred/table_{name}.csv",
            "predictions",
            DROP,
            [["line 3", "row", "zebra", "heron"]],
            "table " + name.replace("_", " "),
            head + good + row + "\n" + good,
            use_with="_base/gt.json",
            **more,
        )


def _parquet(corpus: Corpus) -> None:
    good = _written(COLUMNS)
    words = [["parquet", "damaged", "read"]]

    def add(name: str, expected: str, demanded: Words, content: bytes, **more: object) -> None:
        corpus.labels(f"parquet/{name}.parquet", expected, demanded, content, **more)

    add("good", ACCEPT, [], good)
    add("cut_off", REJECT, words, good[: len(good) // 2])
    add("nothing", REJECT, [["empty", "parquet"]], b"")
    add("marks_only", REJECT, words, b"PAR1PAR1")
    add("footer_too_long", REJECT, words, good[:-8] + (2**31 - 1).to_bytes(4, "little") + b"PAR1")
    add("footer_of_noise", REJECT, words, good[:-200] + bytes(n * 7 % 251 for n in range(192)) + good[-8:])
    add("pages_of_noise", REJECT, words, good[:4] + bytes(n * 7 % 251 for n in range(120)) + good[124:], also_ok=[DROP])
    add("edge_nan", DROP, [["finite", "NaN", "row"]], _written(COLUMNS | {"x1": [10.0, float("nan")]}), **ROW)
    add("edge_null", DROP, [["row", "x1", "number", "missing"]], _written(COLUMNS | {"x1": [10.0, None]}), **ROW)
    add("edge_of_text", DROP, [["x1", "number", "row"]], _written(COLUMNS | {"x1": ["ten", "five"]}), also_ok=[REJECT])
    add(
        "edge_of_lists",
        REJECT,
        [["x1", "number", "row", "column", "list"]],
        _written(COLUMNS | {"x1": [[10.0], [5.0]]}),
        also_ok=[DROP],
    )
    add(
        "edges_of_truth_values",
        DROP,
        [["x1", "number", "row"]],
        _written(COLUMNS | {"x1": [True, False]}),
        also_ok=[REJECT, ACCEPT],
    )
    add("label_null", DROP, [["row", "class", "label"]], _written(COLUMNS | {"label": ["tern", None]}), **ROW)
    add("label_of_bytes", ACCEPT, [], _written(COLUMNS | {"label": [b"tern", b"\xff\xfe"]}), also_ok=[DROP, REJECT])
    add("no_rows", ACCEPT, [], _written({name: values[:0] for name, values in COLUMNS.items()}), also_ok=[REJECT])
    add("no_columns", REJECT, [["column", "format", "recognis", "empty"]], _written({}))
    add("packed_a_thousandfold", REJECT, [["limit", "too large"]], _packed_a_thousandfold(), max_seconds=30)


def _packed_a_thousandfold() -> bytes:
    """Return a table of 210 million cells in little more than a megabyte."""
    part = pyarrow.table(
        {name: [values[0]] * 50_000 for name, values in (COLUMNS | {f"x{n}": [1.0] for n in range(3, 18)}).items()}
    )
    target = io.BytesIO()
    with pyarrow.parquet.ParquetWriter(target, part.schema, compression="zstd") as writer:
        for _ in range(200):
            writer.write_table(part)
    return target.getvalue()


def _written(columns: dict[str, list[object]]) -> bytes:
    return _as_bytes(pyarrow.table(columns))


def _as_bytes(table: pyarrow.Table) -> bytes:
    target = io.BytesIO()
    pyarrow.parquet.write_table(table, target, compression="zstd")
    return target.getvalue()


def _open_images(corpus: Corpus) -> None:
    head = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n"
    good = "a,xclick,/m/01,1,0.1,0.5,0.2,0.6,0,0,0,0,0\n"
    for name, row in {
        "edge_nan": good.replace("0.1,", "nan,", 1),
        "edge_empty": good.replace("0.1,", ",", 1),
        "edge_above_one": good.replace("0.5", "40.5"),
        "edges_swapped": good.replace("0.1,", "0.9,", 1),
        "name_empty": good.replace("/m/01", ""),
        "row_short": "a,xclick,/m/01,1,0.1\n",
    }.items():
        corpus.labels(f"openimages/{name}.csv", DROP, [["line 3", "row"]], head + good + row + good, **ROW)
    corpus.labels("openimages/decimal_commas.csv", ACCEPT, [], head + 'a,xclick,/m/01,1,"0,1","0,5","0,2","0,6",0,0,0,0,0\n')
    corpus.labels("openimages/group_unknown.csv", ACCEPT, [], head + good.replace("0,0,0,0,0", "-1,-1,-1,-1,-1"), also_ok=[DROP])
