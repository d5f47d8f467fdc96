"""Terms to a plan: written down literally, then rewritten step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Unpack

from symshare.core.bases.basis import Basis
from symshare.core.bases.forms import gathered
from symshare.core.counting.vanishing import first_terms, zero_map
from symshare.core.notation.signature import Signature
from symshare.core.poolings.pooling_set import PoolingSet
from symshare.core.terms.term import Term
from symshare.errors import SymshareError, TooLargeError, plural
from symshare.plans.check import check as checked
from symshare.plans.choices import SOURCES, Choices, PlanOptions, choices, takes_options
from symshare.plans.layout import channels_first
from symshare.plans.literal import literal
from symshare.plans.measured import check_measured
from symshare.plans.naming import input_names
from symshare.plans.outputs import add_small_first
from symshare.plans.pairs import in_pairs
from symshare.plans.rewrites import fan_out, join_reductions, merge_channels, reduce_first, share
from symshare.plans.sources import terms_of
from symshare.plans.sparse import check_sparse
from symshare.plans.standards import standardise_together
from symshare.plans.steps import Plan

__all__ = ["FFT_FROM", "REWRITES", "Settled", "plan", "planned", "settled"]

MOST_FACTORS = 15_000
"""Planning 2,000 factors takes about a second."""
FFT_FROM = 16
"""The length of a cyclic axis from which a convolution goes by FFT (measured by benchmarks/circular.py)."""
REWRITES: tuple[Callable[[Plan], Plan], ...] = (
    reduce_first,
    in_pairs,
    share,
    join_reductions,
    merge_channels,
    channels_first,
    add_small_first,
    standardise_together,
    fan_out,
)
"""The rewrites, in the order they are done; later ones build on what earlier ones left."""


@takes_options
def plan(
    basis: Basis | PoolingSet | Signature | str,
    *,
    rewrites: bool = True,
    check: bool = False,
    **options: Unpack[PlanOptions],
) -> Plan:
    """The steps of a layer that computes every term of a basis, each with coefficients of its own.

    A text or a Signature stands for its terms to `order` (by default 1), with the options that `symshare.signature` takes;
    `only` names those of order 2 and more to keep (`symshare.plans.sources.terms_of`).

    `kind` is `"linear"` (order 1, and a bias for each term of order 0), `"polynomial"` (all orders of the basis) or
    `"pooling"` (every factor of every term mixed to rank R, the results mixed to the output); by default what the basis has,
    and `"pooling"` for a PoolingSet. `reduce` makes every sum over an index a mean or leaves it a sum. Terms of order 2 and
    more get `coefficients` of a chosen rank R (each factor's channels mixed to R, multiplied, mixed to the output's) or
    `"full"` (one array over all input channels and the output channel).

    `normalise_scale` divides every input by its norm first. `normalise_factors` centres one factor of each product and
    divides it by its root mean square over its axes. `circular` (`"fft"`, `"direct"`) overrides how convolutions over cyclic
    axes are computed, which the length of the axis decides. `channels` are the channel numbers to expect (`in`, `out`,
    `rank`): they decide whether two channel matrices in a row are merged. Sizes of axes that the signature has decide the
    order of contractions; a latent axis with dependents is an axis of inputs and outputs, and weights are given for each of its
    values. `form` (`"statements"`, `"tables"`) is how the file of a linear layer is written. Without `rewrites` the plan is
    what the terms say, at full size: the naive plan to compare with. With `check` the plan is verified after every rewrite
    (`symshare.plans.check`).

    Raises TooLargeError for over 15,000 factors, SymshareError for a kind, reduction or coefficients that do not exist, for a
    basis without terms of order 1, and for other latent axes of fixed size.

    >>> print(plan("a"))
    linear layer for a, 3 terms, 6 steps, mean
    result  op      operands  axes   parameters
    t1      bias              ->     bias.__a
    t2      mix     x         a->a   mix.a__a
    x_all   reduce  x         a->
    t3      mix     x_all     ->     mix.a__b
    t4      add     t3, t1    ,->
    t5      add     t2, t4    a,->a
    output 0 (a) = t5
    """
    return planned(settled(basis, options), rewrites=rewrites, check=check)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a plan is made from: a basis or poolings, the same as a basis, the terms of it that the layer has, the choices."""

    source: Basis | PoolingSet
    basis: Basis
    terms: tuple[Term, ...]
    choices: Choices

    def outline(self) -> Plan:
        """The plan without its steps."""
        signature = self.basis.signature
        inputs, _ = input_names(signature)
        return Plan(signature, self.terms, self.choices, inputs, (), (), (), totals=self.basis.totals)


def planned(found: Settled, *, rewrites: bool, check: bool) -> Plan:
    """The plan of terms and choices."""
    if not rewrites and found.choices.sparse:
        raise SymshareError("sparse layers are made with rewrites\n  leave out rewrites=False, or sparse")
    if not rewrites:
        found = replace(found, choices=replace(found.choices, form="statements"))
    made = literal(found.basis, found.terms, found.choices, FFT_FROM)
    if isinstance(found.source, PoolingSet):
        made = replace(made, pools=found.source.rule == "irreducible", lengths=found.source.sizes)
    rewriting = [
        one for one in REWRITES if one is not channels_first or not (found.choices.sparse or found.choices.measured)
    ]
    return _rewritten(made, rewriting if rewrites else (), checked if check else lambda made: None)


def settled(basis: Basis | PoolingSet | Signature | str, options: Mapping[str, Any]) -> Settled:
    """The terms and the choices that some options stand for; raises as `plan` does.

    >>> len(settled("abH", {"reduce": "sum"}).terms)
    5
    """
    if not isinstance(basis, Basis | PoolingSet | Signature | str):
        raise SymshareError(
            f"a plan is made from a Basis, a PoolingSet or a symmetry, not from {basis!r}\n  write the symmetry: 'abH'"
        )
    asked: dict[str, Any] = dict(options)
    sources = {name: asked.pop(name) for name in SOURCES if name in asked}
    basis = terms_of(basis, asked.get("kind"), **{name: one for name, one in sources.items() if one is not None})
    usual = "pooling" if isinstance(basis, PoolingSet) else "linear" if basis.order <= 1 else "polynomial"
    chosen = choices(asked, usual)
    given = basis if isinstance(basis, Basis) else _with_constants(basis)
    terms = tuple(term for term in given.terms if chosen.kind != "linear" or term.order <= 1)
    _check_terms(given, terms, chosen)
    if chosen.sparse:
        check_sparse(given.signature, chosen)
    if chosen.measured:
        check_measured(given.signature, chosen)
    return Settled(basis, *gathered(given, terms), chosen)


def _rewritten(made: Plan, rewrites: Iterable[Callable[[Plan], Plan]], verify: Callable[[Plan], None]) -> Plan:
    """A plan after some rewrites, verified before the first of them and after each."""
    verify(made)
    for rewrite in rewrites:
        made = rewrite(made)
        verify(made)
    return made


def _with_constants(pools: PoolingSet) -> Basis:
    """The poolings, and a constant everywhere (a bias), as a basis."""
    listed = _terms_of_order(pools.signature, 0)
    constants = [term for term in listed if len(set(term.output_indices)) == len(term.output_indices)]
    signature = pools.signature
    return Basis(signature, pools.complete_to, tuple(sorted([*constants, *pools])), notes=())


def _terms_of_order(signature: Signature, order: int) -> tuple[Term, ...]:
    """All terms of one order, whatever the groups."""
    if signature.groups:
        from symshare.core.bases.under_groups import terms_under_groups  # it brings numpy

        return terms_under_groups(signature, order)[0]
    from symshare.core.terms.enumeration import terms as listed

    return listed(signature, order)


def _check_terms(basis: Basis, terms: tuple[Term, ...], chosen: Choices) -> None:
    signature = basis.signature
    factors = sum(term.order for term in terms)
    if factors > MOST_FACTORS:
        raise TooLargeError(
            f"{plural(len(terms), 'term')} of {signature} have {factors:,} factors, over the {MOST_FACTORS:,} that a layer is "
            "made from\n  lower the order, or name the products to keep (--only)"
        )
    free = [axis for axis in signature.latent_axes if axis not in signature.latent_parents]
    sized = [axis for axis in free if signature.size(axis) is not None]
    if sized:
        cure = f"leave out the size of {', '.join(sized)}; the layer takes its channel numbers when it is made"
        raise SymshareError(f"a layer's latent axes are its channels, and {str(signature)!r} fixes them\n  {cure}")
    if not any(term.order for term in terms):
        none = "no terms of order 1 or more to make a layer from"
        cure = "derive it to a higher order" if basis.order else "derive it to order 1 or higher"
        _check_zero(basis, chosen.kind, f"so its basis has {none}; ")
        raise SymshareError(f"{basis!r} has {none}\n  {cure}")
    for output, tensor in enumerate(signature.outputs):
        if not any(term.order and term.output == output for term in terms):
            _check_zero(basis, chosen.kind, "", output)
            named = tensor.written(signature.words)
            raise SymshareError(f"{basis!r} has no term of order 1 or more for the output {named}\n  keep one of them")
    measured = {letter for tensor in signature.inputs for letter in tensor.axes}
    for letter, group in signature.acting:
        if chosen.normalise_scale and letter in measured and not group.orthogonal:
            raise SymshareError(
                f"the norm of an input is not invariant under {letter}={group}\n  leave out normalise_scale (--normalise-scale)"
            )


def _check_zero(basis: Basis, kind: str, found: str, output: int | None = None) -> None:
    """Say so where the symmetry itself leaves nothing but the zero map."""
    highest = min(basis.order, 1) if kind == "linear" else basis.order
    said = zero_map(basis.signature, highest, output=output) if highest else ""
    if said:
        cure = first_terms(basis.signature, highest, output=output)
        # a linear layer leaves out what a basis of higher order has
        cure += ", and for kind='polynomial'" if highest < basis.order else ""
        raise SymshareError(f"{said}\n  {found}{cure}")
