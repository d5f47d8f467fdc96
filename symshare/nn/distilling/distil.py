"""From a trained network, a function or examples to terms with coefficients."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from symshare.core.bases.basis import Basis
from symshare.core.bases.certify import certify
from symshare.core.counting.burnside import count
from symshare.core.notation.reading import Groups
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.errors import SymshareError
from symshare.nn.distilling.distilled import Check, Distilled
from symshare.nn.distilling.reading import expanded, power_of, reduce_of, source_of
from symshare.nn.distilling.recovering import at_zero, recovered
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
    depends: Iterable[str] | str = (),
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
    samples: Samples = (),
    error: Callable[..., float] | None = None,
    what: str = "error",
    rounds: int | None = None,
    reduce: str = "sum",
    tolerance: float = TOLERANCE,
    simplify: bool = True,
) -> Distilled:
    """What a network has learned: its terms with their coefficients, as few and as short as its outputs allow.

    `source` is a generated layer or network without nonlinearities, whose layers are multiplied out into their terms over all
    choices of channels (untied layers: a line each). With `simplify` terms are left out and coefficients fitted anew and
    rounded, as long as `error(outputs, *inputs)` on the `samples` (inputs as the network takes them, one or a tuple each, at
    sizes of your choice) grows by a share of `tolerance` at most; of a recurrent network the outputs are those after each of
    `rounds`. Without `error` it is the mean difference from the network, as a share of its outputs, and `tolerance` bounds it.

    With `order` a network with nonlinearities, or any function, is expanded at zero: `symmetry` says of what type it is where
    it is no generated one. A sequence of examples, pairs of inputs and outputs (batch.., *axes), is fitted by the terms of
    `symmetry` to the order; coefficients within `tolerance` of fractions with which the fit is exact are these fractions.

    Raises SymshareError where the source is no polynomial (saying what it has), or examples do not tell the terms apart;
    TooLargeError for over 2,000 terms.

    >>> x = torch.randn(50, 4, dtype=torch.float64)
    >>> print(*distil([(x, x.var(-1, correction=0))], symmetry="a->", order=2, reduce="mean").texts())
    Y <- [X:a,X:a->] - [X:a,X:b->]
    """
    asked: dict[str, Any] = {"depends": depends, "axes": axes, "sizes": sizes}
    if not callable(source):
        found, given = _from_examples(source, symmetry, asked, order, reduce, tolerance)
        return _checked(found, given, lambda *inputs: None, error=None, what="largest difference from the examples")
    if order is not None:
        return _at_zero(source, symmetry, asked, order, samples, reduce, tolerance)
    if symmetry is not None or not isinstance(source, torch.nn.Module):
        raise SymshareError("a function is expanded to an order at zero\n  give it: order=3")
    return _from_network(source, samples, error, what, rounds, tolerance, simplify=simplify)


def _from_network(
    source: Any,
    samples: Samples,
    error: Callable[..., float] | None,
    what: str,
    rounds: int | None,
    tolerance: float,
    *,
    simplify: bool,
) -> Distilled:
    whole = expanded(source)
    number = sum(len(line.summands) for line in (whole.begin, *whole.rounds, whole.end) if line is not None)
    times = _times(source) if rounds is None else rounds
    power = _power(source)
    made = Distilled(
        *(whole.signature, whole.inputs, whole.outputs, whole.begin, whole.rounds, whole.end),
        reduce=whole.reduce,
        times=times,
        scaled=power,
    )
    double = _double(source)
    given = _listed(samples) or _drawn(whole.signature, [len(own) for own in whole.inputs])
    judged = _judge(double, given, error, times, recurrent=_times(source) != 0)
    _check_exact(made, double, given)
    best = gauged(replace(made, times=max(times, 1)))
    if simplify:
        before = judged(double)
        allowed = tolerance if error is None else before * (1 + tolerance)
        best = simplified(best, given, judged, allowed)
    kept = sum(len(line.summands) for line in best.lines)
    best = replace(best, kept=(kept, number))
    return _checked(best, given, double, error, what if error is not None else best.what, recurrent=_times(source) != 0)


def _times(net: Any) -> int:
    """How often a network does its layers by default; 0 for one that is not recurrent."""
    found = inspect.signature(net.forward).parameters.get("rounds")
    return int(found.default) if found is not None and isinstance(found.default, int) else 0


def _power(net: torch.nn.Module) -> int | None:
    """The power of the size of its inputs that a network multiplies its outputs by."""
    return power_of(source_of(net))


def _double(net: Any) -> Callable[..., Any]:
    """The network in double precision, as a function; the network itself stays as it is."""
    state = {name: one.double() if one.is_floating_point() else one for name, one in net.state_dict().items()}

    def evaluated(*inputs: torch.Tensor, **options: Any) -> Any:
        return torch.func.functional_call(net, state, tuple(one.double() for one in inputs), options)

    return evaluated


def _listed(samples: Samples) -> list[tuple[torch.Tensor, ...]]:
    return [tuple(one.double() for one in ([given] if isinstance(given, torch.Tensor) else given)) for given in samples]


def _drawn(signature: Signature, channels: Sequence[int]) -> list[tuple[torch.Tensor, ...]]:
    """Random inputs at two choices of sizes."""
    generator, plain, found = torch.Generator().manual_seed(0), signature.without_latents(), []
    for more in (0, 1):
        lengths = {axis: signature.size(axis) or 4 + more + place for place, axis in enumerate(signature.set_axes)}
        found.append(
            tuple(
                torch.randn(
                    8, *(lengths[axis] for axis in tensor.axes), number, generator=generator, dtype=torch.float64
                )
                for tensor, number in zip(plain.inputs, channels, strict=True)
            )
        )
    return found


def _judge(
    net: Callable[..., Any],
    samples: Sequence[tuple[torch.Tensor, ...]],
    error: Callable[..., float] | None,
    times: int,
    *,
    recurrent: bool,
) -> Callable[[Any], float]:
    """The error of a network or of lines, the mean over the samples; infinite where it is no number."""
    options: dict[str, Any] = {"rounds": times, "every": True} if recurrent else {}
    wanted = [net(*inputs, **options) for inputs in samples] if error is None else []

    def judged(one: Any) -> float:
        found = 0.0
        for place, inputs in enumerate(samples):
            outputs = (one.evaluate if isinstance(one, Distilled) else one)(*inputs, **options)
            found += _difference(outputs, wanted[place]) if error is None else float(error(outputs, *inputs))
        return found / len(samples) if math.isfinite(found) else math.inf

    return judged


def _difference(one: Any, two: Any) -> float:
    pairs = zip(one, two, strict=True) if isinstance(two, tuple) else [(one, two)]
    return max(float((a - b).abs().mean() / b.abs().mean().clamp(min=1e-300)) for a, b in pairs)


def _check_exact(made: Distilled, net: Callable[..., Any], samples: Sequence[tuple[torch.Tensor, ...]]) -> None:
    """Refuse a network whose outputs are not those of its terms."""
    options: dict[str, Any] = {"rounds": 1} if made.times else {}
    for inputs in samples:
        if not _difference(replace(made, times=1).evaluate(*inputs), net(*inputs, **options)) < 1e-6:
            raise SymshareError(
                "the outputs of the network are not those of its terms\n"
                "  expand it to an order at zero: order=3; and report it, this should not be"
            )


def _at_zero(
    function: Callable[..., Any],
    symmetry: Signature | str | None,
    asked: Mapping[str, Any],
    order: int,
    samples: Samples,
    reduce: str,
    tolerance: float,
) -> Distilled:
    """A function expanded at zero, and how far the expansion is from it at a tenth of the samples."""
    if symmetry is None:
        if not isinstance(function, torch.nn.Module):
            raise SymshareError("a function has no type of its own\n  give it: symmetry='abH->aH'")
        module = source_of(function)
        asked = {"depends": module.DEPENDS, "sizes": module.SIZES, "axes": getattr(module, "AXES", {})}
        symmetry, reduce = module.SIGNATURE, reduce_of(module)
    signature = as_signature(symmetry, **asked)
    net: Any = function
    numbers = [
        given if isinstance(given, tuple) else (given,) * len(tensors)
        for given, tensors in (
            (getattr(net, "in_channels", 1), signature.inputs),
            (getattr(net, "out_channels", 1), signature.outputs),
        )
    ]
    double = _double(function) if isinstance(function, torch.nn.Module) else function
    given = _listed(samples) or _drawn(signature, numbers[0])
    found = at_zero(double, signature, (numbers[0], numbers[1]), order, given, reduce, tolerance)
    near = [tuple(one / 10 for one in inputs) for inputs in given]
    number = sum(len(line.summands) for line in found.lines)
    return _checked(
        replace(found, kept=(number, number)), near, double, None, "difference from the function, near zero"
    )


def _from_examples(
    source: Any,
    symmetry: Signature | str | None,
    asked: Mapping[str, Any],
    order: int | None,
    reduce: str,
    tolerance: float,
) -> tuple[Distilled, list[tuple[torch.Tensor, ...]]]:
    if symmetry is None or order is None:
        raise SymshareError("examples are fitted by the terms of a type\n  give it: symmetry='ab->', order=4")
    signature = as_signature(symmetry, **asked)
    if signature.latent_axes:
        raise SymshareError(f"{signature} has channels, and examples have none\n  leave out its latent axes")
    pairs = [
        tuple(tuple(torch.as_tensor(one) for one in ([side] if _is_array(side) else side)) for side in pair)
        for pair in source
    ]
    number = len(signature.inputs), len(signature.outputs)
    if not pairs or any(len(pair) != 2 or tuple(map(len, pair)) != number for pair in pairs):
        raise SymshareError(
            f"the examples are not pairs of {number[0]} inputs and {number[1]} outputs\n"
            "  give [(x, y), ..] or [((x, z), y), ..]"
        )
    found = recovered(signature, order, pairs, reduce, tolerance)  # type: ignore[arg-type]  # pairs, as was checked
    kept = sum(len(line.summands) for line in found.lines)
    left = [
        _difference(found.evaluate(*inputs), outputs[0] if len(outputs) == 1 else outputs) for inputs, outputs in pairs
    ]
    checks = tuple(
        Check(_sizes(signature, inputs, channels=False), 0.0, one) for (inputs, _), one in zip(pairs, left, strict=True)
    )
    return replace(found, kept=(kept, sum(count(signature, degree) for degree in range(order + 1))), checks=checks), []


def _is_array(one: Any) -> bool:
    return hasattr(one, "shape") or isinstance(one, int | float)


def _sizes(
    signature: Signature, inputs: Sequence[torch.Tensor], *, channels: bool = True
) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for tensor, one in zip(signature.without_latents().inputs, inputs, strict=True):
        shape = one.shape[: one.dim() - 1] if channels else one.shape
        found |= dict(zip(tensor.axes, shape[len(shape) - len(tensor.axes) :], strict=True))
    return tuple(found.items())


def _checked(
    found: Distilled,
    samples: Sequence[tuple[torch.Tensor, ...]],
    net: Callable[..., Any],
    error: Callable[..., float] | None,
    what: str,
    *,
    recurrent: bool = False,
) -> Distilled:
    """With what is measured at every sample, and whether the terms commute with the group."""
    checks = list(found.checks)
    for inputs in samples:
        judged = _judge(net, [inputs], error, found.times, recurrent=recurrent)
        checks.append(Check(_sizes(found.signature, inputs), judged(net), judged(found)))
    good = True
    for line in found.lines:
        terms = tuple(sorted({term for term, _ in line.summands}))
        if terms:
            basis = Basis(line.signature, max(term.order for term in terms), terms)
            good = good and all(one.commutes for one in certify(basis).orders)
    return replace(found, checks=tuple(checks), what=what, equivariant=good)
