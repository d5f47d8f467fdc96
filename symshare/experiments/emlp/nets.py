"""What is trained: derived layers, and plain networks."""

from __future__ import annotations

import math
from itertools import pairwise

import torch

from symshare.errors import ExperimentError
from symshare.experiments.emlp.tasks import METRIC, POINTS, Examples, Task
from symshare.nn import EinNet, compile

__all__ = ["SOLVED", "Derived", "Plain", "Polynomial", "solved", "turned"]

ORDERS = (2, 3, 4)
"""The orders of polynomial layers; none of the tasks has a term of order 1 that sees vectors."""
SOLVED = 2_000
"""The examples, at most, that least squares are solved with: polynomial layers here have at most 273 coefficients."""
LEAST = 1e-10
"""Singular values below so much of the largest count as zero in least squares (in double precision)."""


class Polynomial(torch.nn.Module):
    """The layer of all derived terms up to an order, each with a coefficient for every choice of channels."""

    def __init__(self, task: Task, order: int) -> None:
        super().__init__()
        channels = task.channels[0] if len(task.channels) == 1 else task.channels
        self.layer = compile(task.symmetry, channels, 1, order=order, axes=task.axes, coefficients="full")

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Map inputs (examples, *axes, channels) to the output (examples, *axes, 1)."""
        found: torch.Tensor = self.layer(*inputs)
        return found


def solved(task: Task, train: Examples, held: Examples) -> tuple[Polynomial, int]:
    """The polynomial layer by least squares, with the order from 2 to 4 that is best on the held-out examples; and the order.

    It is solved on the CPU in double precision, wherever the examples are, and given there in single precision. Where
    coefficients outnumber examples it is the solution of least norm. Raises ExperimentError where there are no examples.
    """
    if not len(train):
        raise ExperimentError("there are no examples to solve with\n  give one or more")
    exact, other = (one.to(torch.device("cpu")).to(torch.float64) for one in (train[:SOLVED], held))
    found = []
    for order in ORDERS:
        layer = _solve(Polynomial(task, order).double(), exact)
        with torch.no_grad():
            found.append(((layer(*other.inputs) - other.wanted).square().mean().item(), order, layer))
    _, order, layer = min(found, key=lambda one: one[:2])
    return layer.float(), order


def _solve(layer: Polynomial, train: Examples) -> Polynomial:
    """Set the coefficients, in which the layer is linear, to the least squares solution."""
    names = [name for name, _ in layer.named_parameters()]
    shapes = [one.shape for one in layer.parameters()]
    ends = [0, *torch.cumsum(torch.tensor([one.numel() for one in shapes]), 0).tolist()]

    def split(flat: torch.Tensor) -> dict[str, torch.Tensor]:
        parts = (flat[start:end] for start, end in pairwise(ends))
        return {name: part.reshape(shape) for name, part, shape in zip(names, parts, shapes, strict=True)}

    def said(flat: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = torch.func.functional_call(layer, split(flat), train.inputs)
        return found.flatten()

    unit = torch.eye(ends[-1], dtype=torch.float64)
    matrix = torch.func.vmap(said, chunk_size=32)(unit).mT  # the layer is linear in its coefficients
    size = matrix.square().mean(0).sqrt().clamp(min=1e-12)
    found = torch.linalg.lstsq(matrix / size, train.wanted.flatten()[:, None], rcond=LEAST, driver="gelsd")
    flat = found.solution[:, 0] / size
    with torch.no_grad():
        for name, value in split(flat).items():
            layer.get_parameter(name).copy_(value)
    return layer


class Derived(torch.nn.Module):
    """A derived polynomial layer, solved, and an EinNet for what it leaves over."""

    def __init__(self, task: Task, polynomial: Polynomial, scale: float, width: int = 64, vectors: int = 16) -> None:
        super().__init__()
        types = {axes for axes in (*_types(task), task.symmetry.split("->")[1]) if axes} | {"()"}
        kinds = {axes: vectors if "r" in axes else width for axes in types} | ({"a": width} if "ar" in types else {})
        channels = task.channels[0] if len(task.channels) == 1 else task.channels
        self.polynomial = polynomial.requires_grad_(False)
        self.net = EinNet(task.symmetry, channels, 1, kinds, 4, 3, order=2, axes=task.axes)
        self.scale = scale

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Map inputs (examples, *axes, channels) to the output (examples, *axes, 1)."""
        found: torch.Tensor = self.polynomial(*inputs) + self.scale * self.net(*inputs)
        return found


class Plain(torch.nn.Module):
    """Perceptrons on all numbers of an example, written one behind the other; outputs are measured from `mean`, by `scale`."""

    def __init__(self, task: Task, mean: torch.Tensor, scale: float, width: int = 384) -> None:
        super().__init__()
        size = task.dimension
        sizes = [size ** place.count("r") * POINTS ** place.count("a") for place in _types(task)]
        self.outputs = (size,) * task.symmetry.split("->")[1].count("r")
        numbers = sum(one * channels for one, channels in zip(sizes, task.channels, strict=True))
        layers: list[torch.nn.Module] = []
        for inputs in (numbers, width, width):
            layers += [torch.nn.Linear(inputs, width), torch.nn.SiLU()]
        self.layers = torch.nn.Sequential(*layers, torch.nn.Linear(width, math.prod(self.outputs)))
        self.mean: torch.Tensor
        self.register_buffer("mean", mean.clone())
        self.scale = scale

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Map inputs (examples, *axes, channels) to the output (examples, *axes, 1)."""
        found: torch.Tensor = self.layers(torch.cat([one.flatten(1) for one in inputs], -1))
        return self.mean + self.scale * found.reshape(len(found), *self.outputs, 1)


def _types(task: Task) -> list[str]:
    """The axes of each input."""
    return [one.split(":")[1] for one in task.symmetry.split("->")[0].split(",")]


def turned(task: Task, given: Examples, generator: torch.Generator) -> Examples:
    """The examples, each moved by a random element of the group: orthogonal matrices; boosts of rapidity up to 1 between
    rotations; the order of points is kept."""
    size, number = task.dimension, len(given)
    matrix = _orthogonal(number, size, generator)
    if task.group == "Lorentz":
        first, last = (_spatial(_orthogonal(number, 3, generator)) for _ in range(2))
        rapidity = torch.rand(number, generator=generator, dtype=torch.float64)
        boost = torch.eye(4, dtype=torch.float64).repeat(number, 1, 1)
        boost[:, 0, 0] = boost[:, 1, 1] = torch.cosh(rapidity)
        boost[:, 0, 1] = boost[:, 1, 0] = torch.sinh(rapidity)
        matrix = first @ boost @ last
    matrix = matrix.to(given.wanted)
    moved = []
    for one, axes in (*zip(given.inputs, _types(task), strict=True), (given.wanted, task.symmetry.split("->")[1])):
        if axes in ("r", "ar"):
            one = torch.einsum("nij,n...jc->n...ic", matrix, one)
        elif axes == "rr":
            one = torch.einsum("nij,nkl,njlc->nikc", matrix, matrix, one)
        moved.append(one)
    return Examples(tuple(moved[:-1]), moved[-1])


def _orthogonal(number: int, size: int, generator: torch.Generator) -> torch.Tensor:
    found: torch.Tensor = torch.linalg.qr(torch.randn(number, size, size, generator=generator, dtype=torch.float64))[0]
    return found


def _spatial(rotation: torch.Tensor) -> torch.Tensor:
    """Rotations of space as matrices of space and time."""
    found = torch.eye(len(METRIC), dtype=torch.float64).repeat(len(rotation), 1, 1)
    found[:, 1:, 1:] = rotation
    return found
