"""Small random supports, and sparse layers beside what their terms say."""

from functools import cache

import torch

import symshare
from symshare import nn
from symshare.nn import Support
from symshare.nn.runtime import flows
from symshare.plans.sparse import label, sparse_labels
from tests.nn.sparse.brute import dense, mask, read, terms_summed

DOUBLE = torch.float64


def random_support(rows, columns, density, *, loops=True, mirrored=False, seed=0):
    """A support with its pairs in any order."""
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.rand(rows, columns, generator=generator) < density
    chosen = chosen | chosen.mT if mirrored else chosen
    if not loops:
        chosen.fill_diagonal_(False)
    index = chosen.nonzero().mT
    return Support(index[:, torch.randperm(index.shape[1], generator=generator)], (rows, columns))


SUPPORTS = {
    "directed": random_support(5, 5, 0.4),
    "without loops": random_support(5, 5, 0.5, loops=False, seed=1),
    "mirrored": random_support(6, 6, 0.3, mirrored=True, seed=2),
    "full": random_support(4, 4, 2.0),
    "empty": random_support(3, 3, -1.0),
    "one": random_support(1, 1, 2.0),
    "none": random_support(0, 0, 0.0),
}


def is_traced(_count):
    """In place of `_is_plain`, so that few values go the way of many."""
    return flows._is_traced()


@cache
def planned(symmetry, options):
    """A plan and the module that it is written as, made once for all supports."""
    given = {name: dict(value) if name in ("channels", "sizes") else value for name, value in options}
    plan = symshare.plan(symmetry, **given)
    module = nn.load(symshare.emit(plan))
    module._is_plain = is_traced
    return plan, module


def plan_of(symmetry, **options):
    """The same from keyword options."""
    flat = {name: tuple(value.items()) if isinstance(value, dict) else value for name, value in options.items()}
    return planned(symmetry, tuple((name, tuple(v) if isinstance(v, list) else v) for name, v in flat.items()))


class Case:
    """A sparse layer with random weights, the supports of its sparse tensors by label, and inputs of them."""

    def __init__(self, symmetry, sparse, supports, *, batch=(), seed=0, **options):
        torch.manual_seed(seed)
        self.plan, self.module = plan_of(symmetry, sparse=sparse, **options)
        self.labels = sparse_labels(self.plan.signature, self.plan.choices.sparse)
        given = supports if isinstance(supports, list) else [supports]
        self.supports = {name: given[place % len(given)] for place, name in enumerate(self.labels)}
        self.support = self.supports if len(given) > 1 else given[0]
        signature = self.plan.signature
        self.channels = [
            tuple(range(first, first + len(side))) for first, side in ((2, signature.inputs), (3, signature.outputs))
        ]
        self.layer = self.made(self.plan, self.module)
        for one in self.layer.parameters():
            torch.nn.init.normal_(one)
        self.sizes = {
            axis: size
            for name, one in self.labels.items()
            for axis, size in zip(one.set_axes, self.supports[name].sizes, strict=False)
        }
        for axis in signature.set_axes:
            self.sizes.setdefault(axis, 2)
        self.inputs = [
            torch.randn(*batch, *self.lengths(one), channels, dtype=DOUBLE, requires_grad=True)
            for one, channels in zip(signature.inputs, self.channels[0], strict=True)
        ]

    def made(self, plan, module):
        """A layer of a plan and its module, with this case's channels."""
        into, out = (own if len(own) > 1 else own[0] for own in self.channels)
        return module.Layer(into, out, dtype=DOUBLE, **({"rank": 3} if plan.ranked else {}))

    def lengths(self, tensor):
        if label(tensor) in self.labels:
            pairs = self.supports[label(tensor)].index.shape[1]
            return [pairs, *(self.sizes[axis] for axis in tensor.set_axes[2:])]
        return [self.sizes[axis] for axis in tensor.set_axes]

    def outputs(self):
        found = self.layer(*self.inputs, support=self.support)
        return found if isinstance(found, tuple) else (found,)

    def dense_inputs(self):
        given = scaled(self.plan, self.inputs) if self.plan.choices.normalise_scale else self.inputs
        return [
            dense(self.supports[label(one)], value, len(one.set_axes) - 2) if label(one) in self.labels else value
            for one, value in zip(self.plan.signature.inputs, given, strict=True)
        ]

    def masks(self, tensors):
        return [
            mask(self.supports[label(one)], [self.sizes[axis] for axis in one.set_axes[2:]])
            if label(one) in self.labels
            else torch.ones([self.sizes[axis] for axis in one.set_axes], dtype=DOUBLE)
            for one in tensors
        ]

    def on_supports(self, wholes):
        """Dense outputs where the sparse ones have entries."""
        return [
            read(self.supports[label(one)], whole, len(one.set_axes) - 2) if label(one) in self.labels else whole
            for one, whole in zip(self.plan.signature.outputs, wholes, strict=True)
        ]

    def expected(self):
        """The outputs by brute force over dense tensors."""
        signature = self.plan.signature
        masks, out_masks = self.masks(signature.inputs), self.masks(signature.outputs)
        weights = dict(self.layer.named_parameters())
        return self.on_supports(terms_summed(self.plan, weights, self.dense_inputs(), masks, out_masks, self.sizes))


def scaled(plan, values):
    """Values on supports over the root of their mean squares, added up; those of nothing, or of zeros, as they are."""
    square, labels = 0, sparse_labels(plan.signature, plan.choices.sparse)

    def places(one):
        return len(one.set_axes) - (label(one) in labels)

    for one, value in zip(plan.signature.inputs, values, strict=True):
        inner = tuple(range(-1 - places(one), 0))
        square = square + (value.square().mean(inner) if value.numel() else 0)
    root = torch.where(torch.as_tensor(square) > 0, torch.as_tensor(square), 1).sqrt()
    return [
        value / root[(..., *[None] * (1 + places(one)))]
        for one, value in zip(plan.signature.inputs, values, strict=True)
    ]


def assert_close(found, wanted):
    for one, other in zip(found, wanted, strict=True):
        largest = (
            max(1.0, float(other.detach().abs().max())) if other.numel() else 1.0
        )  # rounding errors grow with what is added up
        torch.testing.assert_close(one, other.expand(one.shape), rtol=1e-12, atol=1e-12 * largest)
