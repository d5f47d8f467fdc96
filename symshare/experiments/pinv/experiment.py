"""The pseudo-inverse of a matrix, learned from examples: rows and columns of the matrix may be permuted (abH).

Source: the first experiment of the tutorial "Permutation symmetric networks from the ground up".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch

from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of
from symshare.nn import EinNet

__all__ = ["error", "jobs", "newton_schulz", "plot", "report"]

SHAPE = (8, 16)
"""Rows and columns of the matrices that the network is trained on."""

OTHERS = ((6, 12), (12, 24))
"""Shapes that the network never saw."""
NUMBERS = {"train": 1000, "validation": 100, "test": 100}
ITERATIONS = (2, 4, 8, 12, 16)
"""Numbers of Newton-Schulz iterations that the network is compared with."""


def jobs(setting: Setting) -> list[Job]:
    """The network and a plain MLP for each seed, and what needs no training."""
    steps, batch = setting.steps(12_000, 10_000), 1000 if setting.full else 50
    sizes = (128, 32, 6) if setting.full else (64, 16, 4)
    recipe = Recipe(
        steps, rate=3e-3 if setting.full else 6e-3, decay=1e-3, warm=100, every=max(1, min(100, steps // 4))
    )
    made = [Job("formulas", setting.seed, _formulas, 1.0)]
    for seed in setting.numbers(1):
        made.append(Job("EinNet", seed, partial(_einnet, recipe, batch, sizes), 400.0))
        made.append(Job("MLP", seed, partial(_mlp, recipe, batch), 30.0))
    return made


def matrices(kind: str, shape: tuple[int, int] = SHAPE, *, seed: int = 0, number: int | None = None) -> torch.Tensor:
    """Gaussian matrices (number, rows, columns); the test set is the same for every seed.

    >>> matrices("test").shape
    torch.Size([100, 8, 16])
    """
    place = list(NUMBERS).index(kind) + 1
    generator = torch.Generator().manual_seed(place * 7919 + (0 if kind == "test" else seed) * 104_729 + shape[0])
    return torch.randn(number or NUMBERS[kind], *shape, generator=generator)


def wanted(x: torch.Tensor) -> torch.Tensor:
    """The transposed pseudo-inverse, of the shape of x."""
    found: torch.Tensor = torch.linalg.pinv(x).mT
    return found


def error(found: torch.Tensor, x: torch.Tensor) -> float:
    """The mean absolute entry of found x^T - I; a prediction of zeros scores one over the number of rows.

    >>> error(torch.zeros(5, 8, 16), torch.randn(5, 8, 16))
    0.125
    """
    return _errors(found, x).mean().item()


def _errors(found: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The error of each matrix."""
    identity = torch.eye(x.shape[-2], device=x.device)
    return (found @ x.mT - identity).abs().mean((-1, -2))


def _predicted(model: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """What the network gives for matrices, over the number of columns: A A^T grows with it, and the network takes means."""
    found: torch.Tensor = model(x[..., None])[..., 0]
    return found * (SHAPE[1] / x.shape[-1])


def newton_schulz(x: torch.Tensor, iterations: int) -> torch.Tensor:
    """The transposed pseudo-inverse by Y <- 2 Y - Y A^T Y from Y = A / (|A|_1 |A|_inf) (Ben-Israel and Cohen, 1966)."""
    y = x / (x.abs().sum(-1).amax(-1) * x.abs().sum(-2).amax(-1))[:, None, None]
    for _ in range(iterations):
        y = 2 * y - y @ x.mT @ y
    return y


def _scores(model: torch.nn.Module, device: torch.device, shapes: tuple[tuple[int, int], ...]) -> dict[str, float]:
    found = {}
    for shape in shapes:
        x = matrices("test", shape).to(device)
        with torch.no_grad():
            errors = _errors(_predicted(model, x), x)
        found[_metric(shape)] = errors.mean().item()
        found[f"median_{_metric(shape)}"] = errors.median().item()
    return found


def _metric(shape: tuple[int, int]) -> str:
    return "mae" if shape == SHAPE else f"mae_{shape[0]}x{shape[1]}"


def _train(context: Context, model: torch.nn.Module, recipe: Recipe, batch: int) -> dict[str, Any]:
    """Squared error against the transposed pseudo-inverse; the step with the best validation is kept."""
    x, held = (matrices(kind, seed=context.seed).to(context.device) for kind in ("train", "validation"))
    y = wanted(x)

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        chosen = torch.randperm(len(x), generator=generator)[:batch].to(x.device)
        value: torch.Tensor = (_predicted(model, x[chosen]) - y[chosen]).square().mean()
        return value

    fitted = fit(context, model, loss, recipe, validate=lambda model: error(_predicted(model, held), held))
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model)}


def _einnet(recipe: Recipe, batch: int, sizes: tuple[int, int, int], context: Context) -> dict[str, Any]:
    width, pool_width, depth = sizes
    model = EinNet("abH", 1, 1, width, pool_width, depth, order=3, device=context.device)
    found = _train(context, model, recipe, batch)
    return found | {"metrics": _scores(model, context.device, (SHAPE, *OTHERS))}


class _Flat(torch.nn.Module):
    """A plain network on the entries of a matrix, written one behind the other."""

    def __init__(self, width: int) -> None:
        super().__init__()
        entries = math.prod(SHAPE)
        layers: list[torch.nn.Module] = [torch.nn.Linear(entries, width)]
        for _ in range(2):
            layers += [torch.nn.GELU(), torch.nn.Linear(width, width)]
        self.layers = torch.nn.Sequential(*layers, torch.nn.GELU(), torch.nn.Linear(width, entries))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.layers(x.flatten(1))
        return found.reshape(x.shape)


def _mlp(recipe: Recipe, batch: int, context: Context) -> dict[str, Any]:
    model = _Flat(512).to(context.device)
    found = _train(context, model, recipe, batch)
    return found | {"metrics": _scores(model, context.device, (SHAPE,))}


def _formulas(context: Context) -> dict[str, Any]:
    """Predictions without training; the scale of the transpose is the best one on the training set, to a thousandth."""
    train = matrices("train", seed=context.seed)
    scales = [number / 1000 for number in range(101)]
    scale = min(scales, key=lambda one: error(one * train, train))
    metrics = {"scale": scale}
    for shape in (SHAPE, *OTHERS):
        x = matrices("test", shape)
        tag = _metric(shape)
        metrics[f"zero {tag}"] = error(torch.zeros_like(x), x)
        metrics[f"transpose {tag}"] = error(scale * x, x)
        metrics |= {f"Newton {number} {tag}": error(newton_schulz(x, number), x) for number in ITERATIONS}
    return {"metrics": metrics}


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """The table of errors, for networks and formulas, and the numbers that the quick form is to reach."""
    tags = [_metric(shape) for shape in (SHAPE, *OTHERS)]
    formulas = {"predicting zero": "zero", f"transpose, best scale {mean_of(done, 'formulas', 'scale'):g}": "transpose"}
    formulas |= {f"Newton-Schulz, {number} iterations": f"Newton {number}" for number in ITERATIONS}
    rows: list[tuple[Any, ...]] = [
        ("EinNet (abH, order 3)", *(over_seeds(done, "EinNet", tag) for tag in tags), mean_seconds(done, "EinNet"))
    ]
    rows.append(("plain MLP", over_seeds(done, "MLP", "mae"), "cannot", "cannot", mean_seconds(done, "MLP")))
    rows += [
        (words, *(mean_of(done, "formulas", f"{key} {tag}") for tag in tags), None) for words, key in formulas.items()
    ]
    bars = (
        Bar("test MAE", mean_of(done, "EinNet", "mae"), 0.010, at_most=True),
        Bar("training, seconds", mean_seconds(done, "EinNet"), 600.0, at_most=True),
    )
    medians = ", ".join(
        f"{mean_of(done, 'EinNet', f'median_{_metric(shape)}'):.3f} at {shape[0]}x{shape[1]}"
        for shape in (SHAPE, *OTHERS)
    )
    notes = (
        f"The other shapes are tests only, without any training on them; the median error over matrices is {medians}.",
    )
    return Report(("8x16, trained on 1000", "MAE", "MAE 6x12", "MAE 12x24", "seconds"), tuple(rows), bars, notes)


def plot(record: Mapping[str, Any]) -> Any:
    """Validation against steps, beside what formulas reach, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for job in record["jobs"]:
        if "fitted" in job:
            steps, _, scores = zip(*job["fitted"]["curve"], strict=True)
            colour = "#0072b2" if job["name"] == "EinNet" else "#d55e00"
            axes.plot(steps, scores, color=colour, label=f"{job['name']}, seed {job['seed']}")
    formulas = next(job["metrics"] for job in record["jobs"] if job["name"] == "formulas")
    levels: dict[float, list[str]] = {}
    for name, words in (
        ("zero", "zero"),
        ("transpose", "scaled transpose"),
        ("Newton 8", "8 Newton-Schulz iterations"),
    ):
        levels.setdefault(formulas[f"{name} mae"], []).append(words)
    for value, names in levels.items():
        axes.axhline(value, color="0.6", linewidth=1)
        axes.annotate(
            ", ".join(names), (0.99, value), xycoords=("axes fraction", "data"), ha="right", va="top", fontsize=8
        )
    axes.set_yscale("log")
    axes.set_xlabel("training step")
    axes.set_ylabel("mean |prediction A^T - I| on validation")
    axes.set_title("Pseudo-inverse of 8 x 16 Gaussian matrices")
    axes.legend(frameon=False)
    return figure
