"""Generated source made a module of the running session."""

from __future__ import annotations

import builtins
import hashlib
import linecache
import sys
from collections.abc import Iterable, Mapping
from functools import partialmethod
from types import ModuleType
from typing import Any, Unpack

import torch

from symshare.core.bases.basis import Basis
from symshare.core.notation.reading import Groups
from symshare.core.notation.signature import Signature
from symshare.core.poolings.pooling_set import PoolingSet
from symshare.nn.stacking import watch
from symshare.pipeline import emit
from symshare.plans.choices import NAMES, SOURCES, PlanOptions, takes_options
from symshare.plans.network import Network, network
from symshare.plans.steps import Plan

__all__ = ["EinNet", "compile", "load"]


class LayerOptions(PlanOptions, total=False):
    """The options of `compile`: those of a plan, and what a layer is made with."""

    rank: int
    device: torch.device | str | int | None
    dtype: torch.dtype | None


@takes_options
def compile(
    basis: Network | Plan | Basis | PoolingSet | Signature | str,
    in_channels: int | tuple[int, ...],
    out_channels: int | tuple[int, ...],
    **others: Unpack[LayerOptions],
) -> torch.nn.Module:
    """The layer that `symshare.emit` writes, ready to use in this session.

    The options are those of `symshare.plan`, which a text or a Signature has with it (for a pooling layer the channel numbers
    decide which matrices are merged); the others go to the layer (`rank`, `device`, `dtype`). The layer's arguments are the
    tensors' names, positional or by keyword. A traceback through the layer shows its generated lines.

    >>> layer = compile("abH", 2, 5)
    >>> layer(torch.zeros(7, 3, 4, 2)).shape
    torch.Size([7, 3, 4, 5])
    >>> layer = compile("adj:aaH,nodes:aH->nodes:aH", (1, 3), 8, order=2, only=["adj:aa,nodes:a->nodes:a"])
    >>> layer(nodes=torch.zeros(5, 3), adj=torch.zeros(5, 5, 1)).shape
    torch.Size([5, 8])
    """
    names = NAMES.union(SOURCES)
    given: dict[str, Any] = {name: value for name, value in others.items() if name in names}
    rest = {name: value for name, value in others.items() if name not in names}
    made = isinstance(basis, Plan | Network)
    pooling = isinstance(basis, PoolingSet) or (given.get("kind") == "pooling" and not made)
    if pooling and given.get("channels") is None:
        numbers = {"in": in_channels, "out": out_channels, "rank": others.get("rank", 8)}
        given["channels"] = {name: max(own) for name, number in numbers.items() if (own := _whole(number))}
    module = load(emit(basis, **given))
    kind = module.EinNet if isinstance(basis, Network) else module.Layer
    layer: torch.nn.Module = kind(in_channels, out_channels, **rest)
    return layer


def _whole(numbers: object) -> list[int]:
    """Channel numbers as a list; none where some are no numbers, which the layer then refuses."""
    given = list(numbers) if isinstance(numbers, tuple | list) else [numbers]
    found = [one for one in given if isinstance(one, int) and not isinstance(one, bool) and one > 0]
    return found if len(found) == len(given) else []


def EinNet(  # noqa: N802
    signature: Signature | str,
    in_features: int | tuple[int, ...],
    out_features: int | tuple[int, ...],
    width: int | Mapping[str, int] = 64,
    pool_width: int = 16,
    depth: int = 4,
    *,
    order: int = 2,
    depends: Iterable[str] | str = (),
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
    poolings: Iterable[str] | str = (),
    types: Iterable[str] | str = (),
    centred: Iterable[str] | str = (),
    rounds: int | None = None,
    reduce: str = "mean",
    normalise_factors: bool = True,
    nonlinearity: str | None = "gelu",
    inject: bool = False,
    scaled: int | None = None,
    sparse: Iterable[str] | str = (),
    **options: Any,
) -> torch.nn.Module:
    """The network that `symshare emit --network einnet` writes, made at once: pooling layers with residual sums, GELU
    between, and a linear layer to the outputs.

    `signature` is a text or a Signature, with the options of `symshare.signature`. Inputs have shape (batch.., *set axes,
    in_features), outputs (batch.., *set axes, out_features); arguments are the tensors' names. `poolings` names the
    poolings to use; by default all irreducible ones up to `order`. With `rounds` the network is recurrent: the same
    layers so many times; `model(x, every=True)` gives the outputs after each round, (rounds, batch.., ..), and
    `model(x, rounds=64)` goes on for longer. Without nonlinearity and normalised factors it is a polynomial; with `inject`
    every layer sees the inputs too, with `scaled` their size is divided out, and a power of it multiplies the outputs. Tensors
    that `sparse` names have values on the pairs of a support, which the model takes: `model(edges, nodes, support=support)`.
    `types`, widths for each type, `centred` and what stands in for GELU under other groups are as in `symshare.network`.
    `options` are `checkpoint` (layers are computed again for their derivative), `device`, `dtype`.

    >>> model = EinNet("abH->aH", 3, 5, width=8, pool_width=4, depth=2)
    >>> model(torch.zeros(7, 4, 6, 3)).shape
    torch.Size([7, 4, 5])
    >>> model = EinNet("abH", 3, 5, width=8, pool_width=4, depth=1, rounds=6)
    >>> model(torch.zeros(7, 4, 6, 3), every=True).shape
    torch.Size([6, 7, 4, 6, 5])
    >>> model = EinNet("pos:arH,charge:aH->arH", (1, 2), 1, {"ar": 8, "a": 16}, 4, 2, axes={"r": "O(3)"})
    >>> model(torch.zeros(7, 5, 3, 1), torch.zeros(7, 5, 2)).shape
    torch.Size([7, 5, 3, 1])
    """
    given: dict[str, Any] = {"depends": depends, "axes": axes, "sizes": sizes, "poolings": poolings, "types": types}
    given |= {"centred": centred, "sparse": sparse}
    given |= {"width": width, "pool_width": pool_width, "depth": depth, "rounds": rounds, "reduce": reduce}
    given |= {"normalise_factors": normalise_factors, "nonlinearity": nonlinearity, "inject": inject, "scaled": scaled}
    made = network(signature, order, **given)
    model: torch.nn.Module = load(emit(made)).EinNet(in_features, out_features, **options)
    return model


def load(source: str) -> ModuleType:
    """A module from the text of a generated layer; the same text gives the same module.

    The text is run: give it generated source only. A `torch.nn.Sequential` of such layers with no nonlinearity between is
    warned of, when it is made.
    """
    watch()
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    name = f"symshare.nn.generated_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    filename = f"<symshare layer {digest}>"
    code = builtins.compile(source, filename, "exec")
    module = ModuleType(name)
    module.__file__ = filename
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(code, module.__dict__)
    for title, kind in list(module.__dict__.items()):
        if isinstance(kind, type) and issubclass(kind, torch.nn.Module):
            kind.__reduce_ex__ = partialmethod(_reduced, source, title)  # type: ignore[assignment]  # binds as a method does
    sys.modules[name] = module
    return module


def _reduced(layer: torch.nn.Module, source: str, title: str, protocol: int) -> tuple[Any, ...]:
    """What a layer is pickled as: its source, its class, its state."""
    return _blank, (source, title), layer.__getstate__()  # type: ignore[no-untyped-call]  # object's, without types


def _blank(source: str, title: str) -> torch.nn.Module:
    """A layer without its state, for unpickling in any process."""
    kind = getattr(load(source), title)
    blank: torch.nn.Module = kind.__new__(kind)
    return blank
