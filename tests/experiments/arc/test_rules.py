import os
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from symshare.errors import NotationError, SymshareError, TooLargeError
from symshare.experiments.arc import rules as arc_rules
from symshare.experiments.arc.rules import RULES, answer, puzzle, puzzles
from symshare.experiments.arc.tasks import Pair, as_grid, read_task

SQUARE, STRIPES, CROSS, SECTIONS = "4cd1b7b2", "1a2e2828", "ca8de6ea", "a406ac07"
PUBLISHED = Path(os.environ.get("SYMSHARE_DATA", "nowhere")) / "arc"


def grid(text):
    return tuple(tuple(map(int, line)) for line in text.split())


BY_HAND = [
    (SQUARE, "3210 1423 0032 2041", "3214 1423 4132 2341"),
    (SQUARE, "0320 2143 3002 1230", "4321 2143 3412 1234"),
    (SQUARE, "0956 6597 9005 5600", "7956 6597 9765 5679"),
    (STRIPES, "02000 12111 12111 02000 33333 02000", "3"),
    (STRIPES, "0500700 8588788 0500700 0500700 9999799 0500700", "7"),
    (STRIPES, "040 141 040", "4"),
    (CROSS, "10002 03040 00500 04030 20001", "132 454 231"),
    (CROSS, "90008 07060 00100 06070 80009", "978 616 879"),
    (SECTIONS, "0001 0001 0002 1122", "1101 1101 0022 1122"),
    (SECTIONS, "00004 00003 00003 00006 43666", "40004 03003 03003 00666 43666"),
    (SECTIONS, "0001 0002 0003 2133", "0101 2002 0033 2133"),
]


@pytest.fixture(scope="module")
def drawn():
    return {name: puzzles(name, 500, np.random.default_rng(0)) for name in RULES}


@pytest.mark.parametrize(("name", "given", "wanted"), BY_HAND)
def test_answers_by_hand(name, given, wanted):
    assert answer(name, grid(given)) == grid(wanted)
    assert answer(name, np.array(grid(given))) == grid(wanted), "an array is a grid too"


@pytest.mark.parametrize("name", RULES)
def test_published_answers(name):
    path = PUBLISHED / f"{name}.json"
    if not path.is_file():
        pytest.skip("set SYMSHARE_DATA to a folder that holds arc/*.json")
    task = read_task(path)
    for pair in (*task.train, *task.test):
        assert answer(name, pair.input) == pair.output


@pytest.mark.parametrize("name", RULES)
def test_drawn_puzzles_agree_with_the_answer(name, drawn):
    for pair in drawn[name]:
        assert answer(name, pair.input) == pair.output
        assert as_grid(pair.input) == pair.input
        assert all(type(cell) is int for line in (*pair.input, *pair.output) for cell in line)


@pytest.mark.parametrize("name", RULES)
def test_drawn_puzzles_differ_and_repeat_for_a_seed(name, drawn):
    assert len({pair.input for pair in drawn[name]}) == 500
    assert puzzles(name, 500, np.random.default_rng(0)) == drawn[name]
    assert puzzles(name, 20, np.random.default_rng(1)) != drawn[name][:20]
    assert puzzle(name, np.random.default_rng(0)) == drawn[name][0]
    assert puzzles(name, 0, np.random.default_rng(0)) == []


def test_drawn_squares_look_like_the_published_ones(drawn):
    kinds = set()
    for given, wanted in ((pair.input, pair.output) for pair in drawn[SQUARE]):
        cells = [cell for line in given for cell in line]
        assert set(cells) == {0, 1, 2, 3, 4}
        kinds.add(cells.count(0))
        for line in (*wanted, *zip(*wanted, strict=True)):
            assert sorted(line) == [1, 2, 3, 4]
        assert all(a in (0, b) for row, full in zip(given, wanted, strict=True) for a, b in zip(row, full, strict=True))
    assert kinds == {5, 6}
    boxes = [{wanted[i][j] for i in (0, 1) for j in (0, 1)} for wanted in (pair.output for pair in drawn[SQUARE])]
    assert any(len(box) < 4 for box in boxes), "the rule knows of no boxes"
    assert len(arc_rules._squares()) == 576


def test_drawn_stripes_look_like_the_published_ones(drawn):
    shapes, across, small = set(), set(), 0
    for pair in drawn[STRIPES]:
        given, colour = np.array(pair.input), pair.output[0][0]
        assert given.any(0).all(), "no column lies bare"
        assert given.any(1).all(), "no row lies bare"
        assert not given[[0, 0, -1, -1], [0, -1, 0, -1]].any()
        across.add(bool((given == colour).all(1).any()))
        small += given.shape == (3, 3)
        shapes.add(given.shape)
        # A row between two stripes shows those that run down, with gaps around each.
        widths = []
        for first in (given[0], given[:, 0]):
            runs = [(value != 0, len(list(run))) for value, run in groupby(first)]
            assert [full for full, _ in runs] == [place % 2 == 1 for place in range(len(runs))]
            widths.append([length for full, length in runs if full])
        assert {1 <= width <= 3 for lengths in widths for width in lengths} == {True}
        assert tuple(map(len, widths)) in ({(1, 1)} if given.shape == (3, 3) else {(2, 2), (2, 3), (3, 2)})
        assert len(set(given.flat)) == 1 + sum(map(len, widths)), "each stripe has its own colour"
    assert shapes == {(3, 3)} | {(rows, columns) for rows in range(8, 12) for columns in range(11, 14)}
    assert across == {False, True}
    assert 50 < small < 120


def test_drawn_crosses_look_like_the_published_ones(drawn):
    for pair in drawn[CROSS]:
        cells = [cell for line in pair.input for cell in line]
        assert cells.count(0) == 16
        assert len(set(cells)) == 6
        assert cells == cells[::-1]


def test_drawn_sections_look_like_the_published_ones(drawn):
    equal = 0
    for pair in drawn[SECTIONS]:
        given = np.array(pair.input)
        assert given.shape == (10, 10)
        assert not given[:-1, :-1].any()
        right, bottom = (
            [(value, len(list(run))) for value, run in groupby(line)] for line in (given[:, -1], given[-1])
        )
        assert [value for value, _ in right] == [value for value, _ in bottom]
        assert len({value for value, _ in right} - {0}) == len(right)
        assert len(right) in (4, 5)
        assert all(1 <= length <= 3 for _, length in (*right, *bottom))
        wanted = np.array(pair.output)
        assert all((wanted[:-1, :-1] == value).any() for value, _ in right), "each colour meets itself"
        equal += right == bottom
    assert 200 < equal < 350


def relabelled(given, colours):
    return tuple(tuple(int(colours[cell]) for cell in line) for line in given)


@pytest.mark.parametrize("name", RULES)
def test_colours_other_than_the_background_may_be_exchanged(name, drawn):
    rng = np.random.default_rng(2)
    for pair in drawn[name][:50]:
        colours = [0, *(rng.permutation(9) + 1)]
        assert answer(name, relabelled(pair.input, colours)) == relabelled(pair.output, colours)


@pytest.mark.parametrize("name", [SQUARE, STRIPES, SECTIONS])
def test_rows_and_columns_may_be_exchanged(name, drawn):
    """For the sections, those before the last; stripes may then fall apart, and one of them is still whole."""
    rng = np.random.default_rng(3)
    for pair in drawn[name][:50]:
        given = np.array(pair.input)
        kept = 1 if name == SECTIONS else 0
        rows, columns = ([*rng.permutation(length - kept), *[length - 1] * kept] for length in given.shape)
        expected = np.array(pair.output)
        if name != STRIPES:
            expected = expected[rows][:, columns]
        assert answer(name, given[rows][:, columns]) == as_grid(expected)


@pytest.mark.parametrize("name", [SQUARE, STRIPES, SECTIONS])
def test_rows_may_be_turned_into_columns(name, drawn):
    for pair in drawn[name][:50]:
        assert answer(name, np.array(pair.input).T) == as_grid(np.array(pair.output).T)


def test_a_cross_may_be_turned_and_not_reflected(drawn):
    for pair in drawn[CROSS][:50]:
        given, wanted = np.array(pair.input), np.array(pair.output)
        for times in range(4):
            assert answer(CROSS, np.rot90(given, times)) == as_grid(np.rot90(wanted, times))
        assert (given == given.T).all()
        assert (wanted != wanted.T).any()
        assert answer(CROSS, given[::-1]) != as_grid(wanted[::-1])


@pytest.mark.parametrize(
    ("name", "given", "problem"),
    [
        (SQUARE, "12 21", "it is 2 x 2"),
        (SQUARE, "1234 2143 1000 0000", "a row or a column has a colour twice"),
        (SQUARE, "1234 2143 0000 0000", "it has more than one answer"),
        (SQUARE, "1230 0004 0000 0000", "it has no answer"),
        (SQUARE, "1230 0000 0000 0000", "it shows 3 colours"),
        (STRIPES, "00 00", "0 colours go from end to end"),
        (STRIPES, "010 222 010 333", "2 colours go from end to end"),
        (CROSS, "1", "it is 1 x 1"),
        (CROSS, "10002 03040 00000 04030 20001", "not just those of both diagonals"),
        (CROSS, "10002 03040 90500 04030 20001", "not just those of both diagonals"),
        (CROSS, "10002 03040 00500 04030 20009", "opposite points differ"),
        (SECTIONS, "123", "it is 1 x 3"),
        (SECTIONS, "001 021 111", "not just in the last row and column"),
        (SECTIONS, "001 000 111", "not just in the last row and column"),
    ],
)
def test_a_grid_that_is_no_puzzle(name, given, problem):
    with pytest.raises(SymshareError) as caught:
        answer(name, grid(given))
    what, rule = str(caught.value).splitlines()
    assert what.startswith(f"the grid is no puzzle of {name!r}: ")
    assert problem in what
    assert rule == f"  {RULES[name]}"


def test_mistakes_in_the_call():
    rng = np.random.default_rng(0)
    for call in (lambda: answer("4cd1", ((0,),)), lambda: puzzle("4cd1", rng), lambda: puzzles("4cd1", 1, rng)):
        with pytest.raises(
            NotationError, match=r"'4cd1' is not a task with a known rule(.|\n)*one of 4cd1b7b2, 1a2e2828"
        ):
            call()
    with pytest.raises(SymshareError, match=r"the rows have lengths 2 and 1\n  the grid, row 2"):
        answer(SQUARE, ((1, 2), (1,)))
    for number in (-1, 1.5, True, "2"):
        with pytest.raises(SymshareError, match="is not a number of puzzles\n  give a whole number"):
            puzzles(SQUARE, number, rng)
    with pytest.raises(SymshareError, match="rng=0 is not a random generator\n  give one"):
        puzzle(SQUARE, 0)


def test_a_search_for_more_puzzles_than_there_are_ends(monkeypatch):
    """With one puzzle to draw, the second is never found."""
    monkeypatch.setitem(arc_rules._DRAW, CROSS, lambda rng: Pair(((1,),), ((1,),)))
    with pytest.raises(
        TooLargeError, match=r"2 puzzles of 'ca8de6ea' are more than were found: 1\n  ask for 1 at most"
    ):
        puzzles(CROSS, 2, np.random.default_rng(0))
