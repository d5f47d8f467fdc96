"""One step down from a term: its parts give it back, value by value, and none is smaller."""

from itertools import combinations

import numpy as np
import pytest

from symshare import evaluate, pools, signature, terms
from symshare.core.poolings.cuts import is_reducible
from symshare.core.poolings.hypergraph import fit, without_pendants
from symshare.core.poolings.irreducible import layouts_of
from symshare.core.poolings.realisation import hypergraph
from symshare.core.poolings.reduction import part, raised

SIZES = {"a": 2, "b": 3, "c": 5}
PLAIN = [("ab", (), 3, 2), ("aa", (), 3, 5), ("ab", (), 4, 12), ("ab,bc->ab,bc", (), 3, 7)]
CASES = [*PLAIN, ("ab", ("a->b",), 3, 2), ("aab", ("a->b",), 3, 170)]
LOW = [*dict.fromkeys((*case[:2], 2, 1) for case in CASES), ("ab", (), 3, 1), ("ab,bc->ab,bc", (), 3, 1)]


def sampled(text, depends, order, every):
    return terms(signature(text, depends=depends), order)[::every]


def drawn(term):
    random = np.random.default_rng(0)
    return [random.integers(1, 9, size=[SIZES[letter] for letter in tensor.axes]) for tensor in term.factor_tensors]


def ratio(found, expected):
    """What one value is of the other: sums over ones multiply by sizes, here different primes, and nothing else does."""
    (times,) = {int(one) // int(other) for one, other in zip(found.ravel(), expected.ravel(), strict=True) if other}
    assert np.array_equal(found, times * expected)
    rest = times
    for size in SIZES.values():
        while rest % size == 0:
            rest //= size
    assert rest == 1
    return times


def shared(term, chosen):
    """The indices that some factors share with the rest of a term."""
    rest = {
        *term.output_indices,
        *(one for at, own in enumerate(term.factor_indices) if at not in chosen for one in own),
    }
    return {one for at in chosen for one in term.factor_indices[at]} & rest


def fits(term, indices):
    return fit(layouts_of(term.signature), hypergraph(term).vertices, sum(1 << index for index in indices)) is not None


@pytest.mark.parametrize(("text", "depends", "order", "every"), CASES)
def test_a_part_computed_first_gives_the_term(text, depends, order, every):
    found = 0
    for term in sampled(text, depends, order, every):
        parted = part(term)
        if parted is None:
            continue
        inner, outer, inside = parted
        xs = drawn(term)
        before = evaluate(inner, *(xs[place] for place in inside), sizes=SIZES)
        after = evaluate(outer, before, *(x for place, x in enumerate(xs) if place not in inside), sizes=SIZES)
        times = ratio(after, evaluate(term, *xs, sizes=SIZES))
        others = {index for place, own in enumerate(term.factor_indices) if place not in inside for index in own}
        there = {term.index_axes[index] for index in others | set(term.output_indices)}
        if not depends and there >= set(inner.output_tensor.axes):
            assert times == 1  # a slot to spare is repeated along an index that is there
        assert 1 < inner.order == len(inside) < order
        assert outer.order == order - len(inside) + 1
        found += 1
    assert found


@pytest.mark.parametrize(("text", "depends", "order", "every"), CASES)
def test_the_part_is_a_smallest_that_leaves_what_a_tensor_carries(text, depends, order, every):
    for term in sampled(text, depends, order, every):
        sizes = [
            size
            for size in range(2, order)
            for own in combinations(range(order), size)
            if fits(term, shared(term, own))
        ]
        parted = part(term)
        assert (parted is None) == (not sizes)
        assert (parted is None) == (not is_reducible(layouts_of(term.signature), without_pendants(hypergraph(term))))
        if parted is not None:
            assert len(parted[2]) == min(sizes)


@pytest.mark.parametrize(("text", "depends", "order", "every"), LOW)
def test_a_term_without_parts_comes_from_an_irreducible_pooling(text, depends, order, every):
    known = set(pools(text, order, depends=depends).poolings)
    found = 0
    for term in sampled(text, depends, order, every):
        if part(term) is not None:
            continue
        before, pooling, after, places = raised(term)
        assert pooling in known
        assert sorted(places) == list(range(order))
        xs = drawn(term)
        operands = [evaluate(before[place], xs[place], sizes=SIZES) for place in places]
        values = evaluate(after, evaluate(pooling, *operands, sizes=SIZES), sizes=SIZES)
        times = ratio(values, evaluate(term, *xs, sizes=SIZES))
        assert times == 1 or depends or "," in text  # one type without dependencies needs no sum over ones
        found += 1
    assert found


def test_two_factors_have_no_part():
    assert all(part(term) is None for term in terms(signature("aa"), 2))


@pytest.mark.parametrize(("text", "depends", "order"), [("ab", (), 5), ("aab", ("a->b",), 3), ("ab,bc->ab,bc", (), 3)])
def test_an_irreducible_pooling_has_no_parts_and_comes_from_itself(text, depends, order):
    for term in pools(text, order, depends=depends).poolings:
        assert part(term) is None
        before, pooling, after, places = raised(term)
        assert pooling == term
        xs = drawn(term)
        operands = [evaluate(before[place], xs[place], sizes=SIZES) for place in places]
        values = evaluate(after, evaluate(pooling, *operands, sizes=SIZES), sizes=SIZES)
        assert ratio(values, evaluate(term, *xs, sizes=SIZES)) == 1
