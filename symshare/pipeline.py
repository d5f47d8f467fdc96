"""The flow in one screen: a symmetry, its terms, their certificate, a plan, a layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from symshare.core.bases.basis import Basis
from symshare.core.bases.certificate import Certificate
from symshare.core.counting.burnside import MOST_FACTORS, check_size, count
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.reading import check_order
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.terms.enumeration import terms
from symshare.core.terms.term import Term
from symshare.errors import SymshareError, TooLargeError, UnknownCharactersError, amount, plural, shown

if TYPE_CHECKING:
    from symshare.core.poolings.pools import PoolingSet
    from symshare.plans.network import Network
    from symshare.plans.steps import Plan

__all__ = ["certify", "counted", "derive", "emit", "network", "plan"]

COUNTED_ANYWAY = 12
CHANNELS = (
    "factors carry channels, so that a product which vanishes on one channel may be a term; count takes one channel"
)


def derive(
    signature: Signature | str,
    order: int,
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    ordered: bool = False,
    certified: bool = False,
    max_terms: int = 1_000_000,
    progress: Callable[[int, int], None] | None = None,
) -> Basis:
    """Every equivariant polynomial term of a symmetry, for orders 0 to `order`.

    Takes what `symshare.signature` takes; `sizes`, `ordered` as in `symshare.core.terms.enumeration.terms`. The number of terms
    is known first: above `max_terms` nothing is listed and TooLargeError names the number. `progress` is called with the
    number of terms found and their total. `certified` adds the certificate.

    >>> derive("abH", 2)
    Basis('abH', order=2, counts=(1, 4, 17))
    """
    signature = as_signature(signature, depends=depends, axes=axes, sizes=sizes)
    counts = counted(signature, order, ordered=ordered, max_terms=max_terms)
    total = 0 if counts is None else sum(counts)
    found: dict[int, tuple[Term, ...]] = {}
    remarks: dict[int, tuple[str, ...]] = {}
    # the highest first: what is too large is refused before anything else is listed
    for degree in range(check_order(order), -1, -1):
        report = None if progress is None else partial(_report, progress, sum(map(len, found.values())), total)
        if signature.groups:
            from symshare.core.bases.derivation import contractions

            found[degree], remarks[degree] = contractions(signature, degree, ordered=ordered, progress=report)
        else:
            found[degree] = terms(signature, degree, ordered=ordered, progress=report)
    notes = {note: None for degree in sorted(remarks) for note in remarks[degree]}
    if counts is None and signature.groups and check_order(order) > 1:
        from symshare.core.bases.derivation import has_channels

        if has_channels(signature):
            notes[CHANNELS] = None
    listed = tuple(term for degree in sorted(found) for term in found[degree])
    basis = Basis(signature, order, listed, ordered, notes=tuple(notes))
    return replace(basis, certificate=certify(basis)) if certified else basis


def counted(signature: Signature, order: int, *, ordered: bool = False, max_terms: int = 1_000_000) -> list[int] | None:
    """The number of terms of each order from 0, or TooLargeError where they are more than `max_terms` together.

    None where only the list itself tells: a group's characters are not known, or channels let factors be exchanged with
    signs.

    >>> counted(as_signature("ab"), 3)
    [1, 4, 17, 65]
    """
    order = check_order(order)
    if signature.groups and order > 1 and not ordered:
        from symshare.core.bases.derivation import has_channels

        if has_channels(signature) and not all(_permuted(signature, one, order) for one, _ in signature.groups):
            return None
    if order > MOST_FACTORS:
        check_size(signature, order, ordered=ordered)
    counts: list[int] = []
    while len(counts) <= order and (len(counts) <= COUNTED_ANYWAY or sum(counts) <= max_terms):
        try:
            counts.append(count(signature, len(counts), ordered=ordered))
        except UnknownCharactersError:
            return None
    total = sum(counts)
    if total <= max_terms:
        return counts
    reached = len(counts) - 1
    fitting = max((k for k in range(-1, len(counts)) if sum(counts[: k + 1]) <= max_terms), default=-1)
    lower = (
        f"ask for order {fitting} ({plural(sum(counts[: fitting + 1]), 'term')})" if fitting >= 0 else "lower the order"
    )
    already = "" if reached == order else f" already to order {reached}"
    raise TooLargeError(
        f"'{shown(signature, 40)}' to order {order} has {plural(total, 'term')}{already}, over the limit of {max_terms:,}\n"
        f"  by order: {_listed(counts)}\n"
        f"  {lower}"
        + (f", or raise the limit (max_terms, --max-terms) to {total}" if reached == order and total < 10**20 else "")
    )


def _listed(counts: list[int]) -> str:
    """Numbers by order, as many as a line holds."""
    texts = [amount(number) for number in counts]
    fitting = [place for place in range(1, len(texts) + 1) if len(", ".join(texts[:place])) <= 90]
    return ", ".join(texts[: len(fitting)]) + (", .." if len(fitting) < len(texts) else "")


def _permuted(signature: Signature, letter: str, order: int) -> bool:
    """Whether exchanges of factors permute the diagrams of an axis without signs and without relations."""
    group = signature.group(letter)
    slots = max(one.axes.count(letter) for one in signature.outputs)
    slots += order * max(one.axes.count(letter) for one in signature.inputs)
    stable = group is not None and group.family == "O" and len(group.numbers) == 1 and slots <= 2 * group.size
    return stable or (group is not None and group.family in ("S", "C", "B"))


def _report(progress: Callable[[int, int], None], done: int, total: int, new: int) -> None:
    progress(done + new, total)


def plan(basis: Basis | PoolingSet, **options: Any) -> Plan:
    """The steps of a layer for a basis or a PoolingSet; see `symshare.plans.planning.plan` for the options."""
    from symshare.plans.planning import plan as make

    return make(basis, **options)


def emit(source: Network | Plan | Basis | PoolingSet, **options: Any) -> str:
    """The source text of a torch layer, from a plan or a basis; it imports torch and needs nothing of symshare.

    For a basis or a PoolingSet the options are those of `plan` (`kind`, `reduce`, `coefficients`, `normalise_scale`,
    `normalise_factors`, `circular`, `channels`); a plan has its own, and asking for others raises SymshareError.

    >>> emit(derive("abH", 1)).splitlines()[0]
    '\"\"\"Equivariant linear layer for abH.'
    """
    from symshare.codegen.layer import layer_source
    from symshare.codegen.network import network_source
    from symshare.plans.network import Network
    from symshare.plans.steps import Plan

    given = {name: value for name, value in options.items() if value is not None}
    if isinstance(source, Network):
        if given:
            raise SymshareError(f"a network has its own {', '.join(given)}\n  give them to network(..)")
        return network_source(source)
    if not isinstance(source, Plan):
        return layer_source(plan(source, **given))
    if "channels" in given:
        given["hints"] = tuple(sorted(given.pop("channels").items()))
    for name, value in given.items():
        if getattr(source, name, None) != value:
            made = f"{name}={getattr(source, name, None)!r}"
            raise SymshareError(f"the plan is made with {made}, not {value!r}\n  give it to plan(..)")
    return layer_source(source)


def network(
    signature: Signature | str,
    order: int,
    *,
    depends: Iterable[str] | str = (),
    sizes: Mapping[str, int] | None = None,
    poolings: Iterable[str] = (),
    width: int = 64,
    pool_width: int = 16,
    depth: int = 4,
    rounds: int | None = None,
    reduce: str = "mean",
    normalise_factors: bool = True,
) -> Network:
    """An EinNet: pooling layers from the types of the inputs to themselves, then a linear layer to the outputs.

    The poolings are the irreducible ones up to `order`, or those that `poolings` names. Each input is lifted to `width`
    channels, each pooling works on `pool_width`. Latent axes are channels. With `rounds` the network is recurrent: the same
    layers are applied so many times, values are brought back to size one after each round, outputs may be read after each.
    Raises what `symshare.pools` raises.

    Source: the network of the tutorial "Permutation symmetric networks from the ground up".

    >>> network("abH->aH", 3, depth=2)
    Network('abH->aH', order=3, width=64, depth=2)
    """
    from symshare.core.poolings.pools import pools
    from symshare.plans.network import Network
    from symshare.plans.planning import plan as make

    asked = as_signature(signature, depends=depends, sizes=sizes)
    given = {"width": width, "pool_width": pool_width, "depth": depth}
    for name, number in (given if rounds is None else given | {"rounds": rounds}).items():
        if not isinstance(number, int) or number < 1:
            raise SymshareError(
                f"{name}={number!r} is not a number of channels, layers or rounds\n  give a whole number, 1 or more"
            )
    plain = asked.without_latents()
    types = tuple(dict.fromkeys(replace(tensor, name=None) for tensor in plain.inputs))
    lifted = tuple(types.index(replace(tensor, name=None)) for tensor in plain.inputs)
    inner = replace(plain, inputs=types, outputs=types)
    chosen = tuple(poolings)
    found = pools(inner, order)
    found = found.only(*chosen) if chosen else found
    channels = {"in": width, "out": width, "rank": pool_width}
    layer = make(found, reduce=reduce, normalise_factors=normalise_factors, channels=channels)
    outer = replace(plain, inputs=types, outputs=tuple(replace(tensor, name=None) for tensor in plain.outputs))
    head = make(derive(outer, 1), kind="linear", reduce=reduce)
    return Network(asked, layer, head, lifted, order, width, pool_width, depth, chosen, rounds)


def certify(basis: Basis, *, seed: int = 0) -> Certificate:
    """Check a basis exactly; see `symshare.core.bases.certify.certify`."""
    from symshare.core.bases.certify import certify as check

    return check(basis, seed=seed)
