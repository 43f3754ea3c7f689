"""The arguments of every verb: names are fixed by CLI.md and change only by adding."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from diag_gui.evaluation.discovery_targets import TARGETS
from diag_gui.evaluation.params import (
    DEFAULT_BINS,
    DEFAULT_IOU,
    DEFAULT_MAX_DETECTIONS,
    DEFAULT_RESAMPLES,
    DEFAULT_SCORE,
    TASKS,
)
from diag_gui.evaluation.rule_settings import Rules
from diag_gui.exceptions import DiagError, EvaluationError

if TYPE_CHECKING:
    from diag_gui.formats.column_choice import ColumnChoice

STANDARD_OUTPUT = "-"


def add_data(parser: argparse.ArgumentParser, predictions: str) -> None:
    """Add ground truth, predictions (``"*"`` runs, ``"?"`` one), and how to read them."""
    parser.add_argument("ground_truth", nargs="?", type=Path, metavar="GT", help="ground truth: a file or a folder")
    parser.add_argument("predictions", nargs=predictions, type=Path, metavar="PRED", help="predictions: a file or a folder")
    add_reading(parser)
    parser.add_argument("--project", type=Path, metavar="FILE", help="take ground truth, runs and tags from a project")


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add how files are read."""
    group = parser.add_argument_group("reading")
    group.add_argument("--format", default="auto", metavar="NAME", help="format of the ground truth: auto, coco, yolo, voc, …")
    group.add_argument("--pred-format", default="auto", metavar="NAME", help="format of the predictions")
    group.add_argument(
        "--columns",
        type=_columns,
        metavar="LIST",
        help="which column of a table, or property of GeoJSON, is what in the ground truth: image=path,class=label,x1=left,…",
    )
    group.add_argument("--pred-columns", type=_columns, metavar="LIST", help="the same for the predictions")
    group.add_argument("--images", type=Path, metavar="DIR", help="folder of the pictures; not needed for figures")
    group.add_argument(
        "--metadata",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="CSV, TSV, JSON or Parquet; joins on file name, path, stem or id, whichever fits best; may be repeated",
    )
    group.add_argument("--no-cache", action="store_true", help="read large files anew, and keep none of them as columns")
    group.add_argument("--exif", action="store_true", help="time, camera and place of the pictures as columns, from their EXIF")


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add the settings that figures depend on."""
    group = parser.add_argument_group("settings")
    group.add_argument(
        "--task", default="bbox", choices=TASKS, help="what is compared: boxes, masks, boxes of any angle (default: %(default)s)"
    )
    group.add_argument(
        "--iou", type=float, default=DEFAULT_IOU, metavar="T", help="a match needs this IoU (default: %(default)s)"
    )
    group.add_argument(
        "--score", type=float, default=DEFAULT_SCORE, metavar="S", help="kept is score >= S (default: %(default)s)"
    )
    group.add_argument(
        "--max-detections",
        type=int,
        default=DEFAULT_MAX_DETECTIONS,
        metavar="N",
        help="per image and class (default: %(default)s)",
    )
    group.add_argument("--where", metavar="EXPRESSION", help="only the images that satisfy it")
    group.add_argument("--workers", type=_positive, metavar="N", help="threads (default: one per core)")
    group.add_argument("--engine", default="local", choices=("local", "dask"), help="where it runs (default: %(default)s)")
    group.add_argument("--scheduler", metavar="ADDRESS", help="of the dask scheduler")


def add_slices(parser: argparse.ArgumentParser) -> None:
    """Add slices and their intervals."""
    parser.add_argument(
        "--slice",
        action="append",
        default=[],
        metavar="TEXT",
        help="a column (one slice per value; numbers are binned), an expression, or NAME=EXPRESSION; may be repeated",
    )
    parser.add_argument(
        "--slices", type=Path, action="append", default=[], metavar="FILE", help="slices that were written as JSON; repeatable"
    )
    parser.add_argument(
        "--bins",
        metavar="RULE",
        help="how --slice COLUMN parts numbers and dates: quantiles=N, width=N, edges=A,B,…, coco-areas, hour, weekday, month "
        "(default: each value up to 8, else quartiles; hours, or months where no date has a time)",
    )
    parser.add_argument("--intervals", type=_resamples, metavar="N", help="bootstrap intervals by N resamples of images")
    parser.add_argument(
        "--seed",
        type=_not_negative,
        default=0,
        metavar="N",
        help="of everything drawn at random: resamples, the halves of --discover (default: %(default)s)",
    )


def add_discovery(parser: argparse.ArgumentParser) -> None:
    """Add the search for the worst slices."""
    group = parser.add_argument_group("discovery: the worst slices of all columns and combinations up to three")
    group.add_argument(
        "--discover",
        action="append",
        nargs="?",
        const=TARGETS[0],
        default=[],
        type=_target,
        metavar="WHAT",
        help=f"search one half of the images, report what the other half confirms: {', '.join(TARGETS)} (default: "
        f"{TARGETS[0]}); worse needs two runs and compares with --baseline; may be repeated; give it last, or as --discover=WHAT",
    )
    group.add_argument("--discover-class", metavar="NAME", help="only ground truth, or predictions, of this class")
    group.add_argument(
        "--no-measure",
        action="store_true",
        help="search no brightness, contrast, sharpness …: --discover measures the pictures where it knows them, and keeps that",
    )


def add_comparison(parser: argparse.ArgumentParser) -> None:
    """Add what runs are compared with."""
    group = parser.add_argument_group("comparison of runs")
    group.add_argument(
        "--compare",
        action="store_true",
        help=f"every other run against the first: differences with intervals by paired resamples of images "
        f"({DEFAULT_RESAMPLES:,}, or as --intervals says); with --slice also on every slice",
    )
    group.add_argument("--baseline", metavar="NAME", help="compare with the run of this name instead of the first")


def add_rules(parser: argparse.ArgumentParser) -> None:
    """Add what AP and AR go by."""
    group = parser.add_argument_group("rules of AP and AR; every other figure keeps COCO's matching")
    group.add_argument(
        "--rules",
        default=Rules.COCO.value,
        choices=[rules.value for rules in Rules],
        help="whose rules AP and AR go by (default: %(default)s); AP of VOC and Open Images is at --iou",
    )
    group.add_argument("--voc-plus-one", action="store_true", help="VOC: boxes are one pixel wider and higher, as in its devkit")
    group.add_argument("--hierarchy", type=Path, metavar="FILE", help="Open Images: JSON of the classes above each class")
    group.add_argument(
        "--verified",
        type=Path,
        metavar="FILE",
        help="Open Images: table of the classes verified to be in each image, or not",
    )
    group.add_argument(
        "--ious",
        type=_ious,
        default=(),
        metavar="LIST",
        help="AP_ious, AR_ious over these IoUs: 0.5,0.75 or from:to:step as 0.3:0.9:0.1",
    )
    group.add_argument(
        "--limits",
        type=_limits,
        default=(),
        metavar="LIST",
        help="AP_maxN, AR_maxN with at most N predictions per image and class: 1,10,100",
    )


def add_calibration(parser: argparse.ArgumentParser) -> None:
    """Add how scores are gathered for calibration."""
    group = parser.add_argument_group("calibration")
    group.add_argument(
        "--calibration",
        default="equal-width",
        choices=("equal-width", "equal-mass"),
        help="bins of equal width or of equally many predictions (default: %(default)s)",
    )
    group.add_argument(
        "--calibration-bins", type=_positive, default=DEFAULT_BINS, metavar="N", help="number of bins (default: %(default)s)"
    )


def add_thresholds(parser: argparse.ArgumentParser) -> None:
    """Add the score thresholds to choose."""
    group = parser.add_argument_group("score thresholds, per class and over all, at --iou")
    group.add_argument(
        "--wanted-precision", type=float, metavar="P", help="the score with precision >= P that finds most, in (0, 1]"
    )
    group.add_argument("--wanted-recall", type=float, metavar="R", help="the highest score with recall >= R, in (0, 1]")
    group.add_argument(
        "--thresholds",
        metavar="FILE",
        help="write the scores as JSON for deployment: for the wanted precision or recall, else for the best F1; - is standard "
        "output",
    )


def add_output(parser: argparse.ArgumentParser, *, csv: str | None = None) -> None:
    """Add where results go."""
    parser.add_argument("--json", metavar="FILE", help="write JSON; - is standard output")
    if csv is not None:
        parser.add_argument("--csv", metavar="FILE", help=f"write {csv} as CSV; - is standard output")


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """Add silence."""
    parser.add_argument("--quiet", action="store_true", help="no warnings and no progress on standard error")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an internal error")


def _evaluate(parser: argparse.ArgumentParser) -> None:
    add_data(parser, "*")
    add_settings(parser)
    add_slices(parser)
    add_discovery(parser)
    parser.add_argument(
        "--explain",
        action="append",
        default=[],
        metavar="FIGURE",
        help="say where a figure comes from instead of printing tables: AP50, classes.car.recall, errors.missed.dap, "
        "confusion.car.bus, slices.NAME.f1; may be repeated",
    )
    add_calibration(parser)
    add_rules(parser)
    parser.add_argument(
        "--streamed",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="walk through the runs part by part, for sizes beyond memory: AP, AR, counts and the class table, not error types, "
        "confusion, calibration, slices (default: where the whole evaluation would take more than half of the free memory)",
    )
    parser.add_argument("--errors", action="store_true", help="error types of every class and slice, in the tables too")
    add_thresholds(parser)
    add_comparison(parser)
    add_output(parser, csv="the class table")
    add_quiet(parser)


def _failures(parser: argparse.ArgumentParser) -> None:
    add_data(parser, "?")
    add_settings(parser)
    parser.add_argument(
        "--compare",
        action="append",
        default=[],
        metavar="PRED",
        help="say what each was in this other run (a file, or the name of a run of the project): fate, was, n_right; "
        "may be repeated, fate and was refer to the first",
    )
    add_output(parser, csv="the failures")
    add_quiet(parser)


def _export(parser: argparse.ArgumentParser) -> None:
    add_data(parser, "?")
    add_settings(parser)
    parser.add_argument(
        "--to",
        required=True,
        metavar="FORMAT",
        help="coco, yolo, voc, cvat, labelstudio, labelme, datumaro, dota, parquet or table (CSV) of labels and predictions, "
        "outcomes (folders of crops by class and tp, fp, fn), csv (failures) or images (list)",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="a new folder")
    parser.add_argument(
        "--tag", action="append", default=[], metavar="NAME", help="only images with this tag on them; repeatable"
    )
    parser.add_argument("--limit", type=_positive, metavar="N", help="at most N images (csv: failures)")
    pictures = parser.add_mutually_exclusive_group()
    pictures.add_argument("--copy-images", action="store_true", help="copy the pictures too")
    pictures.add_argument("--link-images", action="store_true", help="link the pictures too")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier export")
    add_quiet(parser)


def _validate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="ground truth, predictions, metadata, a project")
    add_reading(parser)
    add_output(parser)
    add_quiet(parser)


def _report(parser: argparse.ArgumentParser) -> None:
    add_data(parser, "*")
    add_settings(parser)
    add_slices(parser)
    add_calibration(parser)
    add_rules(parser)
    parser.add_argument("--out", type=Path, default=Path("report.html"), metavar="FILE", help="(default: %(default)s)")
    parser.add_argument("--overwrite", action="store_true", help="replace the file")
    add_quiet(parser)


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="DIR", help="where report and picture go (default: ./diag-gui-demo)")
    parser.add_argument("--no-window", action="store_true", help="as without a display")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an internal error")


def _tag(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path, metavar="PROJECT", help="a project file")
    parser.add_argument("--where", required=True, metavar="EXPRESSION", help="which rows")
    parser.add_argument(
        "--on", default="failures", choices=("failures", "images", "gt", "predictions"), help="(default: %(default)s)"
    )
    parser.add_argument("--add", action="append", default=[], metavar="NAME", help="tag to add; repeatable")
    parser.add_argument("--remove", action="append", default=[], metavar="NAME", help="tag to take off; repeatable")
    parser.add_argument("--note", metavar="TEXT", help="note to set")
    parser.add_argument("--run", metavar="NAME", help="which run of the project (default: the first)")
    parser.add_argument("--task", default="bbox", choices=TASKS, help="what is compared (default: %(default)s)")
    parser.add_argument("--iou", type=float, default=DEFAULT_IOU, metavar="T", help="(default: %(default)s)")
    parser.add_argument("--score", type=float, default=DEFAULT_SCORE, metavar="S", help="(default: %(default)s)")
    parser.add_argument("--max-detections", type=int, default=DEFAULT_MAX_DETECTIONS, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--author", metavar="NAME", help="(default: the user's name)")
    add_reading(parser)
    add_output(parser)
    add_quiet(parser)


def _project(parser: argparse.ArgumentParser) -> None:
    parser.usage = (
        "diag-gui project PROJECT [--json FILE]\n"
        "       diag-gui project create FILE --gt GT [--pred PRED ...]\n"
        "       diag-gui project merge INTO FROM"
    )
    parser.add_argument("words", nargs="+", metavar="PROJECT", help="a project; or 'create FILE'; or 'merge INTO FROM'")
    parser.add_argument("--gt", type=Path, metavar="GT", help="create: ground truth")
    parser.add_argument("--pred", type=Path, nargs="+", action="extend", default=[], metavar="PRED", help="create: runs")
    add_reading(parser)
    add_output(parser)
    add_quiet(parser)


def _positive(text: str) -> int:
    """Return a number of at least one."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _resamples(text: str) -> int:
    """Return a number of resamples that spread at all."""
    number = int(text)
    if number < 2:
        raise argparse.ArgumentTypeError("must be at least 2: one resample has no spread")
    return number


def _not_negative(text: str) -> int:
    """Return a number of at least zero."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must be at least 0")
    return number


def _columns(text: str) -> ColumnChoice:
    """Return a choice of columns."""
    from diag_gui.formats.column_choice import parse_columns

    try:
        return parse_columns(text)
    except DiagError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _target(text: str) -> str:
    """Return what discovery is to look for."""
    if text not in TARGETS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(TARGETS)}; give --discover last, or as --discover=WHAT")
    return text


def _ious(text: str) -> tuple[float, ...]:
    """Return IoU thresholds."""
    from diag_gui.evaluation.variants import Variants, parse_ious

    try:
        return Variants(ious=parse_ious(text)).ious
    except EvaluationError as error:
        raise argparse.ArgumentTypeError(error.reason) from None


def _limits(text: str) -> tuple[int, ...]:
    """Return limits of predictions."""
    from diag_gui.evaluation.variants import Variants, parse_limits

    try:
        return Variants(limits=parse_limits(text)).limits
    except EvaluationError as error:
        raise argparse.ArgumentTypeError(error.reason) from None


ADDERS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "demo": _demo,
    "evaluate": _evaluate,
    "failures": _failures,
    "export": _export,
    "validate": _validate,
    "report": _report,
    "tag": _tag,
    "project": _project,
}
