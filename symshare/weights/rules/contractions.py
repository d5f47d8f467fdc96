"""Products of matrices and what is made of them."""

from __future__ import annotations

from typing import Any

from symshare.weights.rules.table import Dims, fix, joined, rule
from symshare.weights.terms import UNIT, Term
from symshare.weights.values import Trace, Value

__all__ = ["product"]


@rule("linear")
def _linear(trace: Trace, shape: Any, *, input: Value, weight: Value, bias: Value | None = None) -> Any:
    trace.atoms.unify(input.dims[-1], weight.dims[-1])
    out = (*input.dims[:-1], *weight.dims[:-1])
    trace.see((*out, input.dims[-1]))
    return out if bias is None else joined(trace, out, bias.dims)


def product(trace: Trace, one: Dims, two: Dims) -> tuple[Term, ...]:
    """A matrix product, batched."""
    trace.atoms.unify(one[-1], two[-2])
    batch = joined(trace, one[:-2], two[:-2]) if len(one) > 2 or len(two) > 2 else ()
    trace.see((*batch, one[-2], one[-1], two[-1]))
    return (*batch, one[-2], two[-1])


@rule("mm", "bmm")
def _mm(trace: Trace, shape: Any, *, self: Value, mat2: Value, **rest: Any) -> Any:
    return product(trace, self.dims, mat2.dims)


@rule("addmm")
def _addmm(trace: Trace, shape: Any, *, self: Value, mat1: Value, mat2: Value, **rest: Any) -> Any:
    return joined(trace, product(trace, mat1.dims, mat2.dims), self.dims)


@rule("baddbmm")
def _baddbmm(trace: Trace, shape: Any, *, self: Value, batch1: Value, batch2: Value, **rest: Any) -> Any:
    return joined(trace, product(trace, batch1.dims, batch2.dims), self.dims)


@rule("mv")
def _mv(trace: Trace, shape: Any, *, self: Value, vec: Value) -> Any:
    trace.atoms.unify(self.dims[-1], vec.dims[-1])
    trace.see(self.dims)
    return self.dims[:-1]


@rule("dot")
def _dot(trace: Trace, shape: Any, *, self: Value, tensor: Value) -> Any:
    trace.atoms.unify(self.dims[-1], tensor.dims[-1])
    trace.see(self.dims)
    return ()


@rule("scaled_dot_product_attention")
def _attention(
    trace: Trace, shape: Any, *, query: Value, key: Value, value: Value, attn_mask: Value | None = None, **rest: Any
) -> Any:
    keys = (*key.dims[:-2], key.dims[-1], key.dims[-2])
    if rest["enable_gqa"] and trace.atoms.size(query.dims[-3]) != trace.atoms.size(key.dims[-3]):
        return _grouped_attention(trace, query.dims, keys, value.dims, attn_mask, rest["is_causal"])
    return _attended(trace, query.dims, keys, value.dims, attn_mask, rest["is_causal"])


def _attended(
    trace: Trace, queries: Dims, keys: Dims, values: Dims, mask: Value | None, causal: bool
) -> tuple[Term, ...]:
    scores = product(trace, queries, keys)
    if causal:
        fix(trace, scores[-2:], "a causal mask")
    if mask is not None:
        scores = joined(trace, scores, mask.dims)
    trace.see(scores)
    trace.see(scores[:-1])
    return product(trace, scores, values)


def _grouped_attention(
    trace: Trace, queries: Dims, keys: Dims, values: Dims, mask: Value | None, causal: bool
) -> tuple[Term, ...]:
    """Attention in which several heads of queries share one of keys and values."""
    groups = trace.atoms.size(keys[-3])
    halves = trace.atoms.split(queries[-3], groups)
    if mask is not None or halves is None:
        fix(trace, (*queries[-3:-2], *keys[-3:-2], *values[-3:-2]), "heads share keys")
        halves = halves or (trace.atoms.new(groups, "heads share keys"), UNIT)
    apart = (*queries[:-3], *halves, *queries[-2:])
    one = [(*dims[:-2], UNIT, *dims[-2:]) for dims in (keys, values)]
    found = _attended(trace, apart, one[0], one[1], None, causal)
    if mask is not None:
        fix(trace, mask.dims, "heads share keys")
        fix(trace, (queries[-2], keys[-1]), "a mask")
    return (*found[:-4], trace.atoms.product(found[-4:-2]), *found[-2:])


@rule("_cdist_forward", "cdist")
def _distances(trace: Trace, shape: Any, *, x1: Value, x2: Value, **rest: Any) -> Any:
    trace.atoms.unify(x1.dims[-1], x2.dims[-1])
    return product(trace, x1.dims, (*x2.dims[:-2], x2.dims[-1], x2.dims[-2]))


@rule("bilinear")
def _bilinear(
    trace: Trace, shape: Any, *, input1: Value, input2: Value, weight: Value, bias: Value | None = None
) -> Any:
    outs, first, second = weight.dims
    trace.atoms.unify(input1.dims[-1], first)
    trace.atoms.unify(input2.dims[-1], second)
    batch = joined(trace, input1.dims[:-1], input2.dims[:-1])
    trace.see((*batch, outs, first, second))
    return joined(trace, (*batch, outs), *([bias.dims] if bias is not None else []))


@rule("matrix_exp", "linalg_matrix_exp", "matrix_power", "linalg_matrix_power")
def _series(trace: Trace, shape: Any, *, self: Value, **rest: Any) -> Any:
    """Powers of a matrix, whose entries hang on all rows and columns at once: none has a list of its own."""
    trace.atoms.unify(self.dims[-1], self.dims[-2])
    trace.see(self.dims[:-1])
    return self.dims
