import pytest
from hypothesis import given
from hypothesis import strategies as st

from symshare import NotationError, Signature, count, derive, signature, terms
from symshare.core.notation.tensor import Tensor
from tests.core.notation.mistakes import check_mistake

TEXTS = ["abH", "aaH", "abH->aH", "abH->H", "ab->", "ab,b->ab", "W:ba,b:b->W:ba", "ab->ab", "->ab", "my_w:ab,v2:b->a"]


@pytest.mark.parametrize("text", TEXTS)
def test_text_to_signature_to_text(text):
    assert str(signature(text)) == text
    assert signature(str(signature(text))) == signature(text)


# the axes of each input and of each output
SCALARS = [
    ("a,->a", ["a", ""], ["a"]),
    (",->", ["", ""], [""]),
    (",", ["", ""], ["", ""]),
    (",a->a,", ["", "a"], ["a", ""]),
    (",a->", ["", "a"], [""]),
    ("->a,", [""], ["a", ""]),
    ("a,,b->", ["a", "", "b"], [""]),
    ("H,aH->aH", ["H", "aH"], ["aH"]),
    (",H->H", ["", "H"], ["H"]),
    ("s:->", [""], [""]),
    ("s:", [""], [""]),
    ("a,s:->a,t:", ["a", ""], ["a", ""]),
    ("s:,v:a,->v:a", ["", "a", ""], ["a"]),
]


@pytest.mark.parametrize(("text", "inputs", "outputs"), SCALARS)
def test_an_empty_place_is_a_scalar(text, inputs, outputs):
    found = signature(text)
    assert ["".join(tensor.axes) for tensor in found.inputs] == inputs
    assert ["".join(tensor.axes) for tensor in found.outputs] == outputs
    assert str(found) == text
    assert signature(str(found)) == signature(found) == found


TENSORS = st.lists(
    st.builds(
        Tensor, st.lists(st.sampled_from("abc"), max_size=3).map(tuple), st.none() | st.sampled_from(["s", "W", "my_w"])
    ),
    min_size=1,
    max_size=3,
).filter(lambda side: len({one.name for one in side if one.name}) == sum(bool(one.name) for one in side))


@given(TENSORS, TENSORS)
def test_every_signature_with_a_name_or_an_axis_is_read_back(inputs, outputs):
    made = Signature(tuple(inputs), tuple(outputs))
    if str(made) != "->":
        assert signature(str(made)) == made
    assert signature(made) == made


# what is written, a piece of the problem, the place of the caret
MISTAKES = [
    ("", "is empty", None),
    ("a bH", "has a space in it", 1),
    ("ab\t", "has a tab in it", 2),
    ("ab\n", "has a line break in it", 2),
    ("ab3", "has a digit in it", 2),
    ("ab=>a", "has the arrow '=>'", 2),
    ("ab→a", "has the arrow '→'", 2),
    ("ab->a->b", "has two arrows", 5),
    ("äb", "has the character 'ä'", 0),
    ("ab\x00", "has the character", 2),
    ("ab-a", "has a '-' without its '>'", 2),
    ("ab>a", "has a '>' without its '-'", 2),
    ("ab<-a", "has an arrow that points left", 2),
    ("->", "has no axes on either side", 0),
    ("a(3)b", "has a bracket in it", 1),
    ("...ab", "has a dot in it", 0),
    ("ab;b", "has a semicolon in it", 2),
    ("a*b", "has a '*' in it", 1),
    ("a_b", "has an underscore in an axis", 1),
    ("'ab'", "has a quotation mark in it", 0),
    ("a+b", "has the character '+'", 1),
    (":ab", "has a colon without a name", 0),
    (":", "has a colon without a name", 0),
    ("a,:->a", "has a colon without a name", 2),
    ("a:b:c", "has two colons in one tensor", 1),
    ("a,s:,s:->a", "uses the name 's' twice", 5),
    ("a, ->a", "has a space in it", 2),
    ("ab,1W:ab", "has the name '1W', which begins with a digit", 3),
    ("for:ab", "has the name 'for', a word of Python", 0),
    ("_w:ab", "has the name '_w'", 0),
    ("W:ab,W:b->a", "uses the name 'W' twice", 5),
    ("abHH", "repeats the latent axis 'H'", 3),
    ("a" * 401, "is longer than 400 characters", 400),
]


@pytest.mark.parametrize(("text", "problem", "place"), MISTAKES)
def test_each_mistake_in_a_signature_has_an_error_of_its_own(text, problem, place):
    with pytest.raises(NotationError) as caught:
        signature(text)
    check_mistake(caught.value, problem, place)


@pytest.mark.parametrize("order", [-1, 2.0, 2.5, "2", None, True])
@pytest.mark.parametrize("verb", [derive, count, terms])
def test_an_order_is_a_whole_number(verb, order):
    with pytest.raises(NotationError, match="order"):
        verb("ab", order)


@pytest.mark.parametrize("text", [None, 3, b"ab", ["ab"]])
def test_a_signature_that_is_no_text(text):
    with pytest.raises(NotationError, match="is not a text"):
        signature(text)


@given(st.text())
def test_no_text_gives_anything_but_a_signature_or_a_notation_error(text):
    try:
        found = signature(text)
    except NotationError as error:
        assert error.text == text
    else:
        assert isinstance(found, Signature)
        assert str(found) == text or "(" in text
        assert signature(str(found)) == found


LETTERS = st.text(alphabet="abcHK:,->=_ 1", max_size=14)


@given(LETTERS, st.lists(st.text(alphabet="abcH-> ,1", max_size=5), max_size=3))
def test_no_text_made_of_notation_gives_anything_else(text, depends):
    try:
        found = signature(text, depends=depends)
    except NotationError as error:
        assert str(error)
    else:
        assert signature(str(found), depends=[f"{one}->{two}" for one, two in found.depends]) == found
