"""How a plan is made: the options of `symshare.plan`, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symshare.errors import SymshareError

__all__ = ["Choices", "choices"]

KINDS = ("linear", "polynomial", "pooling")
COEFFICIENTS = ("rank", "full")
REDUCTIONS = ("mean", "sum")
CONVOLUTIONS = ("fft", "direct")


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of a plan: what it computes, and how; `hints` are channel numbers (of `in`, `out`, `rank`) to expect."""

    kind: str
    reduce: str = "mean"
    coefficients: str = "rank"
    circular: str | None = None
    normalise_scale: bool = False
    normalise_factors: bool = False
    hints: tuple[tuple[str, int], ...] = ()


def choices(
    kind: str,
    reduce: str,
    coefficients: str,
    circular: str | None,
    normalise: tuple[bool, bool],
    channels: Mapping[str, int] | None,
) -> Choices:
    """The options as they are; `normalise` tells whether scale and factors are.

    Raises SymshareError for those that do not exist, and for a pooling layer with full coefficients.
    """
    if circular not in (None, *CONVOLUTIONS):
        raise SymshareError(f"circular={circular!r} is not one of {', '.join(map(repr, CONVOLUTIONS))}")
    for value, allowed, name in (
        (kind, KINDS, "kind"),
        (reduce, REDUCTIONS, "reduce"),
        (coefficients, COEFFICIENTS, "coefficients"),
    ):
        if value not in allowed:
            raise SymshareError(f"{name}={value!r} is not one of {', '.join(map(repr, allowed))}")
    if kind == "pooling" and coefficients != "rank":
        raise SymshareError(
            "a pooling layer mixes channels before and after its poolings\n  leave out coefficients='full'"
        )
    for name, number in (channels or {}).items():
        if name not in ("in", "out", "rank") or not isinstance(number, int) or number < 1:
            raise SymshareError(f"channels has {name!r}: {number!r}\n  give whole numbers for 'in', 'out', 'rank'")
    hints = tuple(sorted((channels or {}).items()))
    return Choices(kind, reduce, coefficients, circular, *normalise, hints=hints)
