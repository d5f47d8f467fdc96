"""The noun PoolingSet: the poolings of one tensor type up to an order, as text, tables and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from symshare.core.faces.noun import JSON_SCHEMA, Noun, brief
from symshare.core.faces.table import Table, first
from symshare.core.notation.signature import Signature
from symshare.core.poolings.realisation import reason
from symshare.core.terms.cost import Cost, cost
from symshare.core.terms.term import Term
from symshare.core.terms.words import words
from symshare.errors import SymshareError

__all__ = ["PoolingSet", "described"]

KINDS = {
    "irreducible": "the smallest set complete",
    "article": "what the source article's filters leave, complete",
    "none": "all independent terms, complete",
    "chosen": "chosen",
}
"""What a set has, by the rule that it was made with."""


@dataclass(frozen=True, slots=True)
class PoolingSet(Noun):
    """Poolings of a tensor type, from which stacked layers make every map up to the order `complete_to`.

    `order_one` are operations on one tensor (identity, sums repeated along an axis, diagonals, swaps of axes; under other
    groups all of them), `poolings` multiply two tensors or more, sorted by order. Iterating gives all, order 1 first.
    """

    signature: Signature
    complete_to: int
    rule: str
    order_one: tuple[Term, ...]
    poolings: tuple[Term, ...]
    sizes: tuple[tuple[str, int], ...] = ()
    """The axis sizes at which contraction paths are compared."""
    notes: tuple[str, ...] = ()
    """How the set is known to be complete, where axes are under other groups."""

    def only(self, *named: Term | str) -> PoolingSet:
        """These poolings and no others, also such as the set lacks; a text has its latent axes on every tensor or on none.

        Raises NotationError for a text that is no term of the types, SymshareError for a constant.

        >>> from symshare.core.poolings.pools import pools
        >>> print(*pools("abH", 2).only("ab->ab", "ab->cb", "ab,ab->ab"))
        abH->abH abH->cbH abH,abH->abH
        """
        from symshare.core.bases.reading import term  # set axes alone need no groups

        read_own = Term.from_einsum if not self.signature.groups else term
        chosen: dict[Term, None] = {}
        for one in named:
            read = one if isinstance(one, Term) else read_own(self.signature, one)
            if read.order == 0:
                raise SymshareError(f"{str(one)!r} is a constant\n  a pooling has one factor or more")
            chosen[read] = None
        kept = sorted(chosen)
        first, rest = [term for term in kept if term.order == 1], [term for term in kept if term.order > 1]
        order = max((term.order for term in kept), default=1)
        return replace(self, complete_to=order, rule="chosen", notes=(), order_one=tuple(first), poolings=tuple(rest))

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
        text, *options = replace(self.signature, sizes=()).described()
        rule = f"rule={self.rule!r}" if self.rule != "irreducible" else ""
        return brief("PoolingSet", text, *options, f"complete_to={self.complete_to}", f"counts={self.counts}", rule)

    def to_dict(self) -> dict[str, Any]:
        """The set as plain values; `to_json` writes the same."""
        return {
            "schema": JSON_SCHEMA,
            "signature": str(self.signature),
            "depends": list(self.signature.dependencies),
            "sizes": dict(self.sizes),
            **({"axes": self.signature.named_groups, "notes": list(self.notes)} if self.signature.groups else {}),
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
        return term.to_dict() | {"cost": found.to_dict() | ({"flops_at_sizes": found.at(sizes)} if known else {})}

    def tables(self) -> tuple[Table, ...]:
        """The poolings with what each costs, what an operation of order 1 does, and why another is irreducible."""
        depends = "".join(f", {one}" for one in described(self.signature))
        return (
            first(
                f"{self.signature}{depends}: {KINDS[self.rule]} to order {self.complete_to}",
                ("order", "pooling", "cost", "why"),
                tuple(self),
                lambda term: (str(term.order), term.to_einsum(), self.cost(term).order, self._why(term)),
                notes=(
                    "O(..): multiplications and additions per channel; an index is as long as its axis",
                    *self.notes,
                ),
                code=("pooling", "cost"),
            ),
        )

    def _why(self, term: Term) -> str:
        return words(term) if term.order == 1 else reason(term) if self.rule == "irreducible" else ""


def described(signature: Signature) -> list[str]:
    """What is said of types beside their text: dependencies, and groups of axes."""
    return [*signature.dependencies, *(f"{axis}={group}" for axis, group in signature.named_groups.items())]
