"""Candidates of many sudoku boards at once as bit masks: what follows from singles, and the search beyond."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "LONGEST",
    "Boards",
    "Box",
    "Flags",
    "Places",
    "all_values",
    "any_of",
    "keep",
    "masks_of",
    "propagate",
    "search",
    "tally",
    "units",
    "values_of",
]

Box = tuple[int, int]
"""How many rows and columns one box has; their product is the length of the board's sides."""

Boards = npt.NDArray[np.uint8]
"""Values of cells: 1, 2, .., and 0 where a cell is empty."""

Masks = npt.NDArray[np.unsignedinteger[Any]]
"""The candidates of each cell, one bit for each value, of shape (side, side, boards): long runs are quick to work on."""

Flags = npt.NDArray[np.bool_]

Places = npt.NDArray[np.intp]

LONGEST = 32
"""A mask has no more bits."""

WIDTH = 256
"""Boards that are searched together; 200 puzzles of 26 to 30 givens take 0.62, 0.46, 0.46 s by 64, 256, 1024."""


def all_values(side: int) -> np.unsignedinteger[Any]:
    """The mask of a cell of which nothing is known."""
    return np.uint16((1 << side) - 1) if side <= 16 else np.uint32((1 << side) - 1)


def masks_of(boards: Boards, box: Box) -> Masks:
    """The candidates of cells before any reasoning."""
    every = all_values(box[0] * box[1])
    bits = np.array([every, *(1 << value for value in range(box[0] * box[1]))], every.dtype)
    return np.ascontiguousarray(np.moveaxis(bits[boards], 0, -1))


def values_of(masks: Masks) -> Boards:
    """Boards again: the value of each cell with one candidate."""
    values = np.where(np.bitwise_count(masks) == 1, np.bitwise_count(masks - masks.dtype.type(1)) + 1, 0)
    return np.ascontiguousarray(np.moveaxis(values, -1, 0).astype(np.uint8))


def _boxes(masks: Masks, box: Box) -> Masks:
    """A view by row of boxes, row in the box, column of boxes, column in the box, and board."""
    rows, columns = box
    return masks.reshape(columns, rows, rows, columns, masks.shape[-1])


def units(masks: Masks, box: Box) -> tuple[list[Masks], list[Masks], list[Masks]]:
    """Views of the cells by their place in the row, in the column and in the box."""
    inner = _boxes(masks, box)
    return (
        [masks[:, place] for place in range(len(masks))],
        [masks[place] for place in range(len(masks))],
        [inner[:, row, :, column] for row in range(box[0]) for column in range(box[1])],
    )


def tally(cells: list[Masks]) -> tuple[Masks, Masks]:
    """The values that come in a unit at all, and those that come more than once."""
    once, again, both = cells[0].copy(), np.zeros_like(cells[0]), np.empty_like(cells[0])
    for cell in cells[1:]:
        np.bitwise_and(once, cell, out=both)
        again |= both
        once |= cell
    return once, again


def _spread(parts: list[Masks], box: Box) -> Masks:
    """What holds of a cell by its row, its column or its box."""
    by_row, by_column, by_box = parts
    cells = np.empty((len(by_row), *by_column.shape), by_row.dtype)
    np.bitwise_or(by_row[:, None], by_column, out=cells)
    inner = _boxes(cells, box)
    inner |= by_box[:, None, :, None]
    return cells


def any_of(flags: Flags) -> Flags:
    """For each board whether a flag is set anywhere."""
    return np.asarray(flags.any(tuple(range(flags.ndim - 1))))


def keep(masks: Masks, which: Flags) -> Masks:
    """Some of the boards; unlike an index, this keeps a board's neighbours in memory beside it."""
    return np.compress(which, masks, axis=-1)


def _round(masks: Masks, box: Box) -> tuple[Masks, Flags]:
    """One round of naked, then of hidden singles, and which boards have shown a contradiction."""
    one = masks.dtype.type(1)
    every = all_values(len(masks))
    known = np.where(masks & (masks - one), 0, masks)
    taken = [tally(cells) for cells in units(known, box)]
    after = np.where(known, masks, masks & ~_spread([once for once, _ in taken], box))
    counted = [tally(cells) for cells in units(after, box)]
    only = after & _spread([once & ~again for once, again in counted], box)
    dead = any_of(after == 0) | any_of((only & (only - one) != 0) & (only != 0))
    for (_, twice), (once, _) in zip(taken, counted, strict=True):
        dead |= any_of(twice != 0) | any_of(once != every)
    return np.where(only, only, after), dead


def propagate(masks: Masks, box: Box) -> Flags:
    """Fill in singles, in place, until nothing changes, and say which boards contradict themselves."""
    dead = np.zeros(masks.shape[-1], bool)
    live: Places = np.arange(masks.shape[-1])
    now = masks
    while live.size:
        after, wrong = _round(now, box)
        moving = any_of(after != now) & ~wrong
        dead[live[wrong]] = True
        if not moving.all():
            masks[..., live[~moving]] = keep(after, ~moving)
            after, live = keep(after, moving), live[moving]
        now = after
    return dead


def search(masks: Masks, box: Box, limit: int) -> tuple[Masks, Places]:
    """Solutions of boards, at least `limit` of each board that has as many, and the number of the board that each solves."""
    found, owners = [masks[..., :0]], [np.arange(0)]
    number = np.zeros(masks.shape[-1], int)
    stack: list[tuple[Masks, Places]] = [(masks, np.arange(masks.shape[-1]))]
    while stack:
        masks, owner = stack.pop()
        wanted = number[owner] < limit
        masks, owner = keep(masks, wanted), owner[wanted]
        dead = propagate(masks, box)
        undecided = any_of(np.bitwise_count(masks) != 1)
        solved = ~dead & ~undecided
        found.append(keep(masks, solved))
        owners.append(owner[solved])
        number += np.bincount(owner[solved], minlength=number.size)
        going = ~dead & undecided & (number[owner] < limit)
        masks, owner = _branch(keep(masks, going)), np.tile(owner[going], 2)
        # pieces keep the memory small: the search goes deep where it is wide
        stack += [
            (masks[..., start : start + WIDTH], owner[start : start + WIDTH]) for start in range(0, owner.size, WIDTH)
        ]
    return np.concatenate(found, -1), np.concatenate(owners)


def _branch(masks: Masks) -> Masks:
    """Both ways to go on at a cell with the fewest candidates: without the first of them, and with nothing else."""
    number = masks.shape[-1]
    counts = np.bitwise_count(masks).reshape(len(masks) ** 2, number)
    cell = np.where(counts > 1, counts, LONGEST + 1).argmin(0)
    both = np.concatenate([masks, masks], -1).reshape(len(masks) ** 2, 2 * number)
    board = np.arange(number)
    chosen = both[cell, board]
    first = chosen & ~(chosen - masks.dtype.type(1))
    both[cell, board] = chosen & ~first
    both[cell, number + board] = first
    return both.reshape(*masks.shape[:2], 2 * number)
