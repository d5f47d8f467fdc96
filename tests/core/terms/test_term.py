import pickle
import random
import re

import pytest

from symshare import NotationError, Term, derive, signature, terms


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
        ("a,->a", (), None),
        (",a->a,", (), None),
        ("s:->a", (), None),
        ("H,aH->aH", (), None),
        (",H,aK->aH,", (), {"H": 12, "K": 2}),
    ],
)
def test_einsum_round_trip(text, depends, sizes):
    one = signature(text, depends=depends, sizes=sizes)
    for order in range(3):
        for term in terms(one, order):
            assert Term.from_einsum(one, term.to_einsum()) == term


@pytest.mark.parametrize("text", ["a,->a", ",a->a,", "->a", "s:", "a,s:->", "H,aH->aH"])
def test_a_scalar_is_written_unlike_a_constant(text):
    one = signature(text)
    texts = [str(term) for order in range(4) for term in terms(one, order) if term.output == 0]
    assert len(set(texts)) == len(texts)


def _read(text, term):
    """A reader of its own: an offset has all digits that follow its `+`, a value picked one digit or brackets."""
    left, right = text.split("->")
    tensors = [
        *zip(left.split(",") if term.order else [], term.factor_tensors, strict=True),
        (right, term.output_tensor),
    ]
    found = []
    for piece, tensor in tensors:
        for axis in tensor.axes:
            pattern = r"([A-Za-z])(?:\+(\d+))?" if axis.islower() else r"(\d)|\((\d+)\)"
            token = re.match(pattern, piece)
            piece = piece[token.end() :]
            if axis.islower():
                found.append((token[1], int(token[2] or 0)))
            else:
                found.append(int(token[1] or token[2]))
        assert not piece
    return found


def _written(term):
    tied, names = term.offsets(), term.names()
    sides = [
        *zip(term.factor_tensors, term.factor_indices, term.factor_latents, strict=True),
        (term.output_tensor, term.output_indices, term.output_latents),
    ]
    found = []
    for tensor, indices, values in sides:
        indices, values = iter(indices), iter(values)
        for axis in tensor.axes:
            index = next(indices) if axis.islower() else None
            found.append(next(values) if index is None else (names[index], tied.get(index, (index, 0))[1]))
    return found


LATENT_AND_CYCLIC = [
    ("rH->rH", {"r": "C(12)"}, {"H": 2}),
    ("rH->rH", {"r": "C(12)"}, {"H": 12}),
    ("rHK->r", {"r": "C(3)"}, {"H": 11, "K": 2}),
    ("HrK->Kr", {"r": "C(11)"}, {"H": 2, "K": 3}),
    ("rrH->H", {"r": "C(11)"}, {"H": 3}),
    ("arHtK->t", {"r": "C(2)", "t": "C(11)"}, {"H": 2, "K": 2}),
    ("rH,tH->rtH", {"r": "C(3)", "t": "C(11)"}, {"H": 2}),
    ("aHK->aH", {}, {"H": 12, "K": 12}),
]


@pytest.mark.parametrize(("text", "axes", "sizes"), LATENT_AND_CYCLIC)
def test_offsets_and_picked_values_are_told_apart(text, axes, sizes):
    """`r+10` is ten places further; one place further at the value 0 is `r+1(0)`."""
    one = signature(text, axes=axes, sizes=sizes)
    listed = derive(one, 1).terms
    assert len({str(term) for term in listed}) == len(listed)
    for term in listed:
        assert _read(str(term), term) == _written(term)


def test_an_offset_of_ten_is_not_one_beside_the_value_zero():
    listed = {str(term): term for term in derive("rH->rH", 1, axes={"r": "C(12)"}, sizes={"H": 2}).of_order(1)}
    assert listed["r0->r+1(0)"].offsets()[1] == listed["r0->r+1(1)"].offsets()[1] == (0, 1)
    assert listed["r0->r+10(0)"].offsets()[1] == (0, 10)
    assert "r0->r+10" not in listed


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
