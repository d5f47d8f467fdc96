import numpy as np
import pytest

from symshare import SymshareError, Term, evaluate, signature, terms
from symshare.core.terms.composition import compose

SIZES = {"a": 2, "b": 3, "c": 4}


def arrays(term, seed):
    rng = np.random.default_rng(seed)
    return [rng.integers(-4, 5, [SIZES[letter] for letter in tensor.axes]) for tensor in term.factor_tensors]


@pytest.mark.parametrize(("text", "depends"), [("ab", ()), ("aa", ()), ("ab", ("a->b",)), ("ab,b->ab,b", ())])
def test_the_value_of_a_composition_is_the_value_of_the_values(text, depends):
    one = signature(text, depends=depends)
    inner_terms = terms(one, 1)
    for outer in terms(one, 2)[::3]:
        for first in [term for term in inner_terms if term.output == outer.factors[0]]:
            second = next(term for term in inner_terms[::-1] if term.output == outer.factors[1])
            made, powers = compose(outer, first, second)
            x, z = arrays(made, 1)
            scale = np.prod([SIZES[letter] ** power for letter, power in powers], dtype=int)
            inner = [evaluate(first, x, sizes=SIZES), evaluate(second, z, sizes=SIZES)]
            assert np.array_equal(scale * evaluate(made, x, z, sizes=SIZES), evaluate(outer, *inner, sizes=SIZES))


def test_what_does_not_fit_is_refused():
    one = signature("ab,b->ab,b")
    with pytest.raises(SymshareError, match="cannot be applied to b->b"):
        compose(Term.from_einsum(one, "ab->ab"), Term.from_einsum(one, "b->b"))
