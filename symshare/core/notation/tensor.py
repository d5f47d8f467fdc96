"""One tensor of a symmetry: its name, and the names of its axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from symshare.core.notation.names import has_words, is_latent, is_moved, spelled

__all__ = ["Tensor"]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a signature: the names of its axes (a scalar has none), and its own name if it has one."""

    axes: tuple[str, ...]
    name: str | None = None
    indexed: tuple[str, ...] = field(default=(), kw_only=True, repr=False)
    """Latent axes that terms have an index on, as on those that a group acts on: a layer has weights for each value."""
    spelling: tuple[str, ...] = field(default=(), kw_only=True, repr=False)
    """The axes as they are written, if that differs: the dual of an axis of any length is that axis by another name."""
    plain: bool = field(default=False, kw_only=True, repr=False)
    """Whether values only change places, as weights of values do, whatever factors their axes have."""

    def __str__(self) -> str:
        return self.written(has_words([self.written_axes]))

    def written(self, words: bool) -> str:
        """The tensor as text, its axes as words or as letters.

        >>> Tensor(("a", "b"), "W").written(False), Tensor(("a", "b"), "W").written(True)
        ('W:ab', 'W:(a b)')
        """
        axes = spelled(self.written_axes, words)
        return axes if self.name is None else f"{self.name}:{axes}"

    @property
    def written_axes(self) -> tuple[str, ...]:
        """The axes by the names that they are written with."""
        return self.spelling or self.axes

    @property
    def dual(self) -> tuple[bool, ...]:
        """For each axis whether it is written as the dual of one."""
        return tuple([own != axis for own, axis in zip(self.written_axes, self.axes, strict=True)])

    @property
    def set_axes(self) -> tuple[str, ...]:
        """The axes that terms have indices on, in order: those that a group acts on, and latent ones that are `indexed`."""
        return tuple([axis for axis in self.axes if is_moved(axis) or axis in self.indexed])

    @property
    def latent_axes(self) -> tuple[str, ...]:
        """The axes that nothing acts on, in order."""
        return tuple([axis for axis in self.axes if is_latent(axis) and axis not in self.indexed])

    def only(self, wanted: Callable[[str], bool]) -> Tensor:
        """The tensor with some of its axes.

        >>> print(Tensor(("a", "b", "b"), "W", spelling=("a", "b", "d")).only("b".__eq__))
        W:bd
        """
        spelling = [own for own, axis in zip(self.spelling, self.axes, strict=False) if wanted(axis)]
        return replace(self, axes=tuple([axis for axis in self.axes if wanted(axis)]), spelling=tuple(spelling))

    def beside(self, axis: str) -> Tensor:
        """The tensor with one axis more, the last."""
        spelling = (*self.spelling, axis) if self.spelling else ()
        return replace(self, axes=(*self.axes, axis), spelling=spelling, indexed=())

    def renamed(self, names: Mapping[str, str]) -> Tensor:
        """The tensor with other names for some axes, written as it was.

        >>> one = Tensor(("c", "d")).renamed({"d": "b"})
        >>> print(one, one.axes)
        cd ('c', 'b')
        """
        axes = tuple([names.get(axis, axis) for axis in self.axes])
        return self if axes == self.axes else replace(self, axes=axes, spelling=self.written_axes)

    def as_written(self) -> Tensor:
        """The tensor with the axes that are written."""
        return replace(self, axes=self.written_axes, spelling=())
