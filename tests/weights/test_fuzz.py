"""Modules drawn at random from many blocks: their specs hold, which `spec` itself tries, or are refused with a reason."""

import random

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from symshare.weights import read_spec, spec

WIDTHS = (2, 3, 4, 6, 8, 12)


class Drawn(nn.Module):
    """Blocks on a stream (batch, sequence, width), each of which may change the width."""

    def __init__(self, seed):
        super().__init__()
        self.random = random.Random(seed)
        width = self.random.choice(WIDTHS)
        self.steps, self.kept = [], []
        self.start = nn.Linear(3, width)
        for number in range(self.random.randint(1, 5)):
            width = self.block(f"m{number}", width)
        self.end = nn.Linear(width, 2)

    def linear(self, name, ins, outs):
        self.add_module(name, nn.Linear(ins, outs))
        return getattr(self, name)

    def block(self, name, width):
        kinds = [one for one in dir(self) if one.startswith("make_")]
        step, width = getattr(self, self.random.choice(kinds))(name, width)
        self.steps.append(step)
        return width

    def make_layer(self, name, width):
        outs = self.random.choice(WIDTHS)
        one, act = self.linear(name, width, outs), self.random.choice([torch.relu, torch.tanh, F.gelu, torch.sin])
        return lambda x: act(one(x)), outs

    def make_norm(self, name, width):
        self.add_module(name, self.random.choice([nn.LayerNorm(width), nn.RMSNorm(width)]))
        return getattr(self, name), width

    def make_groups(self, name, width):
        number = self.random.choice([one for one in (1, 2, 3, 4) if width % one == 0])
        self.add_module(name, nn.GroupNorm(number, width))
        return lambda x: getattr(self, name)(x.transpose(1, 2)).transpose(1, 2), width

    def make_residual(self, name, width):
        outs = self.random.choice(WIDTHS)
        up, down = self.linear(f"{name}u", width, outs), self.linear(f"{name}d", outs, width)
        return lambda x: x + down(torch.tanh(up(x))), width

    def make_attention(self, name, width):
        number = self.random.choice([1, 2, 3])
        each = self.random.choice([1, 2, 4])
        packed, out = self.linear(f"{name}p", width, 3 * number * each), self.linear(f"{name}o", number * each, width)
        way = self.random.choice(["three heads each", "heads three each", "heads each three"])

        def step(x):
            sizes = {"three": 3, "heads": number, "each": each}
            names = way.split()
            split = packed(x).unflatten(-1, [sizes[one] for one in names]).movedim(2 + names.index("three"), 0)
            q, k, v = (one.transpose(1, 2) for one in split)
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=self.steps[0] is step)
            return x + out(mixed.transpose(1, 2).flatten(2))

        return step, width

    def make_gate(self, name, width):
        outs = self.random.choice(WIDTHS)
        one = self.linear(name, width, 2 * outs)
        if self.random.random() < 0.5:
            return lambda x: F.glu(one(x), -1), outs
        return lambda x: (lambda pair: pair[..., 0] * torch.sigmoid(pair[..., 1]))(
            one(x).unflatten(-1, (outs, 2))
        ), outs

    def make_cat(self, name, width):
        outs = self.random.choice(WIDTHS)
        one = self.linear(name, width, outs)
        return lambda x: torch.cat([torch.relu(one(x)), x], -1), outs + width

    def make_split(self, name, width):
        first = self.random.randint(1, width - 1)
        return lambda x: torch.cat([torch.tanh(x[..., first:]), x[..., :first]], -1), width

    def make_maxout(self, name, width):
        many = self.random.choice([2, 3])
        outs = self.random.choice(WIDTHS)
        one, place = self.linear(name, width, outs * many), self.random.choice([-1, -2])
        sizes = (outs, many) if place == -1 else (many, outs)
        return lambda x: one(x).unflatten(-1, sizes).amax(place), outs

    def make_convolution(self, name, width):
        groups = self.random.choice([one for one in (1, 2, 3) if width % one == 0])
        outs = groups * self.random.choice([1, 2, 3])
        self.add_module(name, nn.Conv1d(width, outs, 3, padding=1, groups=groups))
        return lambda x: torch.tanh(getattr(self, name)(x.transpose(1, 2)).transpose(1, 2)), outs

    def make_softmax(self, name, width):
        place = self.random.choice([-1, -2])
        return lambda x: x * torch.softmax(x, place), width

    def make_bias(self, name, width):
        shape = self.random.choice([(width,), (5, width), (5, 1), (1, 1, width), (1,)])
        self.register_parameter(name, nn.Parameter(torch.randn(shape)))
        return lambda x: x + getattr(self, name), width

    def make_mixer(self, name, width):
        across = self.linear(name, 5, 5)
        return lambda x: x + across(x.transpose(1, 2)).transpose(1, 2), width

    def make_square(self, name, width):
        one = self.linear(name, width * width, width)
        return lambda x: one((x[..., None] * x[..., None, :]).flatten(-2)), width

    def make_means(self, name, width):
        parts = self.random.choice([one for one in (1, 2, 3) if width % one == 0])
        return (
            lambda x: (
                x - x.unflatten(-1, (parts, -1)).mean(-1, keepdim=True).expand(-1, -1, -1, width // parts).flatten(2)
            ),
            width,
        )

    def make_einsum(self, name, width):
        heads, each = self.random.choice([2, 3]), self.random.choice([2, 3])
        self.register_parameter(f"{name}i", nn.Parameter(torch.randn(width, heads, each)))
        self.register_parameter(f"{name}o", nn.Parameter(torch.randn(each, heads, width)))
        nonlinear = self.random.choice(
            [torch.tanh, lambda x: x / (1 + x.pow(2).sum(-1, keepdim=True)), lambda x: x - x.amax(-2, keepdim=True)]
        )
        return (
            lambda x: torch.einsum(
                "bshk,khd->bsd",
                nonlinear(torch.einsum("bsd,dhk->bshk", x, getattr(self, f"{name}i"))),
                getattr(self, f"{name}o"),
            ),
            width,
        )

    def make_special(self, name, width):
        return self.random.choice(
            [lambda x: x.roll(1, -2), lambda x: x.flip(-2), lambda x: x.cumsum(1), lambda x: x.sort(-2)[0]]
        ), width

    def forward(self, x):
        x = self.start(x)
        for step in self.steps:
            x = step(x)
        return self.end(x)


@pytest.mark.parametrize("seed", range(40))
def test_a_drawn_module_has_a_spec_that_holds(seed):
    torch.manual_seed(seed)
    module = Drawn(seed)
    one = spec(module, torch.randn(2, 5, 3), scales=True)
    assert read_spec(one.to_json()) == one
    outcome = one.verify(module, torch.randn(2, 5, 3), redraw=True, seed=seed)
    assert outcome.error < 1e-10
