"""Terms read back from their text: every one that derive lists, and wrong texts with the place that is wrong."""

import random

import numpy as np
import pytest

import symshare
from symshare import NotationError, SymshareError, TooLargeError, derive, evaluate, pools, signature, term
from tests import zoo

MOST = 2_000


def several_fit(one):
    """Whether a piece of a text may be several tensors of a side by its number of axes."""
    return any(
        len({len(tensor.axes) for tensor in side}) < len(side) for side in (one.inputs, one.outputs) if len(side) > 1
    )


def check(one, orders, *, sample=40, ordered=(False, True)):
    """Text, term, text for the terms of a basis: all of few, a sample of many."""
    number = 0
    for way in ordered:
        for order in orders:
            try:
                listed = derive(one, order, ordered=way, max_terms=MOST).of_order(order)
            except TooLargeError:
                continue
            for found in random.Random(0).sample(listed, min(sample, len(listed))):
                which = {"factors": found.factors, "output": found.output} if several_fit(one) else {}
                read = term(one, str(found), ordered=way, **which)
                assert read == found
                assert str(read) == str(found)
                number += 1
    return number


@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_every_term_beside_other_tensors_is_read_back(family):
    assert sum(check(zoo.signature(text, family), (0, 1, 2)) for text in zoo.BESIDE) > 40


SLOW = {("rrH->H", family) for family in ("SU", "D", "Grid", "Q8")}
"""Null spaces on six slots of four values take half a minute."""


@pytest.mark.parametrize(
    ("text", "family"),
    [(text, one) for text in ("rH->rH", "rrH->H", "arH,H->rH") for one in zoo.FAMILIES if (text, one) not in SLOW],
)
def test_terms_of_order_three_are_read_back(text, family):
    """With channels, and without: then constants may be those of commuting factors."""
    one = zoo.signature(text, family)
    check(one, (3,), sample=12)
    check(one.without_latents(), (3,), sample=12)


@pytest.mark.parametrize(
    ("text", "depends"),
    [
        *((text, ("a->b",)) for text in zoo.NESTED),
        *((text, ("a->b", "b->c")) for text in zoo.TWICE),
        *((text, ()) for text in zoo.PLAIN),
    ],
)
def test_terms_of_set_axes_are_read_back(text, depends):
    assert check(signature(text, depends=depends), (0, 1, 2, 3), sample=25)


MIXED = [
    ("rH->rH", {"r": "C(12)"}, {"H": 2}),
    ("rH->rH", {"r": "C(12)"}, {"H": 12}),
    ("HrK->Kr", {"r": "C(11)"}, {"H": 2, "K": 3}),
    ("arHtK->t", {"r": "C(2)", "t": "C(11)"}, {"H": 2, "K": 2}),
    ("aHK->aH", {}, {"H": 12, "K": 12}),
    ("rHK->rK", {"r": "SO(3)"}, {"H": 11}),
    ("rsH->rsH", {"r": "D(3)", "s": "Scale(1,2)"}, {}),
    ("rsH->rsH", {"r": "SU(2)", "s": "SU(2)"}, {}),
    ("trH->trH", {"t": "C(3)", "r": "Trivial(2)"}, {}),
    ("r->rr", {"r": "SO(1,1)"}, {}),
    ("rr->r", {"r": "SO+(1,2)"}, {}),
    ("rs->rs", {"r": "SL(2)", "s": "dual(r)"}, {}),
    ("tu->tu", {"t": "C(3)", "u": "dual(t)"}, {}),
    ("ts->t", {"t": "C(3)", "s": "C(4)"}, {}),
    # no channels: tensors for products of equal factors only
    ("r->r", {"r": "PlaneC(7)"}, {}),
    ("rr->r", {"r": "Cube"}, {}),
    (",a,r->r,", {"r": "O(2)"}, {}),
]


@pytest.mark.parametrize(("text", "axes", "sizes"), MIXED)
def test_values_offsets_and_constants_side_by_side_are_read_back(text, axes, sizes):
    assert check(signature(text, axes=axes, sizes=sizes), (0, 1, 2), sample=60)


def test_tensors_for_products_of_many_equal_factors_are_read_back():
    """Beyond a thousand places a null space of commuting monomials: its T1, T2 are other tensors than those kept apart."""
    one = signature("r->r", axes={"r": "Cube"})
    assert check(one, (5, 6), ordered=(False,))
    one = signature("t->", axes={"t": "D(4)"})
    assert check(one, (5, 6), ordered=(False,))


def test_constants_that_are_floats_are_found_again():
    turn = [[float(np.cos(1)), -float(np.sin(1))], [float(np.sin(1)), float(np.cos(1))]]
    given = symshare.generators_from({"sizes": {"r": 2}, "generator": [{"r": turn}]})
    assert check(signature("rH->rH", axes=given), (0, 1), ordered=(False,))
    with pytest.raises(NotationError, match="does not commute"):
        term("rr->r", "rs->r", axes=given)


def drawn(seed):
    """A random signature: one to three tensors over set axes, one list under another, and one or two other groups."""
    source = random.Random(seed)
    groups = {"r": source.choice(["SO(3)", "O(2)", "D(3)", "C(4)", "Sp(2)", "B(2)", "SU(2)", "Trivial(2)", "Lorentz"])}
    letters = ["a", "b", "r", source.choice("art")]
    if "t" in letters:
        groups["t"] = source.choice(["C(3)", "SO(2)", "Scale(1,1)"])

    def tensor():
        axes = source.choices(letters, k=source.choice([0, 1, 1, 2, 2, 3]))
        return "".join(axes)

    number = source.choice([1, 1, 2])
    latent = source.choice(["", "H", "H"])
    depends = ()
    while True:
        inputs = [tensor() + latent for _ in range(number)]
        outputs = [tensor() + latent for _ in range(source.choice([1, 1, 2]))]
        text = ",".join(inputs) + "->" + ",".join(outputs)
        if text.strip(",->"):
            break
    if all("a" in piece for piece in (*inputs, *outputs) if "b" in piece) and "b" in text and source.random() < 0.5:
        depends = ("a->b",)
    used = {letter: group for letter, group in groups.items() if letter in text}
    sizes = {"H": 2} if latent and source.random() < 0.3 else {}
    return signature(text, depends=depends, axes=used, sizes=sizes)


@pytest.mark.parametrize("seed", range(60))
def test_terms_of_random_signatures_are_read_back(seed):
    check(drawn(seed), (0, 1, 2), sample=12)


@pytest.mark.parametrize("family", ["O3", "SO3", "SO(p,q)", "Sp", "C", "B", "D", "SU", "Trivial", "SL", "two"])
def test_factors_in_any_order_are_the_same_term(family):
    """Also with other letters: indices are named anew."""
    one = zoo.signature("arH->arH", family)
    listed = derive(one, 2, max_terms=MOST).of_order(2)
    for found in random.Random(1).sample(listed, min(12, len(listed))):
        left, right = str(found).split("->")
        first, second, *constants = left.split(",")
        text = ",".join([second, first, *constants]) + "->" + right
        assert term(one, text) == found


@pytest.mark.parametrize("family", ["O3", "SO3", "C", "D", "SU", "S"])
def test_channels_may_be_left_out(family):
    one = zoo.signature("arH->arH", family)
    for found in derive(one, 2, max_terms=MOST):
        assert term(one, str(found).replace("H", "")) == found


def test_what_other_commands_print_is_read_back():
    found = pools("abH", 3)
    assert all(term(found.signature, str(one)) == one for one in found)
    steps = symshare.explain("abH", "ab,cb,cd,ad->ad").steps
    assert all(term("abH", str(step.pooling)) == step.pooling for step in steps)
    basis = derive("ar", 1, axes={"r": "SU(2)"})
    assert all(term(basis.signature, text).to_einsum() == text for _, text in symshare.plan(basis).lines())
    invariants = derive("aa->", 2, sizes={"a": 2})
    (x,) = symshare.entries(invariants)
    assert all(term(invariants.signature, str(one)) == one for one, _ in symshare.series(x.det(), invariants))


def test_names_tell_tensors_with_equally_many_axes():
    one = signature("W:ab,V:ab->W:ab,V:ab")
    assert term(one, "V:ab,W:cb->V:cb") == term(one, "cb,ab->cb", factors=(0, 1), output=1)
    assert term(one, "V:ab,W:cb->W:cb") != term(one, "V:ab,W:cb->V:cb")
    assert term("W:ab,v:b->W:ab", "v:b->ab") == term("W:ab,v:b->W:ab", "b->ab")


def test_letters_tell_tensors_where_one_choice_alone_is_printed_so():
    one = signature("aaH,abH,bH->aH")
    texts = {"acH->aH": (0,), "abH->aH": (1,), "acH,abH->aH": (0, 1)}
    for text, factors in texts.items():
        assert term(one, text).factors == factors
        assert str(term(one, text)) == text


def test_a_text_means_what_numpy_computes():
    x, y = np.random.default_rng(0).integers(-5, 6, size=(2, 4, 3))
    cross = term("ar", "ar,as,[rst]->at", axes={"r": "SO(3)"}, ordered=True)
    assert np.array_equal(evaluate(cross, x, y), np.cross(x, y))
    turned = term("t", "t,t+1->t", axes={"t": "C(3)"}, ordered=True)
    assert np.array_equal(evaluate(turned, x[0], y[0]), x[0] * np.roll(y[0], -1))
    metric = term("r->", "r,s,[rs]->", axes={"r": "O(1,2)"})
    assert evaluate(metric, x[0], y[0]) == x[0, 0] * y[0, 0] - x[0, 1] * y[0, 1] - x[0, 2] * y[0, 2]
    picked = term("rH->r", "r0->r", axes={"r": "O(3)"}, sizes={"H": 2})
    assert np.array_equal(evaluate(picked, x.T[:, :2]), x.T[:, 0])


SO = {"r": "SO(3)"}
WRONG = [
    # signature, text, axes, what is said, and where: the first wrong character
    ("arH->arH", "arH,asH->atH", SO, "does not commute with r=SO(3)", 1),
    ("arH->arH", "arH,asH,[rsu]->atH", SO, "has the index 'u' in brackets only", 11),
    ("arH->arH", "arH,asH,[rrt]->atH", SO, "has the index 'r' twice in brackets", 10),
    ("arH->arH", "arH,asH,[rs]->atH", SO, "has '[rs]', where SO(3) has no constant tensor", 8),
    ("arH->arH", "arH,asH,[ars]->atH", SO, "has a constant tensor on the axes 'arr'", 8),
    ("arH->arH", "arH,asH,[rst->atH", SO, "has '[rst', which is no constant tensor", 8),
    ("arH->arH", "arH,asH,[e4 rst]->atH", SO, "has '[e4 rst]', where SO(3) has e3", 8),
    ("arH->arH", "arH,asH,[]->atH", SO, "has '[]', which is no constant tensor", 8),
    ("arH->arH", "arH,asH,[rst]->at H", SO, "has ' ' in it", 17),
    ("arH->arH", "arH,raH->arH", SO, "has 'r' on the axes", 4),
    ("arH->arH", "ar+1H->arH", SO, "which is not cyclic", 2),
    ("rH->rH", "r,s,[rst]->t", {"r": "O(3)"}, "where O(3) has no constant tensor", 4),
    ("rH->rH", "r,s->t", {"r": "O(3)"}, "does not commute with r=O(3)", 0),
    ("aarH->aH", "abr->a", {"r": "B(2)"}, "does not commute with r=B(2)", 2),
    ("rH->rH", "r,[T2 sr]->s", {"r": "D(4)"}, "has '[T2 sr]', where D(4) has T1", 2),
    ("rH->rH", "r,[rs]->s", {"r": "SU(2)"}, "has '[rs]', where SU(2) has T1, T2, T3", 2),
    ("r->", "r,[at5 r]->", {"r": "Trivial(2)"}, "where Trivial(2) has at0, at1", 2),
    ("rr->", "rs,[rs]->", {"r": "SO(1,1)"}, "where SO(1,1) has g11, e2", 3),
    ("rs->r", "rs->r", {"r": "GL(2)", "s": "GL(2)"}, "does not commute with s=GL(2)", 1),
    ("t->t", "t->t+4", {"t": "C(4)"}, "has 't+4' on the axis 't' of 4 places", 4),
    ("t->t", "t->t+00000000000004", {"t": "C(4)"}, "of 4 places", 4),
    ("t->t", "t->t+" + "9" * 5_000, {"t": "C(4)"}, "write an offset below 4", 4),
    ("tr->t", "tt->t", {"t": "C(4)", "r": "O(2)"}, "has 't' on the axes", 1),
    ("tH->tH", "t0->tH", {"t": "C(4)"}, "where the latent axis 'H' is", 1),
    ("ab", "ab,[ab]->ab", {}, "has a constant tensor", 3),
    ("ab", "ab+1->ab", {}, "which is not cyclic", 2),
    ("ab", "ab->ab->ab", {}, "does not have one arrow", 0),
    ("ab", "abc->ab", {}, "with 3 axes", 0),
    ("r", "", SO, "does not have one arrow", 0),
    ("r", 3, SO, "is not a text", 0),
    ("W:ab,V:ab->W:ab", "W:ab,cb->cb", {}, "has 'cb', which may be any of 'W:ab,V:ab'", 5),
    ("W:ab,V:ab->W:ab", "X:ab->ab", {}, "has the name 'X'", 0),
    ("a,b->a,b", "a,b->c", {}, "has 'c', which may be any of 'a,b'", 5),
]


@pytest.mark.parametrize(("text", "written", "axes", "said", "place"), WRONG)
def test_wrong_texts_are_answered_with_the_place(text, written, axes, said, place):
    with pytest.raises(NotationError) as caught:
        term(text, written, axes=axes)
    assert said in str(caught.value)
    assert caught.value.position == place
    assert len(str(caught.value).splitlines()) == 3 or not written


def test_exchanges_that_are_too_many_are_refused():
    one = signature("r->", axes={"r": "Sp(2)"})
    pairs = ",".join("cdefghijklmnopquvwxyz"[place] for place in range(10))
    forms = ",".join(f"[{pairs[4 * place]}{pairs[4 * place + 2]}]" for place in range(5))
    with pytest.raises(TooLargeError, match="exchanges of equal factors"):
        term(one, f"{pairs},{forms}->")
    assert term(one, f"{pairs},{forms}->", ordered=True).order == 10


@pytest.mark.parametrize("family", ["SO3", "SO(p,q)", "C", "D", "S"])
def test_a_basis_takes_the_same_texts(family):
    basis = derive(zoo.signature("arH->arH", family), 2, max_terms=MOST)
    named = random.Random(2).sample(basis.of_order(2), 4)
    for found in named:
        left, right = str(found).split("->")
        first, second, *constants = left.split(",")
        assert basis.only(",".join([second, first, *constants]) + "->" + right).of_order(2) == (found,)
    with pytest.raises(SymshareError):
        basis.only("arH,asH,[T9 rs]->arH")
