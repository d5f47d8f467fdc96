"""The tasks: what is drawn, and what is asked for.

Source: Finzi, Welling and Wilson, "A practical method for constructing equivariant multilayer perceptrons for arbitrary
matrix groups", ICML 2021, section 7.1; the same formulas, drawn anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

__all__ = [
    "METRIC",
    "POINTS",
    "PUBLISHED",
    "PUBLISHED_PLAIN",
    "SIZES",
    "TASKS",
    "Examples",
    "Task",
    "inertia",
    "invariant",
    "scattering",
]

SIZES = (100, 300, 1_000, 3_000, 10_000)
"""Examples to train on."""
OTHERS = {"validation": 1_000, "test": 5_000}
KINDS = ("train", *OTHERS)
POINTS = 5
"""The masses whose moments of inertia are asked for."""
METRIC = np.diag([1.0, -1.0, -1.0, -1.0])
PUBLISHED = {
    "O(5)": (0.0408, 0.0344, 0.0170, 0.0310, 0.0130),
    "inertia": (1.44, 0.303, 0.136, 0.0281, 0.0180),
    "scattering": (0.00888, 0.00195, 0.000330, 0.000266, 0.000264),
}
"""The mean squared errors of EMLP under O(5), O(3) and O(1,3), means of three runs, from the results in the authors'
repository (experiments/notebooks/synthetic_results_all.csv)."""
PUBLISHED_PLAIN = {
    "O(5)": (0.397, 0.0936, 0.0633, 0.0889, 0.0702),
    "inertia": (1.78, 0.464, 0.130, 0.112, 0.112),
    "scattering": (0.190, 0.0397, 0.0125, 0.0108, 0.0134),
}
"""Those of a plain network on moved examples, from the same file."""

Arrays = tuple[np.ndarray, ...]


@dataclass(frozen=True, slots=True)
class Examples:
    """Inputs (examples, *axes, channels) and what is asked for, (examples, *axes, 1)."""

    inputs: tuple[torch.Tensor, ...]
    wanted: torch.Tensor

    def __len__(self) -> int:
        return len(self.wanted)

    def __getitem__(self, chosen: torch.Tensor | slice) -> Examples:
        return Examples(tuple(one[chosen] for one in self.inputs), self.wanted[chosen])

    def to(self, target: torch.device | torch.dtype) -> Examples:
        """The same on a device, or in another precision."""
        return Examples(tuple(one.to(target) for one in self.inputs), self.wanted.to(target))


@dataclass(frozen=True, slots=True)
class Task:
    """A task: its symmetry, the channels of its inputs, the group of its axis r, and how examples are drawn. Points are
    permuted, where there are any; particles and the vectors of O(5) differ, and are channels."""

    symmetry: str
    channels: tuple[int, ...]
    group: str
    draw: Callable[[int, np.random.Generator], tuple[Arrays, np.ndarray]]

    @property
    def axes(self) -> dict[str, str]:
        """The groups of axes, as `derive` takes them."""
        return {"r": self.group}

    @property
    def dimension(self) -> int:
        """The length of the axis r."""
        return {"O(5)": 5, "O(3)": 3, "Lorentz": 4}[self.group]

    def examples(self, kind: str, *, number: int | None = None, seed: int = 0) -> Examples:
        """Examples to train, validate or test on; the test is the same for every seed, and fewer examples to train on are
        the first of more."""
        number = OTHERS[kind] if number is None else number
        drawn = np.random.default_rng([KINDS.index(kind), 0 if kind == "test" else seed])
        inputs, wanted = self.draw(max(number, SIZES[-1]), drawn)
        return Examples(
            tuple(torch.tensor(one[:number], dtype=torch.float32) for one in inputs),
            torch.tensor(wanted[:number, ..., None], dtype=torch.float32),
        )


def invariant(vectors: np.ndarray) -> np.ndarray:
    """sin |u| - |v|^3 / 2 + u.v / (|u| |v|) of vectors (.., r, 2)."""
    u, v = vectors[..., 0], vectors[..., 1]
    one, other = np.linalg.norm(u, axis=-1), np.linalg.norm(v, axis=-1)
    found: np.ndarray = np.sin(one) - other**3 / 2 + (u * v).sum(-1) / (one * other)
    return found


def inertia(masses: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """The sum of m (x.x I - x x^T) over points, of masses (.., points) and positions (.., 3, points)."""
    whole = np.einsum("...a,...ra,...sa->...rs", masses, positions, positions)
    found: np.ndarray = np.trace(whole, axis1=-2, axis2=-1)[..., None, None] * np.eye(3) - whole
    return found


def scattering(momenta: np.ndarray) -> np.ndarray:
    """4 times the contraction of p1^m p3^n - (p1.p3 - p1.p1) g^mn with p2_m p4_n - (p2.p4 - p2.p2) g_mn, of momenta (.., 4, 4)
    whose last index says which: an electron and a muon that scatter, to lowest order."""
    products = np.einsum("...ri,rs,...sj->...ij", momenta, METRIC, momenta)
    one = products[..., 0, 2] - products[..., 0, 0]
    two = products[..., 1, 3] - products[..., 1, 1]
    crossed = products[..., 0, 1] * products[..., 2, 3]
    found: np.ndarray = 4 * (crossed - two * products[..., 0, 2] - one * products[..., 1, 3] + 4 * one * two)
    return found


def _two_vectors(number: int, drawn: np.random.Generator) -> tuple[Arrays, np.ndarray]:
    x = drawn.standard_normal((number, 5, 2))
    return (x,), invariant(x)


def _points(number: int, drawn: np.random.Generator) -> tuple[Arrays, np.ndarray]:
    masses = np.log1p(np.exp(drawn.standard_normal((number, POINTS))))
    positions = drawn.standard_normal((number, 3, POINTS))
    points = masses[..., None], positions.transpose(0, 2, 1)[..., None].copy()
    return points, inertia(masses, positions)


def _momenta(number: int, drawn: np.random.Generator) -> tuple[Arrays, np.ndarray]:
    momenta = drawn.standard_normal((number, 4, 4)) / 4
    return (momenta,), scattering(momenta)


TASKS = {
    "O(5)": Task("x:r->", (2,), "O(5)", _two_vectors),
    "inertia": Task("m:a,x:ar->rr", (1, 1), "O(3)", _points),
    "scattering": Task("p:r->", (4,), "Lorentz", _momenta),
}
