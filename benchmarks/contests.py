"""Which layers of symshare run beside which hand-written ones, at which sizes and with which bars."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import opponents
import opt_einsum
import torch
from timing import Run, run
from torch import nn

import symshare

NUMBERS = 2 ** int(os.environ.get("LAYERS_FILL", "26"))
"""Batches are such that what the widest opponent stacks has about as many numbers: 256 MiB, its peak about 1 GiB."""
CHANNELS = (16, 32, 64, 128)
SIZES = (16, 48, 128, 256)
BARRED = (12, 48)
"""The n at which bars are set."""
FEW = 4
OURS, REDUCED = "symshare", "reduced first"

Opponents = dict[str, Callable[[nn.Module], nn.Module]]


@dataclass(frozen=True)
class Bar:
    """How many times as fast symshare's layer is to be on one thread, or how large its peak memory beside an opponent's.

    At the worst of all sizes, or of those with `only_n` and `channels`; or in the `geometric` mean.
    """

    opponent: str
    ratio: float
    only_n: tuple[int, ...] = ()
    channels: tuple[int, ...] = CHANNELS
    memory: bool = False
    geometric: bool = False


@dataclass(frozen=True)
class Contest:
    """A layer of symshare (for n and channels), its opponents (for n), and where they meet.

    Batches are given for some n; elsewhere they follow from how wide the opponents stack values, in channels.
    """

    name: str
    axes: str
    make: Callable[[int, int], nn.Module]
    opponents: Callable[[int], Opponents]
    sizes: tuple[tuple[int, int], ...]
    width: int = 1
    batches: Mapping[int, int] = field(default_factory=dict)
    memory: tuple[tuple[int, int], ...] = ()
    bars: tuple[Bar, ...] = ()

    def filled(self, n: int, channels: int) -> int:
        """The batch that fills memory; 0 where a single sample is too much."""
        return NUMBERS // (n ** len(self.axes) * channels * self.width)

    def batch(self, n: int, channels: int) -> int:
        return self.batches.get(n) or self.filled(n, channels)

    def on_gpu(self) -> list[tuple[int, int, int]]:
        """n, channels and batch on a GPU: a small and a large n with few and with many channels at batches that fill memory.

        The last has a batch of `FEW`, which a GPU is through with sooner than it is told what to do.
        """
        lengths = [n for n, _ in self.sizes]
        chosen = [next((n for n in lengths if n in BARRED), lengths[0]), lengths[-1]]
        found = []
        for n in chosen:
            channels = [one for length, one in self.sizes if length == n and one <= 64]
            found += [(n, one, self.filled(n, one)) for one in sorted({min(channels), max(channels)})]
        n, channels = max(one[:2] for one in found if one[0] == chosen[0])
        return [one for one in found if one[2]] + [(n, channels, FEW)]

    def competitors(
        self, n: int, channels: int, dtype: torch.dtype = torch.float32, device: str = "cpu"
    ) -> dict[str, nn.Module]:
        """symshare's layer, with random constants too, and the opponents with its weights."""
        layer = self.make(n, channels).to(dtype)
        for weight in getattr(layer, "bias", {}).values():
            nn.init.normal_(weight)
        every = {OURS: layer} | {name: make(layer) for name, make in self.opponents(n).items()}
        return {name: one.to(device) for name, one in every.items()}

    def runs(self, competitors: dict[str, nn.Module], n: int, batch: int) -> dict[str, Run]:
        weight = next(competitors[OURS].parameters())
        x = weight.new_empty(batch, *[n] * len(self.axes), competitors[OURS].in_channels).normal_()
        with torch.no_grad():
            y = competitors[OURS](x[:1])
        gradient = y.new_empty(batch, *y.shape[1:]).normal_()
        return {name: run(layer, x, gradient) for name, layer in competitors.items()}

    def check(self, n: int, channels: int, device: str) -> None:
        """Compare outputs, and gradients by the input, with those of symshare's layer, in double precision."""
        runs = self.runs(self.competitors(n, channels, torch.float64, device), n, 2)
        mine, *others = (one.results() for one in runs.values())
        for name, found in zip(list(runs)[1:], others, strict=True):
            for expected, actual in zip(mine, found, strict=True):
                said = f"{self.name}, n = {n}: {name} differs\n{{}}".format
                torch.testing.assert_close(actual, expected, rtol=1e-7, atol=1e-9, msg=said)


def _linear(text: str, n: int, channels: int) -> nn.Module:
    return symshare.nn.compile(symshare.derive(text, 1), channels, channels)


def _pooling(text: str, order: int, part: int, n: int, channels: int) -> nn.Module:
    """h0 is a quarter or a half of the channels, as in the networks that were published."""
    return symshare.nn.compile(symshare.pools(text, order), channels, channels, rank=channels // part)


def _cubic(n: int, channels: int) -> nn.Module:
    basis = symshare.derive("ab", 3).only("ab,cb,cd->ad")
    return symshare.nn.compile(replace(basis, terms=basis.of_order(3)), channels, channels, rank=channels)


def _cyclic(order: int, n: int, channels: int) -> nn.Module:
    basis = symshare.derive("tH", order, axes={"t": f"C({n})"})
    return symshare.nn.compile(basis, channels, channels, **({"rank": channels} if order > 1 else {}))


def _grid(sizes: Iterable[int], channels: Iterable[int] = ()) -> tuple[tuple[int, int], ...]:
    """n and channels; where none are asked for 16 and 64, and all of CHANNELS at the n of the bars."""
    return tuple((n, one) for n in sizes for one in channels or (CHANNELS if n in BARRED else (16, 64)))


def _linears() -> list[Contest]:
    small, as_fast = Bar("literal", 0.5, memory=True), Bar(REDUCED, 0.97)
    at_48, four = partial(Bar, "literal", only_n=(48,)), {48: 4}
    rows = {
        "aH": (
            {"literal": opponents.Literal, "Deep Sets": opponents.DeepSets, REDUCED: opponents.Sets},
            {"sizes": _grid(SIZES), "width": 2, "memory": ((256, 32), (256, 128))},
            (Bar("Deep Sets", 1 / 1.05),),
        ),
        "abH": (
            {"literal": opponents.Literal, REDUCED: opponents.Tables},
            {"sizes": _grid(SIZES), "width": 4, "memory": ((128, 32), (128, 128)), "batches": four},
            (at_48(1.8, channels=(32,)), at_48(2.5, channels=(64, 128))),
        ),
        "aaH": (
            {
                "literal": opponents.Literal,
                "15 operations": opponents.InvariantGraphNetwork,
                REDUCED: opponents.Graphs,
            },
            {"sizes": _grid(SIZES), "width": 15, "memory": ((128, 32), (128, 128)), "batches": four},
            (at_48(3, channels=(32,)), at_48(5, channels=(64, 128))),
        ),
        "abcH": (
            {"literal": opponents.Literal, REDUCED: opponents.Cubes},
            {"sizes": _grid((12, 16, 32)), "width": 8, "memory": ((32, 32), (32, 64)), "batches": {12: 4, 16: 4}},
            (Bar("literal", 2, only_n=(12, 16)),),
        ),
    }
    return [
        Contest(
            f"{text} linear",
            text[:-1],
            partial(_linear, text),
            lambda n, against=against: against,
            bars=(*bars, as_fast, small),
            **where,
        )
        for text, (against, where, bars) in rows.items()
    ]


def _partials() -> list[Contest]:
    return [
        Contest(
            f"{text} linear",
            text.split("H")[0],
            partial(_linear, text),
            lambda n: {"literal": opponents.Literal},
            sizes=_grid(SIZES, (16, 64)),
            width=width,
            memory=((128, 64),),
        )
        for text, width in (("aaH->aH", 1), ("abH->H", 1))
    ]


def _poolings() -> list[Contest]:
    bars = (Bar("literal", 0.97), Bar("literal", 1.3, geometric=True), Bar("literal", 0.7, memory=True))
    return [
        Contest(
            f"{text} pooling, h0 = C/{part}",
            text[:-1],
            partial(_pooling, text, order, part),
            lambda n: {"literal": opponents.LiteralPooling},
            sizes=_grid(SIZES),
            width=4,
            memory=memory,
            bars=bars,
        )
        for text, order, memory in (
            ("aH", 3, ((256, 32), (256, 128))),
            ("abH", 3, ((128, 32), (128, 128))),
            ("aaH", 2, ((128, 32), (128, 128))),
        )
        for part in (4, 2)
    ]


def _others() -> list[Contest]:
    def einsums(n: int) -> Opponents:
        return {
            "einsum": partial(opponents.LiteralPooling, contract=opponents.in_given_order),
            "opt_einsum": partial(opponents.LiteralPooling, contract=opt_einsum.contract),
        }

    small = (10, 15, 20)
    return [
        Contest(
            "aaH linear, small",
            "aa",
            partial(_linear, "aaH"),
            lambda n: {"gathered": partial(opponents.Gathered, n=n)},
            sizes=_grid(small, (16,)),
            batches=dict.fromkeys(small, 64),
            memory=((20, 16),),
        ),
        Contest("ab,cb,cd->ad", "ab", _cubic, einsums, sizes=_grid(SIZES, (1, 16)), width=8, memory=((128, 16),)),
        *(
            Contest(
                f"cyclic, order {order}",
                "t",
                partial(_cyclic, order),
                lambda n: {"circulant": opponents.Circulant},
                sizes=sizes,
                batches=dict.fromkeys((n for n, _ in sizes), 16),
                memory=sizes[-1:],
            )
            for order, sizes in ((1, ((64, 64), (256, 16), (1024, 4), (4096, 1))), (2, ((64, 64), (96, 32))))
        ),
    ]


def contests() -> dict[str, Contest]:
    return {one.name: one for one in (*_linears(), *_partials(), *_poolings(), *_others())}
