"""The classical groups: what they keep, their Lie algebras, their tensor invariants."""

from itertools import product
from math import comb

import numpy as np
import pytest

from symshare import count
from symshare.core.algebra.matrices import diagonal, from_entries, identity
from symshare.core.groups.characters import components, mean
from symshare.core.groups.naming import read_group
from tests.core.groups.brute import dense, determinant, generated_lie_algebra, keeps, trace


@pytest.mark.parametrize("size", range(1, 7))
def test_orthogonal_groups(size):
    for name in ("O", "SO"):
        group = read_group(f"{name}({size})")
        assert group.size == size
        assert keeps(group, identity(size))
        assert group.orthogonal
        assert generated_lie_algebra(group) == size * (size - 1) // 2
    signs = {determinant(g) for g in read_group(f"O({size})").elements}
    assert -1 in signs
    assert {determinant(g) for g in read_group(f"SO({size})").elements} <= {1}


@pytest.mark.parametrize(("p", "q"), [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (3, 2)])
def test_pseudo_orthogonal_groups_keep_the_metric(p, q):
    metric = diagonal([1] * p + [-1] * q)
    components = {}
    for name in ("O", "SO", "SO+"):
        group = read_group(f"{name}({p},{q})")
        assert group.size == p + q
        assert keeps(group, metric)
        assert generated_lie_algebra(group) == (p + q) * (p + q - 1) // 2
        # the components of O(p, q) are told apart by the signs of the determinants of its two diagonal blocks
        blocks = {
            (round(np.linalg.det(dense(g)[:p, :p])), round(np.linalg.det(dense(g)[p:, p:]))) for g in group.elements
        }
        reached = {(1, 1)}
        for _ in range(4):
            reached |= {(a * c, b * d) for a, b in reached for c, d in blocks}
        components[name] = reached
    assert components == {
        "O": set(product((1, -1), repeat=2)),
        "SO": {(1, 1), (-1, -1)},
        "SO+": {(1, 1)},
    }


def test_the_lorentz_group_is_o_1_3_with_its_name():
    one, other = read_group("Lorentz"), read_group("O(1,3)")
    assert (one.elements, one.algebra, one.size) == (other.elements, other.algebra, 4)
    assert str(one) == "Lorentz"


@pytest.mark.parametrize("half", range(1, 5))
def test_symplectic_groups_keep_the_symplectic_form(half):
    group = read_group(f"Sp({2 * half})")
    form = from_entries(2 * half, {(k, half + k): 1 for k in range(half)} | {(half + k, k): -1 for k in range(half)})
    assert keeps(group, form)
    assert generated_lie_algebra(group) == half * (2 * half + 1)
    assert not group.orthogonal


@pytest.mark.parametrize("size", range(1, 6))
def test_linear_groups(size):
    special, general = read_group(f"SL({size})"), read_group(f"GL({size})")
    assert all(determinant(g) == 1 for g in special.elements)
    assert all(trace(a) == 0 for a in special.algebra)
    assert generated_lie_algebra(special) == size**2 - 1
    assert all(determinant(g) in (1, -1) for g in general.elements)
    assert generated_lie_algebra(general) == size**2
    assert size == 1 or any(determinant(g) == -1 for g in general.elements)


def test_a_scaling_has_its_weights_as_lie_algebra():
    group = read_group("Scale(1,-2,0)")
    assert (group.size, group.elements, group.algebra) == (3, (), (diagonal([1, -2, 0]),))


def tensor_invariants(name, lengths):
    group = read_group(name)
    return [mean(components((("r", group),)), {("r", 1): n}) for n in lengths]


@pytest.mark.parametrize(
    ("name", "lengths", "expected"),
    [
        ("SO(3)", range(9), [1, 0, 1, 1, 3, 6, 15, 36, 91]),  # Riordan's numbers, OEIS A005043
        ("O(3)", range(9), [1, 0, 1, 0, 3, 0, 15, 0, 91]),
        ("Lorentz", range(0, 9, 2), [1, 1, 3, 15, 105]),
        ("O(40)", range(0, 9, 2), [1, 1, 3, 15, 105]),  # double factorials: perfect matchings (Brauer 1937)
        ("O(9)", [18], [34459425]),
        ("O(9)", [19], [0]),
        ("SO(9)", [9], [1]),
        ("SO(4)", range(0, 9, 2), [1, 1, 4, 25, 196]),  # squares of Catalan's numbers: SU(2) x SU(2)
        ("SO(2)", range(0, 9, 2), [comb(2 * n, n) for n in range(5)]),
        ("O(2)", range(2, 9, 2), [comb(2 * n, n) // 2 for n in range(1, 5)]),
        ("Sp(2)", range(0, 9, 2), [1, 1, 2, 5, 14]),  # Catalan
        ("SL(2)", range(0, 9, 2), [1, 1, 2, 5, 14]),
        ("Sp(4)", range(0, 11, 2), [1, 1, 3, 14, 84, 594]),  # OEIS A005700
        ("SL(3)", range(0, 13, 3), [1, 1, 5, 42, 462]),  # three-dimensional Catalan numbers, OEIS A005789
        ("SL(4)", range(0, 9, 4), [1, 1, 14]),
        ("GL(3)", range(4), [1, 0, 0, 0]),
        ("SU(2)", range(0, 7, 2), [1, 4, 32, 320]),  # C^2 and its dual are alike: 4^n times Catalan
        ("U(1)", range(0, 9, 2), [comb(2 * n, n) for n in range(5)]),
        ("SO(1)", range(4), [1, 1, 1, 1]),
        ("O(1)", range(4), [1, 0, 1, 0]),
        ("Scale(1,-1)", range(0, 9, 2), [comb(2 * n, n) for n in range(5)]),
        ("Scale(1,1,2)", range(4), [1, 0, 0, 0]),
    ],
)
def test_tensor_invariants_of_the_classical_groups(name, lengths, expected):
    assert tensor_invariants(name, lengths) == expected


def test_vectors_and_covectors_pair_in_every_order():
    """k vectors and k covectors: k! invariants for k <= d (Weyl 1939); for d = 2 permutations without a descent of 3."""
    for d, expected in [(2, [1, 2, 5, 14]), (3, [1, 2, 6, 23]), (5, [1, 2, 6, 24])]:  # OEIS A000108, A005802
        axes = {"a": f"GL({d})", "b": "dual(a)"}
        for k, number in enumerate(expected, 1):
            assert count("a" * k + "b" * k + "->", 1, axes=axes) == number
            assert count("a" * k + "->" + "a" * k, 1, axes={"a": f"GL({d})"}) == number
