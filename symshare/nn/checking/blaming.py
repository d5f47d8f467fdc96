"""Which submodule breaks a symmetry first: found by following activations of x and of g x side by side."""

from __future__ import annotations

import linecache
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from symshare.core.actions.blocks import Element
from symshare.core.algebra.arrays import Array
from symshare.core.notation.names import beside
from symshare.errors import shown
from symshare.nn.checking.placing import Placings, agree
from symshare.nn.checking.report import Fault
from symshare.nn.checking.tracing import INPUT, Call, Node, Trace

__all__ = ["blamed", "described"]

ROUNDINGS = 10
"""An error of so many times the rounding of one number of a type may come from that type."""
RESHAPES = ("view", "_unsafe_view", "_reshape_alias")
"""Operations that read the same values in another shape."""


class _Pair:
    """Two runs side by side: which activations of the one are those of the other, moved."""

    def __init__(self, here: Trace, there: Trace, element: Element, tolerance: float) -> None:
        self.here, self.there, self.tolerance = here, there, tolerance
        self.placings = Placings(element)
        self.judged: dict[int, bool | None] = {}
        together = list(zip(here.nodes, there.nodes, strict=False))
        alike = (one.origin == two.origin for one, two in together)
        self.common = next((number for number, same in enumerate(alike) if not same), len(together))
        self.apart = self.common < max(len(here.nodes), len(there.nodes))

    def moves(self, number: int) -> bool | None:
        """Whether an activation moves along under some placing of the axes; None where too many would have to be tried, or
        it has no values to be compared."""
        if number not in self.judged:
            one, two = self.arrays(number)
            self.judged[number] = None if one is None or two is None else self._placed(one, two)
        return self.judged[number]

    def _placed(self, one: Array, two: Array) -> bool | None:
        try:
            return self.placings.found(one, two, self.tolerance) is not None
        except OverflowError:
            return None

    def arrays(self, number: int) -> tuple[Array | None, Array | None]:
        """An activation of x and of g x."""
        return _array(self.here.nodes[number].value), _array(self.there.nodes[number].value)

    def roots(self, outputs: Sequence[int]) -> list[int]:
        """The activations that do not move along although all that they are made of do, and from which outputs come that
        do not either, with nothing between that does."""
        found, left, seen = [], [one for one in outputs if self.moves(one) is not True], set()
        while left:
            number = left.pop()
            if number in seen:
                continue
            seen.add(number)
            before = [one for one in self.here.nodes[number].inputs if self.moves(one) is not True]
            left += before
            if not before:
                found.append(number)
        return sorted(self._reshaped(one) for one in found)

    def _reshaped(self, number: int) -> int:
        """Where values are only shaped anew, the first of the activations before at which this went wrong: linear layers
        flatten what they are given and shape it back, and flattened values may agree again."""
        found, left, seen = number, [number], {number}
        while left and self.here.nodes[number].operation in RESHAPES:
            at = left.pop()
            before = [one for one in self.here.nodes[at].inputs if one not in seen]
            if self.here.nodes[at].operation in RESHAPES and self.moves(at) is False and all(map(self.moves, before)):
                found = min(found, at)
            seen |= set(before)
            left += before
        return found


def _array(x: torch.Tensor) -> Array | None:
    """The values of a tensor of any layout; None where it has none that can be read."""
    try:
        if x.is_nested:
            x = x.to_padded_tensor(0.0)
        x = x.dequantize() if x.is_quantized else x.to_dense()
        return (x if x.is_complex() else x.double()).cpu().resolve_conj().resolve_neg().numpy()
    except (RuntimeError, TypeError):  # torch says so in many ways
        return None


def blamed(
    here: Trace, there: Trace, element: Element, sizes: Mapping[str, int], broken: Sequence[int], error: float
) -> Fault:
    """Where two runs, of x and of g x, stop to agree first; `broken` numbers the outputs that do not.

    An activation is judged by a hundredth of the error that is to be explained.
    """
    tolerance = min(max(error / 100, 1e-13), 1e-6) if error == error else 1e-6
    pair = _Pair(here, there, element, tolerance)
    if pair.apart:
        return _parted(pair)
    outputs = [here.outputs[one] for one in broken]
    if not outputs or min(outputs) < 0:
        return Fault(known=False, words="an output follows from no input by operations of torch")
    if error != error:
        empty = _without_value(here)
        words = "it gives values that are no numbers"
        return Fault(known=False, words=words) if empty is None else described(here, empty, words=words)
    cast = _cast(pair, outputs, error)
    if cast is not None:
        kind = str(pair.here.nodes[cast].value.dtype).removeprefix("torch.")
        return described(here, cast, operation=f"a cast to {kind}", words="the error is no larger than its rounding")
    roots = pair.roots(outputs)
    if roots:
        return _at(pair, roots[0])
    ordered = _ordered(pair, outputs, element, sizes)
    if ordered is not None:
        return described(pair.here, ordered, words=f"what it gives stays where it is when {beside(element.axes)} moves")
    return Fault(known=False, words="every activation moves along, but the output has the axes on other dimensions")


def _parted(pair: _Pair) -> Fault:
    """Where two runs take different paths: at the first activation before that does not move along, or at the parting."""
    bad = [number for number in range(pair.common) if pair.moves(number) is False]
    roots = [number for number in bad if all(pair.moves(one) for one in pair.here.nodes[number].inputs)]
    if roots:
        return described(pair.here, roots[0], words="after it another path is taken")
    if pair.common >= len(pair.here.nodes):
        return Fault(known=False, words="another path is taken when the input is moved")
    return described(pair.here, pair.common, words="here another path is taken when the input is moved")


def _at(pair: _Pair, number: int) -> Fault:
    """The fault at an activation, if it could be judged."""
    if pair.moves(number) is not None:
        return described(pair.here, number)
    operation = shown(pair.here.nodes[number].operation)
    unread = any(one is None for one in pair.arrays(number))
    what = "whose values cannot be compared" if unread else "with too many dimensions that an axis may stand on"
    return Fault(known=False, words=f"{operation} gives a tensor {what}")


def _without_value(trace: Trace) -> int | None:
    """The first activation with values that are no numbers, made of some that are."""
    arrays = map(_array, [node.value for node in trace.nodes])
    lacks = [one is not None and bool(np.isnan(one).any()) for one in arrays]
    found = (at for at, node in enumerate(trace.nodes) if lacks[at] and not any(lacks[one] for one in node.inputs))
    return next(found, None)


def _cast(pair: _Pair, outputs: Sequence[int], error: float) -> int | None:
    """The first operation before some outputs that makes a type smaller, where the error may be its rounding."""
    nodes = pair.here.nodes
    left, seen, found = list(outputs), set(outputs), []
    while left:
        at = left.pop()
        kind = nodes[at].value.dtype
        if kind.is_floating_point and error <= ROUNDINGS * torch.finfo(kind).eps:
            found += [at] * any(nodes[one].value.dtype in (torch.float64, torch.complex128) for one in nodes[at].inputs)
        new = [one for one in nodes[at].inputs if one not in seen]
        seen |= set(new)
        left += new
    return min((one for one in found if nodes[one].value.dtype != torch.float64), default=None)


def _ordered(pair: _Pair, outputs: Sequence[int], element: Element, sizes: Mapping[str, int]) -> int | None:
    """The first activation that stays as it is under an element, and yet tells the values of an axis apart: sorted ones."""
    lengths = {sizes[axis] for axis in element.axes if axis in sizes}

    def telling(number: int) -> bool:
        one, two = pair.arrays(number)
        if one is None or two is None or pair.here.nodes[number].operation == INPUT:
            return False
        dims = [dim for dim, size in enumerate(one.shape) if size in lengths and size > 1]
        alike = all(agree(one, np.roll(one, 1, dim), pair.tolerance) for dim in dims)
        return bool(dims) and not alike and agree(one, two, pair.tolerance)

    left, seen, found = list(outputs), set(), []
    while left:
        number = left.pop()
        if number not in seen:
            seen.add(number)
            left += pair.here.nodes[number].inputs
            if telling(number) and not any(telling(one) for one in pair.here.nodes[number].inputs):
                found.append(number)
    return min(found, default=None)


def described(trace: Trace, number: int, *, operation: str = "", words: str = "") -> Fault:
    """An activation's place: its submodule, the operation, the line."""
    node = trace.nodes[number]
    call = trace.calls[node.call] if node.call >= 0 else None
    name, kind = (call.name, call.kind) if call else ("", trace.kind)
    after, before = _neighbours(trace, node, node.at if node.at >= 0 else number, f"{name}." if name else "")
    file, line = node.line
    code = linecache.getline(file, line).strip() if file else ""
    return Fault(
        module=shown(name, 200),
        kind=shown(kind),
        after=after,
        before=before,
        operation=operation or _plain(node.operation),
        parameter=", ".join(shown(one) for one in node.kept),
        line=f"{shown(Path(file).name)} line {line}" if file else "",
        code=shown(code, 120),
        words=words,
    )


def _plain(operation: str) -> str:
    """The name of an operation as people write it: `_softmax` is softmax, `add_` adds in place."""
    name = shown(operation.removeprefix("_"))
    return f"{name.removesuffix('_')} in place" if name.endswith("_") and not name.endswith("__") else name


def _neighbours(trace: Trace, node: Node, number: int, above: str) -> tuple[str, str]:
    """The children of a node's submodule that end before it and begin after it, by their names in it."""
    children = [one for one in trace.calls if one.parent == node.call]
    done = [one for one in children if 0 <= one.ends <= number]
    after = max(done, key=lambda one: one.ends, default=None)
    before = next((one for one in children if one.begins > number), None)

    def named(one: Call | None) -> str:
        return shown(one.name.removeprefix(above)) if one else ""

    return named(after), named(before)
