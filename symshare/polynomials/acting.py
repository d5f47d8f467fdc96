"""The noun Symmetry: a finite group that permutes the inputs and the outputs of a network, up to signs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from symshare.core.groups.group import AxisGroup
from symshare.core.notation.names import is_latent
from symshare.core.notation.signature import Signature
from symshare.errors import NotationError, SymshareError, TooLargeError, plural
from symshare.polynomials.network import PolynomialNetwork

__all__ = ["MOST_ELEMENTS", "Moves", "Symmetry", "act_on", "equivariant_polynomials", "find_symmetry", "trace"]

MOST_ELEMENTS = 5_040
"""Elements of a group that are listed: those of S(7), in 0.06 s."""

Moves = tuple[int, ...]
"""A signed permutation of n values: where each goes, n more where its sign changes."""


@dataclass(frozen=True, slots=True)
class Symmetry:
    """A group by its generators, each as it moves so many inputs and outputs."""

    signature: Signature
    sizes: Mapping[str, int]
    inputs: int
    outputs: int
    generators: tuple[tuple[Moves, Moves], ...]

    @property
    def elements(self) -> tuple[tuple[Moves, Moves], ...]:
        """All elements, each as it moves inputs and outputs. Raises TooLargeError for over 5,040."""
        return _elements(self.generators, self.inputs, self.outputs)

    def __str__(self) -> str:
        named = "".join(f", {letter} under {group}" for letter, group in self.signature.named_groups.items())
        sizes = ", ".join(f"{letter} = {size}" for letter, size in sorted(self.sizes.items()))
        return f"{self.signature}{named} at {sizes}" if sizes else f"{self.signature}{named}"

    @property
    def signed(self) -> bool:
        """Whether some generator changes a sign."""
        return any(image >= len(moves) for pair in self.generators for moves in pair for image in moves)


def find_symmetry(
    network: PolynomialNetwork,
    symmetry: Signature | str,
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Symmetry:
    """The group of a signature, acting on the inputs and outputs of a network.

    A single axis without a size gets the one that fits the widths. Raises NotationError where widths and symmetry do not
    fit, SymshareError for groups that do not permute values up to signs.

    >>> len(find_symmetry(PolynomialNetwork((3, 4, 3), 2), "a->a").elements)
    6
    """
    from symshare.core.actions.operators import actions
    from symshare.core.notation.reading import signature

    found = signature(symmetry, depends=depends, axes=axes, sizes=sizes)
    lengths = _lengths(found, network)
    generators = []
    for action in actions(found, lengths):
        if not action.monomial or action.lie:
            raise SymshareError(
                f"the generator {action.label} mixes values, and hidden units would have to mix too\n"
                "  give axes groups that permute values up to signs: S(n), A(n), C(n), D(n), B(n)"
            )
        sides = (action.inner, action.outer)
        pair = [_moves(side.images.tolist(), None if side.signs is None else side.signs.tolist()) for side in sides]  # type: ignore[union-attr]  # monomial: it has images
        generators.append((pair[0], pair[1]))
    return Symmetry(found, lengths, network.widths[0], network.widths[-1], tuple(generators))


def _lengths(signature: Signature, network: PolynomialNetwork) -> dict[str, int]:
    """The length of each axis, where one is not given that which fits the widths."""
    from symshare.core.actions.operators import entries

    lengths = dict(signature.sizes)
    letters = sorted({axis for tensor in signature for axis in tensor.axes})
    open_ = [letter for letter in letters if letter not in lengths]
    if len(open_) > 1:
        example = " ".join(f"--size {letter}=2" for letter in open_)
        cure = f"give the lengths of the axes: {example}, in Python sizes="
        raise NotationError(str(signature), 0, "has axes whose lengths the widths do not tell", cure)
    sides = (("input", signature.inputs, network.widths[0]), ("output", signature.outputs, network.widths[-1]))
    if open_:
        (letter,) = open_
        fits = [
            size
            for size in range(1, max(network.widths[0], network.widths[-1]) + 1)
            if all(entries(tensors, lengths | {letter: size}) == width for _, tensors, width in sides)
        ]
        lengths[letter] = fits[0] if fits else network.widths[0]
    for side, tensors, width in sides:
        number = entries(tensors, lengths)
        if number != width:
            sizes = ", ".join(f"{letter} = {size}" for letter, size in lengths.items() if not is_latent(letter))
            raise NotationError(
                str(signature),
                0,
                f"has {plural(number, f'{side} value')}{' at ' + sizes if sizes else ''}, and the network {width}",
                f"give an {side} width that the symmetry acts on: {number}, or another size",
            )
    return lengths


def _moves(images: Sequence[int], signs: Sequence[int] | None) -> Moves:
    size = len(images)
    return tuple(image if signs is None or signs[place] > 0 else image + size for place, image in enumerate(images))


def act_on(moves: Moves, value: int) -> tuple[int, int]:
    """Where a value goes, and its sign there.

    >>> act_on((1, 2), 1)  # of two values the second comes first, minus itself
    (0, -1)
    """
    image = moves[value]
    return (image, 1) if image < len(moves) else (image - len(moves), -1)


def after(second: Moves, first: Moves) -> Moves:
    """One signed permutation after another."""
    size = len(first)
    return tuple(second[image] if image < size else (second[image - size] + size) % (2 * size) for image in first)


@lru_cache(maxsize=16)
def _elements(
    generators: tuple[tuple[Moves, Moves], ...], inputs: int, outputs: int
) -> tuple[tuple[Moves, Moves], ...]:
    start = (tuple(range(inputs)), tuple(range(outputs)))
    found = {start: None}
    queue = [start]
    for one in queue:
        for step in generators:
            new = (after(step[0], one[0]), after(step[1], one[1]))
            if new not in found:
                found[new] = None
                queue.append(new)
        if len(found) > MOST_ELEMENTS:
            raise TooLargeError(
                f"the group has over {MOST_ELEMENTS:,} elements\n  give smaller sizes, or a smaller group"
            )
    return tuple(queue)


def trace(moves: Moves) -> int:
    """The trace of a signed permutation."""
    return sum(sign for value in range(len(moves)) for image, sign in [act_on(moves, value)] if image == value)


def _traces_on_polynomials(moves: Moves, degree: int) -> list[int]:
    """The traces on polynomials of degree 0, 1, .. in the values: the product of 1 / (1 - sign t^length) over cycles."""
    found = [1] + [0] * degree
    seen: set[int] = set()
    for start in range(len(moves)):
        length, sign, place = 0, 1, start
        while place not in seen:
            seen.add(place)
            place, one = act_on(moves, place)
            length, sign = length + 1, sign * one
        if length:
            for power in range(length, degree + 1):
                found[power] += sign * found[power - length]
    return found


def equivariant_polynomials(symmetry: Symmetry, degrees: Iterable[int]) -> int:
    """The dimension of the equivariant polynomial maps of some degrees, from inputs to outputs (Molien 1897).

    >>> equivariant_polynomials(find_symmetry(PolynomialNetwork((3, 4, 3), 2), "a->a"), [2])
    4
    """
    chosen = sorted(degrees)
    total = Fraction(0)
    for inner, outer in symmetry.elements:
        on_polynomials = _traces_on_polynomials(inner, chosen[-1])
        total += trace(outer) * sum(on_polynomials[degree] for degree in chosen)
    return int(total / len(symmetry.elements))
