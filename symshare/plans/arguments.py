"""Choices as the words of a command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from symshare.plans.choices import OPTIONS

__all__ = ["arguments"]


def arguments(
    said: Mapping[str, object], usual: Mapping[str, object] | None = None, lengths: Iterable[tuple[str, int]] = ()
) -> list[str]:
    """The words of a command line that stand for some choices, without defaults, and for lengths of axes.

    >>> arguments({"reduce": "sum", "channels": {"in": 64}, "circular": None}, lengths=[("a", 48)])
    ['--reduce', 'sum', '--size', 'a=48', '--channels', 'in=64']
    >>> arguments({"normalise_factors": False}, usual={"normalise_factors": True})
    ['--plain-factors']
    """
    words: list[str] = []
    for option in OPTIONS:
        default = (usual or {}).get(option.name, option.default)
        value = said.get(option.name, default)
        if option.name == "channels":
            numbers = dict(value) if isinstance(value, tuple | Mapping) and value != default else {}
            pairs = [(name, "--size", number) for name, number in lengths]
            for name, flag, number in sorted([*pairs, *((name, option.flag, numbers[name]) for name in numbers)]):
                words += [flag, f"{name}={number}"]
        elif value == default:
            continue
        elif isinstance(value, tuple):
            words += [word for name in value for word in (option.flag, name)]
        elif isinstance(value, bool):
            words.append(option.flag if value else option.off_flag)
        else:
            words += [option.flag, str(value)]
    return words
