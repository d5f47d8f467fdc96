"""Terms in words."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.core.notation.names import is_latent, spelled
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.offsets import untied
from symshare.core.terms.term import Term

__all__ = ["words"]


def words(term: Term, total: str = "summed over") -> str:
    """A term of order 0 or 1 in words; empty for higher orders. `total` is the word for a sum.

    >>> from symshare.core.notation.reading import signature
    >>> words(Term.from_einsum(signature("ab"), "ab->cb"))
    'summed over a, repeated along c'
    >>> words(Term.from_einsum(signature("aa"), "ab->ba"))
    'transposed'
    """
    constants = [constant for constant, _ in term.constants if not constant.offsets]
    several = ", ".join(_called(term, factor) for factor in term.factors) if len(term.signature.inputs) > 1 else ""
    if constants:
        shown = "with " + ", ".join(map(str, dict.fromkeys(constants)))
    elif term.offsets():
        shown = _offset_words(term, total)
    else:
        shown = _reading(term, total) if term.order < 2 else ""
    at_values = []
    if term.order < 2:
        latent = [name for name, axis in zip(term.names(), term.index_axes, strict=True) if is_latent(axis)]
        at_values += [f"for each {', '.join(latent)}"] if latent else []
        at_values += [
            one
            for tensor, values in zip(term.factor_tensors, term.factor_latents, strict=True)
            for one in _picked("read", term, tensor, values)
        ]
        at_values += _picked("written", term, term.output_tensor, term.output_latents)
    shown = ", ".join([shown, *at_values])
    return f"{several}: {shown}" if several and shown else shown or several


def _reading(term: Term, total: str) -> str:
    """What a term of order 0 or 1 without constant tensors does."""
    names = term.names()
    outer = term.output_indices
    parts = []
    if term.order == 0:
        parts.append("a constant")
    elif term.factor_indices[0] == outer and not _repeated(outer):
        parts.append("the input itself")
    else:
        parts += _taken(term, names, total)
    if term.order == 1:
        new = [index for index in _moved(term, outer) if index not in term.factor_indices[0]]
        if new:
            parts.append("repeated along " + ", ".join(_placed(term, index, names) for index in new))
    if _repeated(outer):
        parts.append("on " + _diagonal(outer))
    elif term.order == 0 and outer:
        parts.append("everywhere")
    return (" " if term.order == 0 else ", ").join(parts)


def _offset_words(term: Term, total: str) -> str:
    """What a term with offsets around cyclic axes does."""
    tied = term.offsets()
    names = term.names()
    moved = [f"{names[index]} by {distance}" for index, (_, distance) in tied.items() if distance]
    if term.order > 1:
        return f"circular correlation, {', '.join(moved)}" if moved else ""
    rest = _reading(untied(term).term, total)
    if not moved:
        return rest
    return f"{'the input' if rest == 'the input itself' else rest}, shifted along {', '.join(moved)}"


def _placed(term: Term, index: int, names: tuple[str, ...]) -> str:
    """A new index of the output, with its axis where the name alone does not tell."""
    axes = term.output_tensor.set_axes
    place = term.output_indices.index(index)
    return names[index] + (f" (axis {place + 1})" if axes.count(axes[place]) > 1 else "")


def _picked(verb: str, term: Term, tensor: Tensor, values: tuple[int, ...]) -> list[str]:
    """The values on latent axes of fixed size that a factor is read at, or the output written at."""
    axes = term.signature.sized_latents(tensor)
    shown = ", ".join(f"{axis} = {value}" for axis, value in zip(axes, values, strict=True))
    return [f"{verb} at {shown}"] if shown else []


def _taken(term: Term, names: tuple[str, ...], total: str) -> list[str]:
    """How the factor of an order-1 term is read: diagonals, sums, exchanged axes."""
    inner = term.factor_indices[0]
    parts = []
    if _repeated(inner):
        parts.append(_diagonal(inner))
    summed = _moved(term, term.summed_indices)
    if summed:
        parts.append(f"{total} " + ", ".join(names[index] for index in summed))
    kept = [index for index in dict.fromkeys(inner) if index not in term.summed_indices]
    order = [index for index in dict.fromkeys(term.output_indices) if index in kept]
    if kept != order:
        parts.append("transposed" if len(kept) == 2 else "axes exchanged")
    return parts or ["the input itself"]


def _moved(term: Term, indices: Sequence[int]) -> list[int]:
    """Indices, each once, without those on latent axes, which coefficients are told apart by."""
    axes = term.index_axes
    return [index for index in dict.fromkeys(indices) if not is_latent(axes[index])]


def _called(term: Term, factor: int) -> str:
    tensor = term.signature.inputs[factor]
    shown = spelled(tensor.axes, term.signature.words).strip("()")
    return tensor.name or f"input {factor} ({shown or 'a scalar'})"


def _repeated(indices: tuple[int, ...]) -> bool:
    return len(set(indices)) < len(indices)


def _diagonal(indices: tuple[int, ...]) -> str:
    """The diagonal that slots with a shared index make."""
    if len(indices) == 2:
        return "the diagonal"
    groups = [
        ", ".join(str(place + 1) for place, other in enumerate(indices) if other == index)
        for index in dict.fromkeys(indices)
        if indices.count(index) > 1
    ]
    return "the diagonal of axes " + " and of axes ".join(groups)
