"""A module's graph as the tensors that it computes, each dimension a term over atoms."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.export.graph_signature import InputKind

from symshare.errors import SymshareError
from symshare.weights.rules import RULES, elementwise
from symshare.weights.values import Trace, Value

__all__ = ["traced"]

KEPT = ("linear", "layer_norm", "group_norm", "scaled_dot_product_attention", "embedding", "softmax", "log_softmax")
"""Operations that are looked at whole, not taken apart."""


def traced(
    module: torch.nn.Module,
    inputs: Sequence[Any],
    keywords: Mapping[str, Any] | None = None,
    *,
    permuted_inputs: bool = False,
    permuted_outputs: bool = False,
) -> Trace:
    """Follow every dimension of every tensor through a module's exported graph."""
    module = copy.deepcopy(module).eval()
    program = torch.export.export(module, tuple(inputs), dict(keywords or {}), strict=False)
    table = torch.export.default_decompositions()
    for operation in list(table):
        if operation.name().split("::")[-1].split(".")[0] in KEPT:
            table.pop(operation)
    program = program.run_decompositions(table)
    trace = Trace()
    values: dict[Any, Any] = {}
    kinds = {spec.arg.name: spec for spec in program.graph_signature.input_specs}
    for node in program.graph.nodes:
        if node.op == "placeholder":
            values[node] = _placeholder(trace, program, kinds[node.name], node, permuted_inputs)
        elif node.op == "call_function":
            values[node] = _called(trace, node, values)
        elif node.op == "output":
            for one in torch.utils._pytree.tree_leaves(node.args):
                if isinstance(one, torch.fx.Node) and isinstance(values.get(one), Value):
                    dims = values[one].dims
                    trace.outputs.append(dims)
                    if not permuted_outputs:
                        for term in dims:
                            trace.atoms.fix(term, "an output")
        else:
            raise SymshareError(f"the graph has a node of the kind {node.op!r}\n  ..")
    return trace


def _placeholder(trace: Trace, program: Any, spec: Any, node: Any, permuted: bool) -> Any:
    value = node.meta["val"]
    if not isinstance(value, torch.Tensor):
        return value
    if spec.kind is InputKind.PARAMETER or (spec.kind is InputKind.BUFFER and spec.persistent):
        dims = trace.see([trace.atoms.new(size) for size in value.shape])
        trace.parameters[spec.target] = dims
        return Value(dims)
    if spec.kind is InputKind.USER_INPUT:
        dims = trace.see([trace.atoms.new(size, "" if permuted else "an input") for size in value.shape])
        trace.inputs.append(dims)
        return Value(dims)
    constant = program.constants[spec.target]
    return Value(trace.of_constant(constant), constant)


def _called(trace: Trace, node: Any, values: Mapping[Any, Any]) -> Any:
    def given(one: Any) -> Any:
        return values[one] if isinstance(one, torch.fx.Node) else one

    args, kwargs = torch.fx.node.map_aggregate((node.args, node.kwargs), given)
    if node.target.__name__ == "getitem":
        return args[0][args[1]]
    leaves = [one for one in torch.utils._pytree.tree_leaves((args, kwargs)) if isinstance(one, Value)]
    if all(one.constant is not None for one in leaves):
        return _computed(trace, node, args, kwargs)
    name = node.target.overloadpacket.__name__
    rule = RULES.get(name) or (elementwise if torch.Tag.pointwise in node.target.tags else None)
    if rule is None:
        raise SymshareError(f"no rule for {node.target}\n{node.meta.get('stack_trace', '')}")
    names = [one.name for one in node.target._schema.arguments]
    bound = {**{one.name: one.default_value for one in node.target._schema.arguments if one.has_default_value()}}
    bound |= dict(zip(names, args, strict=False)) | kwargs
    shapes = node.meta["val"]
    result = rule(trace, shapes, **bound)
    if isinstance(shapes, torch.Tensor):
        return Value(trace.see(_fit(trace, result, shapes)))
    return tuple(Value(trace.see(_fit(trace, one, shape))) for one, shape in zip(result, shapes, strict=True))


def _fit(trace: Trace, dims: Sequence[Any], shape: torch.Tensor) -> tuple[Term, ...]:
    sizes = tuple(map(trace.atoms.size, dims))
    if sizes != tuple(shape.shape):
        raise AssertionError(f"a rule gives {sizes}, not {tuple(shape.shape)}")
    return tuple(dims)


def _computed(trace: Trace, node: Any, args: Any, kwargs: Any) -> Any:
    def entries(one: Any) -> Any:
        return one.constant if isinstance(one, Value) else one

    args, kwargs = torch.utils._pytree.tree_map(entries, (args, kwargs))
    result = node.target(*args, **kwargs)
    if isinstance(result, torch.Tensor):
        return Value(trace.of_constant(result), result)
    return tuple(Value(trace.of_constant(one), one) for one in result)
