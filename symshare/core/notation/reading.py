"""Reading a signature from text, with a separate error for each common mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from keyword import iskeyword
from string import ascii_letters, digits
from typing import Any

from symshare.core.groups.group import AxisGroup
from symshare.core.notation.agreement import check_groups_agree, check_sizes_agree
from symshare.core.notation.axes import (
    as_dict,
    check_latent_parents,
    check_parents,
    check_set_axes,
    listed,
    read_dependencies,
    read_groups,
    read_sizes,
)
from symshare.core.notation.signature import Signature, Tensor
from symshare.errors import NotationError

__all__ = ["Groups", "signature"]

Groups = Mapping[str, str | AxisGroup]
"""What `axes=` takes: the group of an axis by its letter, by name or as it is."""

_EXAMPLE = "for example 'abH', 'abH->aH' or 'W:ab,v:b->W:ab'"
_LONGEST = 400
"""Characters of a written signature; 400 take under 0.1 s."""

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
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Signature:
    """Read a symmetry.

    `text` has one letter per axis, commas between tensors and one arrow from inputs to outputs; without an arrow the
    outputs are the inputs. Lower-case axes are permuted, upper-case axes are latent. Tensors may be named (`W:ab`). An empty
    place is a scalar: `a,->a` takes a vector and a number, `a,s:->a` gives the number a name.
    `depends` lists dependencies such as `"a->b"` (the parent may be a latent axis with a size); `axes` names the group of an
    axis (`"S"` or `"S(5)"`, the symmetric group, is the default; `"C(8)"`, `"O(3)"`, .., see `symshare.core.groups.families`;
    `"dual(a)"` for the dual of axis a) or gives it as an AxisGroup; `sizes` fixes lengths. A Signature is taken as it is,
    with these added. Every function that takes a symmetry takes it so, as a text or a Signature, with the same options beside
    it.

    Raises NotationError with the text, the place and the cure, also for options that a Signature contradicts.

    >>> signature("W:ba,b:b->W:ba", sizes={"a": 3}).letters
    'ba'
    >>> print(signature("ab", depends=["a->b"]).depends)
    (('a', 'b'),)
    >>> [tensor.axes for tensor in signature("a,->a").inputs]
    ['a', '']
    >>> signature(signature("ab", sizes={"a": 3}), sizes={"b": 4}).sizes
    (('a', 3), ('b', 4))
    """
    lengths = as_dict(sizes, "sizes", "sizes={'a': 3}")
    named: dict[Any, Any] = as_dict(axes, "axes", "axes={'a': 'S'}")
    if isinstance(text, Signature):
        inputs, outputs, arrow = text.inputs, text.outputs, text.arrow
        depends = [*text.dependencies, *listed(depends)]
        check_sizes_agree(text, lengths)
        lengths, named = dict(text.sizes) | lengths, {**dict(text.groups), **named}
    elif isinstance(text, str):
        inputs, outputs, arrow = _read_sides(text)
    else:
        raise NotationError(repr(text), 0, "is not a text", f"write the axes as letters, {_EXAMPLE}")
    letters = {letter for tensor in (*inputs, *outputs) for letter in tensor.axes}
    dependencies = read_dependencies(depends, letters)
    check_parents(str(text), dependencies)
    fixed, groups = read_groups(named, letters, lengths)
    if isinstance(text, Signature):
        check_groups_agree(text, groups)
    check_set_axes(dependencies, groups)
    known = read_sizes(lengths | fixed, letters)
    check_latent_parents(dependencies, dict(known))
    return Signature(inputs, outputs, dependencies, known, groups, arrow)


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
