"""A signature as it shows itself: what it is read from again, and its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symshare.core.faces.table import Table
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.names import is_moved, spelled
from symshare.core.notation.tensor import Tensor

__all__ = ["options_of", "tables_of", "values_of"]


def options_of(text: str, depends: Sequence[str], named: Mapping[str, str], sizes: Mapping[str, int]) -> list[str]:
    """The text and the options that `symshare.signature` makes the same of, each as it is written in Python.

    >>> options_of("ar", (), {"r": "O(3)"}, {"a": 2, "r": 3})
    ["'ar'", "axes={'r': 'O(3)'}", "sizes={'a': 2}"]
    """
    free = {axis: size for axis, size in sizes.items() if axis not in named}
    options = {"depends": list(depends), "axes": dict(named), "sizes": free}
    return [repr(text), *(f"{name}={value}" for name, value in options.items() if value)]


def values_of(
    text: str,
    depends: Sequence[str],
    named: Mapping[str, str],
    sizes: Mapping[str, int],
    groups: Mapping[str, AxisGroup],
) -> dict[str, Any]:
    """A signature as plain values; groups without a name as what `symshare.generators_from` reads."""
    found: dict[str, Any] = {"signature": text, "depends": list(depends), "axes": dict(named), "sizes": dict(sizes)}
    own = {axis: group for axis, group in groups.items() if not group.family and not group.of}
    if own:
        from symshare.core.groups.files import generators_of, is_short  # reads TOML, which nothing else here needs

        found |= {"generators": generators_of(own)} if is_short(own) else {}
    return found


def tables_of(
    text: str,
    sides: Sequence[tuple[str, Sequence[Tensor]]],
    named: Mapping[str, str],
    sizes: Mapping[str, int],
    parents: Mapping[str, str],
    *,
    words: bool,
) -> tuple[Table, ...]:
    """The tensors of a signature, inputs and outputs, with their axes; and the axes with what acts on them and how long they
    are."""
    tensors = tuple(
        (f"{side} {number}", tensor.name or "", spelled(tensor.written_axes, words) or "(a scalar)")
        for side, own in sides
        for number, tensor in enumerate(own)
    )
    pairs = dict.fromkeys(
        pair for _, own in sides for one in own for pair in zip(one.written_axes, one.axes, strict=True)
    )
    rows = []
    for written, axis in pairs:
        what = named.get(written, "permutations" if is_moved(axis) else "nothing")
        what += f", a list for each {parents[axis]}" if axis in parents else ""
        rows.append((written, what, str(sizes.get(axis, "any"))))
    return (
        Table(f"signature {text}", ("tensor", "name", "axes"), tensors, code=("name", "axes")),
        *([Table("", ("axis", "under", "length"), tuple(rows), code=("axis",))] if rows else []),
    )
