"""How many terms there are, from the group's side: Molien's series over its conjugacy classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from math import comb, factorial, prod

from symshare.core.counting import Bundle, bundles
from symshare.core.notation import check_order
from symshare.core.notation import signature as as_signature
from symshare.core.signature import Signature, Tensor
from symshare.errors import SymshareError, TooLargeError

__all__ = ["molien_count"]

MOST_CLASSES = 50_000

Class = tuple[tuple[int, tuple[tuple[str, "Class"], ...]], ...]
"""A conjugacy class: for each cycle its length and, for each dependent letter, the class of its cycle product."""


def molien_count(
    signature: Signature | str,
    order: int,
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str] | None = None,
    sizes: Mapping[str, int] | None = None,
    ordered: bool = False,
) -> int:
    """The same number at fixed sizes from the group's side, by Molien's formula.

    The mean over the group of chi_out(g) times the trace of g on the polynomials of degree `order`, which Newton's
    identities give from the traces of the powers of g. Conjugacy classes of S_n are cycle types; those of a wreath product
    carry a class of the inner group on each cycle (Kerber, Representations of permutation groups, 1971). Every set axis
    needs a size; the cost grows with the product of the numbers of classes.

    >>> [molien_count("ab->ab", order, sizes={"a": 3, "b": 3}) for order in range(6)]
    [1, 4, 17, 52, 147, 360]
    """
    signature = as_signature(signature, depends=depends, axes=axes, sizes=sizes)
    order = check_order(order)
    lengths = dict(signature.sizes)
    missing = [letter for letter in signature.letters if letter not in lengths]
    if missing:
        raise SymshareError(f"Molien's formula sums over a group of fixed size: give a size to {', '.join(missing)}")
    roots = [letter for letter in signature.letters if signature.parent(letter) is None]
    number = prod(_number_of_classes(signature, letter) for letter in roots)
    if number > MOST_CLASSES:
        raise TooLargeError(
            f"the group has {number:,} conjugacy classes, over {MOST_CLASSES:,}: use count, or smaller sizes"
        )
    total = Fraction(0)
    for classes in product(*(_classes(signature, letter, lengths[letter]) for letter in roots)):
        element = dict(zip(roots, classes, strict=True))
        power_sums = [_trace(signature, signature.inputs, element, power) for power in range(1, order + 1)]
        symmetric = Fraction(power_sums[0] ** order if order else 1) if ordered else _complete(power_sums)
        outer = _trace(signature, signature.outputs, element, 1)
        total += outer * symmetric / prod(_class_centraliser(one) for one in classes)
    return int(total)


def _classes(signature: Signature, letter: str, size: int) -> list[Class]:
    """The conjugacy classes of the group that acts on an axis and on all that depends on it."""
    lengths = dict(signature.sizes)
    children = [child for parent, child in signature.depends if parent == letter]
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
    labels = prod(_number_of_classes(signature, child) for parent, child in signature.depends if parent == letter)
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


def _trace(signature: Signature, tensors: Iterable[Tensor], element: Mapping[str, Class], power: int) -> int:
    """The trace of a power of a group element on the direct sum of some tensors."""
    sizes = dict(signature.sizes)
    return sum(
        prod(sizes[letter] for letter in signature.sized_latents(tensor))
        * prod(_fixed_points(element[letter], bundle, power) for letter, bundle in bundles(signature, tensor))
        for tensor in tensors
    )


def _fixed_points(one: Class, bundle: Bundle, power: int) -> int:
    """The index values of a slot and all that hangs on it that a power of the element leaves in place."""
    return sum(
        length * prod(_fixed_points(dict(label)[letter], hanging, power // length) for letter, hanging in bundle)
        for length, label in one
        if power % length == 0
    )


def _complete(power_sums: list[int]) -> Fraction:
    """The complete homogeneous symmetric polynomial from power sums (Newton's identities)."""
    complete = [Fraction(1)]
    for degree in range(1, len(power_sums) + 1):
        complete.append(
            sum((power_sums[j - 1] * complete[degree - j] for j in range(1, degree + 1)), Fraction(0)) / degree
        )
    return complete[-1]
