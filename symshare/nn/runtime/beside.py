"""Values of pairs or nodes that have other axes beside these: (..., pairs, *others, channels)."""

import torch

from symshare.nn.runtime.edges import (
    _mean_of,
    _one_scale_on,
    _onto,
    _paths,
    _standard_on,
    _to_graphs,
    _weighed_by,
)
from symshare.nn.runtime.flows import _read
from symshare.nn.runtime.means import _wide
from symshare.nn.runtime.passes import _added, _loop_places

# What follows travels with emitted files.


def _ordered(x: torch.Tensor, order: tuple) -> torch.Tensor:
    """x (..., *axes, channels) with its axes in another order, and new ones of length one where
    that has None."""
    own = [one for one in order if one is not None]
    first = x.dim() - 1 - len(own)
    x = x.permute(*range(first), *(first + one for one in own), x.dim() - 1)
    new = (None if one is None else slice(None) for one in order)
    return x[(..., *new, slice(None))]


def _flat(x: torch.Tensor, others: int) -> torch.Tensor:
    """x with its other axes among its channels."""
    return x.flatten(-1 - others) if others else x


def _unflat(x: torch.Tensor, like: torch.Tensor, others: int) -> torch.Tensor:
    """The same undone, with the lengths that the axes of a tensor have."""
    if not others:
        return x
    return x.unflatten(-1, like.shape[like.dim() - 1 - others :])  # type: ignore[no-untyped-call]  # torch has no types here


def _by_place(x, place, others: int) -> torch.Tensor:
    """The values at some places; all are the one that there is where these are None."""
    return x if place is None else x.index_select(-2 - others, place)


def _by_pair(x, on, others: int) -> torch.Tensor:
    """Values (..., rows, columns, *others, channels) on the pairs of a support."""
    place = on.index[0] * on.sizes[1] + on.index[1]
    return x.flatten(-3 - others, -2 - others).index_select(-2 - others, place)


def _onto_beside(x, source, target, turned: bool, others: int) -> torch.Tensor:
    """`_onto`, beside other axes."""
    found = _onto(_flat(x, others), source, target, turned)
    return _unflat(found, x, others)


def _loops_beside(x, on, others: int) -> torch.Tensor:
    """`_loops`, beside other axes."""
    found = _read(_flat(x, others), on, 2)[0].to(x.dtype)
    return _unflat(found, x, others)


def _on_loops_beside(x, on, others: int) -> torch.Tensor:
    """`_on_loops`, beside other axes."""
    edges, nodes = _loop_places(on)
    found = _added(_flat(x, others).index_select(-2, nodes), edges, on.index.shape[1])
    return _unflat(found.to(x.dtype), x, others)


def _to_fewer(
    x, gone: tuple, others: int, to: tuple, weight=None, count=None
) -> torch.Tensor:
    """The sum or the mean over some axes (places counted from the last), and then from pairs to
    nodes (`to` is a support and a side), or to graphs (the graph of each place, and their
    number), beside other axes."""
    total = _weighed_by(x, weight).to(_wide(x))
    total = total.sum(gone) if gone else total
    if to:
        flat = _flat(total, others)
        nodes = hasattr(to[0], "kept")
        found = _read(flat, *to)[0] if nodes else _to_graphs(flat, *to)
        total = _unflat(found, total, others)
    return _mean_of(total, count, x.dtype)


def _diagonal_of(x: torch.Tensor, one: int, two: int) -> torch.Tensor:
    """The entries whose places along two axes are the same, on the first of these."""
    found = x.diagonal(dim1=one, dim2=two)
    left = (
        one if two < one else one + 1
    )  # counted from the last, without the second axis
    return found.movedim(-1, left)


def _on_diagonal(x: torch.Tensor, place: int, one: int, two: int) -> torch.Tensor:
    """Entries written where two new axes have the same place, zero elsewhere; the places are
    counted from the last, of the axis before and of the two after."""
    return x.movedim(place, -1).diag_embed(dim1=one, dim2=two)


def _along_pairs(x, on, side: int, place: int, others: int) -> torch.Tensor:
    """The entries of pairs whose place along another axis is their node on a side."""
    x = x.movedim(place, -1 - others)
    length = x.shape[-1 - others]
    rows = torch.arange(on.index.shape[1], device=on.index.device)
    return x.flatten(-2 - others, -1 - others).index_select(
        -1 - others, rows * length + on.index[side]
    )


def _on_pairs_along(x, on, side: int, place: int, others: int) -> torch.Tensor:
    """Values of pairs written where the place along a new axis is their node on a side."""
    length, number = on.sizes[side], on.index.shape[1]
    rows = torch.arange(number, device=on.index.device)
    flat = _flat(x, others)
    whole = _added(flat, rows * length + on.index[side], number * length).to(x.dtype)
    whole = _unflat(whole, x, others)
    whole = whole.unflatten(-2 - others, (number, length))  # type: ignore[no-untyped-call]  # torch has no types here
    return whole.movedim(-2 - others, place)


def _as_places(x, graph, others: int) -> tuple:
    """x with its other axes among its places, and the graph of each of these."""
    number = x.shape[-1 - others : -1].numel()
    again = graph if graph is None or not others else graph.repeat_interleave(number)
    return x.flatten(-2 - others, -2), again


def _standard_beside(x, graph, number: int, others: int, count=None) -> torch.Tensor:
    """`_standard_on`, with means over other axes too."""
    places, again = _as_places(x, graph, others)
    if count is not None:
        count = _as_places(count, None, others)[0]
    return _standard_on(places, again, number, count).reshape(x.shape)


def _one_scale_beside(number: int, *inputs: tuple) -> tuple[torch.Tensor, ...]:
    """`_one_scale_on`, of values each with the number of its other axes."""
    places = [_as_places(*one) for one in inputs]
    found = _one_scale_on(number, *places)
    return tuple(y.reshape(x.shape) for y, (x, *_) in zip(found, inputs))


def _through_beside(
    x,
    y,
    one: tuple,
    two: tuple,
    target: tuple,
    gone,
    others,
    weights=(None, None),
    count=None,
    times=torch.mul,
) -> torch.Tensor:
    """`_through`, of values that have the same other axes, or some of length one; the sum or the
    mean is over those in `gone` too, so that `others` are left."""
    first, second, place = _paths(one, two, target)
    whole = others + len(gone)
    left = _weighed_by(x, weights[0]).index_select(-2 - whole, first)
    right = _weighed_by(y, weights[1]).index_select(-2 - whole, second)
    total = times(left, right)
    total = total.sum(gone, dtype=_wide(total)) if gone else total
    found = _added(_flat(total, others), place, target[0].index.shape[1])
    return _mean_of(_unflat(found, total, others), count, x.dtype)


def _as_graphs_beside(x, graphs, name: str, others: int) -> torch.Tensor:
    """A tensor on no axis of a support as one value for each graph, (..., graphs, *others,
    channels)."""
    if graphs.graphs is None:
        return x.unsqueeze(-2 - others)
    if x.dim() < 2 + others or x.shape[-2 - others] != graphs.number:
        shape = f"(..., {graphs.number}, {'..., ' if others else ''}channels)"
        raise ValueError(f"{name} needs shape {shape}, not {tuple(x.shape)}")
    return x


def _one_graph(graphs, name: str) -> None:
    """Refuse several graphs where a tensor has values for nodes of two of them."""
    if graphs.graphs is not None:
        raise ValueError(
            f"{name} has values for pairs of all nodes, and the support is of {graphs.number} "
            "graphs: give one graph at a time"
        )


def _off_graphs_beside(x, graphs, others: int) -> torch.Tensor:
    """One value for each graph, without that axis where there is one graph only."""
    return x.select(-2 - others, 0) if graphs.graphs is None else x


def _densely(x, on, others: int) -> torch.Tensor:
    """Values of pairs as values (..., rows, columns, *others, channels), zero off the support."""
    place = on.index[0] * on.sizes[1] + on.index[1]
    found = _added(_flat(x, others), place, on.sizes[0] * on.sizes[1]).to(x.dtype)
    found = _unflat(found, x, others)
    return found.unflatten(-2 - others, on.sizes)  # type: ignore[no-untyped-call]  # torch has no types here


def _joined(x, y, spec: str, weights=(None, None), count=None) -> torch.Tensor:
    """The sum or the mean of products of dense values."""
    one, two = _weighed_by(x, weights[0]), _weighed_by(y, weights[1])
    wide = torch.promote_types(one.dtype, two.dtype)
    total = torch.einsum(spec, one.to(wide), two.to(wide))
    return _mean_of(total, count, x.dtype)


def _ones_of(weight, *lengths: int) -> torch.Tensor:
    """Ones, each a value with one channel, of at least single precision."""
    return torch.ones((*lengths, 1), dtype=_wide(weight), device=weight.device)


def _filled_all(x: torch.Tensor, batch: tuple, *lengths: int) -> torch.Tensor:
    """x repeated to all batches and all places along some axes."""
    return x.expand(*batch, *lengths, x.shape[-1])
