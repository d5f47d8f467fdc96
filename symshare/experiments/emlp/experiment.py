"""How many examples does a symmetry save? Three tasks of the paper on EMLP, with networks from derived layers.

Source: Finzi, Welling and Wilson, "A practical method for constructing equivariant multilayer perceptrons for arbitrary
matrix groups", ICML 2021, section 7.1 and figure 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch

from symshare.experiments.emlp.nets import SOLVED, Derived, Plain, solved, turned
from symshare.experiments.emlp.tasks import PUBLISHED, PUBLISHED_PLAIN, SIZES, TASKS, Examples, Task
from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of

__all__ = ["NETS", "jobs", "mean_error", "plot", "report", "title"]

BATCH = 200
NETS = {"derived": (1_200, 12_000, 3e-3), "MLP": (2_500, 25_000, 1e-3), "MLP, moved": (2_500, 25_000, 1e-3)}
"""Steps of the quick and of the full form (of about equal time), and the learning rate."""
NOTHING = 1e-9
"""What a polynomial leaves over is nothing, if it is at most this share of the mean square of what is asked for."""

Loss = Callable[[torch.nn.Module, int, torch.Generator], torch.Tensor]


def title(net: str, task: str, size: int) -> str:
    """The name of a job.

    >>> title("MLP", "inertia", 100)
    'MLP, inertia, 100 examples'
    """
    return f"{net}, {task}, {size} examples"


def jobs(setting: Setting) -> list[Job]:
    """Each network on each task with each number of examples."""
    made = []
    for seed in setting.numbers(3 if setting.full else 1):
        for task in TASKS:
            for size in SIZES:
                for net, (quick, full, rate) in NETS.items():
                    work = partial(_trained, net, task, size, setting.steps(quick, full), rate)
                    made.append(Job(title(net, task, size), seed, work, 10.0))
    return made


def _trained(net: str, name: str, size: int, steps: int, rate: float, context: Context) -> dict[str, Any]:
    task = TASKS[name]
    torch.manual_seed(context.seed)
    train = task.examples("train", number=size, seed=context.seed).to(context.device)
    held, test = (task.examples(kind, seed=context.seed).to(context.device) for kind in ("validation", "test"))
    recipe = Recipe(steps, rate=rate, decay=0.0, warm=30, every=max(1, steps // 40))
    if net == "derived":
        return _derived(task, train, held, test, recipe, context)
    mean = train.wanted.mean(0) if task.symmetry.endswith("->") else torch.zeros_like(train.wanted[0])
    scale = (train.wanted - mean).square().mean().sqrt().item()
    model = Plain(task, mean, scale).to(context.device)
    loss = _loss(task, train, scale, moved=net.endswith("moved"))
    fitted = fit(context, model, loss, recipe, validate=lambda model: mean_error(model, held))
    metrics = {"error": mean_error(model, test), "train error": mean_error(model, train)}
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model), "metrics": metrics}


def _derived(
    task: Task, train: Examples, held: Examples, test: Examples, recipe: Recipe, context: Context
) -> dict[str, Any]:
    """The polynomial layer, and the net for what it leaves over where that makes it better on the held-out examples."""
    polynomial, order = solved(task, train, held)
    polynomial = polynomial.to(context.device)
    before, alone = mean_error(polynomial, held), mean_error(polynomial, test)
    metrics = {"polynomial error": alone, "order": order, "error": alone}
    if before <= NOTHING * held.wanted.square().mean().item():
        return {"parameters": parameters_of(polynomial), "metrics": metrics}
    scale = max(mean_error(polynomial, train) ** 0.5, 1e-6)
    model = Derived(task, polynomial, scale).to(context.device)
    loss = _loss(task, train, scale, moved=False)
    fitted = fit(context, model, loss, recipe, validate=lambda model: mean_error(model, held))
    if fitted.best is not None and fitted.best < before:
        metrics |= {"error": mean_error(model, test), "train error": mean_error(model, train)}
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model), "metrics": metrics}


def _loss(task: Task, train: Examples, scale: float, *, moved: bool) -> Loss:
    """Squared errors of a batch, over the square of a scale; `moved` by random elements of the group."""

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        chosen = torch.randint(len(train), (BATCH,), generator=generator).to(train.wanted.device)
        batch = train[chosen] if len(train) > BATCH else train
        batch = turned(task, batch, generator) if moved else batch
        value: torch.Tensor = ((model(*batch.inputs) - batch.wanted) / scale).square().mean()
        return value

    return loss


@torch.no_grad()
def mean_error(model: torch.nn.Module, given: Examples) -> float:
    """The mean squared error over examples and the entries of the output."""
    parts = [given[start : start + 1000] for start in range(0, len(given), 1000)]
    return sum(float((model(*part.inputs) - part.wanted).square().sum()) for part in parts) / given.wanted.numel()


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """The mean squared errors over the number of examples, beside what EMLP's authors have."""
    rows: list[tuple[Any, ...]] = []
    bars = []
    for task in TASKS:
        for net in NETS:
            names = [title(net, task, size) for size in SIZES]
            seconds = sum(mean_seconds(done, name) for name in names) / len(names)
            rows.append((f"{task}: {net}", *(over_seeds(done, name, "error") for name in names), seconds))
        names = [title("derived", task, size) for size in SIZES]
        alone = [over_seeds(done, name, "polynomial error") for name in names]
        rows.append((f"{task}: the derived polynomial alone", *alone, None))
        rows.append((f"{task}: MLP, moved, published", *PUBLISHED_PLAIN[task], None))
        rows.append((f"{task}: EMLP, published", *PUBLISHED[task], None))
        shares = [mean_of(done, name, "error") / asked for name, asked in zip(names, PUBLISHED[task], strict=True)]
        bars.append(Bar(f"{task}: largest share of EMLP's published error", max(shares), 1.0, at_most=True))
    notes = (
        "Derived: the layer of all terms of the best order from 2 to 4 (by validation), solved by least squares on the first "
        f"{SOLVED:,} examples at most, and an EinNet for what it leaves over, where it leaves anything.",
        "Inertia and the amplitude of scattering are polynomials of orders 3 and 4: 100 examples give them.",
        "Points of the inertia are permuted too, unlike in EMLP's networks. Its published errors are means of three runs.",
        "At every size 1,000 more examples choose the order, the step of each training, and whether the EinNet is kept; EMLP's "
        "authors stop by as many.",
        "Plain networks train for seconds here; those of EMLP's authors for longer, and are better on the last two tasks.",
        "Moved: each batch moved by random elements of the group. All errors are mean squares, in the units of the outputs.",
    )
    columns = ("mean squared error, by examples", *(f"{size:,}" for size in SIZES), "seconds")
    return Report(columns, tuple(rows), tuple(bars), notes)


def plot(record: Mapping[str, Any]) -> Any:
    """Errors over the number of examples, a picture for each task, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    figure, places = plt.subplots(1, len(TASKS), figsize=(4.5 * len(TASKS), 4), layout="constrained")
    for task, axes in zip(TASKS, places, strict=True):
        for net, colour in zip(NETS, ("#0072b2", "0.4", "#d55e00"), strict=True):
            names = [title(net, task, size) for size in SIZES]
            errors = [mean_of(record["jobs"], name, "error") for name in names]
            axes.plot(SIZES, errors, "o-", color=colour, label=net)
        axes.plot(SIZES, PUBLISHED[task], "s--", color="#009e73", label="EMLP, published")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_title(f"{task}: {TASKS[task].symmetry}")
        axes.set_xlabel("examples")
    places[0].set_ylabel("mean squared error, test")
    places[0].legend(frameon=False)
    return figure
