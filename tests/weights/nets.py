"""Modules written for the purpose: of each kind whose weights have a symmetry of their own."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class Residual(nn.Module):
    """An MLP around whose second layer its input goes."""

    def __init__(self):
        super().__init__()
        self.first, self.inner, self.outer, self.last = (
            nn.Linear(3, 5),
            nn.Linear(5, 4),
            nn.Linear(4, 5),
            nn.Linear(5, 2),
        )

    def forward(self, x):
        x = torch.tanh(self.first(x))
        return self.last(x + self.outer(torch.tanh(self.inner(x))))


class ResidualConvolutions(nn.Module):
    """Two stages, the second at half the resolution, with a strided shortcut."""

    def __init__(self):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.a1, self.n1, self.a2, self.n2 = self.pair(4, 4, 1)
        self.b1, self.m1, self.b2, self.m2 = self.pair(4, 6, 2)
        self.short = nn.Conv2d(4, 6, 1, stride=2)
        self.head = nn.Linear(6, 3)

    def pair(self, ins, outs, stride):
        one = nn.Conv2d(ins, outs, 3, padding=1, stride=stride, bias=False)
        return one, nn.BatchNorm2d(outs), nn.Conv2d(outs, outs, 3, padding=1, bias=False), nn.BatchNorm2d(outs)

    def forward(self, x):
        x = F.relu(self.norm(self.stem(x)))
        x = F.relu(x + self.n2(self.a2(F.relu(self.n1(self.a1(x))))))
        x = F.relu(self.short(x) + self.m2(self.b2(F.relu(self.m1(self.b1(x))))))
        return self.head(x.mean((2, 3)))


class Grouped(nn.Module):
    """Grouped and depthwise convolution."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(2, 6, 1)
        self.grouped = nn.Conv2d(6, 12, 3, groups=3, padding=1)
        self.depthwise = nn.Conv2d(12, 12, 3, groups=12, padding=1)
        self.mix = nn.Conv2d(12, 5, 1)
        self.head = nn.Linear(5, 2)

    def forward(self, x):
        x = torch.sigmoid(self.grouped(torch.sigmoid(self.stem(x))))
        x = F.max_pool2d(torch.sigmoid(self.mix(torch.sigmoid(self.depthwise(x)))), 2)
        return self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))


class UNet(nn.Module):
    """Down, up by a transposed convolution, and what was kept beside it."""

    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(1, 4, 3, padding=1)
        self.deep = nn.Conv2d(4, 6, 3, padding=1)
        self.up = nn.ConvTranspose2d(6, 5, 2, stride=2)
        self.last = nn.Conv2d(9, 1, 3, padding=1)

    def forward(self, x):
        kept = F.silu(self.down(x))
        deep = F.silu(self.deep(F.avg_pool2d(kept, 2)))
        return self.last(torch.cat([kept, F.silu(self.up(deep))], 1))


class Attention(nn.Module):
    """Multi-head attention by hand, from a stream of width 4 into 3 heads of width 2 and back."""

    def __init__(self, width=4, heads=3, each=2):
        super().__init__()
        self.heads = heads
        self.embed, self.read = nn.Linear(3, width), nn.Linear(width, 2)
        self.q, self.k, self.v = (nn.Linear(width, heads * each) for _ in range(3))
        self.o = nn.Linear(heads * each, width)

    def forward(self, x):
        x = self.embed(x)
        q, k, v = (one(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for one in (self.q, self.k, self.v))
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]), -1)
        return self.read(x + self.o((weights @ v).transpose(1, 2).flatten(2)))


class Packed(nn.Module):
    """torch's multi-head attention, whose queries, keys and values are packed into one matrix."""

    def __init__(self):
        super().__init__()
        self.embed, self.attend, self.read = (
            nn.Linear(3, 6),
            nn.MultiheadAttention(6, 3, batch_first=True),
            nn.Linear(6, 2),
        )

    def forward(self, x):
        x = self.embed(x)
        return self.read(x + self.attend(x, x, x)[0])


class Encoder(nn.Module):
    def __init__(self, width=6, heads=2, hidden=5, layers=6, final=True):
        super().__init__()
        layer = nn.TransformerEncoderLayer(width, heads, hidden, batch_first=True, norm_first=final)
        norm = nn.LayerNorm(width) if final else None
        self.embed = nn.Linear(3, width)
        self.body = nn.TransformerEncoder(layer, layers, norm, enable_nested_tensor=False)
        self.read = nn.Linear(width, 2)

    def forward(self, x):
        return self.read(self.body(self.embed(x)))


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.packed, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x, cos, sin):
        q, k, v = (
            one.unflatten(-1, (self.heads, -1)).transpose(1, 2) for one in self.packed(self.norm1(x)).chunk(3, -1)
        )
        q, k = (self.turned(one, cos, sin) for one in (q, k))
        x = x + self.out(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))
        return x + self.down(F.gelu(self.up(self.norm2(x))))

    @staticmethod
    def turned(x, cos, sin):
        a, b = x.chunk(2, -1)
        return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


class Decoder(nn.Module):
    """A small language model: rotary positions, and one matrix for tokens in and out."""

    def __init__(self, words=11, width=8, heads=2, hidden=5, layers=2, places=6):
        super().__init__()
        self.tokens, self.norm = nn.Embedding(words, width), nn.LayerNorm(width)
        self.blocks = nn.ModuleList(Block(width, heads, hidden) for _ in range(layers))
        self.head = nn.Linear(width, words, bias=False)
        self.head.weight = self.tokens.weight
        half = width // heads // 2
        angle = torch.arange(places)[:, None] * 10.0 ** (-torch.arange(half) / half)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)

    def forward(self, tokens):
        x = self.tokens(tokens)
        for block in self.blocks:
            x = block(x, self.cos, self.sin)
        return self.head(self.norm(x))


class Cells(nn.Module):
    """A GRU, an LSTM and an Elman cell over each other, unrolled."""

    def __init__(self):
        super().__init__()
        self.gru, self.lstm, self.elman, self.read = (
            nn.GRUCell(3, 4),
            nn.LSTMCell(4, 5),
            nn.RNNCell(5, 6),
            nn.Linear(6, 2),
        )

    def forward(self, x):
        a, (b, c), d = x.new_zeros(len(x), 4), (x.new_zeros(len(x), 5),) * 2, x.new_zeros(len(x), 6)
        for step in x.unbind(1):
            a = self.gru(step, a)
            b, c = self.lstm(a, (b, c))
            d = self.elman(b, d)
        return self.read(d)


class Gated(nn.Module):
    """A gated linear unit whose two halves are one matrix."""

    def __init__(self):
        super().__init__()
        self.both, self.out = nn.Linear(3, 10), nn.Linear(5, 2)

    def forward(self, x):
        return self.out(F.glu(self.both(x), -1))


class Raw(nn.Module):
    """Parameters of no module, and einsum: h and k always come together, m alone."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = (
            nn.Parameter(torch.randn(*shape)) for shape in ((3, 2, 3), (2, 3, 4), (4, 2))
        )

    def forward(self, x):
        x = torch.tanh(torch.einsum("bi,ihk->bhk", x, self.first))
        return torch.einsum("bm,mo->bo", torch.tanh(torch.einsum("bhk,hkm->bm", x, self.second)), self.third)


class Siren(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 5), nn.Linear(5, 4), nn.Linear(4, 1)])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.sin(3 * layer(x))
        return self.layers[-1](x)


class TiedAutoencoder(nn.Module):
    """The decoder's matrices are the encoder's, transposed."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(6, 5), nn.Linear(5, 3)
        self.back = nn.Parameter(torch.zeros(5))
        self.end = nn.Parameter(torch.zeros(6))

    def forward(self, x):
        code = torch.tanh(self.second(torch.tanh(self.first(x))))
        hidden = torch.tanh(F.linear(code, self.second.weight.T, self.back))
        return F.linear(hidden, self.first.weight.T, self.end)


def mlp():
    return nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2))


def normalised_mlp():
    return nn.Sequential(
        *(nn.Linear(3, 5), nn.LayerNorm(5), nn.GELU(), nn.Dropout(0.5)),
        *(nn.Linear(5, 4), nn.LayerNorm(4), nn.GELU(), nn.Dropout(0.5), nn.Linear(4, 2)),
    )


def convolutions():
    return nn.Sequential(
        *(nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(4, 5, 3, padding=1), nn.BatchNorm2d(5), nn.ReLU(), nn.Flatten(), nn.Linear(5 * 4 * 4, 3)),
    )
