"""The sharing pattern of a linear map as a coloured matrix."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from symshare.core.notation import signature as as_signature
from symshare.core.pattern import pattern_terms, sharing_pattern
from symshare.core.signature import Signature

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_pattern"]

MOST_TICKS = 24


def plot_pattern(signature: Signature | str, *, sizes: Mapping[str, int] | None = None, ax: Axes | None = None) -> Axes:
    """Draw the matrix of the order-1 map, one colour for each coefficient that the symmetry leaves free.

    Rows are output entries, columns input entries, both in row-major order; the legend names the term whose coefficient an
    entry carries in the orbit basis. Axes without a size get the least at which every coefficient appears. Nothing is
    shown or saved; the Axes come back.

    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> len(plot_pattern("aa").get_legend().get_texts())
    15
    """
    import matplotlib.pyplot as plt
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    signature = as_signature(signature, sizes=sizes)
    pattern = sharing_pattern(signature)
    outer, inner = signature.outputs[0].set_axes, signature.inputs[0].set_axes
    rows, columns = pattern.shape[: len(outer)], pattern.shape[len(outer) :]
    number = int(pattern.max())
    colours: list[Any] = list(_DISTINCT[:number])
    if number > len(_DISTINCT):
        colours = [plt.get_cmap("cividis")(place / (number - 1)) for place in range(number)]
    if ax is None:
        _, ax = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
    ax.imshow(pattern.reshape(prod(rows), prod(columns)), cmap=ListedColormap(colours), vmin=0.5, vmax=number + 0.5)
    _ticks(ax, "y", outer, rows)
    _ticks(ax, "x", inner, columns)
    labels = [str(term) for term in pattern_terms(signature)]
    handles = [Patch(facecolor=colour, label=label) for colour, label in zip(colours, labels, strict=True)]
    ax.legend(
        handles=handles,
        loc="center left",
        bbox_to_anchor=(1.02, 0.5),
        frameon=False,
        title="exactly these equal",
        prop={"family": "monospace", "size": 8},
    )
    ax.set_title(f"{signature}: {number} free coefficients of {pattern.size:,}", fontsize=10)
    return ax


def _ticks(ax: Axes, which: str, axes: str, shape: tuple[int, ...]) -> None:
    """Label entries by their index values where there are few enough to read."""
    labels = ["".join(map(str, place)) for place in product(*(range(size) for size in shape))]
    axis = ax.yaxis if which == "y" else ax.xaxis
    axis.set_label_text(("output " if which == "y" else "input ") + (axes or "(scalar)"))
    if len(labels) <= MOST_TICKS and max(shape, default=0) <= 10:
        axis.set_ticks(range(len(labels)), labels, fontsize=7, rotation=90 if which == "x" else 0)
    else:
        axis.set_ticks([])


# Fifteen colours told apart under the common colour-vision deficiencies: seven hues of Okabe and Ito (2008), and lighter
# and darker ones of them.
_DISTINCT = [
    *("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#3b3b3b"),
    *("#9fd3f2", "#7a4a00", "#a6e3cf", "#6d2b52", "#bdbdbd", "#ffc9a3", "#004b3a"),
]
