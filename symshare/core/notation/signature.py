"""The symmetry of one problem: input tensors, output tensors, dependencies between axes, and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from symshare.core.groups.group import AxisGroup
from symshare.core.notation import forest
from symshare.core.notation.forest import Slot
from symshare.core.notation.names import has_words, is_latent, is_moved, spelled

__all__ = ["Signature", "Tensor"]


LONGEST = 400
"""Characters of a signature that is written with letters; a longer one is written with words."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a signature: the names of its axes (a scalar has none), and its own name if it has one."""

    axes: tuple[str, ...]
    name: str | None = None

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
        """The axes that a group acts on, in order."""
        return tuple([axis for axis in self.axes if is_moved(axis)])

    @property
    def latent_axes(self) -> tuple[str, ...]:
        """The axes that nothing acts on, in order."""
        return tuple([axis for axis in self.axes if is_latent(axis)])


@dataclass(frozen=True, slots=True)
class _Tables:
    """What is asked of a signature again and again."""

    set_axes: tuple[str, ...]
    latent_axes: tuple[str, ...]
    sizes: dict[str, int]
    groups: dict[str, AxisGroup]
    parents: dict[str, str]
    words: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """Input tensors and output tensors with the groups that act on their axes.

    Axes whose names begin with a small letter are permuted by the symmetric group, those with a capital by nothing. A
    dependency `(parent, child)` makes the group of the two axes the wreath product S_child wr S_parent: each value of the
    parent axis has its own list, permuted on its own. `sizes` fixes the length of some axes; an axis without a size stands
    for every length. `groups` gives an axis that is permuted another group than the symmetric one, and with it a size.

    Make one with `symshare.signature`, which checks what it is given.

    >>> from symshare.core.notation.reading import signature
    >>> signature("abH") == signature("abH->abH")
    True
    >>> signature("W:ab,v:b->W:ab").inputs[1]
    Tensor(axes=('b',), name='v')
    """

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    depends: tuple[tuple[str, str], ...] = ()
    sizes: tuple[tuple[str, int], ...] = ()
    groups: tuple[tuple[str, AxisGroup], ...] = ()
    arrow: bool = field(default=True, compare=False, repr=False)
    """Whether the text is written with its arrow; `abH` and `abH->abH` are the same signature."""
    _tables: _Tables = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        axes = dict.fromkeys(axis for tensor in self for axis in tensor.axes)
        tables = _Tables(
            tuple([axis for axis in axes if is_moved(axis)]),
            tuple([axis for axis in axes if is_latent(axis)]),
            dict(self.sizes),
            dict(self.groups),
            {child: parent for parent, child in self.depends},
            has_words([axes]),
        )
        object.__setattr__(self, "_tables", tables)

    def __str__(self) -> str:
        found = self._written(self.words)
        return found if self.words or len(found) <= LONGEST else self._written(True)

    def __hash__(self) -> int:
        # a few tensors tell nearly all apart, and every term that is looked up asks for this
        return hash((len(self.inputs), self.inputs[:3], self.outputs[:3], self.depends[:3], self.sizes[:3]))

    def _written(self, words: bool) -> str:
        left, right = (",".join([tensor.written(words) for tensor in side]) for side in (self.inputs, self.outputs))
        return left if left and not self.arrow and self.inputs == self.outputs else f"{left}->{right}"

    def __iter__(self) -> Iterator[Tensor]:
        """Every tensor, inputs first."""
        yield from self.inputs
        yield from self.outputs

    @property
    def words(self) -> bool:
        """Whether some axis has a word for a name; then all axes are written as words."""
        return self._tables.words

    @property
    def set_axes(self) -> tuple[str, ...]:
        """The axes that a group acts on, in order of first appearance."""
        return self._tables.set_axes

    @property
    def latent_axes(self) -> tuple[str, ...]:
        """The axes that nothing acts on, in order of first appearance."""
        return self._tables.latent_axes

    @property
    def symmetric_axes(self) -> tuple[str, ...]:
        """The axes that the symmetric group acts on."""
        named = self._tables.groups
        return tuple([axis for axis in self.set_axes if axis not in named])

    @property
    def blocks(self) -> tuple[tuple[str, ...], ...]:
        """The axes under other groups, those that move together (an axis and its dual, say) side by side."""
        found: dict[str, tuple[str, ...]] = {}
        for axis, group in self.groups:
            key = f"tie {group.tie}" if group.tie else f"axis {self.base(axis)}"
            found[key] = (*found.get(key, ()), axis)
        return tuple(found.values())

    def group(self, axis: str) -> AxisGroup | None:
        """The group of an axis, or None for the symmetric group and for latent axes."""
        return self._tables.groups.get(axis)

    def base(self, axis: str) -> str:
        """The axis that an axis is dual to, or itself where it is dual to none."""
        group = self.group(axis)
        return group.of if group is not None and group.of else axis

    def size(self, axis: str) -> int | None:
        """The fixed length of an axis, or None where it stands for every length."""
        return self._tables.sizes.get(axis)

    def parent(self, axis: str) -> str | None:
        """The axis that an axis depends on, or None."""
        return self._tables.parents.get(axis)

    def children(self, axis: str) -> tuple[str, ...]:
        """The axes that depend directly on an axis."""
        return forest.children(self.depends, axis)

    def ancestors(self, axis: str) -> tuple[str, ...]:
        """All that an axis depends on, the root first."""
        found: list[str] = []
        above = self.parent(axis)
        while above is not None:
            found.append(above)
            above = self.parent(above)
        return tuple(found[::-1])

    @property
    def dependencies(self) -> tuple[str, ...]:
        """The dependencies as a person writes them, `"a->b"`."""
        return forest.written(self.depends)

    def slots(self, tensor: Tensor) -> tuple[Slot, ...]:
        """The slots of a tensor's set axes, in order."""
        return forest.slots(tensor.set_axes, self.depends)

    def bundles(self, tensor: Tensor) -> list[tuple[str, forest.Bundle]]:
        """The slots of a tensor that depend on no other, each with all that depend on it."""
        return forest.bundles(self.slots(tensor))

    def sized_latents(self, tensor: Tensor) -> tuple[str, ...]:
        """The latent axes of a tensor whose size is fixed: a term picks one value on each of them."""
        return tuple([axis for axis in tensor.latent_axes if axis in self._tables.sizes])

    def free_latents(self, tensor: Tensor) -> tuple[str, ...]:
        """The latent axes of a tensor without a size: channels, which a term carries along."""
        return tuple([axis for axis in tensor.latent_axes if axis not in self._tables.sizes])

    @property
    def channels(self) -> tuple[str, ...]:
        """The latent axes without a size."""
        return tuple([axis for axis in self.latent_axes if axis not in self._tables.sizes])

    @property
    def has_channels(self) -> bool:
        """Whether some input has a latent axis without a size; then all count as having channels, as in a layer they do."""
        return any(self.free_latents(tensor) for tensor in self.inputs)

    def without_channels(self, tensor: Tensor) -> Tensor:
        """A tensor without its channels: a term treats every value of those alike."""
        free = self.free_latents(tensor)
        return Tensor(tuple([axis for axis in tensor.axes if axis not in free]))

    def without_latents(self, axes: Iterable[str] | None = None) -> Signature:
        """The same signature without some latent axes, or without all of them.

        >>> from symshare.core.notation.reading import signature
        >>> print(signature("abH->aH").without_latents())
        ab->a
        """
        dropped = set(self.latent_axes if axes is None else axes)

        def stripped(tensor: Tensor) -> Tensor:
            return replace(tensor, axes=tuple([axis for axis in tensor.axes if axis not in dropped]))

        return replace(
            self,
            inputs=tuple(map(stripped, self.inputs)),
            outputs=tuple(map(stripped, self.outputs)),
            sizes=tuple([(axis, size) for axis, size in self.sizes if axis not in dropped]),
        )
