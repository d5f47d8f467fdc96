"""The values of terms under every family of groups are those of their definition; words are read back as their terms."""

import numpy as np
import pytest
import torch

from symshare import SymshareError, derive, distil, evaluate, signature
from symshare.nn import compile
from symshare.nn.distilling.lines import value
from symshare.nn.distilling.matrix_words import matrix_words, of_words
from symshare.nn.distilling.recovering import _named
from tests.zoo import FAMILIES


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize("family", sorted(name for name, axes in FAMILIES.items() if axes))
def test_values_have_the_constant_tensors_of_groups(family, reduce):
    text = "ar,s->ar,s" if "s" in FAMILIES[family] else "ar->ar"
    one, _, _ = _named(
        signature(text, axes=FAMILIES[family]), [1] * (1 + text.count("s->")), [1] * (1 + text.count("s->"))
    )
    sizes = {axis: one.size(axis) or 3 for axis in one.set_axes}
    given = {tensor.name: drawn(2, *(sizes[axis] for axis in tensor.axes)) for tensor in one.inputs}
    for term in list(derive(one, 2))[:60]:
        arrays = [given[tensor.name].numpy() for tensor in term.factor_tensors]
        wanted = evaluate(term, *arrays, sizes=sizes, reduce=reduce)
        found = value(term, given, reduce, sizes).numpy()
        assert np.allclose(found, np.broadcast_to(wanted, found.shape)), term


@pytest.mark.parametrize("text", ["ab->ab", "aa->aa", "ab,ab->ab,", "aa,ab->", "ab,b->ab"])
def test_words_are_read_back(text):
    one, _, _ = _named(signature(text), [1] * (1 + text.split("->")[0].count(",")), [1] * len(signature(text).outputs))
    told = [(matrix_words(term), term) for term in derive(one, 3) if matrix_words(term)]
    assert told or text == "ab,b->ab"
    for words, term in told:
        found = of_words(one, words)
        assert (found.factors, found.factor_indices, found.output_indices) == (
            *(term.canonical().factors, term.canonical().factor_indices),
            term.canonical().output_indices,
        )


@pytest.mark.parametrize("text", ["X X' Q", "X X", "tr(X)", "", "tr()", "X' X", "ab,cd", "ab,ba->ab"])
def test_a_slip_of_the_pen_is_no_coefficient_of_zero(text):
    one = distil(compile("abH", 1, 1, order=1, dtype=torch.float64), simplify=False)
    with pytest.raises(SymshareError) as caught:
        one.coefficient(text)
    assert len(str(caught.value).splitlines()) <= 3
    assert one.coefficient("X X' X") == 0


@pytest.mark.parametrize("line", [1, -2, "0", None])
def test_a_line_that_is_none_is_refused(line):
    one = distil(compile("abH", 1, 1, dtype=torch.float64), simplify=False)
    with pytest.raises(SymshareError, match="line="):
        one.coefficient("X", line=line)


def test_a_term_of_several_outputs_has_to_say_of_which():
    x = drawn(40, 5)
    one = distil([(x, (2 * x, 3 * x))], symmetry="x:a->u:a,v:a", order=1)
    with pytest.raises(SymshareError, match="a term of u and v"):
        one.coefficient("x:a->a")
    assert (one.coefficient("x:a->u:a"), one.coefficient("x:a->v:a")) == (2, 3)


def test_means_are_no_sums_in_words():
    x = drawn(60, 6, 6)
    pairs = [(x, torch.einsum("zab,zbc->zac", x, x) / 6 + x)]
    mean, total = (distil(pairs, symmetry="aa->aa", order=2, reduce=one, sizes={"a": 6}) for one in ("mean", "sum"))
    assert mean.texts() == ["Y <- X + mean[X:ab,X:bc->ac]"]
    assert total.texts() == ["Y <- X + 1/6 X X"]
    assert r"\tfrac{1}{n_{a}} \sum_{" in mean.latex()
    assert "tfrac{1}{n" not in total.latex()


def test_constants_on_a_diagonal_are_told_from_those_everywhere():
    x = drawn(30, 7)
    aim = (3 * torch.eye(7, dtype=torch.float64) + 2).expand(30, 7, 7)
    assert distil([(x, aim)], symmetry="a->aa", order=1).texts() == ["Y <- 3 [->aa] + 2"]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.int64])
def test_lines_take_numbers_of_any_type(dtype):
    one = distil([(drawn(30, 7), drawn(30, 7).sum(-1))], symmetry="a->", order=1)
    x = torch.arange(5).to(dtype)
    assert one.evaluate(x) == 10
    assert one.evaluate(x.numpy() if dtype is not torch.bfloat16 else [0, 1, 2, 3, 4]) == 10


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda one: one.evaluate(drawn(2, 4, 5, 1)), "a = 5"),
        (lambda one: one.evaluate(drawn(4, 1)), "channels"),
        (lambda one: one.evaluate(drawn(2, 4, 4, 3)), "1 channel after"),
        (lambda one: one.evaluate("x"), "'x'"),
        (lambda one: one.evaluate(drawn(4, 4, 1), rounds=0), "rounds=0"),
        (lambda one: one.evaluate(drawn(4, 4, 1), rounds=1.5), "rounds=1.5"),
        (lambda one: one.evaluate(drawn(4, 4, 1).to(torch.complex128)), "complex"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(act, message):
    one = distil(compile("aaH", 1, 1, dtype=torch.float64), simplify=False)
    with pytest.raises(SymshareError, match=message) as caught:
        act(one)
    assert len(str(caught.value).splitlines()) <= 3
