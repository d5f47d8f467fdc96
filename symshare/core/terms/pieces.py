"""The text of a term taken apart: factors, constant tensors in brackets, and the indices of each."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

__all__ = ["indices_of", "legs_of", "names_in", "parted", "pieces", "tokens", "without"]

_LETTER = re.compile(r"[A-Za-z](?:\+[0-9]+)?|[0-9]|\([0-9]+\)")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\+[0-9]+)?|[0-9]+")
_BRACKET = re.compile(r"\[(?:(\w+) )?(?:([A-Za-z]+)|\(([A-Za-z0-9_ ]+)\))\]")
_BESIDE = re.compile(r"\w+:|\[[^\]]*\],|,?\[[^\]]*\]")
_IN_WORDS = re.compile(r"\([A-Za-z]")
"""What letters never have: in parentheses they have values, which are numbers."""


def pieces(left: str, factors: Sequence[int] | None) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """The factors and the constant tensors of the left side of a term, each with where it begins.

    >>> pieces("ar,[rst]", None)
    ([('ar', 0)], [('[rst]', 3)])
    """
    found: list[tuple[str, int]] = []
    position = 0
    for piece in [] if not left and not factors else left.split(","):
        found.append((piece, position))
        position += len(piece) + 1
    return [one for one in found if one[0][:1] != "["], [one for one in found if one[0][:1] == "["]


def parted(piece: str, position: int) -> tuple[str, str, int]:
    """The name and the axes of a piece, and where the axes begin.

    >>> parted("W:ab", 10), parted("()", 0)
    (('W', 'ab', 12), ('', '', 0))
    """
    name, colon, axes = piece.rpartition(":")
    return name, "" if axes == "()" else axes, position + len(name) + len(colon)


def tokens(piece: str) -> tuple[list[tuple[str, int]], int]:
    """The indices and values of a piece, each with where it begins, and where something else begins (else -1).

    >>> tokens("a10"), tokens("(hidden 10)"), tokens("a-b")
    (([('a', 0), ('1', 1), ('0', 2)], -1), ([('hidden', 1), ('10', 8)], -1), ([('a', 0), ('b', 2)], 1))
    """
    found: list[tuple[str, int]] = []
    stray: list[int] = []
    if piece[:1] == "(" and piece[-1:] == ")" and "(" not in piece[1:]:
        at = 1
        for part in piece[1:-1].split(" "):
            word = _WORD.match(part)
            length = 0 if word is None else word.end()
            found += [(part[:length], at)] if length else []
            stray += [] if 0 < length == len(part) else [at + length]
            at += len(part) + 1
        return found, min(stray, default=-1)
    end = 0
    for letter in _LETTER.finditer(piece):
        stray += [end] if letter.start() != end else []
        found.append((letter.group(), letter.start()))
        end = letter.end()
    return found, min([*stray, *([end] if end < len(piece) else [])], default=-1)


def legs_of(bracket: str) -> tuple[str, list[tuple[str, int]]] | None:
    """The name of a constant tensor in brackets and its legs, each with where it begins; None where it is none.

    >>> legs_of("[T1 rs]"), legs_of("[(r s)]"), legs_of("[1]")
    (('T1', [('r', 4), ('s', 5)]), ('', [('r', 2), ('s', 4)]), None)
    """
    found = _BRACKET.fullmatch(bracket)
    if found is None:
        return None
    start, each = (found.start(2), "[A-Za-z]") if found[2] else (found.start(3), "[^ ]+")
    return found[1] or "", [(leg[0], leg.start() + start) for leg in re.finditer(each, found[2] or found[3])]


def indices_of(text: str) -> str:
    """A text without names of tensors and constants in brackets.

    >>> indices_of("W:ab,[rst],v:b->W:a"), indices_of("r,[T1 rs]->s"), indices_of("[at0 r]->r")
    ('ab,b->a', 'r->s', '->r')
    """
    return _BESIDE.sub("", text)


def names_in(text: str) -> list[str]:
    """The letters, or the words, that a text has on its tensors.

    >>> names_in("W:ab->a0"), names_in("(heads_Q in2)->(heads_Q 10)")
    (['a', 'b', 'a'], ['heads_Q', 'in2', 'heads_Q'])
    """
    indices = indices_of(text)
    return re.findall("[A-Za-z][A-Za-z0-9_]*" if _IN_WORDS.search(indices) else "[A-Za-z]", indices)


def without(text: str, axes: Collection[str]) -> str:
    """The text of a term with some latent axes left out.

    >>> without("abH,c(10)H->acH", {"H"}), without("(hidden Heads)->(Heads)", {"Heads"})
    ('ab,c(10)->ac', '(hidden)->')
    """
    if not _IN_WORDS.search(text):
        return "".join([letter for letter in text if letter not in axes])

    def kept(words: re.Match[str]) -> str:
        left = [word for word in words[1].split(" ") if word not in axes]
        return f"({' '.join(left)})" if left else ""

    return re.sub(r"\(([^()]*)\)", kept, text)
