"""Learned arrays, and the numbers of channels that they and values have."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RANK", "Channels", "Parameter"]


@dataclass(frozen=True, slots=True)
class Channels:
    """A number of channels that a layer is made with: that of an input (side `in`), of an output (`out`), or the `rank`."""

    side: str
    number: int = 0

    def __str__(self) -> str:
        return "rank" if self.side == "rank" else f"{self.side}{self.number}"


RANK = Channels("rank")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A learned array: its group and key (`mix`, `ab__ac`), its shape in channels and numbers of values, and its term."""

    group: str
    key: str
    shape: tuple[Channels | int, ...]
    term: int = 0

    @property
    def name(self) -> str:
        """The parameter's name in a state dict."""
        return f"{self.group}.{self.key}"
