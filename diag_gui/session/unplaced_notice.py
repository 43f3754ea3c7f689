"""Says which decisions found no place in the data that are open, whenever more of them did not."""

from __future__ import annotations

from diag_gui.review.attach import ReviewState
from diag_gui.review.unplaced import details_of, sentence_of
from diag_gui.session.state import Notice
from diag_gui.session.store import SessionStore


class UnplacedNotice:
    """One notice about decisions without a place.

    Parameters
    ----------
    store : SessionStore
    """

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self._said: Notice | None = None
        self._n = 0

    def forget(self) -> None:
        """Other data are opened: what was said was about the former."""
        self._said, self._n = None, 0

    def follow(self, review: ReviewState) -> None:
        """Say it where more decisions than before have no place; take it back where all have theirs again."""
        n_before, self._n = self._n, len(review.unattached)
        if self._n > n_before:
            self._said = Notice(f"{sentence_of(review)}; the project keeps them", details=details_of(review))
            self._store.commit("review", notice=self._said)
        elif not self._n and self._said is not None:
            if self._store.state.notice is self._said:
                self._store.commit("review", notice=None)
            self._said = None
