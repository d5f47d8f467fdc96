"""Values of terms modulo a prime are those of the definition, index by index."""

import numpy as np
import pytest

from symshare import TooLargeError, derive, signature
from symshare.core.algebra.primes import PRIME
from symshare.core.algebra.residues import modulo
from symshare.core.bases.values import points, products, values
from symshare.core.notation.sizes import witness_sizes
from symshare.core.terms.constant import made
from symshare.core.terms.exchanges import numbered
from symshare.core.terms.term import Term
from tests.definition import shape_of, whole

CASES = [
    # set axes: diagonals, repetition, sums, several tensors, dependencies, picked values
    ("aa", 2, {}),
    ("ab,b->ab,a", 2, {}),
    ("a,->aa,", 2, {}),
    ("ab", 2, {"depends": ["a->b"]}),
    ("aHb->bH", 1, {"sizes": {"H": 2, "a": 3, "b": 2}}),
    ("aK->K", 2, {}),
    # constants: offsets, symbols with few nonzeros, alone and beside others, forms, units, signs, roots
    ("t->tt", 2, {"axes": {"t": "C(3)"}}),
    ("atH->t", 1, {"axes": {"t": "C(4)"}, "sizes": {"H": 2, "a": 2}}),
    ("rr->r", 2, {"axes": {"r": "SO(3)"}}),
    ("arr->ar", 1, {"axes": {"r": "SO(3)"}}),
    ("rr->rr", 1, {"axes": {"r": "O(1,2)"}}),
    ("r->rr", 2, {"axes": {"r": "Trivial(2)"}}),
    ("r->rr", 2, {"axes": {"r": "PlaneC(3)"}}),
    ("rrr->", 1, {"axes": {"r": "PlaneD(12)"}}),
    ("rrrr->rr", 1, {"axes": {"r": "SO(2)"}}),
]


def exact(arrays, point):
    return [np.array(array[point], dtype=object) for array in arrays]


@pytest.mark.parametrize(("text", "order", "options"), CASES)
@pytest.mark.parametrize("apart", [False, True])
def test_values_are_those_of_the_definition(text, order, options, apart):
    """At one point for all factors, and at points of their own."""
    basis = derive(text, order, **options)
    sizes = witness_sizes(basis.signature, order)
    at = points(basis.signature, sizes, order if apart else 1, 2, np.random.default_rng(0))
    for term in basis.terms[:: max(1, len(basis) // 40)]:
        found = values(term, at, sizes)
        shape = shape_of(term.signature, term.output_tensor, sizes)
        found = np.broadcast_to(found, (2, *shape))
        for point in range(2):
            copies = [exact(copy, point) for copy in at]
            operands = [copies[place % len(copies)][number] for place, number in enumerate(term.factors)]
            expected = [int(value) % PRIME for value in whole(term, operands, sizes, modulo).ravel()]
            assert found[point].ravel().tolist() == expected
        monomials = products(term, at)
        assert np.array_equal(values(term, at, sizes, monomials), values(term, at, sizes))


@pytest.mark.parametrize("seed", range(12))
def test_any_constant_tensor_is_contracted(seed):
    """On indices of factors, of the output, of both, or of none; with few nonzeros and with many."""
    random = np.random.default_rng(seed)
    one = signature("rr->rr", axes={"r": "Trivial(3)"})
    labels = random.integers(0, 4, size=6).tolist()
    legs = random.permutation(4)[: random.integers(1, 5)].tolist()
    legs = [leg for leg in legs if leg in labels] or labels[:1]
    cells = {
        tuple(random.integers(0, 3, size=len(legs)).tolist()): int(random.integers(1, 9))
        for _ in range(random.integers(1, 30))
    }
    constant = made("T", "any", (3,) * len(legs), cells)
    term = numbered(one, 0, [(0, ())] * 2, [labels[:2], labels[2:4]], labels[4:], [(constant, legs)])
    at = points(one, {"r": 3}, 2, 1, random)
    operands = [exact(copy, 0)[0] for copy in at]
    expected = (whole(term, operands, {"r": 3}) % PRIME).tolist()
    for monomials in (None, products(term, at)):
        assert np.broadcast_to(values(term, at, {"r": 3}, monomials), (1, 3, 3))[0].tolist() == expected


def test_products_have_one_entry_of_each_factor():
    term = Term.from_einsum(signature("a,b->"), "a,b->", factors=(0, 1))
    at = points(term.signature, {"a": 2, "b": 3}, 1, 4, np.random.default_rng(0))
    expected = [[int(a) * int(b) % PRIME for a in x for b in y] for x, y in zip(*at[0], strict=True)]
    assert products(term, at).tolist() == expected
    assert products(Term.from_einsum(signature("a->"), "->"), at).tolist() == [[1]]


def test_points_have_a_copy_for_each_factor_and_no_channels():
    one = signature("abH,aK->a", sizes={"K": 2})
    found = points(one, {"a": 2, "b": 3, "K": 2}, 3, 5, np.random.default_rng(0))
    assert [[array.shape for array in copy] for copy in found] == [[(5, 2, 3), (5, 2, 2)]] * 3
    assert len(points(one, {"a": 2, "b": 3, "K": 2}, 0, 1, np.random.default_rng(0))) == 1
    assert all(array.min() >= 0 and array.max() < PRIME for copy in found for array in copy)


def test_too_many_numbers_are_refused(monkeypatch):
    term = Term.from_einsum(signature("ab"), "ab,cb,cd->ad")
    sizes = {"a": 3, "b": 3}
    at = points(term.signature, sizes, 1, 2, np.random.default_rng(0))
    monkeypatch.setattr("symshare.core.bases.values.MOST_ENTRIES", 2 * 27)
    values(term, at, sizes)  # one index is summed at a time: three of 3 values at 2 points
    monkeypatch.setattr("symshare.core.bases.values.MOST_ENTRIES", 2 * 27 - 1)
    with pytest.raises(
        TooLargeError, match="a term needs over 53 numbers at once\n  give smaller sizes or a lower order"
    ):
        values(term, at, sizes)
