"""What a signature says of itself is what it is read from."""

from ast import literal_eval

import pytest

import symshare
from symshare import signature
from symshare.core.notation.described import as_dict, options_of, tables_of
from tests import zoo

NAMED = [family for family in zoo.FAMILIES if zoo.FAMILIES[family] is not None]


@pytest.mark.parametrize("family", NAMED)
@pytest.mark.parametrize("text", ["arH->arH", "rrH->H"])
def test_a_signature_is_read_again_from_its_values(family, text):
    one = zoo.signature(text, family)
    values = as_dict(one)
    assert symshare.signature(values.pop("signature"), **values) == one
    written, *options = options_of(one)
    pairs = [option.partition("=")[::2] for option in options]
    assert signature(literal_eval(written), **{name: literal_eval(value) for name, value in pairs}) == one


@pytest.mark.parametrize("kind", ["B", "Scaled"])
def test_an_axis_and_its_dual_have_a_row_each(kind):
    one = signature("W1:ba,W2:cd", axes={"b": kind, "d": "dual(b)"})
    tensors, axes = tables_of(one)
    assert [row[2] for row in tensors.rows] == ["ba", "cd"] * 2
    assert [row for row in axes.rows if row[0] in "bd"] == [("b", kind, "any"), ("d", "dual(b)", "any")]
