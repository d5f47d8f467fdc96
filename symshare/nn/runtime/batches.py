"""The leading (batch) axes of several inputs brought to one shape."""

import torch

# What follows travels with emitted files.


def _same_batch(*inputs: tuple[torch.Tensor, int]) -> tuple[torch.Tensor, ...]:
    """Tensors, each with its number of own axes, their leading axes made the same."""
    batches = [x.shape[: x.dim() - own] for x, own in inputs]
    for one in batches[1:]:
        for size, other in zip(one[::-1], batches[0][::-1]):
            if size != other and 1 not in (size, other):
                shapes = ", ".join(str(tuple(each)) for each in batches)
                raise ValueError(
                    f"inputs have batches that do not go together: {shapes}"
                )
    batch = torch.broadcast_shapes(*batches)  # type: ignore[no-untyped-call]  # torch has no types here
    return tuple(x.expand(*batch, *x.shape[x.dim() - own :]) for x, own in inputs)
