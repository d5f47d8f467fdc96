"""The tensors of a layer whose pairs may have weights, and what such a layer cannot be."""

from __future__ import annotations

from symshare.core.notation.signature import Signature
from symshare.errors import SymshareError
from symshare.plans.choices import Choices
from symshare.plans.sparse import check_pairs, sparse_labels

__all__ = ["check_measured"]


def check_measured(signature: Signature, chosen: Choices) -> None:
    """Raise SymshareError for tensors whose pairs have no weights, and for options and symmetries that such layers lack."""
    check_pairs(signature, chosen.measured, "measured", "pairs have weights where a tensor has two axes or more")
    for name in sparse_labels(signature, chosen.measured):
        if name in signature.set_axes:
            raise SymshareError(f"measured={name!r} is an axis too\n  give the tensor another name")
    if (
        signature.depends
        or signature.indexed
        or signature.groups
        or any(signature.modulus(a) != 1 for a in signature.set_axes)
    ):
        raise SymshareError(
            f"weights of pairs are of permuted axes that hang on no other, and {str(signature)!r} has others\n"
            "  leave out measured (--measured), or the dependency or group"
        )
    for name, cure, given in (
        ("sparse tensors", "leave out --sparse", bool(chosen.sparse)),
        ("form='tables'", "leave out --form tables", chosen.form == "tables"),
    ):
        if given:
            raise SymshareError(f"layers with weights of pairs have no {name} yet\n  {cure}, or leave out --measured")
