"""Throw a corpus of bad files at the program and compare what happens with what its manifest says must.

    python -m tests.robustness.run MANIFEST [--only ID ...] [--verbose] [--forked]

Each file is copied to a neutral name first, and every path is taken out of the text before the demanded words are looked for.
Calls: ground truth, ``evaluate F PARTNER`` or ``validate F``; predictions, ``evaluate PARTNER F``; metadata, ``evaluate PARTNER
PREDICTIONS --metadata F``; a picture in the place of another, ``validate GT --images DIR``; a project, ``project F --json -``.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from tests.robustness.forked import ForkedCalls, limited, waited

ADDRESS_SPACE = 4 << 30
GOOD_PREDICTIONS = "_base/preds_perfect.json"
BASE_GROUND_TRUTH = "_base/gt.json"
BASE_IMAGES = "_base/images"


@dataclass
class Outcome:
    """What one call did."""

    status: int
    text: str
    seconds: float
    rss_mib: float
    document: dict[str, Any] = field(default_factory=dict)
    timed_out: bool = False
    verb: str = ""

    @property
    def happened(self) -> str:
        """The class of the outcome: reject, warn-and-drop, accept, or what went wrong."""
        if self.timed_out:
            return "hang"
        if self.status < 0:
            return f"signal {signal.Signals(-self.status).name}"
        if self.status not in (0, 1, 2) or "Traceback" in self.text:
            return f"exit {self.status}"
        if self.status == 2:
            return "reject"
        if self.verb == "validate":
            refused = any(entry.get("refused") for entry in self.document.get("files", []))
            return "reject" if refused else ("warn-and-drop" if self.status == 1 else "accept")
        return "warn-and-drop" if self.n_dropped else "accept"

    @property
    def counts(self) -> set[int]:
        """Every count of dropped records or of problems of one kind."""
        rows = self.document.get("read", [])
        found = {row.get("dropped", 0) for row in rows} | {n for row in rows for n in row.get("codes", {}).values()}
        for entry in self.document.get("files", []):
            found |= {entry.get("dropped") or 0} | {problem["count"] for problem in entry.get("problems", [])}
        return found

    @property
    def n_dropped(self) -> int:
        return sum(row.get("dropped", 0) for row in self.document.get("read", []))


def run_item(item: dict[str, Any], corpus: Path, room: Path, forked: ForkedCalls | None = None) -> tuple[Outcome, list[str]]:
    """Run one item of a manifest in an empty folder; return what happened and what is wrong with it."""
    verb, arguments = _call(item, corpus, room)
    outcome = _measured(verb, arguments, item, room, forked)
    return outcome, list(_faults(item, outcome, corpus, room, arguments))


def _call(item: dict[str, Any], corpus: Path, room: Path) -> tuple[str, list[str]]:
    partner = _copied(corpus / item["use_with"], room, "partner") if item.get("use_with") else None
    role = item["role"]
    if role == "image":
        images = room / "pictures"
        shutil.copytree(corpus / BASE_IMAGES, images)
        shutil.copyfile(_path(item, corpus), images / item["replaces"])
        return "validate", [str(partner or _copied(corpus / BASE_GROUND_TRUTH, room, "partner")), "--images", str(images)]
    if item.get("folder"):
        given = room / "input"
        shutil.copytree(corpus / item["folder"], given)
    else:
        given = _copied(_path(item, corpus), room, "input")
    if role == "project":
        return "project", [str(given), "--json", "-"]
    pictures = ["--images", str(corpus / item["images"])] if item.get("images") else []
    if role == "metadata":
        predictions = _copied(corpus / GOOD_PREDICTIONS, room, "found")
        return "evaluate", [str(partner), str(predictions), "--metadata", str(given)]
    if partner is None:
        return "validate", [str(given), *pictures]
    return "evaluate", [str(given), str(partner)] if role == "gt" else [str(partner), str(given)]


def _path(item: dict[str, Any], corpus: Path) -> Path:
    name = item["file"]
    return corpus / (os.fsdecode(unquote_to_bytes(name)) if item.get("file_is_percent_encoded") else name)


def _copied(path: Path, room: Path, stem: str) -> Path:
    ending = "".join(path.suffixes) if path.name.endswith(".gz") else path.suffix
    target = room / f"{stem}{ending}"
    shutil.copyfile(path, target)
    return target


def _measured(verb: str, arguments: list[str], item: dict[str, Any], room: Path, forked: ForkedCalls | None) -> Outcome:
    document = room / "answer.json"
    asked = [] if verb == "project" else ["--json", str(document)]
    command = [sys.executable, "-m", "diag_gui", verb, *arguments, *asked]
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]))
    environment |= {f"DIAG_GUI_{name}": str(room / "own" / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
    work = room / "work" / "here"
    work.mkdir(parents=True)
    if forked is not None:
        own = {name: value for name, value in environment.items() if name.startswith("DIAG_GUI_")}
        ended = forked.call(arguments=command[3:], cwd=str(work), said=str(room / "said.txt"), environment=own,
                            max_seconds=item["max_seconds"], address_space=ADDRESS_SPACE)  # fmt: skip
    else:
        with (room / "said.txt").open("wb") as said:
            process = subprocess.Popen(
                command, cwd=work, stdout=said, stderr=subprocess.STDOUT, env=environment, preexec_fn=_limited
            )
        ended = waited(process.pid, item["max_seconds"])
        process.returncode = ended["status"]
    answer = json.loads(document.read_text()) if document.is_file() else {}
    text = (room / "said.txt").read_text(errors="replace") + json.dumps(answer, ensure_ascii=False)
    return Outcome(ended["status"], text, ended["seconds"], ended["rss"] / 1024, answer, ended["timed_out"], verb)


def _limited() -> None:
    limited(ADDRESS_SPACE)


def _faults(item: dict[str, Any], outcome: Outcome, corpus: Path, room: Path, arguments: list[str]):  # type: ignore[no-untyped-def]
    allowed = {item["expected"], *item.get("also_ok", [])}
    happened = outcome.happened
    # What is lost of a record that stays (a mask, a picture) does not show in the exit status of evaluate.
    lenient = {"warn-and-drop", "accept"} if outcome.verb == "evaluate" and item.get("dropped_unit") in PARTS else set()
    if happened not in allowed and not (lenient & {happened} and lenient & allowed):
        yield f"{happened}, not {' or '.join(sorted(allowed))}"
    if outcome.seconds > item["max_seconds"]:
        yield f"took {outcome.seconds:.1f} s of {item['max_seconds']}"
    if outcome.rss_mib > item["max_rss_mib"]:
        yield f"used {outcome.rss_mib:.0f} MiB of {item['max_rss_mib']}"
    said = without_paths(outcome.text).lower()
    for group in item["must_say"]:
        if not any(word.lower() in said for word in group):
            yield f"does not say {' or '.join(group)}"
    if "dropped" in item and happened == "warn-and-drop" and item["dropped"] not in outcome.counts:
        yield f"no count of {item['dropped']} {item['dropped_unit']} among {sorted(outcome.counts)}"
    if happened in ("accept", "warn-and-drop"):
        yield from _wrong_figures(item.get("metric_check", {}), outcome)
    for name in filter(None, [item.get("must_not_exist")]):
        if any((folder / name).exists() for folder in (room, room / "work" / "here", corpus)):
            yield f"{name} exists"
    if item.get("export_check") and happened == "accept":
        yield from _dangerous_cells(arguments, room)


PARTS = ("mask", "image", "image view")


def _wrong_figures(wanted: dict[str, float], outcome: Outcome):  # type: ignore[no-untyped-def]
    if not wanted:
        return
    average_precision = outcome.document["runs"][0]["summary"]["AP"]
    if "ap" in wanted and (average_precision is None or abs(average_precision - wanted["ap"]) > 1e-6):
        yield f"AP is {average_precision}, not {wanted['ap']}"
    if "ap_not" in wanted and average_precision is not None and abs(average_precision - wanted["ap_not"]) <= 1e-6:
        yield f"AP is {average_precision}"


def _dangerous_cells(arguments: list[str], room: Path):  # type: ignore[no-untyped-def]
    """Write all labels as failures with their metadata and look for cells that a spreadsheet would run."""
    table = room / "failures.csv"
    command = [sys.executable, "-m", "diag_gui", "failures", *arguments, "--score", "2", "--csv", str(table), "--quiet"]
    if (status := subprocess.run(command, cwd=room, capture_output=True).returncode) != 0:
        yield f"failures exits with {status}"
        return
    with table.open(newline="", encoding="utf-8") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    for cell in cells:
        if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", cell):
            yield f"cell {cell!r} would run"


def without_paths(text: str) -> str:
    """Return text without file names and paths, which often hold the words that are looked for."""
    text = re.sub(r"(?:[\w.~+-]*/)+[\w.+~-]*", " ", text)
    return re.sub(r"\b(?:input|partner|found|answer|said)\.[\w.]+", " ", text)


def run_manifest(
    manifest: Path,
    only: set[str],
    say: Callable[[str], None],
    *,
    verbose: bool = False,
    forked: ForkedCalls | None = None,
) -> int:
    """Run all items, or those named, each in a fresh process or in a forked one; return how many went wrong."""
    items = json.loads(manifest.read_text())["items"]
    n_wrong = n_run = 0
    for item in items:
        if only and item["id"] not in only:
            continue
        n_run += 1
        with tempfile.TemporaryDirectory() as folder:
            outcome, faults = run_item(item, manifest.parent, Path(folder), forked)
        n_wrong += bool(faults)
        mark = "FAIL" if faults else "ok"
        say(f"{mark:4} {item['id']} {item['file']}: {outcome.happened} in {outcome.seconds:.1f} s, {outcome.rss_mib:.0f} MiB")
        for fault in faults:
            say(f"       {fault} ({item['wrong']})")
        if verbose or faults:
            say("       " + " | ".join(outcome.text.splitlines()[:4])[:600])
    say(f"{n_run - n_wrong} of {n_run} as the manifest says")
    return n_wrong


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--forked", action="store_true", help="import the program once and fork for each item: quicker")
    given = parser.parse_args()
    with ForkedCalls() if given.forked else contextlib.nullcontext() as forked:
        n_wrong = run_manifest(given.manifest, set(given.only), print, verbose=given.verbose, forked=forked)
    return 1 if n_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
