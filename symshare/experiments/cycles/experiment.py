"""Counting what sums cannot see: 4-cycles need the pooling of order 3 (abH), 4-cliques that of order 5 (aaH).

In a regular bipartite graph all row and column sums agree, and in strongly regular graphs of the same parameters everything
made of sums, diagonals, transposes and products of matrices does: a network of lower poolings gives one answer to all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from symshare.experiments.cycles.graphs import (
    class_key,
    four_cliques,
    four_cycles,
    latin_graphs,
    latin_squares,
    regular_bipartite,
)
from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of
from symshare.nn import EinNet

__all__ = ["PROBLEMS", "Counter", "Problem", "determination", "jobs", "plot", "report"]

SHARES = (0, 0, 0, 1, 2)
"""By the remainder of its key, a class of graphs is for training (0), validation (1) or tests (2)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of counting: what is counted, in which graphs, and the two orders of poolings that are compared."""

    name: str
    symmetry: str
    orders: tuple[int, int]
    """The order of the pooling that is needed, and the highest order below it."""
    size: int
    numbers: tuple[int, int, int]
    """Graphs to train on, to validate on, to test on."""
    batch: int
    weight: float

    def draw(self, seed: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """To train, validate and test: graphs (number, n, n) and their counts (number,).

        The parts have no graph in common, whatever the order of its vertices: the key of its class says where it belongs.
        """
        rng = np.random.default_rng([seed, 41])
        parts: list[list[np.ndarray]] = [[], [], []]
        while any(len(part) < number for part, number in zip(parts, self.numbers, strict=True)):
            for graph in self.graphs(100, rng):
                place = SHARES[class_key(graph, self.symmetry == "abH->H") % len(SHARES)]
                if len(parts[place]) < self.numbers[place]:
                    parts[place].append(graph)
        count = four_cycles if self.symmetry == "abH->H" else four_cliques
        stacked = [np.stack(part) for part in parts]
        return [
            (torch.tensor(graphs, dtype=torch.float32), torch.tensor(count(graphs), dtype=torch.float32))
            for graphs in stacked
        ]

    def graphs(self, number: int, rng: np.random.Generator) -> np.ndarray:
        """Random graphs (number, n, n), their vertices in random order."""
        if self.symmetry == "abH->H":
            return regular_bipartite(number, self.size, self.size // 3, rng)
        graphs = latin_graphs(latin_squares(number, self.size, rng))
        order = rng.permuted(np.tile(np.arange(graphs.shape[1]), (number, 1)), axis=1)
        return np.take_along_axis(np.take_along_axis(graphs, order[:, :, None], 1), order[:, None, :], 2)


PROBLEMS = {
    "4-cycles": Problem("4-cycles", "abH->H", (3, 2), 15, (1000, 200, 500), 50, 40.0),
    "4-cliques": Problem("4-cliques", "aaH->H", (5, 4), 7, (300, 100, 200), 20, 90.0),
}


def jobs(setting: Setting) -> list[Job]:
    """Each problem with and without the pooling that it needs, for each seed."""
    made = []
    for problem in PROBLEMS.values():
        steps = setting.steps(120, 1000)
        for seed in setting.numbers(3):
            for order in problem.orders:
                work = partial(_count, problem, order, steps)
                made.append(Job(f"{problem.name}, order {order}", seed, work, problem.weight))
    return made


class Counter(torch.nn.Module):
    """An EinNet whose one number is standardised over the batch, and in use as it was over the training set (`settle`).

    What sets graphs apart is a small part of what a pooling adds up; standardised, it is the same to the loss however small it
    is. A network that gives every graph the same number stays at the mean: rounding errors are far below `SMALLEST` of it.
    """

    SMALLEST = 1e-5
    """What counts as a difference, as a share of the mean, and of one where that is less."""

    def __init__(self, symmetry: str, order: int) -> None:
        super().__init__()
        self.net = EinNet(symmetry, 1, 1, 16, 8, 2, order=order)
        self.mean: torch.Tensor
        self.deviation: torch.Tensor
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("deviation", torch.ones(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The counts (graphs,), standardised, of graphs (graphs, n, n, 1)."""
        found: torch.Tensor = self.net(x)[..., 0]
        if self.training:
            return self._standardised(found, found.mean(), found.var())
        return self._standardised(found, self.mean, self.deviation.square())

    def _standardised(self, found: torch.Tensor, mean: torch.Tensor, variance: torch.Tensor) -> torch.Tensor:
        least = self.SMALLEST**2 * (1 + mean.detach().square())
        return (found - mean) / (variance + least).sqrt()

    @torch.no_grad()
    def settle(self, x: torch.Tensor) -> None:
        """Take mean and standard deviation from these graphs."""
        found = torch.cat([self.net(part)[..., 0] for part in _parts(x)])
        self.mean.copy_(found.mean())
        self.deviation.copy_(found.std())


def _parts(graphs: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return torch.tensor_split(graphs, max(1, len(graphs) // 50))


def _count(problem: Problem, order: int, steps: int, context: Context) -> dict[str, Any]:
    train, held, test = problem.draw(context.seed)
    mean, scale = train[1].mean(), train[1].std()
    share, spread = train[0].mean(), train[0].std()
    model = Counter(problem.symmetry, order).to(context.device)
    y = ((train[1] - mean) / scale).to(context.device)

    def seen(graphs: torch.Tensor) -> torch.Tensor:
        return ((graphs - share) / spread).to(context.device)[..., None]

    x = seen(train[0])

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        chosen = torch.randperm(len(x), generator=generator)[: problem.batch].to(context.device)
        value: torch.Tensor = (model(x[chosen]) - y[chosen]).square().mean()
        return value

    def predicted(graphs: torch.Tensor) -> torch.Tensor:
        model.eval()
        with torch.no_grad():
            parts = [model(seen(part)).cpu() for part in _parts(graphs)]
        whole: torch.Tensor = torch.cat(parts) * scale + mean
        return whole

    def validate(_: torch.nn.Module) -> float:
        model.settle(x)
        return 1 - determination(predicted(held[0]), held[1])

    recipe = Recipe(steps, rate=1e-2, decay=0.0, every=max(1, min(50, steps // 4)))
    fitted = fit(context, model, loss, recipe, validate=validate)
    found = predicted(test[0])
    shown = list(zip(test[1][:200].tolist(), found[:200].tolist(), strict=True))
    metrics = {"r2": determination(found, test[1]), "counts": float(len(set(test[1].tolist())))}
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model), "metrics": metrics, "shown": shown}


def determination(found: torch.Tensor, true: torch.Tensor) -> float:
    """R^2: one less the squared error as a share of the variance of what is true.

    >>> determination(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0]))
    1.0
    """
    return 1 - ((found - true).square().sum() / (true - true.mean()).square().sum()).item()


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """R^2 on unseen graphs, with and without the pooling that the problem needs."""
    rows, bars = [], []
    for problem in PROBLEMS.values():
        for order in problem.orders:
            name = f"{problem.name}, order {order}"
            what = "all irreducible poolings to order"
            rows.append(
                (
                    problem.name,
                    problem.symmetry,
                    f"{what} {order}",
                    over_seeds(done, name, "r2"),
                    mean_seconds(done, name),
                )
            )
        needed, below = (mean_of(done, f"{problem.name}, order {order}", "r2") for order in problem.orders)
        bars.append(Bar(f"R^2, {problem.name}, with the pooling of order {problem.orders[0]}", needed, 0.99))
        bars.append(Bar(f"R^2, {problem.name}, without", below, 0.05, at_most=True))
    notes = (
        f"4-cycles: random bipartite graphs, {PROBLEMS['4-cycles'].size} + {PROBLEMS['4-cycles'].size} points of one degree.",
        f"4-cliques: graphs of random Latin squares of order {PROBLEMS['4-cliques'].size}, all strongly regular alike.",
        "No test graph is a training graph in another order: what a graph is, up to its order, decides which part it is in.",
        "All that lower poolings see agrees between these graphs, so that the count is nearly all that is left to learn.",
    )
    return Report(("counted", "net", "poolings", "R^2", "seconds"), tuple(rows), tuple(bars), notes)


def plot(record: Mapping[str, Any]) -> Any:
    """Predicted against true counts, with and without the pooling, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(PROBLEMS), figsize=(6 * len(PROBLEMS), 5), layout="constrained")
    for place, problem in enumerate(PROBLEMS.values()):
        for order, colour in zip(problem.orders, ("#0072b2", "#d55e00"), strict=True):
            name = f"{problem.name}, order {order}"
            job = next(job for job in record["jobs"] if job["name"] == name)
            true, found = zip(*job["shown"], strict=True)
            label = f"poolings to order {order}: R^2 {job['metrics']['r2']:.4f}"
            axes[place].plot(true, found, ".", color=colour, label=label)
        ends = [min(true), max(true)]
        axes[place].plot(ends, ends, color="0.6", linewidth=1, zorder=0)
        axes[place].set_xlabel(f"number of {problem.name}")
        axes[place].set_ylabel("predicted, unseen graphs")
        axes[place].set_title(f"{problem.name}, {problem.symmetry}")
        axes[place].legend(frameon=False)
    return figure
