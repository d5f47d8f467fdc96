"""Every term of a symmetry, order by order: counted first, then listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from symshare.core.algebra.work import shared_work
from symshare.core.bases.basis import Basis
from symshare.core.counting.burnside import check_size, count
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.beside import check_beside
from symshare.core.notation.orders import MOST_FACTORS, USUAL_ORDER, check_order
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.terms.enumeration import terms
from symshare.core.terms.term import Term
from symshare.errors import TooLargeError, UnknownCharactersError, amount, plural, shown

__all__ = ["CHANNELS", "as_basis", "counted", "derive"]

COUNTED_ANYWAY = 12
"""Orders that are counted also where the terms are too many to list, so that the error can name their number."""

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

    Of a stacked signature (`Signature.stacked`) the terms are forms: those that differ by values of its latent parents only
    are one, as in a layer, whatever these axes' sizes.

    >>> derive("abH", 2)
    Basis('abH', order=2, counts=(1, 4, 17))
    """
    signature = as_signature(signature, depends=depends, axes=axes, sizes=sizes)
    if signature.indexed:
        from symshare.core.bases.forms import check_values, small_stack, unfolded

        if certified:
            check_values(signature, "a certificate")
        few = small_stack(signature, check_order(order))
        return unfolded(derive(few, order, ordered=ordered, max_terms=max_terms, progress=progress), signature)
    counts = counted(signature, order, ordered=ordered, max_terms=max_terms)
    total = 0 if counts is None else sum(counts)
    found: dict[int, tuple[Term, ...]] = {}
    remarks: dict[int, tuple[str, ...]] = {}
    # the highest first: what is too large is refused before anything else is listed
    for degree in range(check_order(order), -1, -1):
        report = None if progress is None else partial(_report, progress, sum(map(len, found.values())), total)
        if signature.groups:
            from symshare.core.bases.under_groups import terms_under_groups  # it brings numpy

            found[degree], remarks[degree] = terms_under_groups(signature, degree, ordered=ordered, progress=report)
        else:
            found[degree] = terms(signature, degree, ordered=ordered, progress=report)
    notes = {note: None for degree in sorted(remarks) for note in remarks[degree]}
    if counts is None and signature.groups and check_order(order) > 1 and signature.has_channels:
        notes[CHANNELS] = None
    listed = tuple(term for degree in sorted(found) for term in found[degree])
    totals = tuple(len(found[degree]) for degree in sorted(found))
    basis = Basis(signature, order, listed, ordered, notes=tuple(notes), totals=totals)
    if not certified:
        return basis
    from symshare.core.bases.certify import certify  # as this does

    return replace(basis, certificate=certify(basis))


def as_basis(
    problem: Basis | Signature | str,
    order: int | None = None,
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    ordered: bool | None = None,
    max_terms: int = 1_000_000,
) -> Basis:
    """A basis as it is, or that of a text or a Signature to an order, by default 1.

    Raises SymshareError where options beside a basis are not its own.

    >>> as_basis("abH"), as_basis("ab", 2, depends=["a->b"]).counts
    (Basis('abH', order=1, counts=(1, 4)), (1, 3, 9))
    """
    if isinstance(problem, Basis):
        own = {"order": (order, problem.order), "ordered": (ordered, problem.ordered)}
        check_beside("basis", problem.signature, own, depends=depends, axes=axes, sizes=sizes)
        return problem
    signature = as_signature(problem, depends=depends, axes=axes, sizes=sizes)
    chosen = USUAL_ORDER if order is None else order
    return derive(signature, chosen, ordered=bool(ordered), max_terms=max_terms)


def _report(progress: Callable[[int, int], None], done: int, total: int, new: int) -> None:
    progress(done + new, total)


def counted(signature: Signature, order: int, *, ordered: bool = False, max_terms: int = 1_000_000) -> list[int] | None:
    """The number of terms of each order from 0, or TooLargeError where they are more than `max_terms` together.

    None where only the list itself tells: a group's characters are not known, or channels let factors be exchanged with
    signs.

    >>> counted(as_signature("ab"), 3)
    [1, 4, 17, 65]
    """
    order = check_order(order)
    apart = order > 1 and not ordered and signature.has_channels
    # with channels at least as many as without, where factors meet at one point
    least = apart and not all(_permuted(signature, one, order) for one, _ in signature.groups)
    if order > MOST_FACTORS and not least:
        check_size(signature, order, ordered=ordered)
    counts: list[int] = []
    with shared_work():
        while len(counts) <= order and (len(counts) <= COUNTED_ANYWAY or sum(counts) <= max_terms):
            try:
                counts.append(count(signature, len(counts), ordered=ordered))
            except UnknownCharactersError:
                return None
            except TooLargeError:
                if sum(counts) <= max_terms:
                    if least:
                        return None
                    raise
                break
    total = sum(counts)
    if total <= max_terms:
        return None if least else counts
    reached = len(counts) - 1
    fitting = max((k for k in range(-1, len(counts)) if sum(counts[: k + 1]) <= max_terms), default=-1)
    lower = (
        f"ask for order {fitting} ({plural(sum(counts[: fitting + 1]), 'term')})" if fitting >= 0 else "lower the order"
    )
    already = "" if reached == order else f" already to order {reached}"
    number = f"at least {plural(total, 'term')}" if least else plural(total, "term")
    known = reached == order and total < 10**20 and not least
    raise TooLargeError(
        f"'{shown(signature, 40)}' to order {order} has {number}{already}, over the limit of {max_terms:,}\n"
        f"  by order: {_listed(counts)}\n"
        f"  {lower if not least else 'lower the order'}"
        + (f", or raise the limit (max_terms, --max-terms) to {total}" if known else "")
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
    return group is not None and group.row.permuted(slots, *group.numbers)
