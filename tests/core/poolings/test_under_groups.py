"""Poolings under groups: the numbers of DESIGN.md, and a closure under composition that knows nothing of cuts.

The closure is of diagrams where invariant tensors pair slots, of values at random points elsewhere.
"""

from functools import cache
from itertools import combinations_with_replacement, product

import networkx as nx
import numpy as np
import pytest

import symshare
from symshare.core.algebra.primes import PRIME
from symshare.core.algebra.ranks import rank_profile
from symshare.core.poolings.pools import pools
from symshare.core.poolings.under_groups import closure_of, generated_at, irreducible, irreducible_terms, proof
from symshare.core.terms.evaluation import evaluate
from tests.core.poolings.test_pools_closure import CASES as SET_CASES
from tests.core.poolings.test_pools_closure import (
    composed,
    diagram,
    identities,
    numbered,
    placed,
    plug,
    smallest,
    types,
)
from tests.zoo import ANY_LENGTH, FAMILIES, axes

O3 = {"r": "O(3)"}
TABLE = [
    # the table of DESIGN.md section 4: types, the numbers of orders 2, 3, .., the poolings as they are written there
    ("ar", (0, 3, 0), ["ar,as,as->ar", "ar,bs,bs->ar", "ar,bs,br->as"]),
    ("a,ar", (3, 1, 0), ["a,a->a", "a,ar->ar", "ar,ar->a", "ar,bs,br->as"]),
    ("r,rr", (3, 0), ["rs,rt->st", "r,sr->s", "r,s->rs"]),
    ("a,ar,arr", (3,), ["ars,ast->art", "ar,ars->as", "ar,as->ars"]),
    ("a,ar,aa,aar", (6,), ["ab,ab->ab", "ab,abr->abr", "abr,abr->ab", "ab,bc->ac", "ab,bcr->acr", "abr,bcr->ac"]),
    ("a,b,ab,abr", (3,), ["ab,ab->ab", "ab,abr->abr", "abr,abr->ab"]),
]


def tied(text):
    return [letter for letter in "rs" if letter in text]


@cache
def every(text, order):
    """Every diagram of an order: set slots on any indices, slots of r in pairs."""
    layouts = types(text, ())
    found = set()
    for output in range(len(layouts)):
        for factors in combinations_with_replacement(range(len(layouts)), order):
            kinds = (output, *factors)
            flat = [slot for kind in kinds for slot in layouts[kind]]
            sets = [(letter, None) for letter, _ in flat if letter != "r"]
            for chosen, labels in placed(sets, []):
                for pairs in matchings(sum(letter == "r" for letter, _ in flat)):
                    own, rest = iter(chosen), iter(pairs)
                    indices = [next(rest) + len(labels) if letter == "r" else next(own) for letter, _ in flat]
                    tensors, at = [], 0
                    for kind in kinds:
                        tensors.append((kind, indices[at : at + len(layouts[kind])]))
                        at += len(layouts[kind])
                    found.add(smallest(numbered(tensors)))
    return frozenset(found)


def matchings(number):
    """Every way to pair some slots: the number of its pair for each slot."""
    if number == 0:
        yield []
    elif number % 2 == 0:
        for partner in range(1, number):
            for rest in matchings(number - 2):
                found = [one + 1 for one in rest]
                found.insert(0, 0)
                found.insert(partner, 0)
                yield found


@cache
def chosen(text, order):
    return tuple(diagram(term) for term in pools(text, order, axes=O3))


@pytest.mark.parametrize(("text", "numbers", "named"), TABLE)
def test_numbers_and_poolings_of_the_table(text, numbers, named):
    found = pools(text, len(numbers) + 1, axes=O3)
    assert found.counts[1:] == numbers
    assert found.order_one == symshare.derive(text, 1, axes=O3).of_order(1)
    wanted = [symshare.term(text, one, axes=O3) for one in named]
    operations = [diagram(term) for term in found.order_one if undone(diagram(term), chosen(text, 1))]
    for one in wanted:
        classes = up_to(diagram(one), operations, text)
        assert sum(diagram(term) in classes for term in found.poolings) == 1, one


def undone(one, order_one):
    """Whether an operation of order 1 has an inverse."""
    return any(
        plug(other, [one]) == smallest(((kind, indices), (kind, indices)))
        for other in order_one
        if other[1][0] == one[0][0] and other[0][0] == one[1][0]
        for kind, indices in [one[1]]
    )


def up_to(one, operations, text):
    found, waiting = {one}, [one]
    while waiting:
        for made in around(waiting.pop(), operations, text):
            if made not in found:
                found.add(made)
                waiting.append(made)
    return found


def around(one, operations, text):
    own = identities(text, ())
    kept = [own[kind] for kind, _ in one[1:]]
    for operation in operations:
        if operation[1][0] == one[0][0]:
            yield plug(operation, [one])
        for place, (kind, _) in enumerate(one[1:]):
            if operation[0][0] == kind:
                yield plug(one, [*kept[:place], operation, *kept[place + 1 :]])


CLOSED = [(text, len(numbers) + 1) for text, numbers, _ in TABLE if text not in ("a,ar,aa,aar", "a,b,ab,abr")]


@pytest.mark.parametrize(("text", "order"), CLOSED)
def test_compositions_of_diagrams_give_every_term_and_no_pooling_too_many(text, order):
    """Each part of what lower orders miss that no other part gives needs a pooling of its own, and has one."""
    order_one = [one for one in chosen(text, order) if len(one) == 2]
    below = {}
    for degree in range(1, order + 1):
        wanted = every(text, degree)
        assert len(wanted) == (symshare.count(text, degree, axes={"r": "O(20)"}) if degree < 3 else len(wanted))
        assert composed(chosen(text, order), below, degree, enough=len(wanted)) == wanted
        missing = wanted - composed([one for one in chosen(text, order) if len(one) <= degree], below, degree)
        if degree > 1:
            graph = nx.DiGraph()
            graph.add_nodes_from(missing)
            for one in missing:
                graph.add_edges_from((one, other) for other in around(one, order_one, text) if other in missing)
            parts = nx.condensation(graph)
            highest = [parts.nodes[part]["members"] for part, above in parts.in_degree if above == 0]
            poolings = [one for one in chosen(text, order) if len(one) == degree + 1]
            assert len(poolings) == len(highest)
            assert all(sum(one in part for one in poolings) == 1 for part in highest)
        below[degree] = wanted


@pytest.mark.parametrize(
    ("text", "depends", "order"), [one for one in SET_CASES if one[2] < 5 and one[0] not in ("aa", "abc")]
)
def test_set_axes_alone_need_as_many_as_by_hypergraphs(text, depends, order):
    one = symshare.signature(text, depends=depends)
    by_closure = [len(irreducible(one, order, degree)) for degree in range(2, order + 1)]
    assert by_closure == list(pools(one, order).counts[1:])


# Values


def spread(found, order_one, sizes):
    """Values of each type, with all that operations of order 1 make of them."""
    return {
        kind: independent(
            [
                evaluate(one, value, sizes=sizes)
                for one in order_one
                if one.output == kind
                for value in found[one.factors[0]]
            ]
        )
        for kind in found
    }


def independent(values):
    if not values:
        return []
    rows = np.array([value.ravel() for value in values])
    return [values[place] for place in rank_profile(rows % PRIME, PRIME)]


def reached(terms, one, kinds, sizes, random):
    """How many independent maps of factors of some types there are to each type, by compositions of terms."""
    width = 1 + 400 // min(np.prod([sizes[axis] for axis in tensor.axes], dtype=int) for tensor in one.inputs)
    points = [random.integers(-3, 4, (width, *(sizes[axis] for axis in one.inputs[kind].axes))) for kind in kinds]
    order_one = [term for term in terms if term.order == 1]
    found = {}
    for number in range(1, len(kinds) + 1):
        for inside in combinations_with_replacement(range(len(kinds)), number):
            if len(set(inside)) < number:
                continue
            values = {kind: [] for kind in range(len(one.inputs))}
            if number == 1:
                values[kinds[inside[0]]].append(points[inside[0]])
            for term in terms:
                if 1 < term.order <= number:
                    for groups in shared(inside, term.order):
                        lists = [found[group][kind] for group, kind in zip(groups, term.factors, strict=True)]
                        values[term.output] += [evaluate(term, *taken, sizes=sizes) for taken in product(*lists)]
            found[inside] = spread({kind: independent(own) for kind, own in values.items()}, order_one, sizes)
    return {kind: len(own) for kind, own in found[tuple(range(len(kinds)))].items()}


def shared(items, number):
    """Every way to deal items out to so many places, none empty."""
    for places in product(range(number), repeat=len(items)):
        groups = [tuple(item for item, place in zip(items, places, strict=True) if place == at) for at in range(number)]
        if all(groups):
            yield tuple(groups)


VALUED = [
    ("ar", {"r": "SO(3)"}, 3, (1, 3)),
    ("a,ar", {"r": "SO(3)"}, 2, (4,)),
    ("a,ar", {"r": "SO(2)"}, 2, (3,)),
    ("a,ar,arr", {"r": "SO(3)"}, 2, (1,)),
    ("at", {"t": "C(3)"}, 2, (1,)),
    ("at", {"t": "B(2)"}, 3, None),
    ("a,at", {"t": "B(3)"}, 2, (3,)),
    ("r,s", {"r": "SL(2)", "s": "dual(r)"}, 3, None),
    ("r,s", {"r": "GL(2)", "s": "dual(r)"}, 3, None),
    ("ar,as", {"r": "GL(2)", "s": "dual(r)"}, 3, None),
    ("r", {"r": "Icosahedral"}, 3, None),
    ("r,rr", {"r": "D(3)"}, 2, None),
    ("a,ar", {"r": "U(1)"}, 2, None),
    ("ar", {"r": "Sp(4)"}, 3, (0, 3)),
    ("a,ar", {"r": "Q8(4)"}, 2, None),
]


@pytest.mark.parametrize(("text", "axes", "order", "numbers"), VALUED)
def test_compositions_of_values_give_all_that_are_counted_and_each_pooling_is_needed(text, axes, order, numbers):
    one = symshare.signature(text, axes=axes)
    sizes = {axis: one.size(axis) or order + 1 for tensor in one for axis in tensor.axes}
    found = pools(one, order)
    assert numbers is None or found.counts[1:] == numbers
    listed = [*symshare.terms(one, 1)] if not one.groups else list(found.order_one)

    def total(terms, degree):
        kinds = combinations_with_replacement(range(len(one.inputs)), degree)
        return {
            (own, out): number
            for own in kinds
            for out, number in reached(terms, one, own, sizes, np.random.default_rng(0)).items()
        }

    for degree in range(2, order + 1):
        wanted = {}
        for own, output in total([], degree):
            wanted[own, output] = ordered_number(one, own, output)
        assert total([*listed, *found.poolings], degree) == wanted
        for left in found.of_order(degree):
            rest = [term for term in found.poolings if term != left]
            assert total([*listed, *rest], degree) != wanted, left


def ordered_number(one, kinds, output):
    """The number of maps of some factors, kept apart, from the whole basis with factors in order."""
    listed = ordered_terms(one, len(kinds))
    return sum((term.output, term.factors) == (output, kinds) for term in listed)


@cache
def ordered_terms(one, order):
    from symshare.core.bases.under_groups import terms_under_groups

    found = terms_under_groups(one, order, ordered=True)[0]
    assert len(found) == symshare.count(one, order, ordered=True)
    return found


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - ANY_LENGTH))
def test_poolings_of_every_family(family):
    """Each has them at order 2 and they are terms of it; what proves them is said where there is a group."""
    groups = {axis: group for axis, group in axes(family).items() if axis in "rt"}
    one = symshare.signature("arH,aH" if len(groups) == 1 else "arH,atH", axes=groups)
    found = pools(one, 2)
    if one.groups:
        assert len(found.notes) == 1 and ("exact rank" in found.notes[0]) != ("by diagrams" in found.notes[0])
        assert set(found) <= set(pools(one, 2, rule="none"))
    assert len(found.poolings) <= len(pools(one, 2, rule="none").of_order(2))


def test_what_is_known_at_a_place():
    closure = closure_of(symshare.signature("a,ar", axes=O3), 2)
    assert len(irreducible_terms(closure, 2)) == 3
    assert [
        str(closure.term(one.place, int(one.vector.argmax())))
        for one in generated_at(closure, ((0, 0, 0), ((0,), (0,), (0,))))
    ] == ["a,a->a"]
    assert "every length" in proof(closure)


def test_order_five_of_points():
    assert pools("a,ar", 5, axes=O3).counts == (4, 3, 1, 0, 1)


def test_types_beyond_inputs_and_outputs():
    found = pools("pos:ar,charge:a->ar", 2, axes=O3, types="arr")
    assert [str(tensor) for tensor in found.signature.inputs] == ["ar", "a", "arr"]
    assert found.counts[1:] == (3,)
    assert [str(tensor) for tensor in pools("arH", 2, axes=O3, types=["a"]).signature.inputs] == ["arH", "aH"]
    with pytest.raises(symshare.NotationError, match="'q', which no tensor has"):
        pools("ar", 2, axes=O3, types="aq")


@pytest.mark.parametrize("kind", ["B", "Scaled"])
def test_axes_of_any_length_with_factors_are_refused_with_a_cure(kind):
    with pytest.raises(symshare.SymshareError, match="give the axis its length") as caught:
        pools("ab", 2, axes={"b": kind})
    assert f"b={kind}(4)" in str(caught.value)
    assert pools("ab", 2, axes={"b": f"{kind}(4)"}).counts[0] > 0


def test_the_rule_of_the_article_is_for_permuted_axes():
    with pytest.raises(symshare.SymshareError, match="is for permuted axes"):
        pools("ar", 2, axes=O3, rule="article")
