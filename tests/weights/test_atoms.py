"""Unification of dimensions: what is aligned becomes one, what cannot be is fixed with a reason, lengths never change."""

import random

import pytest

from symshare.weights.atoms import Atoms
from symshare.weights.occurrences import settle
from symshare.weights.terms import UNIT, Atom, Cat, Prod, Uniform
from symshare.weights.values import Trace


@pytest.fixture
def atoms():
    return Atoms()


def free(atoms, term):
    return [atom for atom in atoms.atoms(term) if not atoms.why_fixed(atom)]


def test_a_dimension_of_length_one_is_nothing(atoms):
    assert atoms.new(1) is UNIT
    assert atoms.size(UNIT) == 1


def test_equal_dimensions_are_one_and_fixed_together(atoms):
    a, b = atoms.new(3), atoms.new(3, "an input")
    atoms.unify(a, b)
    assert atoms.resolved(a) == atoms.resolved(b)
    assert atoms.why_fixed(a) == "an input"


def test_a_dimension_that_is_a_product_falls_into_its_factors(atoms):
    whole, heads, units = atoms.new(6), atoms.new(3), atoms.new(2)
    atoms.unify(whole, Prod((heads, units)))
    assert atoms.factors(whole) == (heads, units)
    assert len(free(atoms, whole)) == 2


def test_products_are_split_where_factors_do_not_end_together(atoms):
    """(2 6) against (4 3): 6 falls into 2 and 3, 4 into 2 and 2."""
    a, b, c, d = (atoms.new(size) for size in (2, 6, 4, 3))
    atoms.unify(Prod((a, b)), Prod((c, d)))
    assert [atoms.size(one) for one in atoms.factors(Prod((a, b)))] == [2, 2, 3]
    assert [atoms.resolved(one) for one in atoms.factors(Prod((a, b)))] == [
        atoms.resolved(one) for one in atoms.factors(Prod((c, d)))
    ]
    assert len(free(atoms, Prod((a, b)))) == 3


def test_products_that_do_not_fit_are_fixed_with_a_reason(atoms):
    """(2 3) against (3 2): no unit of the one is one of the other."""
    a, b, c, d = (atoms.new(size) for size in (2, 3, 3, 2))
    atoms.unify(Prod((a, b)), Prod((c, d)))
    assert not free(atoms, Prod((a, b, c, d)))
    assert "two ways" in atoms.why_fixed(a)


def test_rows_are_cut_where_segments_do_not_end_together(atoms):
    a, b, c, d = (atoms.new(size) for size in (2, 3, 4, 1))
    atoms.unify(Cat((a, b)), Cat((c, d)))
    assert [atoms.size(one) for one in atoms.segments(Cat((a, b)))] == [2, 2, 1]
    assert len(free(atoms, Cat((a, b)))) == 2


def test_a_product_is_a_row_over_its_first_factor_with_a_list_for_each_value(atoms):
    parts, units, a, b = (atoms.new(size) for size in (2, 3, 3, 3))
    atoms.unify(Cat((a, b)), Prod((parts, units)))
    assert atoms.why_fixed(parts)
    assert atoms.resolved(a) != atoms.resolved(b)
    assert not atoms.why_fixed(a)
    assert atoms.resolved(atoms.at(units, parts, 1)) == atoms.resolved(b)


def test_lists_at_values_are_one_where_the_whole_is_fixed(atoms):
    along, units = atoms.new(2, "a place along it is taken"), atoms.new(3)
    slices = [atoms.at(units, along, place) for place in range(2)]
    atoms.fix(units, "an output")
    assert [atoms.resolved(one) for one in slices] == [atoms.resolved(units)] * 2


def test_what_is_laid_out_in_itself_is_fixed(atoms):
    a, b = atoms.new(4), atoms.new(2)
    atoms.unify(a, Prod((b, b)))
    assert [atoms.resolved(one) for one in atoms.factors(a)] == [b, b]
    c, d, e = atoms.new(3), atoms.new(3), atoms.new(3)
    atoms.unify(c, d)
    atoms.unify(Cat((c, e)), Cat((e, d)))
    assert len({atoms.resolved(one) for one in (c, d, e)}) == 1


def test_a_constant_goes_with_anything(atoms):
    a = atoms.new(4)
    atoms.unify(a, Uniform(4))
    assert not atoms.why_fixed(a)


@pytest.mark.parametrize(("size", "left", "right"), [(0, 0, 6), (2, 2, 4), (3, 3, 3), (5, 5, 1), (6, 6, 0)])
def test_a_cut_has_the_lengths_that_it_should(atoms, size, left, right):
    a, b = atoms.new(2), atoms.new(4)
    first, rest = atoms.cut(Cat((a, b)), size, "")
    assert (atoms.size(first), atoms.size(rest)) == (left, right)


@pytest.mark.parametrize("seed", range(300))
def test_random_layouts_of_one_length_become_one_or_fixed(seed):
    """After two are unified every value of the one is the same value of the other, or may not be exchanged."""
    drawn = random.Random(seed)
    atoms = Atoms()
    known = []

    def layout(size, depth=0):
        ways = [one for one in range(2, size) if size % one == 0]
        kind = drawn.choice(["atom", "product", "row", "again"]) if depth < 3 and size > 1 else "atom"
        if kind == "product" and ways:
            first = drawn.choice(ways)
            return Prod((layout(first, depth + 1), layout(size // first, depth + 1)))
        if kind == "row" and size > 2:
            first = drawn.randint(1, size - 1)
            return Cat((layout(first, depth + 1), layout(size - first, depth + 1)))
        again = [one for one in known if atoms.size(one) == size]
        if kind == "again" and again:
            return drawn.choice(again)
        known.append(atoms.new(size))
        return known[-1]

    one, two = layout(12), layout(12)
    atoms.unify(one, two)
    settle(Trace(atoms=atoms, tensors=[(one,), (two,)]))
    assert atoms.size(one) == atoms.size(two) == 12
    for mine, other in zip(places(atoms, one), places(atoms, two), strict=True):
        assert all(atoms.why_fixed(atom) for atom, _ in mine ^ other)


def places(atoms, term):
    """For each place along a dimension the atoms there, each with its value; where one has a list of its own at the value of
    another, what it is there."""
    term = atoms.resolved(term)
    match term:
        case Atom():
            return [frozenset({(term, value)}) for value in range(atoms.size(term))]
        case Prod(factors):
            found = [frozenset()]
            for factor in factors:
                inner = places(atoms, factor)
                found = [one | other for one in found for other in inner]
            return [at_values(atoms, one) for one in found]
        case Cat(segments):
            return [one for segment in segments for one in places(atoms, segment)]
    return [frozenset() for _ in range(term.size)]


def at_values(atoms, values):
    result = set()
    for atom, value in values:
        here = [slice_ for along, place, slice_ in atoms.slices(atom) if (along, place) in values]
        result |= places(atoms, here[0])[value] if here and atoms.resolved(here[0]) != atom else {(atom, value)}
    return frozenset(result) if result == values else at_values(atoms, frozenset(result))
