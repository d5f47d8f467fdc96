"""Where the search for an order of units starts, and how it goes on: one axis after the other, all others held."""

from __future__ import annotations

import torch

from symshare.weights.acting import drawn
from symshare.weights.aligning.matching import Pair, Tables, matched
from symshare.weights.aligning.pairing import Both

__all__ = ["improved", "start", "still"]

MOST_SWEEPS = 100
LEAST = 1e-12
"""A gain, as a part of the squares of both, that is none."""


def start(both: Both, number: int, seed: int) -> Tables:
    """The tables to begin with: from what is known on, by descriptions of units that no order of others changes, those of
    networks that are in one order as they are, random ones."""
    if number == 0:
        return _grown(both)
    if number == 1:
        return _described(both)
    if number == 2:
        return still(both)
    return dict(drawn(both.axes, seed + number).permutations)


def improved(both: Both, tables: Tables) -> tuple[Tables, float]:
    """Tables, the axes matched in turn until none gains, and the sum of products under them."""
    found, sweeps, gained = both.products(tables), 0, True
    least = LEAST * both.squares
    while gained and sweeps < MOST_SWEEPS:
        sweeps, gained = sweeps + 1, False
        for root in both.forest.roots:
            numbers = both.touching(root)
            _, moved = matched(root, both.pairs(root, tables, numbers), both.forest)
            tried = both.products(tables | moved, numbers)
            gain = sum(tried) - sum(found[number] for number in numbers)
            if gain > least:
                tables, gained = tables | moved, True
                for number, one in zip(numbers, tried, strict=True):
                    found[number] = one
    return tables, sum(found)


def still(both: Both) -> Tables:
    """All axes as they are."""
    tables: Tables = {}
    for root in both.forest.roots:
        tables |= both.forest.still(root)
    return tables


def _grown(both: Both) -> Tables:
    """Axis by axis what is best by those arrays alone whose other axes are fixed, or matched by then; next is always the axis
    of which these are the largest part."""
    tables = still(both)
    left = {root: both.touching(root) for root in both.forest.roots}
    free = {name for name, axis in both.axes.items() if not axis.fixed}
    squares = [float(each.one.square().sum() + each.two.square().sum()) for each in both.compared]
    while left:
        unknown = free & {name for root in left for name in both.forest.tree(root)}
        known = {root: _known(both, root, numbers, unknown) for root, numbers in left.items()}
        share = {
            root: sum(squares[one] for one in known[root]) / (sum(squares[one] for one in left[root]) or 1.0)
            for root in left
        }
        root = max(left, key=share.__getitem__)
        pairs = both.pairs(root, tables, known[root])
        tables |= matched(root, pairs if share[root] else _descriptions(both, root), both.forest)[1]
        del left[root]
    return tables


def _known(both: Both, root: str, numbers: list[int], unknown: set[str]) -> list[int]:
    """The arrays with one place of a root whose other axes are known."""
    others = unknown - both.forest.tree(root)
    return [
        number
        for number in numbers
        if both.compared[number].part.axes.count(root) == 1 and not others & {*both.compared[number].part.axes}
    ]


def _described(both: Both) -> Tables:
    """Tables by what no order of other axes changes."""
    tables: Tables = dict(drawn(both.axes, 0).permutations)
    for root in both.forest.roots:
        tables |= matched(root, _descriptions(both, root), both.forest)[1]
    return tables


def _descriptions(both: Both, root: str) -> list[Pair]:
    """For each place of an axis the sorted values of each of its units, without signs where some may change."""
    found = []
    for each in both.compared:
        for slot in (slot for slot, name in enumerate(each.part.axes) if name == root):
            arrays = [array.movedim(slot, 0)[..., None].flatten(1) for array in (each.one, each.two)]
            if any(each.odd):
                arrays = [array.abs() for array in arrays]
            one, two = (array.sort(-1).values for array in arrays)
            one, two = (torch.nn.functional.normalize(array - array.mean(0), dim=0) for array in (one, two))
            found.append(Pair(one, two, (root,)))
    return found
