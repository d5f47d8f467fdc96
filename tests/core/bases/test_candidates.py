"""Candidates are the products of diagrams of each axis, one for each class under exchanges of equal factors."""

from itertools import permutations
from math import prod

import numpy as np
import pytest

from symshare import TooLargeError, signature
from symshare.core.bases.candidates import candidates, check_candidates, check_products, complexity, invariants_of
from symshare.core.bases.spanning import Invariant, Invariants
from symshare.core.notation.sizes import witness_sizes
from symshare.core.terms.exchanges import numbered
from tests.definition import draw, rank, row

CASES = [
    # a signature with one output, the order, the partitions of slots of the set axes, the tensors of each block
    ("r->r", {"r": "O(3)"}, {}, 3, 1, [3]),
    ("ar->r", {"r": "O(3)"}, {}, 1, 1, [1]),
    ("ar->ar", {"r": "O(2)"}, {}, 1, 2, [1]),
    ("ar->ar", {"r": "SO(3)"}, {}, 2, 5, [1]),
    ("aar->r", {"r": "O(2)"}, {}, 1, 2, [1]),
    ("tu->t", {"t": "C(3)", "u": "C(2)"}, {}, 2, 1, [9, 2]),
    ("art->at", {"r": "O(2)", "t": "C(2)"}, {}, 2, 5, [1, 4]),
    ("abr->ar", {"r": "O(2)"}, {"depends": ["a->b"]}, 1, 2, [1]),
    ("arH->H", {"r": "SO(3)"}, {"sizes": {"H": 2}}, 3, 5, [1]),
    ("r->r", {"r": "B(2)"}, {}, 3, 1, [4]),
]


def made(text, axes, options, order, exchanged):
    one = signature(text, axes=axes, **options)
    factors = ((0, (0,) if options.get("sizes") else ()),) * order
    parts = invariants_of(one, 0, factors, exchanged=exchanged)
    loose = [not part.independent or not part.permuted for part in parts]
    return one, factors, parts, list(candidates(one, 0, factors, parts, loose, exchanged=exchanged))


@pytest.mark.parametrize(("text", "axes", "options", "order", "partitions", "tensors"), CASES)
def test_candidates_are_products_of_diagrams(text, axes, options, order, partitions, tensors):
    """And of a value of the output's latent axis, which may be written anywhere."""
    one, _, parts, found = made(text, axes, options, order, False)
    assert [len(part.listed) for part in parts] == tensors
    assert len(found) == partitions * prod(tensors) * prod(options.get("sizes", {}).values())
    assert len({term for _, term in found}) == len(found)
    assert all(term.order == order and term.signature == one for _, term in found)


@pytest.mark.parametrize(("text", "axes", "options", "order"), [case[:4] for case in CASES if case[3] > 1])
def test_exchanges_leave_one_of_each_class(text, axes, options, order):
    one, factors, _, every = made(text, axes, options, order, False)
    classes = {
        frozenset(
            numbered(
                *(one, 0, factors, [term.factor_indices[at] for at in places], term.output_indices),
                *(term.constants, term.output_latents),
            )
            for places in permutations(range(order))
        )
        for _, term in every
    }
    _, _, _, found = made(text, axes, options, order, True)
    assert len(found) == len(classes)
    for _, term in found:
        same = numbered(
            *(one, 0, factors, term.factor_indices, term.output_indices, term.constants, term.output_latents)
        )
        assert sum(same in own for own in classes) == 1


@pytest.mark.parametrize(
    ("text", "axes", "order"),
    [
        ("ar->a", {"r": "SO(2)"}, 4),
        ("ar->r", {"r": "SO(2)"}, 3),
        ("ar->ar", {"r": "SO(3)"}, 2),
        ("art->a", {"r": "SO(2)", "t": "C(2)"}, 2),
    ],
)
def test_candidates_of_different_groups_do_not_depend_on_each_other(text, axes, order):
    """The rank of all is the sum of the ranks of the groups, so a basis can be chosen for each on its own."""
    one, _, _, found = made(text, axes, {}, order, True)
    groups = {}
    for group, term in found:
        groups.setdefault(group, []).append(term)
    sizes = witness_sizes(one, order)
    at = draw(one, sizes, 1, 60, np.random.default_rng(0))
    rows = {term: row(term, at, sizes) for _, term in found}
    # an antisymmetric tensor vanishes on equal factors
    alive = {term: own for term, own in rows.items() if np.abs(own).max() > 1e-9}
    assert len(groups) > 1
    assert rank(list(alive.values())) == sum(
        rank([alive[one] for one in own if one in alive]) for own in groups.values()
    )


def test_each_block_has_the_slots_of_its_letters():
    one = signature("art,at->rt", axes={"r": "O(2)", "t": "C(3)"})
    vectors, shifts = invariants_of(one, 0, [(0, ()), (1, ())], exchanged=False)
    assert {len(invariant.indices) for invariant in vectors.listed} == {2}
    assert {len(invariant.indices) for invariant in shifts.listed} == {3}
    (alone,) = invariants_of(signature("r->", axes={"r": "Cube"}), 0, [(0, ())] * 7, exchanged=True)
    assert all(len(invariant.indices) == 7 for invariant in alone.listed)


def test_numbers_that_would_not_end_are_refused(monkeypatch):
    check_candidates(400_000)
    with pytest.raises(TooLargeError, match="there are over 400,000 candidate terms\n  lower the order or the sizes"):
        check_candidates(400_001)
    one = signature("r->", axes={"r": "SO(2)"})
    part = Invariants(tuple(Invariant((number,)) for number in range(12)), False, False)
    monkeypatch.setattr("symshare.core.bases.candidates.MOST_ENTRIES", 24**2)
    # two blocks of 12 tensors: 144 products; of three equal factors six orders are one
    check_products(one, [part, part], [(0, ())] * 3, False)
    with pytest.raises(
        TooLargeError, match="the rank of 144 products of invariant tensors needs 20,736 numbers, over 576"
    ):
        check_products(one, [part, part], [(0, ())] * 3, True)
    with pytest.raises(TooLargeError, match="the rank of 144 products"):
        check_products(signature("rH->H", axes={"r": "SO(2)"}), [part, part], [(0, ())] * 3, False)
    check_products(one, [], [(0, ())] * 3, True)


def test_few_constants_and_few_nonzeros_come_first():
    """delta, then epsilon with 2 nonzeros, then a tensor of 8."""
    one = signature("r->r", axes={"r": "PlaneC(4)"})
    _, _, _, found = made("r->r", {"r": "PlaneC(4)"}, {}, 1, False)
    assert sorted(complexity(term) for _, term in found) == [(0, 0), (1, 2)]
    _, _, _, found = made("rr->rr", {"r": "PlaneC(5)"}, {}, 1, False)
    assert {complexity(term)[0] for _, term in found} == {0, 1}
    assert one.blocks
