"""Complex dimensions: maps between tensor powers of C^d that commute with the group and with i."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from symshare.core.groups.families import ROWS
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.errors import SymshareError

__all__ = ["complexified"]


def complexified(
    signature: Signature | str,
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Signature:
    """The signature whose real dimensions are the complex dimensions of this one.

    An axis under U(d) or SU(d) stands for C^d (here as R^(2d)). A complex tensor is invariant under a compact group if and
    only if it is so under the group's complexification, GL(d, C) or SL(d, C) (Weyl's unitarian trick), whose invariants of
    tensor powers have bases with rational entries: so they are counted by GL(d) and SL(d) on R^d. Real maps that do not
    commute with i, such as conjugation, are not counted.

    Raises SymshareError where no axis is complex.

    >>> from symshare.core.counting.burnside import count
    >>> count("uu->uu", 1, axes={"u": "U(2)"}), count(complexified("uu->uu", axes={"u": "U(2)"}), 1)
    (12, 2)
    """
    one = as_signature(signature, depends=depends, axes=axes, sizes=sizes)
    named: dict[str, str | AxisGroup] = {axis: str(own) for axis, own in one.monomial}
    named |= {written: f"dual({axis})" for written, axis in one.duals.items()}
    for letter, group in one.groups:
        if group.of:
            named[letter] = group.name
        elif group.row.complexification and not group.tie:
            named[letter] = f"{group.row.complexification}({','.join(map(str, group.numbers))})"
        else:
            named[letter] = group
    if not any(group.row.complexification for _, group in one.groups):
        known = " or ".join(name for row in ROWS if row.complexification for name in row.written)
        raise SymshareError(f"{str(one)!r} has no complex axis\n  give an axis the group {known}: axes={{'u': 'U(2)'}}")
    lengths = {letter: size for letter, size in one.sizes if letter not in named}
    return as_signature(str(one), depends=list(one.dependencies), axes=named, sizes=lengths)
