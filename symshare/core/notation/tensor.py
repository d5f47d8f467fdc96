"""One tensor of a symmetry: its name, and the names of its axes."""

from __future__ import annotations

from dataclasses import dataclass, field

from symshare.core.notation.names import has_words, is_latent, is_moved, spelled

__all__ = ["Tensor"]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a signature: the names of its axes (a scalar has none), and its own name if it has one."""

    axes: tuple[str, ...]
    name: str | None = None
    indexed: tuple[str, ...] = field(default=(), kw_only=True, repr=False)
    """Latent axes that terms have an index on, as on those that a group acts on: a layer has weights for each value."""

    def __str__(self) -> str:
        return self.written(has_words([self.axes]))

    def written(self, words: bool) -> str:
        """The tensor as text, its axes as words or as letters.

        >>> Tensor(("a", "b"), "W").written(False), Tensor(("a", "b"), "W").written(True)
        ('W:ab', 'W:(a b)')
        """
        axes = spelled(self.axes, words)
        return axes if self.name is None else f"{self.name}:{axes}"

    @property
    def set_axes(self) -> tuple[str, ...]:
        """The axes that terms have indices on, in order: those that a group acts on, and latent ones that are `indexed`."""
        return tuple([axis for axis in self.axes if is_moved(axis) or axis in self.indexed])

    @property
    def latent_axes(self) -> tuple[str, ...]:
        """The axes that nothing acts on, in order."""
        return tuple([axis for axis in self.axes if is_latent(axis) and axis not in self.indexed])
