"""Terms: contraction diagrams, which slots of the factors and the output carry the same index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.core.notation.names import beside, is_latent, spelled
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.canonical import Diagram, canonical
from symshare.core.terms.constant import Constant, offsets, written_out
from symshare.core.terms.index_names import index_names
from symshare.errors import NotationError

if TYPE_CHECKING:
    from symshare.core.terms.reading import Written

__all__ = ["Term", "without_brackets"]


@dataclass(frozen=True, slots=True)
class Term(Noun):
    """One contraction diagram: y[output indices] = sum over the other indices of a product of input entries.

    `output` and `factors` number the tensors of the signature; `output_indices` and `factor_indices` name the index on
    each slot of an axis that a group acts on by an int; `output_latents` and `factor_latents` hold the value picked on each
    latent axis of fixed size. `constants` are constant tensors that the product has besides its factors, each with its
    indices; a term of set axes has none. Indices are numbered by first appearance, factors first. Two terms are equal when
    they are the same diagram written the same way; `canonical()` brings diagrams that differ by an exchange of equal factors
    to one form.

    >>> from symshare.core.notation.reading import signature
    >>> term = Term.from_einsum(signature("aa"), "cb,ac->ab")
    >>> term.to_einsum(), term.order
    ('ab,bc->ac', 2)
    """

    signature: Signature
    output: int
    factors: tuple[int, ...]
    output_indices: tuple[int, ...]
    factor_indices: tuple[tuple[int, ...], ...]
    output_latents: tuple[int, ...]
    factor_latents: tuple[tuple[int, ...], ...]
    constants: tuple[tuple[Constant, tuple[int, ...]], ...] = ()

    @property
    def order(self) -> int:
        """The number of input factors that the term multiplies."""
        return len(self.factors)

    @property
    def output_tensor(self) -> Tensor:
        """The output that the term adds to."""
        return self.signature.outputs[self.output]

    @property
    def factor_tensors(self) -> tuple[Tensor, ...]:
        """The input that each factor is."""
        return tuple(self.signature.inputs[factor] for factor in self.factors)

    @property
    def index_axes(self) -> tuple[str, ...]:
        """The axis of each index, by its number."""
        axes: dict[int, str] = {}
        for tensor, indices in self._tensors():
            axes.update(zip(indices, tensor.set_axes, strict=True))
        return tuple([self.signature.base(axes[index]) for index in range(len(axes))])

    @property
    def summed_indices(self) -> tuple[int, ...]:
        """The indices that are summed over: those of the factors that the output does not carry."""
        kept = set(self.output_indices)
        return tuple(sorted({index for indices in self.factor_indices for index in indices} - kept))

    @property
    def averaged_indices(self) -> tuple[int, ...]:
        """The summed indices whose sum a mean divides by its length: those of axes whose values a group permutes.

        Of indices tied by offsets on a cyclic axis one counts, where the output has none of them; indices of other constant
        tensors, and those on axes of matrix groups, stay sums.
        """
        axes, summed = self.index_axes, self.summed_indices
        tied = self.offsets()
        bound = {index for constant, indices in self.constants if not constant.offsets for index in indices}
        kept = {tied[index][0] for index in self.output_indices if index in tied}
        found = []
        for index in summed:
            if is_latent(axes[index]):  # a layer has weights of its own for each value
                continue
            group = self.signature.group(axes[index])
            if group is not None and (not group.permutes or index in bound):
                continue
            if index not in tied or (tied[index][0] == index and index not in kept):
                found.append(index)
        return tuple(found)

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """The total order of terms: by order, output, inputs, latent values, then index by index, factors first."""
        return (
            *(self.order, self.output, self.factors, self.factor_latents, self.output_latents),
            *(self.factor_indices, self.output_indices),
            tuple((constant.name, constant.entries[:1], indices) for constant, indices in self.constants),
        )

    def __lt__(self, other: Term) -> bool:
        return self.sort_key < other.sort_key

    def __str__(self) -> str:
        return self.to_einsum()

    def __repr__(self) -> str:
        return brief("Term", repr(self.to_einsum()))

    def to_dict(self) -> dict[str, Any]:
        """The term as plain values: what `symshare.term` reads, and its constant tensors, each with its indices."""
        names = self.names()
        constants = [
            {**constant.to_dict(), "indices": beside([names[i] for i in indices]), "offsets": list(constant.offsets)}
            for constant, indices in self.constants
        ]
        found = {"order": self.order, "einsum": self.to_einsum(), "inputs": list(self.factors), "output": self.output}
        return found | ({"constants": constants} if constants else {})

    def tables(self) -> tuple[Table, ...]:
        """The tensors that the term multiplies and makes, and its constant tensors entry by entry."""
        names = [f"input {factor}" for factor in self.factors] + [f"output {self.output}"]
        texts = [tensor.written(self.signature.words) or "(a scalar)" for tensor, _ in self._tensors()]
        rows = list(zip(names, texts, strict=True))
        found = Table(f"{self}, order {self.order}", ("tensor", "axes"), tuple(rows), code=("axes",))
        constants = list(dict.fromkeys(constant for constant, _ in self.constants))
        return (found, *([written_out(constants)] if constants else []))

    def canonical(self) -> Term:
        """The representative under exchange of equal factors (see `symshare.core.terms.canonical`)."""
        kinds = sorted(set(zip(self.factors, self.factor_latents, strict=True)))
        labelled = [
            (kinds.index((factor, latents)), indices)
            for factor, latents, indices in zip(self.factors, self.factor_latents, self.factor_indices, strict=True)
        ]
        return Term.from_diagram(
            self.signature, self.output, self.output_latents, kinds, canonical(self.output_indices, labelled)
        )

    @staticmethod
    def from_diagram(
        signature: Signature,
        output: int,
        output_latents: tuple[int, ...],
        kinds: Sequence[tuple[int, tuple[int, ...]]],
        diagram: Diagram,
    ) -> Term:
        """The term of a diagram whose factor kinds number `(input, latent values)` pairs."""
        output_indices, factors = diagram
        return Term(
            signature,
            output,
            tuple([kinds[kind][0] for kind, _ in factors]),
            output_indices,
            tuple([indices for _, indices in factors]),
            output_latents,
            tuple([kinds[kind][1] for kind, _ in factors]),
        )

    def names(self) -> tuple[str, ...]:
        """A name for each index: the first of an axis has the axis' name, others a free letter, or the word and a number.

        >>> from symshare.core.notation.reading import signature
        >>> Term.from_einsum(signature("(hidden in)"), "(hidden in)->(hidden in2)").names()
        ('hidden', 'in', 'in2')
        """
        tied = {index: first for index, (first, _) in self.offsets().items()}
        axes = (*self.signature.set_axes, *self.signature.latent_axes, *self.signature.duals)
        names = index_names(self.index_axes, tied, axes, words=self.signature.words)
        if not all(names):
            raise NotationError(str(self.signature), 0, "has a term with over 52 indices", "ask for a lower order")
        return names

    def offsets(self) -> dict[int, tuple[int, int]]:
        """For each index of a cyclic axis that is tied to another: the first index it is tied to, and the distance."""
        found: dict[int, tuple[int, int]] = {}
        for constant, indices in self.constants:
            if constant.offsets:
                first = min(indices)
                start, size = constant.offsets[indices.index(first)], constant.shape[0]
                for index, distance in zip(indices, constant.offsets, strict=True):
                    found[index] = (first, (distance - start) % size)
        return found

    def to_einsum(self) -> str:
        """The term as an einsum string; a latent axis of fixed size shows the value that the term picks on it.

        What einsum itself cannot do (a repeated or a new index in the output) is written the same way. On a cyclic axis
        `t+2` is the place two further around (a value picked right after it is in brackets: `t+2(0)`); other constant
        tensors stand in brackets, after the factors: `ar,as,[rst]->at`, with their name where the group has several:
        `rH,[T1 sr]->sH`. A scalar is an empty place among factors (`a,->a`);
        alone it is `()->a`, since `->a` is a constant. Where axes are words all stand in parentheses:
        `(hidden in)->(hidden in2)`, `(t),(t+2)->(t 0)`, `(r),[T1 (r2 r)]->(r2)`.
        """
        names = self.names()
        tied = self.offsets()
        shown = [
            name + (f"+{tied[index][1]}" if index in tied and tied[index][1] else "")
            for index, name in enumerate(names)
        ]
        return self.spelled([[shown[index] for index in own] for own in (*self.factor_indices, self.output_indices)])

    def spelled(self, tensors: Sequence[Sequence[str]]) -> str:
        """The term as text, with these texts on the slots of each factor and of the output."""
        names, words = self.names() if self.constants else (), self.signature.words
        latents = (*self.factor_latents, self.output_latents)
        parts = [
            spelled(self._written(tensor, texts, values), words)
            for tensor, texts, values in zip((*self.factor_tensors, self.output_tensor), tensors, latents, strict=True)
        ]
        brackets = []
        for constant, indices in self.constants:
            legs = spelled([names[index] for index in indices], words)
            if not constant.offsets:
                brackets.append(f"[{constant.name} {legs}]" if constant.named else f"[{legs}]")
        left = [*parts[:-1], *brackets]
        return (",".join(left) if left != [""] else "()") + "->" + parts[-1]

    @staticmethod
    def from_einsum(
        signature: Signature,
        text: str,
        *,
        factors: Sequence[int] | None = None,
        output: int | None = None,
        ordered: bool = False,
    ) -> Term:
        """Read a term; the inverse of `to_einsum`.

        A factor is the input with as many axes as it has. Where several have, its name in the text tells (`W:ab,v:b->W:ab`),
        or `factors` gives the numbers (and `output` that of the output). A scalar is an empty place, or `()` where it is the
        only factor. Channels are written on every tensor or on none. The result is canonical unless `ordered` keeps the
        factors as written.

        Raises NotationError where the text is not a term of the signature, and for signatures with other groups than the
        symmetric group, whose terms `symshare.term` reads.
        """
        if signature.groups and isinstance(text, str):
            named = ", ".join(f"{axis}={group}" for axis, group in signature.named_groups.items())
            raise NotationError(text, 0, f"is a term under {named}", "read it with symshare.term(signature, text)")
        from symshare.core.terms.balance import check_balance  # terms that are listed are not read
        from symshare.core.terms.channels import read_either

        shown, (found,) = read_either(signature, text, factors, output, most=1)
        check_balance(text, shown, found)
        term = without_brackets(signature, found)
        return term if ordered else term.canonical()

    def _tensors(self) -> Iterator[tuple[Tensor, tuple[int, ...]]]:
        inputs, outputs = self.signature.inputs, self.signature.outputs
        for factor, indices in zip(self.factors, self.factor_indices, strict=True):
            yield inputs[factor], indices
        yield outputs[self.output], self.output_indices

    def _written(self, tensor: Tensor, texts: Sequence[str], values: tuple[int, ...]) -> list[str]:
        rest_texts, rest_values = iter(texts), iter(values)
        sized, words, indexed = self.signature.sized_latents(tensor), self.signature.words, tensor.set_axes
        parts: list[str] = []
        for axis in tensor.axes:
            if axis in indexed:
                parts.append(next(rest_texts))
            elif axis not in sized:
                parts.append(axis)
            else:
                value = next(rest_values)
                # after an offset, t+1, a bare digit would be read as one of the offset's
                bare = words or (value < 10 and not (parts and "+" in parts[-1]))
                parts.append(str(value) if bare else f"({value})")
        return parts


def without_brackets(signature: Signature, one: Written) -> Term:
    """A term without its constants in brackets; names that tie several slots of a cyclic axis are constants of offsets."""
    axes = {
        index: axis
        for tensor, indices in (
            *((signature.inputs[number], own) for number, own in zip(one.factors, one.factor_indices, strict=True)),
            (signature.outputs[one.output], one.output_indices),
        )
        for index, axis in zip(indices, tensor.set_axes, strict=True)
    }
    tied = [
        (offsets(signature.size(axes[tie[0][0]]) or 1, tuple(by for _, by in tie)), tuple(i for i, _ in tie))
        for tie in one.ties
        if len(tie) > 1
    ]
    return Term(
        *(signature, one.output, one.factors, one.output_indices, one.factor_indices),
        *(one.output_latents, one.factor_latents, tuple(sorted(tied, key=lambda pair: (pair[0].name, pair[1])))),
    )
