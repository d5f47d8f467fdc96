"""What stands between tensors, and the names of tensors: alike in letters and in words."""

import pytest

from symshare import NotationError, signature
from symshare.core.notation.strokes import on_two_sides
from tests.core.notation.mistakes import check_mistake

MISTAKES = [
    # what is written in letters, where {} is a tensor, the problem, and its place after the tensor
    ("{}=>{}", "has the arrow '=>'", 0),
    ("{}→{}", "has the arrow '→'", 0),
    ("{}->{}->{}", "has two arrows", None),
    ("{}-{}", "has a '-' without its '>'", 0),
    ("{}>{}", "has a '>' without its '-'", 0),
    ("{}<-{}", "has an arrow that points left", 0),
    ("{};{}", "has a semicolon in it", 0),
    ("{}*{}", "has a '*' in it", 0),
    ("{}...", "has a dot in it", 0),
    ("{}[3]", "has a bracket in it", 0),
    ("{}{{3}}", "has a bracket in it", 0),
    ("{}'", "has a quotation mark in it", 0),
    ("{}+{}", "has the character '+'", 0),
    ("{}ß", "has the character 'ß'", 0),
    ("{}\x00", "has the character", 0),
    ("{},s:,s:->{}", "uses the name 's' twice", 4),
    ("{},:{}", "has a colon without a name", 1),
    ("{},a:b:{}", "has two colons in one tensor", 2),
    ("{},1W:{}", "has the name '1W', which begins with a digit", 1),
    ("{},for:{}", "has the name 'for', a word of Python", 1),
    ("{},_w:{}", "has the name '_w'", 1),
    ("{}, {}", "has a space in it", 1),
    ("{} ,{}", "has a space in it", 0),
]


@pytest.mark.parametrize("tensor", ["ab", "(a b)", "(hidden in)"])
@pytest.mark.parametrize(("form", "problem", "after"), MISTAKES)
def test_a_mistake_beside_tensors_has_the_same_error_in_both_forms(form, problem, after, tensor):
    text = form.format(*[tensor] * 3)
    place = 2 * len(tensor) + 2 if after is None else len(tensor) + after
    with pytest.raises(NotationError) as caught:
        signature(text)
    check_mistake(caught.value, problem, place)


def test_an_arrow_parts_the_sides():
    assert on_two_sides("a->") == ("a", "")
    assert on_two_sides("->a") == ("", "a")
    assert on_two_sides("a") == ("a", None)
    with pytest.raises(NotationError, match="has no axes on either side"):
        on_two_sides("->")
