"""What signatures in letters and in words have in common: the marks between tensors, and the names of tensors."""

from __future__ import annotations

from keyword import iskeyword
from string import ascii_letters, digits

from symshare.errors import NotationError

__all__ = ["EXAMPLE", "STRAY", "blank", "check_name", "check_stroke", "on_two_sides"]

EXAMPLE = "for example 'abH', 'abH->aH' or 'W:ab,v:b->W:ab'"

STRAY = {
    "[": (
        "has a bracket in it",
        "axes that are words stand in round ones: '(hidden in)'; sizes beside: sizes={'a': 3}",
    ),
    ".": ("has a dot in it", "leave the batch dimensions out: they are always allowed and never written"),
    ";": ("has a semicolon in it", "separate tensors with commas: 'ab,b->ab'"),
    "*": ("has a '*' in it", "separate tensors with commas ('ab,b->ab'); powers come from the order"),
    "<": ("has an arrow that points left", "write inputs first: 'inputs->outputs'"),
    "_": (
        "has an underscore in an axis",
        "an axis is one letter, or a word in parentheses ('(my_axis)'); tensors have names too: 'my_w:ab'",
    ),
    "'": ("has a quotation mark in it", "write the axes without quotation marks"),
}
STRAY |= dict.fromkeys("]{}", STRAY["["]) | {'"': STRAY["'"]}


def blank(character: str) -> str:
    """A white character by its name.

    >>> blank("\\t")
    'a tab'
    """
    return {" ": "a space", "\t": "a tab", "\n": "a line break"}.get(character, "white space")


def check_stroke(text: str, position: int, cure: str) -> None:
    """Raise NotationError for a character that no signature has; `cure` is for one that is no letter."""
    character = text[position]
    if character in "→⟶⇒↦":
        raise NotationError(text, position, f"has the arrow {character!r}", "write the arrow as '->'")
    if not character.isascii() or not character.isprintable():
        raise NotationError(text, position, f"has the character {character!r}", cure)
    if text.startswith("=>", position):
        raise NotationError(text, position, "has the arrow '=>'", "write the arrow as '->'")
    if character == "-" and not text.startswith("->", position):
        quoted = ", in quotes, as a shell takes a bare > for itself" if position == len(text) - 1 else ""
        raise NotationError(text, position, "has a '-' without its '>'", f"write the arrow as '->'{quoted}")
    if character == ">" and (position == 0 or text[position - 1] != "-"):
        raise NotationError(text, position, "has a '>' without its '-'", "write the arrow as '->'")
    if character not in ascii_letters + digits + "_,:->":
        default = (f"has the character {character!r}", "use ',' between tensors, '->' for the arrow")
        raise NotationError(text, position, *STRAY.get(character, default))


def on_two_sides(text: str) -> tuple[str, str | None]:
    """What stands on the left of the arrow and on its right, which is None without an arrow.

    >>> on_two_sides("ab->a"), on_two_sides("ab")
    (('ab', 'a'), ('ab', None))
    """
    left, arrow, right = text.partition("->")
    if "->" in right:
        cure = "one arrow goes from inputs to outputs; a dependency is given beside it: depends=['a->b']"
        raise NotationError(text, len(left) + 2 + right.index("->"), "has two arrows", cure)
    if text == "->":
        cure = f"write the axes, {EXAMPLE}; give a scalar alone a name: 's:->s:'"
        raise NotationError(text, 0, "has no axes on either side", cure)
    return left, right if arrow else None


def check_name(name: str, axes: str, offset: int, text: str, taken: set[str]) -> None:
    """Raise NotationError where a name of a tensor is none, or is taken on its side; from now on it is."""
    if ":" in name:
        raise NotationError(text, offset + name.index(":"), "has two colons in one tensor", "write 'name:axes'")
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
    if name in taken:
        cure = f"give each tensor of one side a name of its own: '{name}2:{axes}'"
        raise NotationError(text, offset, f"uses the name {name!r} twice", cure)
    taken.add(name)
