import pickle
import random

import pytest

from symshare import NotationError, Term, signature, terms


@pytest.mark.parametrize(
    ("text", "depends", "sizes"),
    [
        ("abH", (), None),
        ("aa", (), None),
        ("aHb->bH", (), None),
        ("aab->ba", (), None),
        ("ab", ("a->b",), None),
        ("ab,b->ab", (), None),
        ("aH->", (), {"H": 3}),
        ("aHK->aH", (), {"H": 2, "K": 12}),
        ("a->bb", (), None),
    ],
)
def test_einsum_round_trip(text, depends, sizes):
    one = signature(text, depends=depends, sizes=sizes)
    for order in range(3):
        for term in terms(one, order):
            assert Term.from_einsum(one, term.to_einsum()) == term


def test_round_trip_says_which_tensor_where_axes_do_not():
    one = signature("W:ab,V:ab->W:ab,V:ab")
    for order in range(3):
        for term in terms(one, order):
            again = Term.from_einsum(one, term.to_einsum(), factors=term.factors, output=term.output)
            assert again == term
    with pytest.raises(NotationError, match="may be any of"):
        Term.from_einsum(one, "ab->ab", output=0)


@pytest.mark.parametrize(
    ("text", "one", "two"),
    [
        ("aa", "ab,bc->ac", "xy,zx->zy"),
        ("ab", "ab,cb,cd->ad", "ef,ed,cd->cf"),
        ("aH", "aH,bH->aH", "cH,aH->aH"),
    ],
)
def test_renaming_and_exchange_give_the_same_term(text, one, two):
    first, second = Term.from_einsum(signature(text), one), Term.from_einsum(signature(text), two)
    assert first == second
    assert hash(first) == hash(second)
    assert str(first) == one


def test_ordered_keeps_the_factors_as_written():
    one = signature("aa")
    written = Term.from_einsum(one, "bc,ab->ac", ordered=True)
    assert written != written.canonical()
    assert written.canonical() == Term.from_einsum(one, "ab,bc->ac")


def test_an_index_keeps_the_letter_of_its_axis_where_it_can():
    assert str(Term.from_einsum(signature("W:ba"), "xy->zy")) == "ba->ca"
    assert str(Term.from_einsum(signature("aab"), "xyz->xyz")) == "acb->acb"


def test_the_order_of_terms_is_total_and_documented():
    listed = list(terms("ab,b->ab", 2))
    shuffled = listed.copy()
    random.Random(0).shuffle(shuffled)
    assert sorted(shuffled) == listed
    keys = [
        (t.order, t.output, t.factors, t.factor_latents, t.output_latents, t.factor_indices, t.output_indices)
        for t in listed
    ]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_a_term_is_frozen_and_can_be_pickled():
    term = Term.from_einsum(signature("ab"), "ab->ab")
    with pytest.raises(AttributeError):
        term.output = 3
    assert pickle.loads(pickle.dumps(term)) == term


@pytest.mark.parametrize(
    ("text", "einsum", "problem"),
    [
        ("ab", "ab", "does not have one arrow"),
        ("ab", "ab->ab->ab", "does not have one arrow"),
        ("ab", "abc->ab", "with 3 axes"),
        ("ab", "ab->a", "with 1 axis"),
        ("ab", "ab->ba", "on the axes"),
        ("ab", "a1->ab", "where axis 'b' is"),
        ("ab", "a b->ab", "in it"),
        ("aH", "aK->aH", "where the latent axis 'H' is"),
        ("ab", "ab,,ab->ab", "with 0 axes"),
    ],
)
def test_what_is_no_term_is_refused(text, einsum, problem):
    with pytest.raises(NotationError, match=problem):
        Term.from_einsum(signature(text), einsum)


def test_what_a_dependency_forbids_is_refused():
    """SEEDS: with a->b, `ab,cb->cb` is not allowed; with b->a it is."""
    with pytest.raises(NotationError, match="under two indices of 'a'"):
        Term.from_einsum(signature("ab", depends=["a->b"]), "ab,cb->cb")
    assert str(Term.from_einsum(signature("ab", depends=["b->a"]), "ab,cb->cb")) == "ab,cb->ab"


def test_a_value_beyond_a_latent_axis_is_refused():
    with pytest.raises(NotationError, match="where the latent axis 'H' is"):
        Term.from_einsum(signature("aH->", sizes={"H": 2}), "a2->")
