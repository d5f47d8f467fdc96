"""Steps of a plan put together: equal steps are made once, and every result has its own name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from symshare.plans.indices import Index, Indices
from symshare.plans.naming import fresh, joined
from symshare.plans.operations import (
    Add,
    Bias,
    Circulate,
    ConstantTensor,
    Contract,
    Cross,
    Diagonal,
    Fan,
    Mix,
    Part,
    Place,
    Read,
    Reduce,
    Roll,
    Stack,
    Standardise,
    Step,
    Sum,
)

__all__ = ["Steps", "Value", "canonical"]

Renaming = Callable[[Iterable[str]], tuple[object, ...]]
"""What gives indices their new names."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value that a step makes, and the indices of its axes as one term or product names them."""

    name: str
    indices: Indices


class Steps:
    """The steps of a plan under construction: equal steps are made once, and `add` returns the name of a step's result.

    A result that a sum or a diagonal of an input makes is named by the axes it keeps (`x_a`), any other by a number.
    """

    def __init__(self, inputs: Sequence[str], taken: Iterable[str] = ()) -> None:
        self.inputs = tuple(inputs)
        self.taken = {*taken, *inputs}
        self.made: dict[str, Step] = {}
        self.known: dict[object, str] = {}
        self.number = 0

    def add(self, step: Step) -> str:
        """The name of a step's result; a step that equals an earlier one is left out, and the earlier result named."""
        mark = canonical(step)
        if mark not in self.known:
            wanted = self.read_name(step)
            result = fresh(wanted, self.taken) if wanted else self.numbered()
            self.known[mark] = result
            self.made[result] = replace(step, result=result)
        return self.known[mark]

    def numbered(self) -> str:
        """The next name of the form `t1`."""
        self.number += 1
        return fresh(f"t{self.number}", self.taken)

    def read_name(self, step: Step) -> str:
        """A name for a constant tensor, or for a sum, a diagonal or a shift of an input; empty for any other step."""
        if isinstance(step, ConstantTensor):
            return step.tensor.name
        if not isinstance(step, Read) or not self.is_read(step.operands[0]):
            return ""
        operand, before = step.operands[0], step.before[0]
        if isinstance(step, Roll):
            return f"{operand}_roll{'_'.join(str(abs(distance)) for _, distance in step.shifts)}"
        if isinstance(step, Diagonal):
            return f"{operand}_{joined(before)}"
        stem = operand.removesuffix(f"_{joined(before)}")
        stem = stem if stem in self.taken else operand
        return f"{stem}_{joined(step.after) or ('sum' if isinstance(step, Sum) else 'all')}"

    def is_read(self, name: str) -> bool:
        """Whether a value is an input, or only sums and diagonals of an input."""
        while isinstance(step := self.made.get(name), Read):
            name = step.operands[0]
        return name in self.inputs

    def __iter__(self) -> Iterator[Step]:
        return iter(self.made.values())

    def producer(self, name: str) -> Step | None:
        """The step that makes a value, or None for an input."""
        return self.made.get(name)

    def live(self, wanted: Iterable[str]) -> tuple[Step, ...]:
        """The steps that some values need, in order."""
        needed = set(wanted)
        for step in reversed(list(self.made.values())):
            if step.result in needed:
                needed |= set(step.operands)
        return tuple(step for step in self.made.values() if step.result in needed)


def canonical(step: Step) -> object:
    """A key that is the same for steps that compute the same: index names and the order of factors do not matter.

    >>> one = Contract("t", ("u", "v"), (("a", "b"), ("b", "c")), ("a", "c"), 0)
    >>> two = Contract("s", ("v", "u"), (("x", "c"), ("b", "x")), ("b", "c"), 3)
    >>> canonical(one) == canonical(two)
    True
    """
    own = _renamed(step, tuple(range(len(step.operands))))
    if isinstance(step, Contract) and len(step.operands) == 2 and not step.channels and step.array is None:
        return min(own, _renamed(step, (1, 0)), key=repr)
    return own


def _renamed(step: Step, order: tuple[int, ...]) -> tuple[object, ...]:
    before = [step.before[place] for place in order]
    numbers: dict[str, int] = {}
    for indices in (*before, step.after):
        for index in indices:
            numbers.setdefault(index, len(numbers))

    def new(indices: Iterable[str]) -> tuple[object, ...]:
        return tuple([numbers.get(index, index) for index in indices])

    return (
        *(step.op, tuple([step.operands[place] for place in order]), tuple(map(new, before)), new(step.after)),
        *(tuple([parameter.name for parameter in step.parameters]), step.first, *_marks(step, new)),
    )


def _marks(step: Step, new: Renaming) -> tuple[object, ...]:
    """What a step has of its own, its indices renamed."""
    match step:
        case ConstantTensor():
            return (step.tensor,)
        case Reduce():
            return _on(step.gone, new)
        case Roll():
            return step.shifts
        case Mix():
            return step.chained, step.back, new(index.name for index in step.along)
        case Part():
            return step.place, step.parts
        case Standardise():
            return _on(step.over, new), new(step.centred)
        case Circulate():
            return _on(step.around, new), new(one.name for one in step.around), step.fft
        case Contract():
            marks = _on(step.averaged, new), _on(step.legs, new), step.channels
            return *marks, new(index.name for index in step.along)
        case Cross():
            return (new(step.legs),)
        case Place():
            return _on(step.new, new), new(step.spread), step.back
        case Bias() | Diagonal() | Sum() | Fan() | Stack() | Add():
            return ()
        case _:
            assert_never(step)


def _on(indices: Sequence[Index], new: Renaming) -> tuple[object, ...]:
    """Indices by their new names, with their axes."""
    return tuple(sorted(((*new([one.name]), one.axis) for one in indices), key=repr))
