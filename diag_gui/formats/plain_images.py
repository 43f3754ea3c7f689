"""The ``images`` of COCO files that say nothing beyond id, name and size: most files, and all their images looked at at once."""

from __future__ import annotations

from operator import attrgetter

import msgspec
import numpy as np

from diag_gui.data.dataset import Images
from diag_gui.data.read_report import ProblemLog
from diag_gui.formats.json_reading import Decoded, Member
from diag_gui.formats.limits import LIMITS

MAX_SIDE = 2**31 - 1

_WORTH_A_LOOK = ("\\", ":", "\x00", "..", "\n/", "\n./", "\n\n")
"""What names, each behind a line feed, must not hold for all to stay inside the image folder as they are: see `file_names`."""


class PlainImage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An image with nothing unusual about it."""

    id: int
    file_name: str
    width: int
    height: int


def plain_images(raw: Member, log: ProblemLog) -> Images | None:
    """Return the images in ascending order of id if none of them needs a closer look; None otherwise.

    Parameters
    ----------
    raw : Member
        The list, undecoded.
    log : ProblemLog
        Receives names that appear twice; touched only if there is an answer.
    """
    if isinstance(raw, Decoded):
        return None
    try:
        records = msgspec.json.decode(raw, type=list[PlainImage])
        image_id, width, height = (
            np.fromiter(map(attrgetter(name), records), np.int64, len(records)) for name in ("id", "width", "height")
        )
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, OverflowError):
        return None
    names = [record.file_name for record in records]
    lines = "\n" + "\n".join(names) + "\n"
    if not names or any(sign in lines for sign in _WORTH_A_LOOK) or max(map(len, names)) > LIMITS["name_chars"]:
        return None
    if min(width.min(), height.min()) < 1 or max(width.max(), height.max()) > MAX_SIDE:
        return None
    order = np.argsort(image_id, kind="stable")
    image_id = image_id[order]
    if (image_id[1:] == image_id[:-1]).any():
        return None
    note_repeated_names(names, log)
    in_order = tuple(names) if (order[1:] > order[:-1]).all() else tuple(names[place] for place in order.tolist())
    return Images(image_id, in_order, width[order].astype(np.int32), height[order].astype(np.int32))


def note_repeated_names(names: list[str], log: ProblemLog) -> None:
    """Warn of file names that appear more than once."""
    if len(set(names)) == len(names):
        return
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            log.add("duplicate-file-name", f"images[{place}]", f"file_name {name!r} is that of another image too", drops=False)
        seen.add(name)
