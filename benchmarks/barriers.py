"""The loss on the straight line between networks trained from different seeds, before and after they are aligned.

barriers.py             trains, measures, writes the section "Aligned networks" of benchmarks/RESULTS.md and barriers.png
barriers.py --widths 64 the same for some widths alone, and writes no file
barriers.py --stored F  keeps what is done in the file F, and goes on from there: with what is not there of ways to align, too

Beside symshare: interpolation as they are, a plain weight matching as "Git Re-Basin" has it, written for these two networks,
and `rebasin`. The digits are scikit-learn's: install `scikit-learn` and `rebasin` (--no-deps, with torchview, graphviz and
tqdm) beside symshare. Without `rebasin` its column is empty.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import mean

import torch
from results import command_given, write_section
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn

from symshare.weights import align, spec

COMMAND = "python benchmarks/barriers.py --stored FILE"
PICTURE = Path(__file__).with_name("barriers.png")
WIDTHS = (64, 256, 1024)
POINTS = 25
"""Places on the line, both ends among them."""
EPOCHS, BATCH, RATE = 50, 100, 3e-3
STARTS = (1, 5, 30)
PAIRS = {64: 6, 256: 3, 1024: 1}
"""Pairs of networks of a width; few of those that take long."""
WRONG = 1e-3
"""A change of outputs, relative to them, that is no rounding."""
NAMES = (
    *("plain interpolation", "plain weight matching", "rebasin"),
    *("symshare, by weights", "symshare, with scales", "symshare, by activations"),
)

State = dict[str, Tensor]
Data = tuple[Tensor, Tensor]


def mlp(width: int) -> nn.Sequential:
    """Two hidden layers."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10)
    )


def cnn(width: int) -> nn.Sequential:
    """Two convolutions with stride 2, so that 2 x 2 places are left; the width is the second's, the first has a quarter."""
    return nn.Sequential(
        *(nn.Conv2d(1, width // 4, 3, stride=2, padding=1), nn.ReLU()),
        *(nn.Conv2d(width // 4, width, 3, stride=2, padding=1), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(4 * width, 10)),
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
        found.append(float(nn.functional.cross_entropy(torch.func.functional_call(net, state, (data[0],)), data[1])))
    return found


def barrier(curve: list[float]) -> float:
    """How far a curve is above the straight line between its ends at most."""
    places = torch.linspace(0, 1, len(curve)).tolist()
    return max(loss - (1 - at) * curve[0] - at * curve[-1] for at, loss in zip(places, curve, strict=True))


def plain_matching(one: State, two: State, rounds: int = 100) -> State:
    """Weight matching: units of each hidden layer in turn, in a random order of layers, until nothing changes."""
    layers = [name.removesuffix(".weight") for name in one if name.endswith(".weight")]
    units = [one[f"{layers[0]}.weight"].shape[1], *(len(one[f"{name}.bias"]) for name in layers)]
    # (units, units of the layer before, what each pair of them has)
    a, b = (
        [state[f"{name}.weight"].reshape(*pair, -1) for name, pair in _pairs(layers, units)] for state in (one, two)
    )
    orders = [torch.arange(number) for number in units]
    generator = torch.Generator().manual_seed(0)
    for _ in range(rounds):
        changed = False
        for layer in torch.randperm(len(layers) - 1, generator=generator).tolist():
            ins, outs = b[layer][:, orders[layer]], b[layer + 1][orders[layer + 2]]
            products = a[layer].flatten(1) @ ins.flatten(1).T + one[f"{layers[layer]}.bias"].outer(
                two[f"{layers[layer]}.bias"]
            )
            products += a[layer + 1].transpose(0, 1).flatten(1) @ outs.transpose(0, 1).flatten(1).T
            order = torch.from_numpy(linear_sum_assignment(products.numpy(), maximize=True)[1])
            rows = torch.arange(len(order))
            gain = products[rows, order].sum() - products[rows, orders[layer + 1]].sum()
            if gain > 1e-6 * products[rows, order].abs().sum():
                orders[layer + 1], changed = order, True
        if not changed:
            break
    found = {}
    for layer, name in enumerate(layers):
        moved = b[layer][orders[layer + 1]][:, orders[layer]]
        found[f"{name}.weight"] = moved.reshape(two[f"{name}.weight"].shape)
        found[f"{name}.bias"] = two[f"{name}.bias"][orders[layer + 1]]
    return found


def _pairs(layers: list[str], units: list[int]) -> list[tuple[str, tuple[int, int]]]:
    return [(name, (units[at + 1], units[at])) for at, name in enumerate(layers)]


@torch.no_grad()
def keeps(kind: str, images: Tensor) -> bool:
    """Whether `rebasin` leaves a small network of a kind with the outputs that it has."""
    torch.manual_seed(0)
    one, two = NETS[kind](16), NETS[kind](16)
    state = rebasin(one, two, images[:2])
    plain, moved = two(images), torch.func.functional_call(two, state, (images,))
    return float((plain - moved).abs().max() / plain.abs().max()) < WRONG


def rebasin(one: nn.Module, two: nn.Module, images: Tensor) -> State:
    """What `rebasin` makes of the second network."""
    from rebasin import PermutationCoordinateDescent

    moved = copy.deepcopy(two)
    search = PermutationCoordinateDescent(copy.deepcopy(one), moved, images)
    search.rebasin()
    return {name: part.detach() for name, part in moved.state_dict().items()}


@dataclass(frozen=True)
class Row:
    """Pairs of one kind of network at one width: by method the losses along the line, on training images and on others, and the
    seconds, of each pair; and the accuracies of all."""

    kind: str
    width: int
    accuracies: list[float] = field(default_factory=list)
    seen: dict[str, list[list[float]]] = field(default_factory=dict)
    unseen: dict[str, list[list[float]]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)


def complete(found: Row, train: Data, test: Data) -> None:
    """Train pairs of networks, and align the second with the first in each way that the row has not yet."""
    for pair in range(PAIRS.get(found.width, 1)):
        left = [name for name in NAMES if len(found.seen.get(name, ())) <= pair]
        if "rebasin" in left and not (find_spec("rebasin") and keeps(found.kind, train[0])):
            left.remove("rebasin")
        if left:
            add(
                found,
                [trained(NETS[found.kind], found.width, 2 * pair + one, train) for one in (0, 1)],
                left,
                train,
                test,
            )


def add(found: Row, nets: list[nn.Sequential], left: list[str], train: Data, test: Data) -> None:
    """Enter what becomes of a pair in some ways."""
    one, two = ({name: part.detach() for name, part in net.state_dict().items()} for net in nets)
    images = train[0][:500]
    if "plain interpolation" in left:
        with torch.no_grad():
            found.accuracies.extend(float((net(test[0]).argmax(-1) == test[1]).float().mean()) for net in nets)
    symmetry, scaled = (spec(nets[0], train[0][:2], scales=scales) for scales in (False, True))
    ways: dict[str, Callable[[], State]] = {
        "plain interpolation": lambda: two,
        "plain weight matching": lambda: plain_matching(one, two),
        "rebasin": lambda: rebasin(nets[0], nets[1], images[:2]),
        "symshare, by weights": lambda: align(symmetry, one, two).state,
        "symshare, with scales": lambda: align(scaled, one, two).state,
        "symshare, by activations": lambda: align(symmetry, one, two, by="activations", data=(nets[0], images)).state,
    }
    for name in left:
        start = time.perf_counter()
        state = ways[name]()
        seconds = time.perf_counter() - start
        curves = [losses(nets[0], one, state, data) for data in (train, test)]
        for table, curve in zip((found.seen, found.unseen), curves, strict=True):
            table.setdefault(name, []).append(curve)
        found.seconds.setdefault(name, []).append(seconds)
        print(found.kind, found.width, name, f"{barrier(curves[0]):.4f}", f"{seconds:.1f} s", file=sys.stderr)


def draw(rows: list[Row], file: Path) -> None:
    """For each network a panel with the loss on training images along the line, the mean over pairs."""
    from layers_plot import COLOURS
    from matplotlib import pyplot

    figure, grid = pyplot.subplots(len(NETS), len(WIDTHS), figsize=(13, 7), layout="constrained", sharex=True)
    places = {
        (kind, width): place
        for kind, line in zip(NETS, grid, strict=True)
        for width, place in zip(WIDTHS, line, strict=True)
    }
    for one in rows:
        place = places.pop((one.kind, one.width))
        for name, curves in one.seen.items():
            colour = COLOURS[NAMES.index(name)]
            place.plot(torch.linspace(0, 1, POINTS), torch.tensor(curves).mean(0), color=colour, label=name)
        place.set(title=f"{one.kind}, width {one.width}")
        place.set_ylim(bottom=0)
    for place in places.values():
        place.set_axis_off()
    for place in grid[-1]:
        place.set_xlabel("place on the line")
    for place in grid[:, 0]:
        place.set_ylabel("loss on training images")
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=len(NAMES))
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def lines(rows: list[Row]) -> list[str]:
    """The section."""
    head, pairs = " | ".join(NAMES), ", ".join(f"{number} of width {width}" for width, number in PAIRS.items())
    found = [
        f"Pairs of networks ({pairs}) on scikit-learn's digits, from different seeds ({EPOCHS} epochs of Adam); the",
        "second is brought into the order of the first. Barrier: the largest excess of the loss on the straight line over that",
        f"between its ends, at {POINTS} places; means over pairs. Plain weight matching is that of Git Re-Basin, written for",
        "these networks here. With scales: positive scales of units are brought in line, too. A hidden layer of an MLP",
        "has as many units as the width says, so has the second layer of a CNN; its first has a quarter. `rebasin` has no",
        "number where what it makes of a small network of the kind has other outputs than that network.",
        "Picture: benchmarks/barriers.png.",
        "",
    ]
    for title, which in (("training images", "seen"), ("500 unseen images", "unseen")):
        found += [f"Barriers on {title}:", "", f"| network | width | {head} |", f"|---|---|{'---|' * len(NAMES)}"]
        for one in rows:
            curves = getattr(one, which)
            cells = " | ".join(f"{mean(map(barrier, curves[name])):.4f}" if name in curves else "-" for name in NAMES)
            found.append(f"| {one.kind} | {one.width} | {cells} |")
        found.append("")
    found += [
        "Seconds for a pair, on one thread, beside other work of the machine:",
        "",
        f"| network | width | test accuracy | {' | '.join(NAMES[1:])} |",
    ]
    found.append(f"|---|---|---|{'---|' * (len(NAMES) - 1)}")
    for one in rows:
        cells = " | ".join(f"{mean(one.seconds[name]):.2f}" if name in one.seconds else "-" for name in NAMES[1:])
        found.append(f"| {one.kind} | {one.width} | {mean(one.accuracies):.3f} | {cells} |")
    return found


def starts(width: int, train: Data) -> list[str]:
    """What more starts of the search bring: how near networks get, and their barriers."""
    found: dict[str, list[tuple[float, float]]] = {}
    for pair in range(PAIRS[width]):
        nets = [trained(mlp, width, 2 * pair + one, train) for one in (0, 1)]
        one, two = ({name: part.detach() for name, part in net.state_dict().items()} for net in nets)
        states = {"plain weight matching": plain_matching(one, two)}
        for scales in (False, True):
            symmetry = spec(nets[0], train[0][:2], scales=scales)
            for number in STARTS:
                name = f"symshare, {'with scales' if scales else 'by weights'}, {number} start{'s' * (number > 1)}"
                states[name] = align(symmetry, one, two, starts=number).state
        for name, state in states.items():
            found.setdefault(name, []).append((apart(one, state), barrier(losses(nets[0], one, state, train))))
    table = [
        f"MLPs of width {width} by the number of starts of the search, of which that is taken which brings the networks",
        "nearest. Distance: the root of the mean of squared differences of weights.",
        "",
        "| | distance | barrier on training images |",
        "|---|---|---|",
    ]
    means = {name: [mean(column) for column in zip(*pairs, strict=True)] for name, pairs in found.items()}
    return table + [f"| {name} | {far:.5f} | {high:.4f} |" for name, (far, high) in means.items()]


def apart(one: State, two: State) -> float:
    """The root of the mean of squared differences."""
    squares = torch.cat([(part - two[name]).double().square().flatten() for name, part in one.items()])
    return float(squares.mean().sqrt())


def stored(file: Path | None) -> list[Row]:
    """The rows that an earlier run has kept."""
    if file is None or not file.exists():
        return []
    return [Row(**one) for one in json.loads(file.read_text())]


def main() -> None:
    """Train, measure, and write where all is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--widths", nargs="*", type=int, help="some widths alone; nothing is written")
    parser.add_argument("--stored", type=Path, help="a file in which what is done is kept")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    train, test = digits()
    rows = stored(asked.stored)
    for kind, width in ((kind, width) for kind in NETS for width in asked.widths or WIDTHS):
        kept = [one for one in rows if (one.kind, one.width) == (kind, width)]
        rows += [] if kept else [Row(kind, width)]
        complete(kept[0] if kept else rows[-1], train, test)
        if asked.stored:
            asked.stored.write_text(json.dumps([asdict(one) for one in rows]))
    if asked.widths:
        print("\n".join(lines(rows)))
        return
    draw(rows, PICTURE)
    told = [*lines(rows), "", *starts(64, train)]
    packages = ["torch", "scipy", "scikit-learn", *(["rebasin"] if find_spec("rebasin") else [])]
    print(write_section("Aligned networks", COMMAND if asked.stored else command_given(), told, packages=packages))


if __name__ == "__main__":
    main()
