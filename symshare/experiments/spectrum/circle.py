"""A network for samples of a function on the circle: equivariant under permutations of the samples and turns of the circle.

A sample at the angle x is a family of vectors (cos k x, sin k x), k = 1, 2, .., each on an axis `r` that rotations act on,
and the value y, which no turn changes. Three derived layers suffice: `ar,a->r` (scalars at the samples to a Fourier
coefficient), `ar,r->a` (a coefficient back to the samples), `r,r->` (its power). Frequencies are a batch dimension of these
layers: a turn acts on each of them as a rotation, and what commutes with every rotation of every frequency commutes with
the turn. Scalars are averaged by `aH->H`.
"""

from __future__ import annotations

import torch

from symshare.core.bases.derivation import derive
from symshare.nn import compile as compile_layer

__all__ = ["Circle"]


class Circle(torch.nn.Module):
    """A network that improves values at the samples in `rounds`: to Fourier coefficients and back, as a least-squares
    solver does.

    Inputs x (batch, samples) in radians and y (batch, samples), and a measure of the samples (batch, samples); output (batch,
    wanted). `kmax` frequencies are used, with `copies` coefficients each; samples have `width` channels.

    >>> Circle(kmax=4, wanted=3, width=8, rounds=2)(torch.zeros(5, 7), torch.zeros(5, 7)).shape
    torch.Size([5, 3])
    """

    def __init__(self, kmax: int, wanted: int, width: int = 16, rounds: int = 6, copies: int = 2) -> None:
        super().__init__()
        self.kmax, self.copies = kmax, copies
        self.lift = torch.nn.Linear(1, width)
        self.to_frequencies = _linears(rounds, width, kmax * copies)
        self.to_samples = _linears(rounds, kmax * copies, width)
        self.inner = torch.nn.ModuleList(
            torch.nn.Sequential(torch.nn.Linear(width, 2 * width), torch.nn.GELU(), torch.nn.Linear(2 * width, width))
            for _ in range(rounds)
        )
        self.collect = torch.nn.ModuleList(_layer("ar,a->r", (1, copies), copies, copies) for _ in range(rounds))
        self.spread = torch.nn.ModuleList(_layer("ar,r->a", (1, copies), copies, copies) for _ in range(rounds))
        self.power = _layer("r,r->", copies, copies, 2 * copies)
        self.mean = compile_layer(derive("aH->H", 1), width, width)
        numbers = kmax * copies + width
        self.head = torch.nn.Sequential(torch.nn.Linear(numbers, 128), torch.nn.GELU(), torch.nn.Linear(128, wanted))

    def forward(self, x: torch.Tensor, y: torch.Tensor, measure: torch.Tensor | None = None) -> torch.Tensor:
        """The outputs; `measure` weighs the samples."""
        k = torch.arange(1, self.kmax + 1, device=x.device)
        angles = k[:, None] * x[:, None, :]
        u = torch.stack([angles.cos(), angles.sin()], -1)[..., None] * (2**0.5 / k[:, None, None, None])
        weights = None if measure is None else measure[:, None, :].expand_as(angles)
        scalars = self.lift(y[..., None])
        found = torch.zeros(*u.shape[:2], 2, self.copies, device=x.device)
        blocks = zip(self.to_frequencies, self.to_samples, self.inner, self.collect, self.spread, strict=True)
        for to_frequencies, to_samples, inner, collect, spread in blocks:
            sent = to_frequencies(scalars).unflatten(-1, (self.kmax, self.copies)).movedim(-2, 1)
            found = found + collect(u, sent, weights)
            back = spread(u, found).movedim(1, -2).flatten(-2)
            scalars = scalars + to_samples(back)
            scalars = scalars + inner(scalars)
        power = self.power(found).flatten(1)
        mean = self.mean(scalars, measure)
        output: torch.Tensor = self.head(torch.cat([torch.log(power.abs() + 1e-6), mean], -1))
        return output


def _linears(number: int, inner: int, outer: int) -> torch.nn.ModuleList:
    return torch.nn.ModuleList(torch.nn.Linear(inner, outer) for _ in range(number))


def _layer(term: str, inner: int | tuple[int, ...], outer: int, rank: int) -> torch.nn.Module:
    """A layer with this one term, derived with rotations and reflections on the axis r."""
    signature = term if len(set(term.partition("->")[0].split(","))) > 1 else term.partition(",")[0] + "->"
    basis = derive(signature, 2, axes={"r": "O(2)"}).only(term)
    return compile_layer(basis, inner, outer, kind="polynomial", rank=rank)
