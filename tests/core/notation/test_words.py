"""Signatures whose axes are words: read, written, equal to those in letters, and refused with the place."""

import subprocess
import sys
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symshare import NotationError, Signature, count, signature
from symshare.core.notation.tensor import Tensor
from tests import zoo
from tests.core.notation.mistakes import check_mistake

# what is written, a piece of the problem, the place of the caret
MISTAKES = [
    ("()", "has empty parentheses", 0),
    ("W:( )", "has empty parentheses", 2),
    ("(hidden in),()->(in)", "has empty parentheses", 12),
    ("(hidden in", "has a '(' without its ')'", 0),
    ("(hidden),(in", "has a '(' without its ')'", 9),
    ("hidden in)", "has a ')' without its '('", 9),
    ("(hidden))", "has a ')' without its '('", 8),
    ("((hidden) in)", "has a '(' within parentheses", 1),
    ("(hidden,(in))", "has a '(' within parentheses", 8),
    ("(hidden, in)", "has a comma within parentheses", 7),
    ("(hidden,in)", "has a comma within parentheses", 7),
    ("(W:hidden)", "has a colon within parentheses", 2),
    ("(hidden->in)", "has an arrow within parentheses", 7),
    ("(hidden  in)", "has a space too many in it", 8),
    ("( hidden)", "has a space too many in it", 1),
    ("(hidden )", "has a space too many in it", 7),
    ("(hidden\tin)", "has a tab in it", 7),
    ("(hidden\nin)", "has a line break in it", 7),
    ("(hidden)\u00a0", "has white space in it", 8),
    ("(1st in)", "has the axis '1st', which begins with a digit", 1),
    ("(in _hidden)", "has the axis '_hidden', which begins with an underscore", 4),
    ("(hidden=3)", "has the character '='", 7),
    ("(hidden-in)", "has a '-' without its '>'", 7),
    ("(hidd\u00e9n)", "has the character 'é'", 5),
    ("(hidden in),b", "has 'b' without parentheses beside tensors in them", 12),
    ("ab->(a b)", "has 'ab' without parentheses beside tensors in them", 0),
    ("(a),v:bc", "has 'bc' without parentheses beside tensors in them", 6),
    ("W1(hidden in)", "has a bracket in it right after 'W1'", 2),
    ("a(3)b", "has a bracket in it right after 'a'", 1),
    ("(a b)(c)", "has '(c)' right after a tensor", 5),
    ("(a b)c", "has 'c' right after a tensor", 5),
    ("(a b)(c d)", "has '(c d)' right after a tensor", 5),
    ("(a b) (c)", "has ' (c)' right after a tensor", 5),
    ("W:(a b)v:(c d)", "has 'v:(c d)' right after a tensor", 7),
    ("(a b) c d", "has ' c d' right after a tensor", 5),
    ("(hidden in),(Hidden)", "has 'Hidden' beside 'hidden'", 13),
    ("(hidden)->(hiDDen)", "has 'hiDDen' beside 'hidden'", 11),
    ("(in Heads in Heads)", "repeats the latent axis 'Heads'", 13),
    ("(H H)", "repeats the latent axis 'H'", 3),
    ("(a),x y:(b)", "has a space in it", 5),
]


@pytest.mark.parametrize(("text", "problem", "place"), MISTAKES)
def test_each_mistake_in_words_has_an_error_of_its_own(text, problem, place):
    with pytest.raises(NotationError) as caught:
        signature(text)
    check_mistake(caught.value, problem, place)


@pytest.mark.parametrize(("text", "problem", "place"), MISTAKES)
def test_a_mistake_after_a_megabyte_is_shown_with_what_stands_around_it(text, problem, place):
    start = ",".join(f"T{number}:(row{number} column)" for number in range(40_000)) + ","
    with pytest.raises(NotationError) as caught:
        signature(start + text)
    assert len(str(caught.value)) < 700
    if "parentheses" not in problem and "'('" not in problem and "')'" not in problem:
        assert caught.value.position == len(start) + place
        line, marked = str(caught.value).splitlines()[1:]
        at = marked.index("^")
        assert line[at:][:1].strip(" ") == text[place].strip() or not text[place].isprintable()


@pytest.mark.parametrize("name", ["2", "2a", "_w", "for", "lambda", "W1"])
def test_what_is_to_be_written_in_place_of_a_name_without_its_colon_can_be_read(name):
    with pytest.raises(NotationError) as caught:
        signature(f"{name}(hidden in)")
    cure = str(caught.value).split("has a colon: '")[1].split("'")[0]
    assert [axis for tensor in signature(cure).inputs for axis in tensor.axes] == ["hidden", "in"]


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,6}", fullmatch=True)
TENSORS = st.lists(st.tuples(st.none() | st.sampled_from(["W", "b1", "my_w"]), st.lists(NAMES, max_size=3)), max_size=4)


def is_plain(sides):
    """Whether names of tensors, of latent axes and the case of names leave nothing to object to."""
    axes = {axis for side in sides for _, own in side for axis in own}
    alike = len({axis.lower() for axis in axes if len(axis) > 1}) == len({axis for axis in axes if len(axis) > 1})
    once = all(own.count(axis) == 1 for side in sides for _, own in side for axis in own if axis[0].isupper())
    named = [[name for name, _ in side if name] for side in sides]
    return alike and once and all(len(set(names)) == len(names) for names in named)


@given(TENSORS, TENSORS)
def test_every_signature_is_read_back_from_its_text(left, right):
    sides = [left, right]
    if not is_plain(sides):
        return
    made = Signature(*(tuple(Tensor(tuple(axes), name) for name, axes in side or [(None, [])]) for side in sides))
    if str(made) == "->":
        return
    assert signature(str(made)) == made
    assert str(signature(str(made))) == str(made)
    assert hash(signature(str(made))) == hash(made)
    words = any(len(axis) > 1 for tensor in made for axis in tensor.axes)
    assert made.words == words == ("(" in str(made))


@given(TENSORS, TENSORS)
def test_letters_in_parentheses_are_the_letters(left, right):
    sides = [[(name, [axis[0] for axis in axes]) for name, axes in side] for side in (left, right)]
    if not is_plain(sides) or not any(axes for side in sides for _, axes in side):
        return

    def written(form):
        texts = [",".join((f"{name}:" if name else "") + form(axes) for name, axes in side) for side in sides]
        return "->".join(texts)

    plain = signature(written("".join))
    spaced = signature(written(lambda axes: f"({' '.join(axes)})" if axes else ""))
    assert plain == spaced
    assert hash(plain) == hash(spaced)
    assert str(plain) == str(spaced)


@given(st.text(alphabet="abH1 ()_,:->=", max_size=24), st.lists(st.text(alphabet="ab1H-> ,_", max_size=7), max_size=2))
def test_no_text_gives_anything_but_a_signature_or_a_notation_error(text, depends):
    try:
        found = signature(text, depends=depends)
    except NotationError as error:
        assert str(error)
        assert len(str(error).splitlines()) <= 3
    else:
        again = signature(str(found), depends=[f"{one}->{two}" for one, two in found.depends])
        assert again == found


@pytest.mark.parametrize("text", [*zoo.PLAIN, *zoo.NESTED, *zoo.TWICE, *zoo.BESIDE, "a,->a", "s:->s:", ",->a", "a->"])
def test_words_in_place_of_letters_change_the_names_only(text):
    plain, words = signature(text), signature(zoo.worded(text))
    assert [[zoo.WORDS[axis] for axis in tensor.axes] for tensor in plain] == [list(tensor.axes) for tensor in words]
    assert [tensor.name for tensor in plain] == [tensor.name for tensor in words]
    assert [zoo.WORDS[axis] for axis in plain.set_axes] == list(words.set_axes)
    assert [zoo.WORDS[axis] for axis in plain.latent_axes] == list(words.latent_axes)
    assert str(words) == zoo.worded(text)


DEPENDENCIES = [
    (["hidden"], "is a dependency without an arrow", 0),
    (["hidden->"], "does not have one axis on each side", 7),
    (["->in"], "does not have one axis on each side", 0),
    (["hidden -> in"], "has a space in it", 6),
    (["hidden->inn"], "names 'inn', an unknown axis", 8),
    (["hid->in"], "names 'hid', an unknown axis", 0),
    (["hidden->hidden"], "makes 'hidden' depend on itself", 8),
    (["hidden->2in"], "names '2in', which is not an axis", 8),
    (["hidden->in", "in->hidden"], "closes a circle of dependencies", 0),
    (["out->in", "hidden->in"], "gives 'in' a second parent", 0),
    (["in->hidden"], "has 'hidden' without 'in' in the tensor '(hidden out)'", 17),
]


@pytest.mark.parametrize(("depends", "problem", "place"), DEPENDENCIES)
def test_each_mistake_in_a_dependency_of_words_has_an_error_of_its_own(depends, problem, place):
    with pytest.raises(NotationError) as caught:
        signature("W:(hidden in),v:(hidden out)", depends=depends)
    check_mistake(caught.value, problem, place)


@pytest.mark.parametrize(
    ("axes", "sizes", "problem", "place"),
    [
        ({"hidden": "Q"}, {}, "names the group 'Q'", 7),
        ({"hid": "S"}, {}, "names 'hid', an unknown axis", 0),
        ({"Heads": "S"}, {}, "gives the latent axis 'Heads' a group", 0),
        ({"hidden": 3}, {}, "is not a group", 7),
        ({"hidden": "S(3)"}, {"hidden": 4}, "has 3 values, but the axis has the size 4", 7),
        ({"in": "dual(hid)"}, {}, "is the dual of 'hid', which is no other axis", 8),
        ({"in": "dual(hidden)"}, {}, "is the dual of 'hidden', a set axis", 8),
        ({"in": "dual()"}, {}, "does not name one axis", 3),
        ({}, {"hid": 3}, "gives a size to 'hid', an unknown axis", 0),
        ({}, {"hidden": 0}, "has the size zero", 7),
        ({}, {"hidden": 2.5}, "is not a size", 7),
    ],
)
def test_each_mistake_in_a_group_or_size_of_words_has_an_error_of_its_own(axes, sizes, problem, place):
    with pytest.raises(NotationError) as caught:
        signature("(hidden in Heads)", axes=axes, sizes=sizes)
    check_mistake(caught.value, problem, place)


def test_a_thousand_axes_in_a_megabyte_are_read_in_time():
    """A multilayer perceptron with very many layers; twice as long a text takes about twice as long."""
    layers = [f"layer_{number:07}" for number in range(24_000)]
    text = ",".join(f"W{n}:({one} {two})" for n, (one, two) in enumerate(pairwise(layers)))
    assert len(text) > 800_000
    start = time.process_time()
    found = signature(text)
    assert time.process_time() - start < 20
    assert found.set_axes == tuple(layers)
    assert str(found) == text


def test_counts_and_terms_of_a_thousand_axes():
    """Pairs of different layers share no axis, or one: 1 + ... by hand for a chain of matrices, each layer permuted."""
    names = [f"n{number}" for number in range(41)]
    text = ",".join(f"({one} {two})" for one, two in pairwise(names))
    # equal matrices share two axes, neighbours one: 4, 2 and 1 terms
    assert count(text, 1) == 4 * 40 + 2 * 2 * 39 + (40 * 40 - 40 - 2 * 39)
    assert count(text, 0) == 40


def test_reading_words_loads_nothing_heavy():
    code = "import symshare, sys; symshare.derive('(hidden in)', 1)"
    code += "; print([name for name in ('torch', 'sympy', 'numpy', 'scipy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
