"""The loops over masks in readable numpy: the fallback without a compiler and the oracle of its twin.

Pixels are numbered down the columns. A mask is the sorted numbers at which it begins, ends, begins ...: its edges.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diag_gui.data.arrays import AnyArray, BoolArray, ByteArray, FloatArray, IntArray, LongArray
from diag_gui.data.masks import Mask
from diag_gui.data.written_masks import MAX_GROUPS, MaskKind, fault_of_structure

PAIRS_AT_ONCE = 20_000


def laid_out(
    masks: Sequence[Mask], image_height: LongArray, image_width: LongArray
) -> tuple[
    ByteArray, LongArray, LongArray, LongArray, LongArray, FloatArray, LongArray, ByteArray, LongArray, LongArray, BoolArray
]:
    """Return the columns of `WrittenMasks` for segmentations as they are written, in order.

    Parameters
    ----------
    masks : sequence of list, dict or None, length N
    image_height, image_width : ndarray of int64, shape (N,)
        Pixels; below 1 where not known.
    """
    kinds: list[int] = []
    height, width = np.array(image_height), np.array(image_width)
    fault = np.zeros(len(masks), np.bool_)
    rings: list[list[float]] = []
    texts: list[bytes] = []
    lists: list[list[int]] = []
    counted: list[tuple[int, int, int]] = []
    for m, mask in enumerate(masks):
        fault[m] = mask is not None and fault_of_structure(mask, int(height[m]), int(width[m])) is not None
        if mask is None or fault[m]:
            kinds.append(MaskKind.NONE)
            counted.append((0, 0, 0))
        elif isinstance(mask, list):
            kinds.append(MaskKind.POLYGONS)
            counted.append((len(mask), 0, 0))
            rings += mask
        else:
            height[m], width[m] = mask["size"]
            counts = mask["counts"]
            if isinstance(counts, list):
                kinds.append(MaskKind.COUNTS)
                counted.append((0, 0, len(counts)))
                lists.append(counts)
            else:
                kinds.append(MaskKind.STRING)
                counted.append((0, len(counts), 0))
                texts.append(counts if isinstance(counts, bytes) else counts.encode("ascii"))
    ring_bounds, text_bounds, run_bounds = np.cumsum([(0, 0, 0), *counted], axis=0, dtype=np.int64).T.copy()
    return (
        np.array(kinds, np.uint8),
        height,
        width,
        ring_bounds,
        np.cumsum([0, *(len(ring) // 2 for ring in rings)], dtype=np.int64),
        np.array([value for ring in rings for value in ring], np.float64).reshape(-1, 2),
        text_bounds,
        np.frombuffer(b"".join(texts), np.uint8),
        run_bounds,
        np.array([run for runs in lists for run in runs], np.int64),
        fault,
    )


def edges_of_masks(
    kind: ByteArray,
    height: LongArray,
    width: LongArray,
    ring_bounds: LongArray,
    point_bounds: LongArray,
    points: FloatArray,
    text_bounds: LongArray,
    text: ByteArray,
    run_bounds: LongArray,
    runs: LongArray,
    first: int,
    last: int,
) -> tuple[AnyArray, LongArray, BoolArray]:
    """Return the edges of masks ``first`` to ``last``; the columns are those of `WrittenMasks`.

    Returns
    -------
    edges : ndarray of uint32, shape (K,)
        Ascending and even in number per mask.
    n_edges : ndarray of int64, shape (last - first,)
    fault : ndarray of bool, shape (last - first,)
        Runs that do not fill their image, or a string that is none; such a mask has no edges.

    Notes
    -----
    Polygons as ``rleFrPoly`` of cocodataset/cocoapi (``common/maskApi.c``) fills them: corners are rounded to fifths of a
    pixel; each side is walked in steps of a fifth along its longer direction; where it steps over the middle of a column of
    pixels, the first pixel below that place turns from out to in or back. Several polygons of a mask are united. Here no step
    is walked, each crossing is computed, with the same roundings.
    """
    pixels = height * width
    masks, positions = _turns_of_polygons(
        np.where(kind == MaskKind.POLYGONS, width, -1), height, ring_bounds, point_bounds, points, first, last
    )
    of_text, lengths, fault = _runs_of_strings(text_bounds, text, kind == MaskKind.STRING, first, last)
    of_list = np.repeat(np.arange(first, last), np.diff(run_bounds[first : last + 1]))
    of_run, lengths = np.concatenate((of_text, of_list)), np.concatenate((lengths, runs[run_bounds[first] : run_bounds[last]]))
    covered = np.bincount(of_run - first, lengths, last - first)
    is_rle = (kind[first:last] == MaskKind.STRING) | (kind[first:last] == MaskKind.COUNTS)
    fault |= is_rle & (covered != pixels[first:last])
    fault[of_run[lengths < 0] - first] = True
    kept = ~fault[of_run - first]
    of_run, lengths = of_run[kept], lengths[kept]
    order = np.argsort(of_run, kind="stable")
    of_run, ends = of_run[order], np.cumsum(lengths[order])
    starts = np.flatnonzero(np.r_[True, of_run[1:] != of_run[:-1]]) if len(of_run) else np.empty(0, np.int64)
    before = np.repeat(np.r_[0, ends[starts[1:] - 1]] if len(starts) else ends, np.diff(np.r_[starts, len(of_run)]))
    masks, positions = np.concatenate((masks, of_run)), np.concatenate((positions, ends - before))
    masks, positions = settle(masks, positions, pixels)
    return positions.astype(np.uint32), np.bincount(masks - first, minlength=last - first), fault


def settle(group: LongArray, position: LongArray, pixels: LongArray) -> tuple[LongArray, LongArray]:
    """Return sorted turns, those that undo each other left out, the last of an odd number closed at the end of the image."""
    keys, counts = np.unique((group << 32) | position, return_counts=True)
    keys = keys[counts % 2 == 1]
    keys = keys[(keys & 0xFFFFFFFF) < pixels[keys >> 32]]
    open_groups = np.flatnonzero(np.bincount(keys >> 32, minlength=len(pixels)) % 2)
    keys = np.sort(np.concatenate((keys, (open_groups << 32) | pixels[open_groups])))
    return keys >> 32, keys & 0xFFFFFFFF


def _turns_of_polygons(
    width: LongArray,
    height: LongArray,
    ring_bounds: LongArray,
    point_bounds: LongArray,
    points: FloatArray,
    first: int,
    last: int,
) -> tuple[LongArray, LongArray]:
    """Return mask and position of the edges of masks made of polygons."""
    rings = np.arange(ring_bounds[first], ring_bounds[last])
    mask = np.repeat(np.arange(first, last), np.diff(ring_bounds[first : last + 1]))
    begin, end = point_bounds[rings], point_bounds[rings + 1]
    ring = np.repeat(np.arange(len(rings)), end - begin)
    here = np.arange(begin[0], end[-1]) if len(rings) else np.empty(0, np.int64)
    there = here + 1
    there[np.cumsum(end - begin) - 1] = begin
    fifths = np.trunc(5 * points + 0.5).astype(np.int64)
    (xs, ys), (xe, ye) = fifths[here].T, fifths[there].T
    dx, dy = np.abs(xe - xs), np.abs(ye - ys)
    flip = np.where(dx >= dy, xs > xe, ys > ye)
    xs, xe = np.where(flip, xe, xs), np.where(flip, xs, xe)
    ys, ye = np.where(flip, ye, ys), np.where(flip, ys, ye)
    wide, high = width[mask][ring], height[mask][ring]

    flat = np.flatnonzero((dx >= dy) & (dx > 0))
    slope = (ye - ys)[flat] / dx[flat]
    side, column = _columns_crossed(xs[flat], xe[flat], wide[flat])
    step = 5 * column + 2 - xs[flat][side]
    y_before, y_after = (np.trunc(ys[flat][side] + slope[side] * (step + k) + 0.5).astype(np.int64) for k in (0, 1))
    flat_turns = (ring[flat][side], column, np.minimum(y_before, y_after), high[flat][side])

    steep = np.flatnonzero(dx < dy)
    slope = (xe - xs)[steep] / dy[steep]
    x_first, x_last = (np.trunc(xs[steep] + slope * t + 0.5).astype(np.int64) for t in (0, dy[steep]))
    side, column = _columns_crossed(np.minimum(x_first, x_last), np.maximum(x_first, x_last), wide[steep])
    step = _first_step_beyond(5 * column + 2, xs[steep][side], slope[side], dy[steep][side])
    steep_turns = (ring[steep][side], column, step - 1 + ys[steep][side], high[steep][side])

    of_ring, column, y, high = (np.concatenate(both) for both in zip(flat_turns, steep_turns, strict=True))
    y = np.where(y <= 2, 0, np.minimum((y + 2) // 5, high))
    of_ring, position = settle(of_ring, column * high + y, (width * height)[mask])
    return _united(mask[of_ring], position)


def _columns_crossed(low: LongArray, high: LongArray, width: LongArray) -> tuple[LongArray, LongArray]:
    """Return, for sides from fifth ``low`` to fifth ``high``, which side steps over the middle of which column."""
    first = np.maximum(-((2 - low) // 5), 0)
    last = np.minimum((high - 3) // 5, width - 1)
    count = np.maximum(last - first + 1, 0)
    side = np.repeat(np.arange(len(low)), count)
    within = np.arange(len(side)) - np.repeat(np.cumsum(count) - count, count)
    return side, first[side] + within


def _first_step_beyond(fifth: LongArray, start: LongArray, slope: FloatArray, n_steps: LongArray) -> LongArray:
    """Return the first step at which a steep side has left the fifth of the middle of a column, either way."""

    def is_beyond(step: LongArray) -> BoolArray:
        x = np.trunc(start + slope * step + 0.5)
        return np.where(slope > 0, x > fifth, x <= fifth)

    step = np.clip(np.ceil((fifth + 0.5 - start) / slope), 1, n_steps).astype(np.int64)
    while (early := ~is_beyond(step)).any():
        step += early
    while (late := is_beyond(step - 1)).any():
        step -= late
    return step


def _united(mask: LongArray, position: LongArray) -> tuple[LongArray, LongArray]:
    """Return the edges of the union of the shapes of each mask; edges of a shape follow each other, a begin first."""
    is_end = np.arange(len(position)) % 2
    order = np.lexsort((is_end, position, mask))
    mask, position, is_end = mask[order], position[order], is_end[order]
    depth = np.cumsum(1 - 2 * is_end)
    is_edge = np.where(is_end == 1, depth == 0, depth == 1)
    return mask[is_edge], position[is_edge]


def _runs_of_strings(
    text_bounds: LongArray, text: ByteArray, is_string: BoolArray, first: int, last: int
) -> tuple[LongArray, LongArray, BoolArray]:
    """Return mask and length of every run of the strings, and which masks have a string that is none."""
    n_chars = np.diff(text_bounds[first : last + 1])
    groups = text[text_bounds[first] : text_bounds[last]].astype(np.int64) - 48
    mask = np.repeat(np.arange(last - first), n_chars)
    fault = np.zeros(last - first, np.bool_)
    fault[mask[(groups < 0) | (groups > 63)]] = True
    last_chars = np.cumsum(n_chars)[n_chars > 0] - 1
    fault[mask[last_chars[groups[last_chars] & 0x20 != 0]]] = True
    sound = ~fault[mask]
    groups, mask = groups[sound], mask[sound]
    ends = np.flatnonzero(groups & 0x20 == 0)
    starts = np.r_[0, ends[:-1] + 1] if len(ends) else ends
    lengths = ends - starts + 1
    fault[mask[ends[lengths > MAX_GROUPS]]] = True
    place = np.minimum(np.arange(len(groups)) - np.repeat(starts, lengths), MAX_GROUPS)
    values = np.add.reduceat((groups & 0x1F) << (5 * place), starts) if len(ends) else ends
    values = np.where(groups[ends] & 0x10, values - (np.int64(1) << (5 * np.minimum(lengths, MAX_GROUPS))), values)
    of_run = mask[ends]
    first_run = np.searchsorted(of_run, of_run)
    within = np.arange(len(of_run)) - first_run
    chain = 3 * of_run + np.where(within == 0, 0, 1 + within % 2)
    order = np.argsort(chain, kind="stable")
    sums = np.cumsum(values[order])
    chain_start = np.searchsorted(chain[order], chain[order])
    lengths = np.empty_like(values)
    lengths[order] = sums - np.where(chain_start > 0, sums[chain_start - 1], 0)
    return of_run + first, lengths, fault


def areas_and_boxes(edges: AnyArray, offsets: LongArray, height: LongArray) -> tuple[FloatArray, IntArray]:
    """Return the pixels of each mask, float64 (N,), and their left, top, right and bottom, int32 (N, 4); 0 where empty."""
    n = len(height)
    begin, last = edges[0::2].astype(np.int64), edges[1::2].astype(np.int64) - 1
    mask = np.repeat(np.arange(n), np.diff(offsets) // 2)
    high = height[mask]
    crosses = begin // high != last // high
    box = np.zeros((n, 4), np.int32)
    filled = np.flatnonzero(np.diff(offsets))
    starts = offsets[filled] // 2
    if len(filled):
        box[filled, 0] = np.minimum.reduceat(begin // high, starts)
        box[filled, 1] = np.minimum.reduceat(np.where(crosses, 0, begin % high), starts)
        box[filled, 2] = np.maximum.reduceat(last // high, starts) + 1
        box[filled, 3] = np.maximum.reduceat(np.where(crosses, high - 1, last % high), starts) + 1
    return np.bincount(mask, last - begin + 1, n).astype(np.float64), box


def mask_pairs(
    gt_edges: AnyArray,
    gt_bounds: LongArray,
    gt_area: FloatArray,
    gt_box: IntArray,
    gt_is_crowd: BoolArray,
    gt_offsets: LongArray,
    pred_edges: AnyArray,
    pred_bounds: LongArray,
    pred_area: FloatArray,
    pred_box: IntArray,
    pred_image: IntArray,
    first: int,
    last: int,
    floor: float,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Pair predictions ``first`` to ``last`` with the ground truth of their images where IoU > 0 and IoU >= ``floor``.

    Returns
    -------
    pred_row, gt_row : ndarray of int32, shape (M,)
        Ascending by prediction, then ground truth.
    iou : ndarray of float64, shape (M,)
        ``rleIou`` of pycocotools, to the bit: for a crowd the share of the prediction.
    """
    parts = []
    image = pred_image[first:last]
    per_pred = gt_offsets[image + 1] - gt_offsets[image]
    ends = np.cumsum(per_pred)
    start = 0
    while start < last - first:
        done = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + PAIRS_AT_ONCE, side="right")))
        count = per_pred[start:stop]
        pred = np.repeat(np.arange(first + start, first + stop), count)
        gt = np.repeat(gt_offsets[image[start:stop]], count) + np.arange(len(pred)) - np.repeat(np.cumsum(count) - count, count)
        d, g = pred_box[pred], gt_box[gt]
        near = (np.maximum(d[:, :2], g[:, :2]) < np.minimum(d[:, 2:], g[:, 2:])).all(axis=1)
        pred, gt = pred[near], gt[near]
        shared = _shared(pred_edges, pred_bounds, pred, gt_edges, gt_bounds, gt)
        iou = shared / np.where(gt_is_crowd[gt], pred_area[pred], pred_area[pred] + gt_area[gt] - shared)
        kept = (iou > 0) & (iou >= floor)
        parts.append((pred[kept].astype(np.int32), gt[kept].astype(np.int32), iou[kept]))
        start = stop
    if not parts:
        return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float64)
    pred_row, gt_row, iou = (np.concatenate(column) for column in zip(*parts, strict=True))
    return pred_row, gt_row, iou


def _shared(
    one_edges: AnyArray, one_bounds: LongArray, one: LongArray, other_edges: AnyArray, other_bounds: LongArray, other: LongArray
) -> LongArray:
    """Return the pixels that masks ``one`` and ``other`` share, pair by pair."""
    rows, place = np.unique(one, return_inverse=True)
    count = np.diff(one_bounds)[rows]
    taken = np.repeat(one_bounds[rows] - (np.cumsum(count) - count), count) + np.arange(count.sum())
    ends = one_edges[taken].astype(np.int64)
    keys = (np.repeat(np.arange(len(rows)), count) << 32) | ends
    inked = np.r_[0, np.cumsum(ends[1::2] - ends[0::2])]

    count = np.diff(other_bounds)[other]
    pair = np.repeat(np.arange(len(other)), count)
    at = other_edges[np.repeat(other_bounds[other] - (np.cumsum(count) - count), count) + np.arange(len(pair))].astype(np.int64)
    before = np.searchsorted(keys, (place[pair] << 32) | at, side="right")
    # Inked pixels of all masks up to here: whole runs, and the begun part of the one that is open.
    so_far = inked[before // 2] + np.where(before % 2 == 1, at - ends[np.maximum(before - 1, 0)], 0)
    return np.bincount(pair, np.where(np.arange(len(pair)) % 2 == 1, so_far, -so_far), len(other)).astype(np.int64)


def outlines(edges: AnyArray, height: int, left: int, top: int, right: int, bottom: int) -> tuple[AnyArray, LongArray]:
    """Return the closed lines between the pixels in and out of one mask, given its edges and box.

    Returns
    -------
    points : ndarray of int32, shape (K, 2)
        x, y of the corners; what is inside lies to the right hand.
    bounds : ndarray of int64, shape (L + 1,)
        Line i is ``points[b[i]:b[i + 1]]``. Pixels that meet in a corner only belong to two lines.
    """
    inside = np.zeros((right - left + 2, bottom - top + 2), np.bool_)
    pixels = np.concatenate([np.arange(begin, end) for begin, end in edges.reshape(-1, 2).tolist()] or [np.empty(0, np.int64)])
    inside[pixels // height - left + 1, pixels % height - top + 1] = True
    steps = ((0, -1), (1, 0), (0, 1), (-1, 0))
    # Of the four ways up, right, down, left: the cells ahead at the left and at the right hand, from the corner between them.
    ahead = (((-1, -1), (0, -1)), ((0, -1), (0, 0)), ((0, 0), (-1, 0)), ((-1, 0), (-1, -1)))
    unseen = inside.copy()
    unseen[1:] &= ~inside[:-1]
    points: list[tuple[int, int]] = []
    bounds = [0]
    for x, y in np.argwhere(unseen).tolist():
        if not unseen[x, y]:
            continue
        at, way = (x, y + 1), 0
        while True:
            if way == 0:
                unseen[at[0], at[1] - 1] = False
            at = (at[0] + steps[way][0], at[1] + steps[way][1])
            at_left, at_right = (inside[at[0] + dx, at[1] + dy] for dx, dy in ahead[way])
            turned = (way + 1) % 4 if not at_right else (way + 3) % 4 if at_left else way
            if turned != way:
                points.append((at[0] - 1 + left, at[1] - 1 + top))
            way = turned
            if way == 0 and at == (x, y + 1):
                break
        bounds.append(len(points))
    return np.array(points, np.int32).reshape(-1, 2), np.array(bounds, np.int64)
