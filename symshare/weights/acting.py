"""Elements of the group of a module's weights, and how they act on tensors of their shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from symshare.errors import SpecError, shown
from symshare.weights.axes import Axis, Tensor, above
from symshare.weights.parts import Part, entered, parts, taken

__all__ = ["Element", "acted", "check_element", "drawn", "exchange"]


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """Permutations of axes by their names, each (sizes of all that it depends on.., size); what is missing stays as it is."""

    permutations: Mapping[str, torch.Tensor] = field(default_factory=dict)


def drawn(axes: Mapping[str, Axis], seed: int) -> Element:
    """A random permutation of each axis that is not fixed."""
    random = torch.Generator().manual_seed(seed)
    return Element(
        {
            name: torch.rand(
                *(one.size for one in above(axis, axes)), axis.size, generator=random, dtype=torch.float64
            ).argsort(-1)
            for name, axis in axes.items()
            if not axis.fixed
        }
    )


def exchange(axis: Axis, axes: Mapping[str, Axis], one: int, two: int) -> Element:
    """The exchange of two values of an axis, in each list of its own."""
    order = torch.arange(axis.size)
    order[[one, two]] = order[[two, one]]
    return Element({axis.name: order.expand(*(parent.size for parent in above(axis, axes)), axis.size)})


def check_element(axes: Mapping[str, Axis], element: Element) -> None:
    """Refuse what is no element of a spec's group or exchange along one of its axes."""
    if not isinstance(element, Element):
        raise SpecError(f"{shown(element)} is of type {type(element).__name__}\n  draw an element: spec.random(seed)")
    for name, table in element.permutations.items():
        if name not in axes:
            raise SpecError(f"an element has the axis {shown(name)}\n  give one of the same spec: {', '.join(axes)}")
        shape = (*(one.size for one in above(axes[name], axes)), axes[name].size)
        if tuple(table.shape) != shape or not bool((table.sort(-1).values == torch.arange(shape[-1])).all()):
            raise SpecError(
                f"what an element has for the axis {name} is no permutation\n  give whole numbers of the shape {shape}"
            )


def acted(tensor: Tensor, axes: Mapping[str, Axis], element: Element, entries: torch.Tensor) -> torch.Tensor:
    """A tensor's entries, each where an element brings it."""
    result = entries.clone()
    for part in parts(tensor, axes):
        if any(name in element.permutations for name in part.axes):
            entered(part, _moved(part, element, taken(part, entries)), result)
    if tensor.labels in element.permutations:
        # value i of the axis goes where i stands in its permutation
        result = element.permutations[tensor.labels].argsort()[result]
    return result


def _moved(part: Part, element: Element, array: torch.Tensor) -> torch.Tensor:
    """An array over the axes of a part, each entry where an element brings it."""
    rank = array.dim()
    grid = [
        torch.arange(size, device=array.device).reshape([-1 if place == at else 1 for at in range(rank)])
        for place, size in enumerate(array.shape)
    ]
    indices = []
    for slot, name in enumerate(part.axes):
        table = element.permutations.get(name)
        if table is None:
            indices.append(grid[slot])
            continue
        chain = [slot]
        while (parent := part.parents[chain[0]]) >= 0:
            chain.insert(0, parent)
        indices.append(table.to(array.device)[tuple(grid[place] for place in chain)])
    return array[tuple(indices)]
