"""Where will charged particles be? Networks from derived layers under O(3), beside EGNN and plain networks.

Source: Satorras, Hoogeboom and Welling, "E(n) equivariant graph neural networks", ICML 2021, section 5.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch

from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of
from symshare.experiments.nbody.networks import Derived
from symshare.experiments.nbody.opponents import EGNN, Plain, straight
from symshare.experiments.nbody.particles import PARTICLES, Paths, paths

__all__ = ["PUBLISHED", "errors", "jobs", "mean_error", "plot", "report", "spread"]

BATCH = 100
PUBLISHED = {
    "linear": 0.0819,
    "SE(3)-transformer": 0.0244,
    "tensor field network": 0.0155,
    "GNN": 0.0107,
    "EGNN": 0.0071,
    "SEGNN": 0.0043,
    "CGENN": 0.0039,
}
"""Mean squared errors of this protocol: Satorras et al. 2021, table 2; Brandstetter et al. 2022 (SEGNN); Ruhe, Brandstetter
and Forre 2023 (CGENN)."""

Made = Callable[[], torch.nn.Module]
NETS: dict[str, tuple[Made, int, int, float]] = {
    "derived": (Derived, 4_500, 60_000, 3e-3),
    "derived, time reversed": (Derived, 4_500, 60_000, 3e-3),
    "EGNN": (EGNN, 7_000, 90_000, 1e-3),
    "EGNN, time reversed": (EGNN, 7_000, 90_000, 1e-3),
    "MLP": (partial(Plain, PARTICLES), 60_000, 600_000, 1e-3),
    "MLP, rotated": (partial(Plain, PARTICLES), 60_000, 600_000, 1e-3),
}
"""How each is made, its steps in the quick and in the full form (of about equal time), and its learning rate."""


def jobs(setting: Setting) -> list[Job]:
    """Each network for each seed, and straight motion."""
    made = [Job("straight", setting.seed, _straight, 10.0)]
    for seed in setting.numbers(3 if setting.full else 1):
        for name, (_, quick, full, _) in NETS.items():
            made.append(Job(name, seed, partial(_trained, name, setting.steps(quick, full)), 200.0))
    return made


def _straight(context: Context) -> dict[str, Any]:
    time, test = straight(paths("train", seed=context.seed)), paths("test")
    error = (test.positions + time * test.velocities - test.later).square().mean().item()
    return {"metrics": {"error": error, "time": time}}


def _trained(name: str, steps: int, context: Context) -> dict[str, Any]:
    make, _, _, rate = NETS[name]
    torch.manual_seed(context.seed)
    model = make().to(context.device)
    train = paths("train", seed=context.seed).to(context.device)
    held = paths("validation", seed=context.seed).to(context.device)
    train = train.both_ways() if "reversed" in name else train

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        chosen = train[torch.randint(len(train), (BATCH,), generator=generator).to(context.device)]
        turned = _turns(generator).to(context.device) if "rotated" in name else None
        value: torch.Tensor = (_said(model, chosen, turned) - _turned(chosen.later, turned)).square().mean()
        return value

    recipe = Recipe(steps, rate=rate, decay=0.0, warm=50, every=max(1, steps // 20))
    fitted = fit(context, model, loss, recipe, validate=lambda model: mean_error(model, held))
    whole = {"train": paths("train", seed=context.seed), "validation": held, "test": paths("test")}
    metrics = {f"{kind} error": mean_error(model, one.to(context.device)) for kind, one in whole.items()}
    test = whole["test"].to(context.device)
    metrics |= {"error": metrics["test error"], "turned": _difference(model, test[:100])}
    metrics["standard error"], metrics["worst tenth"] = spread(errors(model, test))
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model), "metrics": metrics}


def _said(model: torch.nn.Module, given: Paths, turned: torch.Tensor | None = None) -> torch.Tensor:
    found: torch.Tensor = model(_turned(given.positions, turned), _turned(given.velocities, turned), given.charges)
    return found


def _turns(generator: torch.Generator) -> torch.Tensor:
    """A random turn or reflection of space for each system of a batch."""
    found: torch.Tensor = torch.linalg.qr(torch.randn(BATCH, 3, 3, generator=generator))[0]
    return found


def _turned(x: torch.Tensor, turned: torch.Tensor | None) -> torch.Tensor:
    if turned is None:
        return x
    found: torch.Tensor = torch.matmul(x, turned)
    return found


@torch.no_grad()
def errors(model: torch.nn.Module, given: Paths) -> torch.Tensor:
    """The mean squared error of each system, over particles and coordinates."""
    parts = [given[start : start + 500] for start in range(0, len(given), 500)]
    return torch.cat([(_said(model, part) - part.later).square().mean((1, 2)) for part in parts])


def mean_error(model: torch.nn.Module, given: Paths) -> float:
    """The mean squared error over systems, particles and coordinates."""
    return errors(model, given).mean().item()


def spread(found: torch.Tensor) -> tuple[float, float]:
    """The standard error of the mean of some errors, and the share of their sum that the largest tenth has.

    >>> spread(torch.tensor([1.0] * 9 + [11.0]))
    (1.0, 0.550000011920929)
    """
    largest = found.sort(descending=True).values[: max(1, len(found) // 10)]
    return (found.std() / len(found) ** 0.5).item(), (largest.sum() / found.sum()).item()


@torch.no_grad()
def _difference(model: torch.nn.Module, given: Paths) -> float:
    """The largest difference between predictions turned and predictions for what is turned."""
    turned = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(0)))[0].to(
        given.positions.device
    )
    return float((_said(model, given) @ turned - _said(model, given, turned)).abs().max())


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """The mean squared errors on the test, beside published ones."""
    rows: list[tuple[Any, ...]] = [
        ("straight motion x + v t", mean_of(done, "straight", "error"), None, None, None, None)
    ]
    for name in NETS:
        number = next((job["parameters"] for job in done if job["name"] == name), None)
        found = (over_seeds(done, name, kind) for kind in ("error", "train error", "turned"))
        rows.append((name, *found, number, mean_seconds(done, name)))
    rows += [(f"published: {name}", error, None, None, None, None) for name, error in PUBLISHED.items()]
    derived = [name for name in NETS if name.startswith("derived")]
    chosen = min(derived, key=lambda name: mean_of(done, name, "validation error"))
    error, asked = mean_of(done, chosen, "error"), 0.0039 if setting.full else 0.0062
    pairs = [(name, name.replace("derived", "EGNN")) for name in derived]
    share = max(mean_of(done, one, "error") / mean_of(done, other, "error") for one, other in pairs)
    bars = (
        Bar("error of the derived network with the better validation", error, asked, at_most=True),
        Bar("derived: error as a share of EGNN's on the same paths, the larger of two", share, 1.0, at_most=True),
    )
    uncertain, worst = (mean_of(done, chosen, kind) for kind in ("standard error", "worst tenth"))
    notes = (
        "Five charged particles, the protocol of Satorras et al. 2021: where they are at frame 40, from frame 30; 3,000 "
        "systems to train on, 2,000 to validate on, 2,000 for the test. Each network has the step with its best validation.",
        "Derived: numbers and vectors of particles and of pairs, under permutations and O(3). It is told powers -1, -2 and -3, "
        "logarithms and squares of distances, EGNN squares alone, the MLPs none; both it and EGNN products of charges, for "
        "charges. Systems moved, in steady motion, or with all charges reversed are the same to it, and the centre moves "
        "straight on; of these EGNN has the first and the third. It adds to straight motion, as the MLPs do.",
        "Time reversed: a network is trained on each path run backwards too, for which it sees the velocities at the end of "
        "the paths that it is trained on; the others do not.",
        "EGNN: its authors' sizes; they train it for 300,000 steps. The data are drawn anew here by the same rules as those "
        "of published numbers.",
        f"By the systems that the test happens to have, the error of that network has a standard error of {uncertain:.2g}; the "
        f"tenth of the systems that is predicted worst makes {worst:.0%} of it.",
        "Turned: the largest change of a prediction in 100 systems when space is turned.",
    )
    return Report(("network", "MSE, test", "training", "turned", "parameters", "seconds"), tuple(rows), bars, notes)


def plot(record: Mapping[str, Any]) -> Any:
    """Validation error over training time, with published errors as lines, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    colours = dict(zip(NETS, ("#0072b2", "#56b4e9", "#d55e00", "#e69f00", "0.3", "0.6"), strict=True))
    for job in record["jobs"]:
        if job["name"] in NETS:
            fitted = job["fitted"]
            pace = mean_seconds([job], job["name"]) / max(1, fitted["curve"][-1][0])
            at = [(step * pace, error) for step, _, error in fitted["curve"] if error is not None]
            first = all(line.get_label() != job["name"] for line in axes.lines)
            axes.plot(*zip(*at, strict=True), ".-", color=colours[job["name"]], label=job["name"] if first else None)
    for name in ("linear", "EGNN", "SEGNN"):
        axes.axhline(PUBLISHED[name], color="0.8", linewidth=1, zorder=0)
        beside = (1.01, PUBLISHED[name])  # right of the frame, where no curve is
        axes.annotate(f"{name},\npublished", beside, xycoords=("axes fraction", "data"), ha="left", va="center")
    axes.set_yscale("log")
    axes.set_xlabel("seconds of training")
    axes.set_ylabel("mean squared error, validation")
    axes.legend(frameon=False)
    return figure
