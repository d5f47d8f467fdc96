"""The best rearrangement of one axis, with all that depends on it: assignments whose costs are assignments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

__all__ = ["Forest", "Pair", "Tables", "matched"]

Tables = dict[str, torch.Tensor]
"""For each axis the old place at each new one, (*new places of all that it depends on, n); `axis sign` has the signs there,
(.., n, scales)."""

MOST_SIGNS = 5
"""Signs of one axis of which all choices are tried."""
SWEEPS = 3
"""How often axes that stand in one tensor side by side are matched in turn; chosen, not measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Axes that are matched: those that depend on none, for each those that depend on it, how many values each has, and those
    that stay as they are, for what depends on them."""

    roots: tuple[str, ...]
    below: Mapping[str, Sequence[str]]
    sizes: Mapping[str, int]
    fixed: frozenset[str] = frozenset()

    def tree(self, root: str) -> frozenset[str]:
        """An axis and all that depend on it."""
        return frozenset({root, *(name for child in self.below[root] for name in self.tree(child))})

    def still(self, axis: str, *above: int) -> Tables:
        """An axis as it is, and all that depend on it, in lists for the values of those above."""
        shape = (*above, self.sizes[axis])
        tables = {
            axis: torch.arange(shape[-1]).expand(shape),
            f"{axis} sign": torch.ones(*shape, 0, dtype=torch.float64),
        }
        for child in self.below[axis]:
            tables |= self.still(child, *shape)
        return tables


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A part of both networks: arrays (*axes, rest), the names of these axes, and with which signs of each it changes."""

    one: torch.Tensor
    two: torch.Tensor
    axes: tuple[str, ...]
    odd: Mapping[str, frozenset[int]] = field(default_factory=dict)

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
        if self.odd.get(axis):
            signs = tables[f"{axis} sign"][:, sorted(self.odd[axis])].prod(-1)
            two = two * signs.reshape([-1] + [1] * (two.dim() - 1)).to(two)
        one, two = (array.movedim(0, -1).flatten(-2) for array in (own.one, two))
        return Pair(one, two, own.axes[1:], self.odd)


def matched(axis: str, pairs: Sequence[Pair], forest: Forest) -> tuple[float, Tables]:
    """The tables of an axis and of all below it under which products of both networks add up to most, and that sum."""
    own = [pair.along(axis) for pair in pairs]
    size, still = forest.sizes[axis], axis in forest.fixed
    sums: dict[frozenset[int], torch.Tensor] = {frozenset(): torch.zeros(size, size, dtype=torch.float64)}
    deeper = []
    for pair in own:
        if len(pair.axes) > 1:
            deeper.append(pair)
            continue
        products = pair.one.flatten(1) @ pair.two.flatten(1).T
        kind = pair.odd.get(axis, frozenset())
        sums[kind] = sums[kind] + products if kind in sums else products
    many = 1 + max((sign for pair in own for sign in pair.odd.get(axis, ())), default=-1)
    chosen, inner = _signs(sums, many), dict[tuple[int, int], Tables]()
    scores = _signed(sums, chosen)
    if deeper:
        children = [child for child in forest.below[axis] if any(child in pair.axes for pair in deeper)]
        told = many > MOST_SIGNS or not any(pair.odd.get(axis) for pair in deeper)
        for one, two in ((one, two) for one in range(size) for two in range(size) if one == two or not still):
            here = {kind: found[one, two] for kind, found in sums.items()}
            tries = [chosen[one, two]] if told else [*map(torch.tensor, product((1.0, -1.0), repeat=many))]
            found = [_within(axis, children, deeper, (one, two), signs, forest) for signs in tries]
            values = [float(_signed(here, signs)) + score for signs, (score, _) in zip(tries, found, strict=True)]
            best = max(range(len(tries)), key=values.__getitem__)
            chosen[one, two], scores[one, two], inner[one, two] = tries[best], values[best], found[best][1]
    rows, columns = (np.arange(size),) * 2 if still else linear_sum_assignment(scores.numpy(), maximize=True)
    places = torch.from_numpy(np.asarray(columns))
    tables: Tables = {axis: places, f"{axis} sign": chosen[torch.from_numpy(np.asarray(rows)), places]}
    for name in inner[0, int(columns[0])] if inner else ():
        tables[name] = torch.stack(
            [inner[int(row), int(column)][name] for row, column in zip(rows, columns, strict=True)]
        )
    return float(scores[rows, columns].sum()), tables


def _within(
    axis: str,
    children: Sequence[str],
    pairs: Sequence[Pair],
    units: tuple[int, int],
    signs: torch.Tensor,
    forest: Forest,
) -> tuple[float, Tables]:
    """The tables of what depends on one unit of each network, where the second one's has some signs."""
    one, two = units
    cut = [
        Pair(pair.one[one], pair.two[two] * signs[sorted(pair.odd.get(axis, ()))].prod(), pair.axes[1:], pair.odd)
        for pair in pairs
    ]
    return _together(children, cut, forest)


def _signs(sums: Mapping[frozenset[int], torch.Tensor], many: int) -> torch.Tensor:
    """For each pair of units so many signs, those under which sums add up to most: all choices tried where they are few, else
    each sign in turn, from 1 on."""
    first = sums[frozenset()]
    signs = torch.ones(*first.shape, many, dtype=torch.float64)
    if many <= MOST_SIGNS:
        best = _signed(sums, signs)
        for choice in product((1.0, -1.0), repeat=many):
            tried = torch.tensor(choice, dtype=torch.float64).expand_as(signs)
            better = (value := _signed(sums, tried)) > best
            signs, best = torch.where(better[..., None], tried, signs), torch.where(better, value, best)
        return signs
    for _ in range(SWEEPS):
        for number in range(many):
            gain = sum(
                (one * signs[..., sorted(kind - {number})].prod(-1) for kind, one in sums.items() if number in kind),
                torch.zeros_like(first),
            )
            signs[..., number] = torch.where(gain < 0, -1.0, 1.0)
    return signs


def _signed(sums: Mapping[frozenset[int], torch.Tensor], signs: torch.Tensor) -> torch.Tensor:
    """The sums under some signs, added up."""
    return torch.stack([one * signs[..., sorted(kind)].prod(-1) for kind, one in sums.items()]).sum(0)


def _together(axes: Sequence[str], pairs: Sequence[Pair], forest: Forest) -> tuple[float, Tables]:
    """The tables of several axes that depend on nothing here: each by itself where no tensor has two of them, else first by
    those tensors that have one of them, or others that are matched by then, and then in turn."""
    groups = {axis: forest.tree(axis) for axis in axes}
    shared = [pair for pair in pairs if sum(bool(own & {*pair.axes}) for own in groups.values()) > 1]
    tables: Tables = {}
    for axis in axes:
        tables |= forest.still(axis)
    if not shared:
        found = [matched(axis, [pair for pair in pairs if axis in pair.axes], forest) for axis in axes]
        for _, own in found:
            tables |= own
        return sum(score for score, _ in found), tables

    def by(axis: str, chosen: Sequence[Pair]) -> Tables:
        own = [pair for pair in chosen if axis in pair.axes]
        for other in axes:
            if other != axis:
                own = [_without(pair, groups[other], tables) for pair in own]
        return matched(axis, own, forest)[1]

    left = [*axes]
    while left:
        known = {
            axis: [pair for pair in pairs if not any(groups[one] & {*pair.axes} for one in left if one != axis)]
            for axis in left
        }
        axis = max(left, key=lambda one: _share(one, known[one], pairs))
        tables |= by(axis, known[axis] if _share(axis, known[axis], pairs) else pairs)
        left.remove(axis)
    for _ in range(SWEEPS):
        for axis in axes:
            tables |= by(axis, pairs)
    return sum(_product(pair, tables, forest) for pair in pairs), tables


def _share(axis: str, some: Sequence[Pair], every: Sequence[Pair]) -> float:
    """How large a part of all that has an axis some of it is."""
    one, all_of_it = (
        sum(float(pair.one.square().sum()) for pair in pairs if axis in pair.axes) for pairs in (some, every)
    )
    return one / all_of_it if all_of_it else 0.0


def _product(pair: Pair, tables: Tables, forest: Forest) -> float:
    """The sum of products of both arrays of a pair, the second one's under tables."""
    rank = len(pair.axes)
    grid = [
        torch.arange(size).reshape([-1 if place == at else 1 for at in range(rank)])
        for place, size in enumerate(pair.two.shape[:rank])
    ]
    indices, factor = [], torch.ones([1] * rank, dtype=torch.float64)
    for axis in pair.axes:
        chain = tuple(grid[pair.axes.index(one)] for one in pair.axes if axis in forest.tree(one))
        indices.append(tables[axis][chain])
        if pair.odd.get(axis):
            factor = factor * tables[f"{axis} sign"][chain][..., sorted(pair.odd[axis])].prod(-1)
    return float((pair.one * pair.two[tuple(indices)] * factor[..., None]).sum())


def _without(pair: Pair, axes: frozenset[str], tables: Tables) -> Pair:
    """A pair with some axes, one of which may depend on another, put in the order that tables say."""
    here = [axis for axis in pair.axes if axis in axes]
    if len(here) > 1:
        return replace(pair, one=pair.one[..., :0], two=pair.two[..., :0])  # told apart only with all of them known
    return pair.moved(here[0], tables) if here else pair
