"""A term's text with its channels or without: every option that takes a term reads both, and refuses a mixture."""

import dataclasses
import re
import shlex
from functools import cache

import numpy as np
import pytest
from click.testing import CliRunner
from symshare_cli.main import main

import symshare
from symshare import NotationError, SymshareError, Term, derive, pools
from symshare.core.terms.channels import read_either
from tests import zoo

PLAIN = [(text, ()) for text in zoo.PLAIN if ":" not in text]
NESTED = [(text, ("a->b",)) for text in zoo.NESTED] + [(text, ("a->b", "b->c")) for text in zoo.TWICE]
GROUPED = [(family, text) for family in zoo.FAMILIES for text in ("rH->rH", "rH,H->rH", "arH->arH")]


def bare(text):
    """A printed term without its latent axis H, by hand; a scalar alone is `()`."""
    left, _, right = text.partition("->")
    inner = left.replace("H", "")
    return ("()" if left and not inner else inner) + "->" + right.replace("H", "")


@cache
def terms_of(text, depends=(), family=None):
    one = zoo.signature(text, family, depends) if family else symshare.signature(text, depends=depends)
    order = 1 if family or len(text) > 14 else 2
    return one, derive(one, order)


@pytest.mark.parametrize(("text", "depends"), PLAIN + NESTED)
def test_both_forms_are_one_term(text, depends):
    one, basis = terms_of(text, depends)
    for term in basis:
        for written in (str(term), bare(str(term))):
            given = {"factors": term.factors, "output": term.output}
            assert symshare.term(one, written, **given) == Term.from_einsum(one, written, **given) == term


@pytest.mark.parametrize(("family", "text"), GROUPED)
def test_both_forms_are_one_term_under_every_group(family, text):
    one, basis = terms_of(text, (), family)
    for term in basis.terms[:60]:
        for written in (str(term), bare(str(term))):
            assert symshare.term(one, written, factors=term.factors, output=term.output) == term


@pytest.mark.parametrize(("text", "depends"), PLAIN + NESTED)
def test_both_forms_are_one_term_in_words(text, depends):
    one = zoo.in_words(symshare.signature(text, depends=depends))
    for term in derive(one, 1 if len(text) > 14 else 2):
        free = re.sub(r" ?Heads\)", ")", str(term)).replace("()", "")
        free = "()" + free if free.startswith("->") and term.order else free
        for written in (str(term), free):
            given = {"factors": term.factors, "output": term.output}
            assert symshare.term(one, written, **given) == Term.from_einsum(one, written, **given) == term


def test_a_mixture_in_words_is_refused_with_both_forms():
    with pytest.raises(NotationError) as caught:
        symshare.term("(in out Heads)", "(in out Heads),(in2 out)->(in out Heads)")
    assert caught.value.problem == "leaves out the latent axis 'Heads' in one place and not in another"
    assert caught.value.position == 15
    whole, plain = "(in out Heads),(in2 out Heads)->(in out Heads)", "(in out),(in2 out)->(in out)"
    assert caught.value.cure == f"write {whole!r}, or {plain!r}"
    assert symshare.term("(in out Heads)", whole) == symshare.term("(in out Heads)", plain)


@pytest.mark.parametrize("text", ["abH->abH", "adj:aaH,nodes:aH->nodes:aH", "aH,H->aH,H", "abHK->abKH"])
def test_what_is_printed_is_read_without_help(text):
    for term in derive(text, 2):
        assert symshare.term(text, str(term)) == term


def test_the_form_with_channels_comes_first_where_both_could_be_meant():
    assert symshare.term("aH,a->a", "a->a").factors == (1,)
    assert symshare.term("aH,a->a", "aH->a").factors == (0,)


FORMS = ("ab,cb,cd->ad", "abH,cbH,cdH->adH")


def network(only):
    return symshare.emit(symshare.network("abH->aH", 3, poolings=[only], width=4, depth=1))


def run(*words):
    done = CliRunner().invoke(main, words)
    return done.stdout if done.exit_code == 0 else (done.exit_code, done.stderr)


X = np.arange(6).reshape(2, 3, 1)
TAKERS = {
    # whatever takes a term, for abH of order 3
    "term": lambda one: symshare.term("abH", one),
    "Term.from_einsum": lambda one: Term.from_einsum(symshare.signature("abH"), one),
    "Basis.only": lambda one: derive("abH", 3).only(one).terms,
    "PoolingSet.only": lambda one: tuple(pools("abH", 2).only(one)),
    "explain": lambda one: str(symshare.explain("abH", one)),
    "evaluate": lambda one: symshare.evaluate(one, X, X, X, symmetry="abH").tolist(),
    "cost": lambda one: str(symshare.cost(one, symmetry="abH")),
    "plan": lambda one: str(symshare.plan("abH", order=3, only=[one])),
    "plan, one text": lambda one: str(symshare.plan("abH", order=3, only=one)),
    "plan, a basis": lambda one: str(symshare.plan(derive("abH", 3), only=[one])),
    "plan, poolings": lambda one: str(symshare.plan(pools("abH", 3), only=[one])),
    "emit": lambda one: symshare.emit("abH", order=3, only=[one]),
    "emit, poolings": lambda one: symshare.emit("abH", order=3, kind="pooling", only=[one]),
    "compile": lambda one: type(symshare.nn.compile("abH", 2, 3, order=3, only=[one])),
    "costs": lambda one: symshare.costs("abH", order=3, only=[one]).totals(),
    "network": network,
    "EinNet": lambda one: type(symshare.nn.EinNet("abH->aH", 2, 3, width=4, depth=1, poolings=[one])),
    "coordinates": lambda one: coordinates()[one],
    "symshare emit --only": lambda one: run("emit", "-s", "abH", "-k", "3", "--only", one),
    "symshare emit --kind pooling --only": lambda one: run(
        "emit", "-s", "abH", "-k", "3", "--kind", "pooling", "--only", one
    ),
    "symshare emit --network --only": lambda one: run("emit", "-s", "abH", "--network", "einnet", "--only", one),
    "symshare plan --only": lambda one: run("plan", "-s", "abH", "-k", "3", "--only", one),
    "symshare explain": lambda one: run("explain", one, "-s", "abH"),
}
WRONG = {
    # a text that is none, and the words of the error
    "channels on some": ("abH,cb,cd->adH", "leaves out the latent axis 'H' in one place and not in another"),
    "channels on all but the output": ("abH,cbH,cdH->ad", "leaves out the latent axis 'H'"),
    "channels on the output alone": ("ab,cb,cd->adH", "leaves out the latent axis 'H'"),
    "another letter": ("abK,cbK,cdK->adK", "has 'K' where the latent axis 'H' is"),
    "another letter on some": ("abH,cbK,cdH->adH", "has 'K' where the latent axis 'H' is"),
    "a small letter": ("abh,cbh,cdh->adh", "has 'h' where the latent axis 'H' is"),
    "another place": ("aHb,cHb,cHd->aHd", "where the latent axis 'H' is"),
    "once more": ("abHH,cbHH,cdHH->adHH", "with 4 axes"),
}


@cache
def coordinates():
    basis = derive("abH", 3, sizes={"a": 2, "b": 2}).only(*FORMS)
    (X,) = symshare.entries(basis)
    return symshare.series(list(X @ X.T @ X), basis)


@pytest.mark.parametrize("name", TAKERS)
def test_every_option_takes_both_forms(name):
    one, two = map(TAKERS[name], FORMS)
    assert one == two
    assert not isinstance(one, tuple) or one[0] != 2, one


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", TAKERS)
def test_every_option_refuses_a_mixture_and_other_letters(name, wrong):
    text, said = WRONG[wrong]
    if name.startswith("symshare "):
        code, error = TAKERS[name](text)
        assert code == 2
    else:
        with pytest.raises(NotationError) as caught:
            TAKERS[name](text)
        error = str(caught.value)
    assert said in error
    assert len(error.strip().splitlines()) == 3
    if "on" in wrong.split():
        assert "letter" in wrong or "write 'abH,cbH,cdH->adH', or 'ab,cb,cd->ad'" in error


def test_the_cure_of_a_mixture_is_read():
    for text in ("abHK,cb->ab", "abH,cbHK->abHK", "W:aH,v:->W:a"):
        signature = "abHK" if "b" in text else "W:aH,v:H->W:aH"
        with pytest.raises(NotationError) as caught:
            symshare.term(signature, text)
        whole, plain = caught.value.cure.removeprefix("write ").split(", or ")
        assert symshare.term(signature, shlex.split(whole)[0]) == symshare.term(signature, shlex.split(plain)[0])


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("aH,bK->aH", ("aH,bK->aH", "a,b->a")),
        ("abHK->abHK", ("abHK,cbHK->abHK", "ab,cb->ab")),
        ("aHb->aHb", ("aHb,cHb->aHb", "ab,cb->ab")),
        ("aH,H->aH", ("aH,H->aH", "a,->a")),
        ("H->aH", ("H,H->aH", ",->a")),
        ("aH,b->aH", ("aH,b->aH", "a,b->a")),
        ("adj:aaH,nodes:aK->nodes:aH", ("adj:abH,nodes:bK->nodes:aH", "adj:ab,nodes:b->nodes:a")),
    ],
)
def test_channels_of_any_kind(text, forms):
    with_channels, without = (symshare.term(text, one) for one in forms)
    assert with_channels == without
    assert derive(text, 2).only(forms[0]) == derive(text, 2).only(forms[1])


def test_values_that_a_term_picks_are_no_channels():
    """A latent axis with a size is written as the value on it, in both forms."""
    given = {"sizes": {"H": 2}}
    assert symshare.term("aHK", "a0K,b1K->a1K", **given) == symshare.term("aHK", "a0,b1->a1", **given)
    with pytest.raises(NotationError, match="leaves out the latent axis 'K'"):
        symshare.term("aHK", "a0K,b1->a1K", **given)
    with pytest.raises(NotationError):
        symshare.term("aHK", "a,b->a", **given)


STACKED = symshare.signature("LhH", depends=["L->h"], sizes={"L": 2}).stacked()


@pytest.mark.parametrize(
    ("text", "other"), [("Lh->Mi", "LhH->MiH"), ("Lh,Lh->Lh", "LhH,LhH->LhH"), ("Lh,Mi->Lh", "LhH,MiH->LhH")]
)
def test_capitals_that_are_indices_on_latent_axes_are_no_channels(text, other):
    assert symshare.term(STACKED, text) == symshare.term(STACKED, other)
    order = text.count(",") + 1
    if order > 1:
        given = {"depends": ["L->h"], "sizes": {"L": 2}, "order": order}
        assert symshare.emit("LhH", only=[text], **given) == symshare.emit(derive(STACKED, order), only=[other])
        with pytest.raises(NotationError, match="leaves out the latent axis 'H'"):
            symshare.emit("LhH", only=[text.replace(",", "H,")], **given)


def test_indices_beyond_the_small_letters_are_capitals_in_both_forms():
    factors = [f"a{letter}" for letter in "bcdefghijklmnopqrstuvwxyz"] + ["aA", "aB"]
    text = ",".join(factors) + "->ab"
    whole = ",".join(f"{one}H" for one in factors) + "->abH"
    assert symshare.term("abH", text) == symshare.term("abH", whole)
    with pytest.raises(NotationError):
        symshare.term("abH", "aB->ab")


def test_constants_stay_in_place():
    given = {"axes": {"r": "SO(3)"}}
    assert symshare.term("arH", "ar,as,[rst]->at", **given) == symshare.term("arH", "arH,asH,[rst]->atH", **given)
    with pytest.raises(NotationError, match=r"write 'arH,asH,\[rst\]->atH', or 'ar,as,\[rst\]->at'"):
        symshare.term("arH", "arH,as,[rst]->atH", **given)


def test_the_readings_come_with_the_signature_as_the_text_has_it():
    one = symshare.signature("abH,H->abH")
    for text, shown in (("abH,H->abH", "abH,H->abH"), ("ab,->ab", "ab,->ab")):
        found, readings = read_either(one, text)
        assert (str(found), len(readings)) == (shown, 1)


def test_a_term_stands_for_its_text():
    basis = derive("abH", 3)
    term = symshare.term("abH", FORMS[0])
    assert basis.only(term) == basis.only(FORMS[0])
    assert pools("abH", 2).only(term) == pools("abH", 2).only(FORMS[1])
    with pytest.raises(SymshareError, match="is not in the basis of 'abH' to order 2\n  it has order 3"):
        derive("abH", 2).only(term)
    with pytest.raises(SymshareError, match="has order 1"):
        basis.only(symshare.term("abH", "ab->ab"))
    assert dataclasses.replace(basis, terms=()).only() == dataclasses.replace(basis, terms=(), certificate=None)
