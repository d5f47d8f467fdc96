"""Which one weight in twenty of a network is to be trained? To be told from how it starts, before any training.

Small perceptrons are trained on digits, their smallest weights taken away, and what is left trained again from where it began:
masks of winning tickets. What reads the first weights of a network that it has not seen is asked for its mask; then the network
is trained under that mask, and under others, and measured on images that no network was trained on.

Source: Frankle and Carbin, "The lottery ticket hypothesis", ICLR 2019; Zhou et al., "Permutation equivariant neural
functionals", NeurIPS 2023, who predict masks for implicit networks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache, partial
from statistics import fmean, stdev
from typing import Any

import torch

from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of
from symshare.experiments.tickets.family import KEPT, Family, family, measured, top
from symshare.experiments.tickets.masks import BLIND, MASKS, SCORES, Ways, overlap, ways
from symshare.experiments.tickets.readers import KINDS, OTHERS, Reader, reader

__all__ = ["jobs", "plot", "report", "split"]

NUMBERS = (1_400, 8_000)
"""Networks of the quick and of the full form."""
HELD = 100
"""Networks to validate on, and as many for the test."""
STEPS = (1_000, 10_000)
BATCH = 32
BEFORE = ("all weights", "ticket")
GIVEN = (*SCORES, *(name for name in MASKS if name not in BEFORE))


def jobs(setting: Setting) -> list[Job]:
    """Each kind of mask, for each seed."""
    found, steps = list[Job](), setting.steps(*STEPS)
    for seed in setting.numbers(3 if setting.full else 2):
        found += [Job(name, seed, partial(_given, name, setting.full), 6.0) for name in (*MASKS, *SCORES)]
        found += [Job(name, seed, partial(_told, name, steps, setting.full), 40.0) for name in (*KINDS, *OTHERS)]
    return found


@cache
def split(*, full: bool = False, device: str = "cpu") -> tuple[Family, Family, Family]:
    """Networks to train on, to validate on and for the test, on the CPU. No network is in two."""
    number = NUMBERS[full]
    whole = family(number, device=device)
    return whole[: number - 2 * HELD], whole[number - 2 * HELD : number - HELD], whole[number - HELD :]


def _given(name: str, full: bool, context: Context) -> dict[str, Any]:
    """Networks under masks that need no reader."""
    parts = split(full=full, device=str(context.device))
    generator = torch.Generator().manual_seed(context.seed)
    if name in SCORES:
        found = [ways(SCORES[name](one), parts[0]) for one in parts[1:]]
    else:
        found = [{"": MASKS[name](one, parts[0], generator)} for one in parts[1:]]
    return _reached(parts, found, context)


def _told(name: str, steps: int, full: bool, context: Context) -> dict[str, Any]:
    """Train a reader on the tickets of networks, and others under the masks that it says."""
    torch.manual_seed(context.seed)
    parts = split(full=full, device=str(context.device))
    made = reader(name, parts[0])
    model = made.make().to(context.device)
    seen, *asked = (tuple(x.to(context.device) for x in made.tensors(one)) for one in parts)
    wanted = tuple(x.to(context.device) for x in made.wanted(parts[0].tickets))

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        chosen = torch.randint(len(parts[0]), (BATCH,), generator=generator).to(context.device)
        rows = [tuple(one[chosen] for one in part) for part in (seen, wanted)]
        given, right = made.moved(rows[0], rows[1], generator)
        said = torch.cat([one.flatten() for one in model(*given)])
        return torch.nn.functional.binary_cross_entropy_with_logits(said, torch.cat([one.flatten() for one in right]))

    def missed(model: torch.nn.Module) -> float:
        return 1 - float(overlap(top(_scores(made, model, asked[0])), parts[1].tickets).mean())

    recipe = Recipe(steps, rate=3e-3, decay=1e-2, warm=50, every=max(1, steps // 15))
    fitted = fit(context, model, loss, recipe, validate=missed)
    model.eval()
    drawing = torch.Generator().manual_seed(context.seed)
    found = _reached(parts, [ways(_scores(made, model, one), parts[0], drawing) for one in asked], context)
    first = top(_scores(made, model, tuple(one[:HELD] for one in seen)))
    found["metrics"]["overlap, trained on"] = float(overlap(first, parts[0][:HELD].tickets).mean())
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model), **found}


@torch.no_grad()
def _scores(made: Reader, model: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> dict[str, torch.Tensor]:
    """What a reader says of each weight: the logarithm of how probable it is that the ticket has it."""
    said = made.states(tuple(one.cpu() for one in model(*given)))
    return {name: torch.nn.functional.logsigmoid(one) for name, one in said.items()}


def _reached(parts: Sequence[Family], masks: Sequence[Ways], context: Context) -> dict[str, Any]:
    """What networks to validate on, and those of the test, reach under masks that were made in the way that is best for the
    first, each on images of the split of its name."""
    where: dict[str, Any] = {"seed": context.seed, "device": context.device}
    held = {way: float(measured(parts[1], one, "validation", **where).mean()) for way, one in masks[0].items()}
    way = max(held, key=held.__getitem__)
    test = measured(parts[2], masks[1][way], "test", **where)
    metrics = {
        "accuracy": float(test.mean()),
        "accuracy, validation": held[way],
        "overlap": float(overlap(masks[1][way], parts[2].tickets).mean()),
    }
    return {
        "metrics": metrics,
        "way": way,
        "networks": [round(one, 4) for one in test.tolist()],
        "pixels": [round(one, 4) for one in masks[1][way]["first.weight"].mean((0, 1)).tolist()],
    }


def _each(done: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    """What each network of the test reaches under a kind of mask, the mean over seeds."""
    return [fmean(values) for values in zip(*(job["networks"] for job in done if job["name"] == name), strict=True)]


def _error(values: Sequence[float]) -> float:
    """The standard error of a mean."""
    return stdev(values) / math.sqrt(len(values))


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """What networks reach under each kind of mask."""
    rows = []
    for name in (*BEFORE, *KINDS, *OTHERS, *GIVEN):
        number = next((job.get("parameters") for job in done if job["name"] == name), None)
        own = [over_seeds(done, name, metric) for metric in ("accuracy", "accuracy, validation", "overlap")]
        way = ", ".join(dict.fromkeys(job["way"] for job in done if job["name"] == name))
        rows.append((name, way, own[0], _error(_each(done, name)), *own[1:], number, mean_seconds(done, name)))
    chosen = max(KINDS, key=lambda name: mean_of(done, name, "accuracy, validation"))
    bars, told = [], []
    for what, names in (
        ("masks that do not look at the network", BLIND),
        *((name, (name,)) for name in SCORES),
        ("the other readers", OTHERS),
    ):
        best = max(names, key=lambda name: mean_of(done, name, "accuracy"))
        gains = [one - other for one, other in zip(_each(done, chosen), _each(done, best), strict=True)]
        bars.append(Bar(f"gain in test accuracy by the masks of {chosen}, over {what}", fmean(gains), 0.0))
        told.append(f"over {best} {fmean(gains):.3f} +- {_error(gains):.3f}")
    notes = (
        f"{NUMBERS[setting.full] - 2 * HELD:,} networks to train readers on, {HELD} to validate on, {HELD} for the test, none "
        f"in two; of 4,000 weights {KEPT:.0%} are kept, in all masks. Networks train on 1,000 digits; those of the test are "
        "measured on 497 others, those of validation on 300 more. Errors are standard errors over the networks of the test. "
        "Overlap: the part of the ticket's weights that a mask has.",
        "A ticket is what the training of that very network tells, in three rounds; no other mask may look at it. Slopes: the "
        'largest products of weight and gradient (SNIP). "By layer": as many of each layer as tickets have on average; "and '
        'pixel": as often for each pixel and class. Ways: the weights with the best scores of all, or of each layer, or drawn '
        "by them; what is best for the networks of validation is taken.",
        "The time in the first row has that of all tickets in it, which is spent once.",
        f"Gains of {chosen}, which has the best accuracy on validation, with errors over pairs: {'; '.join(told)}.",
    )
    columns = ("mask", "way", "accuracy", "error", "accuracy, validation", "overlap", "parameters", "seconds")
    return Report(columns, tuple(rows), tuple(bars), notes)


def plot(record: Mapping[str, Any]) -> Any:
    """What networks reach under each kind of mask, and which pixels masks keep, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    done = record["jobs"]
    chosen = max(KINDS, key=lambda name: mean_of(done, name, "accuracy, validation"))
    shown = ("ticket", chosen, "slopes at the start", "magnitudes at the start")
    figure, panels = plt.subplot_mosaic("abc;ade", figsize=(12, 5), width_ratios=(3, 1, 1), layout="constrained")
    axes = panels.pop("a")
    names = sorted((*KINDS, *OTHERS, *GIVEN), key=lambda name: -mean_of(done, name, "accuracy"))
    values, errors = [mean_of(done, name, "accuracy") for name in names], [_error(_each(done, one)) for one in names]
    colours = ["#0072b2" if name in KINDS else "#e69f00" if name in OTHERS else "0.6" for name in names]
    drawn = axes.barh(names, values, xerr=errors, color=colours)
    axes.bar_label(drawn, fmt="%.3f", label_type="center", color="white", fontsize=8)
    for name, line in zip(BEFORE, ("-", "--"), strict=True):
        axes.axvline(mean_of(done, name, "accuracy"), color="black", linestyle=line, linewidth=1, label=name)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel(f"test accuracy of unseen networks, {KEPT:.0%} of their weights trained")
    axes.legend(fontsize=8, loc="lower right")
    pixels = {name: next(job["pixels"] for job in done if job["name"] == name) for name in shown}
    for name, panel in zip(shown, panels.values(), strict=True):
        image = panel.imshow(
            torch.tensor(pixels[name]).reshape(8, 8).numpy(), vmin=0, vmax=max(pixels["ticket"]), cmap="viridis"
        )
        panel.set_title(name, fontsize=9)
        panel.set_axis_off()
    figure.colorbar(image, ax=[*panels.values()], label="share of a pixel's weights kept", shrink=0.7)
    return figure
