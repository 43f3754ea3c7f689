"""What discovery leaves out: a slice that is another one under a second name, and one that lies on too few images."""

from __future__ import annotations

import numpy as np
import pytest

from diag_gui.data.arrays import AnyArray, BoolArray
from diag_gui.data.attributes import Column, ColumnKind
from diag_gui.evaluation.columns import ColumnCatalog
from diag_gui.evaluation.discovery import Discovery, DiscoverySettings, Question, discover
from diag_gui.evaluation.discovery_conditions import conditions_on
from diag_gui.evaluation.discovery_confirmation import confirm_slices
from diag_gui.evaluation.discovery_questions import QuestionRows, rows_of_question
from diag_gui.evaluation.discovery_search import SearchLimits, SearchRows, search_slices
from diag_gui.evaluation.evaluator import evaluate, prepare_run
from diag_gui.evaluation.fates import Side
from diag_gui.evaluation.params import EvaluationParams
from tests.evaluation.planted_slices import dataset_of, run_of

N_IMAGES, PER_IMAGE = 400, 10
IMAGE_ROW = np.repeat(np.arange(N_IMAGES, dtype=np.int32), PER_IMAGE)


def flag(name: str, images: BoolArray) -> Column:
    return Column(name, ColumnKind.BOOL, images, np.zeros(N_IMAGES, np.bool_))


def missed_where(is_missed: BoolArray, *columns: Column) -> Side:
    """Return a run that finds all of some labels that are alike in everything but the columns of their images."""
    n = len(IMAGE_ROW)
    xywh = np.tile([0.0, 200.0, 50.0, 50.0], (n, 1))
    xywh[:, 0] = np.arange(n) % PER_IMAGE * 300.0
    none, found = np.zeros(n, np.int32), np.flatnonzero(~is_missed)
    dataset = dataset_of(IMAGE_ROW, none, xywh, columns, N_IMAGES)
    run = run_of(IMAGE_ROW[found], none[found], xywh[found], np.full(len(found), 0.9), N_IMAGES)
    facts = prepare_run(dataset, run)
    return facts, evaluate(facts, EvaluationParams())


def drawn(inside: BoolArray, rng: np.random.Generator) -> BoolArray:
    """Return which labels are missed: six of ten on the images inside, one of ten elsewhere."""
    return rng.random(len(IMAGE_ROW)) < np.where(inside[IMAGE_ROW], 0.6, 0.1)


def under_other_names() -> tuple[Side, BoolArray]:
    """Return a weakness on the images of one site, and that site under three other names: the same, nearly so, and turned."""
    rng = np.random.default_rng(8)
    inside = rng.random(N_IMAGES) < 0.25
    nearly = inside.copy()
    nearly[rng.choice(N_IMAGES, 12, replace=False)] ^= True
    columns = [flag(f"other_{n}", rng.random(N_IMAGES) < 0.4) for n in range(6)]
    names = flag("quay", inside), flag("harbour", inside), flag("wet", nearly), flag("dry", ~inside)
    return missed_where(drawn(inside, rng), *columns, *names), inside


def test_a_slice_under_other_names_is_reported_once() -> None:
    side, inside = under_other_names()
    found = discover(side)
    assert len(found.slices) == 1
    assert found.found_rows[0].tolist() == np.flatnonzero(inside[IMAGE_ROW]).tolist()
    assert set(found.columns) >= {"quay", "harbour", "wet", "dry"}


def test_the_search_itself_brings_it_once() -> None:
    side, inside = under_other_names()
    rows = rows_of_question(Question(), side)
    conditions = conditions_on(rows, ColumnCatalog(side[0]), 20)
    everything = SearchRows(rows.contrast, rows.image_row, np.arange(len(rows.rows)), rows.floor)
    slices, _ = search_slices(conditions, everything, SearchLimits(20, 10, 3, 10))
    held = [conditions.inside(one) for one in slices]
    assert (held[0] == inside[IMAGE_ROW]).all()
    # All the rest shares less than half with it, however many rounds there are.
    assert all((held[0] & other).sum() < 0.5 * (held[0] | other).sum() for other in held[1:])


def told(rows: QuestionRows, *insides: BoolArray) -> dict[int, float]:
    """Return q of what is tested of some slices, all images being unseen."""
    everywhere = np.ones(N_IMAGES, np.bool_)
    found = confirm_slices(insides, rows, np.arange(len(rows.rows)), everywhere, n_resamples=200, seed=0)
    return {place: one.q if one.excess > 0 else 1.0 for place, one in found.items()}


def test_what_was_confirmed_before_explains_the_same_rows_and_a_part_of_them() -> None:
    side, inside = under_other_names()
    rows = rows_of_question(Question(), side)
    whole, part = inside[IMAGE_ROW], inside[IMAGE_ROW] & (IMAGE_ROW % 2 == 0)
    q = told(rows, whole, whole.copy(), part)
    assert q[0] < 1e-6
    assert (q[1] > 0.05, q[2] > 0.05) == (True, True)
    # The part alone is confirmed: it is what stands before it that explains it.
    assert told(rows, part)[0] < 1e-6


def few_images(n: int) -> Discovery | Side:
    rng = np.random.default_rng(4)
    inside = np.zeros(N_IMAGES, np.bool_)
    inside[rng.choice(N_IMAGES, n, replace=False)] = True
    others = [flag(f"other_{number}", rng.random(N_IMAGES) < 0.4) for number in range(4)]
    return missed_where(drawn(inside, rng), *others, flag("quay", inside))


def test_a_slice_lies_on_as_many_images_of_the_searched_half_as_were_asked_for() -> None:
    n = 24
    side = few_images(n)
    listed = {}
    for least in range(1, n + 1):
        found = discover(side, settings=DiscoverySettings(least_images=least, most_conditions=1, intervals=200))
        listed[least] = [one for one in found.slices if one.definition.expression == "quay = TRUE"]
    (first,) = listed[1]
    n_searched = n - first.images
    assert 5 < n_searched < n - 5
    assert [least for least, slices in listed.items() if slices] == list(range(1, n_searched + 1))


@pytest.mark.parametrize(("n_images", "per_image", "is_tested"), [(4, 10, False), (5, 2, True), (9, 1, False), (10, 1, True)])
def test_a_slice_is_tested_on_ten_rows_of_five_images_or_not_at_all(n_images: int, per_image: int, is_tested: bool) -> None:
    side = few_images(24)
    rows = rows_of_question(Question(), side)
    place: AnyArray = np.arange(len(IMAGE_ROW)) % PER_IMAGE
    inside = (n_images > IMAGE_ROW) & (place < per_image)
    assert len(inside) == len(rows.rows)
    assert (told(rows, inside) != {}) is is_tested
