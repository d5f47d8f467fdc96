"""Invariant tensors from diagrams: how many, that the group leaves them, and what depends on what."""

from itertools import product
from math import comb, factorial, prod

import numpy as np
import pytest

import symshare
from symshare import TooLargeError
from symshare.core.bases.invariants import diagrams_of, spanning_invariants
from symshare.core.groups.family import Diagrams
from symshare.core.groups.naming import read_group
from symshare.core.notation.reading import signature
from tests.definition import element, filled


def test_what_stands_beyond_the_stable_range_says_so():
    """Brauer diagrams on 6 slots of O(2) and matchings of GL(2) depend on each other (second fundamental theorem)."""
    for text, order, axes, said in [
        ("rr->", 3, {"r": "O(2)"}, "6 slots on O(2), over 4"),
        ("rrrrr->", 1, {"r": "SO(3)"}, "Levi-Civita terms on 5 slots"),
        ("ab->", 3, {"a": "GL(2)", "b": "dual(a)"}, "matchings of 6 slots, over 4, under GL(2)"),
        ("rr->rr", 1, {"r": "Sp(2)"}, "4 slots on Sp(2), over 2"),
    ]:
        notes = symshare.derive(text, order, axes=axes).notes
        assert len(notes) == 1
        assert said in notes[0]
        assert "linearly dependent: a basis was chosen by rank" in notes[0]
    for text, order, axes in [("rr->", 2, {"r": "O(2)"}), ("ar->r", 3, {"r": "O(3)"}), ("t", 2, {"t": "C(4)"})]:
        assert symshare.derive(text, order, axes=axes).notes == ()


@pytest.mark.parametrize(("group", "order"), [("SO(12)", 12), ("SL(10)", 10)])
def test_large_symbols_are_refused_with_the_number(group, order):
    with pytest.raises(TooLargeError, match="nonzeros"):
        symshare.derive("r->", order, axes={"r": group})


def tensor(invariant, sizes):
    """An invariant as an array over all slots: index by index, from what it says."""
    lengths = dict(zip(invariant.indices, sizes, strict=True))
    found = np.zeros(sizes)
    order = list(lengths)
    for chosen in product(*(range(lengths[index]) for index in order)):
        value = dict(zip(order, chosen, strict=True))
        factor = 1.0
        for constant, legs in invariant.constants:
            factor *= filled(constant)[tuple(value[leg] for leg in legs)]
        found[tuple(value[index] for index in invariant.indices)] += factor
    return found


def double(number):
    """Perfect matchings of so many slots."""
    return prod(range(number - 1, 0, -2)) if number % 2 == 0 else 0


def even_partitions(number):
    """Partitions of slots into blocks of even size, by number of blocks; the first slot's block is chosen first."""
    if number == 0:
        return {0: 1}
    found = {}
    for size in range(2, number + 1, 2):
        for blocks, ways in even_partitions(number - size).items():
            found[blocks + 1] = found.get(blocks + 1, 0) + comb(number - 1, size - 1) * ways
    return found


FAMILIES = [
    # the group of `r` (`s` its dual), how many slots on the output and inside, and how many invariants of a basis or not
    ("C(3)", 2, 1, 9),
    ("B(2)", 2, 2, sum(ways for blocks, ways in even_partitions(4).items() if blocks <= 2)),
    ("B(2)", 2, 4, sum(ways for blocks, ways in even_partitions(6).items() if blocks <= 2)),
    ("B(3)", 0, 6, sum(ways for blocks, ways in even_partitions(6).items() if blocks <= 3)),
    ("O(3)", 2, 4, double(6)),
    ("O(2)", 3, 2, 0),
    ("SO(3)", 1, 2, 1),
    ("SO(3)", 1, 4, comb(5, 3)),
    ("SO(2)", 1, 3, double(4) + comb(4, 2)),
    ("O(1,2)", 2, 2, double(4)),
    ("SO(1,2)", 2, 1, 1),
    ("Sp(2)", 2, 2, double(4)),
    ("Sp(4)", 1, 2, 0),
    ("GL(2)", 2, 2, factorial(2)),
    ("GL(2)", 1, 2, 0),
    ("SL(2)", 0, 2, 1),
    ("SL(2)", 1, 3, comb(3, 1)),
    ("SL(3)", 1, 4, comb(4, 1)),
    ("S(2)", 2, 2, 8),
    ("S(4)", 1, 3, 15),
    ("Trivial(3)", 1, 1, 9),
    ("PlaneC(4)", 1, 3, 8),  # z^a conj(z)^b: 4 | a - b, of 16 signs 6 + 2, real and imaginary, without conjugates
    ("PlaneD(4)", 1, 3, 4),
    ("Cube", 1, 3, 4),
]


def moved(array, matrices):
    for axis, matrix in enumerate(matrices):
        array = np.moveaxis(np.tensordot(matrix, array, (1, axis)), 0, axis)
    return array


@pytest.mark.parametrize(("name", "outer", "inner", "number"), FAMILIES)
def test_pieces_are_left_as_they_are_by_the_group_and_as_many_as_the_theorems_say(name, outer, inner, number):
    """Upper slots are moved by g, lower ones by its inverse transposed, for random elements made from what the group is."""
    one = signature("r" * inner + "->" + "r" * outer, axes={"r": name})
    group = read_group(name)
    slots = (("r", True),) * outer + (("r", False),) * inner
    found = spanning_invariants((("r", group),), slots)
    assert len(found.listed) == number
    random = np.random.default_rng(0)
    arrays = [tensor(invariant, (group.size,) * len(slots)) for invariant in found.listed]
    for _ in range(3):
        g = element(name, random)
        lower = np.linalg.inv(g).T
        for array in arrays:
            assert np.allclose(moved(array, [g] * outer + [lower] * inner), array)
    if arrays:
        rank = np.linalg.matrix_rank(np.array([array.ravel() for array in arrays]), tol=1e-8)
        # they span all invariants; those that are said to be a basis are independent
        assert rank == symshare.count(one, 1)
        assert not found.independent or rank == number
        assert found.independent == (not found.note)
    if found.permuted:
        flat = {tuple(array.ravel()) for array in arrays}
        for place in range(len(slots) - 1):
            if slots[place] == slots[place + 1]:
                assert {tuple(np.swapaxes(array, place, place + 1).ravel()) for array in arrays} == flat


def test_no_slots_have_the_number_one():
    for name in ("S(3)", "O(3)", "GL(2)", "Cube"):
        found = spanning_invariants((("r", read_group(name)),), ())
        assert [(invariant.indices, invariant.constants) for invariant in found.listed] == [((), ())]


def test_dual_axes_are_paired_with_each_other():
    """GL(2): two upper slots and two lower ones, whichever side they stand on."""
    block = tuple(signature("rs->rs", axes={"r": "GL(2)", "s": "dual(r)"}).groups)
    for slots in [
        (("r", True), ("s", True), ("r", False), ("s", False)),
        (("r", True), ("r", True), ("s", True), ("s", True)),
    ]:
        raised = [outer == (letter == "r") for letter, outer in slots]
        found = [invariant.indices for invariant in spanning_invariants(block, slots).listed]
        assert len(found) == 2
        for indices in found:
            for index in set(indices):
                assert sorted(up for up, own in zip(raised, indices, strict=True) if own == index) == [False, True]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, Diagrams.EQUATIONS) for name in ("D(4)", "Cube", "U(2)", "Scale(1,2)", "Q8", "Q8(4)")),
        *((name, Diagrams.PARTITIONS) for name in ("S(3)", "S(9)")),
        *((name, Diagrams.MATCHINGS) for name in ("O(3)", "Sp(4)", "O(1,3)")),
        *((name, Diagrams.OFFSETS) for name in ("C(5)", "C(2)")),
        ("B(2)", Diagrams.PARTITIONS),
        ("Trivial(2)", Diagrams.PLACES),
    ],
)
def test_groups_without_diagrams_are_solved(name, kind):
    assert diagrams_of((("r", read_group(name)),), 2) is kind
