"""The loop nest of a term: what is looped over, and what each index is called there."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from keyword import iskeyword

from symshare.core.notation.names import is_moved
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.constant import Constant
from symshare.core.terms.term import Term

__all__ = ["Nest", "fresh", "nested"]

DEEPEST = 8
"""Loops in one another, each on a line of its own; Python takes twenty, a reader fewer."""


def fresh(wanted: str, taken: set[str]) -> str:
    """A name that is not taken yet and means nothing to Python; from now on it is.

    >>> fresh("x", {"x", "x_"}), fresh("in", set())
    ('x__', 'in_')
    """
    while wanted in taken or iskeyword(wanted) or hasattr(builtins, wanted):
        wanted += "_"
    taken.add(wanted)
    return wanted


@dataclass(frozen=True, slots=True)
class Nest:
    """The loops of a term, the outermost first, and what the constants in it multiply.

    `indices` gives what stands for each index in an array's brackets, `channels` the same for each latent axis without a size.
    """

    headers: tuple[str, ...]
    factors: tuple[str, ...]
    indices: Mapping[int, str]
    channels: Mapping[str, str]

    def place(self, tensor: Tensor, indices: Iterable[int], values: Iterable[int]) -> str:
        """What stands in the brackets of a tensor: indices, channels, and the values picked on other latent axes."""
        own, picked = iter(indices), iter(values)
        return ", ".join(
            self.indices[next(own)] if is_moved(axis) else self.channels.get(axis) or str(next(picked))
            for axis in tensor.axes
        )


def nested(term: Term, lengths: Mapping[str, str], tables: Mapping[Constant, str], taken: Collection[str]) -> Nest:
    """The loops of a term: over the indices of the output, over those that are summed, and over the entries of constants.

    `lengths` has the length of each axis as a text, `tables` the name of each constant's table of nonzero entries, `taken` what
    no loop variable may be called. Of indices at fixed distances on a cyclic axis the first has a loop; an index that a
    constant with a single 1 fixes has none.

    >>> from symshare.core.notation.reading import signature
    >>> term = Term.from_einsum(signature("ab->b"), "ab->b")
    >>> nested(term, {"a": "A", "b": "3"}, {}, set()).headers
    ('for b in range(3):', 'for a in range(A):')
    """
    names, axes, tied = set(taken), term.index_axes, term.offsets()
    tensors = (term.output_tensor, *term.factor_tensors)
    shown = dict.fromkeys(index for index in (*term.output_indices, *range(len(axes))) if _leads(index, tied))
    called = term.names()
    indices = {index: fresh(called[index], names) for index in shown}
    channels = {
        axis: fresh(axis.lower(), names)
        for axis in dict.fromkeys(axis for tensor in tensors for axis in tensor.latent_axes)
        if axis in term.signature.channels
    }
    deep = len(indices) + len(channels) > DEEPEST
    whole, rest = _parted(term, tied, deep)
    ranges = _ranges(term, indices, channels, lengths, {leg for _, legs in whole for leg in legs})
    headers = [_all_at_once(ranges)] if deep else [f"for {name} in range({length}):" for name, length in ranges]
    factors: list[str] = []
    for constant, legs in whole:
        if [value for _, value in constant.entries] == [1]:
            indices |= dict(zip(legs, map(str, constant.entries[0][0]), strict=True))
        else:
            table = tables[constant]
            factors.append(fresh(table.lower(), names))
            headers.append(f"for {_tuple([indices[leg] for leg in legs])}, {factors[-1]} in {table}.items():")
    for index, (first, distance) in tied.items():
        around = f"({indices[first]} + {distance}) % {lengths[axes[index]]}"
        indices[index] = around if distance else indices[first]
    factors += [f"{tables[one]}.get({_tuple([indices[leg] for leg in legs])}, 0)" for one, legs in rest]
    return Nest(tuple(headers), tuple(factors), indices, channels)


Tied = Mapping[int, tuple[int, int]]
Bound = tuple[Constant, tuple[int, ...]]


def _leads(index: int, tied: Tied) -> bool:
    """Whether an index has a place of its own: not at a fixed distance of another."""
    return index not in tied or tied[index][0] == index


def _parted(term: Term, tied: Tied, deep: bool) -> tuple[list[Bound], list[Bound]]:
    """The constants whose entries are looped over, of which nothing else says where their indices are, and those that are
    looked up."""
    whole: list[Bound] = []
    rest: list[Bound] = []
    used = set(tied)
    for constant, legs in term.constants:
        if constant.offsets:
            continue
        alone = not deep and len(set(legs)) == len(legs) and not used & set(legs)
        (whole if alone else rest).append((constant, legs))
        used |= set(legs)
    return whole, rest


def _ranges(
    term: Term,
    indices: Mapping[int, str],
    channels: Mapping[str, str],
    lengths: Mapping[str, str],
    bound: Collection[int],
) -> list[tuple[str, str]]:
    """The variable and the length of each loop over an axis, those of the output first."""
    axes = term.index_axes
    over = [(index in term.output_indices, indices[index], lengths[axes[index]]) for index in indices]
    over = [one for index, one in zip(indices, over, strict=True) if index not in bound]
    over += [(axis in term.output_tensor.axes, name, lengths[axis]) for axis, name in channels.items()]
    return [(name, length) for _, name, length in sorted(over, key=lambda one: not one[0])]


def _all_at_once(ranges: Sequence[tuple[str, str]]) -> str:
    names, lengths = zip(*ranges, strict=True)
    return f"for {', '.join(names)} in np.ndindex({', '.join(lengths)}):"


def _tuple(names: Sequence[str]) -> str:
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"
