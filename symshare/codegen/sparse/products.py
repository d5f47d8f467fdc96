"""Sums and products of a layer as expressions on supports: at the same places, along paths, and of dense values."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.codegen.names import Names
from symshare.codegen.source import literal
from symshare.codegen.sparse.beside import PAIRS, ordered, place
from symshare.codegen.sparse.steps import Expressions
from symshare.codegen.statements import parameters
from symshare.plans.check import shapes
from symshare.plans.homes import Home, Homes
from symshare.plans.indices import Indices
from symshare.plans.operations import Contract, Diagonal, Reduce, Step
from symshare.plans.parameters import Channels
from symshare.plans.steps import Plan

__all__ = ["Products"]


class Products(Expressions):
    """Expressions for all values of a layer, given those of the steps before."""

    def __init__(self, plan: Plan, names: Names, homes: Homes) -> None:
        super().__init__(plan, names, homes)
        self.names = names
        self.widths = {name: shape.widths for name, shape in shapes(plan).items()}

    def reading(self, step: Diagonal | Reduce | Contract, texts: Sequence[str], *, counting: bool) -> str:
        """What a diagonal, a sum or a product is, given expressions for its operands (numbers of entries when `counting`)."""
        name = step.operands[0]
        if isinstance(step, Diagonal):
            home = self.homes.found.get(name)
            if home is None or not self.plain((name, step.before[0])):
                return self.beside.diagonal(texts[0], step.before[0], step.after, home, self.homes.axes[name])
            return f"_loops({texts[0]}, {self.on[home.label]})"
        if isinstance(step, Contract) and len(step.operands) > 1:
            return self.product(step, texts, counting=counting)
        if isinstance(step, Contract) and step.array is not None:
            texts = texts if counting else [arrayed(step, texts[0])]
            if {*step.before[0]} == {*step.after}:
                return texts[0]
        more = self.divided(step, [] if counting else [self.entries(name)], counting=counting)
        return self.summed(
            texts[0], step.before[0], step.after, self.homes.found.get(name), self.homes.axes[name], more
        )

    def divided(self, step: Step, weights: Sequence[str], *, counting: bool) -> list[str]:
        """The weight of a sum, and the number to divide it by."""
        if counting or not self.mean:
            return []
        given = [one for one in weights if one]
        return [" * ".join(given) or "None", self.entries(step.result)]

    def product(self, step: Contract, texts: Sequence[str], *, counting: bool) -> str:
        """Two values multiplied where both are, and summed over what goes."""
        if len(step.operands) > 2:
            raise ValueError(f"a sparse layer multiplies two values at a time, not {step.spec}")
        present = tuple(dict.fromkeys(index for own in step.before for index in own))
        weights = ["" if counting else self.entries(name) for name in step.operands]
        if self.homes.walk(step):
            return self.paths(step, texts, weights, counting=counting)
        home, indices = self.base(step, present)
        axes = self._axes(step, indices)
        if home is None and len(present) > len(step.after) and self.beside.crowded(axes):
            return self.joined(step, texts, weights, counting=counting)
        given = [*zip(step.operands, step.before, strict=True)]
        left, right = (
            self.taken(text, name, own, indices, home, axes) for text, (name, own) in zip(texts, given, strict=True)
        )
        product = self.multiplied(step, left, right) if not counting else f"{left} * {right}"
        if set(step.after) == set(present):
            there = self.dims(step.result, step.after)
            return ordered(product, self.beside.dims(indices, axes, home), there)
        weighed = [
            self.taken(text, name, own, indices, home, axes)
            for text, (name, own) in zip(weights, given, strict=True)
            if text
        ]
        more = self.divided(step, weighed, counting=counting)
        return self.summed(product, indices, step.after, home, axes, more)

    def base(self, step: Contract, present: Indices) -> tuple[Home | None, Indices]:
        """Where two values meet: on the pairs of one of them, else of the result, else on all of their axes."""
        home, indices = None, present
        for name, own in [*self.homes.on_pairs(step), (step.result, step.after)]:
            if home is None and name in self.homes.found and {*own} <= {*present}:
                home = self.homes.found[name]
                indices = own + tuple([index for index in present if index not in own])
        axes = self._axes(step, indices)
        if not self.homes.has_room(axes, home) and not self.contracted(step):
            raise self.homes.refused(self.plan.terms[step.term], axes)
        return home, indices

    def contracted(self, step: Contract) -> bool:
        """Whether dense values make one, so that nothing is there at all indices at once."""
        return all(name not in self.homes.found for name in step.operands)

    def joined(self, step: Contract, texts: Sequence[str], weights: Sequence[str], *, counting: bool) -> str:
        """The product of dense values, summed over what goes."""
        dims = [self.dims(name, own) for name, own in zip(step.operands, step.before, strict=True)]
        want = self.dims(step.result, step.after)
        letter = {one: chr(ord("a") + number) for number, one in enumerate(dict.fromkeys([*dims[0], *dims[1]]))}
        if step.channels:
            raise self.homes.refused(self.plan.terms[step.term], self._axes(step, step.after))
        words = ["..." + "".join(letter[one] for one in own) + "Z" for own in (*dims, want)]
        given = [*texts, literal(f"{words[0]},{words[1]}->{words[2]}")]
        if self.mean and not counting:
            given.append(f"({', '.join(one or 'None' for one in weights)})")
            given.append(self.entries(step.result))
        return f"_joined({', '.join(given)})"

    def paths(self, step: Contract, texts: Sequence[str], weights: Sequence[str], *, counting: bool) -> str:
        """The product along paths of two pairs, where these are the ends of one."""
        target, homes = self.homes.found.get(step.result), [self.homes.found[name] for name in step.operands]
        pairs = [home.pair(own) for home, own in zip(homes, step.before, strict=True)]
        ends = tuple([one for one in step.after if target is not None and one in target.pair(step.after)])
        order = (0, 1) if ends and ends[0] in pairs[0] else (1, 0)
        one, two = (pairs[at] for at in order)
        between = [index for index in one if index in two]
        if target is None or len(between) != 1 or between[0] in step.after or {*one, *two} != {*ends, *between}:
            raise self.homes.refused(self.plan.terms[step.term], self._axes(step, step.after))
        shared = [index for own, pair in zip(step.before, pairs, strict=True) for index in own if index not in pair]
        whole = [PAIRS, *dict.fromkeys(shared)]
        given = [self.widened(step, texts[at], at, whole) for at in order]
        for at, wanted in zip(order, ((ends[0], between[0]), (between[0], ends[1])), strict=True):
            given.append(self.at(homes[at].label, turned=pairs[at] != wanted))
        given.append(self.at(target.label, turned=target.pair(step.after) != ends))
        gone = [place(number, len(whole)) for number, index in enumerate(whole) if number and index not in step.after]
        given += [f"({', '.join(map(str, gone))}{',' if len(gone) == 1 else ''})", str(len(whole) - 1 - len(gone))]
        given = given if len(whole) > 1 else given[:-2]
        if self.mean and not counting:
            given.append(f"({', '.join(self.widened(step, weights[at], at, whole) or 'None' for at in order)})")
            given.append(self.entries(step.result))
        if step.channels and not counting:
            given.append(f"times={self.times(step, *order)}")
        left = [one for one in whole if one in (PAIRS, *step.after)]
        head = "_through" if len(whole) == 1 else "_through_beside"
        return ordered(f"{head}({', '.join(given)})", left, self.dims(step.result, step.after))

    def widened(self, step: Contract, text: str, number: int, whole: list[str]) -> str:
        """An operand with all axes beside its pairs that the product has; nothing stays nothing."""
        return ordered(text, self.dims(step.operands[number], step.before[number]), whole) if text else ""

    def at(self, name: str, *, turned: bool) -> str:
        """A support, and whether its pairs are turned around."""
        return f"({self.on[name]}, {turned})"

    def over(self, step: Contract, one: int, two: int) -> tuple[bool, str]:
        """How two operands are multiplied, summed over the channels that only they have: whether in the other order, and what
        follows them in the call."""
        swapped = len(step.channels[one]) > 1
        one, two = (two, one) if swapped else (one, two)
        first, second, result = step.channels[one], step.channels[two], step.channels[-1]
        if len(first) != 1 or first in result or second.replace(first, "") != result:
            raise ValueError(f"a sparse layer has no product with channels {step.channels}")
        widths = self.widths[step.operands[two]][: second.index(first)]
        known = [one for width in widths for one in width if isinstance(one, Channels)]
        before = [f"self.{self.names.channels(one.side, one.number)}" for one in known]
        return swapped, f", {' * '.join(before)}" if before else ""

    def multiplied(self, step: Contract, left: str, right: str) -> str:
        """The product of two values at the same places."""
        if not step.channels:
            return f"{left} * {right}"
        swapped, more = self.over(step, 0, 1)
        return f"_over_channels({f'{right}, {left}' if swapped else f'{left}, {right}'}{more})"

    def times(self, step: Contract, one: int, two: int) -> str:
        """The function that does so."""
        swapped, more = self.over(step, one, two)
        return f"lambda x, y: _over_channels({'y, x' if swapped else 'x, y'}{more})"

    def _axes(self, step: Step, indices: Indices) -> tuple[str, ...]:
        """The axes that some indices of a step are on."""
        known = {
            index: axis
            for name, own in zip(step.operands, step.before, strict=True)
            for index, axis in zip(own, self.homes.axes[name], strict=True)
        }
        return tuple([known[index] for index in indices])


def arrayed(step: Contract, text: str) -> str:
    """A value contracted with an array over its channels; the channels that are left stand in one axis."""
    letters = step.channels
    if len(letters[0]) != 1 or letters[-1] != letters[1].replace(letters[0], "") or step.along:
        raise ValueError(f"a sparse layer has no product with channels {letters}")
    return f"_by_array({text}, {parameters(step)[0]}, {letters[1].index(letters[0])})"
