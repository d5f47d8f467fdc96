"""Generated source as a module of the running session."""

from __future__ import annotations

import builtins
import hashlib
import linecache
import sys
from types import ModuleType
from typing import Any

import torch

from symshare.core.basis import Basis
from symshare.core.pooling import PoolingSet
from symshare.pipeline import emit
from symshare.plan.steps import Plan

__all__ = ["compile", "load"]


def compile(
    basis: Basis | PoolingSet | Plan,
    in_channels: int | tuple[int, ...],
    out_channels: int | tuple[int, ...],
    *,
    kind: str | None = None,
    reduce: str | None = None,
    coefficients: str | None = None,
    normalise_scale: bool | None = None,
    normalise_factors: bool | None = None,
    circular: str | None = None,
    **options: Any,
) -> torch.nn.Module:
    """The layer that `symshare.emit` writes, made at once.

    The named options are those of `symshare.plan` (for a pooling layer the channel numbers decide which matrices are merged);
    `options` go to the layer (`rank`, `device`, `dtype`). A traceback
    through the layer shows its generated lines.

    >>> import symshare
    >>> layer = compile(symshare.derive("abH", 1), 2, 5)
    >>> layer(torch.zeros(7, 3, 4, 2)).shape
    torch.Size([7, 3, 4, 5])
    """
    given: dict[str, Any] = {"kind": kind, "reduce": reduce, "coefficients": coefficients, "circular": circular}
    given |= {"normalise_scale": normalise_scale, "normalise_factors": normalise_factors}
    if kind == "pooling" or isinstance(basis, PoolingSet):
        numbers = {"in": in_channels, "out": out_channels, "rank": options.get("rank", 8)}
        given["channels"] = {
            name: number if isinstance(number, int) else max(number) for name, number in numbers.items()
        }
    module = load(emit(basis, **given))
    layer: torch.nn.Module = module.Layer(in_channels, out_channels, **options)
    return layer


def load(source: str) -> ModuleType:
    """A module from the text of a generated layer; the same text gives the same module.

    The text is run: give it generated source only.
    """
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
    module.__dict__["Layer"].__reduce_ex__ = lambda layer, protocol: (_blank, (source,), layer.__getstate__())
    sys.modules[name] = module
    return module


def _blank(source: str) -> torch.nn.Module:
    """A layer without its state, for unpickling in any process."""
    kind = load(source).Layer
    blank: torch.nn.Module = kind.__new__(kind)
    return blank
