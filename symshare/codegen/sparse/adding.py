"""Sums of values on supports, as one statement each: many values on pairs are never there at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from symshare.codegen.source import call
from symshare.codegen.sparse.steps import Expressions
from symshare.plans.homes import Home
from symshare.plans.operations import Add, Mix, Step

__all__ = ["LOOPS", "Addends", "Adding"]

LOOPS = 2
"""The way of `_read` and `_written` that is of pairs of a value with itself; the others are the sides of a support."""


@dataclass(slots=True)
class Addends:
    """What is added up on pairs: values of nodes, each with its way, products with matrices, the same read on the pairs of
    another support, and other expressions."""

    nodes: list[str] = field(default_factory=list)
    products: list[tuple[str, str]] = field(default_factory=list)
    elsewhere: list[tuple[str, str, str]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


class Adding:
    """Sums of a plan: `text` has the expression for each value, `products` what is multiplied by which matrix in those that
    are written where they are added, `diagonals` what stands on pairs of a value with itself in those, `vectors` the values
    that are the same at all places."""

    def __init__(self, made: Expressions, uses: Counter[str], users: Mapping[str, Step]) -> None:
        self.made, self.homes, self.uses, self.users = made, made.homes, uses, users
        self.steps = {step.result: step for step in made.plan.steps}
        self.text = {name: name for name in made.plan.inputs}
        self.products: dict[str, tuple[str, str]] = {}
        self.diagonals: dict[str, str] = {}
        self.vectors: set[str] = set()

    def brought(self, step: Step, place: int, text: str = "") -> str:
        """An operand, or a text that stands for it, at the places of the result."""
        name = step.operands[place]
        text = text or self.text[name]
        if name in self.vectors:
            return text
        home, axes = self.homes.found.get(step.result), self.homes.axes[step.result]
        return self.made.taken(text, name, step.before[place], step.after, home, axes)

    def is_inner(self, step: Add) -> bool:
        """Whether a sum on pairs is only there to be added to, so that it is written with what it is added to."""
        user = self.users.get(step.result)
        home = self.homes.found.get(step.result)
        if home is None or self.uses[step.result] > 1 or not isinstance(user, Add) or step.result in self.vectors:
            return False
        if not self.made.plain((step.result, step.after)):
            return False
        return (
            user.operands[0] == step.result and user.before[0] == user.after and self.homes.found[user.result] == home
        )

    def chain(self, step: Add) -> list[Add]:
        """A sum, and before it those that are written with it."""
        before = self.steps.get(step.operands[0])
        inner = isinstance(before, Add) and self.users[before.result] is step and self.is_inner(before)
        return [*self.chain(before), step] if isinstance(before, Add) and inner else [step]

    def lines(self, step: Add) -> list[str]:
        """The statements of a sum, and of those before it."""
        home = self.homes.found.get(step.result)
        if home is None or step.result in self.vectors or not self.made.plain((step.result, step.after)):
            return self.plainly(step)
        chain, found = self.chain(step), Addends()
        self._sort(found, chain[0], 0, home)
        for one in chain:
            self._sort(found, one, 1, home)
        return self.on_pairs(step.result, found, home)

    def _sort(self, found: Addends, step: Add, place: int, home: Home) -> None:
        """Put one addend where it belongs."""
        name, before, whole = step.operands[place], step.before[place], self.brought(step, place)
        text, product = self.text[name], self.products.get(name)
        if name not in self.vectors and len(before) == 1:
            found.nodes.append(f"({text}, {home.side(step.after, before[0])})")
        elif name in self.diagonals and whole == text:
            found.nodes.append(f"({self.diagonals[name]}, {LOOPS})")
        elif product is not None and whole == text:
            found.products.append(product)
        elif product is not None and whole.startswith("_onto("):
            rest = whole.removeprefix(f"_onto({text}, ")
            found.elsewhere.append((*product, rest))
        else:
            found.others.append(whole)

    def on_pairs(self, name: str, found: Addends, home: Home) -> list[str]:
        """The statements of a sum on pairs."""
        on = self.made.on[home.label]
        products: list[tuple[str, ...]] = [*found.products]
        apart = []  # what no product with the same value can take along
        for value, matrix, places in found.elsewhere:
            at = [number for number, (own, *rest) in enumerate(products) if own == value and len(rest) == 1]
            if at:
                products[at[0]] = (*products[at[0]], matrix, f"_onto_places({places}")
            else:
                apart.append(f"{value}, {matrix}, {places}")
        self.text[name] = name
        others = found.others
        if found.nodes or any(len(one) > 2 for one in products):
            nodes = ", ".join(found.nodes) + ("," if len(found.nodes) == 1 else "")
            given = [on, f"({nodes})", *(f"({', '.join(one)})" for one in products)]
            lines = call(8, f"{name} = _written(", given, ")")
        elif products:
            lines = [f"        {name} = {' @ '.join(products[0])}"]
            others = [*(" @ ".join(one) for one in products[1:]), *others]
        else:
            first, *others = others
            second = [others.pop(0)] if others else []
            lines = [f"        {name} = {' + '.join([first, *second])}"]
        lines += [f"        {name} += {one}" for one in others]
        return [*lines, *(f"        _add_onto({name}, {one}" for one in apart)]

    def plainly(self, step: Add) -> list[str]:
        """A sum of two values, over the first where nothing else needs that."""
        name, (one, two) = step.result, (self.brought(step, place) for place in range(2))
        before = self.steps.get(step.operands[0])
        same = step.before[0] == step.after and one == self.text[step.operands[0]]
        fresh = isinstance(before, Mix | Add) and self.uses[step.operands[0]] == 1 and before.result not in self.vectors
        if not (same and fresh):
            self.text[name] = name
            return [f"        {name} = {one} + {two}"]
        self.text[name] = name if " @ " in one else one
        first = [f"        {name} = {one}"] if " @ " in one else []
        return [*first, f"        {self.text[name]} += {two}"]
