"""All terms of a signature, grown one factor at a time up to isomorphism."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import product

from symshare.core.notation.forest import Slot
from symshare.core.notation.orders import check_order
from symshare.core.notation.reading import Groups
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.balance import Balance, balance
from symshare.core.terms.canonical import Diagram, Factor, canonical
from symshare.core.terms.term import Term
from symshare.errors import SymshareError

__all__ = ["by_slots", "coarsenings", "latent_values", "placements", "terms"]

Layout = tuple[Slot, ...]
Limits = Mapping[str, int | None]
Progress = Callable[[int], None]


def terms(
    signature: Signature | str,
    order: int,
    *,
    depends: Iterable[str] | str = (),
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
    ordered: bool = False,
    progress: Progress | None = None,
) -> tuple[Term, ...]:
    """All terms of one order, each once, sorted (`Term.sort_key`).

    Without sizes, the terms that are independent at every large enough size; an axis of size n keeps the diagrams with
    at most n indices on it (under a dependency: at most n below each parent index), which is exact for that size.
    `ordered` lists the terms of coefficient tensors that are not symmetrised: exchanged factors count apart.
    `progress` is called now and then with the number of terms found so far.

    >>> [str(term) for term in terms("ab", 1)]
    ['ab->ab', 'ab->ac', 'ab->cb', 'ab->cd']
    >>> [str(term) for term in terms("aa", 0)]
    ['->aa', '->ab']
    """
    signature = as_signature(signature, depends=depends, axes=axes, sizes=sizes)
    order = check_order(order)
    if signature.indexed:
        raise SymshareError(f"{str(signature)!r} is stacked: its terms are forms\n  list them with symshare.derive")
    if signature.groups:
        raise SymshareError(
            f"{str(signature)!r} has axes with other groups than the symmetric one\n  list its terms with symshare.derive"
        )
    kinds = [
        (number, values)
        for number, tensor in enumerate(signature.inputs)
        for values in latent_values(signature, tensor)
    ]
    layouts = [signature.slots_at(signature.inputs[number], values) for number, values in kinds]
    limits = {axis: signature.size(axis) for axis in signature.set_axes}
    found: list[Term] = []

    def report(more: int) -> None:
        if progress is not None:
            progress(len(found) + more)

    for target, tensor in enumerate(signature.outputs):
        for outer, alike in by_slots(signature, tensor).items():
            rule = balance(signature, outer, layouts)
            diagrams = _diagrams(outer, layouts, limits, order, ordered, report, rule)
            found += [
                Term.from_diagram(signature, target, values, kinds, diagram) for diagram in diagrams for values in alike
            ]
    return tuple(sorted(found, key=lambda term: term.sort_key))


def _diagrams(
    outer: Layout,
    layouts: Sequence[Layout],
    limits: Limits,
    order: int,
    ordered: bool,
    progress: Progress,
    rule: Balance | None,
) -> Iterable[Diagram]:
    """The diagrams with so many factors for an output with these slots."""
    diagrams: Iterable[Diagram] = [(nodes, ()) for nodes in placements(outer, {}, 0, limits)]
    if not ordered:
        diagrams = [canonical(nodes, ()) for nodes, _ in diagrams]
    if rule is not None:
        diagrams = [one for one in diagrams if rule.allows(one, order)]
    for step in range(order):
        left = order - 1 - step
        allowed = _any if rule is None else partial(rule.allows, left=left)
        if ordered:
            diagrams = filter(allowed, _lengthen(diagrams, layouts, outer, limits))
        else:
            diagrams = _grow(diagrams, layouts, outer, limits, allowed, None if left else progress)
    return map(_renumber, diagrams) if ordered else diagrams


def _any(diagram: Diagram) -> bool:
    """What set axes allow."""
    return True


def coarsenings(term: Term) -> Iterator[Term]:
    """Every term that merging indices of this one gives, itself included, once for each way of merging.

    >>> [str(term) for term in coarsenings(Term.from_einsum(as_signature("a"), "a->b"))]
    ['a->a', 'a->b']
    """
    signature = term.signature
    tensors = [
        *zip(map(signature.slots_at, term.factor_tensors, term.factor_latents), term.factor_indices, strict=True),
        (signature.slots_at(term.output_tensor, term.output_latents), term.output_indices),
    ]
    parents: dict[int, int] = {}
    for slots, indices in tensors:
        parents |= {
            index: indices[slot.parent] if slot.parent >= 0 else slot.parent
            for slot, index in zip(slots, indices, strict=True)
        }
    layout = tuple(Slot(letter, parents[index]) for index, letter in enumerate(term.index_axes))
    limits = {axis: signature.size(axis) for axis in signature.set_axes}
    factors = tuple(enumerate(term.factor_indices))
    for nodes in placements(layout, {}, 0, limits):
        merged = tuple((kind, tuple(nodes[index] for index in indices)) for kind, indices in factors)
        output, renumbered = _renumber((tuple(nodes[index] for index in term.output_indices), merged))
        yield replace(term, output_indices=output, factor_indices=tuple(indices for _, indices in renumbered))


def latent_values(signature: Signature, tensor: Tensor) -> list[tuple[int, ...]]:
    """Every choice of a value on each latent axis of fixed size."""
    sizes = dict(signature.sizes)
    return list(product(*(range(sizes[axis]) for axis in signature.sized_latents(tensor))))


def by_slots(signature: Signature, tensor: Tensor) -> dict[Layout, list[tuple[int, ...]]]:
    """The values of a tensor's latent axes of fixed size, by the slots that they leave it with: those of lists of their own
    differ."""
    found: dict[Layout, list[tuple[int, ...]]] = {}
    for values in latent_values(signature, tensor):
        found.setdefault(signature.slots_at(tensor, values), []).append(values)
    return found


def _grow(
    diagrams: Iterable[Diagram],
    layouts: Sequence[Layout],
    outer: Layout,
    limits: Limits,
    allowed: Callable[[Diagram], bool],
    progress: Progress | None,
) -> dict[Diagram, None]:
    """The diagrams with one factor more, up to isomorphism, in canonical form.

    Each is reached by adding to a smaller one the factor that an invariant ranks first among those of its last kind, so
    most additions are turned down before they are brought to canonical form (canonical augmentation, McKay 1998, with a
    cheap invariant, and a table for what ties).
    """
    grown: dict[Diagram, None] = {}
    for number, diagram in enumerate(diagrams):
        output, factors = diagram
        for kind, nodes in _additions(diagram, layouts, outer, limits, factors[-1][0] if factors else 0):
            longer = (*factors, (kind, nodes))
            if _ranks_first(output, longer) and allowed((output, longer)):
                grown[canonical(output, longer)] = None
        if progress is not None and number % 64 == 0:
            progress(len(grown))
    return grown


def _lengthen(
    diagrams: Iterable[Diagram], layouts: Sequence[Layout], outer: Layout, limits: Limits
) -> Iterator[Diagram]:
    """Every diagram with one factor more, the factors kept in order."""
    for diagram in diagrams:
        for addition in _additions(diagram, layouts, outer, limits, 0):
            yield diagram[0], (*diagram[1], addition)


def _renumber(diagram: Diagram) -> Diagram:
    """The same diagram with indices numbered by first appearance, factors first."""
    output, factors = diagram
    numbers: dict[int, int] = {}
    for nodes in (*(nodes for _, nodes in factors), output):
        for node in nodes:
            numbers.setdefault(node, len(numbers))
    named = tuple([(kind, tuple([numbers[node] for node in nodes])) for kind, nodes in factors])
    return tuple([numbers[node] for node in output]), named


def _additions(
    diagram: Diagram, layouts: Sequence[Layout], outer: Layout, limits: Limits, first_kind: int
) -> Iterator[Factor]:
    """Every factor that can be added to a diagram: each slot on an index that is there, or on a new one."""
    output, factors = diagram
    below: dict[tuple[str, int], list[int]] = {}
    fresh = 0
    for layout, nodes in ((outer, output), *((layouts[kind], nodes) for kind, nodes in factors)):
        for slot, node in zip(layout, nodes, strict=True):
            fresh = max(fresh, node + 1)
            here = below.setdefault((slot.axis, nodes[slot.parent] if slot.parent >= 0 else slot.parent), [])
            if node not in here:
                here.append(node)
    for kind in range(first_kind, len(layouts)):
        for nodes in placements(layouts[kind], below, fresh, limits):
            yield kind, nodes


def placements(
    layout: Layout, below: Mapping[tuple[str, int], Sequence[int]], fresh: int, limits: Limits
) -> Iterator[tuple[int, ...]]:
    """Every way to put one tensor's slots on indices; `below` lists the present indices by axis and parent, `fresh` is
    the number of the next new one."""
    chosen = [-1] * len(layout)
    positions = _parents_first(layout)

    def place(step: int, fresh: int) -> Iterator[tuple[int, ...]]:
        if step == len(positions):
            yield tuple(chosen)
            return
        slot = layout[positions[step]]
        parent = chosen[slot.parent] if slot.parent >= 0 else slot.parent
        options = [*below.get((slot.axis, parent), ())]
        for earlier in positions[:step]:
            other = layout[earlier]
            above = chosen[other.parent] if other.parent >= 0 else other.parent
            same = other.axis == slot.axis and above == parent
            if same and chosen[earlier] not in options:
                options.append(chosen[earlier])
        limit = limits[slot.axis]
        for node in options:
            chosen[positions[step]] = node
            yield from place(step + 1, fresh)
        if limit is None or len(options) < limit:
            chosen[positions[step]] = fresh
            yield from place(step + 1, fresh + 1)

    return place(0, fresh)


@lru_cache(maxsize=1024)
def _parents_first(layout: Layout) -> tuple[int, ...]:
    """Slot positions, each after the slot it hangs on."""
    done: list[int] = []
    while len(done) < len(layout):
        done += [
            place for place, slot in enumerate(layout) if place not in done and (slot.parent < 0 or slot.parent in done)
        ]
    return tuple(done)


def _ranks_first(output: tuple[int, ...], factors: Sequence[Factor]) -> bool:
    """Whether the last factor ranks first among those of its kind, by numbers that do not depend on names or order.

    The first number counts on each slot the occurrences of its index; the second, for what ties, sees the neighbours.
    """
    kind, nodes = factors[-1]
    rivals = [other for other_kind, other in factors[:-1] if other_kind == kind]
    if not rivals:
        return True
    weight: dict[int, int] = {}
    for _, other in factors:
        for node in other:
            weight[node] = weight.get(node, 0) + 1
    for place, node in enumerate(output):
        weight[node] = weight.get(node, 0) + (32 << (5 * place))
    mine = [weight[node] for node in nodes]
    tied = False
    for other in rivals:
        theirs = [weight[node] for node in other]
        if theirs < mine:
            return False
        tied = tied or theirs == mine
    if not tied:
        return True
    around = dict.fromkeys(weight, 0)
    for other_kind, other in factors:
        mark = other_kind + 1
        for node in other:
            mark = (mark * 1_000_003 + weight[node]) & _MASK
        for node in other:
            mark = (mark * 69_069 + 1) & _MASK
            around[node] += (mark * mark) & _MASK
    mine = [around[node] for node in nodes]
    return all(
        [weight[node] for node in other] != [weight[node] for node in nodes] or [around[node] for node in other] >= mine
        for other in rivals
    )


_MASK = (1 << 61) - 1
"""Hashes of diagrams keep their lowest 61 bits."""
