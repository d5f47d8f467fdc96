"""Poolings against brute force: diagrams as tuples, composed here.

A tensor is (type, indices), a diagram (output, factors) with indices numbered by first appearance, output first.
"""

from functools import cache, lru_cache
from itertools import chain, combinations, permutations, product

import networkx as nx
import pytest

import symshare
from symshare.core.poolings.pools import pools

CASES = [
    ("a", (), 5),
    ("ab", (), 5),
    ("aa", (), 4),
    ("abc", (), 3),
    ("aab", (), 2),
    ("ab", ("a->b",), 4),
    ("aab", ("a->b",), 3),
    ("abb", ("a->b",), 2),
    ("abc", ("a->b", "b->c"), 3),
    ("abc", ("a->b", "a->c"), 3),
    ("aa,a->aa,a", (), 2),
    ("ab,b->ab,b", (), 3),
    ("ab,bc->ab,bc", (), 3),
    ("ab,aa->ab,aa", ("a->b",), 2),
]


def types(text, depends):
    """The slots of each type: a letter, and the slot it hangs on (the nearest of its parent letter, to the left if any)."""
    above = {child: parent for parent, child in (one.split("->") for one in depends)}
    return [
        [(letter, holder(axes, place, above.get(letter))) for place, letter in enumerate(axes)] for axes in each(text)
    ]


def each(text):
    return text.split("->")[0].split(",")


def holder(axes, place, letter):
    if letter is None or letter not in axes:
        return None
    return axes.rindex(letter, 0, place) if letter in axes[:place] else axes.index(letter)


# Diagrams


def numbered(tensors):
    names = {}
    return tuple([(kind, tuple([names.setdefault(one, len(names)) for one in indices])) for kind, indices in tensors])


@lru_cache(maxsize=100_000)
def smallest(diagram):
    """The least of all orders of the factors that sort them by keys that do not depend on names or on their order."""
    output, *factors = diagram
    keys = [kind for kind, _ in factors]
    for _ in range(3):
        colours = dict.fromkeys(chain(*[indices for _, indices in diagram]), 0)
        for place, index in enumerate(output[1]):
            colours[index] += 1 << place
        for key, (_, indices) in zip(keys, factors, strict=True):
            for place, index in enumerate(indices):
                colours[index] += hash((key, place))
        keys = [hash((kind, *[colours[index] for index in indices])) for kind, indices in factors]
        if len(set(keys)) == len(keys):
            break
    alike = {key: [one for other, one in zip(keys, factors, strict=True) if other == key] for key in sorted(keys)}
    orders = product(*map(permutations, alike.values()))
    return min([numbered([output, *chain(*order)]) for order in orders])


def plug(outer, inners):
    """The diagram that `outer` makes of `inners`, one per factor; sums of ones are left out."""
    above = list(range(sum(len(indices) for one in (outer, *inners) for _, indices in one)))
    start = sum(len(indices) for _, indices in outer)
    tensors = [outer[0]]
    for (_, taken), inner in zip(outer[1:], inners, strict=True):
        for one, other in zip(taken, inner[0][1], strict=True):
            other += start
            while above[one] != one:
                one = above[one]
            while above[other] != other:
                other = above[other]
            above[max(one, other)] = min(one, other)
        tensors += [(kind, [start + index for index in indices]) for kind, indices in inner[1:]]
        start += sum(len(indices) for _, indices in inner)
    for index, lower in enumerate(above):
        above[index] = above[lower]
    return smallest(numbered([(kind, [above[index] for index in indices]) for kind, indices in tensors]))


def shares(total, number):
    """Every way to write a total as so many numbers from 1."""
    if number == 1:
        return [(total,)]
    return [(first, *rest) for first in range(1, total - number + 2) for rest in shares(total - first, number - 1)]


def saturated(found, order_one):
    """All that operations of order 1 make of diagrams."""
    found, waiting = set(found), list(found)
    while waiting:
        inner = waiting.pop()
        for outer in order_one:
            if outer[1][0] == inner[0][0]:
                made = plug(outer, [inner])
                if made not in found:
                    found.add(made)
                    waiting.append(made)
    return found


def composed(generators, below, order, *, enough=None, halved=False):
    """All diagrams of an order that generators make of diagrams of lower orders, `below`, with order 1 after them.

    Operations of order 1 before a generator are in the diagrams that it is applied to. With `enough` there is no need to
    go on; `halved` is for generators that are the same up to swaps of axes when their factors change places.
    """
    order_one = [one for one in generators if len(one) == 2]
    if order == 1:
        kinds = {one[0][0]: one[0] for one in generators}
        own = [((kind, tuple(range(len(indices)))),) * 2 for kind, (_, indices) in kinds.items()]
        return saturated(own, order_one)
    by_kind = {degree: {} for degree in below}
    for degree, diagrams in below.items():
        for one in diagrams:
            by_kind[degree].setdefault(one[0][0], []).append(one)
    found = set()
    for outer in generators:
        if not 3 <= len(outer) <= order + 1:
            continue
        for degrees in shares(order, len(outer) - 1):
            if halved and list(degrees) != sorted(degrees):
                continue
            lists = [by_kind[degree].get(kind, []) for degree, (kind, _) in zip(degrees, outer[1:], strict=True)]
            for inners in product(*lists):
                found.add(plug(outer, inners))
            if enough is not None and len(found) == enough:
                return found
    return saturated(found, order_one)


# Every diagram of an order


def placed(layout, labels):
    """Every way to put indices on the slots of one tensor, old ones or new ones, and the labels of all indices then.

    A label is the letter of an index and the index it belongs to.
    """

    def depth(place):
        return 0 if layout[place][1] is None else 1 + depth(layout[place][1])

    slots = sorted(range(len(layout)), key=depth)

    def fill(chosen, labels):
        if len(chosen) == len(slots):
            yield [chosen[place] for place in range(len(slots))], labels
            return
        letter, above = layout[slots[len(chosen)]]
        label = (letter, None if above is None else chosen[above])
        old = [index for index, other in enumerate(labels) if other == label]
        for index in [*old, len(labels)]:
            yield from fill({**chosen, slots[len(chosen)]: index}, labels if index in old else [*labels, label])

    return fill({}, labels)


def labels_of(layouts, one):
    """The labels of the indices of a diagram, by their numbers."""
    found = {}
    for kind, indices in one:
        for index, (letter, above) in zip(indices, layouts[kind], strict=True):
            found[index] = (letter, None if above is None else indices[above])
    return [found[index] for index in range(len(found))]


@cache
def everything(text, depends, order):
    """Every diagram of an order: those of one order less with one more factor, in every way."""
    layouts = types(text, depends)
    if order == 0:
        return frozenset(
            smallest(((kind, tuple(indices)),))
            for kind, layout in enumerate(layouts)
            for indices, _ in placed(layout, [])
        )
    return frozenset(
        smallest(numbered([*one, (kind, indices)]))
        for one in everything(text, depends, order - 1)
        for kind, layout in enumerate(layouts)
        for indices, _ in placed(layout, labels_of(layouts, one))
    )


def diagram(term):
    tensors = zip((term.output, *term.factors), (term.output_indices, *term.factor_indices), strict=True)
    return smallest(numbered(list(tensors)))


def full(text, depends, order):
    """Every diagram up to an order."""
    return {degree: everything(text, depends, degree) for degree in range(1, order + 1)}


@cache
def generators(text, depends, order):
    return tuple(diagram(term) for term in pools(text, order, depends=depends))


@pytest.mark.parametrize(("text", "depends", "order"), CASES)
def test_the_diagrams_here_are_the_terms(text, depends, order):
    for degree, found in full(text, depends, order).items():
        terms = symshare.terms(symshare.signature(text, depends=depends), degree)
        assert {diagram(term) for term in terms} == found
        assert len(terms) == len(found)


@pytest.mark.parametrize(("text", "depends", "order"), CASES)
def test_compositions_give_every_term(text, depends, order):
    assert set(identities(text, depends).values()) <= set(generators(text, depends, order))
    below = {}
    for degree, wanted in full(text, depends, order).items():
        found = composed(generators(text, depends, order), below, degree, enough=len(wanted))
        assert found == wanted
        below[degree] = found


@pytest.mark.parametrize(("text", "depends", "order"), CASES)
def test_none_can_be_left_out(text, depends, order):
    every = full(text, depends, order - 1)
    chosen = generators(text, depends, order)
    for one in chosen:
        degree = len(one) - 1
        if one not in identities(text, depends).values():
            rest = [other for other in chosen if other != one and len(other) <= len(one)]
            assert one not in composed(rest, {lower: every[lower] for lower in range(1, degree)}, degree)


def identities(text, depends):
    return {
        kind: ((kind, tuple(range(len(layout)))), (kind, tuple(range(len(layout)))))
        for kind, layout in enumerate(types(text, depends))
    }


@pytest.mark.parametrize(("text", "depends", "order"), CASES)
def test_no_smaller_set_of_products_will_do(text, depends, order):
    """What lower orders do not give falls apart under order 1; each part that none is above needs a pooling of its own."""
    order_one = [one for one in generators(text, depends, order) if len(one) == 2]
    for degree in range(2, order + 1):
        every = full(text, depends, degree)
        lower = [one for one in generators(text, depends, order) if len(one) <= degree]
        missing = every.pop(degree) - composed(lower, every, degree)
        graph = nx.DiGraph()
        graph.add_nodes_from(missing)
        for one in missing:
            graph.add_edges_from((one, other) for other in around(one, order_one, text, depends) if other in missing)
        parts = nx.condensation(graph)
        highest = [set(parts.nodes[part]["members"]) for part, degree_in in parts.in_degree if degree_in == 0]
        poolings = [one for one in generators(text, depends, order) if len(one) == degree + 1]
        assert len(poolings) == len(highest)
        assert all(sum(one in part for one in poolings) == 1 for part in highest)


def around(diagram, order_one, text, depends):
    """What one operation of order 1 makes of a diagram, before one of its factors or after it."""
    own = identities(text, depends)
    kept = [own[kind] for kind, _ in diagram[1:]]
    for one in order_one:
        if one[1][0] == diagram[0][0]:
            yield plug(one, [diagram])
        for place, (kind, _) in enumerate(diagram[1:]):
            if one[0][0] == kind:
                yield plug(diagram, [*kept[:place], one, *kept[place + 1 :]])


@pytest.mark.parametrize(("text", "depends"), [(text, depends) for text, depends, _ in CASES])
def test_no_smaller_set_of_order_one_will_do(text, depends):
    own = identities(text, depends).values()
    every = sorted(everything(text, depends, 1) - set(own))
    table = {
        (outer, inner): plug(outer, [inner])
        for outer, inner in product(every, [*every, *own])
        if outer[1][0] == inner[0][0]
    }
    number = sum(len(one) == 2 for one in generators(text, depends, 1)) - len(own)
    for chosen in combinations(every, number - 1):
        found, waiting = set(own), list(own)
        while waiting:
            inner = waiting.pop()
            new = {table[outer, inner] for outer in chosen if (outer, inner) in table} - found
            found |= new
            waiting += new
        assert len(found) < len(every) + len(own)


def test_matrices_need_the_complete_graph_at_order_five():
    """Products of lower order leave 16 terms out of 52,505; they are what swaps make of one pooling."""
    every = full("aa", (), 4)
    chosen = generators("aa", (), 5)
    below = composed([one for one in chosen if len(one) < 6], every, 5, halved=True)
    assert len(below) == 52_489
    swaps = {one for one in every[1] if len(one[0][1]) == 2 and set(one[0][1]) == set(one[1][1]) == {0, 1}}
    assert len(swaps) == 2
    last = composed([one for one in chosen if len(one) in (2, 6)], {1: swaps}, 5)
    assert len(last - below) == 16
    assert len(last | below) == symshare.count("aa", 5) == 52_505
