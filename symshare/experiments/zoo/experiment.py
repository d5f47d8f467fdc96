"""How well does a network do on images that it has not seen? To be read off its weights alone.

Small perceptrons and convolutions are trained on digits with rates, starts, data and steps of their own; what reads them sees
their weights and is asked for their accuracies, of which Kendall's tau compares the order on networks that were not trained on.

Source: Unterthiner, Keysers, Gelly, Bousquet and Tolstikhin, "Predicting neural network accuracy from weights", 2020; Zhou et
al., "Permutation equivariant neural functionals", NeurIPS 2023.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import torch
from scipy.stats import kendalltau

from symshare.errors import ExperimentError
from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of
from symshare.experiments.zoo.fleets import FAMILIES, Fleet, fleet
from symshare.experiments.zoo.readers import KINDS, reader, statistics

__all__ = ["READERS", "jobs", "plot", "report", "split", "tau"]

READERS = (*KINDS, "sets of weights", "MLP, moved")
STATISTICS = "statistics, boosted"
BATCH, NOISE = 32, 0.3
STEPS = {"sets of weights": (2_000, 20_000), "MLP, moved": (3_000, 30_000)}
USUAL = (1_200, 12_000)
"""Steps of the quick and of the full form."""


def jobs(setting: Setting) -> list[Job]:
    """Each reader of each family, for each seed."""
    found = []
    for seed in setting.numbers(3 if setting.full else 1):
        for family in FAMILIES:
            found.append(Job(f"{family}: {STATISTICS}", seed, partial(_boosted, family, setting.full), 20.0))
            for name in READERS:
                steps = setting.steps(*STEPS.get(name, USUAL))
                found.append(Job(f"{family}: {name}", seed, partial(_trained, name, family, steps, setting.full), 40.0))
    return found


@cache
def split(family: str, *, full: bool = False, number: int | None = None) -> tuple[Fleet, Fleet, Fleet]:
    """Networks to train on, to validate on and for the test: six, two and two of ten. No network is in two."""
    whole = fleet(family, number=number or _number(family, full))
    first, second = len(whole) * 6 // 10, len(whole) * 8 // 10
    return whole[:first], whole[first:second], whole[second:]


def _number(family: str, full: bool) -> int:
    usual = FAMILIES[family][1]
    return usual * 10 if full else usual


def tau(said: torch.Tensor, true: torch.Tensor) -> float:
    """Kendall's tau of two lists: 1 where they have the same order, -1 where the opposite; 0 where one is constant.

    >>> tau(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0.1, 0.3, 0.2]))
    0.333...
    """
    found = float(kendalltau(said.numpy(), true.numpy()).statistic)
    return found if found == found else 0.0


def _trained(name: str, family: str, steps: int, full: bool, context: Context) -> dict[str, Any]:
    torch.manual_seed(context.seed)
    train, held, test = split(family, full=full)
    made = reader(name, family, train)
    model = made.make().to(context.device)
    seen, asked, last = (tuple(x.to(context.device) for x in made.tensors(one)) for one in (train, held, test))
    accuracies = train.accuracies.to(context.device)

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        chosen = torch.randint(len(accuracies), (BATCH,), generator=generator).to(context.device)
        given = made.moved(tuple(one[chosen] for one in seen), generator)
        given = tuple(one + NOISE * _normal(one, generator) for one in given)
        return torch.nn.functional.binary_cross_entropy_with_logits(model(*given)[:, 0], accuracies[chosen])

    def missed(model: torch.nn.Module) -> float:
        return 1 - tau(_said(model, asked), held.accuracies)

    recipe = Recipe(steps, rate=2e-3, decay=1e-2, warm=50, every=max(1, steps // 15))
    fitted = fit(context, model, loss, recipe, validate=missed)
    model.eval()
    metrics = {"tau": tau(_said(model, last), test.accuracies)}
    metrics["tau, validation"] = tau(_said(model, asked), held.accuracies)
    metrics["tau, trained on"] = tau(_said(model, seen), train.accuracies)
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model), "metrics": metrics}


def _normal(like: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return torch.randn(like.shape, generator=generator).to(like.device)


@torch.no_grad()
def _said(model: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """What a reader says of each network."""
    parts = zip(*(one.split(200) for one in given), strict=True)  # type: ignore[no-untyped-call]  # torch gives no types
    return torch.cat([model(*part)[:, 0] for part in parts]).cpu()


def _boosted(family: str, full: bool, context: Context) -> dict[str, Any]:
    """Boosted trees on statistics of the weights; their number is chosen by validation."""
    try:
        from sklearn.ensemble import GradientBoostingRegressor
    except ImportError:
        raise ExperimentError(
            "boosted trees are scikit-learn's, which is not installed\n  write: pip install scikit-learn"
        ) from None
    train, held, test = split(family, full=full)
    trees = GradientBoostingRegressor(
        n_estimators=600, learning_rate=0.05, max_depth=4, subsample=0.7, max_features=0.3, random_state=context.seed
    )
    trees.fit(statistics(train).numpy(), train.accuracies.numpy())
    best, said = -1.0, torch.zeros(len(test))
    stages = zip(*(trees.staged_predict(statistics(one).numpy()) for one in (held, test)), strict=True)
    for one, other in stages:
        score = tau(torch.from_numpy(one), held.accuracies)
        if score > best:
            best, said = score, torch.from_numpy(other.copy())
    return {"metrics": {"tau": tau(said, test.accuracies), "tau, validation": best}}


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """Kendall's tau of each reader on each family."""
    rows: list[tuple[Any, ...]] = []
    for name in (*READERS, STATISTICS):
        cells: list[Any] = []
        for family in FAMILIES:
            title = f"{family}: {name}"
            number = next((job.get("parameters") for job in done if job["name"] == title), None)
            found = (over_seeds(done, title, "tau"), over_seeds(done, title, "tau, validation"))
            cells += [*found, number, mean_seconds(done, title)]
        rows.append((name, *cells))
    bars = []
    for family in FAMILIES:
        chosen = max(KINDS, key=lambda name: mean_of(done, f"{family}: {name}", "tau, validation"))
        others = ("sets of weights", "MLP, moved", STATISTICS)
        best = max(mean_of(done, f"{family}: {name}", "tau") for name in others)
        reached = mean_of(done, f"{family}: {chosen}", "tau")
        bars.append(Bar(f"{family}: tau of the derived reader with the best validation", reached, 0.76))
        bars.append(Bar(f"{family}: the same, over the best of the others", reached - best, 0.0))
    numbers = ", ".join(f"{_number(family, setting.full):,} {family}s" for family in FAMILIES)
    notes = (
        f"{numbers}, trained on 1,000 digits each or fewer; accuracies are of 797 other images. Of the networks six tenths are "
        "to train on, two to validate on, two for the test.",
        "HNP: hidden units permuted; NP: inputs and outputs too; NP + IO: NP, with learned positions of inputs and outputs. "
        "Scales: the positive scales of units are taken away first. "
        "Products: layers have the irreducible products of two tensors too. All but the trees are trained with noise on the "
        f"weights, of {NOISE:g} deviations.",
    )
    columns = ["tau"]
    for family in FAMILIES:
        columns += [f"{family}, test", f"{family}, validation", f"{family}, parameters", f"{family}, seconds"]
    return Report(tuple(columns), tuple(rows), tuple(bars), notes)


def plot(record: Mapping[str, Any]) -> Any:
    """Tau of each reader, a panel for each family, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(FAMILIES), figsize=(10, 4), sharey=True, layout="constrained")
    names = (*READERS, STATISTICS)
    for axes, family in zip(panels, FAMILIES, strict=True):
        values = [mean_of(record["jobs"], f"{family}: {name}", "tau") for name in names]
        colours = ["#0072b2" if name in KINDS else "0.6" for name in names]
        drawn = axes.barh(names, values, color=colours)
        axes.bar_label(drawn, fmt="%.3f", padding=3, fontsize=8)
        axes.set_xlim(0, 1)
        axes.set_title(family, fontsize=10)
        axes.set_xlabel("Kendall's tau on the test")
    panels[0].invert_yaxis()  # for all, as they share it
    return figure
