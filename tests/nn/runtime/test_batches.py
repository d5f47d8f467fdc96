"""Leading axes made the same."""

import re

import numpy as np
import pytest
import torch

from symshare.nn.runtime.batches import _same_batch
from tests.nn.runtime.compared import DTYPES, assert_same, drawn, exact


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("batches", "batch"),
    [
        ([(), ()], ()),
        ([(4,), ()], (4,)),
        ([(), (4,)], (4,)),
        ([(5, 1), (4,)], (5, 4)),
        ([(1,), (4,), (5, 4)], (5, 4)),
        ([(0,), (1,)], (0,)),
    ],
)
def test_leading_axes_are_broadcast(batches, batch, dtype):
    own = [(3, 2), (2,), (6, 3, 2)][: len(batches)]
    given = [drawn(*one, *shape, dtype=dtype) for one, shape in zip(batches, own, strict=True)]
    found = _same_batch(*((x, len(shape)) for x, shape in zip(given, own, strict=True)))
    for x, y, shape in zip(given, found, own, strict=True):
        assert_same(y, np.broadcast_to(exact(x), (*batch, *shape)), dtype)


@pytest.mark.parametrize(
    ("batches", "said"),
    [
        ([(4,), (5,)], "(4,), (5,)"),
        ([(5, 4), (5, 1, 3)], "(5, 4), (5, 1, 3)"),
        ([(2,), (0,)], "(2,), (0,)"),
    ],
)
def test_batches_that_do_not_go_together_are_named(batches, said):
    with pytest.raises(ValueError, match=f"^inputs have batches that do not go together: {re.escape(said)}$"):
        _same_batch(*((torch.zeros(*one, 2), 1) for one in batches))
