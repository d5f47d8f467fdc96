"""Values of pairs added up at nodes, and values of nodes brought to pairs: each is the derivative of the other."""

import torch

from symshare.nn.runtime.means import _wide

# What follows travels with emitted files.


def _read(x, on, *ways) -> tuple[torch.Tensor, ...]:
    """Values of pairs added up for each value of an axis (a way of 0 or 1), or at the nodes of
    pairs of a node with itself (2)."""
    if _is_traced():
        return tuple(_read_one(x, on, way) for way in ways)
    return tuple(_Read.apply(x, on, ways))  # type: ignore[no-untyped-call]  # torch has no types here


def _written(on, given: tuple, *products: tuple) -> torch.Tensor:
    """Values on pairs: of nodes, each with its way as `_read` has them, and of pairs, each
    with a matrix that it is multiplied by; all added up."""
    if not _is_traced():
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


def _is_traced() -> bool:
    """Whether operations are written down to be compiled or exported; these are plain ones."""
    return torch.compiler.is_compiling() or torch.jit.is_tracing()  # type: ignore[attr-defined,no-untyped-call]  # nor here


def _added(x: torch.Tensor, place, number: int) -> torch.Tensor:
    """x (..., entries, channels) added up at their places, (..., number, channels)."""
    zeros = x.new_zeros((*x.shape[:-2], number, x.shape[-1]), dtype=_wide(x))
    return zeros.index_add(-2, place, x.to(zeros.dtype))


def _read_one(x, on, way: int) -> torch.Tensor:
    """One of the ways of `_read`."""
    edges, places = _way(on, way)
    if edges is not None:
        return _added(x.index_select(-2, edges), places, on.sizes[0])
    if _is_traced() or not x.is_cpu or x.dim() > 2 or 0 in x.shape:
        return _added(x, places, on.sizes[way])
    order, start = _edge_order(
        on, way
    )  # several times faster than to add each in its turn
    return torch.nn.functional.embedding_bag(
        order, x.to(_wide(x)), start, mode="sum", include_last_offset=True
    )


def _way(on, way: int) -> tuple:
    """The pairs that a way reads (None: all), and the nodes that they are added up at."""
    return (None, on.index[way]) if way < 2 else _loop_places(on)


@torch.inference_mode(False)
def _loop_places(on) -> tuple[torch.Tensor, torch.Tensor]:
    """The pairs of a node with itself, and their nodes."""
    if "loops" not in on.kept:
        edges = (on.index[0] == on.index[1]).nonzero()[:, 0]
        on.kept["loops"] = edges, on.index[0][edges]
    return on.kept["loops"]


@torch.inference_mode(False)
def _edge_order(on, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The pairs in the order of their values of an axis, and where those of each value start."""
    if ("order", side) not in on.kept:
        number = torch.bincount(on.index[side], minlength=on.sizes[side])
        start = torch.cat([number.new_zeros(1), number.cumsum(0)])
        on.kept["order", side] = on.index[side].argsort(stable=True), start
    return on.kept["order", side]


class _Read(torch.autograd.Function):
    """`_read`, whose derivative in all its ways is one array of values of pairs."""

    @staticmethod
    def forward(x, on, ways):
        x = x.contiguous()
        return tuple(_read_one(x, on, way) for way in ways)

    @staticmethod
    def setup_context(ctx, inputs, output):
        _, ctx.on, ctx.ways = inputs
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx, *slopes):
        given = tuple(one for one in zip(slopes, ctx.ways) if one[0] is not None)
        return (_written(ctx.on, given) if given else None), None, None

    @staticmethod
    def jvp(ctx, x, *_):
        return _read(x, ctx.on, *ctx.ways)

    @staticmethod
    def vmap(info, places, x, on, ways):
        found = _read(x.movedim(places[0], 0), on, *ways)
        return found, (0,) * len(found)


class _Write(torch.autograd.Function):
    """`_written` in pieces that stay near the processor until all is added to them."""

    @staticmethod
    def forward(on, ways, *given):
        values, flat = given[: len(ways)], given[len(ways) :]
        products = [*zip(flat[::2], flat[1::2])]
        if products:
            total = products[0][0] @ products[0][1]
        else:
            shape = (*values[0].shape[:-2], on.index.shape[1], values[0].shape[-1])
            total = values[0].new_zeros(shape)
        whole = [(one, *_way(on, way)) for one, way in zip(values, ways)]
        most = max(1, 2**17 * total.shape[-2] // max(1, total.numel()))
        for start in range(0, total.shape[-2], most):
            rows = min(most, total.shape[-2] - start)
            piece = total.narrow(-2, start, rows)
            for x, matrix in products[1:]:
                piece += x.narrow(-2, start, rows) @ matrix
            for value, edges, places in whole:
                if edges is None:
                    piece += value.index_select(-2, places.narrow(0, start, rows))
        for value, edges, places in whole:
            if edges is not None:
                found = value.index_select(-2, places)
                total.index_add_(-2, edges, found.to(total.dtype))
        return total

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
        read = iter(_read(slope, ctx.on, *ways) if ways else ())
        found = [next(read) if one else None for one in needed[: len(ctx.ways)]]
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
