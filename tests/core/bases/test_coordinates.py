"""Terms as coefficients of polynomials, and the factors with which they add up to one."""

from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest
import sympy

from symshare import SymshareError, derive, entries, series, taylor
from symshare.core.bases.coordinates import coordinates, term_vector
from tests.definition import whole


def test_a_function_outside_the_span_of_chosen_terms():
    basis = derive("a->", 2, sizes={"a": 3})
    (x,) = entries(basis)
    with pytest.raises(SymshareError, match="derive the whole basis"):
        series(x[0] ** 2 + x[1] ** 2 + x[2] ** 2, basis.only("a,b->"))


@pytest.mark.parametrize(
    ("text", "order", "options"),
    [
        ("aa->a", 2, {"sizes": {"a": 3}}),
        ("ab,b->ab", 2, {"sizes": {"a": 2, "b": 2}}),
        ("a->a,aa", 1, {"sizes": {"a": 3}}),
        ("aH->a", 2, {"sizes": {"a": 2, "H": 2}}),
        ("t->t", 2, {"axes": {"t": "C(3)"}}),
        ("r,rr->r", 2, {"axes": {"r": "SO(3)"}}),
        ("r->", 2, {"axes": {"r": "O(1,2)"}}),
    ],
)
def test_a_term_is_its_coefficients_times_the_monomials(text, order, options):
    basis = derive(text, order, **options)
    ansatz = taylor(basis.signature, order)
    random = np.random.default_rng(0)
    lengths = [prod(ansatz.sizes[letter] for letter in tensor.axes) for tensor in ansatz.signature.outputs]
    starts = [sum(lengths[:number]) for number in range(len(lengths) + 1)]
    for term in basis:
        vector = term_vector(term, ansatz, term.order)
        assert all(vector.values())
        rows = ansatz.parts[term.order].table().tolist()
        for _ in range(2):
            at = [
                random.integers(-5, 6, [ansatz.sizes[letter] for letter in tensor.axes]).astype(object)
                for tensor in ansatz.signature.inputs
            ]
            x = np.concatenate([one.ravel() for one in at])
            found = [0] * ansatz.outputs
            for place, value in vector.items():
                out, monomial = divmod(place, len(rows))
                found[out] += value * int(np.prod([x[one] for one in rows[monomial]], dtype=object))
            assert (
                found[starts[term.output] : starts[term.output + 1]]
                == whole(term, [at[number] for number in term.factors], ansatz.sizes).ravel().tolist()
            )
            assert not any(found[: starts[term.output]] + found[starts[term.output + 1] :])


ROOT = sympy.sqrt(2)


@pytest.mark.parametrize(
    "vectors",
    [
        [{0: 1, 1: 1}, {1: 1, 2: 1}],
        [{0: 2, 3: -1}, {1: 5}, {2: 1, 3: 4}],
        [{0: ROOT, 1: 1}, {1: ROOT, 2: Fraction(1, 3)}],
        [{0: 1, 1: 1, 2: 1}, {1: 1, 2: 1}],
    ],
)
def test_factors_are_found_again(vectors):
    ansatz = taylor("a->", 1, sizes={"a": 4})
    exact = [{place: sympy.sympify(value) for place, value in vector.items()} for vector in vectors]
    for factors in product([0, 1, sympy.Rational(-7, 3), ROOT], repeat=len(vectors)):
        values = {}
        for factor, vector in zip(factors, exact, strict=True):
            for place, value in vector.items():
                values[place] = values.get(place, 0) + factor * value
        found = coordinates(values, exact, ansatz, 1)
        assert all(sympy.simplify(one - other) == 0 for one, other in zip(found, factors, strict=True))


ONE = sympy.Integer(1)


@pytest.mark.parametrize(
    ("values", "vectors", "said"),
    [
        ({3: ONE}, [{0: ONE}], "the coefficient c_3 = 1 has no term in the basis\n  derive the whole basis"),
        (
            {0: ONE, 1: 2 * ONE},
            [{0: ONE, 1: ONE}],
            "the function is not in the span of the basis\n  derive the whole basis",
        ),
        (
            {0: ONE},
            [{0: ONE}, {0: 2 * ONE}],
            "terms of the basis depend on each other on a single point without channels",
        ),
        ({0: ONE}, [{0: ONE, 1: ROOT}, {0: ROOT, 1: 2 * ONE}], "terms of the basis depend on each other"),
    ],
)
def test_what_vectors_do_not_span_is_refused(values, vectors, said):
    with pytest.raises(SymshareError, match=said):
        coordinates(values, vectors, taylor("a->", 1, sizes={"a": 4}), 1)


def test_without_vectors_there_is_nothing_but_zero():
    ansatz = taylor("a->", 1, sizes={"a": 2})
    assert coordinates({}, [], ansatz, 1) == []
    with pytest.raises(SymshareError, match="the coefficient c_1 = 1 has no term in the basis"):
        coordinates({1: ONE}, [], ansatz, 1)


@pytest.mark.parametrize(("text", "order"), [("a->", 2), ("a->", 3), ("aa->", 2)])
def test_a_function_of_an_order_without_terms_is_refused(text, order):
    """Orders 0 and 1 stay; of the others no term is chosen."""
    basis = derive(text, order, sizes={"a": 2}).only()
    (x,) = entries(basis)
    with pytest.raises(SymshareError, match="has no term in the basis"):
        series(sum(x) ** order, basis)
