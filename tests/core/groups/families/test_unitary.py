"""The unitary groups on real and imaginary parts."""

import numpy as np
import pytest

from symshare.core.algebra.matrices import from_entries, identity
from symshare.core.groups.naming import read_group
from tests.core.groups.brute import dense, generated_lie_algebra, keeps, trace


@pytest.mark.parametrize("size", range(1, 5))
def test_unitary_groups_are_orthogonal_and_commute_with_i(size):
    i = from_entries(2 * size, {(k, size + k): -1 for k in range(size)} | {(size + k, k): 1 for k in range(size)})
    for name, dimension in (("U", size**2), ("SU", size**2 - 1)):
        group = read_group(f"{name}({size})")
        assert group.size == 2 * size
        assert keeps(group, identity(2 * size))
        assert all(g @ i == i @ g for g in (*group.elements, *group.algebra))
        assert generated_lie_algebra(group) == dimension
        for g in group.elements:
            complex_matrix = dense(g)[:size, :size] + 1j * dense(g)[size:, :size]
            assert name == "U" or np.linalg.det(complex_matrix) == pytest.approx(1)
        for a in group.algebra:  # the complex trace is zero in su(d): so is that of i A
            assert name == "U" or trace(i @ a) == trace(a) == 0
