"""The guard against the network: what it refuses, what it lets pass, and that nobody can hide an attempt by catching it."""

from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request

import pytest

from tests import offline


@pytest.fixture
def attempts() -> list[str]:
    """What was asked for, forgotten when the test ends, so that these attempts do not fail it."""
    yield offline.attempts
    offline.attempts.clear()


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_another_machine_is_out_of_reach(address: str, attempts: list[str]) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as one:
        for connect in (one.connect, one.connect_ex):
            with pytest.raises(OSError, match="a test asked the network"):
                connect((address, 80))
    assert attempts == [address] * 2


def test_no_name_is_looked_up_and_no_page_is_fetched(attempts: list[str]) -> None:
    with pytest.raises(OSError, match="a test asked the network"):
        socket.create_connection(("example.invalid", 80))
    with pytest.raises(urllib.error.URLError, match="a test asked the network"):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open("http://example.invalid/")
    assert attempts == ["example.invalid"] * 2


def test_an_attempt_is_kept_though_a_thread_swallows_the_error(attempts: list[str]) -> None:
    def ask() -> None:
        try:
            socket.create_connection(("192.0.2.1", 80))
        except OSError:
            return

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert attempts == ["192.0.2.1"]


def test_this_machine_is_reached(attempts: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        for host in ("127.0.0.1", "localhost"):
            with socket.create_connection((host, server.getsockname()[1])):
                server.accept()[0].close()
    assert attempts == []


@pytest.mark.parametrize(
    ("host", "is_here"),
    [("127.0.0.1", True), ("127.3.2.1", True), ("::1", True), ("::1%lo", True), ("LOCALHOST.", True),
     (None, True), (b"::1", True), ("0.0.0.0.example", False), ("127.0.0.1.example", False), ("192.0.2.1", False),
     ("localhost.example", False)],
)  # fmt: skip
def test_which_hosts_are_here(host: str | bytes | None, is_here: bool) -> None:
    assert offline.is_here(host) is is_here
