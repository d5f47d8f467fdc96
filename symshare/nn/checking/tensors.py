"""What goes into a module and comes out of it, held against a signature: numbers of tensors, shapes, lengths of axes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch

from symshare.core.notation.names import is_moved
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.errors import CheckError, plural, shown

__all__ = ["axes_by_keyword", "outputs_of", "refuse_mixtures", "sizes_of", "small_sizes", "with_channels"]

LETTERS = "".join(letter for number in range(ord("A"), 2000) if (letter := chr(number)).isupper())
"""Letters for channels, one for each tensor, of which there may be more than 26."""


def with_channels(signature: Signature, ins: Sequence[int] = (), outs: Sequence[int] = ()) -> Signature:
    """The signature as compiled layers take it: all latent axes of a tensor are its last one, of these sizes if
    given, but for those that others depend on; set axes are of any length.

    >>> from symshare.core.notation.reading import signature
    >>> print(with_channels(signature("W:ab,bHK->aH")))
    W:abA,bB->aC
    """
    stacked = signature.stacked()
    names = iter(letter for letter in LETTERS if letter not in signature.latent_parents)
    sizes = {axis: group.size for axis, group in signature.groups}
    sizes |= {axis: size for axis, size in signature.sizes if axis in signature.latent_parents}
    tensors: list[list[Tensor]] = [[], []]
    for side, numbers, given in zip(tensors, (ins, outs), (stacked.inputs, stacked.outputs), strict=True):
        for place, tensor in enumerate(given):
            letter = next(names)
            side.append(tensor.only(tensor.set_axes.__contains__).beside(letter))
            if numbers:
                sizes[letter] = numbers[place]
    inputs, outputs = (tuple(side) for side in tensors)
    return Signature(inputs, outputs, signature.depends, tuple(sizes.items()), signature.groups, signature.monomial)


def small_sizes(signature: Signature) -> dict[str, int]:
    """A small length for each axis, all different unless the signature has a smaller one or a group fixes it; and the sizes
    of latent axes that others depend on."""
    fixed, groups = dict(signature.sizes), dict(signature.groups)
    found = {
        axis: groups[axis].size if axis in groups else min(3 + place, fixed.get(axis, 3 + place))
        for place, axis in enumerate(signature.set_axes)
    }
    return found | {axis: fixed[axis] for axis in signature.latent_parents}


def sizes_of(signature: Signature, inputs: Sequence[torch.Tensor]) -> tuple[dict[str, int], tuple[int, ...]]:
    """The lengths of the axes of the inputs, and their leading (batch) dimensions brought together.

    Raises CheckError where the inputs are too many or too few, no tensors, or of shapes that do not fit.

    >>> from symshare.core.notation.reading import signature
    >>> sizes_of(signature("abH->aH"), [torch.zeros(2, 7, 5, 3)])
    ({'a': 7, 'b': 5}, (2,))
    """
    if len(inputs) != len(signature.inputs):
        given, tensors = (
            plural(len(inputs), "input"),
            ", ".join(repr(one.written(signature.words)) for one in signature.inputs),
        )
        cure = f"give one tensor for each of {tensors}" if tensors else "give none"
        raise CheckError(f"{given} given, where {str(signature)!r} has {len(signature.inputs)}\n  {cure}")
    sizes, batches = dict(signature.sizes), []
    for place, (tensor, x) in enumerate(zip(signature.inputs, inputs, strict=True)):
        name = tensor.name or (f"input {place}" if len(inputs) > 1 else "the input")
        batches.append(_check_input(name, tensor, x, sizes))
    try:
        batch = tuple(torch.broadcast_shapes(*batches))  # type: ignore[no-untyped-call]  # torch gives no types
    except RuntimeError:
        shapes = ", ".join(str(tuple(one)) for one in batches)
        cure = "give all inputs the same leading dimensions, or write those that are no batch as latent axes (A..Z)"
        raise CheckError(f"the batches {shapes} of the inputs do not go together\n  {cure}") from None
    return sizes, batch


def _check_input(name: str, tensor: Tensor, x: object, sizes: dict[str, int]) -> tuple[int, ...]:
    """The leading dimensions of an input (batch.., *axes); lengths of axes that a group acts on are added to those known."""
    if not isinstance(x, torch.Tensor):
        raise CheckError(f"{name} is of type {shown(type(x).__name__)}\n  give a torch.Tensor")
    if x.layout != torch.strided:
        raise CheckError(f"{name} is sparse ({x.layout})\n  give a dense tensor: wrap the module in one that takes it")
    shape, axes = tuple(x.shape), tensor.axes
    if len(shape) < len(axes):
        cure = f"give the shape (..., {', '.join(_wanted((), tensor, sizes))})"
        raise CheckError(f"{name} has the shape {shape}, too few dimensions for {str(tensor)!r}\n  {cure}")
    own = shape[len(shape) - len(axes) :]
    for axis, length in zip(axes, own, strict=True):
        known = sizes.setdefault(axis, length) if is_moved(axis) else sizes.get(axis, length)
        if length != known:
            cure = f"give the shape (..., {', '.join(_wanted((), tensor, sizes))}), or other axes a name of their own"
            raise CheckError(f"{name} has the shape {shape}, but axis {axis} has {plural(known, 'value')}\n  {cure}")
    return shape[: len(shape) - len(axes)]


def refuse_mixtures(signature: Signature, inputs: Sequence[object]) -> None:
    """Raise CheckError for whole numbers and truth values on axes whose group does more than permute."""
    for tensor, x in zip(signature.inputs, inputs, strict=False):
        if isinstance(x, torch.Tensor) and not (x.is_floating_point() or x.is_complex()):
            for axis in tensor.set_axes:
                group = signature.group(axis)
                name = signature.named_groups.get(axis)
                if name is not None and not (group is not None and group.permutes):
                    cure = "give numbers that it may mix: a tensor of floats"
                    raise CheckError(
                        f"{tensor.written(signature.words)!r} is {x.dtype}, but {name} on axis {axis} mixes values\n  {cure}"
                    )


def axes_by_keyword(module: torch.nn.Module, signature: Signature) -> dict[str, str]:
    """The axes that no input has, by the arguments of `forward` that ask for their lengths by name: b, n_b or b_."""
    present = {axis for tensor in signature.inputs for axis in tensor.set_axes}
    missing = [axis for axis in signature.symmetric_axes if axis not in present]
    try:
        taken = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return {}
    keywords = [one.name for one in taken if one.kind is inspect.Parameter.KEYWORD_ONLY]
    found: dict[str, str] = {}
    left = set(missing)
    for name in sorted(
        keywords, key=len, reverse=True
    ):  # what is added to an axis makes its name longer than another's
        stems = [(one, len(one.rstrip("_"))) for one in (name, name.removeprefix("n_"))]
        fitting = left.intersection(one[:end] for one, least in stems for end in range(least, len(one) + 1))
        if fitting:
            found[name] = max(fitting, key=lambda one: (len(one), one))
            left.discard(found[name])
    return found


def outputs_of(result: Any, signature: Signature, sizes: dict[str, int], batch: tuple[int, ...]) -> list[torch.Tensor]:
    """The tensors of what a module returned, in the order of the signature; `sizes` gets the lengths of axes that only they
    have.

    A tuple, a list or a dict (by the names of the outputs, where they have those) may hold them, also nested; None is left
    out. Raises CheckError where number, type or shape is another one.
    """
    names = [tensor.name for tensor in signature.outputs]
    if isinstance(result, Mapping) and set(names) <= set(result):
        result = [result[name] for name in names]
    found = list(_flat(result))
    if not isinstance(result, tuple | list | Mapping) and not isinstance(result, torch.Tensor):
        raise CheckError(f"its output is of type {shown(type(result).__name__)}\n  return a tensor, or some in a tuple")
    if len(found) != len(names):
        shapes = ", ".join(str(tuple(one.shape)) for one in found if isinstance(one, torch.Tensor))
        cure = f"write one for each of {shapes}, as in 'aH->aH,H'" if shapes else "return a tensor for each"
        raise CheckError(
            f"it returns {plural(len(found), 'output')}, where {str(signature)!r} has {len(names)}\n  {cure}"
        )
    for place, (tensor, y) in enumerate(zip(signature.outputs, found, strict=True)):
        which = f"output {place}" if len(found) > 1 else "its output"
        if not isinstance(y, torch.Tensor):
            raise CheckError(f"{which} is of type {shown(type(y).__name__)}\n  return a tensor")
        if kind := _strange(y):
            raise CheckError(f"{which} is {kind}\n  wrap the module in one that makes it a dense tensor of numbers")
        _check_output(which, tensor, tuple(y.shape), sizes, batch)
    return found


def _strange(y: torch.Tensor) -> str:
    """What keeps the values of a tensor from being read one by one; empty where nothing does."""
    kinds = {
        "nested": y.is_nested,
        f"sparse ({y.layout})": y.layout != torch.strided,
        f"quantized ({y.dtype})": y.is_quantized,
        "on the device meta, without values": y.is_meta,
    }
    return next((kind for kind, found in kinds.items() if found), "")


def _check_output(
    which: str, tensor: Tensor, shape: tuple[int, ...], sizes: dict[str, int], batch: tuple[int, ...]
) -> None:
    """Refuse another shape than (*batch, *axes); lengths that are not known yet are taken from it."""
    wanted = _wanted(batch, tensor, sizes)
    new: dict[str, int] = {}
    fits = len(shape) == len(wanted) and shape[: len(batch)] == batch
    if fits:
        for axis, length in zip(tensor.axes, shape[len(batch) :], strict=True):
            known = sizes.get(axis, new.setdefault(axis, length) if is_moved(axis) else length)
            fits = fits and length == known
    if not fits:
        text = f"({', '.join(wanted)}{',' * (len(wanted) == 1)})"
        cure = "mend it, or write its axes as they are; leading dimensions are those of the inputs' batch, "
        raise CheckError(f"{which} has the shape {shape}, not {text}\n  {cure}{batch}")
    sizes |= new


def _wanted(batch: Sequence[int], tensor: Tensor, sizes: Mapping[str, int]) -> list[str]:
    """The shape of a tensor as texts: lengths where they are known, else names."""
    return [*map(str, batch), *(str(sizes.get(axis, axis)) for axis in tensor.axes)]


def _flat(result: Any) -> Iterator[Any]:
    if isinstance(result, Mapping):
        result = list(result.values())
    if isinstance(result, tuple | list):
        for one in result:
            yield from _flat(one)
    elif result is not None:
        yield result
