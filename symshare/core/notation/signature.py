"""The symmetry of one problem: input tensors, output tensors, dependencies between axes, and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.core.groups.group import AxisGroup
from symshare.core.notation import forest
from symshare.core.notation.forest import Slot

__all__ = ["Signature", "Tensor"]

MOST_PLACES = 1_000_000
"""Places of matrices that are written out among plain values; chosen, not measured."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a signature: its axes, one letter each (a scalar has none), and its name if it has one."""

    axes: str
    name: str | None = None
    indexed: str = field(default="", kw_only=True, repr=False)
    """Latent axes that terms have an index on, as on lower-case ones: those of a layer with weights for each value."""

    def __str__(self) -> str:
        return self.axes if self.name is None else f"{self.name}:{self.axes}"

    @property
    def set_axes(self) -> str:
        """The axes that terms have indices on, in order: those that a group acts on (lower case), and latent ones that are
        `indexed`."""
        return "".join(letter for letter in self.axes if letter.islower() or letter in self.indexed)

    @property
    def latent_axes(self) -> str:
        """The axes that nothing acts on (upper case), in order."""
        return "".join(letter for letter in self.axes if letter.isupper() and letter not in self.indexed)


@dataclass(frozen=True, slots=True)
class Signature(Noun):
    """Input tensors and output tensors with the groups that act on their axes.

    Lower-case axes are permuted by the symmetric group, upper-case axes by nothing. A dependency `(parent, child)` makes
    the group of the two axes the wreath product S_child wr S_parent: each value of the parent axis has its own list,
    permuted on its own; a latent parent, which is not permuted, has a size. `sizes` fixes the length of some axes; an axis
    without a size stands for every length. `groups` gives a lower-case axis another group than the symmetric one, and with
    it a size.

    Make one with `symshare.signature`, which checks what it is given and reads what `to_dict` gives. A signature prints as
    the text that it is written as; a notebook shows its tensors and axes.

    >>> from symshare.core.notation.reading import signature
    >>> signature("abH") == signature("abH->abH")
    True
    >>> signature("W:ab,v:b->W:ab").inputs[1]
    Tensor(axes='b', name='v')
    """

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    depends: tuple[tuple[str, str], ...] = ()
    sizes: tuple[tuple[str, int], ...] = ()
    groups: tuple[tuple[str, AxisGroup], ...] = ()
    arrow: bool = field(default=True, compare=False, repr=False)
    """Whether the text is written with its arrow; `abH` and `abH->abH` are the same signature."""

    def __str__(self) -> str:
        left = ",".join(map(str, self.inputs))
        if left and not self.arrow and self.inputs == self.outputs:
            return left
        return left + "->" + ",".join(map(str, self.outputs))

    def __repr__(self) -> str:
        return brief("Signature", *self.described())

    def described(self) -> list[str]:
        """The text and the options that `symshare.signature` makes the same of, each as it is written in Python.

        >>> from symshare.core.notation.reading import signature
        >>> signature("arH", axes={"r": "SO(3)"}, sizes={"a": 5}).described()
        ["'arH'", "axes={'r': 'SO(3)'}", "sizes={'a': 5}"]
        """
        named = {letter: str(group) for letter, group in self.groups}
        sizes = {letter: size for letter, size in self.sizes if letter not in named}
        options = {"depends": list(self.dependencies), "axes": named, "sizes": sizes}
        return [repr(str(self)), *(f"{name}={value}" for name, value in options.items() if value)]

    def to_dict(self) -> dict[str, Any]:
        """The signature as plain values; groups without a name as what `symshare.generators_from` reads."""
        found: dict[str, Any] = {
            "signature": str(self),
            "depends": list(self.dependencies),
            "axes": {letter: str(group) for letter, group in self.groups},
            "sizes": dict(self.sizes),
        }
        own = {letter: group for letter, group in self.groups if not group.family and not group.of}
        places = sum(one.size**2 for group in own.values() for one in (*group.elements, *group.algebra))
        if own and (places <= MOST_PLACES or all(group.permutes for group in own.values())):
            from symshare.core.groups.files import generators_of  # reads TOML, which nothing else here needs

            found["generators"] = generators_of(own)
        return found

    def tables(self) -> tuple[Table, ...]:
        """The tensors with their axes, and the axes with what acts on them."""
        sides = [("input", self.inputs), ("output", self.outputs)]
        tensors = tuple(
            (f"{side} {number}", tensor.name or "", tensor.axes or "(a scalar)")
            for side, own in sides
            for number, tensor in enumerate(own)
        )
        axes = tuple((letter, *self._under(letter)) for letter in dict.fromkeys("".join(one.axes for one in self)))
        return (
            Table(f"signature {self}", ("tensor", "name", "axes"), tensors, code=("name", "axes")),
            *([Table("", ("axis", "under", "length"), axes, code=("axis",))] if axes else []),
        )

    def _under(self, letter: str) -> tuple[str, str]:
        """What acts on an axis, and how long it is."""
        group, size, parent = self.group(letter), self.size(letter), self.parent(letter)
        what = "permutations" if group is None and letter.islower() else "nothing" if group is None else str(group)
        what += f", a list for each {parent}" if parent else ""
        return what, "any" if size is None else str(size)

    def __iter__(self) -> Iterator[Tensor]:
        """Every tensor, inputs first."""
        yield from self.inputs
        yield from self.outputs

    @property
    def letters(self) -> str:
        """The letters of the axes that terms have indices on, in order of first appearance: those that a group acts on (lower
        case), and latent ones that are indexed."""
        return "".join(dict.fromkeys(letter for tensor in self for letter in tensor.set_axes))

    @property
    def latents(self) -> str:
        """The letters of the latent axes, in order of first appearance."""
        return "".join(dict.fromkeys(letter for tensor in self for letter in tensor.latent_axes))

    @property
    def set_letters(self) -> str:
        """The letters that the symmetric group acts on."""
        still = {*dict(self.groups), *self.indexed}
        return "".join(letter for letter in self.letters if letter not in still)

    @property
    def blocks(self) -> tuple[str, ...]:
        """The letters of the axes under other groups, those that move together (an axis and its dual, say) in one text."""
        found: dict[str, str] = {}
        for letter, group in self.groups:
            key = f"tie {group.tie}" if group.tie else f"axis {self.base(letter)}"
            found[key] = found.get(key, "") + letter
        return tuple(found.values())

    def group(self, letter: str) -> AxisGroup | None:
        """The group of an axis, or None for the symmetric group and for latent axes."""
        return next((group for one, group in self.groups if one == letter), None)

    def base(self, letter: str) -> str:
        """The letter that an axis is dual to, or its own letter where it is dual to none."""
        group = self.group(letter)
        return group.of if group is not None and group.of else letter

    def size(self, letter: str) -> int | None:
        """The fixed length of an axis, or None where it stands for every length."""
        return dict(self.sizes).get(letter)

    def parent(self, letter: str) -> str | None:
        """The letter that a letter depends on, or None."""
        return forest.parent(self.depends, letter)

    def children(self, letter: str) -> tuple[str, ...]:
        """The letters that depend directly on a letter."""
        return forest.children(self.depends, letter)

    def ancestors(self, letter: str) -> tuple[str, ...]:
        """All that a letter depends on, the root first."""
        return forest.ancestors(self.depends, letter)

    @property
    def dependencies(self) -> tuple[str, ...]:
        """The dependencies as a person writes them, `"a->b"`."""
        return forest.written(self.depends)

    def slots(self, tensor: Tensor) -> tuple[Slot, ...]:
        """The slots of a tensor's set axes, in order."""
        return forest.slots(tensor.set_axes, self.depends)

    def slots_at(self, tensor: Tensor, values: tuple[int, ...]) -> tuple[Slot, ...]:
        """The slots of a tensor's set axes at some values of its latent axes of fixed size."""
        return forest.slots_at(
            tensor.set_axes, self.depends, tuple(zip(self.sized_latents(tensor), values, strict=True))
        )

    def bundles(self, tensor: Tensor) -> list[tuple[str, forest.Bundle]]:
        """The slots of a tensor that depend on no other, and its latent parents, each with all that depend on it."""
        found = forest.bundles(self.slots(tensor))
        for latent in self.latent_parents:
            if latent in tensor.latent_axes:
                hanging = tuple(pair for pair in found if self.parent(pair[0]) == latent)
                found = [*(pair for pair in found if pair not in hanging), (latent, hanging)]
        return found

    @property
    def latent_parents(self) -> tuple[str, ...]:
        """The latent axes that others depend on: each of their values has lists of its own."""
        return tuple(dict.fromkeys(above for above, _ in self.depends if above.isupper()))

    @property
    def indexed(self) -> tuple[str, ...]:
        """The latent axes that terms have indices on."""
        return tuple(dict.fromkeys(letter for tensor in self for letter in tensor.indexed))

    def stacked(self) -> Signature:
        """The same signature with its latent parents as axes that terms have indices on, as layers take them.

        >>> from symshare.core.notation.reading import signature
        >>> one = signature("LhH", depends=["L->h"], sizes={"L": 2}).stacked()
        >>> one.inputs[0].set_axes, one.latents, one.indexed
        ('Lh', 'H', ('L',))
        """

        def with_indices(tensor: Tensor) -> Tensor:
            return replace(tensor, indexed="".join(one for one in self.latent_parents if one in tensor.axes))

        return replace(
            self, inputs=tuple(map(with_indices, self.inputs)), outputs=tuple(map(with_indices, self.outputs))
        )

    def unstacked(self) -> Signature:
        """The signature that this one is stacked of: its terms have values of latent parents, not indices."""
        inputs, outputs = (
            tuple(replace(tensor, indexed="") for tensor in side) for side in (self.inputs, self.outputs)
        )
        return replace(self, inputs=inputs, outputs=outputs)

    def other_latents(self, tensor: Tensor) -> tuple[str, ...]:
        """The latent axes of a tensor whose size is fixed and that no axis depends on."""
        return tuple(letter for letter in self.sized_latents(tensor) if letter not in self.latent_parents)

    def sized_latents(self, tensor: Tensor) -> tuple[str, ...]:
        """The latent axes of a tensor whose size is fixed: a term picks one value on each of them."""
        return tuple(letter for letter in tensor.latent_axes if self.size(letter) is not None)

    def free_latents(self, tensor: Tensor) -> tuple[str, ...]:
        """The latent axes of a tensor without a size: channels, which a term carries along."""
        return tuple(letter for letter in tensor.latent_axes if self.size(letter) is None)

    @property
    def channels(self) -> tuple[str, ...]:
        """The latent letters without a size."""
        return tuple(letter for letter in self.latents if self.size(letter) is None)

    @property
    def has_channels(self) -> bool:
        """Whether some input has a latent axis without a size; then all count as having channels, as in a layer they do."""
        return any(self.free_latents(tensor) for tensor in self.inputs)

    def without_channels(self, tensor: Tensor) -> Tensor:
        """A tensor without its channels: a term treats every value of those alike."""
        free = self.free_latents(tensor)
        return Tensor("".join(letter for letter in tensor.axes if letter not in free), indexed=tensor.indexed)

    def without_latents(self, letters: Iterable[str] | None = None) -> Signature:
        """The same signature without some latent axes, or without all of them.

        >>> from symshare.core.notation.reading import signature
        >>> print(signature("abH->aH").without_latents())
        ab->a
        """
        dropped = set(self.latents if letters is None else letters)

        def stripped(tensor: Tensor) -> Tensor:
            return replace(tensor, axes="".join(letter for letter in tensor.axes if letter not in dropped))

        return replace(
            self,
            inputs=tuple(map(stripped, self.inputs)),
            outputs=tuple(map(stripped, self.outputs)),
            depends=tuple(pair for pair in self.depends if pair[0] not in dropped),
            sizes=tuple((letter, size) for letter, size in self.sizes if letter not in dropped),
        )
