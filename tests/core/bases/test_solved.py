"""Invariant tensors from null spaces: as many diagrams as there are, and constant tensors with few nonzeros."""

from itertools import permutations

import numpy as np
import pytest

import symshare
from symshare.core.groups.files import generators_from
from tests.definition import filled


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize(("text", "order"), [("a->a", 3), ("aa->aa", 1), ("a->", 4), ("a->aa", 2), ("aH->aH", 2)])
def test_a_null_space_of_permutations_gives_the_diagrams_of_set_axes(text, order, size):
    """Orbits -> diagrams -> einsum: S(n) by its generators alone has the very terms that the diagram calculus lists."""
    generators = [{"a": [1, 0, *range(2, size)]}, {"a": [*range(1, size), 0]}]
    found = symshare.derive(text, order, axes=generators_from({"generator": generators, "sizes": {"a": size}}))
    assert sorted(map(str, found)) == sorted(map(str, symshare.derive(text, order, sizes={"a": size})))


def summands(factors, slots):
    """Every product of tensors of two slots over all pairings of the slots, `factors` in every order, flattened."""
    found = []
    for order in permutations(range(slots)):
        pairs = [order[place : place + 2] for place in range(0, slots, 2)]
        operands = [one for factor, pair in zip(factors, pairs, strict=True) for one in (factor, list(pair))]
        found.append(np.einsum(*operands, list(range(slots))).ravel())
    return found


@pytest.mark.parametrize(
    ("axes", "text", "nonzeros"),
    [
        # SO(2) on six vectors: 20 invariants, ten of them products of delta, ten of delta, delta, epsilon (2 x 2 x 2 places)
        ({"r": "U(1)"}, "r->rrrrr", [8] * 10),
        # a shear: highest weight vectors of five factors of SL(2), e1^5, e1^3 epsilon (4 of 2) and e1 epsilon^2 (5 of 4)
        ("shear", "rrrrr->", [1, 2, 2, 2, 2, 4, 4, 4, 4, 4]),
    ],
)
def test_constant_tensors_of_a_null_space_are_as_sparse_as_the_classical_ones(axes, text, nonzeros):
    given = generators_from({"generator": [{"r": [[1, 1], [0, 1]]}]}) if axes == "shear" else axes
    tensors = [term.constants[0][0] for term in symshare.derive(text, 1, axes=given).of_order(1) if term.constants]
    assert sorted(len(one.entries) for one in tensors) == nonzeros


@pytest.mark.parametrize("turns", [3, 5, 6, 7, 8])
def test_constant_tensors_of_turns_of_the_plane_are_products_of_delta_and_epsilon(turns):
    """On four slots the parts of products of z have 8 nonzeros each, a product of delta and epsilon 4; two are independent."""
    basis = symshare.derive("r->rrr", 1, axes={"r": f"PlaneC({turns})"}).of_order(1)
    tensors = [filled(term.constants[0][0]).ravel() for term in basis if term.constants]
    known = summands((np.eye(2), np.array([[0, 1], [-1, 0]])), 4)
    short = [one for one in tensors if any(np.array_equal(one / abs(one).max(), two) for two in known)]
    assert len(tensors) == 3
    assert len(short) == 2


def test_constant_tensors_of_unitary_matrices_are_products_of_two_forms():
    """U(3) on four slots: of nine tensors six are products of scalar product and symplectic form (6 x 6 places)."""
    basis = symshare.derive("r->rrr", 1, axes={"r": "U(3)"}).of_order(1)
    tensors = [filled(term.constants[0][0]) for term in basis if term.constants]
    assert len(tensors) == 9
    assert sum(np.count_nonzero(one) == 36 for one in tensors) == 6
