from itertools import combinations, product

import numpy as np
import pytest

from symshare.errors import SymshareError
from symshare.experiments.sudoku.boards import generate, singles, solve, valid

PUBLISHED = """
    530070000 600195000 098000060 800060003 400803001 700020006 060000280 000419005 000080079
    534678912 672195348 198342567 859761423 426853791 713924856 961537284 287419635 345286179
"""
BEYOND_SINGLES = """
    800000000 003600000 070090200 050007000 000045700 000100030 001000068 008500010 090000400
    812753649 943682175 675491283 154237896 369845721 287169534 521974368 438526917 796318452
"""


def read(text):
    return np.array([list(map(int, row)) for row in text.split()]).reshape(2, 9, 9)


def oracle(board, box):
    """Every solution, by trying all values in the first empty cell; rules are read off the board each time."""
    side = box[0] * box[1]
    board = [list(map(int, row)) for row in board]
    found = []

    def fits(i, j, value):
        top, left = i - i % box[0], j - j % box[1]
        inside = [board[top + p][left + q] for p, q in product(range(box[0]), range(box[1]))]
        return value not in board[i] and value not in [row[j] for row in board] and value not in inside

    def go_on(place):
        if place == side * side:
            found.append([list(row) for row in board])
            return
        i, j = divmod(place, side)
        if board[i][j]:
            go_on(place + 1)
            return
        for value in range(1, side + 1):
            if fits(i, j, value):
                board[i][j] = value
                go_on(place + 1)
                board[i][j] = 0

    go_on(0)
    return np.array(found).reshape(-1, side, side)


@pytest.fixture(scope="module")
def small():
    """All full boards of 4 x 4 cells; that there are 288 is published (OEIS A107739)."""
    boards = oracle(np.zeros((4, 4), int), (2, 2))
    assert len(boards) == 288
    return boards


def listed(boards):
    return sorted(np.asarray(board).tobytes() for board in np.asarray(boards, np.uint8))


def completions(puzzle, small):
    return small[((puzzle == 0) | (puzzle == small)).all((1, 2))]


def test_every_small_board_is_found_and_valid(small):
    found = solve(np.zeros((4, 4), int), limit=1000, box=(2, 2))
    assert listed(found) == listed(small)
    assert found[0].dtype == np.uint8
    assert valid(small, (2, 2)).all()
    assert len(solve(np.zeros((4, 4), int), limit=7, box=(2, 2))) == 7


def test_solutions_are_those_on_the_list_of_small_boards(small):
    rng = np.random.default_rng(0)
    numbers = set()
    for _ in range(300):
        puzzle = small[rng.integers(288)] * (rng.random((4, 4)) < rng.uniform(0.1, 0.6))
        expected = completions(puzzle, small)
        assert listed(solve(puzzle, limit=300, box=(2, 2))) == listed(expected)
        assert len(solve(puzzle, box=(2, 2))) == min(2, len(expected))
        numbers.add(min(3, len(expected)))
    assert numbers == {1, 2, 3}


def test_boards_filled_with_anything_have_the_solutions_of_the_oracle(small):
    """Random givens mostly contradict each other: then no solution, and no crash."""
    rng = np.random.default_rng(1)
    boards = rng.integers(1, 5, (400, 4, 4)) * (rng.random((400, 4, 4)) < 0.3)
    filled = singles(boards, (2, 2))
    contradictory = 0
    for board, more in zip(boards, filled, strict=True):
        expected = completions(board, small)
        assert listed(solve(board, limit=300, box=(2, 2))) == listed(expected)
        assert ((board == 0) | (more == board)).all()
        assert all(((more == 0) | (more == one)).all() for one in expected)
        contradictory += not len(expected)
    assert 50 < contradictory < 350


def test_valid_is_a_look_at_each_unit(small):
    rng = np.random.default_rng(2)
    boards = small.repeat(3, 0)
    boards[np.arange(len(boards)), rng.integers(4, size=len(boards)), rng.integers(4, size=len(boards))] = rng.integers(
        0, 6, len(boards)
    )
    latin = (np.arange(4)[:, None] + np.arange(4)) % 4 + 1
    boards = np.concatenate([boards, latin[None]])
    known = set(listed(small))
    expected = [board.astype(np.uint8).tobytes() in known for board in boards]
    assert valid(boards, (2, 2)).tolist() == expected
    assert 0 < sum(expected) < len(expected)
    assert not expected[-1]
    assert valid(latin[None], (1, 4)).all()


@pytest.mark.parametrize("text", [PUBLISHED, BEYOND_SINGLES])
def test_published_puzzles_have_their_published_solution(text):
    puzzle, solution = read(text)
    (found,) = solve(puzzle)
    assert (found == solution).all()
    assert valid([solution], (3, 3)).all()
    (filled,) = singles([puzzle])
    assert ((filled == 0) | (filled == solution)).all()
    assert (filled != 0).all() == (text == PUBLISHED)


def test_a_puzzle_with_17_givens_and_an_empty_board():
    digits = "000000010400000000020000000000050407008000300001090000300400200050100000000806000"
    puzzle = np.array(list(map(int, digits))).reshape(9, 9)
    assert (puzzle > 0).sum() == 17
    (found,) = solve(puzzle)
    assert valid([found]).all()
    assert ((puzzle == 0) | (puzzle == found)).all()
    assert len(solve(np.zeros((9, 9), int))) == 2


def test_singles_see_naked_and_hidden_ones():
    naked, by_row, by_box, contradictory = np.zeros((4, 9, 9), int)
    naked[0, 1:5], naked[1:5, 0] = [1, 2, 3, 4], [5, 6, 7, 8]
    by_row[0, :3] = [1, 2, 3]
    by_row[1, 3], by_row[4, 6], by_row[7, 7] = 9, 9, 9
    by_box[1, 3], by_box[2, 6], by_box[3, 1], by_box[6, 2] = 9, 9, 9, 9
    contradictory[:] = naked
    contradictory[5, 4] = contradictory[5, 8] = 1
    first, second, third, fourth, fifth = singles([naked, by_row, by_row.T, by_box, contradictory])
    assert first[0, 0] == 9
    assert second[0, 8] == 9
    assert third[8, 0] == 9
    assert fourth[0, 0] == 9
    assert (fifth == contradictory).all()
    assert solve(contradictory) == []
    assert singles(np.zeros((0, 9, 9), int)).shape == (0, 9, 9)


def test_singles_are_never_wrong():
    puzzles, solutions = generate(1000, (26, 40), (3, 3), np.random.default_rng(3))
    filled = singles(puzzles)
    assert ((filled == 0) | (filled == solutions)).all()
    assert ((puzzles == 0) | (filled == puzzles)).all()
    full = (filled > 0).all((1, 2))
    assert 0.5 < full.mean() < 0.95
    assert (singles(filled) == filled).all()


def test_generated_puzzles_keep_their_promises():
    puzzles, solutions = generate(300, (27, 33), (3, 3), np.random.default_rng(4))
    assert puzzles.dtype == solutions.dtype == np.uint8
    assert valid(solutions).all()
    assert ((puzzles == 0) | (puzzles == solutions)).all()
    assert set((puzzles > 0).sum((1, 2))) == set(range(27, 34))
    assert len(set(listed(puzzles))) == 300
    for puzzle, solution in zip(puzzles, solutions, strict=True):
        (found,) = solve(puzzle)
        assert (found == solution).all()


def test_generated_small_puzzles_are_unique_by_the_list(small):
    puzzles, solutions = generate(400, (4, 7), (2, 2), np.random.default_rng(5))
    assert len(set(listed(puzzles))) == 400
    for puzzle, solution in zip(puzzles, solutions, strict=True):
        (only,) = completions(puzzle, small)
        assert (only == solution).all()
    fewest, _ = generate(50, 4, (2, 2), np.random.default_rng(5))
    assert ((fewest > 0).sum((1, 2)) == 4).all()  # most boards keep five or six: they must be replaced


def test_no_small_puzzle_has_three_givens(small):
    flat = small.reshape(288, 16)
    for cells in combinations(range(16), 3):
        _, many = np.unique(flat[:, cells], axis=0, return_counts=True)
        assert many.min() > 1


def test_full_boards_are_not_copies_of_one(small):
    """All 288 come; and boards of 9 x 9 cells differ in what relabelling and permutations of lines cannot change."""
    puzzles, _ = generate(288, 16, (2, 2), np.random.default_rng(6))
    assert listed(puzzles) == listed(small)
    boards, _ = generate(100, 81, (3, 3), np.random.default_rng(7))
    swaps = set()
    for board in boards:
        # two values alternate along cycles through pairs of rows: how often each length comes is an invariant
        lengths = []
        for one, other in combinations(board, 2):
            follow = dict(zip(one, other, strict=True))
            while follow:
                start, length = next(iter(follow)), 0
                while start in follow:
                    start, length = follow.pop(start), length + 1
                lengths.append(length)
        swaps.add(tuple(sorted(lengths)))
    assert len(swaps) > 50


def test_generation_repeats_with_the_seed_and_says_how_far_it_is():
    said = []
    once = generate(50, (26, 30), (3, 3), np.random.default_rng(8), said.append)
    again = generate(50, (26, 30), (3, 3), np.random.default_rng(8))
    other = generate(50, (26, 30), (3, 3), np.random.default_rng(9))
    assert all((a == b).all() for a, b in zip(once, again, strict=True))
    assert not (once[0] == other[0]).all((1, 2)).any()
    assert said[-1] == 50
    assert said == sorted(said)


@pytest.mark.parametrize(("box", "givens"), [((2, 3), (9, 14)), ((3, 2), 12), ((1, 5), 10), ((2, 4), 24), ((1, 1), 0)])
def test_other_boxes(box, givens):
    number = 30 if box != (1, 1) else 1
    side = box[0] * box[1]
    puzzles, solutions = generate(number, givens, box, np.random.default_rng(10))
    assert puzzles.shape == solutions.shape == (number, side, side)
    assert valid(solutions, box).all()
    assert all(len(solve(puzzle, box=box)) == 1 for puzzle in puzzles)
    for solution in solutions:
        for top, left in product(range(0, side, box[0]), range(0, side, box[1])):
            assert len(np.unique(solution[top : top + box[0], left : left + box[1]])) == side


def test_boxes_of_two_by_three_agree_with_the_oracle():
    puzzles, solutions = generate(40, (10, 16), (2, 3), np.random.default_rng(11))
    rng = np.random.default_rng(12)
    many = 0
    for puzzle, solution in zip(puzzles, solutions, strict=True):
        assert (oracle(puzzle, (2, 3)) == solution).all()
        looser = puzzle.copy()
        looser.flat[rng.choice(np.flatnonzero(puzzle), 2, replace=False)] = 0
        expected = oracle(looser, (2, 3))
        assert len(expected) >= 1
        assert listed(solve(looser, limit=10_000, box=(2, 3))) == listed(expected)
        many += len(expected) > 1
    assert many > 10


def test_sides_over_16_have_wider_masks():
    box = (4, 5)
    board = np.array([[(5 * (i % 4) + i // 4 + j) % 20 + 1 for j in range(20)] for i in range(20)])
    assert valid([board], box).all()
    board[0, :6] = 0
    (found,) = solve(board, box=box)
    assert valid([found], box).all()


def test_no_puzzle_is_no_error():
    puzzles, solutions = generate(0, 30, (3, 3), np.random.default_rng(0))
    assert puzzles.shape == solutions.shape == (0, 9, 9)


@pytest.mark.parametrize(
    ("number", "givens", "box", "says"),
    [
        (1, 16, (3, 3), "16 givens has only one solution\n  ask for 17 or more"),
        (1, (16, 30), (3, 3), "16 givens has only one"),
        (1, 3, (2, 2), "ask for 4 or more"),
        (1, 4, (2, 3), "ask for 5 or more"),
        (1, 82, (3, 3), "82 givens do not fit on 81 cells\n  ask for 81 or fewer"),
        (1, (38, 34), (3, 3), r"38 to 34 givens is an empty range\n  give the least first: \(34, 38\)"),
        (-1, 30, (3, 3), "-1 puzzles"),
        (1, 30, (0, 3), "box of 0 x 3 cells is none\n"),
        (1, 30, (3, -3), "box of 3 x -3 cells is none\n"),
        (1, 600, (6, 6), "side of 36, over 32\n"),
        (289, 16, (2, 2), "with 16 givens, 288 of 289 are found\n  ask for more givens, or for fewer"),
    ],
)
def test_requests_that_cannot_be(number, givens, box, says):
    with pytest.raises(SymshareError, match=says):
        generate(number, givens, box, np.random.default_rng(0))


@pytest.mark.parametrize("function", [singles, valid])
def test_boards_of_another_shape(function):
    with pytest.raises(SymshareError, match=r"\(9, 9\) are not \(number, 9, 9\)\n  give boards"):
        function(np.zeros((9, 9), int))
    with pytest.raises(SymshareError, match=r"\(1, 9, 9\) are not \(number, 6, 6\)"):
        function(np.zeros((1, 9, 9), int), (2, 3))


@pytest.mark.parametrize("value", [-1, 10, 1.5, np.nan])
def test_cells_that_hold_no_value(value):
    board = np.zeros((9, 9))
    board[3, 4] = value
    with pytest.raises(SymshareError, match=r"a cell holds .*\n  write 1 to 9"):
        solve(board)
    with pytest.raises(SymshareError, match="a cell holds"):
        singles(board[None])
    assert not valid(board[None]).any()


def test_no_solutions_wanted():
    with pytest.raises(SymshareError, match="0 solutions are none\n"):
        solve(np.zeros((9, 9), int), limit=0)
