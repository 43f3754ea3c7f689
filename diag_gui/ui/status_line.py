"""The line at the bottom: what is loaded, what was said last, what is being worked on, whether every decision is on disk."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QToolButton

from diag_gui.review.unplaced import sentence_of
from diag_gui.session.controller import Controller
from diag_gui.session.state import Change, Notice, SessionState
from diag_gui.session.store import SessionStore
from diag_gui.ui.elided_label import ElidedLabel
from diag_gui.ui.plain_text import as_tooltip, plural
from diag_gui.ui.theme import PANEL_PADDING_PX, STATUS_BAR_PX

LEAST_SHOWN_MS, LETTER_MS = 6_000, 60
"""How long a message that is no error stands: long enough to look down, and to read it."""

WATCHES = Change.DATA | Change.BUSY | Change.NOTICE | Change.REVIEW


class StatusLine(QFrame):
    """Counts at the left, the notice, jobs with cancel, the project at the right.

    A notice that is no error goes after a while, when it was read: not while the mouse is on it, and not while somebody works in
    another program. It stays in the list of messages, and Copy the details still means it.
    """

    def __init__(self, store: SessionStore, controller: Controller) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.setFixedHeight(STATUS_BAR_PX)
        self._store = store
        self._controller = controller
        row = QHBoxLayout(self)
        row.setContentsMargins(PANEL_PADDING_PX, 0, PANEL_PADDING_PX, 0)
        row.setSpacing(10)
        self.counts = QLabel()
        self.counts.setProperty("role", "secondary")
        row.addWidget(self.counts)
        self.notice = ElidedLabel(role="secondary")
        self.notice.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.notice, 1)
        self._shown: Notice | None = None
        self._reading = QTimer(self)
        self._reading.setSingleShot(True)
        self._reading.timeout.connect(self._let_go)
        self.dismiss = QToolButton()
        self.dismiss.setText("×")
        self.dismiss.setProperty("role", "flat")
        self.dismiss.setToolTip("Dismiss")
        self.dismiss.setFixedHeight(20)
        self.dismiss.setStyleSheet("padding: 0 4px;")
        self.dismiss.clicked.connect(controller.dismiss_notice)
        row.addWidget(self.dismiss)
        self.details = QPushButton("Details")
        self.details.setProperty("role", "flat")
        self.details.setStyleSheet("padding: 0 6px;")
        self.details.setFixedHeight(20)
        row.addWidget(self.details)
        self.messages = QToolButton()
        self.messages.setText("⋯")
        self.messages.setProperty("role", "flat")
        self.messages.setToolTip("Messages (Shift+N)")
        self.messages.setAccessibleName("Messages")
        self.messages.setFixedHeight(20)
        self.messages.setStyleSheet("padding: 0 4px;")
        self.messages.hide()
        row.addWidget(self.messages)
        self.job = ElidedLabel(role="secondary")
        self.job.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row.addWidget(self.job)
        self.bar = QProgressBar()
        self.bar.setFixedWidth(120)
        self.bar.setTextVisible(False)
        row.addWidget(self.bar)
        self.cancel = QToolButton()
        self.cancel.setText("× Cancel")
        self.cancel.setProperty("role", "flat")
        self.cancel.setFixedHeight(20)
        self.cancel.setStyleSheet("padding: 0 4px;")
        self.cancel.clicked.connect(self._cancel)
        row.addWidget(self.cancel)
        self.saved = ElidedLabel(role="secondary")
        self.saved.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.saved.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row.addWidget(self.saved)
        self._put(None)
        store.changed.connect(self._on_changed)
        self._refresh(store.state)

    def _on_changed(self, change: Change, _origin: str) -> None:
        if change & WATCHES:
            self._refresh(self._store.state)

    def _refresh(self, state: SessionState) -> None:
        self._show_counts(state)
        self._show_notice(state.notice)
        self._show_jobs(state)
        project = state.project
        if state.dataset is None:
            self.saved.setText("")
        elif project.n_unsaved:
            self.saved.setText(f"Saving {plural(project.n_unsaved, 'change')} …")
        elif project.path is None:
            self.saved.setText("No decisions yet")
        else:
            unplaced = sentence_of(state.review) if state.review is not None else ""
            without_place = f" · {len(state.review.unattached):,} without a place" if state.review and unplaced else ""
            self.saved.setText(f"All changes saved · {project.path.name}{without_place}")
            self.saved.setToolTip(as_tooltip(f"{project.path}\n{unplaced}" if unplaced else str(project.path)))

    def _show_counts(self, state: SessionState) -> None:
        if state.dataset is None:
            self.counts.setText("")
            return
        predictions = f" · {plural(len(state.run.predictions), 'prediction')}" if state.run else ""
        gt = len(state.dataset.ground_truth)
        dropped = sum(report.dropped for report in state.reports)
        left_out = f" · {plural(dropped, 'record')} dropped" if dropped else ""
        self.counts.setText(f"{plural(len(state.dataset.images), 'image')} · {gt:,} ground truth{predictions}{left_out}")

    def _show_notice(self, notice: Notice | None) -> None:
        if notice is self._shown:
            return
        self._shown = notice
        self._reading.stop()
        self._put(notice)
        if notice is None:
            return
        self.messages.show()
        if not notice.is_error:
            self._reading.start(max(LEAST_SHOWN_MS, LETTER_MS * len(notice.text)))
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.notice, notice.text))

    def _put(self, notice: Notice | None) -> None:
        self.notice.setProperty("role", "error" if notice and notice.is_error else "secondary")
        self.notice.style().unpolish(self.notice)
        self.notice.style().polish(self.notice)
        self.notice.setText(notice.text if notice else "")
        self.dismiss.setVisible(notice is not None)
        self.details.setVisible(bool(notice and notice.details))

    def _let_go(self) -> None:
        is_read = not any(widget.underMouse() for widget in (self.notice, self.dismiss, self.details))
        if is_read and self.isActiveWindow():
            self._put(None)
        else:
            self._reading.start(LEAST_SHOWN_MS)

    def _show_jobs(self, state: SessionState) -> None:
        shown = bool(state.busy)
        for widget in (self.job, self.bar, self.cancel):
            widget.setVisible(shown)
        if not shown:
            return
        job = state.busy[0]
        more = f" (+{len(state.busy) - 1})" if len(state.busy) > 1 else ""
        if math.isnan(job.fraction) or job.detail:
            self.bar.setRange(0, 0)
            self.job.setText(f"{job.label}{more}" + (f": {job.detail}" if job.detail else ""))
        else:
            self.bar.setRange(0, 100)
            self.bar.setValue(round(100 * job.fraction))
            self.job.setText(f"{job.label}{more} {round(100 * job.fraction)} %")

    def _cancel(self) -> None:
        if self._store.state.busy:
            self._controller.cancel(self._store.state.busy[0].key)
