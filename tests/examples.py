"""How many examples hypothesis draws: one profile for everybody, the same draws every time; another one to search by hand.

    python -m pytest --hypothesis-profile=search tests/evaluation

An ordinary run says the same of the same code wherever it runs, so nothing is derived from the clock: no deadline, no judgement
of how fast examples are drawn, and examples that follow from the test alone. A search draws twenty times as many, others every
time, and keeps what failed.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings

ORDINARY = 100
SEARCHED = 20 * ORDINARY


def load_profiles() -> None:
    """Make both known to hypothesis, and the ordinary one what holds unless another is asked for."""
    patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("ordinary", patient, max_examples=ORDINARY, derandomize=True)
    settings.register_profile("search", patient, max_examples=SEARCHED)
    settings.load_profile("ordinary")


def examples(n: int, **others: Any) -> settings:
    """Return the settings of a test that draws ``n`` examples in an ordinary run, and more in a search."""
    return settings(max_examples=n * settings.default.max_examples // ORDINARY, **others)
