"""The operations that a step of a plan can be, a class for each, with the values they take and the value they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, final

from symshare.core.notation.names import has_words, spelled
from symshare.core.terms.constant import Constant
from symshare.plans.indices import Index, Indices
from symshare.plans.parameters import Parameter

__all__ = [
    "Add",
    "Bias",
    "Circulate",
    "ConstantTensor",
    "Contract",
    "Cross",
    "Diagonal",
    "Fan",
    "Mix",
    "Operation",
    "Part",
    "Place",
    "Read",
    "Reduce",
    "Roll",
    "Stack",
    "Standardise",
    "Step",
    "Sum",
]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation with one result.

    `before` and `after` name the set axes of operands and result by indices, batch and channel axes left out. `first`
    tells that the result has its channels before all other axes; else they stand last.
    """

    op: ClassVar[str]
    result: str
    operands: tuple[str, ...]
    before: tuple[Indices, ...]
    after: Indices
    term: int
    first: bool = field(default=False, kw_only=True)

    @property
    def spec(self) -> str:
        """The indices as one text, `ab,bc->ac`."""
        words = has_words([*self.before, self.after])
        return f"{','.join([spelled(one, words) for one in self.before])}->{spelled(self.after, words)}"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The learned arrays that the operation uses."""
        return ()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Bias(Operation):
    """The learned vector of a term of order 0: one for each value of the indices `along`, which are all that it has."""

    op = "bias"
    vector: Parameter
    along: tuple[Index, ...] = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The vector."""
        return (self.vector,)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantTensor(Operation):
    """A constant tensor, without channels: it serves all axes of its length."""

    op = "constant"
    tensor: Constant


@final
@dataclass(frozen=True, slots=True)
class Diagonal(Operation):
    """The entries whose axes share an index."""

    op = "diagonal"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reduce(Operation):
    """The sum or the mean, whichever the plan takes, over the indices that the result lacks."""

    op = "reduce"
    gone: tuple[Index, ...]


@final
@dataclass(frozen=True, slots=True)
class Sum(Operation):
    """The sum over the indices that the result lacks, also where the plan takes means: on an axis whose group mixes its
    values."""

    op = "sum"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Roll(Operation):
    """Entries moved around cyclic axes: the place of each axis that moves, and how far."""

    op = "roll"
    shifts: tuple[tuple[int, int], ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Mix(Operation):
    """The channels times a matrix: several matrices stacked, or (`chained`) the product of two.

    `back` tells that the operand has its channels first, and the result has them last. `along` are indices on latent axes:
    each matrix has them before its channels, and is one for each of their values. Where the operand lacks one it comes with
    the matrix; where the result lacks one it is summed over.
    """

    op = "mix"
    matrices: tuple[Parameter, ...]
    chained: bool = False
    back: bool = False
    along: tuple[Index, ...] = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The matrices."""
        return self.matrices


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Fan(Operation):
    """The channels times several matrices side by side."""

    op = "fan"
    matrices: tuple[Parameter, ...]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The matrices."""
        return self.matrices


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Operation):
    """One of several equal parts of the channels: its number, and how many there are."""

    op = "part"
    place: int
    parts: int


@final
@dataclass(frozen=True, slots=True)
class Stack(Operation):
    """The channels of several values, one after the other."""

    op = "stack"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Standardise(Operation):
    """A value less its mean over the indices `centred`, over its root mean square over all."""

    op = "standardise"
    over: tuple[Index, ...]
    centred: Indices


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Circulate(Operation):
    """Circular convolution over the indices `around` with a learned kernel: by FFT, or with a circulant matrix."""

    op = "circulate"
    kernel: Parameter
    around: tuple[Index, ...]
    fft: bool

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The kernel."""
        return (self.kernel,)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(Operation):
    """The product of values, and of a coefficient array where there is one, summed over the indices that the result lacks.

    `averaged` are those of the indices that go whose sum is an average, `legs` those of constant tensors. `channels` names the
    channel axes of each operand, of the array and of the result, where they are not one and the same axis. `along` are indices
    on latent axes that the array has before its channels.
    """

    op = "contract"
    averaged: tuple[Index, ...] = ()
    legs: tuple[Index, ...] = ()
    channels: tuple[str, ...] = ()
    array: Parameter | None = None
    along: tuple[Index, ...] = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The array, if there is one."""
        return () if self.array is None else (self.array,)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Cross(Operation):
    """The vector product over an index of each operand, the first two of `legs`; the third of `legs` is the result's, on
    the axis `axis`."""

    op = "cross"
    legs: Indices
    axis: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Operation):
    """Axes put in order, with values repeated along new indices and written onto the diagonal of repeated indices.

    A new index stays of length one unless `spread` names it. `back` tells that the operand has its channels first.
    """

    op = "place"
    new: tuple[Index, ...] = ()
    spread: Indices = ()
    back: bool = False


@final
@dataclass(frozen=True, slots=True)
class Add(Operation):
    """The sum of two values, each repeated along the indices it lacks."""

    op = "add"


Read = Diagonal | Reduce | Sum | Roll
"""What is done to one value whatever its channels are, so that it commutes with mixing them."""
Step = (
    Bias | ConstantTensor | Read | Mix | Fan | Part | Stack | Standardise | Circulate | Contract | Cross | Place | Add
)
