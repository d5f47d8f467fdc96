"""Networks that read networks: equivariant layers on all weights, with an invariant end or one that gives weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.errors import SpecError, TooLargeError, shown
from symshare.nn.compiling import load
from symshare.pipeline import emit
from symshare.weights.features import Features, by_name

__all__ = ["WeightNet"]

MOST_PARAMETERS = 50_000_000
"""Parameters that a net has at most, unless more are asked for; 200 MB in single precision."""
CHANNELS = "Features"


class WeightNet(nn.Module):
    """A network on the weights of a module: linear layers that commute with the group of its spec, what is done entry by entry
    between them, residual sums; then invariants and a readout, or weights again.

    `features` says how states become tensors. With `out` the net gives so many numbers for each state, which no permutation
    of its units changes: for regression and classification. Without it gives tensors with one entry (or `entries`) for each
    weight, moved as the weights are: `Features.states` makes states of them. `width` is the number of channels of each tensor,
    `depth` the number of layers. Fixed axes (inputs and outputs, kernels) are channels of the first layer and of the last;
    where they are many, `rank` mixes the channels of each tensor to so many by itself before. `WeightNet.count`
    tells the number of parameters beforehand; one over `max_parameters` is a TooLargeError before anything is allocated.

    The linear layers are all that there are on the weights: "Permutation equivariant neural functionals" (Zhou et al. 2023,
    arXiv 2302.14040) has them for perceptrons and convolutions, this for any module with a spec.

    >>> from symshare.weights import spec
    >>> module = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
    >>> features = Features(spec(module, (torch.zeros(1, 3),)))
    >>> net = WeightNet(features, out=10, width=4, depth=2)
    >>> net(features([module.state_dict()] * 7)).shape
    torch.Size([7, 10])
    """

    def __init__(
        self,
        features: Features,
        out: int | None = None,
        *,
        width: int = 16,
        depth: int = 3,
        entries: int = 1,
        rank: int | None = None,
        activation: Callable[[], nn.Module] = nn.GELU,
        normalise: bool = True,
        residual: bool = True,
        dropout: float = 0.0,
        max_parameters: int = MOST_PARAMETERS,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        numbers = {"width": width, "depth": depth, "entries": entries, "rank": rank, "out": out}
        for name, number in numbers.items():
            if number is None and name in ("rank", "out"):
                continue
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise SpecError(f"{name}={number!r} is not a whole number, 1 or more\n  give one")
        if not isinstance(features, Features):
            raise SpecError(f"features is {shown(repr(features))}\n  give Features(spec)")
        self.names = tuple(features.layouts())
        self.given, self.residual = features.channels, residual
        counted = self.count(features, out, width=width, depth=depth, entries=entries, rank=rank)
        if counted > max_parameters:
            raise TooLargeError(
                f"the net has {counted:,} parameters, over max_parameters={max_parameters:,}\n"
                "  take a smaller width, or rank=16 where inputs and outputs are many"
            )
        more: dict[str, Any] = {"device": device, "dtype": dtype}
        hidden, head = _signatures(features)
        layer = load(emit(hidden, form="tables", max_terms=100_000)).Layer
        first = (rank,) * len(self.names) if rank else self.given
        self.down = nn.ModuleList([nn.Linear(one, rank, **more) for one in self.given] if rank else [])
        widths = [first, *[(width,) * len(self.names)] * depth]
        self.layers = nn.ModuleList([layer(one, two, **more) for one, two in pairwise(widths)])
        self.between = nn.ModuleList([_between(width, activation, normalise, dropout, more) for _ in range(depth)])
        self.ending: nn.Module
        if out is None:
            last = _ends(features, entries)
            self.ending = layer(width, (rank,) * len(last) if rank else last, **more)
            self.up = nn.ModuleList([nn.Linear(rank, one, **more) for one in last] if rank else [])
        else:
            reduced = load(emit(head, form="tables", max_terms=100_000)).Layer(width, width, **more)
            self.ending = nn.Sequential(nn.LayerNorm(width, **more), activation(), nn.Linear(width, out, **more))
            self.reduced = reduced
        self.out = out

    def forward(
        self, tensors: Mapping[str, torch.Tensor] | Sequence[torch.Tensor]
    ) -> torch.Tensor | dict[str, torch.Tensor]:
        """Map the tensors of some states to their numbers (states, out), or to tensors (states, *permuted axes, channels)."""
        given = list(by_name(tensors, self.names).values())
        values = [mix(one) for mix, one in zip(self.down, given, strict=True)] if len(self.down) else given
        for number, (layer, between) in enumerate(zip(self.layers, self.between, strict=True)):
            mixed = layer(*values)
            found = [between(one) for one in (mixed if isinstance(mixed, tuple) else (mixed,))]
            again = self.residual and number > 0
            values = [one + two for one, two in zip(values, found, strict=True)] if again else found
        if self.out is not None:
            numbers: torch.Tensor = self.ending(self.reduced(*values))
            return numbers
        ended = self.ending(*values)
        last = list(ended) if isinstance(ended, tuple) else [ended]
        last = [mix(one) for mix, one in zip(self.up, last, strict=True)] if len(self.up) else last
        return dict(zip(self.names, last, strict=True))

    @staticmethod
    def count(
        features: Features,
        out: int | None = None,
        *,
        width: int = 16,
        depth: int = 3,
        entries: int = 1,
        rank: int | None = None,
    ) -> int:
        """The number of parameters of the net, which need not be made for it.

        >>> from symshare.weights import spec
        >>> found = spec(nn.Sequential(nn.Linear(784, 5), nn.ReLU(), nn.Linear(5, 2)), (torch.zeros(1, 784),))
        >>> WeightNet.count(Features(found), 10) // 1000, WeightNet.count(Features(found), 10, rank=4) // 1000
        (102, 19)
        """
        hidden, head = _signatures(features)
        own, first = features.channels, (rank,) * len(features.channels) if rank else features.channels
        even = (width,) * len(own)
        total = sum(_size(hidden, one, two) for one, two in pairwise([first, *[even] * depth]))
        total += sum(one * rank + rank for one in own) if rank else 0
        total += depth * 2 * width
        if out is not None:
            return total + _size(head, even, (width,)) + 2 * width + width * out + out
        last = _ends(features, entries)
        total += _size(hidden, even, (rank,) * len(last) if rank else last)
        return total + (sum(one * rank + one for one in last) if rank else 0)


def _between(
    width: int, activation: Callable[[], nn.Module], normalise: bool, dropout: float, more: dict[str, Any]
) -> nn.Module:
    """What is done with the channels of each entry by itself."""
    steps: list[nn.Module] = [nn.LayerNorm(width, **more)] if normalise else []
    return nn.Sequential(*steps, activation(), *([nn.Dropout(dropout)] if dropout else []))


def _ends(features: Features, entries: int) -> tuple[int, ...]:
    """The channels of each tensor of weights with so many entries for each."""
    one = Features(features.spec)
    return tuple(number * entries for number in one.channels)


def _signatures(features: Features) -> tuple[Signature, Signature]:
    """The symmetry of a layer between layers, one latent axis for all channels, and that of its invariants."""
    given = features.spec.layer_signature
    sized = set(given.latent_parents)
    taken = {axis for tensor in given for axis in tensor.axes}
    name = CHANNELS
    while name.lower() in {axis.lower() for axis in taken}:
        name += "_"
    tensors = tuple(
        Tensor((*(axis for axis in one.axes if axis[0].islower() or axis in sized), name), one.name)
        for one in given.inputs
    )
    hidden = Signature(tensors, tensors, given.depends, given.sizes, given.groups, arrow=False)
    return hidden, Signature(tensors, (Tensor((name,)),), given.depends, given.sizes, given.groups)


def _size(one: Signature, ins: Sequence[int], outs: Sequence[int]) -> int:
    """The parameters of a linear layer of some channels: matrices and biases of its terms, for each value of latent axes."""
    from symshare.core.bases.derivation import derive

    total = 0
    for term in derive(one.stacked(), 1, max_terms=100_000):
        latent = {index for index, axis in enumerate(term.index_axes) if axis in one.latent_parents}
        values = 1
        for index in latent:
            values *= one.size(term.index_axes[index]) or 1
        total += values * outs[term.output] * (ins[term.factors[0]] if term.order else 1)
    return total
