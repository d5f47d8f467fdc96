"""The same inputs with other lengths of their axes: fewer values of each, or more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from symshare.core.notation.signature import Signature
from symshare.nn.checking.measuring import continuous

__all__ = ["free_axes", "other_lengths", "resized"]


def free_axes(signature: Signature, inputs: Sequence[torch.Tensor]) -> tuple[str, ...]:
    """The axes of the inputs that stand for any length.

    >>> from symshare.core.notation.reading import signature
    >>> free_axes(signature("abrH->H", axes={"r": "O(3)"}, sizes={"b": 4}), [torch.zeros(5, 4, 3, 2)])
    ('a',)
    """
    present = {axis for tensor in signature.inputs for axis in tensor.axes}
    return tuple([one for one in signature.symmetric_axes if one in present and signature.size(one) is None])


def other_lengths(sizes: Mapping[str, int], axes: Sequence[str], taken: set[int], *, more: bool) -> dict[str, int]:
    """A smaller or a larger length, of 2 and more, for each axis: as far as there are some, different from all others.

    >>> other_lengths({"a": 7, "b": 7}, "ab", {7, 2, 3}, more=False)
    {'a': 6, 'b': 5}
    >>> other_lengths({"a": 7, "b": 2}, "ab", {7, 2, 3}, more=True)
    {'a': 8, 'b': 4}
    """
    found: dict[str, int] = {}
    for axis in axes:
        own = sizes[axis]
        choice = range(own + 1, own + 30) if more else range(own - 1, 1, -1)
        new = next((one for one in choice if one not in taken | set(found.values())), next(iter(choice), own))
        found[axis] = new
    return found


def resized(
    signature: Signature, inputs: Sequence[torch.Tensor], lengths: Mapping[str, int], random: np.random.Generator
) -> tuple[torch.Tensor, ...]:
    """Inputs with these lengths: some of their values, or all and some again, where measurements are scaled a little so that
    no two values are equal.

    One choice and one scale serves all places of an axis, so that what a value is stays together: a row and the column of a
    symmetric matrix, a mask and its items.
    """
    own: dict[str, int] = {}
    for tensor, x in zip(signature.inputs, inputs, strict=True):
        own |= dict(zip(tensor.axes, x.shape[x.dim() - len(tensor.axes) :], strict=True))
    chosen, scales = {}, {}
    for axis, new in lengths.items():
        again = random.integers(own[axis], size=max(0, new - own[axis]))
        order = np.concatenate([random.permutation(own[axis])[:new], again])
        chosen[axis] = torch.from_numpy(order)
        scales[axis] = torch.ones(new, dtype=torch.float64)
        scales[axis][own[axis] :] += torch.from_numpy(random.uniform(0.05, 0.15, size=len(again)))
    found = []
    for tensor, given in zip(signature.inputs, inputs, strict=True):
        x = given
        for dim, axis in enumerate(tensor.axes, -len(tensor.axes)):
            if axis in chosen:
                x = x.index_select(dim, chosen[axis].to(x.device))
                if continuous(given):
                    x = x * scales[axis].to(x).view(-1, *[1] * (-dim - 1))
        found.append(x)
    return tuple(found)
