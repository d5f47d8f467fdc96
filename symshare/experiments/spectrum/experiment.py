"""The power spectrum of a random function from a set of samples (x, f(x)): samples are permuted, the circle may be turned.

Source: the report "Permutation-equivariant networks for power spectrum estimation": layers x_n -> W_self x_n + W_mean mean(x),
which is what `aH` gives at order 1, and the open end it names, to build in the turns of the circle as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of
from symshare.experiments.spectrum.circle import Circle
from symshare.experiments.spectrum.fourier import (
    Family,
    constant,
    debiased,
    draw,
    least_squares,
    lomb_scargle,
    posterior,
)
from symshare.nn import EinNet

__all__ = ["PROBLEMS", "Problem", "Sampled", "jobs", "plot", "report"]

NOISES = (0.0, 0.03, 0.1, 0.3, 1.0)
TESTS = 1000
PLACES = 32
"""Distinct samples of the sets that are given by proportions."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A family of functions, the number of samples in training, and the numbers in tests."""

    name: str
    family: Family
    points: int
    sizes: tuple[int, ...]
    others: tuple[int, ...] = ()
    """Highest frequencies of other functions to test on."""

    def draw(self, sets: int, rng: np.random.Generator, points: int | None = None) -> list[torch.Tensor]:
        """x, y and log p in single precision."""
        return [torch.tensor(one, dtype=torch.float32) for one in draw(self.family, sets, points or self.points, rng)]

    def test(
        self, points: int, noise: float = 0.0, kmax: int | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The test sets of a size: the same functions for every size, seed and predictor."""
        family = Family(kmax or self.family.kmax, self.family.wanted, noise)
        return draw(family, TESTS, points, np.random.default_rng([self.family.kmax, 2]))


PROBLEMS = (
    Problem("kmax 4", Family(4, 4), 128, (128, 512, 2048)),
    Problem("kmax 64", Family(64, 8), 64, (64, 128, 512), (8, 512)),
)


class Sampled(torch.nn.Module):
    """An EinNet on samples: cos and sin of k x for k up to `features`, and y, one set axis, invariant output."""

    def __init__(self, wanted: int, width: int = 64, depth: int = 3, features: int = 1, order: int = 1) -> None:
        super().__init__()
        self.features = features
        self.net = EinNet("aH->H", 2 * features + 1, wanted, width, width, depth, order=order)

    def forward(self, x: torch.Tensor, y: torch.Tensor, measure: torch.Tensor | None = None) -> torch.Tensor:
        """The outputs (batch, wanted) for x and y (batch, samples); `measure` weighs the samples."""
        angles = x[..., None] * torch.arange(1, self.features + 1, device=x.device)
        found: torch.Tensor = self.net(torch.cat([angles.cos(), angles.sin(), y[..., None]], -1), measure)
        return found


@dataclass(frozen=True, slots=True)
class Net:
    """A network for a problem, and how long it is trained: `steps` in the quick form."""

    name: str
    words: str
    make: Callable[[Problem], torch.nn.Module]
    steps: tuple[int, int]
    """For the two problems."""
    rate: float


NETS = (
    Net("sets", "EinNet, aH (samples permuted)", lambda one: Sampled(one.family.wanted), (6000, 14_000), 3e-3),
    Net(
        "features",
        "EinNet, aH, order 2, Fourier features",
        lambda one: Sampled(one.family.wanted, 32, 3, one.family.wanted, 2),
        (6500, 15_000),
        3e-3,
    ),
    Net(
        "circle",
        "and turns of the circle (O(2))",
        lambda one: Circle(one.family.kmax, one.family.wanted, rounds=4 if one.family.kmax < 8 else 6),
        (6000, 1800),
        5e-3,
    ),
)


def jobs(setting: Setting) -> list[Job]:
    """What needs no training, and the networks for both problems; in full form a sweep over depth and width as well."""
    made = [Job(f"formulas, {problem.name}", setting.seed, partial(_formulas, problem), 15.0) for problem in PROBLEMS]
    for seed in setting.numbers(1):
        for place, problem in enumerate(PROBLEMS):
            for net in NETS:
                steps = setting.steps(net.steps[place], 10 * net.steps[place])
                recipe = Recipe(steps, rate=net.rate, decay=0.0, warm=50, every=max(1, min(100, steps // 4)))
                work = partial(_train, problem, net.make, recipe)
                made.append(Job(f"{net.name}, {problem.name}", seed, work, 170.0))
        for depth in (1, 2, 4) if setting.full else ():
            for width in (16, 64, 256):
                recipe = Recipe(setting.steps(3000, 3000), decay=0.0)
                make = partial(_sized, depth, width)
                made.append(
                    Job(f"depth {depth}, width {width}", seed, partial(_train, PROBLEMS[0], make, recipe), 200.0)
                )
    return made


def _sized(depth: int, width: int, problem: Problem) -> torch.nn.Module:
    return Sampled(problem.family.wanted, width, depth)


def _train(
    problem: Problem, make: Callable[[Problem], torch.nn.Module], recipe: Recipe, context: Context
) -> dict[str, Any]:
    """Mean squared error in log power; new sets in every step."""
    model = make(problem).to(context.device)
    held = [one.to(context.device) for one in problem.draw(500, np.random.default_rng([context.seed, 1]))]

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        rng = np.random.default_rng([context.seed, step, 3])
        x, y, wanted = (one.to(context.device) for one in problem.draw(32, rng))
        value: torch.Tensor = (model(x, y) - wanted).square().mean()
        return value

    def validate(model: torch.nn.Module) -> float:
        error: float = (model(held[0], held[1]) - held[2]).square().mean().item()
        return error

    fitted = fit(context, model, loss, recipe, validate=validate)

    def predict(x: np.ndarray, y: np.ndarray, measure: np.ndarray | None = None) -> np.ndarray:
        return _predicted(model, context.device, x, y, measure)

    metrics = _scores(problem, predict) | _proportions(problem, predict)
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model), "metrics": metrics}


@torch.no_grad()
def _predicted(
    model: torch.nn.Module, device: torch.device, x: np.ndarray, y: np.ndarray, measure: np.ndarray | None
) -> np.ndarray:
    """Predictions in parts that fit the cache."""
    arrays = [torch.tensor(one, dtype=torch.float32) for one in (x, y, measure) if one is not None]
    number = max(1, 2**15 // x.shape[1] // 4)
    parts = zip(*(torch.split(one, number) for one in arrays), strict=True)
    found = torch.cat([model(*(one.to(device) for one in part)).cpu() for part in parts])
    return found.numpy().astype(np.float64)


def _scores(problem: Problem, predict: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> dict[str, Any]:
    """Mean squared errors at other sizes, with noise, for other functions, and for each frequency."""

    def error(points: int, noise: float = 0.0, kmax: int | None = None) -> np.ndarray:
        x, y, wanted = problem.test(points, noise, kmax)
        found: np.ndarray = np.square(predict(x, y) - wanted).mean(0)
        return found

    metrics: dict[str, Any] = {f"mse {points}": float(error(points).mean()) for points in problem.sizes}
    metrics["by frequency"] = error(problem.points).tolist()
    metrics |= {f"noise {noise:g}": float(error(problem.points, noise).mean()) for noise in NOISES}
    metrics |= {f"functions to {kmax}": float(error(problem.points, 0.0, kmax).mean()) for kmax in problem.others}
    return metrics


def _proportions(problem: Problem, predict: Callable[..., np.ndarray]) -> dict[str, float]:
    """Sets of a few places given by proportions, against the same sets written out with every sample repeated."""
    rng = np.random.default_rng(7)
    x, y, wanted = draw(problem.family, 200, PLACES, rng)
    counts = 1 + rng.multinomial(problem.points * 4 - PLACES, np.full(PLACES, 1 / PLACES), size=200)
    long = [np.stack([np.repeat(row, times) for row, times in zip(one, counts, strict=True)]) for one in (x, y)]
    weighed, repeated = predict(x, y, counts / counts.sum(1, keepdims=True)), predict(*long)
    return {
        "proportions mse": float(np.square(weighed - wanted).mean()),
        "proportions against repeated": float(np.abs(weighed - repeated).max()),
    }


def _formulas(problem: Problem, context: Context) -> dict[str, Any]:
    """Predictors that know the family; what has a bias is freed of it by draws of its own."""
    metrics: dict[str, Any] = {}
    family = problem.family
    for name, predictor in (
        ("constant", constant),
        ("least squares", least_squares),
        ("least squares, all", partial(least_squares, frequencies=family.kmax)),
        ("Lomb-Scargle", lomb_scargle),
        ("posterior", posterior),
    ):
        for points in problem.sizes:
            x, y, wanted = problem.test(points)
            rng = np.random.default_rng([points, 5])
            used = predictor if name in ("constant", "posterior") else debiased(predictor, family, points, rng)
            found = np.square(used(x, y, family) - wanted).mean(0)
            metrics[f"{name} mse {points}"] = float(found.mean())
            if points == problem.points:
                metrics[f"{name} by frequency"] = found.tolist()
    for noise in NOISES:
        x, y, wanted = problem.test(problem.points, noise)
        known = Family(family.kmax, family.wanted, noise)
        metrics[f"posterior noise {noise:g}"] = float(np.square(posterior(x, y, known) - wanted).mean())
        rng = np.random.default_rng([problem.points, 6])
        for name, fitted in (("least squares", family.wanted), ("least squares, all", family.kmax)):
            squares = partial(least_squares, frequencies=fitted)
            used = debiased(squares, known, problem.points, rng)
            metrics[f"{name} noise {noise:g}"] = float(np.square(used(x, y, known) - wanted).mean())
    return {"metrics": metrics}


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """Mean squared errors of log power, of networks and of formulas, by the number of samples."""
    rows: list[tuple[Any, ...]] = []
    for net in NETS:
        cells: list[Any] = [
            over_seeds(done, f"{net.name}, {problem.name}", f"mse {points}")
            for problem in PROBLEMS
            for points in problem.sizes
        ]
        times = [mean_seconds(done, f"{net.name}, {problem.name}") for problem in PROBLEMS]
        rows.append((net.words, *cells, " + ".join(f"{one:.0f}" for one in times)))
    for name in ("constant", "Lomb-Scargle", "least squares", "least squares, all", "posterior"):
        cells = [
            mean_of(done, f"formulas, {problem.name}", f"{name} mse {points}")
            for problem in PROBLEMS
            for points in problem.sizes
        ]
        rows.append((name, *cells, None))
    for job in done:
        if job["name"].startswith("depth"):
            cells = [job["metrics"][f"mse {points}"] for points in PROBLEMS[0].sizes]
            rows.append((f"EinNet, aH, {job['name']}", *cells, None, None, None, f"{job['wall_s']:.0f}"))
    columns = ("MSE of log power", *(f"{one.name}, N={points}" for one in PROBLEMS for points in one.sizes), "seconds")
    return Report(columns, tuple(rows), _bars(done, PROBLEMS), _notes(done, *PROBLEMS))


def _bars(done: list[dict[str, Any]], problems: tuple[Problem, Problem]) -> tuple[Bar, ...]:
    """What was asked for, of the first problem and of the second."""
    sizes = [mean_of(done, "sets, kmax 4", f"mse {points}") for points in problems[0].sizes]
    squares = mean_of(done, "formulas, kmax 64", "least squares mse 64")
    circle = mean_of(done, "circle, kmax 64", "mse 64")
    return (
        Bar("MSE, kmax 4, EinNet aH", sizes[0], 0.95, at_most=True),
        Bar("largest over smallest MSE, sets of 128 to 2048", max(sizes) / min(sizes), 1.15, at_most=True),
        Bar("seconds, kmax 4, EinNet aH", mean_seconds(done, "sets, kmax 4"), 300.0, at_most=True),
        Bar("MSE, kmax 64, with the circle, against least squares", circle, squares, at_most=True),
    )


def _notes(done: list[dict[str, Any]], small: Problem, large: Problem) -> tuple[str, ...]:
    gaps = [job["metrics"]["proportions against repeated"] for job in done if "proportions mse" in job["metrics"]]
    other = ", ".join(
        f"{mean_of(done, f'circle, {large.name}', f'functions to {kmax}'):.2f} on functions with frequencies to {kmax}"
        for kmax in large.others
    )
    return (
        f"Networks are trained on sets of {small.points} ({small.name}) and {large.points} ({large.name}) without noise; other "
        "numbers of samples are tests only. Training times of the two problems are in the last column.",
        "'least squares' fits the frequencies that are asked for, 'all' those that the functions have (least norm); they and "
        "Lomb-Scargle are freed of their mean error. The posterior is exact: nothing has a smaller expected error.",
        f"With the circle, trained at {large.name}: {other}.",
        f"Sets of {PLACES} places with proportions as a measure, against the same sets with every sample repeated: "
        f"predictions differ by {max(gaps):.1e} at most.",
    )


COLOURS = {
    "sets": "#d55e00",
    "features": "#cc79a7",
    "circle": "#0072b2",
    "posterior": "#000000",
    "least squares": "#009e73",
}


def plot(record: Mapping[str, Any]) -> Any:
    """Errors by frequency, by the number of samples and by noise, for both problems, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(15, 8), layout="constrained")
    for row, problem in zip(axes, PROBLEMS, strict=True):
        formulas = next(job["metrics"] for job in record["jobs"] if job["name"] == f"formulas, {problem.name}")
        lines = [
            (net.name, next(job for job in record["jobs"] if job["name"] == f"{net.name}, {problem.name}")["metrics"])
            for net in NETS
        ]
        lines += [
            (
                name,
                {key.removeprefix(f"{name} "): value for key, value in formulas.items() if key.startswith(f"{name} ")},
            )
            for name in ("least squares", "posterior")
        ]
        for name, metrics in lines:
            style = {
                "color": COLOURS[name],
                "label": name,
                "marker": "o",
                "linestyle": "--" if name in ("least squares", "posterior") else "-",
            }
            row[0].plot(range(1, problem.family.wanted + 1), metrics["by frequency"], **style)
            row[1].plot(problem.sizes, [metrics[f"mse {points}"] for points in problem.sizes], **style)
            row[2].plot(range(len(NOISES)), [metrics[f"noise {noise:g}"] for noise in NOISES], **style)
        for axis in row:
            axis.axhline(math.pi**2 / 6, color="0.7", linewidth=1)
            axis.set_ylim(0, 2.2)
        row[0].set_xticks(range(1, problem.family.wanted + 1))
        row[0].set_xlabel("frequency k")
        row[0].set_ylabel(f"{problem.name}: MSE of log power")
        row[1].set_xscale("log", base=2)
        row[1].set_xlabel(f"samples in a set (trained on {problem.points})")
        row[2].set_xticks(range(len(NOISES)), [f"{noise:g}" for noise in NOISES])
        row[2].set_xlabel("noise in y (trained without)")
    axes[0, 0].legend(frameon=False, fontsize=8)
    figure.suptitle("Power spectra from samples; the grey line is the best constant")
    return figure
