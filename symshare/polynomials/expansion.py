"""The outputs of a network written out: polynomials in the inputs whose coefficients are polynomials in the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table, first
from symshare.errors import NotationError, TooLargeError, amount, plural
from symshare.polynomials.counting import count_terms
from symshare.polynomials.network import PolynomialNetwork, is_whole
from symshare.polynomials.ring import reduced, weight_ring
from symshare.polynomials.written import graded, monomial_text, polynomial_latex, polynomial_text

__all__ = ["MOST_TERMS", "Expansion", "Exponents", "expand"]

MOST_TERMS = 1_000_000
"""Terms of all outputs together; the 878,766 of `expand --widths 7,7,7,7 --degree 2` take 8 s and 0.3 GiB (as JSON half a
minute more)."""

MOST_CELLS = 150_000_000
"""Terms times weights: as many powers are read to write all terms. 100,000,000, `--widths 100,100`, take 15 s."""

Exponents = tuple[int, ...]
"""A monomial in the inputs, by its powers."""

_Polynomial = dict[Exponents, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Expansion(Noun):
    """A network and, for each output, the coefficient of each monomial in the inputs: a flint polynomial in the weights."""

    network: PolynomialNetwork
    outputs: tuple[Mapping[Exponents, Any], ...]

    @property
    def terms(self) -> tuple[int, ...]:
        """The terms of each output, in the inputs and the weights together."""
        return tuple(sum(len(one) for one in output.values()) for output in self.outputs)

    def coefficient(self, output: int, exponents: Sequence[int]) -> str:
        """The coefficient of a monomial of an output (numbered from 1), as text, in full.

        Raises NotationError for an output that there is not, and for powers that are not one for each input.

        >>> expand(PolynomialNetwork((2, 1, 1), 2)).coefficient(1, (1, 1))
        '2 b^1_1 a^1_1 a^1_2'
        """
        inputs = self.network.widths[0]
        powers = tuple(exponents) if isinstance(exponents, Sequence) and not isinstance(exponents, str | bytes) else ()
        if len(powers) != inputs or not all(is_whole(one) and one >= 0 for one in powers):
            example = "give the power of each: " + str((1,) + (0,) * (inputs - 1))
            raise NotationError(str(exponents), 0, f"is no monomial in {plural(inputs, 'input')}", example)
        found = self._output(output).get(powers)
        return "0" if found is None else polynomial_text(found, self.network.names())

    def _output(self, number: int) -> Mapping[Exponents, Any]:
        if not is_whole(number) or not 1 <= number <= len(self.outputs):
            cure = f"outputs are numbered from 1 to {len(self.outputs)}"
            raise NotationError(str(number), 0, "is no output", cure)
        return self.outputs[number - 1]

    __reduce__ = reduced

    def __repr__(self) -> str:
        return brief("Expansion", self.network.described, plural(sum(self.terms), "term"))

    def to_dict(self) -> dict[str, Any]:
        """The network and all coefficients as texts, with the number of terms of each."""
        names = self.network.names()
        outputs = [
            [
                {
                    "monomial": list(exponents),
                    "terms": len(one),
                    "coefficient": polynomial_text(one, names),
                }
                for exponents, one in output.items()
            ]
            for output in self.outputs
        ]
        return {"network": self.network.to_dict(), "terms": list(self.terms), "outputs": outputs}

    def tables(self) -> tuple[Table, ...]:
        """For each output the coefficients of its monomials, long ones cut."""
        return tuple(self.table(number) for number in range(1, len(self.outputs) + 1))

    def table(self, number: int, longest: int = 200) -> Table:
        """One row for each monomial of an output; a coefficient longer than `longest` characters is cut."""
        names = self.network.names()
        output = self._output(number)

        def row(exponents: Exponents) -> tuple[str, ...]:
            one = output[exponents]
            return monomial_text(exponents), f"{len(one):,}", polynomial_text(one, names, longest)

        title = f"y{number}: {plural(self.terms[number - 1], 'term')}, {plural(len(output), 'monomial')} in the inputs"
        return first(title, ("coefficient of", "terms", "is"), list(output), row)

    def latex(self) -> str:
        """The outputs as a LaTeX align block; of long coefficients the first terms."""
        names = self.network.names()
        lines = []
        for number, output in enumerate(self.outputs, 1):
            pieces = [
                polynomial_latex(one, names, exponents, bracketed=len(one) > 1) for exponents, one in output.items()
            ]
            signed = (
                [pieces[0], *(one if one.startswith("- ") else f"+ {one}" for one in pieces[1:])] if pieces else ["0"]
            )
            lines.append(f"y_{{{number}}} &= " + " \\\\\n&\\quad ".join(signed))
        return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def expand(network: PolynomialNetwork, *, max_terms: int = MOST_TERMS) -> Expansion:
    """Write the outputs out as polynomials in the inputs, layer by layer, like terms collected.

    Raises TooLargeError, before any work, for more than `max_terms` terms of all outputs together, and where there are more
    than 150 million powers of weights in them.

    >>> expansion = expand(PolynomialNetwork((2, 2, 1), 2))
    >>> expansion.terms, expansion.coefficient(1, (2, 0))
    ((6,), 'b^1_1 a^1_1^2 + b^1_2 a^2_1^2')
    """
    if not is_whole(max_terms):
        raise NotationError(str(max_terms), 0, "is no number of terms", f"give a whole number, by default {MOST_TERMS}")
    terms = count_terms(network) * network.widths[-1]
    if terms * network.weights > MOST_CELLS and terms <= max_terms:
        raise TooLargeError(
            f"the outputs have {amount(terms)} terms in {network.weights:,} weights, too many to write\n"
            "  give smaller widths, a lower degree or fewer layers"
        )
    if terms > max_terms:
        raise TooLargeError(
            f"the outputs have {amount(terms)} terms, over {max_terms:,}\n"
            "  give smaller widths, a lower degree or fewer layers"
        )
    ring = weight_ring(network)
    weights = iter(ring.gens())
    inputs = network.widths[0]
    values: list[_Polynomial] = [
        {tuple(int(place == other) for other in range(inputs)): ring.constant(1)} for place in range(inputs)
    ]
    one = {(0,) * inputs: ring.constant(1)}
    for place, layer in enumerate(network.layers):
        if place:
            values = [_activated(network, value, one) for value in values]
        known: dict[tuple[int, ...], _Polynomial] = {(number,): value for number, value in enumerate([one, *values])}
        columns = [_product(known, column) for column in layer.columns]
        values = []
        for _ in range(layer.units):
            total: _Polynomial = {}
            for column in columns:
                weight = next(weights)
                for exponents, factor in column.items():
                    term = weight * factor
                    total[exponents] = total[exponents] + term if exponents in total else term
            values.append(total)
    return Expansion(network, tuple({key: value[key] for key in sorted(value, key=graded)} for value in values))


def _product(known: dict[tuple[int, ...], _Polynomial], column: tuple[int, ...]) -> _Polynomial:
    """The product of the inputs in a column, each in order and kept."""
    chosen = tuple(sorted(column))
    if chosen not in known:
        known[chosen] = _times(_product(known, chosen[:-1]), known[chosen[-1:]])
    return known[chosen]


def _activated(network: PolynomialNetwork, value: _Polynomial, one: _Polynomial) -> _Polynomial:
    """The activation at a polynomial."""
    if network.form == "full":
        return value
    power, total = one, dict[Exponents, Any]()
    for factor in network.activation:
        if factor:
            for exponents, term in power.items():
                scaled = _rational(factor) * term
                total[exponents] = total[exponents] + scaled if exponents in total else scaled
        power = _times(power, value)
    return {exponents: term for exponents, term in total.items() if term}


def _rational(factor: Any) -> Any:
    from flint import fmpq

    return fmpq(factor.numerator, factor.denominator)


def _times(one: _Polynomial, other: _Polynomial) -> _Polynomial:
    found: _Polynomial = {}
    for left, factor in one.items():
        for right, more in other.items():
            both = tuple(map(sum, zip(left, right, strict=True)))
            term = factor * more
            found[both] = found[both] + term if both in found else term
    return found
