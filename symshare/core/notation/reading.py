"""Reading what a person writes: text to Signature, with an error of its own for each common mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from keyword import iskeyword
from numbers import Integral
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import Any

from symshare.core.groups.group import AxisGroup, dual
from symshare.core.groups.naming import read_group
from symshare.core.notation.signature import Signature, Tensor
from symshare.errors import NotationError, plural

__all__ = ["check_order", "signature"]

_EXAMPLE = "for example 'abH', 'abH->aH' or 'W:ab,v:b->W:ab'"
_LONGEST = 400

_STRAY = {
    "(": ("has a bracket in it", "write letters only; groups and sizes are given beside the signature: sizes={'a': 3}"),
    ".": ("has a dot in it", "leave the batch dimensions out: they are always allowed and never written"),
    ";": ("has a semicolon in it", "separate tensors with commas: 'ab,b->ab'"),
    "*": ("has a '*' in it", "separate tensors with commas ('ab,b->ab'); powers come from the order"),
    "<": ("has an arrow that points left", "write inputs first: 'inputs->outputs'"),
    "_": ("has an underscore in an axis", "an axis is one letter; underscores belong in names only: 'my_w:ab'"),
    "'": ("has a quotation mark in it", "write the letters without quotation marks"),
}
_STRAY |= dict.fromkeys(")[]{}", _STRAY["("]) | {'"': _STRAY["'"]}


def signature(
    text: str | Signature,
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Signature:
    """Read a symmetry.

    `text` has one letter per axis, commas between tensors and one arrow from inputs to outputs; without an arrow the
    outputs are the inputs. Lower-case axes are permuted, upper-case axes are latent. Tensors may be named (`W:ab`). An empty
    place is a scalar: `a,->a` takes a vector and a number, `a,s:->a` gives the number a name.
    `depends` lists dependencies such as `"a->b"`; `axes` names the group of an axis (`"S"` or `"S(5)"`, the symmetric
    group, is the default; `"C(8)"`, `"O(3)"`, .., see `symshare.core.groups.families`; `"dual(a)"` for the dual of axis a)
    or gives it as an AxisGroup; `sizes` fixes lengths. A Signature is taken as it is, with these added.

    Raises NotationError with the text, the place and the cure.

    >>> signature("W:ba,b:b->W:ba", sizes={"a": 3}).letters
    'ba'
    >>> print(signature("ab", depends=["a->b"]).depends)
    (('a', 'b'),)
    >>> [tensor.axes for tensor in signature("a,->a").inputs]
    ['a', '']
    """
    lengths = _as_dict(sizes, "sizes", "sizes={'a': 3}")
    named: dict[Any, Any] = _as_dict(axes, "axes", "axes={'a': 'S'}")
    if isinstance(text, Signature):
        inputs, outputs, arrow = text.inputs, text.outputs, text.arrow
        depends = [*text.dependencies, *_listed(depends)]
        lengths, named = dict(text.sizes) | lengths, {**dict(text.groups), **named}
    elif isinstance(text, str):
        inputs, outputs, arrow = _read_sides(text)
    else:
        raise NotationError(repr(text), 0, "is not a text", f"write the axes as letters, {_EXAMPLE}")
    letters = {letter for tensor in (*inputs, *outputs) for letter in tensor.axes}
    dependencies = _read_dependencies(depends, letters)
    _check_parents(str(text), dependencies)
    fixed, groups = _read_groups(named, letters, lengths)
    _check_set_axes(dependencies, groups)
    return Signature(inputs, outputs, dependencies, _read_sizes(lengths | fixed, letters), groups, arrow)


def check_order(order: object) -> int:
    """The order as an int, or a NotationError that says what an order is.

    >>> check_order(2)
    2
    """
    if isinstance(order, bool) or not isinstance(order, Integral):
        raise NotationError(repr(order), 0, "is not an order", "an order is a whole number: 0, 1, 2, ..")
    if int(order) < 0:
        raise NotationError(
            str(order), 0, "is a negative order", "an order is the number of input factors: 0, 1, 2, .."
        )
    return int(order)


def _read_sides(text: str) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...], bool]:
    if not text:
        raise NotationError(text, 0, "is empty", f"write the axes as letters, {_EXAMPLE}")
    if len(text) > _LONGEST:
        raise NotationError(text, _LONGEST, f"is longer than {_LONGEST} characters", "write one letter per axis")
    _check_characters(text)
    arrow = text.find("->")
    if arrow < 0:
        tensors = _read_tensors(text, 0, text)
        return tensors, tensors, False
    second = text.find("->", arrow + 2)
    if second >= 0:
        cure = "one arrow goes from inputs to outputs; a dependency is given beside it: depends=['a->b']"
        raise NotationError(text, second, "has two arrows", cure)
    if text == "->":
        cure = f"write the axes as letters, {_EXAMPLE}; give a scalar alone a name: 's:->s:'"
        raise NotationError(text, 0, "has no axes on either side", cure)
    inputs = _read_tensors(text[:arrow], 0, text)
    outputs = _read_tensors(text[arrow + 2 :], arrow + 2, text)
    return inputs, outputs, True


def _check_characters(text: str) -> None:
    for position, character in enumerate(text):
        if character.isspace():
            kind = {" ": "a space", "\t": "a tab", "\n": "a line break"}.get(character, "white space")
            near = text[max(0, position - 1) : position + 2]
            cure = "write the axes of one tensor together ('abH'); separate tensors with commas ('a,bH')"
            if any(mark in near for mark in ",->:"):
                cure = "remove it: 'ab,b->ab' is written without spaces"
            raise NotationError(text, position, f"has {kind} in it", cure)
        if character in "→⟶⇒↦":
            raise NotationError(text, position, f"has the arrow {character!r}", "write the arrow as '->'")
        if not character.isascii() or not character.isprintable():
            cure = "an axis is one of the letters a-z (permuted) or A-Z (latent)"
            raise NotationError(text, position, f"has the character {character!r}", cure)
        if text.startswith("=>", position):
            raise NotationError(text, position, "has the arrow '=>'", "write the arrow as '->'")
        if character == "-" and not text.startswith("->", position):
            raise NotationError(text, position, "has a '-' without its '>'", "write the arrow as '->'")
        if character == ">" and (position == 0 or text[position - 1] != "-"):
            raise NotationError(text, position, "has a '>' without its '-'", "write the arrow as '->'")
        if character not in ascii_letters + digits + "_,:->":
            default = (
                f"has the character {character!r}",
                "use letters for axes, ',' between tensors, '->' for the arrow",
            )
            raise NotationError(text, position, *_STRAY.get(character, default))


def _read_tensors(side: str, offset: int, text: str) -> tuple[Tensor, ...]:
    tensors: list[Tensor] = []
    names: set[str] = set()
    for piece in side.split(","):
        tensor = _read_tensor(piece, offset, text)
        if tensor.name in names:
            cure = f"give each tensor of one side a name of its own: '{tensor.name}2:{tensor.axes}'"
            raise NotationError(text, offset, f"uses the name {tensor.name!r} twice", cure)
        if tensor.name is not None:
            names.add(tensor.name)
        tensors.append(tensor)
        offset += len(piece) + 1
    return tuple(tensors)


def _read_tensor(piece: str, offset: int, text: str) -> Tensor:
    name, colon, axes = piece.rpartition(":")
    start = offset + len(name) + len(colon)
    if ":" in name:
        raise NotationError(text, offset + name.index(":"), "has two colons in one tensor", "write 'name:axes'")
    if colon:
        _check_name(name, axes, offset, text)
    for position, letter in enumerate(axes, start):
        if letter in digits:
            cure = "an axis is one letter; its size is given beside the signature: sizes={'a': 3}"
            raise NotationError(text, position, "has a digit in it", cure)
        if letter not in ascii_letters:
            raise NotationError(text, position, *_STRAY["_"])
        if letter.isupper() and letter in text[start:position]:
            cure = "give each latent axis of a tensor a letter of its own: 'aHK'"
            raise NotationError(text, position, f"repeats the latent axis {letter!r}", cure)
    return Tensor(axes, name if colon else None)


def _check_name(name: str, axes: str, offset: int, text: str) -> None:
    if not name:
        raise NotationError(text, offset, "has a colon without a name", f"write 'name:{axes}' or just '{axes}'")
    if name[0] in digits:
        cure = f"begin a name with a letter: 'x{name}:{axes}'"
        raise NotationError(text, offset, f"has the name {name!r}, which begins with a digit", cure)
    if not name.isidentifier():
        raise NotationError(text, offset, f"has the name {name!r}", "a name is letters, digits and underscores")
    if iskeyword(name):
        cure = f"names become arguments of a function; write '{name}_:{axes}'"
        raise NotationError(text, offset, f"has the name {name!r}, a word of Python", cure)
    if name.startswith("_"):
        raise NotationError(text, offset, f"has the name {name!r}", "begin a name with a letter")


def _listed(depends: Iterable[str] | str) -> list[str]:
    if isinstance(depends, str):
        return depends.split(",")
    try:
        return [one for given in depends for one in (given.split(",") if isinstance(given, str) else [given])]
    except TypeError:
        raise NotationError(repr(depends), 0, "is not a list of dependencies", "write depends=['a->b']") from None


def _read_dependencies(depends: Iterable[str] | str, letters: set[str]) -> tuple[tuple[str, str], ...]:
    parent_of: dict[str, str] = {}
    for text in _listed(depends):
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
        if letter in ascii_uppercase:
            raise NotationError(text, position, f"names {letter!r}, a latent axis", "only lower-case axes are permuted")
        if letter not in ascii_lowercase:
            raise NotationError(text, position, f"names {letter!r}, which is not an axis", cure)
        if letter not in letters:
            known = ", ".join(sorted(filter(str.islower, letters))) or "none"
            raise NotationError(text, position, f"names {letter!r}, an unknown axis", f"the signature has: {known}")
    return parent, child


def _check_parents(text: str, depends: tuple[tuple[str, str], ...]) -> None:
    """Every tensor that has a child letter must have its parent: the child's index means nothing without it."""
    for parent, child in depends:
        for position, piece, axes_start in _pieces(text):
            axes = piece[axes_start:]
            if child in axes and parent not in axes:
                place = position + axes_start + axes.index(child)
                cure = f"with '{parent}->{child}' a tensor with {child!r} needs {parent!r} too: '{parent}{axes}'"
                raise NotationError(text, place, f"has {child!r} without {parent!r} in the tensor {axes!r}", cure)


def _pieces(text: str) -> Iterable[tuple[int, str, int]]:
    """Each tensor of a text: its position, its text, and where in it the axes begin."""
    position = 0
    for side in text.split("->"):
        for piece in side.split(","):
            yield position, piece, piece.find(":") + 1
            position += len(piece) + 1
        position += 1


def _as_dict(value: object, name: str, example: str) -> dict[Any, Any]:
    """A mapping from letters, or an error that shows how one is written."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise NotationError(repr(value), 0, f"is not a mapping from letters to {name}", f"write {example}")
    return dict(value)


def _read_groups(
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
        elif group != "S":
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
    kept = ((letter, one) for letter, one in found.items() if one.family != "S" or letter in joint)
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


def _check_set_axes(depends: tuple[tuple[str, str], ...], groups: tuple[tuple[str, AxisGroup], ...]) -> None:
    """Only set axes may depend on each other."""
    named = dict(groups)
    for parent, child in depends:
        for letter in (parent, child):
            if letter in named:
                cure = f"leave {letter} a set axis, or leave out the dependency"
                text = f"{parent}->{child}"
                raise NotationError(
                    text, text.index(letter), f"has the axis {letter!r} with group {named[letter]}", cure
                )


def _read_sizes(sizes: Mapping[str, Any], letters: set[str]) -> tuple[tuple[str, int], ...]:
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
