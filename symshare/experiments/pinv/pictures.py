"""The picture: errors over rounds, at every size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symshare.experiments.pinv.matrices import SHAPES, metric

__all__ = ["plot"]

LINES = (
    ("iteration", "net", "learned iteration", "#0072b2", "-"),
    ("iteration", "lines", "what it learned, as lines", "#56b4e9", "--"),
    ("formulas", "Newton", "Newton-Schulz", "#d55e00", "-"),
    ("formulas", "grid", "best cubic on a grid", "0.4", ":"),
)


def plot(record: Mapping[str, Any]) -> Any:
    """The mean error after each round, for the learned iteration of every seed and for formulas, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(SHAPES), figsize=(12, 4), sharey=True, layout="constrained")
    for shape, place in zip(SHAPES, axes, strict=True):
        for job, key, label, colour, style in LINES:
            found = [one["metrics"][f"{key} curve {metric(shape)}"] for one in record["jobs"] if one["name"] == job]
            for number, curve in enumerate(found):
                name = label if number == 0 else None
                place.plot(range(1, len(curve) + 1), curve, style, color=colour, label=name, linewidth=1.3)
        place.axhline(1 / shape[0], color="0.8", linewidth=1)
        place.set_yscale("log")
        place.set_ylim(1e-8, 1)
        place.set_xlabel("rounds")
        place.set_title(f"{shape[0]} x {shape[1]}" + (" (trained)" if shape == SHAPES[0] else ""))
    axes[0].set_ylabel("mean |Y A' - I| on 1,000 test matrices")
    axes[0].annotate("zero", (24, 1 / SHAPES[0][0]), ha="right", va="bottom", fontsize=8, color="0.5")
    axes[-1].legend(frameon=False, fontsize=8)
    return figure
