"""The power spectrum of a random function from a set of samples (x, f(x)): samples are permuted, the circle may be turned.

Source: the report "Permutation-equivariant networks for power spectrum estimation": layers x_n -> W_self x_n + W_mean mean(x),
which is what `aH` gives at order 1, and the open end it names, to build in the turns of the circle as well.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of
from symshare.experiments.spectrum import problems
from symshare.experiments.spectrum.fourier import Family, constant, debiased, draw, least_squares, lomb_scargle
from symshare.experiments.spectrum.pictures import plot
from symshare.experiments.spectrum.posterior import posterior
from symshare.experiments.spectrum.problems import NETS, NOISES, PLACES, Problem, Sampled

__all__ = ["jobs", "plot", "report"]


def jobs(setting: Setting) -> list[Job]:
    """Predictors without training, and the networks for both problems; in full form a sweep over depth and width as well."""
    made = [
        Job(f"formulas, {problem.name}", setting.seed, partial(_formulas, problem), 15.0)
        for problem in problems.PROBLEMS
    ]
    for seed in setting.numbers(1):
        for place, problem in enumerate(problems.PROBLEMS):
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
                    Job(
                        f"depth {depth}, width {width}",
                        seed,
                        partial(_train, problems.PROBLEMS[0], make, recipe),
                        200.0,
                    )
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
            for problem in problems.PROBLEMS
            for points in problem.sizes
        ]
        times = [mean_seconds(done, f"{net.name}, {problem.name}") for problem in problems.PROBLEMS]
        rows.append((net.words, *cells, " + ".join(f"{one:.0f}" for one in times)))
    for name in ("constant", "Lomb-Scargle", "least squares", "least squares, all", "posterior"):
        cells = [
            mean_of(done, f"formulas, {problem.name}", f"{name} mse {points}")
            for problem in problems.PROBLEMS
            for points in problem.sizes
        ]
        rows.append((name, *cells, None))
    for job in done:
        if job["name"].startswith("depth"):
            cells = [job["metrics"][f"mse {points}"] for points in problems.PROBLEMS[0].sizes]
            rows.append((f"EinNet, aH, {job['name']}", *cells, None, None, None, f"{job['wall_s']:.0f}"))
    columns = (
        "MSE of log power",
        *(f"{one.name}, N={points}" for one in problems.PROBLEMS for points in one.sizes),
        "seconds",
    )
    return Report(columns, tuple(rows), _bars(done, problems.PROBLEMS), _notes(done, *problems.PROBLEMS))


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
