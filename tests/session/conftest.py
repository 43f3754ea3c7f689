from __future__ import annotations

import pytest

from tests.session.small_session import Session, files, nothing_open, session

__all__ = ["files", "nothing_open", "session"]


@pytest.fixture
def looked_at(session: Session) -> Session:
    """The session while somebody looks at the table of slices."""
    session.controller.slices.watch(True)
    session.settle()
    return session
