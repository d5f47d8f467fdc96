"""The picture of the experiment with power spectra."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from symshare.experiments.spectrum import problems
from symshare.experiments.spectrum.problems import NETS, NOISES

__all__ = ["plot"]

COLOURS = {
    "sets": "#d55e00",
    "features": "#cc79a7",
    "circle": "#0072b2",
    "posterior": "#000000",
    "least squares": "#009e73",
}


def plot(record: Mapping[str, Any]) -> Any:
    """Errors by frequency, by the number of samples and by noise, for both problems, as a matplotlib figure."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(15, 8), layout="constrained")
    for row, problem in zip(axes, problems.PROBLEMS, strict=True):
        formulas = next(job["metrics"] for job in record["jobs"] if job["name"] == f"formulas, {problem.name}")
        lines = [
            (net.name, next(job for job in record["jobs"] if job["name"] == f"{net.name}, {problem.name}")["metrics"])
            for net in NETS
        ]
        lines += [
            (
                name,
                {key.removeprefix(f"{name} "): value for key, value in formulas.items() if key.startswith(f"{name} ")},
            )
            for name in ("least squares", "posterior")
        ]
        for name, metrics in lines:
            style = {
                "color": COLOURS[name],
                "label": name,
                "marker": "o",
                "linestyle": "--" if name in ("least squares", "posterior") else "-",
            }
            row[0].plot(range(1, problem.family.wanted + 1), metrics["by frequency"], **style)
            row[1].plot(problem.sizes, [metrics[f"mse {points}"] for points in problem.sizes], **style)
            row[2].plot(range(len(NOISES)), [metrics[f"noise {noise:g}"] for noise in NOISES], **style)
        for axis in row:
            axis.axhline(math.pi**2 / 6, color="0.7", linewidth=1)
            axis.set_ylim(0, 2.2)
        row[0].set_xticks(range(1, problem.family.wanted + 1))
        row[0].set_xlabel("frequency k")
        row[0].set_ylabel(f"{problem.name}: MSE of log power")
        row[1].set_xscale("log", base=2)
        row[1].set_xlabel(f"samples in a set (trained on {problem.points})")
        row[2].set_xticks(range(len(NOISES)), [f"{noise:g}" for noise in NOISES])
        row[2].set_xlabel("noise in y (trained without)")
    axes[0, 0].legend(frameon=False, fontsize=8)
    figure.suptitle("Power spectra from samples; the grey line is the best constant")
    return figure
