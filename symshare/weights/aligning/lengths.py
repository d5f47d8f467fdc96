"""By which positive numbers the units of a state are scaled: those under which what comes into each has length one."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from symshare.errors import SpecError
from symshare.nn.runtime.weights import _arranged, _canonical
from symshare.weights.acting import Element
from symshare.weights.aligning.pairing import under
from symshare.weights.axes import above
from symshare.weights.scales import Scale
from symshare.weights.specs import Spec
from symshare.weights.tables import part_tables, scale_rows

__all__ = ["Lengths", "carried", "lengths"]

State = Mapping[str, torch.Tensor]
Lengths = tuple[tuple[Scale, torch.Tensor], ...]
"""For each positive scale of a spec a number for each value of its axis, in each of its lists."""


def lengths(spec: Spec, state: State) -> Lengths:
    """The numbers of a state; raises SpecError where there are none.

    Source: the canonical form that `Features(canonical=True)` takes.
    """
    if not any(one.kind == "positive" for one in spec.scales):
        return ()
    exact = {
        name: one.detach().to("cpu", torch.float64) if one.is_floating_point() else one for name, one in state.items()
    }
    try:
        listed = [(row, scales) for row, scales in scale_rows(spec) if row["kind"] == "positive"]
        _, numbers = _canonical(_arranged([exact], part_tables(spec)), tuple(row for row, _ in listed))
    except ValueError as error:
        raise SpecError(f"{str(error).splitlines()[0]}\n  give a spec without scales") from None
    named, found = spec.named, list[tuple[Scale, torch.Tensor]]()
    for (_, scales), own in zip(listed, numbers, strict=True):
        sizes = [axis.size for axis in (*above(named[scales[0].axis], named), named[scales[0].axis])]
        found += zip(scales, own.to(torch.float64).reshape(len(scales), *sizes), strict=True)
    return tuple(found)


def carried(spec: Spec, element: Element, a: Lengths, b: Lengths) -> Lengths:
    """The numbers that bring a state with the lengths `b`, moved by an element, to the lengths `a`."""
    named = spec.named
    return tuple(
        (scale, under(element, named[scale.axis], named, own) / wanted)
        for (scale, wanted), (_, own) in zip(a, b, strict=True)
    )
