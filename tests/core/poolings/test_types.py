"""Types beside inputs and outputs: what their texts say, and what no text is."""

import pytest

from symshare import NotationError, signature
from symshare.core.poolings.types import read_types, texts_of, with_types


def test_types_are_written_with_commas():
    assert [tensor.axes for tensor in read_types("a,ar")] == [("a",), ("a", "r")]
    assert [tensor.axes for tensor in read_types("(hidden in),(in)")] == [("hidden", "in"), ("in",)]
    with pytest.raises(NotationError, match="has an arrow"):
        read_types("a->ar")


@pytest.mark.parametrize("given", [5, None, 2.5])
def test_what_is_no_list(given):
    with pytest.raises(NotationError, match="is no text and no list of texts"):
        texts_of("types", given)
    with pytest.raises(NotationError, match="is no text and no list of texts"):
        with_types(signature("ar"), given)


def test_each_type_is_there_once_and_has_the_channels():
    one = signature("arH->arH", axes={"r": "O(3)"})
    assert str(with_types(one, ["a,ar", "aH"])) == "arH,aH->arH,aH"
    assert with_types(one, "") is one
    with pytest.raises(NotationError, match="which no tensor has"):
        with_types(one, "q")
