"""Tensors for products of equal factors: as many as there are polynomial maps, which they are."""

from itertools import combinations, combinations_with_replacement
from math import prod

import numpy as np
import pytest

from symshare import TooLargeError, count, signature
from symshare.core.bases.symmetric import commutes_alone, symmetric_invariants
from symshare.core.groups.files import generators_from
from tests.definition import element, filled

ONCE = (0, ())


def value(invariant, at):
    """A tensor on output and factors, at one point for all factors: the first axes are left."""
    ((constant, legs),) = invariant.constants
    assert legs == invariant.indices == tuple(range(len(constant.shape)))
    found = filled(constant)
    for x in reversed(at):
        found = np.tensordot(found, x, axes=(tuple(range(found.ndim - x.ndim, found.ndim)), tuple(range(x.ndim))))
    return found


def moved(array, matrix):
    for axis in range(array.ndim):
        array = np.moveaxis(np.tensordot(matrix, array, (1, axis)), 0, axis)
    return array


CASES = [
    ("r->", "PlaneC(3)", 6),
    ("r->r", "PlaneD(4)", 5),
    ("rr->r", "PlaneC(3)", 3),
    ("r->rr", "PlaneD(3)", 3),
    ("r->", "Cube", 4),
    ("r->r", "Cube", 5),
    ("r->r", "D(4)", 3),
    ("rr->", "D(3)", 2),
    ("r->r", "U(2)", 3),
    ("r->", "Scale(1,-1)", 4),
]


@pytest.mark.parametrize(("text", "name", "order"), CASES)
def test_they_are_a_basis_of_the_polynomial_maps(text, name, order):
    one = signature(text, axes={"r": name})
    found = symmetric_invariants(one, 0, [ONCE] * order)
    assert len(found.listed) >= count(one, order)
    random = np.random.default_rng(0)
    size = dict(one.groups)["r"].size
    inner = (size,) * len(text.split("->")[0])
    xs = [random.normal(size=inner) for _ in range(len(found.listed) + 4)]
    rows = np.array([np.concatenate([value(invariant, [x] * order).ravel() for x in xs]) for invariant in found.listed])
    # of products of z and conjugates there may be more than a basis; of a null space there are not
    assert np.linalg.matrix_rank(rows, tol=1e-7 * abs(rows).max()) == count(one, order)
    assert name.startswith("Plane") or len(found.listed) == count(one, order)
    for _ in range(2):
        g = element(name, random)
        for invariant in found.listed:
            assert np.allclose(value(invariant, [moved(xs[0], g)] * order), moved(value(invariant, [xs[0]] * order), g))


@pytest.mark.parametrize(("text", "name", "order"), CASES[:8])
def test_equal_factors_are_read_in_one_order(text, name, order):
    """A coefficient for each multiset of entries: the places of the factors are sorted."""
    one = signature(text, axes={"r": name})
    width, outer = (len(side) for side in text.split("->"))
    size = dict(one.groups)["r"].size
    every = set(combinations_with_replacement(sorted(np.ndindex(*(size,) * width)), order))
    for invariant in symmetric_invariants(one, 0, [ONCE] * order).listed:
        for place, _ in invariant.constants[0][0].nonzeros:
            inner = place[outer:]
            factors = tuple(inner[at : at + width] for at in range(0, len(inner), width))
            assert tuple(sorted(factors)) in every
            assert factors == tuple(sorted(factors)) or not name.startswith("Plane")


@pytest.mark.parametrize(("text", "name", "order"), CASES)
def test_no_tensor_is_there_twice_also_with_the_other_sign(text, name, order):
    """z and its conjugate have the same real parts, and opposite imaginary ones."""
    listed = symmetric_invariants(signature(text, axes={"r": name}), 0, [ONCE] * order).listed
    arrays = [filled(invariant.constants[0][0]) for invariant in listed]
    assert not any(np.array_equal(one, sign * other) for one, other in combinations(arrays, 2) for sign in (1, -1))


SHEAR = generators_from({"generator": [{"r": [[1, 1], [0, 1]]}]})


@pytest.mark.parametrize(
    ("text", "axes", "output", "factors", "expected"),
    [
        ("r->", {"r": "Cube"}, 0, [ONCE] * 7, True),  # 7! exchanges are over 720
        ("r->", {"r": "Cube"}, 0, [ONCE] * 6, False),  # 3^6 places are few enough to keep factors apart
        ("r->", {"r": "PlaneD(3)"}, 0, [ONCE] * 8, False),  # 2^8 places
        ("r->r", {"r": "D(4)"}, 0, [ONCE] * 7, True),
        ("r->r", {"r": "O(3)"}, 0, [ONCE] * 9, False),  # there are diagrams
        ("ar->", {"r": "Cube"}, 0, [ONCE] * 8, False),  # set axes beside
        ("rH->H", {"r": "Cube"}, 0, [ONCE] * 8, False),  # channels
        ("r,r->", {"r": "Cube"}, 0, [ONCE, (1, ())], False),  # no equal factors
        ("r->", SHEAR, 0, [ONCE] * 10, True),
    ],
)
def test_long_products_of_one_group_without_diagrams_commute_alone(text, axes, output, factors, expected):
    assert commutes_alone(signature(text, axes=axes), output, factors) == expected


def test_tensors_of_other_factors_and_outputs_are_left_out():
    """u.u is of two factors u, u.v of both: each product has its own, and v its own outputs."""
    one = signature("u:r,v:r->s:,w:r", axes={"r": "Cube"})
    for output, factors, number in [(0, [0, 0], 1), (0, [0, 1], 1), (0, [1, 1], 1), (1, [0, 1], 1), (1, [0, 0], 0)]:
        found = symmetric_invariants(one, output, [(which, ()) for which in factors])
        assert len(found.listed) == number
        assert all(invariant.constants[0][0].shape == (3,) * (2 + output) for invariant in found.listed)
    assert sum(
        len(symmetric_invariants(one, 0, [(a, ()), (b, ())]).listed) for a, b in [(0, 0), (0, 1), (1, 1)]
    ) == count(signature("u:r,v:r->s:", axes={"r": "Cube"}), 2)


def test_too_many_places_are_refused():
    with pytest.raises(TooLargeError, match=f"on 13 slots have {3**13:,} places"):
        symmetric_invariants(signature("r->", axes={"r": "Cube"}), 0, [ONCE] * 13)
    assert prod([3] * 12) < 10**6
