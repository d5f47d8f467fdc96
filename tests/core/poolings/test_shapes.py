"""Shapes of terms on set axes, beside the terms of the same text."""

import pytest

from symshare.core.notation.reading import signature
from symshare.core.poolings.irreducible import layouts_of
from symshare.core.poolings.shapes import exchanged, identity_shape, letters_of, parted, plugged, shapes
from symshare.core.terms.composition import compose
from symshare.core.terms.enumeration import terms

CASES = [("ab", ()), ("aa,a", ()), ("ab", ("a->b",)), ("aab,a", ("a->b",))]


def shape(term):
    names = {}
    tensors = (term.output_indices, *term.factor_indices)
    return tuple(tuple(names.setdefault(index, len(names)) for index in own) for own in tensors)


def kinds(term):
    return (term.output, *term.factors)


@pytest.mark.parametrize(("text", "depends"), CASES)
def test_shapes_are_those_of_all_ordered_terms(text, depends):
    one = signature(text, depends=depends)
    for order in (1, 2):
        listed = terms(one, order, ordered=True)
        for own in {kinds(term) for term in listed}:
            found = list(shapes(layouts_of(one), own))
            assert len(found) == len(set(found))
            assert set(found) == {shape(term) for term in listed if kinds(term) == own}


@pytest.mark.parametrize(("text", "depends"), CASES[:3])
def test_what_is_plugged_is_the_composition(text, depends):
    one = signature(text, depends=depends)
    layouts = layouts_of(one)
    for outer in terms(one, 1):
        for inner in terms(one, 2, ordered=True)[::3]:
            if inner.output == outer.factors[0]:
                made, powers = compose(outer, inner)
                assert plugged(shape(outer), shape(inner), 0, layouts, kinds(outer)) == (shape(made), powers)


@pytest.mark.parametrize(("text", "depends"), CASES)
def test_parts_put_together_are_the_shape_again(text, depends):
    one = signature(text, depends=depends)
    layouts, found = layouts_of(one), 0
    for own in [(0, 0, 0, 0), (len(layouts) - 1, 0, 0, 0)]:
        for form in list(shapes(layouts, own))[::7]:
            for inside in ((0, 1), (1, 2), (0, 2)):
                for kind in range(len(layouts)):
                    parts = parted(layouts, own, form, inside, kind)
                    if parts is not None:
                        found += 1
                        rest = next(place for place in range(3) if place not in inside)
                        made, _ = plugged(parts[1], parts[0], 0, layouts, (own[0], kind, own[1 + rest]))
                        order = [[*inside, rest].index(place) for place in range(3)]
                        assert exchanged(made, order) == form
    assert found


def test_a_diagonal_needs_a_type_with_two_slots():
    layouts = layouts_of(signature("a,aa"))
    matrix = ((0, 1), (0, 2), (2, 3), (3, 1))
    assert parted(layouts, (1, 1, 1, 1), matrix, (0, 1), 0) is None
    assert parted(layouts, (1, 1, 1, 1), matrix, (0, 1), 1) == (((0, 1), (0, 2), (2, 1)), ((0, 1), (0, 2), (2, 1)))


def test_letters_know_what_they_hang_on():
    layouts = layouts_of(signature("ab", depends=["a->b"]))
    assert letters_of(layouts, (0, 0), ((0, 1), (2, 3))) == {0: ("a", -1), 1: ("b", 0), 2: ("a", -1), 3: ("b", 2)}
    assert identity_shape(layouts, 0) == ((0, 1), (0, 1))
