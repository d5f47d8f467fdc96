"""Twenty symmetries on one page: a card for each, as a picture and as Markdown."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from symshare.core.bases.reading import as_term
from symshare.core.faces.table import Table
from symshare.show.graphs import plot_pooling
from symshare.show.known import KNOWN, Known

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from symshare.core.terms.term import Term

__all__ = ["as_markdown", "as_table", "plot_cheatsheet"]

COLUMNS = 5
"""Cards in a row of the page."""

PICTURES = 3
"""Poolings that are drawn on a card at most; chosen so that their letters can be read on paper of 420 x 297 mm."""

MOST_INDICES = 5
"""Indices of a pooling that is drawn so small; chosen, not measured."""

WIDTH, HEIGHT = 16.5, 11.7
"""Of the page, in inches."""

LEGEND = (
    "Counts are terms of order 0, 1, 2 per channel. Pictures are the products that a deep network needs: the irreducible"
    " poolings of order 2 and, where they are few, 3.\n"
    "A point is an index, hollow where it is summed over; a line is a factor, the dashed one the output; squares have other"
    " than two indices. Poolings with constant tensors are written."
)


def plot_cheatsheet() -> Axes:
    """Draw the page; the Axes of its first card come back, and nothing is shown or saved.

    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> plot_cheatsheet().figure.get_size_inches().tolist()
    [16.5, 11.7]
    """
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(WIDTH, HEIGHT))
    figure.text(
        0.015, 0.98, "symshare: what your data look like, and what to write", fontsize=15, weight="bold", va="center"
    )
    figure.text(0.015, 0.954, LEGEND, fontsize=8, va="center", color="#333333")
    rows = -(-len(KNOWN) // COLUMNS)
    wide, high = 0.976 / COLUMNS, 0.93 / rows
    cards = [
        _card(figure, one, (0.012 + wide * (place % COLUMNS), 0.938 - high * (place // COLUMNS + 1)), (wide, high))
        for place, one in enumerate(KNOWN)
    ]
    return cards[0]


def _card(figure: Figure, one: Known, corner: tuple[float, float], size: tuple[float, float]) -> Axes:
    """A frame with what is said of a symmetry, and its poolings along the foot."""
    (left, low), (wide, high) = corner, size
    card = figure.add_axes((left + 0.002, low + 0.003, wide - 0.004, high - 0.006))
    card.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(0, 1))
    for spine in card.spines.values():
        spine.set_color("#bbbbbb")
    place = 0.935
    card.text(0.03, place, one.title, fontsize=11, weight="bold", va="center")
    place -= 0.078
    card.text(0.03, place, one.looks, fontsize=7.8, va="center", color="#333333")
    for line in textwrap.wrap(one.written, 44, break_on_hyphens=False):
        place -= 0.085
        card.text(0.03, place, line, fontsize=8.2, family="monospace", va="center", color="#0b4f9e")
    place -= 0.085
    numbers = ", ".join(f"{number:,}" for number in one.counts)
    card.text(0.03, place, f"terms {numbers}", fontsize=8.5, va="center")
    shown, left_out = chosen(one)
    if left_out or not one.poolings:
        told = f"{len(shown)} of {len(shown) + left_out}" if left_out else "not known"
        card.text(0.97, place, f"poolings: {told}", fontsize=7.2, ha="right", va="center")
    if one.name:
        place -= 0.08
        card.text(0.03, place, f"{one.name}", fontsize=8.5, va="center", style="italic")
        place -= 0.068
        card.text(0.03, place, f"{one.paper}, arXiv {one.link}", fontsize=7.2, va="center", color="#333333")
    for number, term in enumerate(shown):
        _pooling(card, term, (0.02 + number * 0.325, 0.02, 0.31, place - 0.16))
    return card


def _pooling(card: Axes, term: Term, box: tuple[float, float, float, float]) -> None:
    """A pooling as its graph, in a square of which it fills what its points need; one with constant tensors as its text."""
    inset = card.inset_axes(box)
    inset.axis("off")
    text = term.to_einsum().replace("H", "")
    if term.constants:
        inset.text(
            0.5, 0.5, text, fontsize=7.5, family="monospace", ha="center", va="center", transform=inset.transAxes
        )
        return
    plot_pooling(term, ax=inset)
    inset.set_title(text, fontsize=6.5, family="monospace", pad=1)
    (left, right), (low, high) = inset.dataLim.intervalx, inset.dataLim.intervaly
    half = 0.5 * max(right - left, high - low) + 0.35
    inset.set(
        xlim=((left + right) / 2 - half, (left + right) / 2 + half),
        ylim=((low + high) / 2 - half, (low + high) / 2 + half),
    )


def chosen(one: Known) -> tuple[list[Term], int]:
    """The poolings of a symmetry that its card has, and how many it leaves out.

    >>> table = next(one for one in KNOWN if one.title == "Table")
    >>> [str(term) for term in chosen(table)[0]]
    ['abH,abH->abH', 'abH,cbH,cdH->adH']
    """
    texts = [text for own in one.poolings for text in own]
    terms = [as_term(text, one.symmetry, **one.options) for text in texts]
    small = [term for term in terms if len(term.index_axes) <= MOST_INDICES][:PICTURES]
    return small, len(texts) - len(small)


def as_table() -> Table:
    """The symmetries as a table of text, few columns of it, so that what is to be written stays in one piece."""
    rows = tuple((one.title, one.written, ", ".join(map(str, one.counts))) for one in KNOWN)
    notes = ("known names, papers, and the products that a network needs: symshare cheatsheet -o sheet.pdf, or --json",)
    title = "what your data look like, and what to write behind `symshare derive -k 2`, or emit, count, pools"
    return Table(title, ("data", "write", "terms to order 2"), rows, notes=notes, code=("write",))


def as_markdown() -> str:
    """The symmetries as a table of Markdown, with links to the papers.

    >>> as_markdown().splitlines()[2][:71]
    '| **Set**: items in no order: baskets, samples, particles | `-s aH` | 1'
    """
    lines = [
        "| data | write | terms of order 0, 1, 2 | irreducible poolings | known as |",
        "|---|---|---|---|---|",
    ]
    for one in KNOWN:
        poolings = " ".join(f"`{text}`" for own in one.poolings for text in own)
        paper = f"{one.name} ([{one.paper}](https://arxiv.org/abs/{one.link}))" if one.name else ""
        numbers = ", ".join(f"{number:,}" for number in one.counts)
        lines.append(f"| **{one.title}**: {one.looks} | `{one.written}` | {numbers} | {poolings} | {paper} |")
    return "\n".join(lines) + "\n"
