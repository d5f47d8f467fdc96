"""Layers that are written as tables: channels mixed where values meet, and the weights of each term as parts of matrices."""

import torch

# What follows travels with emitted files.


def _latents(tensor: tuple) -> list:
    """The latent axes of a tensor: there are weights for each of their values."""
    return [axis for axis in tensor[1:] if axis[0].isupper()]


def _widths(meetings: dict, tensors: dict, channels: dict, sizes: dict) -> dict:
    """For some axes what each value that has these brings: where it begins among those
    beside it, and its lengths along other latent axes and its channels."""
    found: dict = {}
    for met, own in meetings.items():
        start, found[met] = 0, []
        for name, _ in own:
            rest = [sizes[one] for one in _latents(tensors[name]) if one not in met]
            found[met].append((start, (*rest, channels[name])))
            start += _product(*rest, channels[name])
    return found


def _product(*numbers: int) -> int:
    """The product of some numbers."""
    found = 1
    for one in numbers:
        found *= one
    return found


def _shares(
    terms: list, sources: dict, targets: dict, inputs: dict, lengths: dict, least: int
) -> dict:
    """The variance that each term may add to its output, by its key. Those that average
    over nothing and reach every entry share alike; the others have an eighth together, less
    the more of them there are for the least number of channels. Sums, over axes that have
    `lengths`, count."""
    found: dict = {}
    groups: dict = {}
    for _, key, met, row, column in terms:
        if row >= 0:
            (name, form), (out, put) = sources[met][row], targets[met][column]
            (slots, value), new = form.split("->"), put.split("->")[1]
            gone = [index for index in dict.fromkeys(slots) if index not in value]
            steady = len({*slots}) == len(slots) and len({*new}) == len(new)
            steady = steady and not any(index.islower() for index in gone)
            axes = [inputs[name][1:][slots.index(index)] for index in gone]
            summed = _product(*(lengths.get(axis, 1) for axis in axes))
            groups.setdefault((out, steady), []).append((key, summed))
    for (out, steady), own in groups.items():
        shared = not steady and (out, True) in groups
        rest = 8 * (1 + (len(own) - 1) / least) if shared else 1
        found.update({key: 1 / len(own) / summed / rest for key, summed in own})
    return found


def _of(tensors: dict, kind: str) -> list:
    """The tensors of a kind: the name and the axes of each."""
    return [(name, axes) for name, (one, *axes) in tensors.items() if one == kind]


def _products(
    values: list, weight: torch.Tensor, axes: tuple, widths: list, bias=None
) -> list:
    """Values (..., *axes, channels) side by side, their channels times a matrix, or one for
    each value of the latent axes among them: for each output its part, with other latent
    axes before its channels. Values on two axes and more have results of their own, which
    may be added to; on fewer one product makes all, and a bias is added."""
    x = values[0] if len(values) == 1 else torch.cat(values, -1)
    if len(axes) > 1 and len(widths) > 1:
        matrices = [weight.narrow(-1, at, _product(*one)) for at, one in widths]
        found = [_mixed(x, matrix, axes) for matrix in matrices]
    else:
        found = [_mixed(x, weight, axes)]
        found = found if bias is None else [found[0] + bias.to(found[0].dtype)]
        if len(widths) > 1:
            sizes = [_product(*one) for _, one in widths]
            found = [*torch.split(found[0], sizes, -1)]
    return [
        x if len(one) == 1 else torch.unflatten(x, -1, one)
        for x, (_, one) in zip(found, widths)
    ]


def _mixed(x: torch.Tensor, weight: torch.Tensor, axes: tuple) -> torch.Tensor:
    """Channels of x (..., *axes, channels) times a matrix, or one for each value of the
    latent axes, (values.., channels, channels)."""
    if weight.dim() == 2:
        return x @ weight
    letters = "abcdefghijklmnopqrstuvwx"[: len(axes)]
    own = "".join(i for i, axis in zip(letters, axes) if axis[0].isupper())
    return torch.einsum(f"...{letters}y,{own}yz->...{letters}z", x, weight)


def _block(matrix: torch.Tensor, rows: tuple, columns: tuple) -> torch.Tensor:
    """The part of a matrix (..., rows, columns) for one value before and one after, its
    rows and its columns apart by their lengths along latent axes and their channels."""
    (above, height), (before, width) = rows, columns
    part = matrix.narrow(-2, above, _product(*height)).narrow(
        -1, before, _product(*width)
    )
    return torch.unflatten(torch.unflatten(part, -2, height), -1, width)


def _in_order(
    part: torch.Tensor, met: tuple, source: tuple, target: tuple
) -> torch.Tensor:
    """The part of a matrix for one term as its weights: lengths along the latent axes of the
    input, along those that the output has besides, channels before and after."""
    own, more = _latents(source), [i for i in _latents(target) if i not in met]
    held = [axis for axis in met if axis[0].isupper()]
    rest = [*held, *(axis for axis in own if axis not in held)]
    first, new = (
        [rest.index(axis) for axis in own],
        [*range(len(own) + 1, len(own) + 1 + len(more))],
    )
    return part.permute([*first, *new, len(own), len(own) + len(more) + 1])


def _constants(bias: torch.Tensor, columns: tuple) -> torch.Tensor:
    """The part of a bias for one output: lengths along latent axes, and channels."""
    start, lengths = columns
    return torch.unflatten(bias.narrow(0, start, _product(*lengths)), 0, lengths)


def _latent(sizes: dict) -> dict:
    """The lengths of latent axes."""
    return {axis: size for axis, size in sizes.items() if axis[0].isupper()}


def _total(widths: list) -> int:
    """The width of all that stands side by side."""
    return sum(_product(*lengths) for _, lengths in widths)


def _shape(met: tuple, rows: list, columns: list, sizes: dict) -> tuple:
    """The shape of the matrices of values that have some axes."""
    held = [sizes[axis] for axis in met if axis[0].isupper()]
    return (*held, _total(rows), _total(columns))


def _matrix_names(meetings: dict) -> dict:
    """A name for the matrix of each meeting: that of its axes."""
    found: dict = {}
    for met in meetings:
        name = "_".join(["mix", *met]) if met else "mix"
        while name in found.values():
            name += "_"
        found[met] = name
    return found


def _like(layer: torch.nn.Module, given: list, buffers: dict) -> None:
    """New parameters with the values of the old ones, of the type and on the device of the
    weights in a state dict (what was on no device is NaN until it is loaded), and buffers
    that are those of the state dict."""
    weights = [one for one in given if isinstance(one, torch.Tensor)]
    for name, old in [*layer.named_parameters(recurse=False)] if weights else []:
        fresh = torch.full_like(
            old, torch.nan, dtype=weights[0].dtype, device=weights[0].device
        )
        if not old.is_meta:
            fresh.copy_(old.detach())
        setattr(layer, name, torch.nn.Parameter(fresh, old.requires_grad))
    for name, held in [*layer.named_buffers(recurse=False)]:
        one = buffers.get(name)
        if isinstance(one, torch.Tensor) and one.shape == held.shape:
            setattr(layer, name, one)


def _shown(layer: torch.nn.Module, own: list) -> torch.nn.Module:
    """A layer as torch saves and loads it, with parts of its parameters by their keys."""
    found = torch.nn.Module.__new__(torch.nn.Module)
    found.__dict__.update(layer.__dict__, _parameters=dict(own))
    return found
