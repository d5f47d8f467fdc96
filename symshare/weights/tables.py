"""What a file, or a session, needs to know to bring states into a spec's tensors: plain values, that are also written out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symshare.core.notation.names import is_moved
from symshare.errors import SpecError
from symshare.nn.runtime.weights import _row
from symshare.weights.axes import Axis, Tensor
from symshare.weights.factors import power_at
from symshare.weights.scales import KINDS, Scale
from symshare.weights.signatures import Place
from symshare.weights.specs import Spec

__all__ = ["part_tables", "scale_rows", "scale_tables"]

Table = dict[str, Any]


def part_tables(spec: Spec) -> dict[str, Table]:
    """For each tensor of a spec's signature: the weights that it is made of and their shape, which of its axes layers have
    indices on (`moved`), the lengths of the others (`fixed`); where it is not a whole weight the places along dimensions
    (`rows`), where dimensions are not axes how they fall into such (`pieces`).

    >>> from symshare.weights.specs import Spec
    >>> from symshare.weights.axes import Axis, Piece, Row, Tensor
    >>> row = lambda name: Row(((Piece(name),),))
    >>> net = Spec("net", (Axis("h", 5), Axis("In", 3, fixed="an input")), (Tensor("w", (5, 3), (row("h"), row("In"))),))
    >>> part_tables(net)
    {'w': {'weights': ('w',), 'shape': (5, 3), 'moved': (0,), 'fixed': (3,)}}
    """
    shapes = {tensor.name: tensor.shape for tensor in spec.tensors}
    found = {}
    listed = spec.signature.latent_parents
    for place in spec.places:
        shape, part = shapes[place.weights[0]], place.part
        moved = tuple(at for at, axis in enumerate(place.axes) if is_moved(axis) or axis in listed)
        own: Table = {"weights": place.weights, "shape": shape, "moved": moved}
        own["fixed"] = tuple(size for at, size in enumerate(place.sizes) if at not in moved)
        rows = {
            dim: _turns(one.tolist()) for dim, one in enumerate(part.places) if one.tolist() != list(range(shape[dim]))
        }
        ranks = tuple(range(len(part.layout)))
        if rows:
            own["rows"] = rows
        if (part.layout, part.order, part.joined) != (shape, ranks, (1,) * len(ranks)):
            own["pieces"] = (part.layout, part.order, part.joined)
        found[place.name] = own
    return found


def _turns(places: Sequence[int]) -> tuple[Any, ...]:
    """Places along a dimension as a start, and steps with their numbers, the outermost first.

    >>> _turns([4, 5, 6]), _turns([1, 3, 11, 13]), _turns([7])
    ((4, (3, 1)), (1, (2, 10), (2, 2)), (7,))
    """
    found: list[tuple[int, int]] = []
    heads = list(places)
    while len(heads) > 1:
        step, many = heads[1] - heads[0], 2
        while many < len(heads) and heads[many] - heads[many - 1] == step:
            many += 1
        found.insert(0, (many, step))
        heads = heads[::many]
    result = (places[0], *found)
    if _row(places[0], *found).tolist() != list(places):
        raise ValueError(f"{list(places)[:8]} are no rows in rows")
    return result


def scale_tables(spec: Spec) -> tuple[Table, ...]:
    """The scales of a spec, each after those that act on the other axes of what comes into its units: its `kind`, what comes
    `incoming` (tensors, the axes that say which unit, a power, a block where these differ), and what is `scaled`.

    Raises SpecError where blocks that repeat have different ones, or where nothing comes in by itself.
    """
    return tuple(row for row, _ in scale_rows(spec))


def scale_rows(spec: Spec) -> tuple[tuple[Table, tuple[Scale, ...]], ...]:
    """The same, each with the scale of the spec that it is, or those of the blocks that repeat, in their order."""
    waiting = list(_all_scales(spec))
    done: list[tuple[Table, tuple[Scale, ...]]] = []
    for kind in ("positive", "sign"):
        left = [one for one in waiting if one.kind == kind]
        while left:
            ready = [(one, _incoming(one, left)) for one in left]
            one, incoming = max(ready, key=lambda pair: (len(pair[1]) == len(_own(pair[0])), len(pair[1])))
            if not incoming:
                what = f"no weights come into the units of {one.axis} that others do not scale too"
                raise SpecError(f"{what}\n  leave out canonical=True")
            row = {"kind": kind, "incoming": tuple((name, *power) for name, power in incoming), "scaled": one.scaled}
            done.append((row, one.together))
            left.remove(one)
    return tuple(done)


Power = tuple[tuple[int, ...], int, int | None]
"""The axes that say which unit, a power, and the block that it is of where they differ (the axes are then those within it)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Scale:
    """A scale, or those of blocks that repeat, on the tensors of a signature: what it does at each axis of each of them."""

    axis: str
    kind: str
    together: tuple[Scale, ...]
    scaled: dict[str, tuple[Power, ...]]

    def at(self, name: str, block: int | None) -> list[Power]:
        """What it does to a tensor, or to a block of one."""
        return [one for one in self.scaled.get(name, ()) if None in (block, one[2]) or one[2] == block]


def _own(one: _Scale) -> list[tuple[str, Power]]:
    """The tensors that come into its units: multiplied, once; where none are, those divided."""
    every = [(name, power) for name, powers in one.scaled.items() for power in powers]
    once = [(name, power) for name, power in every if len(one.at(name, power[2])) == 1]
    if one.kind == "sign":
        return [pair for pair in once if pair[1][1] % 2]
    return [pair for pair in once if pair[1][1] > 0] or once


def _incoming(one: _Scale, left: Sequence[_Scale]) -> list[tuple[str, Power]]:
    """Those of them that no other scale multiplies of which nothing is known yet."""
    others = [other for other in left if other is not one]
    return [(name, power) for name, power in _own(one) if not any(other.at(name, power[2]) for other in others)]


def _all_scales(spec: Spec) -> Iterator[_Scale]:
    """The scales of every axis of a signature, those of blocks that repeat together."""
    blocks = {name: own for repeat in spec.repeats for name, own in repeat.axes}
    single = [axis.name for axis in spec.axes if not any(axis.name in own for own in blocks.values())]
    tensors, axes = {tensor.name: tensor for tensor in spec.tensors}, spec.named
    for word, own in {**blocks, **{name: (name,) for name in single}}.items():
        for kind in KINDS:
            lists = [[one for one in spec.scales if (one.axis, one.kind) == (name, kind)] for name in own]
            if len({len(one) for one in lists}) > 1:
                raise SpecError(f"the blocks of {word} have different scales\n  leave out canonical=True")
            for together in zip(*lists, strict=True):
                yield _Scale(word, kind, together, _powers(spec.places, word, word in blocks, together, tensors, axes))


def _powers(
    found: Sequence[Place],
    word: str,
    stacked: bool,
    together: Sequence[Scale],
    tensors: Mapping[str, Tensor],
    axes: Mapping[str, Axis],
) -> dict[str, tuple[Power, ...]]:
    """What a scale, or one of each block, does at the axes of the tensors of a signature."""
    result: dict[str, tuple[Power, ...]] = {}
    for place in found:
        own: list[Power] = []
        for slot, axis in enumerate(place.part.axes):
            if axis != word:
                continue
            several = range(len(place.weights))
            powers = [
                power_at(together[block] if stacked else together[0], place, block, slot, tensors, axes)
                for block in several
            ]
            within, alike = tuple(place.part.chain(slot)), len({*powers}) == 1
            if stacked and not alike:
                raise SpecError(f"the blocks of {word} have different scales\n  leave out canonical=True")
            first = int(place.repeats)
            if alike:
                chain = (*((0,) if stacked else ()), *(first + above for above in within))
                own += [(chain, powers[0], None)] if powers[0] else []
            else:
                own += [(within, power, block) for block, power in zip(several, powers, strict=True) if power]
        if own:
            result[place.name] = tuple(own)
    return result
