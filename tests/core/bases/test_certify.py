"""A certificate holds for what is derived, and catches a dropped, a doubled and a wrong term."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from symshare import SymshareError, TooLargeError, certify, derive, signature, terms
from symshare.core.bases.basis import Basis
from symshare.core.bases.certify import certify as certify_basis
from symshare.core.terms.constant import levi_civita, made

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
        certify_basis("ab")
    with pytest.raises(SymshareError, match="is not a text"):
        certify(5)


def test_the_same_seed_gives_the_same_certificate():
    basis = derive("ab", 2)
    assert certify(basis) == certify(basis)
    assert certify(basis, seed=5).ok


def test_a_rank_that_is_too_large_is_refused():
    with pytest.raises(TooLargeError, match="6,719 terms"):
        certify(derive("aa", 4))


def with_term(basis, place, term):
    """The basis with another term in the place of one of its own."""
    terms = list(basis.terms)
    terms[place] = replace(term, signature=basis.signature)
    return replace(basis, terms=tuple(terms))


def foreign():
    """Bases of which one term does not commute with the group; there are as many terms as there should be, independent."""
    nested = derive("ab", 2, depends=["a->b"])
    own = {term.to_einsum() for term in nested}
    wrong = next(term for term in derive("ab", 2).of_order(2) if term.to_einsum() not in own)
    yield "a dependency", with_term(nested, -1, wrong), 2
    turns = derive("t->t", 1, axes={"t": "C(4)"}).of_order(1)
    turned = next(term for term in turns if any(one.offsets == (0, 1) for one, _ in term.constants))
    yield "a reflection", with_term(derive("t->t", 1, axes={"t": "D(4)"}), -1, turned), 1
    symbol = made("e", "a wrong sign", (3, 3, 3), dict(levi_civita(3).entries) | {(2, 1, 0): 1})
    yield "a determinant", changed(derive("rr->r", 1, axes={"r": "SO(3)"}), symbol), 1
    euclidean = made("g", "no metric", (4, 4), {(place, place): 1 for place in range(4)})
    yield "a boost", changed(derive("r->", 2, axes={"r": "Lorentz"}), euclidean), 2
    plane = made("T", "antisymmetric", (3, 3, 3), {(0, 1, 2): 1, (1, 0, 2): -1})
    yield "channels", changed(derive("rH->rH", 2, axes={"r": "SO(3)"}), plane), 2


def changed(basis, constant):
    """The basis with another constant tensor in its last term."""
    term = basis.terms[-1]
    ((_, indices),) = term.constants
    return with_term(basis, -1, replace(term, constants=((constant, indices),)))


def dependent():
    """Bases of which one term is a combination of others; all commute, and there are as many as there should be."""
    for text, order, options in (("ab", 2, {}), ("aa", 1, {}), ("t->t", 1, {"axes": {"t": "D(4)"}})):
        basis = derive(text, order, **options)
        yield f"{text} twice", with_term(basis, -1, basis.terms[-2]), order
    # of the 15 pairings of six vectors 10 are independent in the plane (Brauer); a sum of others takes the place of one
    pairings = derive("rrr->rrr", 1, axes={"r": "O(3)"}).of_order(1)
    plane = derive("rrr->rrr", 1, axes={"r": "O(2)"})
    arrays = [pairing_in_the_plane(term) for term in pairings]
    chosen = next(
        own for own in combinations(range(15), 10) if np.linalg.matrix_rank(np.array([arrays[one] for one in own])) == 9
    )
    terms = tuple(replace(pairings[one], signature=plane.signature) for one in chosen)
    yield "pairings", replace(plane, terms=(*plane.of_order(0), *terms)), 1
    # with channels the exchanges of a term that is there twice span what they did
    basis = derive("rH->rH", 2, axes={"r": "SO(3)"})
    yield "channels", replace(basis, terms=(*basis.terms, basis.terms[-1])), 2


def pairing_in_the_plane(term):
    slots = (*term.factor_indices[0], *term.output_indices)
    delta = np.eye(2)
    pairs = [[at for at, index in enumerate(slots) if index == one] for one in sorted(set(slots))]
    return np.einsum(*(part for pair in pairs for part in (delta, pair)), list(range(6))).ravel()


def incomplete():
    """Bases of which one term is missing; those that are left commute and are independent."""
    for text, order, options in (
        ("ab", 2, {}),
        ("aa", 1, {}),
        ("abab", 1, {"depends": ["a->b"]}),
        ("aa->", 2, {"ordered": True}),
        ("t->t", 2, {"axes": {"t": "D(4)"}}),
        ("rH->rH", 2, {"axes": {"r": "SO(3)"}}),
    ):
        basis = derive(text, order, **options)
        yield text, replace(basis, terms=basis.terms[:-1]), order


@pytest.mark.parametrize(
    ("cases", "told"),
    [(foreign, (False, True, True)), (dependent, (True, False, True)), (incomplete, (True, True, False))],
    ids=["terms commute", "terms are independent", "no term is missing"],
)
def test_each_part_of_the_certificate_alone_catches_its_fault(cases, told):
    """Only the part that is meant says no, and the certificate fails by it alone."""
    for name, basis, order in cases():
        found = certify(basis)
        one = found.orders[order]
        assert (one.commutes, one.independent, one.complete) == told, name
        assert not one.ok, name
        assert not found.ok, name
        assert not found.to_dict()["ok"], name
        assert str(found).startswith("certificate FAILS"), name
        assert all(other.ok for other in found.orders if other.order != order), name
