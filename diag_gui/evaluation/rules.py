"""The rules that average precision and recall may go by, each by its own module."""

from __future__ import annotations

from diag_gui.evaluation.rule_settings import Rules, RuleSettings
from diag_gui.evaluation.rule_tables import Ruled
from diag_gui.evaluation.run_basis import RunBasis

__all__ = ["Ruled", "apply_rules"]


def apply_rules(basis: RunBasis, settings: RuleSettings) -> Ruled:
    """Prepare a run for a set of rules other than COCO's, which need no preparation.

    Parameters
    ----------
    basis : RunBasis
    settings : RuleSettings

    Returns
    -------
    Ruled

    Raises
    ------
    EvaluationError
        If the data lacks what the rules ask for.
    """
    if settings.rules is Rules.LVIS:
        from diag_gui.evaluation.lvis import apply_lvis

        return apply_lvis(basis, settings)
    if settings.rules is Rules.OPEN_IMAGES:
        from diag_gui.evaluation.open_images import apply_open_images

        return apply_open_images(basis, settings)
    from diag_gui.evaluation.voc import apply_voc

    return apply_voc(basis, settings)
