"""The best rearrangement of one axis, with all that depends on it: assignments whose costs are assignments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

__all__ = ["Pair", "Tables", "matched"]

Tables = dict[str, torch.Tensor]
"""For each axis the old place at each new one, (*new places of all that it depends on, n); `axis sign` has signs there."""

SWEEPS = 3
"""How often axes that stand in one tensor side by side are matched in turn; chosen, not measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A part of both networks: arrays (*axes, rest), the names of these axes, and those of them whose signs it changes with."""

    one: torch.Tensor
    two: torch.Tensor
    axes: tuple[str, ...]
    odd: frozenset[str] = frozenset()

    def along(self, axis: str) -> Pair:
        """The same with one axis first."""
        at = self.axes.index(axis)
        order = (axis, *self.axes[:at], *self.axes[at + 1 :])
        return replace(self, one=self.one.movedim(at, 0), two=self.two.movedim(at, 0), axes=order)

    def moved(self, axis: str, tables: Tables) -> Pair:
        """The same with the second array rearranged along an axis on which no other axis here depends, which then counts as
        all others do."""
        own = self.along(axis)
        two = own.two[tables[axis]]
        if axis in self.odd:
            two = two * tables[f"{axis} sign"].reshape([-1] + [1] * (two.dim() - 1)).to(two)
        arrays = (one.movedim(0, -1).flatten(-2) for one in (own.one, two))
        return Pair(*arrays, own.axes[1:], self.odd - {axis})


def matched(axis: str, pairs: Sequence[Pair], below: Mapping[str, Sequence[str]], sizes: Mapping[str, int]) -> tuple[float, Tables]:
    """The tables of an axis and of all below it under which products of both networks add up to most, and that sum."""
    own = [pair.along(axis) for pair in pairs]
    size = sizes[axis]
    even, odd = torch.zeros(size, size, dtype=torch.float64), torch.zeros(size, size, dtype=torch.float64)
    deeper = []
    for pair in own:
        if len(pair.axes) > 1:
            deeper.append(pair)
            continue
        found = pair.one.reshape(size, -1).double() @ pair.two.reshape(size, -1).double().T
        if axis in pair.odd:
            odd += found
        else:
            even += found
    scores, inner = even + odd.abs(), dict[tuple[int, int], Tables]()
    if deeper:
        children = [child for child in below.get(axis, ()) if any(child in pair.axes for pair in deeper)]
        for one in range(size):
            for two in range(size):
                cut = [Pair(pair.one[one], pair.two[two], pair.axes[1:], pair.odd - {axis}) for pair in deeper]
                score, inner[one, two] = _together(children, cut, below, sizes)
                scores[one, two] += score
    rows, columns = linear_sum_assignment(scores.numpy(), maximize=True)
    places = torch.from_numpy(np.asarray(columns))
    tables: Tables = {axis: places}
    if any(axis in pair.odd for pair in own):
        chosen = odd[torch.from_numpy(np.asarray(rows)), places]
        tables[f"{axis} sign"] = torch.where(chosen < 0, -1.0, 1.0).double()
    for name in inner[0, int(columns[0])] if inner else ():
        tables[name] = torch.stack([inner[int(row), int(column)][name] for row, column in zip(rows, columns, strict=True)])
    return float(scores[rows, columns].sum()), tables


def _together(
    axes: Sequence[str], pairs: Sequence[Pair], below: Mapping[str, Sequence[str]], sizes: Mapping[str, int]
) -> tuple[float, Tables]:
    """The tables of several axes that depend on nothing here: each by itself where no tensor has two of them, else in turn."""
    tables: Tables = {}
    groups = {axis: {axis, *_under(axis, below)} for axis in axes}
    for axis in axes:
        for name in groups[axis]:
            tables |= _still(name, axis, below, sizes)
    total = 0.0
    shared = any(sum(bool(groups[axis] & {*pair.axes}) for axis in axes) > 1 for pair in pairs)
    for _ in range(SWEEPS if shared else 1):
        total = 0.0
        for axis in axes:
            own = [pair for pair in pairs if axis in pair.axes]
            for other in axes:
                if other != axis:
                    own = [_without(pair, groups[other], tables) for pair in own]
            score, found = matched(axis, own, below, sizes)
            tables |= found
            total += score
    return total, tables


def _under(axis: str, below: Mapping[str, Sequence[str]]) -> list[str]:
    return [name for child in below.get(axis, ()) for name in (child, *_under(child, below))]


def _still(name: str, root: str, below: Mapping[str, Sequence[str]], sizes: Mapping[str, int]) -> Tables:
    """An axis as it is, for every place of all above it up to a root."""
    parents = {child: parent for parent, children in below.items() for child in children}
    above, at = list[int](), name
    while at != root:
        at = parents[at]
        above.insert(0, sizes[at])
    shape = [*above, sizes[name]]
    return {name: torch.arange(sizes[name]).expand(shape), f"{name} sign": torch.ones(shape, dtype=torch.float64)}


def _without(pair: Pair, axes: set[str], tables: Tables) -> Pair:
    """A pair with some axes, one of which may depend on another, put in the order that tables say."""
    here = [axis for axis in pair.axes if axis in axes]
    if len(here) > 1:
        return replace(pair, one=pair.one[..., :0], two=pair.two[..., :0])  # told apart only with all of them known
    return pair.moved(here[0], tables) if here else pair
