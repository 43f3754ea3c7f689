"""No test reaches the network: what asks for it is told that there is none, and the test that asked fails.

Sockets of this machine (loopback, and those of files) are left alone; the engine that shares work among processes uses them.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

attempts: list[str] = []
"""What was asked for since the list was last emptied."""


def is_here(host: str | bytes | None) -> bool:
    """Return whether a host is this machine, without asking anybody."""
    name = host.decode(errors="replace") if isinstance(host, bytes) else host
    if not name or name.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse(host: object) -> OSError:
    attempts.append(str(host))
    return OSError(errno.ENETUNREACH, f"a test asked the network for {host}")


@contextmanager
def offline() -> Iterator[None]:
    """Let every connection to another machine, and every question for its address, fail."""

    def guarded(connect: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
        def to_here(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not is_here(address[0]):
                raise _refuse(address[0])
            return connect(self, address)

        return to_here

    look_up = socket.getaddrinfo

    def look_up_here(host: Any, *others: Any, **named: Any) -> Any:
        if not is_here(host):
            raise _refuse(host)
        return look_up(host, *others, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
        patch.setattr(socket, "getaddrinfo", look_up_here)
        yield
