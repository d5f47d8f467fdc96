"""Weights as the tensors of a spec's signature, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch

from symshare.errors import SpecError, shown
from symshare.weights.axes import Tensor
from symshare.weights.parts import entered, taken
from symshare.weights.signatures import Place

__all__ = ["arranged", "restored"]

State = Mapping[str, torch.Tensor]


def arranged(found: Iterable[Place], tensors: Iterable[Tensor], state: State) -> dict[str, torch.Tensor]:
    """The tensors of the signature from a state."""
    own = _by_first_names(tensors, state)
    result = {}
    for place in found:
        rows = [taken(place.part, _held(own, name)) for name in place.weights]
        result[place.name] = torch.stack(rows) if place.repeats else rows[0]
    return result


def restored(found: Iterable[Place], tensors: Iterable[Tensor], given: State, state: State) -> dict[str, torch.Tensor]:
    """A state in which tensors of the signature are in their places."""
    first = _first_names(tensors)
    own = {name: one.clone() for name, one in _by_first_names(tensors, state).items()}
    for place in found:
        array = _held(given, place.name)
        shape = ((len(place.weights),) if place.repeats else ()) + place.sizes[int(place.repeats) :]
        if tuple(array.shape) != shape:
            raise SpecError(
                f"{shown(place.name)} is of the shape {tuple(array.shape)}\n  give one of the shape {shape}"
            )
        for name, one in zip(place.weights, array if place.repeats else [array], strict=True):
            entered(place.part, one, _held(own, name))
    return {name: own[first[name]] for name in state}


def _held(tensors: State, name: str) -> torch.Tensor:
    if name not in tensors:
        raise SpecError(f"there is no {shown(name)}\n  give it too")
    return tensors[name]


def _first_names(tensors: Iterable[Tensor]) -> dict[str, str]:
    return {name: tensor.name for tensor in tensors for name in (tensor.name, *tensor.tied)}


def _by_first_names(tensors: Iterable[Tensor], state: State) -> dict[str, torch.Tensor]:
    """A state by the first of the names that tied tensors have."""
    first = _first_names(tensors)
    return {first[name]: one for name, one in state.items()}
