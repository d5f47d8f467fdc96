"""Permutations of an axis, with signs or without."""

from dataclasses import replace
from itertools import combinations, permutations, product
from math import factorial

import pytest

from symshare import count, derive, molien_count
from symshare.core.algebra.matrices import diagonal, identity
from symshare.core.groups.characters import group_order
from symshare.core.groups.naming import read_group
from tests.core.groups import ways
from tests.core.groups.brute import keeps, order


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((f"S({n})", factorial(n)) for n in range(1, 6)),
        ("A(1)", 1),
        *((f"A({n})", factorial(n) // 2) for n in range(2, 7)),
        *((f"C({n})", n) for n in range(1, 9)),
        *((f"Z({n})", n) for n in (2, 4, 6)),
        ("D(1)", 1),  # on one value and on two, shifts and reversal are the same
        ("D(2)", 2),
        *((f"D({n})", 2 * n) for n in range(3, 9)),
        *((f"B({n})", 2**n * factorial(n)) for n in range(1, 5)),
        ("Trivial(5)", 1),
        ("Q8", 8),
        ("Q8(4)", 8),
    ],
)
def test_orders(name, expected):
    group = read_group(name)
    assert order(group) == group_order(group) == expected
    assert not group.algebra
    assert keeps(group, identity(group.size))


def test_equivariant_maps_of_cyclic_axes():
    assert count("tt->tt", 1, axes={"t": "C(4)"}) == 64
    assert [count("at->at", n, axes={"t": "C(4)"}) for n in (1, 2)] == [8, 46]
    assert [count("t->", n, axes={"t": "C(4)"}) for n in range(3)] == [1, 1, 3]
    assert [count("t->", n, axes={"t": "C(4)"}, ordered=True) for n in range(3)] == [1, 1, 4]
    assert count("ar->ar", 1, axes={"r": "O(3)"}) == count("ar->", 2, axes={"r": "O(3)"}) == 2


@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [("Q8", None, "Q8"), ("Q8", 8, "Q8"), ("Q8", 4, "Q8(4)"), ("Q8(8)", None, "Q8"), ("Q8(4)", 4, "Q8(4)")],
)
def test_q8_alone_is_regular_unless_the_size_says_four(name, size, expected):
    group = read_group(name, size=size)
    assert str(group) == expected
    assert group.permutes == (group.size == 8)
    assert count("r->r", 1, axes={"r": name}, sizes={} if size is None else {"r": size}) == group.size


@pytest.mark.parametrize("name", ["Q8", "Q8(4)"])
def test_the_units_of_the_quaternions(name):
    """i^2 = j^2 = (ij)^2 = -1 (Hamilton 1843), where -1 is of order 2 and is the identity on no vector."""
    i, j = read_group(name).elements
    minus = i @ i
    assert j @ j == minus == (i @ j) @ (i @ j)
    assert i @ j == minus @ j @ i
    assert minus @ minus == identity(i.size)
    assert (
        minus == diagonal([-1] * 4)
        if i.size == 4
        else not any(images == at for at, images in enumerate(minus.monomial()[0]))
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # 1 / det(1 - t g), summed over 1, -1 and six elements of order 4, over 8 (Molien 1897)
        ("Q8(4)", [1, 0, 1, 0, 11, 0, 18, 0, 45]),  # of ((1 - t)^-4 + (1 + t)^-4 + 6 (1 + t^2)^-2) / 8
        ("Q8", [1, 1, 5, 15, 44]),  # of ((1 - t)^-8 + (1 - t^2)^-4 + 6 (1 - t^4)^-2) / 8
    ],
)
def test_invariants_of_the_quaternion_group(name, expected):
    for counted in (count, molien_count):
        assert [counted("r->", order, axes={"r": name}) for order in range(len(expected))] == expected


def test_maps_between_the_two_representations_of_q8_are_the_quaternions():
    """The real group algebra is R + R + R + R + H: 8 maps of it commute, and 4 of H, which it has once."""
    assert count("r->r", 1, axes={"r": "Q8"}) == 8
    assert count("r->r", 1, axes={"r": "Q8(4)"}) == 4
    tied = {"r": replace(read_group("Q8"), tie="q"), "s": replace(read_group("Q8(4)"), tie="q")}
    assert count("r->s", 1, axes=tied) == 4


@pytest.mark.parametrize(
    ("text", "order", "name", "sizes"),
    [
        *(("r->r", order, "Q8(4)", {}) for order in range(6)),
        *(("r->", order, "Q8(4)", {}) for order in range(7)),
        ("rr->rr", 1, "Q8(4)", {}),
        ("rr->r", 2, "Q8(4)", {}),
        ("ar->ar", 2, "Q8(4)", {"a": 3}),
        ("r,->r,", 2, "Q8(4)", {}),
        *(("r->r", order, "Q8", {}) for order in range(4)),
        ("rr->r", 1, "Q8", {}),
        ("ar->a", 2, "Q8", {"a": 2}),
    ],
)
def test_maps_of_the_quaternion_group_are_counted_alike_by_every_way(text, order, name, sizes):
    assert len(set(ways.dimensions(text, order, {"r": name}, sizes).values())) == 1


@pytest.mark.parametrize("name", ["Q8", "Q8(4)"])
def test_layers_of_the_quaternion_group_are_equivariant(name):
    assert max(ways.errors("arH->arH", 1, {"r": name}).values()) < 1e-12
    assert max(ways.errors("rH->rH", 2, {"r": name}).values()) < 1e-12


def bell(slots, n):
    """Set partitions of the slots into at most n blocks: the orbits of S(n) on tuples."""
    ways = [1] + [0] * slots
    for _ in range(slots):
        ways = [0] + [ways[k - 1] + k * ways[k] for k in range(1, slots + 1)]
    return sum(ways[: n + 1])


def orbits(n, slots):
    """The orbits of the even permutations on tuples, by listing both."""
    even = [one for one in permutations(range(n)) if sum(a > b for a, b in combinations(one, 2)) % 2 == 0]
    return len({min(tuple(one[at] for at in place) for one in even) for place in product(range(n), repeat=slots)})


@pytest.mark.parametrize("n", range(1, 7))
@pytest.mark.parametrize("slots", range(1, 6))
def test_even_permutations_have_more_invariants_than_all_on_few_values_only(n, slots):
    """A(n) moves any n - 2 values to any others (so that k slots have the orbits of S(n) for n over k + 1), and the sign of
    permutations is the last exterior power of what S(n) does to n - 1 dimensions (Fulton and Harris, Representation
    theory, 1991, proposition 3.12): it is first found in n - 1 slots."""
    text = "t" * slots + "->"
    found = count(text, 1, axes={"t": f"A({n})"})
    assert found == molien_count(text, 1, axes={"t": f"A({n})"})
    assert (found != bell(slots, n)) == (2 <= n <= slots + 1)
    if n**slots * factorial(n) < 200_000:
        assert found == orbits(n, slots)


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        # symmetric polynomials and, from degree n (n - 1) / 2 on, Vandermonde's determinant times them
        (3, [1, 1, 2, 4, 5, 7, 10]),  # of (1 + t^3) / (1 - t)(1 - t^2)(1 - t^3)
        (4, [1, 1, 2, 3, 5, 6, 10]),  # of (1 + t^6) / (1 - t)(1 - t^2)(1 - t^3)(1 - t^4)
        (9, [1, 1, 2, 3, 5, 7, 11]),  # partitions, until the determinant comes at degree 36
    ],
)
def test_the_molien_series_of_even_permutations(n, expected):
    for counted in (count, molien_count):
        assert [counted("t->", order, axes={"t": f"A({n})"}) for order in range(len(expected))] == expected


def test_even_permutations_of_four_values_are_the_rotations_of_a_tetrahedron():
    """The values less their mean are a vector of space: A(4) on four values is one on it and on space the tetrahedron's 12."""
    assert [count("t->t", order, axes={"t": "A(4)"}) for order in range(3)] == [1, 2, 4]
    assert count("tt->t", 1, axes={"t": "A(4)"}) == 6  # a (x) b -> a x b beside the 5 of S(4)


@pytest.mark.parametrize(
    ("text", "order", "n", "sizes"),
    [
        *(("t->t", order, n, {}) for n in range(1, 6) for order in range(4)),
        *(("tt->t", order, n, {}) for n in (2, 3, 4) for order in (1, 2)),
        ("at->at", 2, 3, {"a": 2}),
        ("t,->t,", 3, 3, {}),
        ("tt->tt", 1, 5, {}),
    ],
)
def test_maps_of_even_permutations_are_counted_alike_by_every_way(text, order, n, sizes):
    assert len(set(ways.dimensions(text, order, {"t": f"A({n})"}, sizes).values())) == 1


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7])
def test_layers_of_even_permutations_are_equivariant(n):
    assert max(ways.errors("atH->atH", 1, {"t": f"A({n})"}).values()) < 1e-12
    assert max(ways.errors("tH->tH", 2, {"t": f"A({n})"}).values()) < 1e-12


def test_on_many_values_terms_of_even_permutations_are_those_of_all():
    for n in (6, 60, 2_000):
        terms = derive("tt->tt", 1, axes={"t": f"A({n})"}).of_order(1)
        assert [str(one) for one in terms] == [str(one) for one in derive("tt->tt", 1).of_order(1)]
    assert len(derive("tt->tt", 1, axes={"t": "A(5)"}).of_order(1)) == 16
