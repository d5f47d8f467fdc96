"""One network's weights brought into the order of another's, by linear assignments in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.errors import SpecError, shown
from symshare.weights.acting import Element, drawn
from symshare.weights.aligning.activations import activations, changed, subject_for
from symshare.weights.aligning.lengths import Lengths, carried, lengths
from symshare.weights.aligning.matching import Tables
from symshare.weights.aligning.pairing import Both, compared
from symshare.weights.aligning.rescaling import fitted
from symshare.weights.aligning.starting import improved, start, still
from symshare.weights.aligning.states import State, checked, comparable, exact
from symshare.weights.specs import Spec

__all__ = ["Alignment", "align"]

STARTS = 5
SAME = 1e-20
"""The squares of differences, as a part of those of both, at which nothing is left to gain."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment(Noun):
    """A state in the order of another one, and the group element that brought it there.

    `before` and `after` say how far apart both are: the root of the mean of squared differences between weights, or of
    activations, where units are matched `by` those. `moved` units, of `units`, are at other places than before. `change` is
    how much the outputs of the module differ, relative to these, where there was one to run.
    """

    state: dict[str, torch.Tensor]
    element: Element = field(repr=False)
    before: float
    after: float
    moved: int
    units: int
    by: str = "weights"
    change: float | None = None

    def __repr__(self) -> str:
        return brief("Alignment", f"before={self.before:.4g}", f"after={self.after:.4g}", f"moved={self.moved:,}")

    def tables(self) -> tuple[Table, ...]:
        """The distances, and how many units moved."""
        rows = [
            (f"distance between {self.by} before", f"{self.before:.4g}"),
            (f"distance between {self.by} after", f"{self.after:.4g}"),
            ("units moved", f"{self.moved:,} of {self.units:,}"),
        ]
        if self.change is not None:
            rows.append(("change of outputs", f"{self.change:.1e}"))
        return (Table("alignment", rows=tuple(rows)),)

    def to_dict(self) -> dict[str, Any]:
        """The numbers, the permutations and the scales as plain values."""
        return {
            "by": self.by,
            "before": self.before,
            "after": self.after,
            "moved": self.moved,
            "units": self.units,
            "change": self.change,
            "permutations": {name: one.tolist() for name, one in self.element.permutations.items()},
            "scales": [
                {"axis": scale.axis, "kind": scale.kind, "numbers": numbers.tolist()}
                for scale, numbers in self.element.scales
            ],
        }


def align(
    spec: Spec,
    a: State,
    b: State,
    *,
    by: Literal["weights", "activations"] = "weights",
    data: tuple[torch.nn.Module, Any] | tuple[torch.nn.Module, Any, Mapping[str, Any]] | None = None,
    seed: int = 0,
    starts: int = STARTS,
    progress: Callable[[int, int], None] | None = None,
) -> Alignment:
    """The state `b` moved by the element of a spec's group that brings it as near to `a` as one is found to: the module
    computes with it what it did.

    Axis by axis the best permutation is a linear assignment; of an axis that others depend on one whose costs are
    assignments within (of heads, of the units of each pair of heads). Where the spec has signs they are chosen with the
    pairs; positive scales are taken away first, as `Features(canonical=True)` does, and fitted by least squares then. The
    best of several `starts` is taken: from the axes on that are told by fixed ones, from sorted values of units, from both as
    they are, from random orders.

    `a` and `b` are state dicts of the shapes of the spec. `data` is a module, its inputs (a tensor, or a tuple of some) and,
    if there is such, what it takes by name: with it is checked that outputs do not change; by `"activations"` units are
    matched by the values that they have on these inputs in both networks, each tensor of values divided by its length.
    `progress` is called after each start with its number and that of all. Raises SpecError for tensors with other names or
    shapes, values that are not finite, or outputs that change by over 1e-5 (in half precision by rounding), relative to them.

    Source: the weight and activation matching of "Git Re-Basin" (Ainsworth, Hayase and Srinivasa 2022, arXiv 2209.04836),
    for any spec.

    >>> from symshare.weights import spec
    >>> module = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    >>> found, state = spec(module, (torch.zeros(1, 3),)), module.state_dict()
    >>> align(found, state, found.act(state, found.random(seed=1))).after
    0.0
    """
    _check(spec, by, data, starts)
    drawn({}, seed)  # refuses one that is none
    subject = None if data is None else subject_for(spec, *data)
    two = checked(spec, b, "b")
    one = comparable(checked(spec, a, "a"), two)
    sizes = lengths(spec, one), lengths(spec, two)
    plain = [spec.act(exact(each), Element({}, own)) for each, own in zip((one, two), sizes, strict=True)]
    seen = compared(spec, *plain) if by == "weights" or subject is None else activations(spec, subject, *plain)
    both = Both.of(spec, seen)
    tables = _best(both, seed, starts, progress)
    element, moved = _moved(spec, [tables, still(both)] if by == "weights" else [tables], (one, two), sizes)
    first = spec.by_name
    listed = list(element.permutations.values())
    return Alignment(
        {name: moved[first[name].name] for name in b if first[name].name in moved},
        element,
        _apart(one, two) if by == "weights" else both.apart({}),
        _apart(one, moved) if by == "weights" else both.apart(tables),
        sum(int((table != torch.arange(table.shape[-1])).sum()) for table in listed),
        sum(table.numel() for table in listed),
        by,
        None if subject is None else changed(subject, two, moved),
    )


def _moved(
    spec: Spec, choices: Sequence[Tables], states: tuple[State, State], sizes: tuple[Lengths, Lengths]
) -> tuple[Element, dict[str, torch.Tensor]]:
    """The element of the first tables, and the second state under it; where there are positive scales, without which these
    were found, of those tables with which it is nearest to the first."""
    elements = [_with_scales(spec, _element(spec, own), states, sizes) for own in choices[: 2 if sizes[0] else 1]]
    ways = [(element, spec.act(states[1], element)) for element in elements]
    return min(ways, key=lambda way: _apart(states[0], way[1])) if len(ways) > 1 else ways[0]


def _with_scales(spec: Spec, element: Element, states: tuple[State, State], sizes: tuple[Lengths, Lengths]) -> Element:
    """Permutations and signs, with positive scales that bring the second of two states nearest."""
    start = carried(spec, element, *sizes)
    if not start:
        return element
    one, two = map(exact, states)
    return Element(element.permutations, (*element.scales, *fitted(spec, one, spec.act(two, element), start)))


def _check(spec: object, by: object, data: object, starts: object) -> None:
    """Refuse what is no spec, and choices that are none."""
    if not isinstance(spec, Spec):
        raise SpecError(f"{shown(repr(spec))} is no spec\n  give what symshare.weights.spec finds")
    if by not in ("weights", "activations"):
        raise SpecError(f'by={shown(repr(by))} is neither\n  write by="weights" or by="activations"')
    if isinstance(starts, bool) or not isinstance(starts, int) or starts < 1:
        raise SpecError(f"starts={starts!r} is not a whole number, 1 or more\n  give one")
    if data is not None and not (isinstance(data, tuple) and len(data) in (2, 3)):
        raise SpecError("data is no module with its inputs\n  write data=(module, inputs)")
    if data is None and by == "activations":
        raise SpecError("there is nothing to see activations on\n  give the module and inputs: data=(module, inputs)")


def _best(both: Both, seed: int, starts: int, progress: Callable[[int, int], None] | None) -> Tables:
    """The tables of the start from which products add up to most; all as it is where none adds up to more."""
    best = still(both)
    most = sum(both.products(best))
    for number in range(starts):
        tables, value = improved(both, start(both, number, seed))
        if value > most:
            best, most = tables, value
        if progress is not None:
            progress(number + 1, starts)
        if both.apart_by_axis or both.squares - 2 * most <= SAME * both.squares:
            break  # no start finds more
    return best


def _element(spec: Spec, tables: Tables) -> Element:
    """The permutations and signs that tables stand for."""
    permutations = {axis.name: tables[axis.name].contiguous() for axis in spec.permuted}
    signs = []
    for axis in spec.permuted:
        chosen = tables.get(f"{axis.name} sign")
        own = [scale for scale in spec.scales if (scale.axis, scale.kind) == (axis.name, "sign")]
        if chosen is not None:
            signs += list(zip(own, chosen.unbind(-1), strict=False))  # no column for what no array changes with
    return Element(permutations, tuple(signs))


def _apart(one: State, two: State) -> float:
    """The root of the mean of squared differences of all numbers that are not whole."""
    pairs = [(x, two[name]) for name, x in exact(one).items() if x.is_floating_point() or x.is_complex()]
    total = sum(float((x - y.to(x)).abs().square().sum()) for x, y in pairs)
    return float((total / max(1, sum(x.numel() for x, _ in pairs))) ** 0.5)
