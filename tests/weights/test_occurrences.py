"""Which axis has a list of its own for each value of another: that of each tensor that has the one, the other too."""

import pytest

from symshare.weights.atoms import Atoms
from symshare.weights.occurrences import blocks, nested, segments
from symshare.weights.terms import Cat, Prod


@pytest.fixture
def atoms():
    return Atoms()


def below(atoms, *tensors):
    """For each atom those for whose every value it has a list of its own, as pairs."""
    found = nested([block for dims in tensors for block in blocks(atoms, dims)])
    return {(child, parent) for child, parents in found.items() for parent in parents}


def test_units_that_are_never_without_their_head_have_a_list_for_each(atoms):
    h, k, s = atoms.new(3), atoms.new(2), atoms.new(4)
    assert below(atoms, (Prod((h, k)), s), (h, s), (s,)) == {(k, h), (k, s), (h, s)}
    assert (k, h) in below(atoms, (Prod((h, k)),), (h,), (s,))


def test_units_that_stand_alone_somewhere_have_one_list(atoms):
    h, k = atoms.new(3), atoms.new(2)
    assert below(atoms, (Prod((h, k)),), (k,)) == {(h, k)}
    assert below(atoms, (Prod((h, k)),), (k,), (h,)) == set()


def test_units_that_are_always_together_depend_on_each_other(atoms):
    h, k = atoms.new(3), atoms.new(2)
    assert below(atoms, (h, k), (Prod((k, h)),)) == {(h, k), (k, h)}


def test_two_pairs_in_one_tensor_go_together_where_they_are_in_one_dimension(atoms):
    h, k = atoms.new(3), atoms.new(2)
    pair = Prod((h, k))
    assert below(atoms, (pair, pair)) == {(h, k), (k, h)}
    # which head's units stand in the third dimension is not told
    assert below(atoms, (h, h, k), (h,)) == set()


def test_the_parts_of_rows_are_looked_at_one_by_one(atoms):
    """Queries and keys share units, values have their own; all have heads."""
    h, k, v = atoms.new(3), atoms.new(2), atoms.new(2)
    packed = Cat((Prod((h, k)), Prod((h, k)), Prod((h, v))))
    assert [len(list(row)) for row in segments(atoms, packed).rows] == [2, 2, 2]
    found = below(atoms, (packed,), (h,))
    assert found == {(k, h), (v, h)}


def test_a_row_within_a_product_falls_apart_below_what_is_before_it(atoms):
    h, a, b = atoms.new(3), atoms.new(2), atoms.new(4)
    found = list(blocks(atoms, (Prod((h, Cat((a, b)))),)))
    assert sorted(len(factors) for (factors,) in found) == [2, 2]
    assert below(atoms, (Prod((h, Cat((a, b)))),), (h,)) == {(a, h), (b, h)}
