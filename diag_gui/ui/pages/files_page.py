"""The Files page: what was read from where, and every problem that was found."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from diag_gui.data.read_report import PLAIN_ACCOUNTS, noun_of
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.panel import Panel
from diag_gui.ui.plain_text import as_tooltip, count, plural
from diag_gui.ui.theme import PANEL_GAP_PX, current_theme

_EXPANDED_GROUPS = 4
_PATH_CHARACTERS = 80


class FilesPage(QWidget):
    """One panel that fills the page."""

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(PANEL_GAP_PX, PANEL_GAP_PX, PANEL_GAP_PX, PANEL_GAP_PX)
        self.panel = FilesPanel(store, controller)
        row.addWidget(self.panel)


class FilesPanel(Panel):
    """Files with their counts; below each its problems, by kind, with the first records concerned."""

    watches = Change.DATA | Change.IMAGES
    title = "Files"

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__(store, controller)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(5)
        self.tree.setHeaderLabels(["file", "format", "records", "loaded", "dropped"])
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setStretchLastSection(False)
        self.tree.setUniformRowHeights(True)
        # Names of one folder differ at their ends.
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.tree.setAccessibleName("Files and problems")
        for column in (2, 3, 4):
            self.tree.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.body.addWidget(self.tree, 1)

    def refresh(self, state: SessionState, change: Change) -> None:
        theme = current_theme()
        self.tree.clear()
        for report in state.reports:
            figures = [count(report.records), count(report.loaded), count(report.dropped)]
            item = QTreeWidgetItem([report.path.name, report.format, *figures])
            item.setToolTip(0, as_tooltip(f"{report.path}\nSHA-256 {report.sha256}" if report.sha256 else str(report.path)))
            for column in (2, 3, 4):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.tree.addTopLevelItem(item)
            for group in report.problems:
                if group.code in PLAIN_ACCOUNTS:
                    for example in group.examples:
                        plain = QTreeWidgetItem([example])
                        plain.setForeground(0, theme.color("secondary"))
                        item.addChild(plain)
                    continue
                what = "dropped" if group.drops else "kept, with a warning"
                line = QTreeWidgetItem([f"{group.code} — {plural(group.count, noun_of(group.code))} {what}"])
                line.setForeground(0, theme.color("poor" if group.drops else "fair"))
                item.addChild(line)
                line.setExpanded(item.childCount() <= _EXPANDED_GROUPS)
                for example in group.examples:
                    child = QTreeWidgetItem([example])
                    child.setToolTip(0, as_tooltip(example))
                    line.addChild(child)
                if group.count > len(group.examples):
                    line.addChild(QTreeWidgetItem([f"… and {group.count - len(group.examples):,} more"]))
            item.setExpanded(True)
        where = str(state.image_root or "")
        shown = where if len(where) <= _PATH_CHARACTERS else f"{where[:20]}…{where[21 - _PATH_CHARACTERS :]}"
        pictures = f"pictures in {shown}" if where else "no pictures found: figures do not need them"
        self.figure_label.setText(pictures if state.dataset is not None else "")
        self.figure_label.setToolTip(as_tooltip(where))

    def restyle(self) -> None:
        """Take the colours of the current theme, which the lines of the tree keep for themselves."""
        super().restyle()
        if self.isVisible():
            self.refresh(self.store.state, self.watches)
        else:
            self._stale |= self.watches
