"""Options beside a basis, a plan, an ansatz or a solution: they are its own, or refused with the cure."""

import pytest

import symshare
from symshare import SymshareError, derive, plan, pools, signature, solve, taylor
from symshare.core.notation.beside import check_beside

TEXT, OWN = "abH->abH", {"depends": ["a->b"], "sizes": {"a": 3}}
BASIS = derive(TEXT, 2, **OWN)
FINITE = {"sizes": {"a": 3, "b": 2}, "depends": ["a->b"]}
TAKERS = {
    # what takes something that is made: what is made, its order, and the options that it is made with
    "certify": (symshare.certify, BASIS, 2, OWN),
    "plan": (symshare.plan, BASIS, 2, OWN),
    "emit": (symshare.emit, BASIS, 2, OWN),
    "emit, a plan": (symshare.emit, plan(BASIS), 2, OWN),
    "compile": (lambda one, **given: type(symshare.nn.compile(one, 2, 3, **given)), BASIS, 2, OWN),
    "compile, a plan": (lambda one, **given: type(symshare.nn.compile(one, 2, 3, **given)), plan(BASIS), 2, OWN),
    "costs, a plan": (lambda one, **given: _without_sizes(symshare.costs, one, given), plan(BASIS), 2, OWN),
    "costs": (lambda one, **given: _without_sizes(symshare.costs, one, given), BASIS, 2, OWN),
    "plan, poolings": (symshare.plan, pools(TEXT, 2, **OWN), 2, OWN),
    "entries": (symshare.entries, BASIS, 2, OWN),
    "entries, an ansatz": (symshare.entries, taylor(TEXT, 2, **FINITE), 2, FINITE),
    "constrain": (symshare.constrain, taylor(TEXT, 2, **FINITE), 2, FINITE),
    "solve": (symshare.solve, taylor(TEXT, 2, **FINITE), 2, FINITE),
    "equations": (symshare.equations, taylor("a->", 1, sizes={"a": 3}), 1, {"sizes": {"a": 3}}),
    "entries, a solution": (symshare.entries, solve(taylor(TEXT, 1, **FINITE)), 1, FINITE),
}


def _without_sizes(function, one, given):
    """`costs` has sizes of its own: where its numbers are taken."""
    sizes = given.pop("sizes", None)
    if sizes:
        check_beside("plan", one.signature, {}, sizes=sizes)
    return function(one, **given)


@pytest.mark.parametrize("name", TAKERS)
def test_its_own_options_are_taken(name):
    take, made, order, own = TAKERS[name]
    assert str(take(made, order=order, **own)) == str(take(made))


@pytest.mark.parametrize("name", TAKERS)
@pytest.mark.parametrize("given", [{"order": 3}, {"sizes": {"a": 5}}, {"axes": {"a": "C(3)"}}, {"depends": ["b->a"]}])
def test_others_are_refused(name, given):
    take, made, _, _ = TAKERS[name]
    with pytest.raises(SymshareError) as caught:
        take(made, **given)
    assert len(str(caught.value).splitlines()) <= 3


def test_what_is_lacking_is_named():
    one = signature("ab", sizes={"a": 3})
    check_beside("basis", one, {"order": (None, 2), "ordered": (False, False)}, sizes={"a": 3})
    with pytest.raises(
        SymshareError, match=r"^the basis of 'ab' has order=2, not 3\n  leave it out, or make the basis"
    ):
        check_beside("basis", one, {"order": (3, 2)})
    with pytest.raises(SymshareError, match=r"^the basis of 'ab' has its own symmetry, which lacks sizes={'b': 4}\n"):
        check_beside("basis", one, {}, sizes={"b": 4})
