"""The cost of a plan: operations, bytes read and written, bytes held, as polynomials in sizes and channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import digits
from typing import Any

from symshare.core.algebra.polynomial import Polynomial, total
from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table, first
from symshare.errors import SymshareError, plural
from symshare.plans.check import shapes
from symshare.plans.measures import NUMBER, PATHS, Measures
from symshare.plans.memory import held
from symshare.plans.operations import Step
from symshare.plans.parameters import Channels
from symshare.plans.sparse import label
from symshare.plans.steps import Plan, step_cells, step_values
from symshare.plans.work import moved, work

__all__ = ["PlanCosts", "StepCost", "costs"]

USUAL_LENGTH = 32
"""The length of axes at which costs are taken where none is given; a convention, not a measurement."""

USUAL_DEGREE = 10
"""The pairs of a support for each value of an axis, and the paths for each pair, where none are given; a convention too."""

USUAL_CHANNELS = {"in": 64, "out": 64, "rank": 16}


@dataclass(frozen=True, slots=True)
class StepCost:
    """The cost of one step, for one entry of the batch: multiplications and additions, and bytes."""

    step: Step
    flops: Polynomial
    read: Polynomial
    written: Polynomial


@dataclass(frozen=True, slots=True)
class PlanCosts(Noun):
    """The cost of every step, the totals, and the most bytes held at once; `sizes` are the sizes at which numbers are
    given."""

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
        return {name: value.at(sizes) for name, value in self._polynomials().items()}

    def __repr__(self) -> str:
        totals = [f"{name}={number}" for name, number in self.totals().items()]
        return brief("PlanCosts", plural(len(self.steps), "step"), *totals, f"sizes={dict(self.sizes)}")

    def to_dict(self) -> dict[str, Any]:
        """The costs as plain values."""
        return {
            "sizes": dict(self.sizes),
            "steps": [
                step_values(one.step) | {"flops": str(one.flops), "read": str(one.read), "written": str(one.written)}
                for one in self.steps
            ],
            "polynomials": {name: str(value) for name, value in self._polynomials().items()},
            "totals": self.totals(),
        }

    def tables(self) -> tuple[Table, ...]:
        """What each step costs, and the totals as polynomials and at the sizes."""
        numbers = ("flops", "bytes read", "bytes written")
        steps = first(
            "costs of one entry of the batch, forward, in float32",
            ("result", "op", "operands", "axes", "parameters", *numbers),
            self.steps,
            lambda one: (*step_cells(one.step), str(one.flops), str(one.read), str(one.written)),
            code=("result", "op", "operands", "axes", "parameters"),
        )
        at = ", ".join(f"{name}={size}" for name, size in self.sizes)
        rows = zip((*numbers, "most held"), self._polynomials().values(), self.totals().values(), strict=True)
        totals = tuple((name, str(value), f"{number:,}") for name, value, number in rows)
        return (steps, Table("", ("total", "as a polynomial", f"at {at}" if at else "number"), totals))

    def _polynomials(self) -> dict[str, Polynomial]:
        return {"flops": self.flops, "read": self.read, "written": self.written, "peak": self.peak}


def costs(plan: Plan, sizes: Mapping[str, int] | None = None) -> PlanCosts:
    """The costs of a plan's forward pass, for one entry of the batch, in float32.

    A multiplication and an addition are one operation each. Views (diagonals, transposed or repeated axes) cost nothing
    until a step needs them as numbers; a sum is written over its first value where nothing else needs that. Symbols are
    the axes, and `in`, `out`, `rank` for channels (`in0`, `in1` where there are several tensors; `in_channels`, .. where an
    axis has such a name). `sizes` gives
    them numbers; those it leaves out are taken as known to the signature or the plan, or else as usual: 32 for axes, 64 for
    channels, 16 for the rank; on a support 10 `pairs` for each value of an axis, and 10 `paths` (of two pairs that a third
    closes) for each pair.

    Raises SymshareError for a size that names nothing, and PlanError for a plan whose steps do not fit together.

    >>> from symshare.plans.planning import plan
    >>> costs(plan("aaH->aH", sparse="aa"), {"pairs": 300, "in": 4, "out": 4}).totals()["flops"]
    6180
    """
    measures = Measures(plan, shapes(plan))
    known = _sizes(plan, _symbols(plan, measures), measures, sizes or {})
    found = [StepCost(step, work(step, measures), *moved(step, measures)) for step in plan.steps]
    most = max(held(plan, measures), key=lambda one: one.at(known), default=Polynomial())
    added = _sums(plan, measures)
    return PlanCosts(
        tuple(found),
        total([*(one.flops for one in found), added]),
        total([*(one.read for one in found), added * (2 * NUMBER)]),
        total([*(one.written for one in found), added * NUMBER]),
        most,
        tuple(known.items()),
    )


def _sums(plan: Plan, measures: Measures) -> Polynomial:
    """How many numbers are added where several values add up to an output, and no step does it."""
    added, started = Polynomial(), set[int]()
    for addend in plan.addends:
        if addend.output in started:
            tensor = plan.signature.outputs[addend.output]
            pairs = measures.pairs.get(label(tensor))
            whole = measures.places([pairs] if pairs else tensor.set_axes)
            added = added + whole * measures.channels(addend.value)
        started.add(addend.output)
    return added


def _symbols(plan: Plan, measures: Measures) -> list[str]:
    """The axes, and the channel numbers of the plan."""
    channels = {measures.symbol(one) for each in plan.parameters for one in each.shape if isinstance(one, Channels)}
    channels |= {measures.symbol(Channels("in", number)) for number in range(len(plan.inputs))}
    return [*plan.signature.set_axes, *measures.walked(), *sorted(channels)]


def _sizes(plan: Plan, symbols: list[str], measures: Measures, given: Mapping[str, int]) -> dict[str, int]:
    """A number for each symbol: what is given, else what the plan expects, else the usual."""
    for name, size in given.items():
        if name not in symbols and not measures.side(name):
            raise SymshareError(
                f"{name!r} is no axis of {plan.signature}, and no channel number\n  give {', '.join(symbols)}"
            )
        if not isinstance(size, int) or size < 1:
            raise SymshareError(f"{name}={size!r} is not a size\n  a size is a whole number, 1 or more")
        group = plan.signature.group(name)
        if group is not None and group.size != size:
            raise SymshareError(f"axis {name} is {group.size} long under {group}, not {size}\n  leave out its size")
    axes = (
        dict.fromkeys(measures.walked(), USUAL_LENGTH * USUAL_DEGREE) | dict(plan.signature.sizes) | dict(plan.lengths)
    )
    axes |= {PATHS: USUAL_LENGTH * USUAL_DEGREE**2} if measures.pairs else {}
    sides = USUAL_CHANNELS | dict(plan.choices.channels)
    sides |= {measures.side(name): size for name, size in given.items() if name.rstrip(digits) == name}
    return {
        symbol: given[symbol]
        if symbol in given
        else sides[measures.side(symbol)]
        if measures.side(symbol)
        else axes.get(symbol, USUAL_LENGTH)
        for symbol in symbols
    }
