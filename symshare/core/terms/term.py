"""Terms: contraction diagrams, which slots of the factors and the output carry the same index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, Any

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.core.notation.signature import Signature, Tensor
from symshare.core.terms.canonical import Diagram, canonical
from symshare.core.terms.constant import Constant, offsets, written_out
from symshare.errors import NotationError

if TYPE_CHECKING:
    from symshare.core.terms.reading import Written

__all__ = ["Term", "without_brackets"]


@dataclass(frozen=True, slots=True)
class Term(Noun):
    """One contraction diagram: y[output indices] = sum over the other indices of a product of input entries.

    `output` and `factors` number the tensors of the signature; `output_indices` and `factor_indices` name the index on
    each lower-case slot by an int; `output_latents` and `factor_latents` hold the value picked on each latent axis of
    fixed size. `constants` are constant tensors that the product has besides its factors, each with its indices; a term
    of set axes has none. Indices are numbered by first appearance, factors first. Two terms are equal when they are the
    same diagram written the same way; `canonical()` brings diagrams that differ by an exchange of equal factors to one form.

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
    def index_letters(self) -> tuple[str, ...]:
        """The axis letter of each index, by its number."""
        letters: dict[int, str] = {}
        for tensor, indices in self._tensors():
            letters.update(zip(indices, tensor.set_axes, strict=True))
        return tuple(self.signature.base(letters[index]) for index in range(len(letters)))

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
        letters, summed = self.index_letters, self.summed_indices
        tied = self.offsets()
        bound = {index for constant, indices in self.constants if not constant.offsets for index in indices}
        kept = {tied[index][0] for index in self.output_indices if index in tied}
        found = []
        for index in summed:
            if letters[index].isupper():  # a layer has weights of its own for each value
                continue
            group = self.signature.group(letters[index])
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
            {**constant.to_dict(), "indices": "".join(names[i] for i in indices), "offsets": list(constant.offsets)}
            for constant, indices in self.constants
        ]
        found = {"order": self.order, "einsum": self.to_einsum(), "inputs": list(self.factors), "output": self.output}
        return found | ({"constants": constants} if constants else {})

    def tables(self) -> tuple[Table, ...]:
        """The tensors that the term multiplies and makes, and its constant tensors entry by entry."""
        names = [f"input {factor}" for factor in self.factors] + [f"output {self.output}"]
        rows = [(name, str(tensor) or "(a scalar)") for name, (tensor, _) in zip(names, self._tensors(), strict=True)]
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
        """A letter for each index: the first index of an axis keeps the axis letter, others take the next free one after it."""
        letters = self.index_letters
        tied = self.offsets()
        taken = set(self.signature.letters) | set(self.signature.latents)
        lower, upper = ([one for one in every if one not in taken] for every in (ascii_lowercase, ascii_uppercase))
        names: list[str] = []
        for index, letter in enumerate(letters):
            if index in tied and tied[index][0] != index:
                names.append(names[tied[index][0]])
                continue
            name = letter
            if letter in names:
                spare = (upper or lower) if letter.isupper() else (lower or upper)
                if not spare:
                    cure = "ask for a lower order"
                    raise NotationError(str(self.signature), 0, "has a term with over 52 indices", cure)
                name = next((one for one in spare if one > letter), spare[0])
                spare.remove(name)
            names.append(name)
        return tuple(names)

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
        alone it is `()->a`, since `->a` is a constant.
        """
        names = self.names()
        tied = self.offsets()
        shown = [
            name + (f"+{tied[index][1]}" if index in tied and tied[index][1] else "")
            for index, name in enumerate(names)
        ]
        parts = [self._written(tensor, *slots, shown) for tensor, slots in self._with_latents()]
        brackets = []
        for constant, indices in self.constants:
            legs = "".join([names[index] for index in indices])
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
            named = ", ".join(f"{letter}={group}" for letter, group in signature.groups)
            raise NotationError(text, 0, f"is a term under {named}", "read it with symshare.term(signature, text)")
        from symshare.core.terms.channels import read_either  # terms that are listed are not read

        _, (found,) = read_either(signature, text, factors, output, most=1)
        term = without_brackets(signature, found)
        return term if ordered else term.canonical()

    def _tensors(self) -> Iterator[tuple[Tensor, tuple[int, ...]]]:
        inputs, outputs = self.signature.inputs, self.signature.outputs
        for factor, indices in zip(self.factors, self.factor_indices, strict=True):
            yield inputs[factor], indices
        yield outputs[self.output], self.output_indices

    def _with_latents(self) -> Iterator[tuple[Tensor, tuple[tuple[int, ...], tuple[int, ...]]]]:
        latents = (*self.factor_latents, self.output_latents)
        for (tensor, indices), values in zip(self._tensors(), latents, strict=True):
            yield tensor, (indices, values)

    def _written(self, tensor: Tensor, indices: tuple[int, ...], values: tuple[int, ...], names: Sequence[str]) -> str:
        rest_indices, rest_values = iter(indices), iter(values)
        sized, indexed = self.signature.sized_latents(tensor), tensor.set_axes
        parts = [""]
        for letter in tensor.axes:
            if letter in indexed:
                parts.append(names[next(rest_indices)])
            elif letter not in sized:
                parts.append(letter)
            else:
                value = next(rest_values)
                # after an offset, t+1, a bare digit would be read as one of the offset's
                parts.append(str(value) if value < 10 and "+" not in parts[-1] else f"({value})")
        return "".join(parts)


def without_brackets(signature: Signature, one: Written) -> Term:
    """A term without its constants in brackets; letters that tie several slots of a cyclic axis are constants of offsets."""
    letters = {
        index: letter
        for tensor, indices in (
            *((signature.inputs[number], own) for number, own in zip(one.factors, one.factor_indices, strict=True)),
            (signature.outputs[one.output], one.output_indices),
        )
        for index, letter in zip(indices, tensor.set_axes, strict=True)
    }
    tied = [
        (
            offsets(signature.size(letters[tie[0][0]]) or 1, tuple(distance for _, distance in tie)),
            tuple(i for i, _ in tie),
        )
        for tie in one.ties
        if len(tie) > 1
    ]
    return Term(
        *(signature, one.output, one.factors, one.output_indices, one.factor_indices),
        *(one.output_latents, one.factor_latents, tuple(sorted(tied, key=lambda pair: (pair[0].name, pair[1])))),
    )
