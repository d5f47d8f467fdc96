"""Networks whose every layer is equivariant: linear families of weights, one for each action on the hidden units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.orbits import orbit_labels
from symshare.errors import TooLargeError
from symshare.polynomials.acting import Moves, Symmetry, act_on
from symshare.polynomials.network import Layer, PolynomialNetwork
from symshare.polynomials.subgroups import SignedOrbit, signed_orbits

__all__ = ["Family", "families", "seen_by_next", "spread", "summed"]

MOST_FAMILIES = 400
"""Actions on all hidden units together; so many of the group of `ab` at 2 x 2 on widths 4,3,3,4 take 3 s."""


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """An action of the group on the hidden units, layer by layer, and the weights that are equivariant for it.

    `labels` has for each weight the number of the parameter that it equals, negative where it is minus that, 0 where it
    vanishes.
    """

    hidden: tuple[tuple[SignedOrbit, ...], ...]
    labels: Array

    @property
    def parameters(self) -> int:
        """The free parameters."""
        return int(np.abs(self.labels).max(initial=0))

    @property
    def names(self) -> tuple[str, ...]:
        """The orbits of the hidden units of each layer: `3 + 1-`."""
        return tuple(" + ".join(one.name for one in layer) for layer in self.hidden)


def families(network: PolynomialNetwork, symmetry: Symmetry) -> Iterator[Family]:
    """Each way in which the group permutes the hidden units of each layer up to signs, where no more units than needed must
    be zero: those are orbits with the name 0.

    Signs are tried where the activation is even or odd: else a sign is no symmetry of it. In even degree the next layer does
    not see the sign. Units of full forms are moved in the same ways, though any linear action would do there.

    Raises TooLargeError for groups of over 120 elements and for over 400 ways.

    >>> from symshare.polynomials.acting import find_symmetry
    >>> network = PolynomialNetwork((2, 2, 2), 2)
    >>> for one in families(network, find_symmetry(network, "a->a")):
    ...     print(*one.names, one.parameters)
    2 4
    1 + 1 4
    1 + 1- 4
    1- + 1- 4
    """
    hidden = network.widths[1:-1]
    orbits = signed_orbits(symmetry, max(hidden), signs=_parity(network) is not None) if hidden else ()
    inner = [pair[0] for pair in symmetry.generators]
    outer = [pair[1] for pair in symmetry.generators]
    layers = network.layers
    tried = 0

    def extended(place: int, before: Sequence[Moves]) -> Iterator[tuple[tuple[tuple[SignedOrbit, ...], ...], Array]]:
        """What follows from a layer on, given how its inputs are moved."""
        nonlocal tried
        if place == len(hidden):
            yield (), _labels(network, layers[place], before, outer)
            return
        alive = [
            one for one in orbits if _labels(network, _of_units(layers[place], one.size), before, one.generators).any()
        ]
        dead = SignedOrbit("0", 1, False, tuple((0,) for _ in inner))
        for chosen in _together(alive, hidden[place], dead):
            tried += 1
            if tried > MOST_FAMILIES:
                raise TooLargeError(
                    f"over {MOST_FAMILIES} actions on the hidden units\n  give smaller hidden widths, or fewer layers"
                )
            own = [_joined([one.generators[at] for one in chosen]) for at in range(len(inner))]
            labels = _labels(network, layers[place], before, own)
            for rest, more in extended(place + 1, seen_by_next(network, own)):
                yield (chosen, *rest), _appended(labels, more)

    for chosen, labels in extended(0, inner):
        yield Family(chosen, labels)


def _parity(network: PolynomialNetwork) -> int | None:
    """0 for an even activation, 1 for an odd one, None for neither."""
    found = {power % 2 for power in network.exponents}
    return found.pop() if len(found) == 1 else None


def seen_by_next(network: PolynomialNetwork, moves: Sequence[Moves]) -> list[Moves]:
    """How units are moved after the activation: in even degree without their signs."""
    if _parity(network) == 1:
        return list(moves)
    return [tuple(image % len(one) for image in one) for one in moves]


def _of_units(layer: Layer, units: int) -> Layer:
    return Layer(layer.letter, units, layer.columns)


def _together(orbits: Sequence[SignedOrbit], units: int, dead: SignedOrbit) -> Iterator[tuple[SignedOrbit, ...]]:
    """The ways to have so many units in orbits, large orbits first, and units that are zero where no orbit is as small."""
    ordered = sorted(orbits, key=lambda one: -one.size)
    least = min((one.size for one in orbits), default=units + 1)

    def rest(start: int, left: int) -> Iterator[tuple[SignedOrbit, ...]]:
        if left < least:
            yield (dead,) * left
        for place in range(start, len(ordered)):
            if ordered[place].size <= left:
                for more in rest(place, left - ordered[place].size):
                    yield (ordered[place], *more)

    return rest(0, units)


def _joined(moves: Sequence[Moves]) -> Moves:
    """Signed permutations of some lists as one of all, one list after another."""
    size = sum(map(len, moves))
    found: list[int] = []
    for one in moves:
        start = len(found)
        for value in range(len(one)):
            image, sign = act_on(one, value)
            found.append(start + image + (size if sign < 0 else 0))
    return tuple(found)


def _labels(network: PolynomialNetwork, layer: Layer, below: Sequence[Moves], above: Sequence[Moves]) -> Array:
    """Which weights of a layer are equal, up to sign, or zero where generators move its inputs and its units."""
    place = {column: at for at, column in enumerate(layer.columns)}
    number = len(layer.columns)
    moves = []
    for inner, outer in zip(below, above, strict=True):
        images = np.empty(layer.units * number, dtype=np.int64)
        signs = np.empty(layer.units * number, dtype=np.int8)
        columns = [_moved(column, inner) for column in layer.columns]
        for unit, (at, (column, sign)) in product(range(layer.units), enumerate(columns)):
            to, own = act_on(outer, unit)
            images[unit * number + at] = to * number + place[column]
            signs[unit * number + at] = own * sign
        moves.append((images, signs))
    return orbit_labels(layer.units * number, moves)


def _moved(column: tuple[int, ...], moves: Moves) -> tuple[tuple[int, ...], int]:
    """A product of inputs under a signed permutation of them; the constant input, 0, stays."""
    found, total = [], 1
    for unit in column:
        image, sign = act_on(moves, unit - 1) if unit else (-1, 1)
        found.append(image + 1)
        total *= sign
    return tuple(found), total


def _appended(labels: Array, more: Array) -> Array:
    """The labels of two lists of weights as those of one."""
    return np.concatenate([labels, more + np.sign(more) * np.abs(labels).max(initial=0)])


def spread(labels: Array, parameters: Array, prime: int) -> Array:
    """The weights of a family at some parameters, modulo a prime."""
    padded = np.concatenate([[0], parameters])
    found: Array = padded[np.abs(labels)] * np.sign(labels) % prime
    return found


def summed(labels: Array, gradients: Array, prime: int) -> Array:
    """Gradients by the weights, (points, weights), as gradients by a family's parameters: each weight adds to its own."""
    found = np.zeros((int(np.abs(labels).max(initial=0)) + 1, len(gradients)), dtype=np.int64)
    np.add.at(found, np.abs(labels), (gradients * np.sign(labels)).T)
    return found[1:].T % prime
