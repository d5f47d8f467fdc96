"""Spectra of matrices, against matrices themselves."""

from fractions import Fraction

import numpy as np
import pytest

from symshare.core.algebra.laurent import Laurent
from symshare.core.algebra.numbers import root
from symshare.core.groups.spectra import Spectrum, of_points, of_weights


def signed_cycles(cycles):
    """A matrix of signed cycles: its first step in each cycle has the sign."""
    size = sum(length * many for length, _, _, many in cycles)
    matrix, start = np.zeros((size, size), dtype=int), 0
    for length, sign, _, many in cycles:
        for _ in range(many):
            for step in range(length):
                matrix[start + (step + 1) % length, start + step] = sign if step == 0 else 1
            start += length
    return matrix


@pytest.mark.parametrize(
    "cycles",
    [((1, 1, 0, 4),), ((1, -1, 0, 3),), ((2, -1, 0, 2),), ((3, -1, 0, 1), (1, 1, 0, 2)), ((4, 1, 0, 1), (2, -1, 0, 1))],
)
def test_traces_of_powers_of_signed_permutations(cycles):
    matrix = signed_cycles(cycles)
    inverse = np.linalg.inv(matrix).round().astype(int)
    for power in range(9):
        assert Spectrum(cycles).trace(power) == np.trace(np.linalg.matrix_power(matrix, power))
        assert Spectrum(cycles).trace(-power) == np.trace(np.linalg.matrix_power(inverse, power))
        assert Spectrum(cycles).inverse().trace(power) == Spectrum(cycles).trace(-power)


def test_traces_that_are_listed_repeat_and_turn_around():
    """A turn by 1/8: traces 2, sqrt 2, 0, - sqrt 2, -2, ..; the inverse has the same in reverse."""
    listed = (2, root(2), 0, -root(2), -2, -root(2), 0, root(2))
    one = Spectrum(traces=listed)
    assert [one.trace(power) for power in (0, 2, 4, 12, -2)] == [2, 0, -2, -2, 0]
    assert one.trace(9) == one.trace(-7) == Laurent({0: root(2)})
    fifth = Spectrum(traces=(1, 2, 3, 4, 5))
    assert [fifth.inverse().trace(power) for power in range(5)] == [1, 5, 4, 3, 2]


def test_a_diagonal_matrix_of_a_torus():
    """diag(z^2, z^2, 1/z, -1): its square has trace 2 z^4 + z^-2 + 1."""
    assert of_weights([2, 2, -1], -1).trace(2) == Laurent({4: 2, -2: 1, 0: 1})
    assert of_weights([2, 2, -1], -1).inverse().trace(1) == Laurent({-2: 2, 1: 1, 0: -1})


def test_a_class_of_permutations_without_empty_cycles():
    part = of_points(Fraction(1, 2), [(1, 0), (2, 3)])
    assert (part.share, part.spectrum.cycles, part.roots, part.rank) == (Fraction(1, 2), ((2, 1, 0, 3),), "T", 0)
