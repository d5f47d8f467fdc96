"""The tensors of a layer that have values on the pairs of a support only, and what such a layer cannot be."""

from __future__ import annotations

from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.errors import SymshareError
from symshare.plans.choices import Choices

__all__ = ["check_pairs", "check_sparse", "label", "sparse_labels"]


def label(tensor: Tensor) -> str:
    """What a sparse tensor is called: its name, else its axes.

    >>> label(Tensor(("a", "a", "H"), "edges")), label(Tensor(("a", "b", "H")))
    ('edges', 'ab')
    """
    return tensor.name or joined_axes(tensor)


def joined_axes(tensor: Tensor) -> str:
    """The axes of a tensor as one word: letters side by side, words with underscores between.

    >>> joined_axes(Tensor(("user", "film", "H")))
    'user_film'
    """
    return ("_" if any(len(axis) > 1 for axis in tensor.set_axes) else "").join(tensor.set_axes)


def sparse_labels(signature: Signature, sparse: tuple[str, ...]) -> dict[str, Tensor]:
    """The sparse tensors by what they are called; a name or the axes of a tensor stand for it, axes for all that have them."""
    found: dict[str, Tensor] = {}
    for tensor in (*signature.inputs, *signature.outputs):
        if not {label(tensor), joined_axes(tensor)}.isdisjoint(sparse):
            found.setdefault(label(tensor), tensor)
    return found


def check_pairs(signature: Signature, names: tuple[str, ...], option: str, why: str) -> None:
    """Raise SymshareError for names that an option has, and that are not those of tensors of two axes or more."""
    tensors = (*signature.inputs, *signature.outputs)
    known = ", ".join(dict.fromkeys(label(one) for one in tensors if len(one.set_axes) > 1))
    cure = f"name one of {known}" if known else f"leave out {option} (--{option}): no tensor has two axes"
    for name in names:
        own = [one for one in tensors if name in (label(one), joined_axes(one))]
        if not own:
            raise SymshareError(f"{option}={name!r} is no tensor of {signature}\n  {cure}")
        number = next((len(one.set_axes) for one in own if len(one.set_axes) < 2), 2)
        if number < 2:
            raise SymshareError(f"{name} has {number} {'axis' if number else 'axes'}, and {why}\n  {cure}")


def check_sparse(signature: Signature, chosen: Choices) -> None:
    """Raise SymshareError for tensors that cannot be sparse, and for options and symmetries that sparse layers lack."""
    tensors = (*signature.inputs, *signature.outputs)
    check_pairs(signature, chosen.sparse, "sparse", "a support is of pairs")
    labels = sparse_labels(signature, chosen.sparse)
    for one in tensors:
        if one.name == "support":
            raise SymshareError("support is an argument of sparse layers\n  give the tensor another name")
        if label(one) in labels and labels[label(one)].set_axes != one.set_axes:
            raise SymshareError(
                f"{label(one)} has different axes in and out\n  give the two tensors names of their own"
            )
    paired = {axis for one in labels.values() for axis in one.set_axes[:2]}
    given = {axis for one in signature.inputs for axis in one.set_axes}
    for axis in signature.set_axes:
        if axis not in paired and axis not in given:
            raise SymshareError(
                f"axis {axis} is on no support and no input, so that its length is not known\n"
                f"  give an input with axis {axis}, or leave out the outputs that have it"
            )
    _check_plain(signature, chosen)


def _check_plain(signature: Signature, chosen: Choices) -> None:
    """Raise SymshareError for groups, dependencies and options that layers on supports lack."""
    acted = [axis for axis in signature.set_axes if signature.modulus(axis) != 1] + [
        axis for axis, _ in signature.groups
    ]
    if signature.depends or signature.indexed or acted:
        raise SymshareError(
            f"sparse layers are of permuted axes that hang on no other, and {str(signature)!r} has others\n"
            "  leave out sparse (--sparse), or the dependency or group"
        )
    if chosen.form == "tables":
        raise SymshareError(
            "sparse layers have no form='tables' yet\n  leave it out (--form tables), or sparse (--sparse)"
        )
