"""The values that add up to an output, added where they are small: those at the same places first, the full output last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from symshare.core.notation.tensor import Tensor
from symshare.plans.builder import Steps
from symshare.plans.indices import Index, Indices
from symshare.plans.naming import local_names
from symshare.plans.operations import Add, Bias, Mix, Place, Stack
from symshare.plans.parameters import RANK, Parameter
from symshare.plans.rewrites import rebuilt, renamed, started
from symshare.plans.sparse import sparse_labels
from symshare.plans.steps import Addend, Plan

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
    """The same plan with a single value for each output.

    Terms that go to the same entries share one matrix product: their values stand side by side as channels, their
    matrices one below the other. Sums over fewer indices are added to those over more, and the result is repeated along new
    axes, or written on a diagonal, once. Values as large as the output are mixed one by one, those of few (`rank`)
    channels together.
    """
    steps, names = started(plan), dict[str, str]()
    for step in plan.steps:
        names[step.result] = steps.add(renamed(step, names))
    plan = rebuilt(plan, steps, names)
    addends = []
    labels = sparse_labels(plan.signature, plan.choices.sparse)
    paired = frozenset(axis for one in labels.values() for axis in one.set_axes[:2])
    for output, tensor in enumerate(plan.signature.outputs):
        own = [addend for addend in plan.addends if addend.output == output]
        value, full = _Output(steps, tensor, paired).run(own)
        addends.append(Addend(value, output, own[0].term, full))
    return replace(plan, steps=steps.live(addend.value for addend in addends), addends=tuple(addends))


class _Output:
    """The values of one output, on their way to one; `paired` are the axes of supports."""

    def __init__(self, steps: Steps, tensor: Tensor, paired: frozenset[str]) -> None:
        self.steps, self.axes, self.paired = steps, tensor.set_axes, paired
        self.slots: Indices = tuple(local_names(self.axes, range(len(self.axes))).values())

    def run(self, addends: Sequence[Addend]) -> tuple[str, bool]:
        groups: dict[tuple[object, ...], _Group] = {}
        for addend in addends:
            value, group, order = self.placed(addend.value)
            groups.setdefault((group.blocks, group.held), group).values.append((value, order, addend.term))
        ranked = sorted(groups.values(), key=lambda one: (len(one.held), -len(set(one.blocks)), one.blocks, one.held))
        waiting: dict[int, list[tuple[str, Indices, int]]] = {}
        final: list[tuple[_Group, str, int]] = []
        for place, group in enumerate(ranked):
            value = self.total(group)
            term = group.values[0][2]
            for other, own, number in waiting.get(place, []):
                text = self.text(group)
                value = self.steps.add(Add("", (value, other), (text, own), text, number))
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
        if isinstance(step, Place):
            value, before, labels = step.operands[0], step.before[0], step.after
        known = list(dict.fromkeys(labels))
        blocks = tuple(known.index(label) for label in labels)
        order = tuple(known.index(index) for index in before)
        return value, _Group(blocks, tuple(sorted(order))), order

    def text(self, group: _Group) -> Indices:
        """The indices of a group's values, named by the first slot that has them."""
        return tuple([self.slots[group.blocks.index(number)] for number in group.held])

    def total(self, group: _Group) -> str:
        """The values of a group added up, with one matrix product for all that are mixed last."""
        straight = tuple(range(len(group.held)))
        text, total = self.text(group), ""
        values = self.few(group)
        values.sort(key=lambda one: (isinstance(self.steps.producer(one[0]), Bias), one[1] != straight))
        for value, order, term in values:
            placed = value
            if order != straight:
                own = tuple([text[place] for place in order])
                placed = self.steps.add(Place("", (value,), (own,), text, term))
            total = self.steps.add(Add("", (total, placed), (text, text), text, term)) if total else placed
        return total

    def few(self, group: _Group) -> list[tuple[str, tuple[int, ...], int]]:
        """The values of a group, those whose channels are mixed last at once where that is less work: each with the order of
        its indices and its term."""
        ranks = {number: place for place, number in enumerate(group.held)}
        thin: list[tuple[Mix, tuple[int, ...], int]] = []
        alike: dict[tuple[object, ...], list[tuple[Mix, tuple[int, ...], int]]] = {}
        values: list[tuple[str, tuple[int, ...], int]] = []
        for value, numbers, term in group.values:
            order = tuple(ranks[number] for number in numbers)
            step = self.steps.producer(value)
            if not isinstance(step, Mix) or step.chained:
                values.append((value, order, term))
            elif group.full and step.matrices[0].shape[0] == RANK and not step.along:
                thin.append((step, order, term))
            elif group.full or step.back or self.apart(group):
                values.append((value, order, term))
            else:
                alike.setdefault((order, _pattern(step)), []).append((step, order, term))
        if len(thin) > 1:
            turned = [(self.turned(step, order, term), step.matrices) for step, order, term in thin]
            like = replace(thin[0][0], before=(self.slots,), after=self.slots)
            values.append((self.stacked(turned, like, thin[0][2]), tuple(range(len(group.held))), thin[0][2]))
        else:
            values += [(step.result, order, term) for step, order, term in thin]
        for own in alike.values():
            (first, order, term), many = own[0], [(step.operands[0], step.matrices) for step, *_ in own]
            values.append((self.stacked(many, first, term) if len(own) > 1 else first.result, order, term))
        return values

    def apart(self, group: _Group) -> bool:
        """Whether values may be on pairs of different supports, so that they do not stand side by side."""
        return sum(self.axes[group.blocks.index(number)] in self.paired for number in group.held) > 1

    def turned(self, step: Mix, order: Sequence[int], term: int) -> str:
        """What a mix reads, with its axes as the output has them and its channels last."""
        own = tuple([self.slots[place] for place in order])
        if not step.back and own == self.slots:
            return step.operands[0]
        return self.steps.add(Place("", step.operands, (own,), self.slots, term, back=step.back))

    def stacked(self, own: Sequence[tuple[str, tuple[Parameter, ...]]], like: Mix, term: int) -> str:
        """Values side by side times the matrices of their mixes, one below the other; all are mixed as one of them is."""
        matrices = tuple(matrix for _, some in own for matrix in some)
        (indices,) = like.before
        stack = self.steps.add(Stack("", tuple(value for value, _ in own), (indices,) * len(own), indices, term))
        return self.steps.add(Mix("", (stack,), (indices,), like.after, term, matrices=matrices, along=like.along))

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
        total, text = "", Indices()
        for group, value, term in spread:
            own = self.text(group)
            both = tuple([index for index in self.slots if index in own + text])
            total = self.steps.add(Add("", (total, value), (text, own), both, term)) if total else value
            text = both if total != value else own
        if total and text != self.slots and not diagonal:
            return self.widened(total, text, spread[0][2]), False
        if text != self.slots or not total:
            group, value, term = diagonal.pop(0)
            start = self.labelled(group, value, term)
            for one, other, number in diagonal:
                start = self.on_diagonal(start, one, other, number)
            if total:
                start = self.steps.add(Add("", (start, total), (self.slots, text), self.slots, spread[0][2]))
            return start, True
        for group, value, term in diagonal:
            total = self.on_diagonal(total, group, value, term)
        return total, True

    def new(self, labels: Indices, own: Indices) -> tuple[Index, ...]:
        """The indices that a value with the indices `own` lacks."""
        missing = dict.fromkeys(index for index in labels if index not in own)
        return tuple(Index(index, self.axes[self.slots.index(index)]) for index in missing)

    def widened(self, value: str, text: Indices, term: int) -> str:
        """A value with new axes of length one."""
        return self.steps.add(Place("", (value,), (text,), self.slots, term, new=self.new(self.slots, text)))

    def labels(self, group: _Group) -> Indices:
        return tuple([self.slots[group.blocks.index(number)] for number in group.blocks])

    def labelled(self, group: _Group, value: str, term: int) -> str:
        """A value written onto its diagonal of an output that is zero elsewhere."""
        labels, own = self.labels(group), self.text(group)
        new = self.new(labels, own)
        spread = tuple([index.name for index in new])
        return self.steps.add(Place("", (value,), (own,), labels, term, new=new, spread=spread))

    def on_diagonal(self, total: str, group: _Group, value: str, term: int) -> str:
        """A total with a value added on a diagonal."""
        placed = self.labelled(group, value, term)
        return self.steps.add(Add("", (total, placed), (self.slots, self.slots), self.slots, term))


def _pattern(step: Mix) -> tuple[object, ...]:
    """How the indices of a mix go along with those of its matrices, whatever their names."""
    along = tuple([index.name for index in step.along])
    known = list(dict.fromkeys(step.before[0] + step.after + along))
    places = [[known.index(index) for index in indices] for indices in (step.before[0], step.after, along)]
    return *map(tuple, places), tuple([index.axis for index in step.along])
