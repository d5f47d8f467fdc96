"""The loss on the straight line between networks trained from different seeds, before and after they are aligned.

barriers.py             trains, measures, writes the section "Aligned networks" of benchmarks/RESULTS.md and barriers.png
barriers.py --widths 64 the same for some widths alone, and writes no file

Beside symshare: interpolation as they are, a plain weight matching as "Git Re-Basin" has it, written for these two networks, and
`rebasin`. The digits are scikit-learn's: install `scikit-learn` and `rebasin` (--no-deps, with torchview, graphviz and tqdm)
beside symshare. Without `rebasin` its column is empty.
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import torch
from results import command_given, write_section
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn

from symshare.weights import align, spec

PICTURE = Path(__file__).with_name("barriers.png")
WIDTHS = (64, 256, 1024)
POINTS = 25
"""Places on the line, both ends among them."""
EPOCHS, BATCH, RATE = 50, 100, 3e-3
PAIRS = {64: 3, 256: 3, 1024: 1}
"""Pairs of networks of a width; one of those that take long."""
NAMES = ("plain interpolation", "plain weight matching", "rebasin", "symshare, by weights", "symshare, by activations")

State = dict[str, Tensor]
Data = tuple[Tensor, Tensor]


def mlp(width: int) -> nn.Sequential:
    """Two hidden layers."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10)
    )


def cnn(width: int) -> nn.Sequential:
    """Two convolutions and their mean over the image; its width is that of the second, eight times the first's."""
    return nn.Sequential(
        *(nn.Conv2d(1, width // 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(width // 8, width, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1)),
        *(nn.Flatten(), nn.Linear(width, 10)),
    )


NETS: dict[str, Callable[[int], nn.Sequential]] = {"MLP": mlp, "CNN": cnn}


def digits() -> tuple[Data, Data]:
    """Images (number, 1, 8, 8) and classes: 1,297 for training, 500 for the test."""
    from sklearn.datasets import load_digits

    given = load_digits()
    images = torch.tensor(given.images, dtype=torch.float32)[:, None] / 16
    classes, order = torch.tensor(given.target), torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    train, test = order[:-500], order[-500:]
    return (images[train], classes[train]), (images[test], classes[test])


def trained(make: Callable[[int], nn.Sequential], width: int, seed: int, data: Data) -> nn.Sequential:
    """A network from a seed of its own, which also says in what order it sees the images."""
    torch.manual_seed(seed)
    net = make(width)
    steps = EPOCHS * (len(data[0]) // BATCH)
    optimiser = torch.optim.Adam(net.parameters(), RATE)
    plan = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(data[0]))[: steps // EPOCHS * BATCH].split(BATCH):
            optimiser.zero_grad()
            nn.functional.cross_entropy(net(data[0][batch]), data[1][batch]).backward()
            optimiser.step()
            plan.step()
    return net.eval()


@torch.no_grad()
def losses(net: nn.Module, one: Mapping[str, Tensor], two: Mapping[str, Tensor], data: Data) -> list[float]:
    """The loss at places on the straight line from one state to another."""
    found = []
    for place in torch.linspace(0, 1, POINTS).tolist():
        state = {name: (1 - place) * one[name] + place * two[name] for name in one}
        found.append(
            float(nn.functional.cross_entropy(torch.func.functional_call(net, state, (data[0],)), data[1]))
        )
    return found


def barrier(curve: list[float]) -> float:
    """How far a curve is above the straight line between its ends at most."""
    places = torch.linspace(0, 1, len(curve)).tolist()
    return max(loss - (1 - at) * curve[0] - at * curve[-1] for at, loss in zip(places, curve, strict=True))


def plain_matching(one: State, two: State, rounds: int = 100) -> State:
    """Weight matching: units of each hidden layer in turn, in a random order of layers, until nothing changes."""
    layers = [name.removesuffix(".weight") for name in one if name.endswith(".weight")]
    orders = {name: torch.arange(len(one[f"{name}.bias"])) for name in layers}

    def moved(name: str, but: str = "") -> tuple[Tensor, Tensor]:
        before = layers[layers.index(name) - 1] if name != layers[0] else ""
        weight, bias = two[f"{name}.weight"], two[f"{name}.bias"]
        if name != but:
            weight, bias = weight[orders[name]], bias[orders[name]]
        return (weight[:, orders[before]] if before and before != but else weight), bias

    generator = torch.Generator().manual_seed(0)
    for _ in range(rounds):
        changed = False
        for number in torch.randperm(len(layers) - 1, generator=generator).tolist():
            name, after = layers[number], layers[number + 1]
            (weight, bias), (onward, _) = moved(name, name), moved(after, name)
            products = one[f"{name}.weight"].flatten(1) @ weight.flatten(1).T
            products += one[f"{name}.bias"].outer(bias)
            products += one[f"{after}.weight"].transpose(0, 1).flatten(1) @ onward.transpose(0, 1).flatten(1).T
            order = torch.from_numpy(linear_sum_assignment(products.numpy(), maximize=True)[1])
            units = torch.arange(len(order))
            gain = products[units, order].sum() - products[units, orders[name]].sum()
            if gain > 1e-6 * products.abs().sum() / len(order):
                orders[name], changed = order, True
        if not changed:
            break
    return {f"{name}.{kind}": part for name in layers for kind, part in zip(("weight", "bias"), moved(name), strict=True)}


def rebasin(one: nn.Module, two: nn.Module, images: Tensor) -> State | None:
    """What `rebasin` makes of the second network, where it is installed."""
    if find_spec("rebasin") is None:
        return None
    from rebasin import PermutationCoordinateDescent

    moved = copy.deepcopy(two)
    search = PermutationCoordinateDescent(copy.deepcopy(one), moved, images)
    search.rebasin()
    return {name: part.detach() for name, part in moved.state_dict().items()}


@dataclass(frozen=True)
class Row:
    """One kind of network at one width: the loss along the line on training images, and on others, and seconds, by method."""

    kind: str
    width: int
    accuracies: tuple[float, float]
    seen: dict[str, list[float]] = field(default_factory=dict)
    unseen: dict[str, list[float]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def row(kind: str, width: int, train: Data, test: Data) -> Row:
    """Train two networks and align the second with the first in each way."""
    nets = [trained(NETS[kind], width, seed, train) for seed in (0, 1)]
    one, two = ({name: part.detach() for name, part in net.state_dict().items()} for net in nets)
    images = train[0][:500]
    with torch.no_grad():
        right = [float((net(test[0]).argmax(-1) == test[1]).float().mean()) for net in nets]
    found = Row(kind, width, (right[0], right[1]))
    symmetry = spec(nets[0], train[0][:2])
    ways: dict[str, Callable[[], State | None]] = {
        "plain interpolation": lambda: two,
        "plain weight matching": lambda: plain_matching(one, two),
        "rebasin": lambda: rebasin(nets[0], nets[1], images[:2]),
        "symshare, by weights": lambda: align(symmetry, one, two).state,
        "symshare, by activations": lambda: align(
            symmetry, one, two, by="activations", data=(nets[0], images)
        ).state,
    }
    for name, way in ways.items():
        start = time.perf_counter()
        state = way()
        if state is not None:
            found.seconds[name] = time.perf_counter() - start
            found.seen[name], found.unseen[name] = (losses(nets[0], one, state, data) for data in (train, test))
            print(kind, width, name, f"{barrier(found.seen[name]):.4f}", f"{found.seconds[name]:.1f} s", file=sys.stderr)
    return found


def draw(rows: list[Row], file: Path) -> None:
    """For each network a panel with the loss on training images along the line."""
    from layers_plot import COLOURS
    from matplotlib import pyplot

    figure, grid = pyplot.subplots(len(NETS), len(WIDTHS), figsize=(13, 7), layout="constrained", sharex=True)
    for place, one in zip(grid.flat, rows, strict=True):
        for (name, curve), colour in zip(one.seen.items(), COLOURS, strict=False):
            place.plot(torch.linspace(0, 1, POINTS), curve, color=colour, label=name)
        place.set(title=f"{one.kind}, width {one.width}")
        place.set_ylim(bottom=0)
    for place in grid[-1]:
        place.set_xlabel("place on the line")
    for place in grid[:, 0]:
        place.set_ylabel("loss on training images")
    grid[0, 0].legend(fontsize=8)
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def lines(rows: list[Row]) -> list[str]:
    """The section."""
    head = " | ".join(NAMES)
    found = [
        "Two networks each on scikit-learn's digits, from different seeds (50 epochs of Adam); the second is brought into the",
        "order of the first. Barrier: the largest excess of the loss on the straight line over that between its ends, at 25 places.",
        "Plain weight matching is that of Git Re-Basin, written for these networks in this script. A hidden layer of an MLP has as",
        "many units as the width says; a CNN's first layer has an eighth of them. Picture: benchmarks/barriers.png.",
        "",
    ]
    for title, which in (("training images", "seen"), ("500 unseen images", "unseen")):
        found += [f"Barriers on {title}:", "", f"| network | width | {head} |", f"|---|---|{'---|' * len(NAMES)}"]
        for one in rows:
            curves = getattr(one, which)
            cells = " | ".join(f"{barrier(curves[name]):.4f}" if name in curves else "-" for name in NAMES)
            found.append(f"| {one.kind} | {one.width} | {cells} |")
        found.append("")
    found += ["Seconds, on one thread:", "", f"| network | width | test accuracies | {' | '.join(NAMES[1:])} |"]
    found.append(f"|---|---|---|{'---|' * (len(NAMES) - 1)}")
    for one in rows:
        cells = " | ".join(f"{one.seconds[name]:.2f}" if name in one.seconds else "-" for name in NAMES[1:])
        found.append(f"| {one.kind} | {one.width} | {one.accuracies[0]:.3f}, {one.accuracies[1]:.3f} | {cells} |")
    return found


def main() -> None:
    """Train, measure, and write where all is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--widths", nargs="*", type=int, help="some widths alone; nothing is written")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    train, test = digits()
    rows = [row(kind, width, train, test) for kind in NETS for width in asked.widths or WIDTHS]
    if asked.widths:
        print("\n".join(lines(rows)))
        return
    draw(rows, PICTURE)
    packages = ["torch", "scipy", "scikit-learn", *(["rebasin"] if find_spec("rebasin") else [])]
    print(write_section("Aligned networks", command_given(), lines(rows), packages=packages))


if __name__ == "__main__":
    main()
