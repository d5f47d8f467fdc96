"""Every family beside scalars, set axes, constants and dependencies: bases are certified, whatever stands next to what."""

import pytest

import symshare
from tests import zoo

MORE = (
    "r,->r",
    ",r->r,",
    ",rr->r,",
    "H->rr,rr",
    "rr->r",
    "rH->rr",
    "H,mrH->mrH",
    "r->bar",
    "bar->ar",
    "bar,r->ba",
    "ar,r->bar",
)
LONG = ("r,->r", "rH,H->rH", "rH->rH", "r->", "H,rH->rH,H")
SMALL = ("S", "C", "B", "O", "O3", "SO2", "SO3", "O(p,q)", "Sp", "GL", "SL", "PlaneC", "Scale", "two", "generators")


@pytest.mark.parametrize("text", (*zoo.BESIDE, *MORE))
@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_bases_are_certified(family, text):
    one = zoo.signature(text, family, depends=["a->b"] if "b" in text else [])
    for order in (1, 2):
        assert symshare.derive(one, order, certified=True).certificate.ok, order


@pytest.mark.parametrize("text", LONG)
@pytest.mark.parametrize("family", SMALL)
def test_bases_of_order_three_are_certified(family, text):
    assert symshare.derive(zoo.signature(text, family), 3, certified=True).certificate.ok


@pytest.mark.parametrize("family", SMALL)
def test_scalars_beside_a_group_are_counted_from_the_other_side(family):
    """`rH,H->rH` without channels: Molien's formula where the group has one, the null space of the ansatz else."""
    one = zoo.signature("rS,S->rS", family)
    one = symshare.signature("rS,S->rS", axes=dict(one.groups), sizes={"S": 1})
    basis = symshare.derive(one, 2)
    solved = symshare.solve(symshare.taylor(one, 2))
    assert basis.counts == solved.dimensions
