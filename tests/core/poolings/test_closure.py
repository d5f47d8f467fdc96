"""Compositions of terms as shapes times invariant tensors."""

import numpy as np
import pytest

import symshare
from symshare.core.bases.under_groups import terms_under_groups
from symshare.core.poolings.closure import Closure

CASES = [
    ("a,ar", {"r": "O(3)"}),
    ("ar", {"r": "SO(3)"}),
    ("at", {"t": "C(3)"}),
    ("r,rs", {"r": "GL(2)", "s": "dual(r)"}),
    ("ab,abr", {"r": "Sp(2)"}),
]


@pytest.mark.parametrize(("text", "axes"), CASES)
def test_terms_come_back_from_their_place(text, axes):
    one = symshare.signature(text, axes=axes)
    closure = Closure(one, 2)
    for order in (1, 2):
        for term in terms_under_groups(one, order, ordered=True)[0]:
            element = closure.element(term)
            (number,) = np.flatnonzero(element.vector)
            assert closure.term(element.place, int(number)) == term


@pytest.mark.parametrize(("text", "axes"), CASES)
def test_operations_give_all_terms_of_order_one_and_none_is_too_many(text, axes):
    one = symshare.signature(text, axes=axes)
    closure = Closure(one, 2)
    own = {place: len(span) for place, span in closure.generated(closure.identities, closure.operations).items()}
    assert sum(own.values()) == len(terms_under_groups(one, 1)[0])
    for left in closure.operations:
        rest = [other for other in closure.operations if other != left]
        assert sum(map(len, closure.generated(closure.identities, rest).values())) < sum(own.values())


def test_too_many_compositions_are_refused(monkeypatch):
    monkeypatch.setattr("symshare.core.poolings.closure.MOST_PLUGGED", 500)
    with pytest.raises(symshare.TooLargeError, match="over 500 compositions") as caught:
        symshare.pools("aab,aar", 2, axes={"r": "O(3)"})
    assert "lower order" in str(caught.value)
