"""Values brought back to size one between rounds."""

import numpy as np
import pytest
import torch

from symshare.nn.runtime.rounds import _unit
from tests.nn.runtime.compared import DTYPES, HALF, assert_same, drawn, exact


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(6,), (4, 3, 6), (0, 6)])
def test_channels_are_divided_by_their_root_mean_square(dtype, shape):
    x = drawn(*shape, dtype=dtype)
    root = np.sqrt((exact(x) ** 2).mean(-1, keepdims=True) + 1e-12)
    assert_same(_unit(x), exact(x) / root, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_zeros_stay_zeros(dtype):
    assert_same(_unit(torch.zeros(2, 3, dtype=dtype)), np.zeros((2, 3)), dtype)


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize("size", [2.0**-10, 2.0**15])
def test_squares_in_half_precision_neither_overflow_nor_vanish(dtype, size):
    assert_same(_unit(torch.tensor([size, -size], dtype=dtype)), [1.0, -1.0], dtype)


def test_values_of_vectors_are_brought_to_size_one_together():
    from symshare.nn.runtime.rounds import _unit_over

    x = 100 * torch.randn(4, 5, 3, 7, dtype=torch.float64)
    turn, _ = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64))
    assert torch.allclose(_unit_over(x, (-2, -1)).square().mean((-2, -1)), torch.ones(4, 5, dtype=torch.float64))
    assert torch.allclose(turn @ _unit_over(x, (-2, -1)), _unit_over(turn @ x, (-2, -1)))


def test_large_values_are_bounded_and_small_ones_stay():
    from symshare.nn.runtime.rounds import _bounded

    x = torch.randn(4, 3, 7, dtype=torch.float64)
    assert float(_bounded(1e8 * x, (-2, -1)).abs().max()) < 10
    assert torch.allclose(_bounded(1e-6 * x, (-2, -1)), 1e-6 * x)


FORMS = {
    "metric": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
    "symplectic": ((0, 1), (-1, 0)),
}
MOVES = {
    "metric": [[1.25, 0.75, 0], [0.75, 1.25, 0], [0, 0, 1]],
    "symplectic": [[2, 3], [1, 2]],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_bounds_what_has_no_norm(form):
    """Also where the squares of channels cancel; the group is kept, and zeros have derivatives."""
    from symshare.nn.runtime.rounds import _bounded_by

    rows, move = FORMS[form], torch.tensor(MOVES[form], dtype=torch.float64)
    x = torch.randn(4, 5, len(rows), 7, dtype=torch.float64)
    x[..., 1] = x[..., 0].flip(-1)
    assert float(_bounded_by(1e8 * x, (-2, rows)).abs().max()) < 100
    assert torch.allclose(_bounded_by(1e-6 * x, (-2, rows)), 1e-6 * x)
    assert torch.allclose(_bounded_by(move @ x, (-2, rows)), move @ _bounded_by(x, (-2, rows)))
    assert torch.allclose(_bounded_by(x.transpose(1, 2), (-3, rows)).transpose(1, 2), _bounded_by(x, (-2, rows)))
    zero = torch.zeros(3, len(rows), 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda one: _bounded_by(one, (-2, rows)), x[0, 0].clone().requires_grad_())
    (found,) = torch.autograd.grad(_bounded_by(zero, (-2, rows)).sum(), zero)
    assert torch.equal(found, torch.ones_like(found))
    assert bool(torch.isfinite(_bounded_by(300 * x.half(), (-2, rows))).all())


def test_forms_along_two_places():
    from symshare.nn.runtime.rounds import _bounded_by

    boost, rows = torch.tensor(MOVES["metric"], dtype=torch.float64), FORMS["metric"]
    turn, _ = torch.linalg.qr(torch.randn(2, 2, dtype=torch.float64))
    x = torch.randn(4, 3, 5, 2, 7, dtype=torch.float64)

    def moved(one):
        return torch.einsum("rs,tu,xsaub->xratb", boost, turn, one)

    forms = (-4, rows), (-2, None)
    assert torch.allclose(_bounded_by(moved(x), *forms), moved(_bounded_by(x, *forms)))
    assert float(_bounded_by(1e8 * x, *forms).abs().max()) < 100
    square = torch.einsum("xsaub,st,xtauc->xabc", x, torch.tensor(rows, dtype=torch.float64), x).square().mean((-2, -1))
    wanted = x * (1 + square)[:, None, :, None, None] ** -0.25
    assert torch.allclose(_bounded_by(x, *forms), wanted)
