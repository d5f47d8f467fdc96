"""Names for further indices on an axis."""

from string import ascii_letters

from hypothesis import given
from hypothesis import strategies as st

from symshare.core.terms.index_names import further_letter, further_word

LETTERS = st.sets(st.sampled_from(ascii_letters))
NAMES = st.from_regex(r"[a-c][a-b0-2_]{0,3}", fullmatch=True)


@given(st.sampled_from(ascii_letters), LETTERS)
def test_a_further_letter_is_the_next_that_is_free(letter, taken):
    found = further_letter(letter, taken)
    free = sorted(set(ascii_letters) - taken, key=ascii_letters.index)
    after = [one for one in free if one > letter]
    assert found == (after or free or [""])[0]


@given(NAMES, st.sets(NAMES, max_size=20))
def test_a_further_word_is_the_word_with_a_number_that_nothing_else_has(axis, taken):
    taken |= {axis}
    found = [further_word(axis, taken)]
    found.append(further_word(axis, taken | set(found)))
    assert len({*found, *taken}) == len(taken) + 2
    for name in found:
        assert name.startswith(axis)
        number = name.removeprefix(axis).removeprefix("_")
        assert number.isdigit()
        assert int(number) > 1
        assert axis[-1].isdigit() == name.removeprefix(axis).startswith("_")
