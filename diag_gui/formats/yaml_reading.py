"""YAML without surprises: every scalar stays the text that was written, tags are refused, aliases may not explode.

``no``, ``010`` and ``1e3`` are class names as often as they are anything else; only text keeps them apart. Tags could ask
for code to run. An alias repeats what its anchor holds, so nine lines can mean a thousand million entries: what they would
unfold to is counted first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diag_gui.exceptions import FormatError
from diag_gui.formats.file_reading import decode_text, read_bytes
from diag_gui.formats.limits import check_limit


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file as strings, lists and dicts.

    Raises
    ------
    FormatError
        If it is not YAML, or holds tags or repeated keys.
    LimitError
        If it is too large, as written or unfolded.
    """
    return parse_yaml(path, decode_text(path, read_bytes(path, "yaml_bytes")))


def parse_yaml(path: Path, text: str) -> Any:
    """Return what ``text`` holds; see `read_yaml`. ``path`` is named in errors."""
    # Imported here because most runs read no YAML, and the import costs as much as reading 10,000 boxes.
    import yaml

    try:
        _check_events(path, text)
        return yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        record = f"line {mark.line + 1}" if mark is not None else ""
        raise FormatError(path, f"is not valid YAML: {getattr(error, 'problem', None) or error}", record) from None
    except RecursionError:
        raise FormatError(path, "is not usable YAML: too deeply nested") from None


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end was not met yet."""

    anchor: str | None
    before: int
    is_mapping: bool
    n_nodes: int = 0
    keys: set[str] = field(default_factory=set)

    def take(self, path: Path, event: Any) -> None:
        """Take the next node in it; a key that was there already would replace the first in silence."""
        key = getattr(event, "value", None) if self.is_mapping and self.n_nodes % 2 == 0 else None
        self.n_nodes += 1
        if key is not None and key in self.keys:
            raise FormatError(path, f"duplicate key: {key[:40]!r} appears twice in one mapping of the YAML", _line(event))
        if key is not None:
            self.keys.add(key)


def _check_events(path: Path, text: str) -> None:
    """Refuse tags and repeated keys, and count the nodes that aliases unfold to."""
    import yaml

    sizes: dict[str, int] = {}
    open_nodes: list[_Open] = []
    total = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
        if isinstance(event, yaml.NodeEvent) and open_nodes:
            open_nodes[-1].take(path, event)
        if isinstance(event, yaml.AliasEvent):
            total += sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.NodeEvent):
            tag = getattr(event, "tag", None)
            if tag is not None:
                raise FormatError(path, f"holds the YAML tag {tag!r}; tags are not accepted", _line(event))
            if isinstance(event, yaml.ScalarEvent):
                total += 1
                if event.anchor:
                    sizes[event.anchor] = 1
            else:
                open_nodes.append(_Open(event.anchor, total, isinstance(event, yaml.MappingStartEvent)))
                check_limit(path, "yaml_depth", len(open_nodes), _line(event))
                total += 1
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            node = open_nodes.pop()
            if node.anchor:
                sizes[node.anchor] = total - node.before
        check_limit(path, "yaml_nodes", total, "YAML nodes with aliases unfolded")


def _line(event: Any) -> str:
    return f"line {event.start_mark.line + 1}" if event.start_mark is not None else ""
