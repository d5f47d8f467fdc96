"""The picture of the experiment arc: what was solved, and the first test of each task beside an answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from symshare.experiments.arc.nets import NETS
from symshare.experiments.arc.tasks import COLOURS
from symshare.experiments.harness.results import mean_of

__all__ = ["plot"]

CELLS = ("#ffffff", "#0072b2", "#d55e00", "#009e73", "#f0e442", "#999999", "#cc79a7", "#e69f00", "#56b4e9", "#882255")
"""Colours of cells that can be told apart by most people."""


def plot(record: Mapping[str, Any]) -> Any:
    """The share of new puzzles that are solved, and the test with the answer of the first seed, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    tasks = [row[0] for row in record["rows"]]
    figure = plt.figure(figsize=(11, 5 + 1.2 * (len(tasks) > 1)), layout="constrained")
    halves: Any = figure.subfigures(2, 1, height_ratios=(2, 1))
    upper, lower = halves
    axes = upper.subplots()
    known = any("generated" in job["metrics"] for job in record["jobs"])
    metric = "generated" if known else "solved"
    for place, (net, colour) in enumerate(zip(NETS, ("#0072b2", "#56b4e9", "#999999"), strict=True)):
        for number, task in enumerate(tasks):
            name = f"{task}{NETS[net]}"
            mean = mean_of(record["jobs"], name, metric)
            centre = number + 0.27 * (place - 1)
            if not math.isnan(mean):
                axes.bar(centre, mean, 0.25, color=colour, label=net if number == 0 else None)
            values = [job["metrics"].get(metric) for job in record["jobs"] if job["name"] == name]
            points = [value for value in values if value is not None]
            axes.plot([centre] * len(points), points, ".", color="black", markersize=4)
    axes.set_xticks(range(len(tasks)), [_plain_text(f"{row[0]} ({row[1]})") for row in record["rows"]])
    axes.set_ylim(0, 1.05)
    axes.set_ylabel("new puzzles solved" if metric == "generated" else "test solved")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    _draw_tests(lower, [next(job for job in record["jobs"] if job["name"] == task) for task in tasks])
    return figure


def _draw_tests(figure: Any, shown: Sequence[Mapping[str, Any]]) -> None:
    """The first test of each task beside the answer of a network."""
    from matplotlib.colors import ListedColormap

    colours = ListedColormap(CELLS)
    axes = figure.subplots(1, 2 * len(shown), squeeze=False)[0]
    for place, job in enumerate(shown):
        for side, key, words in ((0, "tests", f"{job['name']}, test"), (1, "answers", f"answer, seed {job['seed']}")):
            one = axes[2 * place + side]
            grid = [[int(cell) for cell in row] for row in job[key][0]]
            one.imshow(grid, cmap=colours, vmin=-0.5, vmax=COLOURS - 0.5)
            one.set_title(_plain_text(words), fontsize=8)
            one.set_xticks([])
            one.set_yticks([])


def _plain_text(text: str) -> str:
    """A text that is no formula to matplotlib."""
    return text.replace("$", r"\$")
