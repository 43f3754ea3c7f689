"""The table of limits is the limits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from diag_gui.data import written_masks
from diag_gui.exceptions import LimitError
from diag_gui.formats import limits


def test_every_limit_stands_in_the_table_and_is_used() -> None:
    assert limits.__doc__ is not None
    documented = re.findall(r"^([a-z_]+) {2,}\S", limits.__doc__, re.MULTILINE)
    assert [name for name in documented if name != "name"] == list(limits.LIMITS)
    code = "".join(path.read_text() for path in Path(limits.__file__).parent.glob("*.py") if path.name != "limits.py")
    code += Path(written_masks.__file__).read_text()
    assert [name for name in limits.LIMITS if f'"{name}"' not in code and f"limit {name} " not in code] == []


def test_an_error_names_the_limit_and_both_numbers() -> None:
    limits.check_limit("a.json", "xml_depth", limits.LIMITS["xml_depth"])
    with pytest.raises(LimitError, match=r"a.json: element 3: too large: 65 is over the limit xml_depth of 64"):
        limits.check_limit("a.json", "xml_depth", 65, "element 3")
