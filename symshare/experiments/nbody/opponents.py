"""What the derived networks are compared with: straight motion, plain networks, and EGNN."""

from __future__ import annotations

import torch

from symshare.experiments.nbody.particles import Paths, seconds

__all__ = ["EGNN", "Plain", "straight"]


def straight(train: Paths) -> float:
    """The time t with the least squared error of x + v t."""
    v = train.velocities
    return ((train.later - train.positions) * v).sum().item() / v.square().sum().item()


class Plain(torch.nn.Module):
    """Perceptrons on all numbers of a system, written one behind the other; what they give is added to straight motion."""

    def __init__(self, particles: int, width: int = 256, depth: int = 3) -> None:
        super().__init__()
        layers: list[torch.nn.Module] = [torch.nn.Linear(7 * particles, width)]
        for _ in range(depth - 1):
            layers += [torch.nn.SiLU(), torch.nn.Linear(width, width)]
        self.layers = torch.nn.Sequential(*layers, torch.nn.SiLU(), torch.nn.Linear(width, 3 * particles))
        self.time = torch.nn.Parameter(torch.tensor(seconds()))

    def forward(self, x: torch.Tensor, v: torch.Tensor, charges: torch.Tensor) -> torch.Tensor:
        """Map positions and velocities (systems, particles, 3) and charges (systems, particles) to positions."""
        found: torch.Tensor = self.layers(torch.cat([x.flatten(1), v.flatten(1), charges], -1))
        return x + self.time * v + found.reshape(x.shape)


class EGNN(torch.nn.Module):
    """The network of Satorras, Hoogeboom and Welling (2021), with velocities: their equations 3 to 7, and 11 in appendix C;
    all pairs, the product of charges at each pair, the speed at each particle."""

    def __init__(self, width: int = 64, depth: int = 4) -> None:
        super().__init__()
        self.begin = torch.nn.Linear(1, width)
        self.layers = torch.nn.ModuleList(_Layer(width) for _ in range(depth))

    def forward(self, x: torch.Tensor, v: torch.Tensor, charges: torch.Tensor) -> torch.Tensor:
        """Map positions and velocities (systems, particles, 3) and charges (systems, particles) to positions."""
        hidden = self.begin(v.norm(dim=-1, keepdim=True))
        like = (charges[:, :, None] * charges[:, None])[..., None]
        start = _squares(x)
        for layer in self.layers:
            x, hidden = layer(x, v, hidden, torch.cat([like, start], -1))
        return x


def _squares(x: torch.Tensor) -> torch.Tensor:
    """The squared distances of pairs (systems, particles, particles, 1)."""
    return (x[:, :, None] - x[:, None]).square().sum(-1, keepdim=True)


class _Layer(torch.nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.edge = _perceptron(2 * width + 3, width, width, last=True)
        self.node = _perceptron(2 * width, width, width)
        self.gap, self.velocity = _perceptron(width, width, 1, bias=False), _perceptron(width, width, 1)
        torch.nn.init.xavier_uniform_(next(self.gap[-1].parameters()), gain=0.001)  # as in the authors' code

    def forward(
        self, x: torch.Tensor, v: torch.Tensor, hidden: torch.Tensor, pairs: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        number = x.shape[1]
        others = 1 - torch.eye(number, device=x.device, dtype=x.dtype)[..., None]
        ends = hidden[:, :, None].expand(-1, -1, number, -1), hidden[:, None].expand(-1, number, -1, -1)
        message = self.edge(torch.cat([*ends, _squares(x), pairs], -1)) * others
        away = (x[:, :, None] - x[:, None]) * self.gap(message)
        moved = x + away.sum(2) / max(number - 1, 1) + self.velocity(hidden) * v
        return moved, hidden + self.node(torch.cat([hidden, message.sum(2)], -1))


def _perceptron(inputs: int, width: int, outputs: int, *, last: bool = False, bias: bool = True) -> torch.nn.Sequential:
    layers = [torch.nn.Linear(inputs, width), torch.nn.SiLU(), torch.nn.Linear(width, outputs, bias=bias)]
    return torch.nn.Sequential(*layers, *([torch.nn.SiLU()] if last else []))
