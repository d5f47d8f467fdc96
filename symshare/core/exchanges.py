"""Exchanges of equal factors of a term: its orbit, the least of it, and what the exchanges of terms span together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import factorial, prod

import numpy as np

from symshare.core.constant import Constant, offsets, unit
from symshare.core.evaluation import Array
from symshare.core.exact import PRIME
from symshare.core.modular import points
from symshare.core.residues import products, values
from symshare.core.signature import Signature
from symshare.core.term import Term
from symshare.errors import TooLargeError

__all__ = ["Kind", "Orbits", "Spans", "exchanges", "is_rigid", "many_exchanges", "numbered"]

Kind = tuple[int, tuple[int, ...]]
"""An input and the values picked on its sized latent axes."""

Renumbering = tuple[int, ...]
"""For each index of a term the index that it becomes."""

MOST_LISTED = 120
MOST_SPUN = 400
MOST_PRODUCTS = 4_000_000


def numbered(
    signature: Signature,
    output: int,
    factors: Sequence[Kind],
    inner: Sequence[Sequence[object]],
    outer: Sequence[object],
    constants: Sequence[tuple[Constant, Sequence[object]]],
    latents: tuple[int, ...] = (),
) -> Term:
    """A term with its indices numbered by first appearance, and its constants in one standard form."""
    numbers: dict[object, int] = {}
    for labels in (*inner, outer):
        for label in labels:
            numbers.setdefault(label, len(numbers))
    standard = sorted(
        (_standard(constant, tuple(numbers[label] for label in labels)) for constant, labels in constants),
        key=lambda pair: (pair[0].name, pair[1]),
    )
    return Term(
        *(signature, output, tuple(number for number, _ in factors)),
        tuple(numbers[label] for label in outer),
        tuple(tuple(numbers[label] for label in labels) for labels in inner),
        latents,
        tuple(values for _, values in factors),
        tuple(standard),
    )


def _standard(constant: Constant, indices: tuple[int, ...]) -> tuple[Constant, tuple[int, ...]]:
    """A symmetric constant with its indices sorted (a sign is left to the coefficient); offsets seen from the first."""
    if constant.offsets:
        order = sorted(range(len(indices)), key=lambda at: indices[at])
        distances = tuple(constant.offsets[at] for at in order)
        return offsets(constant.shape[0], distances), tuple(indices[at] for at in order)
    if constant.unit:
        order = sorted(range(len(indices)), key=lambda at: indices[at])
        place = constant.entries[0][0]
        return unit(tuple(place[at] for at in order), constant.shape), tuple(indices[at] for at in order)
    if constant.symmetry:
        return constant, tuple(sorted(indices))
    return constant, indices


def exchanges(term: Term) -> list[Term]:
    """Every term that exchanges of equal factors make of one, itself first."""
    found = {term: None}
    listed = [term]
    for one in listed:
        for place in _swaps(one):
            swapped, _ = _swapped(one, place)
            if swapped not in found:
                found[swapped] = None
                listed.append(swapped)
    return listed


def many_exchanges(term: Term) -> bool:
    """Whether a term has too many exchanges to list them: its constant tensors have no symmetry, and its factors are many."""
    kinds = Counter(zip(term.factors, term.factor_latents, strict=True))
    return bool(_rigid(term)) and prod(map(factorial, kinds.values())) > MOST_LISTED


def _swaps(term: Term) -> list[int]:
    """The places of factors that may be exchanged with the next one."""
    kinds = list(zip(term.factors, term.factor_latents, strict=True))
    return [place for place in range(len(kinds) - 1) if kinds[place] == kinds[place + 1]]


def _swapped(term: Term, place: int) -> tuple[Term, Renumbering]:
    """A term with a factor and the next exchanged, and what becomes of its indices."""
    kinds = list(zip(term.factors, term.factor_latents, strict=True))
    inner = list(term.factor_indices)
    inner[place], inner[place + 1] = inner[place + 1], inner[place]
    swapped = numbered(
        *(term.signature, term.output, kinds, inner, term.output_indices, term.constants, term.output_latents)
    )
    image: dict[int, int] = {}
    for before, after in zip(
        (*inner, term.output_indices), (*swapped.factor_indices, swapped.output_indices), strict=True
    ):
        image |= dict(zip(before, after, strict=True))
    return swapped, tuple(image[index] for index in range(len(image)))


def _rigid(term: Term) -> list[tuple[Constant, tuple[int, ...]]]:
    return [(one, legs) for one, legs in term.constants if is_rigid(one)]


def is_rigid(constant: Constant) -> bool:
    """Whether no standard form takes an exchange of a constant's legs back."""
    return not (constant.symmetry or constant.unit or constant.offsets)


@dataclass(slots=True)
class Orbits:
    """Orbits of terms under exchanges, kept so that each is walked through once.

    Constant tensors without symmetry have as many exchanges as factors have orders, so a term is taken apart: the orbit of
    the rest is listed, and of the legs of such tensors the least arrangement is found from generators of the stabiliser
    of the rest (Schreier 1927, Sims 1970).
    """

    known: dict[Term, tuple[tuple[Term, ...], Term, Renumbering]] = field(default_factory=dict)
    stabilisers: dict[Term, list[Renumbering]] = field(default_factory=dict)

    def least(self, term: Term) -> tuple[Term, tuple[Term, ...]]:
        """The least exchange of a term, and the orbit of what is left without its constants without symmetry."""
        rigid = _rigid(term)
        rest = replace(term, constants=tuple(pair for pair in term.constants if pair not in rigid)) if rigid else term
        if rest not in self.known:
            self._walk(rest)
        orbit, least, image = self.known[rest]
        if not rigid:
            return least, orbit
        if least not in self.stabilisers:
            self.stabilisers[least] = list(_filtered(self._loops(orbit)))
        legs = _least_image([image[leg] for _, own in rigid for leg in own], self.stabilisers[least])
        left = iter(legs)
        moved = [(one, tuple(next(left) for _ in own)) for one, own in rigid]
        constants = sorted([*least.constants, *moved], key=lambda pair: (pair[0].name, pair[1]))
        return replace(least, constants=tuple(constants)), orbit

    def _walk(self, term: Term) -> None:
        """List an orbit, with what the indices of each of its terms become in the least."""
        images: dict[Term, Renumbering] = {term: tuple(range(len(term.index_letters)))}
        listed = [term]
        for one in listed:
            for place in _swaps(one):
                swapped, step = _swapped(one, place)
                if swapped not in images:
                    images[swapped] = _after(step, images[one])
                    listed.append(swapped)
        least = min(listed, key=lambda one: one.sort_key)
        orbit = tuple(listed)
        for one, image in images.items():
            self.known[one] = orbit, least, _after(images[least], _inverse(image))

    def _loops(self, orbit: Sequence[Term]) -> Iterator[Renumbering]:
        """Renumberings that ways around the orbit make of the least: they generate all that leave it as it is."""
        for one in orbit:
            back = _inverse(self.known[one][2])
            for place in _swaps(one):
                swapped, step = _swapped(one, place)
                yield _after(self.known[swapped][2], _after(step, back))


def _after(second: Renumbering, first: Renumbering) -> Renumbering:
    return tuple([second[index] for index in first])


def _inverse(image: Renumbering) -> Renumbering:
    found = [0] * len(image)
    for index, moved in enumerate(image):
        found[moved] = index
    return tuple(found)


def _filtered(generators: Iterator[Renumbering]) -> Iterator[Renumbering]:
    """Generators of the same group, at most one for each first index that is moved and its image (Sims 1970)."""
    table: dict[tuple[int, int], Renumbering] = {}
    for one in generators:
        while (first := next((index for index, image in enumerate(one) if image != index), None)) is not None:
            pivot = table.setdefault((first, one[first]), one)
            if pivot is one:
                yield one
                break
            one = _after(_inverse(pivot), one)


def _least_image(legs: list[int], generators: Sequence[Renumbering]) -> list[int]:
    """The least of the images of a list of indices under the group that the renumberings generate."""
    own = list(generators)
    for place in range(len(legs)):
        if not own:
            break
        ways: dict[int, Renumbering] = {legs[place]: tuple(range(len(own[0])))}
        points = [legs[place]]
        for point in points:
            for one in own:
                if one[point] not in ways:
                    ways[one[point]] = _after(one, ways[point])
                    points.append(one[point])
        best = ways[min(points)]
        legs = [best[leg] for leg in legs]
        # what leaves the point where it is: ways around its orbit
        back = _inverse(best)
        ways = {point: _after(way, back) for point, way in ways.items()}
        loops = (_after(_inverse(ways[one[point]]), _after(one, ways[point])) for point in points for one in own)
        own = list(_filtered(loops))
    return legs


@dataclass(slots=True)
class Spans:
    """What exchanges of terms span, found without listing all: what is new is exchanged with the next.

    Values are taken modulo the prime at points of their own for each factor, and kept: they are asked for again and again.
    """

    signature: Signature
    sizes: dict[str, int]
    order: int
    columns: int = 64
    _at: list[list[Array]] = field(default_factory=list)
    _rows: dict[Term, Array] = field(default_factory=dict)
    _products: dict[tuple[int, ...], Array] = field(default_factory=dict)
    _next: dict[Term, list[Term]] = field(default_factory=dict)

    def owners(self, terms: Sequence[Term], wanted: int | None) -> list[int]:
        """The owners of independent exchanges of some terms of one order. TooLargeError above four hundred."""
        while True:
            found = self._owners(terms, wanted)
            if len(found) + 8 <= self.columns:
                return found
            self.columns *= 2
            self._at = []

    def _owners(self, terms: Sequence[Term], wanted: int | None) -> list[int]:
        rows: list[tuple[int, Array]] = []
        owners: list[int] = []
        seen: set[Term] = set()
        for owner, term in enumerate(terms):
            listed = [term] if term not in seen else []
            seen.update(listed)
            for one in listed:
                if len(owners) in (wanted, self.columns):
                    return owners
                row = _reduced(self._row(one), rows)
                if row is None:
                    continue
                if len(owners) >= MOST_SPUN:
                    raise TooLargeError(
                        f"the exchanges of the terms of order {self.order} span over {MOST_SPUN} dimensions\n"
                        "  lower the order"
                    )
                rows.append(row)
                owners.append(owner)
                for swapped in self._neighbours(one):
                    if swapped not in seen:
                        seen.add(swapped)
                        listed.append(swapped)
        return owners

    def _neighbours(self, term: Term) -> list[Term]:
        if term not in self._next:
            self._next[term] = [_swapped(term, place)[0] for place in _swaps(term)]
        return self._next[term]

    def _row(self, term: Term) -> Array:
        """The values of a term at all points."""
        if not self._at:
            self._at = points(self.signature, self.sizes, self.order, self.columns, np.random.default_rng(0))
            self._rows, self._products = {}, {}
        if term not in self._rows:
            found = values(term, self._at, self.sizes, self._monomials(term))
            self._rows[term] = _row(term, found, self._at, self.signature, self.sizes)
        return self._rows[term]

    def _monomials(self, term: Term) -> Array | None:
        """The products of an entry for each factor, alike for all exchanges, where they are few enough to keep."""
        if prod(self._at[0][number][0].size for number in term.factors) * self.columns > MOST_PRODUCTS:
            return None
        if term.factors not in self._products:
            self._products[term.factors] = products(term, self._at)
        return self._products[term.factors]


def _row(term: Term, found: Array, at: list[list[Array]], signature: Signature, sizes: dict[str, int]) -> Array:
    """The values of a term at all points, beside zeros for the other outputs."""
    number = at[0][0].shape[0] if at[0] else 1
    pieces = []
    for output in range(len(signature.outputs)):
        shape = [sizes[letter] for letter in signature.outputs[output].axes if letter in sizes]
        own = (
            np.broadcast_to(found, (number, *shape))
            if output == term.output
            else np.zeros((number, *shape), dtype=np.int64)
        )
        pieces.append(own.reshape(-1))
    return np.concatenate(pieces)


def _reduced(row: Array, rows: Sequence[tuple[int, Array]]) -> tuple[int, Array] | None:
    """What is left of a row without those before it, with the place of its first entry, which is 1; None for nothing."""
    for place, other in rows:
        if row[place]:
            row = (row - row[place] * other) % PRIME
    places = np.flatnonzero(row)
    if not len(places):
        return None
    place = int(places[0])
    return place, row * pow(int(row[place]), -1, PRIME) % PRIME
