"""The noun PoolingSet: the poolings of one tensor type up to an order, as text, tables and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from symshare.core.notation.signature import Signature
from symshare.core.poolings.realisation import reason
from symshare.core.terms.cost import Cost, cost
from symshare.core.terms.pieces import is_bare
from symshare.core.terms.tables import as_html, as_rich
from symshare.core.terms.term import Term
from symshare.core.terms.words import words
from symshare.errors import SymshareError

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["PoolingSet"]

JSON_SCHEMA = 1
"""The version of the form that `to_dict` and `to_json` write."""

HEADINGS = ("order", "pooling", "cost")


@dataclass(frozen=True, slots=True)
class PoolingSet:
    """Poolings of a tensor type, from which stacked layers make every map up to the order `complete_to`.

    `order_one` are operations on one tensor (identity, sums repeated along an axis, diagonals, swaps of axes), `poolings`
    multiply two tensors or more, sorted by order. Iterating gives all, order 1 first.
    """

    signature: Signature
    complete_to: int
    rule: str
    order_one: tuple[Term, ...]
    poolings: tuple[Term, ...]
    sizes: tuple[tuple[str, int], ...] = ()
    """The axis sizes at which contraction paths are compared."""

    def only(self, *einsums: str) -> PoolingSet:
        """These poolings and no others, also such as the set lacks; latent axes may be left out of a name.

        Raises NotationError for a text that is no term of the types.

        >>> from symshare.core.poolings.pools import pools
        >>> print(*pools("abH", 2).only("ab->ab", "ab->cb", "ab,ab->ab"))
        abH->abH abH->cbH abH,abH->abH
        """
        plain = self.signature.without_latents()
        chosen: dict[Term, None] = {}
        for text in einsums:
            whole = plain if isinstance(text, str) and is_bare(text) else self.signature
            read = replace(Term.from_einsum(whole, text), signature=self.signature)
            if read.order == 0:
                raise SymshareError(f"{text!r} is a constant\n  a pooling has one factor or more")
            chosen[read] = None
        kept = sorted(chosen)
        first, rest = [term for term in kept if term.order == 1], [term for term in kept if term.order > 1]
        order = max((term.order for term in kept), default=1)
        return replace(self, complete_to=order, rule="chosen", order_one=tuple(first), poolings=tuple(rest))

    def of_order(self, order: int) -> tuple[Term, ...]:
        """The poolings of one order."""
        return tuple(term for term in self if term.order == order)

    @property
    def counts(self) -> tuple[int, ...]:
        """The number of poolings of each order, from 1."""
        return tuple(len(self.of_order(order)) for order in range(1, self.complete_to + 1))

    def cost(self, pooling: Term) -> Cost:
        """The cost of one pooling along its best contraction path (`symshare.core.terms.cost`)."""
        return cost(pooling, dict(self.sizes))

    def __iter__(self) -> Iterator[Term]:
        yield from self.order_one
        yield from self.poolings

    def __len__(self) -> int:
        return len(self.order_one) + len(self.poolings)

    def __repr__(self) -> str:
        depends = list(self.signature.dependencies)
        extra = f", depends={depends}" if depends else ""
        rule = f", rule={self.rule!r}" if self.rule != "irreducible" else ""
        return f"PoolingSet({str(self.signature)!r}{extra}, complete_to={self.complete_to}, counts={self.counts}{rule})"

    def to_dict(self) -> dict[str, Any]:
        """The set as plain values; `to_json` writes the same."""
        return {
            "schema": JSON_SCHEMA,
            "signature": str(self.signature),
            "depends": list(self.signature.dependencies),
            "sizes": dict(self.sizes),
            "rule": self.rule,
            "complete_to": self.complete_to,
            "counts": list(self.counts),
            "order_one": [term.to_einsum() for term in self.order_one],
            "operations": [self._described(term) | {"words": words(term)} for term in self.order_one],
            "poolings": [
                self._described(term) | ({"reason": reason(term)} if self.rule == "irreducible" else {})
                for term in self.poolings
            ],
        }

    def _described(self, term: Term) -> dict[str, Any]:
        found, sizes = self.cost(term), dict(self.sizes)
        known = set(sizes).issuperset(letter for _, letter in found.axes)
        return {
            "order": term.order,
            "einsum": term.to_einsum(),
            "inputs": list(term.factors),
            "output": term.output,
            "cost": found.to_dict() | ({"flops_at_sizes": found.at(sizes)} if known else {}),
        }

    def to_json(self) -> str:
        """The set as JSON text."""
        return json.dumps(self.to_dict(), indent=2)

    def _rows(self) -> list[tuple[int, str, str]]:
        return [(term.order, term.to_einsum(), self.cost(term).order) for term in self]

    def __rich__(self) -> Table:
        return as_rich(repr(self), HEADINGS, self._rows())

    def _repr_html_(self) -> str:
        return as_html(repr(self), HEADINGS, self._rows())
