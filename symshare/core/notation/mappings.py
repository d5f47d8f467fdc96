"""The tensors of a signature by name, each with its axes, in place of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symshare.core.notation.names import spelled
from symshare.core.notation.strokes import check_name
from symshare.core.notation.words import check_word
from symshare.errors import NotationError, shown

__all__ = ["as_text"]

_EXAMPLE = "{'W1': ('hidden', 'in'), 'b1': ('hidden',)}"


def as_text(inputs: Mapping[str, Sequence[str]], outputs: Mapping[str, Sequence[str]] | None = None) -> str:
    """The text, in words, of a signature whose tensors are given by name; without `outputs` they are the inputs.

    Raises NotationError for names that are none, and for axes that are no list of names.

    >>> as_text({"W1": ("hidden", "in"), "s": ()}, {"b1": ["hidden"]})
    'W1:(hidden in),s:->b1:(hidden)'
    """
    left = _side(inputs, "inputs")
    return left if outputs is None else f"{left}->{_side(outputs, 'outputs')}"


def _side(tensors: Mapping[str, Sequence[str]], side: str) -> str:
    if not isinstance(tensors, Mapping):
        raise NotationError(shown(repr(tensors)), 0, f"are no {side} by name", f"write {_EXAMPLE}")
    if not tensors:
        raise NotationError("{}", 0, f"has no {side}", f"name a tensor: {_EXAMPLE}")
    taken = set[str]()
    return ",".join([_tensor(name, axes, taken) for name, axes in tensors.items()])


def _tensor(name: object, axes: object, taken: set[str]) -> str:
    """One tensor in words."""
    text = f"{name!r}: {axes!r}"
    if not isinstance(name, str):
        raise NotationError(text, 0, "has a tensor whose name is no text", f"write {_EXAMPLE}")
    if isinstance(axes, str) or not isinstance(axes, Sequence):
        listed = f"({axes!r},)" if isinstance(axes, str) else "('hidden', 'in')"
        cure = f"list the names of its axes, {name!r}: {listed}; a scalar has none: ()"
        raise NotationError(text, len(repr(name)) + 2, "has axes that are no list of names", cure)
    check_name(name, spelled([str(axis) for axis in axes], True), 1, text, taken)
    at = len(repr(name)) + 3
    for axis in axes:
        if not isinstance(axis, str):
            raise NotationError(text, at, f"has the axis {axis!r}, which is no text", f"write names: {_EXAMPLE}")
        check_word(axis, text, at + 1)
        at += len(repr(axis)) + 2
    return f"{name}:{spelled(axes, True)}"
