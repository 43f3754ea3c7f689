"""What a slice's figures say, in one sentence that anyone can read and that claims no more than the resamples do."""

from __future__ import annotations

from diag_gui.evaluation.slice_differences import SliceDifference
from diag_gui.evaluation.slices import SliceResult

_WORDS = {"precision": "precision", "recall": "recall", "f1": "F1", "ap": "AP"}


def sentence_of(result: SliceResult, figure: str = "") -> str:
    """Return one sentence about a slice.

    Parameters
    ----------
    result : SliceResult
    figure : str
        A key of ``result.differences``; empty means the one it is ranked by, `SliceResult.headline`.

    Returns
    -------
    str
        Such as ``F1 is .31 lower at scene=night than in the rest, 95 % .22 to .39; q < .001; 326 images``. Lower or higher is
        said only where the interval lies on one side of 0 and q is below .05; otherwise ``not distinguishable from the rest
        (n = 14)``, n being images.
    """
    told = result.headline if not figure else result.differences.get(figure)
    if not result.enough:
        return f"{result.name}: too little ground truth to say anything (n = {result.gt})"
    if told is None or told.difference != told.difference:
        what = _WORDS.get(figure or "f1", figure)
        return f"{result.name}: {what} is undefined inside or outside, so there is nothing to compare"
    word = _WORDS.get(told.figure, told.figure)
    if told.has_interval and not told.is_distinguishable:
        return f"{result.name}: {word} is not distinguishable from the rest (n = {result.images:,})"
    images = f"{result.images:,} image" if result.images == 1 else f"{result.images:,} images"
    said = f"{word} is {_size(told)} at {result.name} than in the rest"
    if not told.has_interval:
        return f"{said}; {images}; how sure that is was not computed"
    low, high = sorted((abs(told.low), abs(told.high)))
    return f"{said}, 95 % {fraction_text(low)} to {fraction_text(high)}; {chance_text('q', told.q)}; {images}"


def fraction_text(value: float) -> str:
    """Return a size as people write it: ``.31``, with three digits where two would say nothing."""
    digits = 2 if abs(value) >= 0.005 or value == 0 else 3
    return f"{value:.{digits}f}".replace("0.", ".", 1)


def chance_text(name: str, value: float) -> str:
    """Return p or q: ``q < .001``, ``q = .020``."""
    if value < 0.001:
        return f"{name} < .001"
    return f"{name} = {value:.3f}".replace("0.", ".", 1)


def _size(told: SliceDifference) -> str:
    side = "lower" if told.difference < 0 else "higher"
    return "as high" if told.difference == 0 else f"{fraction_text(abs(told.difference))} {side}"
