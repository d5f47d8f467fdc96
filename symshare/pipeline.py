"""The whole way on one page: a symmetry, its terms, their certificate, a plan, a layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Unpack

from symshare.errors import SymshareError
from symshare.plans.choices import SIDES, takes_options

if TYPE_CHECKING:
    from symshare.core.algebra.arrays import Array
    from symshare.core.bases.basis import Basis
    from symshare.core.bases.certificate import Certificate
    from symshare.core.notation.reading import Groups
    from symshare.core.notation.signature import Signature
    from symshare.core.poolings.pooling_set import PoolingSet
    from symshare.core.terms.cost import Cost
    from symshare.core.terms.term import Term
    from symshare.plans.choices import CostOptions, PlanOptions
    from symshare.plans.costs import PlanCosts
    from symshare.plans.network import Network
    from symshare.plans.steps import Plan
    from symshare.plans.weight_network import WeightNetwork

__all__ = ["certify", "cost", "costs", "emit", "evaluate", "plan"]


@takes_options
def plan(
    basis: Basis | PoolingSet | Signature | str,
    *,
    rewrites: bool = True,
    check: bool = False,
    **options: Unpack[PlanOptions],
) -> Plan:
    """The steps of a layer for a symmetry, a basis or a PoolingSet; see `symshare.plans.planning.plan` for the options.

    >>> plan("abH", order=2, depends=["a->b"]).order
    2
    """
    from symshare.plans.planning import plan as make

    return make(basis, rewrites=rewrites, check=check, **options)


@takes_options
def emit(
    source: Network | WeightNetwork | Plan | Basis | PoolingSet | Signature | str,
    *,
    rewrites: bool | None = None,
    check: bool | None = None,
    **options: Unpack[PlanOptions],
) -> str:
    """The source text of a torch layer, from a symmetry, a basis or a plan; it imports torch and needs nothing of symshare.

    The options are those of `plan`; a plan has its own, and asking for others raises SymshareError.

    >>> emit("abH").splitlines()[0]
    '\"\"\"Equivariant linear layer for abH.'
    """
    from symshare.codegen.layer import layer_source
    from symshare.codegen.network import network_source
    from symshare.codegen.tables.choosing import tables_of
    from symshare.codegen.weight_network import weight_network_source
    from symshare.plans.network import Network
    from symshare.plans.planning import planned, settled
    from symshare.plans.steps import Plan
    from symshare.plans.weight_network import WeightNetwork

    asked: dict[str, Any] = {**options, "rewrites": rewrites, "check": check}
    given = {name: value for name, value in asked.items() if value is not None}
    if isinstance(source, Network | WeightNetwork):
        if given:
            raise SymshareError(f"a network has its own {', '.join(given)}\n  give them to network(..)")
        return network_source(source) if isinstance(source, Network) else weight_network_source(source)
    if isinstance(source, Plan):
        _check_plan(source, given)
        return layer_source(source)
    found = settled(source, options)
    if rewrites is not False and not check and tables_of(found.outline()):
        return layer_source(found.outline())  # the tables have all that steps would say
    return layer_source(planned(found, rewrites=rewrites is not False, check=bool(check)))


def _check_plan(made: Plan, given: dict[str, Any]) -> None:
    """Raise SymshareError for options beside a plan that are not those that it is made with."""
    from symshare.core.notation.beside import check_beside

    own = made.choices.options()
    symmetry = {name: given[name] for name in ("depends", "axes", "sizes") if name in given}
    terms = {"order": (given.get("order"), made.order), "ordered": (given.get("ordered"), made.ordered)}
    check_beside("plan", made.signature, terms, **symmetry)
    for name, value in given.items():
        if name not in {*symmetry, *terms} and own.get(name) != value:
            had = f"with {name}={own[name]!r}, not {value!r}" if name in own else f"without {name}={value!r}"
            raise SymshareError(f"the plan is made {had}\n  give it to plan(..)")


@takes_options
def costs(
    source: Plan | Basis | PoolingSet | Signature | str,
    sizes: Mapping[str, int] | None = None,
    **options: Unpack[CostOptions],
) -> PlanCosts:
    """The costs of a plan, or of the plan of a symmetry, a basis or a PoolingSet; see `symshare.plans.costs.costs`.

    `sizes` are the lengths of axes and the channel numbers (`in`, `out`, `rank`) at which numbers are given; of a text or a
    Signature those of axes are fixed as in `symshare.signature`. The other options are those of `plan`.

    >>> costs("aH", {"a": 10, "in": 4, "out": 4}).totals()["flops"]
    436
    """
    from symshare.core.notation.signature import Signature
    from symshare.plans.costs import costs as of_plan
    from symshare.plans.steps import Plan

    if isinstance(source, Plan):
        _check_plan(source, {name: value for name, value in options.items() if value is not None})
        return of_plan(source, sizes)
    lengths = sizes if isinstance(source, str | Signature) else None
    if isinstance(lengths, Mapping):
        lengths = {name: size for name, size in lengths.items() if str(name).rstrip("0123456789") not in SIDES}
        walked = ("pairs", "paths") if options.get("sparse") else ()  # those of supports, which are no axes
        lengths = {name: size for name, size in lengths.items() if not str(name).startswith(walked)}
    return of_plan(plan(source, sizes=lengths, **options), sizes)


def certify(
    basis: Basis | Signature | str,
    *,
    order: int | None = None,
    depends: Iterable[str] | str = (),
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
    ordered: bool | None = None,
    seed: int = 0,
) -> Certificate:
    """Check a basis exactly, or that of a text or a Signature to `order` (by default 1); see
    `symshare.core.bases.certify.certify`.

    >>> certify("abH", order=2).ok
    True
    """
    from symshare.core.bases.certify import certify as check
    from symshare.core.bases.derivation import as_basis

    return check(as_basis(basis, order, depends=depends, axes=axes, sizes=sizes, ordered=ordered), seed=seed)


def evaluate(
    term: Term | str,
    *operands: Array,
    symmetry: Signature | str | None = None,
    depends: Iterable[str] | str = (),
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
    reduce: str = "sum",
) -> Array:
    """The value of a term, one array for each factor; see `symshare.core.terms.evaluation.evaluate`.

    The term may be a text, with the symmetry whose term it is (a text or a Signature, with the options of
    `symshare.signature`), its factors in the order in which they are written. `sizes` also gives the length of output axes
    that no operand has.

    >>> import numpy as np
    >>> evaluate("a,b->a", np.array([1, 2, 3]), np.array([1, 2, 3]), symmetry="a").tolist()
    [6, 12, 18]
    """
    from symshare.core.bases.reading import as_term
    from symshare.core.terms.evaluation import evaluate as value

    if symmetry is None and not isinstance(term, str):
        return value(term, *operands, sizes=sizes, reduce=reduce)
    read = as_term(term, symmetry, depends=depends, axes=axes, sizes=sizes)
    return value(read, *operands, sizes=sizes, reduce=reduce)


def cost(
    term: Term | str,
    sizes: Mapping[str, int] | None = None,
    *,
    symmetry: Signature | str | None = None,
    depends: Iterable[str] | str = (),
    axes: Groups | None = None,
) -> Cost:
    """What one term costs along its best contraction path; see `symshare.core.terms.cost.cost`.

    The term may be a text, with the symmetry whose term it is (a text or a Signature, with the options of
    `symshare.signature`).

    >>> cost("ab,cb,cd->ad", symmetry="abH").order
    'O(a b c)'
    """
    from symshare.core.bases.reading import as_term
    from symshare.core.terms.cost import cost as of_term

    if symmetry is None and not isinstance(term, str):
        return of_term(term, sizes)
    return of_term(as_term(term, symmetry, depends=depends, axes=axes, sizes=sizes))
