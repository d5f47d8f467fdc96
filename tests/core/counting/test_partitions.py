"""Fixed set partitions, against those of a list of all partitions."""

import itertools

import pytest

from symshare.core.counting.partitions import Partitions


def all_partitions(slots):
    """Every partition of some slots, as frozensets of frozensets."""
    if not slots:
        yield frozenset()
        return
    first, *rest = slots
    for number in range(len(rest) + 1):
        for others in itertools.combinations(rest, number):
            block = frozenset({first, *others})
            for more in all_partitions([slot for slot in rest if slot not in others]):
                yield more | {block}


def fixed(lengths, limit):
    """How many partitions into at most `limit` blocks a permutation with cycles of these lengths leaves as they are."""
    image, start = {}, 0
    for length in lengths:
        image |= {start + place: start + (place + 1) % length for place in range(length)}
        start += length
    found = 0
    for partition in all_partitions(list(range(start))):
        moved = frozenset(frozenset(image[slot] for slot in block) for block in partition)
        found += moved == partition and (limit is None or len(partition) <= limit)
    return found


@pytest.mark.parametrize("limit", [None, 1, 2, 3])
@pytest.mark.parametrize("lengths", [(), (1,), (1, 1, 1), (2,), (2, 1), (2, 2), (3, 1), (3, 3), (4, 2), (2, 2, 1, 1)])
def test_fixed_partitions_are_those_of_a_list(lengths, limit):
    cycles = {((0, ()), length): lengths.count(length) for length in lengths}
    assert Partitions({"a": limit}, {}).number("a", cycles) == fixed(lengths, limit)
