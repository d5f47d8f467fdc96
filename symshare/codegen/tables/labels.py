"""The names of tensors in tables."""

from __future__ import annotations

from symshare.core.notation.signature import Signature

__all__ = ["labels"]


def labels(signature: Signature) -> tuple[list[str], list[str]]:
    """The names of inputs and of outputs in the tables and in the keys of weights."""
    sides = (("x", signature.inputs), ("y", signature.outputs))
    return tuple(  # type: ignore[return-value]  # two lists
        [one.name or (plain if len(tensors) == 1 else f"{plain}{number}") for number, one in enumerate(tensors)]
        for plain, tensors in sides
    )
