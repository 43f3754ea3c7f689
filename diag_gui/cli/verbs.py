"""Which verb was called, and its arguments; what a verb needs is imported when it runs."""

from __future__ import annotations

import argparse
import difflib
import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import diag_gui
from diag_gui.cli import arguments
from diag_gui.cli.arguments_together import check_together
from diag_gui.cli.engine import elsewhere
from diag_gui.cli.terminal import plain_text
from diag_gui.data.run_files import is_there
from diag_gui.exceptions import DiagError

VERBS: dict[str, str] = {
    "demo": "open the bundled sample; without a display: evaluate it, write report and picture",
    "evaluate": "metrics per class, per slice, error types",
    "failures": "one row per failure",
    "export": "write a subset",
    "validate": "check files, list every problem, change nothing",
    "report": "one self-contained HTML file",
    "tag": "tag what an expression selects",
    "project": "tags, notes, review states, counts, history of a project",
}


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong with a call in one line, and where the arguments are explained, instead of listing all of them."""

    def error(self, message: str) -> NoReturn:
        """End the process with status 2."""
        self.exit(2, f"{self.prog}: error: {plain_text(message)}; see {self.prog} --help\n")


def run_verb(words: Sequence[str]) -> int:
    """Run the verb that ``words`` begin with, or open the window with them.

    Parameters
    ----------
    words : sequence of str
        The command line without the program's name.

    Returns
    -------
    int
        Exit status.

    Raises
    ------
    DiagError
        If the input or the call is wrong.
    SystemExit
        By argparse, on ``--help``, ``--version`` and arguments that do not parse.
    """
    if words and words[0] in VERBS:
        verb = words[0]
        parser = _parser_of(verb)
        parsed = parser.parse_intermixed_args(list(words[1:]))
        to_output = [name for name in ("json", "csv", "thresholds") if getattr(parsed, name, None) == arguments.STANDARD_OUTPUT]
        if len(to_output) > 1:
            named = " and ".join(f"--{name} -" for name in to_output)
            parser.error(f"{named} would both write to standard output; give one of them a file")
        check_together(parsed)
        module = importlib.import_module(f"diag_gui.cli.{verb}")
        with elsewhere(parsed) as others:
            parsed.compared_elsewhere, parsed.read_elsewhere = others.compare, others.read
            parsed.walked_elsewhere = others.walk
            status: int = module.run(parsed)
        return status
    parsed = _window_parser().parse_args(list(words))
    paths = [Path(path) for path in parsed.paths]
    for path in paths:
        if not is_there(path):
            near = difflib.get_close_matches(str(path), VERBS, n=1)
            raise DiagError(f"{path}: no such file or folder" + (f"; did you mean the verb {near[0]}?" if near else ""))
    from diag_gui.cli.window import open_window

    return open_window(paths)


def _window_parser() -> argparse.ArgumentParser:
    """Return the parser of a call without a verb."""
    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {name:<{width}}  {doc}" for name, doc in VERBS.items())
    parser = OneLineParser(
        prog="diag-gui",
        usage="diag-gui [PATH ...]\n       diag-gui VERB ...",
        description="See where an object detector fails and why. Without a verb: open the window.",
        epilog=f"verbs:\n{verbs}\n\n'diag-gui VERB --help' says more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a project, or ground truth and predictions")
    parser.add_argument("--version", action="version", version=f"diag-gui {diag_gui.__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an internal error")
    return parser


def _parser_of(verb: str) -> argparse.ArgumentParser:
    """Return the parser of one verb."""
    parser = OneLineParser(
        prog=f"diag-gui {verb}",
        description=VERBS[verb][:1].upper() + VERBS[verb][1:] + ".",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    arguments.ADDERS[verb](parser)
    return parser
