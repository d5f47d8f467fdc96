"""Elements of the group of a module's weights, and how they act on tensors of their shapes."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np
import torch

from symshare.weights.found import Found, Part

__all__ = ["acted", "random_element", "swap"]

Element = Mapping[int, np.ndarray]
"""For each axis a permutation of its values, one for each value of what it depends on: (above.., size)."""


def random_element(found: Found, seed: int) -> Element:
    """A random permutation of each axis that is not fixed."""
    random = np.random.default_rng(seed)
    return {
        number: random.permuted(
            np.broadcast_to(np.arange(axis.size), (*(found.axes[one].size for one in found.above(number)), axis.size)),
            axis=-1,
        )
        for number, axis in enumerate(found.axes)
        if not axis.fixed
    }


def swap(found: Found, number: int, one: int, two: int) -> Element:
    """The exchange of two values of an axis, all else left as it is."""
    order = np.arange(found.axes[number].size)
    order[[one, two]] = order[[two, one]]
    return {number: order}


def acted(found: Found, element: Element, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Tensors of the shapes of the weights, each entry where the element brings it."""
    result = {name: tensor.clone() for name, tensor in tensors.items()}
    for part in found.parts:
        if part.name in tensors:
            places = tuple(slice(start, start + size) for start, size in zip(part.starts, part.sizes, strict=True))
            result[part.name][places] = _moved(found, part, element, tensors[part.name][places])
    return result


def _moved(found: Found, part: Part, element: Element, tensor: torch.Tensor) -> torch.Tensor:
    shape = tensor.shape
    ordered = tensor.reshape(part.layout).permute(part.order)
    lengths = iter(ordered.shape)
    sizes = [prod(next(lengths) for _ in range(many)) for many in part.joined]
    flat = ordered.reshape(sizes)
    grid = np.meshgrid(*map(np.arange, sizes), indexing="ij", sparse=True) if sizes else []
    indices = []
    for slot, number in enumerate(part.axes):
        if number not in element:
            indices.append(torch.from_numpy(grid[slot]))
            continue
        chain = [slot]
        while (above := part.parents[chain[0]]) >= 0:
            chain.insert(0, above)
        table = element[number]
        chain = chain[-table.ndim :]
        indices.append(torch.from_numpy(table[tuple(grid[place] for place in chain)]))
    moved = flat[tuple(indices)] if sizes else flat
    back = np.argsort(part.order)
    return moved.reshape(ordered.shape).permute(tuple(back)).reshape(shape)
