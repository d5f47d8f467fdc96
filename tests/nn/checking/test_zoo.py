"""`check` of compiled layers of every family of groups and every shape of tensor: they hold; with one weight of their own for
a position they do not."""

import pytest
import torch

import symshare
from symshare.nn import check
from symshare.nn.checking.tensors import with_channels
from tests import zoo
from tests.measured import random_inputs, small_sizes


class Tampered(torch.nn.Module):
    """A layer whose first output takes, at the first place of one axis, a little of what stands at the last place."""

    def __init__(self, layer, dim):
        super().__init__()
        self.layer, self.dim = layer, dim

    def forward(self, *inputs):
        found = self.layer(*inputs)
        first, *others = found if isinstance(found, tuple) else (found,)
        more = torch.zeros_like(first)
        more.select(self.dim, 0).add_(first.select(self.dim, -1))
        first = first + 0.01 * more
        return (first, *others) if others else first


def made(text, family=None, depends=(), *, words=False):
    one = zoo.signature(text, family, depends) if family else symshare.signature(text, depends=depends)
    one = zoo.in_words(one) if words else one
    layer = zoo.layer(symshare.plan(symshare.derive(one, 1))).requires_grad_()
    return one, layer, random_inputs(layer, one, small_sizes(one))


def commutes(signature, letter, size):
    """Whether what `Tampered` adds commutes with the generators of an axis, by their matrices."""
    group = signature.group(letter)
    if group is None:
        return False
    unit = torch.zeros(size, size, dtype=torch.float64)
    unit[0, -1] = 1
    matrices = [torch.from_numpy(one.floats()) for one in (*group.elements, *group.algebra)]
    return all(torch.allclose(unit @ one, one @ unit) for one in matrices)


def assert_holds_and_breaks(one, layer, inputs):
    taken = with_channels(one)
    report = check(layer, taken, *inputs)
    assert report.ok, str(report)
    assert len(report.trials) >= 2 or not one.set_axes
    sizes = small_sizes(one)
    axes = one.stacked().outputs[0].set_axes
    for place, letter in enumerate(axes):
        if letter[0].isupper():
            continue
        broken = check(Tampered(layer, place - len(axes) - 1), taken, *inputs, redraw=False, resize=False)
        assert broken.ok == commutes(one, letter, sizes[letter])
        if not broken.ok:
            assert any(letter in axes for axes, error in broken.errors.items() if error > 1e-4)
            assert broken.fault.known
            assert broken.fault.module == ""


@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_every_family(family):
    assert_holds_and_breaks(*made("arH->arH", family))


@pytest.mark.parametrize("text", (*zoo.PLAIN, "abH->abH"))
def test_every_shape(text):
    if "->" in text and not set(text.split("->")[1]) - set(text.split("->")[0] + ","):
        assert_holds_and_breaks(*made(text))


@pytest.mark.parametrize("text", (*zoo.NESTED, *zoo.TWICE))
def test_dependencies(text):
    depends = ["a->b", "b->c"] if text in zoo.TWICE else ["a->b"]
    if not set(text.split("->")[1]) - set(text.split("->")[0]):
        assert_holds_and_breaks(*made(text, depends=[one for one in depends if set(one[::3]) <= set(text)]))


@pytest.mark.parametrize(
    ("text", "family"),
    [
        *((text, None) for text in ("abH->abH", "adj:aaH,nodes:aH->nodes:aH", "aH,H->aH,H")),
        *(("arH->arH", family) for family in ("SO3", "C", "two")),
        ("rrH->rrH", "GL"),
        ("baH->abH", "nested"),
    ],
)
def test_axes_by_words(text, family):
    nested = family == "nested"
    one, layer, inputs = made(text, None if nested else family, ["a->b"] * nested, words=True)
    assert_holds_and_breaks(one, layer, inputs)
    report = check(layer, with_channels(one), *inputs)
    assert {axis for axes in report.errors for axis in axes.split(" ")} == set(one.set_axes)


LISTS = [
    (text, depends, sizes)
    for text, depends, sizes, order in zoo.STACKED
    if order and zoo.has_free_channels(depends, sizes)
]


@pytest.mark.parametrize(("text", "depends", "sizes"), LISTS)
def test_lists_below_latent_axes(text, depends, sizes):
    latent = zoo.latent_sizes(sizes)
    one = symshare.signature(text, depends=depends, sizes=latent)
    layer = zoo.layer(symshare.plan(symshare.derive(one, 1))).requires_grad_()
    assert_holds_and_breaks(one, layer, random_inputs(layer, one, small_sizes(one)))


@pytest.mark.parametrize("text", ["H->aH", "aH->abH", "H->arrH"])
def test_lengths_that_only_outputs_have_are_given_by_name(text):
    one, layer, inputs = made(text, "SO3" if "r" in text else None)
    report = check(layer, with_channels(one), *inputs)
    assert report.ok
    assert set(report.errors) == set(one.set_axes)
