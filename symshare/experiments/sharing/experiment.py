"""A quadratic network that is to learn an equivariant map from few examples, on its symmetric weights in three ways.

(a) shared weights: a family of equivariant layers, its free parameters trained; (b) on the variety: after each step all
weights go back onto the equations, by steps of Gauss and Newton; (c) a penalty. Beside them (d) all weights free. Source:
a working note on permutation-invariant networks, 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

import numpy as np
import torch

from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of
from symshare.experiments.sharing.nets import Free, Shared, asymmetry, function, penalty
from symshare.polynomials.acting import find_symmetry
from symshare.polynomials.equations import constraints
from symshare.polynomials.families import families
from symshare.polynomials.network import PolynomialNetwork
from symshare.polynomials.sampling import System, coefficients, numeric, retract

__all__ = ["WAYS", "data", "jobs", "plot", "report"]

NETWORK = PolynomialNetwork((3, 4, 3), 2)
MOVES = ((1, 0, 2), (1, 2, 0))
"""The generators of S_3, on inputs and outputs."""
EXAMPLES, NOISE, TESTS = 24, 0.3, 2000
WEIGHT = 1.0
"""Of the penalty; chosen, not measured."""
WAYS = {
    "shared weights": "(a) weights shared, by the null space",
    "variety": "(b) on the variety, back after each step",
    "penalty": "(c) a penalty on the equations",
    "free": "(d) all weights free",
}
COLOURS = {"shared weights": "#0072b2", "variety": "#009e73", "penalty": "#e69f00", "free": "#d55e00"}
CHECKS = 40


def jobs(setting: Setting) -> list[Job]:
    """Each way for each seed."""
    steps = setting.steps(1_200, 12_000)
    recipe = Recipe(steps, rate=1e-2, decay=0.0, warm=20, every=max(1, steps // CHECKS))
    weights = {"variety": 12.0}
    return [
        Job(way, seed, partial(_trained, way, recipe), weights.get(way, 3.0))
        for seed in setting.numbers(5)
        for way in WAYS
    ]


def data(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Inputs and noisy outputs to learn from, inputs and outputs to test on.

    y_k = a x_k^2 + b x_k S + c Q + d S^2 with Gaussian a, b, c, d, where S is the sum and Q the sum of the squares.

    >>> [tuple(one.shape) for one in data(0)]
    [(24, 3), (24, 3), (2000, 3), (2000, 3)]
    """
    generator = torch.Generator().manual_seed(7919 * seed + 1)
    a, b, c, d = torch.randn(4, generator=generator, dtype=torch.float64)

    def target(x: torch.Tensor) -> torch.Tensor:
        whole, squares = x.sum(-1, keepdim=True), x.square().sum(-1, keepdim=True)
        found: torch.Tensor = (a * x + b * whole) * x + c * squares + d * whole**2
        return found

    x = torch.randn(EXAMPLES, 3, generator=generator, dtype=torch.float64)
    noise = torch.randn(EXAMPLES, 3, generator=generator, dtype=torch.float64)
    tests = torch.randn(TESTS, 3, generator=generator, dtype=torch.float64)
    return x, target(x) + NOISE * noise, tests, target(tests)


@lru_cache(maxsize=1)
def _family() -> tuple[dict[int, float], ...]:
    """A basis of the family with an orbit of three hidden units and one that is fixed: of four dimensions, as all maps are."""
    symmetry = find_symmetry(NETWORK, "a->a")
    (chosen,) = (one for one in families(NETWORK, symmetry) if one.names == ("3 + 1",))
    found: list[dict[int, float]] = [{} for _ in range(chosen.parameters)]
    for place, label in enumerate(chosen.labels.tolist()):
        if label:
            found[abs(label) - 1][place] = 1.0 if label > 0 else -1.0
    return tuple(found)


@lru_cache(maxsize=1)
def _systems() -> tuple[System, System]:
    return numeric(constraints(NETWORK, "a->a")), coefficients(NETWORK)


def _started(way: str, seed: int) -> Free:
    """A network of a way, with Gaussian weights; on the variety they start as shared ones.

    From Gaussian weights the equations often lead to zero, a singular point of the variety that no training leaves.
    """
    generator = torch.Generator().manual_seed(104_729 * seed + 3)
    start = 0.5 * torch.randn(NETWORK.weights, generator=generator, dtype=torch.float64)
    if way not in ("shared weights", "variety"):
        return Free(NETWORK, start, CHECKS + 1)
    shared = Shared(NETWORK, _family(), start[: len(_family())].clone(), CHECKS + 1)
    return shared if way == "shared weights" else Free(NETWORK, shared.weights().detach().clone(), CHECKS + 1)


def _back(model: Free) -> None:
    """Put the weights onto the variety again; a step after which that does not succeed is taken back."""
    moved = model.free.detach().numpy().copy()
    found = retract(*_systems(), moved, steps=30, tolerance=1e-10)
    near = found is not None and np.linalg.norm(found - moved) < np.linalg.norm(moved) / 4
    with torch.no_grad():
        if near:
            model.kept.copy_(torch.from_numpy(found))
        model.free.copy_(model.kept)


def _trained(way: str, recipe: Recipe, context: Context) -> dict[str, Any]:
    x, y, tests, wanted = data(context.seed)
    model = _started(way, context.seed)

    def loss(_: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        if way == "variety":
            _back(model)
        if step % recipe.every == 0 and step // recipe.every < len(model.errors):
            model.errors[step // recipe.every] = asymmetry(NETWORK, model.weights(), MOVES, tests)
        value: torch.Tensor = (model(x) - y).square().mean()
        if way == "penalty":
            points = torch.randn(32, 3, generator=generator, dtype=torch.float64)
            value = value + WEIGHT * penalty(NETWORK, model.weights(), MOVES, points)
        return value

    fitted = fit(context, model, loss, recipe)
    if way == "variety":
        _back(model)
    with torch.no_grad():
        missed = (function(NETWORK, model.weights(), tests) - wanted).square().mean() / wanted.square().mean()
    error = asymmetry(NETWORK, model.weights(), MOVES, tests)
    along = [[number * recipe.every, value] for number, value in enumerate(model.errors.tolist()) if value >= 0]
    metrics = {"test": float(missed), "asymmetry": error}
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model), "metrics": metrics, "asymmetry": along}


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """Test error, how equivariant it is, and time, for each way."""
    rows = []
    for way, words in WAYS.items():
        number = next((job["parameters"] for job in done if job["name"] == way), None)
        errors = (over_seeds(done, way, "test"), over_seeds(done, way, "asymmetry"))
        rows.append((words, number, *errors, mean_seconds(done, way)))
    bars = (
        Bar("equivariance error of shared weights", mean_of(done, "shared weights", "asymmetry"), 1e-6, at_most=True),
        Bar("equivariance error on the variety", mean_of(done, "variety", "asymmetry"), 1e-6, at_most=True),
        Bar(
            "test error of shared weights over that of free ones",
            mean_of(done, "shared weights", "test") / mean_of(done, "free", "test"),
            1.0,
            at_most=True,
        ),
    )
    notes = (
        f"Networks {NETWORK.described}, {EXAMPLES} examples of a random equivariant quadratic map with noise of {NOISE:g}. "
        "(b) starts at the same shared weights as (a), (c) and (d) at Gaussian ones. Test error: the mean square error over "
        "the mean square. Equivariance error: the size of f(gx) - g f(x) over that of f.",
    )
    return Report(("way", "parameters", "test error", "equivariance error", "seconds"), tuple(rows), bars, notes)


def plot(record: Mapping[str, Any]) -> Any:
    """How far from equivariant each network is along its training, and the test errors, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
    for job in record["jobs"]:
        steps, errors = zip(*job["asymmetry"], strict=True)
        label = WAYS[job["name"]] if job["seed"] == record["jobs"][0]["seed"] else None
        left.plot(steps, [max(one, 1e-17) for one in errors], color=COLOURS[job["name"]], label=label, alpha=0.7)
    left.set_yscale("log")
    left.set_xlabel("training step")
    left.set_ylabel("size of f(gx) - g f(x) over that of f")
    left.set_title("Equivariance error along the way")
    left.legend(frameon=False, fontsize=8)
    for place, way in enumerate(WAYS):
        values = [job["metrics"]["test"] for job in record["jobs"] if job["name"] == way]
        right.scatter([place] * len(values), values, color=COLOURS[way])
    right.set_xticks(range(len(WAYS)), list(WAYS), rotation=15)
    right.set_yscale("log")
    right.set_ylabel("test error, one point for each seed")
    right.set_title(f"After training on {EXAMPLES} noisy examples")
    return figure
