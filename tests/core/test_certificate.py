"""A certificate holds for what is derived, and catches a dropped, a doubled and a wrong term."""

from dataclasses import replace

import pytest

from symshare import SymshareError, TooLargeError, certify, derive, signature, terms
from symshare.core.bases.basis import Basis

DERIVED = [
    ("abH", 3, {}),
    ("aa", 2, {}),
    ("abc->ab", 2, {}),
    ("ab", 3, {"depends": ["a->b"]}),
    ("abc", 2, {"depends": ["a->b", "b->c"]}),
    ("abab", 1, {"depends": ["a->b"]}),
    ("ab,b->ab", 2, {}),
    ("W:ba,b:b,V:cb->V:cb,b:b", 1, {}),
    ("aH->", 2, {"sizes": {"H": 2}}),
    ("aH->bH", 2, {"sizes": {"H": 2, "a": 2, "b": 2}}),
    ("ab", 3, {"sizes": {"a": 3, "b": 3}}),
    ("aa->", 2, {"sizes": {"a": 2}, "ordered": True}),
    ("aa", 1, {"ordered": True}),
    ("->ab", 2, {}),
]


@pytest.mark.parametrize(("text", "order", "options"), DERIVED)
def test_what_is_derived_is_certified(text, order, options):
    found = certify(derive(text, order, **options))
    assert found.ok
    assert bool(found)
    assert [one.rank for one in found.orders] == [one.count for one in found.orders]


@pytest.mark.parametrize(("text", "order"), [("ab", 2), ("aa", 1), ("aab->a", 1)])
def test_a_dropped_term_is_caught(text, order):
    basis = derive(text, order)
    for place in range(0, len(basis), max(1, len(basis) // 5)):
        found = certify(replace(basis, terms=basis.terms[:place] + basis.terms[place + 1 :]))
        broken = found.orders[basis.terms[place].order]
        assert not found.ok
        assert broken.commutes
        assert broken.independent
        assert not broken.complete


@pytest.mark.parametrize(("text", "order"), [("ab", 2), ("aa", 1)])
def test_a_doubled_term_is_caught(text, order):
    basis = derive(text, order)
    found = certify(replace(basis, terms=(*basis.terms, basis.terms[-1])))
    assert not found.ok
    assert found.orders[order].rank == found.orders[order].terms - 1
    assert not found.orders[order].independent


def test_a_doubled_term_in_the_place_of_another_is_caught():
    """The number is right, so only the rank tells."""
    basis = derive("ab", 2)
    doubled = replace(basis, terms=(*basis.terms[:-1], basis.terms[-2]))
    found = certify(doubled)
    assert found.orders[2].complete
    assert not found.orders[2].independent
    assert not found.ok


def test_a_term_that_breaks_the_symmetry_is_caught():
    """`ab,cb->ab` is equivariant for rows and columns, not where every row has a list of its own."""
    free, nested = signature("ab"), signature("ab", depends=["a->b"])
    wrong = [term for term in terms(free, 2) if str(term) == "ab,cb->ab"]
    basis = derive(nested, 2)
    assert not certify(Basis(nested, 2, (*basis.terms[:-1], *wrong))).ok
    found = certify(Basis(nested, 2, (*basis.terms, *wrong)))
    assert found.orders[2].not_equivariant == (("ab,cb->ab", "b"),)
    assert "ab,cb->ab does not commute with the group of b" in str(found)


def test_a_basis_of_a_dependent_size_is_not_independent():
    """At a = 3 the 15 terms of aa->aa have rank 14 (SEEDS, witness sizes)."""
    generic = derive("aa", 1)
    small = signature("aa", sizes={"a": 3})
    found = certify(replace(generic, signature=small, terms=tuple(replace(t, signature=small) for t in generic)))
    assert (found.orders[1].rank, found.orders[1].count) == (14, 14)
    assert not found.ok


def test_large_sizes_are_checked_where_they_are_decided():
    """Terms do not depend on the size beyond the witness, so a million rows cost what two do."""
    found = certify(derive("ab", 2, sizes={"a": 10**6, "b": 10**6}))
    assert found.ok
    assert dict(found.sizes) == {"a": 3, "b": 3}


def test_a_term_of_another_signature_is_caught():
    basis = derive("ab", 1)
    for other in (terms("ba", 1)[0], terms("abc", 1)[0], terms("aa", 1)[2]):
        found = certify(replace(basis, terms=(*basis.terms, other)))
        assert not found.ok
        assert (str(other), "a") in found.orders[1].not_equivariant
    with pytest.raises(SymshareError, match="is of a Basis"):
        certify("ab")


def test_the_same_seed_gives_the_same_certificate():
    basis = derive("ab", 2)
    assert certify(basis) == certify(basis)
    assert certify(basis, seed=5).ok


def test_a_rank_that_is_too_large_is_refused():
    with pytest.raises(TooLargeError, match="6,719 terms"):
        certify(derive("aa", 4))
