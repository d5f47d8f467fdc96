"""Normalisations: their parameters lie along what they normalise, and what they divide by does not have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symshare.weights.rules.table import joined, rule, tensors, without
from symshare.weights.terms import UNIT
from symshare.weights.values import Trace, Value

__all__: list[str] = []


@rule("layer_norm", "rms_norm")
def _layer_norm(trace: Trace, shape: Any, *, input: Value, normalized_shape: Sequence[int], **rest: Any) -> Any:
    number = len(normalized_shape)
    trace.see(input.dims[:-number])
    return (*input.dims[:-number], *joined(trace, input.dims[-number:], *(one.dims for one in tensors(rest))))


@rule("native_layer_norm", "_fused_rms_norm")
def _native_layer_norm(trace: Trace, shapes: Any, **given: Any) -> Any:
    outside = len(given["input"].dims) - len(given["normalized_shape"])
    kept = (*given["input"].dims[:outside], *[UNIT] * len(given["normalized_shape"]))
    return (_layer_norm(trace, shapes[0], **given), *[kept] * (len(shapes) - 1))


@rule("group_norm")
def _group_norm(trace: Trace, shape: Any, *, input: Value, num_groups: int, **rest: Any) -> Any:
    channels = _along_channels(trace, input, rest)
    halves = trace.atoms.split(channels, num_groups)
    if halves is None:
        trace.atoms.fix(channels, "its groups do not fit")
    else:
        trace.see((input.dims[0], halves[0]))
        trace.see((input.dims[0], *halves, *input.dims[2:]))
    return (input.dims[0], channels, *input.dims[2:])


@rule("instance_norm")
def _instance_norm(trace: Trace, shape: Any, *, input: Value, **rest: Any) -> Any:
    channels = _along_channels(trace, input, rest)
    trace.see((input.dims[0], channels))
    return (input.dims[0], channels, *input.dims[2:])


@rule("_native_batch_norm_legit_no_training")
def _batch_norm(trace: Trace, shape: Any, *, input: Value, **rest: Any) -> Any:
    return (input.dims[0], _along_channels(trace, input, rest), *input.dims[2:]), None, None


def _along_channels(trace: Trace, input: Value, rest: Any) -> Any:
    return joined(trace, input.dims[1:2], *(one.dims for one in tensors(rest)))[0]


@rule("softmax", "_softmax", "log_softmax", "_log_softmax")
def _softmax(trace: Trace, shape: Any, *, self: Value, dim: int, **rest: Any) -> Any:
    trace.see(without(self.dims, [dim]))
    return self.dims


@rule("_weight_norm_interface", "_weight_norm")
def _weight_norm(trace: Trace, shapes: Any, *, v: Value, g: Value, dim: int = 0) -> Any:
    norms = tuple(one if place == dim % len(v.dims) else UNIT for place, one in enumerate(v.dims))
    trace.see(norms)
    found = joined(trace, v.dims, g.dims)
    return (found, joined(trace, norms, g.dims)) if isinstance(shapes, (tuple, list)) else found
