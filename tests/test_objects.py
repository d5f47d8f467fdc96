"""How every noun shows itself: one line, tables that fit a narrow terminal, HTML that holds nothing foreign, JSON."""

import json
import subprocess
import sys
from dataclasses import replace
from functools import cache

import pytest

import symshare
from symshare.core.faces.columns import span
from symshare.core.faces.noun import Noun
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.errors import SymshareError
from tests import zoo
from tests.core.faces.test_table import Page

EVIL = "<script>alert(1)</script>&amp;'$x$ \x1b[31m\u202e\n"
"""No text that the notation reads; a Signature made by hand may have it for the name of a tensor."""
EVIL_GROUP = "<img src=x onerror=alert(1)>&lt;'$y$"


def evil():
    """A signature with foreign texts wherever a text from outside may stand."""
    turned = replace(symshare.SO(2), name=EVIL_GROUP, family="")
    tensors = (Tensor(tuple("arH"), EVIL), Tensor(tuple("aH"), '"><b>&'))
    return Signature(tensors, (Tensor(tuple("arH"), EVIL),), (), (("r", 2),), (("r", turned),))


SIGNATURES = {
    **{text: lambda text=text: symshare.signature(text) for text in zoo.PLAIN},
    **{f"{text}, a->b": lambda text=text: symshare.signature(text, depends=["a->b"]) for text in zoo.NESTED[:4]},
    **{
        f"{text}, {family}": lambda text=text, family=family: zoo.signature(text, family)
        for text in ("rH->rH", "arH->arH", "rrH->H")
        for family in zoo.FAMILIES
    },
    "sizes": lambda: symshare.signature("abH->aH", sizes={"a": 3, "b": 4}),
    "latent sizes": lambda: symshare.signature("aH->a", sizes={"a": 3, "H": 2}),
    "scalars": lambda: symshare.signature("a,s:->a,"),
    "no input": lambda: symshare.signature("->aH"),
    "wide": lambda: symshare.signature("abcdefghijklmnopqrH->"),
    "many": lambda: symshare.signature(",".join(f"weights_of_the_layer_{n}:aH" for n in range(12)) + "->aH"),
    "evil": evil,
}


def plain(one):
    """The signature without groups and sizes, which poolings and networks do not take."""
    return replace(one, groups=(), sizes=())


def pooled(one):
    types = tuple(dict.fromkeys(plain(one).inputs))
    return symshare.pools(replace(plain(one), inputs=types, outputs=types), 2)


def linear(one):
    return symshare.derive(one, 1)


def last(things):
    """The last of some things; None where there are none."""
    return things[-1] if things else None


def cost(one):
    term = last(linear(one).of_order(1))
    return term and symshare.cost(term)


MAKERS = {
    "Signature": lambda one: one,
    "AxisGroup": lambda one: last([group for _, group in one.groups]),
    "Basis": linear,
    "Basis, certified": lambda one: symshare.derive(one, 1, certified=True),
    "Basis, ordered": lambda one: symshare.derive(one, 1, ordered=True),
    "Certificate": lambda one: symshare.certify(linear(one)),
    "Term": lambda one: last(linear(one).terms),
    "Constant": lambda one: last(linear(one).constants),
    "Cost": cost,
    "Plan": lambda one: symshare.plan(linear(one)),
    "Plan, literal": lambda one: symshare.plan(linear(one), rewrites=False),
    "PlanCosts": lambda one: symshare.costs(symshare.plan(linear(one))),
    "Ansatz": lambda one: symshare.taylor(one, 1),
    "Constraints": lambda one: symshare.constrain(symshare.taylor(one, 1)),
    "Solution": lambda one: symshare.solve(symshare.taylor(one, 1)),
    "PoolingSet": pooled,
    "Composition": lambda one: symshare.explain(pooled(one).signature, last(pooled(one).order_one)),
    "Network": lambda one: symshare.network(plain(one), 2, width=4, pool_width=2, depth=1),
}
INLINE = {"Signature", "AxisGroup", "Term", "Constant"}
"""Notation that stands in other texts: it prints as its text, and its tables are what a notebook shows."""
SLOW = {("abcH->cH", "Certificate"), ("abcH->cH", "Basis, certified"), ("many", "Network"), ("many", "PoolingSet")}


@cache
def made(noun, signature):
    """The noun, or None where a signature has none or is refused by what makes it."""
    try:
        return MAKERS[noun](SIGNATURES[signature]())
    except SymshareError:
        return None


def check(one, *, inline=False):
    line, text, page = repr(one), one._repr_mimebundle_()["text/plain"], one._repr_html_()
    assert line.isprintable()
    assert len(line) < 100
    assert line.startswith(type(one).__name__ + "(")
    assert line.endswith(")")
    assert all(span(row) <= 60 and row.isprintable() for row in text.split("\n"))
    assert text == "\n\n".join(map(str, one.tables()))
    assert str(one) == text or (inline and len(str(one).replace(EVIL, "").splitlines()) == 1)
    assert one._repr_mimebundle_() == {"text/plain": text, "text/html": page}
    assert Page(page).text.isprintable()  # no tag or attribute but ours, and all of them balanced
    found = json.loads(one.to_json())
    assert found == json.loads(json.dumps({"schema": 1} | one.to_dict()))


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("noun", MAKERS)
def test_a_noun_shows_itself(noun, signature):
    if (signature, noun) in SLOW:
        pytest.skip("takes long, and shows nothing new")
    one = made(noun, signature)
    if one is not None:
        assert isinstance(one, Noun)
        check(one, inline=noun in INLINE)


@pytest.mark.parametrize("noun", MAKERS)
def test_the_sweep_sees_every_noun(noun):
    seen = [signature for signature in SIGNATURES if (signature, noun) not in SLOW and made(noun, signature)]
    assert len(seen) > 20 or (noun == "Constant" and len(seen) > 12)
    assert "evil" in seen


def test_coordinates_of_a_function_show_themselves():
    basis = symshare.derive("aa->", 2, sizes={"a": 2})
    (matrix,) = symshare.entries(basis)
    found = symshare.series(matrix.det(), basis)
    assert str(found) == "1/2 * aa,bb-> + -1/2 * ab,ba->"
    assert json.loads(found.to_json())["coordinates"][1] == {"term": "ab,ba->", "coefficient": "-1/2"}
    check(found, inline=True)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_nouns_of_higher_orders_show_themselves(order):
    basis = symshare.derive("abH->aH", order)
    plan = symshare.plan(basis)
    for one in (basis, plan, symshare.costs(plan), symshare.pools("aabH", order), symshare.network("abH->aH", order)):
        check(one)
    for term in symshare.derive("arH", order, axes={"r": "SO(3)"}):
        check(term, inline=True)
        if order < 3 and term.order:
            check(symshare.cost(term))
    for term in symshare.pools("abc", order).poolings:
        check(symshare.explain("abc", term))


def test_every_public_noun_is_one():
    """What `symshare` gives by name, and what its functions give."""
    public = [getattr(symshare, name) for name in symshare.__all__]
    classes = [one for one in public if isinstance(one, type) and not issubclass(one, Exception)]
    assert len(classes) > 8
    assert all(issubclass(one, Noun) for one in classes)


def test_a_basis_of_very_many_terms_prints_the_first_and_how_many_more():
    basis = symshare.derive("ab->ab", 7)
    assert basis.counts[7] == 13_620
    lines = str(basis).splitlines()
    assert lines[0] == "ab->ab: 18,485 terms to order 7 (1, 4, 17, 65, 251, 943,"
    rows = [line.split() for line in lines if line[:5].strip().isdigit()]
    assert len(rows) == 200
    assert [row[1] for row in rows] == [term.to_einsum() for term in basis.terms[: len(rows)]]
    assert lines[-1] == f".. {len(basis) - len(rows):,} more"
    assert len(lines) < 300
    assert f".. {len(basis) - len(rows):,} more" in basis._repr_html_()
    assert len(json.loads(basis.to_json())["terms"]) == len(basis)


def again(found):
    """The signature that plain values describe."""
    axes = dict(found["axes"])
    if "generators" in found:
        axes |= symshare.generators_from(found["generators"], name=found["axes"][next(iter(axes))])
    return symshare.signature(found["signature"], depends=found["depends"], axes=axes, sizes=found["sizes"])


@pytest.mark.parametrize("signature", [one for one in SIGNATURES if one != "evil"])
def test_signatures_and_terms_are_read_again_from_json(signature):
    one = made("Signature", signature)
    read = again(json.loads(one.to_json()))
    assert read == one
    for option in ("Basis", "Basis, ordered"):
        basis = made(option, signature)
        found = json.loads(basis.to_json())
        assert again(found) == one
        assert len(found["terms"]) == len(basis)
        for told, term in zip(found["terms"], basis, strict=True):
            which = {"factors": told["inputs"], "output": told["output"], "ordered": basis.ordered}
            assert symshare.term(read, told["einsum"], **which) == term
            assert json.loads(term.to_json()) | {"words": told["words"]} == told | {"schema": 1}


def test_showing_loads_nothing_heavy():
    code = """
import sys, symshare
basis = symshare.derive("abH", 2)
for one in (basis, basis.signature, basis.terms[1], symshare.plan(basis), symshare.pools("abH", 3)):
    str(one), repr(one), one.to_json(), one._repr_html_(), one._repr_mimebundle_()
print([name for name in ("torch", "sympy", "numpy", "scipy", "rich", "IPython") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
