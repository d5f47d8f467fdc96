"""The number of equivariant maps of one degree by every way there is to it, and layers that are made of them."""

import torch

import symshare
from symshare import count, molien_count, plan, signature, solve, taylor
from tests.core.groups.brute import null_space_dimension
from tests.measured import equivariance_errors, random_inputs, small_sizes

MOST_UNKNOWNS = 1_000


def dimensions(text, order, axes, sizes=()):
    """By Burnside, by Molien, by the null space of the ansatz, and, where it is small, by the rank of all equations."""
    one = signature(text, axes=axes, sizes=dict(sizes))
    found = {
        "count": count(one, order),
        "molien_count": molien_count(one, order),
        "solve": solve(taylor(one, order, least=order)).dimensions[-1],
    }
    lengths = dict(one.sizes)
    inside, outside = (
        sum(torch.Size([lengths[letter] for letter in tensor.axes]).numel() for tensor in side)
        for side in (one.inputs, one.outputs)
    )
    if outside * inside**order <= MOST_UNKNOWNS:
        found["ranks"] = null_space_dimension(one, order)
    return found


def errors(text, order, axes):
    """How far a layer of all certified terms is from commuting with its group."""
    basis = symshare.derive(text, order, axes=axes, certified=True)
    assert basis.certificate.ok
    layer = symshare.nn.compile(plan(basis), 2, 3, dtype=torch.float64)
    one = basis.signature
    return equivariance_errors(layer, one, random_inputs(layer, one, small_sizes(one)))
