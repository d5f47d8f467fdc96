"""A word to those who put layers in a row with nothing between."""

from __future__ import annotations

import json
import re
import sys
import warnings
from functools import cache
from typing import Any

import torch
from torch.nn.modules.module import register_module_module_registration_hook

from symshare.core.groups.files import generators_from
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.plans.hidden import GELU, ODD, kind_of

__all__ = ["StackWarning", "watch"]

LINEAR = "together they are one linear map"
PRODUCTS = "nothing bounds products of products"


class StackWarning(UserWarning):
    """Two layers of one sort follow each other in a `torch.nn.Sequential`, with nothing between."""


@cache
def watch() -> None:
    """Look at what is put into a `torch.nn.Sequential` from now on, and warn where a layer follows one of its sort.

    Linear maps of linear maps are linear; the degrees of products of products multiply. It is looked at while a stack is made:
    the layers know nothing of it, so that their calls cost the same, and graphs, copies and state dicts are as they were.
    """
    register_module_module_registration_hook(_looked_at)


def _looked_at(stack: torch.nn.Module, name: str, added: torch.nn.Module | None) -> None:
    if not isinstance(stack, torch.nn.Sequential) or (second := _end(added, 0)) is None:
        return
    names = list(stack._modules)
    place = names.index(name) if name in names else len(names)
    first = _end(stack._modules[names[place - 1]], -1) if place else None
    sort = _sort(second)
    if first is not None and sort and _sort(first) == sort:
        signature = _signature(second)
        told = f"two layers for {signature} in a row: {sort}\n  put a nonlinearity between: {_cure(signature)}"
        warnings.warn(told, StackWarning, stacklevel=4)


def _end(module: torch.nn.Module | None, place: int) -> torch.nn.Module | None:
    """A module, or the first (0) or last (-1) of a stack, where it is a layer that symshare wrote."""
    while isinstance(module, torch.nn.Sequential) and len(module):
        module = list(module)[place]
    wrote = type(module).__name__ == "Layer" and {"SIGNATURE", "TERMS"} <= _file(module).keys()
    return module if wrote else None


def _file(layer: torch.nn.Module | None) -> dict[str, Any]:
    """The names in the file of a layer."""
    found = sys.modules.get(type(layer).__module__)
    return vars(found) if found else {}


def _sort(layer: torch.nn.Module) -> str:
    """What two such layers in a row lack; nothing where factors are normalised. Constants in brackets are no factors.

    >>> from symshare.nn.compiling import compile
    >>> one = {"order": 2, "axes": {"r": "SO(3)"}}
    >>> [_sort(compile("arH", 1, 1, **given)) for given in ({**one, "order": 1}, one, {**one, "normalise_factors": True})]
    ['together they are one linear map', 'nothing bounds products of products', '']
    """
    file = _file(layer)
    factors = [re.sub(r",?\[[^]]*\]", "", term.partition("->")[0]) for term in file["TERMS"]]
    if not any("," in one for one in factors):
        return LINEAR
    return "" if "_standard" in file else PRODUCTS


def _signature(layer: torch.nn.Module) -> Signature:
    file = _file(layer)
    axes: dict[str, str | AxisGroup] = dict(file.get("AXES", {}))
    axes |= generators_from(json.loads(file["GENERATORS"])) if "GENERATORS" in file else {}
    return as_signature(file["SIGNATURE"], depends=file["DEPENDS"], axes=axes, sizes=file["SIZES"])


def _cure(signature: Signature) -> str:
    """The nonlinearity that keeps the group of what is between."""
    kinds = {kind_of(signature, tensor) for tensor in signature.inputs}
    if kinds <= {GELU}:
        return "torch.nn.GELU()"
    if kinds == {ODD}:
        return "Odd(), a class in the file of a network (symshare emit --network einnet)"
    return "Gate(..), a class in the file of a network, or take symshare.nn.EinNet"
