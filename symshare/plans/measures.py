"""How many numbers a value or a parameter has, as polynomials in sizes and channels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, reduce
from math import prod
from operator import mul
from string import digits

from symshare.core.algebra.polynomial import Polynomial, product, total
from symshare.plans.choices import SIDES
from symshare.plans.homes import Homes
from symshare.plans.operations import Contract, Step
from symshare.plans.parameters import Channels
from symshare.plans.shapes import Shape, Width
from symshare.plans.steps import Plan

__all__ = ["NUMBER", "PATHS", "Measures"]

NUMBER = 4
"""Bytes of one number (float32)."""
PATHS = "paths"
"""The symbol for the paths of two pairs that a third closes."""


class Measures:
    """The sizes of a plan's values; its symbols are axes, and `in`, `out`, `rank` (`in0`, `in1` where there are several
    inputs, and so with outputs), or `in_channels`, .. where an axis has such a name. On supports `pairs` are those of a tensor
    (`pairs_edges` where there are several), and `paths` those of two pairs that a third closes."""

    def __init__(self, plan: Plan, shapes: Mapping[str, Shape]) -> None:
        self.plan, self.shapes = plan, shapes
        self._entries: dict[str, Polynomial] = {}
        self.single = {
            side for side, own in (("in", plan.signature.inputs), ("out", plan.signature.outputs)) if len(own) < 2
        }

        axes = {axis.rstrip(digits) for axis in plan.signature.set_axes}
        self.ending = ""
        while not axes.isdisjoint(side + self.ending for side in SIDES):
            self.ending += "_channels"

        self.homes = Homes(plan) if plan.choices.sparse else None
        self.pairs: dict[str, str] = {}
        """The symbol for the pairs of each sparse tensor."""
        labels = self.homes.labels if self.homes else {}
        for name in labels:
            word = "pairs" if len(labels) == 1 else f"pairs_{name}"
            self.pairs[name] = word if word not in plan.signature.set_axes else f"number_of_{word}"

    def symbol(self, channels: Channels) -> str:
        """The symbol of a number of channels."""
        number = "" if channels.side in (*self.single, "rank") else str(channels.number)
        return f"{channels.side}{self.ending}{number}"

    def side(self, symbol: str) -> str:
        """The side that a symbol belongs to; empty for an axis."""
        plain = symbol.rstrip(digits).removesuffix(self.ending)
        return plain if plain in SIDES and symbol not in self.plan.signature.set_axes else ""

    def extent(self, extent: Channels | int) -> Polynomial:
        """One of the lengths of a parameter as a polynomial."""
        return product(times=extent) if isinstance(extent, int) else product(self.symbol(extent))

    def numbers(self, shape: Iterable[Channels | int]) -> Polynomial:
        """The numbers in a parameter of some shape."""
        symbols = [self.symbol(one) for one in shape if isinstance(one, Channels)]
        return product(*symbols, times=prod(one for one in shape if isinstance(one, int)))

    def weights(self, step: Step) -> Polynomial:
        """The numbers in a step's parameters."""
        return total(self.numbers(one.shape) for one in step.parameters)

    def width(self, width: Width) -> Polynomial:
        """The length of a channel axis."""
        return total(map(self.extent, width))

    def channels(self, name: str) -> Polynomial:
        """How many numbers a value has at each place: the product of the lengths of its channel axes."""
        widths = [self.width(width) for width in self.shapes[name].widths]
        return reduce(mul, widths) if widths else product()

    def places(self, axes: Iterable[str]) -> Polynomial:
        """The number of places along some axes: the product of their lengths."""
        return product(*axes)

    def at(self, name: str) -> Polynomial:
        """The number of places of a value: pairs, where it is on a support."""
        if self.homes is not None and name in self.homes.found:
            home = self.homes.found[name]
            return product(self.pairs[home.label], *home.beside(self.shapes[name].names))
        return self.places(self.shapes[name].names)

    def together(self, step: Contract, axes: Mapping[str, str]) -> Polynomial:
        """How many products a contraction takes; `axes` has the axis of each index."""
        if self.homes is None or len(axes) < 2:
            return self.places(axes.values())
        pairs = self.walk(step)
        if pairs:
            return product(PATHS, *(axis for index, axis in axes.items() if index not in pairs))
        for name, own in [*zip(step.operands, step.before, strict=True), (step.result, step.after)]:
            if name in self.homes.found:
                beside = [axis for index, axis in axes.items() if index not in self.homes.found[name].pair(own)]
                return product(self.pairs[self.homes.found[name].label], *beside)
        return self.places(axes.values())

    def walked(self) -> list[str]:
        """The symbols for pairs, and for paths where there are products along some."""
        along = any(isinstance(step, Contract) and self.is_walk(step) for step in self.plan.steps)
        return [*self.pairs.values(), *([PATHS] if along else [])]

    def is_walk(self, step: Contract) -> bool:
        """Whether a contraction runs over paths of two pairs."""
        return bool(self.walk(step))

    def walk(self, step: Contract) -> frozenset[str]:
        """The indices of the two pairs that a contraction runs along, if it does."""
        return self.homes.walk(step) if self.homes is not None else frozenset()

    def entries(self, name: str) -> Polynomial:
        """The numbers in a value, an axis of length one counted in full: a step that needs its numbers writes them out."""
        if name not in self._entries:
            legs = prod(axis.leg for axis in self.shapes[name].axes if axis.leg)
            self._entries[name] = self.at(name) * self.channels(name) * legs
        return self._entries[name]

    @cached_property
    def users(self) -> dict[str, list[Step]]:
        """The steps that take each value."""
        found: dict[str, list[Step]] = {}
        for step in self.plan.steps:
            for name in step.operands:
                found.setdefault(name, []).append(step)
        return found
