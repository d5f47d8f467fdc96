"""Choosing from candidates: what is kept spans everything, and nothing in it can be left out."""

from itertools import permutations

import numpy as np
import pytest

from symshare import count, derive, signature
from symshare.core.bases.choice import chosen, generating
from symshare.core.notation.sizes import witness_sizes
from symshare.core.terms.constant import made
from symshare.core.terms.exchanges import numbered
from tests.core.bases.test_spanned import CASES, listed_and_sizes
from tests.definition import draw, exchanged_rows, rank, row


@pytest.mark.parametrize(("text", "order", "axes"), CASES)
@pytest.mark.parametrize("again", [False, True])
def test_with_channels_the_exchanges_of_a_least_set_span_all_ordered_maps(monkeypatch, text, order, axes, again):
    """`again`: by the way that is taken where exchanges are too many to list."""
    monkeypatch.setattr("symshare.core.bases.choice.many_exchanges", lambda term: again)
    listed, signature, sizes = listed_and_sizes(text, order, axes)
    listed = [one for one in listed if list(one.factors) == sorted(one.factors)]
    at = draw(signature, sizes, order, 40, np.random.default_rng(1))
    every = {term: exchanged_rows(term, at, sizes) for term in listed}
    dimensions = rank([one for rows in every.values() for one in rows])
    kept, number = generating(listed, signature, order)
    assert number == dimensions
    assert [listed.index(term) for term in kept] == sorted(listed.index(term) for term in kept)
    assert rank([one for term in kept for one in every[term]]) == dimensions
    for term in kept:
        assert rank([one for other in kept if other != term for one in every[other]]) < dimensions
    assert len(kept) == len(derive(text, order, axes=axes).of_order(order))
    assert chosen(listed, signature, order, False) == kept


def with_tensor(array):
    """A product of vectors by a tensor, one leg a factor, to a channel."""
    one = signature("rH->H", axes={"r": "Trivial(2)"})
    legs = list(range(array.ndim))
    cells = {place: int(value) for place, value in np.ndenumerate(array)}
    constant = made("T" + "".join(map(str, array.ravel())), "any", array.shape, cells)
    return numbered(one, 0, [(0, ())] * array.ndim, [(leg,) for leg in legs], (), [(constant, legs)])


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("order", [2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_what_later_terms_make_is_left_out_too(monkeypatch, order, seed, again):
    """The sums of a tensor over exchanges, with signs or without, and then the tensor itself, which spans them."""
    monkeypatch.setattr("symshare.core.bases.choice.many_exchanges", lambda term: again)
    array = np.random.default_rng(seed).permutation(2**order).reshape((2,) * order)
    turned = [np.transpose(array, places) for places in permutations(range(order))]
    first, last = sum(turned), array + 2 * np.swapaxes(array, 0, 1)
    listed = [with_tensor(one) for one in (first, last, array, last)]

    def spanned(arrays):
        return np.linalg.matrix_rank(
            np.array([np.transpose(one, places).ravel() for one in arrays for places in permutations(range(order))])
        )

    kept, number = generating(listed, listed[0].signature, order)
    assert number == spanned([first, last, array])
    assert spanned([last]) == spanned([array]) == number  # either of the two would do: the last stays out first
    assert kept == [listed[1]]


@pytest.mark.parametrize(
    ("text", "order", "axes", "ordered"),
    [
        ("rr->", 2, {"r": "O(2)"}, False),
        ("rr->rr", 1, {"r": "Sp(2)"}, False),
        ("rrrrr->", 1, {"r": "SO(3)"}, False),
        ("ar->r", 2, {"r": "SO(2)"}, True),
        ("tH->tH", 2, {"t": "C(2)"}, True),
    ],
)
def test_without_channels_a_term_stays_if_it_is_independent_of_those_before_it(text, order, axes, ordered):
    one = signature(text, axes=axes)
    basis = list(derive(one, order, ordered=ordered).of_order(order))
    sizes = witness_sizes(one, order)
    listed = [*basis[::2], *basis[:1], *basis[1::2], *basis]
    at = draw(one, sizes, order if ordered else 1, 30, np.random.default_rng(0))
    rows, expected = [], []
    for term in listed:
        rows.append(row(term, at, sizes))
        if rank(rows) > len(expected):
            expected.append(term)
    assert chosen(listed, one, order, ordered) == expected
    assert len(expected) == len(basis) == count(text.replace("H", ""), order, axes=axes, ordered=ordered)


def test_of_nothing_nothing_is_chosen():
    one = signature("rH->rH", axes={"r": "SO(3)"})
    assert generating([], one, 2) == ([], 0)
    assert chosen([], signature("r->r", axes={"r": "SO(3)"}), 2, False) == []
