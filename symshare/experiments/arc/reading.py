"""Sentences on a user's task: what was read of it, and what spoils a search or cannot be given by its symmetry."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import torch
from torch.nn import functional

from symshare.experiments.arc.layout import PARTS, Layout, answer_of, shape_of
from symshare.experiments.arc.tasks import COLOURS, Grid, Task

__all__ = ["distinct", "remarks_on", "undecidable"]


def distinct(task: Task) -> Task:
    """The task with each demonstration once: the other copy of one that is held out would be in plain sight.

    >>> from symshare.experiments.arc.tasks import Pair
    >>> pair = Pair(((1,),), ((2,),))
    >>> len(distinct(Task("mine", (pair, pair), (pair,))).train)
    1
    """
    return replace(task, train=tuple(dict.fromkeys(task.train)))


def remarks_on(task: Task, layout: Layout) -> list[str]:
    """The numbers of what was read, and warnings, each in a sentence."""
    train = distinct(task).train
    sizes = sorted({shape_of(pair.input) for pair in (*train, *task.test)})
    shapes = ", ".join(f"{rows} x {columns}" for rows, columns in sizes)
    answered = sum(pair.output is not None for pair in task.test)
    found = [
        f"{task.name} was read: {_counted(len(train), 'demonstration')}, {_counted(len(task.test), 'test')} "
        f"({answered} with an answer), grids of {shapes}, permuted as {layout.text}."
    ]
    if len(train) < len(task.train):
        found.append(
            f"{task.name}: {_counted(len(task.train) - len(train), 'copy', 'copies')} of demonstrations; each counts once."
        )
    answers: dict[Grid, set[Grid]] = {}
    for pair in train:
        answers.setdefault(pair.input, set()).add(answer_of(pair))
    for number, pair in enumerate(task.train, 1):
        if len(answers[pair.input]) > 1:
            found.append(f"{task.name}, train pair {number}: another demonstration has this grid and another answer.")
    for number, pair in enumerate(task.test, 1):
        if pair.input in answers:
            found.append(f"{task.name}, test pair {number}: its grid is that of a demonstration.")
    return found + [f"{task.name}, {problem}" for problem in undecidable(task, layout)]


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def undecidable(task: Task, layout: Layout) -> list[str]:
    """What demonstrations ask for that no map of this symmetry gives, in words; the first of each kind in each pair.

    Where an exchange of two rows, columns or colours leaves a grid as it is, it has to leave the answer as it is.

    >>> from symshare.experiments.arc.layout import read_layout
    >>> from symshare.experiments.arc.tasks import Pair
    >>> pair = Pair(((5, 0),), ((1, 0),))
    >>> undecidable(Task("mine", (pair,), (pair,)), read_layout("abc"))[0].partition(":")[0]
    'train pair 1'
    """
    found = []
    for number, pair in enumerate(task.train, 1):
        given, wanted = (torch.tensor(grid) for grid in (pair.input, answer_of(pair)))
        hot = [functional.one_hot(grid, COLOURS) for grid in (given, wanted)]
        for letter, what in {
            letter: what for letter, what in zip(layout.given, PARTS, strict=True) if letter.islower()
        }.items():
            swap = _broken(letter, layout, *hot)
            if swap is not None:
                found.append(f"train pair {number}: {_in_words(what, letter, layout, swap, answer_of(pair))}")
    return found


def _broken(letter: str, layout: Layout, given: torch.Tensor, wanted: torch.Tensor) -> tuple[int, int] | None:
    """Two values along a letter whose exchange leaves the grid as it is and changes the answer; colour 0 stays."""
    start = 1 if letter == layout.given[2] else 0
    size = given.shape[layout.given.index(letter)]
    for one, two in combinations(range(start, size), 2):
        order = torch.arange(size)
        order[[one, two]] = order[[two, one]]
        moved = [
            _moved(tensor, letters, letter, order)
            for tensor, letters in ((given, layout.given), (wanted, layout.wanted))
        ]
        if torch.equal(moved[0], given) and not torch.equal(moved[1], wanted):
            return one, two
    return None


def _moved(tensor: torch.Tensor, letters: tuple[str, str, str], letter: str, order: torch.Tensor) -> torch.Tensor:
    for axis, own in enumerate(letters):
        tensor = tensor.index_select(axis, order) if own == letter else tensor
    return tensor


def _in_words(what: str, letter: str, layout: Layout, swap: tuple[int, int], answer: Grid) -> str:
    """Which two are alike, and the symmetry to write instead."""
    fixed = layout.text.replace(letter, letter.upper())
    cure = f"write {fixed!r}" if any(one.islower() for one in fixed) and letter.upper() not in layout.text else ""
    if what == "colours":
        there = {cell for row in answer for cell in row}
        new, other = swap if swap[0] in there else swap[::-1]
        cure = cure or "write an upper-case letter for them"
        return (
            f"the answer has colour {new}, which its own grid lacks, and as colours are permuted nothing tells it from colour "
            f"{other}; colours cannot be permuted here, {cure}."
        )
    one, two = (place + 1 for place in swap)
    cure = cure or f"write an upper-case letter for {what}"
    return f"{what} {one} and {two} of the grid are alike and their answers are not; {what} cannot be permuted here, {cure}."
