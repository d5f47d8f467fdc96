"""Values on a support: read, repeated, turned, and multiplied along paths of two pairs."""

import torch

from symshare.nn.runtime.flows import _passed, _read
from symshare.nn.runtime.means import _wide
from symshare.nn.runtime.passes import _added, _loop_places
from symshare.nn.runtime.supports import _apart, _found

# What follows travels with emitted files.


def _weighed_by(x: torch.Tensor, count) -> torch.Tensor:
    """x times the number of entries that each of its values is the mean of."""
    return x if count is None else x.to(_wide(x)) * count


def _mean_of(total: torch.Tensor, count, dtype: torch.dtype) -> torch.Tensor:
    """A sum over the number of its entries, zero where there are none; without a number
    the sum."""
    if count is not None:
        total = total / count.clamp(min=1)
    return total.to(dtype)


def _to_nodes(x, on, side: int, weight=None, count=None) -> torch.Tensor:
    """Values of pairs, to the sum or the mean for each value of the axis `side`."""
    (total,) = _read(_weighed_by(x, weight), on, side)
    return _mean_of(total, count, x.dtype)


def _to_graphs(x, graph, number: int, weight=None, count=None) -> torch.Tensor:
    """Values of nodes or pairs, to the sum or the mean for each graph."""
    weighed = _weighed_by(x, weight)
    if graph is not None:
        return _mean_of(_added(weighed, graph, number), count, x.dtype)
    total = weighed.sum(-2, keepdim=True, dtype=_wide(x))
    return _mean_of(total, count, x.dtype)


def _standard_on(x, graph, number: int, count=None) -> torch.Tensor:
    """Values of nodes or pairs less their mean in each graph, over their root mean square there;
    `count` has the number of entries that each stands for, zero where that is zero."""
    wide = x.to(_wide(x))
    weight = _ones(x.shape[-2], x) if count is None else count.to(wide.dtype)
    whole = _to_graphs(weight, graph, number)
    wide = wide - _at(_to_graphs(wide, graph, number, weight, whole), graph)
    wide = torch.where(weight == 0, 0, wide)
    square = _to_graphs(wide.square(), graph, number, weight, whole)
    return (wide * _at(torch.rsqrt(square + 1e-5), graph)).to(x.dtype)


def _one_scale_on(number: int, *inputs: tuple) -> tuple[torch.Tensor, ...]:
    """Values, each with the graph of its places, over the root of their mean squares in each
    graph, added up. The largest entry there, which may be far from one, is divided by first."""
    wide = [(x.to(_wide(x)), graph) for x, graph in inputs]
    peak = _peak_on(*wide[0], number)
    for x, graph in wide[1:]:
        peak = torch.maximum(peak, _peak_on(x, graph, number))
    peak, square = torch.where(peak > 0, peak, 1), torch.zeros_like(peak)
    wide = [(x / _at(peak, graph), graph) for x, graph in wide]
    for x, graph in wide:
        count = _to_graphs(_ones(x.shape[-2], x), graph, number)
        square = square + _to_graphs(
            x.square().mean(-1, keepdim=True), graph, number, None, count
        )
    root = torch.where(square > 0, square, 1).rsqrt()
    both = zip(wide, inputs)
    return tuple((x * _at(root, graph)).to(own.dtype) for (x, graph), (own, _) in both)


def _peak_on(x, graph, number: int) -> torch.Tensor:
    """The largest absolute value in each graph, (..., number, 1); zero where there is none."""
    largest = x.detach().abs().amax(-1, keepdim=True)
    index = largest.new_zeros(largest.shape, dtype=torch.long)
    index = index if graph is None else index + graph[:, None]
    zeros = largest.new_zeros((*largest.shape[:-2], number, 1))
    return zeros.scatter_reduce(-2, index, largest, "amax")


def _each_graph(on) -> torch.Tensor | None:
    """The graph of each value that there is one of for each graph; None where all is one graph."""
    return (
        None if on.graphs is None else torch.arange(on.number, device=on.index.device)
    )


def _graph_of(on, side: int) -> torch.Tensor | None:
    """The graph of each value of an axis; None where all is one graph."""
    return None if on.graphs is None else on.graphs[side]


def _graph_of_pairs(on) -> torch.Tensor | None:
    """The graph of each pair; None where all is one graph."""
    return None if on.graphs is None else on.graphs[0][on.index[0]]


def _at(x: torch.Tensor, place) -> torch.Tensor:
    """The values at some places; all are the one that there is where these are None."""
    return x if place is None else x.index_select(-2, place)


def _filled(x: torch.Tensor, batch: tuple, number: int) -> torch.Tensor:
    """x repeated to all batches and all of a number of places."""
    return x.expand(*batch, number, x.shape[-1])


def _loops(x, on) -> torch.Tensor:
    """The values of pairs of a node with itself, zero at nodes that have no such pair."""
    return _read(x, on, 2)[0].to(x.dtype)


def _readings(x, on, *ways: tuple) -> tuple[torch.Tensor, ...]:
    """Values of pairs as they are, and as sums or means for each value of an axis (0 or 1), or
    those of pairs of a node with itself (2); each with a number to divide by, or None."""
    x, *found = _passed(x, on, *(way for way, _ in ways))
    each = zip(found, ways)
    return (x, *(_mean_of(total, count, x.dtype) for total, (_, count) in each))


def _on_loops(x, on) -> torch.Tensor:
    """Values of nodes at the pairs of a node with itself, zero at all others."""
    edges, nodes = _loop_places(on)
    return _added(x.index_select(-2, nodes), edges, on.index.shape[1]).to(x.dtype)


def _onto(x, source, target, turned: bool) -> torch.Tensor:
    """Values of the pairs of one support read on another, from the pairs turned around where
    that is asked for; zero where the first has no such pair."""
    edges, places = _onto_places(source, target, turned)
    found = x.index_select(-2, edges)
    if places is None:
        return found
    return _added(found, places, target.index.shape[1]).to(x.dtype)


def _add_onto(y, x, weight, source, target, turned: bool) -> None:
    """Add to values of the pairs of one support those of another, as `_onto` reads them,
    times a matrix; only what is read is multiplied."""
    edges, places = _onto_places(source, target, turned)
    found = x.index_select(-2, edges) @ weight
    if places is None:
        y += found
    else:
        y.index_add_(-2, places, found.to(y.dtype))


def _onto_places(source, target, turned: bool) -> tuple:
    """The edges of one support that another has too, and which these are there; None where
    they are all of these, in order."""
    kept = target.kept.setdefault(("onto", turned), [])
    for one, known in kept:
        if one is source:
            return known
    found = _apart(_places_of, target, source, turned)
    kept.append((source, found))
    return found


def _places_of(target, source, turned: bool) -> tuple:
    """The same, found."""
    rows, columns = target.index.flip(0) if turned else target.index
    edges, there = _found(source, rows, columns)
    return (edges, None) if bool(there.all()) else (edges[there], there.nonzero()[:, 0])


def _through(
    x,
    y,
    one: tuple,
    two: tuple,
    target: tuple,
    weights=(None, None),
    count=None,
    times=torch.mul,
) -> torch.Tensor:
    """The sum or the mean over b of x[a, b] y[b, c] for the pairs (a, c) of a support; each
    is a support, and whether its pairs are turned around."""
    first, second, place = _paths(one, two, target)
    left = _weighed_by(x, weights[0]).index_select(-2, first)
    right = _weighed_by(y, weights[1]).index_select(-2, second)
    total = _added(times(left, right), place, target[0].index.shape[1])
    return _mean_of(total, count, x.dtype)


def _by_array(x: torch.Tensor, array, place: int) -> torch.Tensor:
    """The channels of x contracted with those of an array; all that are left stand in one axis."""
    return x @ array.movedim(place, 0).flatten(1)


def _over_channels(x: torch.Tensor, y, before: int = 1) -> torch.Tensor:
    """The sum over the channels of x of x times y, whose channels are those, after `before`
    others and before more, in one axis."""
    wide = torch.promote_types(x.dtype, y.dtype)
    parts = y.to(wide).unflatten(-1, (before, x.shape[-1], -1))
    return torch.einsum("...C,...BCE->...BE", x.to(wide), parts).flatten(-2)


def _paths(one: tuple, two: tuple, target: tuple) -> tuple:
    """The edges (a, b), (b, c) and (a, c) of all paths that the target closes, each of them a
    support and whether it is turned around."""
    kept = target[0].kept.setdefault(("paths", one[1], two[1], target[1]), [])
    for left, right, found in kept:
        if left is one[0] and right is two[0]:
            return found
    found = _apart(_paths_on, target[0], one, two, target[1])
    kept.append((one[0], two[0], found))
    return found


def _paths_on(on, one: tuple, two: tuple, turned: bool) -> tuple:
    """The same, found."""
    from_a, from_b = one[0].index.flip(0) if one[1] else one[0].index
    to_b, to_c = two[0].index.flip(0) if two[1] else two[0].index
    sizes = two[0].sizes[1 if two[1] else 0]
    order = to_b.argsort(stable=True)
    number = torch.bincount(to_b, minlength=sizes)
    start = number.cumsum(0) - number
    each = number[from_b]
    _check_paths(int(each.sum()))
    pieces = []
    for edges in _pieces(each):
        own = each[edges]
        first = edges.repeat_interleave(own)
        inside = torch.arange(len(first), device=own.device)
        inside = inside - (own.cumsum(0) - own).repeat_interleave(own)
        second = order[start[from_b[first]] + inside]
        ends = from_a[first], to_c[second]
        place, there = _found(on, *(ends[::-1] if turned else ends))
        pieces.append((first[there], second[there], place[there]))
    return tuple(torch.cat(some) for some in zip(*pieces))


def _check_paths(number: int, most: int = 200_000_000) -> None:
    """Refuse more paths than can be looked at in a minute or so."""
    if number > most:
        raise ValueError(
            f"the support has {number:,} paths of two pairs, over {most:,}: leave out the "
            "terms with ab,bc->ac, or give a support without its hubs"
        )


def _pieces(number: torch.Tensor, most: int = 4_000_000) -> list:
    """Edges in pieces with up to so many paths each (or a single edge with more)."""
    edges = torch.arange(len(number), device=number.device)
    piece = (number.cumsum(0) // most).tolist() if int(number.sum()) > most else None
    if piece is None:
        return [edges]
    ends = [at for at in range(1, len(piece)) if piece[at] != piece[at - 1]]
    return list(edges.tensor_split(ends))


def _as_graphs(x, graphs, name: str) -> torch.Tensor:
    """A tensor without axes as one value for each graph, (..., graphs, channels)."""
    if graphs.graphs is None:
        return x[..., None, :]
    if x.dim() < 2 or x.shape[-2] != graphs.number:
        shape = tuple(x.shape)
        raise ValueError(
            f"{name} needs shape (..., {graphs.number}, channels), not {shape}"
        )
    return x


def _off_graphs(x, graphs) -> torch.Tensor:
    """One value for each graph, without that axis where there is one graph only."""
    return x[..., 0, :] if graphs.graphs is None else x


def _ones(number: int, weight) -> torch.Tensor:
    """As many ones, each a value with one channel, of at least single precision."""
    # not new_ones, which are as many as there are weights where these are mapped over
    return torch.ones((number, 1), dtype=_wide(weight), device=weight.device)
