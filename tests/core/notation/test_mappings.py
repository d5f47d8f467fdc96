"""Signatures from the axes of each tensor by its name."""

from collections import OrderedDict
from types import MappingProxyType

import pytest

from symshare import NotationError, signature
from tests.core.notation.mistakes import check_mistake

ALIKE = [
    # the same by name and as text
    ({"W1": ("hidden", "in"), "b1": ("hidden",)}, None, "W1:(hidden in),b1:(hidden)"),
    ({"W": ["a", "b"]}, None, "W:ab"),
    ({"W": ("a", "b"), "s": ()}, {"v": ("a", "H")}, "W:ab,s:->v:aH"),
    ({"s": ()}, {"s": ()}, "s:->s:"),
    (OrderedDict(x=("in",)), MappingProxyType({"x": ("in", "in")}), "x:(in)->x:(in in)"),
]


@pytest.mark.parametrize(("inputs", "outputs", "text"), ALIKE)
def test_tensors_by_name_are_their_text(inputs, outputs, text):
    found = signature(inputs, outputs=outputs)
    assert found == signature(text)
    assert str(found) == str(signature(text))


def test_options_go_with_tensors_by_name():
    found = signature({"W": ("heads", "keys")}, depends="heads->keys", sizes={"heads": 3}, axes={})
    assert found == signature("W:(heads keys)", depends=["heads->keys"], sizes={"heads": 3})
    dual = signature({"W": ("up", "down")}, axes={"up": "GL(2)", "down": "dual(up)"})
    assert dual.base("down") == "up"


MISTAKES = [
    ({}, "has no inputs", 0),
    ({"W": "ab"}, "has axes that are no list of names", 5),
    ({"W": 3}, "has axes that are no list of names", 5),
    ({"W": {"a", "b"}}, "has axes that are no list of names", 5),
    ({"W": ("a", 3)}, "has the axis 3, which is no text", 11),
    ({"W": ("a", "b c")}, "has the axis 'b c'", 12),
    ({"W": ("a", "")}, "has an axis without a name", 12),
    ({"W": ("a)",)}, "has the axis 'a)'", 7),
    ({"W": ("2a",)}, "has the axis '2a'", 7),
    ({"W": ("é",)}, "has the axis 'é'", 7),
    ({3: ("a",)}, "has a tensor whose name is no text", 0),
    ({"": ("a",)}, "has a colon without a name", 1),
    ({"a:b": ("x",)}, "has two colons in one tensor", 2),
    ({"x y": ("x",)}, "has the name 'x y'", 1),
    ({"for": ("x",)}, "has the name 'for', a word of Python", 1),
    ({"W": ("Hidden", "hidden")}, "has 'hidden' beside 'Hidden'", 10),
    ({"W": ("Heads", "Heads")}, "repeats the latent axis 'Heads'", 9),
]


@pytest.mark.parametrize(("tensors", "problem", "place"), MISTAKES)
def test_each_mistake_has_an_error_of_its_own(tensors, problem, place):
    with pytest.raises(NotationError) as caught:
        signature(tensors)
    check_mistake(caught.value, problem, place)
    if tensors:
        with pytest.raises(NotationError) as caught:
            signature({"x": ("a",)}, outputs=tensors)
        assert caught.value.problem.startswith(problem)


@pytest.mark.parametrize(("text", "outputs"), [("ab", {"v": ("a",)}), (signature("ab"), {"v": ("a",)})])
def test_outputs_are_for_inputs_by_name(text, outputs):
    with pytest.raises(NotationError, match="is given outputs beside it"):
        signature(text, outputs=outputs)
    with pytest.raises(NotationError, match="are no outputs by name"):
        signature({"W": ("a",)}, outputs="a")
    with pytest.raises(NotationError, match="has no outputs"):
        signature({"W": ("a",)}, outputs={})
