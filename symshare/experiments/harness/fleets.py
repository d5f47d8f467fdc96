"""Many networks of one kind side by side: their states (networks, ..), trained at once by batched products."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import nn
from torch.func import functional_call, vmap

from symshare.weights import Spec
from symshare.weights.axes import pieces_of

__all__ = ["State", "accuracies", "adam", "apart", "between", "moved", "orders", "reordered", "started"]

State = dict[str, torch.Tensor]
"""Tensors by name; of many networks (networks, ..)."""


def between(least: float, most: float, number: int, generator: torch.Generator) -> torch.Tensor:
    """Numbers between two, evenly on the scale of their logarithms."""
    return least * (most / least) ** torch.rand(number, generator=generator)


def started(make: Callable[[], nn.Module], factor: torch.Tensor, generator: torch.Generator) -> State:
    """First states, larger or smaller than torch's by a factor of each network's own (networks,)."""
    found = {}
    for name, one in make().state_dict().items():
        fan = one[0].numel() if one.dim() > 1 else 16
        values = (2 * torch.rand(len(factor), *one.shape, generator=generator) - 1) / fan**0.5
        found[name] = values * factor.reshape(-1, *[1] * one.dim())
    return found


def adam(
    value: torch.Tensor,
    slope: torch.Tensor,
    moments: list[torch.Tensor],
    step: int,
    rate: torch.Tensor,
    decay: torch.Tensor,
) -> None:
    """One step of AdamW in place, for each network with a rate and a decay of its own (networks,)."""
    shape = (-1, *[1] * (value.dim() - 1))
    moments[0].lerp_(slope, 0.1)
    moments[1].lerp_(slope.square(), 0.001)
    first, second = moments[0] / (1 - 0.9 ** (step + 1)), moments[1] / (1 - 0.999 ** (step + 1))
    value.sub_(rate.reshape(shape) * (first / (second.sqrt() + 1e-8) + decay.reshape(shape) * value))


@torch.no_grad()
def accuracies(
    model: nn.Module, states: Mapping[str, torch.Tensor], images: torch.Tensor, shown: torch.Tensor
) -> torch.Tensor:
    """The share of images that each network tells right, (networks,)."""
    number = len(next(iter(states.values())))
    found = []
    for start in range(0, number, 100):
        part = {name: one[start : start + 100] for name, one in states.items()}
        scores = vmap(lambda state: functional_call(model, state, (images,)))(part)
        found.append((scores.argmax(-1) == shown).float().mean(-1))
    return torch.cat(found)


def apart(states: Mapping[str, torch.Tensor]) -> list[State]:
    """The state of each network."""
    number = len(next(iter(states.values())))
    return [{name: one[place] for name, one in states.items()} for place in range(number)]


def moved(found: Spec, states: State, generator: torch.Generator) -> State:
    """Hidden units of each network (networks, ..) in an order of its own, drawn at random."""
    return reordered(found, states, orders(found, len(next(iter(states.values()))), generator))


def orders(found: Spec, number: int, generator: torch.Generator) -> State:
    """For each axis of hidden units an order of each network's own, (networks, units)."""
    return {axis.name: torch.rand(number, axis.size, generator=generator).argsort(-1) for axis in found.permuted}


def reordered(found: Spec, states: State, chosen: State) -> State:
    """Hidden units of each network (networks, ..) in the orders that were drawn for it."""
    states = dict(states)
    for axis, order in chosen.items():
        for name, one in states.items():
            for place, row in enumerate(found.by_name[name].dims):
                if any(piece.axis == axis for piece in pieces_of((row,))):
                    shape = [-1 if at == place + 1 else 1 for at in range(one.dim())]
                    shape[0] = len(order)
                    states[name] = states[name].take_along_dim(order.to(one.device).reshape(shape), place + 1)
    return states
