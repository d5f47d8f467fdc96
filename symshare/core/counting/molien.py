"""How many terms there are, from the group's side: Molien's series over its conjugacy classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from math import comb, factorial, perm, prod

from symshare.core.algebra.laurent import Laurent, constant_term
from symshare.core.algebra.numbers import Number
from symshare.core.counting.burnside import block_components
from symshare.core.groups.characters import Component, whole
from symshare.core.groups.group import AxisGroup
from symshare.core.groups.spectra import Spectrum
from symshare.core.notation.forest import Bundle
from symshare.core.notation.reading import check_order
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature, Tensor
from symshare.errors import SymshareError, TooLargeError, amount

__all__ = ["molien_count"]

MOST_CLASSES = 50_000
"""Conjugacy classes of the group; 44,583 take 1.2 s (`molien_count("a->a", 2, sizes={"a": 41})`)."""

Class = tuple[tuple[int, tuple[tuple[str, "Class"], ...]], ...]
"""A conjugacy class: for each cycle its length and, for each dependent letter, the class of its cycle product."""


def molien_count(
    signature: Signature | str,
    order: int,
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    ordered: bool = False,
) -> int:
    """The same number at fixed sizes from the group's side, by Molien's formula.

    The mean over the group of chi_out(g) times the trace of g on the polynomials of degree `order`, which Newton's
    identities give from the traces of the powers of g^-1. Conjugacy classes of S_n are cycle types; those of a wreath product
    carry a class of the inner group on each cycle (Kerber, Representations of permutation groups, 1971). The traces of a
    connected group are polynomials on its torus, and the mean is a constant term (Weyl, The classical groups, 1939). Every
    set axis needs a size; the cost grows with the product of the numbers of classes.

    Raises UnknownCharactersError for a group whose characters are not known.

    >>> [molien_count("ab->ab", order, sizes={"a": 3, "b": 3}) for order in range(6)]
    [1, 4, 17, 52, 147, 360]
    >>> molien_count("ar->", 2, axes={"r": "O(3)"}, sizes={"a": 4})
    2
    """
    signature = as_signature(signature, depends=depends, axes=axes, sizes=sizes)
    order = check_order(order)
    lengths = dict(signature.sizes)
    missing = [letter for letter in signature.set_letters if letter not in lengths]
    if missing:
        raise SymshareError(f"Molien's formula sums over a group of fixed size: give a size to {', '.join(missing)}")
    roots = [letter for letter in signature.set_letters if signature.parent(letter) is None]
    blocks = block_components(signature)
    number = prod(_number_of_classes(signature, letter) for letter in roots) * prod(map(len, blocks.values()))
    if number > MOST_CLASSES:
        raise TooLargeError(
            f"the group has {amount(number)} conjugacy classes, over {MOST_CLASSES:,}: use count, or smaller sizes"
        )
    longest = [max((len(tensor.axes) for tensor in side), default=0) for side in (signature.inputs, signature.outputs)]
    tori = [_Torus(parts, order * longest[0] + longest[1]) for parts in product(*blocks.values())]
    powers = range(1, 2 if ordered else order + 1)
    total: Number = 0
    for classes in product(*(_classes(signature, letter, lengths[letter]) for letter in roots)):
        element = dict(zip(roots, classes, strict=True))
        share = Fraction(1, factorial(order) * prod(map(_class_centraliser, classes)))
        for torus in tori:
            sums = [_trace(signature, signature.inputs, element, torus, -power) for power in powers]
            symmetric = prod(sums * order, start=factorial(order)) if ordered else _complete(sums)
            outer = _trace(signature, signature.outputs, element, torus, 1)
            total = total + share * torus.mean(outer, symmetric)
    return whole(total)


class _Torus:
    """One component for each block, their torus variables put one after another."""

    def __init__(self, parts: tuple[Component, ...], degree: int) -> None:
        self.share = prod(part.share for part in parts)
        self.density: Laurent | Number = 1
        self.spectra: dict[str, tuple[Spectrum, int]] = {}
        self.known: dict[tuple[str, int], Laurent | Number] = {}
        variables = 0
        for part in parts:
            self.spectra |= {letter: (spectrum, variables) for letter, spectrum in part.spectra}
            if part.variables:
                self.density = part.density(degree).moved(variables) * self.density
                variables += part.variables

    def trace(self, letter: str, power: int) -> Laurent | Number:
        """The trace on one axis of a power of the element."""
        if (letter, power) not in self.known:
            spectrum, variables = self.spectra[letter]
            trace = spectrum.trace(power)
            self.known[letter, power] = trace.moved(variables) if isinstance(trace, Laurent) else trace
        return self.known[letter, power]

    def mean(self, one: Laurent | Number, other: Laurent | Number) -> Number:
        """The share of this part in the mean of a product."""
        return self.share * constant_term(self.density * one, other)


def _classes(signature: Signature, letter: str, size: int) -> list[Class]:
    """The conjugacy classes of the group that acts on an axis and on all that depends on it."""
    lengths = dict(signature.sizes)
    children = signature.children(letter)
    inner = [_classes(signature, child, lengths[child]) for child in children]
    labels = [tuple(zip(children, choice, strict=True)) for choice in product(*inner)]
    marks = [(length, label) for length in range(1, size + 1) for label in labels]

    def build(left: int, start: int) -> Iterator[Class]:
        if left == 0:
            yield ()
        for place in range(start, len(marks)):
            if marks[place][0] > left:
                break
            for rest in build(left - marks[place][0], place):
                yield (marks[place], *rest)

    return list(build(size, 0))


def _number_of_classes(signature: Signature, letter: str) -> int:
    """How many classes `_classes` lists: ways to write the size as a sum of cycle lengths, each with a label."""
    size = dict(signature.sizes)[letter]
    labels = prod(_number_of_classes(signature, child) for child in signature.children(letter))
    ways = [1] + [0] * size
    for length in range(1, size + 1):
        # choose how many cycles of this length: multisets of labels
        ways = [
            sum(ways[total - length * many] * comb(labels + many - 1, many) for many in range(total // length + 1))
            for total in range(size + 1)
        ]
    return ways[size]


def _class_centraliser(one: Class) -> int:
    inside = prod(length * prod(_class_centraliser(inner) for _, inner in label) for length, label in one)
    return inside * prod(map(factorial, Counter(one).values()))


def _trace(
    signature: Signature, tensors: Iterable[Tensor], element: Mapping[str, Class], torus: _Torus, power: int
) -> Laurent | Number:
    """The trace of a power of a group element on the direct sum of some tensors."""
    sizes = dict(signature.sizes)
    total: Laurent | Number = 0
    for tensor in tensors:
        trace: Laurent | Number = prod(sizes[letter] for letter in signature.sized_latents(tensor))
        for letter, bundle in signature.bundles(tensor):
            trace = trace * (
                _fixed_points(element[letter], bundle, abs(power)) if letter in element else torus.trace(letter, power)
            )
        total = total + trace
    return total


def _fixed_points(one: Class, bundle: Bundle, power: int) -> int:
    """The index values of a slot and all that hangs on it that a power of the element leaves in place."""
    return sum(
        length * prod(_fixed_points(dict(label)[letter], hanging, power // length) for letter, hanging in bundle)
        for length, label in one
        if power % length == 0
    )


def _complete(power_sums: list[Laurent | Number]) -> Laurent | Number:
    """n! times the complete homogeneous symmetric polynomial of degree n from n power sums (Newton's identities)."""
    complete: list[Laurent | Number] = [1]
    for degree in range(1, len(power_sums) + 1):
        found: Laurent | Number = 0
        for j in range(1, degree + 1):
            found = found + power_sums[j - 1] * complete[degree - j] * perm(degree - 1, j - 1)
        complete.append(found)
    return complete[-1]
