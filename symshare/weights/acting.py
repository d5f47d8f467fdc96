"""Elements of the group of a module's weights, and how they act on tensors of their shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch

from symshare.errors import SpecError, shown
from symshare.weights.axes import Axis, Tensor, above
from symshare.weights.parts import Part, entered, parts, taken
from symshare.weights.scales import Scale, drawn_scale, factor

__all__ = ["Element", "acted", "check_element", "drawn", "exchange"]


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """Permutations of axes by their names, each (sizes of all that it depends on.., size); what is missing stays as it is.

    `scales` are numbers of the same shapes for axes that may be scaled, by which entries are multiplied at their new places.
    """

    permutations: Mapping[str, torch.Tensor] = field(default_factory=dict)
    scales: tuple[tuple[Scale, torch.Tensor], ...] = ()


def drawn(axes: Mapping[str, Axis], seed: int, scales: Sequence[Scale] = ()) -> Element:
    """A random permutation of each axis that is not fixed, and random numbers for some scales."""
    if not isinstance(seed, int) or not -(2**63) <= seed < 2**64:
        raise SpecError(f"the seed is {shown(repr(seed))}\n  give a whole number below 2**64")
    random = torch.Generator().manual_seed(seed)
    permutations = {
        name: torch.rand(
            *(one.size for one in above(axis, axes)), axis.size, generator=random, dtype=torch.float64
        ).argsort(-1)
        for name, axis in axes.items()
        if not axis.fixed
    }
    return Element(permutations, tuple((one, drawn_scale(one, axes, random)) for one in scales))


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
    for scale, numbers in element.scales:
        if scale.axis not in axes:
            raise SpecError(
                f"an element scales the axis {shown(scale.axis)}\n  give one of the same spec: {', '.join(axes)}"
            )
        shape = (*(one.size for one in above(axes[scale.axis], axes)), axes[scale.axis].size)
        allowed = numbers.abs() == 1 if scale.kind == "sign" else numbers > 0
        if tuple(numbers.shape) != shape or not bool(allowed.all()):
            wanted = "1 and -1" if scale.kind == "sign" else "positive numbers"
            raise SpecError(f"what scales the axis {scale.axis} does not fit\n  give {wanted} of the shape {shape}")


def acted(tensor: Tensor, axes: Mapping[str, Axis], element: Element, entries: torch.Tensor) -> torch.Tensor:
    """A tensor's entries, each where an element brings it."""
    result = entries.clone()
    scales = [(powers, numbers) for one, numbers in element.scales if (powers := one.by_name.get(tensor.name))]
    for number, part in enumerate(parts(tensor, axes)):
        if scales or any(name in element.permutations for name in part.axes):
            array = _moved(part, element, taken(part, entries))
            for powers, numbers in scales:
                if any(powers[number]):
                    array = array * _as(array, factor(part, powers[number], numbers, array.shape), tensor.name)
            entered(part, array, result)
    if tensor.labels in element.permutations:
        # value i of the axis goes where i stands in its permutation
        result = element.permutations[tensor.labels].argsort()[result]
    return result


def _as(array: torch.Tensor, numbers: torch.Tensor, name: str) -> torch.Tensor:
    """Numbers by which an array is multiplied, in its type; a mask stays where it is."""
    found = numbers.to(array)
    whole = not (array.is_floating_point() or array.is_complex() or array.dtype == torch.bool)
    if whole and not torch.equal(found.to(numbers), numbers):
        what = f"{shown(name)} has whole numbers of the type {array.dtype}, and is multiplied by others"
        raise SpecError(f"{what}\n  give it in floating point, or an element without scales: spec.random(seed)")
    return found


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
        indices.append(table.to(array.device)[tuple(grid[place] for place in part.chain(slot))])
    return array[tuple(indices)]
