"""Permutations of an axis, with signs or without."""

from math import factorial

import pytest

from symshare import count
from symshare.core.algebra.matrices import identity
from symshare.core.groups.characters import group_order
from symshare.core.groups.naming import read_group
from tests.core.groups.brute import keeps, order


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((f"S({n})", factorial(n)) for n in range(1, 6)),
        *((f"C({n})", n) for n in range(1, 9)),
        *((f"Z({n})", n) for n in (2, 4, 6)),
        ("D(1)", 1),  # on one value and on two, shifts and reversal are the same
        ("D(2)", 2),
        *((f"D({n})", 2 * n) for n in range(3, 9)),
        *((f"B({n})", 2**n * factorial(n)) for n in range(1, 5)),
        ("Trivial(5)", 1),
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
