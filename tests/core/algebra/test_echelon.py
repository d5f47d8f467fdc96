"""Echelon forms modulo a prime: pivots of one that stand alone, and the vectors put together from the rows."""

from random import Random

import pytest

from symshare.core.algebra.echelon import echelon_modulo

PRIME = 101


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("filled", [0.1, 0.9])
def test_rows_are_reduced_and_span_the_vectors(seed, filled):
    random = Random(seed)
    vectors = []
    for own in range(8):
        drawn = {place: random.randint(1, PRIME - 1) for place in range(12) if random.random() < filled}
        vectors.append(drawn | {12 + own: 1})
    found, steps = echelon_modulo([dict(one) for one in vectors], PRIME, 10**9)
    assert steps >= 0
    assert len(found) == len(vectors)
    for lead, row in found.items():
        assert min(row) == lead
        assert row[lead] == 1
        assert not any(lead in other for at, other in found.items() if at != lead)
    for vector in vectors:
        total = {}
        for lead, row in found.items():
            for place, value in row.items():
                total[place] = (total.get(place, 0) + vector.get(lead, 0) * value) % PRIME
        assert {place: value for place, value in total.items() if value} == vector


def test_nothing_is_reduced_where_it_takes_too_many_steps():
    vectors = [dict.fromkeys(range(own, 40), 1) | {40 + own: 1} for own in range(20)]
    assert echelon_modulo(vectors[:3] + [{60 + own: 1} for own in range(300)], PRIME, 0)[0] is None
