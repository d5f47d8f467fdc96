"""The parts of each degree of a function near zero, from its values along lines through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from symshare.core.algebra.arrays import Array
from symshare.core.notation.signature import Signature
from symshare.errors import SymshareError, plural
from symshare.nn.distilling.shapes import lengths

__all__ = ["MOST_ORDER", "parts_of"]

NODES = 24
"""Points at which a function is read along a line."""
MOST_ORDER = 12
"""Half of the points: of higher orders these say nothing."""
TAIL = 1e-13
"""The last coefficients of a Chebyshev series, as a share of the largest, where it has come to its end."""
ROUNDING = 4e-15
"""What rounding does at least, as a share of the largest coefficient."""
HALVINGS = 64
"""How often points are brought nearer to zero: to 1e-19 of where inputs are about one."""
FURTHER = 6
"""Intervals that are looked at from the first one on which the series ends: low degrees are best told on short ones."""

Parts = list[tuple[torch.Tensor, ...]]


def parts_of(
    function: Callable[..., Any], signature: Signature, inputs: Sequence[torch.Tensor], order: int
) -> tuple[Parts, list[float]]:
    """The part of each degree of t -> function(t inputs) at t = 1, a tuple of outputs each, and by how much rounding may have
    changed it: from Chebyshev series, on the widest interval about zero on which 24 terms give the function.

    Raises SymshareError where there is none: then the function is not analytic at zero.
    """
    if order > MOST_ORDER:
        raise SymshareError(f"order={order} is more than the values of a function tell\n  give {MOST_ORDER} or less")
    size = max(one.square().mean().sqrt().item() for one in inputs)
    nodes = np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES)
    inverse = np.linalg.inv(np.polynomial.chebyshev.chebvander(nodes, NODES - 1))
    best: list[tuple[float, tuple[torch.Tensor, ...]]] = []
    further = FURTHER
    for halving in range(HALVINGS):
        radius = 0.5**halving / (size or 1.0)
        rows = [_outputs(function, signature, [node * radius * one for one in inputs]) for node in nodes]
        values = [
            torch.stack([row[at] for row in rows]).flatten(1).double().cpu().numpy() for at in range(len(rows[0]))
        ]
        series = [inverse @ one for one in values]
        peak = max(float(np.abs(one).max(initial=0.0)) for one in series)
        tail = max(float(np.abs(one[-4:]).max(initial=0.0)) for one in series)
        if np.isfinite(peak) and tail <= TAIL * peak:
            found = list(_powers(series, rows[0], radius, max(tail, ROUNDING * peak), order))
            best = found if not best else [min(pair, key=lambda one: one[0]) for pair in zip(best, found, strict=True)]
            further -= 1
            if not further:
                break
    if not best:
        raise SymshareError(
            "the function has no expansion at zero: it is not smooth there, or not computed in double precision\n"
            "  leave out what is not (abs, ReLU, a division by the size of inputs), or convert nothing to other types"
        )
    return [part for _, part in best], [noise for noise, _ in best]


def _powers(
    series: Sequence[Array], like: Sequence[torch.Tensor], radius: float, noise: float, order: int
) -> Iterator[tuple[float, tuple[torch.Tensor, ...]]]:
    """The powers of t of Chebyshev series in t / radius, by how much an error of the coefficients may change each; coefficients
    that are no more than such an error are left out."""
    to_powers = np.zeros((NODES, NODES))
    for degree in range(NODES):
        own = np.polynomial.chebyshev.cheb2poly([0] * degree + [1])
        to_powers[: len(own), degree] = own
    told = [place for place in range(NODES) if any(np.abs(one[place]).max(initial=0.0) > noise for one in series)]
    kept = max(told, default=0) + 1
    for degree in range(order + 1):
        weights = to_powers[degree, :kept] / radius**degree
        part = tuple(
            torch.as_tensor(weights @ one[:kept]).reshape(own.shape) for one, own in zip(series, like, strict=True)
        )
        yield noise * max(np.abs(weights).sum(), 1.0 / radius**degree), part


def _outputs(
    function: Callable[..., Any], signature: Signature, inputs: Sequence[torch.Tensor]
) -> tuple[torch.Tensor, ...]:
    """What a function gives, as a tuple of tensors (batch.., *axes, channels) of the signature."""
    given = function(*inputs)
    found = given if isinstance(given, tuple | list) else (given,)
    kinds = (*signature.inputs, *signature.outputs)
    if len(found) != len(signature.outputs) or not all(isinstance(one, torch.Tensor) for one in found):
        told = f"{plural(len(found), 'output')}, and {signature} has {len(signature.outputs)}"
        raise SymshareError(f"the function gives {told}\n  give the symmetry that it has, or make it give tensors")
    names = [*("an input" for _ in inputs), *("what the function gives" for _ in found)]
    lengths(kinds, [*inputs, *found], names, dict(signature.sizes), channels=1)
    return tuple(found)
