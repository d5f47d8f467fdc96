"""Architectures of the literature in small: the number of permutations by hand, the spec holds, and fixed axes are fixed."""

import math
from math import factorial as f

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from symshare.weights import read_spec, spec
from tests.weights.written import Written, attended, heads

L = nn.Linear


class Dense(nn.Module):
    """A dense block: every layer sees all before it beside each other; each has a batch norm of its own (Huang et al. 2017)."""

    def __init__(self, start=4, growth=3, layers=3):
        super().__init__()
        self.stem = nn.Conv2d(2, start, 3, padding=1)
        widths = [start + growth * number for number in range(layers)]
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths)
        self.convolutions = nn.ModuleList(nn.Conv2d(width, growth, 3, padding=1) for width in widths)
        self.last = nn.Conv2d(start + growth * layers, 2, 1)

    def forward(self, x):
        kept = [self.stem(x)]
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            kept.append(convolution(torch.relu(norm(torch.cat(kept, 1)))))
        return self.last(torch.cat(kept, 1)).mean((2, 3))


class Llama(nn.Module):
    """Root mean square norms, grouped queries without positions, and a SwiGLU (Touvron et al. 2023)."""

    def __init__(self, width=8):
        super().__init__()
        self.tokens, self.head = nn.Embedding(11, width), L(width, 11, bias=False)
        self.n1, self.n2, self.n3 = (nn.RMSNorm(width) for _ in range(3))
        self.q, self.k, self.v = (L(width, size, bias=False) for size in (12, 6, 6))
        self.o = L(12, width, bias=False)
        self.gate, self.up, self.down = L(width, 5, bias=False), L(width, 5, bias=False), L(5, width, bias=False)

    def forward(self, tokens):
        x = self.tokens(tokens)
        y = self.n1(x)
        parts = heads(self.q(y), 4), heads(self.k(y), 2), heads(self.v(y), 2)
        x = x + attended(self, *parts, is_causal=True, enable_gqa=True)
        y = self.n2(x)
        x = x + self.down(F.silu(self.gate(y)) * self.up(y))
        return self.head(self.n3(x))


class Experts(nn.Module):
    """The two best of four experts, as one einsum; the gate chooses by value, so that experts may be exchanged."""

    def __init__(self):
        super().__init__()
        self.gate = L(3, 4)
        self.up, self.down = nn.Parameter(torch.randn(4, 3, 5)), nn.Parameter(torch.randn(4, 5, 2))

    def forward(self, x):
        scores = self.gate(x)
        kept = scores >= scores.topk(2, -1)[0][:, -1:]
        weights = torch.softmax(scores.masked_fill(~kept, -math.inf), -1)
        hidden = F.gelu(torch.einsum("bi,eih->beh", x, self.up))
        return torch.einsum("be,beh,eho->bo", weights, hidden, self.down)


class Perceiver(nn.Module):
    """Latent vectors that look at inputs: they lie along the sequence, so that they may be exchanged where all are averaged."""

    def __init__(self, latents=5, width=6):
        super().__init__()
        self.latents = nn.Parameter(torch.randn(latents, width))
        self.embed = L(3, width)
        self.look = nn.MultiheadAttention(width, 2, batch_first=True)
        self.think = nn.TransformerEncoderLayer(width, 3, 7, batch_first=True)
        self.read = L(width, 2)

    def forward(self, x):
        x = self.embed(x)
        latents = self.latents.expand(len(x), -1, -1)
        latents = latents + self.look(latents, x, x)[0]
        return self.read(self.think(latents).mean(1))


class Attending(nn.Module):
    """A graph attention layer on a fixed graph with two heads beside each other (Velickovic et al. 2018)."""

    def __init__(self, nodes=6, heads_=2, each=4):
        super().__init__()
        self.heads, self.each = heads_, each
        self.lift = L(3, heads_ * each, bias=False)
        self.left, self.right = (nn.Parameter(torch.randn(heads_, each)) for _ in range(2))
        self.read = L(heads_ * each, 2)
        graph = torch.rand(nodes, nodes) > 0.5
        self.register_buffer("graph", graph | torch.eye(nodes, dtype=torch.bool), persistent=False)

    def forward(self, x):
        h = self.lift(x).unflatten(-1, (self.heads, self.each))
        scores = F.leaky_relu((h * self.left).sum(-1)[:, :, None] + (h * self.right).sum(-1)[:, None, :], 0.2)
        weights = torch.softmax(scores.masked_fill(~self.graph[None, :, :, None], -math.inf), 2)
        return self.read(F.elu(torch.einsum("bijh,bjhk->bihk", weights, h).flatten(-2)))


class Selective(nn.Module):
    """A gated state space layer: a depthwise convolution, a scan whose steps depend on inputs, a gate (Gu and Dao 2023)."""

    def __init__(self, width=4, inner=6, state=3):
        super().__init__()
        self.start, self.both, self.end = L(3, width), L(width, 2 * inner), L(inner, width)
        self.convolution = nn.Conv1d(inner, inner, 3, padding=2, groups=inner)
        self.steps, self.into, self.out = L(inner, inner), L(inner, state), L(inner, state)
        self.decay, self.skip = nn.Parameter(torch.randn(inner, state)), nn.Parameter(torch.randn(inner))
        self.read = L(width, 2)

    def forward(self, x):
        x = self.start(x)
        u, gate = self.both(x).chunk(2, -1)
        u = F.silu(self.convolution(u.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2))
        step, into, out = F.softplus(self.steps(u)), self.into(u), self.out(u)
        state = u.new_zeros(len(u), *self.decay.shape)
        found = []
        for time in range(u.shape[1]):
            keep = torch.exp(-step[:, time, :, None] * self.decay.exp())
            state = keep * state + (step * u)[:, time, :, None] * into[:, time, None, :]
            found.append((state * out[:, time, None, :]).sum(-1) + self.skip * u[:, time])
        return self.read(x + self.end(torch.stack(found, 1) * F.silu(gate)))


class Temporal(nn.Module):
    """Dilated causal convolutions with weight norm and a residual (Bai et al. 2018)."""

    def __init__(self):
        super().__init__()
        norm = nn.utils.parametrizations.weight_norm
        self.a, self.b = norm(nn.Conv1d(2, 5, 3, dilation=1)), norm(nn.Conv1d(5, 4, 3, dilation=2))
        self.side, self.read = nn.Conv1d(2, 4, 1), L(4, 2)

    def forward(self, x):
        y = torch.relu(self.a(F.pad(x, (2, 0))))
        y = torch.relu(self.b(F.pad(y, (4, 0))))
        return self.read(torch.relu(y + self.side(x))[..., -1])


class Film(nn.Module):
    """Channels scaled and shifted by what another input says (Perez et al. 2018), with group norm."""

    def __init__(self):
        super().__init__()
        self.convolution, self.norm, self.says = nn.Conv2d(1, 6, 3), nn.GroupNorm(3, 6, affine=False), L(3, 12)
        self.read = L(6, 2)

    def forward(self, x, said):
        scale, shift = self.says(said)[:, :, None, None].chunk(2, 1)
        return self.read(torch.relu(self.norm(self.convolution(x)) * (1 + scale) + shift).mean((2, 3)))


class Mixer(nn.Module):
    """Layers across patches and across channels in turn (Tolstikhin et al. 2021): patches have places, what is across them
    has units of its own."""

    def __init__(self, width=6, patches=4):
        super().__init__()
        self.embed, self.n1, self.n2 = nn.Conv2d(1, width, 2, stride=2), nn.LayerNorm(width), nn.LayerNorm(width)
        self.a, self.b = L(patches, 5), L(5, patches)
        self.c, self.d = L(width, 7), L(7, width)
        self.read = L(width, 2)

    def forward(self, x):
        x = self.embed(x).flatten(2).transpose(1, 2)
        x = x + self.b(F.gelu(self.a(self.n1(x).transpose(1, 2)))).transpose(1, 2)
        x = x + self.d(F.gelu(self.c(self.n2(x))))
        return self.read(x.mean(1))


class Radiance(nn.Module):
    """An MLP on sines of positions whose inputs are given again in the middle (Mildenhall et al. 2020)."""

    def __init__(self):
        super().__init__()
        self.register_buffer("bands", 2.0 ** torch.arange(3), persistent=False)
        self.a, self.b, self.c, self.density, self.colour = L(18, 7), L(7, 6), L(24, 5), L(5, 1), L(5, 3)

    def forward(self, x):
        angles = (x[..., None] * self.bands).flatten(-2)
        seen = torch.cat([angles.sin(), angles.cos()], -1)
        h = torch.relu(self.b(torch.relu(self.a(seen))))
        h = torch.relu(self.c(torch.cat([seen, h], -1)))
        return torch.cat([torch.sigmoid(self.colour(h)), F.softplus(self.density(h))], -1)


class Wave(nn.Module):
    """Gated convolutions with a residual and skips that are summed (van den Oord et al. 2016)."""

    def __init__(self):
        super().__init__()
        self.start, self.end = nn.Conv1d(1, 4, 1), nn.Conv1d(5, 1, 1)
        self.gated = nn.ModuleList(nn.Conv1d(4, 12, 2, dilation=2**number) for number in range(2))
        self.on = nn.ModuleList(nn.Conv1d(6, 4, 1) for _ in range(2))
        self.skip = nn.ModuleList(nn.Conv1d(6, 5, 1) for _ in range(2))

    def forward(self, x):
        x, total = self.start(x), 0
        for number, (gated, on, skip) in enumerate(zip(self.gated, self.on, self.skip, strict=True)):
            a, b = gated(F.pad(x, (2**number, 0))).chunk(2, 1)
            h = torch.tanh(a) * torch.sigmoid(b)
            x, total = x + on(h), total + skip(h)
        return self.end(torch.relu(total))


def equilibrium(net, x):
    """One layer again and again."""
    z = torch.zeros(len(x), 5, dtype=x.dtype)
    for _ in range(4):
        z = torch.tanh(net.w(z) + net.u(x))
    return net.o(z)


def crossed(net, x, y):
    """Queries of one input, keys and values of another, without a batch of heads in front."""
    parts = heads(net.q(net.e(x)), 3), heads(net.k(net.d(y)), 3), heads(net.v(net.d(y)), 3)
    return net.r(net.e(x) + attended(net, *parts))


def pooled(net, x):
    """Attention with one query that is learned, over a set."""
    h = torch.relu(net.e(x))
    return net.o((torch.softmax(net.k(h) @ net.query, 1)[..., None] * h).sum(1))


def factors(net, users, items):
    """Sums over bags of embeddings, their product, and an MLP."""
    both = net.users(users) * net.items(items)
    return net.o(torch.relu(net.h(torch.cat([both, net.users(users)], -1))))


def variational(net, x):
    """Means of a code only; a transposed convolution from the code as channels of a small image."""
    mean, _ = net.code(torch.relu(net.e(x))).chunk(2, -1)
    small = torch.relu(net.d(mean)).unflatten(-1, (6, 2, 2))
    return net.up(torch.relu(net.norm(small)))


def centred(net, x):
    """Energies of stored patterns (Ramsauer et al. 2021): patterns may be exchanged."""
    return net.o(torch.softmax(net.q(x) @ net.patterns.T, -1) @ net.patterns)


CASES = {
    "dense": (Dense, (torch.randn(2, 2, 5, 5),), f(4) * f(3) ** 3),
    # keys and values are shared by two heads of queries each; values and outputs of a head of queries have its own list
    "llama": (Llama, (torch.randint(11, (2, 5)),), f(8) * f(5) * f(2) * (f(2) * f(3) * f(3)) ** 2),
    "experts": (Experts, (torch.randn(6, 3),), f(4) * f(5) ** 4),
    # the layer that thinks has 3 heads of width 2, the one that looks 2 of width 3
    "perceiver": (
        Perceiver,
        (torch.randn(2, 4, 3),),
        f(5) * f(6) * f(7) * (f(2) * (f(3) * f(3)) ** 2) * (f(3) * (f(2) * f(2)) ** 3),
    ),
    "graph attention": (Attending, (torch.randn(2, 6, 3),), f(2) * f(4) ** 2),
    "selective": (Selective, (torch.randn(2, 4, 3),), f(4) * f(6) * f(3)),
    "temporal": (Temporal, (torch.randn(2, 2, 9),), f(5) * f(4)),
    "film": (Film, (torch.randn(2, 1, 5, 5), torch.randn(2, 3)), f(3) * f(2) ** 3),
    # patches have no places here: all that is along them is averaged in the end, but inputs fill them in order
    "mixer": (Mixer, (torch.randn(2, 1, 4, 4),), f(6) * f(5) * f(7)),
    "radiance": (Radiance, (torch.randn(4, 3),), f(7) * f(6) * f(5)),
    "wave": (Wave, (torch.randn(2, 1, 8),), f(4) * f(6) ** 2 * f(5)),
    "equilibrium": (lambda: Written(equilibrium, w=L(5, 5), u=L(3, 5), o=L(5, 2)), (torch.randn(2, 3),), f(5)),
    "crossed": (
        lambda: Written(crossed, e=L(3, 4), d=L(2, 5), q=L(4, 6), k=L(5, 6), v=L(5, 9), o=L(9, 4), r=L(4, 2)),
        (torch.randn(2, 4, 3), torch.randn(2, 5, 2)),
        f(4) * f(5) * f(3) * (f(2) * f(3)) ** 3,
    ),
    "pooled": (
        lambda: Written(pooled, e=L(3, 5), k=L(5, 4), query=(4,), o=L(5, 2)),
        (torch.randn(2, 6, 3),),
        f(5) * f(4),
    ),
    "factors": (
        lambda: Written(factors, users=nn.EmbeddingBag(7, 4), items=nn.EmbeddingBag(9, 4), h=L(8, 5), o=L(5, 1)),
        (torch.randint(7, (3, 2)), torch.randint(9, (3, 4))),
        f(4) * f(5),
    ),
    # the half of the code that is not used may be exchanged as well
    "variational": (
        lambda: Written(
            variational, e=L(3, 5), code=L(5, 8), d=L(4, 24), norm=nn.GroupNorm(2, 6), up=nn.ConvTranspose2d(6, 1, 2)
        ),
        (torch.randn(2, 3),),
        f(5) * f(4) ** 2 * f(2) * f(3) ** 2,
    ),
    "patterns": (lambda: Written(centred, q=L(3, 4), patterns=(6, 4), o=L(4, 2)), (torch.randn(2, 3),), f(6) * f(4)),
}


@pytest.mark.parametrize("seed", range(8))
def test_an_expert_that_no_input_chooses_is_not_taken_for_one_that_may_be_scaled(seed):
    torch.manual_seed(seed)
    module, x = Experts(), torch.randn(2, 3)
    with torch.no_grad():
        module.gate.bias += 10 * torch.eye(4)[0] + 10 * torch.eye(4)[1]
    assert spec(module, x, scales=True, seed=seed).scales == ()


@pytest.mark.parametrize("name", CASES)
def test_the_number_of_permutations(name):
    make, inputs, order = CASES[name]
    torch.manual_seed(1)
    module = make()
    one = spec(module, inputs, scales=True)
    assert one.order == order
    outcome = one.verify(module, inputs, redraw=True)
    assert outcome.error < 1e-10
    assert not outcome.missed
    assert read_spec(one.to_json()) == one
    assert one.signature.inputs
