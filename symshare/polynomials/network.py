"""The noun PolynomialNetwork: layers that are linear maps and polynomials in turn, or full forms one after another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from numbers import Integral
from typing import Any

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.errors import NotationError, SymshareError, TooLargeError, amount, plural
from symshare.polynomials.activations import activation_text, check_activation

__all__ = ["FORMS", "Layer", "PolynomialNetwork", "check_network", "check_total_degree", "is_whole"]

FORMS = ("linear", "full")

MOST_DEGREE = 64
"""The degree of one layer; chosen, not measured."""

MOST_TOTAL_DEGREE = 1_000
"""The degree of the outputs in the inputs: the polynomials of higher ones have numbers that nobody reads."""

MOST_WEIGHTS = 20_000
"""Weights of a network; a square matrix of 20,000 fills the memory of its ranks long before."""

_LETTERS = "abcdefghijklmnopqrstuvw"


@dataclass(frozen=True, slots=True)
class Layer:
    """A matrix of weights, `letter`: unit k is the sum over `columns` of a weight times the product of the inputs in it.

    Inputs are numbered from 1; 0 is the constant input.
    """

    letter: str
    units: int
    columns: tuple[tuple[int, ...], ...]

    def names(self) -> tuple[tuple[str, int, tuple[int, ...]], ...]:
        """The letter, the unit and the inputs of each weight, row by row."""
        return tuple((self.letter, unit, column) for unit in range(1, self.units + 1) for column in self.columns)


@dataclass(frozen=True, slots=True)
class PolynomialNetwork(Noun):
    """A network whose layers are polynomials, so that each output is a polynomial in the inputs and the weights.

    `widths` has the numbers of inputs, hidden units and outputs. A layer is W x, followed by the activation x^degree but
    after the last layer (`form="linear"`); or all of a form of that degree in its inputs, each product of inputs in every
    order with a weight of its own, y_k = sum_ij a^k_ij x_i x_j (`form="full"`). With `constant` every layer has the input
    x_0 = 1 too. `activation` is any polynomial of that degree, as text or by its coefficients from that of 1 on.

    Raises NotationError for widths and degrees that are no positive whole numbers, for activations that are no
    polynomials and for a `constant` that is neither True nor False, TooLargeError for over 20,000 weights. Source: Kileel,
    Trager, Bruna, On the expressive power of deep polynomial neural networks, 2019, for linear forms; a working note on
    permutation-invariant networks for full ones.

    >>> network = PolynomialNetwork((3, 4, 3), 2)
    >>> network, network.weights
    (PolynomialNetwork(3,4,3, x^2), 24)
    >>> PolynomialNetwork((3, 3), 2, form="full").weights
    27
    """

    widths: tuple[int, ...]
    degree: int = 2
    constant: bool = False
    form: str = "linear"
    activation: tuple[Fraction, ...] = ()

    def __post_init__(self) -> None:
        widths = _positive("widths", self.widths)
        if len(widths) < 2:
            cure = "give inputs, hidden units, outputs: widths 3,4,3"
            raise NotationError(",".join(map(str, widths)), 0, "is no list of widths", cure)
        (degree,) = _positive("degree", [self.degree])
        if degree > MOST_DEGREE:
            raise TooLargeError(f"a layer of degree {degree:,}, over {MOST_DEGREE}\n  ask for a lower degree")
        if type(self.constant).__name__ not in ("bool", "bool_"):  # numpy has its own
            raise NotationError(
                str(self.constant), 0, "is neither True nor False", "write constant=True, or leave it out"
            )
        if self.form not in FORMS:
            raise NotationError(str(self.form), 0, "is no form of a layer", "write 'linear' or 'full'")
        activation = check_activation(self.activation, degree)
        if self.form == "full" and activation != check_activation((), degree):
            raise SymshareError(
                "a layer that is a full form has no activation\n  leave the activation out, or take form='linear'"
            )
        found = {"widths": widths, "degree": degree, "constant": bool(self.constant), "activation": activation}
        for name, value in found.items():
            object.__setattr__(self, name, value)
        inputs = [width + self.constant for width in widths[:-1]]
        power = degree if self.form == "full" else 1
        weights = sum(units * number**power for units, number in zip(widths[1:], inputs, strict=True))
        if weights > MOST_WEIGHTS:
            raise TooLargeError(f"{plural(weights, 'weight')}, over {MOST_WEIGHTS:,}\n  give smaller widths or degrees")
        if len(widths) > len(_LETTERS):
            raise TooLargeError(f"{len(widths) - 1} layers, over {len(_LETTERS) - 1}\n  give fewer widths")

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, from the inputs on."""
        return _layers(self.widths, self.degree if self.form == "full" else 1, self.constant)

    @property
    def weights(self) -> int:
        """The number of weights."""
        return sum(layer.units * len(layer.columns) for layer in self.layers)

    @property
    def exponents(self) -> tuple[int, ...]:
        """The powers in the activation between two layers; of full forms, which have none, 1."""
        return (1,) if self.form == "full" else tuple(power for power, one in enumerate(self.activation) if one)

    @property
    def homogeneous(self) -> bool:
        """Whether a hidden unit may be scaled by any factor against the next layer's weights."""
        return len(self.exponents) == 1

    @property
    def total_degree(self) -> int:
        """The degree of the outputs in the inputs."""
        layers = len(self.layers)
        return int(self.degree ** (layers if self.form == "full" else layers - 1))

    def names(self) -> tuple[tuple[str, int, tuple[int, ...]], ...]:
        """The letter, the unit and the inputs of each weight: layer by layer, unit by unit."""
        return tuple(name for layer in self.layers for name in layer.names())

    def degrees(self) -> frozenset[int]:
        """The degrees that monomials of the outputs in the inputs may have.

        >>> sorted(PolynomialNetwork((2, 2, 1), 2, constant=True).degrees())
        [0, 1, 2]
        """
        found = {0, 1} if self.constant else {1}
        for place in range(len(self.layers)):
            powers: Iterable[int] = (self.degree,) if self.form == "full" else self.exponents if place else (1,)
            found = {total for power in powers for total in _sums(found, power)} | ({0} if self.constant else set())
        return frozenset(found)

    def __repr__(self) -> str:
        return brief("PolynomialNetwork", self.described)

    def __str__(self) -> str:
        return self.described

    @property
    def described(self) -> str:
        """The network in a few words."""
        widths = ",".join(map(str, self.widths))
        kind = f"full forms of degree {self.degree}" if self.form == "full" else activation_text(self.activation)
        return f"{widths}, {kind}" + (", with a constant input" if self.constant else "")

    def to_dict(self) -> dict[str, Any]:
        """The network as plain values."""
        return {
            "widths": list(self.widths),
            "degree": self.degree,
            "constant": self.constant,
            "form": self.form,
            "activation": [str(one) for one in self.activation],
            "weights": self.weights,
        }

    def tables(self) -> tuple[Table, ...]:
        """One row for each layer."""
        rows = tuple(
            (layer.letter, str(layer.units), str(len(layer.columns)), str(layer.units * len(layer.columns)))
            for layer in self.layers
        )
        return (Table(self.described, ("layer", "units", "inputs", "weights"), rows),)


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number; truth values are none, though Python has them among the integers."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def check_network(network: Any) -> None:
    """Raise NotationError for what is no network, such as its widths alone."""
    if not isinstance(network, PolynomialNetwork):
        raise NotationError(str(network), 0, "is no polynomial network", "give PolynomialNetwork((3, 4, 3), 2)")


def check_total_degree(network: PolynomialNetwork) -> None:
    """Raise TooLargeError for outputs of too high a degree."""
    if network.total_degree > MOST_TOTAL_DEGREE:
        raise TooLargeError(
            f"outputs of degree {amount(network.total_degree)}, over {MOST_TOTAL_DEGREE:,}\n"
            "  give a lower degree or fewer layers"
        )


@lru_cache(maxsize=64)
def _layers(widths: tuple[int, ...], power: int, constant: bool) -> tuple[Layer, ...]:
    return tuple(
        Layer(letter, units, tuple(product(range(0 if constant else 1, inputs + 1), repeat=power)))
        for letter, inputs, units in zip(_LETTERS, widths, widths[1:], strict=False)
    )


def _positive(what: str, values: Iterable[Any]) -> tuple[int, ...]:
    """The values as positive whole numbers, or a NotationError that says what they are."""
    if isinstance(values, str | bytes | bytearray | Set | Mapping) or not isinstance(values, Iterable):
        raise NotationError(str(values), 0, f"is no list of {what}", "give whole numbers, 1 or more: (3, 4, 3)")
    found = []
    for value in values:
        if not is_whole(value) or value < 1:
            problem = f"is not a positive whole number, as {what} are" if what == "widths" else f"is no {what}"
            raise NotationError(str(value), 0, problem, "write a whole number, 1 or more")
        found.append(int(value))
    return tuple(found)


def _sums(degrees: Iterable[int], number: int) -> set[int]:
    """The sums of so many of some numbers."""
    found = {0}
    for _ in range(number):
        found = {one + other for one in found for other in degrees}
    return found
