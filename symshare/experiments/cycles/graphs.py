"""Graphs that sums cannot tell apart: regular bipartite graphs, and the strongly regular graphs of Latin squares."""

from __future__ import annotations

import hashlib
import json

import numpy as np

from symshare.errors import ExperimentError

__all__ = ["class_key", "four_cliques", "four_cycles", "latin_graphs", "latin_squares", "regular_bipartite"]


def regular_bipartite(number: int, side: int, degree: int, rng: np.random.Generator) -> np.ndarray:
    """Random 0/1 matrices (number, side, side) with `degree` ones in each row and column.

    Each starts from shifted diagonals and is mixed by switches: two ones that span a rectangle with two zeros trade places
    with them (the usual Markov chain on such matrices; Kannan, Tetali and Vempala, 1999), 10 for each one.

    >>> regular_bipartite(2, 6, 3, np.random.default_rng(0)).sum(1).tolist()
    [[3, 3, 3, 3, 3, 3], [3, 3, 3, 3, 3, 3]]
    """
    if not 0 < degree < side:
        raise ExperimentError(f"no {degree} ones in a row of {side}\n  the degree lies between 1 and {side - 1}")
    places = np.arange(side)
    found = np.zeros((number, side, side), dtype=np.int8)
    for shift in range(degree):
        found[:, places, (places + shift) % side] = 1
    every = np.arange(number)
    for _ in range(10 * side * degree):
        rows, columns = rng.integers(side, size=(2, number)), rng.integers(side, size=(2, number))
        a, b = found[every, rows[0], columns[0]], found[every, rows[0], columns[1]]
        c, d = found[every, rows[1], columns[0]], found[every, rows[1], columns[1]]
        turn = (a == d) & (b == c) & (a != b)
        for row, column, value in ((0, 0, b), (0, 1, a), (1, 0, a), (1, 1, b)):
            kept = found[every, rows[row], columns[column]]
            found[every, rows[row], columns[column]] = np.where(turn, value, kept)
    return found


def four_cycles(tables: np.ndarray) -> np.ndarray:
    """The number of 4-cycles of bipartite graphs (.., left, right): pairs of rows, pairs of columns they share.

    >>> four_cycles(np.ones((3, 3), dtype=int)).item()
    9
    """
    shared = (tables.astype(np.int64) @ np.swapaxes(tables, -1, -2).astype(np.int64)).astype(np.int64)
    pairs = shared * (shared - 1) // 2
    found: np.ndarray = (pairs.sum((-1, -2)) - np.trace(pairs, axis1=-2, axis2=-1)) // 2
    return found


def latin_squares(number: int, order: int, rng: np.random.Generator) -> np.ndarray:
    """Random Latin squares (number, order, order), row after row: symbols in random order, with a way back where none fits.

    >>> sorted(latin_squares(1, 4, np.random.default_rng(0))[0, :, 0].tolist())
    [0, 1, 2, 3]
    """
    return np.stack([_latin_square(order, rng) for _ in range(number)])


def _latin_square(order: int, rng: np.random.Generator) -> np.ndarray:
    square = np.full((order, order), -1)
    tried: list[list[int]] = []
    cell = 0
    while cell < order * order:
        row, column = divmod(cell, order)
        if len(tried) == cell:
            used = {*square[row, :column].tolist(), *square[:row, column].tolist()}
            tried.append([symbol for symbol in rng.permutation(order).tolist() if symbol not in used])
        if tried[cell]:
            square[row, column] = tried[cell].pop()
            cell += 1
        else:
            tried.pop()
            cell -= 1
            square[divmod(cell, order)] = -1
    return square


def latin_graphs(squares: np.ndarray) -> np.ndarray:
    """The graphs (number, n^2, n^2) of Latin squares: cells, joined where they share row, column or symbol.

    All those of one order n > 3 are strongly regular with the same parameters (n^2, 3 n - 3, n, 6) (Bose, 1963), so that walks,
    spectra and everything made of products of matrices agree; the numbers of 4-cliques differ, by the 2 x 2 subsquares.

    >>> latin_graphs(latin_squares(1, 4, np.random.default_rng(0)))[0].sum(0).tolist() == [9] * 16
    True
    """
    number, order = squares.shape[:2]
    rows, columns = np.divmod(np.arange(order**2), order)
    symbols = squares.reshape(number, -1)
    same = (rows[:, None] == rows) | (columns[:, None] == columns) | (symbols[:, :, None] == symbols[:, None, :])
    found: np.ndarray = (same & ~np.eye(order**2, dtype=bool)).astype(np.int8)
    return found


def four_cliques(graphs: np.ndarray) -> np.ndarray:
    """The number of 4-cliques of graphs (number, n, n).

    >>> four_cliques(1 - np.eye(5, dtype=int)[None]).tolist()
    [5]
    """
    return np.array([_cliques_by_edge(graph).sum() // 12 for graph in graphs])


def _cliques_by_edge(graph: np.ndarray) -> np.ndarray:
    """How many 4-cliques each edge of a graph (n, n) is in: the triangles at a vertex among the neighbours of the other."""
    found = np.zeros(graph.shape)
    for one, row in enumerate(graph.astype(np.float64)):
        inner = graph * row[:, None] * row[None, :]
        found[one] = ((inner @ inner) * inner).sum(1) / 2
    return found.round().astype(np.int64)


def class_key(graph: np.ndarray, bipartite: bool) -> int:
    """A number that is the same for graphs that are the same up to the order of their vertices.

    Of a bipartite graph the numbers of common neighbours are taken, of others the 4-cliques of each edge; rows are sorted, and
    then the sorted rows. Different graphs may share a key.

    >>> path, other = np.array([[1, 1, 0], [0, 1, 1]]), np.array([[0, 1, 1], [1, 0, 1]])
    >>> class_key(path, True) == class_key(other, True), class_key(path, True) == class_key(1 - path, True)
    (True, False)
    """
    wide = graph.astype(np.int64)
    tables = [wide @ wide.T, wide.T @ wide] if bipartite else [_cliques_by_edge(graph)]
    text = json.dumps([sorted(map(sorted, table.tolist())) for table in tables])
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)
