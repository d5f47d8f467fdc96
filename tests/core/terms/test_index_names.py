"""Names for further indices on an axis."""

from string import ascii_letters

from hypothesis import given
from hypothesis import strategies as st

from symshare.core.terms.index_names import further_letter, further_word, index_names

LETTERS = st.sets(st.sampled_from(ascii_letters))
NAMES = st.from_regex(r"[a-c][a-b0-2_]{0,3}", fullmatch=True)


@given(st.sampled_from(ascii_letters), LETTERS)
def test_a_further_letter_is_the_next_that_is_free(letter, taken):
    found = further_letter(letter, taken)
    free = sorted(set(ascii_letters) - taken, key=ascii_letters.index)
    alike = [one for one in free if one.isupper() == letter.isupper()] or free
    after = [one for one in alike if one > letter]
    assert found == (after or alike or [""])[0]


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


@given(st.lists(NAMES, max_size=8), st.sets(NAMES, max_size=8), st.data())
def test_each_index_has_a_name_of_its_own_unless_it_is_tied(axes, others, data):
    tied = {}
    for index in range(1, len(axes)):
        first = data.draw(st.sampled_from([index, *(one for one in range(index) if axes[one] == axes[index])]))
        tied |= {index: tied.get(first, first)}
    found = index_names(axes, tied, others | set(axes), words=True)
    own = [index for index in range(len(axes)) if tied.get(index, index) == index]
    assert len({found[index] for index in own}) == len(own)
    assert all(found[index] == found[first] for index, first in tied.items())
    assert [found[index] for index in own if axes[index] not in axes[:index]] == list(dict.fromkeys(axes))
    assert not set(found) & (others - set(axes))


def test_letters_end():
    assert index_names(["a"] * 53, {}, ["a"], words=False)[50:] == ("Y", "Z", "")
