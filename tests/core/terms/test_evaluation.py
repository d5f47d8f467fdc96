import numpy as np
import pytest

from symshare import SymshareError, Term, evaluate, signature, terms
from tests.core.terms.by_hand import by_hand

SIZES = {"a": 2, "b": 3, "H": 2}


@pytest.mark.parametrize("text", ["ab", "aa", "aab->ba", "ab,b->ab", "a->bb", "ab->"])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_every_term_is_its_definition(text, order):
    random = np.random.default_rng(0)
    for term in terms(text, order):
        operands = [
            random.integers(-9, 10, [SIZES[letter] for letter in tensor.axes]) for tensor in term.factor_tensors
        ]
        assert np.array_equal(evaluate(term, *operands, sizes=SIZES), by_hand(term, operands, SIZES))


def test_what_einsum_can_do_is_what_einsum_does():
    random = np.random.default_rng(1)
    for term in terms("abH->abH", 2):
        text = term.to_einsum()
        right = text.split("->")[1]
        inner = text.split("->")[0]
        if len(set(right)) < len(right) or not set(right) <= set(inner):
            continue
        x = random.integers(-9, 10, (2, 3, 2))
        assert np.array_equal(evaluate(term, x, x), np.einsum(text, x, x))


def test_batches_and_means():
    term = Term.from_einsum(signature("ab"), "ab,cb->ab")
    x = np.random.default_rng(2).normal(size=(5, 4, 2, 3))
    assert np.allclose(evaluate(term, x, x)[1, 2], evaluate(term, x[1, 2], x[1, 2]))
    assert np.allclose(evaluate(term, x, x, reduce="mean"), x * x.mean(axis=-2, keepdims=True))


def test_latent_values_are_picked():
    one = signature("aH->K", sizes={"H": 2, "K": 3})
    term = Term.from_einsum(one, "a0,a1->2")
    x = np.array([[1, 2], [3, 4]])
    assert evaluate(term, x, x).tolist() == [0, 0, 1 * 2 + 3 * 4]


@pytest.mark.parametrize(
    ("einsum", "shapes", "options", "problem"),
    [
        ("ab->ab", [], {}, "1 factor, but 0 arrays"),
        ("ab->ab", [(3,)], {}, "has 1 axis,"),
        ("ab,ab->ab", [(2, 3), (2, 4)], {}, "3 long in one place, 4 in another"),
        ("ab->ab", [(2, 3)], {"reduce": "max"}, "neither 'sum' nor 'mean'"),
    ],
)
def test_what_does_not_fit_is_refused(einsum, shapes, options, problem):
    term = Term.from_einsum(signature("ab"), einsum)
    with pytest.raises(SymshareError, match=problem):
        evaluate(term, *(np.zeros(shape) for shape in shapes), **options)


def test_a_length_that_no_operand_has_is_asked_for():
    term = Term.from_einsum(signature("a->ab"), "a->ab")
    with pytest.raises(SymshareError, match="no operand of a->ab has the axis 'b'"):
        evaluate(term, np.zeros(3))


@pytest.mark.parametrize("einsum", ["ab->", "ab,ab->a", "->ab", "ab->c"])
def test_entries_that_are_pythons_numbers_stay_exact(einsum):
    one = signature("ab,a,s:->ab,a,s:")
    term = Term.from_einsum(one, einsum, ordered=True)
    operands = [np.full((2, 3)[: len(t.axes)], 10**20, dtype=object) for t in term.factor_tensors]
    found = evaluate(term, *operands, sizes={"a": 2, "b": 3})
    floats = evaluate(term, *(np.asarray(x, dtype=float) for x in operands), sizes={"a": 2, "b": 3})
    assert np.allclose(np.asarray(found, dtype=float), floats)
    assert all(isinstance(entry, int) for entry in np.ravel(found).tolist())
