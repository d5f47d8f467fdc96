"""Messages along weights: values times a weight, summed over what the result lacks, for networks that read networks."""

import torch

# What follows travels with emitted files.


def _alike_made(
    kinds: tuple, before: tuple, after: tuple, made: dict
) -> torch.nn.ModuleList:
    """A matrix for the tensors of each kind, from the channels of all of them to those of all."""
    sides = [
        [sum(widths[one] for one in kind) for widths in (before, after)]
        for kind in kinds
    ]
    return torch.nn.ModuleList([torch.nn.Linear(*side, **made) for side in sides])


def _alike(
    mixes: torch.nn.ModuleList, kinds: tuple, after: tuple, values: list
) -> list:
    """The tensors mixed entry by entry, those of a kind with each other."""
    found: dict = {}
    for kind, mix in zip(kinds, mixes):
        mixed = mix(torch.cat([values[one] for one in kind], -1))
        found.update(zip(kind, mixed.split([after[one] for one in kind], -1)))
    return [found[one] for one in range(len(values))]


def _post_made(
    messages: tuple, before: tuple, width: int, between: int, made: dict
) -> torch.nn.ModuleDict:
    """Matrices of the channels of weights, of what is sent along them, of what is received."""
    # a single channel needs no matrix: values sent are scaled by one of theirs
    weights = dict.fromkeys(one for one, *_ in messages if before[one] > 1)
    sources = dict.fromkeys(one for _, own, *_ in messages for one in own)
    found, made = torch.nn.ModuleDict(), {**made, "bias": False}
    for name, sides in (
        ("weighed", {str(one): (before[one], between) for one in weights}),
        ("sent", {str(one): (width, between) for one in sources}),
        ("received", {str(one): (between, width) for one in range(len(messages))}),
    ):
        mixes = {key: torch.nn.Linear(*side, **made) for key, side in sides.items()}
        for mix in mixes.values():
            torch.nn.init.normal_(mix.weight, std=mix.in_features**-0.5)
        found[name] = torch.nn.ModuleDict(mixes)
    return found


def _received(post, messages: tuple, weights: list, values: list) -> dict:
    """What tensors are told, by their numbers: products of weights and values, summed over what the results lack."""
    weighed = {int(key): mix(weights[int(key)]) for key, mix in post["weighed"].items()}
    sent = {key: mix(values[int(key)]) for key, mix in post["sent"].items()}
    told: dict = {}
    for mix, (weight, sources, targets, form, length) in zip(
        post["received"].values(), messages
    ):
        value = sum((sent[str(one)] for one in sources[1:]), sent[str(sources[0])])
        own = weighed[weight] if weight in weighed else weights[weight].squeeze(-1)
        met = mix(torch.einsum(form, own, value) * max(length, 1) ** -0.5)
        for one in targets:
            told[one] = told[one] + met if one in told else met
    return told
