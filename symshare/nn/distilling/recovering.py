"""The coefficients of derived terms from examples, or from a function near zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from symshare.core.bases.derivation import derive
from symshare.core.counting.burnside import count
from symshare.core.notation.signature import Signature
from symshare.errors import SymshareError, TooLargeError, amount, plural
from symshare.nn.distilling.distilled import Distilled
from symshare.nn.distilling.fitting import rational
from symshare.nn.distilling.lines import Coefficient, Line, value
from symshare.nn.distilling.reading import MOST_TERMS

__all__ = ["Example", "at_zero", "recovered"]

Example = tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]]
"""Inputs (batch.., *axes) and outputs."""
NODES, RADIUS = 24, 0.5
"""Points at which a function is read along a line through zero, and how far out; a Chebyshev series of 24 terms has the first
derivatives of GELU to 1e-12 there."""
EXACT = 1e-9
"""What may be left of a fit, as a share of the values, where coefficients are taken for exact."""


def recovered(
    signature: Signature, order: int, examples: Sequence[Example], reduce: str, tolerance: float
) -> Distilled:
    """The terms of a signature with the coefficients that fit examples best; fractions, where these fit as well.

    Raises TooLargeError for over 2,000 terms, SymshareError where the examples do not tell all terms apart.
    """
    names = _named(signature, [1] * len(signature.inputs), [1] * len(signature.outputs))
    line = _fitted(names[0], order, [examples], reduce, tolerance)
    return Distilled(signature, names[1], names[2], None, (line,), None, reduce, channels=False)


def at_zero(
    function: Callable[..., Any],
    signature: Signature,
    channels: tuple[Sequence[int], Sequence[int]],
    order: int,
    samples: Sequence[Sequence[torch.Tensor]],
    reduce: str,
    tolerance: float,
) -> Distilled:
    """The terms of a function of inputs (batch.., *axes, channels) up to an order, expanded at zero."""
    named, ins, outs = _named(signature.without_latents(), *channels)
    parts: list[list[Example]] = [[] for _ in range(order + 1)]
    for inputs in samples:
        values = _series(function, inputs, order)
        given = tuple(one[..., place] for one in inputs for place in range(one.shape[-1]))
        for degree, outputs in enumerate(values):
            found = tuple(one[..., place] for one in outputs for place in range(one.shape[-1]))
            parts[degree].append((given, found))
    line = _fitted(named, order, parts, reduce, tolerance)
    return Distilled(signature, ins, outs, None, (line,), None, reduce)


def _named(
    signature: Signature, ins: Sequence[int], outs: Sequence[int]
) -> tuple[Signature, tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """The signature with a named tensor for every channel, and the names."""

    def listed(tensors: Sequence[Any], numbers: Sequence[int], letter: str) -> list[tuple[str, ...]]:
        names = [one.name or (letter if len(tensors) == 1 else f"{letter}{at}") for at, one in enumerate(tensors)]
        return [
            (name,) if number == 1 else tuple(f"{name}_{at}" for at in range(number))
            for name, number in zip(names, numbers, strict=True)
        ]

    inner, outer = listed(signature.inputs, ins, "X"), listed(signature.outputs, outs, "Y")
    named = replace(
        signature,
        inputs=tuple(replace(one, name=name) for one, own in zip(signature.inputs, inner, strict=True) for name in own),
        outputs=tuple(
            replace(one, name=name) for one, own in zip(signature.outputs, outer, strict=True) for name in own
        ),
    )
    return named, tuple(inner), tuple(outer)


def _fitted(
    signature: Signature, order: int, examples: Sequence[Sequence[Example]], reduce: str, tolerance: float
) -> Line:
    """Least squares; `examples` by degree, or one list for all degrees together."""
    number = 0
    for degree in range(order + 1):
        number += count(signature, degree)
        if number <= MOST_TERMS:
            continue
        raise TooLargeError(
            f"there are {amount(number)} terms to order {degree}, over {MOST_TERMS:,}\n"
            "  ask for a lower order, or for fewer inputs"
        )
    basis = derive(signature, order)
    pairs: list[tuple[Any, Coefficient]] = []
    for at in range(len(signature.outputs)):
        for degree, own in enumerate(examples):
            terms = [term for term in basis if term.output == at and (len(examples) == 1 or term.order == degree)]
            if terms:
                numbers = _solved(terms, [(inputs, outputs[at]) for inputs, outputs in own], reduce, tolerance)
                pairs += [(term, one) for term, one in zip(terms, numbers, strict=True) if one != 0]
    return Line(signature, tuple(sorted(pairs, key=lambda pair: pair[0])))


def _solved(
    terms: Sequence[Any],
    examples: Sequence[tuple[tuple[torch.Tensor, ...], torch.Tensor]],
    reduce: str,
    tolerance: float,
) -> list[Coefficient]:
    """The coefficients of one output."""
    rows, aims = [], []
    for inputs, output in examples:
        given = _given(terms[0].signature, inputs)
        sizes = dict(
            zip(
                terms[0].output_tensor.axes,
                output.shape[output.dim() - len(terms[0].output_tensor.axes) :],
                strict=True,
            )
        )
        columns = [value(term, given, reduce, sizes).expand(output.shape).flatten().double() for term in terms]
        rows.append(torch.stack(columns, -1))
        aims.append(output.double().flatten())
    matrix, aim = torch.cat(rows).cpu().numpy(), torch.cat(aims).cpu().numpy()
    size = np.maximum(np.linalg.norm(matrix, axis=0), 1e-300)
    solution, _, rank, _ = np.linalg.lstsq(matrix / size, aim, rcond=1e-11)
    if rank < len(terms):
        raise SymshareError(
            f"the examples tell {rank} of {plural(len(terms), 'term')} apart\n"
            "  give more of them, at sizes of axes that differ, none shorter than the order"
        )
    numbers = (solution / size).tolist()
    scale = max(np.abs(aim).max(initial=0.0), 1e-300)
    fractions = [rational(number, tolerance) for number in numbers]
    if all(one is not None for one in fractions):
        left = np.abs(matrix @ np.array([float(one or 0) for one in fractions]) - aim).max()
        if left <= EXACT * max(scale, 1.0):
            return [Fraction(one or 0) for one in fractions]
    weights = np.abs(solution) / max(np.abs(solution).max(), 1e-300)
    return [number if weight > tolerance else 0.0 for number, weight in zip(numbers, weights, strict=True)]


def _given(signature: Signature, inputs: Sequence[torch.Tensor]) -> Mapping[str, torch.Tensor]:
    return {str(one.name): x.double() for one, x in zip(signature.inputs, inputs, strict=True)}


@torch.no_grad()
def _series(function: Callable[..., Any], inputs: Sequence[torch.Tensor], order: int) -> list[tuple[torch.Tensor, ...]]:
    """The parts of each degree of t -> function(t inputs), from its values at Chebyshev points."""
    places = RADIUS * np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES)
    rows = []
    for place in places:
        outputs = function(*(place * one for one in inputs))
        rows.append(outputs if isinstance(outputs, tuple) else (outputs,))
    waves = np.polynomial.chebyshev.chebvander(places / RADIUS, NODES - 1)
    to_powers = np.zeros((NODES, NODES))
    for degree in range(NODES):
        powers = np.polynomial.chebyshev.cheb2poly([0] * degree + [1])
        to_powers[: len(powers), degree] = powers
    weights = (to_powers @ np.linalg.inv(waves))[: order + 1] / RADIUS ** np.arange(order + 1)[:, None]
    return [
        tuple(sum(weight * row[at] for weight, row in zip(own, rows, strict=True)) for at in range(len(rows[0])))
        for own in weights
    ]
