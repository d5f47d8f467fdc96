import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symshare import NotationError, Signature, count, derive, signature, terms
from symshare.core.notation.signature import Tensor

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
    assert [tensor.axes for tensor in found.inputs] == inputs
    assert [tensor.axes for tensor in found.outputs] == outputs
    assert str(found) == text
    assert signature(str(found)) == signature(found) == found


TENSORS = st.lists(
    st.builds(Tensor, st.text(alphabet="abc", max_size=3), st.none() | st.sampled_from(["s", "W", "my_w"])),
    min_size=1,
    max_size=3,
).filter(lambda side: len({one.name for one in side if one.name}) == sum(bool(one.name) for one in side))


@given(TENSORS, TENSORS)
def test_every_signature_with_a_name_or_an_axis_is_read_back(inputs, outputs):
    made = Signature(tuple(inputs), tuple(outputs))
    if str(made) != "->":
        assert signature(str(made)) == made
    assert signature(made) == made


def test_equal_signatures_are_equal_and_hash_equal():
    pairs = [
        (signature("abH"), signature("abH->abH")),
        (signature("abc", depends=["a->b", "b->c"]), signature("abc", depends=["b->c", "a->b"])),
        (signature("abc", depends="a->b,b->c"), signature("abc", depends=("a->b", "b->c", "a->b"))),
        (signature("ab", sizes={"a": 3, "b": 2}), signature("ab", sizes={"b": 2, "a": 3})),
        (signature("ab", axes={"a": "S(3)"}), signature("ab", sizes={"a": 3})),
    ]
    for one, two in pairs:
        assert one == two
        assert hash(one) == hash(two)
        assert pickle.loads(pickle.dumps(one)) == two
    assert signature("ab") != signature("ba")
    assert signature("ab") != signature("ab", depends=["a->b"])
    assert signature("ab") != signature("ab", sizes={"a": 2})


def test_a_signature_is_taken_as_it_is_and_added_to():
    base = signature("ab", depends=["a->b"], sizes={"a": 2})
    assert signature(base) == base
    assert dict(signature(base, sizes={"b": 4}).sizes) == {"a": 2, "b": 4}
    assert dict(signature(base, sizes={"a": 5}).sizes) == {"a": 5}


def test_what_is_left_of_a_signature_without_its_latent_axes_is_taken():
    """One scalar, which has no text of its own."""
    assert count(signature("H").without_latents(), 3) == 1
    assert str(signature("H").without_latents()) == "->"


def test_a_child_hangs_on_the_nearest_parent_to_its_left_else_to_its_right():
    one = signature("abab", depends=["a->b"])
    assert [slot.parent for slot in one.slots(one.inputs[0])] == [-1, 0, -1, 2]
    two = signature("ba", depends=["a->b"])
    assert [slot.parent for slot in two.slots(two.inputs[0])] == [1, -1]


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
    _check(caught.value, problem, place)


DEPENDENCY_MISTAKES = [
    ("ab", ["a-b"], "is a dependency without an arrow", 0),
    ("ab", [""], "is an empty dependency", None),
    ("ab", ["a -> b"], "has a space in it", 1),
    ("abc", ["a->bc"], "does not have one letter on each side", 3),
    ("abc", ["ab->c"], "does not have one letter on each side", 0),
    ("ab", ["a->c"], "names 'c', an unknown axis", 3),
    ("ab", ["z->b"], "names 'z', an unknown axis", 0),
    ("abH", ["a->H"], "names 'H', a latent axis", 3),
    ("abH", ["H->b"], "names 'H', a latent axis", 0),
    ("ab", ["a->1"], "names '1', which is not an axis", 3),
    ("ab", ["a->a"], "makes 'a' depend on itself", 3),
    ("ab", ["a->b", "b->a"], "closes a circle of dependencies", 0),
    ("abc", ["a->b", "b->c", "c->a"], "closes a circle of dependencies", 0),
    ("abc", ["a->c", "b->c"], "gives 'c' a second parent", 0),
    ("W:ab,v:bc->a", ["a->b"], "has 'b' without 'a' in the tensor 'bc'", 7),
    ("ab->b", ["a->b"], "has 'b' without 'a' in the tensor 'b'", 4),
    ("ab", [3], "is not a dependency", 0),
    ("ab", 3, "is not a list of dependencies", 0),
]


@pytest.mark.parametrize(("text", "depends", "problem", "place"), DEPENDENCY_MISTAKES)
def test_each_mistake_in_a_dependency_has_an_error_of_its_own(text, depends, problem, place):
    with pytest.raises(NotationError) as caught:
        signature(text, depends=depends)
    _check(caught.value, problem, place)


SIZE_MISTAKES = [
    ({"c": 3}, "gives a size to 'c', an unknown axis", 0),
    ({"a": 0}, "has the size zero", 2),
    ({"a": -1}, "has a negative size", 2),
    ({"a": 2.5}, "is not a size", 2),
    ({"a": "3"}, "is not a size", 2),
    ({"a": True}, "is not a size", 2),
    ({"a": None}, "is not a size", 2),
]


@pytest.mark.parametrize(("sizes", "problem", "place"), SIZE_MISTAKES)
def test_each_mistake_in_a_size_has_an_error_of_its_own(sizes, problem, place):
    with pytest.raises(NotationError) as caught:
        signature("ab", sizes=sizes)
    _check(caught.value, problem, place)


@pytest.mark.parametrize(
    ("axes", "sizes", "problem", "place"),
    [
        ({"a": "Q"}, None, "names the group 'Q'", 2),
        ({"c": "S"}, None, "names 'c', an unknown axis", 0),
        ({"H": "S"}, None, "gives the latent axis 'H' a group", 0),
        ({"a": "S(3)"}, {"a": 4}, "has 3 values, but the axis has the size 4", 2),
        ({"a": "S(0)"}, None, "has the size zero", 4),
        ({"a": "S(99999999999999)"}, None, "has a size over 999,999,999", 4),
        ({"a": 3}, None, "is not a group", 2),
    ],
)
def test_each_mistake_in_a_group_has_an_error_of_its_own(axes, sizes, problem, place):
    with pytest.raises(NotationError) as caught:
        signature("abH", axes=axes, sizes=sizes)
    _check(caught.value, problem, place)


@pytest.mark.parametrize("name", ["sizes", "axes"])
@pytest.mark.parametrize("value", ["a=3", ["a", 3], 3])
def test_sizes_and_groups_are_mappings(name, value):
    with pytest.raises(NotationError, match=f"is not a mapping from letters to {name}"):
        signature("ab", **{name: value})


@pytest.mark.parametrize("order", [-1, 2.0, 2.5, "2", None, True])
@pytest.mark.parametrize("verb", [derive, count, terms])
def test_an_order_is_a_whole_number(verb, order):
    with pytest.raises(NotationError, match="order"):
        verb("ab", order)


@pytest.mark.parametrize("text", [None, 3, b"ab", ["ab"]])
def test_a_signature_that_is_no_text(text):
    with pytest.raises(NotationError, match="is not a text"):
        signature(text)


def _check(error, problem, place):
    """The message says what is wrong on line one, shows the text on line two, and points and gives the cure on line three."""
    assert error.problem.startswith(problem)
    lines = str(error).split("\n")
    assert problem in lines[0]
    assert error.cure
    assert str(error).endswith(error.cure)
    if place is None:
        assert len(lines) == 2
        return
    assert error.position == place
    assert len(lines) == 3
    shift = max(0, place - 40)
    assert lines[2].index("^") == 2 + place - shift
    if error.text.isprintable() and len(error.text) < 80:
        assert lines[1] == "  " + error.text


@given(st.text())
def test_no_text_gives_anything_but_a_signature_or_a_notation_error(text):
    try:
        found = signature(text)
    except NotationError as error:
        assert error.text == text
    else:
        assert isinstance(found, Signature)
        assert str(found) == text
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
