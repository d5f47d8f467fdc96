"""Modules that keep a symmetry, none of them written by symshare."""

import torch
from torch import nn

from tests.nn.checking.broken import Case, adjacency


def perceptron(ins, outs):
    return nn.Sequential(nn.Linear(ins, 16), nn.Tanh(), nn.Linear(16, outs))


class DeepSets(nn.Module):
    """Zaheer et al. 2017."""

    def __init__(self):
        super().__init__()
        self.phi, self.rho = perceptron(3, 8), perceptron(8, 2)

    def forward(self, x):
        return self.rho(self.phi(x).sum(-2))


class Attends(nn.Module):
    """A multihead attention block of Lee et al. 2019."""

    def __init__(self, width=8):
        super().__init__()
        self.attend = nn.MultiheadAttention(width, 2, batch_first=True)
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.feed = nn.Linear(width, width)

    def forward(self, x, y):
        h = self.first(x + self.attend(x, y, y, need_weights=False)[0])
        return self.second(h + self.feed(h).relu())


class SetTransformer(nn.Module):
    """Induced attention among items, and pooling by seeds that are learned (Lee et al. 2019)."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(3, 8)
        self.points, self.seed = nn.Parameter(torch.randn(1, 4, 8)), nn.Parameter(torch.randn(1, 1, 8))
        self.induce, self.back, self.pool = Attends(), Attends(), Attends()
        self.out = nn.Linear(8, 2)

    def forward(self, x):
        h = self.embed(x)
        few = self.induce(self.points.expand(len(h), -1, -1), h)
        h = self.back(h, few)
        return self.out(self.pool(self.seed.expand(len(h), -1, -1), h))[:, 0]


class GraphNetwork(nn.Module):
    """Messages along an adjacency matrix, normalised by degrees."""

    def __init__(self):
        super().__init__()
        self.message, self.update = perceptron(3, 4), nn.GRUCell(4, 3)

    def forward(self, adjacency, x):
        for _ in range(2):
            gathered = adjacency @ self.message(x) / (1 + adjacency.sum(-1, keepdim=True))
            x = self.update(gathered.flatten(0, -2), x.flatten(0, -2)).view_as(x)
        return x


class Equivariant(nn.Module):
    """Coordinates and features are updated together (Satorras et al. 2021)."""

    def __init__(self):
        super().__init__()
        self.edge, self.weigh, self.node = perceptron(7, 4), perceptron(4, 1), perceptron(7, 3)

    def forward(self, x, h):
        gaps = x[..., :, None, :] - x[..., None, :, :]
        squares = gaps.square().sum(-1, keepdim=True)
        size = x.shape[-2]
        one = h[..., :, None, :].expand(*h.shape[:-2], size, size, -1)
        other = h[..., None, :, :].expand(*h.shape[:-2], size, size, -1)
        edges = self.edge(torch.cat([squares, one, other], -1))
        x = x + (gaps * self.weigh(edges)).mean(-2)
        return x, h + self.node(torch.cat([h, edges.sum(-2)], -1))


class Circle(nn.Module):
    """Circular convolutions, directly and by FFT."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(3, 4, 3, padding=1, padding_mode="circular")
        self.kernel = nn.Parameter(torch.randn(9, 4))

    def forward(self, x):
        h = self.first(x.mT).mT.relu()
        return torch.fft.irfft(torch.fft.rfft(h, dim=-2) * torch.fft.rfft(self.kernel, dim=-2), n=9, dim=-2)


class Players(nn.Module):
    """Each player has cards of their own: sets within a set."""

    def __init__(self):
        super().__init__()
        self.card, self.hand, self.out = perceptron(3, 4), perceptron(4, 4), perceptron(8, 2)

    def forward(self, x):
        hands = self.hand(self.card(x).amax(-2))
        every = hands.mean(-2, keepdim=True).expand_as(hands)
        return self.out(torch.cat([hands, every], -1))


class Form(nn.Module):
    """A bilinear form on vectors of one kind, and covectors that act on them, weighed by what they give."""

    def __init__(self):
        super().__init__()
        self.weigh = perceptron(1, 1)

    def forward(self, form, vector):
        lowered = torch.einsum("...ij,...j->...i", form, vector)
        value = torch.einsum("...i,...i->...", lowered, vector)
        return self.weigh(value[..., None]) * vector, lowered


class SelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attend = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        return self.attend(x, x, x, average_attn_weights=True)


class Words(nn.Module):
    """A bag of words: their embeddings, encoded and averaged."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 8)
        self.encode = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

    def forward(self, tokens):
        return self.encode(self.embed(tokens)).mean(-2)


class Trained(nn.Module):
    """Dropout and batch normalisation over items, with statistics that are no longer those of a beginning."""

    def __init__(self):
        super().__init__()
        self.first, self.norm, self.drop, self.second = (
            nn.Linear(3, 4),
            nn.BatchNorm1d(4),
            nn.Dropout(),
            nn.Linear(4, 2),
        )
        with torch.no_grad():
            self.norm.running_mean.normal_()

    def forward(self, x):
        return {"items": self.second(self.drop(self.norm(self.first(x).mT).mT)), "none": None}


class Forces(nn.Module):
    """The gradient of an invariant energy: it needs derivatives to run."""

    def __init__(self):
        super().__init__()
        self.energy = perceptron(1, 1)

    def forward(self, x):
        x = x.detach().requires_grad_()
        gaps = (x[..., :, None, :] - x[..., None, :, :]).square().sum(-1, keepdim=True)
        (slope,) = torch.autograd.grad(self.energy(gaps).sum(), x)
        return -slope


ENCODER = lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2)  # noqa: E731

RIGHT = {
    "Deep Sets": Case(DeepSets, "aH->H", ((2, 6, 3),)),
    "a set transformer": Case(SetTransformer, "aH->H", ((2, 6, 3),)),
    "a graph network": Case(GraphNetwork, "aa,aH->aH", (adjacency, (2, 6, 3))),
    "coordinates and features": Case(
        Equivariant, "x:ar,h:aH->x:ar,h:aH", ((2, 6, 3), (2, 6, 3)), {"axes": {"r": "O(3)"}}
    ),
    "circular convolutions": Case(Circle, "tH", ((2, 9, 3),), {"axes": {"t": "C(9)"}}),
    "players and their cards": Case(Players, "abH->aH", ((2, 4, 5, 3),), {"depends": ["a->b"]}),
    "vectors and covectors": Case(Form, "ss,r->r,s", ((2, 3, 3), (2, 3)), {"axes": {"r": "GL(3)", "s": "dual(r)"}}),
    "self-attention": Case(SelfAttention, "aH->aH,aa", ((2, 6, 8),)),
    "an encoder without positions": Case(ENCODER, "aH", ((2, 6, 8),)),
    "a bag of words": Case(Words, "a->H", (lambda: torch.randint(20, (2, 6)),)),
    "dropout and batch normalisation": Case(Trained, "aH", ((2, 6, 3),)),
    "forces": Case(Forces, "ar", ((2, 6, 3),), {"axes": {"r": "O(3)"}}),
}
