"""A spec as a signature in words: the one place where its axes become those of the notation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from symshare.weights.axes import Axis, Tensor, parts
from symshare.weights.repeats import Repeat, stacked

__all__ = ["depends_of", "signature_of"]


def signature_of(axes: Sequence[Axis], tensors: Sequence[Tensor], repeats: Sequence[Repeat]) -> str:
    """The weights as a signature: each part of a tensor with rows is a tensor of its own."""
    named = _with_stacks(axes, repeats)
    texts = []
    for tensor in tensors:
        if tensor.kind not in ("parameter", "buffer"):
            continue
        found = stacked(tensor, repeats)
        if found is None:
            continue
        name, dims, repeat = found
        own = list(parts(Tensor(name, tensor.shape, dims), named))
        plain = re.sub("[^A-Za-z0-9_]+", "_", name.replace("*.", "")).strip("_")
        plain = plain if plain[:1].isalpha() else f"t{plain}"
        for number, part in enumerate(own):
            words = list(_apart([*([repeat.name] if repeat else []), *part.axes], named))
            label = f"{plain}_{number}" if len(own) > 1 else plain
            texts.append(f"{label}:({' '.join(words)})" if words else f"{label}:")
    return ",".join(texts)


def _apart(words: Sequence[str], axes: Mapping[str, Axis]) -> Iterator[str]:
    """Words of which latent ones that come twice have names of their own."""
    seen: dict[str, int] = {}
    for word in words:
        seen[word] = seen.get(word, 0) + 1
        yield f"{word}_again{seen[word]}" if word[0].isupper() and seen[word] > 1 else word


def depends_of(axes: Sequence[Axis], repeats: Sequence[Repeat]) -> tuple[str, ...]:
    """The dependencies between axes, those on blocks that repeat included."""
    named = _with_stacks(axes, repeats)
    inner = {name for one in repeats for _, own in one.axes for name in own}
    found = [f"{axis.parent}->{axis.name}" for axis in axes if axis.parent and axis.name not in inner]
    for repeat in repeats:
        for name, _ in repeat.axes:
            axis = named[name]
            if not axis.fixed:
                found.append(f"{axis.parent or repeat.name}->{name}")
    return tuple(found)


def _with_stacks(axes: Sequence[Axis], repeats: Sequence[Repeat]) -> dict[str, Axis]:
    """All axes by their names, those along which blocks lie and those that the blocks have in common included."""
    found = {axis.name: axis for axis in axes}
    for repeat in repeats:
        names = {own[0]: name for name, own in repeat.axes}
        common = {}
        for name, own in repeat.axes:
            axis = found[own[0]]
            common[name] = Axis(name, axis.size, names.get(axis.parent, axis.parent), axis.fixed, axis.members)
        for _, own in repeat.axes:
            for one in own:
                found.pop(one)
        found |= common
        found[repeat.name] = Axis(repeat.name, len(repeat.children), fixed="blocks that repeat")
    return found
