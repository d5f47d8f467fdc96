"""Forms: terms of lists that differ by values of latent axes only. Each is one for its values, and these make up the terms."""

import pytest

from symshare import Term, derive, signature, term
from symshare.core.terms.stacked import bound, members, stacked
from tests import zoo

FORMS = [
    # by hand: the value is shared where an index of a list is, directly or through another list
    ("Lh", ["L->h"], {"L": 2}, "1h->1h", "Lh->Lh"),
    ("Lh", ["L->h"], {"L": 2}, "1h->1i", "Lh->Mi"),
    ("Lh", ["L->h"], {"L": 3}, "2h,2h->0i", "Lh,Lh->Mi"),
    ("Lhk", ["L->h", "h->k"], {"L": 2}, "0hk->0hl", "Lhk->Lhl"),
    ("Lhd", ["L->h"], {"L": 2}, "0hd->1id", "Lhd->Mid"),
    ("Lhg->L", ["L->h", "L->g"], {"L": 2}, "0hg,0hi,0jg->1", "Lhg,Lhi,Ljg->M"),
    ("LMh", ["L->h"], {"L": 2, "M": 2}, "01h->00h", "L1h->L0h"),
    ("LMhg", ["L->h", "M->g"], {"L": 2, "M": 2}, "01hg->11ig", "LMhg->NMig"),
]


@pytest.mark.parametrize(("text", "depends", "sizes", "einsum", "form"), FORMS)
def test_a_value_becomes_an_index_that_only_shared_lists_share(text, depends, sizes, einsum, form):
    one = stacked(term(text, einsum, depends=depends, sizes=sizes))
    assert str(one) == form
    assert term(one.signature, form, factors=one.factors, output=one.output) == one


@pytest.mark.parametrize(("text", "depends", "sizes", "order"), zoo.STACKED)
def test_the_terms_are_those_of_all_forms_at_all_values(text, depends, sizes, order):
    latent = zoo.latent_sizes(sizes)
    basis = derive(text, order, depends=depends, sizes=latent)
    found = {}
    for one in basis:
        found.setdefault(stacked(one), set()).add(one)
    for form, own in found.items():
        listed = {one.canonical() for one in members(form, next(iter(own)))}
        assert listed == own
    assert list(derive(basis.signature.stacked(), order)) == sorted(found)


def test_lists_are_bound_through_others():
    """x[L, h] and y[L, g] share no index, but both share one with z[L, h, g]."""
    lists = signature("Lh,Lg,Lhg->", depends=["L->h", "L->g"], sizes={"L": 2})
    one = Term.from_einsum(lists, "0h,0g,0hg->", factors=(0, 1, 2))
    places = {place: root for (place, _), root in bound(one).items()}
    assert len(set(places.values())) == 1


def test_forms_are_found_at_the_sizes_of_short_lists():
    """With one value on each list, `Lh->Mi` is a form for different values only; at L = 1 there is none."""
    for size, expected in ((1, ["->Lh", "Lh->Lh"]), (2, ["->Lh", "Lh->Lh", "Lh->Mi"])):
        one = signature("Lh", depends=["L->h"], sizes={"L": size, "h": 1})
        assert [str(form) for form in derive(one.stacked(), 1)] == expected
