"""A module's graph with numbers: what each of its nodes gives for some weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.export.graph_signature import InputKind
from torch.utils._pytree import tree_leaves

from symshare.weights.exporting import Subject, own_name
from symshare.weights.values import Trace

__all__ = ["ran"]


def ran(trace: Trace, subject: Subject, state: Mapping[str, torch.Tensor]) -> dict[Any, Any]:
    """What each node of a graph gives, for weights by the first of their names."""
    program = trace.program
    kinds = {spec.arg.name: spec for spec in program.graph_signature.input_specs}
    first = {name: one for one, others in trace.tied.items() for name in others}
    given = iter(tree_leaves((subject.inputs, dict(subject.keywords))))
    found: dict[Any, Any] = {}
    for node in program.graph.nodes:
        if node.op == "placeholder":
            spec = kinds[node.name]
            if spec.kind is InputKind.USER_INPUT:
                found[node] = next(given)
            elif spec.target in program.constants:
                found[node] = program.constants[spec.target]
            else:
                name = own_name(spec.target)
                found[node] = state[first.get(name, name)]
        elif node.op == "call_function":
            args, named = torch.fx.node.map_arg((node.args, node.kwargs), found.__getitem__)
            found[node] = node.target(*args, **named)
    return found
