"""The worker's side of decoding: reads requests from standard input, writes pixels to standard output, dies alone.

A request is its length (uint32) and a pickled `DecodeRequest`; it comes from the parent, which is trusted. An answer is one
byte for what it is, height and width or length of a message (uint32 each), then pixels or UTF-8 text, or nothing where it would
take long and was not asked to; it may come from a process that a picture has taken over, so it holds nothing that the parent
would have to trust.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
from typing import BinaryIO

from diag_gui.exceptions import DiagError
from diag_gui.formats.geotiff import OverviewNeededError
from diag_gui.formats.images import decode
from diag_gui.formats.limits import LIMITS

REQUEST = struct.Struct("<I")
ANSWER = struct.Struct("<cII")
READY, PIXELS, FAILURE, SLOW = b"R", b"P", b"F", b"S"


def serve() -> None:
    """Answer requests until standard input ends, which it does when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source = sys.stdin.buffer
    sink = os.fdopen(os.dup(1), "wb", buffering=0)
    # Whatever a library prints must not get between the answers.
    os.dup2(2, 1)
    import cv2

    cv2.setNumThreads(1)
    limit_memory()
    write_all(sink, ANSWER.pack(READY, 0, 0))
    while len(head := source.read(REQUEST.size)) == REQUEST.size:
        request = pickle.loads(source.read(REQUEST.unpack(head)[0]))
        try:
            picture = decode(request)
        except OverviewNeededError:
            write_all(sink, ANSWER.pack(SLOW, 0, 0))
        except DiagError as error:
            write_failure(sink, getattr(error, "reason", str(error)))
        except MemoryError:
            write_failure(sink, "picture is unreadable: not enough memory to decode it")
        except Exception as error:
            write_failure(sink, f"picture is unreadable: it cannot be decoded ({type(error).__name__}: {error})")
        else:
            write_all(sink, ANSWER.pack(PIXELS, picture.shape[0], picture.shape[1]))
            write_all(sink, picture.data.cast("B"))


def write_failure(sink: BinaryIO, reason: str) -> None:
    """Write the answer that says why there is no picture."""
    text = reason.encode("utf-8", "replace")[: 1 << 16]
    write_all(sink, ANSWER.pack(FAILURE, len(text), 0) + text)


def write_all(sink: BinaryIO, data: bytes | memoryview) -> None:
    """Write everything; a raw pipe takes only a part at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[sink.write(rest) :]


def limit_memory() -> None:
    """Let the address space of this process grow by ``decoder_bytes`` at most, where the system knows such limits."""
    try:
        import resource

        with open("/proc/self/statm") as stream:
            used = int(stream.read().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        return
    maximum = used + LIMITS["decoder_bytes"]
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (maximum if hard == resource.RLIM_INFINITY else min(maximum, hard), hard))
