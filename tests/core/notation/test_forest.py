"""Forests of dependencies: what hangs on what, against searches of one's own."""

from collections import Counter
from itertools import pairwise, product

import pytest

from symshare import signature
from symshare.core.notation.forest import ancestors, bundles, children, slots, written

FORESTS = [(), (("a", "b"),), (("a", "b"), ("b", "c")), (("a", "b"), ("a", "c")), (("b", "a"), ("c", "b"))]
WORDS = ["".join(letters) for length in range(5) for letters in product("abc", repeat=length)]


def test_a_child_hangs_on_the_nearest_parent_to_its_left_else_to_its_right():
    one = signature("abab", depends=["a->b"])
    assert [slot.parent for slot in one.slots(one.inputs[0])] == [-1, 0, -1, 2]
    two = signature("ba", depends=["a->b"])
    assert [slot.parent for slot in two.slots(two.inputs[0])] == [1, -1]


@pytest.mark.parametrize("depends", FORESTS)
def test_the_slots_of_every_word(depends):
    """The place of the parent letter that is nearest, those to the left before those to the right."""
    above = {child: one for one, child in depends}
    for word in WORDS:
        found = slots(tuple(word), depends)
        assert "".join(slot.axis for slot in found) == word
        for place, slot in enumerate(found):
            holders = [at for at, letter in enumerate(word) if letter == above.get(slot.axis)]
            nearest = min(holders, key=lambda at: (at > place, abs(at - place)), default=-1)
            assert slot.parent == nearest, (word, place)


def paths(bundle, above=()):
    """The letters from the root to each slot of a bundle."""
    letter, (_, hanging) = bundle
    yield (*above, letter)
    for child in hanging:
        yield from paths(child, (*above, letter))


@pytest.mark.parametrize("depends", FORESTS)
def test_bundles_hold_every_slot_below_what_it_hangs_on(depends):
    for word in WORDS:
        found = slots(tuple(word), depends)
        expected = Counter()
        for slot in found:
            path = (slot.axis,)
            while slot.parent >= 0:
                slot = found[slot.parent]
                path = (slot.axis, *path)
            expected[path] += 1
        made = bundles(found)
        assert Counter(path for bundle in made for path in paths(bundle)) == expected
        assert made == sorted(made)


@pytest.mark.parametrize("depends", FORESTS)
def test_parents_children_and_ancestors_are_the_closure_of_the_pairs(depends):
    whole = signature("abcd", depends=written(depends))
    for letter in "abcd":
        above = {one for one, child in depends if child == letter}
        assert {whole.parent(letter)} - {None} == above
        assert whole.children(letter) == children(depends, letter)
        assert set(children(depends, letter)) == {child for one, child in depends if one == letter}
        while (more := above | {one for one, child in depends if child in above}) != above:
            above = more
        found = whole.ancestors(letter)
        assert set(found) == above
        assert len(found) == len(above)
        assert all((one, other) in depends for one, other in pairwise((*found, letter)))
    assert written(depends) == tuple(f"{one}->{child}" for one, child in depends)


@pytest.mark.parametrize("depends", FORESTS)
def test_ancestors_are_what_is_above_root_first(depends):
    parents = {child: above for above, child in depends}
    for axis in "abc":
        found = ancestors(parents, axis)
        assert list(pairwise((*found, axis))) == [(parents[child], child) for child in (*found[1:], axis) if found]
        assert (found or axis)[0] not in parents
