"""Poolings as pictures: indices are points, factors are lines between them, the output is the dashed one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import ceil, cos, pi, sin
from typing import TYPE_CHECKING, Any

from symshare.core.bases.reading import as_term
from symshare.core.notation.reading import Groups
from symshare.core.notation.signature import Signature
from symshare.core.poolings.pooling_set import PoolingSet
from symshare.core.poolings.realisation import hypergraph
from symshare.core.terms.term import Term
from symshare.errors import SymshareError
from symshare.plans.sources import poolings_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symshare.core.poolings.hypergraph import Hypergraph

__all__ = ["plot_pooling", "plot_pools"]

MOST_PICTURES = 60
"""Pictures in one figure; chosen, not measured."""

COLUMNS = 4
"""Pictures in a row of a figure."""

Point = tuple[float, float]


def plot_pooling(
    pooling: Term | str,
    *,
    symmetry: Signature | str | None = None,
    depends: Iterable[str] | str = (),
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one pooling, a Term or a text with its symmetry, as its graph.

    A point is an index, coloured by its axis, hollow where it is summed over. A tensor with two indices is a line between
    them, any other a small square with a line to each of its indices; the output is orange and dashed. A dotted grey line joins
    an index to the one it belongs to under a dependency. Nothing is shown or saved; the Axes come back.

    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> plot_pooling("ab,cb,cd->ad", symmetry="ab").get_title()
    'ab,cb,cd->ad'
    """
    import matplotlib.pyplot as plt

    if symmetry is not None:
        pooling = as_term(pooling, symmetry, depends=depends, axes=axes, sizes=sizes)
    if not isinstance(pooling, Term):
        raise SymshareError(
            f"{pooling!r} is not a Term, and has no symmetry beside it\n  write whose term it is: symmetry='ab'"
        )
    if ax is None:
        _, ax = plt.subplots(figsize=(2.8, 2.6), layout="constrained")
    graph = hypergraph(pooling)
    members = [[v for v in range(len(graph.vertices)) if edge >> v & 1] for edge in graph.edges]
    lines = all(len(one) == 2 for one in members)
    points, squares = _places(graph, members, lines)
    if lines:
        _draw_lines(ax, members, points)
    else:
        _draw_squares(ax, members, points, squares)
    for vertex, (_, parent) in enumerate(graph.vertices):
        if parent >= 0:
            _line(ax, points[vertex], points[parent], {"color": "#999999", "linestyle": ":", "linewidth": 1.0}, 0.0)
    _draw_points(ax, pooling, points)
    ax.set_title(pooling.to_einsum(), fontsize=8, family="monospace")
    ax.set_aspect("equal")
    ax.margins(0.18)
    ax.axis("off")
    return ax


def plot_pools(
    found: PoolingSet | Signature | str,
    order: int | None = None,
    *,
    depends: Iterable[str] | str = (),
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
) -> list[Axes]:
    """Draw every pooling of order 2 and more, one picture each, by order; the Axes come back.

    A text or a Signature stands for its irreducible poolings to `order`.

    Raises SymshareError where there is none, or over 60.

    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> len(plot_pools("ab", 5))
    4
    """
    import matplotlib.pyplot as plt

    if not isinstance(found, PoolingSet | Signature | str):
        raise SymshareError(f"{found!r} is not a PoolingSet\n  write a symmetry and an order: plot_pools('ab', 3)")
    found = poolings_of(found, order, depends=depends, axes=axes, sizes=sizes)
    number = len(found.poolings)
    if not 0 < number <= MOST_PICTURES:
        if not number:
            raise SymshareError(f"{found!r} has no pooling of order 2 or more to draw\n  ask for a higher order")
        raise SymshareError(
            f"there are {number:,} poolings, of which at most {MOST_PICTURES} are drawn\n  ask for a lower order"
        )
    columns = min(COLUMNS, number)
    rows = ceil(number / columns)
    figure, grid = plt.subplots(rows, columns, figsize=(2.8 * columns, 2.8 * rows), layout="constrained", squeeze=False)
    places = list(grid.flat)
    for ax, pooling in zip(places, found.poolings, strict=False):
        plot_pooling(pooling, ax=ax)
        ax.set_title(f"order {pooling.order}\n{pooling.to_einsum()}", fontsize=8, family="monospace")
    for ax in places[number:]:
        ax.axis("off")
    depends = "".join(f", {one}" for one in found.signature.dependencies)
    kind = {"irreducible": "irreducible poolings", "article": "poolings by the article's filters", "none": "all terms"}
    figure.suptitle(
        f"{found.signature}{depends}: {kind[found.rule]}, complete to order {found.complete_to}", fontsize=10
    )
    figure.supxlabel("dashed: the output; filled: its indices; hollow: summed over; colours: axes", fontsize=8)
    return places[:number]


def _places(graph: Hypergraph, members: list[list[int]], lines: bool) -> tuple[list[Point], list[Point]]:
    """Where to draw the vertices and, where edges are squares, the edges."""
    letters = sorted({letter for letter, _ in graph.vertices})
    if lines and len(letters) == 2:
        return _columns(graph, members, letters), []
    if lines:
        return _circle(members, len(graph.vertices)), []
    import networkx

    whole = networkx.Graph()
    whole.add_nodes_from(range(len(graph.vertices) + len(members)))
    for number, one in enumerate(members):
        whole.add_edges_from((len(graph.vertices) + number, vertex) for vertex in one)
    found = networkx.kamada_kawai_layout(whole) if len(whole) > 1 else {0: (0.0, 0.0)}
    points = [(float(found[node][0]), float(found[node][1])) for node in sorted(whole)]
    return points[: len(graph.vertices)], points[len(graph.vertices) :]


def _columns(graph: Hypergraph, members: list[list[int]], letters: list[str]) -> list[Point]:
    """Two columns, one for each letter, each column in the order of the mean place of its neighbours in the other."""
    columns = [[v for v, (letter, _) in enumerate(graph.vertices) if letter == own] for own in letters]
    height: dict[int, float] = {}
    for column in columns:
        height |= {vertex: place - (len(column) - 1) / 2 for place, vertex in enumerate(column)}
    for side in (1, 0, 1):
        around = {v: [height[u] for one in members if v in one for u in one if u != v] for v in columns[side]}
        ranked = sorted(columns[side], key=lambda v: (sum(around[v]) / max(1, len(around[v])), v))
        height |= {vertex: place - (len(ranked) - 1) / 2 for place, vertex in enumerate(ranked)}
    return [(1.6 * letters.index(letter), -height[vertex]) for vertex, (letter, _) in enumerate(graph.vertices)]


def _circle(members: list[list[int]], number: int) -> list[Point]:
    """Around a circle, the output's vertices at the foot."""
    output = members[0]
    order = [output[0], *(vertex for vertex in range(number) if vertex not in output), *output[1:]]
    start = -pi / 2 - pi / number
    return [
        (cos(start - 2 * pi * order.index(vertex) / number), sin(start - 2 * pi * order.index(vertex) / number))
        for vertex in range(number)
    ]


_OUTPUT: dict[str, Any] = {"color": "#d55e00", "linewidth": 2.6, "linestyle": (0, (3, 1.4))}
_FACTOR: dict[str, Any] = {"color": "#3b3b3b", "linewidth": 1.5}
_COLOURS = ("#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442")


def _draw_lines(ax: Axes, members: list[list[int]], points: list[Point]) -> None:
    """Each tensor a line; those between the same indices bend apart."""
    together = Counter(tuple(one) for one in members)
    seen: Counter[tuple[int, ...]] = Counter()
    for number, one in enumerate(members):
        key = tuple(one)
        bend = 0.3 * (seen[key] - (together[key] - 1) / 2)
        seen[key] += 1
        _line(ax, points[one[0]], points[one[1]], _FACTOR if number else _OUTPUT, bend)


def _line(ax: Axes, start: Point, end: Point, style: dict[str, Any], bend: float) -> None:
    from matplotlib.patches import FancyArrowPatch

    ax.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-", connectionstyle=f"arc3,rad={bend}", shrinkA=0, shrinkB=0, **style)
    )


def _draw_squares(ax: Axes, members: list[list[int]], points: list[Point], squares: list[Point]) -> None:
    for number, (one, square) in enumerate(zip(members, squares, strict=True)):
        style = _FACTOR if number else _OUTPUT
        for vertex in one:
            _line(ax, square, points[vertex], style, 0.0)
        ax.plot(*square, marker="s", markersize=8, color=style["color"], zorder=3)


def _draw_points(ax: Axes, pooling: Term, points: list[Point]) -> None:
    names, letters = pooling.names(), pooling.index_axes
    kinds = sorted(set(letters))
    for vertex, (x, y) in enumerate(points):
        colour = _COLOURS[kinds.index(letters[vertex]) % len(_COLOURS)]
        summed = vertex not in pooling.output_indices
        face = "white" if summed else colour
        ax.plot(
            x, y, marker="o", markersize=15, markerfacecolor=face, markeredgecolor=colour, markeredgewidth=2, zorder=4
        )
        word = len(names[vertex]) > 2  # too long to stand inside
        ax.annotate(
            names[vertex],
            (x, y),
            xytext=(0, -14 if word else 0),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=8,
            color="black" if summed or word else "white",
            zorder=5,
        )
