"""One polynomial map between named tensors: terms, each with a coefficient."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import torch

from symshare.core.notation.signature import Signature
from symshare.core.terms.evaluation import dense
from symshare.core.terms.latex import latex_output, latex_term
from symshare.core.terms.term import Term
from symshare.errors import SymshareError
from symshare.nn.distilling.matrix_words import matrix_words

__all__ = ["Coefficient", "Line", "as_text", "identity", "value"]

Coefficient = Fraction | float


@dataclass(frozen=True, slots=True)
class Line:
    """For each output of a signature of named tensors, its terms with their coefficients."""

    signature: Signature
    summands: tuple[tuple[Term, Coefficient], ...]

    def of(self, output: int) -> tuple[tuple[Term, Coefficient], ...]:
        """The terms of one output."""
        return tuple(pair for pair in self.summands if pair[0].output == output)

    def with_coefficients(self, numbers: Sequence[Coefficient]) -> Line:
        """The same terms with other coefficients; those of coefficient zero are left out."""
        pairs = zip(self.summands, numbers, strict=True)
        return Line(self.signature, tuple((term, number) for (term, _), number in pairs if number != 0))

    def texts(self, reduce: str = "sum") -> list[str]:
        """A text for each output, in matrix words where terms have some, else as einsums; `mean[..]` where sums are means."""
        return [
            f"{tensor.name} <- {_sum([(number, _word(term, reduce)) for term, number in self.of(at)])}"
            for at, tensor in enumerate(self.signature.outputs)
        ]

    def latex(self, reduce: str = "sum") -> list[str]:
        """A LaTeX line for each output; means are sums over the lengths n of axes."""
        found = []
        for at in range(len(self.signature.outputs)):
            parts: list[tuple[Coefficient, str]] = [
                (number, _over_lengths(term, reduce) + latex_term(term)) for term, number in self.of(at)
            ]
            found.append(f"{latex_output(self.signature, at, ())} ={{}}& {_sum(parts, latex=True)}")
        return found

    def rows(self, reduce: str = "sum") -> list[tuple[str, str, str, str]]:
        """The output, the coefficient, the term and its words, for each term."""
        outputs = self.signature.outputs
        return [
            (str(outputs[term.output].name), as_text(number), named(term), _words(term, reduce))
            for term, number in self.summands
        ]


def _words(term: Term, reduce: str) -> str:
    """A term as a product of matrices, which sums and does not average."""
    return "" if reduce == "mean" and term.averaged_indices else matrix_words(term)


def _word(term: Term, reduce: str) -> str:
    plain = not term.order and not term.constants and len(set(term.output_indices)) == len(term.output_indices)
    mean = "mean" if reduce == "mean" and term.averaged_indices else ""
    return _words(term, reduce) or ("" if plain else f"{mean}[{named(term)}]")


def _over_lengths(term: Term, reduce: str) -> str:
    """One over the lengths that a mean divides by, as LaTeX."""
    if reduce != "mean" or not term.averaged_indices:
        return ""
    axes = [term.index_axes[index].replace("_", r"\_") for index in term.averaged_indices]
    return rf"\tfrac{{1}}{{{' '.join(f'n_{{{axis}}}' for axis in axes)}}} "


def named(term: Term) -> str:
    """A term with the names of its factors: `Y:ab,X:cb,Y:cd->ad`; the first chain of indices comes first."""
    texts = term.to_einsum().split("->")
    parts = texts[0].split(",") if texts[0] != "()" else [""] * term.order
    factors, constants = parts[: term.order], parts[term.order :]
    names = [tensor.name for tensor in term.factor_tensors]
    inner = [f"{name}:{text}" for name, text in zip(names, factors, strict=True)]
    return f"{','.join([*inner, *filter(None, constants)])}->{texts[1]}"


def as_text(number: Coefficient) -> str:
    """A coefficient as it is printed: exact where it is a short decimal or a fraction, else six digits.

    >>> as_text(Fraction(-149, 100)), as_text(Fraction(1, 3)), as_text(0.123456789)
    ('-1.49', '1/3', '0.123457')
    """
    if not isinstance(number, Fraction):
        return f"{number:.6g}"
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    decimal = (rest == 1 and 8 < number.denominator < 10**9) or number.denominator == 5
    return f"{float(number):.12g}" if decimal else str(number)


def _sum(parts: Sequence[tuple[Coefficient, str]], *, latex: bool = False) -> str:
    """Terms with signs between them."""
    text = ""
    for number, word in parts:
        positive: Coefficient = -number if number < 0 else number
        size = as_text(positive)
        if latex and "/" in size:
            size = re.sub(r"(\d+)/(\d+)", r"\\tfrac{\1}{\2}", size)
        size = "" if size == "1" and word else size
        sign = ("-" if number < 0 else "") if not text else (" - " if number < 0 else " + ")
        text += sign + " ".join(filter(None, (size, word)))
    return text or "0"


def identity(signature: Signature, output: int, factor: int) -> Term:
    """The term that is a tensor itself."""
    places = tuple(range(len(signature.outputs[output].axes)))
    return Term(signature, output, (factor,), places, (places,), (), ((),))


def value(
    term: Term, tensors: Mapping[str, torch.Tensor], reduce: str = "sum", sizes: Mapping[str, int] | None = None
) -> torch.Tensor:
    """The value of a term for tensors (batch.., *axes) by name, (batch.., *axes of the output).

    >>> from symshare.core.notation.reading import signature
    >>> one = Term.from_einsum(signature("X:ab->Y:aa"), "ab->aa")
    >>> value(one, {"X": torch.ones(2, 3)}).tolist()
    [[3.0, 0.0], [0.0, 3.0]]
    """
    lengths = _lengths(term, tensors, sizes)
    operands = [tensors[str(tensor.name)] for tensor in term.factor_tensors]
    labels = [list(indices) for indices in term.factor_indices]
    like = tensors[str(term.signature.inputs[0].name)]
    batched = len(operands)
    for constant, indices in term.constants:
        operands.append(torch.as_tensor(dense(constant)).to(like))
        labels.append(list(indices))
    fresh, written = len(term.index_axes), list[int]()
    present = {index for own in labels for index in own}
    for index, axis in zip(term.output_indices, term.output_tensor.axes, strict=True):
        if index in written:  # a diagonal: a new index, tied to the old one
            operands.append(torch.eye(lengths[axis], dtype=like.dtype, device=like.device))
            labels.append([index, fresh])
            index, fresh = fresh, fresh + 1
        elif index not in present:
            operands.append(torch.ones(lengths[axis], dtype=like.dtype, device=like.device))
            labels.append([index])
        written.append(index)
    batch = tuple(like.shape[: like.dim() - len(term.signature.inputs[0].axes)])
    if not operands:
        return torch.ones(batch, dtype=like.dtype, device=like.device)
    arguments = [
        part
        for place, (operand, own) in enumerate(zip(operands, labels, strict=True))
        for part in (operand, [...] * (place < batched) + own)
    ]
    found: torch.Tensor = torch.einsum(*arguments, [...] * (batched > 0) + written)
    if not term.order:
        found = found.expand(*batch, *found.shape)
    if reduce == "mean":
        for index in term.averaged_indices:
            found = found / max(lengths[term.index_axes[index]], 1)
    return found


def _lengths(term: Term, tensors: Mapping[str, torch.Tensor], sizes: Mapping[str, int] | None) -> dict[str, int]:
    """The length of every axis of a term."""
    lengths = dict(term.signature.sizes) | dict(sizes or {})
    for tensor in term.signature.inputs:
        shape = tensors[str(tensor.name)].shape
        lengths |= dict(zip(tensor.axes, shape[len(shape) - len(tensor.axes) :], strict=True))
    missing = next((axis for axis in term.output_tensor.axes if axis not in lengths), None)
    if missing is not None:
        raise SymshareError(
            f"no input has the axis {missing} of an output\n  give its length: sizes={{'{missing}': 5}}"
        )
    return lengths
