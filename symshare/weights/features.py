"""States of a module as inputs of layers on its spec: a tensor for each of the signature's, the fixed axes as channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod
from typing import Any, TypeVar

import torch

from symshare.errors import SpecError, plural, shown
from symshare.nn.runtime.weights import _edited, _features, _normalised, _statistics, _waves
from symshare.weights.samples import check_samples
from symshare.weights.specs import Spec
from symshare.weights.tables import part_tables, scale_tables

__all__ = ["Features", "Statistics", "by_name"]

State = Mapping[str, torch.Tensor]
Sample = State | Sequence[State]
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Statistics:
    """The mean and the deviation of each tensor over states and permuted axes: of shape (channels,)."""

    means: Mapping[str, torch.Tensor]
    deviations: Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Features:
    """How states become tensors (states, *permuted axes, channels), and tensors states again.

    A sample is a state dict, or several of one module side by side, which are channels: weights and gradients, masks, several
    checkpoints; `entries` says how many. `fourier` adds the sines and cosines of every value at so many frequencies: 1, 2, 4,
    .. half turns. `statistics` (see `measured`) are subtracted and divided by first.

    `permute` names fixed axes that are permuted too, `"ends"` those of inputs and outputs: fewer maps commute with more
    permutations, and a net has fewer parameters. With `canonical` each state is first brought to one of all that its scales and
    signs (`spec(.., scales=True)`) make of it: what comes into each unit has length one, and a sum over 0. `ensemble` takes so
    many such, drawn at random from the seed, one after the other; nets give the mean of what they find for them.

    >>> from symshare.weights import spec
    >>> module = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    >>> found = Features(spec(module, (torch.zeros(1, 3),)))
    >>> [tuple(one.shape) for one in found([module.state_dict()] * 4).values()], found.channels
    ([(4, 5, 3), (4, 5, 1), (4, 5, 2), (4, 2)], (3, 1, 2, 2))
    >>> Features(found.spec, permute="ends").channels
    (1, 1, 1, 1)
    """

    spec: Spec
    entries: int = 1
    fourier: int = 0
    statistics: Statistics | None = None
    permute: tuple[str, ...] | str = ()
    canonical: bool = False
    ensemble: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.spec, Spec):
            raise SpecError(f"{shown(repr(self.spec))} is no spec\n  give what symshare.weights.spec finds")
        for name, number, least in (
            *(("entries", self.entries, 1), ("fourier", self.fourier, 0)),
            *(("ensemble", self.ensemble, 1), ("seed", self.seed, 0)),
        ):
            if isinstance(number, bool) or not isinstance(number, int) or number < least:
                raise SpecError(f"{name}={number!r} is not a whole number, {least} or more\n  give one")
        self._check_limits()
        if self.ensemble > 1 and not self.canonical:
            raise SpecError(f"ensemble={self.ensemble} is of canonical states\n  say canonical=True too")
        if self.canonical and self.entries > 1:
            raise SpecError("several states a sample have no common canonical form\n  leave out canonical=True")
        if self.canonical and not self.spec.scales:
            raise SpecError(
                f"the spec of {self.spec.module} has no scales or signs\n  find it with spec(.., scales=True)"
            )
        _tables(self.symmetry, self.canonical)

    def _check_limits(self) -> None:
        """Refuse numbers that are too large to mean anything, and choices that are none."""
        for name, number, most in (("fourier", self.fourier, 64), ("seed", self.seed, 2**40)):
            if number > most:
                raise SpecError(f"{name}={number} is over {most:,}\n  give a smaller one")
        if not isinstance(self.canonical, bool):
            raise SpecError(f"canonical={self.canonical!r} is not True or False\n  give one of them")
        names = (self.permute,) if isinstance(self.permute, str) else self.permute
        if not isinstance(names, tuple | list) or not all(isinstance(name, str) for name in names):
            raise SpecError(f'permute={shown(repr(self.permute))} is no name of an axis\n  give some, or "ends"')
        object.__setattr__(self, "permute", tuple(names))
        given = self.statistics
        if given is not None and not isinstance(given, Statistics):
            raise SpecError(f"statistics are of type {type(given).__name__}\n  find some: features.measured(states)")

    @property
    def symmetry(self) -> Spec:
        """The spec with what `permute` names permuted too, by whose permutations a net on these tensors is kept."""
        return _moving(self.spec, self.permuted)

    @property
    def permuted(self) -> tuple[str, ...]:
        """What `permute` names, as a tuple."""
        return tuple(self.permute)

    @property
    def tables(self) -> tuple[dict[str, dict[str, Any]], tuple[dict[str, Any], ...]]:
        """Where the parts of weights are that tensors are made of, and the scales in the order in which they are taken away."""
        return _tables(self.symmetry, self.canonical)

    @property
    def channels(self) -> tuple[int, ...]:
        """The number of channels of each tensor."""
        return tuple(prod(fixed) * self.entries * (1 + 2 * self.fourier) for _, fixed in self.layouts().values())

    def layouts(self) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
        """For each tensor the places of the axes that layers have indices on, and the lengths of the others."""
        return {name: (one["moved"], one["fixed"]) for name, one in self.tables[0].items()}

    def __call__(self, samples: Sequence[Sample]) -> dict[str, torch.Tensor]:
        """The tensors of some samples, by name; raises SpecError for states of another module."""
        found = self.raw(samples)
        if self.statistics is not None:
            given = self.statistics
            found = _normalised(found, {name: (given.means[name], given.deviations[name]) for name in found})
        return {name: _waves(one, self.fourier) for name, one in found.items()} if self.fourier else found

    def raw(self, samples: Sequence[Sample]) -> dict[str, torch.Tensor]:
        """The values themselves."""
        check_samples(samples)
        states: list[State] = []
        for sample in samples:
            several = [sample] if isinstance(sample, Mapping) else list(sample)
            if len(several) != self.entries:
                cure = f"say Features(spec, entries={len(several)})"
                raise SpecError(f"a sample has {plural(len(several), 'state')}, not {self.entries}\n  {cure}")
            states += several
        return _said(lambda: _features(self._named(states), *self.tables, self.seeds, self.entries))

    def _named(self, states: Sequence[State]) -> list[dict[str, torch.Tensor]]:
        """States of the module with each tensor under the first of its names."""
        first = self.spec.by_name
        return [{first[name].name: one for name, one in self.spec.checked(state).items()} for state in states]

    @property
    def seeds(self) -> tuple[int | None, ...]:
        """The seeds of the canonical states that are taken; None is the plain one."""
        many = self.ensemble
        return (None,) if many == 1 else tuple(many * self.seed + one for one in range(many))

    def measured(self, samples: Sequence[Sample]) -> Features:
        """The same with the means and deviations of some samples, those of training, say: over samples and permuted axes, for
        each channel."""
        found = _statistics(replace(self, statistics=None, fourier=0).raw(samples))
        means, deviations = ({name: pair[number] for name, pair in found.items()} for number in (0, 1))
        return replace(self, statistics=Statistics(means, deviations))

    def states(
        self, tensors: Mapping[str, torch.Tensor] | Sequence[torch.Tensor] | torch.Tensor, samples: Sequence[State]
    ) -> list[dict[str, torch.Tensor]]:
        """The states that tensors with one entry for each weight stand for; what they leave out is as in `samples`.

        Of canonical states the tensors are brought back to the scales of the samples, and an ensemble's are averaged.
        """
        parts, scales = self.tables
        given, named = by_name(tensors, tuple(parts)), self._named(samples)
        found = _said(lambda: _edited(given, named, parts, scales, self.seeds))
        first = self.spec.by_name
        return [{name: own[first[name].name] for name in state} for own, state in zip(found, samples, strict=True)]


@lru_cache(64)
def _tables(spec: Spec, canonical: bool) -> tuple[dict[str, dict[str, Any]], tuple[dict[str, Any], ...]]:
    return part_tables(spec), scale_tables(spec) if canonical else ()


@lru_cache(64)
def _moving(spec: Spec, names: tuple[str, ...]) -> Spec:
    return spec.moving(*names) if names else spec


def _said(work: Callable[[], Found]) -> Found:
    """What some work finds; what it says of wrong values as a SpecError."""
    try:
        return work()
    except ValueError as error:
        raise SpecError(str(error)) from None


def by_name(
    tensors: Mapping[str, torch.Tensor] | Sequence[torch.Tensor] | torch.Tensor, names: Sequence[str]
) -> dict[str, torch.Tensor]:
    """Tensors by their names, given so or in order (a single one by itself); raises SpecError where some are missing.

    >>> by_name([torch.zeros(2)], ["a"])["a"].tolist()
    [0.0, 0.0]
    """
    if isinstance(tensors, torch.Tensor) and len(names) == 1:
        return {names[0]: tensors}
    if not isinstance(tensors, Mapping):
        if len(tensors) != len(names):
            raise SpecError(f"there are {plural(len(tensors), 'tensor')}, not {len(names)}\n  give {', '.join(names)}")
        return dict(zip(names, tensors, strict=True))
    for name in names:
        if name not in tensors:
            raise SpecError(f"there is no {name} among the tensors\n  give {', '.join(names)}")
    return {name: tensors[name] for name in names}
