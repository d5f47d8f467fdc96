"""Invariant tensors from null spaces: as many diagrams as there are, and constant tensors with few nonzeros."""

from functools import partial
from itertools import permutations

import numpy as np
import pytest

import symshare
from symshare import TooLargeError
from symshare.core.bases.solved import cells_together, check_places, plane, solved, unravelled
from symshare.core.groups.files import generators_from
from symshare.core.groups.naming import read_group
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


def dense(invariant, size):
    """An invariant as an array over all slots: sums over nothing, equal indices on equal places."""
    found = np.zeros((size,) * len(invariant.indices))
    for place in np.ndindex(*found.shape):
        values = {}
        if all(values.setdefault(index, at) == at for index, at in zip(invariant.indices, place, strict=True)):
            factors = [filled(constant)[tuple(values[leg] for leg in legs)] for constant, legs in invariant.constants]
            found[place] = np.prod(factors)
    return found


def invariants(matrices, raised):
    """The dimension of the tensors that all matrices leave as they are, by singular values; upper slots by g, lower by g^-T."""
    rows = []
    for g in matrices:
        power = np.eye(1)
        for up in raised:
            power = np.kron(power, g if up else np.linalg.inv(g).T)
        rows.append(power - np.eye(len(power)))
    values = np.linalg.svd(np.vstack(rows), compute_uv=False)
    assert not np.any((values > 1e-10) & (values < 1e-6))
    return int((values < 1e-8).sum())


def turn(number):
    cosine, sine = np.cos(2 * np.pi / number), np.sin(2 * np.pi / number)
    return np.array([[cosine, -sine], [sine, cosine]])


QUARTERS = [
    np.array(one, dtype=float) for one in ([[1, 0, 0], [0, 0, -1], [0, 1, 0]], [[0, -1, 0], [1, 0, 0], [0, 0, 1]])
]
GROUPS = {
    # generators written here
    "Cube": QUARTERS,
    "D(4)": [np.eye(4)[[1, 2, 3, 0]], np.eye(4)[::-1]],
    "PlaneC(3)": [turn(3)],
    "PlaneC(5)": [turn(5)],
    "PlaneD(4)": [turn(4), np.diag([1.0, -1.0])],
    "PlaneD(3)": [turn(3), np.diag([1.0, -1.0])],
    "Scale(1,2)": [np.diag([2.0, 4.0])],
}
SLOTS = [(True,), (True, False), (False, False), (True, True, False), (True, False, False, True), (False,) * 4]


@pytest.mark.parametrize("name", GROUPS)
@pytest.mark.parametrize("raised", SLOTS)
def test_a_null_space_is_a_basis_of_the_invariants(name, raised):
    group = read_group(name)
    slots = tuple(("r", up) for up in raised)
    make = partial(plane, imaginary=name.startswith("PlaneC")) if name.startswith("Plane") else solved
    found = make((("r", group),), slots)
    arrays = [dense(invariant, group.size).ravel() for invariant in found.listed]
    number = invariants(GROUPS[name], raised)
    assert len(arrays) == number
    assert found.independent
    if not arrays:
        return
    assert np.linalg.matrix_rank(np.array(arrays)) == number
    for g in GROUPS[name]:
        power = np.eye(1)
        for up in raised:
            power = np.kron(power, g if up else np.linalg.inv(g).T)
        assert np.allclose(power @ np.array(arrays).T, np.array(arrays).T)


@pytest.mark.parametrize(
    ("name", "slots", "diagrams"),
    [
        # orthogonal matrices: 3 matchings of four slots; permutations: all 15 partitions, on 4 values all independent
        ("Cube", 4, 3),
        ("PlaneC(5)", 4, 3),
        ("D(4)", 4, 15),
        ("D(4)", 2, 2),
        ("Scale(1,2)", 2, 1),  # an upper slot with a lower one
    ],
)
def test_as_many_as_can_be_are_diagrams_without_constants(name, slots, diagrams):
    half = slots // 2
    make = partial(plane, imaginary=name.startswith("PlaneC")) if name.startswith("Plane") else solved
    found = make((("r", read_group(name)),), (("r", True),) * half + (("r", False),) * half)
    assert sum(not invariant.constants for invariant in found.listed) == diagrams


def test_places_are_numbered_in_c_order():
    for shape in [(), (3,), (2, 3), (4, 1, 3)]:
        for number, place in enumerate(np.ndindex(*shape)):
            assert unravelled(number, shape) == place


def test_too_many_places_are_refused_with_the_number():
    group = read_group("Cube")
    check_places(group, 12, 10**6)
    with pytest.raises(
        TooLargeError, match="of Cube on 13 slots have 1,594,323 places, over 1,000,000\n  lower the order"
    ):
        solved((("r", group),), (("r", False),) * 13)


@pytest.mark.parametrize(("name", "slots"), [("Cube", 4), ("D(4)", 3), ("PlaneD(3)", 3), ("Scale(1,2)", 2)])
def test_the_number_of_tensors_is_known_from_characters(name, slots):
    group = read_group(name)
    number = invariants(GROUPS[name], (False,) * slots)
    assert cells_together((("r", group),), (("r", False),) * slots) == (number, max(1, number) * group.size**slots)
    axes = generators_from({"generator": [{"r": [[1, 1], [0, 1]]}]})
    assert cells_together((("r", axes["r"]),), (("r", False),) * 3) == (0, 8)  # of a shear they do not tell
