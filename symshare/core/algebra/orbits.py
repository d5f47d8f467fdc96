"""Null spaces under signed permutations, read off the connected components of the coefficient graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from symshare.core.algebra.arrays import Array

__all__ = ["merged", "orbit_labels"]


def orbit_labels(number: int, moves: Iterable[tuple[Array, Array | None]]) -> Array:
    """The orbit of each of `number` coefficients under moves that make coefficient images[j] equal signs[j] times j.

    An int64 array: orbits numbered from 1 in the order of their first coefficients, negative where a coefficient is minus
    the first of its orbit, 0 where a sign conflict makes the orbit vanish. Without signs these are the connected
    components of the graph of the moves; with signs, those of its double cover, where a coefficient and its negative are
    two vertices, and an orbit that holds both vanishes.

    >>> orbit_labels(3, [(np.array([1, 0, 2]), None)]).tolist()
    [1, 1, 2]
    >>> orbit_labels(2, [(np.array([1, 0]), np.array([1, -1]))]).tolist()
    [0, 0]
    """
    labels = np.arange(1, number + 1, dtype=np.int64)
    every = np.arange(number)
    for place, (images, signs) in enumerate(moves):
        # one move at a time, beside the orbits so far: all moves at once would take the memory of all
        equalities: list[tuple[Array, Array, Array | None]] = [(every, images, signs)]
        if place:
            first = np.zeros(number + 1, dtype=np.int64)
            first[np.abs(labels[::-1])] = every[::-1]
            so_far = np.sign(labels).astype(np.int8)
            equalities.append(
                (every, np.where(labels == 0, every, first[np.abs(labels)]), so_far if (so_far < 0).any() else None)
            )
        labels = merged(number, equalities, np.flatnonzero(labels == 0))
    return labels


def merged(
    number: int, equalities: Iterable[tuple[Array, Array, Array | None]], vanishing: Array | None = None
) -> Array:
    """The same for any equalities: coefficient `right[j]` equals `signs[j]` times coefficient `left[j]`.

    `vanishing` lists coefficients that are zero, and with them their orbits.
    """
    listed = list(equalities)
    signed = any(signs is not None and (signs < 0).any() for _, _, signs in listed)
    kind: Any = np.int32 if 2 * number < 2**31 else np.int64
    lefts: list[Array] = []
    rights: list[Array] = []
    for left, right, signs in listed:
        if not signed:
            keep = left != right
            lefts.append(left[keep].astype(kind))
            rights.append(right[keep].astype(kind))
            continue
        flip = np.zeros(len(left), dtype=kind) if signs is None else (signs < 0).astype(kind) * kind(number)
        lefts += [left.astype(kind), left.astype(kind) + kind(number)]
        rights += [right.astype(kind) + flip, right.astype(kind) + (kind(number) - flip)]
    total = 2 * number if signed else number
    _, component = csgraph.connected_components(_graph(total, lefts, rights), directed=False)
    plus = component[:number]
    zero = np.zeros(number, dtype=bool)
    if signed:
        zero = plus == component[number:]
    if vanishing is not None and len(vanishing):
        gone = np.zeros(total, dtype=bool)
        gone[plus[vanishing]] = True
        if signed:
            gone[component[number:][vanishing]] = True
        zero = zero | gone[plus]
    if not signed:
        return _numbered(plus, zero)
    # an orbit and its negative are two components; the one that holds the first coefficient counts
    minus = component[number:]
    pair = np.minimum(plus, minus)
    labels = _numbered(pair, zero)
    first = np.full(int(labels.max(initial=0)) + 1, -1, dtype=np.int64)
    alive = np.flatnonzero(~zero)
    first[labels[alive[::-1]]] = alive[::-1]
    return np.where(zero | (plus == plus[first[labels]]), labels, -labels)


def _graph(total: int, lefts: list[Array], rights: list[Array]) -> sparse.csr_array:
    left = np.concatenate(lefts) if lefts else np.zeros(0, dtype=np.int32)
    right = np.concatenate(rights) if rights else np.zeros(0, dtype=np.int32)
    values = np.ones(len(left), dtype=np.int8)
    return sparse.csr_array(sparse.coo_array((values, (left, right)), shape=(total, total)))


def _numbered(component: Array, zero: Array) -> Array:
    """Components numbered from 1 in the order of their first members, 0 where they vanish."""
    if not len(component):
        return np.zeros(0, dtype=np.int64)
    first = np.full(int(component.max()) + 1, len(component), dtype=np.int64)
    np.minimum.at(first, component, np.arange(len(component)))
    alive = np.zeros(len(first), dtype=bool)
    alive[component[~zero]] = True
    order = np.argsort(first, kind="stable")
    order = order[alive[order]]
    label = np.zeros(len(first), dtype=np.int64)
    label[order] = np.arange(1, len(order) + 1)
    return np.where(zero, 0, label[component])
