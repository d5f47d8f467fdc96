"""How a term is made from irreducible poolings: one composition, step by step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from symshare.core.composition import compose, network_term
from symshare.core.hypergraph import Hypergraph, cut_sets, fit, groups, labels, without_own
from symshare.core.irreducible import cover, layouts_of
from symshare.core.notation import signature as as_signature
from symshare.core.order_one import add_powers, identity, word
from symshare.core.pooling import hypergraph, pooling_types, realised
from symshare.core.signature import Signature, without_latents
from symshare.core.term import Term
from symshare.errors import SymshareError, TooLargeError

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["Composition", "Step", "explain"]

Powers = tuple[tuple[str, int], ...]
Names = dict[int, int]
"""For each vertex of an edge the index of the tensor it stands for; numbers from NEW on are new indices."""

NEW = 1_000_000
MOST_FACTORS = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One pooling, and what it is applied to: steps by their number from 0, factor i of the term as -1 - i."""

    pooling: Term
    operands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Composition:
    """A term as poolings applied one after the other; the last step, divided by `sizes`, is its value.

    `sizes` are pairs (axis, power): where every way to make the term sums over ones, the result is too large by these.
    """

    term: Term
    steps: tuple[Step, ...]
    sizes: Powers = ()

    @property
    def irreducible(self) -> bool:
        """Whether the term is a pooling itself, up to swaps of axes: one step multiplies all its factors."""
        return self.term.order > 1 and max(step.pooling.order for step in self.steps) == self.term.order

    def evaluate(self, *operands: Array, sizes: Mapping[str, int] | None = None) -> Array:
        """The value, step by step, for one array per factor; exact for integers (see `symshare.core.evaluation.evaluate`).

        >>> import numpy as np
        >>> x = np.arange(6).reshape(2, 3)
        >>> explain("ab", "ab,ac->ab").evaluate(x, x).tolist()
        [[0, 3, 6], [36, 48, 60]]
        """
        import numpy

        from symshare.core.evaluation import evaluate

        if len(operands) != self.term.order:
            raise SymshareError(
                f"{self.term} has {self.term.order} factors, but {len(operands)} arrays were given\n  give one for each"
            )
        arrays = [numpy.asarray(one) for one in operands]
        lengths = dict(sizes or {})
        for tensor, array in zip(self.term.factor_tensors, arrays, strict=True):
            if array.ndim < len(tensor.axes):
                raise SymshareError(
                    f"an operand of {self.term} has {array.ndim} axes\n  {tensor.axes!r} has {len(tensor.axes)}"
                )
            lengths |= zip(tensor.axes, array.shape[array.ndim - len(tensor.axes) :], strict=True)
        values: list[Array] = []
        for step in self.steps:
            taken = [values[one] if one >= 0 else arrays[-1 - one] for one in step.operands]
            values.append(evaluate(step.pooling, *taken, sizes=lengths))
        value = values[-1] if values else arrays[0]
        for letter, power in self.sizes:
            value = value // lengths[letter] ** power if value.dtype.kind in "iu" else value / lengths[letter] ** power
        return value

    def __str__(self) -> str:
        left = [self._name(number) for number in range(len(self.steps))]
        texts = [step.pooling.to_einsum() for step in self.steps]
        wide, long = max(map(len, left), default=0), max(map(len, texts), default=0)
        lines = [
            f"  {name:{wide}} = {text:{long}}  of {', '.join(map(self._name, step.operands))}"
            for name, text, step in zip(left, texts, self.steps, strict=True)
        ]
        return "\n".join([self._heading(), *lines, *self._last()])

    def __repr__(self) -> str:
        divided = f", sizes={dict(self.sizes)}" if self.sizes else ""
        return f"Composition({str(self.term)!r}, steps={len(self.steps)}{divided})"

    def to_dict(self) -> dict[str, Any]:
        """The composition as plain values; `to_json` writes the same."""
        return {
            "schema": 1,
            "signature": str(self.term.signature),
            "depends": [f"{parent}->{child}" for parent, child in self.term.signature.depends],
            "term": self.term.to_einsum(),
            "order": self.term.order,
            "irreducible": self.irreducible,
            "steps": [
                {
                    "name": self._name(number),
                    "einsum": step.pooling.to_einsum(),
                    "inputs": list(step.pooling.factors),
                    "output": step.pooling.output,
                    "of": [self._name(one) for one in step.operands],
                }
                for number, step in enumerate(self.steps)
            ],
            "divide_by": dict(self.sizes),
        }

    def to_json(self) -> str:
        """The composition as JSON text."""
        return json.dumps(self.to_dict(), indent=2)

    def _heading(self) -> str:
        if not self.steps:
            return f"{self.term} is the identity"
        if self.term.order == 1:
            one = len(self.steps) == 1 and not self.sizes
            return f"{self.term}, one of the operations of order 1" if one else f"{self.term}, by operations of order 1"
        if self.irreducible:
            return f"{self.term} is irreducible{'' if len(self.steps) == 1 else ', up to operations of order 1'}"
        return f"{self.term}, from irreducible poolings"

    def _name(self, number: int) -> str:
        if number == len(self.steps) - 1 and not self.sizes:
            return "y"
        return f"x{-number}" if number < 0 else f"y{number + 1}"

    def _last(self) -> list[str]:
        divisor = " ".join(letter if power == 1 else f"{letter}^{power}" for letter, power in self.sizes)
        return [f"  y = y{len(self.steps)} / ({divisor}), by the sizes of the axes"] if divisor else []


def explain(
    signature: Signature | str,
    term: Term | str,
    *,
    depends: Iterable[str] | str = (),
    factors: Sequence[int] | None = None,
    output: int | None = None,
) -> Composition:
    """One composition of irreducible poolings and operations of order 1 that gives a term.

    The poolings are those that `pools` lists. A part of the factors that meets the rest in what one tensor can carry is
    computed first, and so on down; what has no such part comes from an irreducible pooling by operations of order 1 on its
    factors and its output. Each step is checked by composing it. `term` is a text, with or without its latent axes, or a
    Term; `factors` and `output` number its tensors where several types have equally many axes.

    Raises NotationError for a text that is no term, SymshareError for a constant and for what `pools` does not take, and
    TooLargeError for over 60 factors.

    >>> print(explain("abH", "ab,cb,cd,ad->ad"))
    abH,cbH,cdH,adH->adH, from irreducible poolings
      y1 = abH,cbH,cdH->adH  of x1, x2, x3
      y  = abH,abH->abH      of y1, x4
    """
    given = pooling_types(as_signature(signature, depends=depends))
    found = _read(given, term, factors, output)
    if found.order == 0:
        raise SymshareError(
            f"{found} has no factors\n  constants are added, not pooled: ask for a term of order 1 or more"
        )
    if found.order > MOST_FACTORS:
        raise TooLargeError(
            f"the term has {found.order} factors, over the limit of {MOST_FACTORS}\n  explain its parts"
        )
    builder = _Builder()
    builder.finish(
        builder.build(found, [(-1 - place, identity(given, one)) for place, one in enumerate(found.factors)])
    )
    return Composition(found, tuple(builder.steps), builder.powers)


def _read(signature: Signature, term: Term | str, factors: Sequence[int] | None, output: int | None) -> Term:
    if isinstance(term, Term):
        if pooling_types(term.signature) != signature or any((term.output_latents, *term.factor_latents)):
            theirs = term.signature
            differs = (
                "other tensors"
                if (theirs.inputs, theirs.outputs) != (signature.inputs, signature.outputs)
                else "other dependencies"
                if theirs.depends != signature.depends
                else "values picked on latent axes"
            )
            raise SymshareError(
                f"{term} is no term of {str(signature)!r}: it has {differs}\n  explain it with its own signature, without sizes"
            )
        return replace(term, signature=signature)
    plain = signature
    if not isinstance(term, str) or not any(letter.isupper() for letter in term):
        plain = without_latents(signature)
    return replace(Term.from_einsum(plain, term, factors=factors, output=output, ordered=True), signature=signature)


Made = tuple[int, Term]
"""A step or an operand by its number, and an operation of order 1 that is still to act on it."""


class _Builder:
    """Steps so far, each once; operations of order 1 wait until all that follow each other are known."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.known: dict[Step, int] = {}
        self.powers: Powers = ()

    def build(self, term: Term, operands: Sequence[Made]) -> Made:
        """Add the steps that make a term of operands, and answer the last."""
        if term.order == 1:
            number, waiting = operands[0]
            made, powers = compose(term, waiting)
            self.powers = add_powers(self.powers, tuple([(letter, -power) for letter, power in powers]))
            return number, made
        part = _part(term)
        if part is not None:
            inner, outer, inside = part
            first = self.build(inner, [operands[place] for place in inside])
            rest = [operand for place, operand in enumerate(operands) if place not in inside]
            self._check(term, *compose(outer, inner, *(identity(term.signature, one) for one in outer.factors[1:])))
            return self.build(outer, [first, *rest])
        before, pooling, after, order = _raised(term)
        made, powers = compose(pooling, *(before[place] for place in order))
        whole, more = compose(after, made)
        self._check(term, whole, add_powers(powers, more))
        taken = tuple(self.finish(self.build(before[place], (operands[place],))) for place in order)
        return self.build(after, ((self._add(Step(pooling, taken)), identity(term.signature, pooling.output)),))

    def finish(self, made: Made) -> int:
        """Add the operations that wait, and answer the number of the last step."""
        number, waiting = made
        generators, powers = word(waiting)
        self.powers = add_powers(self.powers, powers)
        for generator in generators:
            number = self._add(Step(generator, (number,)))
        return number

    def _add(self, step: Step) -> int:
        if step not in self.known:
            self.known[step] = len(self.steps)
            self.steps.append(step)
        return self.known[step]

    def _check(self, term: Term, made: Term, powers: Powers) -> None:
        if made.canonical() != term.canonical():
            raise SymshareError(f"{term} comes out as {made}\n  this is a mistake in symshare: please report it")
        self.powers = add_powers(self.powers, powers)


def _part(term: Term) -> tuple[Term, Term, list[int]] | None:
    """A smallest part of the factors that can be computed first: its term, the term of the rest, and its places."""
    if term.order < 3:
        return None
    whole = hypergraph(term)
    kept = [vertex for vertex, degree in enumerate(whole.degrees()) if degree > 1]
    graph = without_own(whole)
    layouts = layouts_of(term.signature)
    best: list[int] | None = None
    for cut in cut_sets(layouts, graph.vertices):
        loose = [one for one in groups(graph.edges, cut) if 0 not in one]
        single = [one[0] for one in loose if len(one) == 1]
        parts = [one for one in loose if 1 < len(one) < term.order] + ([single[:2]] if len(single) > 1 else [])
        for part in parts:
            if best is None or (len(part), part) < (len(best), best):
                best = part
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
    for place in sorted(range(len(layout)), key=lambda one: layout[one].parent >= 0 and _depth(layout, one)):
        if chosen[place] >= 0:
            continue
        slot = layout[place]
        above = outer[slot.parent] if slot.parent >= 0 else -1
        options = [index for index in there if whole.vertices[index] == (slot.letter, above)]
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


def _depth(layout: Sequence[Any], place: int) -> int:
    depth = 0
    while layout[place].parent >= 0:
        place, depth = layout[place].parent, depth + 1
    return depth


def _raised(term: Term) -> tuple[list[Term], Term, Term, list[int]]:
    """An irreducible pooling that gives a term without parts: what comes before (for each factor of the term) and after it,
    and which factor of the term each factor of the pooling takes."""
    whole = hypergraph(term)
    kept = [vertex for vertex, degree in enumerate(whole.degrees()) if degree > 1]
    graph = without_own(whole)
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
    _, theirs, their_order = labels(without_own(target), rooted=True)
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
    for place in sorted(range(len(layout)), key=lambda one: _depth(layout, one)):
        slot, index = layout[place], indices[place]
        if index in partner:
            found[place] = names[partner[index]]
            continue
        above = found[slot.parent] if slot.parent >= 0 else -1
        free = [one for one in tensor[1] if one not in used and whole.vertices[one] == (slot.letter, above)]
        found[place] = free[0] if free else new
        new += not free
        used.add(found[place])
    return tuple(found[place] for place in range(len(layout))), new
