"""How many terms a network has, written out, without writing it out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import comb, prod

from symshare.errors import TooLargeError, amount
from symshare.polynomials.network import PolynomialNetwork, check_network, check_total_degree

__all__ = ["MOST_STEPS", "count_terms"]

MOST_STEPS = 10_000_000
"""Numbers that are added in one count; as many take 2 s."""

ENTRY = 10
"""Numbers that take as long to add as an entry of a table takes beside its own numbers."""

Powers = tuple[int, ...]
"""How often each unit of a layer is a factor."""


def count_terms(network: PolynomialNetwork) -> int:
    """The terms of one output as a polynomial in the inputs and the weights, like terms collected.

    A term is a choice of weights of the last layer, which says how often each unit below is a factor, times a term of that
    product. Different choices give different terms and, as each layer's own weights are independent, none cancels: so the
    number is a sum over exponents, and nothing is multiplied out.

    Raises TooLargeError for outputs of a degree over 1,000, and where there are too many exponents to look at, with a number
    that the terms exceed.

    >>> count_terms(PolynomialNetwork((3, 3, 3), 2))  # 3 squares of forms in 3 variables
    18
    """
    check_network(network)
    check_total_degree(network)
    return _Count(network).before(len(network.layers) - 1, (1,))


@dataclass(slots=True)
class _Count:
    """A count under way: what is known, and how many steps it took."""

    network: PolynomialNetwork
    known: dict[tuple[int, Powers], int] = field(default_factory=dict)
    rows: list[dict[int, Fraction]] = field(default_factory=lambda: [{0: Fraction(1)}])
    """The powers of the activation, from the first on."""
    steps: int = 0

    def before(self, place: int, powers: Powers) -> int:
        """Terms of a product of powers of units of a layer, before its activation: in any order, as units are alike."""
        if place < 0:
            return 1
        key = place, tuple(sorted(filter(None, powers)))
        if key not in self.known:
            below = self._margins(place, key[1])
            self.known[key] = sum(ways * self._after(place - 1, one) for one, ways in below.items())
        return self.known[key]

    def _after(self, place: int, powers: Powers) -> int:
        """Terms of a product of powers of the outputs of a layer, after its activation."""
        if place < 0 or self.network.form == "full":
            return self.before(place, powers)
        choices = [self._inner(power) for power in powers]
        self._spend(prod(map(len, choices)) * ENTRY)
        return sum(self.before(place, choice) for choice in product(*choices))

    def _margins(self, place: int, powers: Powers) -> dict[Powers, int]:
        """How often the units below are factors, and in how many ways."""
        width = self.network.widths[place]
        steps = [
            tuple(column.count(number) for number in range(1, width + 1))
            for column in self.network.layers[place].columns
        ]
        total = {(0,) * width: 1}
        for power in powers:
            total = self._multiplied(total, self._complete(steps, width, power))
        return total

    def _complete(self, steps: Sequence[Powers], width: int, power: int) -> dict[Powers, int]:
        """The products of `power` weights of one unit: the complete homogeneous polynomial of that degree in its inputs."""
        rows: list[dict[Powers, int]] = [{(0,) * width: 1}] + [{} for _ in range(power)]
        for step in steps:
            for degree in range(1, power + 1):
                self._spend(len(rows[degree - 1]) * (width + ENTRY))
                _add(rows[degree], ((_sum(one, step), ways) for one, ways in rows[degree - 1].items()))
        return rows[power]

    def _multiplied(self, one: dict[Powers, int], other: dict[Powers, int]) -> dict[Powers, int]:
        self._spend(len(one) * len(other) * (len(next(iter(one))) + ENTRY))
        found: dict[Powers, int] = {}
        for left, ways in one.items():
            _add(found, ((_sum(left, right), ways * more) for right, more in other.items()))
        return found

    def _inner(self, power: int) -> tuple[int, ...]:
        """The powers of a unit that are in a power of its activation: those whose factors do not cancel."""
        factors = [(place, factor) for place, factor in enumerate(self.network.activation) if factor]
        while len(self.rows) <= power:
            self._spend(len(self.rows[-1]) * len(factors) * ENTRY)
            longer: dict[int, Fraction] = {}
            for (place, one), (more, factor) in product(self.rows[-1].items(), factors):
                longer[place + more] = longer.get(place + more, Fraction(0)) + one * factor
            self.rows.append({place: factor for place, factor in longer.items() if factor})
        return tuple(sorted(self.rows[power]))

    def _spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > MOST_STEPS:
            least = max(_least(self.network), *self.known.values(), 0)
            raise TooLargeError(
                f"the terms of an output, {amount(least)} or more, are too many to count\n"
                "  give smaller widths, a lower degree or fewer layers"
            )


def _least(network: PolynomialNetwork) -> int:
    """Terms that there are at least: the last layer's weights, each beside monomials in those of the layer before."""
    inputs = network.widths[-3:-1] if len(network.widths) > 2 else network.widths[:1] * 2
    if network.form == "full":
        return max(int(width**network.degree) for width in inputs)
    return inputs[1] * comb(inputs[0] + network.degree - 1, network.degree)


def _add(total: dict[Powers, int], more: Iterable[tuple[Powers, int]]) -> None:
    for powers, ways in more:
        total[powers] = total.get(powers, 0) + ways


def _sum(one: Powers, other: Powers) -> Powers:
    return tuple(map(sum, zip(one, other, strict=True)))
