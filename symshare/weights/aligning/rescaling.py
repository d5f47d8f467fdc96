"""Positive scales of units fitted to those of another network, by least squares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch

from symshare.weights.acting import Element
from symshare.weights.aligning.lengths import Lengths
from symshare.weights.aligning.pairing import real
from symshare.weights.parts import Part, parts, taken
from symshare.weights.scales import Scale
from symshare.weights.specs import Spec

__all__ = ["fitted"]

State = Mapping[str, torch.Tensor]
ROUNDS = 100
LEAST = 1e-14
"""A gain, as a part of the squares of both, that is none."""
WIDEST, STEPS, FINER = 3.0, 60, 3
"""Logarithms of numbers that are tried: so far on both sides, in so many steps, and so often again between two steps."""


def fitted(spec: Spec, a: State, b: State, start: Lengths) -> Lengths:
    """For each positive scale numbers that bring the state `b` nearer to `a`, unit by unit, one scale after the other: from
    some numbers, or from 1, whichever is nearer."""
    plain: Lengths = tuple((scale, torch.ones_like(numbers)) for scale, numbers in start)
    names = {name for scale, _ in start for name in scale.by_name}
    ways = [(one, spec.act(b, Element({}, one))) for one in (start, plain)]
    chosen, moved = min(ways, key=lambda way: _squares(a, way[1], names))
    numbers = list(chosen)
    least = LEAST * sum(float(part.square().sum()) for name in names for one in (a, b) for part in _parts(one[name]))
    gained = True
    for _ in range(ROUNDS):
        if not gained:
            break
        gained = False
        for at, (scale, own) in enumerate(numbers):
            step = _step(spec, a, moved, scale, own)
            held = {name: moved[name] for name in scale.by_name}
            tried = spec.act(held, Element({}, ((scale, step),)))
            if _squares(a, tried, held) < _squares(a, held, held) - least:
                moved, gained = moved | tried, True
                numbers[at] = scale, own * step
    return tuple(numbers)


def _parts(one: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return real(one) if one.is_floating_point() or one.is_complex() else ()


def _squares(a: State, b: State, names: Iterable[str]) -> float:
    """The squares of differences of some weights."""
    return sum(
        float((x - y).square().sum()) for name in names for x, y in zip(_parts(a[name]), _parts(b[name]), strict=True)
    )


def _step(spec: Spec, a: State, b: State, scale: Scale, like: torch.Tensor) -> torch.Tensor:
    """By what each unit is multiplied to come nearest, all others held; 1 where nothing is nearer."""
    terms: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
    tensors = spec.by_name
    for name, powers in scale.powers:
        for part, own in zip(parts(tensors[name], spec.named), powers, strict=True):
            for x, y in zip(_parts(taken(part, a[name])), _parts(taken(part, b[name])), strict=True):
                for slot, power in enumerate(own):
                    if power:
                        here = terms.get(power, (torch.zeros_like(like), torch.zeros_like(like)))
                        products, squares = (_by_unit(part, slot, one) for one in (x * y, y * y))
                        terms[power] = here[0] + products, here[1] + squares
    logs, width = torch.zeros_like(like), WIDEST
    for _ in range(1 + FINER):
        tried = logs + torch.linspace(-width, width, 2 * STEPS + 1, dtype=like.dtype).reshape(-1, *[1] * like.dim())
        losses = sum(
            (squares * (2 * power * tried).exp() - 2 * products * (power * tried).exp())
            for power, (products, squares) in terms.items()
        )
        logs = tried.gather(0, torch.as_tensor(losses).argmin(0, keepdim=True))[0]
        width /= STEPS
    return logs.exp()


def _by_unit(part: Part, slot: int, array: torch.Tensor) -> torch.Tensor:
    """The sums of an array for each value of an axis, in each of its lists."""
    chain = part.chain(slot)
    gone = [place for place in range(array.dim()) if place not in chain]
    kept = sorted(chain)
    sums = array.sum(gone) if gone else array
    return sums.permute([kept.index(place) for place in chain])
