"""Tensors of two networks side by side, the second one's under tables that say how its axes are rearranged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from symshare.weights.acting import Element
from symshare.weights.aligning.matching import Forest, Pair, Tables
from symshare.weights.axes import Axis, Tensor, above
from symshare.weights.parts import Part, parts, taken
from symshare.weights.scales import Powers, Scale
from symshare.weights.specs import Spec

__all__ = ["Both", "Compared", "compared", "real", "under"]

State = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A part of a tensor of both networks over its axes; `odd` has for each of them the signs with which the part changes."""

    part: Part
    one: torch.Tensor
    two: torch.Tensor
    odd: tuple[frozenset[int], ...]


def compared(spec: Spec, a: State, b: State) -> Iterator[Compared]:
    """The parts of weights that have permuted axes; complex numbers as their real and imaginary parts."""
    signs: dict[str, list[Scale]] = {}
    for scale in spec.scales:
        if scale.kind == "sign":
            signs.setdefault(scale.axis, []).append(scale)
    for tensor in spec.tensors:
        if tensor.name in a and (a[tensor.name].is_floating_point() or a[tensor.name].is_complex()):
            powers = {axis: [one.by_name.get(tensor.name) for one in own] for axis, own in signs.items()}
            yield from _parts_of(spec.named, tensor, a[tensor.name], b[tensor.name], powers)


def _parts_of(
    axes: Mapping[str, Axis],
    tensor: Tensor,
    one: torch.Tensor,
    two: torch.Tensor,
    powers: Mapping[str, Sequence[Powers | None]],
) -> Iterator[Compared]:
    for number, part in enumerate(parts(tensor, axes)):
        if all(axes[name].fixed for name in part.axes):
            continue
        odd = tuple(
            frozenset(
                sign for sign, own in enumerate(powers.get(name, ())) if own is not None and own[number][slot] % 2
            )
            for slot, name in enumerate(part.axes)
        )
        for x, y in zip(*(real(taken(part, whole)) for whole in (one, two)), strict=True):
            yield Compared(part, x, y, odd)


def real(array: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """An array as one or two of double precision, where units are matched."""
    pieces = (array.real, array.imag) if array.is_complex() else (array,)
    return tuple(one.detach().to("cpu", torch.float64) for one in pieces)


@dataclass(frozen=True, slots=True, eq=False)
class Both:
    """What is compared of two networks over the axes of a spec, which are matched as a forest says."""

    axes: Mapping[str, Axis]
    forest: Forest
    compared: tuple[Compared, ...]
    squares: float
    """The squares of all that is compared."""

    @classmethod
    def of(cls, spec: Spec, found: Iterable[Compared]) -> Both:
        """Over the axes of a spec."""
        every = tuple(found)
        squares = sum(float(each.one.square().sum() + each.two.square().sum()) for each in every)
        return cls(spec.named, _forest(spec), every, squares)

    @property
    def apart_by_axis(self) -> bool:
        """Whether each array has one place of one root, so that what is best for an axis depends on no other."""
        return all(sum(name in self.forest.roots for name in each.part.axes) < 2 for each in self.compared)

    def moved(self, each: Compared, tables: Tables, keep: Sequence[int] = ()) -> torch.Tensor:
        """The second network's array under tables, but for some of its slots."""
        array, part = each.two, each.part
        grid = _grid(array.shape)
        indices, factor = [], torch.ones([1] * array.dim(), dtype=torch.float64)
        for slot, name in enumerate(part.axes):
            if slot in keep or name not in tables:
                indices.append(grid[slot])
                continue
            chain = tuple(grid[place] for place in part.chain(slot))
            indices.append(tables[name][chain])
            signs = tables.get(f"{name} sign")
            if signs is not None and each.odd[slot] and signs.shape[-1]:
                factor = factor * signs[chain][..., sorted(each.odd[slot])].prod(-1)
        return array[tuple(indices)] * factor if indices else array

    def products(self, tables: Tables, numbers: Sequence[int] | None = None) -> list[float]:
        """For all that is compared, or some of it, the sum of products of both under tables."""
        chosen = self.compared if numbers is None else [self.compared[number] for number in numbers]
        return [float((each.one * self.moved(each, tables)).sum()) for each in chosen]

    def apart(self, tables: Tables) -> float:
        """The root of the mean of squared differences under tables."""
        total = max(0.0, self.squares - 2 * sum(self.products(tables)))
        return float((total / max(1, sum(each.one.numel() for each in self.compared))) ** 0.5)

    def touching(self, root: str) -> list[int]:
        """Which of all that is compared a root, or what depends on it, is an axis of."""
        tree = self.forest.tree(root)
        return [number for number, each in enumerate(self.compared) if tree & {*each.part.axes}]

    def pairs(self, root: str, tables: Tables, numbers: Sequence[int]) -> list[Pair]:
        """By what an axis is matched with all below it: for each of its places in some arrays one pair, other axes as tables
        say."""
        tree, found = self.forest.tree(root), list[Pair]()
        for each in (self.compared[number] for number in numbers):
            part = each.part
            for start in (slot for slot, name in enumerate(part.axes) if name == root):
                own = [slot for slot, name in enumerate(part.axes) if name in tree and start in part.chain(slot)]
                rest = [slot for slot in range(each.one.dim()) if slot not in own]
                one, two = (
                    array.permute([*own, *rest])[..., None].flatten(len(own))
                    for array in (each.one, self.moved(each, tables, own))
                )
                names = tuple(part.axes[slot] for slot in own)
                found.append(Pair(one, two, names, {part.axes[slot]: each.odd[slot] for slot in own}))
        return found


def _forest(spec: Spec) -> Forest:
    """The axes that are permuted, and those that such depend on."""
    named = spec.named
    kept = {one.name for axis in spec.permuted for one in (*above(axis, named), axis)}
    listed = [axis for axis in spec.axes if axis.name in kept]
    below = {axis.name: tuple(one.name for one in listed if one.parent == axis.name) for axis in listed}
    return Forest(
        tuple(axis.name for axis in listed if not axis.parent),
        below,
        {axis.name: axis.size for axis in listed},
        frozenset(axis.name for axis in listed if axis.fixed),
    )


def _grid(shape: Sequence[int]) -> list[torch.Tensor]:
    """The numbers along each dimension, to be combined."""
    rank = len(shape)
    return [
        torch.arange(size).reshape([-1 if place == at else 1 for at in range(rank)]) for place, size in enumerate(shape)
    ]


def under(element: Element, axis: Axis, axes: Mapping[str, Axis], numbers: torch.Tensor) -> torch.Tensor:
    """Numbers of the values of an axis, in each of its lists, where the permutations of an element bring them."""
    line = [*above(axis, axes), axis]
    grid = _grid(numbers.shape)
    indices = []
    for place, one in enumerate(line):
        table = element.permutations.get(one.name)
        indices.append(grid[place] if table is None else table[tuple(grid[: place + 1])])
    return numbers[tuple(indices)]
