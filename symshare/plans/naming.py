"""The names of a plan: of inputs, of the parameters of a term, and of the indices of one factor."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.core.notation.names import has_words, is_moved
from symshare.core.notation.signature import Signature
from symshare.core.terms.index_names import further_letter, further_word
from symshare.core.terms.term import Term

__all__ = ["RESERVED", "fresh", "input_names", "joined", "local_names", "term_key"]

RESERVED = frozenset({"self", "torch", "measure"})
"""Names that an emitted forward method needs for itself: a tensor with such a name is an argument `self_2`."""


def fresh(wanted: str, taken: set[str]) -> str:
    """A name that is not taken yet; from now on it is.

    >>> fresh("x", {"x", "x_2"})
    'x_3'
    """
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    taken.add(name)
    return name


def input_names(signature: Signature, reserved: frozenset[str] = RESERVED) -> tuple[tuple[str, ...], set[str]]:
    """A name for each input, its own if it has one, and all names that values may not have.

    >>> from symshare.core.notation.reading import signature
    >>> input_names(signature("adj:aaH,aH,self:H->aH"))[0]
    ('adj', 'x1', 'self_2')
    """
    tensors = signature.inputs
    wanted = [tensor.name or ("x" if len(tensors) == 1 else f"x{number}") for number, tensor in enumerate(tensors)]
    taken = {*reserved, *(tensor.name for tensor in tensors if tensor.name)}
    names = tuple(
        name if tensor.name == name and name not in reserved else fresh(name, taken)
        for tensor, name in zip(tensors, wanted, strict=True)
    )
    return names, taken


def term_key(signature: Signature, term: Term) -> str:
    """A term as a name: `ab,bc->ac` is `ab_bc__ac`, `ar,br,[T1 rs]->as` `ar_br_T1rs__as`; where there are several inputs or
    outputs they are named too. Indices on latent axes are left out where others tell of them: `Lh->Mi` is `h__i`. Words are
    parted by one underscore, tensors of words by two."""
    tied, between = term.offsets(), "_" if signature.words else ""
    shown = [
        name + (str(tied[index][1]) if index in tied and tied[index][1] else "")
        for index, name in enumerate(term.names())
    ]
    pieces = []
    for tensors, number, indices, plain in (
        *((signature.inputs, factor, one, "x") for factor, one in zip(term.factors, term.factor_indices, strict=True)),
        (signature.outputs, term.output, term.output_indices, "y"),
    ):
        label = f"{tensors[number].name or f'{plain}{number}'}_" if len(tensors) > 1 else ""
        told = [index for index, axis in zip(indices, tensors[number].set_axes, strict=True) if is_moved(axis)]
        pieces.append(label + between.join([shown[index] for index in told or indices]))
    pieces[-1:-1] = [
        constant.name + between.join(["", *(shown[index] for index in indices)])
        for constant, indices in term.constants
        if not constant.offsets
    ]
    return ("__" if between else "_").join(pieces[:-1]) + "__" + pieces[-1]


def joined(names: Sequence[str]) -> str:
    """The indices of a value in the name of a variable: letters side by side, words parted by underscores.

    >>> joined(("a", "b")), joined(("hidden", "in"))
    ('ab', 'hidden_in')
    """
    return ("_" if has_words([names]) else "").join(names)


def local_names(axes: Sequence[str], indices: Sequence[int]) -> dict[int, str]:
    """Names for the indices of a single factor, such that equal readings of an input look equal in every term.

    >>> local_names(("a", "a", "b"), [0, 1, 2]), local_names(("hidden", "hidden"), [0, 1])
    ({0: 'a', 1: 'c', 2: 'b'}, {0: 'hidden', 1: 'hidden2'})
    """
    taken, words = set(axes), has_words([axes])
    names: dict[int, str] = {}
    for index, axis in zip(indices, axes, strict=False):
        if index not in names:
            used = axis in names.values()
            names[index] = (further_word(axis, taken) if words else further_letter("", taken)) if used else axis
            taken.add(names[index])
    return names
