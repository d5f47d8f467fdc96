"""Forms of a basis: gathered from its terms, or derived at once, and refused where terms with values are wanted."""

from dataclasses import replace

import pytest

import symshare
from symshare import SymshareError, certify, derive, signature
from symshare.core.bases.forms import check_values, gathered, small_stack, unfolded
from tests import zoo

LISTS = {"depends": ["L->h"], "sizes": {"L": 2}}


@pytest.mark.parametrize(("text", "depends", "sizes", "order"), zoo.STACKED)
def test_forms_derived_at_once_are_those_gathered(text, depends, sizes, order):
    for lengths in (sizes, zoo.latent_sizes(sizes)):
        one = signature(text, depends=depends, sizes=lengths)
        basis = derive(one, order)
        found, forms = gathered(basis, basis.terms)
        assert derive(one.stacked(), order).terms == forms == found.terms
        assert found.totals == derive(one.stacked(), order).totals


@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_forms_under_every_group_are_those_of_any_number_of_values(family):
    one = signature(zoo.signature("Lhr,r->Lhr", family), depends=["L->h"], sizes={"L": 4})
    large, small = one.stacked(), small_stack(one, 2)
    assert dict(small.sizes)["L"] == (3 if one.groups else 1)
    assert unfolded(derive(small, 2), large) == derive(large, 2)
    basis = derive(one, 2)
    assert derive(large, 2).terms == gathered(basis, basis.terms)[1]


def test_a_file_is_for_any_number_of_values_at_the_cost_of_one():
    """A million values: 10^12 terms of order 1, 2 forms."""
    one = signature("Lh", depends=["L->h"], sizes={"L": 10**6})
    assert derive(one.stacked(), 2).counts == (1, 2, 4)
    assert derive(signature(one, sizes={"h": 48}).stacked(), 2, max_terms=7).counts == (1, 2, 4)
    assert derive(one.stacked(), 2, ordered=True).counts == (1, 2, 5)


def test_chosen_terms_have_all_their_values():
    basis = derive("Lh", 2, **LISTS)
    one = next(term for term in basis if str(term) == "0h,0h->1i")
    chosen = replace(basis, terms=tuple(term for term in basis if term.order < 2 or term == one))
    with pytest.raises(SymshareError) as caught:
        symshare.plan(chosen)
    assert str(caught.value).split("\n") == [
        "0h,0h->1i is chosen without 0h,0h->0i, and a layer has weights for every value of L",
        "  name all values at once: symshare.derive(signature.stacked(), 2).only('Lh,Lh->Mi')",
    ]
    named = derive(signature("Lh", **LISTS).stacked(), 2).only("Lh,Lh->Mi")
    assert [str(form) for form in named] == ["->Lh", "Lh->Lh", "Lh->Mi", "Lh,Lh->Mi"]
    texts = ("0h,0h->0i", "0h,0h->1i", "1h,1h->0i", "1h,1h->1i")
    whole = replace(basis, terms=tuple(term for term in basis if term.order < 2 or str(term) in texts))
    assert gathered(whole, whole.terms)[1] == named.terms


def test_values_that_short_lists_cannot_have_are_not_missed():
    """At one value a list `0h->0i` is `0h->0h`: the form is for different values, and chosen whole without it."""
    basis = derive("Lh", 1, depends=["L->h"], sizes={"L": 2, "h": 1})
    assert [str(form) for form in gathered(replace(basis, totals=None), basis.terms)[1]] == ["->Lh", "Lh->Lh", "Lh->Mi"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Lh,Li->Lh", "has an index of 'L' on lists that share none"),
        ("Lh,Mi->Lj", "has an index of 'L' on lists that share none"),
        ("Lh,Mh->Lh", "has 'h' under two indices of 'L'"),
        ("0h,Mi->Lj", "has '0' where axis 'L' is"),
    ],
)
def test_a_text_that_is_no_form_is_refused(text, problem):
    with pytest.raises(symshare.NotationError) as caught:
        derive(signature("LhH", **LISTS).stacked(), 2).only(text)
    assert caught.value.problem == problem


@pytest.mark.parametrize(
    "ask",
    [
        certify,
        lambda basis: derive(basis.signature, 1, certified=True),
        lambda basis: symshare.diagrams_to_orbits(basis, 1),
        lambda basis: symshare.series(0, basis),
        lambda basis: check_values(basis.signature, "this"),
    ],
)
def test_forms_are_no_terms(ask):
    with pytest.raises(SymshareError, match=r"signature\.unstacked\(\)"):
        ask(derive(signature("Lh", **LISTS).stacked(), 1))
    with pytest.raises(SymshareError, match="its terms are forms"):
        symshare.terms(signature("Lh", **LISTS).stacked(), 1)


def test_counts_and_null_spaces_of_a_stacked_signature_are_those_of_its_terms():
    one = signature("Lhk->Lh", depends=["L->h", "h->k"], sizes={"L": 2, "h": 2, "k": 2})
    for degree in (0, 1, 2):
        number = symshare.count(one, degree)
        assert symshare.count(one.stacked(), degree) == symshare.molien_count(one.stacked(), degree) == number
        assert symshare.solve(symshare.taylor(one.stacked(), degree, least=degree)).dimensions == (number,)
