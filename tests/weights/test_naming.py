"""Words for axes: each once, whatever the case of its letters; those of fixed axes begin in upper case."""

import re

import pytest

from symshare.weights.naming import fresh, named, word


def test_an_axis_is_named_after_the_first_module_that_makes_it():
    axes = [
        ("", [("encoder.fc1.weight", [0]), ("encoder.fc2.weight", [1])]),
        ("", [("encoder.fc2.weight", [0])]),
        ("an input", [("encoder.fc1.weight", [1])]),
    ]
    assert named(axes) == ["fc1", "fc2", "In"]


def test_axes_of_one_module_are_told_apart():
    assert named([("", [("q.weight", [0])]), ("", [("q.weight", [0])]), ("", [("q.bias", [0])])]) == ["q", "q_2", "q_3"]


def test_names_that_differ_in_case_only_are_told_apart():
    found = named([("", [("in.weight", [0])]), ("an input", [("in.weight", [1])])])
    assert len({one.lower() for one in found}) == 2
    assert found[0][0].islower()
    assert found[1][0].isupper()


def test_a_name_that_is_taken_with_its_number_is_passed_over():
    taken = {"a", "a_2"}
    assert fresh("a", taken) == "a_3"
    assert fresh("A_2", taken) == "A_2_2"
    assert taken == {"a", "a_2", "a_3", "a_2_2"}


@pytest.mark.parametrize("name", ["0", "_private", "a b", "é", "x-y", "1.2.3", "", "__"])
def test_whatever_a_weight_is_called_its_word_is_one(name):
    assert re.fullmatch("[A-Za-z][A-Za-z0-9_]*", word(name))
    for why in ("", "an input", "a reason of its own"):
        (found,) = named([(why, [(f"{name}.weight", [0])])])
        assert re.fullmatch("[A-Za-z][A-Za-z0-9_]*", found)
        assert found[0].isupper() == bool(why)
