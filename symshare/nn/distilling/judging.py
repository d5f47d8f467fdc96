"""Networks in double precision, the inputs that they are judged on, and how far lines are from them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from symshare.core.notation.signature import Signature
from symshare.core.notation.sizes import witness_sizes
from symshare.errors import SymshareError, plural, shown
from symshare.nn.distilling.distilled import Distilled
from symshare.nn.distilling.lines import Line
from symshare.nn.distilling.shapes import as_tensor, lengths

__all__ = ["Error", "Judge", "Sample", "check_exact", "doubled", "drawn", "free_lengths", "judge", "listed", "times_of"]

Sample = tuple[torch.Tensor, ...]
Error = Callable[..., float]
ROUNDING = 1e-12
"""What rounding may leave of values, as a share of the largest that are added up."""


def times_of(net: Any) -> int:
    """How often a network does its layers by default; 0 for one that is not recurrent."""
    found = inspect.signature(getattr(net, "forward", net)).parameters.get("rounds")
    return int(found.default) if found is not None and isinstance(found.default, int) else 0


def free_lengths(net: Any, signature: Signature, sizes: Mapping[str, int] | None) -> dict[str, tuple[str, int]]:
    """For each axis that no input has the argument of a generated network for its length, and this length: of `sizes`, or 3."""
    plain = signature.without_latents()
    inside = {axis for tensor in plain.inputs for axis in tensor.axes}
    free = [axis for axis in plain.symmetric_axes if axis not in inside]
    strange = next((axis for axis in sizes or {} if axis not in free), None)
    if strange is not None:
        cure = f"give those of {', '.join(free)}" if free else "leave out sizes; samples say how long axes are"
        raise SymshareError(f"sizes has {strange!r}, which is no axis that only outputs have\n  {cure}")
    given = inspect.signature(net.forward).parameters.values()
    own = {"rounds", "every"} if times_of(net) else set()
    names = [one.name for one in given if one.kind is one.KEYWORD_ONLY and one.name not in own]
    return {
        axis: (name, (sizes or {}).get(axis) or plain.size(axis) or 3) for axis, name in zip(free, names, strict=True)
    }


def doubled(net: torch.nn.Module, free: Mapping[str, tuple[str, int]]) -> Callable[..., Any]:
    """A network in double precision on the CPU, as a function; the network itself stays as it is."""
    state = {
        name: one.detach().to("cpu", torch.float64 if one.is_floating_point() else one.dtype)
        for name, one in (*net.named_parameters(), *net.named_buffers())
    }
    wrong = next((name for name, one in state.items() if not torch.isfinite(one).all()), None)
    if wrong is not None:
        raise SymshareError(f"the weight {wrong} has values that are no numbers\n  distil a network from before it had")
    named = dict(free.values())

    def evaluated(*inputs: torch.Tensor, **options: Any) -> Any:
        return torch.func.functional_call(net, state, tuple(one.double() for one in inputs), named | options)

    return evaluated


def listed(samples: Any, signature: Signature, channels: Sequence[int], sizes: Mapping[str, int]) -> list[Sample]:
    """Samples as tuples of tensors in double precision; SymshareError where they do not fit the inputs."""
    kinds, found = signature.without_latents().inputs, []
    each = [samples] if isinstance(samples, torch.Tensor) else samples
    if isinstance(each, str) or not hasattr(each, "__iter__"):
        raise SymshareError(f"samples={shown(repr(samples), 30)} are no inputs\n  give a list: samples=[x, ..]")
    for place, one in enumerate(each):
        many = isinstance(one, tuple | list)
        arrays = [as_tensor(part, f"sample {place}").to("cpu", torch.float64) for part in (one if many else [one])]
        if len(arrays) != len(kinds):
            told = f"{plural(len(arrays), 'tensor')} for {plural(len(kinds), 'input')}"
            raise SymshareError(f"sample {place} has {told}\n  give a tuple for each sample: samples=[(x, y), ..]")
        names = [f"sample {place}" if len(kinds) == 1 else f"input {at} of sample {place}" for at in range(len(kinds))]
        lengths(kinds, arrays, names, {**dict(signature.sizes), **sizes}, channels=1)
        for array, name, number in zip(arrays, names, channels, strict=True):
            if array.shape[-1] != number:
                raise SymshareError(f"{name} has {plural(array.shape[-1], 'channel')}\n  give it {number}")
            if not array.numel() or not torch.isfinite(array).all():
                what = "values that are no numbers" if array.numel() else "no values"
                raise SymshareError(f"{name} has {what}\n  leave it out")
        found.append(tuple(arrays))
    return found


def drawn(signature: Signature, channels: Sequence[int], order: int = 0) -> list[Sample]:
    """Random inputs at two choices of sizes; at these every term up to an order exists."""
    generator, plain = torch.Generator().manual_seed(0), signature.without_latents()
    least, found = witness_sizes(plain, order), []
    for more in (0, 1):
        usual = {axis: max(4 + place, least[axis]) + more for place, axis in enumerate(plain.set_axes)}
        sizes = {axis: plain.size(axis) or length for axis, length in usual.items()}
        shapes = [
            (8 + 32 * order, *(sizes[axis] for axis in tensor.axes), number)
            for tensor, number in zip(plain.inputs, channels, strict=True)
        ]
        found.append(tuple(torch.randn(*shape, generator=generator, dtype=torch.float64) for shape in shapes))
    return found


@dataclass(frozen=True, slots=True)
class Judge:
    """The error of a network or of lines at some samples: one of the user's, or the mean difference from the network as a
    share of its outputs. `options` are those that both are called with."""

    net: Callable[..., Any]
    samples: tuple[Sample, ...]
    error: Error | None
    sizes: tuple[tuple[str, int], ...]
    options: tuple[tuple[str, Any], ...]
    wanted: tuple[Any, ...]

    def each(self, one: Any) -> list[float]:
        """The error at each sample; infinite where it is no number."""
        found = []
        for inputs, wanted in zip(self.samples, self.wanted, strict=True):
            options = dict(self.options)
            lines = isinstance(one, Distilled)
            outputs = one.evaluate(*inputs, sizes=dict(self.sizes), **options) if lines else one(*inputs, **options)
            value = difference(outputs, wanted) if self.error is None else _number(self.error(outputs, *inputs))
            found.append(value if math.isfinite(value) else math.inf)
        return found

    def __call__(self, one: Any) -> float:
        """The mean over the samples."""
        found = self.each(one)
        return sum(found) / len(found)


def judge(
    net: Callable[..., Any],
    samples: Sequence[Sample],
    error: Error | None,
    sizes: Mapping[str, int],
    options: Mapping[str, Any] | None = None,
) -> Judge:
    """The judge of a network, called once at each sample."""
    given = dict(options or {})
    wanted = [None if error is not None else net(*inputs, **given) for inputs in samples]
    return Judge(net, tuple(samples), error, tuple(sizes.items()), tuple(given.items()), tuple(wanted))


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError) as problem:
        raise SymshareError(
            f"error gives {shown(repr(value), 40)}, which is no number\n  return a float: error=lambda outputs, x: .."
        ) from problem


def difference(one: Any, two: Any) -> float:
    """The mean absolute difference as a share of the second, the largest over tensors."""
    pairs = zip(one, two, strict=True) if isinstance(two, tuple) else [(one, two)]
    return max(float((a - b).abs().mean() / b.abs().mean().clamp(min=1e-300)) for a, b in pairs)


def check_exact(
    made: Distilled, net: Callable[..., Any], samples: Sequence[Sample], sizes: Mapping[str, int], *, recurrent: bool
) -> None:
    """Refuse a network whose outputs are not those of its terms, by more than rounding."""
    options: dict[str, Any] = {"rounds": 1} if recurrent else {}

    def size(line: Line | None) -> Line | None:
        return None if line is None else line.with_coefficients([abs(float(number)) for _, number in line.summands])

    largest = replace(
        made, begin=size(made.begin), rounds=tuple(filter(None, map(size, made.rounds))), end=size(made.end)
    )
    for inputs in samples:
        wanted, bound = net(*inputs, **options), largest.evaluate(*map(torch.abs, inputs), sizes=sizes)
        found = made.evaluate(*inputs, sizes=sizes)
        many = isinstance(wanted, tuple)
        for a, b, most in zip(*((one if many else (one,)) for one in (found, wanted, bound)), strict=True):
            if not (a.shape == b.shape and ((a - b).abs() <= 1e-9 * b.abs() + ROUNDING * 100 * most).all()):
                raise SymshareError(
                    "the outputs of the network are not those of its terms\n"
                    "  expand it to an order at zero: order=3; and report it, this should not be"
                )
