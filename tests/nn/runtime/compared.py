"""Tensors of every float type, and results compared with what numpy finds in double precision."""

import numpy as np
import torch

DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
HALF = DTYPES[2:]


def drawn(*shape, dtype=torch.float64, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def exact(tensor):
    return tensor.detach().double().numpy()


def assert_same(found, expected, dtype):
    """The same shape and values, of a type, to a few of its last digits."""
    expected = np.asarray(expected)
    assert (tuple(found.shape), found.dtype) == (expected.shape, dtype)
    scale = max(1e-300, float(np.abs(expected).max(initial=0)))
    assert np.abs(exact(found) - expected).max(initial=0) <= 4 * torch.finfo(dtype).eps * scale
