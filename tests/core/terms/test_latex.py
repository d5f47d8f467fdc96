"""Terms in LaTeX: read back as a formula and computed, they have the values of the term."""

import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from symshare import Term, derive, signature, terms
from symshare.core.terms.constant import levi_civita, made, unit
from symshare.core.terms.latex import latex_output, latex_term
from tests.core.terms.by_hand import by_hand


def test_latex_of_picked_latent_values():
    """Each value of a latent axis of fixed size has a left-hand side of its own."""
    lines = derive("aH", 1, sizes={"H": 2}).latex().splitlines()
    assert [line.split(" ={}&")[0] for line in lines if "={}" in line] == ["y_{a[0]}", "y_{a[1]}"]
    assert sum("x_{a[0]}" in line for line in lines) == 2


def test_latex_sums_over_the_letter_of_the_axis():
    assert r"\sum_{b} x^{(2)}_{b}" in derive("a,b->c", 1).latex()


def test_latex_does_not_run_out_of_letters():
    text = "a" * 60
    assert "o_{" in derive(text + "->" + text, 0, sizes={"a": 1}).latex()


SIZES = {"a": 2, "b": 3, "t": 4, "r": 3}
BELOW = re.compile(r"_\{([^{}]*)\}")


def indices(below):
    """`ab`, or with shifts `a,t+2`: pairs of a name and how far it is moved."""
    pieces = below.split(",") if "+" in below else list(below)
    return [(name, int(shift or 0)) for name, _, shift in (piece.partition("+") for piece in pieces)]


def computed(formula, outside, lengths, operands):
    """The array that a formula stands for; `outside` names its own indices, `lengths` how far each name runs."""
    head = re.match(r"\\sum_\{([^{}]*)\} ", formula)
    summed = list(head[1]) if head else []
    factors = [part for part in formula[head.end() if head else 0 :].split(" ") if part]
    found = np.zeros([lengths[name] for name in outside], dtype=object)
    for values in product(*(range(lengths[name]) for name in (*outside, *summed))):
        at = dict(zip((*outside, *summed), values, strict=True))
        entry, left = 1, list(operands)
        for factor in factors:
            below = BELOW.search(factor)
            place = tuple((at[name] + shift) % lengths[name] for name, shift in indices(below[1] if below else ""))
            if factor.startswith(r"\delta"):
                entry *= place[0] == place[1]
            elif factor.startswith(r"\epsilon"):
                entry *= round(np.linalg.det(np.eye(len(place))[list(place)]))
            else:
                entry *= left.pop(0)[place]
        assert not left
        found[values[: len(outside)]] += entry
    return found


CASES = [
    *((text, {}) for text in ("ab", "aa", "a->bb", "aab->ba", "ab->", "aa->aab")),
    ("t->t", {"t": "C(4)"}),
    ("tt->t", {"t": "C(4)"}),
    ("at->tt", {"t": "C(4)"}),
    ("ar->ar", {"r": "SO(3)"}),
]


@pytest.mark.parametrize(("text", "axes"), CASES)
def test_a_formula_has_the_values_of_its_term(text, axes):
    random = np.random.default_rng(0)
    one = signature(text, axes=axes)
    for term in (term for order in range(3) for term in derive(one, order).of_order(order)[:30]):
        operands = [random.integers(-5, 6, [SIZES[letter] for letter in tensor.axes]) for tensor in term.factor_tensors]
        below = BELOW.search(latex_output(one, term.output, ()))
        outside = list(below[1]) if below else []
        formula = latex_term(term)
        lengths = {name: SIZES[letter] for name, letter in zip(outside, term.output_tensor.axes, strict=True)}
        # every other name runs over the axis of the slots that it stands on, the same for all
        for factor, tensor in zip(re.findall(r"x_\{([^{}]*)\}", formula), term.factor_tensors, strict=True):
            for (name, _), letter in zip(indices(factor), tensor.axes, strict=True):
                assert lengths.setdefault(name, SIZES[letter]) == SIZES[letter]
        assert np.array_equal(computed(formula, outside, lengths, operands), by_hand(term, operands, SIZES)), formula


@pytest.mark.parametrize(
    ("text", "einsum", "factors", "output", "formula"),
    [
        ("W:ab,my_v:b->W:ab", "ab,b->ab", (0, 1), r"\mathrm{W}'_{ab}", r"\mathrm{W}_{ab} \mathrm{my\_v}_{b}"),
        ("a,b->a", "a,b->a", (0, 1), "y_{a}", r"\sum_{b} x^{(1)}_{a} x^{(2)}_{b}"),
        ("a->a,", "a->", (0,), "y^{(2)}", r"\sum_{a} x_{a}"),
        ("aa", "->aa", (), "y_{ab}", r"\delta_{ab}"),
        ("s:->s:", "()->", (0,), r"\mathrm{s}'", r"\mathrm{s}"),
    ],
)
def test_names_and_numbers_of_tensors(text, einsum, factors, output, formula):
    one = signature(text)
    term = Term.from_einsum(one, einsum, factors=factors)
    assert latex_output(one, term.output, ()) == output
    assert latex_term(term) == formula


def test_no_two_terms_have_one_formula():
    for text in ("ab->ab", "aa->aa", "aab->a"):
        formulas = [latex_term(term) for order in range(3) for term in terms(text, order)]
        assert len(set(formulas)) == len(formulas)


@pytest.mark.parametrize(
    ("constant", "written"),
    [
        (levi_civita(2), r"\epsilon_{ab}"),
        (made("g2", "metric", (2, 2), {(0, 0): 1, (1, 1): -1}), "g_{ab}"),
        (made("J2", "symplectic form", (2, 2), {(0, 1): 1, (1, 0): -1}), "J_{ab}"),
        (unit((0, 1), (2, 2)), r"\mathrm{at0\_1}_{ab}"),
        (made("gauge", "any", (2, 2), {(0, 0): 1}), r"\mathrm{gauge}_{ab}"),
    ],
)
def test_constants_have_the_names_of_the_field(constant, written):
    term = Term.from_einsum(signature("a->"), "a,b->")
    assert latex_term(replace(term, constants=((constant, (0, 1)),))) == rf"\sum_{{ab}} {written} x_{{a}} x_{{b}}"
