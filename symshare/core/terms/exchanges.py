"""Exchanges of equal factors of a term: the orbit of the term, and the least term of the orbit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import factorial, prod

from symshare.core.notation.signature import Signature
from symshare.core.terms.constant import Constant, offsets, unit
from symshare.core.terms.term import Term

__all__ = ["Kind", "Orbits", "exchanged", "exchanges", "is_rigid", "many_exchanges", "numbered", "standard", "swaps"]

Kind = tuple[int, tuple[int, ...]]
"""An input and the values picked on its sized latent axes."""

Renumbering = tuple[int, ...]
"""For each index of a term the index that it becomes."""

MOST_LISTED = 120
"""Exchanges of the factors of a term that are listed, 5!; chosen, not measured."""


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
    ordered = sorted(
        (standard(constant, tuple(numbers[label] for label in labels)) for constant, labels in constants),
        key=lambda pair: (pair[0].name, pair[1]),
    )
    return Term(
        *(signature, output, tuple(number for number, _ in factors)),
        tuple(numbers[label] for label in outer),
        tuple(tuple(numbers[label] for label in labels) for labels in inner),
        latents,
        tuple(values for _, values in factors),
        tuple(ordered),
    )


def standard(constant: Constant, indices: tuple[int, ...]) -> tuple[Constant, tuple[int, ...]]:
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
    """Every term that exchanges of equal factors make of a term, itself first."""
    found = {term: None}
    listed = [term]
    for one in listed:
        for place in swaps(one):
            swapped, _ = exchanged(one, place)
            if swapped not in found:
                found[swapped] = None
                listed.append(swapped)
    return listed


def many_exchanges(term: Term) -> bool:
    """Whether a term has too many exchanges to list them: its constant tensors have no symmetry, and its factors are many."""
    kinds = Counter(zip(term.factors, term.factor_latents, strict=True))
    return bool(_rigid(term)) and prod(map(factorial, kinds.values())) > MOST_LISTED


def swaps(term: Term) -> list[int]:
    """The places of factors that may be exchanged with the next one."""
    kinds = list(zip(term.factors, term.factor_latents, strict=True))
    return [place for place in range(len(kinds) - 1) if kinds[place] == kinds[place + 1]]


def exchanged(term: Term, place: int) -> tuple[Term, Renumbering]:
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
    """Whether a constant tensor is another one when two of its indices change places, as far as is known of it."""
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
        """The least term that exchanges make of a term, and the orbit of the term without those constant tensors that have
        no symmetry."""
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
        images: dict[Term, Renumbering] = {term: tuple(range(len(term.index_axes)))}
        listed = [term]
        for one in listed:
            for place in swaps(one):
                swapped, step = exchanged(one, place)
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
            for place in swaps(one):
                swapped, step = exchanged(one, place)
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
