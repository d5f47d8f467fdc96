"""Weights along latent axes: channels mixed by a matrix for each value of the axes that a factor and its result have."""

from __future__ import annotations

from collections.abc import Iterable

from symshare.core.notation.names import is_latent
from symshare.plans.builder import Value
from symshare.plans.draft import Passage
from symshare.plans.indices import Index, Indices
from symshare.plans.operations import Mix
from symshare.plans.parameters import Channels

__all__ = ["lengths", "mixed", "on_latents"]


def on_latents(passage: Passage, indices: Iterable[str]) -> Indices:
    """Those of some indices that are on latent axes."""
    return tuple([index for index in indices if is_latent(passage.axis_of[index])])


def lengths(passage: Passage, along: Indices) -> tuple[int, ...]:
    """How many values indices on latent axes have."""
    return tuple(passage.draft.signature.size(passage.axis_of[index]) or 1 for index in along)


def mixed(
    passage: Passage, value: Value, place: tuple[str, str], widths: tuple[Channels, Channels], kept: Indices
) -> Value:
    """A value with its channels mixed, by a matrix for each value of its indices on latent axes and of those it gets: of
    these it has those in `kept` in the end, and all in the order of the output. `place` is the group and the key of the
    matrices, `widths` the channels before and after.

    An index that stays is a batch of products; one that goes and one that comes are a single product, of all pairs.
    """
    own = on_latents(passage, value.indices)
    new = tuple([index for index in kept if index not in own])
    held = new + tuple([index for index in value.indices if index not in own or index in kept])
    last = passage.target(held)
    after = last + tuple([index for index in held if index not in last])
    matrix = passage.parameter(*place, *lengths(passage, own + new), *widths)
    along = tuple(Index(index, passage.axis_of[index]) for index in own + new)
    step = Mix("", (value.name,), (value.indices,), after, passage.number, matrices=(matrix,), along=along)
    return Value(passage.add(step), after)
