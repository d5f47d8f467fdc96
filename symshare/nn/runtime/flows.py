"""Values of pairs added up at nodes, and values of nodes brought to pairs: each is the derivative of the other."""

import torch

from symshare.nn.runtime.passes import (
    _moved,
    _put_at,
    _read_at_once,
    _read_plain,
    _slopes,
    _to_add_to,
    _way,
    _with_places,
    _written_at_once,
)

# What follows travels with emitted files.


def _read(x, on, *ways) -> tuple[torch.Tensor, ...]:
    """Values of pairs added up for each value of an axis (a way of 0 or 1), or at the nodes of
    pairs of a node with itself (2)."""
    if _is_plain(x.numel()):
        return tuple(_read_plain(x, on, way) for way in ways)
    return tuple(_Read.apply(x, on, ways, False))  # type: ignore[no-untyped-call]  # torch has no types here


def _passed(x, on, *ways) -> tuple[torch.Tensor, ...]:
    """x itself, and what `_read` reads: the derivative by all of these is written at once."""
    if _is_plain(x.numel()):
        return (x, *(_read_plain(x, on, way) for way in ways))
    return tuple(_Read.apply(x, on, ways, True))  # type: ignore[no-untyped-call]  # torch has no types here


def _written(on, given: tuple, *products: tuple) -> torch.Tensor:
    """Values on pairs: of nodes, each with its way as `_read` has them, and of pairs, each
    with a matrix that it is multiplied by; all added up. After these a product may have another
    matrix, for values at other places: `_onto_places` says which."""
    count = on.index.shape[1] * (given[0][0] if given else products[0][1]).shape[-1]
    if not _is_plain(count):
        flat = [one for one, _ in given] + [one for own in products for one in own[:3]]
        ways = tuple(way for _, way in given)
        places = tuple(own[3] if own[3:] else None for own in products)
        return _Write.apply(on, ways, places, *flat)  # type: ignore[no-untyped-call]  # torch has no types here
    parts = [own[0] @ own[1] for own in products]
    number = on.index.shape[1]
    parts += [_moved(own[0], own[2], own[3], number) for own in products if own[3:]]
    for value, way in given:
        edges, places = _way(on, way)
        parts.append(_put_at(value.index_select(-2, places), edges, number))
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


class _Read(torch.autograd.Function):
    """`_read`, or `_passed`, whose derivative in all its ways is one array of values of pairs."""

    @staticmethod
    def forward(x, on, ways, passed):
        found = _read_at_once(x, on, ways)
        return (x.view_as(x), *found) if passed else found

    @staticmethod
    def setup_context(ctx, inputs, output):
        _, ctx.on, ctx.ways, ctx.passed = inputs
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx, *slopes):
        passed = slopes[0] if ctx.passed else None
        slopes = slopes[1:] if ctx.passed else slopes
        given = [one for one in zip(slopes, ctx.ways) if one[0] is not None]
        if not given:
            return passed, None, None, None
        if _is_last(given[0][0]) and (passed is None or _is_last(passed)):
            values, ways = zip(*given)
            found = _written_at_once(
                ctx.on, ways, values, (), _to_add_to(passed, values)
            )
            return found, None, None, None
        found = _written(ctx.on, tuple(given))
        return found if passed is None else passed + found, None, None, None

    @staticmethod
    def jvp(ctx, x, *_):
        found = _read(x, ctx.on, *ctx.ways)
        return (x.view_as(x), *found) if ctx.passed else found

    @staticmethod
    def vmap(info, places, x, on, ways, passed):
        x = x.movedim(places[0], 0)
        found = _passed(x, on, *ways) if passed else _read(x, on, *ways)
        return found, (0,) * len(found)


class _Write(torch.autograd.Function):
    """`_written`, whose derivatives by values of nodes are read at once."""

    @staticmethod
    def forward(on, ways, places, *given):
        return _written_at_once(on, ways, given, places)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.on, ctx.ways, ctx.places, *given = inputs
        products = given[len(ctx.ways) :]
        ctx.save_for_backward(*products)
        ctx.save_for_forward(*products)

    @staticmethod
    def backward(ctx, slope):
        slope, needed = slope.contiguous(), ctx.needs_input_grad[3:]
        ways = [way for way, one in zip(ctx.ways, needed) if one]
        if _is_last(slope):
            read = iter(_read_at_once(slope, ctx.on, tuple(ways)))
        else:
            read = iter(_read(slope, ctx.on, *ways) if ways else ())
        found: list = [next(read) if one else None for one in needed[: len(ctx.ways)]]
        wanted = _with_places(needed[len(ctx.ways) :], ctx.places)
        for own, which in zip(_with_places(ctx.saved_tensors, ctx.places), wanted):
            by_x, *others = _slopes(slope, own, which)
            if by_x is not None:
                by_x.ours = True
            found += [by_x, *others]
        return None, None, None, *found

    @staticmethod
    def jvp(ctx, _on, _ways, _places, *moved):
        given = [one for one in zip(moved, ctx.ways) if one[0] is not None]
        saved = _with_places(ctx.saved_tensors, ctx.places)
        products = []
        for own, dual in zip(saved, _with_places(moved[len(ctx.ways) :], ctx.places)):
            products += [] if dual[0] is None else [(dual[0], *own[1:])]
            matrices = [*dual[1:3]] if own[3:] else [dual[1]]
            if any(one is not None for one in matrices):
                pairs = zip(matrices, own[1:])
                known = [torch.zeros_like(m) if d is None else d for d, m in pairs]
                products.append((own[0], *known, *own[3:]))
        return _written(ctx.on, tuple(given), *products)

    @staticmethod
    def vmap(info, at, on, ways, places, *given):
        pairs = [*zip(given, at[3:])]
        found = [
            one.expand(info.batch_size, *one.shape)
            if place is None
            else one.movedim(place, 0)
            for one, place in pairs
        ]
        products = []
        for x, *rest in _with_places(tuple(found[len(ways) :]), places):
            more = [1] * (x.dim() - rest[0].dim())
            count = 2 if rest[2:] else 1
            wide = [
                one.reshape(len(one), *more, *one.shape[-2:]) for one in rest[:count]
            ]
            products.append((x, *wide, *rest[count:]))
        return _written(on, tuple(zip(found[: len(ways)], ways)), *products), 0
