"""What exchanges of terms span: as many owners as each term adds dimensions to those before it."""

import numpy as np
import pytest

from symshare import TooLargeError, derive
from symshare.core.bases.spanned import Spans
from symshare.core.notation.sizes import witness_sizes
from tests.definition import draw, exchanged_rows, rank

CASES = [
    ("rH->rH", 2, {"r": "SO(3)"}),
    ("rH->H", 3, {"r": "SO(3)"}),
    ("arH->rH", 2, {"r": "SO(3)"}),
    ("rH->rH", 3, {"r": "SO(2)"}),
    ("tH->H", 2, {"t": "D(4)"}),
    ("u:rH,v:rH->w:rH", 2, {"r": "SO(3)"}),
    ("rH->rH", 3, {"r": "PlaneC(3)"}),
]


def listed_and_sizes(text, order, axes):
    """All terms with their factors kept in order, many of which are exchanges of each other, shuffled."""
    ordered = derive(text, order, axes=axes, ordered=True)
    listed = list(ordered.of_order(order))
    random = np.random.default_rng(0)
    listed = [listed[at] for at in random.permutation(len(listed))]
    return listed, ordered.signature, witness_sizes(ordered.signature, order)


@pytest.mark.parametrize(("text", "order", "axes"), CASES)
@pytest.mark.parametrize("every", [1, 3])
def test_each_term_owns_the_dimensions_that_its_exchanges_add(text, order, axes, every):
    listed, signature, sizes = listed_and_sizes(text, order, axes)
    listed = [one for one in listed if list(one.factors) == sorted(one.factors)][::every]
    at = draw(signature, sizes, order, 40, np.random.default_rng(1))
    rows, expected, before = [], [], 0
    for number, term in enumerate(listed):
        rows += exchanged_rows(term, at, sizes)
        now = rank(rows)
        expected += [number] * (now - before)
        before = now
    spans = Spans(signature, sizes, order)
    assert sorted(spans.owners(listed, None)) == expected
    for wanted in range(1, len(expected), 3):
        assert spans.owners(listed, wanted) == expected[:wanted]  # what is kept from one question serves the next


def test_more_points_are_taken_where_they_are_too_few():
    listed, signature, sizes = listed_and_sizes("rH->H", 2, {"r": "Trivial(3)"})
    spans = Spans(signature, sizes, 2, columns=2)
    assert len(spans.owners(listed, None)) == 9  # x_i y_j
    assert spans.columns >= 9 + 8


def test_more_dimensions_than_are_worth_it_are_refused(monkeypatch):
    listed, signature, sizes = listed_and_sizes("rH->H", 2, {"r": "Trivial(3)"})
    monkeypatch.setattr("symshare.core.bases.spanned.MOST_SPUN", 8)
    with pytest.raises(
        TooLargeError, match="the exchanges of the terms of order 2 span over 8 dimensions\n  lower the order"
    ):
        Spans(signature, sizes, 2).owners(listed, None)
    monkeypatch.setattr("symshare.core.bases.spanned.MOST_SPUN", 9)
    assert len(Spans(signature, sizes, 2).owners(listed, None)) == 9
