"""Set partitions, matchings and groups of slots: the numbers of Bell, Stirling, and the double factorials."""

from itertools import product
from math import factorial

import pytest

from symshare.core.terms.partitions import double_factorial, groups_of, matchings, on_diagram, partitions

BELL = [1, 1, 2, 5, 15, 52, 203, 877, 4140]
"""OEIS A000110."""
STIRLING = {4: [0, 1, 7, 6, 1], 5: [0, 1, 15, 25, 10, 1], 6: [0, 1, 31, 90, 65, 15, 1]}
"""Set partitions of n elements into 0, 1, .. blocks: OEIS A048993."""
ODD = [1, 1, 3, 15, 105, 945, 10395]
"""Products of the first odd numbers: OEIS A001147."""


@pytest.mark.parametrize("number", range(9))
def test_partitions_are_the_growth_strings(number):
    """Each entry at most one more than the largest before it; sifted from all strings while these are few."""
    found = list(partitions(number))
    assert len(set(found)) == len(found) == BELL[number]
    if number < 7:
        expected = [one for one in product(range(number), repeat=number) if grows(one)] if number else [()]
        assert sorted(found) == expected
    if number in STIRLING:
        assert [sum(len(set(one)) == blocks for one in found) for blocks in range(number + 1)] == STIRLING[number]


def grows(string):
    return all(entry <= max(string[:place], default=-1) + 1 for place, entry in enumerate(string))


@pytest.mark.parametrize("number", range(13))
def test_matchings_are_the_double_factorials(number):
    slots = tuple(range(10, 10 + number))
    found = list(matchings(slots))
    assert len({frozenset(map(frozenset, one)) for one in found}) == len(found)
    assert len(found) == (0 if number % 2 else ODD[number // 2])
    assert all(sorted(slot for pair in one for slot in pair) == list(slots) for one in found)


def test_a_double_factorial_of_an_odd_number_is_how_many_matchings_one_slot_more_has():
    assert [double_factorial(number) for number in range(-1, 12, 2)] == ODD
    assert [double_factorial(number) for number in range(0, 11, 2)] == [1, 2, 8, 48, 384, 3840]  # OEIS A000165


@pytest.mark.parametrize("slots", range(7))
@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_groups_are_as_many_as_the_multinomials(slots, size, number):
    found = list(groups_of(tuple(range(slots)), size, number))
    rest = slots - size * number
    expected = factorial(slots) // (factorial(size) ** number * factorial(number) * factorial(rest)) if rest >= 0 else 0
    assert len({frozenset(map(frozenset, one)) for one in found}) == len(found) == expected
    for one in found:
        assert len({slot for group in one for slot in group}) == size * number
        assert all(list(group) == sorted(group) for group in one)
        assert [group[0] for group in one] == sorted(group[0] for group in one)


def test_a_place_is_on_a_diagram_where_all_pairs_of_equal_indices_have_equal_values():
    for diagram in partitions(4):
        for place in product(range(3), repeat=4):
            pairs = [(i, j) for i in range(4) for j in range(i) if diagram[i] == diagram[j]]
            assert on_diagram(diagram, place) == all(place[i] == place[j] for i, j in pairs)
