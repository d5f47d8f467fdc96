"""Null spaces under signed permutations, read off the connected components of the coefficient graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from symshare.core.algebra.arrays import Array

__all__ = ["merged", "orbit_labels"]

CHUNK = 1 << 20
"""So many coefficients are moved at once: the graph of all would take a hundred bytes and more for each."""


def orbit_labels(number: int, moves: Iterable[tuple[Array, Array | None]]) -> Array:
    """The orbit of each of `number` coefficients under moves that make coefficient images[j] equal signs[j] times j.

    An int64 array: orbits numbered from 1 in the order of their first coefficients, negative where a coefficient is minus
    the first of its orbit, 0 where a sign conflict makes the orbit vanish. Without signs these are the connected
    components of the graph of the moves; with signs, those of its double cover, where a coefficient and its negative are
    two vertices, and an orbit that holds both vanishes. Edges are added a million at a time to the orbits so far.

    >>> orbit_labels(3, [(np.array([1, 0, 2]), None)]).tolist()
    [1, 1, 2]
    >>> orbit_labels(2, [(np.array([1, 0]), np.array([1, -1]))]).tolist()
    [0, 0]
    """
    kind: Any = np.int32 if number < 2**31 - 1 else np.int64
    # for each coefficient one before it that it equals up to sign, or itself; the last stands for zero
    root = np.arange(number + 1, dtype=kind)
    sign = np.ones(number + 1, dtype=np.int8)
    place = np.zeros(number + 1, dtype=kind)
    for images, signs in moves:
        for start in range(0, number, CHUNK):
            some = np.arange(start, min(start + CHUNK, number), dtype=kind)
            left, left_signs = _found(root, sign, some)
            right, right_signs = _found(root, sign, images[some])
            flip = left_signs * right_signs if signs is None else left_signs * right_signs * signs[some]
            _join(root, sign, place, left, right, flip)
    for start in range(0, number, CHUNK):
        _found(root, sign, np.arange(start, min(start + CHUNK, number), dtype=kind))
    place[:number] = root[:number] == np.arange(number, dtype=kind)
    np.cumsum(place[:number], out=place[:number])
    place[number] = 0
    labels = place[root[:number]].astype(np.int64)
    return np.multiply(labels, sign[:number], out=labels)


def _found(root: Array, sign: Array, some: Array) -> tuple[Array, Array]:
    """The first of the orbit so far of some coefficients, and their signs beside it; from now on known at one look."""
    first, signs = root[some], sign[some]
    while True:
        before = root[first]
        if np.array_equal(before, first):
            root[some], sign[some] = first, signs
            return first, signs
        signs, first = signs * sign[first], before


def _join(root: Array, sign: Array, place: Array, left: Array, right: Array, signs: Array) -> None:
    """Join the orbits of firsts: left equals its sign times right. `place` is room to work in."""
    new = (left != right) | (signs < 0)
    left, right, signs = left[new], right[new], signs[new]
    if not len(left):
        return
    seen = np.zeros(len(root), dtype=bool)
    seen[left] = seen[right] = True
    touched = np.flatnonzero(seen)
    place[touched] = np.arange(len(touched), dtype=place.dtype)
    zero = np.flatnonzero(touched == len(root) - 1)
    labels = merged(len(touched), [(place[left], place[right], signs)], zero)
    alive = np.flatnonzero(labels)
    number = np.abs(labels[alive])
    first = np.zeros(int(number.max(initial=0)) + 1, dtype=root.dtype)
    first[number[::-1]] = touched[alive[::-1]]
    root[touched], sign[touched] = len(root) - 1, 1
    root[touched[alive]], sign[touched[alive]] = first[number], np.sign(labels[alive])


def merged(
    number: int, equalities: Iterable[tuple[Array, Array, Array | None]], vanishing: Array | None = None
) -> Array:
    """The orbit of each coefficient under any equalities: coefficient `right[j]` equals `signs[j]` times coefficient
    `left[j]`.

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
    values = np.ones(len(left))
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
