"""The value of a term, straight from its definition: the slow truth that everything faster is held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.numbers import as_float
from symshare.core.notation.names import is_moved, spelled
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.constant import Constant
from symshare.core.terms.index_names import LETTERS
from symshare.core.terms.offsets import untied
from symshare.core.terms.term import Term
from symshare.errors import SymshareError, TooLargeError, plural

__all__ = ["dense", "embed", "evaluate", "rolled"]


def evaluate(term: Term, *operands: Array, sizes: Mapping[str, int] | None = None, reduce: str = "sum") -> Array:
    """The term's output for one array per factor, each of shape (batch.., *axes); the result is (batch.., *axes) too.

    y[out] = sum over the summed indices of the product of the operands' entries, zero where output slots that share an
    index differ; constant tensors multiply. A latent axis without a size is carried along entry by entry, as einsum does;
    one with a size is read at the value that the term picks. `sizes` gives the length of output axes that no operand has.
    `reduce="mean"` divides by the number of values summed over (`Term.averaged_indices`). Integer operands give exact
    integers, up to the range of their type.

    Raises SymshareError where operands and term do not fit.

    >>> from symshare.core.notation.reading import signature
    >>> term = Term.from_einsum(signature("a"), "a,b->a")
    >>> x = np.array([1, 2, 3])
    >>> evaluate(term, x, x).tolist()
    [6, 12, 18]
    """
    if not isinstance(term, Term):
        raise SymshareError(f"{term!r} is not a Term\n  read one: symshare.term(signature, 'ab->ab')")
    if len(operands) != term.order:
        raise SymshareError(
            f"{term} has {plural(term.order, 'factor')}, but {plural(len(operands), 'array')} came\n  give one for each factor"
        )
    if reduce not in ("sum", "mean"):
        raise SymshareError(f"reduce={reduce!r} is neither 'sum' nor 'mean'\n  write reduce='mean', or leave it out")
    arrays = [np.asarray(operand) for operand in operands]
    lengths = _lengths(term, arrays, sizes or {})
    if term.offsets():
        loose = untied(term)
        moved = [
            rolled(array, tensor, [-distance for distance in distances])
            for array, tensor, distances in zip(arrays, term.factor_tensors, loose.inner, strict=True)
        ]
        return rolled(evaluate(loose.term, *moved, sizes=lengths, reduce=reduce), term.output_tensor, list(loose.outer))
    latent_number = _latent_numbers(term)
    arguments: list[Any] = []
    for array, tensor, indices, values in zip(
        arrays, term.factor_tensors, term.factor_indices, term.factor_latents, strict=True
    ):
        array, labels = _read_latents(term, array, tensor, indices, values, latent_number)
        arguments += [array, [Ellipsis, *labels]]
    for constant, indices in term.constants:
        arguments += [dense(constant), [Ellipsis, *indices]]
    output = term.output_tensor
    sized = term.signature.sized_latents(output)
    rest = iter(term.output_indices)
    indexed, latent = output.set_axes, latent_number
    labels = [next(rest) if one in indexed else latent[one] for one in output.axes if one not in sized]
    present = {label for labels_ in arguments[1::2] for label in labels_[1:]}
    kept = [label for label in dict.fromkeys(labels) if label in present]
    # einsum gives a bare Python number where entries are Python's
    core = np.asarray(np.einsum(*arguments, [Ellipsis, *kept]) if arguments else 1)
    if reduce == "mean":
        axes = term.index_axes
        core = core / np.prod([lengths[axes[index]] for index in term.averaged_indices], dtype=np.int64)
    shape = [lengths[axis] for axis in output.axes]
    places = [place for place, axis in enumerate(output.axes) if axis in sized]
    latent_values = dict(zip(places, term.output_latents, strict=True))
    return embed(core, kept, labels, shape, latent_values)


def _latent_numbers(term: Term) -> dict[str, int]:
    """A number for each channel axis of a term, after those of its indices."""
    tensors, first = (*term.factor_tensors, term.output_tensor), len(term.index_axes)
    axes = dict.fromkeys(axis for tensor in tensors for axis in term.signature.free_latents(tensor))
    if first + len(axes) > LETTERS:
        raise TooLargeError(
            f"{term} has {first + len(axes)} indices, over the {LETTERS} that einsum takes\n  take a term of fewer axes"
        )
    return {axis: first + place for place, axis in enumerate(axes)}


def rolled(array: Array, tensor: Tensor, distances: Sequence[int]) -> Array:
    """An array of shape (.., *axes) with the axes rolled that a group acts on."""
    places = [place - len(tensor.axes) for place, axis in enumerate(tensor.axes) if is_moved(axis)]
    moving = [(place, distance) for place, distance in zip(places, distances, strict=True) if distance]
    if not moving:
        return array
    return np.roll(array, [distance for _, distance in moving], [place for place, _ in moving])


def dense(constant: Constant) -> Array:
    """A constant tensor as an array, of integers where it has no others.

    >>> from symshare.core.terms.constant import levi_civita
    >>> dense(levi_civita(2)).tolist()
    [[0, 1], [-1, 0]]
    """
    whole = all(isinstance(value, int) for _, value in constant.nonzeros)
    array = np.zeros(constant.shape, dtype=np.int64 if whole else np.float64)
    for place, value in constant.nonzeros:
        array[place] = value if isinstance(value, int) else as_float(value)
    return array


def embed(
    core: Array, kept: Sequence[int], labels: Sequence[int], shape: Sequence[int], latent_values: Mapping[int, int]
) -> Array:
    """Write an array over the indices `kept` into zeros of the output's shape.

    `labels` names the index of each output axis but those in `latent_values`, which hold a single value; an index on several
    axes fills their diagonal, an index that is not kept repeats the array along its axis.
    """
    batch = core.shape[: core.ndim - len(kept)]
    full = np.zeros((*batch, *shape), dtype=core.dtype)
    view = full[(..., *(latent_values.get(axis, slice(None)) for axis in range(len(shape))))]
    unique = list(dict.fromkeys(labels))
    if len(unique) < len(labels):
        view = np.einsum(view, [Ellipsis, *labels], [Ellipsis, *unique])
    spread = core[(...,) + tuple(slice(None) if label in kept else None for label in _sorted_like(kept, unique))]
    view[...] = spread
    return full


def _sorted_like(kept: Sequence[int], unique: Sequence[int]) -> Sequence[int]:
    order = [label for label in unique if label in kept]
    if order != list(kept):
        raise SymshareError(f"indices {list(kept)} are not in the order of the output {list(unique)}")
    return unique


def _read_latents(
    term: Term, array: Array, tensor: Tensor, indices: Sequence[int], values: Sequence[int], numbers: Mapping[str, int]
) -> tuple[Array, list[int]]:
    """An operand with the picked value of each sized latent axis taken, and the label of each axis left."""
    sized = term.signature.sized_latents(tensor)
    rest_values, rest_indices = iter(values), iter(indices)
    places: list[Any] = [next(rest_values) if axis in sized else slice(None) for axis in tensor.axes]
    indexed = tensor.set_axes
    labels = [next(rest_indices) if axis in indexed else numbers[axis] for axis in tensor.axes if axis not in sized]
    return array[(..., *places)], labels


def _lengths(term: Term, arrays: Sequence[Array], sizes: Mapping[str, int]) -> dict[str, int]:
    """The length of every axis, from the operands, the given sizes and the signature, which must agree."""
    lengths = dict(term.signature.sizes) | dict(sizes)
    for array, tensor in zip(arrays, term.factor_tensors, strict=True):
        if array.ndim < len(tensor.axes):
            shown = spelled(tensor.axes, term.signature.words)
            raise SymshareError(
                f"an operand of {term} has {plural(array.ndim, 'axis', 'axes')}, but {shown!r} has {len(tensor.axes)}\n"
                "  give arrays with these axes, in this order"
            )
        for axis, length in zip(tensor.axes, array.shape[array.ndim - len(tensor.axes) :], strict=True):
            if lengths.setdefault(axis, length) != length:
                raise SymshareError(
                    f"axis {axis!r} of {term} is {lengths[axis]} long in one place, {length} in another\n"
                    "  give arrays and sizes that agree"
                )
    for axis in term.output_tensor.axes:
        if axis not in lengths:
            raise SymshareError(f"no operand of {term} has the axis {axis!r}\n  give its length: sizes={{{axis!r}: 5}}")
    return lengths
