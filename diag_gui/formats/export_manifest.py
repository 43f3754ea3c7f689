"""The account that lies in every export: what was asked, what was read, what was written, and what was left out."""

from __future__ import annotations

import datetime
import json
from typing import Any

import diag_gui
from diag_gui.data.attributes import Level
from diag_gui.data.dataset import Source
from diag_gui.formats.export_folder import PROGRAM_NAME
from diag_gui.formats.export_request import ExportDecision, ExportRequest, Written


def manifest_text(request: ExportRequest, written: Written, missing: list[str]) -> str:
    """Return the manifest as JSON.

    Parameters
    ----------
    request : ExportRequest
    written : Written
        What the writer and the pictures made of it.
    missing : list of str
        Images without a picture.
    """
    inputs = [_input("ground truth", request.dataset.source)]
    if request.run is not None:
        inputs += [_input("predictions", source) for source in request.run.sources]
    inputs += [_input("other", source) for source in request.inputs]
    document = {
        "version": 1,
        "program": PROGRAM_NAME,
        "program_version": diag_gui.__version__,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "target": request.target,
        "query": dict(request.query),
        "settings": dict(request.settings),
        "inputs": inputs,
        "run": request.run.name if request.run is not None else None,
        "counts": written.counts,
        "files": written.files,
        "pictures": request.pictures.value,
        "missing_pictures": missing,
        "renamed": {request.dataset.images.file_name[row]: name for row, name in written.renamed.items()},
        "not_carried": written.not_carried,
        "decisions": [_decision(request, decision) for decision in request.decisions_within()],
    }
    return json.dumps(document, indent=2, allow_nan=False, default=str) + "\n"


def _input(role: str, source: Source) -> dict[str, str]:
    """Return one input without the path to it: exports are handed on to other people."""
    return {"role": role, "file": source.path.name, "format": source.format, "sha256": source.sha256}


def _decision(request: ExportRequest, decision: ExportDecision) -> dict[str, Any]:
    """Return one decision with the object it is about, by names that outlive this program's rows."""
    dataset, gt = request.dataset, request.dataset.ground_truth
    record: dict[str, Any] = {"kind": decision.kind, "text": decision.text, "author": decision.author, "time": decision.time}
    record["on"] = decision.level.value
    if decision.level is Level.IMAGE:
        return record | {"image": dataset.images.file_name[decision.row]}
    if decision.level is Level.GT:
        return record | {
            "image": dataset.images.file_name[int(gt.image_row[decision.row])],
            "class": dataset.classes.name[int(gt.class_row[decision.row])],
            "gt_id": gt.annotation_id[decision.row : decision.row + 1].tolist()[0],
            "bbox": gt.xywh[decision.row].tolist(),
        }
    assert request.run is not None, "decisions_within leaves predictions out where there is no run"
    predictions = request.run.predictions
    return record | {
        "image": dataset.images.file_name[int(predictions.image_row[decision.row])],
        "class": dataset.classes.name[int(predictions.class_row[decision.row])],
        "pred_index": int(predictions.source_index[decision.row]),
        "bbox": predictions.xywh[decision.row].tolist(),
        "score": float(predictions.score[decision.row]),
    }
