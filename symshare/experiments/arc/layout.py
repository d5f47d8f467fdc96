"""How the grids of a task may be permuted: three letters for rows, columns and colours, and what they mean for a network."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

from symshare.errors import ExperimentError, NotationError, shown
from symshare.experiments.arc.tasks import COLOURS, Grid, Pair, Task

__all__ = ["Layout", "answer_of", "check_task", "encode", "read_layout", "shape_of"]

PARTS = ("rows", "columns", "colours")


@dataclass(frozen=True, slots=True)
class Layout:
    """The symmetry of a task: a letter each for the rows, the columns and the colours of a grid and of its answer.

    A lower-case letter is permuted; what has the same letter is permuted jointly. The positions along an upper-case letter are
    channels. An answer that lacks rows or columns ("") has one of them.
    """

    text: str
    given: tuple[str, str, str]
    wanted: tuple[str, str, str]

    @property
    def given_axes(self) -> str:
        """The permuted axes of a grid."""
        return "".join(letter for letter in self.given if letter.islower())

    @property
    def wanted_axes(self) -> str:
        """The permuted axes of an answer."""
        return "".join(letter for letter in self.wanted if letter.islower())

    @property
    def signature(self) -> str:
        """The symmetry of the network: the permuted axes and its channels H.

        >>> read_layout("HWc->IJc").signature, read_layout("abc->c").signature
        ('cH', 'abcH->cH')
        """
        same = self.given_axes == self.wanted_axes
        return f"{self.given_axes}H" + ("" if same else f"->{self.wanted_axes}H")


def read_layout(text: str) -> Layout:
    """Read a symmetry such as abc, aab, abc->c or HWc->IJc; NotationError where it is none.

    >>> read_layout("aab").wanted
    ('a', 'a', 'b')
    >>> read_layout("abc->c").wanted
    ('', '', 'c')
    """
    left, arrow, right = text.partition("->")
    _check_letters(text, left, 0)
    if len(left) != 3:
        cure = "write three letters, for rows, columns and colours: 'abc', 'aab', 'HWc'"
        raise NotationError(text, min(len(left), 3), f"has {_letters(len(left))} for a grid", cure)
    if left[2] in left[:2]:
        raise NotationError(text, 2, "permutes positions and colours jointly", "give colours a letter of their own")
    if left.isupper():
        raise NotationError(text, 0, "permutes nothing", "write what may be permuted in lower case: 'HWc'")
    given = (left[0], left[1], left[2])
    if not arrow:
        return Layout(text, given, given)
    start = len(left) + 2
    _check_letters(text, right, start)
    wanted = _wanted(text, right, start, left)
    for place, letter in enumerate(right, start):
        if letter.islower() and letter not in left:
            known = ", ".join(dict.fromkeys(one for one in left if one.islower()))
            cure = f"take letters of the grid ({known}), or upper-case letters for positions that are channels"
            raise NotationError(text, place, f"has {letter!r} in the answer only", cure)
    if wanted[2] != left[2]:
        cure = f"end with {left[2]!r}: the answer has a colour in each cell"
        raise NotationError(text, start + len(right) - 1, "has no colours in the answer", cure)
    if left[2] in wanted[:2]:
        place = start + right.index(left[2])
        raise NotationError(text, place, "has colours for positions", f"write {left[2]!r} once, as the last letter")
    return Layout(text, given, wanted)


def _check_letters(text: str, part: str, start: int) -> None:
    for place, letter in enumerate(part, start):
        if letter.isupper() and letter in part[: place - start]:
            cure = "give each upper-case letter once: positions along it are channels, which nothing permutes"
            raise NotationError(text, place, f"has {letter!r} twice", cure)
        if not (letter.isascii() and letter.isalpha()):
            cure = "write letters only: three for a grid, and '->' and others for another form of the answer"
            raise NotationError(text, place, f"has {letter!r} in it", cure)


def _letters(number: int) -> str:
    return "1 letter" if number == 1 else f"{number} letters"


def _wanted(text: str, right: str, start: int, left: str) -> tuple[str, str, str]:
    """The letters of an answer; of two, the first is that of the rows or of the columns of the grid."""
    if len(right) == 1:
        return "", "", right
    if len(right) == 3:
        return right[0], right[1], right[2]
    if len(right) == 2 and right[0] in left[:2] and right[0].islower():
        return (right[0], "", right[1]) if right[0] == left[0] else ("", right[0], right[1])
    cure = f"write three letters, or leave out what the answer has one of: '{left}->{left[2]}'"
    raise NotationError(text, start, f"has {_letters(len(right))} for the answer", cure)


def check_task(task: Task, layout: Layout) -> None:
    """Raise ExperimentError, with the pair, where a grid does not fit the symmetry."""
    places = [(f"{task.name}, train pair {number}", pair) for number, pair in enumerate(task.train, 1)]
    places += [(f"{task.name}, test pair {number}", pair) for number, pair in enumerate(task.test, 1)]
    first = dict(zip(layout.given, shape_of(task.train[0].input), strict=False))
    outer = dict(zip(layout.wanted, shape_of(answer_of(task.train[0])), strict=False))
    for place, pair in places:
        found: dict[str, int] = {}
        for letter, part, size in zip(layout.given, PARTS, shape_of(pair.input), strict=False):
            if letter.islower() and found.get(letter, size) != size:
                problem = f"{layout.text!r} permutes rows and columns jointly, and the grid is {_by(pair.input)}"
                raise _misfit(problem, place, "give them letters of their own: 'abc'")
            if letter.isupper() and first[letter] != size:
                problem = (
                    f"the {part} {letter} are channels, and there are {size}, not {first[letter]} as in train pair 1"
                )
                raise _misfit(problem, place, "permute them: write a lower-case letter")
            found[letter] = size
        if pair.output is None:
            continue
        for letter, part, size in zip(layout.wanted, PARTS, shape_of(pair.output), strict=False):
            right = outer[letter] if letter.isupper() else found.get(letter, 1)
            if size != right:
                cure = "write '->' and the letters of the answer: 'HWc->IJc', or 'abc->c' for a single cell"
                raise _misfit(f"by {layout.text!r} the answer has {right} {part}, not {size}", place, cure)


def answer_of(pair: Pair) -> Grid:
    """The answer of a demonstration; ExperimentError where it has none."""
    if pair.output is None:
        raise ExperimentError("a demonstration has no answer\n  give each train pair an output")
    return pair.output


def shape_of(grid: Grid) -> tuple[int, int]:
    """Rows and columns."""
    return len(grid), len(grid[0])


def _by(grid: Grid) -> str:
    return " x ".join(map(str, shape_of(grid)))


def _misfit(problem: str, place: str, cure: str) -> ExperimentError:
    return ExperimentError(f"{problem}\n  {shown(place, 200)}\n  {cure}")


def encode(layout: Layout, grids: torch.Tensor) -> torch.Tensor:
    """Grids (number, rows, columns) as values on the permuted axes, the rest as channels; colour 0 has a flag of its own.

    >>> grids = torch.zeros(4, 5, 6, dtype=torch.long)
    >>> encode(read_layout("abc"), grids).shape, encode(read_layout("HWc"), grids).shape
    (torch.Size([4, 5, 6, 10, 2]), torch.Size([4, 10, 60]))
    """
    value = functional.one_hot(grids, COLOURS).float()
    flag = torch.zeros_like(value)
    flag[..., 0] = 1
    lower = [place for place, letter in enumerate(layout.given, 1) if letter.islower()]
    upper = [place for place, letter in enumerate(layout.given, 1) if letter.isupper()]
    found = torch.stack([value, flag], dim=-1).permute(0, *lower, *upper, 4)
    return found.flatten(1 + len(lower))
