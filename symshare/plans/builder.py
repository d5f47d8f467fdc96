"""Steps put together one by one: equal ones are made once, and every result has a name of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from string import ascii_lowercase, ascii_uppercase

from symshare.plans.steps import Step

__all__ = ["READS", "RESERVED", "Steps", "canonical"]

READS = ("diagonal", "reduce", "sum", "roll")
"""What is done to one value whatever its channels are, so that it commutes with mixing them."""
RESERVED = frozenset(
    {
        "self",
        "torch",
        "tuple",
        "int",
        "isinstance",
        "dict",
        "ValueError",
        "peak",
        "square",
        "wide",
        "measure",
        "key",
        "mean",
        "sizes",
        "placed",
        "str",
    }
)
"""Names that an emitted forward method uses itself."""


class Steps:
    """Steps so far; `add` answers the name of a result, that of the equal step where there is one.

    A result that a sum or a diagonal of an input makes is named by the axes it keeps (`x_a`), any other by a number.
    """

    def __init__(self, inputs: Sequence[str], taken: Iterable[str] = ()) -> None:
        self.inputs = tuple(inputs)
        self.taken = {*taken, *inputs}
        self.made: dict[str, Step] = {}
        self.known: dict[object, str] = {}
        self.number = 0

    def add(self, step: Step, name: str = "") -> str:
        """The name of a step's result; the step itself is kept under it unless an equal one is there."""
        mark = canonical(step)
        if mark not in self.known:
            result = self.fresh(name or self.read_name(step)) if name or self.read_name(step) else self.numbered()
            self.known[mark] = result
            self.made[result] = replace(step, result=result)
        return self.known[mark]

    def fresh(self, wanted: str) -> str:
        """A name that nothing has yet."""
        name, number = wanted, 1
        while name in self.taken:
            number += 1
            name = f"{wanted}_{number}"
        self.taken.add(name)
        return name

    def numbered(self) -> str:
        """The next name of the form `t1`."""
        self.number += 1
        return self.fresh(f"t{self.number}")

    def read_name(self, step: Step) -> str:
        """A name for a sum, a diagonal or a shift of an input, none for anything else."""
        operand = step.operands[0] if step.operands else ""
        if step.op == "constant" and step.constant is not None:
            return step.constant.name
        if step.op not in READS or not self.is_read(operand):
            return ""
        if step.op == "roll":
            return f"{operand}_roll{'_'.join(str(abs(distance)) for _, distance in step.shifts)}"
        if step.op == "diagonal":
            return f"{operand}_{step.before[0]}"
        stem, _, kept = operand.rpartition("_")
        stem = stem if kept == step.before[0] and stem in self.taken else operand
        return f"{stem}_{step.after or ('sum' if step.op == 'sum' else 'all')}"

    def is_read(self, name: str) -> bool:
        """Whether a value is an input, or sums and diagonals of one."""
        while name in self.made and self.made[name].op in READS:
            name = self.made[name].operands[0]
        return name in self.inputs

    def __iter__(self) -> Iterator[Step]:
        return iter(self.made.values())

    def __getitem__(self, name: str) -> Step:
        return self.made[name]

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
    """What two steps have in common that compute the same: index names and the order of factors do not matter.

    >>> one = Step("contract", "t", ("u", "v"), "ab,bc->ac", 0)
    >>> two = Step("contract", "s", ("v", "u"), "xc,bx->bc", 3)
    >>> canonical(one) == canonical(two)
    True
    """
    orders = [(0, 1)]
    if step.op == "contract" and len(step.operands) == 2 and not step.channels and not step.parameters:
        orders.append((1, 0))
    if len(step.operands) != 2:
        return _renamed(step, tuple(range(len(step.operands))))
    return min((_renamed(step, order) for order in orders), key=repr)


def _renamed(step: Step, order: tuple[int, ...]) -> tuple[object, ...]:
    before = [step.before[place] for place in order] if step.operands else []
    names: dict[str, str] = {}
    letters = iter(ascii_lowercase + ascii_uppercase)
    for index in "".join(before) + step.after:
        if index not in names:
            names[index] = next(letters)

    def new(text: str) -> str:
        return "".join(names.get(index, index) for index in text)

    return (
        *(step.op, tuple(step.operands[place] for place in order), tuple(map(new, before)), new(step.after)),
        *(
            tuple(parameter.name for parameter in step.parameters),
            tuple(sorted((new(i), one) for i, one in step.sizes)) if step.constant is None else (),
        ),
        *(new(step.spread), step.constant, step.shifts, new(step.around), step.method, step.part, step.channels),
    )
