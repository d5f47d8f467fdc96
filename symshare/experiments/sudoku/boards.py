"""Sudoku boards of any box shape: rules, solutions, and puzzles with one solution, many boards at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from symshare.errors import SymshareError
from symshare.experiments.sudoku.propagation import (
    LONGEST,
    Boards,
    Box,
    Flags,
    Places,
    all_values,
    any_of,
    keep,
    masks_of,
    propagate,
    search,
    tally,
    units,
    values_of,
)

__all__ = ["generate", "singles", "solve", "valid"]

FEWEST = {(2, 2): 4, (3, 3): 17}
"""The fewest givens of a puzzle with one solution, where that is known; elsewhere all values but one must be seen."""

FEW, MANY = 64, 1024
"""How many boards are worked on at a time, at least and at most: fewer waste calls, more leave the cache."""

HOPELESS = 3000
"""Boards in a row without a new puzzle that end a search; 3,008 boards of 9 x 9 cells with 17 givens wanted take 21 s."""


def solve(board: npt.ArrayLike, limit: int = 2, box: Box = (3, 3)) -> list[Boards]:
    """Up to `limit` solutions of a board, 0 where a cell is empty; none for a board that contradicts itself.

    Backtracking over candidates: naked and hidden singles first, then both ways to go on at a cell with the fewest
    candidates. The same board always gives the same solutions in the same order.

    Raises SymshareError for a box or a board that is none.

    >>> solve([[1, 2, 0, 0], [0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 2]], box=(2, 2))[0]
    array([[1, 2, 4, 3],
           [4, 3, 2, 1],
           [2, 1, 3, 4],
           [3, 4, 1, 2]], dtype=uint8)
    """
    if limit < 1:
        raise SymshareError(
            f"{limit} solutions are none\n  ask for one or more: limit=2 tells whether there is only one"
        )
    found, _ = search(masks_of(_check_boards(np.asarray(board)[None], box), box), box, limit)
    return list(values_of(found)[:limit])


def singles(boards: npt.ArrayLike, box: Box = (3, 3)) -> Boards:
    """Boards of shape (number, side, side), filled in by singles alone until nothing changes; 0 where undecided.

    A naked single is the only candidate of a cell, a hidden single the only place for a value in a row, column or box. A
    board in which they come upon a contradiction is returned as it was given.

    Raises SymshareError for a box or for boards that are none.

    >>> singles([[[1, 2, 0, 4], [0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]], box=(2, 2))[0]
    array([[1, 2, 3, 4],
           [0, 0, 0, 0],
           [0, 1, 0, 0],
           [0, 0, 0, 0]], dtype=uint8)
    """
    given = _check_boards(boards, box)
    filled = np.empty_like(given)
    for start in range(0, len(given), MANY):
        masks = masks_of(given[start : start + MANY], box)
        dead = propagate(masks, box)
        filled[start : start + MANY] = np.where(dead[:, None, None], given[start : start + MANY], values_of(masks))
    return filled


def valid(boards: npt.ArrayLike, box: Box = (3, 3)) -> Flags:
    """Which of the boards, of shape (number, side, side), are full and have each value once in each row, column and box.

    Raises SymshareError for a box that is none or boards of another shape.

    >>> valid([[[1, 2, 3, 4], [3, 4, 1, 2], [2, 1, 4, 3], [4, 3, 2, 1]], [[1, 2, 3, 4]] * 4], box=(2, 2))
    array([ True, False])
    """
    values = _check_shape(boards, box)
    side = values.shape[1]
    known = (values >= 1) & (values <= side)
    masks = masks_of(np.where(known, values, 1).astype(np.uint8), box)
    wrong = any_of(np.moveaxis(~known, 0, -1))
    for cells in units(masks, box):
        wrong |= any_of(tally(cells)[0] != all_values(side))
    return ~wrong


def generate(
    number: int,
    givens: int | tuple[int, int],
    box: Box,
    rng: np.random.Generator,
    progress: Callable[[int], None] | None = None,
) -> tuple[Boards, Boards]:
    """Distinct puzzles with one solution each, and these solutions: two arrays of shape (number, side, side).

    `givens` is how many cells of each puzzle are known, or the least and the most, both included: then a number for each
    puzzle is drawn from all in between, each as likely as the others. `progress` hears how many puzzles are done.

    For each puzzle a full board is drawn: a random cell among those with the fewest candidates gets a random one of them,
    singles fill in what follows, and a board that contradicts itself is thrown away. Then its cells are gone through once,
    in random order, and each is emptied if the puzzle keeps its one solution, until the wanted number of givens is left.
    A search decides that, so that nothing favours puzzles that singles can solve. Where too many givens stay, or the
    puzzle was there before, another board is drawn. Neither boards nor puzzles are uniform over all that exist. The same
    state of `rng` gives the same puzzles.

    Raises SymshareError for numbers that cannot be, and when 3,000 boards in a row have brought no further puzzle.

    >>> puzzles, solutions = generate(10, (5, 7), (2, 2), np.random.default_rng(0))
    >>> all(len(solve(puzzle, box=(2, 2))) == 1 for puzzle in puzzles), bool(valid(solutions, (2, 2)).all())
    (True, True)
    """
    side = _check_box(box)
    low, high = _check_givens(givens, box)
    if number < 0:
        raise SymshareError(f"{number} puzzles cannot be made\n  ask for a number that is not negative")
    targets = rng.integers(low, high, size=number, endpoint=True)
    puzzles, solutions = (np.zeros((number, side, side), np.uint8) for _ in range(2))
    seen: set[bytes] = set()
    pending = np.arange(number)
    missed = 0
    while pending.size:
        # a few more boards cost next to nothing, and the last puzzles may need many
        slots = np.resize(pending, min(max(pending.size, FEW), MANY))
        full = _full_boards(slots.size, box, rng)
        dug, hit = _dig(full, targets[slots], box, rng)
        done = set()
        for place in np.flatnonzero(hit):
            slot, key = int(slots[place]), dug[place].tobytes()
            if slot not in done and key not in seen:
                done.add(slot)
                seen.add(key)
                puzzles[slot], solutions[slot] = dug[place], full[place]
        pending = pending[~np.isin(pending, list(done))]
        missed = 0 if done else missed + slots.size
        if missed >= HOPELESS:
            raise SymshareError(
                f"{missed:,} boards in a row have brought no further puzzle with {targets[pending].min()} givens,"
                f" {len(seen):,} of {number:,} are found"
                "\n  ask for more givens, or for fewer puzzles"
            )
        if progress is not None:
            progress(len(seen))
    return puzzles, solutions


def _check_box(box: Box) -> int:
    """The length of a side."""
    rows, columns = box
    if rows < 1 or columns < 1:
        raise SymshareError(f"a box of {rows} x {columns} cells is none\n  give its rows and columns: box=(3, 3)")
    if rows * columns > LONGEST:
        raise SymshareError(
            f"a box of {rows} x {columns} cells makes a side of {rows * columns}, over {LONGEST}"
            f"\n  take a box with at most {LONGEST} cells"
        )
    return rows * columns


def _check_shape(boards: npt.ArrayLike, box: Box) -> npt.NDArray[Any]:
    side = _check_box(box)
    values = np.asarray(boards)
    if values.ndim != 3 or values.shape[1:] != (side, side):
        raise SymshareError(
            f"boards of shape {values.shape} are not (number, {side}, {side})"
            f"\n  give boards of {side} x {side} cells, or the box that belongs to them"
        )
    return values


def _check_boards(boards: npt.ArrayLike, box: Box) -> Boards:
    values = _check_shape(boards, box)
    side = values.shape[1]
    wrong = values[~((values >= 0) & (values <= side) & (values % 1 == 0))]
    if wrong.size:
        raise SymshareError(f"a cell holds {wrong[0]}\n  write 1 to {side} for a known cell, 0 for an empty one")
    return values.astype(np.uint8)


def _check_givens(givens: int | tuple[int, int], box: Box) -> tuple[int, int]:
    low, high = givens if isinstance(givens, tuple) else (givens, givens)
    cells = (box[0] * box[1]) ** 2
    fewest = FEWEST.get(box, box[0] * box[1] - 1)
    if low < fewest:
        raise SymshareError(f"no puzzle with {low} givens has only one solution\n  ask for {fewest} or more")
    if high > cells:
        raise SymshareError(f"{high} givens do not fit on {cells} cells\n  ask for {cells} or fewer")
    if low > high:
        raise SymshareError(f"{low} to {high} givens is an empty range\n  give the least first: ({high}, {low})")
    return low, high


def _full_boards(number: int, box: Box, rng: np.random.Generator) -> Boards:
    """Random full boards."""
    side = box[0] * box[1]
    bits = masks_of(np.arange(1, side + 1, dtype=np.uint8)[:, None, None], box)[0, 0]
    done: list[Boards] = []
    while (missing := number - sum(map(len, done))) > 0:
        masks = masks_of(np.zeros((missing, side, side), np.uint8), box)
        while masks.shape[-1]:
            counts = np.bitwise_count(masks).reshape(side * side, masks.shape[-1])
            keys = np.where(counts > 1, counts, np.inf) + rng.random(counts.shape)
            cell, board = keys.argmin(0), np.arange(counts.shape[1])
            flat = masks.reshape(counts.shape)
            has = flat[cell, board] & bits[:, None] != 0
            flat[cell, board] = bits[np.where(has, rng.random(has.shape), -1).argmax(0)]
            dead = propagate(masks, box)
            undecided = any_of(np.bitwise_count(masks) != 1)
            done.append(values_of(keep(masks, ~dead & ~undecided)))
            masks = keep(masks, ~dead & undecided)
    return np.concatenate(done) if done else np.zeros((0, side, side), np.uint8)


def _dig(full: Boards, targets: Places, box: Box, rng: np.random.Generator) -> tuple[Boards, Flags]:
    """Empty cells of full boards at random down to the wanted numbers of givens, and say where that came about."""
    number, side, _ = full.shape
    cells = side * side
    every = all_values(side)
    solution = masks_of(full, box).reshape(cells, number)
    given = np.ones((cells, number), bool)
    left = np.full(number, cells)
    order = rng.permuted(np.tile(np.arange(cells), (number, 1)), axis=1)
    for step in range(cells):
        live = np.flatnonzero((left > targets) & (left - targets <= cells - step))
        if not live.size:
            break
        cell = order[live, step]
        trial = np.where(given[:, live], solution[:, live], every)
        # the solution is known, so another one has another value here
        trial[cell, np.arange(live.size)] = every & ~solution[cell, live]
        _, others = search(trial.reshape(side, side, -1), box, 1)
        free = ~np.isin(np.arange(live.size), others)
        given[cell[free], live[free]] = False
        left[live[free]] -= 1
    puzzles = np.where(given.T.reshape(full.shape), full, 0).astype(np.uint8)
    return puzzles, left == targets
