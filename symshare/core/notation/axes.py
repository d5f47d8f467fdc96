"""Reading what is said of axes beside a signature: dependencies, groups and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from symshare.core.groups.group import AxisGroup, dual
from symshare.core.groups.monomial import Monomial
from symshare.core.notation.names import has_words, is_latent, named_few, place_of
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.errors import NotationError, plural

__all__ = [
    "Moved",
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


def read_dependencies(depends: Iterable[str] | str, axes: set[str]) -> tuple[tuple[str, str], ...]:
    """Dependencies as pairs of parent and child; NotationError where they are no forest."""
    parent_of: dict[str, str] = {}
    words = has_words([axes])
    for text in listed(depends):
        if not isinstance(text, str):
            raise NotationError(repr(text), 0, "is not a dependency", "write a text: depends=['a->b']")
        parent, child = _read_dependency(text, axes, words)
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


def _read_dependency(text: str, axes: set[str], words: bool) -> tuple[str, str]:
    kind, example = ("axis", "'heads->keys'") if words else ("letter", "'a->b'")
    cure = f"write parent {kind}, arrow, child {kind}: {example}"
    if not text:
        raise NotationError(text, 0, "is an empty dependency", cure)
    for position, character in enumerate(text):
        if character.isspace():
            raise NotationError(text, position, "has a space in it", cure)
    parent, arrow, child = text.partition("->")
    if not arrow:
        quoted = f"write it in quotes, as a shell takes a bare > for itself: {example}"
        raise NotationError(text, 0, "is a dependency without an arrow", quoted if text.endswith("-") else cure)
    for position, axis in ((0, parent), (len(parent) + 2, child)):
        if not axis or (len(axis) > 1 and not words):
            raise NotationError(text, min(position, len(text) - 1), f"does not have one {kind} on each side", cure)
    if parent == child:
        raise NotationError(text, len(parent) + 2, f"makes {child!r} depend on itself", cure)
    for position, axis in ((0, parent), (len(parent) + 2, child)):
        if not (axis.isascii() and axis.isidentifier()) or axis[0] == "_":
            raise NotationError(text, position, f"names {axis!r}, which is not an axis", cure)
        if is_latent(axis) and axis == child:
            problem = f"names {axis!r}, a latent axis, as a child"
            cure = "a latent axis may be a parent; only axes that begin with a small letter are permuted"
            raise NotationError(text, position, problem, cure)
        if axis not in axes:
            known = named_few(axes)
            raise NotationError(text, position, f"names {axis!r}, an unknown axis", f"the signature has: {known}")
    return parent, child


def check_parents(text: str | Signature, tensors: Iterable[Tensor], depends: tuple[tuple[str, str], ...]) -> None:
    """Raise NotationError where a tensor has a child axis without its parent: the child's index means nothing without
    it."""
    parent_of = {child: parent for parent, child in depends}
    for number, tensor in enumerate(tensors if parent_of else ()):
        held = set(tensor.axes)
        for place, (child, axis) in enumerate(zip(tensor.written_axes, tensor.axes, strict=True)):
            parent = parent_of.get(axis)
            if parent is not None and parent not in held:
                more = Tensor((parent, *tensor.written_axes))
                cure = f"with '{parent}->{child}' a tensor with {child!r} needs {parent!r} too: '{more}'"
                problem = f"has {child!r} without {parent!r} in the tensor '{Tensor(tensor.written_axes)}'"
                raise NotationError(str(text), place_of(str(text), number, place), problem, cure)


def check_latent_parents(depends: tuple[tuple[str, str], ...], sizes: Mapping[str, int]) -> None:
    """Raise NotationError where a latent parent has no size: its values are told apart, so they are numbered."""
    for parent, child in depends:
        if is_latent(parent) and parent not in sizes:
            cure = f"say how many lists {child!r} there are: sizes={{{parent!r}: 2}}, --size {parent}=2"
            raise NotationError(f"{parent}->{child}", 0, f"names {parent!r}, a latent axis without a size", cure)


def as_dict(value: object, name: str, example: str) -> dict[Any, Any]:
    """A mapping from axes, or an error that shows how one is written."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise NotationError(repr(value), 0, f"is not a mapping from axes to {name}", f"write {example}")
    return dict(value)


@dataclass(frozen=True, slots=True)
class Moved:
    """What acts on the axes of a signature besides the symmetric group: the lengths that it fixes, groups of fixed length,
    factors of values at any length, and the axes that the duals of these are."""

    sizes: dict[str, int]
    groups: tuple[tuple[str, AxisGroup], ...]
    monomial: tuple[tuple[str, Monomial], ...]
    duals: dict[str, str]


def read_groups(named: dict[Any, Any], axes: set[str], sizes: dict[str, int]) -> Moved:
    """The groups of axes by name, those that are not the symmetric group, and what they fix."""
    found: dict[str, AxisGroup] = {}
    monomial: dict[str, Monomial] = {}
    duals: dict[str, str] = {}
    for axis, group in named.items():
        shown, at = f"{axis}={group}", len(f"{axis}=")
        if axis not in axes:
            known = named_few(axes)
            raise NotationError(shown, 0, f"names {axis!r}, an unknown axis", f"the signature has: {known}")
        if is_latent(axis):
            cure = "begin its name with a small letter"
            raise NotationError(shown, 0, f"gives the latent axis {axis!r} a group", cure)
        if isinstance(group, AxisGroup) and not group.of:
            found[axis] = group
        elif isinstance(group, AxisGroup) or (isinstance(group, str) and group.startswith("dual(")):
            duals[axis] = _dual_of(axis, group.name if isinstance(group, AxisGroup) else group, named, axes)
        elif not isinstance(group, str):
            raise NotationError(shown, at, "is not a group", "write its name, such as 'C(8)'")
        else:
            known_size = _known_size(axis, named, sizes)
            one = _read_group(group, known_size, shown, at)
            if isinstance(one, AxisGroup):
                found[axis] = one
            elif one is not None:
                monomial[axis] = one
    found |= _dual_groups(duals, found, monomial)
    for axis, one in found.items():
        if sizes.get(axis, one.size) != one.size:
            problem = f"has {plural(one.size, 'value')}, but the axis has the size {sizes[axis]}"
            raise NotationError(f"{axis}={one}", len(axis) + 1, problem, "give the size once")
    joint = {*duals, *duals.values(), *(axis for axis, one in found.items() if one.tie)}
    kept = ((axis, one) for axis, one in found.items() if not one.row.sets or axis in joint)
    return Moved(
        {axis: one.size for axis, one in found.items()},
        tuple(sorted(kept, key=lambda pair: pair[0])),
        tuple(sorted(monomial.items())),
        {axis: base for axis, base in duals.items() if base in monomial},
    )


def _known_size(axis: str, named: Mapping[str, Any], sizes: Mapping[str, Any]) -> int | None:
    """The size that an axis has, or its dual; None where there is none, or no whole number that may be one."""
    for one in (axis, *(other for other, group in named.items() if str(group) == f"dual({axis})")):
        size: object = sizes.get(one)
        if not isinstance(size, bool) and isinstance(size, Integral) and int(size) > 0:
            return int(size)
    return None


def _read_group(name: str, size: int | None, shown: str, at: int) -> AxisGroup | Monomial | None:
    """The group that a name means: None for the one of set axes, and factors of the values of an axis of any length."""
    from symshare.core.groups.families import FAMILIES  # set axes alone need no rows
    from symshare.core.groups.naming import read_group

    row = FAMILIES.get(name)
    if row is not None and row.sets:
        return None
    if row is not None and row.any_length and size is None:
        return Monomial(row.name, row.modulus)
    return read_group(name, size=size, shown=shown, at=at)


def _dual_groups(
    duals: Mapping[str, str], found: Mapping[str, AxisGroup], monomial: Mapping[str, Monomial]
) -> dict[str, AxisGroup]:
    """The groups of duals of axes of fixed length."""
    for axis, base in duals.items():
        if base not in found and base not in monomial:
            cure = f"name the group of {base!r} as well: {base}=GL(3)"
            raise NotationError(f"{axis}=dual({base})", len(axis) + 6, f"is the dual of {base!r}, a set axis", cure)
    return {axis: dual(found[base], base) for axis, base in duals.items() if base in found}


def _dual_of(axis: str, written: str, named: dict[Any, Any], axes: set[str]) -> str:
    """The axis that an axis is declared dual to."""
    shown, inside, at = f"{axis}={written}", written[5:-1], len(axis) + 1
    one_name = inside.isascii() and inside.isidentifier() and (len(inside) == 1 or has_words([axes]))
    if not one_name or not written.endswith(")"):
        raise NotationError(shown, at, "does not name one axis", f"write the axis in brackets: {axis}=dual(a)")
    if inside not in axes or inside == axis:
        raise NotationError(shown, at + 5, f"is the dual of {inside!r}, which is no other axis", "name another axis")
    other = named.get(inside)
    if (other.of if isinstance(other, AxisGroup) else str(other).startswith("dual(")) if other is not None else False:
        cure = "name the axis that both belong to"
        raise NotationError(shown, at + 5, f"is the dual of {inside!r}, itself a dual", cure)
    return inside


def check_set_axes(depends: tuple[tuple[str, str], ...], groups: tuple[tuple[str, AxisGroup], ...]) -> None:
    """Raise NotationError where a dependency names an axis of another group than the symmetric one."""
    named = dict(groups)
    for parent, child in depends:
        for axis, at in ((parent, 0), (child, len(parent) + 2)):
            if axis in named:
                free = f"give {axis} no size" if named[axis].row.any_length else f"leave {axis} a set axis"
                cure = f"{free}, or leave out the dependency"
                problem = f"has the axis {axis!r} with group {named[axis]}"
                raise NotationError(f"{parent}->{child}", at, problem, cure)


def read_sizes(sizes: Mapping[str, Any], axes: set[str]) -> tuple[tuple[str, int], ...]:
    """Lengths by axis, whole numbers from 1 up."""
    for axis, size in sizes.items():
        shown = f"{axis}={size!r}"
        value_at = len(f"{axis}=")
        if axis not in axes:
            known = named_few(axes)
            raise NotationError(shown, 0, f"gives a size to {axis!r}, an unknown axis", f"the signature has: {known}")
        if isinstance(size, bool) or not isinstance(size, Integral):
            raise NotationError(shown, value_at, "is not a size", "a size is a whole number, 1 or more")
        if size <= 0:
            problem = "has the size zero" if size == 0 else "has a negative size"
            raise NotationError(shown, value_at, problem, "a size is a whole number, 1 or more")
    return tuple(sorted((axis, int(size)) for axis, size in sizes.items()))
