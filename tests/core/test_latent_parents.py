"""Latent parents, `L->h`: each value of L has its own list h. One number from five sides, and what is refused."""

from __future__ import annotations

import pytest

import symshare
from symshare import NotationError, SymshareError, certify, count, derive, molien_count, signature, solve, taylor
from tests import zoo
from tests.oracle import Oracle

PUBLISHED = [
    # text, dependencies, sizes, order, terms: from the definition of the module specs
    ("Lh->Lh", ["L->h"], {"L": 2}, 0, 2),
    ("Lh->Lh", ["L->h"], {"L": 2}, 1, 6),
    ("Lh->Lh", ["L->h"], {"L": 3}, 0, 3),
    ("Lh->Lh", ["L->h"], {"L": 3}, 1, 12),
    ("Lh->Lh", ["L->h"], {"L": 2}, 2, 16),
    ("Lhd->Lhd", ["L->h"], {"L": 2}, 1, 12),
    ("Lhd->Lhd", ["L->h"], {"L": 3}, 1, 24),
    ("Lhk->Lhk", ["L->h", "h->k"], {"L": 2}, 1, 8),
]


def at_witness(text, depends, sizes, order):
    """The same with every axis so long that all terms exist."""
    solved = taylor(text, order, depends=depends, sizes=sizes).signature
    return signature(text, depends=depends, sizes=dict(solved.sizes))


@pytest.mark.parametrize(("text", "depends", "sizes", "order", "number"), PUBLISHED)
def test_each_value_of_a_latent_parent_has_a_list_of_its_own(text, depends, sizes, order, number):
    one = at_witness(text, depends, sizes, order)
    inputs, outputs = ([tensor.axes for tensor in side] for side in (one.inputs, one.outputs))
    hangs = {child: parent for parent, child in one.depends}
    assert Oracle(inputs, outputs, dict(one.sizes), hangs).orbits(order) == number
    assert count(text, order, depends=depends, sizes=sizes) == number
    assert molien_count(one, order) == number
    assert derive(text, order, depends=depends, sizes=sizes).counts[order] == number
    assert solve(taylor(one, order, least=order)).dimensions == (number,)


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize(("text", "depends", "sizes", "order"), zoo.STACKED)
def test_all_sides_agree_at_small_and_at_large_sizes(text, depends, sizes, order, ordered):
    one = signature(text, depends=depends, sizes=sizes)
    inputs, outputs = ([tensor.axes for tensor in side] for side in (one.inputs, one.outputs))
    hangs = {child: parent for parent, child in one.depends}
    for degree in range(order + 1):
        number = Oracle(inputs, outputs, sizes, hangs).orbits(degree, ordered)
        assert count(one, degree, ordered=ordered) == number
        assert molien_count(one, degree, ordered=ordered) == number
        assert derive(one, degree, ordered=ordered).counts[degree] == number
        assert solve(taylor(one, degree, least=degree, ordered=ordered)).dimensions == (number,)


@pytest.mark.parametrize(
    ("depends", "sizes", "problem"),
    [
        (["L->h"], {}, "names 'L', a latent axis without a size"),
        (["L->h"], {"h": 3}, "names 'L', a latent axis without a size"),
        (["h->L"], {"L": 2}, "names 'L', a latent axis"),
        (["L->M"], {"L": 2, "M": 2}, "names 'M', a latent axis"),
        (["L->h", "M->h"], {"L": 2, "M": 2}, "gives 'h' a second parent"),
    ],
)
def test_a_latent_axis_is_no_child_and_a_parent_with_a_size_only(depends, sizes, problem):
    with pytest.raises(NotationError) as caught:
        signature("LMh", depends=depends, sizes=sizes)
    assert problem in str(caught.value)
    if "without a size" in problem:
        assert "--size L=2" in str(caught.value)


def test_a_child_without_its_latent_parent_is_refused():
    with pytest.raises(NotationError, match="has 'h' without 'L' in the tensor 'hd'"):
        signature("Lhd,hd->Lh", depends=["L->h"], sizes={"L": 2})


@pytest.mark.parametrize(("text", "depends", "sizes", "order"), zoo.STACKED)
def test_every_term_is_certified_and_read_back(text, depends, sizes, order):
    latent = zoo.latent_sizes(sizes)
    for lengths in (sizes, latent):
        basis = derive(text, order, depends=depends, sizes=lengths)
        assert certify(basis).ok
        for one in basis:
            given = {"factors": one.factors, "output": one.output}
            assert symshare.term(basis.signature, str(one), **given) == one


@pytest.mark.parametrize("text", ["Lhr->Lhr", "LhrH->LhH", "rhLH,rH->LrH"])
@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_lists_stand_beside_axes_under_any_group(family, text):
    """Without channels the orders are those of the null space; with channels the certificate counts by kinds."""
    one = signature(zoo.signature(text, family), depends=["L->h"], sizes={"L": 2})
    small = signature(one, sizes={"h": 2})
    assert derive(small, 1).counts[1:] == solve(taylor(small, 1, least=1)).dimensions
    basis = derive(one, 2)
    assert certify(basis).ok
    assert all(symshare.term(one, str(term), factors=term.factors, output=term.output) == term for term in basis)


SHEAR = {"sizes": {"r": 2}, "generator": [{"r": [[1, 1], [0, 1]]}, {"r": [[-1, 0], [0, -1]]}]}
"""A group whose characters are not known: it is infinite, and its representation no sum of irreducible ones."""


@pytest.mark.parametrize(
    ("text", "depends", "sizes", "spanned"),
    [
        ("baH,rH->baH", ["a->b"], {}, (1, 3, 14)),
        ("barH->H", ["a->b"], {}, (1, 0, 6)),
        ("LhH,rH->LhH", ["L->h"], {"L": 2}, (2, 6, 22)),
    ],
)
def test_exchanges_are_counted_below_parents_where_characters_are_not_known(text, depends, sizes, spanned):
    """By hand, factors in the order of their kinds: two forms are invariant; 12 partitions of three pairs (a, b), 3 of two; for
    each value of L the lists of output and factors have 5 partitions together, 2 where one is apart."""
    axes = symshare.generators_from(SHEAR)
    found = certify(derive(text, 2, depends=depends, sizes=sizes, axes=axes))
    assert found.ok
    assert tuple(one.count for one in found.orders) == spanned


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0h->1h", "has 'h' under two values of 'L'"),
        ("0h,1h->0i", "has 'h' under two values of 'L'"),
        ("2h->0i", "has '2' where the latent axis 'L' is"),
        ("Lh->Lh", "has 'L' where the latent axis 'L' is"),
    ],
)
def test_an_index_belongs_to_one_value(text, problem):
    with pytest.raises(NotationError) as caught:
        symshare.term("Lh", text, depends=["L->h"], sizes={"L": 2})
    assert caught.value.problem == problem


def test_the_pattern_of_equal_coefficients_has_the_latent_axis():
    """6 coefficients at L = 2, by hand: each of the two lists its own pair, and one for each ordered pair of two lists."""
    one = signature("Lh", depends=["L->h"], sizes={"L": 2, "h": 2})
    own = [[1, 2], [2, 1]], [[5, 6], [6, 5]]
    found = symshare.sharing_pattern(one)
    assert found.shape == (2, 2, 2, 2)
    assert found[0, :, 0].tolist() == own[0]
    assert len(set(found.ravel().tolist())) == 6
    assert all(len(set(found[L, :, M].ravel().tolist())) == (2 if L == M else 1) for L in (0, 1) for M in (0, 1))
    assert "6 free coefficients of 16" in symshare.show.plot_pattern(one).get_title()


def test_the_orbit_basis_merges_indices_of_one_value_only():
    basis = derive("Lh", 1, depends=["L->h"], sizes={"L": 2})
    assert [str(one) for one in basis.of_order(1)] == ["0h->0h", "0h->0i", "0h->1i", "1h->0i", "1h->1h", "1h->1i"]
    expected = [[1, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0]]
    assert symshare.diagrams_to_orbits(basis, 1).toarray().tolist() == [*expected, [0, 0, 0, 0, 1, 1]]


def test_a_function_of_two_lists_is_written_in_terms():
    basis = derive("Lh->", 2, depends=["L->h"], sizes={"L": 2, "h": 2})
    (x,) = symshare.entries(basis)
    assert str(symshare.series((x[0, 0] + x[0, 1]) * (x[1, 0] + x[1, 1]), basis)) == "1 * 0h,1i->"
    with pytest.raises(SymshareError, match=r"does not respect h: \(0 1\) at L = 0"):
        symshare.series(x[0, 0] * (x[1, 0] + x[1, 1]), basis)


@pytest.mark.parametrize(
    "ask",
    [
        lambda one: symshare.pools(one, 2),
        lambda one: symshare.pools(one, 2, rule="none"),
        lambda one: symshare.explain(one, "0h,0h->0h"),
        lambda one: symshare.network(one, 2),
    ],
)
def test_poolings_of_lists_are_refused_with_the_cure(ask):
    with pytest.raises(SymshareError) as caught:
        ask(signature("LhdH", depends=["L->h"], sizes={"L": 2}))
    assert "has a list h for each value of L (L->h)" in str(caught.value)
    assert "leave L out ('hdH')" in str(caught.value)


def test_counts_of_many_values_end():
    """Order 2 of `Lh->Lh` at L = n, by hand: 4 n + 2 n (n - 1) for both or one of the factors beside the output, 2 n (n - 1)
    for both elsewhere together, n (n - 1) (n - 2) / 2 apart."""
    for n in (2, 3, 12, 1000):
        number = 4 * n + 2 * n * (n - 1) + 2 * n * (n - 1) + n * (n - 1) * (n - 2) // 2
        assert count("Lh", 2, depends=["L->h"], sizes={"L": n}) == number
