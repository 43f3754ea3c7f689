"""Colours one can read, and tell apart."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QPushButton

from diag_gui.evaluation.outcomes import ERROR_KINDS, OutcomeKind
from diag_gui.ui.theme import FONT_PX, apply_theme, current_theme, font, load_theme

THEMES = ("dark", "light")
GROUNDS = ("panel", "ground", "raised", "selection", "hover")
# Machado, Oliveira, Fernandes 2009: how linear RGB looks to people without red, green or blue cones.
WITHOUT_CONES = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}


@pytest.fixture(params=THEMES)
def theme(request):
    return load_theme(request.param)


def linear(color: QColor) -> list[float]:
    parts = (color.redF(), color.greenF(), color.blueF())
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(first: QColor, second: QColor) -> float:
    """Return the contrast ratio of WCAG 2."""
    lights = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (linear(first), linear(second)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def lab(rgb: list[float]) -> tuple[float, float, float]:
    """Return CIE L*a*b* (D65) of linear RGB."""
    r, g, b = (min(max(part, 0.0), 1.0) for part in rgb)
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(first: list[float], second: list[float]) -> float:
    return sum((a - b) ** 2 for a, b in zip(lab(first), lab(second), strict=True)) ** 0.5


@pytest.mark.parametrize("ground", GROUNDS)
def test_text_can_be_read_on_every_ground(theme, ground):
    assert contrast(theme.color("text"), theme.color(ground)) >= 4.5


@pytest.mark.parametrize("ground", ["panel", "ground", "raised", "hover"])
def test_secondary_text_too(theme, ground):
    assert contrast(theme.color("secondary"), theme.color(ground)) >= 4.5


@pytest.mark.parametrize(("text", "ground"), [("on_accent", "accent"), ("on_tag", "tag"), ("poor", "panel"), ("poor", "ground")])
def test_text_on_colours_and_errors_can_be_read(theme, text, ground):
    assert contrast(theme.color(text), theme.color(ground)) >= 4.5


@pytest.mark.parametrize("kind", ERROR_KINDS)
def test_the_word_of_an_error_type_can_be_read_in_its_colour(theme, kind):
    """Bold words of chips: 3:1 is what WCAG asks of marks that carry meaning, and nearly all have more."""
    assert contrast(theme.kind_color(kind), theme.color("panel")) >= 3.5


@pytest.mark.parametrize("sight", ["all cones", *WITHOUT_CONES])
def test_error_types_are_told_apart_also_by_the_colour_blind(theme, sight):
    def seen(kind: OutcomeKind) -> list[float]:
        rgb = linear(theme.kind_color(kind))
        if sight == "all cones":
            return rgb
        return [sum(share * part for share, part in zip(line, rgb, strict=True)) for line in WITHOUT_CONES[sight]]

    # A difference of about 2 is the least that can be seen side by side.
    least = 15 if sight == "all cones" else 6
    close = {
        (first.name, second.name): round(distance, 1)
        for first, second in itertools.combinations((*ERROR_KINDS, OutcomeKind.TRUE_POSITIVE), 2)
        if (distance := difference(seen(first), seen(second))) < least
    }
    assert close == {}


def test_both_themes_have_the_same_roles():
    dark, light = (load_theme(name) for name in THEMES)
    assert set(dark.colors) == set(light.colors)
    assert all(QColor(color).isValid() for theme in (dark, light) for color in theme.colors.values())


def test_the_dark_colours_are_those_of_the_design():
    dark = load_theme("dark").colors
    wanted = {
        "ground": "#1b1d20", "panel": "#232529", "raised": "#2d3035", "line": "#3a3e45", "text": "#e6e7e9",
        "secondary": "#9aa0a8", "accent": "#4c9aff", "selection": "#20406b", "missed": "#e0662f",
        "background": "#e8a33d", "localization": "#58b4e9",
        "classification": "#d07fb0", "both": "#e8dd4a", "duplicate": "#9a9a9a", "true_positive": "#22a884", "tag": "#6f4bd8",
    }  # fmt: skip
    assert {role: dark[role] for role in wanted} == wanted


def test_every_kind_of_outcome_has_a_colour(theme):
    assert all(theme.kind_color(kind).isValid() for kind in OutcomeKind)


def test_the_type_sizes_are_those_of_the_design(qapp):
    assert FONT_PX == {"product": 17, "title": 13, "text": 12, "secondary": 11, "caption": 10}
    assert font("title").bold()
    assert not font("text").bold()
    assert font("caption").pixelSize() == 10


def test_a_changed_theme_changes_what_is_shown(qtbot, qapp):
    apply_theme(qapp, "dark")
    label, button = QLabel("x"), QPushButton("x")
    for widget in (label, button):
        qtbot.addWidget(widget)
    button.resize(80, 30)
    dark = button.grab().toImage()
    try:
        apply_theme(qapp, "light")
        assert current_theme().name == "light"
        assert label.palette().windowText().color() == load_theme("light").color("text")
        assert button.grab().toImage() != dark
    finally:
        apply_theme(qapp, "dark")
    assert button.grab().toImage() == dark


@pytest.mark.parametrize(
    ("value", "role"), [(0.0, "poor"), (0.39, "poor"), (0.4, "fair"), (0.69, "fair"), (0.7, "good"), (1, "good")]
)
def test_a_figure_is_poor_fair_or_good(theme, value, role):
    assert theme.grade_color(value) == theme.color(role)
