"""What a plan costs: operations, bytes read and written, bytes held, as polynomials in sizes and channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log2
from typing import Any

from symshare.errors import SymshareError
from symshare.plans.polynomial import Polynomial, product
from symshare.plans.steps import Plan, Step

__all__ = ["PlanCosts", "StepCost", "costs"]

NUMBER = 4
"""Bytes of one number (float32)."""
USUAL_LENGTH = 32
USUAL_CHANNELS = {"in": 64, "out": 64, "rank": 16}
NOTHING = Polynomial()


@dataclass(frozen=True, slots=True)
class StepCost:
    """What one step takes, for one entry of the batch: multiplications and additions, and bytes."""

    step: Step
    flops: Polynomial
    read: Polynomial
    written: Polynomial


@dataclass(frozen=True, slots=True)
class PlanCosts:
    """What every step takes, their totals, and the most bytes held at once; `sizes` is where numbers are taken."""

    steps: tuple[StepCost, ...]
    flops: Polynomial
    read: Polynomial
    written: Polynomial
    peak: Polynomial
    sizes: tuple[tuple[str, int], ...]

    def totals(self) -> dict[str, int]:
        """The totals at the sizes.

        >>> from symshare.core.bases.derivation import derive
        >>> from symshare.plans.planning import plan
        >>> costs(plan(derive("aH", 1)), {"a": 10, "in": 4, "out": 4}).totals()
        {'flops': 436, 'read': 672, 'written': 368, 'peak': 352}
        """
        sizes = dict(self.sizes)
        found = {"flops": self.flops, "read": self.read, "written": self.written, "peak": self.peak}
        return {name: value.at(sizes) for name, value in found.items()}

    def to_dict(self) -> dict[str, Any]:
        """The costs as plain values, for JSON."""
        return {
            "sizes": dict(self.sizes),
            "steps": [
                {
                    "result": one.step.result,
                    "op": one.step.op,
                    "operands": list(one.step.operands),
                    "axes": one.step.spec,
                    "parameters": [parameter.name for parameter in one.step.parameters],
                    "flops": str(one.flops),
                    "read": str(one.read),
                    "written": str(one.written),
                }
                for one in self.steps
            ],
            "polynomials": {
                "flops": str(self.flops),
                "read": str(self.read),
                "written": str(self.written),
                "peak": str(self.peak),
            },
            "totals": self.totals(),
        }


def costs(plan: Plan, sizes: Mapping[str, int] | None = None) -> PlanCosts:
    """The costs of a plan's forward pass, for one entry of the batch, in float32.

    A multiplication and an addition are one operation each. Views (diagonals, transposed or repeated axes) cost nothing
    until a step needs them as numbers; a sum is written over its first value where nothing else needs that. Symbols are
    the letters of axes, and `in`, `out`, `rank` for channels (`in0`, `in1` where there are several tensors). `sizes` gives
    them numbers; those it leaves out are taken as known to the signature or the plan, or else as usual: 32 for axes, 64 for
    channels, 16 for the rank.

    Raises SymshareError for a size that names nothing.
    """
    count = _Count(plan)
    known = _sizes(plan, count.symbols(), sizes or {})
    found = [count.step(step) for step in plan.steps]
    held = max(count.held, key=lambda one: one.at(known), default=NOTHING)
    totals = [NOTHING, NOTHING, NOTHING]
    for one in found:
        totals = [total + own for total, own in zip(totals, (one.flops, one.read, one.written), strict=True)]
    totals = [total + own for total, own in zip(totals, count.sums(), strict=True)]
    return PlanCosts(tuple(found), totals[0], totals[1], totals[2], held, tuple(known.items()))


def _sizes(plan: Plan, symbols: list[str], given: Mapping[str, int]) -> dict[str, int]:
    usual = dict(plan.signature.sizes) | dict(plan.hints) | dict(given)
    hints = USUAL_CHANNELS | dict(plan.hints) | dict(given)
    for name, size in given.items():
        plain = name.rstrip("0123456789")
        if name not in symbols and plain not in USUAL_CHANNELS:
            raise SymshareError(
                f"{name!r} is no axis of {plan.signature}, and no channel number\n  give {', '.join(symbols)}"
            )
        if not isinstance(size, int) or size < 1:
            raise SymshareError(f"{name}={size!r} is not a size\n  a size is a whole number, 1 or more")
        group = plan.signature.group(name)
        if group is not None and group.size != size:
            raise SymshareError(f"axis {name} is {group.size} long under {group}, not {size}\n  leave out its size")
    return {
        symbol: usual.get(symbol, hints.get(symbol.rstrip("0123456789"), USUAL_LENGTH))
        if symbol.rstrip("0123456789") in USUAL_CHANNELS
        else usual.get(symbol, USUAL_LENGTH)
        for symbol in symbols
    }


class _Count:
    """The axes, channels and place in memory of every value so far."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        several = (len(plan.signature.inputs) > 1, len(plan.signature.outputs) > 1)
        self.short = {"in0": "in0" if several[0] else "in", "out0": "out0" if several[1] else "out"}
        self.letters: dict[str, tuple[str, ...]] = {}
        self.channels: dict[str, Polynomial] = {}
        self.spelled: dict[str, dict[str, Polynomial]] = {}
        """Of a value with several channel axes, how long each is, by its letter."""
        self.home: dict[str, str] = {}
        self.bytes: dict[str, Polynomial] = {}
        self.last: dict[str, int] = {}
        self.held: list[Polynomial] = []
        self.users: dict[str, list[Step]] = {}
        for number, step in enumerate(plan.steps):
            for name in step.operands:
                self.last[name] = number
                self.users.setdefault(name, []).append(step)
        self.last |= {addend.value: len(plan.steps) for addend in plan.addends}
        for number, (name, tensor) in enumerate(zip(plan.inputs, plan.signature.inputs, strict=True)):
            self.letters[name] = tuple(tensor.set_axes)
            self.channels[name] = product(self.symbol(f"in{number}"))
            self.home[name] = name
            self.bytes[name] = self.entries(name) * NUMBER
        self.until = {name: self.last.get(name, -1) for name in plan.inputs}
        """The last step that needs what is held at each place in memory."""
        self.alive = set(plan.inputs)
        self.total = NOTHING
        for name in plan.inputs:
            self.total = self.total + self.bytes[name]
        self.number = 0

    def symbols(self) -> list[str]:
        channels = {self.symbol(name) for one in self.plan.parameters for name in one.shape if not name.isdigit()}
        channels |= {self.symbol(f"in{number}") for number in range(len(self.plan.inputs))}
        return [*self.plan.signature.letters, *sorted(channels)]

    def symbol(self, name: str) -> str:
        return self.short.get(name, name)

    def entries(self, name: str) -> Polynomial:
        return product(*self.letters[name]) * self.channels[name]

    def shape(self, names: tuple[str, ...]) -> Polynomial:
        total = product()
        for name in names:
            total = total * (int(name) if name.isdigit() else product(self.symbol(name)))
        return total

    def weights(self, step: Step) -> Polynomial:
        """The numbers in a step's parameters."""
        total = NOTHING
        for one in step.parameters:
            total = total + self.shape(one.shape)
        return total

    def step(self, step: Step) -> StepCost:
        known = {
            index: letter
            for name, own in reversed([*zip(step.operands, step.before, strict=False)])
            for index, letter in zip(own, self.letters[name], strict=True)
        } | {index: letter for index, letter in step.sizes if letter}
        if step.op == "cross":
            known[step.around[2]] = known[step.around[0]]
        self.letters[step.result] = tuple(known[index] for index in step.after)
        self.channels[step.result] = self.width(step)
        flops, view = self.work(step, known), self.is_view(step)
        result = self.entries(step.result) * NUMBER
        read = NOTHING
        for name in step.operands:
            read = read + self.entries(name) * NUMBER
        read = read + self.weights(step) * NUMBER
        if step.op == "standardise":
            read, result = read * 3, result * 2
        self.keep(step, view)
        free = view or step.op in ("bias", "constant")
        return StepCost(step, flops, NOTHING if free else read, NOTHING if free else result)

    def width(self, step: Step) -> Polynomial:
        if step.op in ("mix", "bias", "circulate"):
            return product(self.symbol(step.parameters[-1].shape[-1]))
        if step.op == "fan":
            return product(self.symbol(step.parameters[0].shape[-1]), times=len(step.parameters))
        if step.op == "part":
            return _divided(self.channels[step.operands[0]], step.part[1])
        if step.op == "stack":
            total = NOTHING
            for name in step.operands:
                total = total + self.channels[name]
            return total
        if step.op == "constant":
            return product()
        if step.channels:
            return self.joined(step)
        return self.channels[step.operands[0]]

    def joined(self, step: Step) -> Polynomial:
        """The channels of a contraction in which operands have letters of their own."""
        known = self.channel_letters(step)
        self.spelled[step.result] = {letter: known[letter] for letter in step.channels[-1]}
        total = product()
        for length in self.spelled[step.result].values():
            total = total * length
        return total

    def channel_letters(self, step: Step) -> dict[str, Polynomial]:
        """How long each channel axis of a contraction is."""
        known: dict[str, Polynomial] = {}
        for letters, name in zip(step.channels, step.operands, strict=False):
            known |= {letters: self.channels[name]} if len(letters) == 1 else self.spelled.get(name, {})
        for one in step.parameters:
            known |= {letter: self.shape((name,)) for letter, name in zip(step.channels[-2], one.shape, strict=True)}
        return known

    def work(self, step: Step, known: Mapping[str, str]) -> Polynomial:
        """The multiplications and additions of a step."""
        entries = self.entries(step.result)
        places = product(*self.letters[step.result])
        if step.op in ("mix", "fan"):
            if step.method == "chain":
                (into, rank), (_, out) = (one.shape for one in step.parameters)
                return (self.shape((into, rank, out)) + places * self.shape((into, out))) * 2
            return places * self.weights(step) * 2
        if step.op in ("reduce", "sum"):
            return self.entries(step.operands[0])
        if step.op == "standardise":
            return entries * 6
        if step.op == "add":
            return entries
        if step.op == "cross":
            return entries * 3
        if step.op == "circulate":
            return self.convolution(step, places)
        if step.op != "contract":
            return NOTHING
        everything = product(*known.values())
        if step.channels:
            letters = self.channel_letters(step)
            for letter in sorted({letter for own in step.channels for letter in own}):
                everything = everything * letters[letter]
        else:
            everything = everything * self.channels[step.operands[0]]
        channels_summed = bool(step.channels) and not set("".join(step.channels)) <= set(step.channels[-1])
        summed = len(known) > len(step.after) or channels_summed
        return everything * (max(1, len(step.operands) + len(step.parameters) - 1) + summed)

    def convolution(self, step: Step, places: Polynomial) -> Polynomial:
        (kernel,) = step.parameters
        into, out = kernel.shape[-2:]
        lengths = [int(length) for length in kernel.shape[:-2]]
        total = 1
        for length in lengths:
            total *= length
        if step.method == "direct":
            return places * self.shape((into, out)) * (2 * total)
        transforms = (self.shape((into,)) + self.shape((out,))) * (5 * ceil(log2(max(2, total))) // 2)
        return places * (transforms + self.shape((into, out)) * 4)

    def is_view(self, step: Step) -> bool:
        """Whether a step makes no numbers of its own."""
        if step.op in ("diagonal", "part"):
            return True
        if step.op != "place" or step.spread or len(set(step.after)) < len(step.after):
            return False
        return not any(user.op in ("mix", "fan", "stack") for user in self.users.get(step.result, []))

    def sums(self) -> tuple[Polynomial, Polynomial, Polynomial]:
        """What adding several values up to an output takes, where no step does it."""
        entries, started = NOTHING, set[int]()
        for addend in self.plan.addends:
            if addend.output in started:
                entries = (
                    entries
                    + product(*self.plan.signature.outputs[addend.output].set_axes) * self.channels[addend.value]
                )
            started.add(addend.output)
        return entries, entries * (2 * NUMBER), entries * NUMBER

    def keep(self, step: Step, view: bool) -> None:
        """Count what is held while a step runs, and let go of what no later step needs."""
        over = step.op == "add" and self.last.get(step.operands[0]) == self.number
        over = over and self.letters[step.operands[0]] == self.letters[step.result]
        if step.op in ("bias", "constant"):
            self.home[step.result], self.bytes[step.result] = step.result, NOTHING
        elif (view or over) and step.operands:
            self.home[step.result] = self.home[step.operands[0]]
        else:
            self.home[step.result] = step.result
            self.bytes[step.result] = self.entries(step.result) * NUMBER
        own = self.home[step.result]
        self.until[own] = max(self.until.get(own, -1), self.last.get(step.result, -1))
        if own not in self.alive:
            self.alive.add(own)
            self.total = self.total + self.bytes[own]
        self.held.append(self.total)
        for home in {own, *(self.home[name] for name in step.operands)} & self.alive:
            if self.until[home] <= self.number and home not in self.plan.inputs:
                self.alive.remove(home)
                self.total = self.total + self.bytes[home] * -1
        self.number += 1


def _divided(value: Polynomial, parts: int) -> Polynomial:
    return Polynomial(tuple((symbols, times // parts) for symbols, times in value.terms))
