"""Exact null spaces of sparse matrices: merge, eliminate modulo a prime, lift to rationals, and check over the integers."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import gcd, isqrt, lcm
from typing import Any

import numpy as np
from scipy import sparse

from symshare.core.actions import Array, Parts
from symshare.core.exact import LARGE_PRIME, Number, Surd, modulo, prime_factors, root, simplest
from symshare.core.presolve import presolved
from symshare.errors import SymshareError, TooLargeError

__all__ = ["Vectors", "null_space", "rank_profile", "relations"]

Vectors = list[dict[int, Number]]
"""Vectors by their nonzero entries."""

MOST_DENSE = 40_000_000
MOST_BASIS = 20_000_000


def null_space(blocks: Iterable[Parts], unknowns: int) -> Vectors:
    """A basis of the common null space of exact matrices, in reduced echelon form, each vector with coprime integers.

    Equations between two unknowns merge them and those of one unknown remove it, again and again (union-find); what is
    left is eliminated modulo a 61-bit prime, sparsely while that is cheap, then densely (flint). The echelon basis is
    lifted to rationals (Wang 1981) and multiplied by the matrices over the integers: as many vectors as the null space has
    modulo the prime, each in the true one, prove both. Matrices over square roots are solved for each choice of the signs
    of the roots, and the vectors put together from these.

    Raises SymshareError where the entries are too long to lift.

    >>> rows = sparse.csr_array(np.array([[1, 1, -2], [0, 3, -3]]))
    >>> null_space([{1: rows}], 3)
    [{0: 1, 1: 1, 2: 1}]
    """
    labels, rest = presolved(list(blocks), unknowns)
    number = int(abs(labels).max(initial=0))
    radicands = sorted({one for parts in rest for one in parts} - {1})
    primes = sorted({prime for radicand in radicands for prime in prime_factors(radicand)})
    if len(primes) > 4:
        raise TooLargeError(f"the generators need {len(primes)} independent square roots, over 4")
    images = []
    for signs in product((1, -1), repeat=len(primes)):
        flipped = {one: _sign(one, primes, signs) * modulo(root(one), LARGE_PRIME) for one in [1, *radicands]}
        found_modulo = _eliminated(rest, flipped, number)
        if not primes:
            # entries that do not lift here do not lift later either, and the echelon form of many vectors takes long
            for vector in found_modulo[:3]:
                for value in list(vector.values())[:1000]:
                    _rational(value)
        images.append(_echelon_modulo(found_modulo, number))
    if len({tuple(sorted(min(row) for row in one)) for one in images}) != 1:
        raise SymshareError("the null space has no basis modulo the prime; use --solver numeric")
    found = _lifted(images, primes)
    _verify(rest, found, number)
    members: list[list[tuple[int, int]]] = [[] for _ in range(number + 1)]
    for column in np.flatnonzero(labels).tolist():
        members[abs(int(labels[column]))].append((column, 1 if labels[column] > 0 else -1))
    return [
        dict(
            sorted(
                (column, entry if sign > 0 else -entry)
                for place, entry in vector.items()
                for column, sign in members[place + 1]
            )
        )
        for vector in found
    ]


def rank_profile(rows: Sequence[Sequence[int]] | Array, prime: int) -> list[int]:
    """The rows that are no combination of rows before them, modulo a prime.

    >>> rank_profile([[1, 2], [2, 4], [0, 1]], 7)
    [0, 2]
    """
    from flint import nmod_mat

    matrix = np.array(rows, dtype=np.int64)
    if not matrix.size:
        return []
    echelon, rank = nmod_mat(matrix.shape[1], matrix.shape[0], matrix.T.ravel().tolist(), prime).rref()
    found, column = [], 0
    for row in range(rank):
        while int(echelon[row, column]) == 0:
            column += 1
        found.append(column)
    return found


def relations(rows: Array, prime: int) -> Array:
    """A basis of the relations between rows modulo a prime: each gives the rows factors with which they add up to zero.

    >>> relations(np.array([[1, 2], [2, 4], [0, 1]]), 7).tolist()
    [[5, 1, 0]]
    """
    from flint import nmod_mat

    number, width = rows.shape
    echelon, rank = nmod_mat(width, number, rows.T.ravel().tolist(), prime).rref()
    dense = np.array([int(one) for one in echelon.entries()], dtype=np.int64).reshape(width, number)[:rank]
    leads = [int(np.flatnonzero(row)[0]) for row in dense]
    free = np.setdiff1d(np.arange(number), leads)
    found = np.zeros((len(free), number), dtype=np.int64)
    found[np.arange(len(free)), free] = 1
    found[:, leads] = -dense[:, free].T % prime
    return found


def _sign(radicand: int, primes: Sequence[int], signs: Sequence[int]) -> int:
    """What a choice of signs of the roots of primes makes of a root."""
    found = 1
    for prime, sign in zip(primes, signs, strict=True):
        found *= sign if prime in prime_factors(radicand) else 1
    return found


def _eliminated(blocks: Sequence[Parts], roots: Mapping[int, int], unknowns: int) -> list[dict[int, int]]:
    """A basis of the null space modulo the prime, by sparse elimination and a dense rest."""
    rows: list[dict[int, int]] = []
    for parts in blocks:
        height = next(iter(parts.values())).shape[0]
        own: list[dict[int, int]] = [{} for _ in range(height)]
        for radicand, matrix in parts.items():
            cells = matrix.tocoo()
            factor = roots[radicand]
            for row, column, value in zip(cells.row.tolist(), cells.col.tolist(), cells.data.tolist(), strict=True):
                own[row][column] = (own[row].get(column, 0) + value * factor) % LARGE_PRIME
        rows += [{column: value for column, value in row.items() if value} for row in own]
    pivots, left = _sparsely([row for row in rows if row])
    expressions = dict(_densely(left, sorted({column for row in left for column in row})))
    solved = {column for column, _ in pivots} | set(expressions)
    free = [column for column in range(unknowns) if column not in solved]
    for column in free:
        expressions[column] = {column: 1}
    for column, row in reversed(pivots):
        total: dict[int, int] = {}
        for other, factor in row.items():
            for place, value in expressions[other].items():
                total[place] = (total.get(place, 0) - factor * value) % LARGE_PRIME
        expressions[column] = {place: value for place, value in total.items() if value}
    vectors: dict[int, dict[int, int]] = {column: {} for column in free}
    for column, row in expressions.items():
        for place, value in row.items():
            vectors[place][column] = value
    return list(vectors.values())


def _sparsely(rows: list[dict[int, int]]) -> tuple[list[tuple[int, dict[int, int]]], list[dict[int, int]]]:
    """Eliminate columns with short rows first, until what is left fills up: pivots as `(column, rest of its row)`."""
    where: dict[int, set[int]] = {}
    for number, row in enumerate(rows):
        for column in row:
            where.setdefault(column, set()).add(number)
    queue = [(len(row), number) for number, row in enumerate(rows)]
    heapq.heapify(queue)
    pivots: list[tuple[int, dict[int, int]]] = []
    alive = set(range(len(rows)))
    cells = sum(map(len, rows))
    start = max(cells, 1)
    while queue:
        length, number = heapq.heappop(queue)
        if number not in alive or length != len(rows[number]):
            continue
        row = rows[number]
        if not row:
            alive.discard(number)
            continue
        if cells > 3 * start and cells > 0.1 * len(alive) * sum(1 for one in where.values() if one):
            break
        column = min(row, key=lambda one: (len(where[one]), one))
        inverse = pow(row[column], -1, LARGE_PRIME)
        rest = {other: value * inverse % LARGE_PRIME for other, value in row.items() if other != column}
        pivots.append((column, rest))
        alive.discard(number)
        cells -= len(row)
        for other in row:
            where[other].discard(number)
        for target in where.pop(column):
            changed = rows[target]
            cells -= len(changed)
            factor = changed.pop(column)
            for other, value in rest.items():
                new = (changed.get(other, 0) - factor * value) % LARGE_PRIME
                if new:
                    changed[other] = new
                    where[other].add(target)
                elif other in changed:
                    del changed[other]
                    where[other].discard(target)
            cells += len(changed)
            heapq.heappush(queue, (len(changed), target))
    return pivots, [rows[number] for number in sorted(alive) if rows[number]]


def _densely(rows: list[dict[int, int]], columns: list[int]) -> list[tuple[int, dict[int, int]]]:
    """Each pivot column of a dense matrix in terms of its free columns: `(column, {free column: factor})`."""
    from flint import nmod_mat

    if not rows:
        return []
    place = {column: at for at, column in enumerate(columns)}
    width = len(columns)
    rows = _compressed(rows, width)
    if len(rows) * width > MOST_DENSE:
        raise TooLargeError(
            f"{width:,} unknowns are left after sparse elimination: {len(rows) * width:,} numbers, over {MOST_DENSE:,}\n"
            "  lower the order or the sizes, or give generators with fewer nonzeros"
        )
    flat = [0] * (len(rows) * width)
    for number, row in enumerate(rows):
        for column, value in row.items():
            flat[number * width + place[column]] = value
    echelon, rank = nmod_mat(len(rows), width, flat, LARGE_PRIME).rref()
    leads, at = [], 0
    for number in range(rank):
        while int(echelon[number, at]) == 0:
            at += 1
        leads.append(at)
    pivot = set(leads)
    free = [one for one in range(width) if one not in pivot]
    return [
        (columns[lead], {columns[one]: -value % LARGE_PRIME for one in free if (value := int(echelon[at, one]))})
        for at, lead in enumerate(leads)
    ]


def _compressed(rows: list[dict[int, int]], width: int) -> list[dict[int, int]]:
    """Far more rows than columns, added up at random into a few more than there are columns: the same span, but for
    a chance below 2^-50, which the check over the integers would notice."""
    wanted = width + 32
    if len(rows) <= 2 * wanted:
        return rows
    random = np.random.default_rng(0)
    found: list[dict[int, int]] = [{} for _ in range(wanted)]
    for row in rows:
        for target in random.integers(0, wanted, size=4).tolist():
            factor = int(random.integers(1, 2**60))
            own = found[target]
            for column, value in row.items():
                own[column] = (own.get(column, 0) + factor * value) % LARGE_PRIME
    return [{column: value for column, value in row.items() if value} for row in found]


def _echelon_modulo(vectors: list[dict[int, int]], unknowns: int) -> list[dict[int, int]]:
    """The reduced echelon form of a basis modulo the prime, sorted by leading unknown."""
    done: list[tuple[int, dict[int, int]]] = []
    leads: dict[int, int] = {}
    holders: dict[int, set[int]] = {}
    for vector in sorted(vectors, key=lambda one: (min(one), len(one))):
        own = dict(vector)
        for column in [column for column in own if column in leads]:
            _subtract(own, done[leads[column]][1], own[column])
        lead = min(own)
        inverse = pow(own[lead], -1, LARGE_PRIME)
        own = {column: value * inverse % LARGE_PRIME for column, value in own.items()}
        for number in list(holders.get(lead, ())):
            changed = done[number][1]
            before = set(changed)
            _subtract(changed, own, changed[lead])
            for column in before - set(changed):
                holders[column].discard(number)
            for column in set(changed) - before:
                holders.setdefault(column, set()).add(number)
        leads[lead] = len(done)
        done.append((lead, own))
        for column in own:
            holders.setdefault(column, set()).add(leads[lead])
    if sum(len(row) for _, row in done) > MOST_BASIS:
        raise TooLargeError(f"the basis has over {MOST_BASIS:,} nonzeros\n  lower the order or the sizes")
    return [row for _, row in sorted(done, key=lambda one: one[0])]


def _subtract(own: dict[int, int], row: Mapping[int, int], factor: int) -> None:
    for column, value in row.items():
        new = (own.get(column, 0) - factor * value) % LARGE_PRIME
        if new:
            own[column] = new
        else:
            own.pop(column, None)


def _lifted(images: list[list[dict[int, int]]], primes: Sequence[int]) -> Vectors:
    """Vectors over the rationals (and square roots) from their images, one for each choice of the roots' signs."""
    choices = list(product((1, -1), repeat=len(primes)))
    radicands = [_radicand(primes, chosen) for chosen in product((0, 1), repeat=len(primes))]
    found: Vectors = []
    for rows in zip(*images, strict=True):
        vector: dict[int, Number] = {}
        for column in sorted({column for row in rows for column in row}):
            entry: Number = 0
            for radicand in radicands:
                # the mean over all signs, weighed by this root's sign, leaves its factor alone
                total = sum(
                    _sign(radicand, primes, signs) * row.get(column, 0)
                    for signs, row in zip(choices, rows, strict=True)
                )
                below = len(choices) * modulo(root(radicand), LARGE_PRIME)
                factor = _rational(total * pow(below, -1, LARGE_PRIME) % LARGE_PRIME)
                entry = simplest(entry + factor * root(radicand)) if factor else entry
            vector[column] = entry
        found.append(_primitive({column: entry for column, entry in vector.items() if entry}))
    return found


def _radicand(primes: Sequence[int], chosen: Sequence[int]) -> int:
    found = 1
    for prime, taken in zip(primes, chosen, strict=True):
        found *= prime if taken else 1
    return found


@lru_cache(maxsize=65536)
def _rational(value: int) -> Fraction:
    """The fraction with numerator and denominator below the root of half the prime (Wang 1981)."""
    bound = isqrt(LARGE_PRIME // 2)
    above, below, s, t = LARGE_PRIME, value, 0, 1
    while below > bound:
        quotient = above // below
        above, below = below, above - quotient * below
        s, t = t, s - quotient * t
    if abs(t) > bound or t == 0:
        raise SymshareError("the null space has rationals too long to lift from one prime\n  use --solver numeric")
    return Fraction(below, t)


def _primitive(vector: Mapping[int, Number]) -> dict[int, Number]:
    """A vector scaled to coprime integers (coprime integer multiples of roots), its first entry positive."""
    factors = [
        factor
        for entry in vector.values()
        for factor in ([one for _, one in entry.parts] if isinstance(entry, Surd) else [Fraction(entry)])
    ]
    scale = Fraction(lcm(*(one.denominator for one in factors)), 1)
    scale /= gcd(*(int(one * scale) for one in factors))
    return {column: simplest(entry * scale) for column, entry in vector.items()}


def _verify(blocks: Sequence[Parts], vectors: Vectors, unknowns: int) -> None:
    """Multiply the matrices by the vectors over the integers; SymshareError where anything is left."""
    if not vectors or not blocks:
        return
    columns: dict[int, list[tuple[int, int, int]]] = {}
    for number, vector in enumerate(vectors):
        for place, entry in vector.items():
            for radicand, factor in entry.parts if isinstance(entry, Surd) else ((1, Fraction(entry)),):
                columns.setdefault(radicand, []).append((place, number, int(factor)))
    shape = (unknowns, len(vectors))
    basis = {one: _integers(cells, shape) for one, cells in columns.items()}
    for parts in blocks:
        totals: dict[int, Any] = {}
        for one, matrix in parts.items():
            for other, vector_matrix in basis.items():
                if _largest(matrix) * _largest(vector_matrix) * matrix.shape[1] >= 2**62:
                    raise SymshareError("the null space has numbers over 2^62\n  use --solver numeric")
                product_ = root(one) * root(other)
                radicand, outside = product_.parts[0] if isinstance(product_, Surd) else (1, Fraction(product_))
                piece = (matrix @ vector_matrix) * int(outside)
                totals[radicand] = totals[radicand] + piece if radicand in totals else piece
        if any(total.nnz and (total.data != 0).any() for total in totals.values()):
            raise SymshareError("the null space does not lift from one prime\n  use --solver numeric")


def _integers(cells: list[tuple[int, int, int]], shape: tuple[int, int]) -> Any:
    rows, columns, values = zip(*cells, strict=True)
    if max(map(abs, values)) >= 2**62:
        raise SymshareError("the null space has numbers over 2^62\n  use --solver numeric")
    return sparse.csr_array((np.array(values, dtype=np.int64), (rows, columns)), shape=shape)


def _largest(matrix: Any) -> int:
    return int(abs(matrix.data).max()) if matrix.nnz else 0
