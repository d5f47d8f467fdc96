"""States of a module as inputs of layers on its spec: a tensor for each of the signature's, the fixed axes as channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import pi, prod

import torch

from symshare.errors import SpecError, plural, shown
from symshare.weights.specs import Spec

__all__ = ["Features", "Statistics", "by_name"]

State = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Statistics:
    """The mean and the deviation of each tensor over states and permuted axes: of shape (*1 for each axis, channels)."""

    means: Mapping[str, torch.Tensor]
    deviations: Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Features:
    """How states become tensors (states, *permuted axes, channels), and tensors states again.

    A sample is a state dict, or several of one module side by side, which are channels: weights and gradients, masks, several
    checkpoints; `entries` says how many. `fourier` adds the sines and cosines of every value at so many frequencies: 1, 2, 4,
    .. half turns. `statistics` (see `measured`) are subtracted and divided by first.

    >>> from symshare.weights import spec
    >>> module = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    >>> found = Features(spec(module, (torch.zeros(1, 3),)))
    >>> [tuple(one.shape) for one in found([module.state_dict()] * 4).values()], found.channels
    ([(4, 5, 3), (4, 5, 1), (4, 5, 2), (4, 2)], (3, 1, 2, 2))
    """

    spec: Spec
    entries: int = 1
    fourier: int = 0
    statistics: Statistics | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.spec, Spec):
            raise SpecError(f"{shown(repr(self.spec))} is no spec\n  give what symshare.weights.spec finds")
        for name, number, least in (("entries", self.entries, 1), ("fourier", self.fourier, 0)):
            if isinstance(number, bool) or not isinstance(number, int) or number < least:
                raise SpecError(f"{name}={number!r} is not a whole number, {least} or more\n  give one")

    @property
    def channels(self) -> tuple[int, ...]:
        """The number of channels of each tensor."""
        return tuple(prod(fixed) * self.entries * (1 + 2 * self.fourier) for _, fixed in self.layouts().values())

    def layouts(self) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
        """For each tensor the places of the axes that layers have indices on, and the lengths of the others."""
        found = {}
        tensors = self.spec.layer_signature.stacked().inputs
        for place, tensor in zip(self.spec.places, tensors, strict=True):
            own = [number for number, axis in enumerate(place.axes) if axis in tensor.set_axes]
            found[place.name] = (
                tuple(own),
                tuple(size for number, size in enumerate(place.sizes) if number not in own),
            )
        return found

    def __call__(self, samples: Sequence[State | Sequence[State]]) -> dict[str, torch.Tensor]:
        """The tensors of some samples, by name; raises SpecError for states of another module."""
        found = self.raw(samples)
        if self.statistics is not None:
            given = self.statistics
            found = {name: (one - given.means[name]) / given.deviations[name] for name, one in found.items()}
        if not self.fourier:
            return found
        turns = [pi * 2**power for power in range(self.fourier)]
        return {
            name: torch.cat([one, *(wave(turn * one) for turn in turns for wave in (torch.sin, torch.cos))], -1)
            for name, one in found.items()
        }

    def raw(self, samples: Sequence[State | Sequence[State]]) -> dict[str, torch.Tensor]:
        """The values themselves."""
        if not samples:
            raise SpecError("there are no states\n  give a list of state dicts")
        layouts = self.layouts()
        rows: dict[str, list[torch.Tensor]] = {name: [] for name in layouts}
        for sample in samples:
            several = [sample] if isinstance(sample, Mapping) else list(sample)
            if len(several) != self.entries:
                cure = f"say Features(spec, entries={len(several)})"
                raise SpecError(f"a sample has {plural(len(several), 'state')}, not {self.entries}\n  {cure}")
            arranged = [self.spec.arrange(state) for state in several]
            for name, (own, fixed) in layouts.items():
                stacked = torch.stack([self._whole(one, name) for one in arranged], -1)
                rest = [number for number in range(len(own) + len(fixed)) if number not in own]
                rows[name].append(stacked.permute([*own, *rest, -1]).flatten(len(own)))
        return {name: torch.stack(own) for name, own in rows.items()}

    def _whole(self, arranged: Mapping[str, torch.Tensor], name: str) -> torch.Tensor:
        """A tensor in a floating type: masks and whole numbers in the default one."""
        one = arranged[name]
        if one.is_complex():
            raise SpecError(f"{name} is {one.dtype}\n  give its real and imaginary parts as two states, entries=2")
        return one if one.is_floating_point() else one.to(torch.get_default_dtype())

    def measured(self, samples: Sequence[State | Sequence[State]]) -> Features:
        """The same with the means and deviations of some samples, those of training, say: over samples and permuted axes, for
        each channel."""
        means, deviations = {}, {}
        for name, one in Features(self.spec, self.entries).raw(samples).items():
            over = tuple(range(one.dim() - 1))
            means[name] = one.mean(over)
            spread = one.var(over, correction=0).sqrt()
            deviations[name] = torch.where(spread > 0, spread, 1)
        return Features(self.spec, self.entries, self.fourier, Statistics(means, deviations))

    def states(
        self, tensors: Mapping[str, torch.Tensor] | Sequence[torch.Tensor], samples: Sequence[State]
    ) -> list[dict[str, torch.Tensor]]:
        """The states that tensors with one entry for each weight stand for; what they leave out is as in `samples`."""
        layouts = self.layouts()
        given = by_name(tensors, tuple(layouts))
        for name, (own, fixed) in layouts.items():
            wanted = (len(samples), len(own) + 2, prod(fixed))
            if (len(given[name]), given[name].dim(), given[name].shape[-1]) != wanted:
                shape = f"({len(samples)}, .., {prod(fixed)})"
                raise SpecError(
                    f"{name} is of the shape {tuple(given[name].shape)}\n  give one of the shape {shape}: a row for each state"
                )
        found = []
        for number, sample in enumerate(samples):
            arrays = {}
            for name, (own, fixed) in layouts.items():
                one = given[name][number]
                rest = [place for place in range(len(own) + len(fixed)) if place not in own]
                whole = torch.unflatten(one, -1, fixed) if fixed else one.squeeze(-1)
                arrays[name] = whole.permute(sorted(range(whole.dim()), key=[*own, *rest].__getitem__))
            found.append(self.spec.restore(arrays, sample))
        return found


def by_name(
    tensors: Mapping[str, torch.Tensor] | Sequence[torch.Tensor], names: Sequence[str]
) -> dict[str, torch.Tensor]:
    """Tensors by their names, given so or in order; raises SpecError where some are missing.

    >>> by_name([torch.zeros(2)], ["a"])["a"].tolist()
    [0.0, 0.0]
    """
    if not isinstance(tensors, Mapping):
        if len(tensors) != len(names):
            raise SpecError(f"there are {plural(len(tensors), 'tensor')}, not {len(names)}\n  give {', '.join(names)}")
        return dict(zip(names, tensors, strict=True))
    for name in names:
        if name not in tensors:
            raise SpecError(f"there is no {name} among the tensors\n  give {', '.join(names)}")
    return {name: tensors[name] for name in names}
