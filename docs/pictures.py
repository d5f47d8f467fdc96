"""The pictures of the explanations, drawn by what the package draws with.

`python docs/pictures.py` draws those of docs/_pictures, for who reads the pages as they stand in the repository.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from symshare.show import plot_pattern, plot_pooling, plot_pools, plot_solution, save
from symshare.show.cheatsheet import plot_cheatsheet

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")


def diagrams(partitions: list[list[int]]) -> Axes:
    """The diagrams of `a->a` at order 2: two slots of factors above, one of the output below, joined where an index is."""
    figure, grid = plt.subplots(1, len(partitions), figsize=(2 * len(partitions), 2.1), layout="constrained")
    places = [(0.0, 1.0), (1.0, 1.0), (0.5, 0.0)]
    for ax, blocks in zip(grid, partitions, strict=True):
        for number in sorted(set(blocks)):
            own = [place for place, block in zip(places, blocks, strict=True) if block == number]
            for (x0, y0), (x1, y1) in pairwise(own):
                ax.plot([x0, x1], [y0, y1], color=COLOURS[number], linewidth=3, zorder=1)
        for (x, y), block in zip(places, blocks, strict=True):
            ax.plot(x, y, marker="o", markersize=13, color=COLOURS[block], zorder=2)
        letters = ["abc"[block] for block in blocks]
        ax.set_title(f"{letters[0]},{letters[1]}->{letters[2]}", family="monospace", fontsize=10)
        ax.set(xlim=(-0.4, 1.4), ylim=(-0.4, 1.4), aspect="equal")
        ax.axis("off")
    first: Axes = figure.axes[0]
    return first


DRAWN: dict[str, Callable[[], Axes]] = {
    "pattern-a": lambda: plot_pattern("a", sizes={"a": 5}),
    "pattern-ab": lambda: plot_pattern("ab", sizes={"a": 3, "b": 4}),
    "pattern-aa": lambda: plot_pattern("aa"),
    "pattern-nested": lambda: plot_pattern("ab", depends=["a->b"], sizes={"a": 3, "b": 4}),
    "pattern-circle": lambda: plot_solution("t->t", order=1, axes={"t": "C(8)"}),
    "pattern-dihedral": lambda: plot_solution("t->t", order=1, axes={"t": "D(8)"}),
    "orbits": lambda: plot_solution("a->", order=2, sizes={"a": 4}),
    "diagrams": lambda: diagrams([[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [0, 1, 2]]),
    "pools-ab": lambda: plot_pools("ab", 5)[0],
    "pools-aa": lambda: plot_pools("aa", 5)[0],
    "composition": lambda: plot_pooling("ab,cb,cd,ad->ad", symmetry="ab"),
    "cheatsheet": plot_cheatsheet,
}
KINDS = {"cheatsheet": ("svg", "pdf")}


def write(out: Path, *, drawn: bool = True) -> None:
    """Draw all pictures into a folder of the site, or leave them empty."""
    folder = out / "_pictures"
    folder.mkdir(exist_ok=True)
    for name, draw in DRAWN.items():
        for kind in KINDS.get(name, ("svg",)):
            if drawn:
                save(draw(), folder / f"{name}.{kind}")
                plt.close("all")
            else:
                (folder / f"{name}.{kind}").touch()


if __name__ == "__main__":
    write(Path(__file__).parent)
