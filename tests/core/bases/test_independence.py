"""Which terms are independent of those before them: against ranks of their values by definition."""

from dataclasses import replace

import numpy as np
import pytest

import symshare
from symshare import TooLargeError, derive, signature, terms
from symshare.core.algebra.primes import PRIME
from symshare.core.bases.independence import independent, valued
from symshare.core.groups.files import generators_from
from symshare.core.terms.constant import made
from symshare.core.terms.exchanges import numbered
from tests.definition import number as float_of
from tests.definition import shape_of, whole


def test_terms_that_are_zero_up_to_rounding_are_left_out():
    """An eighth of a turn and the turn by (3, 4, 5): dense in SO(2), whose invariants of order 2 on one vector are one."""
    turns = symshare.generators_from(
        {
            "generator": [
                {"r": [["sqrt(2)/2", "-sqrt(2)/2"], ["sqrt(2)/2", "sqrt(2)/2"]]},
                {"r": [[0.6, -0.8], [0.8, 0.6]]},
            ]
        }
    )
    assert symshare.derive("r->", 2, axes=turns).counts == (1, 0, 1)


def greedy(rows):
    """The rows that raise the rank of those before them, by numpy."""
    found = []
    for number in range(len(rows)):
        if np.linalg.matrix_rank(np.array(rows[: number + 1], dtype=float)) > len(found):
            found.append(number)
    return found


def rows_of(listed, signature, sizes, ordered, points=20):
    """Values by definition at small integer points, one row a term, zeros on the other outputs."""
    random = np.random.default_rng(1)
    copies = max(term.order for term in listed) if ordered else 1
    rows = [[] for _ in listed]
    for _ in range(points):
        at = [
            [random.integers(-2, 3, shape_of(signature, tensor, sizes)).astype(object) for tensor in signature.inputs]
            for _ in range(max(1, copies))
        ]
        for row, term in zip(rows, listed, strict=True):
            operands = [at[place % len(at)][number] for place, number in enumerate(term.factors)]
            for number, tensor in enumerate(signature.outputs):
                empty = np.zeros(shape_of(signature, tensor, sizes))
                own = whole(term, operands, sizes, float_of) if number == term.output else empty
                row += [float(value) for value in own.ravel()]
    return rows


CASES = [
    # too short axes; several outputs; other groups; one value at all places, so that two points are too few
    ("aa", 1, {"sizes": {"a": 4}}, {"a": 3}),
    ("a", 2, {"sizes": {"a": 3}}, {"a": 2}),
    ("a->a,aa", 1, {"sizes": {"a": 3}}, {"a": 2}),
    ("ab", 2, {"sizes": {"a": 3, "b": 3}}, {"a": 2, "b": 2}),
    ("t->t", 2, {"axes": {"t": "C(3)"}}, {"t": 3}),
    ("r->rr", 2, {"axes": {"r": "SO(3)"}}, {"r": 3}),
    ("a->b", 4, {"sizes": {"a": 4, "b": 8}}, {"a": 4, "b": 8}),
]


@pytest.mark.parametrize(("text", "order", "options", "sizes"), CASES)
@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_term_is_kept_if_it_raises_the_rank_of_those_before_it(text, order, options, sizes, ordered, seed):
    random = np.random.default_rng(seed)
    listed = list(derive(text, order, ordered=ordered, **options).of_order(order))
    listed = [listed[at] for at in random.permutation(len(listed))[:25]]
    listed += [listed[at] for at in random.integers(0, len(listed), 3)]
    one = replace(listed[0].signature, sizes=tuple(sorted(sizes.items())))
    listed = [replace(term, signature=one) for term in listed]
    expected = greedy(rows_of(listed, one, sizes, ordered))
    found = independent(listed, one, sizes, ordered=ordered, random=random)
    assert found == expected
    rows, chosen = valued(listed, one, sizes, ordered=ordered, random=random)
    assert chosen == expected
    assert len(rows) == len(listed)
    assert rank_modulo(rows[expected]) == len(expected)


def rank_modulo(rows, prime=PRIME):
    """Gauss, one row after the other."""
    kept = []
    for row in rows:
        row = [int(value) for value in row]
        for lead, other in kept:
            factor = row[lead]
            row = [(one - factor * two) % prime for one, two in zip(row, other, strict=True)]
        lead = next((place for place, value in enumerate(row) if value), None)
        if lead is not None:
            inverse = pow(row[lead], -1, prime)
            kept.append((lead, [value * inverse % prime for value in row]))
    return len(kept)


def test_floats_are_ranked_numerically():
    """A turn by the angle of (3, 4, 5), as floats: 1 and J twice, in a constant tensor that is no exact one."""
    turn = generators_from({"generator": [{"r": [[0.6, -0.8], [0.8, 0.6]]}]})
    one = signature("r->r", axes=turn)

    def with_matrix(name, cells):
        constant = made(name, "floats", (2, 2), cells)
        return numbered(one, 0, [(0, ())], [("i",)], ("o",), [(constant, ("o", "i"))])

    identity, turned = {(0, 0): 0.1, (1, 1): 0.1}, {(0, 1): -0.3, (1, 0): 0.3}
    both = identity | turned
    listed = [with_matrix("A", identity), with_matrix("B", both), with_matrix("C", turned), with_matrix("D", identity)]
    assert independent(listed, one, {"r": 2}, ordered=False, random=np.random.default_rng(0)) == [0, 1]
    assert independent(listed[2:], one, {"r": 2}, ordered=False, random=np.random.default_rng(0)) == [0, 1]


def test_nothing_is_independent_of_nothing():
    assert independent([], signature("a"), {"a": 2}, ordered=False, random=np.random.default_rng(0)) == []


def test_the_search_ends_with_as_many_as_are_wanted():
    listed = list(terms("aa", 1))
    one = listed[0].signature
    found = independent(listed, one, {"a": 4}, ordered=False, random=np.random.default_rng(0), wanted=15)
    assert found == list(range(15))


def test_a_matrix_of_values_that_is_too_large_is_refused(monkeypatch):
    listed = list(terms("aa", 1))
    monkeypatch.setattr("symshare.core.bases.independence.MOST_ENTRIES", 400)
    with pytest.raises(TooLargeError, match="the rank of 15 terms needs a matrix of over 400 entries"):
        independent(listed, listed[0].signature, {"a": 4}, ordered=False, random=np.random.default_rng(0))
