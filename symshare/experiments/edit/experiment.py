"""Can what a network of sines shows be made bolder, by changing its weights?

A network reads the weights of a network of sines and gives new ones, that are to show the same digit dilated: each pixel as
dark as the darkest of itself and its four neighbours. It never sees an image, but in the loss. Splits are by image.

Source: Zhou, Yang, Burns, Cardace, Jiang, Sokota, Kolter and Finn, "Permutation equivariant neural functionals", NeurIPS 2023,
which edits networks of MNIST so.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch

from symshare.experiments.edit.editors import KINDS, OTHERS, Editor, editor
from symshare.experiments.harness.digits import digits
from symshare.experiments.harness.fleets import State
from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.sines import STARTS, Fits, common, fits, points, shown_by
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of

__all__ = ["ALONE", "EDITORS", "dilated", "jobs", "plot", "report"]

ALONE, ANEW = "left alone", "fitted anew"
EDITORS = (*KINDS, *OTHERS)
BATCH, MOST = 32, None
"""Networks of a step, and the images of each split (None: all)."""
CROSS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
COPIES = {"train": 10, "validation": 1, "test": 1}
STEPS = {"messages": (2_000, 20_000), "MLP": (4_000, 40_000), "MLP, moved": (4_000, 40_000)}
USUAL = (900, 10_000)
"""Steps of the quick and of the full form."""
RATES = {"messages": 5e-3}


def jobs(setting: Setting) -> list[Job]:
    """Each editor of the networks of each kind of start, for each seed, and what there is without one."""
    found = []
    for seed in setting.numbers(3 if setting.full else 1):
        for starts in STARTS:
            found.append(Job(f"{starts}: {ALONE}", seed, partial(_alone, starts), 5.0))
            found.append(Job(f"{starts}: {ANEW}", seed, partial(_anew, starts), 5.0))
            for name in EDITORS:
                steps = setting.steps(*STEPS.get(name, USUAL))
                found.append(Job(f"{starts}: {name}", seed, partial(_trained, name, starts, steps), 60.0))
    return found


def dilated(images: torch.Tensor) -> torch.Tensor:
    """Images (.., 8, 8) of which each pixel is the largest of itself and its neighbours above, below, left and right.

    >>> dilated(torch.eye(8))[0].tolist()
    [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    padded = torch.nn.functional.pad(images, (1, 1, 1, 1), value=-torch.inf)
    moved = [padded[..., 1 + down : 9 + down, 1 + right : 9 + right] for down, right in CROSS]
    return torch.stack(moved).amax(0)


def _wanted(kind: str) -> torch.Tensor:
    """What networks of a split are to show (networks, pixels), in their order."""
    return dilated(digits(kind)[0][:MOST]).flatten(1).repeat(COPIES[kind], 1)


def _fits(starts: str, kind: str) -> Fits:
    return fits(starts, kind, COPIES[kind], most=MOST)


def _error(states: State, wanted: torch.Tensor) -> torch.Tensor:
    return (shown_by(states, points().to(wanted.device)) - wanted).square().mean()


def _alone(starts: str, context: Context) -> dict[str, Any]:
    """Networks as they are."""
    found = {kind: float(_error(_fits(starts, kind).states, _wanted(kind))) for kind in ("test", "validation")}
    return {"metrics": {"error": 100 * found["test"], "error, validation": 100 * found["validation"]}}


def _anew(starts: str, context: Context) -> dict[str, Any]:
    """Networks fitted to the dilated images themselves: what networks of this size can show."""
    found = fits(starts, "test", COPIES["test"], seed=context.seed, most=MOST, change=dilated)
    return {"metrics": {"error": 100 * float(found.errors.mean())}}


def _trained(name: str, starts: str, steps: int, context: Context) -> dict[str, Any]:
    torch.manual_seed(context.seed)
    kinds = ("train", "validation", "test")
    parts = {kind: _fits(starts, kind) for kind in kinds}
    make, tensors, moved = editor(name, parts["train"], common() if starts == "common start" else None)
    model = make().to(context.device)
    given = {kind: tuple(one.to(context.device) for one in tensors(parts[kind])) for kind in kinds}
    states = {kind: {key: one.to(context.device) for key, one in parts[kind].states.items()} for kind in kinds}
    wanted = {kind: _wanted(kind).to(context.device) for kind in kinds}

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        chosen = torch.randint(len(wanted["train"]), (BATCH,), generator=generator).to(context.device)
        some = tuple(one[chosen] for one in given["train"])
        own = {key: one[chosen] for key, one in states["train"].items()}
        return _error(model(*moved(some, own, generator)), wanted["train"][chosen])

    @torch.no_grad()
    def missed(model: torch.nn.Module, kind: str = "validation") -> float:
        places = range(0, len(wanted[kind]), 250)
        errors = [
            _error(model(tuple(one[at : at + 250] for one in given[kind]), _rows(states[kind], at)), part) * len(part)
            for at, part in zip(places, wanted[kind].split(250), strict=True)  # type: ignore[no-untyped-call]  # torch gives no types
        ]
        return float(sum(errors)) / len(wanted[kind])

    recipe = Recipe(steps, rate=RATES.get(name, 2e-3), decay=1e-3, warm=50, every=max(1, steps // 15))
    fitted = fit(context, model, loss, recipe, validate=missed)
    model.eval()
    metrics = {"error": 100 * missed(model, "test"), "error, validation": 100 * missed(model)}
    shows = _shown(model, given["test"], states["test"])
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model), "metrics": metrics, "shows": shows}


def _rows(states: State, start: int, number: int = 250) -> State:
    return {key: one[start : start + number] for key, one in states.items()}


@torch.no_grad()
def _shown(model: Editor, given: tuple[torch.Tensor, ...], states: State, number: int = 4) -> list[list[float]]:
    """What the first networks of the test show after the edit, to two digits."""
    found = shown_by(
        model(tuple(one[:number] for one in given), _rows(states, 0, number)), points().to(given[0].device)
    )
    return [[round(value, 2) for value in row] for row in found[:number].tolist()]


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """The mean squared error of each editor on each kind of start, times 100."""
    rows: list[tuple[Any, ...]] = []
    for name in (*EDITORS, ALONE, ANEW):
        cells: list[Any] = []
        for starts in STARTS:
            title = f"{starts}: {name}"
            number = next((job.get("parameters") for job in done if job["name"] == title), None)
            held = over_seeds(done, title, "error, validation") if name != ANEW else None
            cells += [over_seeds(done, title, "error"), held, number, mean_seconds(done, title)]
        rows.append((name, *cells))
    bars = []
    for starts in STARTS:
        chosen = min(KINDS, key=lambda name: mean_of(done, f"{starts}: {name}", "error, validation"))
        reached = mean_of(done, f"{starts}: {chosen}", "error")
        for other in (ALONE, *OTHERS):
            gained = mean_of(done, f"{starts}: {other}", "error") - reached
            bars.append(Bar(f"{starts}: error of {other!r}, over that of the derived editor", gained, 0.0))
    notes = (
        "Mean squared errors on the pixels of dilated images, 0 to 1, times 100; on networks of 497 images, those of other "
        "images to train on (10 of each) and to choose by. The derived editor is the one with the best validation.",
        "Left alone: the networks as they are. Fitted anew: networks of the same kind fitted to the dilated images.",
    )
    columns = ["error x 100"]
    for starts in STARTS:
        columns += [f"{starts}, test", f"{starts}, validation", f"{starts}, parameters", f"{starts}, seconds"]
    return Report(tuple(columns), tuple(rows), tuple(bars), notes)


def plot(record: Mapping[str, Any]) -> Any:
    """What is shown before, what is wanted, what editors make of it, and their errors, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(2, len(STARTS), figsize=(11, 6), height_ratios=(1.2, 1), layout="constrained")
    names, shown = ("as it is", "wanted", *EDITORS), (*EDITORS, ALONE, ANEW)
    for (above, below), starts in zip(panels.T, STARTS, strict=True):
        above.imshow(_sheet(record, starts).numpy(), cmap="gray_r", vmin=0, vmax=1)
        above.set_facecolor("#dbe7f3")  # between the images
        above.set_xticks([10 * place + 4.5 for place in range(len(names))], names, fontsize=7, rotation=20, ha="right")
        above.set_yticks([])
        above.set_title(starts, fontsize=10)
        values = [mean_of(record["jobs"], f"{starts}: {name}", "error") for name in shown]
        drawn = below.barh(shown, values, color=["#0072b2" if name in KINDS else "0.6" for name in shown])
        below.bar_label(drawn, fmt="%.2f", padding=3, fontsize=8)
        below.set_xlim(0, 1.15 * max(values))
        below.invert_yaxis()
        below.set_xlabel("mean squared error x 100, unseen images")
    return figure


def _sheet(record: Mapping[str, Any], starts: str, number: int = 4) -> torch.Tensor:
    """The first images of the test, a row each: as networks show them, as is wanted, as editors leave them."""
    before = shown_by(_fits(starts, "test").states, points())[:number].tolist()
    found = {job["name"]: job.get("shows") for job in record["jobs"]}
    columns = [before, dilated(digits("test")[0][:number]).flatten(1).tolist()]
    columns += [found.get(f"{starts}: {name}") or [[0.0] * 64] * number for name in EDITORS]
    images = [torch.tensor(one).reshape(number, 8, 8) for one in columns]
    framed = [torch.nn.functional.pad(one, (1, 1, 1, 1), value=torch.nan) for one in images]
    return torch.cat([torch.cat(list(one)) for one in framed], 1)
