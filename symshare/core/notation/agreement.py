"""Options beside a signature, which has groups and sizes of its own: what contradicts it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from symshare.core.groups.group import AxisGroup
from symshare.core.groups.monomial import Monomial
from symshare.core.notation.signature import Signature
from symshare.errors import NotationError

__all__ = ["check_groups_agree", "check_sizes_agree"]


def check_sizes_agree(signature: Signature, sizes: Mapping[Any, Any]) -> None:
    """Raise NotationError for a size that is not the one that a signature has.

    >>> from symshare.core.notation.reading import signature
    >>> check_sizes_agree(signature("ab", sizes={"a": 3}), {"a": 3, "b": 4})
    """
    for letter, size in signature.sizes:
        given = sizes.get(letter, size)
        if given != size:
            problem = f"contradicts the signature, whose {letter} has the size {size}"
            raise NotationError(f"{letter}={given}", len(letter) + 1, problem, "leave it out, or read the text anew")


def check_groups_agree(signature: Signature, groups: Iterable[tuple[str, AxisGroup | Monomial]]) -> None:
    """Raise NotationError for a group that is not the one that a signature has, or that it is with a size.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("tt", axes={"t": "C(4)"})
    >>> check_groups_agree(one, one.groups)
    """
    found = dict(groups)
    for letter, group in signature.acting:
        given = found.get(letter)
        if given != group and not (isinstance(group, Monomial) and getattr(given, "family", "") == group.name):
            problem = f"contradicts the signature, whose {letter} has the group {group}"
            written = f"{letter}={given or 'S'}"
            raise NotationError(written, len(letter) + 1, problem, "leave it out, or read the text anew")
