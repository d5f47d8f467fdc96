"""What one operation lets its tensors be multiplied by: against what it is known to be homogeneous in."""

import pytest
import torch

from symshare.weights import spec
from symshare.weights.scaling.equations import solved, solved_modulo_2
from symshare.weights.scaling.operations import Operation, powers_of, signs_of


def whole(run, *shapes):
    """An operation all of whose entries are at the value that is looked at."""
    torch.manual_seed(0)
    drawn = tuple(torch.randn(*shape, dtype=torch.float64) for shape in shapes)
    draws = (drawn, tuple(-one for one in drawn))
    ins = tuple((place, torch.ones(shape, dtype=torch.bool)) for place, shape in enumerate(shapes))
    result = run(list(drawn))
    return Operation(lambda given: [run(given)], draws, ins, ((0, torch.ones(result.shape, dtype=torch.bool)),))


def spanned(rows, modulus):
    """All sums of rows modulo a number."""
    found = {(0,) * len(rows[0])} if rows else set()
    for row in rows:
        found |= {tuple((x + y) % modulus for x, y in zip(row, other, strict=True)) for other in found}
    return found


@pytest.mark.parametrize(
    ("run", "shapes", "powers"),
    [
        (lambda given: given[0] * given[1], [(4,), (4,)], [(1, 0, 1), (0, 1, 1)]),
        (lambda given: given[0] + given[1], [(4,), (4,)], [(1, 1, 1)]),
        (lambda given: given[0] @ given[1], [(3, 4), (4, 2)], [(1, 0, 1), (0, 1, 1)]),
        (lambda given: given[0] / given[1], [(4,), (4,)], [(1, 0, 1), (0, 1, -1)]),
        (lambda given: given[0] ** 2, [(4,)], [(1, 2)]),
        (lambda given: given[0].abs().sqrt(), [(4,)], [(2, 1)]),
        (lambda given: torch.relu(given[0]), [(4,)], [(1, 1)]),
        (lambda given: given[0].abs().log(), [(4,)], []),
        (lambda given: given[0].clamp(-1e4, 1e4), [(4,)], []),
        (lambda given: given[0] + 1e-7, [(4,)], []),
        (lambda given: given[0] / (given[1].abs() + 1e-5), [(4,), (4,)], [(1, 0, 1)]),
    ],
)
def test_powers_of_known_functions(run, shapes, powers):
    assert powers_of(whole(run, *shapes)) == powers


@pytest.mark.parametrize(
    ("run", "shapes", "signs"),
    [
        (lambda given: given[0] * given[1], [(4,), (4,)], [(1, 0, 1), (0, 1, 1)]),
        (lambda given: given[0] + given[1], [(4,), (4,)], [(1, 1, 1)]),
        (lambda given: torch.tanh(given[0]), [(4,)], [(1, 1)]),
        (lambda given: torch.cos(given[0]), [(4,)], [(1, 0)]),
        (lambda given: torch.exp(given[0]), [(4,)], []),
        (lambda given: torch.maximum(given[0], given[1]), [(4,), (4,)], []),
        (lambda given: torch.stack(given).sum(0), [(20,)] * 8, [(1,) * 9]),
        (
            lambda given: torch.stack(given).prod(0),
            [(4,)] * 8,
            [tuple(int(p in (k, 8)) for p in range(9)) for k in range(8)],
        ),
    ],
)
def test_signs_of_known_functions(run, shapes, signs):
    one = whole(run, *shapes)
    assert spanned(signs_of(one, powers_of(one)), 2) == spanned(signs, 2)


def test_equations_are_solved_over_the_numbers_and_modulo_2():
    rows = [{0: 1, 1: 1}, {1: 1, 2: -2}]
    assert solved(rows, 3) == [{0: 2, 1: -2, 2: -1}] or solved(rows, 3) == [{0: -2, 1: 2, 2: 1}]
    assert solved_modulo_2(rows, 3) == [{2: 1}]
    assert solved([], 2) == [{0: 1}, {1: 1}]
    assert solved_modulo_2([], 2) == [{0: 1}, {1: 1}]
    assert solved([], 0) == solved_modulo_2([], 0) == []


@pytest.mark.parametrize("seed", range(30))
def test_solutions_modulo_2_are_those_of_brute_force(seed):
    torch.manual_seed(seed)
    unknowns, number = 6, int(torch.randint(6, ()))
    matrix = torch.randint(-2, 3, (number, unknowns))
    rows = [{place: value for place, value in enumerate(row) if value} for row in matrix.tolist()]
    choices = torch.cartesian_prod(*[torch.arange(2)] * unknowns)
    kept = choices[((choices @ matrix.T) % 2 == 0).all(1)] if number else choices
    found = [tuple(row.get(place, 0) for place in range(unknowns)) for row in solved_modulo_2(rows, unknowns)]
    assert (spanned(found, 2) or {(0,) * unknowns}) == set(map(tuple, kept.tolist()))


def test_operations_that_are_registered_late_are_taken_apart_as_others_are():
    """How torch takes ATen's operations apart is asked for once; one of somebody's own is known all the same."""
    one = spec(torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Linear(5, 2)), torch.randn(4, 3))
    torch.library.define("symshare_late::doubled", "(Tensor x) -> Tensor")
    torch.library.impl("symshare_late::doubled", "CompositeImplicitAutograd", lambda x: x + x)

    class Doubling(torch.nn.Sequential):
        def forward(self, x):
            return self[1](torch.ops.symshare_late.doubled(self[0](x)))

    module = Doubling(torch.nn.Linear(3, 5), torch.nn.Linear(5, 2))
    assert spec(module, torch.randn(4, 3)).tensors == one.tensors
