"""The symmetry of one problem: input tensors, output tensors, dependencies between axes, and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from symshare.core.groups import AxisGroup

__all__ = ["Signature", "Slot", "Tensor", "slots", "without_latents"]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a signature: its axes, one letter each (a scalar has none), and its name if it has one."""

    axes: str
    name: str | None = None

    def __str__(self) -> str:
        return self.axes if self.name is None else f"{self.name}:{self.axes}"

    @property
    def set_axes(self) -> str:
        """The axes that a symmetric group acts on (lower case), in order."""
        return "".join(letter for letter in self.axes if letter.islower())

    @property
    def latent_axes(self) -> str:
        """The axes that nothing acts on (upper case), in order."""
        return "".join(letter for letter in self.axes if letter.isupper())


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one index: its axis letter and, under a dependency, the slot it hangs on (its number, or -1)."""

    letter: str
    parent: int


@dataclass(frozen=True, slots=True)
class Signature:
    """Input tensors and output tensors with the groups that act on their axes.

    Lower-case axes are permuted by the symmetric group, upper-case axes by nothing. A dependency `(parent, child)` makes
    the group of the two axes the wreath product S_child wr S_parent: each value of the parent axis has its own list,
    permuted on its own. `sizes` fixes the length of some axes; an axis without a size stands for every length. `groups`
    gives a lower-case axis another group than the symmetric one, and with it a size.

    Make one with `symshare.signature`, which checks what it is given.

    >>> from symshare.core.notation import signature
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

    def __iter__(self) -> Iterator[Tensor]:
        """Every tensor, inputs first."""
        yield from self.inputs
        yield from self.outputs

    @property
    def letters(self) -> str:
        """The letters of the axes that a group acts on (lower case), in order of first appearance."""
        return "".join(dict.fromkeys(letter for tensor in self for letter in tensor.set_axes))

    @property
    def latents(self) -> str:
        """The letters of the latent axes, in order of first appearance."""
        return "".join(dict.fromkeys(letter for tensor in self for letter in tensor.latent_axes))

    @property
    def set_letters(self) -> str:
        """The letters that the symmetric group acts on."""
        named = dict(self.groups)
        return "".join(letter for letter in self.letters if letter not in named)

    @property
    def blocks(self) -> tuple[str, ...]:
        """The letters of all other groups, those that move together (an axis and its dual, say) in one text."""
        found: dict[str, str] = {}
        for letter, group in self.groups:
            key = f"tie {group.tie}" if group.tie else f"axis {self.base(letter)}"
            found[key] = found.get(key, "") + letter
        return tuple(found.values())

    def group(self, letter: str) -> AxisGroup | None:
        """The group of an axis, or None for the symmetric group and for latent axes."""
        return next((group for one, group in self.groups if one == letter), None)

    def base(self, letter: str) -> str:
        """The letter that an axis is dual to; any other letter is its own."""
        group = self.group(letter)
        return group.of if group is not None and group.of else letter

    def size(self, letter: str) -> int | None:
        """The fixed length of an axis, or None where it stands for every length."""
        return dict(self.sizes).get(letter)

    def parent(self, letter: str) -> str | None:
        """The letter that this one depends on, if any."""
        return next((parent for parent, child in self.depends if child == letter), None)

    def slots(self, tensor: Tensor) -> tuple[Slot, ...]:
        """The slots of a tensor's set axes, in order."""
        return slots(tensor.set_axes, self.depends)

    def sized_latents(self, tensor: Tensor) -> tuple[str, ...]:
        """The latent axes of a tensor whose size is fixed: a term picks one value on each of them."""
        return tuple(letter for letter in tensor.latent_axes if self.size(letter) is not None)

    def free_latents(self, tensor: Tensor) -> tuple[str, ...]:
        """The latent axes of a tensor without a size: channels, which a term carries along."""
        return tuple(letter for letter in tensor.latent_axes if self.size(letter) is None)


@lru_cache(maxsize=4096)
def slots(set_axes: str, depends: tuple[tuple[str, str], ...]) -> tuple[Slot, ...]:
    """The slots of one tensor and what each hangs on.

    A child slot hangs on the nearest slot of its parent letter to its left, else on the nearest to its right: in `abab`
    with `a->b` the tensor is indexed by two pairs (a, b).

    >>> slots("aba", (("a", "b"),))
    (Slot(letter='a', parent=-1), Slot(letter='b', parent=0), Slot(letter='a', parent=-1))
    """
    parent_of = {child: parent for parent, child in depends}
    found = []
    for position, letter in enumerate(set_axes):
        wanted = parent_of.get(letter)
        holders = [place for place, other in enumerate(set_axes) if other == wanted]
        left = [place for place in holders if place < position]
        found.append(Slot(letter, left[-1] if left else (holders[0] if holders else -1)))
    return tuple(found)


def without_latents(signature: Signature, letters: Iterable[str] | None = None) -> Signature:
    """The same signature without some latent axes, or without all of them.

    >>> from symshare.core.notation import signature
    >>> print(without_latents(signature("abH->aH")))
    ab->a
    """
    dropped = set(signature.latents if letters is None else letters)

    def stripped(tensor: Tensor) -> Tensor:
        return replace(tensor, axes="".join(letter for letter in tensor.axes if letter not in dropped))

    return replace(
        signature,
        inputs=tuple(map(stripped, signature.inputs)),
        outputs=tuple(map(stripped, signature.outputs)),
        sizes=tuple((letter, size) for letter, size in signature.sizes if letter not in dropped),
    )
