"""The buffers of a layer beside its parameters: the numbers that tell it from other layers, and constant tensors."""

import torch

# What follows travels with emitted files.


def _is_spec(given, spec: tuple[int, ...]) -> bool:
    """Whether the numbers in a state dict say that it is of this layer."""
    same = isinstance(given, torch.Tensor) and given.shape == (len(spec),)
    return same and not given.is_meta and given.tolist() == list(spec)


def _foreign(given, said: str) -> str:
    """What to say of weights whose numbers are not those of a layer that is `said`."""
    found = given
    if isinstance(given, torch.Tensor) and not given.is_meta:
        found = given.tolist()
    return (
        f"these are the weights of another layer (spec {found}); this layer is {said}"
    )


def _constant(
    shape: tuple[int, ...], entries: tuple[tuple[float, ...], ...]
) -> torch.Tensor:
    """A tensor from rows of a place and the value there."""
    rows = torch.tensor(entries, dtype=torch.float64)
    full = torch.zeros(shape, dtype=torch.float64)
    full[tuple(rows[:, :-1].long().T)] = rows[:, -1]
    return full
