"""Weights of modules as tensors of a layer, and back."""

import torch

from symshare.nn.runtime.means import _wide
from symshare.nn.runtime.tables import _product

# What follows travels with emitted files.


def _arranged(states: list, parts: dict) -> dict:
    """The tensors (states, *axes) that some states have: each is a part of a weight, or
    those of blocks that repeat, side by side."""
    found = {}
    for name, part in parts.items():
        own = []
        for weight in part["weights"]:
            for state in states:
                _check_weight(state, weight, part["shape"])
            stacked = torch.stack([_in_floats(state[weight]) for state in states])
            own.append(_cut(stacked, *_places(part)))
        found[name] = torch.stack(own, 1) if len(own) > 1 else own[0]
    return found


def _check_weight(state: dict, name: str, shape: tuple) -> None:
    if name not in state:
        raise ValueError(f"a state has no {name!r}\n  give whole state dicts")
    given = tuple(getattr(state[name], "shape", ("no tensor",)))
    if given != shape:
        raise ValueError(f"{name!r} has shape {given}\n  give {shape}")
    if state[name].is_complex():
        cure = "give its real and imaginary parts as two states, entries=2"
        raise ValueError(f"{name!r} is {state[name].dtype}\n  {cure}")


def _in_floats(x: torch.Tensor) -> torch.Tensor:
    """Values in a floating type: masks and whole numbers in the default one."""
    return x if x.is_floating_point() else x.to(torch.get_default_dtype())


def _entered(arrays: dict, states: list, parts: dict) -> list:
    """States with the tensors (states, *axes) in their places."""
    found = [{name: one.clone() for name, one in state.items()} for state in states]
    for name, part in parts.items():
        weights, own = part["weights"], arrays[name]
        rows = own.unbind(1) if len(weights) > 1 else [own]
        for weight, row in zip(weights, rows):
            for state, one in zip(found, row):
                state[weight] = _in_floats(state[weight])
                wanted = tuple(_cut(state[weight], *_places(part)).shape)
                if tuple(one.shape) != wanted:
                    shape = tuple(one.shape)
                    raise ValueError(f"{name} has axes {shape}\n  give {wanted}")
                _put(one, state[weight], *_places(part)[:-1])
    return found


def _places(part: dict) -> tuple:
    """Where a part lies along each dimension of its weight, and how it falls into axes."""
    shape, rows = part["shape"], part.get("rows", {})
    ranks = tuple(range(len(shape)))
    layout, order, joined = part.get("pieces", (shape, ranks, (1,) * len(shape)))
    places = tuple(_row(*rows[dim]) if dim in rows else None for dim in ranks)
    return places, layout, order, joined


def _row(start: int, *turns: tuple[int, int]):
    """Places along a dimension: from `start`, so many times so far apart, and so on inward."""
    found = torch.tensor([start])
    for count, step in turns:
        found = (found[:, None] + step * torch.arange(count)).flatten()
    return found


def _cut(entries, places: tuple, layout: tuple, order: tuple, joined: tuple):
    """A part of weights (..., *dimensions) as an array (..., *axes): the places along each
    dimension (None for all) fall into `layout`; of these, in `order`, each axis has as many
    as `joined` says."""
    lead = entries.dim() - len(places)
    for dim, place in enumerate(places):
        if place is not None:
            entries = entries.index_select(lead + dim, place.to(entries.device))
    found = entries.reshape([*entries.shape[:lead], *layout])
    found = found.permute([*range(lead), *(lead + one for one in order)])
    left = iter([layout[one] for one in order])
    sizes = [_product(*(next(left) for _ in range(many))) for many in joined]
    return found.reshape([*found.shape[:lead], *sizes])


def _put(array, entries, places: tuple, layout: tuple, order: tuple) -> None:
    """Write an array (..., *axes) into the part of weights (..., *dimensions) that it is."""
    lead = entries.dim() - len(places)
    if not places:
        entries.copy_(array)
        return
    back = [lead + order.index(one) for one in range(len(order))]
    array = array.reshape([*entries.shape[:lead], *(layout[one] for one in order)])
    array = array.permute([*range(lead), *back])
    known = zip(places, entries.shape[lead:])
    rows = [torch.arange(size) if one is None else one for one, size in known]
    array = array.reshape([*entries.shape[:lead], *map(len, rows)])
    if all(one is None for one in places):
        entries.copy_(array)
        return
    grid = torch.meshgrid(*(one.to(entries.device) for one in rows), indexing="ij")
    entries[(..., *grid)] = array.to(entries.dtype)


def _channelled(arrays: dict, parts: dict, entries: int) -> dict:
    """Tensors (samples, *moved axes, channels) from those (samples * entries, *axes): axes
    that are not moved, and the entries of a sample, are channels."""
    found = {}
    for name, one in arrays.items():
        moved = [1 + axis for axis in parts[name]["moved"]]
        one = one.unflatten(0, (-1, entries)).movedim(1, -1)
        rest = [axis for axis in range(1, one.dim() - 1) if axis not in moved]
        found[name] = one.permute([0, *moved, *rest, -1]).flatten(1 + len(moved))
    return found


def _axes_again(tensors: dict, parts: dict, states: int) -> dict:
    """Tensors (states, *axes) from those (states, *moved axes, channels)."""
    found = {}
    for name, part in parts.items():
        one, moved, fixed = tensors[name], part["moved"], part["fixed"]
        wanted = (states, len(moved) + 2, _product(*fixed))
        if (len(one), one.dim(), one.shape[-1]) != wanted:
            shape, given = f"({states}, .., {wanted[-1]})", tuple(one.shape)
            cure = f"give one of the shape {shape}: a row for each state"
            raise ValueError(f"{name} is of the shape {given}\n  {cure}")
        rest = [axis for axis in range(len(moved) + len(fixed)) if axis not in moved]
        one = one.reshape([*one.shape[:-1], *fixed])
        places = [0, *(1 + axis for axis in (*moved, *rest))]
        found[name] = one.permute([places.index(axis) for axis in range(one.dim())])
    return found


def _waves(x, number: int):
    """The values of channels, and their sines and cosines at 1, 2, 4, .. half turns."""
    turns = [torch.pi * 2**power * x for power in range(number)]
    return torch.cat(
        [x, *(f(one) for one in turns for f in (torch.sin, torch.cos))], -1
    )


def _canonical(
    arrays: dict, scales: tuple, seed: int | None = None
) -> tuple[dict, list]:
    """Tensors (states, *axes) under the scales and signs that bring what comes into each
    unit to length one, with a sum over 0; with a seed to a length of another kind, and a
    sum of other weights. Also these numbers."""
    random = torch.Generator().manual_seed(seed or 0)
    numbers = []
    for row in scales:
        one = _numbers(arrays, row, None if seed is None else random)
        numbers.append(one)
        arrays = _scaled_by(arrays, row, one, 1)
    return arrays, numbers


def _numbers(arrays: dict, row: dict, random):
    """By what one scale multiplies each unit."""
    drawn = torch.ones(2) if random is None else torch.rand(2, generator=random)
    power = 2.0 if random is None else 1 + 3 * float(drawn[0])
    total = torch.zeros(())
    for name, axes, own, block in row["incoming"]:
        x = arrays[name] if block is None else arrays[name].select(1, block)
        x = x.double()
        gone = [1 + axis for axis in range(x.dim() - 1) if axis not in axes]
        if row["kind"] == "positive":
            x = x.abs() ** power
            total = total.to(x) + (x.sum(gone) if gone else x) ** (1 / own)
        else:
            if random is not None:
                one, two = torch.randn(2, generator=random).tolist()
                x = one * x + two * x**3
            total = total.to(x) + (x.sum(gone) if gone else x)
    if row["kind"] == "sign":
        return torch.where(total < 0, -1.0, 1.0).to(total)
    return torch.where(total > 0, total, 1) ** (-1 / power)


def _scaled_by(arrays: dict, row: dict, numbers, sign: int) -> dict:
    """Tensors with the entries of each unit multiplied by its number (sign -1: divided)."""
    found = dict(arrays)
    for name, powers in row["scaled"].items():
        for axes, power, block in powers:
            x = found[name]
            if block is None:
                found[name] = _multiplied(x, numbers ** (sign * power), axes)
                continue
            parts = list(x.unbind(1))
            parts[block] = _multiplied(parts[block], numbers ** (sign * power), axes)
            found[name] = torch.stack(parts, 1)
    return found


def _multiplied(x, numbers, axes: tuple):
    """x (states, *axes) with the entries of each unit, which some axes tell, multiplied."""
    kept = [size if axis in axes else 1 for axis, size in enumerate(x.shape[1:])]
    return x * numbers.reshape([-1, *kept]).to(x)


def _features(
    states: list, parts: dict, scales: tuple, seeds: tuple, entries: int
) -> dict:
    """The tensors (samples, *moved axes, channels) of some states, under each of some draws
    of scales one after the other."""
    arrays = _arranged(states, parts)
    if scales:
        drawn = [_canonical(arrays, scales, seed)[0] for seed in seeds]
        arrays = {
            name: torch.stack([one[name] for one in drawn], 1).flatten(0, 1)
            for name in arrays
        }
    kinds = [one.dtype for one in arrays.values()]
    for kind in kinds[1:]:
        kinds[0] = torch.promote_types(kinds[0], kind)
    found = _channelled(arrays, parts, entries)
    return {name: one.to(kinds[0]) for name, one in found.items()}


def _statistics(tensors: dict) -> dict:
    """The mean and the deviation of each channel over all that is before it."""
    found = {}
    for name, one in tensors.items():
        one = one.to(_wide(one))  # in half precision a square may be 0, or too large
        over = tuple(range(one.dim() - 1))
        spread = one.var(over, correction=0).sqrt()
        found[name] = one.mean(over), torch.where(spread > 0, spread, 1)
    return found


def _normalised(tensors: dict, statistics: dict) -> dict:
    """Tensors less their means, divided by their deviations."""
    found = {}
    for name, one in tensors.items():
        mean, deviation = (each.to(one.device) for each in statistics[name])
        found[name] = ((one.to(mean.dtype) - mean) / deviation).to(one.dtype)
    return found


def _edited(
    tensors: dict, states: list, parts: dict, scales: tuple, seeds: tuple
) -> list:
    """The states that tensors with one entry for each weight stand for: at the scales of the
    states that they are of, the mean over draws of these."""
    many = len(seeds) if scales else 1
    arrays = _axes_again(tensors, parts, len(states) * many)
    if scales:
        whole, drawn = _arranged(states, parts), []
        for number, seed in enumerate(seeds):
            own = {
                name: torch.unflatten(one, 0, (-1, many))[:, number]
                for name, one in arrays.items()
            }
            numbers = _canonical(whole, scales, seed)[1]
            for row, one in zip(scales, numbers):
                own = _scaled_by(own, row, one, -1)
            drawn.append(own)
        arrays = {
            name: torch.stack([one[name] for one in drawn]).mean(0) for name in arrays
        }
    return _entered(arrays, states, parts)


def _with_positions(x, positions, place: int, axes: int):
    """x (..., *axes, channels) with further channels that tell the values of one axis apart."""
    shape = [len(positions) if at == place else 1 for at in range(axes)]
    told = positions.reshape([*shape, -1]).expand([*x.shape[:-1], -1])
    return torch.cat([x, told.to(x.dtype)], -1)
