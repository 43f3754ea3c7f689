"""Make a corpus of bad and odd files with a manifest of what must happen, of the shape that `tests.robustness.run` takes.

    python -m tests.robustness.make_corpus FOLDER

Everything is made on the spot from one small good set (three pictures, six labels, three classes, six predictions that are
right). An item is one file, changed in one place; it is named by what is wrong with it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.robustness.corpus import (
    annotation_tools,
    coco_documents,
    coco_found,
    coco_labels,
    coco_masks,
    lvis,
    metadata,
    pictures,
    projects,
    tables,
    text_lines,
    xml,
    yolo,
)
from tests.robustness.corpus.items import Corpus, base

KINDS = (
    coco_documents,
    coco_labels,
    coco_masks,
    lvis,
    coco_found,
    yolo,
    xml,
    annotation_tools,
    text_lines,
    tables,
    metadata,
    pictures,
    projects,
)


def make_corpus(folder: Path) -> Path:
    """Write everything into ``folder``; return the manifest."""
    corpus = Corpus(folder)
    base(corpus)
    for kind in KINDS:
        kind.add_to(corpus)
    manifest = {"about": __doc__, "base": {"images": 3, "annotations": 6, "categories": 3, "predictions": 6}}
    path = corpus.path("manifest.json")
    path.write_text(json.dumps(manifest | {"items": corpus.items}, indent=1))
    return path


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    print(make_corpus(parser.parse_args().folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
