"""The picture of the experiment with relations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

__all__ = ["plot"]


def plot(record: Mapping[str, Any]) -> Any:
    """Mean reciprocal ranks side by side, and the curves of training, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(12, 5), layout="constrained")
    rows = [row for row in record["rows"] if row[1] is not None]
    values = [float(str(row[1]).partition(" ")[0]) for row in rows]
    colours = ["#0072b2" if "EinNet" in row[0] else "#999999" for row in rows]
    axes[0].barh([row[0] for row in rows], values, color=colours)
    for place, value in enumerate(values):
        axes[0].annotate(f"{value:.3f}", (value, place), ha="right", va="center", color="white", fontsize=9)
    axes[0].invert_yaxis()
    axes[0].set_xlim(0, 1)
    axes[0].set_xlabel("mean reciprocal rank on test")
    for job in record["jobs"]:
        if "fitted" in job:
            steps, _, scores = zip(*job["fitted"]["curve"], strict=True)
            label = f"{job['name']}, seed {job['seed']}"
            (line,) = axes[1].plot(steps, [math.nan if score is None else 1 - score for score in scores], label=label)
            if "valid_mrr" in job["metrics"]:
                axes[1].plot(job["fitted"]["best_step"], job["metrics"]["valid_mrr"], "o", color=line.get_color())
    axes[1].set_xlabel("training step (dots: the chosen step, ranked as in tests)")
    axes[1].set_ylabel("mean reciprocal rank on validation")
    axes[1].set_title(
        "lower than on test: train alone is given, and to choose a step\nright answers in test.txt count as wrong ones",
        fontsize=9,
    )
    axes[1].legend(frameon=False)
    figure.suptitle("Completing a graph of relations")
    return figure
