"""Where only the zero map keeps a symmetry: held against the null space of the generators' equations."""

import re
from dataclasses import replace

import pytest

from symshare import SymshareError, derive, emit, plan, signature
from symshare.core.counting.vanishing import first_terms, only_zero, zero_map
from symshare.core.equations.ansatz import taylor
from symshare.core.equations.constraints import constrain
from symshare.core.equations.solution import solve

GROUPS = ["O(2)", "SO(2)", "O(3)", "SO(3)", "Sp(2)", "GL(2)", "SL(2)", "U(1)", "SU(2)", "O(1,1)", "B(2)", "PlaneC(4)"]
GROUPS += ["PlaneD(3)", "Cube", "Scale(1,1)", "Scale(1,-2)", "Trivial(2)", "C(3)", "D(3)", "Grid(2,1)"]
TEXTS = ["r->", "r->rr", "rr->r", "ar->", "r->a", "r,->r"]


def dimensions(one, order):
    """By the null space, which knows nothing of characters."""
    return solve(constrain(taylor(one, order))).dimensions


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("text", TEXTS)
def test_the_zero_map_is_the_null_space_of_dimension_zero(text, group):
    one = signature(text, axes={"r": group}, sizes={"a": 2} if "a" in text else {})
    order = 2 if (one.size("r") or 0) > 2 or len(one.set_axes) > 1 else 3
    found = dimensions(one, order)
    for highest in range(1, order + 1):
        assert (zero_map(one, highest) != "") == (not sum(found[1 : highest + 1]))
    assert (only_zero(one, order) != "") == (not sum(found[1:]))
    assert (only_zero(one, 0) != "") == (not found[0])
    after = next((degree for degree in range(2, order + 1) if found[degree]), None)
    said = re.search(r"of order (\d+)", first_terms(one, 1))
    if after is not None:
        assert said and int(said[1]) == after
    else:
        assert said is None or int(said[1]) > order


@pytest.mark.parametrize(
    ("text", "axes", "order", "first"),
    [
        ("r->", {"r": "O(3)"}, 1, 2),
        ("rH->H", {"r": "SO(3)"}, 1, 2),
        ("r->rr", {"r": "O(3)"}, 1, 2),
        ("rr->r", {"r": "U(2)"}, 2, None),
        ("r->", {"r": "Scale(1,1)"}, 3, None),
        ("r->q", {"r": "O(3)", "q": "SO(2)"}, 1, None),
        ("rH->H", {"r": "SL(3)"}, 2, 3),
        ("rH->rH", {"r": "SL(2)"}, 1, 0),
    ],
)
def test_a_layer_of_the_zero_map_alone_is_refused_with_the_order_to_ask_for(text, axes, order, first):
    basis = derive(text, order, axes=axes)
    if first == 0:
        assert plan(basis).terms
        return
    for make in (plan, emit, lambda one: plan(one, kind="polynomial")):
        with pytest.raises(SymshareError, match=r"^only the zero map keeps the symmetry of") as caught:
            make(basis)
        lines = str(caught.value).split("\n")
        assert len(lines) == 2
        assert lines[1].endswith(f"(--order {first})" if first else "give it other inputs, outputs or groups")
        assert ("order 1" if order == 1 else f"orders 1 to {order}") in lines[0]


def test_what_a_kind_or_a_choice_leaves_out_is_no_zero_map():
    basis = derive("r->", 2, axes={"r": "O(3)"})
    with pytest.raises(SymshareError, match=r"order 2: ask for it .* and for kind='polynomial'"):
        plan(basis, kind="linear")
    with pytest.raises(SymshareError, match=r"has no terms of order 1 or more .*\n  derive it to a higher order"):
        plan(replace(basis, terms=basis.of_order(0)))
    with pytest.raises(SymshareError, match=r"derive it to order 1 or higher"):
        plan(derive("r->", 0, axes={"r": "O(3)"}))


@pytest.mark.parametrize(
    ("text", "axes", "said"),
    [
        ("r->r,", {"r": "O(3)"}, r"into output 1 \(a scalar\) .* order 1\n  the first terms are of order 2"),
        ("r->r,rr", {"r": "O(3)"}, r"into output 1 \(rr\) .* order 1\n  the first terms are of order 2"),
        ("r->W:a,v:r", {"r": "SO(3)"}, r"into output 0 \(W:a\) .* order 1\n  the first terms are of order 2"),
        ("v->v,w", {"v": "GL(2)", "w": "dual(v)"}, r"into output 1 \(w\) .* order 1\n  there are none"),
    ],
)
def test_an_output_that_stays_zero_is_named(text, axes, said):
    with pytest.raises(SymshareError, match="only the zero map " + said):
        plan(derive(text, 1, axes=axes))


def test_products_are_not_named_where_there_are_none():
    basis = derive("r->r", 2, axes={"r": "O(3)"})
    with pytest.raises(SymshareError, match=r"only the zero map .* at order 2\n  so 'r,s->r' is no term; .* order 3"):
        basis.only("r,s->r")
