"""What is known of the tensors of a module's graph while it is followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from symshare.weights.atoms import Atoms
from symshare.weights.terms import Term, Uniform

__all__ = ["Trace", "Value"]


@dataclass(slots=True)
class Value:
    """What is known of one tensor of the graph: a term for each dimension, and its entries where it is a constant.

    `labels` is the number of the input whose whole numbers it has, where nothing was reckoned with them, -1 otherwise.
    """

    dims: tuple[Term, ...]
    constant: torch.Tensor | None = None
    labels: int = -1
    dtype: torch.dtype | None = None


@dataclass(slots=True)
class Trace:
    """The tensors of a module's graph over its atoms; those inside operations count as well.

    `permuted` says whether inputs and outputs are moved with the weights, `used` which results of the present operation are
    used, and `precision` is the coarsest type of numbers. `program` is what torch.export gives, `nodes` has what is known of
    each node of its graph.
    """

    atoms: Atoms = field(default_factory=Atoms)
    parameters: dict[str, tuple[Term, ...]] = field(default_factory=dict)
    buffers: set[str] = field(default_factory=set)
    tied: dict[str, tuple[str, ...]] = field(default_factory=dict)
    inputs: list[tuple[Term, ...]] = field(default_factory=list)
    outputs: list[tuple[Term, ...]] = field(default_factory=list)
    tensors: list[tuple[Term, ...]] = field(default_factory=list)
    labels: dict[int, Term] = field(default_factory=dict)
    numbers: set[int] = field(default_factory=set)
    permuted: tuple[bool, bool] = (False, False)
    used: frozenset[int] = frozenset()
    used_weights: set[str] = field(default_factory=set)
    precision: torch.dtype = torch.float64
    program: Any = None
    nodes: dict[Any, Any] = field(default_factory=dict)

    @property
    def weights(self) -> list[tuple[Term, ...]]:
        """The tensors that are moved: parameters and buffers, and inputs and outputs where they may be permuted."""
        inputs = self.inputs if self.permuted[0] else []
        return [*self.parameters.values(), *inputs, *(self.outputs if self.permuted[1] else [])]

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
