"""How to export: which images, which format, where. What is shown is what is exported."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from diag_gui.formats.export import EXPORTERS, Pictures
from diag_gui.session.controller import Controller
from diag_gui.session.exporting import ExportChoice
from diag_gui.session.store import SessionStore
from diag_gui.ui.dialogs.path_field import PathField
from diag_gui.ui.dialogs.proposed_places import proposed_name
from diag_gui.ui.plain_text import plural

_PICTURES = (("Leave them where they are", Pictures.NONE), ("Copy them", Pictures.COPY), ("Link them", Pictures.LINK))


class ExportDialog(QDialog):
    """A choice of rows, a format, a folder; the line above the buttons says what will be written."""

    def __init__(self, store: SessionStore, controller: Controller, parent: QWidget, *, what: str = "") -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Export")
        self.setMinimumWidth(640)
        self._store = store
        self._controller = controller
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(12)

        self.what = QComboBox()
        state = store.state
        shown = len(state.selection.rows) if state.selection is not None else 0
        self.what.addItem(f"Images of the {plural(shown, 'row')} shown", ("shown", ()))
        if len(state.chosen) > 1:
            self.what.addItem(f"Images of the {plural(len(state.chosen), 'row')} chosen", ("chosen", ()))
        tags = dict(sorted(state.review.counts().tagged.items())) if state.review is not None else {}
        if tags:
            self.what.addItem("Every tagged image", ("tagged", ()))
        for name, n in tags.items():
            self.what.addItem(f"Images with the tag “{name}” ({plural(n, 'object')})", ("tagged", (name,)))
        entry = state.slice_table.entry(state.slice_current)
        if entry is not None:
            n_images = len(controller.slices.image_rows())
            self.what.addItem(f"Images of the slice “{entry.definition.name}” ({plural(n_images, 'image')})", ("slice", ()))
        self.what.addItem("All images", ("all", ()))
        if tags:
            self.what.setCurrentIndex(self.what.findText("Every tagged image"))
        if entry is not None and what == "slice":
            self.what.setCurrentIndex(self.what.findData(("slice", ())))

        self.target = QComboBox()
        for name, exporter in EXPORTERS.items():
            self.target.addItem(exporter.title, name)
        self.folder = PathField("Folder to write", "", "A new folder", takes_folder=True)
        self.folder.set_paths([self._free_folder()])
        self.pictures = QComboBox()
        for text, pictures in (
            ("Leave them where they are", Pictures.NONE),
            ("Copy them", Pictures.COPY),
            ("Link them", Pictures.LINK),
        ):
            self.pictures.addItem(text, pictures)
        self.pictures.setEnabled(state.image_root is not None)
        self.predictions = QCheckBox("with the predictions of the run")
        self.predictions.setChecked(True)
        self.predictions.setEnabled(state.run is not None)
        self.overwrite = QCheckBox("Replace what an earlier export wrote there")

        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        rows: tuple[tuple[str, QWidget], ...] = (
            ("What", self.what),
            ("Format", self.target),
            ("", self.predictions),
            ("Folder", self.folder),
            ("", self.overwrite),
            ("Pictures", self.pictures),
        )
        for line, (name, widget) in enumerate(rows):
            grid.addWidget(QLabel(name), line, 0)
            grid.addWidget(widget, line, 1)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        self.summary = QLabel()
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(self.summary)

        buttons = QHBoxLayout()
        buttons.addStretch(1)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        self.write = QPushButton("Export")
        self.write.setProperty("role", "primary")
        self.write.setDefault(True)
        self.write.clicked.connect(self._start)
        buttons.addWidget(cancel)
        buttons.addWidget(self.write)
        column.addLayout(buttons)
        self.what.currentIndexChanged.connect(self._check)
        self.target.currentIndexChanged.connect(self._check)
        self.folder.changed.connect(self._check)
        self.overwrite.toggled.connect(self._check)
        self.predictions.toggled.connect(self._check)
        self._check()

    def choice(self) -> ExportChoice:
        """Return what is asked for now."""
        what, tags = self.what.currentData()
        paths = self.folder.paths()
        return ExportChoice(
            target=self.target.currentData(),
            folder=paths[0] if paths else Path(),
            what=what,
            tags=tuple(tags),
            pictures=Pictures(self.pictures.currentData()),
            with_predictions=self.predictions.isChecked() and self.predictions.isEnabled(),
            overwrite=self.overwrite.isChecked(),
        )

    def _check(self) -> None:
        choice = self.choice()
        n = len(self._controller.export.image_rows(choice))
        problem = ""
        if not self.folder.paths():
            problem = "Name a folder"
        elif self._controller.export.is_writing(choice.folder):
            problem = f"{choice.folder.name} is being written already"
        elif os.path.exists(choice.folder) and not self.overwrite.isChecked():
            problem = f"{choice.folder.name} exists already"
        elif n == 0:
            problem = "There is no such image"
        elif EXPORTERS[choice.target].needs_run and self._store.state.evaluation is None:
            problem = "This says what became of objects and so needs predictions"
        self.summary.setProperty("role", "error" if problem else "secondary")
        self.summary.style().unpolish(self.summary)
        self.summary.style().polish(self.summary)
        objects = "ground truth, their predictions" if choice.with_predictions else "ground truth"
        self.summary.setText(problem or f"{plural(n, 'image')}, their {objects} and a manifest.json")
        self.write.setEnabled(not problem)

    def _start(self) -> None:
        self._controller.export.start(self.choice())
        self.accept()

    def _free_folder(self) -> Path:
        wanted = proposed_name(self._store.state.dataset, "-export")
        candidates = [wanted, *(wanted.with_name(f"{wanted.name}-{n}") for n in range(2, 1000))]
        is_writing = self._controller.export.is_writing
        return next((one for one in candidates if not os.path.exists(one) and not is_writing(one)), candidates[0])
