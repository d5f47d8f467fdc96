"""Cycle types of permutations, against permutations themselves."""

from collections import Counter
from itertools import permutations, product
from math import factorial

import pytest

from symshare.core.groups.cycles import centraliser, cycle_types, number_of_types

PARTITIONS = [1, 1, 2, 3, 5, 7, 11, 15, 22, 30, 42]  # OEIS A000041
BIPARTITIONS = [1, 2, 5, 10, 20, 36, 65, 110]  # OEIS A000712


def cycle_type(images):
    found, seen = Counter(), set()
    for start in range(len(images)):
        length = 0
        while start not in seen:
            seen.add(start)
            start, length = images[start], length + 1
        found[length] += length > 0
    return tuple(sorted((+found).items()))


@pytest.mark.parametrize("n", range(7))
def test_cycle_types_and_how_often_they_occur(n):
    found = Counter(cycle_type(one) for one in permutations(range(n)))
    assert set(cycle_types(n)) == set(found)
    assert len(cycle_types(n)) == len(found) == number_of_types(n, 1)
    assert all(many * centraliser(cycles, 1) == factorial(n) for cycles, many in found.items())


@pytest.mark.parametrize("n", range(4))
def test_signed_cycle_types_and_how_often_they_occur(n):
    found = Counter()
    for images, signs in product(permutations(range(n)), product((1, -1), repeat=n)):
        kinds = {1: Counter(), -1: Counter()}
        seen = set()
        for start in range(n):
            length, sign = 0, 1
            while start not in seen:
                seen.add(start)
                start, length, sign = images[start], length + 1, sign * signs[start]
            if length:
                kinds[sign][length] += 1
        found[tuple(tuple(sorted(kinds[sign].items())) for sign in (1, -1))] += 1
    assert len(found) == number_of_types(n, 2)
    for (even, odd), many in found.items():
        assert many * centraliser(even, 2) * centraliser(odd, 2) == 2**n * factorial(n)


def test_numbers_of_types_are_the_published_ones():
    assert [number_of_types(n, 1) for n in range(11)] == PARTITIONS
    assert [number_of_types(n, 2) for n in range(8)] == BIPARTITIONS
    assert number_of_types(100, 1) == 190_569_292  # MacMahon
    assert number_of_types(1_001, 1) >= 10**12
