"""The certificate of a basis: for each order, whether terms commute, are independent, and none is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import MOST_ROWS, Table

__all__ = ["Certificate", "OrderCertificate"]


@dataclass(frozen=True, slots=True)
class OrderCertificate:
    """The findings for one order: terms listed, their rank, the number there should be, and the terms that fail."""

    order: int
    terms: int
    rank: int
    count: int
    not_equivariant: tuple[tuple[str, str], ...]
    """Pairs of an einsum string and the axes whose group the term does not commute with."""
    spanned: int | None = None
    """With channels, where exchanges of factors matter: the dimensions that exchanges of the terms span; `count` is then
    that of ordered factors."""

    @property
    def commutes(self) -> bool:
        """Whether every term commutes with the group."""
        return not self.not_equivariant

    @property
    def independent(self) -> bool:
        """Whether the rank is the number of terms."""
        return self.rank == self.terms

    @property
    def complete(self) -> bool:
        """Whether there are as many terms as there should be."""
        return (self.terms if self.spanned is None else self.spanned) == self.count

    @property
    def ok(self) -> bool:
        """Whether all three hold."""
        return self.commutes and self.independent and self.complete


@dataclass(frozen=True, slots=True)
class Certificate(Noun):
    """The three exact checks of a basis, order by order, modulo a prime and at the sizes named here.

    >>> print(Certificate((OrderCertificate(1, 5, 4, 6, (("ab->ba", "a"),)),), (), 7))
    certificate FAILS (exact mod 7)
    order  terms  commute  rank  counted
        1      5        4     4        6
    ab->ba does not commute with the group of a
    """

    orders: tuple[OrderCertificate, ...]
    sizes: tuple[tuple[str, int], ...]
    prime: int

    @property
    def ok(self) -> bool:
        """Whether every order commutes, is independent and is complete."""
        return all(one.ok for one in self.orders)

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        orders, sizes = f"orders={len(self.orders)}", f"sizes={dict(self.sizes)}"
        return brief("Certificate", "holds" if self.ok else "FAILS", orders, f"prime={self.prime}", sizes)

    def tables(self) -> tuple[Table, ...]:
        """What was found in each order: terms, how many of them commute, their rank, and how many there should be."""
        sizes = ", ".join(f"{letter}={size}" for letter, size in self.sizes)
        title = (
            f"certificate {'holds' if self.ok else 'FAILS'} (exact mod {self.prime}{', at ' + sizes if sizes else ''})"
        )
        spanned = any(one.spanned is not None for one in self.orders)
        headings = ("order", "terms", "commute", "rank", *(["spanned"] if spanned else []), "counted")
        rows = []
        for one in self.orders:
            numbers = [one.order, one.terms, one.terms - len({text for text, _ in one.not_equivariant}), one.rank]
            numbers += [one.terms if one.spanned is None else one.spanned] if spanned else []
            rows.append(tuple(f"{number:,}" for number in [*numbers, one.count]))
        broken = [pair for one in self.orders for pair in one.not_equivariant]
        notes = [f"{text} does not commute with the group of {letter}" for text, letter in broken[:MOST_ROWS]]
        notes += [f".. {len(broken) - MOST_ROWS:,} more"] if len(broken) > MOST_ROWS else []
        notes += ["spanned: the dimensions that exchanges of the factors' channels span"] if spanned else []
        return (Table(title, headings, tuple(rows), tuple(notes)),)

    def to_dict(self) -> dict[str, Any]:
        """The certificate as plain values."""
        return {
            "ok": self.ok,
            "prime": self.prime,
            "sizes": dict(self.sizes),
            "orders": [
                {
                    "order": one.order,
                    "commutes": one.commutes,
                    "independent": one.independent,
                    "complete": one.complete,
                    "terms": one.terms,
                    "rank": one.rank,
                    "count": one.count,
                    **({} if one.spanned is None else {"spanned": one.spanned}),
                    "not_equivariant": [{"einsum": text, "axis": letter} for text, letter in one.not_equivariant],
                }
                for one in self.orders
            ],
        }
