"""The coefficients of derived terms from examples, or from the parts of a function near zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from symshare.core.algebra.arrays import Array
from symshare.core.bases.derivation import derive
from symshare.core.counting.burnside import count
from symshare.core.notation.signature import Signature
from symshare.core.notation.sizes import witness_sizes
from symshare.core.terms.term import Term
from symshare.errors import SymshareError, TooLargeError, amount, plural
from symshare.nn.distilling.distilled import Check, Distilled
from symshare.nn.distilling.examples import Example
from symshare.nn.distilling.fitting import fractions
from symshare.nn.distilling.judging import difference
from symshare.nn.distilling.lines import Coefficient, Line, value
from symshare.nn.distilling.reading import MOST_TERMS, channel_names
from symshare.nn.distilling.shapes import lengths
from symshare.nn.distilling.taylor import parts_of

__all__ = ["at_zero", "recovered"]

EXACT = 1e-11
"""What may be left of an exact fit, as a share of the values; of values of low precision 64 of their units."""
NO_PART = 1e-6
"""What may be left of the fit of a function's part, as a share of it, where the function is of the type it should be."""
FAINT = 1e-9
"""Terms of a function that give no more than this share of its largest ones are left out."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the terms of some orders are fitted to: examples, and how far off their outputs may be, as they are."""

    orders: tuple[int, ...]
    examples: Sequence[Example]
    noise: float
    unit: float
    faint: float
    whole: bool
    """Whether the terms have to give all of the outputs."""


def recovered(
    signature: Signature, order: int, examples: Sequence[Example], reduce: str, tolerance: float
) -> tuple[Distilled, int]:
    """The terms of a signature with the coefficients that fit examples best; fractions, where these fit as well. And how many
    terms there are.

    Raises TooLargeError for over 2,000 terms, SymshareError where the examples do not tell all terms apart.
    """
    named, ins, outs = _named(signature, [1] * len(signature.inputs), [1] * len(signature.outputs))
    unit = max(torch.finfo(one.dtype).eps for pair in examples for side in pair for one in side)
    known = _Known(tuple(range(order + 1)), examples, 0.0, unit, max(tolerance, FAINT), whole=False)
    line, number = _fitted(named, [known], reduce, tolerance)
    found = Distilled(signature, ins, outs, None, (line,), None, reduce, channels=False)
    checks = []
    for inputs, outputs in examples:
        sizes = lengths((*signature.inputs, *signature.outputs), (*inputs, *outputs), [""] * (len(ins) + len(outs)), {})
        wide = [one.double() for one in inputs]
        wanted = tuple(one.double() for one in outputs)
        left = difference(found.evaluate(*wide, sizes=sizes), wanted if len(wanted) > 1 else wanted[0])
        checks.append(Check(tuple(sizes.items()), 0.0, left))
    return replace(found, checks=tuple(checks)), number


def at_zero(
    function: Callable[..., Any],
    signature: Signature,
    order: int,
    samples: Sequence[Sequence[torch.Tensor]],
    reduce: str,
    tolerance: float,
) -> Distilled:
    """The terms of a function of inputs (batch.., *axes, channels) up to an order, expanded at zero.

    Raises SymshareError where it has no expansion, or its parts are not made of the terms of the signature.
    """
    plain = signature.without_latents()
    channels = [one.shape[-1] for one in samples[0]]
    parts: list[list[Example]] = [[] for _ in range(order + 1)]
    noises, numbers = [0.0] * (order + 1), [1] * len(plain.outputs)
    named, ins, _ = _named(plain, channels, numbers)
    _check_number(named, order)  # before the function is called at all
    for inputs in samples:
        values, own = parts_of(function, plain, inputs, order)
        numbers = [one.shape[-1] for one in values[0]]
        given = tuple(one[..., place] for one in inputs for place in range(one.shape[-1]))
        for degree, outputs in enumerate(values):
            found = tuple(one[..., place] for one in outputs for place in range(one.shape[-1]))
            parts[degree].append((given, found))
        noises = list(map(max, noises, own))
    named, ins, outs = _named(plain, channels, numbers)
    known = [
        _Known((degree,), examples, 10 * noise, 0.0, FAINT, whole=True)
        for degree, (examples, noise) in enumerate(zip(parts, noises, strict=True))
    ]
    line, _ = _fitted(named, known, reduce, tolerance)
    return Distilled(signature, ins, outs, None, (line,), None, reduce)


def _named(
    signature: Signature, ins: Sequence[int], outs: Sequence[int]
) -> tuple[Signature, tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """The signature with a named tensor for every channel, and the names."""
    taken: set[str] = set()
    inner = channel_names(signature.inputs, "X", ins, taken, own=True)
    outer = channel_names(signature.outputs, "Y", outs, taken, own=True)
    sides = [
        tuple(replace(one, name=name) for one, own in zip(tensors, names, strict=True) for name in own)
        for tensors, names in ((signature.inputs, inner), (signature.outputs, outer))
    ]
    return replace(signature, inputs=sides[0], outputs=sides[1]), inner, outer


def _check_number(signature: Signature, order: int) -> int:
    """The number of terms; TooLargeError where they are too many."""
    number = 0
    for degree in range(order + 1):
        number += count(signature, degree)
        if number > MOST_TERMS:
            raise TooLargeError(
                f"there are {amount(number)} terms to order {degree}, over {MOST_TERMS:,}\n"
                "  ask for a lower order, or for fewer inputs"
            )
    return number


def _fitted(signature: Signature, known: Sequence[_Known], reduce: str, tolerance: float) -> tuple[Line, int]:
    """Least squares, for each output and part by itself."""
    order = max(degree for one in known for degree in one.orders)
    number = _check_number(signature, order)
    basis = derive(signature, order)
    pairs: list[tuple[Term, Coefficient]] = []
    for at in range(len(signature.outputs)):
        for one in known:
            terms = [term for term in basis if term.output == at and term.order in one.orders]
            numbers = _solved(signature, terms, at, one, reduce, tolerance)
            pairs += [(term, number) for term, number in zip(terms, numbers, strict=True) if number != 0]
    return Line(signature, tuple(sorted(pairs, key=lambda pair: pair[0]))), number


def _solved(
    signature: Signature, terms: Sequence[Term], at: int, known: _Known, reduce: str, tolerance: float
) -> list[Coefficient]:
    """The coefficients of the terms of one output."""
    systems = _systems(signature, terms, at, known, reduce)
    matrix, aim = (np.concatenate(own) for own in zip(*systems, strict=True))
    scale = float(np.abs(aim).max(initial=0.0))
    if scale <= known.noise:
        return [0] * len(terms)
    size = np.maximum(np.linalg.norm(matrix, axis=0), 1e-300)
    solution, rank = _least(matrix / size, aim)
    if rank < len(terms):
        least = ", ".join(f"{axis} = {n}" for axis, n in witness_sizes(signature, max(known.orders)).items())
        raise SymshareError(
            f"the examples tell {rank} of {plural(len(terms), 'term')} apart\n"
            f"  give more of them, of values at random, where {least or 'there are no axes'} or more"
        )
    if known.whole:
        _check_whole(signature, known, systems, scale)
    weights = np.abs(solution)
    kept = weights > known.faint * weights.max(initial=0.0)
    if not kept.all():
        solution = np.zeros_like(solution)
        solution[kept] = _least(matrix[:, kept] / size[kept], aim)[0]
    numbers = (solution / size).tolist()
    exact = max(EXACT * scale, 64 * known.unit * scale, known.noise)
    return [*(fractions(numbers, matrix, aim, exact, exact / scale, tolerance) or numbers)]


def _least(matrix: Array, aim: Array) -> tuple[Array, int]:
    """The least squares solution of a matrix (rows, terms), and its rank."""
    if not matrix.shape[1]:
        return np.zeros(0), 0
    solution, _, rank, _ = np.linalg.lstsq(matrix, aim, rcond=1e-11)
    return solution, int(rank)


def _check_whole(signature: Signature, known: _Known, systems: Sequence[tuple[Array, Array]], scale: float) -> None:
    """Refuse a part of a function that the terms do not give."""
    allowed = max(NO_PART * scale, 10 * known.noise)

    def left(matrix: Array, aim: Array) -> float:
        return float(np.abs(matrix @ _least(matrix, aim)[0] - aim).max(initial=0.0))

    most = left(*(np.concatenate(own) for own in zip(*systems, strict=True)))
    if most <= allowed:
        return
    degree = f"the part of degree {known.orders[0]}"
    if all(left(*one) <= allowed for one in systems):
        raise SymshareError(
            f"{degree} has other coefficients at other sizes, as sums of sums have\n  give samples of one size: samples=[x]"
        )
    raise SymshareError(
        f"{degree} is not made of terms of {signature}: {most / scale:.1g} of it is left\n"
        "  give the symmetry that the function has; symshare.nn.check says what it breaks"
    )


def _systems(
    signature: Signature, terms: Sequence[Term], at: int, known: _Known, reduce: str
) -> list[tuple[Array, Array]]:
    """For each example the values of the terms, (rows, terms), and what they have to give, (rows)."""
    axes, found = signature.outputs[at].axes, []
    for inputs, outputs in known.examples:
        output = outputs[at].double()
        given = {str(one.name): x.double() for one, x in zip(signature.inputs, inputs, strict=True)}
        sizes: Mapping[str, int] = dict(zip(axes, output.shape[output.dim() - len(axes) :], strict=True))
        columns = [value(term, given, reduce, sizes).expand(output.shape).flatten() for term in terms]
        rows = torch.stack(columns, -1) if columns else torch.zeros(output.numel(), 0, dtype=torch.float64)
        found.append((rows.numpy(), output.flatten().numpy()))
    return found
