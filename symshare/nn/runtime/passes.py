"""Values of pairs added up at nodes, and put together on pairs: at once, without steps that could be derived."""

import torch

from symshare.nn.runtime.means import _wide
from symshare.nn.runtime.supports import _once

# What follows travels with emitted files.


def _added(x: torch.Tensor, place, number: int) -> torch.Tensor:
    """x (..., entries, channels) added up at their places, (..., number, channels)."""
    zeros = x.new_zeros((*x.shape[:-2], number, x.shape[-1]), dtype=_wide(x))
    return zeros.index_add(-2, place, x.to(zeros.dtype))


def _put_at(x, places, number: int) -> torch.Tensor:
    """Values put at some places, zero elsewhere; None: they are all there."""
    return x if places is None else _added(x, places, number).to(x.dtype)


def _moved(x, matrix, places: tuple, number: int) -> torch.Tensor:
    """Values at other places times a matrix."""
    return _put_at(x.index_select(-2, places[0]) @ matrix, places[1], number)


def _way(on, way: int) -> tuple:
    """The pairs that a way reads (None: all), and the nodes that they are added up at."""
    return (None, on.index[way]) if way < 2 else _loop_places(on)


def _loop_places(on) -> tuple[torch.Tensor, torch.Tensor]:
    """The pairs of a node with itself, and their nodes."""
    return _once(on, "loops", _loops_of)


def _loops_of(on) -> tuple[torch.Tensor, torch.Tensor]:
    """The same, found."""
    edges = (on.index[0] == on.index[1]).nonzero()[:, 0]
    return edges, on.index[0][edges]


def _edge_order(on, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The pairs in the order of their values of an axis, and where those of each value start."""
    return _once(on, ("order", side), _ordered_by, side)


def _numbers_below(limit: int) -> torch.dtype:
    """The shorter type for whole numbers where it has room: half as much to read."""
    return torch.int32 if limit < 2**31 else torch.int64


def _side(on, side: int) -> torch.Tensor:
    """The nodes of all pairs on a side."""
    return _once(on, ("side", side), _side_of, side)[0]


def _side_of(on, side: int) -> tuple[torch.Tensor]:
    """The same, found."""
    return (on.index[side].to(_numbers_below(on.sizes[side])),)


def _ordered_by(on, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The same, found."""
    number = torch.bincount(on.index[side], minlength=on.sizes[side])
    start = torch.cat([number.new_zeros(1), number.cumsum(0)])
    kind = _numbers_below(on.index.shape[1])
    return on.index[side].argsort(stable=True).to(kind), start.to(kind)


def _read_plain(x, on, way: int) -> torch.Tensor:
    """One of the ways of `_read`."""
    edges, places = _way(on, way)
    if edges is not None:
        x = x.index_select(-2, edges)
    return _added(x, places, on.sizes[way if way < 2 else 0])


def _read_sorted(x, on, way: int) -> torch.Tensor:
    """The same, several times faster: all that a node has is added before the next one's."""
    if way == 2 or x.dim() > 2 or not x.is_cpu:
        return _read_plain(x, on, way)
    order, start = _edge_order(on, way)
    return torch.nn.functional.embedding_bag(
        order, x.to(_wide(x)), start, mode="sum", include_last_offset=True
    )


def _read_at_once(x, on, ways: tuple) -> tuple[torch.Tensor, ...]:
    """`_read`, without steps that could be derived."""
    x = x.contiguous()
    return tuple(_read_sorted(x, on, way) for way in ways)


def _written_at_once(
    on, ways: tuple, given: tuple, places: tuple = (), passed=None
) -> torch.Tensor:
    """`_written`, in pieces that stay near the processor until all is added to them; `passed`
    are values of pairs to begin with."""
    values, products = given[: len(ways)], _with_places(given[len(ways) :], places)
    full = [(one, _side(on, way)) for one, way in zip(values, ways) if way < 2]
    loops = [(one, *_loop_places(on)) for one, way in zip(values, ways) if way == 2]
    here = [own for own in products if own[3:] and own[3][1] is None]
    number, total = on.index.shape[1], passed
    if (
        passed is None
    ):  # of the type that products have, which under autocast is none of theirs
        like = (
            values[0] if not products else products[0][0][..., :0, :] @ products[0][1]
        )
        batch = (*values, *(own[0] for own in products))[0].shape[:-2]
        total = like.new_empty((*batch, number, like.shape[-1]))
    most = 2**17 * number // max(1, total.numel()) if total.is_cpu else number
    for start in range(0, number, max(1, most)):
        rows = min(max(1, most), number - start)
        piece, first = total.narrow(-2, start, rows), passed is None
        for x, matrix, *_ in products:
            first = _product_onto(piece, x.narrow(-2, start, rows), matrix, first)
        for value, at in full:
            part = value.index_select(-2, at.narrow(0, start, rows))
            first = _onto_piece(piece, part, first)
        for x, _, matrix, (edges, _) in here:
            part = x.index_select(-2, edges.narrow(0, start, rows))
            first = _product_onto(piece, part, matrix, first)
        if first:
            piece.zero_()
    for value, edges, at in loops:
        total.index_add_(-2, edges, value.index_select(-2, at).to(total.dtype))
    for own in products:
        if own[3:] and own[3][1] is not None:
            found = own[0].index_select(-2, own[3][0]) @ own[2]
            total.index_add_(-2, own[3][1], found.to(total.dtype))
    return total


def _onto_piece(piece, part, first: bool) -> bool:
    """Put a part into a piece that has none yet, or add it there."""
    if first:
        piece.copy_(part)
    else:
        piece += part
    return False


def _product_onto(piece, x, matrix, first: bool) -> bool:
    """The same for values times a matrix."""
    if x.dim() == 2 and x.dtype == matrix.dtype == piece.dtype:
        torch.addmm(piece, x, matrix, beta=0 if first else 1, out=piece)
        return False
    return _onto_piece(piece, x @ matrix, first)


def _with_places(flat: tuple, places: tuple) -> list:
    """Values with their matrices, and where there are two the places that the second is for."""
    found, at = [], 0
    for one in places:
        length = 2 if one is None else 3
        found.append((*flat[at : at + length], *(() if one is None else (one,))))
        at += length
    return found


def _to_add_to(passed, values: tuple):
    """A derivative that others are added to: itself where nothing else has it (`_Write` tells
    so), which saves as much memory, else a copy."""
    if passed is None or (
        getattr(passed, "ours", False) and passed.dtype == values[0].dtype
    ):
        return passed
    kind = torch.promote_types(passed.dtype, values[0].dtype)
    return passed.to(kind, copy=True, memory_format=torch.contiguous_format)


def _slopes(slope, own: tuple, needed: tuple) -> list:
    """The derivatives by values of pairs and their matrices, of those that are needed."""
    x, (matrix, *others) = own[0].to(slope.dtype), own[1 : 3 if own[3:] else 2]
    by_x = slope @ matrix.to(slope.dtype).mT if needed[0] else None
    found = [_of_matrix(x, slope, matrix) if needed[1] else None]
    if not others:
        return [by_x, *found]
    edges, places = own[3]
    total, rows = torch.zeros_like(others[0], dtype=slope.dtype), len(edges)
    most = max(1, 2**17 // max(1, slope.shape[-1])) if slope.is_cpu else max(1, rows)
    for start in range(0, rows, most):  # in pieces, none of which is as large as all
        part = edges.narrow(0, start, min(most, rows - start))
        there = slope.narrow(-2, start, len(part)) if places is None else None
        if places is not None:
            there = slope.index_select(-2, places.narrow(0, start, len(part)))
        if by_x is not None:
            back = there @ others[0].to(slope.dtype).mT
            by_x = by_x.index_add_(-2, part, back)
        if needed[2]:
            total = total + _of_matrix(x.index_select(-2, part), there, others[0])
    return [by_x, *found, total if needed[2] else None]


def _of_matrix(x, slope, matrix) -> torch.Tensor:
    """The derivative by a matrix that values are multiplied by, one for all or several."""
    found = x.mT @ slope
    return found if found.shape == matrix.shape else found.sum_to_size(matrix.shape)
