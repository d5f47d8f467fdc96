"""The symmetry of one problem: input tensors, output tensors, dependencies between axes, and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.core.groups.group import AxisGroup
from symshare.core.groups.monomial import Monomial
from symshare.core.notation import forest
from symshare.core.notation.described import options_of, tables_of, values_of
from symshare.core.notation.forest import Slot
from symshare.core.notation.names import LONGEST, has_words, is_latent, is_moved
from symshare.core.notation.tensor import Tensor

__all__ = ["Signature"]


@dataclass(frozen=True, slots=True)
class _Tables:
    """What is asked of a signature again and again."""

    set_axes: tuple[str, ...]
    latent_axes: tuple[str, ...]
    indexed: tuple[str, ...]
    sizes: dict[str, int]
    groups: dict[str, AxisGroup]
    monomial: dict[str, Monomial]
    duals: dict[str, str]
    parents: dict[str, str]
    words: bool


@dataclass(frozen=True, slots=True)
class Signature(Noun):
    """Input tensors and output tensors with the groups that act on their axes.

    Axes whose names begin with a small letter are permuted by the symmetric group, those with a capital by nothing. A
    dependency `(parent, child)` makes the group of the two axes the wreath product S_child wr S_parent: each value of the
    parent axis has its own list, permuted on its own; a latent parent, which is not permuted, has a size. `sizes` fixes the
    length of some axes; an axis without a size stands for every length. `groups` gives an axis another group, and with it a
    size; `monomial` the axes of any length whose values have factors too. The dual of such a one is the same axis by another
    name (`Tensor.spelling`).

    Make one with `symshare.signature`, which checks what it is given and reads what `to_dict` gives. A signature prints as
    the text that it is written as; a notebook shows its tensors and axes.

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
    monomial: tuple[tuple[str, Monomial], ...] = ()
    arrow: bool = field(default=True, compare=False, repr=False)
    """Whether the text is written with its arrow; `abH` and `abH->abH` are the same signature."""
    _tables: _Tables = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        axes = dict.fromkeys(axis for tensor in self for axis in tensor.axes)
        indexed = dict.fromkeys(axis for tensor in self for axis in tensor.indexed)
        pairs = [pair for tensor in self for pair in zip(tensor.spelling, tensor.axes, strict=False)]
        tables = _Tables(
            tuple([axis for axis in axes if is_moved(axis) or axis in indexed]),
            tuple([axis for axis in axes if is_latent(axis) and axis not in indexed]),
            tuple(indexed),
            dict(self.sizes),
            dict(self.groups),
            dict(self.monomial),
            {written: axis for written, axis in pairs if written != axis},
            {child: parent for parent, child in self.depends},
            has_words([axes, [written for written, _ in pairs]]),
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

    def __repr__(self) -> str:
        return brief("Signature", *self.described())

    def described(self) -> list[str]:
        """The text and the options that `symshare.signature` makes the same of, each as it is written in Python.

        >>> from symshare.core.notation.reading import signature
        >>> signature("arH", axes={"r": "SO(3)"}, sizes={"a": 5}).described()
        ["'arH'", "axes={'r': 'SO(3)'}", "sizes={'a': 5}"]
        """
        return options_of(str(self), self.dependencies, self.named_groups, dict(self.sizes))

    def to_dict(self) -> dict[str, Any]:
        """The signature as plain values; groups without a name as what `symshare.generators_from` reads."""
        values = self.dependencies, self.named_groups, dict(self.sizes), dict(self.groups)
        return values_of(str(self), *values)

    def tables(self) -> tuple[Table, ...]:
        """The tensors with their axes, and the axes with what acts on them."""
        sides = (("input", self.inputs), ("output", self.outputs))
        return tables_of(str(self), sides, self.named_groups, dict(self.sizes), self._tables.parents, words=self.words)

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
        """The axes that terms have indices on, in order of first appearance: moved ones, and latent ones that are indexed."""
        return self._tables.set_axes

    @property
    def latent_axes(self) -> tuple[str, ...]:
        """The axes that nothing acts on, in order of first appearance."""
        return self._tables.latent_axes

    @property
    def symmetric_axes(self) -> tuple[str, ...]:
        """The axes that the symmetric group acts on, with factors of their values or without."""
        still = {*self._tables.groups, *self.indexed}
        return tuple([axis for axis in self.set_axes if axis not in still])

    @property
    def blocks(self) -> tuple[tuple[str, ...], ...]:
        """The axes under groups of fixed length, those that move together (an axis and its dual, say) side by side."""
        found: dict[str, tuple[str, ...]] = {}
        for axis, group in self.groups:
            key = f"tie {group.tie}" if group.tie else f"axis {self.base(axis)}"
            found[key] = (*found.get(key, ()), axis)
        return tuple(found.values())

    def group(self, axis: str) -> AxisGroup | None:
        """The group of an axis, or None for the symmetric group and for latent axes."""
        return self._tables.groups.get(axis)

    @property
    def acting(self) -> tuple[tuple[str, AxisGroup | Monomial], ...]:
        """What acts on axes that are not under the symmetric group alone."""
        return (*self.groups, *self.monomial)

    @property
    def named_groups(self) -> dict[str, str]:
        """The groups of axes under another one than the symmetric group, by name."""
        named = {axis: str(group) for axis, group in self.acting}
        return dict(sorted((named | {own: f"dual({axis})" for own, axis in self.duals.items()}).items()))

    @property
    def duals(self) -> dict[str, str]:
        """The axes that are duals of axes of any length, by the names that they are written with."""
        return self._tables.duals

    def modulus(self, axis: str) -> int:
        """What the weight of the slots with one index is 0 modulo (see `Monomial`); 1 for the symmetric group."""
        own = self._tables.monomial.get(axis)
        return 1 if own is None else own.modulus

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
        return forest.ancestors(self._tables.parents, axis)

    @property
    def dependencies(self) -> tuple[str, ...]:
        """The dependencies as a person writes them, `"a->b"`."""
        return forest.written(self.depends)

    def slots(self, tensor: Tensor) -> tuple[Slot, ...]:
        """The slots of a tensor's set axes, in order."""
        return forest.slots(tensor.set_axes, self.depends, self._weights(tensor))

    def _weights(self, tensor: Tensor) -> tuple[int, ...]:
        """What the slots of a tensor weigh where their axis has factors of its values; none where no axis has."""
        if not self.monomial:
            return ()
        pairs = [pair for pair in zip(tensor.axes, tensor.dual, strict=True) if pair[0] in tensor.set_axes]
        return tuple([(-1 if dual else 1) if axis in self._tables.monomial else 0 for axis, dual in pairs])

    def slots_at(self, tensor: Tensor, values: tuple[int, ...]) -> tuple[Slot, ...]:
        """The slots of a tensor's set axes at some values of its latent axes of fixed size."""
        picked = tuple(zip(self.sized_latents(tensor), values, strict=True))
        return forest.slots_at(tensor.set_axes, self.depends, picked, self._weights(tensor))

    def bundles(self, tensor: Tensor) -> list[tuple[str, forest.Bundle]]:
        """The slots of a tensor that depend on no other, and its latent parents, each with all that depend on it."""
        latents = [axis for axis in self.latent_parents if axis in tensor.latent_axes]
        return forest.below_latents(forest.bundles(self.slots(tensor)), self._tables.parents, latents)

    @property
    def latent_parents(self) -> tuple[str, ...]:
        """The latent axes that others depend on: each of their values has lists of its own."""
        return tuple(dict.fromkeys(above for above, _ in self.depends if is_latent(above)))

    @property
    def indexed(self) -> tuple[str, ...]:
        """The latent axes that terms have indices on."""
        return self._tables.indexed

    def stacked(self) -> Signature:
        """The same signature with its latent parents as axes that terms have indices on, as layers take them.

        >>> from symshare.core.notation.reading import signature
        >>> one = signature("LhH", depends=["L->h"], sizes={"L": 2}).stacked()
        >>> one.inputs[0].set_axes, one.latent_axes, one.indexed
        (('L', 'h'), ('H',), ('L',))
        """
        return self._with_indices_on(self.latent_parents)

    def unstacked(self) -> Signature:
        """The signature that this is stacked of: terms have values of latent parents, not indices."""
        return self._with_indices_on(())

    def _with_indices_on(self, axes: tuple[str, ...]) -> Signature:
        inputs, outputs = (
            tuple([replace(tensor, indexed=tuple([one for one in axes if one in tensor.axes])) for tensor in side])
            for side in (self.inputs, self.outputs)
        )
        return replace(self, inputs=inputs, outputs=outputs)

    def other_latents(self, tensor: Tensor) -> tuple[str, ...]:
        """The latent axes of a tensor whose size is fixed and that no axis depends on."""
        return tuple(axis for axis in self.sized_latents(tensor) if axis not in self.latent_parents)

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
        return replace(tensor.only(lambda axis: axis not in free), name=None)

    def without_latents(self, axes: Iterable[str] | None = None) -> Signature:
        """The same signature without some latent axes, or without all of them.

        >>> from symshare.core.notation.reading import signature
        >>> print(signature("abH->aH").without_latents())
        ab->a
        """
        dropped = set(self.latent_axes if axes is None else axes)
        return replace(
            self,
            inputs=tuple([one.only(lambda axis: axis not in dropped) for one in self.inputs]),
            outputs=tuple([one.only(lambda axis: axis not in dropped) for one in self.outputs]),
            depends=tuple(pair for pair in self.depends if pair[0] not in dropped),
            sizes=tuple([(axis, size) for axis, size in self.sizes if axis not in dropped]),
        )
