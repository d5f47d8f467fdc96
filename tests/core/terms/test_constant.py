"""Constant tensors: the Levi-Civita symbol against determinants, offsets around a circle, places and matrices."""

import json
from fractions import Fraction
from itertools import product
from math import factorial

import numpy as np
import pytest

from symshare import TooLargeError
from symshare.core.algebra.matrices import from_rows
from symshare.core.algebra.numbers import root
from symshare.core.terms.constant import Constant, levi_civita, made, of_matrix, offsets, unit, written_out


@pytest.mark.parametrize("size", range(1, 6))
def test_the_levi_civita_symbol_is_the_determinant_of_columns_of_the_identity(size):
    found = levi_civita(size)
    entries = dict(found.entries)
    assert found.shape == (size,) * size
    assert len(entries) == factorial(size)
    assert found.symmetry == -1
    for place in product(range(size), repeat=size):
        assert entries.get(place, 0) == round(np.linalg.det(np.eye(size)[list(place)]))
    assert [place for place, _ in found.entries] == sorted(entries)


def test_a_long_symbol_is_refused_with_its_number():
    assert len(levi_civita(8).entries) == 40_320
    said = (
        r"^the Levi-Civita symbol of 9 values has 362,880 nonzeros in 387,420,489 places\n  it is written out up to 8: "
    )
    with pytest.raises(TooLargeError, match=said):
        levi_civita(9)


@pytest.mark.parametrize("size", range(1, 6))
def test_offsets_are_one_where_every_index_is_the_first_and_its_distance(size):
    for distances in product(range(size), repeat=3):
        found = offsets(size, distances)
        ones = {
            place
            for place in product(range(size), repeat=3)
            if len({(at - distance) % size for at, distance in zip(place, distances, strict=True)}) == 1
        }
        assert set(found.nonzeros) == {(place, 1) for place in ones}
        assert found.offsets[0] == 0
        assert found == offsets(size, tuple((distance + 1) % size for distance in distances))


def test_places_cells_and_matrices():
    assert dict(unit((1, 0), (2, 3)).nonzeros) == {(1, 0): 1}
    assert unit((1, 0), (2, 3)).unit
    cells = {(1, 1): 2, (0, 1): 0, (0, 0): root(2)}
    assert made("T", "any", (2, 2), cells).entries == (((0, 0), root(2)), ((1, 1), 2))
    found = of_matrix("J", "symplectic form", from_rows([[0, 1], [-1, 0]]), -1)
    assert (found.entries, found.shape, found.symmetry) == ((((0, 1), 1), ((1, 0), -1)), (2, 2), -1)


def test_what_a_constant_is_written_as():
    """Whole numbers stay numbers in JSON; all others are texts that read as the same number."""
    found = made("T1", "any", (2, 2), {(0, 0): 3, (0, 1): Fraction(-1, 2), (1, 0): root(3) / 2})
    assert str(found) == "T1: any, 2 x 2, 3 nonzeros"
    assert json.loads(json.dumps(found.to_dict())) == {
        "name": "T1",
        "meaning": "any",
        "shape": [2, 2],
        "entries": [[0, 0, 3], [0, 1, "-1/2"], [1, 0, "1/2*sqrt(3)"]],
    }
    assert str(unit((0,), (3,))) == "at0: the place 0, 3, 1 nonzero"
    assert offsets(2, (0, 1)).to_dict()["entries"] == [[0, 1, 1], [1, 0, 1]]


def test_a_float_makes_a_constant_inexact():
    assert made("T", "any", (2,), {(0,): root(2), (1,): Fraction(1, 3)}).exact
    assert not made("T", "any", (2,), {(0,): 1, (1,): 0.5}).exact


def test_equal_constants_are_equal_and_hash_equal():
    one, two = (Constant("T", "any", (2,), (((0,), 1), ((1,), value))) for value in (2, 3))
    assert one != two
    assert hash(levi_civita(3)) == hash(levi_civita(3))
    assert len({levi_civita(3), levi_civita(3), one, two}) == 3


@pytest.mark.parametrize(
    ("constant", "entries"),
    [
        (levi_civita(2), "[0, 1; -1, 0]"),
        (levi_civita(3), "1 at 012 120 201; -1 at 021 102 210"),
        (offsets(300, (2, 0, 5)), "1 at i,i+298,i+3 modulo 300"),
        (unit((0, 2), (3, 3)), "[0, 0, 1; 0, 0, 0; 0, 0, 0]"),
        (unit((11,), (12,)), "1 at 11"),
        (unit((1, 11), (2, 12)), "1 at 1,11"),
        (made("T", "any", (2, 2), {(0, 1): Fraction(-1, 2), (1, 0): root(3) / 2}), "[0, -1/2; 1/2*sqrt(3), 0]"),
        (made("T", "any", (2, 2, 2), {(0, 0, 1): 0.5, (1, 1, 1): 1 / 3}), "0.5 at 001; 0.333333 at 111"),
        (made("T", "any", (7, 7), {(n, n): 1 for n in range(7)}), "1 at 00 11 22 33 44 55 66"),
    ],
)
def test_entries_are_written_out(constant, entries):
    ((name, meaning, shape, written),) = written_out([constant]).rows
    assert written == entries
    assert (name, meaning, shape) == (constant.name, constant.meaning, "x".join(map(str, constant.shape)))


def test_of_very_many_entries_the_first_are_written_with_the_number_of_the_others():
    many = made("T", "any", (200, 200), {(n, n): 1 for n in range(200)})
    ((*_, written),) = written_out([many]).rows
    assert written.endswith("59,59; .. 140 more")
    assert repr(many) == "Constant('T', shape=(200, 200), 200 nonzeros)"
    assert str(offsets(300, (0, 1))).endswith("300 x 300, 300 nonzeros")
