"""Draw the sample again.

``python resources/sample_source/make.py pictures`` draws the pictures, ground truth and metadata (about three minutes, one
core; numpy and OpenCV). ``… predictions`` trains the detector on pictures of other sites, which are drawn for it and not kept
with the sample, and writes the three runs (about an hour; needs torch as well, any 2.x, which nothing else in the
project uses). Everything is seeded: the same OpenCV gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sample_source.cameras import CAMERAS
from sample_source.labels import coco, plant, write_metadata
from sample_source.sites import SITES, Shot, plan
from sample_source.taking import take

ROOT = Path(__file__).resolve().parents[2]
PICTURES_PER_SITE = 12


def sample_shots() -> list[Shot]:
    """Return the plan of the bundled pictures."""
    return plan(SITES, PICTURES_PER_SITE)


def draw_pictures(target: Path, planted: Path) -> None:
    """Draw pictures, ground truth and metadata into ``target``; list the planted errors in ``planted``."""
    folder = target / "images"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    truth, shots = [], sample_shots()
    for shot in shots:
        pixels, boxes = take(shot)
        quality = [cv2.IMWRITE_JPEG_QUALITY, CAMERAS[shot.camera].jpeg_quality]
        cv2.imwrite(str(folder / shot.file_name), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), quality)
        truth.append(boxes)
    annotations, errors = plant(shots, truth)
    (target / "ground_truth.json").write_text(
        json.dumps(coco(shots, annotations), separators=(",", ":")) + "\n", encoding="utf-8"
    )
    planted.write_text(json.dumps(errors, indent=0) + "\n", encoding="utf-8")
    write_metadata(target / "metadata.csv", shots)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["pictures", "predictions"])
    parser.add_argument("--out", type=Path, default=ROOT / "resources" / "sample")
    parser.add_argument("--planted", type=Path, default=ROOT / "tests" / "sample" / "planted_errors.json")
    parser.add_argument(
        "--scratch",
        type=Path,
        default=Path(tempfile.gettempdir()) / "diag-gui-sample-training",
        help="where training pictures are kept between runs",
    )
    options = parser.parse_args()
    if options.what == "pictures":
        draw_pictures(options.out, options.planted)
    else:
        from sample_source.detector.runs import make_runs

        make_runs(options.out, options.scratch)
    return 0


if __name__ == "__main__":
    sys.exit(main())
