"""Draw the picture of the README, docs/face.svg: a symmetry, the weights that it makes equal, its terms, its layer.

python docs/face.py [FILE]

Everything in it is derived when it is drawn; tests/test_readme.py compares the words with those of the library.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import symshare
from symshare.codegen.files import write_text

SYMMETRY, SIZES = "abH", {"a": 3, "b": 4}
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7")
MONO = {"family": "monospace", "fontsize": 8.6}


def terms() -> list[tuple[str, str]]:
    """The terms of order 1 and what they do, in words."""
    listed = symshare.derive(SYMMETRY, 1).to_dict()["terms"]
    return [(term["einsum"], term["words"]) for term in listed if term["order"] == 1]


def code() -> list[str]:
    """The lines of the layer file that compute: `forward` from its first term on, without remarks."""
    lines = symshare.emit(SYMMETRY).split("def forward")[1].split("def extra_repr")[0].splitlines()
    first = next(number for number, line in enumerate(lines) if line.strip().startswith("y = "))
    kept = [line.removeprefix("        ").rstrip() for line in lines[first:]]
    return [line for line in kept if line and not line.startswith("#")]


def told() -> str:
    """The words of the picture, which its file has with it."""
    return "\n".join([SYMMETRY, *(f"{text}  {words}" for text, words in terms()), *code()])


def _table(axes: Any) -> None:
    """A table of values, and two arrows that reorder its rows and its columns."""
    from matplotlib.patches import FancyArrowPatch, Rectangle

    rows, columns = SIZES.values()
    for row in range(rows):
        for column in range(columns):
            shade = 0.25 + 0.6 * ((3 * row + 5 * column) % 7) / 7
            axes.add_patch(Rectangle((column, -row), 0.92, 0.92, facecolor=str(shade), edgecolor="none"))
    style = {"arrowstyle": "<->", "mutation_scale": 11, "color": "#d55e00", "linewidth": 1.6}
    axes.add_patch(FancyArrowPatch((-0.15, 0.5), (-0.15, -1.5), connectionstyle="arc3,rad=0.55", **style))
    axes.add_patch(FancyArrowPatch((0.5, 1.05), (2.5, 1.05), connectionstyle="arc3,rad=-0.45", **style))
    axes.text(-1.15, -0.55, "a", ha="center", va="center", fontsize=12, color="#d55e00")
    axes.text(1.5, 1.85, "b", ha="center", va="center", fontsize=12, color="#d55e00")
    axes.text(
        2, -2.75, "rows a and columns b in any order,\nchannels H: write abH", ha="center", va="center", fontsize=9.5
    )
    axes.set(xlim=(-1.9, 4.4), ylim=(-3.3, 2.4), aspect="equal")
    axes.axis("off")


def _pattern(axes: Any) -> None:
    """The matrix from 12 entries to 12 entries, a colour for each weight that is left."""
    from matplotlib.colors import ListedColormap

    pattern = symshare.sharing_pattern(symshare.signature("ab", sizes=SIZES))
    number = SIZES["a"] * SIZES["b"]
    axes.imshow(pattern.reshape(number, number), cmap=ListedColormap(COLOURS), interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_xlabel(f"{number * number} weights become {int(pattern.max())}", fontsize=9.5, labelpad=8)


def _listed(axes: Any) -> None:
    """The terms, each with the colour of the weights that are its own."""
    for number, (text, words) in enumerate(terms()):
        height = 1 - (number + 0.4) / 4
        axes.plot([0.02], [height], "s", color=COLOURS[number], markersize=9)
        axes.text(0.08, height, text, va="center", ha="left", color="#222222", **{**MONO, "fontsize": 10})
        axes.text(0.08, height - 0.085, words, va="center", ha="left", color="#555555", fontsize=8.6)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.axis("off")


def _coded(axes: Any) -> None:
    lines = code()
    for number, line in enumerate(lines):
        height = 1 - (number + 0.4) / len(lines)
        axes.text(0, height, line, va="center", ha="left", color="#222222", **MONO)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.axis("off")


def figure() -> Any:
    """The four panels."""
    import matplotlib.pyplot as plt

    drawn = plt.figure(figsize=(12, 3.4), facecolor="white")
    places = ((0.005, 0.2), (0.235, 0.175), (0.45, 0.26), (0.735, 0.26))  # left edge and width of each panel
    titles = ("your data", "weights that are equal", "every map, once", "the layer")
    for number, ((left, width), title, draw) in enumerate(
        zip(places, titles, (_table, _pattern, _listed, _coded), strict=True)
    ):
        draw(drawn.add_axes((left, 0.06, width, 0.78)))
        drawn.text(left + 0.005, 0.93, f"{number + 1}", fontsize=11, fontweight="bold", color="#d55e00", va="center")
        drawn.text(left + 0.022, 0.93, title, fontsize=10.5, fontweight="bold", color="#222222", va="center")
    return drawn


def main() -> None:
    """Write the picture."""
    import io

    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "symshare"
    matplotlib.rcParams["svg.fonttype"] = "path"
    text = io.StringIO()
    figure().savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Description": told()})
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("face.svg")
    write_text(file, text.getvalue(), force=True)


if __name__ == "__main__":
    main()
