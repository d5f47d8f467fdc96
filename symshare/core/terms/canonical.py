"""The canonical order of a diagram's factors: one representative for all that differ by renaming and exchange."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Diagram", "Factor", "canonical", "canonical_labels"]

Factor = tuple[int, tuple[int, ...]]
"""The kind of a factor (equal kinds may be exchanged) and the index on each of its slots."""

Diagram = tuple[tuple[int, ...], tuple[Factor, ...]]
"""The indices on the output's slots, and the factors."""

_OUTPUT = 1_000
"""The colour of the first output index; those of the other output indices follow."""

_INNER = 1_000_000
"""The colour of an inner index is this less the number of slots it is on: inner indices come after those of the output."""


def canonical(output: Sequence[int], factors: Sequence[Factor]) -> Diagram:
    """The representative of a diagram under renaming of indices and exchange of factors of one kind.

    Every order of the factors names the indices 0, 1, 2, .. by first appearance (factors first, then the output). The
    canonical order is the one whose list of factors is least, where factors compare by kind, then slot by slot: an index
    named already counts as its number; then come unnamed indices of the output, by place; then the others, those with
    more occurrences first. Orders that tie on this are told apart by the names they give the output.

    Depth-first with the least prefix; two orders with the same outcome differ by an automorphism, which prunes the search
    where they part (McKay, Practical graph isomorphism, 1981).

    >>> canonical((7, 9), [(0, (8, 9)), (0, (7, 8))])  # the matrix product, its factors exchanged
    ((0, 2), ((0, (0, 1)), (0, (1, 2))))
    """
    return canonical_labels(output, factors)[0]


def canonical_labels(output: Sequence[int], factors: Sequence[Factor]) -> tuple[Diagram, dict[int, int], list[int]]:
    """The canonical form, the number each index has in it, and the places that its factors had before.

    >>> canonical_labels((7, 9), [(0, (8, 9)), (0, (7, 8))])[1:]
    ({7: 0, 8: 1, 9: 2}, [1, 0])
    """
    colour: dict[int, int] = {}
    occurrences: dict[int, int] = {}
    for _, nodes in factors:
        for node in nodes:
            occurrences[node] = occurrences.get(node, 0) + 1
    for node, number in occurrences.items():
        colour[node] = _INNER - number
    for place in range(len(output) - 1, -1, -1):
        colour[output[place]] = _OUTPUT + place
    search = _Search(output, factors, colour)
    return search.run(), search.best_labels, search.best_path


class _Search:
    """The state of one search: the best order so far, its keys and the names it gives."""

    __slots__ = ("best_keys", "best_labels", "best_output", "best_path", "colour", "factors", "output")

    def __init__(self, output: Sequence[int], factors: Sequence[Factor], colour: dict[int, int]) -> None:
        self.output, self.factors, self.colour = output, factors, colour
        self.best_keys: list[tuple[int, ...]] | None = None
        self.best_path: list[int] = []
        self.best_labels: dict[int, int] = {}
        self.best_output: tuple[int, ...] = ()

    def run(self) -> Diagram:
        self._extend([], [], {}, list(range(len(self.factors))))
        labels = self.best_labels
        ordered = [self.factors[place] for place in self.best_path]
        return self.best_output, tuple([(kind, tuple([labels[node] for node in nodes])) for kind, nodes in ordered])

    def _extend(self, path: list[int], keys: list[tuple[int, ...]], labels: dict[int, int], left: list[int]) -> int:
        """Complete a partial order in every way that may be least; answer the depth from which to go on."""
        while left:
            least, ties = self._least(labels, left)
            best = self.best_keys
            if best is not None and keys == best[: len(keys)] and least > best[len(keys)]:
                return len(path)
            keys.append(least)
            if len(ties) > 1:
                ties = self._without_twins(ties, labels, left)
            if len(ties) > 1:
                return self._branch(path, keys, labels, left, ties)
            self._take(ties[0], path, labels, left)
        return self._finish(path, keys, labels)

    def _branch(
        self, path: list[int], keys: list[tuple[int, ...]], labels: dict[int, int], left: list[int], ties: list[int]
    ) -> int:
        depth = len(path)
        for place in ties:
            longer, named, rest = path.copy(), labels.copy(), left.copy()
            self._take(place, longer, named, rest)
            jump = self._extend(longer, keys.copy(), named, rest)
            if jump < depth:
                return jump
        return depth

    def _take(self, place: int, path: list[int], labels: dict[int, int], left: list[int]) -> None:
        path.append(place)
        left.remove(place)
        for node in self.factors[place][1]:
            if node not in labels:
                labels[node] = len(labels)

    def _least(self, labels: dict[int, int], left: list[int]) -> tuple[tuple[int, ...], list[int]]:
        """The least key among the factors left, and the factors that have it."""
        factors, colour = self.factors, self.colour
        least: tuple[int, ...] = ()
        ties: list[int] = []
        for place in left:
            kind, nodes = factors[place]
            key = [kind]
            fresh: list[int] = []
            for node in nodes:
                if node in labels:
                    key.append(labels[node])
                elif node in fresh:
                    key.append(len(labels) + fresh.index(node))
                else:
                    key.append(colour[node])
                    fresh.append(node)
            found = tuple(key)
            if not ties or found < least:
                least, ties = found, [place]
            elif found == least:
                ties.append(place)
        return least, ties

    def _without_twins(self, ties: list[int], labels: dict[int, int], left: list[int]) -> list[int]:
        """One of each set of tied factors that plainly differ by an automorphism: swap their unnamed indices and look."""
        kept: list[int] = []
        rest = [self.factors[place] for place in left]
        for place in ties:
            if not any(self._twins(self.factors[other][1], self.factors[place][1], labels, rest) for other in kept):
                kept.append(place)
        return kept

    def _twins(self, one: tuple[int, ...], other: tuple[int, ...], labels: dict[int, int], rest: list[Factor]) -> bool:
        swap = {a: b for a, b in zip(one, other, strict=True) if a != b}
        if any(node in labels or self.colour[node] < _INNER // 2 for node in (*swap, *swap.values())):
            return False
        if swap.keys() & set(swap.values()):
            return False
        swap |= {b: a for a, b in swap.items()}
        touched = [factor for factor in rest if not swap.keys().isdisjoint(factor[1])]
        moved = [(kind, tuple([swap.get(node, node) for node in nodes])) for kind, nodes in touched]
        return sorted(moved) == sorted(touched)

    def _finish(self, path: list[int], keys: list[tuple[int, ...]], labels: dict[int, int]) -> int:
        for node in self.output:
            if node not in labels:
                labels[node] = len(labels)
        output = tuple([labels[node] for node in self.output])
        best = self.best_keys
        if best is not None and keys == best and output == self.best_output:
            return next(
                depth for depth, (one, other) in enumerate(zip(path, self.best_path, strict=True)) if one != other
            )
        if best is None or (keys, output) < (best, self.best_output):
            self.best_keys, self.best_path, self.best_labels, self.best_output = keys, path, labels, output
        return len(path)
