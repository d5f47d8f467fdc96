"""A module's graph as the tensors that it computes, each dimension a term over atoms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.export.graph_signature import InputKind, OutputKind
from torch.utils._pytree import tree_leaves, tree_map

from symshare.errors import SpecError, shown
from symshare.weights.exporting import OVERRIDE, Subject, exported, own_name, place_of
from symshare.weights.rules import RULES, elementwise
from symshare.weights.terms import UNIT, Term, Uniform
from symshare.weights.values import Trace, Value

__all__ = ["UNUSED", "names_of", "traced"]

CARRIES = ("view", "permute", "slice", "select", "expand", "unsqueeze", "squeeze", "clone", "_to_copy", "alias", "copy")
"""Operations after which the whole numbers of an input are still its own."""

UNUSED = "the module does not use it"

FILLED = ("zeros_like", "ones_like", "full_like", "new_zeros", "new_ones", "new_full")
"""Operations that fill a tensor with a number, whatever another one has in it."""

BLANK = ("empty", "empty_strided", "new_empty", "empty_permuted")


def names_of(module: torch.nn.Module) -> dict[str, tuple[str, ...]]:
    """The names of all that a module's state dict has, the first of those that are tied with the others."""
    kept = set(module.state_dict())
    listed = [*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False)]
    groups: dict[int, list[str]] = {}
    for name, one in listed:
        if name in kept:
            groups.setdefault(id(one), []).append(name)
    return {first: tuple(others) for first, *others in groups.values()}


def traced(subject: Subject, *, inputs: bool = False, outputs: bool = False, lenient: bool = False) -> Trace:
    """Follow every dimension of every tensor through a module's graph.

    `inputs` and `outputs` say whether these may be permuted. Operations without a rule raise SpecError, unless `lenient`:
    then nothing is known of what they give.
    """
    program = exported(subject)
    trace = Trace(permuted=(inputs, outputs), program=program)
    _weights(trace, subject.module)
    values = trace.nodes
    kinds = {spec.arg.name: spec for spec in program.graph_signature.input_specs}
    for node in program.graph.nodes:
        if node.op == "placeholder":
            values[node] = _placeholder(trace, program, kinds[node.name], node)
        elif node.op == "call_function":
            values[node] = _called(trace, node, values, lenient)
        elif node.op == "output":
            _end(trace, program, node, values)
        else:
            raise _unknown(f"control flow ({node.op} {node.target})", node)
        if isinstance(kept := node.meta.get("val"), torch.Tensor) and (kept.is_floating_point() or kept.is_complex()):
            coarse = max(trace.precision, kept.dtype.to_real(), key=lambda one: torch.finfo(one).eps)
            trace.precision = coarse
    return trace


def _weights(trace: Trace, module: torch.nn.Module) -> None:
    """Enter all weights, those that are tied once."""
    own = dict([*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False)])
    parameters = dict(module.named_parameters(remove_duplicate=False))
    for name, others in names_of(module).items():
        dims = trace.see([trace.atoms.new(size) for size in own[name].shape])
        trace.parameters[name] = dims
        if others:
            trace.tied[name] = others
        if name not in parameters:
            trace.buffers.add(name)


def _placeholder(trace: Trace, program: Any, spec: Any, node: Any) -> Any:
    value = node.meta["val"]
    if not isinstance(value, torch.Tensor):
        return value
    if spec.kind is InputKind.PARAMETER or (spec.kind is InputKind.BUFFER and spec.persistent):
        name = next(one for one in trace.parameters if own_name(spec.target) in (one, *trace.tied.get(one, ())))
        trace.used_weights |= {name} if node.users else set()
        return Value(trace.parameters[name], dtype=value.dtype)
    if spec.kind is InputKind.USER_INPUT:
        why = "" if trace.permuted[0] else "an input"
        dims = trace.see([trace.atoms.new(size, why) for size in value.shape])
        trace.inputs.append(dims)
        whole = not value.is_floating_point() and not value.is_complex() and value.dtype != torch.bool
        return Value(dims, labels=len(trace.inputs) - 1 if whole else -1, dtype=value.dtype)
    if spec.target not in program.constants:
        return Value(tuple(Uniform(size) if size != 1 else UNIT for size in value.shape), dtype=value.dtype)
    constant = program.constants[spec.target]
    return Value(trace.of_constant(constant), constant, dtype=value.dtype)


def _end(trace: Trace, program: Any, node: Any, values: Mapping[Any, Any]) -> None:
    """Outputs are fixed, unless permuted; what is written into weights and inputs has their dimensions."""
    for one, spec in zip(node.args[0], program.graph_signature.output_specs, strict=True):
        value = values.get(one) if isinstance(one, torch.fx.Node) else None
        if not isinstance(value, Value):
            continue
        if spec.kind is OutputKind.USER_OUTPUT:
            dims = tuple(trace.atoms.new(term.size) if isinstance(term, Uniform) else term for term in value.dims)
            trace.outputs.append(dims)
            for term in () if trace.permuted[1] else dims:
                trace.atoms.fix(term, "an output")
        elif spec.kind is OutputKind.BUFFER_MUTATION and own_name(spec.target) in trace.parameters:
            for mine, term in zip(trace.parameters[own_name(spec.target)], value.dims, strict=True):
                trace.atoms.unify(mine, term)
        else:
            for term in value.dims:
                trace.atoms.fix(term, "it is written into an input")
    for number in trace.numbers & set(trace.labels):
        trace.atoms.fix(trace.labels[number], "its values are used as numbers")
    for name, dims in trace.parameters.items():
        if name not in trace.used_weights:
            for term in dims:
                trace.atoms.fix(term, UNUSED)


def _called(trace: Trace, node: Any, values: Mapping[Any, Any], lenient: bool) -> Any:
    args, kwargs = torch.fx.node.map_aggregate(
        (node.args, node.kwargs), lambda one: values[one] if isinstance(one, torch.fx.Node) else one
    )
    if node.target.__name__ == "getitem":
        return args[0][args[1]]
    if not isinstance(node.target, torch._ops.OpOverload):
        raise _unknown(str(node.target), node)
    name = node.target.overloadpacket.__name__
    if name.startswith(("_assert", "sym_constrain")):
        return None
    given = [one for one in tree_leaves((args, kwargs)) if isinstance(one, Value)]
    _check(node, name)
    if all(one.constant is not None for one in given) and name not in BLANK:
        return _computed(trace, node, args, kwargs)
    if name in FILLED:
        return _filled(trace, node)
    shapes = node.meta["val"]
    rule = RULES.get(name) or (elementwise if torch.Tag.pointwise in node.target.tags else None)
    if name in BLANK:
        return Value(tuple(Uniform(size) if size != 1 else UNIT for size in shapes.shape), dtype=shapes.dtype)
    if rule is None and lenient:
        return tree_map(lambda one: Value(tuple(map(trace.atoms.new, one.shape)), dtype=one.dtype), shapes)
    if rule is None:
        raise _unknown(name, node)
    labels = given[0].labels if name in CARRIES else -1
    if name != "embedding" and labels < 0:
        _numbers_used(trace, given)
    trace.used = frozenset(user.args[1] for user in node.users if getattr(user.target, "__name__", "") == "getitem")
    try:
        result = rule(trace, shapes, **_bound(node, args, kwargs))
    except SpecError as error:
        raise _unknown(f"{name} ({error})", node) from None
    if isinstance(shapes, torch.Tensor):
        return _seen(trace, result, shapes, node, labels)
    return tuple(None if one is None else _seen(trace, one, two, node) for one, two in zip(result, shapes, strict=True))


def _bound(node: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an operation by their names."""
    listed = node.target._schema.arguments
    defaults = {one.name: one.default_value for one in listed if one.has_default_value()}
    return defaults | dict(zip((one.name for one in listed), args, strict=False)) | dict(kwargs)


def _check(node: Any, name: str) -> None:
    """Refuse what draws random numbers, and results whose lengths depend on values."""
    if torch.Tag.nondeterministic_seeded in node.target.tags and not _drops_nothing(node):
        cure = "draw them outside, or only where self.training holds"
        raise SpecError(f"{name} draws random numbers in evaluation mode\n  {place_of(node)}\n  {cure}")
    shapes = [one.shape for one in tree_leaves(node.meta["val"]) if isinstance(one, torch.Tensor)]
    if any(not isinstance(size, int) for shape in shapes for size in shape) or isinstance(
        node.meta["val"], (torch.SymInt, torch.SymFloat, torch.SymBool)
    ):
        raise _unknown(f"{name}, whose result depends on the values of tensors,", node)


def _drops_nothing(node: Any) -> bool:
    """Whether an operation that may drop entries drops none."""
    bound = _bound(node, node.args, node.kwargs)
    return not bound.get("dropout_p", bound.get("p", 1)) or bound.get("train") is False


def _unknown(what: str, node: Any) -> SpecError:
    return SpecError(f"there is no rule for {shown(what)}\n  {place_of(node)}\n  {OVERRIDE}")


def _numbers_used(trace: Trace, given: Sequence[Value]) -> None:
    """Whole numbers of inputs that are reckoned with are no mere labels."""
    for one in given:
        if one.labels >= 0:
            trace.numbers.add(one.labels)


def _seen(trace: Trace, dims: Sequence[Term], shape: torch.Tensor, node: Any, labels: int = -1) -> Value:
    sizes = tuple(map(trace.atoms.size, dims))
    if sizes != tuple(shape.shape):
        raise _unknown(f"{node.target} of this kind (it gives {sizes}, not {tuple(shape.shape)})", node)
    return Value(trace.see(dims), labels=labels, dtype=shape.dtype)


def _filled(trace: Trace, node: Any) -> Value:
    """A tensor of one number, of the shape of another or of one that is given."""

    def blank(one: Any) -> torch.Tensor:
        return torch.zeros(one.meta["val"].shape, dtype=one.meta["val"].dtype)

    args, kwargs = torch.fx.node.map_arg((node.args, node.kwargs), blank)
    made = node.target(*args, **kwargs)
    return Value(trace.of_constant(made), made, dtype=made.dtype)


def _computed(trace: Trace, node: Any, args: Any, kwargs: Any) -> Any:
    args, kwargs = tree_map(lambda one: one.constant if isinstance(one, Value) else one, (args, kwargs))
    result = node.target(*args, **kwargs)
    return tree_map(
        lambda one: Value(trace.of_constant(one), one, dtype=one.dtype) if isinstance(one, torch.Tensor) else one,
        result,
    )
