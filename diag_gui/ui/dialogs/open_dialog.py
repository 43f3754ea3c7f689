"""What to open: ground truth, runs, and what helps to understand them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from diag_gui.formats.column_choice import NO_CHOICE, ColumnChoice
from diag_gui.formats.known_formats import GROUND_TRUTH_READERS
from diag_gui.formats.recognition import GROUND_TRUTH, GROUND_TRUTH_FORMATS, PREDICTION_FORMATS, PREDICTIONS, Role
from diag_gui.formats.table_head import TableHead
from diag_gui.session.controller import Controller
from diag_gui.session.open_request import OpenRequest
from diag_gui.ui.dialogs.columns_panel import ColumnsPanel
from diag_gui.ui.dialogs.path_field import PathField
from diag_gui.ui.scrolled_column import ScrolledColumn

_ALL = "Data (*.json *.geojson *.gz *.yaml *.yml *.xml *.txt *.data *.csv *.tsv *.parquet);;All files (*)"
TABLES = "Tables (*.csv *.tsv *.json *.jsonl *.parquet);;All files (*)"
_FRAME_PX = 48
"""Kept free on a low screen for the frame that the desktop puts around a dialog."""
_ROLES = (GROUND_TRUTH, PREDICTIONS)
_WITH_COLUMNS = frozenset({"auto", *(name for name, known in GROUND_TRUTH_READERS.items() if known.takes_columns)})


class OpenDialog(QDialog):
    """Fields for what to open; formats are recognised by content unless one is chosen. Of a table with any header the columns
    are shown, and which is what can be changed. Errors come to the line they belong to. Where the screen is too low for all of
    it the fields scroll, and the buttons stay in sight.
    """

    def __init__(self, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._controller = controller
        self.setWindowTitle("Open")
        self.setMinimumWidth(860)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(12)
        intro = QLabel("Formats are recognised by content. Everything but the ground truth may be left empty and added later.")
        intro.setProperty("role", "secondary")
        column.addWidget(intro)

        self.ground_truth = PathField(
            "Ground truth", _ALL, "COCO JSON, YOLO folder or data.yaml, Pascal VOC folder", takes_folder=True
        )
        self.predictions = PathField(
            "Predictions", _ALL, "One or more runs: COCO results, YOLO with a score", takes_folder=True, takes_many=True
        )
        self.images = PathField("Images", "", "Found from the file names where possible", takes_folder=True)
        self.metadata = PathField("Metadata", TABLES, "Tables with a row per image", takes_many=True)
        self.ground_truth_columns, self.prediction_columns = ColumnsPanel(GROUND_TRUTH), ColumnsPanel(PREDICTIONS)
        self.ground_truth_format = _format_box("Format of the ground truth", GROUND_TRUTH_FORMATS)
        self.prediction_format = _format_box("Format of the predictions", PREDICTION_FORMATS)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        for line, (name, field, chooser, columns) in enumerate(
            (
                ("Ground truth", self.ground_truth, self.ground_truth_format, self.ground_truth_columns),
                ("Predictions", self.predictions, self.prediction_format, self.prediction_columns),
                ("Images", self.images, None, None),
                ("Metadata", self.metadata, None, None),
            )
        ):
            grid.addWidget(QLabel(name), 2 * line, 0)
            grid.addWidget(field, 2 * line, 1, 1, 1 if chooser is not None else 2)
            if chooser is not None:
                grid.addWidget(chooser, 2 * line, 2)
                chooser.currentIndexChanged.connect(self._check)
            if columns is not None:
                grid.addWidget(columns, 2 * line + 1, 1, 1, 2)
                columns.changed.connect(self._check)
                columns.changed.connect(self._fit_soon)
            field.changed.connect(self._check)
        for role, field in ((GROUND_TRUTH, self.ground_truth), (PREDICTIONS, self.predictions)):
            field.changed.connect(partial(self._look_at, role))
        grid.setColumnStretch(1, 1)
        self.fields = _Fields()
        self.fields.column.addLayout(grid)
        self.fields.column.addStretch(1)
        column.addWidget(self.fields, 1)

        self.problem = QLabel()
        self.problem.setProperty("role", "error")
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        column.addWidget(self.problem)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        self.open_button = QPushButton("Open")
        self.open_button.setProperty("role", "primary")
        self.open_button.setDefault(True)
        self.open_button.clicked.connect(self._open)
        buttons.addWidget(cancel)
        buttons.addWidget(self.open_button)
        column.addLayout(buttons)
        self._check()

    def _look_at(self, role: Role) -> None:
        """Ask for the columns of what was entered, where it is there."""
        field = self.ground_truth if role == GROUND_TRUTH else self.predictions
        paths = field.paths()
        self._panel(role).show_table(None)
        if paths and paths[0].exists():
            self._controller.columns.look_at(paths[0], role, partial(self._show_columns, role, paths[0]))

    def _show_columns(self, role: Role, path: Path, head: TableHead | None) -> None:
        """Show the columns of a table unless something else was entered meanwhile, or the dialog is gone."""
        if not isValid(self):
            return
        field = self.ground_truth if role == GROUND_TRUTH else self.predictions
        if field.paths()[:1] == (path,):
            remembered = self._controller.columns.remembered
            self._panel(role).show_table(head, remembered.of_head(head, role) if head is not None else NO_CHOICE)

    def _fit_soon(self) -> None:
        """Fit once the new fields have their size."""
        QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        """Grow to what the fields need and the screen has, all of it on the screen."""
        if not self.isVisible():
            return
        self.fields.updateGeometry()
        wanted, room = self.sizeHint(), self.screen().availableGeometry()
        width_px = min(max(self.width(), wanted.width()), room.width())
        self.resize(width_px, min(max(self.height(), wanted.height()), room.height() - _FRAME_PX))
        beyond_px = self.frameGeometry().bottom() - room.bottom()
        if beyond_px > 0:
            self.move(self.x(), max(room.top(), self.y() - beyond_px))

    def _panel(self, role: Role) -> ColumnsPanel:
        return self.ground_truth_columns if role == GROUND_TRUTH else self.prediction_columns

    def _asks(self, role: Role) -> bool:
        """Return whether columns play a part in the chosen format."""
        chooser = self.ground_truth_format if role == GROUND_TRUTH else self.prediction_format
        return chooser.currentText() in _WITH_COLUMNS

    def _check(self) -> None:
        missing = next(
            (path for field in (self.ground_truth, self.predictions, self.images, self.metadata) if (path := field.missing())),
            None,
        )
        lacking = next((said for role in _ROLES if self._asks(role) and (said := self._panel(role).problem())), "")
        self.problem.setText(f"There is no {missing}" if missing else lacking)
        self.open_button.setEnabled(bool(self.ground_truth.paths()) and missing is None and not lacking)

    def _open(self) -> None:
        images = self.images.paths()
        columns: dict[Path, ColumnChoice] = {}
        for role in _ROLES:
            panel = self._panel(role)
            if panel.head is not None and self._asks(role):
                columns[panel.head.path] = choice = panel.choice()
                self._controller.columns.remember(panel.head, role, choice)
        self._controller.data.open(
            OpenRequest(
                self.ground_truth.paths()[0],
                self.predictions.paths(),
                self.metadata.paths(),
                images[0] if images else None,
                self.ground_truth_format.currentText(),
                self.prediction_format.currentText(),
                columns=MappingProxyType(columns),
            )
        )
        self.accept()


class _Fields(ScrolledColumn):
    """The fields; they would like to be shown whole."""

    def sizeHint(self) -> QSize:
        hint = self.column.sizeHint()
        return QSize(hint.width() + self.verticalScrollBar().sizeHint().width(), hint.height())


def _format_box(name: str, formats: tuple[str, ...]) -> QComboBox:
    box = QComboBox()
    box.addItems(("auto", *formats))
    box.setAccessibleName(name)
    return box
