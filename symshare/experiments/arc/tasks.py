"""Tasks of the Abstraction and Reasoning Corpus: small grids of ten colours, read from JSON, checked and encoded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symshare.errors import SymshareError, shown

__all__ = ["COLOURS", "MOST", "Grid", "Pair", "Task", "as_grid", "read_task"]

Grid = tuple[tuple[int, ...], ...]
"""The rows of a grid; each cell is a colour, and colour 0 is the background."""

COLOURS = 10
"""Colours of a cell, numbered from 0 (black), as the corpus has them."""

MOST = 30
"""A grid has at most so many rows, and so many columns."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A grid and the one it becomes; a test that comes without its answer has the output None."""

    input: Grid
    output: Grid | None


@dataclass(frozen=True, slots=True)
class Task:
    """The demonstrations of a rule and the tests to solve by it; the name is that of the file, without its ending."""

    name: str
    train: tuple[Pair, ...]
    test: tuple[Pair, ...]


def read_task(path: str | Path) -> Task:
    """Read a task from a JSON file: {"train": [{"input": grid, "output": grid}, ..], "test": [..]}.

    A grid is a list of rows of equal lengths; a test may lack its output, or have null there. Further keys are
    passed over. Raises SymshareError, with file, pair and place counted from 1, where a file is not of this form.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "swap.json"
    ...     _ = path.write_text('{"train": [{"input": [[1, 2]], "output": [[2, 1]]}], "test": [{"input": [[0, 3]]}]}')
    ...     task = read_task(path)
    >>> task.name, task.train
    ('swap', (Pair(input=((1, 2),), output=((2, 1),)),))
    >>> task.test
    (Pair(input=((0, 3),), output=None),)
    """
    path = Path(path)
    content = _content(path)
    if not isinstance(content, dict):
        raise _wrong(f"{_shown(content)} is not a task", str(path), 'write {"train": [..], "test": [..]}')
    train, test = (_pairs(content, kind, path) for kind in ("train", "test"))
    # it goes into files, pictures and terminals
    name = "".join(one if one.isprintable() else "_" for one in path.stem.encode("utf-8", "replace").decode("utf-8"))
    return Task(name if len(name) <= 60 else f"{name[:57]}...", train, test)


def as_grid(value: object, place: str = "the grid") -> Grid:
    """Make a grid of rows of cells (lists, tuples or an array), checked; an error says where by `place`.

    >>> as_grid([[0, 1], [2, 3]])
    ((0, 1), (2, 3))
    >>> as_grid([[0, 1], [2]])
    Traceback (most recent call last):
        ...
    symshare.errors.SymshareError: the rows have lengths 2 and 1
      the grid, row 2
      give every row the same length
    """
    rows = _items(value)
    if rows is None:
        raise _wrong(f"{_shown(value)} is not a grid", place, "write a list of rows, each a list of colours")
    if not rows:
        raise _wrong("the grid is empty", place, "give one row or more")
    if len(rows) > MOST:
        raise _wrong(f"the grid has {len(rows):,} rows", place, f"give at most {MOST}")
    checked = tuple(_row(row, f"{place}, row {number}") for number, row in enumerate(rows, 1))
    for number, row in enumerate(checked, 1):
        if len(row) != len(checked[0]):
            problem = f"the rows have lengths {len(checked[0])} and {len(row)}"
            raise _wrong(problem, f"{place}, row {number}", "give every row the same length")
    return checked


def _content(path: Path) -> object:
    """What a JSON file holds."""
    if path.exists() and not path.is_dir() and not path.is_file():
        raise SymshareError(f"{shown(path)} is no ordinary file\n  name a JSON file that holds a task")
    try:
        raw = path.read_bytes()
    except IsADirectoryError as error:
        raise SymshareError(f"{shown(path)} is a folder\n  name a JSON file in it") from error
    except FileNotFoundError as error:
        raise SymshareError(f"there is no file {shown(path)}\n  name a JSON file that holds a task") from error
    except (OSError, ValueError) as error:
        problem = (error.strerror if isinstance(error, OSError) else None) or error
        raise SymshareError(f"{shown(path)} cannot be read: {problem}\n  name a JSON file that you may read") from error
    try:
        content: object = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _wrong("the file is not text in UTF-8", f"{path}, byte {error.start + 1}", "give a JSON file") from error
    except json.JSONDecodeError as error:
        place = f"{path}, line {error.lineno}, column {error.colno}"
        raise _wrong(f"the file is not JSON: {error.msg}", place, 'write {"train": [..], "test": [..]}') from error
    except (RecursionError, ValueError) as error:  # lists nested thousands deep, or a number of thousands of digits
        problem = (
            "the file has too deep lists" if isinstance(error, RecursionError) else "the file has too long numbers"
        )
        raise _wrong(problem, str(path), 'write {"train": [..], "test": [..]}') from error
    return content


def _pairs(content: dict[str, object], kind: str, path: Path) -> tuple[Pair, ...]:
    if kind not in content:
        raise _wrong(f"the task has no {kind!r}", str(path), f'add the key: "{kind}": [{{"input": [[0]], ..}}, ..]')
    pairs = _items(content[kind])
    place = f"{path}, {kind}"
    if pairs is None:
        cure = 'write [{"input": [[0]], "output": [[0]]}, ..]'
        raise _wrong(f"{_shown(content[kind])} is not a list of pairs", place, cure)
    if not pairs:
        raise _wrong(f"the task has no {kind} pair", place, "give one pair or more")
    return tuple(_pair(pair, f"{place} pair {number}", kind == "train") for number, pair in enumerate(pairs, 1))


def _pair(pair: object, place: str, solved: bool) -> Pair:
    if not isinstance(pair, dict):
        raise _wrong(f"{_shown(pair)} is not a pair", place, 'write {"input": [[0]], "output": [[0]]}')
    for key in ("input", "output") if solved else ("input",):
        if key not in pair:
            raise _wrong(f"the pair has no {key!r}", place, f'add the key: "{key}": [[0]]')
    given = as_grid(pair["input"], f"{place}, input")
    if not solved and pair.get("output") is None:
        return Pair(given, None)
    return Pair(given, as_grid(pair["output"], f"{place}, output"))


def _row(row: object, place: str) -> tuple[int, ...]:
    cells = _items(row)
    if cells is None:
        raise _wrong(f"{_shown(row)} is not a row", place, "write a list of colours")
    if not cells:
        raise _wrong("the row is empty", place, "give one cell or more")
    if len(cells) > MOST:
        raise _wrong(f"the row has {len(cells):,} cells", place, f"give at most {MOST}")
    return tuple(_colour(cell, f"{place}, column {number}") for number, cell in enumerate(cells, 1))


def _colour(cell: object, place: str) -> int:
    if isinstance(cell, bool) or not isinstance(cell, int | np.integer) or not 0 <= cell < COLOURS:
        raise _wrong(f"{_shown(cell)} is not a colour", place, f"write a whole number from 0 to {COLOURS - 1}")
    return int(cell)


def _items(value: object) -> list[object] | tuple[object, ...] | None:
    """What is in a list, a tuple or an array, and None for what is none of them."""
    if isinstance(value, np.ndarray) and value.ndim:
        return list(value)
    return value if isinstance(value, list | tuple) else None


def _shown(value: object) -> str:
    """A value as JSON writes it, cut where it is long."""
    try:
        text = json.dumps(value.item() if isinstance(value, np.generic) else value)
    except (TypeError, ValueError, RecursionError):
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= 40 else text[:37] + "..."


def _wrong(problem: str, place: str, cure: str) -> SymshareError:
    return SymshareError(f"{problem}\n  {shown(place, 200)}\n  {cure}")
