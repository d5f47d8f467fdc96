"""Vectors over the rationals and square roots from their images modulo primes, and the proof that they are right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import gcd, isqrt, lcm, prod
from typing import Any

import numpy as np
from scipy import sparse

from symshare.core.algebra.numbers import Number, independent_roots, parts_of_number, root, root_product, simplest
from symshare.core.algebra.primes import primes
from symshare.core.algebra.radicals import Parts
from symshare.core.algebra.residues import modulo
from symshare.errors import TooLargeError

__all__ = ["MOST_WORK", "Vectors", "check_roots", "check_work", "lifted"]

Vectors = list[dict[int, Number]]
"""Vectors by their nonzero entries."""

Images = dict[int, dict[tuple[int, int], int]]
"""Vectors modulo a number, each by an unknown of its own: the factor of each root by `(unknown, radicand)`."""

MOST_PRIMES = 64
"""Primes of 61 bits: rationals of up to 1,950 bits above and below are found; chosen, not measured."""

MOST_UNLIKE = 4
"""Primes modulo which the null space may look otherwise than modulo the others; by chance even one hardly ever does."""

MOST_ROOTS = 4
"""Independent square roots in equations: they are solved for each choice of the signs, 16 times; chosen, not measured."""

MOST_WORK = 60_000_000
"""Steps, each as long as one number takes in sparse elimination: 0.2 us, together 12 s; the 2,916 unknowns of two dense
54 x 54 generators take between 30 and 60 million, 11 s and 0.7 GiB."""

STEPS_A_BIT = 1
"""Steps that it takes to find a rational from its image, for each bit of the modulus; measured."""

MOST_DIGITS = 4_000_000
"""Numbers of 61 bits that a basis may have altogether, where one prime is not enough; chosen, not measured."""

Solver = Callable[..., tuple[dict[int, dict[int, int]], bool, int]]


def check_roots(radicands: Iterable[int]) -> list[int]:
    """The independent ones of some square roots, TooLargeError where they are too many for an exact null space."""
    roots = independent_roots(sorted({*radicands} - {1}))
    if len(roots) > MOST_ROOTS:
        raise TooLargeError(
            f"the generators need {len(roots)} independent square roots, over {MOST_ROOTS}\n  write them with fewer roots"
        )
    return roots


def check_work(steps: int, most: int, unknowns: int) -> None:
    """TooLargeError where an elimination takes more steps than it may."""
    if steps > most:
        raise TooLargeError(
            f"the equations of {unknowns:,} unknowns take over {MOST_WORK:,} steps to solve exactly\n"
            "  lower the order or the sizes, or give generators with fewer nonzeros"
        )


def lifted(blocks: Sequence[Parts], unknowns: int, solver: Solver) -> Vectors:
    """A basis of the null space of exact matrices, from what `solver` finds modulo primes (`basis_modulo`)."""
    radicands = sorted({one for parts in blocks for one in parts} - {1})
    products = _products(check_roots(radicands))
    echelon, modulus, total, unlike, work = True, 1, Images(), 0, 0
    # each coefficient is brought into a row for each choice of signs
    check_work(2 * sum(one.nnz for parts in blocks for one in parts.values()) * len(products), MOST_WORK, unknowns)
    for tried, prime in enumerate(primes(radicands), 1):
        images = []
        for number, signs in enumerate(_choices(products), 1):
            chosen = {one: _sign(products[one], signs) * modulo(root(one), prime) for one in [1, *radicands]}
            vectors, echelon, more = solver(blocks, chosen, unknowns, prime, echelon=echelon, most=MOST_WORK - work)
            images.append(vectors)
            work += more
            if tried == 1:
                check_work(work // number * len(products), MOST_WORK, unknowns)
        work += sum(map(len, images[0].values())) * len(products) ** 2
        own = _by_roots(images, products, prime) if len({tuple(one) for one in images}) == 1 else None
        if own is None or (modulus > 1 and list(own) != list(total)):
            # a prime at which some minor vanishes has more vectors, or others
            unlike += 1
            if unlike > MOST_UNLIKE:
                raise TooLargeError(
                    "the null space has different shapes modulo primes\n  write the generators otherwise"
                )
            if own is None or len(own) >= len(total):
                continue
            modulus = 1
        total, modulus = _joined(total, modulus, own, prime) if modulus > 1 else (own, prime)
        length, digits = sum(map(len, total.values())), modulus.bit_length() // 61 + 1
        found, more = _rationals(total, modulus, MOST_WORK - work)
        work += length * (4 + digits // 8) + more
        if found is not None and _proved(blocks, found, unknowns, modulus):
            return found
        if length * digits > MOST_DIGITS or tried == MOST_PRIMES or work + work // tried > MOST_WORK:
            raise TooLargeError(
                f"the null space of {unknowns:,} unknowns has {len(total):,} vectors of rationals with over "
                f"{modulus.bit_length() // 2} bits\n  write the generators in a basis in which their numbers are short"
            )
    raise AssertionError("there are primes without end")


def _products(roots: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """The radicands of a basis of the field that independent roots generate, each with the numbers of those it is made of."""
    found: dict[int, tuple[int, ...]] = {1: ()}
    for number, one in enumerate(roots):
        found |= {root_product(one, other)[0]: (*own, number) for other, own in found.items()}
    return found


def _choices(products: Mapping[int, Sequence[int]]) -> list[tuple[int, ...]]:
    """The signs that the independent roots may have."""
    return list(product((1, -1), repeat=len(products).bit_length() - 1))


def _sign(own: Sequence[int], signs: Sequence[int]) -> int:
    """What a choice of signs of the independent roots makes of a product of some."""
    return prod(signs[number] for number in own)


def _by_roots(
    images: Sequence[Mapping[int, Mapping[int, int]]], products: Mapping[int, Sequence[int]], prime: int
) -> Images:
    """The factor of each root in each entry, from the images for all choices of the roots' signs."""
    if len(products) == 1:
        return {lead: {(column, 1): value for column, value in one.items()} for lead, one in images[0].items()}
    choices = _choices(products)
    below = {one: pow(len(choices) * modulo(root(one), prime), -1, prime) for one in products}
    weights = {one: [_sign(own, signs) for signs in choices] for one, own in products.items()}
    found: Images = {}
    for lead in images[0]:
        rows = [one[lead] for one in images]
        factors: dict[tuple[int, int], int] = {}
        for column in sorted({column for row in rows for column in row}):
            for radicand in products:
                # the mean over all signs, weighed by this root's sign, leaves its factor alone
                mean = sum(weight * row.get(column, 0) for weight, row in zip(weights[radicand], rows, strict=True))
                value = mean * below[radicand] % prime
                if value:
                    factors[column, radicand] = value
        found[lead] = factors
    return found


def _joined(total: Images, modulus: int, own: Images, prime: int) -> tuple[Images, int]:
    """The images modulo the product of both (Chinese remainders)."""
    inverse = pow(modulus, -1, prime)
    joined: Images = {}
    for lead, vector in total.items():
        other = own[lead]
        joined[lead] = {
            key: (before := vector.get(key, 0)) + modulus * ((other.get(key, 0) - before) * inverse % prime)
            for key in sorted({*vector, *other})
        }
    return joined, modulus * prime


def _rationals(images: Images, modulus: int, most: int) -> tuple[Vectors | None, int]:
    """The vectors with coprime integers whose images these are, or None where some number is too long or they take over so
    many steps; and the steps."""
    bound = isqrt(modulus // 2)
    found: Vectors = []
    steps = 0
    for vector in images.values():
        common = 1
        steps += 10 * len(vector)
        factors: dict[tuple[int, int], Fraction] = {}
        for key, value in vector.items():
            # the numbers of a vector have much of their denominators in common
            numerator = value * common % modulus
            numerator = numerator - modulus if numerator > modulus // 2 else numerator
            if abs(numerator) <= bound:
                factors[key] = Fraction(numerator, common)
                continue
            number = rational(value, modulus)
            steps += STEPS_A_BIT * modulus.bit_length()
            if number is None or steps > most:
                return None, steps
            factors[key] = number
            common = lcm(common, number.denominator)
            common = common if common <= bound else number.denominator
        found.append(_primitive(factors))
    return found, steps


@lru_cache(maxsize=65536)
def rational(value: int, modulus: int) -> Fraction | None:
    """The fraction with numerator and denominator below the root of half the modulus (Wang 1981)."""
    bound = isqrt(modulus // 2)
    above, below, s, t = modulus, value, 0, 1
    while below > bound:
        quotient = above // below
        above, below = below, above - quotient * below
        s, t = t, s - quotient * t
    return None if abs(t) > bound or gcd(t, modulus) != 1 else Fraction(below, t)


def _primitive(factors: Mapping[tuple[int, int], Fraction]) -> dict[int, Number]:
    """A vector scaled to coprime integers (coprime integer multiples of roots)."""
    below = lcm(*(one.denominator for one in factors.values()))
    whole = {key: one.numerator * (below // one.denominator) for key, one in factors.items()}
    shared = gcd(*whole.values())
    found: dict[int, Number] = {}
    for (column, radicand), value in whole.items():
        if value:
            part = simplest(value // shared * root(radicand)) if radicand != 1 else value // shared
            found[column] = simplest(found[column] + part) if column in found else part
    return found


def _proved(blocks: Sequence[Parts], vectors: Vectors, unknowns: int, modulus: int) -> bool:
    """Whether the matrices take the vectors to zero: they do modulo the modulus, so where what comes out is shorter than
    that it is zero; else the product is taken over the integers, where 64 bits hold it."""
    if not vectors or not blocks:
        return True
    largest = max(
        abs(int(factor)) for vector in vectors for entry in vector.values() for _, factor in parts_of_number(entry)
    )
    radicands = {one for vector in vectors for entry in vector.values() for one, _ in parts_of_number(entry)}
    height = 0
    for parts in blocks:
        outside = max(abs(root_product(one, other)[1]) for one in parts for other in radicands)
        sums = sum(abs(matrix).astype(float) @ np.ones(unknowns) for matrix in parts.values())
        height = max(height, (int(sums.max(initial=0.0) * (1 + 1e-9)) + 1) * outside * len(radicands))
    if 2 * height * largest < modulus:
        return True
    return height * largest < 2**62 and _vanishes(blocks, vectors, unknowns)


def _vanishes(blocks: Sequence[Parts], vectors: Vectors, unknowns: int) -> bool:
    """Whether the products of the matrices with the vectors are zero over the integers."""
    cells: dict[int, list[tuple[int, int, int]]] = {}
    for number, vector in enumerate(vectors):
        for place, entry in vector.items():
            for radicand, factor in parts_of_number(entry):
                cells.setdefault(radicand, []).append((place, number, int(factor)))
    basis = {}
    for radicand, own in cells.items():
        rows, columns, values = zip(*own, strict=True)
        data = np.array(values, dtype=np.int64)
        basis[radicand] = sparse.csr_array((data, (rows, columns)), shape=(unknowns, len(vectors)))
    for parts in blocks:
        totals: dict[int, Any] = {}
        for one, matrix in parts.items():
            for other, of_vectors in basis.items():
                radicand, outside = root_product(one, other)
                piece = (matrix @ of_vectors) * outside
                totals[radicand] = totals[radicand] + piece if radicand in totals else piece
        if any(total.nnz and (total.data != 0).any() for total in totals.values()):
            return False
    return True
