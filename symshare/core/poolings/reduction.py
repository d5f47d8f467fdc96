"""One step from a term down: a set of its factors that can be computed first, or the irreducible pooling it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symshare.core.poolings.cuts import components, separators
from symshare.core.poolings.hypergraph import Hypergraph, depth, fit, without_pendants
from symshare.core.poolings.irreducible import cover, layouts_of
from symshare.core.poolings.labels import labels
from symshare.core.poolings.realisation import hypergraph, realised
from symshare.core.terms.composition import network_term
from symshare.core.terms.term import Term
from symshare.errors import SymshareError

__all__ = ["part", "raised"]

Names = dict[int, int]
"""For each vertex of an edge the index of the tensor it stands for; numbers from NEW on are new indices."""

NEW = 1_000_000
"""New indices are numbered from here on; the indices of a term are fewer."""


def part(term: Term) -> tuple[Term, Term, list[int]] | None:
    """A smallest set of factors that can be computed first: as a term, the term of the other factors, and the places of the
    set; None where there is none."""
    if term.order < 3:
        return None
    whole = hypergraph(term)
    kept = [vertex for vertex, degree in enumerate(whole.degrees()) if degree > 1]
    graph = without_pendants(whole)
    layouts = layouts_of(term.signature)
    best: list[int] | None = None
    for cut in separators(layouts, graph.vertices):
        loose = [one for one in components(graph.edges, cut) if 0 not in one]
        single = [one[0] for one in loose if len(one) == 1]
        parts = [one for one in loose if 1 < len(one) < term.order] + ([single[:2]] if len(single) > 1 else [])
        for option in parts:
            if best is None or (len(option), option) < (len(best), best):
                best = option
    if best is None:
        return None
    inside = outside = 0
    for number, edge in enumerate(graph.edges):
        inside, outside = (inside | edge, outside) if number in best else (inside, outside | edge)
    found = fit(layouts, graph.vertices, inside & outside)
    if found is None:
        raise SymshareError(f"no tensor carries what {term} leaves\n  this is a mistake in symshare: please report it")
    chosen = [kept[vertex] if vertex >= 0 else -1 for vertex in found[1]]
    return _parted(term, whole, [number - 1 for number in best], found[0], chosen)


def _parted(
    term: Term, whole: Hypergraph, inside: list[int], number: int, chosen: list[int]
) -> tuple[Term, Term, list[int]]:
    """The part as a term whose output carries the cut; slots to spare repeat it along indices that the rest has."""
    rest = [term.output_indices, *(own for place, own in enumerate(term.factor_indices) if place not in inside)]
    there = sorted({index for indices in rest for index in indices})
    layout = layouts_of(term.signature)[number]
    inner, outer = list(chosen), list(chosen)
    for place in sorted(range(len(layout)), key=lambda one: depth(layout, one)):
        if chosen[place] >= 0:
            continue
        slot = layout[place]
        above = outer[slot.parent] if slot.parent >= 0 else -1
        options = [index for index in there if whole.vertices[index] == (slot.axis, above)]
        unused = [index for index in options if index not in outer]
        inner[place] = NEW + place
        outer[place] = unused[0] if unused else options[0] if options else NEW + place
    factors = list(zip(term.factors, term.factor_indices, strict=True))
    taken = [factors[place] for place in inside]
    others = [factor for place, factor in enumerate(factors) if place not in inside]
    return (
        network_term(term, (number, inner), taken),
        network_term(term, (term.output, term.output_indices), [(number, tuple(outer)), *others]),
        inside,
    )


def raised(term: Term) -> tuple[list[Term], Term, Term, list[int]]:
    """An irreducible pooling that gives a term of which no factors can be computed first: the terms of order 1 before it
    (one for each factor) and after it, and which factor of the term each factor of the pooling takes."""
    whole = hypergraph(term)
    kept = [vertex for vertex, degree in enumerate(whole.degrees()) if degree > 1]
    graph = without_pendants(whole)
    layouts = layouts_of(term.signature)
    tensors = [(term.output, term.output_indices), *zip(term.factors, term.factor_indices, strict=True)]
    names: list[Names] = [
        {vertex: kept[vertex] for vertex in range(len(kept)) if edge >> vertex & 1} for edge in graph.edges
    ]
    new = NEW
    while (above := cover(layouts, graph)) is not None:
        higher, below = above
        new = _renamed(whole, tensors, graph, higher, below, names, new)
        graph = higher
    pooling = realised(term.signature, graph)
    target = hypergraph(pooling)
    own = [vertex for vertex, degree in enumerate(target.degrees()) if degree > 1]
    _, ours, our_order = labels(graph, rooted=True)
    _, theirs, their_order = labels(without_pendants(target), rooted=True)
    vertex_of = {number: vertex for vertex, number in ours.items()}
    partner = {own[vertex]: vertex_of[number] for vertex, number in theirs.items()}
    edge_of_edge = dict(zip(their_order, our_order, strict=True))
    before: list[Term | None] = [None] * term.order
    order: list[int] = []
    for number, indices in enumerate((pooling.output_indices, *pooling.factor_indices)):
        place = edge_of_edge[number]
        kind = pooling.output if number == 0 else pooling.factors[number - 1]
        slots, new = _named_slots(term, whole, tensors[place], (kind, indices), names[place], partner, new)
        if number == 0:
            after = network_term(term, tensors[0], [(kind, slots)])
        else:
            before[place - 1] = network_term(term, (kind, slots), [tensors[place]])
            order.append(place - 1)
    return [one for one in before if one is not None], pooling, after, order


def _renamed(
    whole: Hypergraph,
    tensors: Sequence[tuple[int, tuple[int, ...]]],
    lower: Hypergraph,
    higher: Hypergraph,
    below: tuple[int, ...],
    names: list[Names],
    new: int,
) -> int:
    """Go one hypergraph up: what each vertex of each edge stands for there.

    A vertex that an edge did not have is repeated along. On one of the edges that take a new vertex it stands for an index
    that the tensor had to itself, or for one that is there already (a diagonal), so that nothing is summed over ones.
    """
    for number, edge in enumerate(higher.edges):
        own: Names = {}
        for vertex, under in enumerate(below):
            if not edge >> vertex & 1:
                continue
            if under >= 0 and lower.edges[number] >> under & 1:
                own[vertex] = names[number][under]
            else:
                own[vertex], new = new, new + 1
        names[number] = own
    for vertex, under in enumerate(below):
        if under >= 0:
            continue
        letter, parent = higher.vertices[vertex]
        options = []
        for number, edge in enumerate(higher.edges):
            if edge >> vertex & 1:
                own = names[number]
                above = own[parent] if parent >= 0 else -1
                free = [index for index in tensors[number][1] if whole.vertices[index] == (letter, above)]
                options += [(0, number, index) for index in free if index not in own.values()]
                options += [
                    (1, number, own[other])
                    for other in own
                    if other != vertex and higher.vertices[other] == (letter, parent)
                ]
        if options:
            _, number, index = min(options)
            names[number][vertex] = index
    return new


def _named_slots(
    term: Term,
    whole: Hypergraph,
    tensor: tuple[int, tuple[int, ...]],
    target: tuple[int, Sequence[int]],
    names: Names,
    partner: Mapping[int, int],
    new: int,
) -> tuple[tuple[int, ...], int]:
    """The slots of one tensor of the pooling, named by the indices of the term's tensor that they stand for."""
    kind, indices = target
    layout = layouts_of(term.signature)[kind]
    found: dict[int, int] = {}
    used = set(names.values())
    for place in sorted(range(len(layout)), key=lambda one: depth(layout, one)):
        slot, index = layout[place], indices[place]
        if index in partner:
            found[place] = names[partner[index]]
            continue
        above = found[slot.parent] if slot.parent >= 0 else -1
        free = [one for one in tensor[1] if one not in used and whole.vertices[one] == (slot.axis, above)]
        found[place] = free[0] if free else new
        new += not free
        used.add(found[place])
    return tuple(found[place] for place in range(len(layout))), new
