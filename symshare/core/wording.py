"""Terms in words and in LaTeX."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase

from symshare.core.offsets import untied
from symshare.core.signature import Signature, Tensor
from symshare.core.term import Term

__all__ = ["latex_output", "latex_term", "words"]


def words(term: Term, total: str = "summed over") -> str:
    """What a term of order 0 or 1 does, in words; empty for higher orders. `total` is the word for a sum.

    >>> from symshare.core.notation import signature
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
    picks = []
    if term.order < 2:
        picks += [
            one
            for tensor, values in zip(term.factor_tensors, term.factor_latents, strict=True)
            for one in _picked("read", term, tensor, values)
        ]
        picks += _picked("written", term, term.output_tensor, term.output_latents)
    shown = ", ".join([shown, *picks])
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
        new = [index for index in dict.fromkeys(outer) if index not in term.factor_indices[0]]
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
    """A new index of the output, with its axis where the letter alone does not tell."""
    letters = term.output_tensor.set_axes
    place = term.output_indices.index(index)
    return names[index] + (f" (axis {place + 1})" if letters.count(letters[place]) > 1 else "")


def _picked(verb: str, term: Term, tensor: Tensor, values: tuple[int, ...]) -> list[str]:
    """The values on latent axes of fixed size that a factor is read at, or the output written at."""
    letters = term.signature.sized_latents(tensor)
    shown = ", ".join(f"{letter} = {value}" for letter, value in zip(letters, values, strict=True))
    return [f"{verb} at {shown}"] if shown else []


def _taken(term: Term, names: tuple[str, ...], total: str) -> list[str]:
    """How the factor of an order-1 term is read: diagonals, sums, exchanged axes."""
    inner = term.factor_indices[0]
    parts = []
    if _repeated(inner):
        parts.append(_diagonal(inner))
    summed = term.summed_indices
    if summed:
        parts.append(f"{total} " + ", ".join(names[index] for index in summed))
    kept = [index for index in dict.fromkeys(inner) if index not in summed]
    order = [index for index in dict.fromkeys(term.output_indices) if index in kept]
    if kept != order:
        parts.append("transposed" if len(kept) == 2 else "axes exchanged")
    return parts or ["the input itself"]


def _called(term: Term, factor: int) -> str:
    tensor = term.signature.inputs[factor]
    return tensor.name or f"input {factor + 1} ({tensor.axes or 'a scalar'})"


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


def latex_term(term: Term) -> str:
    r"""A term as LaTeX, with the output's own indices on the left-hand side.

    >>> from symshare.core.notation import signature
    >>> print(latex_term(Term.from_einsum(signature("ab"), "ab->cb")))
    \sum_{c} x_{cb}
    """
    slot_names, spare = _output_names(term.signature, term.output_tensor)
    names: dict[int, str] = {}
    tied, starts = term.offsets(), dict[int, tuple[str, int]]()
    letters = term.index_letters
    deltas = []

    def shifted(index: int) -> str | None:
        """The name of an index that is tied to one with a name; a name of its own starts such a circle."""
        first, distance = tied.get(index, (index, 0))
        if first not in starts:
            return None
        name, start = starts[first]
        distance = (distance - start) % (term.signature.size(letters[index]) or 1) if index in tied else 0
        return f"{name}+{distance}" if distance else name

    def named(index: int, name: str) -> None:
        names[index] = name
        first, distance = tied.get(index, (index, 0))
        starts[first] = name, distance

    for index, name in zip(term.output_indices, slot_names, strict=True):
        known = shifted(index)
        if known is not None:
            names.setdefault(index, known)
            deltas.append(rf"\delta_{{{_below([known, name])}}}")
        else:
            named(index, name)
    over = []
    for index in term.summed_indices:
        known = shifted(index)
        if known is not None:
            names[index] = known
            continue
        own = letters[index]
        free = own not in slot_names and own not in names.values()
        named(index, own if free else (spare.pop(0) if spare else rf"i_{{{index}}}"))
        over.append(names[index])
    constants = [
        rf"{_LATEX.get(constant.name[0], '')}_{{{_below([names[index] for index in indices])}}}"
        if constant.name[0] in _LATEX and constant.name[1:].isdigit()
        else rf"\mathrm{{{constant.name.replace('_', chr(92) + '_')}}}_{{{_below([names[index] for index in indices])}}}"
        for constant, indices in term.constants
        if not constant.offsets
    ]
    factors = []
    for tensor, indices, values, number in zip(
        term.factor_tensors, term.factor_indices, term.factor_latents, term.factors, strict=True
    ):
        below = _below([names[index] for index in indices]) + "".join(f"[{value}]" for value in values)
        factors.append(_symbol(term.signature.inputs, number, tensor, "x") + (f"_{{{below}}}" if below else ""))
    total = rf"\sum_{{{''.join(over)}}} " if over else ""
    return total + " ".join(deltas + constants + factors)


_LATEX = {"e": r"\epsilon", "g": "g", "J": "J"}
"""How the constant tensors that have a name in the field are written."""


def _below(names: list[str]) -> str:
    """Indices side by side, parted by commas where one is shifted."""
    return (",".join if any("+" in name for name in names) else "".join)(names)


def latex_output(signature: Signature, output: int, latents: tuple[int, ...]) -> str:
    """The left-hand side of a map: the output tensor with its indices and the values picked on its latent axes."""
    tensor = signature.outputs[output]
    names, _ = _output_names(signature, tensor)
    below = "".join(names) + "".join(f"[{value}]" for value in latents)
    prime = "'" if tensor.name is not None else ""
    return _symbol(signature.outputs, output, tensor, "y") + prime + (f"_{{{below}}}" if below else "")


def _output_names(signature: Signature, tensor: Tensor) -> tuple[list[str], list[str]]:
    """A name for each output slot, all different, and the names left over."""
    taken = set(signature.letters) | set(signature.latents)
    spare = [letter for letter in ascii_lowercase + ascii_uppercase if letter not in taken and letter not in "xy"]
    names: list[str] = []
    for letter in tensor.set_axes:
        names.append(letter if letter not in names else (spare.pop(0) if spare else rf"o_{{{len(names)}}}"))
    return names, spare


def _symbol(tensors: tuple[Tensor, ...], number: int, tensor: Tensor, plain: str) -> str:
    if tensor.name is not None:
        return r"\mathrm{" + tensor.name.replace("_", r"\_") + "}"
    return plain if len(tensors) == 1 else f"{plain}^{{({number + 1})}}"
