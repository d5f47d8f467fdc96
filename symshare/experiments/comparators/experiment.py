"""Routes to functions of sets that a working note sketches, beside derived layers: one interface, seven functions.

Networks are trained on sets of 3 to 5 items and tested on 4 and on 8. Source: a working note on permutation-invariant
networks, 2019; Zaheer et al., Deep Sets, 2017; Qi et al., PointNet, 2017.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import comb
from statistics import fmean
from typing import Any

import torch

from symshare.experiments.comparators.nets import COMPARATORS, ITEMS, evaluations
from symshare.experiments.comparators.tasks import SCALES, TASKS, hits, targets
from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of

__all__ = ["SIZES", "drawn", "jobs", "plot", "report"]

SIZES = (3, 4, 5)
"""Items of the sets that are trained on."""

KNOWN, OTHER = 4, 8
"""Items of the sets that are tested on: a size that is trained on, and one that is not."""

WIDTH, BATCH, TESTS = 64, 64, 500


def jobs(setting: Setting) -> list[Job]:
    """Each comparator for each seed."""
    recipe = Recipe(setting.steps(6_000, 40_000), rate=3e-3, decay=1e-4, warm=50, every=100)
    weights = {"group averaging": 30.0, "transformer": 26.0, "polynomial layers": 12.0}
    return [
        Job(name, seed, partial(_trained, name, recipe), weights.get(name, 4.0))
        for seed in setting.numbers(3)
        for name in COMPARATORS
    ]


def drawn(number: int, size: int, generator: torch.Generator) -> torch.Tensor:
    """Sets of items, with repetitions; half of them of few kinds, so that repetitions are common."""
    wide = torch.randint(ITEMS, (number, size), generator=generator)
    low = torch.randint(ITEMS - 3, (number, 1), generator=generator)
    narrow = low + torch.randint(4, (number, size), generator=generator)
    chosen = torch.rand(number, 1, generator=generator) < 0.5
    return torch.where(chosen, wide, narrow)


def _trained(name: str, recipe: Recipe, context: Context) -> dict[str, Any]:
    torch.manual_seed(context.seed)
    model = COMPARATORS[name](WIDTH, len(TASKS)).to(context.device)

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        items = drawn(BATCH, SIZES[step % len(SIZES)], generator)
        wanted = (targets(items) / torch.tensor(SCALES)).to(context.device)
        value: torch.Tensor = (model(items.to(context.device)) - wanted).square().mean()
        return value

    fitted = fit(context, model, loss, recipe)
    metrics: dict[str, float] = {}
    for size in (KNOWN, OTHER):
        right = []
        for part in torch.split(drawn(TESTS, size, torch.Generator().manual_seed(size)), 50):
            with torch.no_grad():
                right.append(hits(model(part.to(context.device)).cpu(), part))
        metrics |= {f"{task} {size}": float(one) for task, one in zip(TASKS, torch.stack(right).mean(0), strict=True)}
        metrics[f"mean {size}"] = fmean(metrics[f"{task} {size}"] for task in TASKS)
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model), "metrics": metrics}


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """For each comparator what it costs, and its accuracy by task, on a size trained on and on one that is not."""
    rows = []
    for name in COMPARATORS:
        number = next((job["parameters"] for job in done if job["name"] == name), None)
        cost = evaluations(KNOWN) if name == "group averaging" else 1
        shares = [
            f"{mean_of(done, name, f'{task} {KNOWN}'):.2f}, {mean_of(done, name, f'{task} {OTHER}'):.2f}"
            for task in ("mean", *TASKS)
        ]
        rows.append((name, number, cost, mean_seconds(done, name), *shares))
    columns = ("comparator", "parameters", "evaluations", "seconds", "mean of all", *TASKS)
    best = {size: _ordered(done, size) for size in (KNOWN, OTHER)}
    bar = Bar(f"best mean accuracy on sets of {KNOWN}", mean_of(done, best[KNOWN][0], f"mean {KNOWN}"), 0.9)
    return Report(columns, tuple(rows), (bar,), (_follows(done, best), _how()))


def _ordered(done: list[dict[str, Any]], size: int) -> list[str]:
    """The comparators, the most accurate at a size first."""
    return sorted(COMPARATORS, key=lambda name: -mean_of(done, name, f"mean {size}"))


def _how() -> str:
    sets = comb(ITEMS + KNOWN - 1, KNOWN)
    return (
        f"Accuracy on sets of {KNOWN} items, and of {OTHER}, trained on {', '.join(map(str, SIZES))}: the share of predictions "
        f"within half a step of the value. There are {sets} sets of {KNOWN} items, and a long training meets them all: what is "
        f"new is the other size. Averaging evaluates its network {evaluations(KNOWN)} times on {KNOWN} items, "
        f"{evaluations(SIZES[-1])} on {SIZES[-1]}, {evaluations(OTHER)} (drawn orders, of {OTHER}! = 40,320) on {OTHER}."
    )


def _follows(done: list[dict[str, Any]], best: Mapping[int, list[str]]) -> str:
    """What follows from the numbers, in three sentences."""
    shares = {size: mean_of(done, best[size][0], f"mean {size}") for size in best}
    carried = {task: max(mean_of(done, name, f"{task} {OTHER}") for name in COMPARATORS) for task in TASKS}
    worst = min(TASKS, key=lambda task: carried[task])
    own = mean_of(done, "group averaging", f"mean {KNOWN}")
    slower = mean_seconds(done, "group averaging") / min(mean_seconds(done, name) for name in COMPARATORS)
    return (
        f"At a size that is trained on {best[KNOWN][0]} is right most often ({shares[KNOWN]:.2f}); averaging a free network "
        f"over the group is right {own:.2f} of the time, and {slower:.0f} times as slow as the fastest. At a size that is "
        f"not, {best[OTHER][0]} is right most often ({shares[OTHER]:.2f}), and of the tasks the {worst} is carried over "
        f"worst: by none over {carried[worst]:.2f}. All seven are blind to order alike (averaging over drawn orders nearly "
        "so), so what divides them is not the symmetry but what they keep of a set, and how that depends on its size."
    )


def plot(record: Mapping[str, Any]) -> Any:
    """Accuracy by comparator and task, at both sizes, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained", sharey=True)
    for size, axes in zip((KNOWN, OTHER), panels, strict=True):
        shares = [[mean_of(record["jobs"], name, f"{task} {size}") for task in TASKS] for name in COMPARATORS]
        image = axes.imshow(shares, vmin=0, vmax=1, cmap="cividis", aspect="auto")
        for row, line in enumerate(shares):
            for column, share in enumerate(line):
                colour = "black" if share > 0.6 else "white"
                axes.text(column, row, f"{share:.2f}", ha="center", va="center", color=colour, fontsize=9)
        axes.set_xticks(range(len(TASKS)), TASKS)
        axes.set_yticks(range(len(COMPARATORS)), list(COMPARATORS))
        trained = "trained on" if size in SIZES else "not trained on"
        axes.set_title(f"Accuracy on sets of {size} items, a size {trained}")
    figure.colorbar(image, ax=panels, label="share of right predictions")
    return figure
