"""What tells the weights of one layer from those of another, and constant tensors."""

import pytest
import torch

from symshare.nn.runtime.states import _constant, _foreign, _is_spec
from tests.nn.runtime.compared import DTYPES, assert_same


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, *DTYPES])
def test_the_same_numbers_are_known_in_every_type(dtype):
    assert _is_spec(torch.tensor([1, 128, 255]).to(dtype), (1, 128, 255))
    assert not _is_spec(torch.tensor([1, 128, 254]).to(dtype), (1, 128, 255))


@pytest.mark.parametrize(
    "given", [None, (1, 2, 3), "123", torch.tensor([1, 2]), torch.tensor([[1, 2, 3]]), torch.zeros(3, device="meta")]
)
def test_what_is_no_spec(given):
    assert not _is_spec(given, (1, 2, 3))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (torch.tensor([7, 8]), "[7, 8]"),
        (None, "None"),
        (torch.zeros(2, device="meta"), "tensor(..., device='meta', size=(2,))"),
    ],
)
def test_what_is_said_of_the_weights_of_another_layer(given, found):
    said = _foreign(given, "linear, ab (spec (1, 2, 3))")
    assert said == f"these are the weights of another layer (spec {found}); this layer is linear, ab (spec (1, 2, 3))"


def test_constants_have_their_entries_and_zeros():
    found = _constant((2, 3), ((0, 2, 0.5), (1, 0, -(3**0.5))))
    assert_same(found, [[0, 0, 0.5], [-(3**0.5), 0, 0]], torch.float64)
    cross = ((0, 1, 2, 1), (0, 2, 1, -1), (1, 2, 0, 1), (1, 0, 2, -1), (2, 0, 1, 1), (2, 1, 0, -1))
    one, two = torch.tensor([1.0, 2.0, 3.0]).double(), torch.tensor([-2.0, 0.5, 4.0]).double()
    product = torch.einsum("ijk,i,j->k", _constant((3, 3, 3), cross), one, two)
    assert_same(product, [2 * 4 - 3 * 0.5, 3 * -2 - 1 * 4, 1 * 0.5 - 2 * -2], torch.float64)
