"""What is seen of networks of sines: as tensors of layers on weights, or all weights in a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import torch

from symshare.experiments.harness.fleets import State, apart, orders, reordered
from symshare.experiments.harness.sines import Fits, Siren
from symshare.weights import Features, Spec, Statistics, spec

__all__ = ["Tensors", "features_of", "inputs_of", "mover", "plain_inputs", "spec_of"]

Tensors = tuple[torch.Tensor, ...]
SHARPNESS = 2.0
"""By what first weights and phases are multiplied before a reader sees them: they are angles, whose size says something."""


@cache
def spec_of() -> Spec:
    """The symmetry of the weights: both hidden layers permuted."""
    return spec(Siren(), (torch.zeros(3, 2),))


def features_of(train: Fits, start: State | None) -> Features:
    """How networks become tensors, by the means and deviations of those that are trained on; first weights and phases stay
    angles."""
    features = Features(spec_of(), entries=1 if start is None else 2).measured(_samples(train, start))
    return features if start is not None else replace(features, statistics=_with_angles(features.statistics))


def inputs_of(features: Features, some: Fits, start: State | None) -> Tensors:
    """The tensors of networks."""
    return tuple(features(_samples(some, start)).values())


def _with_angles(found: Statistics | None) -> Statistics | None:
    """Means and deviations, but those of the first weights and phases, which are angles."""
    if found is None:
        return None
    angles = [name for name in found.means if name.startswith("first")]
    means = {name: torch.zeros_like(found.means[name]) for name in angles}
    deviations = {name: torch.full_like(found.means[name], 1 / SHARPNESS) for name in angles}
    return Statistics({**found.means, **means}, {**found.deviations, **deviations})


def _samples(some: Fits, start: State | None) -> list[Any]:
    """The states of networks, each with the start taken from it beside where there is one."""
    if start is None:
        return apart(some.states)
    own = {name: one[0] for name, one in start.items()}
    return [(own, {name: one - own[name] for name, one in state.items()}) for state in apart(some.states)]


def plain_inputs(train: Fits, start: State | None, *, moved: bool = False) -> Callable[[Fits], Tensors]:
    """Each tensor less its mean over its deviation, of all its weights, or of each on its way from a common start.

    Where units are to be `moved` it is the way, and beside it the start: means of single weights would tell their order.
    """
    way = start or {key: torch.zeros_like(one[:1]) for key, one in train.states.items()}
    means = {key: (one - way[key]).mean(0, keepdim=True) for key, one in train.states.items()}
    if start is None or moved:
        means = {key: one.mean().expand_as(one) for key, one in means.items()}
    sizes = {key: (one - way[key]).std() for key, one in train.states.items()}
    more = tuple(one / one.square().mean().sqrt() for one in start.values()) if start is not None and moved else ()

    def seen(some: Fits) -> Tensors:
        found = [(one - way[key] - means[key]) / sizes[key] for key, one in some.states.items()]
        return (*found, *(one.expand(len(some), *one.shape[1:]) for one in more))

    return seen


def mover(names: list[str]) -> Callable[[Tensors, State, torch.Generator], tuple[Tensors, State]]:
    """What brings hidden units of each network into an order of its own, in all tensors of these names (networks, ..), which
    may be there several times, and in states alike."""

    def move(given: Tensors, states: State, generator: torch.Generator) -> tuple[Tensors, State]:
        chosen, found = orders(spec_of(), len(given[0]), generator), list[torch.Tensor]()
        for first in range(0, len(given), len(names)):
            part = dict(zip(names, given[first : first + len(names)], strict=True))
            other = reordered(spec_of(), part, chosen)
            found += [other[key] for key in names]
        return tuple(found), reordered(spec_of(), states, chosen) if states else states

    return move
