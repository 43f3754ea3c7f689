"""What no ordinary test does: ask a clock how long something took, or choose for itself how hypothesis works."""

from __future__ import annotations

import re
from pathlib import Path

from tests.architecture.checkout import ROOT

# Written with a class of one letter, so that this file does not find itself.
CLOCK = re.compile(r"time\.(?:[p]erf_counter|[m]onotonic|[p]rocess_time|[t]hread_time|[t]ime)(?:_ns)?\(")
SETTINGS = re.compile(r"[d]eadline=|[@=] ?[s]ettings\(|import .*\b[s]ettings\b")

MAY_ASK_A_CLOCK = {
    "tests/work.py": "measures processor time, for ratios",
    "tests/robustness/test_slow_input.py": "divides processor time by a yardstick",
    "tests/robustness/fuzz.py": "stops after the minutes that were asked for by hand",
    "tests/robustness/forked.py": "ends what hangs",
    "tests/formats/test_column_cache_upkeep.py": "dates a file",
    "tests/formats/test_decode_worker.py": "gives up waiting",
}


def found(pattern: re.Pattern[str]) -> set[str]:
    files = ((path, path.relative_to(ROOT).as_posix()) for path in (ROOT / "tests").rglob("*.py"))
    return {name for path, name in files if not _is_benchmark(path) and pattern.search(path.read_text("utf-8"))}


def _is_benchmark(path: Path) -> bool:
    return (ROOT / "tests" / "benchmarks") in path.parents


def test_no_ordinary_test_asks_a_clock() -> None:
    assert found(CLOCK) == set(MAY_ASK_A_CLOCK)


def test_hypothesis_has_one_profile() -> None:
    assert {name for name in found(SETTINGS) if "hypothesis" in (ROOT / name).read_text("utf-8")} == {"tests/examples.py"}


def test_both_are_found_where_they_stand() -> None:
    assert CLOCK.search("start = time." + "perf_counter()")
    assert SETTINGS.search("@" + "settings(max_examples=3)")
