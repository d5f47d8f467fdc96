"""Values on supports that have other axes too: which axis of a tensor each index is, and what brings one to another.

A value's first axis is that of its pairs, or of its first index on an axis of a support, or of graphs; then come its other
indices, in order, and its channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symshare.codegen.source import literal
from symshare.core.notation.tensor import Tensor
from symshare.plans.homes import Home, Homes
from symshare.plans.indices import Indices

__all__ = ["GRAPHS", "PAIRS", "Beside", "ordered", "place", "slots"]

PAIRS, GRAPHS = "(pairs)", "(graphs)"
"""What stands for an index in the place of a first axis that is none."""


def place(number: int, length: int) -> int:
    """The place of an axis counted from the last, where the channels come after `length` axes."""
    return number - length - 1


def slots(tensor: Tensor) -> Indices:
    """A name for each axis of a tensor.

    >>> slots(Tensor(("a", "a", "H")))
    ('a0', 'a1')
    """
    return tuple([f"{axis}{number}" for number, axis in enumerate(tensor.set_axes)])


def ordered(text: str, have: Sequence[str], want: Sequence[str]) -> str:
    """A value with its axes in another order, and new ones of length one.

    >>> ordered("x", ["a", "b"], ["a", "b"]), ordered("x", ["a", "b"], ["b", "c", "a"])
    ('x', '_ordered(x, (1, None, 0))')
    """
    if [*have] == [*want]:
        return text
    order = [str(have.index(one)) if one in have else "None" for one in want]
    return f"_ordered({text}, {_tuple(order)})"


def _tuple(items: Sequence[object]) -> str:
    return f"({', '.join(map(str, items))}{',' if len(items) == 1 else ''})"


class Beside:
    """Expressions for such values: `on` has the variable of each support, `graphs` and `pairs` those of the graph of each
    value of an axis and of each pair."""

    def __init__(
        self, homes: Homes, on: Mapping[str, str], graphs: Mapping[str, str], pairs: Mapping[str, str], sizes: str
    ) -> None:
        self.homes, self.on, self.graphs, self.pairs, self.sizes = homes, on, graphs, pairs, sizes

    def dims(self, indices: Indices, axes: Sequence[str], home: Home | None) -> list[str]:
        """What each axis of a value's tensor is."""
        if home is not None:
            return [PAIRS, *home.beside(indices)]
        known = [number for number, axis in enumerate(axes) if axis in self.homes.sides]
        if not known:
            return [GRAPHS, *indices]
        return [indices[known[0]], *(one for number, one in enumerate(indices) if number != known[0])]

    def lengths(self, dims: Sequence[str], axis: Mapping[str, str], home: Home | None) -> list[str]:
        """The expressions for the lengths of axes."""
        first = next(iter(self.on.values()))
        known = {GRAPHS: f"{first}.number"}
        known |= {} if home is None else {PAIRS: f"{self.on[home.label]}.index.shape[1]"}
        return [known[one] if one in known else self.length(axis[one]) for one in dims]

    def length(self, axis: str) -> str:
        """The expression for the length of an axis."""
        if axis in self.homes.sides:
            name, side = self.homes.sides[axis]
            return f"{self.on[name]}.sizes[{side}]"
        return f"{self.sizes}[{literal(axis)}]"

    def crowded(self, axes: Sequence[str]) -> bool:
        """Whether several axes of supports are among some."""
        return sum(axis in self.homes.sides for axis in axes) > 1

    def graph(self, dims: Sequence[str], axis: Mapping[str, str], home: Home | None) -> str:
        """The expression for the graph of each place of the first axis."""
        if home is not None:
            return self.pairs[home.label]
        return f"_each_graph({next(iter(self.on.values()))})" if dims[0] == GRAPHS else self.graphs[axis[dims[0]]]

    def taken(
        self, text: str, own: Home | None, before: Indices, after: Indices, home: Home | None, axes: Sequence[str]
    ) -> str:
        """A value at all places of some indices, of which it has some: `own` is where it is, `home` where it is wanted."""
        axis = dict(zip(after, axes, strict=True))
        have = self.dims(before, [axis[one] for one in before], own)
        want = self.dims(after, axes, home)
        others = len(have) - 1
        if own is not None and (home is None or {*own.pair(before)} != {*home.pair(after)}):
            pair = own.pair(before)
            text, own = f"_densely({text}, {self.on[own.label]}, {others})", None
            have = [*pair, *have[1:]]
        if own is not None and home is not None:
            turned = own.pair(before) != home.pair(after)
            if own.label != home.label or turned:
                given = [text, self.on[own.label], self.on[home.label], str(turned), str(others)]
                text = f"_onto_beside({', '.join(given)})"
        elif home is not None:
            text, have = self.gathered(text, have, home.pair(after), home)
        elif have[0] == GRAPHS != want[0]:
            text = f"_by_place({text}, {self.graphs[axis[want[0]]]}, {others})"
            have = [want[0], *have[1:]]
        return ordered(text, have, want)

    def gathered(self, text: str, have: list[str], pair: tuple[str, str], home: Home) -> tuple[str, list[str]]:
        """A value of nodes or graphs on pairs, and what its axes are then."""
        on, inside = self.on[home.label], [one for one in pair if one in have]
        rest = [one for one in have if one not in inside]
        text = ordered(text, have, [*inside, *rest])
        if len(inside) == 2:
            return f"_by_pair({text}, {on}, {len(rest)})", [PAIRS, *rest]
        if inside:
            index = f"{on}.index[{pair.index(inside[0])}]"
            return f"_by_place({text}, {index}, {len(rest)})", [PAIRS, *rest]
        if have[0] == GRAPHS:
            return f"_by_place({text}, {self.pairs[home.label]}, {len(rest) - 1})", [PAIRS, *rest[1:]]
        return text, have

    def summed(
        self, text: str, before: Indices, after: Indices, home: Home | None, axes: Sequence[str], more: Sequence[str]
    ) -> str:
        """The sum over the indices that go; `more` are a weight and a number to divide by, where there are such."""
        axis = dict(zip(before, axes, strict=True))
        have, left = self.dims(before, axes, home), [axis[one] for one in after]
        kept = home is not None and {*home.pair(before)} <= {*after}
        want = self.dims(after, left, home.along(before, after) if home is not None and kept else None)
        rest = [one for one in have[1:] if one in after]
        gone = [place(number, len(have)) for number, one in enumerate(have) if number and one not in after]
        ends = [one for one in home.pair(before) if one in after] if home is not None and not kept else []
        to: list[str] = []
        if have[0] in after or have[0] == GRAPHS or kept:
            made = [have[0], *rest]
        elif ends and home is not None:
            to, made = [self.on[home.label], str(home.side(before, ends[0]))], [ends[0], *rest]
        elif any(axis[one] in self.homes.sides for one in rest):
            gone, made = [place(0, len(have)), *gone], rest
        else:
            to = [self.graph(have, axis, home), f"{next(iter(self.on.values()))}.number"]
            made = [GRAPHS, *rest]
        given = [text, _tuple(gone), str(len(rest)), _tuple(to), *more]
        return ordered(f"_to_fewer({', '.join(given)})", made, want)

    def diagonal(self, text: str, before: Indices, after: Indices, home: Home | None, axes: Sequence[str]) -> str:
        """The entries whose indices are the same where they are called so."""
        axis = dict(zip(before, axes, strict=True))
        have, pair = self.dims(before, axes, home), home.pair(before) if home is not None else ("", "")
        on = self.on[home.label] if home is not None else ""
        if home is not None and pair[0] == pair[1]:
            text, have = f"_loops_beside({text}, {on}, {len(have) - 1})", [pair[0], *have[1:]]
        while own := [number for number, one in enumerate(have) if have[0] == PAIRS and one in pair]:
            where = place(own[0], len(have))
            text = f"_along_pairs({text}, {on}, {pair.index(have[own[0]])}, {where}, {len(have) - 1})"
            del have[own[0]]
        while twice := [number for number, one in enumerate(have) if one in have[:number]]:
            first = place(have.index(have[twice[0]]), len(have))
            text = f"_diagonal_of({text}, {first}, {place(twice[0], len(have))})"
            del have[twice[0]]
        there = home.along(before, after) if home is not None and have[0] == PAIRS else None
        return ordered(text, have, self.dims(after, [axis[one] for one in after], there))

    def written(self, text: str, have: list[str], after: Indices, axes: Sequence[str], home: Home | None) -> str:
        """A value that has all its axes in full, with some of them written onto diagonals; `have` are its axes."""
        want, on = self.dims(after, axes, home), self.on[home.label] if home is not None else ""
        pair = home.pair(after) if home is not None else ("", "")
        single = [one for number, one in enumerate(want) if one not in (*want[:number], *pair)]
        text, have = ordered(text, have, single), single
        for number, one in enumerate(want):
            if number < len(have) and have[number] == one:
                continue
            where = place(number, len(have) + 1)
            if one in pair:
                text = f"_on_pairs_along({text}, {on}, {pair.index(one)}, {where}, {len(have) - 1})"
            else:
                own = have.index(one)
                text = f"_on_diagonal({text}, {place(own, len(have))}, {place(own, len(have) + 1)}, {where})"
            have = [*have[:number], one, *have[number:]]
        return text
