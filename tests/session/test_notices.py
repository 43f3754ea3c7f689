"""What the status bar says of what was read."""

from __future__ import annotations

from pathlib import Path

from diag_gui.data.read_report import ProblemLog, ReadReport
from diag_gui.session.notices import account_of


def test_a_file_that_hardly_belongs_to_the_labels_is_said_before_single_records() -> None:
    log = ProblemLog(Path("run.json"))
    for record in range(3):
        log.add("box-partly-outside", f"record [{record}]", "bbox exceeds its image; kept", drops=False)
    log.add("few-labels-reached", "", "predictions overlap only 2 of 273 labels", drops=False)
    notice = account_of([ReadReport(Path("run.json"), "coco", "", 3, 3, 0, log.groups())])
    assert notice is not None
    assert notice.text == "4 notes; first: run.json: predictions overlap only 2 of 273 labels"
