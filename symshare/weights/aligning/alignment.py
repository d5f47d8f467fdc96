"""One network's weights brought into the order of another's, by linear assignments in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.errors import SpecError
from symshare.nn.runtime.weights import _arranged, _canonical, _entered, _scaled_by
from symshare.weights.acting import Element, drawn
from symshare.weights.aligning.matching import Pair, Tables, matched
from symshare.weights.axes import Axis
from symshare.weights.parts import Part, parts, taken
from symshare.weights.scales import Scale
from symshare.weights.specs import Spec
from symshare.weights.tables import part_tables, scale_tables

__all__ = ["Alignment", "align"]

State = Mapping[str, torch.Tensor]
MOST_SWEEPS = 100
STARTS = 5
LEAST = 1e-9
"""A gain, as a part of the squares of both, that is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment(Noun):
    """A state in the order of another one, the group element that brought it there, and how far apart both were before and
    are after: the root of the mean of squared differences between weights."""

    state: dict[str, torch.Tensor]
    element: Element = field(repr=False)
    before: float
    after: float
    moved: int
    """Units that are at other places than before."""
    sweeps: int

    def __repr__(self) -> str:
        return brief("Alignment", f"before={self.before:.4g}", f"after={self.after:.4g}", f"moved={self.moved:,}")

    def tables(self) -> tuple[Table, ...]:
        """The distances, and how many units moved."""
        rows = (
            ("distance before", f"{self.before:.4g}"),
            ("distance after", f"{self.after:.4g}"),
            ("units moved", f"{self.moved:,}"),
            ("sweeps", str(self.sweeps)),
        )
        return (Table("alignment", rows=rows),)

    def to_dict(self) -> dict[str, object]:
        """The numbers and the permutations as plain values."""
        return {
            "before": self.before,
            "after": self.after,
            "moved": self.moved,
            "sweeps": self.sweeps,
            "permutations": {name: one.tolist() for name, one in self.element.permutations.items()},
        }


def align(
    spec: Spec,
    a: State,
    b: State,
    *,
    seed: int = 0,
    starts: int = STARTS,
    progress: Callable[[int, int], None] | None = None,
) -> Alignment:
    """The state `b` rearranged by the element of a spec's group that brings its weights as near to those of `a` as it is found
    to: what the module computes with it stays the same.

    Axis by axis the best permutation is a linear assignment; of an axis that others depend on one whose costs are
    assignments within (of heads, of the units of each pair of heads). Where the spec has signs they are chosen with the
    pairs; positive scales are taken away first, as `Features(canonical=True)` does, and the result has those of `a`. It is
    done from several starts: from descriptions of units that no order of others changes, and from random orders.

    Source: the weight matching of "Git Re-Basin" (Ainsworth, Hayase and Srinivasa 2022, arXiv 2209.04836), for any spec.

    >>> from symshare.weights import spec
    >>> module = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    >>> found, state = spec(module, (torch.zeros(1, 3),)), module.state_dict()
    >>> align(found, state, found.act(state, found.random(seed=1))).after
    0.0
    """
    if isinstance(starts, bool) or not isinstance(starts, int) or starts < 1:
        raise SpecError(f"starts={starts!r} is not a whole number, 1 or more\n  give one")
    one, two = (dict(spec.checked(state)) for state in (a, b))
    scales = tuple(row for row in scale_tables(spec) if row["kind"] == "positive") if spec.scales else ()
    plain, numbers = _without_scales(spec, (one, two), scales)
    work = _Work(spec, *plain)
    best: tuple[float, Tables, int] | None = None
    for number in range(starts):
        tables, sweeps = work.from_start(number, seed)
        value = work.value(tables)
        if best is None or value > best[0] + LEAST * work.scale:
            best = value, tables, sweeps
        if progress is not None:
            progress(number + 1, starts)
    assert best is not None
    element = work.element(best[1])
    state = spec.act(plain[1], element)
    if scales:
        state = _with_scales(spec, state, one, scales, numbers)
    moved = sum(int((table != torch.arange(table.shape[-1])).sum()) for table in element.permutations.values())
    return Alignment(state, element, _apart(one, two), _apart(one, state), moved, best[2])


def _without_scales(
    spec: Spec, states: Sequence[State], scales: Sequence[dict[str, object]]
) -> tuple[list[dict[str, torch.Tensor]], list[list[torch.Tensor]]]:
    """States brought to length one of what comes into each unit, and by which numbers."""
    if not scales:
        return [dict(state) for state in states], [[], []]
    found, numbers = [], []
    table = part_tables(spec)
    for state in states:
        arrays, own = _canonical(_arranged([dict(state)], table), tuple(scales))
        found.append(_entered(arrays, [dict(state)], table)[0])
        numbers.append(own)
    return found, numbers


def _with_scales(
    spec: Spec, state: State, one: State, scales: Sequence[dict[str, object]], numbers: list[list[torch.Tensor]]
) -> dict[str, torch.Tensor]:
    """A state at the scales of another one."""
    table = part_tables(spec)
    arrays = _arranged([dict(state)], table)
    for row, own in zip(scales, numbers[0], strict=True):
        arrays = _scaled_by(arrays, row, own, -1)
    del one
    return dict(_entered(arrays, [dict(state)], table)[0])


def _apart(one: State, two: State) -> float:
    """The root of the mean of squared differences, over all numbers in floating point."""
    pairs = [(one[name], two[name]) for name in one if one[name].is_floating_point()]
    total = sum(float((x.double() - y.double()).square().sum()) for x, y in pairs)
    return float((total / max(1, sum(x.numel() for x, _ in pairs))) ** 0.5)


class _Work:
    """The parts of two states that have permuted axes."""

    def __init__(self, spec: Spec, a: State, b: State) -> None:
        self.spec, self.axes = spec, spec.named
        self.below: dict[str, list[str]] = {}
        self.roots: list[str] = []
        for axis in spec.permuted:
            if axis.parent and not self.axes[axis.parent].fixed:
                self.below.setdefault(axis.parent, []).append(axis.name)
            elif not axis.parent:
                self.roots.append(axis.name)
        self.sizes = {axis.name: axis.size for axis in spec.axes}
        self.signs: dict[str, list[Scale]] = {}
        for scale in spec.scales:
            if scale.kind == "sign":
                self.signs.setdefault(scale.axis, []).append(scale)
        self.parts: list[tuple[Part, torch.Tensor, torch.Tensor, dict[int, frozenset[int]]]] = []
        for tensor in spec.tensors:
            if tensor.name not in a or not a[tensor.name].is_floating_point():
                continue
            for number, part in enumerate(parts(tensor, self.axes)):
                if any(self.axes[name].fixed == "" for name in part.axes):
                    odd = {slot: self._odd(tensor.name, number, slot, name) for slot, name in enumerate(part.axes)}
                    arrays = (taken(part, state[tensor.name]).double() for state in (a, b))
                    self.parts.append((part, *arrays, odd))
        self.scale = sum(float(x.square().sum() + y.square().sum()) for _, x, y, _ in self.parts) or 1.0

    def _odd(self, name: str, number: int, slot: int, axis: str) -> frozenset[int]:
        """The signs of an axis with which a part of a weight changes at one of its slots."""
        known = [one.by_name.get(name) for one in self.signs.get(axis, ())]
        return frozenset(at for at, powers in enumerate(known) if powers is not None and powers[number][slot] % 2)

    def family(self, root: str) -> set[str]:
        return {root, *(name for child in self.below.get(root, ()) for name in self.family(child))}

    def moved(self, number: int, tables: Tables, keep: Sequence[int] = ()) -> torch.Tensor:
        """The second array of a part under tables, but for some of its slots."""
        part, _, array, odd = self.parts[number]
        rank = array.dim()
        grid = [
            torch.arange(size).reshape([-1 if place == at else 1 for at in range(rank)])
            for place, size in enumerate(array.shape)
        ]
        indices, factor = [], torch.ones([1] * rank, dtype=torch.float64)
        for slot, name in enumerate(part.axes):
            if slot in keep or name not in tables:
                indices.append(grid[slot])
                continue
            chain = tuple(grid[place] for place in part.chain(slot) if not self.axes[part.axes[place]].fixed)
            indices.append(tables[name][chain])
            if odd[slot] and f"{name} sign" in tables:
                factor = factor * tables[f"{name} sign"][chain][..., sorted(odd[slot])].prod(-1)
        return array[tuple(indices)] * factor if indices else array

    def value(self, tables: Tables) -> float:
        """The sum of products of both under tables."""
        return sum(float((one * self.moved(n, tables)).sum()) for n, (_, one, _, _) in enumerate(self.parts))

    def pairs(self, root: str, tables: Tables) -> list[Pair]:
        """What an axis with all below it is matched by: for each of its places in a part one pair, others as tables say."""
        family, found = self.family(root), list[Pair]()
        for number, (part, one, _, odd) in enumerate(self.parts):
            for start in (slot for slot, name in enumerate(part.axes) if name == root):
                own = [
                    slot
                    for slot, name in enumerate(part.axes)
                    if name in family and part.chain(slot)[0] == start and self.sizes[name] > 0
                ]
                two = self.moved(number, tables, own)
                rest = [slot for slot in range(one.dim()) if slot not in own]
                arrays = (each.permute([*own, *rest]).reshape([each.shape[at] for at in own] + [-1]) for each in (one, two))
                names = tuple(part.axes[slot] for slot in own)
                found.append(Pair(*arrays, names, {part.axes[slot]: odd[slot] for slot in own}))
        return found

    def from_start(self, number: int, seed: int) -> tuple[Tables, int]:
        """Tables from one start on, until no axis gains, and after how many rounds of all of them."""
        tables = self.described() if number == 0 else self.random(seed + number)
        value, sweeps = self.value(tables), 0
        while sweeps < MOST_SWEEPS:
            sweeps += 1
            before = value
            for root in self.roots:
                _, found = matched(root, self.pairs(root, tables), self.below, self.sizes)
                tried = tables | found
                gained = self.value(tried)
                if gained >= value - LEAST * self.scale:
                    tables, value = tried, max(value, gained)
            if value <= before + LEAST * self.scale:
                break
        return tables, sweeps

    def random(self, seed: int) -> Tables:
        return dict(drawn(self.axes, seed).permutations)

    def described(self) -> Tables:
        """Tables by what no order of other axes changes: the sorted values of each unit."""
        tables: Tables = dict(drawn(self.axes, 0).permutations)
        for root in self.roots:
            tables |= matched(root, [self.sorted(pair) for pair in self.pairs_described(root)], {}, self.sizes)[1]
        return tables

    def pairs_described(self, root: str) -> list[Pair]:
        """For each place of an axis both arrays, all other axes laid out as one."""
        found = []
        for part, one, two, odd in self.parts:
            for slot in (slot for slot, name in enumerate(part.axes) if name == root):
                arrays = (each.movedim(slot, 0).reshape(each.shape[slot], -1) for each in (one, two))
                found.append(Pair(*arrays, (root,), {root: odd[slot]}))
        return found

    def sorted(self, pair: Pair) -> Pair:
        one, two = (each.sort(-1).values for each in (pair.one, pair.two))
        one, two = (torch.nn.functional.normalize(each - each.mean(0), dim=0) for each in (one, two))
        return Pair(one, two, pair.axes, pair.odd)

    def element(self, tables: Tables) -> Element:
        """The element that tables stand for."""
        permutations = {name: one for name, one in tables.items() if not name.endswith(" sign")}
        signs = []
        for axis, own in self.signs.items():
            found = tables.get(f"{axis} sign")
            if found is not None:
                signs += [(scale, found[..., at]) for at, scale in enumerate(own) if at < found.shape[-1]]
        return Element({name: permutations[name] for name in permutations if not self._fixed(name)}, tuple(signs))

    def _fixed(self, name: str) -> bool:
        axis: Axis = self.axes[name]
        return bool(axis.fixed)
