"""The first full path on real data: two small social networks that come with networkx."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import torch
from torch.nn import functional

import symshare
from symshare.codegen.files import write_text
from symshare.core.bases.basis import Basis
from symshare.errors import plural, shown
from symshare.nn import check, load

__all__ = ["Split", "baselines", "run", "train"]

Say = Callable[[str], None]
POOLING = "ab,cb,cd->ad"
WIDTH = 12
"""Channels between the two layers, and the rank of the first."""

STEPS = 400
"""Steps of AdamW in each training."""

HIDE = 0.3
"""The share of the known entries that a step of training hides."""

SPLITS = 10
"""How often a fifth of the entries is hidden and filled in."""


@dataclass(frozen=True, slots=True)
class Split:
    """One set of hidden attendances, the probabilities given to them, and the scores of each way to give them."""

    known: torch.Tensor
    probabilities: torch.Tensor
    scores: dict[str, tuple[float, float]]
    """For each predictor the area under the ROC curve and the log-loss (nats), on the hidden entries."""


def run(out: Path, *, seed: int = 0, echo: Say = print, tell: Say = lambda text: None) -> list[Split]:
    """Derive, emit and run layers on both data sets, train them to fill in hidden attendances, and draw the results.

    Files and pictures go to `out`; results are said with `echo`, progress with `tell`.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)  # the arrays are small: a second thread waits more than it works
    torch.manual_seed(seed)
    women, club = attendances(), friendships()
    echo("== Davis' Southern women: who attended what, 18 x 14, both axes permuted (abH)")
    basis = symshare.derive("abH", 3)
    echo(repr(basis))
    linear = symshare.derive("abH", 1)
    echo("\n".join(f"  {row['einsum']:10}  {row['words']}" for row in linear.to_dict()["terms"]))
    pooled = _emit(basis.only(POOLING), out / "women.py", echo)
    readout = _emit(linear, out / "women_readout.py", echo)
    _try("women.py", pooled.Layer(1, 4, rank=4), "abH", women[..., None], seed, echo)
    echo("\n== Zachary's karate club: who knows whom, 34 x 34, both axes permuted together (aaH)")
    joint = symshare.derive("aaH", 1)
    echo(repr(joint))
    _try("club.py", _emit(joint, out / "club.py", echo).Layer(1, 4), "aaH", club[..., None], seed, echo)
    echo(f"\n== Hidden attendances: a fifth of the entries, {SPLITS} times, filled in from the rest")
    echo(f"   women.py (all of order 1, and {POOLING}), GELU, women_readout.py; {STEPS} steps of AdamW")
    splits = []
    for number in range(SPLITS):
        tell(f"training {number + 1} of {SPLITS}")
        splits.append(train(pooled, readout, women, seed=1000 + SPLITS * seed + number, steps=STEPS))
    for name in splits[0].scores:
        areas, losses = zip(*(split.scores[name] for split in splits), strict=True)
        echo(f"   {name:24}  AUC {np.mean(areas):.3f} +- {np.std(areas):.3f}   log-loss {np.mean(losses):.3f}")
    echo(f"\nPictures: {_draw_patterns(out)}, {_draw_result(out, women, splits)}")
    return splits


def attendances() -> torch.Tensor:
    """Davis, Gardner and Gardner, Deep South (1941): an 18 x 14 matrix, 1 where a woman attended an event."""
    graph = nx.davis_southern_women_graph()
    matrix = nx.bipartite.biadjacency_matrix(graph, graph.graph["top"], graph.graph["bottom"])
    return torch.tensor(matrix.toarray(), dtype=torch.float32)


def friendships() -> torch.Tensor:
    """Zachary, J. Anthropological Research (1977): a 34 x 34 matrix of how many contexts two members met in."""
    return torch.tensor(nx.to_numpy_array(nx.karate_club_graph()), dtype=torch.float32)


def baselines(table: torch.Tensor, known: torch.Tensor) -> dict[str, torch.Tensor]:
    """Probabilities from the row and column means of the known entries (each with one mean entry added)."""
    mean = table[known].mean()
    rows = ((table * known).sum(1) + mean) / (known.sum(1) + 1)
    columns = ((table * known).sum(0) + mean) / (known.sum(0) + 1)
    return {
        "row mean x column mean": (rows[:, None] * columns / mean).clamp(0.01, 0.99),
        "row mean + column mean": (rows[:, None] + columns - mean).clamp(0.01, 0.99),
    }


def train(pooled: Any, readout: Any, table: torch.Tensor, *, seed: int, steps: int) -> Split:
    """Hide a fifth of a table, train emitted layers on the rest, and score them on what is hidden.

    Each step hides another 30% of the known entries, 16 times over, and predicts them from the others; the answer is the mean
    over 64 such views. The hidden fifth is seen by nothing until the scores. `pooled` and `readout` are modules with a `Layer`.
    """
    torch.manual_seed(seed)
    known = torch.rand(table.shape) > 0.2
    first, last = pooled.Layer(2, WIDTH, rank=WIDTH), readout.Layer(WIDTH, 1)
    parameters = [*first.parameters(), *last.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-2, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=steps)

    def logits(seen: torch.Tensor) -> torch.Tensor:
        x = torch.stack([table * seen, seen.float()], dim=-1)
        found: torch.Tensor = last(functional.gelu(first(x)))[..., 0]
        return found

    for _ in range(steps):
        seen = known & (torch.rand(16, *table.shape) > HIDE)
        wanted = known & ~seen
        target = table.expand_as(wanted)[wanted]
        loss = functional.binary_cross_entropy_with_logits(logits(seen)[wanted], target)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch gives no types
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        probabilities = logits(known & (torch.rand(64, *table.shape) > HIDE)).sigmoid().mean(0)
    hidden = ~known
    predictions = {"derived layers": probabilities, **baselines(table, known)}
    scores = {name: _score(one[hidden], table[hidden]) for name, one in predictions.items()}
    return Split(known, probabilities, scores)


def _score(probability: torch.Tensor, truth: torch.Tensor) -> tuple[float, float]:
    """The area under the ROC curve (ties count half) and the mean log-loss."""
    gaps = probability[truth == 1][:, None] - probability[truth == 0]
    area = (gaps > 0).float().mean() + 0.5 * (gaps == 0).float().mean()
    loss = functional.binary_cross_entropy(probability.clamp(0.01, 0.99), truth)
    return float(area), float(loss)


def _emit(basis: Basis, path: Path, echo: Say) -> Any:
    """Write a layer file and load it."""
    text = symshare.emit(basis)
    write_text(path, text, force=True)
    echo(f"  wrote {shown(path)}: {plural(len(basis), 'term')}")
    return load(text)


def _try(name: str, layer: torch.nn.Module, text: str, x: torch.Tensor, seed: int, echo: Say) -> None:
    """Run a layer on real input and say what came out."""
    layer = layer.double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_()
    x = x.double()
    shape = tuple(layer(x).shape)
    number = sum(parameter.numel() for parameter in layer.parameters())
    errors = check(layer, text, x, seed=seed).errors
    worst = ", ".join(f"axis {letter} {error:.0e}" for letter, error in errors.items())
    echo(
        f"  {name} on real input: {tuple(x.shape)} -> {shape}, {plural(number, 'parameter')}; equivariance error {worst}"
    )


def _draw_patterns(out: Path) -> Path:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from symshare.show import plot_pattern, save

    figure, axes = plt.subplots(1, 2, figsize=(13, 5), layout="constrained")
    plot_pattern("abH", sizes={"a": 4, "b": 3}, ax=axes[0])
    plot_pattern("aaH", ax=axes[1])
    figure.suptitle("Which entries of the linear map share a coefficient")
    path = out / "patterns.png"
    save(axes[0], path, dpi=120)
    plt.close(figure)
    return path


def _draw_result(out: Path, table: torch.Tensor, splits: list[Split]) -> Path:
    import matplotlib.pyplot as plt

    from symshare.show import save

    split = splits[0]
    hidden = ~split.known
    figure, axes = plt.subplots(1, 3, figsize=(15, 5), layout="constrained", gridspec_kw={"wspace": 0.08})
    shown = table.clone()
    shown[hidden] = float("nan")
    axes[0].imshow(shown.numpy(), cmap="cividis", vmin=0, vmax=1)
    axes[0].set_title("first split: attended (yellow), did not (blue), hidden (white)", fontsize=9)
    image = axes[1].imshow(torch.where(hidden, split.probabilities, torch.nan).numpy(), cmap="cividis", vmin=0, vmax=1)
    rows, columns = torch.nonzero(hidden & (table == 1), as_tuple=True)
    axes[1].plot(columns, rows, "o", markerfacecolor="none", markeredgecolor="#d55e00", label="did attend")
    axes[1].set_title("probability given to the hidden ones", fontsize=9)
    axes[1].legend(loc="upper center", bbox_to_anchor=(0.5, -0.11), frameon=False)
    figure.colorbar(image, ax=axes[1], shrink=0.8)
    for axis in axes[:2]:
        axis.set_xlabel("event")
        axis.set_ylabel("woman")
    names = list(split.scores)
    for place, name in enumerate(names):
        areas = [one.scores[name][0] for one in splits]
        axes[2].plot([place] * len(areas), areas, "o", color="#0072b2", alpha=0.5)
        axes[2].plot(place, np.mean(areas), "_", color="black", markersize=30)
    axes[2].set_xticks(range(len(names)), [name.replace(" x ", "\nx ").replace(" + ", "\n+ ") for name in names])
    axes[2].set_xlim(-0.5, len(names) - 0.5)
    axes[2].set_ylabel("AUC on hidden entries")
    axes[2].set_title(f"{len(splits)} splits and their mean", fontsize=9)
    path = out / "hidden_attendances.png"
    save(axes[0], path, dpi=120)
    plt.close(figure)
    return path
