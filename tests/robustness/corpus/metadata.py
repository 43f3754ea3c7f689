"""Tables about pictures: CSV, TSV, JSON, JSON lines, Parquet."""

from __future__ import annotations

import io
import json

import pyarrow
import pyarrow.parquet

from tests.robustness.corpus.items import ACCEPT, DROP, REJECT, RIGHT, Corpus

Words = list[list[str]]


def add_to(corpus: Corpus) -> None:
    """Add the items of this module."""

    def add(name: str, expected: str, words: Words, content: str | bytes, **more: object) -> None:
        wrong = name.rpartition(".")[0].replace("_", " ")
        corpus.add(f"meta/{name}", "metadata", expected, words, wrong, content, use_with="_base/gt.json", **more)

    add(
        "open_quote.csv",
        REJECT,
        [["quote", "line", "row"]],
        'file_name,site\na.jpg,"north\nb.jpg,south\nc.jpg,west\n',
        also_ok=[DROP],
    )
    add(
        "formulas.csv",
        ACCEPT,
        [],
        'file_name,site\na.jpg,=1+1\nb.jpg,"@SUM(A1)"\nc.jpg,+cmd\n',
        export_check="no cell runs",
        **RIGHT,
    )
    add(
        "formulas_behind_blanks.csv",
        ACCEPT,
        [],
        'file_name,site\na.jpg,"\t=1+1"\nb.jpg,"\r=1+1"\nc.jpg,-2+3\n',
        export_check="no cell runs",
        **RIGHT,
    )
    add(
        "formula_as_a_column.csv", ACCEPT, [], "file_name,=1+1\na.jpg,x\nb.jpg,y\nc.jpg,z\n", export_check="no cell runs", **RIGHT
    )
    add(
        "other_encoding.csv",
        REJECT,
        [["UTF-8", "encoding"]],
        "file_name,site\na.jpg,Zürich\nb.jpg,Genève\n".encode("latin-1"),
        also_ok=[ACCEPT],
    )
    add(
        "sixteen_bits.csv", REJECT, [["UTF-8", "UTF-16", "encod"]], "file_name,site\na.jpg,x\n".encode("utf-16"), also_ok=[ACCEPT]
    )
    add("column_twice.csv", REJECT, [["site", "column", "twice", "repeat"]], "file_name,site,site\na.jpg,x,y\n")
    add("column_without_a_name.csv", ACCEPT, [], "file_name,,site\na.jpg,1,y\n", also_ok=[REJECT], **RIGHT)
    add("nothing.csv", REJECT, [["empty", "header"]], "")
    add("header_only.csv", REJECT, [["row", "empty", "no image", "match"]], "file_name,site\n", also_ok=[ACCEPT])
    add(
        "rows_of_all_lengths.csv",
        DROP,
        [["line 3", "row", "values", "column"]],
        "file_name,site\na.jpg,x\nb.jpg\nc.jpg,y,z\n",
        also_ok=[REJECT, ACCEPT],
    )
    add(
        "picture_twice.csv",
        ACCEPT,
        [["twice", "duplicate", "same", "more than one"]],
        "file_name,site\na.jpg,x\na.jpg,y\nb.jpg,z\nc.jpg,z\n",
        also_ok=[REJECT, DROP],
    )
    add("other_pictures.csv", REJECT, [["match", "none", "image"]], "file_name,site\nq.jpg,x\nr.jpg,y\n", also_ok=[ACCEPT])
    add("a_cell_of_ten_megabytes.csv", REJECT, [["cell", "limit"]], "file_name,site\na.jpg," + "x" * 10_000_000 + "\n")
    add("ten_thousand_columns.csv", REJECT, [["column", "limit"]], "file_name" + "".join(f",c{n}" for n in range(10_000)) + "\n")
    add("zeros.csv", ACCEPT, [], "file_name,site\na.jpg,x\0y\nb.jpg,z\n", also_ok=[REJECT, DROP])
    add("numbers_beyond_floats.csv", ACCEPT, [], "file_name,n\na.jpg,1e999\nb.jpg,nan\nc.jpg,-inf\n", **RIGHT)
    add("numbers_of_hundreds_of_digits.csv", ACCEPT, [], f"file_name,n\na.jpg,{10**300}\nb.jpg,{10**400}\nc.jpg,1\n", **RIGHT)
    add("times_that_are_none.csv", ACCEPT, [], "file_name,t\na.jpg,2024-02-30\nb.jpg,2024-01-01\nc.jpg,0000-00-00\n", **RIGHT)
    add(
        "times_out_of_reach.csv",
        ACCEPT,
        [],
        "file_name,t\na.jpg,9999-12-31T23:59:60Z\nb.jpg,0001-01-01\nc.jpg,1900-01-01T00:00:00+14:00\n",
        **RIGHT,
    )
    add("a_column_called_class.csv", ACCEPT, [], "file_name,class,score,tag\na.jpg,x,1,y\n", **RIGHT)
    add("semicolons.csv", ACCEPT, [], "file_name;site\na.jpg;x\nb.jpg;y\n", **RIGHT)
    add("tabs.tsv", ACCEPT, [], "file_name\tsite\na.jpg\tx\nb.jpg\ty\n", **RIGHT)
    add("a_picture.csv", REJECT, [["UTF-8", "encod", "line", "table"]], b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    rows = [{"file_name": "a.jpg", "n": 1, "site": "x"}, {"file_name": "b.jpg", "n": None}]
    add("good.json", ACCEPT, [], json.dumps(rows), **RIGHT)
    add("by_picture.json", ACCEPT, [], json.dumps({"a.jpg": {"n": 1}, "b.jpg": {"n": 2}}), also_ok=[REJECT])
    add("cut_off.json", REJECT, [["JSON"]], json.dumps(rows)[:40])
    add("a_number_among_them.json", REJECT, [["object", "row", "record"]], json.dumps([*rows, 7]), also_ok=[DROP])
    add("values_that_nest.json", ACCEPT, [], json.dumps([rows[0] | {"n": {"a": [1, {"b": 2}]}}, rows[1]]), also_ok=[DROP, REJECT])
    add("deep.json", REJECT, [["nest", "depth", "JSON"]], '[{"file_name": "a.jpg", "n": ' + "[" * 50_000 + "]" * 50_000 + "}]")
    add(
        "whole_numbers_beyond_64_bits.json",
        ACCEPT,
        [],
        json.dumps([{"file_name": "a.jpg", "n": 10**30}, {"file_name": "b.jpg", "n": 1}]),
        **RIGHT,
    )
    add(
        "half_a_pair.json",
        ACCEPT,
        [],
        '[{"file_name": "a.jpg", "n": "\\ud800"}, {"file_name": "b.jpg", "n": "x"}]',
        also_ok=[REJECT, DROP],
    )
    add("key_twice.json", REJECT, [["duplicate", "twice"]], '[{"file_name": "a.jpg", "n": 1, "n": 2}]', also_ok=[DROP])
    add(
        "a_bad_line.jsonl",
        REJECT,
        [["line 2"]],
        json.dumps(rows[0]) + '\n{"file_name": \n' + json.dumps(rows[1]) + "\n",
        also_ok=[DROP],
    )
    add("blank_lines.jsonl", ACCEPT, [], json.dumps(rows[0]) + "\n\n" + json.dumps(rows[1]) + "\n\n", **RIGHT)
    target = io.BytesIO()
    pyarrow.parquet.write_table(
        pyarrow.table({"file_name": ["a.jpg", "b.jpg"], "n": [[1], [2, 3]], "s": [{"x": 1}, None]}), target
    )
    good = target.getvalue()
    add("values_that_nest.parquet", ACCEPT, [], good, also_ok=[REJECT, DROP])
    add("cut_off.parquet", REJECT, [["parquet"]], good[:-40])
    add("noise.parquet", REJECT, [["parquet"]], b"PAR1" + bytes(n * 7 % 251 for n in range(500)) + b"PAR1")
