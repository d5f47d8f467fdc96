"""Under other groups a certificate holds for what is derived, and catches a dropped, a doubled, a foreign and a wrong term."""

from dataclasses import replace

import pytest

import symshare
from symshare import SymshareError, certify, derive
from symshare.core.groups.naming import read_group
from symshare.core.terms.constant import levi_civita, made

DERIVED = [
    ("ar->r", 3, {"r": "SO(3)"}, {}),
    ("t->t", 3, {"t": "C(4)"}, {}),
    ("rr->rr", 1, {"r": "Lorentz"}, {}),
    ("t->", 3, {"t": "D(4)"}, {}),
    ("rr->", 3, {"r": "O(2)"}, {}),
    ("ab->", 3, {"a": "GL(2)", "b": "dual(a)"}, {}),
    ("r->r", 3, {"r": "PlaneC(5)"}, {}),
    ("r->r", 3, {"r": "PlaneD(3)"}, {}),
    ("r->r", 1, {"r": "SU(2)"}, {}),
    ("ar->ar", 1, {"r": "Sp(4)"}, {}),
    ("r->r", 2, {"r": "SO(3)"}, {"ordered": True}),
    ("arH->H", 2, {"r": "O(3)"}, {"sizes": {"H": 2}}),
    ("r->r", 2, {"r": "Scale(1,2)"}, {}),
]


@pytest.mark.parametrize(("text", "order", "axes", "options"), DERIVED)
def test_what_is_derived_is_certified(text, order, axes, options):
    found = certify(derive(text, order, axes=axes, **options))
    assert found.ok
    assert [one.rank for one in found.orders] == [one.count for one in found.orders]


@pytest.mark.parametrize(("points", "plane"), [("C(4)", "PlaneC(4)"), ("D(4)", "PlaneD(4)")])
def test_a_turn_of_the_plane_tied_to_other_axes_loses_no_term(points, plane):
    """From order 7 on products of equal factors are made together; z = x + iy is known of the plane alone."""
    axes = {"t": replace(read_group(points), tie="quarter"), "p": replace(read_group(plane), tie="quarter")}
    basis = derive("p->t", 8, axes=axes, certified=True)
    assert basis.certificate.ok
    assert basis.counts == tuple(symshare.count("p->t", order, axes=axes) for order in range(9))


CHANNELS = [
    ("rH->rH", 2, {"r": "SO(3)"}, (0, 1, 1)),
    ("arH->H", 2, {"r": "O(3)"}, (1, 0, 2)),
    ("tH->tH", 2, {"t": "C(4)"}, (1, 4, 16)),
    ("rH->H", 3, {"r": "SL(3)"}, (1, 0, 0, 1)),
]


@pytest.mark.parametrize(("text", "order", "axes", "spanned"), CHANNELS)
def test_with_channels_the_exchanges_span_the_ordered_maps(text, order, axes, spanned):
    """Ordered maps of order 2: one cross, two dots (a = b or not), 4 x 4 offsets; the determinant's sign is one dimension."""
    found = certify(derive(text, order, axes=axes))
    assert found.ok
    assert tuple(one.count for one in found.orders) == spanned
    assert all(one.spanned in (None, one.count) for one in found.orders)


FOUR = [
    ("ar->r", 3, {"r": "SO(3)"}),
    ("t->t", 2, {"t": "C(4)"}),
    ("rr->rr", 1, {"r": "Lorentz"}),
    ("t->t", 2, {"t": "D(4)"}),
]


@pytest.mark.parametrize(("text", "order", "axes"), FOUR)
def test_a_dropped_term_is_caught(text, order, axes):
    basis = derive(text, order, axes=axes)
    for place in range(0, len(basis), max(1, len(basis) // 4)):
        found = certify(replace(basis, terms=basis.terms[:place] + basis.terms[place + 1 :]))
        broken = found.orders[basis.terms[place].order]
        assert (found.ok, broken.commutes, broken.independent, broken.complete) == (False, True, True, False)


@pytest.mark.parametrize(("text", "order", "axes"), FOUR)
def test_a_doubled_term_is_caught_also_in_the_place_of_another(text, order, axes):
    basis = derive(text, order, axes=axes)
    found = certify(replace(basis, terms=(*basis.terms, basis.terms[-1])))
    assert not found.ok
    assert not found.orders[order].independent
    own = basis.of_order(order)
    if len(own) > 1:
        found = certify(replace(basis, terms=(*basis.terms[:-1], own[0])))
        assert not found.ok
        assert found.orders[order].complete
        assert found.orders[order].rank == len(own) - 1


@pytest.mark.parametrize(
    ("text", "order", "axes", "larger"),
    [
        # under the larger group there is less; what the smaller one has besides breaks it
        ("r->rr", 1, {"r": "SO(3)"}, "O(3)"),
        ("t->t", 1, {"t": "C(4)"}, "D(4)"),
        ("rr->rr", 1, {"r": "SO(1,3)"}, "Lorentz"),
        ("t->t", 1, {"t": "D(4)"}, "S(4)"),
        ("r->r", 2, {"r": "PlaneC(3)"}, "O(2)"),
    ],
)
def test_a_term_that_breaks_the_symmetry_is_caught(text, order, axes, larger):
    smaller = derive(text, order, axes=axes)
    (letter,) = axes
    basis = derive(text, order, axes={letter: larger})
    foreign = tuple(replace(term, signature=basis.signature) for term in smaller)
    found = certify(replace(basis, terms=foreign))
    assert not found.ok
    assert any(not one.commutes for one in found.orders)
    assert {axis for one in found.orders for _, axis in one.not_equivariant} == {letter}
    assert f"does not commute with the group of {letter}" in str(found)


def test_a_wrong_constant_is_caught():
    """The Levi-Civita symbol with one sign changed, and a metric with the wrong signs."""
    basis = derive("rr->r", 1, axes={"r": "SO(3)"})
    (term,) = basis.of_order(1)
    ((symbol, indices),) = term.constants
    assert symbol == levi_civita(3)
    wrong = replace(symbol, entries=(*symbol.entries[:-1], (symbol.entries[-1][0], 1)))
    found = certify(replace(basis, terms=(replace(term, constants=((wrong, indices),)),)))
    assert not found.ok
    assert found.orders[1].not_equivariant
    lorentz = derive("r->", 2, axes={"r": "Lorentz"})
    (interval,) = lorentz.of_order(2)
    euclidean = made("g", "wrong", (4, 4), {(place, place): 1 for place in range(4)})
    own = replace(interval, constants=((euclidean, interval.constants[0][1]),))
    assert certify(replace(lorentz, terms=(*lorentz.of_order(0), own))).orders[2].not_equivariant


@pytest.mark.parametrize(
    ("text", "order", "axes", "other"),
    [
        ("ar->r", 2, {"r": "SO(3)"}, ("ar->ar", 1, {"r": "SO(3)"})),
        ("t->t", 1, {"t": "C(4)"}, ("u->u", 1, {"u": "C(4)"})),
        ("rr->rr", 1, {"r": "Lorentz"}, ("r->r", 1, {"r": "Lorentz"})),
        ("t->t", 1, {"t": "D(4)"}, ("tt->t", 1, {"t": "D(4)"})),
        ("t->t", 1, {"t": "C(5)"}, ("t->t", 1, {"t": "C(4)"})),
        ("r->r", 1, {"r": "SO(3)"}, ("rr->rr", 1, {"r": "SO(2)"})),
        ("rH->rH", 2, {"r": "SO(3)"}, ("rrH->rH", 2, {"r": "SO(3)"})),
    ],
)
def test_a_foreign_term_is_caught(text, order, axes, other):
    basis = derive(text, order, axes=axes)
    foreign = derive(other[0], other[1], axes=other[2]).of_order(other[1])[-1]
    found = certify(replace(basis, terms=tuple(sorted([*basis.terms, foreign], key=lambda one: one.order))))
    assert not found.ok


@pytest.mark.parametrize(
    ("text", "order", "axes"),
    [("rH->rH", 2, {"r": "SO(3)"}), ("tH->H", 2, {"t": "D(4)"}), ("tH->tH", 2, {"t": "C(4)"})],
)
def test_dropped_and_doubled_terms_with_channels_are_caught(text, order, axes):
    basis = derive(text, order, axes=axes)
    found = certify(replace(basis, terms=basis.terms[:-1]))
    assert (found.ok, found.orders[order].complete) == (False, False)
    found = certify(replace(basis, terms=(*basis.terms, basis.terms[-1])))
    assert (found.ok, found.orders[order].independent) == (False, False)


def test_floats_have_no_exact_certificate(tmp_path):
    path = tmp_path / "turn.toml"
    path.write_text('[[generator]]\nr = [["cos(2*pi/7)", "-sin(2*pi/7)"], ["sin(2*pi/7)", "cos(2*pi/7)"]]\n')
    from symshare import read_generators

    basis = derive("r->r", 1, axes=read_generators(path))
    assert len(basis) == 2
    with pytest.raises(SymshareError, match="has generators with floats"):
        certify(basis)
    assert certify(derive("r->r", 1, axes={"r": "PlaneC(5)"})).ok


def test_the_same_seed_gives_the_same_certificate():
    basis = derive("ar->r", 2, axes={"r": "SO(3)"})
    assert certify(basis) == certify(basis)
    assert certify(basis, seed=9).ok


@pytest.mark.parametrize(
    ("text", "axes", "sizes", "order", "spanned"),
    [
        # factors of different inputs are not exchanged: pairs of an input with itself count twice, mixed pairs once
        ("tH,tH->tH", {"t": "C(2)"}, None, 2, 12),
        ("rH,rH->rH", {"r": "SO(3)"}, None, 2, 3),
        ("rRH->RH", {"r": "SO(3)"}, {"R": 2}, 2, 6),
    ],
)
def test_several_inputs_with_channels_are_counted_kind_by_kind(text, axes, sizes, order, spanned):
    found = symshare.derive(text, order, axes=axes, sizes=sizes, certified=True).certificate
    assert found.ok
    assert (found.orders[order].spanned, found.orders[order].count) == (spanned, spanned)


def test_a_term_that_vanishes_on_one_point_is_checked_on_several():
    """A tensor that is antisymmetric but no Levi-Civita symbol: zero where all factors are one point."""
    basis = symshare.derive("arH->arH", 2, axes={"r": "SO(3)"})
    broken = made("T1", "antisymmetric", (3, 3, 3), {(0, 1, 2): 1, (1, 0, 2): -1})
    terms = [
        replace(term, constants=((broken, term.constants[0][1]),)) if str(term) == "arH,asH,[rst]->atH" else term
        for term in basis.terms
    ]
    found = symshare.certify(replace(basis, terms=tuple(terms)))
    assert not found.ok
    assert ("arH,asH,[rst]->atH", "r") in found.orders[2].not_equivariant
