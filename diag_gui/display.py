"""Whether a window can be shown here: asked of a child process, because Qt ends the process that asks in vain."""

from __future__ import annotations

import os
import re
import subprocess
import sys

_SECONDS = 5.0

_PACKAGE_OF_LIBRARY = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libOpenGL.so.0": "libopengl0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}

_CHILD = """
import os, sys
from PySide6.QtGui import QGuiApplication
application = QGuiApplication(sys.argv[:1])
os._exit(0 if application.primaryScreen() is not None else 4)
"""


def display_problem() -> str | None:
    """Return why no window can be shown here, in one line; None if one can.

    Returns
    -------
    str or None
        Names the package of a missing library on Debian.

    Notes
    -----
    macOS and Windows count as having a display. Elsewhere one is there only if a child process opens a
    ``QGuiApplication`` on it within five seconds.
    """
    if sys.platform in ("darwin", "win32"):
        return None
    platform = os.environ.get("QT_QPA_PLATFORM", "").split(":")[0].split(";")[0]
    if platform in ("offscreen", "minimal"):
        return f"QT_QPA_PLATFORM is {platform}, which shows nothing"
    if not platform and not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        return "no display: neither DISPLAY nor WAYLAND_DISPLAY is set"
    try:
        child = subprocess.run(
            [sys.executable, "-c", _CHILD], capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return f"{_display_name()} does not answer within {_SECONDS:.0f} s"
    except OSError as error:
        return f"cannot ask for a display: {error.strerror or error}"
    if child.returncode == 0:
        return None
    return qt_reason(child.stderr.decode("utf-8", "replace"))


def qt_reason(complaint: str) -> str:
    """Return what the last words of a process that used Qt mean, in one line.

    Parameters
    ----------
    complaint : str
        What it wrote to standard error.
    """
    missing = re.search(r"(lib[\w.+-]+\.so[.\d]*): cannot open shared object", complaint)
    if missing is None and "xcb-cursor0 or libxcb-cursor0 is needed" in complaint:
        return "the library libxcb-cursor.so.0 is missing (Debian package libxcb-cursor0)"
    if missing is not None:
        library = missing[1]
        package = _PACKAGE_OF_LIBRARY.get(library)
        return f"the library {library} is missing" + (f" (Debian package {package})" if package else "")
    if "No module named 'PySide6" in complaint:
        return "PySide6 is not installed"
    if "could not connect to display" in complaint or "Failed to create wl_display" in complaint:
        return f"{_display_name()} does not answer"
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    if not lines:
        return f"Qt cannot open {_display_name()}"
    # Python says at the end what went wrong, Qt at the beginning.
    return (lines[-1] if lines[0].startswith("Traceback") else lines[0])[:200]


def _display_name() -> str:
    """Return the display as the user set it."""
    return f"the display {os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY') or '(none)'}"
