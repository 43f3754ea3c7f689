"""The command line's figures of real runs against the figures published with the data."""

from __future__ import annotations

import json
import re

import pytest

from diag_gui.__main__ import main
from tests.shared_data import DATA, needs_shared

COCO = DATA / "coco_val2014_100"
VOC = DATA / "voc2012_100"


def published(source: str, heading: str) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Return the summary figures and (AP, AP50) per class that a SOURCE.md states after ``heading``."""
    text = source[source.index(heading) + len(heading) :]
    text = re.split(r"\n## |\n\nfake", text, maxsplit=1)[0]
    summary = {
        name: float(value) for name, value in re.findall(r"\b(AP50|AP75|AP[sml]?|AR100|AR10|AR1|AR[sml]) (0\.\d{6})", text)
    }
    classes = {
        name: (float(ap), float(ap50))
        for name, ap, ap50 in re.findall(r"^\| ([^|]+?) \| (0\.\d+|1\.0+) \| (0\.\d+|1\.0+) \|$", text, re.M)
    }
    return summary, classes


@needs_shared
@pytest.mark.parametrize(
    ("folder", "ground_truth", "predictions", "heading", "task"),
    [
        (COCO, "instances_val2014_100.json", "instances_val2014_fakebbox100_results.json", "fakebbox100 as bbox", "bbox"),
        (COCO, "instances_val2014_100.json", "instances_val2014_fakesegm100_results.json", "fakesegm100 as segm", "segm"),
        (VOC, "gt/coco_from_pascalvoc.json", "dets_real/cocossd_coco.json", "## cocossd", "bbox"),
        (VOC, "gt/coco_from_pascalvoc.json", "dets_real/centernet_coco.json", "## centernet", "bbox"),
        (VOC, "gt/coco_from_pascalvoc.json", "dets_real/nanodet_coco.json", "## nanodet", "bbox"),
    ],
)
def test_evaluate_states_the_published_figures(capsys, folder, ground_truth, predictions, heading, task):
    summary, classes = published((folder / "SOURCE.md").read_text(encoding="utf-8"), heading)
    assert len(summary) == 12
    assert len(classes) >= 20
    assert (
        main(["evaluate", str(folder / ground_truth), str(folder / predictions), "--task", task, "--json", "-", "--quiet"]) == 0
    )
    document = json.loads(capsys.readouterr().out)
    assert document["settings"]["task"] == task
    [run] = document["runs"]
    assert {name: run["summary"][name] for name in summary} == pytest.approx(summary, abs=5.1e-7)
    ours = {entry["name"]: (entry["ap"], entry["ap50"]) for entry in run["classes"]}
    for name, figures in classes.items():
        assert ours[name] == pytest.approx(figures, abs=5.1e-7), name
