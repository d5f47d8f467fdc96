"""The experiments by name, and the modules they live in (imported only when one is run)."""

from __future__ import annotations

from dataclasses import dataclass

from symshare.errors import ExperimentError

__all__ = ["CATALOGUE", "Entry", "entry"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One experiment: its name, what it asks, the symmetry it is derived from, how long its quick form takes."""

    name: str
    question: str
    symmetry: str
    minutes: float
    """Of the quick form, on two cores."""
    own: str = ""
    """What it asks of data of the user's."""

    @property
    def module(self) -> str:
        """The module that the experiment is in."""
        return f"symshare.experiments.{self.name}.experiment"


CATALOGUE = {
    one.name: one
    for one in (
        Entry("pinv", "learn an iteration for the pseudo-inverse of a matrix, and say which", "abH", 5),
        Entry("kinship", "complete the family relations of the Alyawarra", "aaH", 5, "complete a graph of relations"),
        Entry(
            "arc",
            "solve four ARC puzzles from their demonstrations alone",
            "abc, abc->c, HWc->IJc, aab",
            5,
            "solve a puzzle from its demonstrations",
        ),
        Entry("sudoku", "solve sudoku by a recurrent network", "abcde, a->b, c->d", 10),
        Entry(
            "spectrum", "read a power spectrum off a set of samples", "aH->H; samples permuted, the circle turned", 18
        ),
        Entry("cycles", "count 4-cycles and 4-cliques where sums say nothing", "abH->H, aaH->H", 4),
        Entry("sharing", "train a quadratic network on its symmetric weights, in three ways", "a->a", 1),
        Entry("comparators", "make networks blind to order in seven ways, on functions of sets", "aH->H", 5),
        Entry("nbody", "say where charged particles will be", "pos:ar,vel:ar,charge:a->ar; r under O(3)", 15),
        Entry("emlp", "learn invariants of O(5), O(3) and Lorentz from few examples", "x:r->, m:a,x:ar->rr, p:r->", 8),
        Entry("points", "tell surfaces by clouds of points, however turned", "pos:ar->; r under O(3)", 6),
        Entry("zoo", "tell how well a network does from its weights", "the weights of an MLP, of a CNN", 12),
        Entry("siren", "say which digit a network of sines shows", "the weights of a network of sines", 7),
        Entry("edit", "make what a network of sines shows bolder", "the weights of a network of sines", 6),
        Entry("tickets", "tell from how a network starts which weights to train", "the weights of an MLP", 8),
    )
}


def entry(name: str) -> Entry:
    """The experiment of a name, or ExperimentError.

    >>> entry("pinv").symmetry
    'abH'
    """
    if name not in CATALOGUE:
        known = ", ".join(CATALOGUE)
        raise ExperimentError(f"there is no experiment {name!r}\n  the experiments are {known}")
    return CATALOGUE[name]
