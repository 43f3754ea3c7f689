from __future__ import annotations

from pathlib import Path

from diag_gui.data.dataset import Dataset
from diag_gui.review.attach import attach
from diag_gui.review.decisions import fold
from diag_gui.review.events import decide
from diag_gui.review.moved_images import contents_of, moved_images
from diag_gui.review.places import Resolver
from diag_gui.review.store import ReviewStore
from tests.evaluation.coco_facts import by_hand, coco_dict, dataset_from_coco, run_from_results
from tests.review.decisions_by_hand import add


def _dataset(names: list[str]) -> Dataset:
    content = coco_dict(len(names), 1, [(1, 1, 10, 10, 50, 50)])
    for record, name in zip(content["images"], names, strict=True):
        record["file_name"] = name
    return dataset_from_coco(content)


def _files(root: Path, contents: dict[str, str]) -> None:
    for name, text in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def test_decisions_follow_a_moved_file(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    _files(old, {"a.jpg": "picture a", "b.jpg": "picture b"})
    before = _dataset(["a.jpg", "b.jpg", "none.jpg"])
    (label,) = Resolver(before, ()).labels.annotation_keys([0])
    with ReviewStore.create(tmp_path / "p.diag") as store:
        store.append(decide("me", "Tag", [add("a.jpg", "whole"), add(label, "relabel"), add("none.jpg", "lost")]))
        mentioned = fold(store.operations()).mentioned
        contents = contents_of(mentioned, before, lambda name: old / name, store.image_contents())
        assert set(contents) == {"a.jpg"}
        store.remember_contents(contents)
        store.remember_contents(contents)
        assert store.image_contents() == contents
        assert contents_of(mentioned, before, lambda name: old / name, contents) == {}
    _files(new, {"deep/z.jpg": "picture a", "deep/y.jpg": "picture c", "deep/x.jpg": "picture a"})
    after = _dataset(["deep/z.jpg", "deep/y.jpg", "deep/x.jpg", "deep/none.jpg"])
    with ReviewStore.open(tmp_path / "p.diag") as store:
        decisions = fold(store.operations())
        moved = moved_images(decisions.mentioned, after, lambda name: new / name, store.image_contents())
    assert moved == {"a.jpg": "deep/z.jpg"}
    resolver = Resolver(after, (), moved=moved)
    state = attach(decisions, after, (), resolver=resolver)
    assert state.images[0].tag_names == {"whole"}
    assert state.ground_truth[0].tag_names == {"relabel"}
    assert [lost.decision.tag_names for lost in state.unattached] == [{"lost"}]


def test_predictions_follow_a_moved_file_too() -> None:
    dataset, run = by_hand(1, 1, [], [(1, 1, 1, 1, 5, 5, 0.5)])
    (key,) = Resolver(dataset, [run]).runs[0].prediction_keys([0])
    renamed = _dataset(["deep/new.jpg"])
    results = [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5], "score": 0.5}]
    resolver = Resolver(renamed, [run_from_results(results, renamed)], moved={"1.jpg": "deep/new.jpg"})
    assert resolver.find([key]).of[key].pred_row == 0


def test_nothing_is_read_where_every_image_is_at_its_path() -> None:
    def must_not_ask(name: str) -> Path | None:
        raise AssertionError(name)

    dataset = _dataset(["a.jpg"])
    assert moved_images(fold([]).mentioned, dataset, must_not_ask, {}) == {}
