"""LVIS: lists per image, and frequencies."""

from __future__ import annotations

from typing import Any

from tests.robustness.corpus.items import ACCEPT, DROP, REJECT, RIGHT, Corpus, first


def add_to(corpus: Corpus) -> None:
    """Add the items of this module."""

    def lvis(change: Any) -> Any:
        def changed(content: dict[str, Any]) -> None:
            for image in content["images"]:
                image |= {"neg_category_ids": [], "not_exhaustive_category_ids": []}
            for category in content["categories"]:
                category |= {"frequency": "f", "synset": "bird.n.01"}
            change(content)

        return changed

    corpus.truth("lvis_good", ACCEPT, [], lvis(lambda _: None), **RIGHT)
    for name, value in {
        "null": None,
        "a_number": 7,
        "of_text": ["tern"],
        "unknown": [4711],
        "nested": [[1]],
        "a_half": [1.5],
    }.items():
        corpus.truth(
            f"lvis_negatives_{name}",
            ACCEPT,
            [["neg_category_ids"]],
            lvis(first("images", neg_category_ids=value)),
            also_ok=[REJECT, DROP],
        )
    for name, value in {"null": None, "unknown": "z", "a_number": 1}.items():
        corpus.truth(
            f"lvis_frequency_{name}", ACCEPT, [["frequency"]], lvis(first("categories", frequency=value)), also_ok=[REJECT]
        )
    corpus.truth(
        "lvis_by_address",
        ACCEPT,
        [],
        lvis(first("images", file_name=..., coco_url="http://127.0.0.1:9/train2017/a.jpg")),
        **RIGHT,
    )
