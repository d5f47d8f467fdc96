"""The picture of benchmarks/layers.py: how many times as fast symshare's layers are, against the length of axes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from pathlib import Path

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's, which colour-blind people can tell apart."""
MARKERS = "osD^vPX"

Curves = Mapping[str, Mapping[int, float]]
"""For the name of each curve the ratio at each n."""


def draw(panels: Mapping[str, Curves], file: Path) -> None:
    """One panel for each kind of opponent."""
    figure, grid = pyplot.subplots(2, 2, figsize=(13, 8), layout="constrained")
    for place, (title, curves) in zip(grid.flat, panels.items(), strict=True):
        _panel(place, title, curves)
    figure.savefig(file, dpi=120)
    pyplot.close(figure)


def _panel(place: Axes, title: str, curves: Curves) -> None:
    for (name, points), colour, marker in zip(curves.items(), cycle(COLOURS), cycle(MARKERS), strict=False):
        place.plot(points.keys(), points.values(), color=colour, marker=marker, label=name)
    place.axhline(1, color="0.5", linewidth=1, linestyle="--")
    place.set(yscale="log", title=title, xlabel="length of an axis, n", ylabel="opponent / symshare, time")
    place.set_xscale("log", base=2)
    place.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    low, high = place.get_ylim()
    place.set_ylim(min(low, 0.5), max(high, 2.1))
    for axis in (place.xaxis, place.yaxis):
        axis.set_major_formatter(FuncFormatter(_plain))
        axis.set_minor_formatter(NullFormatter())
    if curves:
        place.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))


def _plain(number: float, _: int) -> str:
    return f"{number:g}"
