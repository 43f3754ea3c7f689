"""Where ``diag-gui`` and ``python -m diag_gui`` begin; the last place an error can reach."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Sequence

DONE, PROBLEMS_FOUND, WRONG_CALL, INTERNAL_ERROR, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb, or the window.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; default the process's own.

    Returns
    -------
    int
        0 done; 1 done, but ``validate`` found problems; 2 the input or the call is wrong; 3 internal error; 130
        interrupted. The message is one line on standard error; with ``--debug`` or ``DIAG_GUI_DEBUG`` set an internal
        error shows its traceback too.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given or bool(os.environ.get("DIAG_GUI_DEBUG"))
    # Before numpy is imported: nothing here multiplies large matrices, and threads for that cost 60 ms of every start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A name with characters the terminal cannot show is shown with escapes; it must not end the program.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        from diag_gui.cli.verbs import run_verb
        from diag_gui.exceptions import DiagError

        try:
            return run_verb([word for word in given if word != "--debug"])
        except DiagError as error:
            return _report(str(error), WRONG_CALL, debug=debug)
        finally:
            sys.stdout.flush()
            if arguments is None:
                # The process ends here: a last search through everything for cycles would take 35 ms of every call.
                gc.freeze()
    except KeyboardInterrupt:
        return _report("interrupted", INTERRUPTED, debug=False)
    except BrokenPipeError:
        # The reader of our output has what it wanted; Python's own flush at exit must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        return _report(f"internal error: {type(error).__name__}: {error}", INTERNAL_ERROR, debug=debug)


def _report(message: str, status: int, *, debug: bool) -> int:
    """Say ``message`` in one line on standard error and return ``status``."""
    if debug:
        traceback.print_exc()
    print(f"diag-gui: {' '.join(message.split())}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
