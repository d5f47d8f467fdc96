"""The poolings that a deep network of one tensor type needs: those that no composition of poolings of lower order gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from symshare.core.counting.burnside import count
from symshare.core.notation.names import is_moved, spelled
from symshare.core.notation.orders import check_order
from symshare.core.notation.reading import Groups
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.poolings.cuts import components
from symshare.core.poolings.hypergraph import without_pendants
from symshare.core.poolings.irreducible import MOST_TRIED, irreducible_hypergraphs, rootings
from symshare.core.poolings.labels import labels
from symshare.core.poolings.order_one import generators
from symshare.core.poolings.pooling_set import PoolingSet
from symshare.core.poolings.realisation import hypergraph, realised
from symshare.core.poolings.types import with_types
from symshare.core.terms.enumeration import terms
from symshare.core.terms.term import Term
from symshare.errors import SymshareError, TooLargeError, amount, shown

__all__ = ["RULES", "check_one_list", "pooling_types", "pools"]

RULES = ("irreducible", "article", "none")
MOST_TERMS = 200_000
"""Terms that a rule other than `irreducible` lists; chosen, not measured."""

MOST_ORDER = 100
"""The highest order; most types are refused earlier, `ab` at order 100 after 0.4 s."""

CERTAIN = 10_000
"""Steps from which the growth of a search over the last orders is believed; chosen, not measured."""


def pools(
    signature: Signature | str,
    order: int,
    *,
    depends: Iterable[str] | str = (),
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
    types: Iterable[str] | str = (),
    rule: str = "irreducible",
    progress: Callable[[int, int], None] | None = None,
) -> PoolingSet:
    """The poolings from which stacked layers of one tensor type make every map up to an order.

    `rule="irreducible"`, the default, gives a smallest such set: from order 2 on, the terms that no composition of terms of
    lower order gives, also not with operations of order 1 before and after. A pooling is a hypergraph whose edges are its
    factors and its output; it is irreducible when every vertex lies on two edges, when no set of vertices that one tensor
    can carry parts two edges from two others, and when it is none of those that a larger one gives by sums, repetitions and
    diagonals. One stands for all that swaps of axes make of it. Latent axes take no part: channels are mixed between
    poolings. Several types at once (`ab,bc`) are one problem: a cut may fit any of them, and order 1 has maps between them.
    `types` are more tensors that a network may carry; with them inputs and outputs may differ, and all count as types.

    Axes under other groups: a term is a diagram of its set axes times an invariant tensor on the others, and so is what a
    composition makes. Where invariant tensors pair the slots (O(d), O(p,q), Sp, GL) a set of factors is computed first where
    it meets the rest in what a type has, spare slots paired among themselves; this is so for every d. For any other group
    what compositions give is a subspace of invariant tensors, found by exact rank at the lengths of the axes, and the set
    says so (`notes`). Order 1 lists all maps between the types.

    `rule="article"` keeps what five filters of the source article leave: distinct terms; dependencies respected; no pointwise
    product of two shorter ones; one of each class under swaps of axes; no expansion (an index on one tensor only) or
    diagonal. `rule="none"` keeps every independent term.

    The set serves every size; on short axes, where terms depend on each other, fewer may do. `sizes` are those at which
    contraction paths are compared. `progress` is called with the orders done and their number.

    Raises SymshareError where inputs and outputs differ, types have other latent axes, or an axis of any length has factors
    of its values, and TooLargeError, with the number, where a list would be too long.

    >>> print(*pools("abH", 3))
    abH->abH abH->cbH abH->acH abH,abH->abH abH,cbH,cdH->adH
    >>> pools("aaH", 5).counts
    (4, 2, 0, 0, 1)
    >>> print(*pools("a,ar", 3, axes={"r": "O(3)"}).poolings)
    a,a->a ar,ar->a a,ar->ar ar,br,bs->as
    """
    asked = as_signature(signature, depends=depends, axes=axes, sizes=sizes)
    given = pooling_types(with_types(asked, types))
    order = check_order(order)
    _check_asked(rule, order)
    if given.groups:
        return _under_groups(given, order, rule, asked.sizes, progress)
    return _under_permutations(given, order, rule, asked.sizes, progress)


def _under_permutations(
    given: Signature,
    order: int,
    rule: str,
    sizes: tuple[tuple[str, int], ...],
    progress: Callable[[int, int], None] | None,
) -> PoolingSet:
    found: list[Term] = []
    if rule != "irreducible":
        _check_number(given, order)
    order_one = terms(given, 1) if rule == "none" else generators(given)
    if progress is not None:
        progress(1, order)
    budget, used = [MOST_TRIED], list[int]()
    for degree in range(2, order + 1):
        if rule == "irreducible":
            before = budget[0]
            graphs = irreducible_hypergraphs(given, degree + 1, budget)
            used.append(before - budget[0])
            _check_growth(given, used, budget[0], degree, order)
            made = (realised(given, rooted) for graph in graphs for rooted in rootings(graph))
            found += sorted(made, key=lambda term: term.sort_key)
        else:
            found += terms(given, degree) if rule == "none" else _article(given, degree)
        if progress is not None:
            progress(degree, order)
    sizes_given = tuple((axis, size) for axis, size in sizes if is_moved(axis))
    return PoolingSet(given, order, rule, order_one, tuple(found), sizes_given)


def _under_groups(
    given: Signature,
    order: int,
    rule: str,
    sizes: tuple[tuple[str, int], ...],
    progress: Callable[[int, int], None] | None,
) -> PoolingSet:
    from symshare.core.bases.under_groups import terms_under_groups  # they bring numpy
    from symshare.core.poolings.under_groups import closure_of, irreducible, proof

    if rule == "article":
        raise SymshareError(
            f"rule='article' is for permuted axes, and {str(given)!r} has others\n"
            "  leave out the rule, or list all terms: rule='none'"
        )
    found: list[Term] = []
    order_one, notes = terms_under_groups(given, 1)
    if rule == "irreducible":
        notes = (proof(closure_of(given, order)),)
    for degree in range(1, order + 1):
        if degree > 1:
            if rule == "irreducible":
                found += irreducible(given, order, degree)
            else:
                listed, more = terms_under_groups(given, degree)
                found += listed
                notes = (*notes, *(one for one in more if one not in notes))
        if progress is not None:
            progress(degree, order)
    kept = tuple((axis, size) for axis, size in sizes if is_moved(axis))
    return PoolingSet(given, order, rule, order_one, tuple(found), kept, notes)


def _check_asked(rule: str, order: int) -> None:
    if rule not in RULES:
        raise SymshareError(f"rule={rule!r} is not a rule\n  give one of {', '.join(RULES)}")
    if order < 1:
        raise SymshareError(f"order {order} has no poolings\n  ask for order 1 or more")
    if order > MOST_ORDER:
        raise TooLargeError(f"order {order:,} is over the limit of {MOST_ORDER}\n  ask for a lower order")


def _check_growth(signature: Signature, used: list[int], left: int, reached: int, order: int) -> None:
    """Refuse an order whose work, if it goes on growing as over the last two orders, is out of reach."""
    if len(used) < 3 or used[-1] < CERTAIN:
        return
    growth = max(1.0, min(used[-1] / max(1, used[-2]), used[-2] / max(1, used[-3])))
    steps = min(order - reached, 200)
    if steps and used[-1] * growth**steps > 1.25 * left:
        further = next(step for step in range(steps + 1) if used[-1] * growth**step > left / 5)
        raise TooLargeError(
            f"the poolings of '{shown(signature, 40)}' of order {order} would take over {MOST_TRIED:,} steps\n"
            f"  as work grows {growth:.1f} times from order to order\n  ask for order {reached + max(0, further - 1)} or lower"
        )


def pooling_types(signature: Signature) -> Signature:
    """The signature of poolings: the same tensors in and out, set axes of any size, other groups, channels of any number.

    Raises SymshareError for any other.

    >>> from symshare.core.notation.reading import signature
    >>> print(pooling_types(signature("abH", sizes={"H": 3})))
    abH
    """
    check_one_list(signature)
    if signature.monomial:
        named = ", ".join(f"{letter}={group}" for letter, group in signature.named_groups.items())
        first, group = signature.monomial[0]
        raise SymshareError(
            f"{str(signature)!r} has axes under another group ({named})\n"
            "  poolings are known for permuted axes of any length, and for groups of a fixed one: give the axis its length\n"
            f"  ({first}={group}(4), --axis '{first}={group}(4)'), or leave the group out"
        )
    if [tensor.axes for tensor in signature.inputs] != [tensor.axes for tensor in signature.outputs]:
        # one scalar alone is written with a name
        types = [dict.fromkeys(tensor.axes for tensor in side) for side in (signature.inputs, signature)]
        inner, both = (",".join([spelled(axes, signature.words) for axes in one]) or "s:" for one in types)
        raise SymshareError(
            f"{str(signature)!r} gives other tensors than it takes\n"
            f"  a pooling stays within its types, so that layers stack: write {inner!r}"
            + (f", or {both!r} for all of these types (types=.., --types)" if both != inner else "")
        )
    if len({frozenset(tensor.latent_axes) for tensor in signature.inputs}) > 1:
        raise SymshareError(
            f"{str(signature)!r} has tensors with other latent axes than the rest\n"
            "  channels are mixed between poolings: give all tensors the same latent axis, or none"
        )
    grouped = dict(signature.groups)
    return replace(signature, sizes=tuple(pair for pair in signature.sizes if pair[0] in grouped))


def check_one_list(signature: Signature) -> None:
    """Raise SymshareError where the values of a latent axis have lists of their own: a pooling may then have factors at
    different values, which no cut of one value shows.

    >>> check_one_list(as_signature("abH"))
    """
    for latent in signature.latent_parents:
        (child, *_) = signature.children(latent)
        block = str(signature.without_latents([latent]))
        raise SymshareError(
            f"{str(signature)!r} has a list {child} for each value of {latent} ({latent}->{child})\n"
            f"  poolings are known of one list, as factors may be at different values of {latent}\n"
            f"  leave {latent} out ({block!r}), or name products of a polynomial layer (--kind polynomial --only)"
        )


def _check_number(signature: Signature, order: int) -> None:
    """Refuse a list of all terms that would be too long."""
    number = 0
    for degree in range(1, order + 1):
        number += count(signature, degree)
        if number > MOST_TERMS:
            raise TooLargeError(
                f"'{shown(signature, 40)}' has {amount(number)} terms to order {degree}, over the limit of {MOST_TERMS:,}\n"
                "  rule='irreducible' does not list them; or lower the order"
            )


def _article(signature: Signature, order: int) -> list[Term]:
    """What the article's filters leave, of the orders where they apply (the product of two itself stays)."""
    kept: dict[object, Term] = {}
    for term in terms(signature, order):
        tensors = [term.output_indices, *term.factor_indices]
        graph = hypergraph(term)
        if any(len(set(indices)) < len(indices) for indices in tensors) or without_pendants(graph) != graph:
            continue
        output, *factors = graph.edges
        product = all(edge == output for edge in factors)
        if len(components(factors, output)) > 1 and not (order == 2 and product):
            continue
        kept.setdefault(labels(graph, rooted=True)[0], term)
    return list(kept.values())
