"""The text of a term taken apart, in letters and in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symshare.core.terms.pieces import indices_of, legs_of, names_in, parted, pieces, tokens, without

WORDS = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,5}(\+[0-9]{1,2})?|[0-9]{1,3}", fullmatch=True)
LETTERS = st.from_regex(r"[A-Za-z](\+[0-9]{1,2})?|[0-9]|\([0-9]{2,3}\)", fullmatch=True)


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_words_are_parted_by_spaces(words):
    found, stray = tokens(f"({' '.join(words)})")
    assert [word for word, _ in found] == words
    assert stray == -1
    text = f"({' '.join(words)})"
    assert all(text.startswith(word, at) for word, at in found)


@given(st.lists(LETTERS, max_size=5))
def test_letters_stand_side_by_side(letters):
    for place in range(len(letters) - 1):  # after an offset a digit would be one of the offset's
        if "+" in letters[place] and letters[place + 1][0].isdigit():
            letters[place] = letters[place][0]
    if [one[0] for one in letters] == ["("]:
        return
    found, stray = tokens("".join(letters))
    assert [letter for letter, _ in found] == letters
    assert stray == -1


@pytest.mark.parametrize(
    ("piece", "place"),
    [
        ("a-b", 1),
        ("-ab", 0),
        ("ab-", 2),
        ("a b", 1),
        ("(a  b)", 3),
        ("( a)", 1),
        ("(a )", 3),
        ("(a-b c)", 2),
        ("(é)", 1),
    ],
)
def test_what_is_no_index_is_pointed_at(piece, place):
    assert tokens(piece)[1] == place


def test_brackets_are_constant_tensors():
    assert pieces("ar,[T1 rs],as", None) == ([("ar", 0), ("as", 11)], [("[T1 rs]", 3)])
    assert pieces("(a r),[T1 (r s)]", None) == ([("(a r)", 0)], [("[T1 (r s)]", 6)])
    assert pieces("", None) == ([], [])
    assert pieces("", [0]) == ([("", 0)], [])
    assert legs_of("[rst]") == ("", [("r", 1), ("s", 2), ("t", 3)])
    assert legs_of("[T1 (up up2)]") == ("T1", [("up", 5), ("up2", 8)])
    assert [legs_of(text) for text in ("[]", "[(r,s)]", "[()]", "[T1  rs]", "rs")] == [None] * 5
    assert parted("W1:(hidden in)", 5) == ("W1", "(hidden in)", 8)


@pytest.mark.parametrize(
    ("text", "names", "free"),
    [
        ("ab,cb->ac", "a b c b a c", "ab,cb->ac"),
        ("abH,cbH->acH", "a b H c b H a c H", "ab,cb->ac"),
        ("a(10)->a(11)", "a a", "a(10)->a(11)"),
        ("a(10)H->a(11)H", "a H a H", "a(10)->a(11)"),
        ("(hidden Heads)->(hidden)", "hidden Heads hidden", "(hidden)->(hidden)"),
        ("(heads_Q)->(heads_Q)", "heads_Q heads_Q", "(heads_Q)->(heads_Q)"),
        ("(Heads)->(Heads 3)", "Heads Heads", "->(3)"),
        ("W:ab,[T1 rs]->V:a", "a b a", "W:ab,[T1 rs]->V:a"),
    ],
)
def test_latent_axes_are_seen_and_left_out_in_both_forms(text, names, free):
    assert names_in(text) == names.split()
    assert without(text, {"H", "Heads"}) == free
    assert ":" not in indices_of(text)
