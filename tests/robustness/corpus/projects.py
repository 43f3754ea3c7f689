"""Project files that are none, are damaged, come from elsewhere, or would run something."""

from __future__ import annotations

import json
import pickle
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.robustness.corpus.items import ACCEPT, REJECT, TRUTH, Corpus


class _Touches:
    """Leaves a file behind where a pickle of it is read."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, ("RAN_FROM_PICKLE", "w"))


def add_to(corpus: Corpus) -> None:
    """Add the items of this module."""

    def add(name: str, words: list[list[str]], wrong: str, content: bytes | None, expected: str = REJECT, **more: Any) -> None:
        corpus.add(f"project/{name}", "project", expected, words, wrong, content, use_with=None, **more)

    good = corpus.path("project/good.diag")
    program = [sys.executable, "-m", "diag_gui", "project", "create", str(good)]
    subprocess.run([*program, "--gt", str(corpus.folder / "_base/gt.json"), "--quiet"], check=True, capture_output=True)
    data = good.read_bytes()
    add("good.diag", [], "nothing", None, ACCEPT)
    add("text.diag", [["not a database", "not a project"]], "a text file", b"dear diary\n" * 100)
    add("nothing.diag", [["empty", "not a project", "not a database"]], "nothing", b"")
    add(
        "cut_off.diag",
        [["damaged", "corrupt", "malformed", "not a database"], ["backup", "recover", "restore", "copy"]],
        "cut off",
        data[: len(data) // 2],
    )
    add("head_only.diag", [["damaged", "corrupt", "malformed", "not a database", "not a project"]], "a head only", data[:100])
    damaged = bytearray(data)
    noise = np.random.default_rng(5).integers(0, 256, 4096, np.uint8).tobytes()
    damaged[4096:8192] = noise
    damaged[-4096:] = noise
    add("damaged.diag", [["damaged", "corrupt", "malformed"], ["backup", "recover", "restore"]], "pages of noise", bytes(damaged))
    _changed(corpus, "newer.diag", "PRAGMA user_version = 9999")
    add("newer.diag", [["newer", "version"]], "written by a version to come", None)
    _changed(corpus, "of_negative_version.diag", "PRAGMA user_version = -5")
    add("of_negative_version.diag", [["version", "not a project", "damaged"]], "a version below nothing", None)
    _changed(corpus, "of_another_program.diag", "PRAGMA application_id = 252006674")
    add("of_another_program.diag", [["not a project", "another"]], "a database of another program", None)
    _changed(corpus, "with_a_trigger.diag", f"CREATE TRIGGER later AFTER INSERT ON {_table(good)} BEGIN SELECT 1; END")
    add("with_a_trigger.diag", [["trigger"]], "a trigger", None)
    _changed(corpus, "with_a_view.diag", "CREATE VIEW looks AS SELECT 1")
    add("with_a_view.diag", [["view"]], "a view", None)
    _changed(corpus, "without_a_table.diag", f"DROP TABLE {_table(good)}")
    add("without_a_table.diag", [["table", "damaged", "missing", _table(good)]], "a table less", None)
    blank = corpus.path("project/blank.diag")
    blank.unlink(missing_ok=True)
    with sqlite3.connect(blank) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    add("blank.diag", [["not a project"]], "a database of no program", None)
    add(
        "pickle.npz",
        [["pickle", "not a", "format", "invalid"]],
        "a pickle that runs",
        pickle.dumps(_Touches()),
        must_not_exist="RAN_FROM_PICKLE",
    )
    _zip(corpus.path("project/climbs_out.zip"), "../../fell_out.txt")
    add(
        "climbs_out.zip",
        [["outside", "unsafe", "path"]],
        "an entry that climbs out of the folder",
        None,
        must_not_exist="../../fell_out.txt",
    )
    _zip(corpus.path("project/absolute.zip"), "/tmp/fell_out_of_the_corpus.txt")
    add(
        "absolute.zip",
        [["outside", "unsafe", "path", "not a"]],
        "an entry with an absolute path",
        None,
        must_not_exist="/tmp/fell_out_of_the_corpus.txt",
    )
    add("truth.diag", [["not a project", "not a database"]], "ground truth", json.dumps(TRUTH).encode())


def _table(project: Path) -> str:
    """Return the name of the first table."""
    connection = sqlite3.connect(project)
    name = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
    ).fetchone()[0]
    connection.close()
    return str(name)


def _changed(corpus: Corpus, name: str, statement: str) -> None:
    path = corpus.path(f"project/{name}")
    shutil.copyfile(corpus.folder / "project/good.diag", path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(statement)
    connection.commit()
    connection.close()


def _zip(path: Path, entry: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "x")
        archive.writestr("gt.json", json.dumps(TRUTH))
