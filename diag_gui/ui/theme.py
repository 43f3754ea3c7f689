"""Colours and type of the window: roles by name from ``resources/themes``, one style sheet made from them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtGui import QColor, QFont, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication

from diag_gui.assets import asset
from diag_gui.evaluation.outcomes import OutcomeKind

GRID_PX = 4
PANEL_GAP_PX = 10
PANEL_PADDING_PX = 14
RADIUS_PX = 6
CONTROL_BAR_PX = 52
RAIL_PX = 84
RAIL_NARROW_PX = 52
STATUS_BAR_PX = 26

FontRole = Literal["product", "title", "text", "secondary", "caption"]
FONT_PX: dict[FontRole, int] = {"product": 17, "title": 13, "text": 12, "secondary": 11, "caption": 10}

_ROLE_OF_KIND = {
    OutcomeKind.MISSED: "missed",
    OutcomeKind.BACKGROUND: "background",
    OutcomeKind.LOCALIZATION: "localization",
    OutcomeKind.CLASSIFICATION: "classification",
    OutcomeKind.BOTH: "both",
    OutcomeKind.DUPLICATE: "duplicate",
    OutcomeKind.TRUE_POSITIVE: "true_positive",
    OutcomeKind.FOUND: "true_positive",
    OutcomeKind.IGNORED: "ignored",
    OutcomeKind.NOT_KEPT: "secondary",
}


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by role.

    Attributes
    ----------
    name : str
        ``"dark"`` or ``"light"``.
    colors : dict of str to str
        ``#rrggbb`` per role, as in the theme's file.
    """

    name: str
    colors: dict[str, str]
    _made: dict[tuple[str, float], QColor] = field(default_factory=dict, repr=False, compare=False)

    def color(self, role: str, alpha: float = 1.0) -> QColor:
        """Return the colour of ``role`` with opacity ``alpha``, 0..1; the caller's own to change."""
        made = self._made.get((role, alpha))
        if made is None:
            made = self._made[role, alpha] = QColor(self.colors[role])
            made.setAlphaF(alpha)
        return QColor(made)

    def kind_color(self, kind: OutcomeKind) -> QColor:
        """Return the colour of an error type or a true positive."""
        return self.color(_ROLE_OF_KIND[kind])

    def grade_color(self, value: float) -> QColor:
        """Return the colour of a figure between 0 and 1: poor, fair or good."""
        return self.color(grade(value))


def grade(value: float) -> str:
    """Return whether a figure between 0 and 1 is ``"poor"``, ``"fair"`` or ``"good"``."""
    return "good" if value >= 0.7 else "fair" if value >= 0.4 else "poor"


def load_theme(name: str) -> Theme:
    """Read the theme ``name`` from the shipped files."""
    colors = json.loads(asset(f"themes/{name}.json").read_text(encoding="utf-8"))
    return Theme(colors.pop("name"), colors)


_OTHER = {"dark": "light", "light": "dark"}
"""Marks on the accent are as dark as those of the other theme on its ground."""

_current: list[Theme] = []
_fonts: dict[tuple[FontRole, bool], QFont] = {}
_metrics: dict[tuple[FontRole, bool], QFontMetrics] = {}


def current_theme() -> Theme:
    """Return the theme in use; dark until `apply_theme` says otherwise."""
    if not _current:
        _current.append(load_theme("dark"))
    return _current[0]


def apply_theme(application: QApplication, name: str) -> Theme:
    """Make ``name`` the theme of all windows."""
    theme = load_theme(name)
    _current[:] = [theme]
    _fonts.clear()
    _metrics.clear()
    application.setStyle("Fusion")
    application.setPalette(_palette(theme))
    application.setFont(font("text"))
    application.setStyleSheet(_style_sheet(theme))
    return theme


def font(role: FontRole, *, bold: bool = False) -> QFont:
    """Return the system's font in the size of ``role``, shared by all; product names and titles are bold."""
    face = _fonts.get((role, bold))
    if face is None:
        face = _fonts[role, bold] = QFont(QApplication.font())
        face.setPixelSize(FONT_PX[role])
        face.setBold(bold or role in ("product", "title"))
    return face


def metrics(role: FontRole, *, bold: bool = False) -> QFontMetrics:
    """Return how wide and high letters of `font` are, shared by all."""
    found = _metrics.get((role, bold))
    if found is None:
        found = _metrics[role, bold] = QFontMetrics(font(role, bold=bold))
    return found


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    for role, name in (
        (QPalette.ColorRole.Window, "ground"),
        (QPalette.ColorRole.Base, "panel"),
        (QPalette.ColorRole.AlternateBase, "raised"),
        (QPalette.ColorRole.Button, "raised"),
        (QPalette.ColorRole.ToolTipBase, "raised"),
        (QPalette.ColorRole.WindowText, "text"),
        (QPalette.ColorRole.Text, "text"),
        (QPalette.ColorRole.ButtonText, "text"),
        (QPalette.ColorRole.ToolTipText, "text"),
        (QPalette.ColorRole.PlaceholderText, "secondary"),
        (QPalette.ColorRole.Highlight, "selection"),
        (QPalette.ColorRole.HighlightedText, "text"),
        (QPalette.ColorRole.Link, "accent"),
        (QPalette.ColorRole.Mid, "line"),
        (QPalette.ColorRole.Dark, "line"),
    ):
        palette.setColor(role, theme.color(name))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, theme.color("secondary", 0.6))
    return palette


def _style_sheet(theme: Theme) -> str:
    """Return the rules; widgets opt in by object name or by the property ``role``."""
    c = theme.colors
    return f"""
    * {{ font-size: {FONT_PX["text"]}px; }}
    QMainWindow, QDialog {{ background: {c["ground"]}; }}
    QLabel {{ background: transparent; }}
    QLabel[role="product"] {{ font-size: {FONT_PX["product"]}px; font-weight: bold; }}
    QLabel[role="title"] {{ font-size: {FONT_PX["title"]}px; font-weight: bold; }}
    QLabel[role="secondary"] {{ font-size: {FONT_PX["secondary"]}px; color: {c["secondary"]}; }}
    QLabel[role="caption"] {{ font-size: {FONT_PX["caption"]}px; color: {c["secondary"]}; }}
    QLabel[role="accent"] {{ font-size: {FONT_PX["secondary"]}px; color: {c["accent"]}; }}
    QLabel[role="error"] {{ font-size: {FONT_PX["secondary"]}px; color: {c["poor"]}; }}
    QFrame[role="panel"] {{ background: {c["panel"]}; border: none; border-radius: {RADIUS_PX}px; }}
    QFrame[role="bar"] {{ background: {c["panel"]}; border: none; }}
    QFrame[role="rail"] {{ background: {c["panel"]}; border: none; }}
    QPushButton, QToolButton {{
        background: {c["raised"]}; color: {c["text"]}; border: 1px solid {c["line"]}; border-radius: 4px; padding: 4px 10px;
    }}
    QToolButton[role="flat"], QPushButton[role="flat"] {{
        background: transparent; border: 1px solid transparent; color: {c["secondary"]};
    }}
    QPushButton:hover, QToolButton:hover {{ border-color: {c["secondary"]}; color: {c["text"]}; }}
    QPushButton:pressed, QToolButton:pressed {{ background: {c["line"]}; }}
    QPushButton:focus, QToolButton:focus {{ border-color: {c["accent"]}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {c["secondary"]}; background: {c["panel"]}; }}
    QPushButton[role="primary"] {{
        background: {c["accent"]}; color: {c["on_accent"]}; border-color: {c["accent"]}; font-weight: bold;
    }}
    QToolButton[role="primary"] {{
        background: {c["accent"]}; color: {c["on_accent"]}; border-color: {c["accent"]}; font-weight: bold; padding-right: 22px;
    }}
    QToolButton[role="primary"]::menu-button {{ border: none; width: 20px; }}
    QToolButton[role="primary"]::menu-arrow {{
        image: url({asset(f"icons/chevron-{_OTHER[theme.name]}.svg").as_posix()}); width: 10px; height: 10px;
    }}
    QPushButton[role="primary"]:disabled {{ background: {c["raised"]}; color: {c["secondary"]}; border-color: {c["line"]}; }}
    QToolButton::menu-indicator {{ image: none; width: 0; }}
    QComboBox {{
        background: {c["raised"]}; border: 1px solid {c["line"]}; border-radius: 4px; padding: 3px 8px; min-height: 16px;
    }}
    QComboBox:focus, QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus {{
        border-color: {c["accent"]};
    }}
    QComboBox::drop-down {{ border: none; width: 20px; }}
    QComboBox::down-arrow {{ image: url({asset(f"icons/chevron-{theme.name}.svg").as_posix()}); width: 10px; height: 10px; }}
    QComboBox QAbstractItemView, QMenu, QListView[role="popup"] {{
        background: {c["raised"]}; border: 1px solid {c["line"]}; selection-background-color: {c["selection"]}; outline: none;
    }}
    QMenu {{ padding: 4px; }}
    QMenu::item {{ padding: 5px 24px 5px 12px; border-radius: 3px; }}
    QMenu::item:selected {{ background: {c["selection"]}; }}
    QMenu::item:disabled {{ color: {c["secondary"]}; }}
    QMenu::separator {{ height: 1px; background: {c["line"]}; margin: 4px 6px; }}
    QMenuBar {{ background: {c["panel"]}; padding: 1px 6px; }}
    QMenuBar::item {{ padding: 3px 9px; background: transparent; border-radius: 3px; color: {c["secondary"]}; }}
    QMenuBar::item:selected {{ background: {c["raised"]}; color: {c["text"]}; }}
    QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox {{
        background: {c["raised"]}; border: 1px solid {c["line"]}; border-radius: 4px; padding: 3px 8px;
        selection-background-color: {c["accent"]}; selection-color: {c["on_accent"]};
    }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
    QAbstractSpinBox QLineEdit {{ background: transparent; border: none; padding: 0 0 0 6px; }}
    QTableView, QListView, QTreeView, QTableWidget, QListWidget {{
        background: transparent; border: none; outline: none; gridline-color: transparent;
        selection-background-color: {c["selection"]}; selection-color: {c["text"]};
    }}
    QTreeView::item {{ padding: 4px 0; }}
    QHeaderView {{ background: transparent; }}
    QHeaderView::section {{
        background: transparent; color: {c["secondary"]}; border: none;
        padding: 2px 6px; font-size: {FONT_PX["secondary"]}px; font-weight: normal;
    }}
    QTableCornerButton::section {{ background: transparent; border: none; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {c["line"]}; border-radius: 3px; margin: 2px; }}
    QScrollBar::handle:vertical {{ min-height: 28px; }}
    QScrollBar::handle:horizontal {{ min-width: 28px; }}
    QScrollBar::handle:hover {{ background: {c["secondary"]}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QSplitter::handle {{ background: {c["ground"]}; }}
    QTabWidget::pane {{ border: none; }}
    QTabBar {{ background: transparent; }}
    QTabBar::tab {{
        background: transparent; color: {c["secondary"]}; padding: 5px 12px; border: none; border-bottom: 2px solid transparent;
    }}
    QTabBar::tab:selected {{ color: {c["text"]}; border-bottom-color: {c["accent"]}; }}
    QTabBar::tab:hover {{ color: {c["text"]}; }}
    QToolTip {{ background: {c["raised"]}; color: {c["text"]}; border: 1px solid {c["line"]}; padding: 5px 7px; }}
    QProgressBar {{ background: {c["raised"]}; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }}
    QProgressBar::chunk {{ background: {c["accent"]}; border-radius: 3px; }}
    QCheckBox::indicator {{
        width: 14px; height: 14px; border: 1px solid {c["secondary"]}; border-radius: 3px; background: {c["raised"]};
    }}
    QCheckBox::indicator:checked {{
        background: {c["accent"]}; border-color: {c["accent"]};
        image: url({asset(f"icons/check-{theme.name}.svg").as_posix()});
    }}
    QCheckBox::indicator:focus {{ border-color: {c["accent"]}; }}
    QCheckBox::indicator:disabled {{ border-color: {c["line"]}; background: {c["panel"]}; }}
    QCheckBox, QRadioButton {{ spacing: 7px; background: transparent; }}
    QGroupBox {{ border: none; margin-top: 18px; font-weight: bold; }}
    QGroupBox::title {{ subcontrol-origin: margin; left: 0; color: {c["secondary"]}; }}
    """
