"""Networks that read networks: equivariant layers on all weights, with an invariant end or one that gives weights."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any

import torch

from symshare.core.bases.derivation import derive
from symshare.core.notation.names import is_moved
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.poolings.pools import pools
from symshare.errors import SpecError, SymshareError, TooLargeError, shown
from symshare.nn.compiling import load
from symshare.pipeline import emit, plan
from symshare.plans.activations import ACTIVATIONS
from symshare.plans.messages import messages_along
from symshare.plans.planning import settled
from symshare.plans.steps import Plan
from symshare.plans.weight_network import WeightNetwork
from symshare.weights.features import Features

__all__ = ["WeightNet", "weight_network"]

MOST_PARAMETERS = 50_000_000
"""Parameters that a net has at most, unless more are asked for; 200 MB in single precision."""
MOST_TERMS = 100_000
CHANNELS = "Features"
KEEPING = {"positive": ("leaky_relu", "relu", "none"), "sign": ("tanh", "sin", "none")}
"""What keeps maps that commute with positive scales, or with signs, so; the usual one first."""


def WeightNet(  # noqa: N802
    features: Features,
    out: int | None = None,
    *,
    max_parameters: int = MOST_PARAMETERS,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
    **options: Any,
) -> torch.nn.Module:
    """A network on the weights of a module: the one that `symshare emit --network weights` writes, made at once.

    `features` says how states become tensors. With `out` the net gives so many numbers for each state, which no permutation
    of its units changes: for regression and classification. Without it gives tensors with one entry (or `entries`) for each
    weight, moved as the weights are: `Features.states` makes states of them. The tensors are its arguments, by name or in
    order. The options are those of `weight_network`. One of over `max_parameters` is a TooLargeError before anything is
    allocated.

    >>> from symshare.weights import spec
    >>> module = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    >>> features = Features(spec(module, (torch.zeros(1, 3),)))
    >>> net = WeightNet(features, out=10, width=4, depth=2)
    >>> net(**features([module.state_dict()] * 7)).shape
    torch.Size([7, 10])
    """
    made = weight_network(features, out, **options)
    if made.parameters > max_parameters:
        raise TooLargeError(
            f"the net has {made.parameters:,} parameters, over max_parameters={max_parameters:,}\n"
            "  take a smaller width, or rank=16 where inputs and outputs are many"
        )
    net: torch.nn.Module = load(emit(made)).WeightNet(device=device, dtype=dtype)
    return net


def weight_network(
    features: Features,
    out: int | None = None,
    *,
    width: int = 16,
    depth: int = 3,
    order: int = 1,
    messages: bool = False,
    exact: bool = False,
    entries: int = 1,
    rank: int | None = None,
    pool_width: int = 8,
    positions: int = 0,
    activation: str | None = None,
    normalise: bool = True,
    residual: bool = True,
    dropout: float = 0.0,
) -> WeightNetwork:
    """What a `WeightNet` is, before anything is allocated: its layers, its terms, the number of its `parameters`.

    `width` is the number of channels of each tensor, `depth` the number of layers. Between them are a norm of the channels of
    each entry, an `activation`, residual sums. Fixed axes (inputs and outputs, kernels) are channels of the first layer and
    of the last; where they are many, `rank` mixes the channels of each tensor to so many by itself before.

    With `order=2` layers also have the irreducible products of two tensors, of `pool_width` channels. With `messages=True` they
    mix tensors of the same axes entry by entry, and between them `pool_width` channels of values move along the weights: times
    a weight and summed, forward, back, and to numbers (message passing, arXiv 2403.12143). `positions` gives the values of axes
    that `Features.permute` names so many learned channels (arXiv 2302.14040). With `exact` the net commutes with the scales
    and signs of the spec as well, by terms of order 2. The linear layers are all that there are on the weights, for any module
    with a spec (for perceptrons and convolutions arXiv 2302.14040 has them).

    >>> from symshare.weights import spec
    >>> module = torch.nn.Sequential(torch.nn.Linear(784, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    >>> found = spec(module, (torch.zeros(1, 784),))
    >>> [weight_network(Features(found), 10, rank=rank).parameters // 1000 for rank in (None, 4)]
    [102, 19]
    """
    _check(features, out, width=width, depth=depth, entries=entries, rank=rank, pool_width=pool_width)
    _check_more(order, positions, dropout, normalise=normalise, residual=residual, messages=messages)
    kinds = _kinds(features, order, positions, messages=messages) if exact else set()
    hidden = _signatures(features, exact=exact)[0]
    products, types = _products(hidden) if order == 2 else (None, ())
    return WeightNetwork(
        **_given(features, out, exact=exact, entries=entries),
        messages=messages_along(hidden, _lengths(features)) if messages else (),
        products=products,
        types=types,
        places=_positions(features, positions),
        out=out,
        width=width,
        depth=depth,
        rank=rank,
        pool_width=pool_width,
        positions=positions,
        activation=_activation(activation, kinds),
        normalise="" if not normalise or "positive" in kinds else "rms" if kinds else "layer",
        residual=residual,
        dropout=float(dropout),
    )


def _given(features: Features, out: int | None, *, exact: bool, entries: int) -> dict[str, Any]:
    """What a network is from its features alone: its linear layers, and where its tensors are in states."""
    hidden, invariant = _signatures(features, exact=exact)
    parts, scales = features.tables
    return {
        "module": features.spec.module,
        "layer": _plan(hidden, exact=exact),
        "head": None if out is None else _plan(invariant, exact=exact),
        "given": features.channels,
        "ends": tuple(prod(part["fixed"]) * entries for part in parts.values()),
        "parts": parts,
        "scales": scales,
        "seeds": features.seeds if features.canonical else (),
        "seed": features.seed,
        "permute": features.permuted,
        "entries": features.entries,
        "each": entries,
        "fourier": features.fourier,
    }


def _check_more(order: int, positions: int, dropout: float, **flags: object) -> None:
    """Refuse an order, a number of positions, a part to drop or a choice that is none."""
    for name, flag in flags.items():
        if not isinstance(flag, bool):
            raise SpecError(f"{name}={flag!r} is not True or False\n  give one of them")
    if isinstance(positions, bool) or not isinstance(positions, int) or positions < 0:
        raise SpecError(f"positions={positions!r} is not a whole number, 0 or more\n  give one")
    if isinstance(order, bool) or order not in (1, 2):
        raise SpecError(
            f"order={order!r} is not 1 or 2\n  take more layers, or symshare.nn.EinNet(spec.layer_signature, ..)"
        )
    if flags["messages"] and order == 2:
        raise SpecError("messages are products of order 2 already\n  leave out order=2")
    if isinstance(dropout, bool) or not isinstance(dropout, int | float) or not 0 <= dropout < 1:
        raise SpecError(f"dropout={dropout!r} is not from 0 to 1\n  give a part, 0.1")


def _check(features: object, out: int | None, **numbers: int | None) -> None:
    """Refuse numbers that are none, and what are no features."""
    for name, number in {**numbers, "out": out}.items():
        if number is None and name in ("rank", "out"):
            continue
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise SpecError(f"{name}={number!r} is not a whole number, 1 or more\n  give one")
    if out is not None and (numbers["entries"] or 1) > 1:
        raise SpecError(
            f"entries={numbers['entries']} is of weights, and out={out} of numbers\n  leave out one of them"
        )
    if not isinstance(features, Features):
        raise SpecError(f"features is {shown(repr(features))}\n  give Features(spec)")


def _lengths(features: Features) -> list[list[int]]:
    """For each tensor the lengths of the axes that layers have indices on."""
    both = zip(features.symmetry.places, features.layouts().values(), strict=True)
    return [[place.sizes[at] for at in own] for place, (own, _) in both]


def _kinds(features: Features, order: int, positions: int, *, messages: bool) -> set[str]:
    """The kinds of scales that an exact net commutes with."""
    if features.canonical:
        raise SpecError("canonical states have no scales left\n  leave out exact=True, or canonical=True")
    if order == 2:
        raise SpecError("layers that commute with scales have terms of order 2 already\n  leave out order=2")
    if messages:
        raise SpecError("messages with biases between do not commute with scales\n  leave out messages=True")
    if positions:
        raise SpecError(
            "learned positions do not change with scales as weights do\n  leave out positions, or exact=True"
        )
    if features.fourier or features.statistics is not None:
        raise SpecError("waves and statistics of values change with scales\n  leave them out, or exact=True")
    symmetry = features.symmetry
    for axis, one in symmetry.factors.items():
        if not one.name:
            what = f"the scales of {axis} cannot be kept: {one.why}"
            raise SpecError(f"{what}\n  take Features(spec, canonical=True), without exact=True")
    if not symmetry.factors:
        raise SpecError(f"the signature of {features.spec.module} has no scales or signs\n  leave out exact=True")
    return {one.kind for one in symmetry.scales}


def _activation(given: str | None, kinds: set[str]) -> str:
    """What is done with values between layers; raises SpecError for what does not keep scales or signs."""
    allowed = [one for one in ACTIVATIONS if all(one in KEEPING[kind] for kind in kinds)]
    if given is None:
        return "gelu" if not kinds else KEEPING[next(iter(kinds))][0] if len(kinds) == 1 else "none"
    if given not in ACTIVATIONS:
        raise SpecError(f"activation={given!r} is none\n  give one of {', '.join(ACTIVATIONS)}")
    if given not in allowed:
        raise SpecError(f"{given} does not commute with the scales of the weights\n  give one of {', '.join(allowed)}")
    return given


def _signatures(features: Features, *, exact: bool) -> tuple[Signature, Signature]:
    """The symmetry of a layer between layers, one latent axis for all channels, and that of its invariants."""
    symmetry = features.symmetry
    given = (symmetry if exact else replace(symmetry, scales=())).layer_signature
    sized = set(given.latent_parents)
    taken = {axis.lower() for tensor in given for axis in tensor.axes}
    name = CHANNELS
    while name.lower() in taken:
        name += "_"
    tensors = tuple(one.only(lambda axis: is_moved(axis) or axis in sized).beside(name) for one in given.inputs)
    hidden = replace(given, inputs=tensors, outputs=tensors, arrow=False)
    return hidden, replace(given, inputs=tensors, outputs=(Tensor((name,)),), arrow=True)


def _plan(one: Signature, *, exact: bool) -> Plan:
    """The plan of a layer: tables for linear ones, else terms of order 2 too, as statements."""
    if exact:
        _check_given(one)
        return plan(one, order=2, kind="polynomial", max_terms=MOST_TERMS)
    return settled(one, {"form": "tables", "max_terms": MOST_TERMS}).outline()


def _check_given(one: Signature) -> None:
    """Refuse an output that no term of order 1 or 2 gives, which scales leave nothing for."""
    given = {term.output for term in derive(one, 2, max_terms=MOST_TERMS) if term.order}
    if len(given) < len(one.outputs):
        what = "no product of two weights commutes with all scales"
        raise SpecError(f"{what}, as an exact net needs\n  take Features(spec, canonical=True), without exact=True")


def _products(hidden: Signature) -> tuple[Plan, tuple[int, ...]]:
    """The irreducible poolings of order 2 between the types of the tensors, and the type of each tensor."""
    if hidden.latent_parents:
        what = f"products of blocks along {hidden.latent_parents[0]} are not offered"
        raise SpecError(f"{what}\n  take order=1, or find the spec of one block")
    plain = [replace(tensor, name=None) for tensor in hidden.inputs]
    types = tuple(dict.fromkeys(plain))
    try:
        found = pools(replace(hidden, inputs=types, outputs=types), 2)
    except TooLargeError:
        raise TooLargeError(f"the products of {len(types)} types of tensors are too many\n  take order=1") from None
    made = {term.output for term in found.poolings}
    same = [
        term
        for term in found.order_one
        if term.output not in made and term.factors == (term.output,) and term.factor_indices[0] == term.output_indices
    ]
    kept = found.only(*found.poolings, *same)
    return plan(kept, normalise_factors=True), tuple(map(types.index, plain))


def _positions(features: Features, positions: int) -> tuple[tuple[tuple[str, int, int], ...], ...]:
    """For each tensor the axes that have learned positions: names, places among the axes with indices, lengths."""
    symmetry = features.symmetry
    if not positions:
        return tuple(() for _ in symmetry.places)
    fixed = {one.name for one in features.spec.axes if not one.fixed}
    words = {name: own[0] for repeat in symmetry.repeats for name, own in repeat.axes}
    moved = {new.name: old.name not in fixed for old, new in zip(features.spec.axes, symmetry.axes, strict=True)}
    unfixed = {axis.name for axis in symmetry.permuted}
    found = []
    for place, (own, _) in zip(symmetry.places, features.layouts().values(), strict=True):
        axes = [(place.axes[at], number, place.sizes[at]) for number, at in enumerate(own)]
        first = [(words.get(axis, axis), axis, number, size) for axis, number, size in axes]
        found.append(tuple((axis, n, size) for one, axis, n, size in first if one in unfixed and moved.get(one)))
    if not any(found):
        raise SymshareError(
            f'positions={positions} are of axes that are permuted beside\n  say Features(spec, permute="ends")'
        )
    return tuple(found)
