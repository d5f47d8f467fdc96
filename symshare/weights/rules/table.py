"""The table of rules: for each operation of ATen what it says of the dimensions of its tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils._pytree import tree_leaves

from symshare.weights.terms import UNIT, Term, Uniform, loose, tightened
from symshare.weights.values import Trace, Value

__all__ = ["RULES", "Dims", "Rule", "elementwise", "fix", "joined", "replaced", "rule", "sized", "tensors", "without"]

Rule = Callable[..., Any]
Dims = Sequence[Term]
RULES: dict[str, Rule] = {}
"""For each operation the terms of its result, or of each of its results, from the trace, their shapes, and its arguments."""


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Enter a function as the rule of some operations."""

    def entered(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return entered


def tensors(given: Any) -> list[Value]:
    """All tensors among some arguments."""
    return [one for one in tree_leaves(given) if isinstance(one, Value)]


def joined(trace: Trace, *all_dims: Dims) -> tuple[Term, ...]:
    """Unify dimensions aligned at the end; one of length one goes with any."""
    rank = max(map(len, all_dims))
    found: list[Term] = []
    for place in range(-rank, 0):
        terms = [dims[place] for dims in all_dims if len(dims) >= -place]
        sizes = set(map(trace.atoms.size, terms))
        size = next(iter(sizes - {1}), 1)
        whole = [term for term in terms if trace.atoms.size(term) == size]
        varied = [term for term in whole if not isinstance(term, Uniform)]
        first = next((term for term in varied if not loose(term)), varied[0] if varied else whole[0])
        if len(varied) > 1 and loose(first):
            first = tightened(first, trace.atoms.new)
        for term in varied:
            trace.atoms.unify(first, term)
        found.append(first)
    return tuple(found)


@rule("complex", "polar")
def elementwise(trace: Trace, shape: Any, **given: Any) -> Any:
    """An operation on each entry by itself, with broadcasting."""
    return joined(trace, *(one.dims for one in tensors(given)))


def without(dims: Dims, places: Sequence[int], keepdim: bool = False) -> tuple[Term, ...]:
    """Dimensions without some of them, or with these of length one."""
    gone = {place % len(dims) for place in places} if dims else set()
    if keepdim:
        return tuple(UNIT if place in gone else term for place, term in enumerate(dims))
    return tuple(term for place, term in enumerate(dims) if place not in gone)


def fix(trace: Trace, dims: Dims, why: str) -> None:
    """Allow no exchange within some dimensions."""
    for term in dims:
        trace.atoms.fix(term, why)


def replaced(dims: Dims, dim: int, term: Term) -> tuple[Term, ...]:
    """Dimensions with another one at a place."""
    changed = list(dims)
    changed[dim] = term
    return tuple(changed)


def sized(trace: Trace, dims: Dims, shape: torch.Tensor, why: str) -> tuple[Term, ...]:
    """Dimensions of which those that have another length now are fixed, and new ones."""
    found: list[Term] = []
    for term, size in zip(dims, shape.shape, strict=True):
        if trace.atoms.size(term) != size:
            trace.atoms.fix(term, why)
            term = trace.atoms.new(size, why)
        found.append(term)
    return tuple(found)
