"""Terms in LaTeX."""

from __future__ import annotations

from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.index_names import further_letter, further_word
from symshare.core.terms.term import Term

__all__ = ["latex_output", "latex_term"]


def latex_term(term: Term) -> str:
    r"""A term as LaTeX, with the output's own indices on the left-hand side.

    >>> from symshare.core.notation.reading import signature
    >>> print(latex_term(Term.from_einsum(signature("ab"), "ab->cb")))
    \sum_{c} x_{cb}
    """
    slot_names, taken = _output_names(term.signature, term.output_tensor)
    names: dict[int, str] = {}
    tied, starts = term.offsets(), dict[int, tuple[str, int]]()
    axes = term.index_axes
    deltas = []

    def shifted(index: int) -> str | None:
        """The name of an index that is tied to one with a name; a name of its own starts such a circle."""
        first, distance = tied.get(index, (index, 0))
        if first not in starts:
            return None
        name, start = starts[first]
        distance = (distance - start) % (term.signature.size(axes[index]) or 1) if index in tied else 0
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
        own = _shown(axes[index])
        free = own not in slot_names and own not in names.values()
        named(index, own if free else _further(term.signature, axes[index], taken) or rf"i_{{{index}}}")
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
    total = rf"\sum_{{{_below(over)}}} " if over else ""
    return total + " ".join(deltas + constants + factors)


_LATEX = {"e": r"\epsilon", "g": "g", "J": "J"}
"""How the constant tensors that have a name in the field are written."""


def _below(names: list[str]) -> str:
    """Indices side by side, parted by commas where one is shifted or a word."""
    return (",".join if any("+" in name or "mathrm" in name for name in names) else "".join)(names)


def _shown(name: str) -> str:
    """A letter, or a word upright, as LaTeX takes it."""
    return name if len(name) == 1 else rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"


def _further(signature: Signature, axis: str, taken: set[str]) -> str:
    """A name for one more index on an axis, which is taken from now on; empty where no letter is left."""
    name = further_word(axis, taken) if signature.words else further_letter("", taken)
    taken.add(name)
    return _shown(name) if name else ""


def latex_output(signature: Signature, output: int, latents: tuple[int, ...]) -> str:
    """The left-hand side of a map: the output tensor with its indices and the values picked on its latent axes."""
    tensor = signature.outputs[output]
    names, _ = _output_names(signature, tensor)
    below = _below(names) + "".join(f"[{value}]" for value in latents)
    prime = "'" if tensor.name is not None else ""
    return _symbol(signature.outputs, output, tensor, "y") + prime + (f"_{{{below}}}" if below else "")


def _output_names(signature: Signature, tensor: Tensor) -> tuple[list[str], set[str]]:
    """A name for each output slot, all different, and the names that further indices may not have."""
    taken = {*signature.set_axes, *signature.latent_axes, *signature.duals, "x", "y"}
    names: list[str] = []
    for axis in tensor.set_axes:
        own = _shown(axis)
        names.append(own if own not in names else _further(signature, axis, taken) or rf"o_{{{len(names)}}}")
    return names, taken


def _symbol(tensors: tuple[Tensor, ...], number: int, tensor: Tensor, plain: str) -> str:
    if tensor.name is not None:
        return r"\mathrm{" + tensor.name.replace("_", r"\_") + "}"
    return plain if len(tensors) == 1 else f"{plain}^{{({number + 1})}}"
