"""The ring of rational polynomials in the weights, and what holds such polynomials as plain values, for copies and pickles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from symshare.polynomials.network import PolynomialNetwork

__all__ = ["reduced", "weight_ring"]


def weight_ring(network: PolynomialNetwork) -> Any:
    """The ring of rational polynomials in the weights."""
    return _ring(network.weights)


def _ring(weights: int) -> Any:
    from flint import Ordering, fmpq_mpoly_ctx

    return fmpq_mpoly_ctx.get([f"w{number}" for number in range(weights)], Ordering.degrevlex)


@dataclass(frozen=True, slots=True)
class _Plain:
    """A polynomial in so many weights: of each term the powers, the numerator and the denominator."""

    weights: int
    terms: tuple[tuple[tuple[int, ...], int, int], ...]


def reduced(self: Any) -> tuple[Any, ...]:
    """The `__reduce__` of a dataclass that holds flint polynomials in tuples and mappings: flint's own have none."""
    return _restored, (type(self), tuple(_plain(getattr(self, one.name)) for one in fields(self)))


def _restored(kind: Any, values: tuple[Any, ...]) -> Any:
    return kind(*map(_polynomials, values))


def _plain(value: Any) -> Any:
    from flint import fmpq_mpoly

    if isinstance(value, fmpq_mpoly):
        terms = ((tuple(map(int, key)), int(one.p), int(one.q)) for key, one in value.to_dict().items())
        return _Plain(value.context().nvars(), tuple(terms))
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return {key: _plain(one) for key, one in value.items()} if isinstance(value, Mapping) else value


def _polynomials(value: Any) -> Any:
    from flint import fmpq

    if isinstance(value, _Plain):
        return _ring(value.weights).from_dict({key: fmpq(above, below) for key, above, below in value.terms})
    if isinstance(value, tuple):
        return tuple(map(_polynomials, value))
    return {key: _polynomials(one) for key, one in value.items()} if isinstance(value, dict) else value
