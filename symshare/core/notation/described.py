"""A signature as it shows itself: what it is read from again, and its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symshare.core.faces.table import Table
from symshare.core.notation.names import is_moved, spelled

if TYPE_CHECKING:
    from symshare.core.notation.signature import Signature

__all__ = ["as_dict", "options_of", "tables_of"]


def options_of(signature: Signature) -> list[str]:
    """The text and the options that `symshare.signature` makes the same of, each as it is written in Python."""
    named = signature.named_groups
    sizes = {axis: size for axis, size in signature.sizes if axis not in named}
    options = {"depends": list(signature.dependencies), "axes": named, "sizes": sizes}
    return [repr(str(signature)), *(f"{name}={value}" for name, value in options.items() if value)]


def as_dict(signature: Signature) -> dict[str, Any]:
    """A signature as plain values; groups without a name as what `symshare.generators_from` reads."""
    found: dict[str, Any] = {
        "signature": str(signature),
        "depends": list(signature.dependencies),
        "axes": signature.named_groups,
        "sizes": dict(signature.sizes),
    }
    own = {axis: group for axis, group in signature.groups if not group.family and not group.of}
    if own:
        from symshare.core.groups.files import generators_of, is_short  # reads TOML, which nothing else here needs

        found |= {"generators": generators_of(own)} if is_short(own) else {}
    return found


def tables_of(signature: Signature) -> tuple[Table, ...]:
    """The tensors of a signature with their axes, and the axes with what acts on them."""
    sides = [("input", signature.inputs), ("output", signature.outputs)]
    tensors = tuple(
        (f"{side} {number}", tensor.name or "", spelled(tensor.written_axes, signature.words) or "(a scalar)")
        for side, own in sides
        for number, tensor in enumerate(own)
    )
    pairs = dict.fromkeys(pair for one in signature for pair in zip(one.written_axes, one.axes, strict=True))
    axes = tuple((written, *_under(signature, written, axis)) for written, axis in pairs)
    return (
        Table(f"signature {signature}", ("tensor", "name", "axes"), tensors, code=("name", "axes")),
        *([Table("", ("axis", "under", "length"), axes, code=("axis",))] if axes else []),
    )


def _under(signature: Signature, written: str, axis: str) -> tuple[str, str]:
    """What acts on an axis, and how long it is."""
    size, parent = signature.size(axis), signature.parent(axis)
    what = signature.named_groups.get(written, "permutations" if is_moved(axis) else "nothing")
    what += f", a list for each {parent}" if parent else ""
    return what, "any" if size is None else str(size)
