"""What each operation of a graph says of the dimensions of its tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import torch

from symshare.weights.atoms import UNIT, Prod, Term, Uniform
from symshare.weights.values import Trace, Value

__all__ = ["RULES", "elementwise"]

Rule = Callable[..., Any]
RULES: dict[str, Rule] = {}
"""For each operation of ATen the terms of its result, from its arguments by name."""

Dims = Sequence[Term]


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Enter a function as the rule of some operations."""

    def entered(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return entered


def tensors(given: Any) -> list[Value]:
    """All tensors among some arguments."""
    return [one for one in torch.utils._pytree.tree_leaves(given) if isinstance(one, Value)]


def joined(trace: Trace, *all_dims: Dims) -> tuple[Term, ...]:
    """Unify dimensions aligned at the end; one of length one goes with any."""
    rank = max(map(len, all_dims))
    found: list[Term] = []
    for place in range(-rank, 0):
        terms = [dims[place] for dims in all_dims if len(dims) >= -place]
        size = max(map(trace.atoms.size, terms))
        if 0 in map(trace.atoms.size, terms):
            size = 0
        whole = [term for term in terms if trace.atoms.size(term) == size]
        first = next((term for term in whole if not isinstance(term, Uniform)), whole[0])
        for term in whole:
            trace.atoms.unify(first, term)
        found.append(first)
    return tuple(found)


def elementwise(trace: Trace, shape: Any, **given: Any) -> Any:
    """An operation on each entry by itself, with broadcasting."""
    return joined(trace, *(one.dims for one in tensors(given)))


def without(dims: Dims, places: Sequence[int], keepdim: bool = False) -> tuple[Term, ...]:
    gone = {place % len(dims) for place in places}
    if keepdim:
        return tuple(UNIT if place in gone else term for place, term in enumerate(dims))
    return tuple(term for place, term in enumerate(dims) if place not in gone)


def fixed(trace: Trace, dims: Dims, why: str) -> None:
    for term in dims:
        trace.atoms.fix(term, why)


# --- contractions


def contracted(trace: Trace, one: Dims, two: Dims, batch: int, out: Dims) -> tuple[Term, ...]:
    trace.see((*out, one[-1]))
    return tuple(out)


@rule("linear")
def _linear(trace: Trace, shape: Any, *, input: Value, weight: Value, bias: Value | None = None) -> Any:
    trace.atoms.unify(input.dims[-1], weight.dims[-1])
    out = (*input.dims[:-1], *weight.dims[:-1])
    trace.see((*out, input.dims[-1]))
    return out if bias is None else joined(trace, out, bias.dims)


def _product(trace: Trace, one: Dims, two: Dims) -> tuple[Term, ...]:
    trace.atoms.unify(one[-1], two[-2])
    batch = joined(trace, one[:-2], two[:-2]) if len(one) > 2 or len(two) > 2 else ()
    trace.see((*batch, one[-2], one[-1], two[-1]))
    return (*batch, one[-2], two[-1])


@rule("mm", "bmm")
def _mm(trace: Trace, shape: Any, *, self: Value, mat2: Value, **rest: Any) -> Any:
    return _product(trace, self.dims, mat2.dims)


@rule("addmm")
def _addmm(trace: Trace, shape: Any, *, self: Value, mat1: Value, mat2: Value, **rest: Any) -> Any:
    return joined(trace, _product(trace, mat1.dims, mat2.dims), self.dims)


@rule("baddbmm")
def _baddbmm(trace: Trace, shape: Any, *, self: Value, batch1: Value, batch2: Value, **rest: Any) -> Any:
    return joined(trace, _product(trace, batch1.dims, batch2.dims), self.dims)


@rule("mv")
def _mv(trace: Trace, shape: Any, *, self: Value, vec: Value) -> Any:
    trace.atoms.unify(self.dims[-1], vec.dims[-1])
    return self.dims[:-1]


@rule("dot")
def _dot(trace: Trace, shape: Any, *, self: Value, tensor: Value) -> Any:
    trace.atoms.unify(self.dims[-1], tensor.dims[-1])
    return ()


@rule("scaled_dot_product_attention")
def _attention(
    trace: Trace, shape: Any, *, query: Value, key: Value, value: Value, attn_mask: Value | None = None, **rest: Any
) -> Any:
    scores = _product(trace, query.dims, (*key.dims[:-2], key.dims[-1], key.dims[-2]))
    if rest["is_causal"]:
        fixed(trace, scores[-2:], "a causal mask")
    if attn_mask is not None:
        scores = joined(trace, scores, attn_mask.dims)
    trace.see(scores)
    trace.see(scores[:-1])
    return _product(trace, scores, value.dims)


@rule("convolution")
def _convolution(
    trace: Trace, shape: Any, *, input: Value, weight: Value, bias: Value | None, transposed: bool, groups: int, **rest: Any
) -> Any:
    atoms = trace.atoms
    spatial = len(rest["stride"])
    image, kernel = input.dims[-spatial:], weight.dims[2:]
    fixed(trace, image, "a spatial dimension")
    fixed(trace, kernel, "a spatial dimension of a kernel")
    channels, first, second = input.dims[-spatial - 1], weight.dims[0], weight.dims[1]
    if groups == 1:
        ins, outs = (first, second) if transposed else (second, first)
        atoms.unify(channels, ins)
    else:
        halves = atoms.split(first, groups)
        wanted = atoms.split(channels, groups)
        if halves is None or wanted is None:
            fixed(trace, (channels, first, second), "its groups do not fit")
            outs = atoms.new(shape.shape[-spatial - 1], "its groups do not fit")
        else:
            atoms.unify(halves[0], wanted[0])
            atoms.unify(wanted[1], halves[1] if transposed else second)
            outs = atoms.product([halves[0], second]) if transposed else first
    new = [atoms.new(size, "a spatial dimension") for size in shape.shape[-spatial:]]
    out = (*input.dims[: -spatial - 1], outs, *new)
    trace.see((*out, channels))
    if bias is not None:
        atoms.unify(outs, bias.dims[0])
    return out


# --- normalisations


@rule("layer_norm", "rms_norm")
def _layer_norm(trace: Trace, shape: Any, *, input: Value, normalized_shape: Sequence[int], **rest: Any) -> Any:
    number = len(normalized_shape)
    trace.see(input.dims[:-number])
    last = input.dims[-number:]
    for one in tensors(rest):
        joined(trace, last, one.dims)
    return input.dims


@rule("group_norm")
def _group_norm(trace: Trace, shape: Any, *, input: Value, num_groups: int, **rest: Any) -> Any:
    halves = trace.atoms.split(input.dims[1], num_groups)
    if halves is None:
        trace.atoms.fix(input.dims[1], "its groups do not fit")
    else:
        trace.see((input.dims[0], halves[0]))
        trace.see((input.dims[0], *halves, *input.dims[2:]))
    for one in tensors(rest):
        trace.atoms.unify(input.dims[1], one.dims[0])
    return input.dims


@rule("_native_batch_norm_legit_no_training")
def _batch_norm(trace: Trace, shape: Any, *, input: Value, **rest: Any) -> Any:
    for one in tensors(rest):
        trace.atoms.unify(input.dims[1], one.dims[0])
    return input.dims, (Uniform(0),), (Uniform(0),)


@rule("softmax", "_softmax", "log_softmax", "_log_softmax", "cumsum_")
def _softmax(trace: Trace, shape: Any, *, self: Value, dim: int, **rest: Any) -> Any:
    trace.see(without(self.dims, [dim]))
    return self.dims


# --- reductions


@rule("sum", "mean", "amax", "amin", "any", "all", "prod", "var", "std", "logsumexp", "linalg_vector_norm", "count_nonzero")
def _reduced(trace: Trace, shape: Any, *, self: Value, dim: Any = None, keepdim: bool = False, **rest: Any) -> Any:
    places = range(len(self.dims)) if dim is None or dim == [] else [dim] if isinstance(dim, int) else dim
    return without(self.dims, list(places), keepdim)


@rule("var_mean", "std_mean")
def _reduced_twice(trace: Trace, shape: Any, **given: Any) -> Any:
    return (_reduced(trace, shape, **given),) * 2


@rule("max", "min")
def _extreme(trace: Trace, shape: Any, *, self: Value, dim: int | None = None, keepdim: bool = False, **rest: Any) -> Any:
    if dim is None:
        return ()
    trace.atoms.fix(self.dims[dim], "places along it are used as values")
    return (without(self.dims, [dim], keepdim),) * 2


@rule("argmax", "argmin")
def _places(trace: Trace, shape: Any, *, self: Value, dim: int | None = None, keepdim: bool = False) -> Any:
    if dim is None:
        fixed(trace, self.dims, "places along it are used as values")
        return ()
    trace.atoms.fix(self.dims[dim], "places along it are used as values")
    return without(self.dims, [dim], keepdim)


# --- layout


@rule("view", "reshape", "_unsafe_view", "flatten", "unflatten")
def _view(trace: Trace, shape: Any, *, self: Value, **rest: Any) -> Any:
    return reshaped(trace, self.dims, tuple(shape.shape))


def reshaped(trace: Trace, dims: Dims, sizes: Sequence[int]) -> tuple[Term, ...]:
    """The dimensions of a tensor laid out anew."""
    atoms = trace.atoms
    if 0 in sizes:
        return tuple(atoms.new(size, "it is empty") for size in sizes)
    left = [factor for term in dims for factor in atoms.factors(term)]
    found: list[Term] = []
    for size in sizes:
        taken: list[Term] = []
        while size > 1:
            first = left.pop(0)
            length = atoms.size(first)
            if length > size:
                halves = atoms.split(first, size)
                if halves is None:
                    why = "it is laid out in two ways that do not match"
                    fixed(trace, dims, why)
                    return tuple(atoms.new(size, why) for size in sizes)
                left.insert(0, halves[1])
                first, length = halves[0], size
            elif size % length:
                why = "it is laid out in two ways that do not match"
                fixed(trace, dims, why)
                return tuple(atoms.new(size, why) for size in sizes)
            taken.append(first)
            size //= length
        found.append(atoms.product(taken))
    return tuple(found)


@rule("permute")
def _permute(trace: Trace, shape: Any, *, self: Value, dims: Sequence[int]) -> Any:
    return tuple(self.dims[place] for place in dims)


@rule("transpose")
def _transpose(trace: Trace, shape: Any, *, self: Value, dim0: int, dim1: int) -> Any:
    dims = list(self.dims)
    dims[dim0], dims[dim1] = dims[dim1], dims[dim0]
    return dims


@rule("t")
def _t(trace: Trace, shape: Any, *, self: Value) -> Any:
    return self.dims[::-1]


@rule("expand")
def _expand(trace: Trace, shape: Any, *, self: Value, **rest: Any) -> Any:
    dims = (*([UNIT] * (len(shape.shape) - len(self.dims))), *self.dims)
    return tuple(
        Uniform(size) if trace.atoms.size(term) == 1 and size > 1 else term
        for term, size in zip(dims, shape.shape, strict=True)
    )


@rule("repeat")
def _repeat(trace: Trace, shape: Any, *, self: Value, repeats: Sequence[int]) -> Any:
    dims = (*([UNIT] * (len(repeats) - len(self.dims))), *self.dims)
    return tuple(
        term if number == 1 else trace.atoms.product([Uniform(number), term])
        for term, number in zip(dims, repeats, strict=True)
    )


@rule("squeeze", "unsqueeze")
def _squeeze(trace: Trace, shape: Any, *, self: Value, **rest: Any) -> Any:
    return reshaped(trace, self.dims, tuple(shape.shape))


@rule("clone", "contiguous", "detach", "alias", "_to_copy", "dropout", "lift_fresh_copy", "to")
def _same(trace: Trace, shape: Any, **given: Any) -> Any:
    return next(iter(tensors(given))).dims


@rule("full_like", "zeros_like", "ones_like", "new_zeros", "new_full", "new_ones")
def _like(trace: Trace, shape: Any, **given: Any) -> Any:
    return tuple(Uniform(size) if size != 1 else UNIT for size in shape.shape)


# --- parts


def at(trace: Trace, dims: Dims, dim: int, place: int) -> tuple[Term, ...]:
    """The dimensions of a tensor at one place of one of them."""
    atoms = trace.atoms
    rest = without(dims, [dim])
    term = dims[dim]
    if isinstance(term, Uniform):
        return rest
    atoms.fix(term, "a place along it is taken")
    factors = atoms.factors(term)
    digits = place % atoms.size(term)
    for factor in reversed(factors):
        digits, digit = divmod(digits, atoms.size(factor))
        rest = tuple(atoms.at(one, factor, digit) for one in rest)
    return rest


@rule("select")
def _select(trace: Trace, shape: Any, *, self: Value, dim: int, index: int) -> Any:
    return at(trace, self.dims, dim, index)


@rule("unbind")
def _unbind(trace: Trace, shape: Any, *, self: Value, dim: int = 0) -> Any:
    return tuple(at(trace, self.dims, dim, place) for place in range(len(shape)))


@rule("split_with_sizes", "split", "chunk")
def _split(trace: Trace, shape: Any, *, self: Value, dim: int = 0, **rest: Any) -> Any:
    left, found = self.dims[dim], []
    for one in shape:
        part, left = trace.atoms.cut(left, one.shape[dim], "it is cut")
        found.append(replaced(self.dims, dim, part))
    return tuple(found)


def replaced(dims: Dims, dim: int, term: Term) -> tuple[Term, ...]:
    dims = list(dims)
    dims[dim] = term
    return tuple(dims)


@rule("slice", "narrow")
def _slice(
    trace: Trace, shape: Any, *, self: Value, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1, **rest: Any
) -> Any:
    size = trace.atoms.size(self.dims[dim])
    places = range(size)[slice(start, rest.get("length", 0) + (start or 0) if "length" in rest else end, step)]
    if len(places) == size and step == 1:
        return self.dims
    if step != 1:
        trace.atoms.fix(self.dims[dim], "every second place or so along it is taken")
        return replaced(self.dims, dim, trace.atoms.new(len(places), "places along an axis"))
    _, right = trace.atoms.cut(self.dims[dim], places.start if len(places) else 0, "it is cut")
    middle, _ = trace.atoms.cut(right, len(places), "it is cut")
    return replaced(self.dims, dim, middle)


@rule("cat")
def _cat(trace: Trace, shape: Any, *, tensors: Sequence[Value], dim: int = 0) -> Any:
    whole = [one for one in tensors if len(one.dims) == len(shape.shape)]
    rest = joined(trace, *(replaced(one.dims, dim, UNIT) for one in whole))
    return replaced(rest, dim, trace.atoms.row([one.dims[dim] for one in whole]))


@rule("stack")
def _stack(trace: Trace, shape: Any, *, tensors: Sequence[Value], dim: int = 0) -> Any:
    rest = joined(trace, *(one.dims for one in tensors))
    place = dim % (len(rest) + 1)
    return (*rest[:place], trace.atoms.new(len(tensors), "tensors in a row"), *rest[place:])


@rule("flip", "roll", "cumsum", "cumprod", "sort", "topk", "tril", "triu")
def _positional(trace: Trace, shape: Any, *, self: Value, **rest: Any) -> Any:
    given = rest.get("dims", rest.get("dim", [-1, -2]))
    places = [given] if isinstance(given, int) else list(given)
    for place in places or range(len(self.dims)):
        trace.atoms.fix(self.dims[place], "the order along it matters")
    if isinstance(shape, torch.Tensor):
        return tuple(self.dims)
    return tuple(_sized(trace, self.dims, one) for one in shape)


def _sized(trace: Trace, dims: Dims, shape: Any) -> tuple[Term, ...]:
    """Dimensions of which some have another length now: those are fixed."""
    return tuple(
        term if trace.atoms.size(term) == size else trace.atoms.new(size, "its length is changed")
        for term, size in zip(dims, shape.shape, strict=True)
    )


@rule(
    *("max_pool2d_with_indices", "avg_pool1d", "avg_pool2d", "avg_pool3d", "max_pool3d_with_indices"),
    *("_adaptive_avg_pool2d", "_adaptive_avg_pool3d", "adaptive_avg_pool1d", "constant_pad_nd", "reflection_pad2d"),
    *("upsample_nearest2d", "upsample_bilinear2d", "replication_pad2d", "upsample_nearest1d"),
)
def _spatial(trace: Trace, shape: Any, **given: Any) -> Any:
    dims = next(iter(tensors(given))).dims
    shapes = [shape] if isinstance(shape, torch.Tensor) else list(shape)
    for term, size in zip(dims, shapes[0].shape, strict=True):
        if trace.atoms.size(term) != size:
            trace.atoms.fix(term, "a spatial dimension")
    for term in dims[2:]:
        trace.atoms.fix(term, "a spatial dimension")
    found = [_sized(trace, dims, one) for one in shapes]
    return found[0] if isinstance(shape, torch.Tensor) else tuple(found)


# --- tables


@rule("embedding")
def _embedding(trace: Trace, shape: Any, *, weight: Value, indices: Value, **rest: Any) -> Any:
    trace.atoms.fix(weight.dims[0], "its rows are chosen by numbers")
    return (*indices.dims, *weight.dims[1:])


def total(dims: Dims, trace: Trace) -> int:
    return prod(map(trace.atoms.size, dims))


_ = Prod
