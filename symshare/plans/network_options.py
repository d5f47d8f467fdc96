"""What the options of a network may be."""

from __future__ import annotations

from collections.abc import Mapping

from symshare.errors import SymshareError

__all__ = ["check_form", "check_numbers", "check_plain"]


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


def check_plain(given: Mapping[str, bool]) -> None:
    """Refuse beside groups, types and positions what is offered for permuted axes alone."""
    for name in (name for name, asked in given.items() if asked):
        what = f"{name} is for the types of inputs whose axes are permuted"
        raise SymshareError(f"{what}\n  leave it out beside groups, types, positions and widths for each type")


def check_numbers(given: Mapping[str, object]) -> None:
    """Refuse what are no numbers; a width may be one for each type, and rounds None."""
    for name, number in given.items():
        if (name == "width" and isinstance(number, Mapping)) or (name == "rounds" and number is None):
            continue
        if not isinstance(number, int) or number < 1:
            raise SymshareError(
                f"{name}={number!r} is not a number of channels, layers or rounds\n  give a whole number, 1 or more"
            )
