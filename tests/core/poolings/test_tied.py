"""Slots under groups: how they are numbered and moved."""

from symshare.core.notation.reading import signature
from symshare.core.poolings.tied import TiedSlots, moved_slots


def test_slots_are_numbered_output_first():
    slots = TiedSlots(signature("a,ars,srH", axes={"r": "O(3)", "s": "C(2)"}))
    assert slots.letters == [(), ("r", "s"), ("s", "r")]
    assert slots.starts((1, 0, 2)) == [0, 2, 2, 4]
    assert slots.flat((1, 0, 2)) == [("r", True), ("s", True), ("s", False), ("r", False)]
    (one, *_) = slots.spanning((1, 2))
    indices, constants = slots.indices((1, 2), one)
    assert indices[0] == indices[3] and indices[0][0] != indices[1][0]
    assert [constant.shape for constant, _ in constants] == [(2, 2)]


def test_factors_take_their_slots_along():
    assert moved_slots([0, 1, 3, 3, 4], (2, 0, 1)) == [0, 3, 1, 2]
