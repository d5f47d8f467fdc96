"""Files of generators: permutations, matrices and Lie algebra elements that a person writes in TOML or JSON."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from symshare.core.algebra.matrices import Matrix, from_entries, identity
from symshare.core.groups.group import AxisGroup
from symshare.core.groups.written import EXAMPLE, is_scale, read_generator
from symshare.errors import NotationError, SymshareError, plural, shown

__all__ = ["generators_from", "generators_of", "is_short", "read_generators"]

_LONGEST = 10_000_000
"""Bytes of a file of generators; one of 6.8 million, a matrix of 1,500 rows, takes 3 s."""

MOST_PLACES = 1_000_000
"""Places of matrices that are written out among plain values; chosen, not measured."""

_LONGEST_AXIS = 100_000
"""Values of an axis in a file of generators, as many as a named group may have."""

_KEYS = ("lie", "name")
_AXIS = re.compile("[a-z][A-Za-z0-9_]*")
_NAMED = "an axis is one letter a-z, or a word that begins with one"
_NESTED = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){8}""")
"""A key of TOML with so many parts that reading it takes memory in the square of their number."""


def read_generators(path: str | Path, *, sizes: Mapping[str, int] | None = None) -> dict[str, AxisGroup]:
    """The groups of axes from a file of generators, to be given as `axes=`.

    Each `[[generator]]` (in JSON: each object of the list `generator`) moves the axes it names, all at once, and leaves the
    others alone. An axis is moved by

    - a permutation: cycles `"(0 1)(2 3)"`, or in one line `[1, 0, 3, 2]`, the image of each value; values count from 0, or
      from 1 with `first = 1` at the top, where one-line entries may be negative: signed permutations;
    - a matrix: a list of rows of integers, `"1/2"`, `"sqrt(3)/2"`, `"cos(2*pi/5)"`; it acts on column vectors;
    - `{ scale = [1, 1, 2] }`: multiplication by alpha^weight for every alpha.

    `lie = true` makes the matrices of a generator elements of the Lie algebra. A table `[sizes]` gives lengths that the
    generators do not show; `sizes` does the same for the axes of the file, and may name others. Text is read, never
    evaluated.

    Raises NotationError for a generator that cannot be read, SymshareError for a file that is not TOML or JSON.
    """
    file = Path(path)
    try:
        with file.open("rb") as stream:  # a device may have no end
            data = stream.read(_LONGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        why = error.strerror if isinstance(error, OSError) else error
        raise SymshareError(f"cannot read {shown(file)}: {why}\n  name a TOML or JSON file of generators") from error
    if len(data) > _LONGEST:
        raise SymshareError(f"{shown(file)} has more than {_LONGEST:,} bytes\n  write shorter generators")
    try:
        text = data.decode("utf-8")
        if file.suffix.lower() != ".json" and _NESTED.search(text):
            raise ValueError("it has a key of over 8 parts")
        content = json.loads(text) if file.suffix.lower() == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise SymshareError(f"{shown(file)} cannot be read: {shown(error)}\n  {EXAMPLE}") from error
    return generators_from(content, name=file.name, sizes=sizes)


def generators_from(
    content: object, *, name: str = "generators", sizes: Mapping[str, int] | None = None
) -> dict[str, AxisGroup]:
    """The same from the content of such a file, as plain values.

    >>> found = generators_from({"generator": [{"t": "(0 1 2 3)"}, {"t": [3, 2, 1, 0]}], "sizes": {"t": 4}})
    >>> found["t"].size, [str(one) for one in found["t"].elements]
    (4, ['(0 1 2 3)', '(0 3)(1 2)'])
    """
    name = re.sub(r"[^\w .,()+-]", "_", shown(name, 300))[-100:]
    if not isinstance(content, Mapping):
        raise NotationError(repr(content)[:80], 0, "is not a table of generators", EXAMPLE)
    unknown = [key for key in content if key not in ("generator", "sizes", "first", "name")]
    if unknown:
        raise NotationError(
            str(unknown[0]), 0, "is not a key of a file of generators", "the keys are generator, sizes, first"
        )
    listed = content.get("generator")
    if not isinstance(listed, list) or not listed or not all(isinstance(one, Mapping) for one in listed):
        raise NotationError(name, 0, "has no generators", EXAMPLE)
    first = content.get("first", 0)
    if type(first) is not int or first not in (0, 1):
        raise NotationError(f"first = {first}", 8, "is neither 0 nor 1", "say from where permutations count: first = 1")
    if sizes is not None and not isinstance(sizes, Mapping):
        raise NotationError(f"sizes={sizes!r}", 6, "is not a mapping from axes to sizes", "write sizes={'t': 4}")
    own_sizes = _given(content.get("sizes", {}))
    named = {*own_sizes, *(letter for one in listed for letter in one)}
    more = _given({letter: size for letter, size in (sizes or {}).items() if letter in named})
    lengths = _lengths(listed, {**own_sizes, **more}, first)
    moves: list[tuple[bool, dict[str, Matrix]]] = []
    for number, one in enumerate(listed, 1):
        lie = one.get("lie", False)
        if not isinstance(lie, bool):
            raise NotationError(f"lie = {lie!r}", 6, "is neither true nor false", "write lie = true")
        own: dict[str, Matrix] = {}
        scaled = False
        for letter, value in one.items():
            if letter in _KEYS:
                continue
            written = f"{letter} = {_shown(value)}"
            matrix, scale = read_generator(value, lengths[letter], first, lie, written, number)
            own[letter], scaled = matrix, scaled or scale
        if not own:
            raise NotationError(f"generator {number}", 0, "moves no axis", EXAMPLE)
        if scaled and not lie and not all(is_scale(one.get(letter)) for letter in own):
            raise NotationError(f"generator {number}", 0, "has a scaling beside something else", "write two generators")
        moves.append((lie or scaled, own))
    return _groups(moves, lengths, name)


def generators_of(groups: Mapping[str, AxisGroup]) -> dict[str, Any]:
    """The content of a file that gives these groups back; the inverse of `generators_from`.

    >>> content = {"sizes": {"t": 3}, "generator": [{"t": [1, 2, 0]}]}
    >>> generators_of(generators_from(content)) == content
    True
    """
    listed: list[dict[str, Any]] = []
    ties = {letter: group.tie or f"axis {letter}" for letter, group in groups.items()}
    for tie in dict.fromkeys(ties.values()):
        own = {letter: group for letter, group in groups.items() if ties[letter] == tie}
        for lie in (False, True):
            lists = [one.algebra if lie else one.elements for one in own.values()]
            for together in zip(*lists, strict=True):
                # also what stays where it is: a generator's axes are tied by it
                moved = {letter: _plain(matrix, lie) for letter, matrix in zip(own, together, strict=True)}
                listed.append(({"lie": True} if lie else {}) | moved)
    if not listed and groups:
        letter, group = next(iter(groups.items()))
        listed.append({letter: _plain(identity(group.size), False)})
    return {"sizes": {letter: group.size for letter, group in groups.items()}, "generator": listed}


def is_short(groups: Mapping[str, AxisGroup]) -> bool:
    """Whether groups are written out among plain values: lists of places, or matrices of not too many.

    >>> is_short(generators_from({"sizes": {"t": 2}, "generator": [{"t": [[0, -1], [1, 0]]}]}))
    True
    """
    places = sum(one.size**2 for group in groups.values() for one in (*group.elements, *group.algebra))
    return places <= MOST_PLACES or all(group.permutes for group in groups.values())


def _plain(matrix: Matrix, lie: bool) -> list[Any]:
    moved = matrix.monomial()
    if not lie and moved is not None and set(moved[1]) == {1}:
        return list(moved[0])
    rows: list[list[Any]] = [[0] * matrix.size for _ in range(matrix.size)]
    for number, row in enumerate(matrix.rows):
        for column, entry in row:
            rows[number][column] = entry if isinstance(entry, int | float) else str(entry)
    return rows


def _given(sizes: object) -> dict[str, int]:
    if not isinstance(sizes, Mapping):
        raise NotationError(f"sizes = {sizes!r}", 8, "is not a table", "write [sizes] and below it t = 4")
    for letter, size in sizes.items():
        if not isinstance(letter, str) or not _AXIS.fullmatch(letter):
            raise NotationError(f"{letter} = {size!r}", 0, "names no axis", _NAMED)
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            cure = "a size is a whole number, 1 or more"
            raise NotationError(f"{letter} = {size!r}", len(letter) + 3, "is not a size", cure)
    return dict(sizes)


def _lengths(listed: Sequence[Mapping[str, Any]], given: Mapping[str, int], first: int) -> dict[str, int]:
    """The length of every axis, from the sizes given and from the generators, which must agree."""
    found = _lengths_of_lists(listed)
    for letter, size in given.items():
        if found.setdefault(letter, size) != size:
            problem = f"disagrees with the generators, which have {plural(found[letter], 'value')}"
            raise NotationError(
                f"{letter} = {size}", len(letter) + 3, problem, "leave the size out, or mend the generators"
            )
    for letter in dict.fromkeys(letter for one in listed for letter in one):
        if letter not in _KEYS and letter not in found:
            found[letter] = _largest_value(listed, letter) + 1 - first
    wrong = next((letter for letter, size in found.items() if not 1 <= size <= _LONGEST_AXIS), None)
    if wrong is not None:
        cure = f"sizes go from 1 to {_LONGEST_AXIS:,}"
        raise NotationError(f"{wrong} = {found[wrong]}", len(wrong) + 3, "is no size for an axis", cure)
    return found


def _lengths_of_lists(listed: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The length of every axis that some generator moves by a list: images, rows or weights."""
    found: dict[str, int] = {}
    for number, one in enumerate(listed, 1):
        for letter, value in one.items():
            if letter in _KEYS:
                continue
            if not isinstance(letter, str) or not _AXIS.fullmatch(letter):
                cure = f"{_NAMED}; lie = true and name = '..' may stand beside it"
                raise NotationError(f"{letter} = {_shown(value)}", 0, f"in generator {number} names no axis", cure)
            value = value.tolist() if hasattr(value, "tolist") else value
            size = len(value) if isinstance(value, list) else None
            if is_scale(value) and isinstance(value["scale"], list):
                size = len(value["scale"])
            if size is not None and found.setdefault(letter, size) != size:
                problem = (
                    f"in generator {number} has {plural(size, 'value')}, but another generator has {found[letter]}"
                )
                raise NotationError(
                    f"{letter} = {_shown(value)}", len(letter) + 3, problem, "give all generators of an axis one size"
                )
    return found


def _largest_value(listed: Sequence[Mapping[str, Any]], letter: str) -> int:
    """The largest value of an axis that some cycle names."""
    cycles = [one[letter] for one in listed if isinstance(one.get(letter), str)]
    return max((int(digits) for text in cycles for digits in re.findall(r"\d{1,9}", text)), default=0)


def _groups(
    moves: Sequence[tuple[bool, Mapping[str, Matrix]]], lengths: Mapping[str, int], name: str
) -> dict[str, AxisGroup]:
    """Axes that some generator moves together, directly or in turn, share a tie and aligned lists of generators."""
    tied = {letter: letter for letter in lengths}
    for _, own in moves:
        together = {tied[letter] for letter in own}
        for letter in lengths:
            if tied[letter] in together:
                tied[letter] = min(together)
    found = {}
    for letter, size in lengths.items():
        mates = {other for other in lengths if tied[other] == tied[letter]}
        shared = [(lie, move) for lie, move in moves if mates & set(move)]
        nothing = from_entries(size, {})
        elements = tuple(move.get(letter, identity(size)) for lie, move in shared if not lie)
        algebra = tuple(move.get(letter, nothing) for lie, move in shared if lie)
        found[letter] = AxisGroup(name, size, elements, algebra, tie=f"{name} {tied[letter]}")
    return found


def _shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
