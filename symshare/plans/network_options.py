"""What the options of a network may be."""

from __future__ import annotations

from collections.abc import Mapping

from symshare.core.notation.signature import Signature
from symshare.errors import SymshareError

__all__ = ["check_form", "check_numbers", "check_size"]


def check_form(nonlinearity: str | None, scaled: int | None, sparse: tuple[str, ...]) -> None:
    """Refuse what is no nonlinearity and no power of a size, and a power where hidden types are sparse."""
    if sparse and scaled is not None:
        raise SymshareError(
            "networks on supports have no scaled yet\n  leave out scaled (--scaled), or sparse (--sparse)"
        )
    if nonlinearity not in ("gelu", None):
        raise SymshareError(f"nonlinearity={nonlinearity!r} is not known\n  write 'gelu', or None for a polynomial")
    if scaled is not None and (isinstance(scaled, bool) or not isinstance(scaled, int)):
        cure = "give a whole number: 1 where outputs grow like inputs, -1 for an inverse"
        raise SymshareError(f"scaled={scaled!r} is no power of the size\n  {cure}")


def check_size(asked: Signature) -> None:
    """Refuse to divide inputs by a size that their group changes."""
    for tensor in asked.inputs:
        for axis in tensor.axes:
            group = asked.group(axis)
            if group is not None and not group.orthogonal:
                raise SymshareError(
                    f"the size of an input is not invariant under {axis}={group}\n"
                    "  leave out scaled (--scaled); values are bounded where the group has an invariant to do it by"
                )


def check_numbers(given: Mapping[str, object]) -> None:
    """Refuse what are no numbers; a width may be one for each type, and rounds None."""
    for name, number in given.items():
        if (name == "width" and isinstance(number, Mapping)) or (name == "rounds" and number is None):
            continue
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise SymshareError(
                f"{name}={number!r} is not a number of channels, layers or rounds\n  give a whole number, 1 or more"
            )
