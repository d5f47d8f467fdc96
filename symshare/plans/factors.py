"""One factor of a term as steps: read with its diagonals and sums, convolved, standardised."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.core.notation.names import is_latent
from symshare.errors import SymshareError
from symshare.plans.builder import Value
from symshare.plans.draft import Passage
from symshare.plans.naming import local_names
from symshare.plans.offsets import Family
from symshare.plans.operations import Circulate, Diagonal, Mix, Reduce, Roll, Standardise, Sum
from symshare.plans.parameters import Channels

__all__ = ["circulated", "offset_here", "read", "standardised"]


def read(passage: Passage, place: int, value: str) -> Value:
    """A factor as a term reads it: rolled, on its diagonals, and summed over the indices that nothing else carries, the
    last first."""
    term, number = passage.term, passage.number
    tensor, indices = term.factor_tensors[place], term.factor_indices[place]
    local = local_names(tensor.set_axes, indices)
    left = list(dict.fromkeys(indices))
    shifts = tuple((at, -distance) for at, distance in enumerate(passage.loose.inner[place]) if distance)
    if shifts:
        own = tuple(local_names(tensor.set_axes, range(len(indices))).values())
        value = passage.add(Roll("", (value,), (own,), own, number, shifts=shifts))
    if len(left) < len(indices):
        written, kept = (tuple([local[index] for index in some]) for some in (indices, left))
        value = passage.add(Diagonal("", (value,), (written,), kept, number))
    elsewhere = {index for at, other in enumerate(term.factor_indices) if at != place for index in other}
    elsewhere |= {index for _, other in term.constants for index in other}
    elsewhere |= set(term.output_indices)
    averaged = set(term.averaged_indices)
    for mean in (True, False):
        # what is on a latent axis goes where channels are mixed, by weights of its own
        going = [i for i in left if i not in elsewhere and (i in averaged) == mean and not is_latent(passage.axes[i])]
        while going:
            index = next(i for i in going[::-1] if not any(i in passage.above.get(j, ())[:-1] for j in going))
            going.remove(index)
            before = tuple([local[i] for i in left])
            left.remove(index)
            after = tuple([local[i] for i in left])
            if mean:
                value = passage.add(Reduce("", (value,), (before,), after, number, gone=(passage.index(index, local),)))
            else:
                value = passage.add(Sum("", (value,), (before,), after, number))
    return Value(value, tuple([passage.names[index] for index in left]))


def circulated(
    passage: Passage, value: Value, target: tuple[str, str, Channels], place: int, axes: Sequence[str]
) -> Value:
    """The channels of a factor's value mixed and convolved with a kernel over the cyclic axes `axes`; or only mixed, where
    it has none of them. `target` is the group, the key and the result's channels."""
    group, key, out = target
    draft, into, indices = passage.draft, passage.into(place), value.indices
    shared = [passage.axes.index(axis) for axis in axes if axis in passage.axes]
    around = tuple(index for number in shared if (index := passage.index(number)).name in indices)
    where = ("", (value.name,), (indices,), indices, passage.number)
    if not around:
        matrix = passage.parameter(group, key, into, out)
        return Value(passage.add(Mix(*where, matrices=(matrix,))), indices)
    lengths = [draft.signature.size(index.axis) or 1 for index in around]
    kernel = passage.parameter(group, key, *lengths, into, out)
    chosen = draft.choices.circular or ("fft" if max(lengths) >= draft.fft_from else "direct")
    fft = len(lengths) > 1 or chosen == "fft"
    return Value(passage.add(Circulate(*where, kernel=kernel, around=around, fft=fft)), indices)


def offset_here(passage: Passage, indices: Sequence[str], family: Family, seen: set[str]) -> bool:
    """Whether a factor needs offsets: all do, but the first on each cyclic axis that the output lacks."""
    names, axes = passage.names, passage.axes
    outer = {names[index] for index in passage.term.output_indices}
    own = {names[axes.index(axis)] for axis in family.axes if axis in axes} & set(indices)
    return any(name in outer or name in seen for name in own)


def standardised(passage: Passage, factors: Sequence[Value]) -> list[Value]:
    """The factors of a product, one of them standardised: of those whose norm the groups keep the first with most indices.
    It is centred along the axes whose group keeps the constant vector.

    Raises SymshareError where the groups keep the norm of none.
    """
    draft, term, axes = passage.draft, passage.term, passage.axis_of
    if term.order < 2 or not draft.choices.normalise_factors:
        return list(factors)
    stretched = draft.stretched
    kept = [at for at, one in enumerate(factors) if not any(axes[index] in stretched for index in one.indices)]
    if not kept:
        axis = next(axes[index] for one in factors for index in one.indices if axes[index] in stretched)
        raise SymshareError(
            f"no factor of {term} has a norm that {axis}={draft.signature.named_groups[axis]} keeps\n"
            "  leave out normalise_factors (--normalise-factors)"
        )
    place = max(kept, key=lambda at: (len(factors[at].indices), -at))
    indices = factors[place].indices
    if not indices:
        return list(factors)
    over = tuple(passage.index(passage.names.index(name)) for name in indices if not is_latent(axes[name]))
    if not over:
        return list(factors)
    centred = tuple([index.name for index in over if index.axis not in draft.turned])
    where = ("", (factors[place].name,), (indices,), indices, passage.number)
    made = Value(passage.add(Standardise(*where, over=over, centred=centred)), indices)
    return [*factors[:place], made, *factors[place + 1 :]]
