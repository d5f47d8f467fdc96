"""The pseudo-inverse of a matrix, learned on one size and held at others; and the algorithm that was learned.

Rows and columns of the matrix may be permuted (abH). Source: the first experiment of the tutorial "Permutation symmetric
networks from the ground up".
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.training import Context, Recipe
from symshare.experiments.pinv.algorithm import distilled, words
from symshare.experiments.pinv.baselines import CURVE, curves, einnet, formulas, measured, mlp
from symshare.experiments.pinv.learned import derivatives, iteration, train
from symshare.experiments.pinv.matrices import SHAPES, conditioned, deficient, matrices, metric
from symshare.experiments.pinv.pictures import plot

__all__ = ["jobs", "plot", "report"]

LEAST, RANK = 0.05, 4
"""The least singular value, and the rank, of the matrices of other spectra."""
LATE = 64
"""Rounds after which it is said where it ends."""
TAGS = tuple(map(metric, SHAPES))


def jobs(setting: Setting) -> list[Job]:
    """The learned iteration for each seed, a network with GELU, formulas; the full form has the source's set-up and an MLP."""
    steps = setting.steps(800, 4_000)
    recipe = Recipe(steps, rate=5e-3, decay=0.0, warm=50, every=max(1, min(100, steps // 4)))
    made = [Job("formulas", setting.seed, formulas, 15.0)]
    learned = partial(_iteration, recipe, 400 if setting.full else 200)
    made += [Job("iteration", seed, learned, 40.0) for seed in setting.numbers(3)]
    sizes, batch = ((128, 32, 6), 1000) if setting.full else ((64, 16, 4), 50)
    steps = setting.steps(600, 10_000)
    rates: dict[str, Any] = {
        "rate": 3e-3 if setting.full else 6e-3,
        "decay": 1e-3,
        "warm": 100,
        "every": max(1, min(100, steps // 4)),
    }
    made.append(Job("EinNet", setting.seed, partial(einnet, Recipe(steps, **rates), batch, sizes), 50.0))
    if setting.full:
        made.append(Job("MLP", setting.seed, partial(mlp, Recipe(steps, **rates), batch), 30.0))
    return made


def _iteration(recipe: Recipe, number: int, context: Context) -> dict[str, Any]:
    """Train, measure at every size and at other spectra, and read off what was learned."""
    model = iteration(device=context.device)
    found = train(context, model, recipe, number)
    model.cpu()
    metrics: dict[str, Any] = {}
    for shape in SHAPES:
        x, tag = matrices("test", shape), metric(shape)
        every = _rounds(model, x, LATE)
        metrics |= measured(f"net {tag}", every[:CURVE], x)
        metrics[f"net curve {tag}"] = curves(every[:CURVE], x)
        metrics[f"net {tag} lost late"] = measured("late", every, x)["late lost"]
        for name, other in (("spread", conditioned(shape, LEAST)), ("deficient", deficient(shape, RANK))):
            aim = other @ torch.linalg.pinv(other)
            metrics |= measured(f"{name} {tag}", _rounds(model, other, CURVE), other, aim)
    metrics |= {f"derivative {name}": value for name, value in derivatives(model, matrices("test")[0]).items()}
    context.tell(0.97, "what was learned")
    one = distilled(model, [matrices("validation", shape, seed=context.seed, number=50) for shape in SHAPES])
    for shape in SHAPES:
        x, tag = matrices("test", shape), metric(shape)
        every = list(one.evaluate(x[..., None], rounds=CURVE, every=True)[..., 0])
        metrics |= measured(f"lines {tag}", every, x)
        metrics[f"lines curve {tag}"] = curves(every, x)
    return found | {"metrics": metrics, "learned": one.to_dict(), "words": words(one)}


@torch.no_grad()
def _rounds(model: torch.nn.Module, x: torch.Tensor, rounds: int) -> list[torch.Tensor]:
    return list(model(x[..., None], rounds=rounds, every=True)[..., 0])


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """The table of errors at equal rounds, the bars, and what was learned."""
    numbers = ", ".join(f"{one:g}" for one in _first(done, "formulas")["metrics"]["cubic"])
    rows: list[tuple[Any, ...]] = []
    for job, key, title in (
        ("iteration", "net", "learned iteration"),
        ("iteration", "lines", "what it learned, as lines"),
        ("formulas", "Newton", "Newton-Schulz"),
        ("formulas", "grid", f"best cubic on a grid (a, b, s = {numbers})"),
    ):
        seconds = mean_seconds(done, "iteration") if key == "net" else None
        for rounds in (8, 12):
            means = [over_seeds(done, job, f"{key} {tag} mean {rounds}") for tag in TAGS]
            worst = _largest(done, job, [f"{key} {tag} worst {rounds}" for tag in TAGS])
            rows.append((f"{title}, {rounds} rounds", *means, worst, seconds if rounds == 8 else None))
    size = "the source's set-up" if setting.full else "short training"
    nets = [over_seeds(done, "EinNet", f"mean {tag}") for tag in TAGS]
    worst = _largest(done, "EinNet", [f"worst {tag}" for tag in TAGS])
    rows.append((f"EinNet with GELU, {size}", *nets, worst, mean_seconds(done, "EinNet")))
    if setting.full:
        rows.append(
            ("plain MLP", over_seeds(done, "MLP", f"mean {TAGS[0]}"), *["cannot"] * 3, None, mean_seconds(done, "MLP"))
        )
    for title, key in (("predicting zero", "zero"), ("scaled transpose", "transpose")):
        rows.append((title, *(mean_of(done, "formulas", f"{key} {tag}") for tag in TAGS), None, None))
    columns = ("mean |Y A' - I|, trained on 8x16", *TAGS, "worst of 1,000", "seconds")
    return Report(columns, tuple(rows), _bars(done), _notes(done))


def _bars(done: list[dict[str, Any]]) -> tuple[Bar, ...]:
    """Over all seeds and sizes."""

    def largest(what: str) -> float:
        return _largest(done, "iteration", [f"net {tag} {what}" for tag in TAGS])

    return (
        Bar("largest mean error, 8 rounds", largest("mean 8"), 0.0020, at_most=True),
        Bar("largest mean error, 12 rounds", largest("mean 12"), 0.0015, at_most=True),
        Bar("worst of 1,000 matrices, 8 rounds", largest("worst 8"), 0.02, at_most=True),
        Bar("worst of 1,000 matrices, 12 rounds", largest("worst 12"), 0.02, at_most=True),
        Bar("matrices lost in 24 rounds", largest("lost"), 0, at_most=True),
        Bar("seconds, all jobs", sum(job["wall_s"] for job in done), 300.0, at_most=True),
    )


def _notes(done: list[dict[str, Any]]) -> tuple[str, ...]:
    """What was learned by each seed; other spectra; where it ends."""
    nets = [job for job in done if job["name"] == "iteration"]
    found = [f"Seed {job['seed']} learned {job['words']}" for job in nets]
    for name, what in (
        ("spread", f"singular values from {LEAST:g} to 1"),
        ("deficient", f"rank {RANK} of 6 to 16 rows, against the projection"),
    ):
        means = [
            f"{_largest(done, 'iteration', [f'{name} {tag} mean {n}' for tag in TAGS]):.2g} after {n}"
            for n in (8, 12, 24)
        ]
        lost = _largest(done, "iteration", [f"{name} {tag} lost" for tag in TAGS])
        found.append(f"Other spectra, {what}: largest mean error {', '.join(means)} rounds, {lost:g} of 100 lost.")
    lost = _largest(done, "iteration", [f"net {tag} lost late" for tag in TAGS])
    sides = [mean_of(done, "iteration", f"derivative {side}") for side in ("inside", "outside")]
    found.append(
        f"At the pseudo-inverse of a matrix a round multiplies a small change by {sides[0]:.2g} at most in the row space "
        f"and by {sides[1]:.4g} outside of it (Newton-Schulz: 0 and 1); above 1 rounding grows in the end. After {LATE} rounds "
        f"{lost:g} of 1,000 matrices are lost at the worst size and seed."
    )
    return tuple(found)


def _first(done: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(job for job in done if job["name"] == name)


def _largest(done: list[dict[str, Any]], name: str, metrics: list[str]) -> float:
    """The largest of some metrics over all seeds of a job."""
    values: list[float] = [
        job["metrics"][one] for job in done if job["name"] == name for one in metrics if one in job["metrics"]
    ]
    return max(values, default=float("nan"))
