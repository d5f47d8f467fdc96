"""By which powers of a number, and with which signs, one operation lets its tensors be multiplied: tried on numbers.

An operation is run as it is, so that what has no rule of its own is treated like any other. Every answer is confirmed by runs
in which numbers are far larger and far smaller, as limits (`clamp`) and small constants (the eps of a normalisation) do not
show near 1. What is not confirmed does not count, so that too few are found, never too many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from math import isfinite, lcm

import torch

from symshare.core.algebra.ranks import rank_profile

__all__ = ["Operation", "Place", "powers_of", "signs_of"]

Place = tuple[int, torch.Tensor]
"""Which tensor, and which of its entries (True) are at one value of an axis along one of its dimensions."""

STEP = 1e-5
"""By how much numbers are changed for a derivative; its error is about the square of this."""

SMALL = 1e-8
"""Singular values below this, relative to the largest, count as zero; what follows is confirmed."""

LARGEST_DENOMINATOR = 4
CLOSE = 1e-8
NUMBERS = (2.0, 1e6, 1e-6)
MAGNITUDES = (1.0, 1e6, 1e-6)
WHOLE_BELOW = 6
"""Places of inputs up to which all choices of signs are tried; above that pairs, and those that powers suggest."""


@dataclass(frozen=True, eq=False)
class Operation:
    """An operation with some choices of its tensors of floats, and places at which these and its results may be multiplied."""

    run: Callable[[Sequence[torch.Tensor]], list[torch.Tensor]]
    draws: tuple[tuple[torch.Tensor, ...], ...]
    ins: tuple[Place, ...]
    outs: tuple[Place, ...]

    @cached_property
    def plain(self) -> list[tuple[float, list[torch.Tensor], list[torch.Tensor]]]:
        """A magnitude, tensors of it, and what the operation gives for them: for each choice, as it is first."""
        given = [
            (size, [tensor * size if tensor.is_floating_point() else tensor for tensor in draw])
            for size in MAGNITUDES
            for draw in self.draws
        ]
        return [(size, tensors, self.run(tensors)) for size, tensors in given]


def powers_of(one: Operation) -> list[tuple[int, ...]]:
    """A basis of the powers of a positive number for the places of the inputs, then the results."""
    rows = torch.cat([_slopes(one, draw, plain) for size, draw, plain in one.plain if size <= 1])
    if not rows.shape[1]:
        return []
    _, values, vectors = torch.linalg.svd(rows, full_matrices=True)
    values = torch.cat([values, values.new_zeros(rows.shape[1] - len(values))])
    found = _whole(vectors[values <= SMALL * values.max()])
    return [powers for powers in found if all(_keeps(one, powers, number) for number in NUMBERS)]


def _slopes(one: Operation, draw: Sequence[torch.Tensor], plain: Sequence[torch.Tensor]) -> torch.Tensor:
    """How results change with the logarithm of the number at each place, in random combinations of their entries."""
    size = len(one.ins) + len(one.outs)
    columns = []
    for tensor, mask in one.ins:
        ends = [one.run(_multiplied(draw, [(tensor, mask)], [1], 1 + step)) for step in (STEP, -STEP)]
        columns.append([(up - down) / (2 * STEP) for up, down in zip(*ends, strict=True)])
    for tensor, mask in one.outs:
        columns.append([-result * mask if number == tensor else result * 0 for number, result in enumerate(plain)])
    rows = [
        torch.stack([torch.nan_to_num(column[number], 0, 0, 0).flatten() for column in columns], 1) / _largest(result)
        for number, result in enumerate(plain)
        if columns
    ]
    whole = torch.cat(rows) if rows else torch.zeros(0, size, dtype=torch.float64)
    whole = whole[(whole != 0).any(1)]
    few = size + 8
    return whole if len(whole) <= few else torch.randn(few, len(whole), dtype=torch.float64) @ whole / len(whole) ** 0.5


def _largest(result: torch.Tensor) -> float:
    if not result.numel():
        return 1.0
    largest = float(result.abs().max())
    if not isfinite(largest):
        largest = float(torch.where(torch.isfinite(result), result, 0.0).abs().max())
    return largest or 1.0


def _whole(space: torch.Tensor) -> Iterator[tuple[int, ...]]:
    """A basis of a space in whole numbers: its echelon form, where that has small ones."""
    rows = space.clone()
    done = 0
    for column in range(rows.shape[1]):
        if done == len(rows):
            break
        place = done + int(rows[done:, column].abs().argmax())
        if float(rows[place, column].abs()) < 1e-4:
            continue
        rows[[done, place]] = rows[[place, done]]
        rows[done] = rows[done] / rows[done, column].item()
        for other in range(len(rows)):
            if other != done:
                rows[other] = rows[other] - rows[other, column].item() * rows[done]
        done += 1
    for row in rows[:done].tolist():
        numbers = [Fraction(value).limit_denominator(LARGEST_DENOMINATOR) for value in row]
        if all(abs(float(number) - value) < 1e-3 for number, value in zip(numbers, row, strict=True)):
            common = lcm(*(number.denominator for number in numbers))
            yield tuple(int(number * common) for number in numbers)


def signs_of(one: Operation, powers: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """Places of the inputs and results that may change their signs together (1, the others 0), which make all others."""
    inside = len(one.ins)
    most = inside if inside <= WHOLE_BELOW else 2
    found: list[tuple[int, ...]] = []
    for whole in (tuple(power % 2 for power in vector) for vector in powers):
        if _is_new(whole, found) and _keeps(one, whole, -1.0):
            found.append(whole)
    for many in range(1, most + 1):
        for places in combinations(range(inside), many):
            choice = tuple(int(place in places) for place in range(inside))
            if _is_new(choice, [other[:inside] for other in found]):
                whole = (*choice, *_flipped(one, choice))
                if _keeps(one, whole, -1.0):
                    found.append(whole)
    return found


def _is_new(choice: tuple[int, ...], found: Sequence[tuple[int, ...]]) -> bool:
    """Whether a choice is no sum of others."""
    return any(choice) and len(found) in rank_profile([*found, choice], 2)


def _flipped(one: Operation, choice: Sequence[int]) -> Iterator[int]:
    """Which places of the results change their signs with some places of the inputs, as those entries show that no other
    place has."""
    _, draw, plain = one.plain[0]
    changed = one.run(_multiplied(draw, one.ins, choice, -1.0))
    for at, (tensor, mask) in enumerate(one.outs):
        alone = mask.clone()
        for other, (number, others) in enumerate(one.outs):
            if number == tensor and other != at:
                alone &= ~others
        before, after = plain[tensor][alone], changed[tensor][alone]
        yield int(bool(alone.any()) and bool((before + after).abs().sum() < (before - after).abs().sum()))


def _keeps(one: Operation, powers: Sequence[int], number: float) -> bool:
    """Whether results are multiplied as said when inputs are."""
    inside = len(one.ins)
    seen = False
    for magnitude, given, plain in one.plain:
        if magnitude != 1 and number not in (NUMBERS[0], -1.0):
            continue
        changed = one.run(_multiplied(given, one.ins, powers[:inside], number))
        back = _multiplied(changed, one.outs, [-power for power in powers[inside:]], number)
        for before, after in zip(plain, back, strict=True):
            apart = float((before - after).abs().sum())
            if isfinite(apart):  # then so is every number, as most often
                seen = seen or bool(before.numel())
                if apart > CLOSE * _largest(before):
                    return False
                continue
            finite = torch.isfinite(before) & torch.isfinite(after)
            alike = torch.equal(torch.nan_to_num(before[~finite]), torch.nan_to_num(after[~finite]))
            if not alike and magnitude == 1.0:
                return False  # at other magnitudes numbers may be too large for floats
            seen = seen or bool(finite.any())
            if float((before - after)[finite].abs().sum()) > CLOSE * _largest(before):
                return False
    return seen


def _multiplied(
    tensors: Sequence[torch.Tensor], places: Sequence[Place], powers: Sequence[int], number: float
) -> list[torch.Tensor]:
    found = list(tensors)
    for (tensor, mask), power in zip(places, powers, strict=True):
        if power:
            found[tensor] = torch.where(mask, found[tensor] * number**power, found[tensor])
    return found
