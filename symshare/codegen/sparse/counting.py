"""The method of a layer on supports that counts what its means are over."""

from __future__ import annotations

from collections.abc import Callable

from symshare.codegen.source import call
from symshare.codegen.sparse.products import Products
from symshare.plans.homes import Home
from symshare.plans.operations import Contract, Diagonal, Reduce
from symshare.plans.steps import Plan

__all__ = ["counting_lines"]

INDENT = "        "


def counting_lines(
    plan: Plan, made: Products, body: list[str], weight: str, graph_lines: Callable[[str], list[str]]
) -> list[str]:
    """The method `counts`, which counts for each value that is a mean or standardised its entries; none without such values.

    `body` is what needs them, `weight` a parameter of the layer, `graph_lines` gives the variables for graphs in a text.
    """
    whole, number = "\n".join(body), made.number
    needed = {key for key in made.counts if f'{number}["{key}"]' in whole}
    for step in reversed(plan.steps):
        if step.result in needed:
            needed |= {made.counts[name] for name in step.operands if name in made.counts}
    if not needed:
        return []
    given = [made.on[name] for name in made.homes.labels]
    ones = {"": f"_ones({made.length((), None)}, weight)"}
    ones |= {axis: f"_ones({made.length((axis,), None)}, weight)" for axis in made.homes.sides}
    pairs = {name: f"_ones({made.length((), Home(name))}, weight)" for name in made.homes.labels}
    lines = []
    for step in plan.steps:
        if step.result in needed and isinstance(step, Diagonal | Reduce | Contract):
            texts = []
            for name, own in zip(step.operands, step.before, strict=True):
                home, axes = made.homes.found.get(name), made.homes.axes[name]
                dims = made.dims(name, own)
                if len(dims) > 1:
                    lengths = made.beside.lengths(dims, dict(zip(own, axes, strict=True)), home)
                    one = f"_ones_of(weight, {', '.join(lengths)})"
                else:
                    one = pairs[home.label] if home is not None else ones[axes[0] if axes else ""]
                texts.append(made.counted(name) or one)
            lines.append(f'{INDENT}{number}["{step.result}"] = {made.reading(step, texts, counting=True)}')
    first, *others = given
    kept = "".join(
        f", id({one})" for one in others
    )  # what is kept holds the other supports, so that no other has their id
    held = "".join(f", {one}" for one in others)
    sizes = made.beside.sizes
    free = [axis for axis in plan.signature.set_axes if made.beside.length(axis) in "\n".join(lines)]
    free = [axis for axis in free if axis not in made.homes.sides]
    kept += "".join(f", {made.beside.length(axis)}" for axis in free)
    more = [sizes] if free else []
    among = ", ".join([*given, *more])
    return [
        f"    def counts(self, {among}) -> dict:",
        f'{INDENT}"""Of how many entries each value is the mean, at each place."""',
        f"{INDENT}weight = {weight}",
        f'{INDENT}key = ("counts", type(self), weight.dtype{kept})',
        *call(8, "found, _ = _once(", [first, "key", "self.counted", *others, *more, "weight"], ")"),
        f"{INDENT}return found",
        "",
        f"    def counted(self, {among}, weight) -> tuple:",
        f'{INDENT}"""The same, found, and the supports that it is of."""',
        f"{INDENT}{number} = {{}}",
        *graph_lines("\n".join(lines)),
        *lines,
        f"{INDENT}return {number}, ({held[2:]}{',' if len(others) == 1 else ''})",
    ]
