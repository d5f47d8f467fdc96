"""Latent parents, `L->h`: each value of L has its own list h. One number from five sides, and what is refused."""

from __future__ import annotations

import pytest

from symshare import NotationError, count, derive, molien_count, signature, solve, taylor
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
