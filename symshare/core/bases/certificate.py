"""The certificate of a basis: for each order, whether terms commute, are independent, and none is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symshare.errors import plural

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
class Certificate:
    """The three exact checks of a basis, order by order, modulo a prime and at the sizes named here."""

    orders: tuple[OrderCertificate, ...]
    sizes: tuple[tuple[str, int], ...]
    prime: int

    @property
    def ok(self) -> bool:
        """Whether every order commutes, is independent and is complete."""
        return all(one.ok for one in self.orders)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        sizes = ", ".join(f"{letter}={size}" for letter, size in self.sizes)
        lines = [
            f"certificate {'holds' if self.ok else 'FAILS'} (exact mod {self.prime}{', at ' + sizes if sizes else ''})"
        ]
        for one in self.orders:
            marks = (
                f"{one.terms - len({text for text, _ in one.not_equivariant}):,} of "
                f"{plural(one.terms, 'term')} commute{'s' if one.terms == 1 else ''}",
                f"rank {one.rank:,} of {one.terms:,}",
                f"{one.terms:,} listed of {one.count:,} counted"
                if one.spanned is None
                else f"their exchanges span {one.spanned:,} of {one.count:,} counted",
            )
            lines.append(f"  order {one.order}: " + "; ".join(marks))
            lines += [f"    {text} does not commute with the group of {letter}" for text, letter in one.not_equivariant]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The certificate as plain values, for JSON."""
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
