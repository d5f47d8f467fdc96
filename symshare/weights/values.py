"""What is known of the tensors of a module's graph while it is followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from symshare.weights.atoms import Atoms, Term, Uniform

__all__ = ["Trace", "Value"]


@dataclass(slots=True)
class Value:
    """What is known of one tensor of the graph: a term for each dimension, and its entries where it is a constant."""

    dims: tuple[Term, ...]
    constant: torch.Tensor | None = None


@dataclass(slots=True)
class Trace:
    """The tensors of a module's graph over its atoms; those inside operations count as well."""

    atoms: Atoms = field(default_factory=Atoms)
    parameters: dict[str, tuple[Term, ...]] = field(default_factory=dict)
    inputs: list[tuple[Term, ...]] = field(default_factory=list)
    outputs: list[tuple[Term, ...]] = field(default_factory=list)
    tensors: list[tuple[Term, ...]] = field(default_factory=list)

    def see(self, dims: Sequence[Term]) -> tuple[Term, ...]:
        """Record a tensor that the module makes, also one that never leaves an operation."""
        self.tensors.append(tuple(dims))
        return tuple(dims)

    def of_constant(self, entries: torch.Tensor) -> tuple[Term, ...]:
        """The dimensions of a constant: fixed where it varies along them."""
        found: list[Term] = []
        for place, size in enumerate(entries.shape):
            if size > 1 and bool((entries == entries.narrow(place, 0, 1)).all()):
                found.append(Uniform(size))
            else:
                found.append(self.atoms.new(size, "a constant varies along it"))
        return tuple(found)
