"""Which digit does a network of sines show? To be told from its weights, without running it.

A network of sines is fitted to each image of a digit, several times: from starts of their own, or all from one that was learned
for it. What reads them sees their weights alone, and is asked for the digit. Splits are by image: no image that a reader is
trained on, or chosen by, is in the test.

Sources: Navon, Shamsian, Achituve, Fetaya, Chechik and Maron, "Equivariant architectures for learning in deep weight spaces",
ICML 2023; Zhou et al., "Permutation equivariant neural functionals", NeurIPS 2023; Kofinas et al., "Graph neural networks for
learning equivariant representations of neural networks", ICLR 2024.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch

from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.sines import STARTS, Fits, common, fits, points, shown_by
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of
from symshare.experiments.siren.readers import KINDS, OTHERS, SEEN, reader

__all__ = ["BARS", "READERS", "jobs", "plot", "report", "split"]

READERS = (*KINDS, *OTHERS)
BATCH, COPIES, MOST = 64, 10, None
"""Networks of a step, networks of an image, and the images of each split (None: all)."""
STEPS = {
    "own starts: messages": (1_500, 20_000),
    "common start: messages": (400, 5_000),
    "sets of weights": (1_000, 20_000),
    "MLP": (3_000, 40_000),
    "MLP, moved": (3_000, 40_000),
    SEEN: (3_000, 20_000),
}
USUAL = (600, 10_000)
"""Steps of the quick and of the full form, of a reader or of one on one kind of start."""
RATES = {"messages": 5e-3}
BARS = {"own starts": 0.60, "common start": 0.90}


def jobs(setting: Setting) -> list[Job]:
    """Each reader of the networks of each kind of start, for each seed."""
    found = []
    for seed in setting.numbers(3 if setting.full else 1):
        for starts in STARTS:
            for name in READERS:
                title = f"{starts}: {name}"
                steps = setting.steps(*STEPS.get(title, STEPS.get(name, USUAL)))
                found.append(Job(title, seed, partial(_trained, name, starts, steps), 40.0))
    return found


def split(starts: str) -> tuple[Fits, Fits, Fits]:
    """Networks to train on, to validate on and for the test, by image; readers of all seeds see the same."""
    first, second, third = (fits(starts, kind, COPIES, most=MOST) for kind in ("train", "validation", "test"))
    return first, second, third


def _trained(name: str, starts: str, steps: int, context: Context) -> dict[str, Any]:
    torch.manual_seed(context.seed)
    train, held, test = split(starts)
    made = reader(name, train, common() if starts == "common start" else None)
    model = made.make().to(context.device)
    seen, asked, last = (tuple(x.to(context.device) for x in made.tensors(one)) for one in (train, held, test))
    shown = train.shown.to(context.device)

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        chosen = torch.randint(len(shown), (BATCH,), generator=generator).to(context.device)
        given = made.moved(tuple(one[chosen] for one in seen), generator)
        return torch.nn.functional.cross_entropy(model(*given), shown[chosen])

    def missed(model: torch.nn.Module) -> float:
        return 1 - _right(model, asked, held.shown)

    recipe = Recipe(steps, rate=RATES.get(name, 2e-3), decay=1e-2, warm=50, every=max(1, steps // 15))
    fitted = fit(context, model, loss, recipe, validate=missed)
    model.eval()
    metrics = {"right": _right(model, last, test.shown), "right, validation": _right(model, asked, held.shown)}
    few = tuple(one[: len(held)] for one in seen)
    metrics["right, trained on"] = _right(model, few, train.shown[: len(held)])
    metrics["error of the fits"] = float(test.errors.mean())
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model), "metrics": metrics}


@torch.no_grad()
def _right(model: torch.nn.Module, given: tuple[torch.Tensor, ...], shown: torch.Tensor) -> float:
    """The share of networks whose digit a reader says."""
    parts = zip(*(one.split(250) for one in given), strict=True)  # type: ignore[no-untyped-call]  # torch gives no types
    said = torch.cat([model(*part).argmax(-1) for part in parts]).cpu()
    return float((said == shown).float().mean())


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """The share of right answers of each reader on each kind of start."""
    rows: list[tuple[Any, ...]] = []
    for name in READERS:
        cells: list[Any] = []
        for starts in STARTS:
            title = f"{starts}: {name}"
            number = next((job.get("parameters") for job in done if job["name"] == title), None)
            found = (over_seeds(done, title, "right"), over_seeds(done, title, "right, validation"))
            cells += [*found, number, mean_seconds(done, title)]
        rows.append((name, *cells))
    bars = []
    for starts, wanted in BARS.items():
        chosen = max(KINDS, key=lambda name: mean_of(done, f"{starts}: {name}", "right, validation"))
        reached = mean_of(done, f"{starts}: {chosen}", "right")
        bars.append(Bar(f"{starts}: right answers of the derived reader with the best validation", reached, wanted))
        others = max(mean_of(done, f"{starts}: {name}", "right") for name in OTHERS if name != SEEN)
        bars.append(Bar(f"{starts}: the same, over the best of those that only see weights", reached - others, 0.0))
    errors = [mean_of(done, f"{starts}: {SEEN}", "error of the fits") for starts in STARTS]
    notes = (
        f"{COPIES} networks for each of 1,000 images to train on, 300 to validate on, 497 for the test. Mean squared errors of "
        f"the networks on pixels from 0 to 1: {errors[0]:.2g} from starts of their own, {errors[1]:.2g} from a common one.",
        "Messages: layers between which values move along the weights. HNP: linear layers, hidden units permuted; products: "
        "the irreducible products of two tensors too. Where the start is common all readers know it; MLP: one that sees hidden "
        "units in their order, which says nothing where starts differ; moved: in ever new orders.",
    )
    columns = ["right"]
    for starts in STARTS:
        columns += [f"{starts}, test", f"{starts}, validation", f"{starts}, parameters", f"{starts}, seconds"]
    return Report(tuple(columns), tuple(rows), tuple(bars), notes)


def plot(record: Mapping[str, Any]) -> Any:
    """Some networks as they show their digits, and the right answers of each reader, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(11, 4), layout="constrained")
    left, *panels = figure.subplots(1, 3, width_ratios=(1.1, 2, 2))
    left.imshow(_sheet().numpy(), cmap="gray_r", vmin=0, vmax=1)
    left.set_facecolor("#dbe7f3")  # between the images
    left.set_title("What networks show:\nfits, and between pixels", fontsize=10)
    left.set_xticks([])
    left.set_yticks([])
    for axes, starts in zip(panels, STARTS, strict=True):
        values = [mean_of(record["jobs"], f"{starts}: {name}", "right") for name in READERS]
        colours = ["#0072b2" if name in KINDS else "0.85" if name == SEEN else "0.6" for name in READERS]
        drawn = axes.barh(READERS, values, color=colours)
        axes.bar_label(drawn, fmt="%.3f", padding=3, fontsize=8)
        axes.axvline(0.1, color="0.4", linewidth=0.8, linestyle=":")
        axes.set_xlim(0, 1.12)
        axes.invert_yaxis()
        axes.set_title(starts, fontsize=10)
        axes.set_xlabel("right answers on unseen images (dotted: chance)")
    panels[1].set_yticklabels([])
    return figure


def _sheet(number: int = 4) -> torch.Tensor:
    """Images of the test as their networks show them, at the pixels and, beside, four times as fine."""
    states = fits("own starts", "test", 1, most=number).states
    line = torch.linspace(-1, 1, 32)
    down, across = torch.meshgrid(line, line, indexing="ij")
    fine = shown_by(states, torch.stack([across, down], -1).reshape(-1, 2)).reshape(number, 32, 32)
    plain = shown_by(states, points()).reshape(number, 8, 8).repeat_interleave(4, 1).repeat_interleave(4, 2)
    framed = [torch.nn.functional.pad(one, (2, 2, 2, 2), value=torch.nan) for one in (plain, fine)]
    return torch.cat([torch.cat(list(one)) for one in framed], 1)
