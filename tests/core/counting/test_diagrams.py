"""Diagrams that an exchange of slots fixes: set partitions listed one by one, traces of matrices averaged over a group."""

from collections import Counter
from itertools import permutations, product

import numpy as np
import pytest

from symshare import signature
from symshare.core.counting.diagrams import diagrams


def partitions(things):
    if not things:
        yield ()
        return
    first, *rest = things
    for found in partitions(rest):
        yield ((first,), *found)
        for place, block in enumerate(found):
            yield (*found[:place], (first, *block), *found[place + 1 :])


def plain(blocks):
    return frozenset(map(frozenset, blocks))


def rotated(lengths):
    """A permutation of things with cycles of these lengths, as {thing: image}."""
    images, start = {}, 0
    for length in lengths:
        images |= {start + at: start + (at + 1) % length for at in range(length)}
        start += length
    return images


@pytest.mark.parametrize("size", [None, 1, 2, 3])
@pytest.mark.parametrize("lengths", [(1,), (2,), (1, 1), (2, 1), (3,), (2, 2), (4,), (3, 1), (2, 1, 1), (4, 2), (3, 3)])
def test_partitions_of_slots_that_a_permutation_fixes(lengths, size):
    images = rotated(lengths)
    expected = sum(
        1
        for found in partitions(sorted(images))
        if (size is None or len(found) <= size)
        and plain([[images[thing] for thing in block] for block in found]) == plain(found)
    )
    (own,) = diagrams(signature("a", sizes={} if size is None else {"a": size})).values()
    cycles = Counter(own.cycle("a", (0, ()), -length) for length in lengths)
    assert own.fixed(cycles) == expected


@pytest.mark.parametrize("sizes", [{}, {"b": 1}, {"a": 2}, {"a": 1, "b": 2}])
@pytest.mark.parametrize("lengths", [(1,), (2,), (1, 1), (2, 1), (3,), (2, 2)])
def test_nested_partitions_that_a_permutation_fixes(lengths, sizes):
    """Every slot a has one slot b: partition the slots a, then below each block the slots b that hang on it."""
    images = rotated(lengths)
    expected = 0
    for outer in partitions(sorted(images)):
        if len(outer) > sizes.get("a", 99):
            continue
        for inner in product(*(list(partitions(block)) for block in outer)):
            if any(len(found) > sizes.get("b", 99) for found in inner):
                continue
            finer = [block for found in inner for block in found]
            fixed = all(
                plain([[images[thing] for thing in block] for block in blocks]) == plain(blocks)
                for blocks in (outer, finer)
            )
            expected += fixed
    one = signature("ab", depends=["a->b"], sizes=sizes)
    own = diagrams(one)["a"]
    assert list(diagrams(one)) == ["a"]
    cycles = Counter(own.cycle("a", (0, (("b", (0, ())),)), -length) for length in lengths)
    assert own.fixed(cycles) == expected


TURN = np.array([[0, -1], [1, 0]])
GROUPS = {
    "C(3)": [np.roll(np.eye(3), k, axis=0) for k in range(3)],
    "D(4)": [np.roll(np.eye(4)[::way], k, axis=0) for k in range(4) for way in (1, -1)],
    "B(2)": [
        np.diag(signs) @ np.eye(2)[list(order)]
        for signs in product((1, -1), repeat=2)
        for order in permutations(range(2))
    ],
    "PlaneC(4)": [np.linalg.matrix_power(TURN, k) for k in range(4)],
}


def trace(matrix, images, outer):
    """The trace, on tensors over the slots, of moving each slot's value by the matrix (inputs by its inverse) and then the
    slots by the permutation, by a loop over entries."""
    number = len(images)
    inverse = np.linalg.inv(matrix).T
    total = 0.0
    for place in product(range(len(matrix)), repeat=number):
        value = 1.0
        for slot in range(number):
            own = matrix if outer[slot] else inverse
            value *= own[place[images[slot]], place[slot]]
        total += value
    return total


@pytest.mark.parametrize("name", GROUPS)
@pytest.mark.parametrize(("outer", "inner"), [((1,), (1,)), ((), (2,)), ((1,), (2, 1)), ((1, 1), (2,)), ((), (3, 1))])
def test_the_trace_of_a_permutation_on_invariants(name, outer, inner):
    """The mean over the whole group, listed by hand, of the trace on all tensors."""
    images = rotated((*outer, *inner))
    sides = [True] * sum(outer) + [False] * sum(inner)
    expected = np.mean([trace(matrix, images, sides) for matrix in GROUPS[name]])
    own = diagrams(signature("t->t", axes={"t": name}))["t"]
    cycles = Counter(
        [own.cycle("t", (0, ()), length) for length in outer] + [own.cycle("t", (0, ()), -n) for n in inner]
    )
    assert own.fixed(cycles) == round(expected)
    assert abs(expected - round(expected)) < 1e-9


def test_axes_that_move_together_share_their_diagrams():
    found = diagrams(signature("abrsu", depends=["a->b"], axes={"r": "GL(2)", "s": "dual(r)", "u": "O(2)"}))
    assert list(found) == ["r", "s", "u", "a"]
    assert found["r"] is found["s"]
    assert found["r"] is not found["u"]
