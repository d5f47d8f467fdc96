"""Modules written in a line: what they do, with the weights that they have."""

import torch
from torch import nn
from torch.nn import functional as F


class Written(nn.Module):
    """A function of a module and its inputs; shapes are parameters, tensors buffers."""

    def __init__(self, does, **own):
        super().__init__()
        self.does = does
        for name, one in own.items():
            if isinstance(one, torch.Tensor):
                self.register_buffer(name, one)
            else:
                setattr(self, name, one if isinstance(one, nn.Module) else nn.Parameter(torch.randn(*one)))

    def forward(self, *given, **named):
        return self.does(self, *given, **named)


def heads(x, number):
    return x.unflatten(-1, (number, -1)).transpose(1, 2)


def attended(net, q, k, v, **more):
    return net.o(F.scaled_dot_product_attention(q, k, v, **more).transpose(1, 2).flatten(2))


def packed_by_heads(net, x):
    """For each head its queries, keys and values beside each other."""
    q, k, v = (one.transpose(1, 2) for one in net.i(net.e(x)).unflatten(-1, (3, 12)).chunk(3, -1))
    return attended(net, q, k, v)


def packed_in_the_middle(net, x):
    all_three = net.i(net.e(x)).unflatten(-1, (3, 3, 4))
    return attended(net, *(all_three[..., place, :].transpose(1, 2) for place in range(3)))


def shared_keys(net, x):
    """Four heads of queries, two of keys and values."""
    return attended(net, heads(net.q(x), 4), heads(net.k(x), 2), heads(net.v(x), 2), enable_gqa=True)


def repeated_keys(net, x):
    k, v = (heads(one(x), 2).repeat_interleave(2, 1) for one in (net.k, net.v))
    return attended(net, heads(net.q(x), 4), k, v)


def experts(net, x):
    hidden = torch.relu(torch.einsum("bi,eih->beh", x, net.u))
    return (torch.softmax(net.g(x), -1)[..., None] * torch.einsum("beh,eho->beo", hidden, net.d)).sum(-2)


def written_into(net, x):
    """Two halves of one tensor."""
    both = torch.zeros(len(x), 2, 5, dtype=x.dtype)
    both[:, 0] = torch.relu(net.a(x))
    both[:, 1] = torch.relu(net.b(x))
    return net.o(both.flatten(1))


def without_derivatives(net, x):
    with torch.no_grad():
        hidden = torch.relu(net.a(x))
    return net.o(hidden)


def masked(net, x):
    hidden = torch.relu(net.a(x)).clone()
    hidden[hidden > 0.5] = 0.25
    return net.o(hidden)


def squeezed(net, x):
    hidden = torch.relu(net.c(x))
    gate = torch.sigmoid(net.u(torch.relu(net.d(hidden.mean((2, 3))))))
    return net.o((hidden * gate[:, :, None, None]).mean((2, 3)))


def vision(net, x):
    tokens = net.p(x).flatten(2).transpose(1, 2)
    tokens = torch.cat([net.first.expand(len(tokens), -1, -1), tokens], 1) + net.places
    return net.o(net.e(tokens)[:, 0])
