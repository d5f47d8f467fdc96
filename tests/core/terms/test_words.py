"""Terms in words: sums, repetitions, diagonals, shifts, and the values picked on latent axes."""

import pytest

import symshare
from symshare import derive
from symshare.core.terms.words import words


@pytest.mark.parametrize(
    ("text", "einsum", "expected"),
    [
        ("ab", "->ab", "a constant everywhere"),
        ("aa", "->aa", "a constant on the diagonal"),
        ("a->", "->", "a constant"),
        ("aab", "->aac", "a constant on the diagonal of axes 1, 2"),
        ("ab", "ab->ab", "the input itself"),
        ("ab", "ab->cb", "summed over a, repeated along c"),
        ("aa", "ab->ba", "transposed"),
        ("aa", "aa->aa", "the diagonal, on the diagonal"),
        ("aaa->aaa", "abc->cab", "axes exchanged"),
        ("W:ab,v:b->W:ab", "b->ab", "v: the input itself, repeated along a"),
        ("ab", "ab,ab->ab", ""),
    ],
)
def test_words(text, einsum, expected):
    assert words(symshare.Term.from_einsum(symshare.signature(text), einsum)) == expected


@pytest.mark.parametrize(
    ("text", "axes", "sizes", "einsum", "expected"),
    [
        ("t", {"t": "C(3)"}, {}, "t->t", "the input itself"),
        ("t", {"t": "C(3)"}, {}, "t->t+2", "the input, shifted along t by 2"),
        ("t->tt", {"t": "C(3)"}, {}, "->tt+1", "a constant on the diagonal, shifted along t by 1"),
        ("tt->", {"t": "C(3)"}, {}, "tt+2->", "the diagonal, summed over t, shifted along t by 2"),
        ("tb->bt", {"t": "C(3)"}, {}, "tb->ct+1", "summed over b, repeated along c, shifted along t by 1"),
        (
            "tH",
            {"t": "C(3)"},
            {"H": 2},
            "t0->t+1(1)",
            "the input, shifted along t by 1, read at H = 0, written at H = 1",
        ),
        ("tH", {"t": "C(3)"}, {"H": 2}, "->t1", "a constant everywhere, written at H = 1"),
        ("rrH->", {"r": "O(2)"}, {"H": 2}, "rr1->", "the diagonal, summed over r, read at H = 1"),
        (
            "rrH->",
            {"r": "SO(2)"},
            {"H": 2},
            "rs1,[rs]->",
            "with e2: Levi-Civita symbol, 2 x 2, 2 nonzeros, read at H = 1",
        ),
        ("a,->a", {}, {}, "()->a", "input 1 (a scalar): the input itself, repeated along a"),
        ("a,->a", {}, {}, "a,->b", "input 0 (a), input 1 (a scalar)"),
        ("a,s:->a", {}, {}, "()->a", "s: the input itself, repeated along a"),
    ],
)
def test_words_of_offsets_values_picked_and_scalars(text, axes, sizes, einsum, expected):
    listed = derive(text, einsum.partition("->")[0].count(",") + 1, axes=axes, sizes=sizes)
    assert {words(term) for term in listed if str(term) == einsum} == {expected}


def test_words_of_picked_values_and_of_repeated_letters():
    one = symshare.signature("aH", sizes={"H": 2})
    assert words(symshare.Term.from_einsum(one, "a0->a1")) == "the input itself, read at H = 0, written at H = 1"
    joint = symshare.signature("aa")
    assert words(symshare.Term.from_einsum(joint, "ab->ac")) == "summed over b, repeated along c (axis 2)"
    assert words(symshare.Term.from_einsum(joint, "ab->ca")) == "summed over b, repeated along c (axis 1)"


@pytest.mark.parametrize("text", ["aaa->a", "aab->ba", "ab->bab"])
def test_every_linear_term_says_which_indices_it_sums_and_repeats(text):
    """Read off the einsum string: what stands on the left alone is summed, what stands on the right alone repeated."""
    for term in derive(text, 1).of_order(1):
        left, right = str(term).split("->")
        said = words(term, total="averaged over").split(", ")
        summed = [one for one in dict.fromkeys(left) if one not in right]
        repeated = [one for one in dict.fromkeys(right) if one not in left]
        joined = ", ".join(said)
        assert ("averaged over " + ", ".join(summed) in joined) == bool(summed)
        assert ("repeated along" in joined) == bool(repeated)
        assert all(one in joined.partition("repeated along ")[2] for one in repeated)
        assert said[0].startswith("the diagonal") == (len(set(left)) < len(left))
        assert ("on the diagonal" in joined) == (len(set(right)) < len(right))
        kept = [one for one in dict.fromkeys(left) if one in right]
        exchanged = kept != [one for one in dict.fromkeys(right) if one in left]
        assert ("transposed" in joined or "axes exchanged" in joined) == exchanged


def test_terms_of_the_identity_and_of_all_other_orders():
    assert words(symshare.Term.from_einsum(symshare.signature("aaH"), "aaH->abH")) != "the input itself"
    texts = [words(term) for term in derive("ab", 1).of_order(1)]
    assert len(set(texts)) == len(texts) == 4
    assert texts.count("the input itself") == 1
    assert {words(term) for order in (2, 3) for term in derive("aa", 3).of_order(order)} == {""}


def test_products_around_a_circle_are_correlations():
    listed = {str(term): words(term) for term in derive("t->t", 2, axes={"t": "C(3)"}).of_order(2)}
    assert listed["t,t->t"] == ""
    assert listed["t,t+1->t+2"] == "circular correlation, t by 1, t by 2"


def test_tensors_have_the_numbers_that_reading_takes():
    """`input 1` is the one that `factors=(1,)` and `--factors 1` name."""
    one = symshare.signature("ab,ab->ab")
    for number in (0, 1):
        assert words(symshare.term(one, "ab->ab", factors=(number,))) == f"input {number} (ab): the input itself"
