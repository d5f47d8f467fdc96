"""Exact null spaces of sparse matrices: merge, eliminate modulo a prime, lift to rationals, and check over the integers."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat

import numpy as np

from symshare.core.algebra.echelon import DENSE, echelon_modulo
from symshare.core.algebra.lifting import MOST_WORK, Vectors, check_work, lifted
from symshare.core.algebra.presolve import presolved
from symshare.core.algebra.radicals import Parts
from symshare.errors import TooLargeError

__all__ = ["basis_modulo", "null_space"]

MOST_DENSE = 40_000_000
"""Numbers of a dense matrix modulo a prime; 36 million take 1.1 GiB."""

MOST_BASIS = 5_000_000
"""Nonzeros of a basis, each in a dictionary; 5 million take 0.5 GiB."""

MOST_CELLS = 6_000_000
"""Coefficients left after merging; 85,632 take 1 s with all else (`solve -s 'ttt->ttt' -k 1 --axis 't=U(4)'`)."""

MOST_FILLED = 4_000_000
"""Nonzeros at which sparse elimination goes over to a dense matrix; each takes 250 bytes with its place in its column."""

BUILT = 2
"""Steps that it takes to bring one coefficient into a row; measured."""


def null_space(blocks: Iterable[Parts], unknowns: int) -> Vectors:
    """A basis of the common null space of exact matrices, in reduced echelon form, each vector with coprime integers.

    Equations between two unknowns merge them and those of one unknown remove it, again and again (union-find); what is
    left is eliminated modulo 61-bit primes, sparsely while that is cheap, then densely (flint). The echelon basis is
    lifted to rationals (Wang 1981), from as many primes as its numbers are long (Chinese remainders): as many vectors as the
    null space has modulo a prime, each in the true one, prove both. Matrices over square roots are solved for each choice
    of the signs of the roots, and the vectors put together from these. Where the echelon form fills up, the unknowns are
    ordered otherwise: each vector then has some unknown to itself, which need not be its first.

    Raises TooLargeError where the entries are too long.

    >>> from scipy import sparse
    >>> rows = sparse.csr_array(np.array([[1, 1, -2], [0, 3, -3]]))
    >>> null_space([{1: rows}], 3)
    [{0: 1, 1: 1, 2: 1}]
    """
    labels, rest = presolved(list(blocks), unknowns)
    number = int(abs(labels).max(initial=0))
    found = lifted(rest, number, basis_modulo)
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


def basis_modulo(
    blocks: Sequence[Parts],
    roots: Mapping[int, int],
    unknowns: int,
    prime: int,
    *,
    echelon: bool = True,
    most: int = MOST_WORK,
) -> tuple[dict[int, dict[int, int]], bool, int]:
    """A basis of the null space modulo a prime by unknowns, each in one vector only; whether it is in reduced echelon form
    (where asked for and quick enough); and how many steps it took, TooLargeError where they are over `most`."""
    free, work = _eliminated(blocks, roots, unknowns, prime, most)
    done, more = echelon_modulo(list(free.values()), prime, most - work) if echelon else (None, 0)
    found = free if done is None else done
    _check_basis(sum(map(len, found.values())))
    return dict(sorted(found.items())), done is not None, work + more


def _eliminated(
    blocks: Sequence[Parts], roots: Mapping[int, int], unknowns: int, prime: int, most: int
) -> tuple[dict[int, dict[int, int]], int]:
    """A basis of the null space modulo the prime by its free unknowns, by sparse elimination and a dense rest; and the steps
    it took."""
    cells_together = sum(matrix.nnz for parts in blocks for matrix in parts.values())
    if cells_together > MOST_CELLS:
        raise TooLargeError(
            f"the equations of {unknowns:,} unknowns have {cells_together:,} coefficients to eliminate, over {MOST_CELLS:,}\n"
            "  lower the order or the sizes, or give generators with fewer nonzeros"
        )
    rows: list[dict[int, int]] = []
    for parts in blocks:
        height = next(iter(parts.values())).shape[0]
        own: list[dict[int, int]] = [{} for _ in range(height)]
        for radicand, matrix in parts.items():
            cells = matrix.tocoo()
            factor = roots[radicand]
            for row, column, value in zip(cells.row.tolist(), cells.col.tolist(), cells.data.tolist(), strict=True):
                own[row][column] = (own[row].get(column, 0) + value * factor) % prime
        rows += [{column: value for column, value in row.items() if value} for row in own]
    work = BUILT * cells_together
    pivots, left, steps = _sparsely([row for row in rows if row], prime, most - work)
    columns = sorted({column for row in left for column in row})
    work += steps + _dense_steps(len(left), len(columns), sum(map(len, left)))
    check_work(work, most, unknowns)
    expressions = dict(_densely(left, columns, prime))
    solved = {column for column, _ in pivots} | set(expressions)
    free = [column for column in range(unknowns) if column not in solved]
    for column in free:
        expressions[column] = {column: 1}
    work += len(free) * (len(solved) - len(pivots))
    for column, row in reversed(pivots):
        total: dict[int, int] = {}
        work += sum(len(expressions[other]) for other in row)
        check_work(work, most, unknowns)
        for other, factor in row.items():
            for place, value in expressions[other].items():
                total[place] = (total.get(place, 0) - factor * value) % prime
        expressions[column] = {place: value for place, value in total.items() if value}
    vectors: dict[int, dict[int, int]] = {column: {} for column in free}
    for column, row in expressions.items():
        for place, value in row.items():
            vectors[place][column] = value
    return vectors, work


def _sparsely(
    rows: list[dict[int, int]], prime: int, most: int
) -> tuple[list[tuple[int, dict[int, int]]], list[dict[int, int]], int]:
    """Eliminate columns with short rows first, while what is left is not quicker done densely: pivots as `(column, rest of its
    row)`, the rows that are left, and how many entries were looked at."""
    width = len({column for row in rows for column in row})
    if _is_dense(len(rows), width, sum(map(len, rows))):
        return [], rows, 0
    where: dict[int, set[int]] = {}
    for number, row in enumerate(rows):
        for column in row:
            where.setdefault(column, set()).add(number)
    queue = [(len(row), number) for number, row in enumerate(rows)]
    heapq.heapify(queue)
    pivots: list[tuple[int, dict[int, int]]] = []
    alive = set(range(len(rows)))
    cells = sum(map(len, rows))
    start, steps = max(cells, 1), len(rows)
    while queue:
        length, number = heapq.heappop(queue)
        if number not in alive or length != len(rows[number]):
            continue
        row = rows[number]
        if not row:
            alive.discard(number)
            continue
        if cells > max(MOST_FILLED, start):
            break
        if len(pivots) % 16 == 15:
            held = sum(1 for one in where.values() if one)
            if _is_dense(len(alive), held, cells):
                break
            _check_filling(len(alive), held, start, cells, len(pivots), most)
        column = min(row, key=lambda one: (len(where[one]), one))
        steps += len(row) * len(where[column])
        check_work(steps, most, width)
        inverse = pow(row[column], -1, prime)
        rest = {other: value * inverse % prime for other, value in row.items() if other != column}
        pivots.append((column, rest))
        alive.discard(number)
        cells -= len(row)
        for other in row:
            where[other].discard(number)
        for target in where.pop(column):
            cells -= len(rows[target])
            _substitute(rows[target], column, rest, where, target, prime)
            cells += len(rows[target])
            heapq.heappush(queue, (len(rows[target]), target))
    return pivots, [rows[number] for number in sorted(alive) if rows[number]], steps


def _substitute(
    row: dict[int, int], column: int, rest: dict[int, int], where: dict[int, set[int]], number: int, prime: int
) -> None:
    """Put the rest of a pivot's row for its column into another row, whose number stands at the columns it has."""
    factor = row.pop(column)
    for other, value in rest.items():
        new = (row.get(other, 0) - factor * value) % prime
        if new:
            row[other] = new
            where[other].add(number)
        elif other in row:
            del row[other]
            where[other].discard(number)


def _is_dense(rows: int, columns: int, cells: int) -> bool:
    """Whether a dense elimination takes fewer steps than a sparse one that fills up no further."""
    # a sparse one begins with as many steps a pivot as a row and a column have entries, a third of that on average
    return 3 * _dense_steps(rows, columns, cells) * rows * columns < min(rows, columns) * cells**2


def _dense_steps(rows: int, columns: int, cells: int) -> int:
    """The steps of a dense elimination: far too many rows added up, the matrix filled, and reduced."""
    height = min(rows, columns + 32) if rows > 2 * (columns + 32) else rows
    added = 8 * cells if height < rows else 0
    return added + height * columns // 2 + height * columns * min(height, columns) // DENSE


def _check_filling(rows: int, columns: int, start: int, cells: int, done: int, most: int) -> None:
    """Refuse what fills up long before it is small enough to go on densely, from how fast it fills up."""
    grown = (cells - start) / done
    if grown <= 0:
        return
    # twice as many steps as it has at this pace, until it holds three times what it held and a tenth of all, or very many
    further = 2 * int((min(max(3 * start, rows * columns // 10), MOST_FILLED) - cells) / grown)
    left, high = columns - further, rows - further
    if left > 0 and min(high, left + 32) * left > MOST_DENSE:
        raise TooLargeError(_too_dense(columns, min(rows, columns + 32) * columns))
    if left > 0 and high > 0:
        check_work(_dense_steps(high, left, 0), most, columns)


def _check_basis(nonzeros: int) -> None:
    if nonzeros > MOST_BASIS:
        raise TooLargeError(f"the basis has over {MOST_BASIS:,} nonzeros\n  lower the order or the sizes")


def _too_dense(unknowns: int, numbers: int) -> str:
    return (
        f"the equations of {unknowns:,} unknowns fill up when they are eliminated: {numbers:,} numbers, over {MOST_DENSE:,}\n"
        "  lower the order or the sizes, or give generators with fewer nonzeros"
    )


def _densely(rows: list[dict[int, int]], columns: list[int], prime: int) -> list[tuple[int, dict[int, int]]]:
    """Each pivot column of a dense matrix in terms of its free columns: `(column, {free column: factor})`."""
    from flint import nmod_mat

    if not rows:
        return []
    width = len(columns)
    rows = _compressed(rows, width, prime)
    if len(rows) * width > MOST_DENSE:
        raise TooLargeError(_too_dense(width, len(rows) * width))
    flat = list(chain.from_iterable(map(row.get, columns, repeat(0)) for row in rows))
    echelon, rank = nmod_mat(len(rows), width, flat, prime).rref()
    _check_basis(rank * (width - rank))
    leads, at = [], 0
    for number in range(rank):
        while int(echelon[number, at]) == 0:
            at += 1
        leads.append(at)
    pivot = set(leads)
    free = [one for one in range(width) if one not in pivot]
    return [
        (columns[lead], {columns[one]: -value % prime for one in free if (value := int(echelon[at, one]))})
        for at, lead in enumerate(leads)
    ]


def _compressed(rows: list[dict[int, int]], width: int, prime: int) -> list[dict[int, int]]:
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
                own[column] = (own.get(column, 0) + factor * value) % prime
    return [{column: value for column, value in row.items() if value} for row in found]
