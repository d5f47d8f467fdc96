"""What a signature says of itself is what it is read from."""

from ast import literal_eval

import pytest

import symshare
from symshare import signature
from symshare.core.notation.described import options_of, values_of
from tests import zoo

NAMED = [family for family in zoo.FAMILIES if zoo.FAMILIES[family] is not None]


@pytest.mark.parametrize("family", NAMED)
@pytest.mark.parametrize("text", ["arH->arH", "rrH->H"])
def test_a_signature_is_read_again_from_its_values(family, text):
    one = zoo.signature(text, family)
    values = values_of(str(one), one.dependencies, one.named_groups, dict(one.sizes), dict(one.groups))
    assert symshare.signature(values.pop("signature"), **values) == one
    written, *options = options_of(str(one), one.dependencies, one.named_groups, dict(one.sizes))
    pairs = [option.partition("=")[::2] for option in options]
    assert signature(literal_eval(written), **{name: literal_eval(value) for name, value in pairs}) == one


@pytest.mark.parametrize("kind", ["B", "Scaled"])
def test_an_axis_and_its_dual_have_a_row_each(kind):
    one = signature("W1:ba,W2:cd", axes={"b": kind, "d": "dual(b)"})
    tensors, axes = one.tables()
    assert [row[2] for row in tensors.rows] == ["ba", "cd"] * 2
    assert [row for row in axes.rows if row[0] in "bd"] == [("b", kind, "any"), ("d", "dual(b)", "any")]
