"""Null spaces by singular values, against the exact ones of sympy, and the gap that they state."""

import numpy as np
import pytest
from scipy import sparse

from symshare import SymshareError, TooLargeError
from symshare.core.algebra.numeric import LEAST_GAP, Spectrum, numeric_null_space


def test_many_rows_are_reduced_as_they_come():
    """The null space of 40 blocks of the same rank-3 equations in 5 unknowns has dimension 2."""
    random = np.random.default_rng(0)
    base = random.normal(size=(3, 5))
    basis, spectrum = numeric_null_space([random.normal(size=(7, 3)) @ base for _ in range(40)], 5)
    assert basis.shape == (2, 5)
    assert np.abs(base @ basis.T).max() < 1e-10
    assert spectrum.largest_zero < spectrum.tolerance


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("scale", [1.0, 1e15, -1e9])
def test_whole_matrices_have_the_null_spaces_of_exact_arithmetic(seed, scale):
    """The first of two blocks times a scale: it is divided out, so that the other counts as much."""
    sympy = pytest.importorskip("sympy")
    random = np.random.default_rng(seed)
    width = int(random.integers(1, 7))
    blocks = [random.integers(-2, 3, (int(random.integers(0, 4)), width)) for _ in range(2)]
    expected = sympy.Matrix(np.vstack(blocks).tolist()).rank() if sum(map(len, blocks)) else 0
    basis, spectrum = numeric_null_space([scale * blocks[0], sparse.csr_array(blocks[1].astype(float))], width)
    assert basis.shape == (width - expected, width)
    assert np.allclose(basis @ basis.T, np.eye(len(basis)))
    assert np.abs(np.vstack(blocks) @ basis.T).max(initial=0) < 1e-9
    assert spectrum.largest_zero <= spectrum.tolerance < spectrum.least_nonzero or not expected
    assert not spectrum.largest_zero or spectrum.least_nonzero > LEAST_GAP * spectrum.largest_zero


def test_no_equations_leave_all_free():
    for blocks in ([], [np.zeros((2, 3))], [sparse.csr_array((4, 3))]):
        basis, spectrum = numeric_null_space(blocks, 3)
        assert basis.tolist() == np.eye(3).tolist()
        assert str(spectrum) == "numeric: no equations, nothing was cut"
    assert numeric_null_space([], 0)[0].shape == (0, 0)


def test_a_cut_is_described_with_a_doubt_where_it_is_narrow():
    wide, narrow = Spectrum(1e-12, 2e-16, 0.5, 2.0), Spectrum(1e-12, 2e-16, 1e-5, 2.0)
    said = (
        "numeric: singular values up to 2.0e-16 taken as zero, the next is 5.0e-01 (tolerance 1.0e-12, largest 2.0e+00)"
    )
    assert str(wide) == said
    assert str(narrow).endswith("largest 2.0e+00); were the generators rounded?")


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([[float("nan"), 1.0]], r"^an equation has a number that is not finite\n  mend the generator it comes from$"),
        ([[1.0, float("inf")]], r"^an equation has a number that is not finite\n  mend the generator it comes from$"),
        ([[1.0, 0.0], [0.0, 1e-13]], r"^no clear gap parts the singular values .*\n  write the generators exactly: "),
    ],
)
def test_what_cannot_be_cut_is_refused(rows, problem):
    with pytest.raises(SymshareError, match=problem):
        numeric_null_space([np.array(rows)], 2)


def test_too_many_unknowns_are_refused_with_their_number():
    with pytest.raises(
        TooLargeError, match=r"^a numeric null space of 4,001 unknowns is over 4,000\n  lower the order"
    ):
        numeric_null_space([], 4_001)
