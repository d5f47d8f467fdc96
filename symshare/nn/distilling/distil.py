"""From a trained network, a function or examples to terms with coefficients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from symshare.core.bases.basis import Basis
from symshare.core.bases.certify import certify
from symshare.core.notation.reading import Groups
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.errors import SymshareError, shown
from symshare.nn.distilling.distilled import Check, Distilled
from symshare.nn.distilling.examples import read_examples
from symshare.nn.distilling.judging import (
    Error,
    Judge,
    check_exact,
    doubled,
    drawn,
    free_lengths,
    judge,
    listed,
    times_of,
)
from symshare.nn.distilling.reading import expanded, numbers_of, power_of, reduce_of, source_of
from symshare.nn.distilling.recovering import at_zero, recovered
from symshare.nn.distilling.shapes import lengths
from symshare.nn.distilling.simplifying import gauged, simplified

__all__ = ["distil"]

Samples = Sequence[torch.Tensor | Sequence[torch.Tensor]]
TOLERANCE = 1e-3


@torch.no_grad()
def distil(
    source: Any,
    *,
    order: int | None = None,
    symmetry: Signature | str | None = None,
    depends: Iterable[str] | str | None = None,
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
    samples: Samples = (),
    error: Callable[..., float] | None = None,
    what: str = "error",
    rounds: int | None = None,
    reduce: str | None = None,
    tolerance: float = TOLERANCE,
    simplify: bool = True,
) -> Distilled:
    """What a network has learned: its terms with their coefficients, as few and as short as its outputs allow.

    `source` is a generated layer or network without nonlinearities, whose layers are multiplied out into their terms over all
    choices of channels (untied layers: a line each). With `simplify` terms are left out and coefficients fitted anew and
    rounded, as long as `error(outputs, *inputs)` on the `samples` (inputs as the network takes them, one or a tuple each, at
    sizes of your choice) grows by a share of `tolerance` at most; of a recurrent network the outputs are those after each of
    `rounds`. Without `error` it is the mean difference from the network, as a share of its outputs, and `tolerance` bounds it.
    `sizes` are the lengths of axes that only outputs have.

    With `order` a network with nonlinearities, or any function, is expanded at zero: `symmetry` says of what type it is where
    it is no generated one. A sequence of examples, pairs of inputs and outputs (batch.., *axes), is fitted by the terms of
    `symmetry` to the order; coefficients within `tolerance` of fractions with which the fit is exact, to the precision of the
    examples, are these fractions.

    Raises SymshareError where the source is no polynomial (saying what it has), where a function has no expansion at zero or
    is not of its type, or where examples do not tell the terms apart; TooLargeError for over 2,000 terms.

    >>> x = torch.randn(50, 4, dtype=torch.float64)
    >>> print(*distil([(x, x.var(-1, correction=0))], symmetry="a->", order=2, reduce="mean").texts())
    Y <- mean[X:a,X:a->] - mean[X:a,X:b->]
    """
    _check_numbers(order, tolerance, reduce)
    group: dict[str, Any] = {"depends": depends, "axes": axes}
    judged: dict[str, Any] = {"error": error, "rounds": rounds}
    if not callable(source):
        _check_absent("examples are fitted by terms", {**judged, "samples": len(samples) or None})
        asked = {**group, "depends": depends or (), "sizes": sizes}
        return _from_examples(source, symmetry, asked, order, reduce or "sum", tolerance)
    source = getattr(source, "_orig_mod", source)  # under torch.compile
    if order is not None:
        _check_absent("an expansion at zero has no rounds to judge", judged)
        return _at_zero(source, symmetry, {**group, "sizes": sizes}, order, samples, reduce, tolerance)
    if symmetry is not None or not isinstance(source, torch.nn.Module):
        raise SymshareError("a function is expanded to an order at zero\n  give it: order=3")
    _check_absent("a generated network says of what type it is", {**group, "reduce": reduce})
    return _from_network(source, samples, error, what, rounds, sizes, tolerance, simplify=simplify)


def _check_numbers(order: object, tolerance: object, reduce: object) -> None:
    if order is not None and (isinstance(order, bool) or not isinstance(order, int) or order < 0):
        raise SymshareError(f"order={order!r} is no order\n  give a whole number, 0 or more: order=3")
    if not isinstance(tolerance, int | float) or not 0 <= tolerance < math.inf:
        raise SymshareError(
            f"tolerance={shown(repr(tolerance), 30)} is no share\n  give a number, 0 or more: tolerance=1e-3"
        )
    if reduce not in (None, "sum", "mean"):
        raise SymshareError(f"reduce={reduce!r} is neither 'sum' nor 'mean'\n  write reduce='mean', or leave it out")


def _check_absent(why: str, given: Mapping[str, object]) -> None:
    """Refuse arguments that a form of the call has no use for."""
    for name, value in given.items():
        if value is not None:
            raise SymshareError(f"{why}\n  leave out {name}=")


def _from_network(
    source: Any,
    samples: Samples,
    error: Error | None,
    what: str,
    rounds: int | None,
    sizes: Mapping[str, int] | None,
    tolerance: float,
    *,
    simplify: bool,
) -> Distilled:
    whole, usual = expanded(source), times_of(source)
    number = sum(len(line.summands) for line in (whole.begin, *whole.rounds, whole.end) if line is not None)
    _check_rounds(rounds, recurrent=usual > 0)
    times = rounds or max(usual, 1)
    made = Distilled(
        *(whole.signature, whole.inputs, whole.outputs, whole.begin, whole.rounds, whole.end),
        reduce=whole.reduce,
        times=times,
        scaled=power_of(source_of(source)),
    )
    free = free_lengths(source, whole.signature, sizes)
    long = {axis: length for axis, (_, length) in free.items()}
    channels = [len(own) for own in whole.inputs]
    given = listed(samples, whole.signature, channels, long) or drawn(whole.signature, channels)
    double = doubled(source, free)
    judged = judge(double, given, error, long, {"rounds": times, "every": True} if usual else {})
    check_exact(replace(made, times=1), double, given, long, recurrent=usual > 0)
    best = gauged(made)
    before = judged(double)
    if not math.isfinite(before):
        what = "outputs of the network are" if error is None else "error of the network is"
        raise SymshareError(f"the {what} no number on the samples\n  take other samples, or fewer rounds=")
    if simplify:
        best = simplified(best, given, judged, tolerance if error is None else before + tolerance * abs(before), long)
    kept = sum(len(line.summands) for line in best.lines)
    return _certified(
        replace(best, kept=(kept, number), checks=_checks(judged, best), what=best.what if error is None else what)
    )


def _check_rounds(rounds: object, *, recurrent: bool) -> None:
    if rounds is None:
        return
    if not recurrent:
        raise SymshareError("the source is not recurrent\n  leave out rounds=")
    if isinstance(rounds, bool) or not isinstance(rounds, int) or rounds < 1:
        raise SymshareError(f"rounds={rounds!r} is not a number of rounds\n  give a whole number, 1 or more")


def _at_zero(
    function: Callable[..., Any],
    symmetry: Signature | str | None,
    asked: Mapping[str, Any],
    order: int,
    samples: Samples,
    reduce: str | None,
    tolerance: float,
) -> Distilled:
    """A function expanded at zero, and how far the expansion is from it at a tenth of the samples."""
    module, free = isinstance(function, torch.nn.Module), dict[str, tuple[str, int]]()
    if symmetry is None:
        if not module:
            raise SymshareError("a function has no type of its own\n  give it: symmetry='abH->aH'")
        one, sizes = source_of(function), asked["sizes"]  # type: ignore[arg-type]  # a Module, as was asked
        _check_absent("a generated network says of what type it is", {**asked, "sizes": None, "reduce": reduce})
        asked = {"depends": one.DEPENDS, "sizes": one.SIZES, "axes": getattr(one, "AXES", {})}
        symmetry, reduce = one.SIGNATURE, reduce_of(one)
        free = free_lengths(function, as_signature(symmetry, **asked), sizes)
    signature = as_signature(symmetry, **{**asked, "depends": asked["depends"] or ()})
    if any(signature.sized_latents(tensor) for tensor in (*signature.inputs, *signature.outputs)):
        raise SymshareError(
            f"{signature} tells the values of its latent axes apart, and lines do not\n  leave out their sizes"
        )
    ins = numbers_of(getattr(function, "in_channels", 1), signature.inputs)
    long = {axis: length for axis, (_, length) in free.items()}
    given = listed(samples, signature, _channels(samples, ins, told=bool(free) or module), long) or drawn(
        signature, ins, order
    )
    double = doubled(function, free) if isinstance(function, torch.nn.Module) else function
    found = at_zero(double, signature, order, given, reduce or "sum", tolerance)
    near = tuple(tuple(one / 10 for one in inputs) for inputs in given)
    number = sum(len(line.summands) for line in found.lines)
    checks = _checks(judge(double, near, None, long), found)
    return _certified(
        replace(found, kept=(number, number), checks=checks, what="difference from the function, near zero")
    )


def _channels(samples: Any, usual: Sequence[int], *, told: bool) -> list[int]:
    """The channels of each input of a function: those of the first sample, where the function does not tell."""
    if told or isinstance(samples, torch.Tensor) or not len(samples):
        return list(usual)
    first = samples[0] if isinstance(samples[0], tuple | list) else [samples[0]]
    return [
        int(one.shape[-1]) if getattr(one, "shape", ()) else number for one, number in zip(first, usual, strict=False)
    ]


def _from_examples(
    source: Any,
    symmetry: Signature | str | None,
    asked: Mapping[str, Any],
    order: int | None,
    reduce: str,
    tolerance: float,
) -> Distilled:
    if symmetry is None or order is None:
        raise SymshareError("examples are fitted by the terms of a type\n  give it: symmetry='ab->', order=4")
    signature = as_signature(symmetry, **asked)
    pairs = read_examples(source, signature)
    found, number = recovered(signature, order, pairs, reduce, tolerance)
    kept = sum(len(line.summands) for line in found.lines)
    what = "largest difference from the examples"
    return _certified(replace(found, kept=(kept, number), what=what))


def _checks(judged: Judge, best: Distilled) -> tuple[Check, ...]:
    """What is measured at every sample."""
    found = []
    kinds = best.signature.without_latents().inputs
    for inputs, *pair in zip(judged.samples, judged.each(judged.net), judged.each(best), strict=True):
        sizes = lengths(kinds, inputs, [""] * len(kinds), dict(judged.sizes), channels=1)
        found.append(Check(tuple(sizes.items()), *pair))
    return tuple(found)


def _certified(found: Distilled) -> Distilled:
    """With whether the terms commute with the group."""
    good = True
    for line in found.lines:
        terms = tuple(sorted({term for term, _ in line.summands}))
        if terms:
            basis = Basis(line.signature, max(term.order for term in terms), terms)
            good = good and all(one.commutes for one in certify(basis).orders)
    return replace(found, equivariant=good)
