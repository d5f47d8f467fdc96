"""The scales of a module's axes: what each operation of its graph allows, put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._pytree import tree_leaves

from symshare.core.algebra.primes import PRIME
from symshare.core.algebra.ranks import rank_profile
from symshare.weights.axes import Axis, Tensor, above
from symshare.weights.exporting import Subject, quietly
from symshare.weights.scales import KINDS, Scale
from symshare.weights.scaling.equations import Row, solved, solved_modulo_2
from symshare.weights.scaling.operations import Operation, powers_of, signs_of
from symshare.weights.scaling.places import Places, Slot
from symshare.weights.scaling.running import ran
from symshare.weights.values import Trace, Value
from symshare.weights.verifying import redrawn

__all__ = ["scales"]

Powers = dict[Slot, int]
PRIMES = {"positive": PRIME, "sign": 2}
MOST_PAIRS = 20
"""Choices of numbers, each with its opposite, that an operation is tried on; chosen, not measured."""


def scales(
    trace: Trace,
    axes: Sequence[Axis],
    tensors: Sequence[Tensor],
    subject: Subject,
    state: Mapping[str, torch.Tensor],
    seed: int,
) -> tuple[Scale, ...]:
    """The scales and signs of all axes that are permuted, as the operations between the weights that have them allow."""
    with quietly(seed), _on_one_thread():
        run = ran(trace, subject, redrawn(state))
        places = Places(trace, axes, tensors)
        found: dict[tuple[str, str], list[Powers]] = {}
        for axis in sorted(axes, key=lambda one: -len(above(one, places.axes))):
            if not axis.fixed and axis.size:
                inner = {
                    kind: [
                        {places.above(slot): power for slot, power in powers.items()}
                        for other in axes
                        if other.parent == axis.name
                        for powers in found.get((other.name, kind), ())
                    ]
                    for kind in KINDS
                }
                found |= {(axis.name, kind): own for kind, own in _of_axis(axis, trace, places, run, inner)}
    return tuple(
        Scale(axis.name, kind, places.powers(powers))
        for axis in axes
        for kind in KINDS
        for powers in found.get((axis.name, kind), ())
    )


@contextmanager
def _on_one_thread() -> Iterator[None]:
    """Operations on so few numbers take many times as long where threads wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """An operation of the graph, with the unknowns of its places."""

    operation: Operation
    unknowns: tuple[int, ...]


def _of_axis(
    axis: Axis,
    trace: Trace,
    places: Places,
    run: Mapping[Any, Any],
    inner: Mapping[str, Sequence[Powers]],
) -> Iterator[tuple[str, list[Powers]]]:
    """The powers at all places of an axis in weights, such that every operation keeps them, for each kind of numbers.

    `inner` are those of axes that depend on it: where all of a list are multiplied by one number, nothing is new.
    """
    slots = places.weights(axis.name)
    unknowns = {slot: number for number, slot in enumerate(slots)}
    equations: dict[str, list[Row]] = {kind: [] for kind in KINDS}
    for node in trace.program.graph.nodes:
        still = _still(node, axis, trace, places, run)
        for own in equations.values():
            own += [{unknowns.setdefault(slot, len(unknowns)): 1} for slot in still]
        step = _step(node, axis, trace, places, run, unknowns)
        if step is not None:
            powers = powers_of(step.operation)
            equations["positive"] += _equations("positive", powers, step.unknowns)
            equations["sign"] += _equations("sign", signs_of(step.operation, powers), step.unknowns)
    for kind, solve in zip(KINDS, (solved, solved_modulo_2), strict=True):
        rows = [{unknowns[slot]: power for slot, power in powers.items()} for powers in inner[kind]]
        rows += [
            {number: power for number, power in solution.items() if number < len(slots)}
            for solution in solve(equations[kind], len(unknowns))
        ]
        whole = [[row.get(number, 0) for number in range(len(slots))] for row in rows]
        fresh = [number for number in rank_profile(whole, PRIMES[kind]) if number >= len(inner[kind])]
        yield kind, [{slots[number]: power for number, power in rows[place].items()} for place in fresh]


def _still(node: Any, axis: Axis, trace: Trace, places: Places, run: Mapping[Any, Any]) -> list[Slot]:
    """The places of an axis at which nothing may be multiplied: in inputs and outputs, and where numbers are not in double
    precision, since operations on others are not tried."""
    if node.op == "output":
        last = [trace.nodes.get(one) for one in tree_leaves(node.args) if isinstance(one, torch.fx.Node)]
        return [slot for value in last if isinstance(value, Value) for slot in places.slots(value, axis.name)]
    known = trace.nodes.get(node)
    if node.op == "placeholder" and isinstance(known, Value) and any(known.dims is one for one in trace.inputs):
        return list(places.slots(known, axis.name))
    return [
        slot
        for number, value in enumerate(known if isinstance(known, tuple) else [known])
        if isinstance(value, Value) and not _floats(_result(run[node], number))
        for slot in places.slots(value, axis.name)
    ]


def _step(
    node: Any,
    axis: Axis,
    trace: Trace,
    places: Places,
    run: Mapping[Any, Any],
    unknowns: dict[Slot, int],
) -> _Step | None:
    """An operation with the places of an axis in its tensors; None where it has none."""
    if node.op != "call_function" or getattr(node.target, "__name__", "") == "getitem":
        return None
    given = [one for one in dict.fromkeys(node.all_input_nodes) if _drawable(run[one]) and not _is_constant(trace, one)]
    results = _used(node)
    ins = [
        (slot, (number, places.mask(slot)))
        for number, one in enumerate(given)
        if isinstance(value := trace.nodes.get(one), Value) and _floats(run[one])
        for slot in places.slots(value, axis.name)
    ]
    known = trace.nodes.get(node)
    outer = list(known) if isinstance(known, tuple) else [known]
    outs = [
        (slot, (number, places.mask(slot)))
        for number, at in enumerate(results)
        if isinstance(value := outer[at], Value) and _floats(_result(run[node], at))
        for slot in places.slots(value, axis.name)
    ]
    if not ins and not outs:
        return None

    def again(tensors: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        own = dict(zip(given, tensors, strict=True))
        args, named = torch.fx.node.map_arg((node.args, node.kwargs), lambda one: own[one] if one in own else run[one])
        made = node.target(*args, **named)
        return [_reals(_result(made, at)) for at in results]

    # few entries tell little of many places
    entries = min(int(mask.sum()) for _, (_, mask) in (outs or ins))
    pairs = 1 + 2 * len([*ins, *outs]) // max(1, entries)
    draws = tuple(draw for _ in range(min(pairs, MOST_PAIRS)) for draw in _draws([run[one] for one in given]))
    operation = Operation(again, draws, tuple(place for _, place in ins), tuple(place for _, place in outs))
    return _Step(operation, tuple(unknowns.setdefault(slot, len(unknowns)) for slot, _ in (*ins, *outs)))


def _is_constant(trace: Trace, node: Any) -> bool:
    value = trace.nodes.get(node)
    return isinstance(value, Value) and value.constant is not None


def _floats(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.dtype == torch.float64


def _reals(value: torch.Tensor) -> torch.Tensor:
    """What an operation gives in double precision, both parts of complex numbers."""
    return (torch.view_as_real(value.resolve_conj()) if value.is_complex() else value).double()


def _drawable(value: Any) -> bool:
    return _floats(value) or (isinstance(value, torch.Tensor) and value.dtype == torch.bool)


def _used(node: Any) -> list[int]:
    """Which results of an operation are used."""
    chosen = {user.args[1] for user in node.users if getattr(user.target, "__name__", "") == "getitem"}
    return sorted(chosen) if chosen else [0]


def _result(made: Any, at: int) -> Any:
    return made[at] if isinstance(made, (tuple, list)) else made


def _draws(tensors: Sequence[torch.Tensor]) -> tuple[tuple[torch.Tensor, ...], ...]:
    """Tensors like some others, twice: a ReLU is seen on both sides, both tensors that a condition chooses from, and what is
    infinite at some places (masked, say) is finite there the second time."""
    drawn = [_like(tensor) for tensor in tensors]
    return tuple(
        torch.where(tensor.isfinite(), one, tensor) for one, tensor in zip(drawn, tensors, strict=True)
    ), tuple(map(_opposite, drawn))


def _like(tensor: torch.Tensor) -> torch.Tensor:
    """A random tensor of the magnitude of another; what is positive is so again."""
    if tensor.dtype == torch.bool:
        return torch.rand(tensor.shape) > 0.5
    own = torch.where(torch.isfinite(tensor), tensor, 0.0)
    if _positive(tensor):
        return own * (0.5 * torch.randn_like(own)).exp()
    return (float(own.pow(2).mean().sqrt()) or 1.0) * torch.randn_like(own)


def _opposite(tensor: torch.Tensor) -> torch.Tensor:
    return ~tensor if tensor.dtype == torch.bool else tensor if _positive(tensor) else -tensor


def _positive(tensor: torch.Tensor) -> bool:
    return bool((tensor > 0).all())


def _equations(kind: str, own: Sequence[Sequence[int]], unknowns: Sequence[int]) -> list[Row]:
    """What the powers at an operation's places fulfil: all that vanishes on those that it allows."""
    rows = [{place: value for place, value in enumerate(powers) if value} for powers in own]
    vanishing = (solved if kind == "positive" else solved_modulo_2)(rows, len(unknowns))
    found: list[Row] = []
    for row in vanishing:
        summed: Row = {}
        for place, value in row.items():
            summed[unknowns[place]] = summed.get(unknowns[place], 0) + value
        found.append({unknown: value for unknown, value in summed.items() if value})
    return found
