"""What to open: ground truth, runs, and what helps to understand them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from diag_gui.formats.recognition import GROUND_TRUTH_FORMATS, PREDICTION_FORMATS
from diag_gui.session.controller import Controller
from diag_gui.session.open_request import OpenRequest
from diag_gui.ui.dialogs.path_field import PathField

_ALL = "Data (*.json *.gz *.yaml *.yml *.xml *.txt *.data *.csv);;All files (*)"


class OpenDialog(QDialog):
    """Five fields; formats are recognised by content unless one is chosen. Errors come to the line they belong to."""

    def __init__(self, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._controller = controller
        self.setWindowTitle("Open")
        self.setMinimumWidth(720)
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
            "Predictions", _ALL, "One or more runs: COCO results, YOLO labels with a score", takes_folder=True, takes_many=True
        )
        self.images = PathField("Images", "", "Found from the file names where possible", takes_folder=True)
        self.metadata = PathField("Metadata", "Tables (*.csv *.tsv *.json);;All files (*)", "A table with a row per image")
        self.ground_truth_format = _format_box("Format of the ground truth", GROUND_TRUTH_FORMATS)
        self.prediction_format = _format_box("Format of the predictions", PREDICTION_FORMATS)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        for line, (name, field, chooser) in enumerate(
            (
                ("Ground truth", self.ground_truth, self.ground_truth_format),
                ("Predictions", self.predictions, self.prediction_format),
                ("Images", self.images, None),
                ("Metadata", self.metadata, None),
            )
        ):
            grid.addWidget(QLabel(name), line, 0)
            grid.addWidget(field, line, 1, 1, 1 if chooser is not None else 2)
            if chooser is not None:
                grid.addWidget(chooser, line, 2)
            field.changed.connect(self._check)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)

        self.problem = QLabel()
        self.problem.setProperty("role", "error")
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
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

    def _check(self) -> None:
        missing = next(
            (path for field in (self.ground_truth, self.predictions, self.images, self.metadata) if (path := field.missing())),
            None,
        )
        self.problem.setText(f"There is no {missing}" if missing else "")
        self.open_button.setEnabled(bool(self.ground_truth.paths()) and missing is None)

    def _open(self) -> None:
        images = self.images.paths()
        self._controller.data.open(
            OpenRequest(
                self.ground_truth.paths()[0],
                self.predictions.paths(),
                self.metadata.paths(),
                images[0] if images else None,
                self.ground_truth_format.currentText(),
                self.prediction_format.currentText(),
            )
        )
        self.accept()


def _format_box(name: str, formats: tuple[str, ...]) -> QComboBox:
    box = QComboBox()
    box.addItems(("auto", *formats))
    box.setAccessibleName(name)
    return box
