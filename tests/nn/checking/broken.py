"""Modules with a planted fault, each with the symmetry that it breaks, inputs, and what must be named."""

from dataclasses import dataclass, field

import torch
from torch import nn


@dataclass(frozen=True)
class Case:
    """A module, its symmetry and inputs; for a broken one the submodule at fault and a word of the line at fault."""

    make: object
    symmetry: str
    inputs: tuple
    options: dict = field(default_factory=dict)
    module: str = ""
    word: str = ""

    @property
    def drawn(self):
        return [one() if callable(one) else torch.randn(one) for one in self.inputs]


class Tokens(nn.Module):
    """Embed, add a position that begins as zeros, encode: the usual transformer."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(3, 8)
        self.positions = nn.Parameter(torch.zeros(6, 8))
        self.encode = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

    def forward(self, x):
        h = self.embed(x)
        h = h + self.positions
        return self.encode(h)


class Reshaped(nn.Module):
    """Rows and columns are swapped by a view instead of a transposition."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 5)

    def forward(self, x):
        h = self.first(x)
        batch, rows, columns, channels = h.shape
        h = h.reshape(batch, columns, rows, channels)
        return self.second(h).mean(2)


class Sorted(nn.Module):
    """Items are sorted where channels were meant."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 4)

    def forward(self, x):
        h = self.first(x).relu()
        h = h.sort(dim=-2).values
        return self.second(h)


class Largest(nn.Module):
    """The index of the largest entry of a row is used as if it were a value."""

    def __init__(self):
        super().__init__()
        self.score, self.embed = nn.Linear(3, 1), nn.Linear(1, 4)

    def forward(self, x):
        best = self.score(x).squeeze(-1).argmax(dim=-1)
        return self.embed(best.to(x.dtype)[..., None])


class Hands(nn.Module):
    """Attention over the cards of each player: the weights are normalised over the players."""

    def __init__(self):
        super().__init__()
        self.score, self.value = nn.Linear(3, 1), nn.Linear(3, 4)

    def forward(self, x):
        weights = self.score(x).softmax(dim=-3)
        return (weights * self.value(x)).sum(-2)


class Messages(nn.Module):
    """Lists of neighbours are filled up with number 0, and are not masked: everybody hears node 0."""

    def __init__(self):
        super().__init__()
        self.message, self.update = nn.Linear(3, 4), nn.Linear(7, 3)

    def forward(self, adjacency, x):
        size = x.shape[-2]
        number = torch.arange(size) * (adjacency > 0)
        neighbours = number.sort(dim=-1, descending=True).values
        sent = self.message(x)
        batch = torch.arange(len(x))[:, None, None]
        gathered = sent[batch, neighbours].mean(-2)
        return self.update(torch.cat([x, gathered], -1))


class Normed(nn.Module):
    """Batch normalisation of (batch, items, channels) takes the items for channels."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 4)
        self.norm = nn.BatchNorm1d(6)

    def forward(self, x):
        return self.second(self.norm(self.first(x)).relu())


class Written(nn.Module):
    """The first item is written over in place."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 4)

    def forward(self, x):
        h = self.first(x)
        h[..., 0, :] = h.mean(-2)
        return self.second(h)


class Cast(nn.Module):
    """Distances are computed in half precision."""

    def __init__(self):
        super().__init__()
        self.weigh = nn.Linear(1, 1)

    def forward(self, x):
        small = x.to(torch.float16)
        gaps = (small[..., :, None, :] - small[..., None, :, :]).square().sum(-1, keepdim=True).to(x.dtype)
        weights = self.weigh(gaps).sigmoid()
        return x + (weights * (x[..., :, None, :] - x[..., None, :, :])).mean(-2)


class Viewed(nn.Module):
    """A view with the sizes written down, in the wrong order."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(5 * 4, 4)

    def forward(self, x):
        h = self.first(x)
        return self.second(h.view(-1, 7, 20))


class Recurrent(nn.Module):
    """A recurrent network reads the items of a set."""

    def __init__(self):
        super().__init__()
        self.embed, self.read, self.out = nn.Linear(3, 4), nn.GRU(4, 5, batch_first=True), nn.Linear(5, 2)

    def forward(self, x):
        states, _ = self.read(self.embed(x).tanh())
        return self.out(states[..., -1, :])


class Biased(nn.Module):
    """Attention with a learned bias for each pair of places, which begins as zeros."""

    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(6, 6))
        self.attend = nn.MultiheadAttention(8, 2, batch_first=True)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        h, _ = self.attend(x, x, x, attn_mask=self.bias, need_weights=False)
        return self.out(h)


def adjacency():
    drawn = (torch.rand(2, 6, 6) < 0.4).float()
    return ((drawn + drawn.mT) > 0).float()


BROKEN = {
    "a positional parameter": Case(Tokens, "aH", ((2, 6, 3),), module="", word="positions"),
    "a reshape that mixes axes": Case(Reshaped, "abH->bH", ((2, 7, 5, 3),), module="", word="reshape"),
    "a sort along the wrong axis": Case(Sorted, "aH", ((2, 6, 3),), module="", word="sort"),
    "argmax": Case(Largest, "abH->aH", ((2, 6, 5, 3),), module="", word="argmax"),
    "softmax over the wrong dimension": Case(Hands, "abH->aH", ((2, 4, 5, 3),), {"depends": ["a->b"]}, "", "softmax"),
    "a missing mask": Case(Messages, "aa,aH->aH", (adjacency, (2, 6, 3)), module="", word="number = "),
    "BatchNorm over the wrong dimension": Case(Normed, "aH", ((2, 6, 3),), module="norm", word="norm"),
    "an in-place write": Case(Written, "aH", ((2, 6, 3),), module="", word="0, :] ="),
    "a dtype cast": Case(Cast, "ar->ar", ((2, 6, 3),), {"axes": {"r": "O(3)"}}, "", "float16"),
    "a fixed-size view": Case(Viewed, "baH->aH", ((2, 5, 7, 3),), module="", word="view"),
    "an RNN over a set": Case(Recurrent, "aH->H", ((2, 6, 3),), module="read", word="read"),
    "an attention bias": Case(Biased, "aH", ((2, 6, 8),), module="attend", word="bias"),
}
