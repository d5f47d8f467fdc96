"""Molien's formula over conjugacy classes: against explicit elements of permutation groups and published series."""

from itertools import combinations_with_replacement, permutations, product
from math import comb

import pytest

from symshare import SymshareError, TooLargeError, molien_count, signature
from symshare.core.counting.molien import _classes, _number_of_classes


def test_the_number_of_conjugacy_classes_of_wreath_products():
    """S2 wr S2 is the dihedral group of order 8 with 5 classes; S2 wr S3, the cube's, has 10; S3 wr S2 has 9."""
    for outer, inner, expected in [(2, 2, 5), (3, 2, 10), (2, 3, 9)]:
        one = signature("ab", depends=["a->b"], sizes={"a": outer, "b": inner})
        assert _number_of_classes(one, "a") == len(_classes(one, "a", outer)) == expected


def wreath(outer, inner):
    """Every element of S_inner wr S_outer as a permutation of pairs (block, member)."""
    for images in permutations(range(outer)):
        for inside in product(permutations(range(inner)), repeat=outer):
            yield {(a, b): (images[a], inside[a][b]) for a in range(outer) for b in range(inner)}


def orbits(points, moves):
    """By Burnside's lemma: the mean number of points that an element leaves in place."""
    moves = list(moves)
    total = sum(move(point) == point for move in moves for point in points)
    assert total % len(moves) == 0
    return total // len(moves)


@pytest.mark.parametrize(("outer", "inner"), [(1, 3), (2, 2), (3, 2), (2, 3), (4, 1)])
@pytest.mark.parametrize("text", ["ab->", "ab->ab", "ab->a", "a->ab"])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_maps_of_nested_lists_are_the_orbits_of_their_coefficients(outer, inner, text, order):
    """One output entry with a multiset, or a list, of input entries, under every element of the wreath product."""
    left, right = (
        list(product(*({"a": range(outer), "b": range(inner)}[letter] for letter in side))) for side in text.split("->")
    )

    def moved(element, entry):
        return element[entry] if len(entry) == 2 else (element[entry[0], 0][0],) if entry else ()

    one = signature(text, depends=["a->b"], sizes={"a": outer, "b": inner})
    for ordered in (False, True):
        chosen = product(left, repeat=order) if ordered else combinations_with_replacement(left, order)
        points = [(out, factors) for factors in chosen for out in right]

        def action(element, ordered=ordered):
            def move(point):
                factors = tuple(moved(element, entry) for entry in point[1])
                return moved(element, point[0]), factors if ordered else tuple(sorted(factors))

            return move

        expected = orbits(points, map(action, wreath(outer, inner)))
        assert molien_count(one, order, ordered=ordered) == expected


@pytest.mark.parametrize(
    ("text", "given", "series"),
    [
        ("a->", {"sizes": {"a": 3}}, [1, 1, 2, 3, 4, 5, 7, 8, 10, 12]),  # partitions into at most 3 parts, OEIS A001399
        ("a->", {"sizes": {"a": 4}}, [1, 1, 2, 3, 5, 6, 9, 11, 15, 18]),  # at most 4 parts, OEIS A001400
        ("a->a", {"sizes": {"a": 2}}, [1, 2, 3, 4, 5, 6]),
        ("ab->", {"sizes": {"a": 2, "b": 2}}, [1, 1, 4, 5, 11, 14, 24]),  # 2 x 2 matrices up to rows, columns
        ("H->", {"sizes": {"H": 3}}, [comb(order + 2, 2) for order in range(7)]),
        ("t->", {"axes": {"t": "C(3)"}}, [1, 1, 2, 4, 5, 7, 10, 12]),  # necklaces of 3 beads, OEIS A007997
        ("t->", {"axes": {"t": "C(4)"}}, [1, 1, 3, 5, 10, 14, 22, 30]),  # OEIS A008610
        ("t->", {"axes": {"t": "D(4)"}}, [1, 1, 3, 4, 8, 10, 16, 20]),  # OEIS A005232
        ("r->", {"axes": {"r": "B(3)"}}, [1, 0, 1, 0, 2, 0, 3, 0, 4]),  # degrees 2, 4, 6 (Shephard and Todd 1954)
        ("r->r", {"axes": {"r": "O(3)"}}, [0, 1, 0, 1, 0, 1]),  # x times powers of its square
        ("r->", {"axes": {"r": "SO(2)"}}, [1, 0, 1, 0, 1, 0, 1]),
        ("rr->", {"axes": {"r": "O(2)"}}, [1, 1, 3, 3, 6, 6]),  # the trace, and two of degree 2
        ("uv->", {"axes": {"u": "GL(2)", "v": "dual(u)"}}, [1, 1, 2, 2, 3, 3]),  # traces of g and g^2: degrees 1, 2
        ("uv->", {"axes": {"u": "GL(3)", "v": "dual(u)"}}, [1, 1, 2, 3, 4, 5, 7]),  # degrees 1, 2, 3
    ],
)
def test_molien_series_in_tables(text, given, series):
    assert [molien_count(text, order, **given) for order in range(len(series))] == series


def test_a_set_axis_without_a_size_and_too_many_classes_are_refused():
    for text, sizes, missing in (
        ("ab", {"a": 2}, "b"),
        ("ab", {}, "a, b"),
        ("aH->", {"H": 3}, "a"),
        ("ba->", {}, "b, a"),
    ):
        with pytest.raises(SymshareError) as caught:
            molien_count(text, 1, sizes=sizes)
        cure = f"give a size to {missing}: sizes={{'{missing[0]}': 3}}"
        assert str(caught.value) == f"Molien's formula sums over a group of fixed size\n  {cure}"
    with pytest.raises(TooLargeError) as caught:  # partitions of 20, squared
        molien_count("ab", 1, sizes={"a": 20, "b": 20})
    said = "the group has 393,129 conjugacy classes, over 50,000\n  use count, or smaller sizes"
    assert str(caught.value) == said
