"""Names of axes: what kind they are, how they are written, and where they stand in a text."""

import re
from string import ascii_letters, ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symshare.core.notation.names import beside, has_words, is_latent, is_moved, named_few, place_of, spelled

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True)


@given(NAMES)
def test_an_axis_is_latent_or_moved_by_its_first_letter(name):
    assert is_moved(name) == (name[0] in ascii_lowercase)
    assert is_latent(name) != is_moved(name)


@given(st.lists(NAMES, max_size=5))
def test_words_are_spelled_so_that_they_are_told_apart(names):
    text = spelled(names, True)
    assert (text[1:-1].split(" ") if text else []) == names
    assert (text[:1], text[-1:]) == (("(", ")") if names else ("", ""))
    assert has_words([names]) == (max(map(len, names), default=0) > 1)
    assert beside(names) == (text[1:-1] if has_words([names]) else "".join(names))
    assert spelled(names, False) == "".join(names)


@pytest.mark.parametrize(("number", "shown"), [(0, "none"), (3, "a, b, c"), (12, None), (13, ".. (1 more)")])
def test_few_names_are_listed_and_the_others_counted(number, shown):
    found = named_few(reversed(ascii_letters[:number]))
    assert found.startswith("none" if not number else "a")
    assert found == shown or found.endswith(shown or ascii_letters[11])
    assert named_few(f"axis{n:04}" for n in range(2_000)).endswith("(1,988 more)")


SIDES = st.lists(st.lists(NAMES, max_size=4), min_size=1, max_size=3)


@given(SIDES, SIDES, st.booleans(), st.booleans())
def test_the_place_of_an_axis_is_where_its_name_stands(inputs, outputs, words, named):
    if not words:
        inputs, outputs = ([[axis[0] for axis in axes] for axes in side] for side in (inputs, outputs))
    written = [",".join(("T:" if named else "") + spelled(axes, words) for axes in side) for side in (inputs, outputs)]
    text = "->".join(written)
    for number, axes in enumerate((*inputs, *outputs)):
        for place, axis in enumerate(axes):
            at = place_of(text, number, place)
            assert text.startswith(axis, at)
            before = text[:at]
            assert len(re.findall(",|->", before)) == number
