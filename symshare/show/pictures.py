"""Sharing patterns as coloured matrices: of a linear map, and of any solved ansatz."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symshare.codegen.files import write_bytes
from symshare.core.bases.pattern import pattern_terms, sharing_pattern
from symshare.core.equations.ansatz import taylor
from symshare.core.equations.solution import Solution, as_solution, solve
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.names import beside
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.errors import SymshareError, plural, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["picture_kind", "plot_pattern", "plot_solution", "save"]

KINDS = ("png", "svg", "pdf")
"""The formats of a picture, as the ending of its file says them."""

MOST_TICKS = 24
"""Names along an axis of a picture, at 7 points; chosen, not measured."""

MOST_COLUMNS = 60
"""Columns of a picture that are named, in upright letters; chosen, not measured."""


def plot_pattern(
    signature: Signature | str,
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the matrix of the order-1 map, one colour for each coefficient that the symmetry leaves free.

    Rows are output entries, columns input entries, both in row-major order; the legend names the term whose coefficient an
    entry carries in the orbit basis. Axes without a size get the least at which every coefficient appears. Under other
    groups than the symmetric one, and where a latent axis has dependents, it is drawn as `plot_solution` does. Nothing is shown
    or saved; the Axes come back.

    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> len(plot_pattern("aa").get_legend().get_texts())
    15
    """
    signature = as_signature(signature, depends=depends, axes=axes, sizes=sizes)
    if signature.named_groups or signature.latent_parents:
        return plot_solution(solve(taylor(signature, 1, least=1)), ax=ax)
    import matplotlib.pyplot as plt
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

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
    ax.set_title(f"{signature}: {plural(number, 'free coefficient')} of {pattern.size:,}", fontsize=10)
    return ax


def plot_solution(
    solution: Solution | Signature | str,
    part: int = -1,
    *,
    order: int | None = None,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the coefficients of one part of a solved ansatz (by default the last) as a matrix, one colour for each free one.

    Rows are output entries, columns monomials of the input entries; a map of degree two to a single number is drawn as the
    matrix of its coefficients c_ij. White coefficients must vanish; one with a minus sign
    is minus the free coefficient of its colour. A text or a Signature stands for its Taylor ansatz to `order`, by default 1.
    Nothing is shown or saved; the Axes come back.

    Raises SymshareError where the null space is no pattern of equal and opposite coefficients.

    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> plot_solution("t->", order=2, axes={"t": "C(4)"}).get_title()
    't->, order 2: 3 free coefficients of 10'
    """
    solution = as_solution(solution, order=order, depends=depends, axes=axes, sizes=sizes)
    import matplotlib.pyplot as plt
    from matplotlib.colors import ListedColormap

    ansatz, number = solution.ansatz, part % len(solution.parts)
    monomials = ansatz.parts[number]
    pattern = solution.pattern(number).reshape(ansatz.outputs, -1)
    square = ansatz.outputs == 1 and monomials.kind != "laurent" and monomials.degree == 2
    if square:
        places = np.indices((ansatz.variables,) * 2).reshape(2, -1).T
        pattern = pattern[0][monomials.numbers(places)].reshape(ansatz.variables, -1)
    free = int(abs(pattern).max(initial=0))
    colours: list[Any] = ["#ffffff", *_DISTINCT[:free]]
    if free > len(_DISTINCT):
        colours = ["#ffffff", *(plt.get_cmap("cividis")(place / (free - 1)) for place in range(free))]
    if ax is None:
        width = min(12.0, max(3.0, 1.2 + 0.28 * pattern.shape[1]))
        height = min(9.0, max(1.6, 1.2 + 0.28 * pattern.shape[0]))
        _, ax = plt.subplots(figsize=(width, height), layout="constrained")
    ax.imshow(abs(pattern), cmap=ListedColormap(colours), vmin=-0.5, vmax=free + 0.5)
    if pattern.size <= 2_000:
        for row, column in zip(*(pattern < 0).nonzero(), strict=True):
            ax.text(column, row, "-", ha="center", va="center", color="white", fontsize=9, fontweight="bold")
    rows = ansatz.entry_names() if square else ansatz.entry_names(outputs=True) if ansatz.outputs > 1 else [""]
    columns = [] if pattern.shape[1] > MOST_COLUMNS else rows if square else ansatz.monomial_names(number)
    ax.set_yticks(*((range(len(rows)), rows) if len(rows) <= MOST_TICKS else ([], [])), fontsize=7)
    ax.set_xticks(*((range(len(columns)), columns) if columns else ([], [])), fontsize=7, rotation=90)
    ax.set_xlabel("second factor" if square else "monomial")
    ax.set_ylabel("first factor" if square else "output" if ansatz.outputs > 1 else "")
    kind = "Laurent" if monomials.kind == "laurent" else f"order {monomials.degree}"
    ax.set_title(
        f"{ansatz.signature}, {kind}: {plural(free, 'free coefficient')} of {solution.parts[number].unknowns:,}",
        fontsize=10,
    )
    return ax


def picture_kind(path: Path) -> str:
    """The format of a picture by its file's ending; SymshareError for one that is none.

    >>> picture_kind(Path("pattern.svg"))
    'svg'
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise SymshareError(f"{shown(path.name)} is no picture\n  name a file that ends in .png, .svg or .pdf")
    return kind


def save(ax: Axes, path: Path, dpi: int = 150) -> None:
    """Write the figure of some axes to a file (.png, .svg or .pdf), all at once."""
    from io import BytesIO

    from matplotlib import rc_context

    kind = picture_kind(path)
    buffer = BytesIO()
    figure = ax.figure.figure  # also of axes in a part of a figure
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with rc_context({"svg.hashsalt": "symshare"}):  # the same names inside, so the same bytes
        figure.savefig(buffer, format=kind, dpi=dpi, metadata=undated.get(kind))
    write_bytes(path, buffer.getvalue(), force=True)


def _ticks(ax: Axes, which: str, axes: Sequence[str], shape: tuple[int, ...]) -> None:
    """Label entries by their index values where there are few enough to read."""
    labels = ["".join(map(str, place)) for place in product(*(range(size) for size in shape))]
    axis = ax.yaxis if which == "y" else ax.xaxis
    axis.set_label_text(("output " if which == "y" else "input ") + (beside(axes) or "(scalar)"))
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
