"""What adds up to an output, added while it is small: values that go to the same places first, the output itself last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from string import ascii_lowercase, ascii_uppercase

from symshare.core.notation.signature import Tensor
from symshare.plans.builder import Steps
from symshare.plans.rewrites import rebuilt, started
from symshare.plans.steps import Addend, Plan, Step

__all__ = ["add_small_first"]


@dataclass(slots=True)
class _Group:
    """Values that go to the same entries of an output: `blocks` numbers its slots by equal indices, `held` are the numbers
    that the values have; the others are new and repeated along."""

    blocks: tuple[int, ...]
    held: tuple[int, ...]
    values: list[tuple[str, tuple[int, ...], int]] = field(default_factory=list)
    """Each value, the order of its indices, and its term."""

    @property
    def everywhere(self) -> bool:
        """Whether the slots all have indices of their own."""
        return len(set(self.blocks)) == len(self.blocks)

    @property
    def full(self) -> bool:
        """Whether the values have an entry for each of the output."""
        return self.everywhere and len(self.held) == len(self.blocks)


def add_small_first(plan: Plan) -> Plan:
    """One value for each output.

    Terms that go to the same entries share one matrix product: their values stand side by side as channels, their
    matrices one below the other. Sums over fewer indices are added to those over more, and the result is repeated along new
    axes, or written on a diagonal, once. Values as large as the output are mixed one by one, those of few (`rank`)
    channels together.
    """
    steps, names = started(plan), dict[str, str]()
    for step in plan.steps:
        names[step.result] = steps.add(replace(step, operands=tuple(names.get(name, name) for name in step.operands)))
    plan = rebuilt(plan, steps, names)
    addends = []
    for output, tensor in enumerate(plan.signature.outputs):
        own = [addend for addend in plan.addends if addend.output == output]
        last = len(plan.signature.outputs) > 1
        label = f"y_{tensor.name or output}" if last else "y"
        value, full = _Output(steps, tensor, label).run(own)
        addends.append(Addend(value, output, own[0].term, full))
    return replace(plan, steps=steps.live(addend.value for addend in addends), addends=tuple(addends))


class _Output:
    """The values of one output, on their way to one."""

    def __init__(self, steps: Steps, tensor: Tensor, label: str) -> None:
        self.steps, self.letters, self.label = steps, tensor.set_axes, label
        spare = (letter for letter in ascii_lowercase + ascii_uppercase if letter not in tensor.set_axes)
        self.slots = ""
        for letter in tensor.set_axes:
            self.slots += letter if letter not in self.slots else next(spare)

    def run(self, addends: Sequence[Addend]) -> tuple[str, bool]:
        groups: dict[tuple[object, ...], _Group] = {}
        for addend in addends:
            value, group, order = self.placed(addend.value)
            groups.setdefault((group.blocks, group.held), group).values.append((value, order, addend.term))
        ranked = sorted(groups.values(), key=lambda one: (len(one.held), -len(set(one.blocks)), one.blocks, one.held))
        waiting: dict[int, list[tuple[str, str, int]]] = {}
        final: list[tuple[_Group, str, int]] = []
        for place, group in enumerate(ranked):
            value = self.total(group)
            term = group.values[0][2]
            for other, own, number in waiting.get(place, []):
                text = self.text(group)
                value = self.step("add", (value, other), f"{text},{own}->{text}", number)
            host = self.host(group, ranked[place + 1 :])
            if host is None:
                final.append((group, value, term))
            else:
                waiting.setdefault(place + 1 + host, []).append((value, self.text(group), term))
        return self.finished(final)

    def placed(self, value: str) -> tuple[str, _Group, tuple[int, ...]]:
        """Where the indices of a value go: the value before it is placed, its group, and the order of its indices."""
        step = self.steps.producer(value)
        labels = before = self.slots
        if step is not None and step.op == "place":
            value, before, labels = step.operands[0], step.before[0], step.after
        known = list(dict.fromkeys(labels))
        blocks = tuple(known.index(label) for label in labels)
        order = tuple(known.index(index) for index in before)
        return value, _Group(blocks, tuple(sorted(order))), order

    def text(self, group: _Group) -> str:
        """The indices of a group's values, named by the first slot that has them."""
        return "".join(self.slots[group.blocks.index(number)] for number in group.held)

    def name(self, group: _Group) -> str:
        """A name that tells where the values go: `y_a` along the axis a, `y_aa` on the diagonal."""
        where = "".join(self.slots[group.blocks.index(number)] for number in group.blocks if number in group.held)
        return f"{self.label}_{where or 'all'}" if not group.full else self.label

    def step(self, op: str, operands: tuple[str, ...], spec: str, term: int, **more: object) -> str:
        return self.steps.add(Step(op, "", operands, spec, term, **more))  # type: ignore[arg-type]  # fields of Step

    def total(self, group: _Group) -> str:
        """The values of a group added up, with one matrix product for all that are mixed last."""
        straight = tuple(range(len(group.held)))
        ranks = {number: place for place, number in enumerate(group.held)}
        thin: list[tuple[str, tuple[int, ...], int]] = []
        by_order: dict[tuple[int, ...], list[tuple[str, int]]] = {}
        values: list[tuple[str, tuple[int, ...], int]] = []
        for value, numbers, term in group.values:
            order = tuple(ranks[number] for number in numbers)
            step = self.steps.producer(value)
            if step is None or step.op != "mix" or step.method == "chain":
                values.append((value, order, term))
            elif group.full and step.parameters[0].shape[0] == "rank":
                thin.append((value, order, term))
            elif group.full or step.method == "last":
                values.append((value, order, term))
            else:
                by_order.setdefault(order, []).append((value, term))
        if len(thin) > 1:
            values.append((self.stacked([self.turned(*one) for one in thin]), straight, thin[0][2]))
        else:
            values += thin
        for order, alike in by_order.items():
            values.append((self.mixed(alike) if len(alike) > 1 else alike[0][0], order, alike[0][1]))
        values.sort(key=lambda one: (self.is_bias(one[0]), one[1] != straight))
        text = self.text(group)
        total = ""
        for value, order, term in values:
            placed = value
            if order != straight:
                own = "".join(text[place] for place in order)
                placed = self.step("place", (value,), f"{own}->{text}", term)
            total = self.step("add", (total, placed), f"{text},{text}->{text}", term) if total else placed
        return total

    def is_bias(self, value: str) -> bool:
        step = self.steps.producer(value)
        return step is not None and step.op == "bias"

    def mixed(self, own: Sequence[tuple[str, int]]) -> str:
        """One matrix product for values of the same shape."""
        return self.stacked([(self.steps[value].operands[0], self.steps[value], term) for value, term in own])

    def turned(self, value: str, order: Sequence[int], term: int) -> tuple[str, Step, int]:
        """What a mix reads, with its axes as the output has them and its channels last."""
        step = self.steps[value]
        operand, text = step.operands[0], self.slots
        own = "".join(text[place] for place in order)
        if step.method == "last" or own != text:
            operand = self.step("place", (operand,), f"{own}->{text}", term, method=step.method)
        return operand, replace(step, spec=f"{text}->{text}"), term

    def stacked(self, own: Sequence[tuple[str, Step, int]]) -> str:
        """Values side by side times the matrices of their mixes, one below the other."""
        indices, term = own[0][1].after, own[0][2]
        parameters = tuple(parameter for _, step, _ in own for parameter in step.parameters)
        spec = f"{','.join([indices] * len(own))}->{indices}"
        stack = self.step("stack", tuple(operand for operand, _, _ in own), spec, term)
        return self.step("mix", (stack,), f"{indices}->{indices}", term, parameters=parameters)

    def host(self, group: _Group, later: Sequence[_Group]) -> int | None:
        """Which of the later groups to add a group's sum to: the smallest that has all its indices."""
        fitting = [
            place for place, one in enumerate(later) if one.blocks == group.blocks and set(one.held) > set(group.held)
        ]
        return min(fitting, key=lambda place: len(later[place].held), default=None)

    def finished(self, final: list[tuple[_Group, str, int]]) -> tuple[str, bool]:
        """The output from the sums that are left, and whether it has every axis in full."""
        spread = sorted((one for one in final if one[0].everywhere), key=lambda one: -len(one[0].held))
        diagonal = [one for one in final if not one[0].everywhere]
        total, text = "", ""
        for group, value, term in spread:
            own = self.text(group)
            both = "".join(index for index in self.slots if index in own + text)
            total = self.step("add", (total, value), f"{text},{own}->{both}", term) if total else value
            text = both if total != value else own
        if total and text != self.slots and not diagonal:
            return total if not self.slots else self.widened(total, text, spread[0][2], False), False
        if text != self.slots or not total:
            group, value, term = diagonal.pop(0)
            start = self.labelled(group, value, term)
            for one, other, number in diagonal:
                start = self.on_diagonal(start, one, other, number)
            if total:
                start = self.step("add", (start, total), f"{self.slots},{text}->{self.slots}", spread[0][2])
            return start, True
        for group, value, term in diagonal:
            total = self.on_diagonal(total, group, value, term)
        return total, True

    def widened(self, value: str, text: str, term: int, spread: bool) -> str:
        """A value with new axes of length one."""
        new = "".join(index for index in self.slots if index not in text)
        sizes = tuple((index, self.letters[self.slots.index(index)]) for index in new)
        more = {"sizes": sizes, "spread": new if spread else ""}
        return self.step("place", (value,), f"{text}->{self.slots}", term, **more)

    def labels(self, group: _Group) -> str:
        return "".join(self.slots[group.blocks.index(number)] for number in group.blocks)

    def labelled(self, group: _Group, value: str, term: int) -> str:
        """A value written onto its diagonal of an output that is zero elsewhere."""
        labels, own = self.labels(group), self.text(group)
        new = "".join(dict.fromkeys(index for index in labels if index not in own))
        sizes = tuple((index, self.letters[self.slots.index(index)]) for index in new)
        return self.step("place", (value,), f"{own}->{labels}", term, sizes=sizes, spread=new)

    def on_diagonal(self, total: str, group: _Group, value: str, term: int) -> str:
        """A total with a value added on a diagonal."""
        both = f"{self.slots},{self.slots}->{self.slots}"
        return self.step("add", (total, self.labelled(group, value, term)), both, term)
