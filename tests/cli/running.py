"""Running the command line inside this process, for speed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from diag_gui.__main__ import main


@dataclass(frozen=True)
class Ran:
    """What one call did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Runner:
    """Calls `main` and catches what it writes."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str | Path) -> Ran:
        self._capsys.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as end:
            # argparse ends the process itself on --help and on a call that does not parse.
            status = int(end.code or 0)
        caught = self._capsys.readouterr()
        return Ran(status, caught.out, caught.err)
