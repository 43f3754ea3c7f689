"""Where shipped files lie: in the package when installed from a wheel, beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def asset(relative: str) -> Path:
    """Return the path of a shipped file or folder.

    Parameters
    ----------
    relative : str
        Path below ``resources/`` with ``/``, for example ``"themes/dark.json"``.

    Raises
    ------
    FileNotFoundError
        If the installation is incomplete.

    Notes
    -----
    A wheel maps the top-level ``resources/`` into the package; an editable install does not, so the checkout is the
    second place.
    """
    for root in (_PACKAGE / "resources", _PACKAGE.parent / "resources"):
        candidate = root / relative
        if candidate.exists():
            return candidate
    raise FileNotFoundError(f"resource {relative!r} is missing from this installation of diag-gui")
