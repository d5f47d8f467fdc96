"""Reading what is said of axes beside a signature: dependencies, groups and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Integral
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from symshare.core.groups.group import AxisGroup, dual
from symshare.errors import NotationError, plural

__all__ = [
    "as_dict",
    "check_latent_parents",
    "check_parents",
    "check_set_axes",
    "listed",
    "read_dependencies",
    "read_groups",
    "read_sizes",
]


def listed(depends: Iterable[str] | str) -> list[str]:
    """Dependencies one by one, from a list or from a text with commas."""
    if isinstance(depends, str):
        return depends.split(",")
    try:
        return [one for given in depends for one in (given.split(",") if isinstance(given, str) else [given])]
    except TypeError:
        raise NotationError(repr(depends), 0, "is not a list of dependencies", "write depends=['a->b']") from None


def read_dependencies(depends: Iterable[str] | str, letters: set[str]) -> tuple[tuple[str, str], ...]:
    """Dependencies as pairs of parent and child; NotationError where they are no forest."""
    parent_of: dict[str, str] = {}
    for text in listed(depends):
        if not isinstance(text, str):
            raise NotationError(repr(text), 0, "is not a dependency", "write a text: depends=['a->b']")
        parent, child = _read_dependency(text, letters)
        if parent_of.get(child, parent) != parent:
            cure = f"{child!r} already depends on {parent_of[child]!r}; dependencies form a forest, one parent each"
            raise NotationError(text, 0, f"gives {child!r} a second parent", cure)
        parent_of[child] = parent
        ancestor: str | None = parent
        while ancestor is not None:
            if ancestor == child:
                cure = "dependencies form a forest: leave out one of the arrows of the circle"
                raise NotationError(text, 0, "closes a circle of dependencies", cure)
            ancestor = parent_of.get(ancestor)
    return tuple(sorted((parent, child) for child, parent in parent_of.items()))


def _read_dependency(text: str, letters: set[str]) -> tuple[str, str]:
    cure = "write parent letter, arrow, child letter: 'a->b'"
    if not text:
        raise NotationError(text, 0, "is an empty dependency", cure)
    for position, character in enumerate(text):
        if character.isspace():
            raise NotationError(text, position, "has a space in it", cure)
    parent, arrow, child = text.partition("->")
    if not arrow:
        raise NotationError(text, 0, "is a dependency without an arrow", cure)
    if len(parent) != 1 or len(child) != 1:
        place = 0 if len(parent) != 1 else 3
        raise NotationError(text, min(place, len(text) - 1), "does not have one letter on each side", cure)
    if parent == child:
        raise NotationError(text, 3, f"makes {child!r} depend on itself", cure)
    for position, letter in ((0, parent), (3, child)):
        if letter in ascii_uppercase and letter == child:
            problem = f"names {letter!r}, a latent axis, as a child"
            raise NotationError(
                text, position, problem, "a latent axis may be a parent; only lower-case axes are permuted"
            )
        if letter not in ascii_lowercase + ascii_uppercase:
            raise NotationError(text, position, f"names {letter!r}, which is not an axis", cure)
        if letter not in letters:
            known = ", ".join(sorted(letters)) or "none"
            raise NotationError(text, position, f"names {letter!r}, an unknown axis", f"the signature has: {known}")
    return parent, child


def check_parents(text: str, depends: tuple[tuple[str, str], ...]) -> None:
    """Raise NotationError where a tensor has a child letter without its parent: the child's index means nothing without
    it."""
    for parent, child in depends:
        for position, piece, axes_start in _pieces(text):
            axes = piece[axes_start:]
            if child in axes and parent not in axes:
                place = position + axes_start + axes.index(child)
                cure = f"with '{parent}->{child}' a tensor with {child!r} needs {parent!r} too: '{parent}{axes}'"
                raise NotationError(text, place, f"has {child!r} without {parent!r} in the tensor {axes!r}", cure)


def check_latent_parents(depends: tuple[tuple[str, str], ...], sizes: Mapping[str, int]) -> None:
    """Raise NotationError where a latent parent has no size: its values are told apart, so they are numbered."""
    for parent, child in depends:
        if parent in ascii_uppercase and parent not in sizes:
            cure = f"say how many lists {child!r} there are: sizes={{{parent!r}: 2}}, --size {parent}=2"
            raise NotationError(f"{parent}->{child}", 0, f"names {parent!r}, a latent axis without a size", cure)


def _pieces(text: str) -> Iterable[tuple[int, str, int]]:
    """Each tensor of a text: its position, its text, and where in it the axes begin."""
    position = 0
    for side in text.split("->"):
        for piece in side.split(","):
            yield position, piece, piece.find(":") + 1
            position += len(piece) + 1
        position += 1


def as_dict(value: object, name: str, example: str) -> dict[Any, Any]:
    """A mapping from letters, or an error that shows how one is written."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise NotationError(repr(value), 0, f"is not a mapping from letters to {name}", f"write {example}")
    return dict(value)


def _is_default(name: str) -> bool:
    """Whether a name is that of the group of set axes."""
    from symshare.core.groups.families import FAMILIES  # set axes alone need no rows

    return name in FAMILIES and FAMILIES[name].sets


def read_groups(
    axes: dict[Any, Any], letters: set[str], sizes: dict[str, int]
) -> tuple[dict[str, int], tuple[tuple[str, AxisGroup], ...]]:
    """The sizes that a choice of groups fixes, and the groups that are not the symmetric group."""
    found: dict[str, AxisGroup] = {}
    duals: dict[str, str] = {}
    for letter, group in axes.items():
        shown = f"{letter}={group}"
        if letter not in letters:
            known = ", ".join(sorted(letters))
            raise NotationError(shown, 0, f"names {letter!r}, an unknown axis", f"the signature has: {known}")
        if letter in ascii_uppercase:
            raise NotationError(shown, 0, f"gives the latent axis {letter!r} a group", "write the axis in lower case")
        if isinstance(group, AxisGroup) and not group.of:
            found[letter] = group
        elif isinstance(group, AxisGroup) or (isinstance(group, str) and group.startswith("dual(")):
            duals[letter] = _dual_of(letter, group.name if isinstance(group, AxisGroup) else group, axes, letters)
        elif not isinstance(group, str):
            raise NotationError(shown, 2, "is not a group", "write its name, such as 'C(8)'")
        elif not _is_default(group):
            from symshare.core.groups.naming import read_group

            size = sizes.get(letter)
            known_size = size if isinstance(size, int) and not isinstance(size, bool) and size > 0 else None
            found[letter] = read_group(group, size=known_size, shown=shown, at=2)
    for letter, base in duals.items():
        if base not in found:
            cure = f"name the group of {base!r} as well: {base}=GL(3)"
            raise NotationError(f"{letter}=dual({base})", 7, f"is the dual of {base!r}, a set axis", cure)
        found[letter] = dual(found[base], base)
    for letter, one in found.items():
        if sizes.get(letter, one.size) != one.size:
            problem = f"has {plural(one.size, 'value')}, but the axis has the size {sizes[letter]}"
            raise NotationError(f"{letter}={one}", 2, problem, "give the size once")
    fixed = {letter: one.size for letter, one in found.items()}
    joint = {*duals, *duals.values(), *(letter for letter, one in found.items() if one.tie)}
    kept = ((letter, one) for letter, one in found.items() if not one.row.sets or letter in joint)
    return fixed, tuple(sorted(kept, key=lambda pair: pair[0]))


def _dual_of(letter: str, written: str, axes: dict[Any, Any], letters: set[str]) -> str:
    """The letter that an axis is declared dual to."""
    shown, inside = f"{letter}={written}", written[5:-1]
    if len(inside) != 1 or not written.endswith(")"):
        raise NotationError(shown, 2, "does not name one axis", f"write the letter in brackets: {letter}=dual(a)")
    if inside not in letters or inside == letter:
        raise NotationError(shown, 7, f"is the dual of {inside!r}, which is no other axis", "name another axis")
    other = axes.get(inside)
    if (other.of if isinstance(other, AxisGroup) else str(other).startswith("dual(")) if other is not None else False:
        raise NotationError(shown, 7, f"is the dual of {inside!r}, itself a dual", "name the axis that both belong to")
    return inside


def check_set_axes(depends: tuple[tuple[str, str], ...], groups: tuple[tuple[str, AxisGroup], ...]) -> None:
    """Raise NotationError where a dependency names an axis of another group than the symmetric one."""
    named = dict(groups)
    for parent, child in depends:
        for letter in (parent, child):
            if letter in named:
                cure = f"leave {letter} a set axis, or leave out the dependency"
                text = f"{parent}->{child}"
                raise NotationError(
                    text, text.index(letter), f"has the axis {letter!r} with group {named[letter]}", cure
                )


def read_sizes(sizes: Mapping[str, Any], letters: set[str]) -> tuple[tuple[str, int], ...]:
    """Lengths by letter, whole numbers from 1 up."""
    for letter, size in sizes.items():
        shown = f"{letter}={size!r}"
        value_at = len(f"{letter}=")
        if letter not in letters:
            known = ", ".join(sorted(letters))
            raise NotationError(shown, 0, f"gives a size to {letter!r}, an unknown axis", f"the signature has: {known}")
        if isinstance(size, bool) or not isinstance(size, Integral):
            raise NotationError(shown, value_at, "is not a size", "a size is a whole number, 1 or more")
        if size <= 0:
            problem = "has the size zero" if size == 0 else "has a negative size"
            raise NotationError(shown, value_at, problem, "a size is a whole number, 1 or more")
    return tuple(sorted((letter, int(size)) for letter, size in sizes.items()))
