"""A quadratic network of one hidden layer, its weights free or shared, and how far it is from equivariant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from symshare.polynomials.network import PolynomialNetwork

__all__ = ["Free", "Shared", "asymmetry", "broken", "function", "penalty"]


def function(network: PolynomialNetwork, weights: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The outputs of a network of linear layers without a constant input, with weights in one row, at points (.., inputs)."""
    start = 0
    for place, layer in enumerate(network.layers):
        size = layer.units * len(layer.columns)
        matrix = weights[start : start + size].reshape(layer.units, len(layer.columns))
        start += size
        x = (x**network.degree if place else x) @ matrix.mT
    return x


class Free(torch.nn.Module):
    """A network whose weights are all free."""

    def __init__(self, network: PolynomialNetwork, start: torch.Tensor, checks: int = 0) -> None:
        super().__init__()
        self.network = network
        self.free = torch.nn.Parameter(start)
        self.register_buffer("errors", torch.full((checks,), -1.0))
        """How far from equivariant the network was, now and then, -1 before that; a buffer, so that a checkpoint has it."""
        self.register_buffer("kept", start.clone())
        """The last weights on the variety, for a training that stays there."""
        self.errors: torch.Tensor
        self.kept: torch.Tensor

    def weights(self) -> torch.Tensor:
        """All weights, in one row."""
        return self.free

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The outputs at points."""
        return function(self.network, self.weights(), x)


class Shared(Free):
    """A network whose weights are combinations of fewer free ones: a basis of a null space, each vector by its places.

    Weights of one class sum their gradients, as one parameter has them all; where an additive equation makes a weight depend
    on others, its gradient goes to these. Autograd does both.
    """

    def __init__(
        self, network: PolynomialNetwork, basis: Sequence[Mapping[int, float]], start: torch.Tensor, checks: int = 0
    ) -> None:
        super().__init__(network, start, checks)
        matrix = torch.zeros(network.weights, len(basis), dtype=start.dtype)
        for column, vector in enumerate(basis):
            for place, value in vector.items():
                matrix[place, column] = value
        self.register_buffer("basis", matrix)
        self.basis: torch.Tensor

    def weights(self) -> torch.Tensor:
        """All weights, in one row."""
        return self.basis @ self.free


def _moved(x: torch.Tensor, images: Sequence[int]) -> torch.Tensor:
    """Values gone to where a permutation takes them, along the last axis."""
    found = torch.empty_like(x)
    found[..., list(images)] = x
    return found


def broken(
    network: PolynomialNetwork, weights: torch.Tensor, moves: Sequence[Sequence[int]], x: torch.Tensor
) -> torch.Tensor:
    """f(g x) - g f(x) for each generator g, which moves inputs and outputs alike."""
    found = function(network, weights, x)
    return torch.stack([function(network, weights, _moved(x, one)) - _moved(found, one) for one in moves])


def penalty(
    network: PolynomialNetwork, weights: torch.Tensor, moves: Sequence[Sequence[int]], x: torch.Tensor
) -> torch.Tensor:
    """The mean square of what is broken at some points."""
    return broken(network, weights, moves, x).square().mean()


def asymmetry(
    network: PolynomialNetwork, weights: torch.Tensor, moves: Sequence[Sequence[int]], x: torch.Tensor
) -> float:
    """The size of what is broken over that of the function, at some points."""
    with torch.no_grad():
        whole = function(network, weights, x).square().mean().sqrt()
        return float(penalty(network, weights, moves, x).sqrt() / (whole + 1e-30))
