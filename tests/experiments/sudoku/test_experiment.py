"""Sudoku by a recurrent network: small boards are learned in a few seconds."""

from dataclasses import replace

import pytest
import torch

from symshare import signature
from symshare.experiments.harness.training import Context, Recipe
from symshare.experiments.sudoku import experiment as sudoku
from tests.measured import equivariance_errors

CPU = torch.device("cpu")
SMALL = replace(sudoku.SMALL, numbers=(800, 50, 100))


def trained(steps, every, seed=0):
    torch.manual_seed(seed)
    net = sudoku.Net(width=16)
    return sudoku._train(SMALL, net, Recipe(steps, rate=5e-3, decay=1e-4, every=every), Context(seed, CPU))


def test_small_boards_are_solved():
    """One of 288 boards is right by chance, a quarter of the cells."""
    found = trained(120, 20)
    assert found["metrics"]["solved"] > 0.9
    assert found["metrics"]["cells"] >= found["metrics"]["solved"]
    losses = [loss for _, loss, _ in found["fitted"]["curve"]]
    assert losses[-1] < 0.5 * losses[0]


def test_a_network_that_learned_nothing_solves_none():
    torch.manual_seed(0)
    net = sudoku.Net(width=16)
    solved, cells = sudoku._solved(sudoku.network(net), net, SMALL.box, *SMALL.draw(2, 0), CPU)
    assert solved < 0.1
    assert cells < 0.6


def test_a_seed_gives_the_same_numbers_again():
    one, two, other = trained(4, 2), trained(4, 2), trained(4, 2, seed=1)
    assert one["metrics"] == two["metrics"]
    assert one["fitted"]["curve"] == two["fitted"]["curve"] != other["fitted"]["curve"]


def test_solved_and_cells_by_hand():
    """A net that says a digit of its own for every cell: two boards of four cells, three of their five gaps right."""

    class Says(torch.nn.Module):
        def forward(self, x, rounds):
            assert rounds == 3 * sudoku.LONGER
            return torch.stack([torch.eye(2)[one - 1] for one in said]).reshape(*x.shape[:-1], 1)

    said = torch.tensor([[[1, 2], [2, 1]], [[1, 1], [2, 2]]])
    puzzles = torch.tensor([[[1, 0], [0, 1]], [[1, 0], [0, 0]]])
    solutions = torch.tensor([[[1, 2], [2, 1]], [[1, 2], [2, 1]]])
    found = sudoku._solved(Says(), sudoku.Net(boxes=False, rounds=3), (1, 2), puzzles, solutions, CPU)
    assert found == (0.5, pytest.approx(3 / 5))


def test_boards_become_tensors():
    """Row 3 of a board with boxes of two rows and three columns: its band is 1, its row in it 1, column 4 is 1 in stack 1."""
    puzzles = torch.zeros(1, 6, 6, dtype=torch.long)
    puzzles[0, 3, 4] = 5
    x = sudoku.encode(puzzles, (2, 3))
    assert x.shape == (1, 3, 2, 2, 3, 6, 2)
    assert x[0, 1, 1, 1, 1, :, 0].tolist() == [0, 0, 0, 0, 1, 0]
    assert x[0, 1, 1, 1, 1, :, 1].tolist() == [1] * 6
    assert x.sum() == 1 + 6
    assert torch.equal(sudoku.encode(puzzles, (2, 3), False)[0, 3, 4], x[0, 1, 1, 1, 1])


@pytest.mark.parametrize("boxes", [True, False])
def test_the_network_has_the_symmetry_of_boards(boxes):
    model = sudoku.network(sudoku.Net(boxes, width=8, pool_width=4, rounds=3)).double()
    one = signature("abcde", depends=["a->b", "c->d"]) if boxes else signature("abc")
    x = torch.randn(*((2, 3, 2, 2, 3, 4) if boxes else (2, 4, 5, 3)), 2, dtype=torch.float64)
    errors = equivariance_errors(model, one, [x])
    assert sorted(errors) == list(one.symmetric_axes)
    assert max(errors.values()) < 1e-9


def test_parts_have_puzzles_of_their_own():
    """The test set is one for all seeds; solutions are filled boards that keep the givens."""
    drawn = [SMALL.draw(part, seed) for part, seed in ((0, 0), (0, 1), (2, 0), (2, 1))]
    assert torch.equal(drawn[2][0], drawn[3][0])
    assert not torch.equal(drawn[0][0], drawn[1][0])
    for puzzles, solutions in drawn:
        assert (puzzles[puzzles > 0] == solutions[puzzles > 0]).all()
        assert (solutions.sort(-1).values == torch.arange(1, 5)).all()
        assert (solutions.sort(-2).values == torch.arange(1, 5)[:, None]).all()
        givens = (puzzles > 0).sum((1, 2))
        assert 4 <= givens.min() <= givens.max() <= 8
