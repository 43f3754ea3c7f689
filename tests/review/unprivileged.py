"""For tests of folders that cannot be written to: root may write everywhere, so the privilege is put aside meanwhile."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

_VERSION_3 = 0x20080522
_OVERRIDE_PERMISSIONS = 1 << 1


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Capabilities(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """Make a folder one that this thread cannot write to, whoever runs the tests."""
    mode = folder.stat().st_mode
    folder.chmod(0o555)
    try:
        with _without_override():
            yield folder
    finally:
        folder.chmod(mode)


@contextlib.contextmanager
def _without_override() -> Iterator[None]:
    if os.name != "posix" or os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, now = _Header(_VERSION_3, 0), (_Capabilities * 2)()
    assert libc.capget(ctypes.byref(header), now) == 0
    had = now[0].effective
    now[0].effective = had & ~_OVERRIDE_PERMISSIONS
    assert libc.capset(ctypes.byref(header), now) == 0
    try:
        yield
    finally:
        now[0].effective = had
        assert libc.capset(ctypes.byref(header), now) == 0
