"""How many terms there are, from the group's side: Molien's series over its conjugacy classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import comb, factorial, perm, prod

from symshare.core.algebra.laurent import Laurent, constant_term
from symshare.core.algebra.numbers import Number
from symshare.core.algebra.work import shared_work
from symshare.core.counting.diagrams import block_components
from symshare.core.groups.characters import Component, whole
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.forest import Bundle
from symshare.core.notation.names import is_latent
from symshare.core.notation.orders import check_order
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
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
    _check_sizes(signature)
    blocks = block_components(signature)
    roots = [axis for axis in signature.symmetric_axes if signature.parent(axis) is None]
    roots += signature.latent_parents
    number = prod(_number_of_classes(signature, letter) for letter in roots) * prod(map(len, blocks.values()))
    if number > MOST_CLASSES:
        raise TooLargeError(
            f"the group has {amount(number)} conjugacy classes, over {MOST_CLASSES:,}\n  use count, or smaller sizes"
        )
    longest = [max((len(tensor.axes) for tensor in side), default=0) for side in (signature.inputs, signature.outputs)]
    parts_of_blocks: list[list[_Part]] = [[_Coset(part) for part in parts] for parts in blocks.values()]
    parts_of_blocks += [
        [_Cycles(letter, one) for one in _classes(signature, letter, lengths[letter])] for letter in roots
    ]
    powers = range(1, 2 if ordered else order + 1)
    inner, outer = _side(signature, signature.inputs), _side(signature, signature.outputs)
    total: Number = 0
    with shared_work():
        for parts in product(*parts_of_blocks):
            element = _Class(parts, order * longest[0] + longest[1])
            sums = [_trace(inner, element, -power) for power in powers]
            symmetric = prod(sums * order, start=factorial(order)) if ordered else _complete(sums)
            total = total + element.mean(_trace(outer, element, 1), symmetric)
    return whole(total * Fraction(1, factorial(order)))


def _check_sizes(signature: Signature) -> None:
    """Raise SymshareError for axes of any length."""
    sizes, factors = dict(signature.sizes), dict(signature.monomial)
    missing = [letter for letter in signature.symmetric_axes if letter not in sizes or letter in factors]
    if missing:
        cure = f"give a size to {', '.join(missing)}: sizes={{'{missing[0]}': 3}}"
        cure += "; or use count, which needs none" if factors else ""
        raise SymshareError(f"Molien's formula sums over a group of fixed size\n  {cure}")


class _Cycles:
    """A conjugacy class of a tree of set axes, which has no torus; of a latent parent all that differ by an order of its
    values."""

    variables = 0

    def __init__(self, letter: str, cycles: Class) -> None:
        self.axes, self.cycles = (letter,), cycles
        self.share = Fraction(factorial(len(cycles)) if is_latent(letter) else 1, _class_centraliser(cycles))

    def density(self, degree: int, start: int) -> Laurent:
        """A polynomial to multiply with before the constant term is read."""
        return Laurent({0: 1})

    def trace(self, letter: str, bundle: Bundle, power: int, start: int) -> int:
        """The index values of a slot and all that hangs on it that a power of the element leaves in place."""
        return _fixed_points(self.cycles, bundle, abs(power))


class _Coset:
    """A part of the group of axes that move together; its torus variables are numbered from a start that it is given."""

    def __init__(self, part: Component) -> None:
        self.share, self.variables, self.part = part.share, part.variables, part
        self.spectra = dict(part.spectra)
        self.axes = tuple(self.spectra)
        self.known: dict[tuple[str, int, int], Laurent | Number] = {}
        self.densities: dict[tuple[int, int], Laurent] = {}

    def density(self, degree: int, start: int) -> Laurent:
        """A polynomial to multiply with before the constant term is read."""
        if (degree, start) not in self.densities:
            self.densities[degree, start] = self.part.density(degree).moved(start)
        return self.densities[degree, start]

    def trace(self, letter: str, bundle: Bundle, power: int, start: int) -> Laurent | Number:
        """The trace on one axis of a power of the element."""
        if (letter, power, start) not in self.known:
            trace = self.spectra[letter].trace(power)
            self.known[letter, power, start] = trace.moved(start) if isinstance(trace, Laurent) else trace
        return self.known[letter, power, start]


_Part = _Cycles | _Coset


class _Class:
    """A part of the group of every block together, their torus variables put one after another."""

    def __init__(self, parts: Sequence[_Part], degree: int) -> None:
        self.share: Fraction = prod([part.share for part in parts], start=Fraction(1))
        self.parts: dict[str, tuple[_Part, int]] = {}
        densities: list[Laurent] = []
        variables = 0
        for part in parts:
            for letter in part.axes:
                self.parts[letter] = part, variables
            if part.variables:
                densities.append(part.density(degree, variables))
                variables += part.variables
        self.density: Laurent | Number = prod(densities[1:], start=densities[0]) if densities else 1

    def trace(self, letter: str, bundle: Bundle, power: int) -> Laurent | Number:
        """The trace of a power of the element on a slot and all that hangs on it."""
        part, variables = self.parts[letter]
        return part.trace(letter, bundle, power, variables)

    def mean(self, one: Laurent | Number, other: Laurent | Number) -> Number:
        """The share of this part in the mean of a product."""
        return self.share * constant_term(self.density * one, other)


def _classes(signature: Signature, letter: str, size: int) -> list[Class]:
    """The conjugacy classes of the group that acts on an axis and on all that depends on it; a latent axis stays as it is, and
    the order of its values does not matter."""
    lengths = dict(signature.sizes)
    children = signature.children(letter)
    inner = [_classes(signature, child, lengths[child]) for child in children]
    labels = [tuple(zip(children, choice, strict=True)) for choice in product(*inner)]
    marks = [(length, label) for length in range(1, _longest(letter, size) + 1) for label in labels]

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
    for length in range(1, _longest(letter, size) + 1):
        # choose how many cycles of this length: multisets of labels
        ways = [
            sum(ways[total - length * many] * comb(labels + many - 1, many) for many in range(total // length + 1))
            for total in range(size + 1)
        ]
    return ways[size]


def _longest(letter: str, size: int) -> int:
    """The longest cycle of values of an axis."""
    return 1 if is_latent(letter) else size


def _class_centraliser(one: Class) -> int:
    inside = prod(length * prod(_class_centraliser(inner) for _, inner in label) for length, label in one)
    return inside * prod(map(factorial, Counter(one).values()))


Side = list[tuple[int, list[tuple[str, Bundle]]]]
"""For each tensor the number of values picked on its latent axes, and its slots that hang on none, with what hangs on them."""


def _side(signature: Signature, tensors: Iterable[Tensor]) -> Side:
    sizes = dict(signature.sizes)
    return [
        (prod(sizes[letter] for letter in signature.other_latents(tensor)), signature.bundles(tensor))
        for tensor in tensors
    ]


def _trace(side: Side, element: _Class, power: int) -> Laurent | Number:
    """The trace of a power of a group element on the direct sum of some tensors."""
    total: Laurent | Number = 0
    for values, slots in side:
        trace: Laurent | Number = values
        for letter, bundle in slots:
            trace = trace * element.trace(letter, bundle, power)
        total = total + trace
    return total


def _fixed_points(one: Class, bundle: Bundle, power: int) -> int:
    """The index values of a slot and all that hangs on it that a power of the element leaves in place."""
    return sum(
        length * prod(_fixed_points(dict(label)[letter], hanging, power // length) for letter, hanging in bundle[1])
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
