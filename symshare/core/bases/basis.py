"""The noun Basis: the terms of one signature by order, with their certificate, as text, tables, JSON and LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from symshare.core.counting.vanishing import first_terms, zero_map
from symshare.core.faces.noun import JSON_SCHEMA, Noun, brief
from symshare.core.faces.table import Table, first
from symshare.core.notation.signature import Signature
from symshare.core.terms.constant import Constant, written_out
from symshare.core.terms.term import Term
from symshare.core.terms.words import words
from symshare.errors import SymshareError, plural

if TYPE_CHECKING:
    from symshare.core.bases.certificate import Certificate

__all__ = ["Basis", "heading"]


@dataclass(frozen=True, slots=True)
class Basis(Noun):
    """The terms of a signature up to an order, sorted; iterating gives the terms.

    >>> from symshare.core.notation.reading import signature
    >>> from symshare.core.terms.enumeration import terms
    >>> one = signature("abH")
    >>> basis = Basis(one, 1, terms(one, 0) + terms(one, 1))
    >>> basis
    Basis('abH', order=1, counts=(1, 4))
    >>> print(basis)
    abH: 5 terms to order 1 (1, 4)
    order  term      in words
        0  ->abH     a constant everywhere
        1  abH->abH  the input itself
        1  abH->acH  summed over b, repeated along c
        1  abH->cbH  summed over a, repeated along c
        1  abH->cdH  summed over a, b, repeated along c, d
    >>> print(basis.latex().splitlines()[2])
    &+ c_{1,1} x_{ab} \\\\
    """

    signature: Signature
    order: int
    terms: tuple[Term, ...]
    ordered: bool = False
    certificate: Certificate | None = None
    notes: tuple[str, ...] = ()
    """How terms were chosen, where the diagrams alone are not independent."""
    totals: tuple[int, ...] | None = field(default=None, compare=False)
    """How many terms each order has in all, from 0; None where nobody has counted."""

    @property
    def counts(self) -> tuple[int, ...]:
        """The number of terms of each order, from 0."""
        found = [0] * (self.order + 1)
        for term in self.terms:
            found[term.order] += 1
        return tuple(found)

    def of_order(self, order: int) -> tuple[Term, ...]:
        """The terms of one order."""
        return tuple(term for term in self.terms if term.order == order)

    def only(self, *named: Term | str) -> Basis:
        """The same basis with, from order 2 on, only the named terms; a text has its channels on every tensor or on none.

        Raises NotationError for a text that is no term of the signature, SymshareError for one the basis lacks.

        >>> from symshare.core.bases.derivation import derive
        >>> derive("abH", 3).only("ab,cb,cd->ad").counts
        (1, 4, 0, 1)
        """
        chosen = {self._named(one) for one in named}
        kept = tuple(term for term in self.terms if term.order < 2 or term in chosen)
        return replace(self, terms=kept, certificate=None)

    def _named(self, text: Term | str) -> Term:
        """The one term that a text names: as it is printed, with its channels or without, else by its diagram."""
        if isinstance(text, Term):
            return self._kept([one for one in self.terms if one == text], str(text), text.order)
        plain = self.signature.without_latents(self.signature.channels)
        found = [one for one in self.terms if one.to_einsum() == text]
        found = found or [one for one in self.terms if replace(one, signature=plain).to_einsum() == text]
        if not found and self.signature.named_groups and not any(one.order > 1 for one in self.terms):
            said = zero_map(self.signature, self.order, least=2) if self.order > 1 else ""
            if said:
                raise SymshareError(f"{said}\n  so {text!r} is no term; {first_terms(self.signature, self.order)}")
        if found:
            return self._kept(found, text, self.order)
        from symshare.core.bases.reading import term as as_term

        read = as_term(self.signature, text, ordered=self.ordered)
        return self._kept([one for one in self.terms if one == read], text, read.order)

    def _kept(self, found: list[Term], text: str, order: int) -> Term:
        """The one term that is found for a text of some order; SymshareError where it is none, one that stays anyway, or
        several."""
        if not found:
            cure = f"it has order {order}: derive to that order" if order > self.order else "derive it whole"
            raise SymshareError(
                f"{text!r} is not in the basis of {str(self.signature)!r} to order {self.order}\n  {cure}"
            )
        if found[0].order < 2:
            raise SymshareError(
                f"{text!r} has order {found[0].order}\n  orders 0 and 1 always stay; name products only"
            )
        if len(found) > 1:
            raise SymshareError(
                f"{text!r} names {len(found)} terms of {str(self.signature)!r}, which has tensors with equally many axes\n"
                "  choose terms in Python: dataclasses.replace(basis, terms=..)"
            )
        return found[0]

    def __iter__(self) -> Iterator[Term]:
        return iter(self.terms)

    def __len__(self) -> int:
        return len(self.terms)

    def __repr__(self) -> str:
        ordered = "ordered=True" if self.ordered else ""
        return brief("Basis", *self.signature.described(), ordered, f"order={self.order}", f"counts={self.counts}")

    @property
    def constants(self) -> tuple[Constant, ...]:
        """The constant tensors of the terms, each once."""
        return tuple(dict.fromkeys(constant for term in self.terms for constant, _ in term.constants))

    def to_dict(self) -> dict[str, Any]:
        """The basis as plain values; `to_json` writes the same."""
        found: dict[str, Any] = {
            "schema": JSON_SCHEMA,
            **self.signature.to_dict(),
            "order": self.order,
            "ordered": self.ordered,
            "counts": list(self.counts),
            "terms": [term.to_dict() | {"words": words(term)} for term in self.terms],
            "notes": list(self.notes),
        }
        if self.certificate is not None:
            found["certificate"] = self.certificate.to_dict()
        return found

    def tables(self) -> tuple[Table, ...]:
        """The terms, of very many the first; their constant tensors entry by entry; the certificate, if there is one."""
        terms = first(
            heading(self.signature, self.counts, ordered=self.ordered),
            ("order", "term", "in words"),
            self.terms,
            lambda term: (str(term.order), term.to_einsum(), words(term)),
            notes=tuple(f"note: {note}" for note in self.notes),
            code=("term",),
        )
        constants = [written_out(self.constants)] if self.constants else []
        return (terms, *constants, *([] if self.certificate is None else self.certificate.tables()))

    def latex(self) -> str:
        """The whole ansatz as a LaTeX `align*` block, one line per term, free coefficients c_{order, number}."""
        from symshare.core.terms.latex import latex_output, latex_term

        lines = [r"\begin{align*}"]
        for output, latents in sorted({(term.output, term.output_latents) for term in self.terms}):
            summands = [
                f"c_{{{order},{number}}} {latex_term(term)}".rstrip()
                for order in range(self.order + 1)
                for number, term in enumerate(self.of_order(order), 1)
                if (term.output, term.output_latents) == (output, latents)
            ]
            left = latex_output(self.signature, output, latents) + " ={}& "
            lines.append(left + " \\\\\n&+ ".join(summands) + r" \\")
        return "\n".join([*lines, r"\end{align*}"])

    def as_loops(self) -> str:
        """The terms as one Python program, each a function with the plain loops in numpy that it equals.

        See `symshare.core.terms.loops.as_loops` for their names and arguments. Raises TooLargeError for over 2,000 terms.

        >>> from symshare.core.bases.derivation import derive
        >>> print(derive("a->", 1).as_loops().partition("def term_1_1")[2].splitlines()[4:6])
        ['    for a in range(A):', '        y += x[a]']
        """
        from symshare.core.terms.loops import as_loops

        return as_loops(self.signature, self.terms)


def heading(signature: Signature, counts: Sequence[int], *, ordered: bool) -> str:
    """What a list of terms is of, and how many each order has."""
    under = signature.named_groups
    named = "".join(f", {letter} under {group}" for letter, group in under.items())
    named += "".join(f", {one}" for one in signature.dependencies)
    named += "".join(f", {letter} = {size}" for letter, size in signature.sizes if letter not in under)
    kind = "ordered term" if ordered else "term"
    by_order = ", ".join(f"{number:,}" for number in counts)
    return f"{signature}{named}: {plural(sum(counts), kind)} to order {len(counts) - 1} ({by_order})"
