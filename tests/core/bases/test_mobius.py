from collections import Counter
from math import factorial

import numpy as np
import pytest

from symshare import SymshareError, TooLargeError, derive, evaluate
from symshare.core.bases.mobius import diagrams_to_orbits, orbits_to_diagrams

CASES = [
    ("a", 3, {}),
    ("aa", 1, {}),
    ("ab", 2, {}),
    ("aab->a", 1, {}),
    ("ab", 2, {"depends": ["a->b"]}),
    ("ab", 2, {"sizes": {"a": 2, "b": 2}}),
    ("ab,b->ab", 2, {}),
    ("aa->a", 2, {"ordered": True}),
]


@pytest.mark.parametrize(("text", "order", "options"), CASES)
def test_the_two_changes_of_basis_are_inverse_and_unitriangular(text, order, options):
    basis = derive(text, order, **options)
    forward, back = diagrams_to_orbits(basis, order).toarray(), orbits_to_diagrams(basis, order).toarray()
    size = len(basis.of_order(order))
    assert forward.dtype.kind == back.dtype.kind == "i"
    assert np.array_equal(forward @ back, np.eye(size))
    by_indices = sorted(range(size), key=lambda place: -len(basis.of_order(order)[place].index_axes))
    ordered = forward[np.ix_(by_indices, by_indices)]
    assert np.array_equal(np.diag(ordered), np.ones(size))
    assert np.array_equal(ordered, np.triu(ordered))


def orbit_value(term, x):
    """The orbit element: the same sum with different indices on different values only."""
    letters = term.index_axes
    shape = [x.shape[0] if letter == "a" else x.shape[1] for letter in letters]
    out = np.zeros([{"a": x.shape[0], "b": x.shape[1]}[letter] for letter in term.output_tensor.axes], dtype=int)
    for values in np.ndindex(*shape):
        seen = Counter(zip(letters, values, strict=True))
        if max(seen.values(), default=1) == 1:
            entry = 1
            for indices in term.factor_indices:
                entry *= x[tuple(values[index] for index in indices)]
            out[tuple(values[index] for index in term.output_indices)] += entry
    return out


@pytest.mark.parametrize("text", ["ab", "ab->a"])
@pytest.mark.parametrize("order", [1, 2])
def test_the_change_of_basis_is_true_of_the_values(text, order):
    x = np.random.default_rng(0).integers(-5, 6, (3, 4))
    basis = derive(text, order)
    listed = basis.of_order(order)
    orbits = np.array([orbit_value(term, x) for term in listed])
    diagrams = np.array([evaluate(term, *[x] * order) for term in listed])
    assert np.array_equal(np.tensordot(diagrams_to_orbits(basis, order).toarray(), orbits, 1), diagrams)
    assert np.array_equal(np.tensordot(orbits_to_diagrams(basis, order).toarray(), diagrams, 1), orbits)


def test_moebius_function_of_the_partition_lattice():
    """The coefficient of the coarsest diagram in the finest orbit is (-1)^(n-1) (n-1)! (Rota 1964)."""
    for order in range(1, 6):
        basis = derive("a->", order, ordered=True)
        listed = basis.of_order(order)
        finest = max(range(len(listed)), key=lambda place: len(listed[place].index_axes))
        coarsest = min(range(len(listed)), key=lambda place: len(listed[place].index_axes))
        assert orbits_to_diagrams(basis, order).toarray()[finest, coarsest] == (-1) ** (order - 1) * factorial(
            order - 1
        )


def test_an_incomplete_basis_and_a_large_one_are_refused():
    with pytest.raises(SymshareError, match="the basis lacks"):
        diagrams_to_orbits(derive("ab", 2).only("ab,cd->ab"), 2)
    with pytest.raises(TooLargeError, match="mergings"):
        diagrams_to_orbits(derive("aa", 5, max_terms=10**6), 5)
