"""Which surface is a cloud of points taken from, when it may be turned in space? With O(3) built in, and without.

One network each, trained on clouds of 128 points that stand upright, is asked about clouds of 64 to 1,024 points, upright and
turned, and about clouds of different sizes side by side, filled up and masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch

from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of, mean_seconds, over_seeds
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of
from symshare.experiments.points.clouds import SURFACES, clouds
from symshare.nn import EinNet

__all__ = ["NETS", "Spatial", "jobs", "plot", "ragged", "report"]

TRAINED = 128
"""Points of the clouds that are trained on."""
TESTED = (64, 128, 256, 512, 1024)
TESTS, BATCH = 400, 32
NETS = {"O(3)": (500, 9_000), "plain": (2_700, 49_000), "plain, trained turned": (2_700, 49_000)}
"""Steps of the quick and of the full form, of about equal time."""


class Spatial(torch.nn.Module):
    """Scores of surfaces from positions (clouds, points, 3): an EinNet under O(3), or one that has coordinates as channels."""

    def __init__(self, *, space: bool) -> None:
        super().__init__()
        self.space = space
        if space:
            widths = {"()": 32, "a": 32, "ar": 12, "rr": 8}
            options: dict[str, Any] = {"axes": {"r": "O(3)"}, "types": "a,ar,rr"}
            self.net = EinNet("pos:ar->", 1, len(SURFACES), widths, 8, 3, order=2, **options)
        else:
            self.net = EinNet("pos:a->", 3, len(SURFACES), 32, 8, 3, order=2)

    def forward(self, x: torch.Tensor, measure: torch.Tensor | None = None) -> torch.Tensor:
        """The scores (clouds, surfaces); `measure` (clouds, points) says which points count."""
        found: torch.Tensor = self.net(x[..., None] if self.space else x, measure=measure)
        return found


def jobs(setting: Setting) -> list[Job]:
    """Each network for each seed."""
    return [
        Job(name, seed, partial(_trained, name, setting.steps(quick, full)), 30.0)
        for seed in setting.numbers(3)
        for name, (quick, full) in NETS.items()
    ]


def _trained(name: str, steps: int, context: Context) -> dict[str, Any]:
    torch.manual_seed(context.seed)
    model = Spatial(space=name == "O(3)").to(context.device)
    turned = name.endswith("turned")

    def loss(model: torch.nn.Module, step: int, generator: torch.Generator) -> torch.Tensor:
        x, which = clouds(BATCH, TRAINED, generator, turned=turned)
        value: torch.Tensor = torch.nn.functional.cross_entropy(model(x.to(context.device)), which.to(context.device))
        return value

    def missed(model: torch.nn.Module) -> float:
        return 1 - _accuracy(model, *_drawn("validation", TRAINED, turned=turned), device=context.device)

    recipe = Recipe(steps, rate=3e-3, decay=1e-4, warm=30, every=max(1, steps // 10))
    fitted = fit(context, model, loss, recipe, validate=missed)
    metrics = {
        f"{points}{' turned' if way else ''}": _accuracy(
            model, *_drawn("test", points, turned=way), device=context.device
        )
        for points in TESTED
        for way in (False, True)
    }
    x, which, mask = ragged(200, torch.Generator().manual_seed(3))
    x, mask = x.to(context.device), mask.to(context.device)
    metrics["ragged"] = _accuracy(model, x, which, mask, device=context.device)
    metrics["ragged alone"] = _alone(model, x, mask)
    return {"fitted": fitted.to_dict(), "parameters": parameters_of(model), "metrics": metrics}


def _drawn(kind: str, points: int, *, turned: bool) -> tuple[torch.Tensor, torch.Tensor]:
    seed = 2 * points + turned + (1_000_000 if kind == "test" else 0)
    return clouds(TESTS, points, torch.Generator().manual_seed(seed), turned=turned)


def ragged(number: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Turned clouds of 64 to 512 points side by side, (number, 512, 3), which surfaces they are of, and a mask (number, 512)
    of the points that there are; the others are not zero."""
    x, which = clouds(number, 512, generator, turned=True)
    sizes = torch.randint(64, 513, (number,), generator=generator)
    mask = torch.arange(512) < sizes[:, None]
    centre = (x * mask[..., None]).sum(1, keepdim=True) / sizes[:, None, None]
    x = x - centre
    size = ((x.square().sum(-1) * mask).sum(1) / sizes).sqrt()
    return x / size[:, None, None], which, mask


@torch.no_grad()
def _accuracy(
    model: torch.nn.Module,
    x: torch.Tensor,
    which: torch.Tensor,
    mask: torch.Tensor | None = None,
    *,
    device: torch.device,
) -> float:
    right = 0
    for start in range(0, len(x), 50):
        part = slice(start, start + 50)
        measure = None if mask is None else mask[part].to(device)
        right += int((model(x[part].to(device), measure=measure).argmax(-1).cpu() == which[part]).sum())
    return right / len(x)


@torch.no_grad()
def _alone(model: torch.nn.Module, x: torch.Tensor, mask: torch.Tensor) -> float:
    """The largest difference of scores between a cloud among others, masked, and the same cloud alone; of twenty."""
    together = model(x[:20], measure=mask[:20])
    alone = torch.cat([model(one[keep][None]) for one, keep in zip(x[:20], mask[:20], strict=True)])
    return float((together - alone).abs().max())


def report(setting: Setting, done: list[dict[str, Any]]) -> Report:
    """Accuracies by the number of points, upright and turned."""
    rows: list[tuple[Any, ...]] = []
    for name in NETS:
        number = next((job["parameters"] for job in done if job["name"] == name), None)
        for way in ("", " turned"):
            found = [over_seeds(done, name, f"{points}{way}") for points in TESTED]
            last = (over_seeds(done, name, "ragged"), number, mean_seconds(done, name)) if way else (None, None, None)
            rows.append((f"{name}, asked {way.strip() or 'upright'}", *found, *last))
    upright, turned = ([mean_of(done, "O(3)", f"{points}{way}") for points in TESTED] for way in ("", " turned"))
    lost = max(abs(one - other) for one, other in zip(upright, turned, strict=True))
    bars = (
        Bar("O(3), trained upright, 1,024 points turned: accuracy", turned[-1], 0.95),
        Bar("the same, 128 points", turned[1], 0.85),
        Bar(
            "plain, trained upright, 1,024 points turned: accuracy",
            mean_of(done, "plain", "1024 turned"),
            0.5,
            at_most=True,
        ),
        Bar("score of a masked cloud less that of the cloud alone", _largest(done), 1e-3, at_most=True),
    )
    notes = (
        f"Eight surfaces, noise, {TRAINED} points to train on; each accuracy on {TESTS} clouds. Ragged: 64 to 512 points side "
        "by side, turned, filled up with other points and masked.",
        "Clouds to train on are drawn anew in each step. Plain: the same kind of network under permutations alone, with "
        "coordinates as channels; it has fewer parameters and more steps.",
        f"Other clouds are drawn upright than turned; the largest difference between the two under O(3) is {lost:.2g}.",
    )
    columns = ("accuracy by points", *map(str, TESTED), "ragged", "parameters", "seconds")
    return Report(columns, tuple(rows), bars, notes)


def _largest(done: list[dict[str, Any]]) -> float:
    return max((job["metrics"]["ragged alone"] for job in done), default=float("nan"))


def plot(record: Mapping[str, Any]) -> Any:
    """The eight surfaces, and accuracies over the number of points, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subfigures(  # type: ignore[misc]  # an array of two
        1, 2, width_ratios=(1.1, 1)
    )
    x, which = clouds(200, 400, torch.Generator().manual_seed(1))
    for place, name in enumerate(SURFACES):
        axes: Any = left.add_subplot(2, 4, place + 1, projection="3d")
        one = x[int((which == place).nonzero()[0])]
        axes.scatter(*one.T, s=2, c=one[:, 2], cmap="viridis")
        axes.set_title(name, fontsize=9)
        axes.set_axis_off()
    chart = right.add_subplot()
    for name, colour in zip(NETS, ("#0072b2", "#d55e00", "0.5"), strict=True):
        for way, style in (("", ":"), (" turned", "o-")):
            values = [mean_of(record["jobs"], name, f"{points}{way}") for points in TESTED]
            chart.plot(TESTED, values, style, color=colour, label=f"{name}, asked {way.strip() or 'upright'}")
    chart.set_xscale("log", base=2)
    chart.set_xticks(TESTED, [str(points) for points in TESTED])
    chart.set_ylim(0, 1.02)
    chart.set_xlabel("points of a cloud")
    chart.set_ylabel("accuracy")
    chart.legend(frameon=False, fontsize=8)
    return figure
