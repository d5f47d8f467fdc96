"""Weyl's integration formula, by two ways and against eigenvalues of random unitary and orthogonal matrices."""

from math import comb, factorial, prod

import numpy as np
import pytest
from scipy.stats import special_ortho_group

from symshare.core.algebra.laurent import Laurent, constant_term, variables
from symshare.core.groups.weyl import density, invariants
from symshare.errors import TooLargeError


def trace(roots, rank):
    """The trace of the defining representation on its torus."""
    torus = variables(rank)
    if roots == "SL":
        return Laurent(dict.fromkeys([*torus, -sum(torus)], 1))
    if roots == "A":
        return Laurent(dict.fromkeys(torus, 1))
    weights = dict.fromkeys([*torus, *(-one for one in torus)], 1)
    return Laurent(weights | ({0: 1} if roots == "B" else {}))


def both_ways(roots, rank, factors):
    """The mean of a product: the constant term with the density, and the sum of dominant weights."""
    degree = len(factors)
    product = prod(factors, start=Laurent({0: 1}))
    return constant_term(density(roots, rank, degree), product), invariants(roots, rank, factors)


@pytest.mark.parametrize(
    ("roots", "rank"),
    [("A", 1), ("A", 3), ("SL", 1), ("SL", 2), ("B", 1), ("B", 2), ("C", 1), ("C", 2), ("D", 1), ("D", 2)],
)
@pytest.mark.parametrize("degree", range(7))
def test_the_density_and_dominant_weights_agree(roots, rank, degree):
    """Weyl 1939; Brauer 1937 and Klimyk 1968."""
    one, other = both_ways(roots, rank, [trace(roots, rank)] * degree)
    assert one == other


@pytest.mark.parametrize(
    ("roots", "rank", "expected"),
    [
        ("B", 1, [1, 0, 1, 1, 3, 6, 15]),  # Riordan's numbers: SO(3)
        ("SL", 1, [1, 0, 1, 0, 2, 0, 5]),  # Catalan: SU(2)
        ("C", 1, [1, 0, 1, 0, 2, 0, 5]),  # which is Sp(2)
        ("SL", 2, [1, 0, 0, 1, 0, 0, 5]),  # three-dimensional Catalan numbers
        ("D", 1, [comb(n, n // 2) if n % 2 == 0 else 0 for n in range(7)]),
        ("D", 2, [1, 0, 1, 0, 4, 0, 25]),  # squares of Catalan's: SO(4)
    ],
)
def test_invariants_of_powers_of_the_defining_representation(roots, rank, expected):
    assert [invariants(roots, rank, [trace(roots, rank)] * n) for n in range(7)] == expected


@pytest.mark.parametrize("n", range(1, 4))
def test_a_trace_and_its_conjugate_over_the_unitary_group(n):
    """The mean of |tr|^2k over U(n) is the number of permutations of k without an increasing subsequence over n (Rains
    1998)."""
    one = trace("A", n)
    back = Laurent({-exponent: factor for exponent, factor in one.terms.items()})
    for k in range(1, n + 1):
        assert set(both_ways("A", n, [one] * k + [back] * k)) == {factorial(k)}
    if n == 2:
        assert set(both_ways("A", n, [one] * 3 + [back] * 3)) == {5}


@pytest.mark.parametrize(
    ("draw", "roots", "rank"),
    [
        (lambda random: special_ortho_group.rvs(3, size=4_000, random_state=random), "B", 1),
        (lambda random: special_ortho_group.rvs(4, size=4_000, random_state=random), "D", 2),
        (lambda random: special_ortho_group.rvs(5, size=4_000, random_state=random), "B", 2),
    ],
)
def test_means_are_those_of_random_matrices(draw, roots, rank):
    traces = np.trace(draw(np.random.default_rng(0)), axis1=1, axis2=2)
    for degree in range(4):
        expected = invariants(roots, rank, [trace(roots, rank)] * degree)
        spread = np.std(traces**degree) / len(traces) ** 0.5
        assert abs(np.mean(traces**degree) - expected) <= 5 * spread


def test_a_torus_alone_and_the_roots_of_unity():
    assert density("T", 2, 5) == Laurent({0: 1})
    assert density("C_k", 3, 7) == Laurent(dict.fromkeys((-6, -3, 0, 3, 6), 1))


def test_too_many_weights_are_refused():
    long = Laurent({exponent: exponent**2 for exponent in range(-5_000, 5_001) if exponent})
    with pytest.raises(TooLargeError, match="weights"):
        invariants("C", 1, [long] * 4)
