"""A net as a graph: its weights are squares, its axes points of a colour each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_net"]

MOST_NAMES = 60
"""Squares that have their names beside them; chosen, not measured."""

FIXED = "#bbbbbb"


def plot_net(
    title: str, weights: Mapping[str, Sequence[str]], axes: Mapping[str, bool], *, ax: Axes | None = None
) -> Axes:
    """Draw weights with the axes that each has; of an axis it is said whether it is permuted, the others are grey.

    Weights stand below each other in their order, axes beside the first weight that has them. Nothing is shown or saved; the
    Axes come back.

    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> plot_net("net", {"w": ("hidden", "In"), "b": ("hidden",)}, {"hidden": True, "In": False}).get_title()
    'net'
    """
    import matplotlib.pyplot as plt

    used = list(dict.fromkeys(axis for own in weights.values() for axis in own))
    if ax is None:
        height = min(40.0, 1.0 + 0.26 * max(len(weights), len(used)))
        _, ax = plt.subplots(figsize=(7.0, height), layout="constrained")
    colours = plt.get_cmap("viridis")
    permuted = [axis for axis in used if axes[axis]]
    shades = {axis: colours(0.05 + 0.85 * place / max(1, len(permuted) - 1)) for place, axis in enumerate(permuted)}
    rows = {name: -float(place) for place, name in enumerate(weights)}
    points = _points(weights, used, rows)
    for name, own in weights.items():
        for axis in dict.fromkeys(own):
            x, y = points[axis]
            twice = 2.0 if own.count(axis) > 1 else 1.0
            ax.plot([0.0, x], [rows[name], y], color=shades.get(axis, FIXED), linewidth=1.1 * twice, zorder=1)
    for name, y in rows.items():
        ax.plot(0.0, y, marker="s", markersize=5, color="#3b3b3b", zorder=3)
        if len(rows) <= MOST_NAMES:
            ax.annotate(name, (-0.04, y), ha="right", va="center", fontsize=7, family="monospace")
    for axis in used:
        x, y = points[axis]
        colour = shades.get(axis, FIXED)
        ax.plot(x, y, marker="o", markersize=8, markerfacecolor=colour, markeredgecolor="#3b3b3b", zorder=4)
        ax.annotate(axis, (x + 0.04, y), ha="left", va="center", fontsize=8, color="#3b3b3b")
    ax.set_title(title, fontsize=10)
    ax.set_xlim(-1.0, 1.8)
    ax.axis("off")
    return ax


def _points(
    weights: Mapping[str, Sequence[str]], used: Sequence[str], rows: Mapping[str, float]
) -> dict[str, tuple[float, float]]:
    """Where axes stand: in the order of the mean place of their weights, evenly spread."""
    means = {}
    for axis in used:
        own = [rows[name] for name, listed in weights.items() if axis in listed]
        means[axis] = sum(own) / len(own)
    ranked = sorted(used, key=lambda axis: -means[axis])
    step = (len(rows) - 1) / max(1, len(ranked) - 1)
    return {axis: (1.0, -step * place) for place, axis in enumerate(ranked)}
