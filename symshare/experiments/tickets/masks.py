"""Masks that need no reader: by sizes and slopes of the weights at the start, by what tickets have in common, by chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

from symshare.experiments.harness.fleets import State
from symshare.experiments.tickets.family import KEPT, Family, slopes_at, top

__all__ = ["BLIND", "MASKS", "SCORES", "Ways", "overlap", "ways"]

Ways = Mapping[str, State]
"""Masks by the way in which they were made."""
Maker = Callable[[Family, Family, torch.Generator], State]
"""Of the networks to be masked, of those whose tickets may be looked at, and of random numbers, the masks of the first."""


def _whole(some: Family, train: Family, generator: torch.Generator) -> State:
    return {name: torch.ones_like(one) for name, one in some.starts.items()}


def _tickets(some: Family, train: Family, generator: torch.Generator) -> State:
    return some.tickets


def _slopes(some: Family) -> State:
    """How much the loss depends on each weight: sizes times slopes of the loss on all images to train on.

    Source: Lee, Ajanthan and Torr, "SNIP: single-shot network pruning based on connection sensitivity", ICLR 2019.
    """
    slopes = slopes_at(some.starts)
    return {name: (one * slopes[name]).abs() for name, one in some.starts.items()}


def _sizes(some: Family) -> State:
    return {name: one.abs() for name, one in some.starts.items()}


def _another(some: Family, train: Family, generator: torch.Generator) -> State:
    """For each network the ticket of one to train on."""
    chosen = torch.randint(len(train), (len(some),), generator=generator)
    return {name: one[chosen] for name, one in train.tickets.items()}


def _random(some: Family, train: Family, generator: torch.Generator) -> State:
    return top(_even(some, generator), dict.fromkeys(some.starts, KEPT))


def _random_by_layer(some: Family, train: Family, generator: torch.Generator) -> State:
    return top(_even(some, generator), _shares(train))


def _random_by_pixel(some: Family, train: Family, generator: torch.Generator) -> State:
    """Each weight as often as tickets have those of its layer, its pixel or its class."""
    often = {
        "first.weight": train.tickets["first.weight"].mean((0, 1)),
        "second.weight": train.tickets["second.weight"].mean(),
        "last.weight": train.tickets["last.weight"].mean((0, 2))[:, None],
    }
    scores = {name: often.get(name, one).expand_as(one).clamp_min(1e-9).log() for name, one in some.starts.items()}
    return top(_noisy(scores, generator), _shares(train))


def _noisy(scores: State, generator: torch.Generator) -> State:
    """Scores with Gumbel's noise, so that the largest are drawn without replacement, as often as the scores' exponentials."""
    found = {}
    for name, one in scores.items():
        drawn = torch.rand(one.shape, generator=generator).clamp_(1e-20, 1 - 1e-7)
        found[name] = one - (-drawn.log()).log()
    return found


def _even(some: Family, generator: torch.Generator) -> State:
    return {name: torch.rand(one.shape, generator=generator) for name, one in some.starts.items()}


def _shares(train: Family) -> dict[str, float]:
    """The share of each tensor that tickets keep, the mean."""
    return {name: float(one.mean()) for name, one in train.tickets.items()}


MASKS: Mapping[str, Maker] = {
    "all weights": _whole,
    "ticket": _tickets,
    "another's ticket": _another,
    "random, by layer and pixel": _random_by_pixel,
    "random, by layer": _random_by_layer,
    "random": _random,
}
BLIND = ("another's ticket", "random, by layer and pixel", "random, by layer", "random")
"""Those that do not look at the network that they are for."""


SCORES: Mapping[str, Callable[[Family], State]] = {"slopes at the start": _slopes, "magnitudes at the start": _sizes}
"""What is known of each weight before a training."""


def ways(scores: State, train: Family, generator: torch.Generator | None = None) -> Ways:
    """Masks of the weights with the best scores of all, or of each layer, as many as tickets have on average; with random
    numbers also drawn in each layer, where scores are logarithms of how probable weights are."""
    shares = _shares(train)
    found = {"overall": top(scores), "by layer": top(scores, shares)}
    return found if generator is None else {**found, "drawn": top(_noisy(scores, generator), shares)}


def overlap(masks: State, others: State) -> torch.Tensor:
    """The share of the weights kept by others that masks keep too, (networks,)."""
    one, other = (
        torch.cat([part.flatten(1) for part in which.values() if part.dim() > 2], 1) for which in (masks, others)
    )
    return (one * other).sum(1) / other.sum(1)
