"""Fewer terms and shorter coefficients, as long as the outputs stay as good."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch

from symshare.core.terms.term import Term
from symshare.nn.distilling.distilled import Distilled
from symshare.nn.distilling.fitting import l1_path, least_squares, rounded
from symshare.nn.distilling.lines import Coefficient, Line, value

__all__ = ["gauged", "simplified"]

Judge = Callable[[Distilled], float]
DISTURBED = 0.3
"""How far states are moved, as a share of their root mean square: near a fixed point terms may say the same of all others."""
NEAR = 1e-3
"""States so near to the last one, as a share of its size, count no more than others; chosen, not measured."""
HOPELESS = 100
"""Errors so many times what is allowed are not mended by rounding; chosen, not measured."""
DIGITS = (1, 2, 3, 4, 5, 6)


def gauged(one: Distilled) -> Distilled:
    """The same with a state that is the output itself, where the state has one channel and the output is a multiple of it."""
    if one.end is None or len(one.end.summands) != 1 or one.begin is None or len(one.begin.signature.outputs) != 1:
        return one
    (term, number) = one.end.summands[0]
    factor, state = float(number), str(one.begin.signature.outputs[0].name)
    if term.order != 1 or len(one.outputs) != 1 or term.to_einsum().split("->")[0] != term.to_einsum().split("->")[1]:
        return one

    def of(line: Line) -> Line:
        powers = [[tensor.name for tensor in term.factor_tensors].count(state) for term, _ in line.summands]
        numbers = [
            float(number) * factor ** (1 - power) for (_, number), power in zip(line.summands, powers, strict=True)
        ]
        return line.with_coefficients(numbers)

    end = one.end.with_coefficients([1.0])
    return replace(one, begin=of(one.begin), rounds=tuple(map(of, one.rounds)), end=end)


def simplified(
    one: Distilled, samples: Sequence[Sequence[torch.Tensor]], judge: Judge, allowed: float, sizes: Mapping[str, int]
) -> Distilled:
    """The fewest terms and digits with which a judge finds no more than what is allowed, of those on a path of least squares
    with a penalty on absolute values; as it is where none does."""
    systems = [_system(one, place, samples, sizes) for place in range(len(one.rounds))]
    for candidate in (*_candidates(one, systems), one):
        found = _shortest(candidate, judge, allowed)
        if found is not None:
            return found
    return one


def _shortest(one: Distilled, judge: Judge, allowed: float) -> Distilled | None:
    """With as few digits as are allowed; None where no digits help. Rounding may also better a fit: 2.296 - 1.301 is not 1."""
    if not judge(one) <= allowed + HOPELESS * abs(allowed):
        return None
    for digits in DIGITS:
        short = _with(one, partial(rounded, digits=digits))
        if judge(short) <= allowed:
            return short
    return one if judge(one) <= allowed else None


def _with(one: Distilled, change: Callable[[list[float]], Sequence[Coefficient]]) -> Distilled:
    def of(line: Line) -> Line:
        return line.with_coefficients(change([float(number) for _, number in line.summands]))

    begin, end = (None if line is None else of(line) for line in (one.begin, one.end))
    return replace(one, begin=begin, rounds=tuple(map(of, one.rounds)), end=end)


@dataclass(frozen=True, slots=True)
class _System:
    """The values of the terms of one output of a line at many states, and of their sum, (rows, terms) and (rows)."""

    terms: tuple[Term, ...]
    columns: torch.Tensor
    aim: torch.Tensor
    path: tuple[tuple[int, ...], ...]


def _candidates(one: Distilled, systems: Sequence[Sequence[_System]]) -> Iterator[Distilled]:
    """From few terms to many: the same place on the path of every line."""
    longest = max(len(system.path) for line in systems for system in line)
    seen = set()
    for place in range(longest):
        lines = []
        for line, own in zip(one.rounds, systems, strict=True):
            found: list[tuple[Term, Coefficient]] = []
            for system in own:
                kept = system.path[min(place, len(system.path) - 1)]
                numbers = least_squares(system.columns, system.aim, kept)
                found += [(system.terms[at], numbers[at].item()) for at in kept]
            lines.append(Line(line.signature, tuple(found)))
        if tuple(lines) not in seen:
            seen.add(tuple(lines))
            yield replace(one, rounds=tuple(lines))


def _system(
    one: Distilled, place: int, samples: Sequence[Sequence[torch.Tensor]], sizes: Mapping[str, int]
) -> list[_System]:
    """What a line does at states on the way to the last one, those near to it counting as much as those far away, and beside
    that way."""
    line = one.rounds[place]
    rows: list[tuple[list[torch.Tensor], list[torch.Tensor]]] = [([], []) for _ in line.signature.outputs]
    generator = torch.Generator().manual_seed(0)
    for inputs in samples:
        for given, weight in _states(one, place, inputs, generator, sizes):
            for at, (columns, aims) in enumerate(rows):
                own = line.of(at)
                if own:
                    values = [value(term, given, one.reduce, sizes) for term, _ in own]
                    width = max(values, key=torch.Tensor.numel)
                    stacked = torch.stack([(weight * one).expand_as(width).flatten() for one in values], -1)
                    columns.append(stacked)
                    aims.append(stacked @ torch.tensor([float(number) for _, number in own], dtype=stacked.dtype))
    found = []
    for at, (columns, aims) in enumerate(rows):
        if columns:
            matrix, aim = torch.cat(columns), torch.cat(aims)
            if len(matrix) > matrix.shape[1]:  # the same least squares in as many rows as there are terms
                side, matrix = torch.linalg.qr(matrix)
                aim = side.T @ aim
            terms = tuple(term for term, _ in line.of(at))
            found.append(_System(terms, matrix, aim, tuple(l1_path(matrix, aim))))
    return found


def _states(
    one: Distilled,
    place: int,
    inputs: Sequence[torch.Tensor],
    generator: torch.Generator,
    sizes: Mapping[str, int],
) -> Iterator[tuple[dict[str, torch.Tensor], float]]:
    """What a line is given in every round, with its weight; every state once more, moved at random."""
    recorded: list[dict[str, torch.Tensor]] = []
    trace: list[dict[str, torch.Tensor]] = []

    def see(at: int, given: dict[str, torch.Tensor]) -> None:
        trace.append(given)
        if at == place:
            recorded.append(given)

    one.evaluate(*inputs, sizes=sizes, see=see)
    names = [str(tensor.name) for tensor in one.rounds[place].signature.outputs]
    last = trace[-1]
    for given in recorded:
        known = [name for name in names if name in given and name in last]
        far = max([(given[name] - last[name]).norm().item() for name in known], default=0.0)
        size = max([last[name].norm().item() for name in known], default=1.0)
        yield given, 1.0 / max(far, NEAR * size, 1e-30) if known else 1.0
        if known:
            moved = dict(given)
            for name in known:
                noise = torch.randn(given[name].shape, generator=generator, dtype=torch.float64).to(given[name])
                moved[name] = given[name] + DISTURBED * given[name].square().mean().sqrt() * noise
            yield moved, 1.0 / max(size, 1e-30)
