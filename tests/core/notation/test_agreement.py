"""Options beside a Signature: those that agree are taken, those that contradict it are refused."""

import re

import pytest

from symshare import NotationError, signature
from symshare.core.notation.agreement import check_groups_agree, check_sizes_agree
from tests.zoo import DUAL, FAMILIES, axes

NAMED = [family for family in FAMILIES if family not in ("S", "generators")]


def test_sizes_that_agree_are_taken():
    one = signature("ab", sizes={"a": 3})
    check_sizes_agree(one, {"a": 3, "b": 4})
    assert signature(one, sizes={"a": 3, "b": 4}).sizes == (("a", 3), ("b", 4))


@pytest.mark.parametrize("size", [2, 4, 0, "3", None, 3.5])
def test_another_size_is_refused(size):
    one = signature("ab", sizes={"a": 3})
    said = f"'a={size}' contradicts the signature, whose a has the size 3"
    for refuse in (lambda: check_sizes_agree(one, {"a": size}), lambda: signature(one, sizes={"a": size})):
        with pytest.raises(NotationError, match=f"^{re.escape(said)}"):
            refuse()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_group_given_again_is_the_same(family):
    text = "rrH" if family not in (*DUAL, "two", "generators") else "rsH" if family != "generators" else "rtH"
    one = signature(text, axes=axes(family))
    check_groups_agree(one, one.acting)
    again = one.named_groups | dict(one.groups)
    assert signature(one, axes=axes(family)) == signature(one, axes=again) == one


@pytest.mark.parametrize("family", NAMED)
@pytest.mark.parametrize("given", ["S", "C(3)", "D(3)", "Trivial(2)"])
def test_another_group_is_refused(family, given):
    text = "rs->rs" if family in (*DUAL, "two") else "r->r"
    one = signature(text, axes=axes(family))
    if str(one.group("r")) == given:
        return
    with pytest.raises(NotationError) as caught:
        signature(one, axes={"r": given})
    assert caught.value.text in (f"r={given}", "s=dual(r)")


def test_a_second_parent_is_refused_as_in_one_go():
    one = signature("abc", depends=["a->c"])
    with pytest.raises(NotationError, match="second parent"):
        signature(one, depends=["b->c"])
    assert signature(one, depends=["a->c"]) == one


@pytest.mark.parametrize("given", [{"depends": ["r->a"]}, {"depends": ["a->r"]}])
def test_a_dependency_on_an_axis_with_a_group_is_refused(given):
    with pytest.raises(NotationError, match="has the axis 'r' with group"):
        signature(signature("ar", axes={"r": "O(3)"}), **given)
