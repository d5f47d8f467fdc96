"""The networks for puzzles of grids, derived and plain, and how they learn from demonstrations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import torch
from torch.func import functional_call
from torch.nn import functional

from symshare.experiments.arc.layout import Layout, answer_of, encode, shape_of
from symshare.experiments.arc.tasks import COLOURS, Pair
from symshare.experiments.harness.training import Context, Fitted, Recipe, fit
from symshare.nn import EinNet

__all__ = ["DEPTH", "NETS", "NOISE", "WIDTH", "Derived", "Flat", "batches_of", "exact", "train", "undecided"]

NETS = {"pruned": "", "all poolings": ", all poolings", "MLP": ", MLP"}
"""The networks that are trained, and what their jobs are called after the name of the task."""

WIDTH, POOL_WIDTH, DEPTH = 16, 16, 3
"""Channels between layers, channels of poolings, and the number of pooling layers; chosen, not measured."""

NOISE = 0.1
"""Each step moves the weights at random by so much of their size: what is learned then has some margin."""


class Derived(torch.nn.Module):
    """A derived network from grids to a score of each colour in each cell of the answers."""

    def __init__(self, layout: Layout, pair: Pair, poolings: Sequence[str], device: torch.device) -> None:
        super().__init__()
        self.layout = layout
        self.outer = dict(zip(layout.wanted, (*shape_of(answer_of(pair)), COLOURS), strict=True))
        sizes = zip(layout.given, (*shape_of(pair.input), COLOURS), strict=True)
        inputs = 2 * math.prod(size for letter, size in sizes if letter.isupper())
        outputs = math.prod(size for letter, size in self.outer.items() if letter.isupper())
        widths = (WIDTH, POOL_WIDTH, DEPTH)
        self.net = EinNet(layout.signature, inputs, outputs, *widths, poolings=poolings, device=device)

    def forward(self, grids: torch.Tensor) -> torch.Tensor:
        """Scores (number, rows, columns, colours) for grids (number, rows, columns)."""
        found = self.net(encode(self.layout, grids))
        inner = dict(zip(self.layout.given, (*grids.shape[1:], COLOURS), strict=True))
        wanted = self.layout.wanted
        order = [place for place, letter in enumerate(wanted) if letter.islower()]
        order += [place for place, letter in enumerate(wanted) if not letter.islower()]
        sizes = [(inner if wanted[place].islower() else self.outer).get(wanted[place], 1) for place in order]
        sizes = [size if wanted[place] else 1 for size, place in zip(sizes, order, strict=True)]
        back = [1 + order.index(place) for place in range(3)]
        shaped: torch.Tensor = found.reshape(len(grids), *sizes).permute(0, *back)
        return shaped


class Flat(torch.nn.Module):
    """A plain network on the cells of a grid in a row, padded by no colour; answers lie in the upper left corner."""

    def __init__(self, inner: tuple[int, int], outer: tuple[int, int], follows: bool) -> None:
        super().__init__()
        self.inner, self.outer, self.follows = inner, outer, follows
        width = 256
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(math.prod(inner) * COLOURS, width),
            torch.nn.GELU(),
            torch.nn.Linear(width, width),
            torch.nn.GELU(),
            torch.nn.Linear(width, math.prod(outer) * COLOURS),
        )

    def forward(self, grids: torch.Tensor) -> torch.Tensor:
        """Scores (number, rows, columns, colours) for grids (number, rows, columns)."""
        rows, columns = grids.shape[1:]
        hot = functional.one_hot(grids, COLOURS).float()
        hot = functional.pad(hot, (0, 0, 0, self.inner[1] - columns, 0, self.inner[0] - rows))
        found: torch.Tensor = self.layers(hot.flatten(1)).reshape(len(grids), *self.outer, COLOURS)
        return found[:, :rows, :columns] if self.follows else found


Batch = tuple[torch.Tensor, torch.Tensor]


def batches_of(pairs: Iterable[Pair], device: torch.device) -> list[Batch]:
    """Grids and answers, those of equal shapes together."""
    by: dict[tuple[tuple[int, int], ...], list[Pair]] = {}
    for pair in pairs:
        by.setdefault((shape_of(pair.input), shape_of(answer_of(pair))), []).append(pair)
    return [
        (torch.tensor([one.input for one in same]).to(device), torch.tensor([one.output for one in same]).to(device))
        for same in by.values()
    ]


def _loss(model: torch.nn.Module, batches: Sequence[Batch], weights: dict[str, torch.Tensor]) -> torch.Tensor:
    """Cross-entropy of the colours, the mean over all cells of the answers."""
    total = torch.zeros((), device=batches[0][0].device)
    for x, y in batches:
        found = functional_call(model, weights, (x,))
        total = total + functional.cross_entropy(found.flatten(0, -2), y.flatten(), reduction="sum")
    return total / sum(y.numel() for _, y in batches)


TIE = 1e-4
"""Scores that differ by so much of the largest are the same: colours that nothing tells apart differ by roundings only."""


def undecided(scores: torch.Tensor) -> torch.Tensor:
    """Where the colour of the highest score, of scores (.., colours), is not the only one.

    >>> undecided(torch.tensor([[0.0, 2.0, 2.0], [0.0, 1.0, 2.0]]))
    tensor([ True, False])
    """
    return _as_likely(scores, scores.amax(-1, keepdim=True)).sum(-1) != 1


def exact(model: torch.nn.Module, batches: Sequence[Batch]) -> float:
    """The share of grids with no wrong cell; a right colour that ties with another one is wrong."""
    right = []
    with torch.no_grad():
        for x, y in batches:
            scores = model(x)
            rivals = _as_likely(scores, scores.gather(-1, y[..., None]))
            right.append((rivals.sum(-1) == 1).flatten(1).all(1))
    return torch.cat(right).double().mean().item()


def _as_likely(scores: torch.Tensor, one: torch.Tensor) -> torch.Tensor:
    """Which scores are as high as one of them; all of them where one is no number."""
    found: torch.Tensor = scores >= one - TIE * scores.abs().amax(-1, keepdim=True)
    return found | scores.isnan().any(-1, keepdim=True)


def train(context: Context, model: torch.nn.Module, batches: Sequence[Batch], recipe: Recipe) -> Fitted:
    """Learn the demonstrations; the step at which they are learned best is kept, nothing else is looked at."""

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        weights = {}
        for name, value in model.named_parameters():
            size = value.detach().std(correction=0)
            move = torch.randn(value.shape, generator=generator).to(value.device)
            weights[name] = value + NOISE * size * move
        return _loss(model, batches, weights)

    return fit(context, model, loss, recipe, validate=lambda model: _loss(model, batches, {}).item(), stop_at=0.0)
