"""Four rules of the Abstraction and Reasoning Corpus: new puzzles of each, and the answer read off a grid."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import permutations, product
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from symshare.errors import NotationError, SymshareError, TooLargeError
from symshare.experiments.arc.tasks import COLOURS, Grid, Pair, as_grid

__all__ = ["RULES", "answer", "puzzle", "puzzles"]

RULES: Mapping[str, str] = MappingProxyType(
    {
        "4cd1b7b2": "Fill the empty cells of a 4 x 4 grid: each row and each column holds the same four colours once.",
        "1a2e2828": "Of stripes laid across each other, give as one cell the colour of the one that none covers.",
        "ca8de6ea": "Move the nine points of the diagonals of a 5 x 5 grid together into a 3 x 3 grid.",
        "a406ac07": "Where the last cells of a row and of a column have one colour, fill the cell where both meet.",
    }
)
"""For each task what its rule says."""

MOST_REPEATS = 1_000
"""So many puzzles drawn in a row that are all known end a search for new ones."""


def puzzle(name: str, rng: np.random.Generator) -> Pair:
    """Draw a puzzle that follows the rule of a task, of the look of those published, and has one answer.

    >>> for one in puzzle("ca8de6ea", np.random.default_rng(0)).input:
    ...     print(*one)
    5 0 0 0 3
    0 6 0 7 0
    0 0 4 0 0
    0 7 0 6 0
    3 0 0 0 5
    """
    return _draw(name, rng)(rng)


def puzzles(name: str, number: int, rng: np.random.Generator) -> list[Pair]:
    """Draw so many puzzles as `puzzle` does, with no input twice; TooLargeError where there seem to be no more.

    >>> len(set(puzzles("4cd1b7b2", 20, np.random.default_rng(0))))
    20
    """
    draw = _draw(name, rng)
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise SymshareError(f"number={number!r} is not a number of puzzles\n  give a whole number, 0 or more")
    found: dict[Grid, Pair] = {}
    repeats = 0
    while len(found) < number:
        pair = draw(rng)
        repeats = repeats + 1 if pair.input in found else 0
        found.setdefault(pair.input, pair)
        if repeats == MOST_REPEATS:
            problem = f"{number:,} puzzles of {name!r} are more than were found: {len(found):,}"
            raise TooLargeError(f"{problem}\n  ask for {len(found):,} at most")
    return list(found.values())


def answer(name: str, grid: Grid) -> Grid:
    """The answer that the rule of a task gives for a grid; SymshareError where the grid is no puzzle of that rule.

    >>> answer("1a2e2828", ((0, 1, 0), (3, 3, 3), (0, 1, 0)))
    ((3,),)
    >>> answer("a406ac07", ((0, 0, 4), (0, 0, 7), (4, 7, 7)))
    ((4, 0, 4), (0, 7, 7), (4, 7, 7))
    """
    solve = _ANSWER[_known(name)]
    try:
        return solve(as_grid(grid))
    except _NoPuzzleError as error:
        raise SymshareError(f"the grid is no puzzle of {name!r}: {error}\n  {RULES[name]}") from error


class _NoPuzzleError(Exception):
    """A grid to which a rule does not apply."""


def _known(name: str) -> str:
    if name not in RULES:
        raise NotationError(str(name), 0, "is not a task with a known rule", f"write one of {', '.join(RULES)}")
    return name


def _draw(name: str, rng: np.random.Generator) -> Callable[[np.random.Generator], Pair]:
    draw = _DRAW[_known(name)]
    if not isinstance(rng, np.random.Generator):
        raise SymshareError(f"rng={rng!r} is not a random generator\n  give one: numpy.random.default_rng(0)")
    return draw


def _colours(rng: np.random.Generator, number: int) -> list[int]:
    """Different colours, none of them the background."""
    return [int(one) for one in rng.permutation(COLOURS - 1)[:number] + 1]


def _rows(array: NDArray[np.int64]) -> Grid:
    return tuple(tuple(row) for row in array.tolist())


def _draw_square(rng: np.random.Generator) -> Pair:
    """Empty 5 or 6 cells of a square of 1, 2, 3, 4, until all four are seen and one of the 576 squares fits."""
    squares = _squares()
    while True:
        square = squares[rng.integers(len(squares))]
        empty = rng.permutation(16)[: rng.integers(5, 7)]
        seen = np.delete(np.arange(16), empty)
        if (squares[:, seen] == square[seen]).all(1).sum() == 1 and len(set(square[seen].tolist())) == 4:
            given = square.copy()
            given[empty] = 0
            return Pair(_rows(given.reshape(4, 4)), _rows(square.reshape(4, 4)))


@lru_cache(maxsize=1)
def _squares() -> NDArray[np.int64]:
    """Every Latin square of side 4, its cells in one row."""
    rows = list(permutations(range(1, 5)))
    found = [
        four for four in product(rows, repeat=4) if all(len(set(column)) == 4 for column in zip(*four, strict=True))
    ]
    squares = np.array(found).reshape(-1, 16)
    squares.flags.writeable = False  # every caller gets the same array
    return squares


def _draw_stripes(rng: np.random.Generator) -> Pair:
    """Lay stripes on a background in any order, until one of them and no other lies whole.

    As in the published grids two cross two, or three cross two, with gaps around each; one in six grids is 3 x 3.
    """
    shape, numbers = (3, 3), (1, 1)
    if rng.integers(6):
        shape = int(rng.integers(8, 12)), int(rng.integers(11, 14))
        numbers = ((2, 2), (2, 3), (3, 2))[rng.integers(3)]
    while True:
        stripes = []
        for axis in (0, 1):
            layouts = _layouts(shape[axis], numbers[axis])
            stripes += [(axis, start, stop) for start, stop in layouts[rng.integers(len(layouts))]]
        grid = np.zeros(shape, dtype=np.int64)
        colours = _colours(rng, len(stripes))
        areas = {}
        for place in rng.permutation(len(stripes)):
            axis, start, stop = stripes[place]
            (grid if axis == 0 else grid.T)[start:stop] = colours[place]
            areas[colours[place]] = (stop - start) * shape[1 - axis]
        whole = [colour for colour, area in areas.items() if (grid == colour).sum() == area]
        if len(whole) == 1:
            return Pair(_rows(grid), ((whole[0],),))


@lru_cache(maxsize=32)
def _layouts(length: int, number: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Every way to lay stripes 1 to 3 wide along a length, with gaps of 1 to 4 before, between and after them."""
    found = []
    for widths in product(range(1, 4), repeat=number):
        for gaps in product(range(1, 5), repeat=number + 1):
            if sum(widths) + sum(gaps) == length:
                starts = [sum(gaps[: place + 1]) + sum(widths[:place]) for place in range(number)]
                found.append(tuple((start, start + width) for start, width in zip(starts, widths, strict=True)))
    return tuple(found)


def _draw_cross(rng: np.random.Generator) -> Pair:
    """Five colours: the ends and the inner points of each diagonal, and the centre."""
    falling, falling_in, rising, rising_in, centre = _colours(rng, 5)
    given = np.zeros((5, 5), dtype=np.int64)
    given[[0, 4], [0, 4]], given[[1, 3], [1, 3]] = falling, falling_in
    given[[0, 4], [4, 0]], given[[1, 3], [3, 1]] = rising, rising_in
    given[2, 2] = centre
    wanted = ((falling, falling_in, rising), (rising_in, centre, rising_in), (rising, falling_in, falling))
    return Pair(_rows(given), wanted)


def _draw_sections(rng: np.random.Generator) -> Pair:
    """Four or five colours in sections down the right and along the bottom; half of the time of equal lengths."""
    number = int(rng.integers(4, 6))
    lengths = _lengths(number)
    down = across = lengths[rng.integers(len(lengths))]
    if rng.integers(2):
        across = lengths[rng.integers(len(lengths))]
    colours = _colours(rng, number)
    right, bottom = np.repeat(colours, down), np.repeat(colours, across)
    given = np.zeros((10, 10), dtype=np.int64)
    given[:, -1], given[-1] = right, bottom
    wanted = given.copy()
    # The last section of each line holds the corner, which is no cell to fill.
    starts = np.cumsum([0, *down]), np.cumsum([0, *across])
    for place, colour in enumerate(colours):
        rows, columns = (slice(start[place], min(9, start[place + 1])) for start in starts)
        wanted[rows, columns] = colour
    return Pair(_rows(given), _rows(wanted))


@lru_cache(maxsize=2)
def _lengths(number: int) -> tuple[tuple[int, ...], ...]:
    """Lengths, from 1 to 3, of sections that make up 10; the last has a cell beside the corner."""
    return tuple(lengths for lengths in product(range(1, 4), repeat=number) if sum(lengths) == 10 and lengths[-1] > 1)


def _complete_square(grid: Grid) -> Grid:
    """Try colours cell by cell."""
    colours = sorted({cell for row in grid for cell in row} - {0})
    if (len(grid), len(grid[0])) != (4, 4):
        raise _NoPuzzleError(f"it is {len(grid)} x {len(grid[0])}")
    if len(colours) != 4:
        raise _NoPuzzleError(f"it shows {len(colours)} colours")
    for line in (*grid, *zip(*grid, strict=True)):
        if any(line.count(colour) > 1 for colour in colours):
            raise _NoPuzzleError("a row or a column has a colour twice")
    found = _completions([list(row) for row in grid], colours)
    first, second = next(found, None), next(found, None)
    if first is None or second is not None:
        raise _NoPuzzleError("it has no answer" if first is None else "it has more than one answer")
    return first


def _completions(rows: list[list[int]], colours: list[int]) -> Iterator[Grid]:
    empty = next(((i, j) for i, row in enumerate(rows) for j, cell in enumerate(row) if cell == 0), None)
    if empty is None:
        yield tuple(map(tuple, rows))
        return
    i, j = empty
    for colour in colours:
        if colour not in rows[i] and all(row[j] != colour for row in rows):
            rows[i][j] = colour
            yield from _completions(rows, colours)
            rows[i][j] = 0


def _find_whole_stripe(grid: Grid) -> Grid:
    """A stripe lies whole where a row or a column has one colour from end to end."""
    lines = (*grid, *zip(*grid, strict=True))
    whole = {line[0] for line in lines if len(set(line)) == 1} - {0}
    if len(whole) != 1:
        raise _NoPuzzleError(f"{len(whole)} colours go from end to end")
    return ((whole.pop(),),)


def _move_points(grid: Grid) -> Grid:
    """The ends stay in their corners; the inner points turn by an eighth, clockwise."""
    if (len(grid), len(grid[0])) != (5, 5):
        raise _NoPuzzleError(f"it is {len(grid)} x {len(grid[0])}")
    for i, j in product(range(5), repeat=2):
        if (grid[i][j] != 0) != (i in (j, 4 - j)):
            raise _NoPuzzleError("its points are not just those of both diagonals")
        if grid[i][j] != grid[4 - i][4 - j]:
            raise _NoPuzzleError("opposite points differ")
    return (
        (grid[0][0], grid[1][1], grid[0][4]),
        (grid[3][1], grid[2][2], grid[1][3]),
        (grid[4][0], grid[3][3], grid[4][4]),
    )


def _meet_colours(grid: Grid) -> Grid:
    """Compare the last cell of the row with the last cell of the column, for each cell that is in neither line."""
    last = len(grid) - 1, len(grid[0]) - 1
    if min(last) == 0:
        raise _NoPuzzleError(f"it is {len(grid)} x {len(grid[0])}")
    answered = []
    for i, row in enumerate(grid):
        for j, cell in enumerate(row):
            if (cell == 0) != (i < last[0] and j < last[1]):
                raise _NoPuzzleError("it has colours not just in the last row and column")
        answered.append(tuple(cell or (row[-1] if row[-1] == grid[-1][j] else 0) for j, cell in enumerate(row)))
    return tuple(answered)


_DRAW: dict[str, Callable[[np.random.Generator], Pair]] = {
    "4cd1b7b2": _draw_square,
    "1a2e2828": _draw_stripes,
    "ca8de6ea": _draw_cross,
    "a406ac07": _draw_sections,
}

_ANSWER: dict[str, Callable[[Grid], Grid]] = {
    "4cd1b7b2": _complete_square,
    "1a2e2828": _find_whole_stripe,
    "ca8de6ea": _move_points,
    "a406ac07": _meet_colours,
}
