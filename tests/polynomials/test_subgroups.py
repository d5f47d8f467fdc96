"""Groups on inputs and hidden units: against all homomorphisms, found by trying them."""

import itertools
from math import factorial

import pytest

import symshare
from symshare.errors import TooLargeError
from symshare.polynomials import PolynomialNetwork
from symshare.polynomials.acting import after, equivariant_polynomials, find_symmetry
from symshare.polynomials.subgroups import signed_orbits


def acting(text, width, **options):
    return find_symmetry(PolynomialNetwork((width, 2, width), 2), text, **options)


def signed_permutations(size):
    for images in itertools.permutations(range(size)):
        for signs in itertools.product((0, 1), repeat=size):
            yield tuple(image + size * sign for image, sign in zip(images, signs, strict=True))


def homomorphisms(relations, number, size):
    """Images of generators, as signed permutations, that fulfil the relations (words of generators that are 1)."""
    one = tuple(range(size))
    for images in itertools.product(list(signed_permutations(size)), repeat=number):
        values = []
        for word in relations:
            value = one
            for letter in word:
                value = after(images[letter], value)
            values.append(value)
        if all(value == one for value in values):
            yield images


def kinds(relations, number, size):
    """Transitive actions up to isomorphism, and whether a sign is in each that no flip of units removes."""
    found = {}
    for images in homomorphisms(relations, number, size):
        reached = {0}
        while len(more := reached | {image[x] % size for image in images for x in reached}) > len(reached):
            reached = more
        if len(reached) == size:
            alike = set()
            for change in signed_permutations(size):
                back = tuple(sorted(range(size), key=lambda x, change=change: change[x] % size))
                inverse = tuple(x + size * (change[x] >= size) for x in back)
                alike.add(tuple(after(after(change, image), inverse) for image in images))
            found[min(alike)] = all(any(v >= size for image in one for v in image) for one in alike)
    return sorted(found.values())


S3 = ((0, 0), (1, 1, 1), (0, 1, 0, 1))
C2C2 = ((0, 0), (1, 1), (0, 1, 0, 1))
C3 = ((0, 0, 0),)
C4 = ((0, 0, 0, 0),)


@pytest.mark.parametrize(
    ("text", "width", "options", "relations", "number"),
    [
        ("a->a", 3, {}, S3, 2),
        ("ab->ab", 4, {"sizes": {"a": 2, "b": 2}}, C2C2, 2),
        ("t->t", 3, {"axes": {"t": "C(3)"}}, C3, 1),
        ("t->t", 4, {"axes": {"t": "C(4)"}}, C4, 1),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_orbits_are_all_transitive_signed_actions(text, width, options, relations, number, size):
    found = [one.signed for one in signed_orbits(acting(text, width, **options), size) if one.size == size]
    assert sorted(found) == kinds(relations, number, size)


@pytest.mark.parametrize(("size", "most", "number"), [(2, 4, 3), (3, 6, 6), (4, 4, 9), (5, 6, 7)])
def test_orbits_of_symmetric_groups(size, most, number):
    """S_5 has an orbit of six, its subgroup of order 20 (Serret 1850), and no orbit of three or four."""
    found = signed_orbits(acting("a->a", size), most)
    assert len(found) == number
    assert len({one.name for one in found}) == number
    without = signed_orbits(acting("a->a", size), most, signs=False)
    assert [one.name for one in without] == [one.name for one in found if not one.signed]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_elements(size):
    assert len(acting("a->a", size).elements) == factorial(size)


def test_signs_of_inputs_are_kept():
    found = acting("r->r", 3, axes={"r": "B(3)"})
    assert (len(found.elements), found.signed) == (48, True)


def test_large_groups_are_refused():
    with pytest.raises(TooLargeError, match="720 elements, over 120"):
        signed_orbits(acting("a->a", 6), 2)
    with pytest.raises(TooLargeError, match="over 5,040 elements"):
        assert acting("a->a", 8).elements


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4])
@pytest.mark.parametrize(
    ("text", "widths", "options"),
    [
        ("a->a", (4, 4), {}),
        ("a->", (4, 1), {}),
        ("t->t", (5, 5), {"axes": {"t": "C(5)"}}),
        ("ab->a", (4, 2), {"sizes": {"a": 2, "b": 2}}),
        ("r->r", (3, 3), {"axes": {"r": "B(3)"}}),
    ],
)
def test_equivariant_polynomials_are_those_that_the_null_space_has(order, text, widths, options):
    sizes = {"a": widths[0]} if text in ("a->a", "a->") else options.get("sizes")
    solved = symshare.solve(text, order=order, axes=options.get("axes"), sizes=sizes).dimensions[order]
    network = PolynomialNetwork((widths[0], 2, widths[1]), 2)
    assert equivariant_polynomials(find_symmetry(network, text, **options), [order]) == solved
