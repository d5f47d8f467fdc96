"""Values of pairs added up at nodes, and values of nodes brought to pairs: each is the derivative of the other."""

import torch

from symshare.nn.runtime.means import _wide
from symshare.nn.runtime.supports import _once

# What follows travels with emitted files.


def _read(x, on, *ways) -> tuple[torch.Tensor, ...]:
    """Values of pairs added up for each value of an axis (a way of 0 or 1), or at the nodes of
    pairs of a node with itself (2)."""
    if _is_plain(x.numel()):
        return tuple(_read_plain(x, on, way) for way in ways)
    return tuple(_Read.apply(x, on, ways))  # type: ignore[no-untyped-call]  # torch has no types here


def _written(on, given: tuple, *products: tuple) -> torch.Tensor:
    """Values on pairs: of nodes, each with its way as `_read` has them, and of pairs, each
    with a matrix that it is multiplied by; all added up."""
    count = on.index.shape[1] * (given[0][0] if given else products[0][1]).shape[-1]
    if not _is_plain(count):
        flat = [one for one, _ in given] + [one for two in products for one in two]
        ways = tuple(way for _, way in given)
        return _Write.apply(on, ways, *flat)  # type: ignore[no-untyped-call]  # torch has no types here
    parts = [x @ matrix for x, matrix in products]
    for value, way in given:
        edges, places = _way(on, way)
        part = value.index_select(-2, places)
        if edges is not None:
            part = _added(part, edges, on.index.shape[1]).to(part.dtype)
        parts.append(part)
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _on_pairs(x, on, side: int) -> torch.Tensor:
    """Values of nodes at the pairs that have these on a side."""
    return _written(on, ((x, side),))


def _is_plain(count: int) -> bool:
    """Whether so many numbers are read or written by plain operations: few are sooner, and
    those that are written down to be compiled or exported must be."""
    return count < 2**16 or _is_traced()


def _is_traced() -> bool:
    """Whether operations are written down, or replaced, by what knows none with derivatives of
    their own."""
    if torch.compiler.is_compiling() or torch.jit.is_tracing():  # type: ignore[attr-defined,no-untyped-call]  # nor here
        return True
    inner = torch._C._functorch
    transforms = inner.get_interpreter_stack() or ()
    return any(one.key() == inner.TransformType.Functionalize for one in transforms)


def _is_last(slope) -> bool:
    """Whether nothing is derived from a derivative, so that it needs no steps of its own."""
    if torch.is_grad_enabled():
        return False
    both = torch.autograd.forward_ad.unpack_dual(slope)  # type: ignore[no-untyped-call]  # torch
    return both.tangent is None


def _added(x: torch.Tensor, place, number: int) -> torch.Tensor:
    """x (..., entries, channels) added up at their places, (..., number, channels)."""
    zeros = x.new_zeros((*x.shape[:-2], number, x.shape[-1]), dtype=_wide(x))
    return zeros.index_add(-2, place, x.to(zeros.dtype))


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


def _ordered_by(on, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The same, found."""
    number = torch.bincount(on.index[side], minlength=on.sizes[side])
    start = torch.cat([number.new_zeros(1), number.cumsum(0)])
    return on.index[side].argsort(stable=True), start


def _read_at_once(x, on, ways: tuple) -> tuple[torch.Tensor, ...]:
    """`_read`, without steps that could be derived."""
    x = x.contiguous()
    return tuple(_read_sorted(x, on, way) for way in ways)


def _written_at_once(on, ways: tuple, given: tuple) -> torch.Tensor:
    """`_written`, in pieces that stay near the processor until all is added to them."""
    values, flat = given[: len(ways)], given[len(ways) :]
    products = [*zip(flat[::2], flat[1::2])]
    whole = [(one, *_way(on, way)) for one, way in zip(values, ways)]
    full = [(one, places) for one, edges, places in whole if edges is None]
    if products:
        total = products[0][0] @ products.pop(0)[1]
    elif full:
        total = full[0][0].index_select(-2, full.pop(0)[1])
    else:
        shape = (*values[0].shape[:-2], on.index.shape[1], values[0].shape[-1])
        total = values[0].new_zeros(shape)
    number = total.shape[-2]
    most = 2**17 * number // max(1, total.numel()) if total.is_cpu else number
    for start in range(0, number if products or full else 0, max(1, most)):
        rows = min(max(1, most), number - start)
        piece = total.narrow(-2, start, rows)
        for x, matrix in products:
            piece += x.narrow(-2, start, rows) @ matrix
        for value, places in full:
            piece += value.index_select(-2, places.narrow(0, start, rows))
    for value, edges, places in whole:
        if edges is not None:
            found = value.index_select(-2, places)
            total.index_add_(-2, edges, found.to(total.dtype))
    return total


class _Read(torch.autograd.Function):
    """`_read`, whose derivative in all its ways is one array of values of pairs."""

    @staticmethod
    def forward(x, on, ways):
        return _read_at_once(x, on, ways)

    @staticmethod
    def setup_context(ctx, inputs, output):
        _, ctx.on, ctx.ways = inputs
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx, *slopes):
        given = [one for one in zip(slopes, ctx.ways) if one[0] is not None]
        if not given:
            return None, None, None
        if _is_last(given[0][0]):
            values, ways = zip(*given)
            return _written_at_once(ctx.on, ways, values), None, None
        return _written(ctx.on, tuple(given)), None, None

    @staticmethod
    def jvp(ctx, x, *_):
        return _read(x, ctx.on, *ctx.ways)

    @staticmethod
    def vmap(info, places, x, on, ways):
        found = _read(x.movedim(places[0], 0), on, *ways)
        return found, (0,) * len(found)


class _Write(torch.autograd.Function):
    """`_written`, whose derivatives by values of nodes are read at once."""

    @staticmethod
    def forward(on, ways, *given):
        return _written_at_once(on, ways, given)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.on, ctx.ways, *given = inputs
        products = given[len(ctx.ways) :]
        ctx.save_for_backward(*products)
        ctx.save_for_forward(*products)

    @staticmethod
    def backward(ctx, slope):
        slope, needed = slope.contiguous(), ctx.needs_input_grad[2:]
        ways = [way for way, one in zip(ctx.ways, needed) if one]
        if _is_last(slope):
            read = iter(_read_at_once(slope, ctx.on, tuple(ways)))
        else:
            read = iter(_read(slope, ctx.on, *ways) if ways else ())
        found: list = [next(read) if one else None for one in needed[: len(ctx.ways)]]
        saved, needed = ctx.saved_tensors, needed[len(ctx.ways) :]
        for x, matrix, one, two in zip(
            saved[::2], saved[1::2], needed[::2], needed[1::2]
        ):
            found.append(slope @ matrix.to(slope.dtype).mT if one else None)
            found.append(_of_matrix(x.to(slope.dtype), slope, matrix) if two else None)
        return None, None, *found

    @staticmethod
    def jvp(ctx, _on, _ways, *moved):
        saved, number = ctx.saved_tensors, len(ctx.ways)
        given = [one for one in zip(moved, ctx.ways) if one[0] is not None]
        products = []
        for x, matrix, one, two in zip(
            saved[::2], saved[1::2], moved[number::2], moved[number + 1 :: 2]
        ):
            products += [] if one is None else [(one, matrix)]
            products += [] if two is None else [(x, two)]
        return _written(ctx.on, tuple(given), *products)

    @staticmethod
    def vmap(info, places, on, ways, *given):
        pairs = [*zip(given, places[2:])]
        found = [
            one.expand(info.batch_size, *one.shape)
            if at is None
            else one.movedim(at, 0)
            for one, at in pairs
        ]
        values, flat = found[: len(ways)], found[len(ways) :]
        products = []
        for x, matrix in zip(flat[::2], flat[1::2]):
            more = [1] * (x.dim() - matrix.dim())
            matrix = matrix.reshape(len(matrix), *more, *matrix.shape[-2:])
            products.append((x, matrix))
        return _written(on, tuple(zip(values, ways)), *products), 0


def _of_matrix(x, slope, matrix) -> torch.Tensor:
    """The derivative by a matrix that values are multiplied by, one for all or several."""
    found = x.mT @ slope
    return found if found.shape == matrix.shape else found.sum_to_size(matrix.shape)
