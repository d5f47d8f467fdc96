"""Signatures with one letter for each axis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symshare import NotationError, signature
from symshare.core.notation.letters import read_letters

PIECES = st.text(alphabet="abcxyz", max_size=4)


@given(st.lists(PIECES, min_size=1, max_size=4), st.lists(PIECES, min_size=1, max_size=4) | st.none())
def test_each_letter_is_an_axis(left, right):
    text = ",".join(left) + ("" if right is None else "->" + ",".join(right))
    if text in ("", "->"):
        return
    inputs, outputs, arrow = read_letters(text)
    assert ["".join(tensor.axes) for tensor in inputs] == left
    assert ["".join(tensor.axes) for tensor in outputs] == (left if right is None else right)
    assert arrow == (right is not None)
    assert all(len(axis) == 1 for tensor in (*inputs, *outputs) for axis in tensor.axes)


def test_only_the_form_of_letters_has_a_longest_text():
    """A signature that is too long for letters is written in words, and read back so."""
    with pytest.raises(NotationError, match="is longer than 400 characters") as caught:
        read_letters(",".join(["ab"] * 134))
    assert "in words a signature may be as long as it is" in str(caught.value)
    assert str(signature(",".join(["(a b)"] * 133))) == ",".join(["ab"] * 133)
    long = signature(",".join(["(a b)"] * 134))
    assert str(long) == ",".join(["(a b)"] * 134)
    assert signature(str(long)) == long
