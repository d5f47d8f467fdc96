"""Generators modulo the prime: they obey the relations of their groups there, and floats are refused."""

import numpy as np
import pytest

import symshare
from symshare import SymshareError, signature
from symshare.core.actions.blocks import act, generators
from symshare.core.actions.modular import modular, modular_elements
from symshare.core.algebra.primes import PRIME
from symshare.core.notation.tensor import Tensor


def images(one, letter, size):
    """The matrices of a signature's generators modulo the prime, by their action on unit vectors."""
    unit = np.eye(size, dtype=np.int64)
    listed = generators(modular(one), dict(one.sizes))
    return [act(element, Tensor(letter), unit, PRIME).T.astype(object) for element in listed]


def power(matrix, number):
    found = np.eye(len(matrix), dtype=object)
    for _ in range(number):
        found = found @ matrix % PRIME
    return found


def same(one, other):
    return np.array_equal(one % PRIME, other % PRIME)


@pytest.mark.parametrize("order", [2, 3, 4, 5, 6, 7, 8, 12])
@pytest.mark.parametrize("family", ["PlaneC", "PlaneD"])
def test_turns_of_the_plane_have_their_order_and_keep_lengths(family, order):
    """Also those whose sines and cosines no square root holds, as for seven."""
    try:
        turn, *mirrors = images(signature("r", axes={"r": f"{family}({order})"}), "r", 2)
    except SymshareError:
        assert (PRIME - 1) % order
        return
    unit = np.eye(2, dtype=object)
    orders = [number for number in range(1, order + 1) if same(power(turn, number), unit)]
    assert orders == [order]
    assert same(turn @ turn.T, unit)
    assert int(turn[0, 0] * turn[1, 1] - turn[0, 1] * turn[1, 0]) % PRIME == 1
    assert len(mirrors) == (family == "PlaneD")
    for mirror in mirrors:
        assert same(mirror @ mirror, unit)
        assert same(mirror @ turn @ mirror, turn.T)


@pytest.mark.parametrize("name", ["O(3)", "SO(4)", "Cube", "D(5)", "B(3)", "C(4)"])
def test_exact_groups_stay_as_they_are(name):
    one = signature("r", axes={"r": name})
    assert modular(one) == one
    assert modular_elements(one.group("r")) == one.group("r").elements


def test_square_roots_have_images():
    third = symshare.generators_from(
        {"sizes": {"r": 2}, "generator": [{"r": [["-1/2", "-sqrt(3)/2"], ["sqrt(3)/2", "-1/2"]]}]}
    )
    (turn,) = images(signature("r", axes=third), "r", 2)
    assert same(power(turn, 3), np.eye(2, dtype=object))
    assert not same(turn, np.eye(2, dtype=object))


def test_floats_are_refused():
    given = symshare.generators_from({"sizes": {"r": 2}, "generator": [{"r": [[0.6000001, -0.8], [0.8, 0.6]]}]})
    one = signature("ar", axes=given)
    with pytest.raises(SymshareError, match="floats, so that nothing can be checked exactly"):
        modular(one)


def test_set_axes_have_nothing_to_convert():
    one = signature("ab", depends=["a->b"])
    assert modular(one) == one
