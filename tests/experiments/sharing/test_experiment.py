"""Training on symmetric weights: the note's rule for gradients, and what stays equivariant."""

import numpy as np
import pytest
import torch

from symshare.experiments.harness.training import Context, Recipe
from symshare.experiments.sharing import experiment as sharing
from symshare.experiments.sharing.nets import Free, Shared, asymmetry, function, penalty
from symshare.polynomials import PolynomialNetwork, constraints


def quadratic(weights, x):
    """y_k = sum_ij a^k_ij x_i x_j, by its definition."""
    size = x.shape[-1]
    return torch.einsum("kij,...i,...j->...k", weights.reshape(size, size, size), x, x)


def loss(weights, x):
    return (quadratic(weights, x).sin() * torch.arange(1.0, x.shape[-1] + 1, dtype=x.dtype)).sum()


@pytest.mark.parametrize("size", [2, 3, 4])
def test_equality_classes_sum_their_gradients(size):
    """The note's rule, for weights that are equal entry by entry."""
    found = constraints(PolynomialNetwork((size, size), 2, form="full"), "a->a", compare="entries")
    torch.manual_seed(0)
    x = torch.randn(5, size, dtype=torch.float64)
    values = torch.randn(found.classes, dtype=torch.float64, requires_grad=True)
    weights = torch.zeros(size**3, dtype=torch.float64)
    for value, vector in zip(values, found.basis, strict=True):
        for place in vector:
            weights = weights + value * torch.nn.functional.one_hot(torch.tensor(place), size**3)
    free = weights.detach().clone().requires_grad_(True)
    (own,) = torch.autograd.grad(loss(weights, x), values)
    (each,) = torch.autograd.grad(loss(free, x), free)
    wanted = [sum(each[place] for place in vector) for vector in found.basis]
    assert torch.allclose(own, torch.stack(wanted))


def test_an_additive_constraint_makes_one_weight_depend_on_the_others():
    """N = 2: a^1_12 = a^2_12 + a^2_21 - a^1_21, so that each of these has that one's gradient added, with its sign."""
    network = PolynomialNetwork((2, 2), 2, form="full")
    found = constraints(network, "a->a", compare="additive")
    place = {name: at for at, name in enumerate(network.names())}
    torch.manual_seed(1)
    x = torch.randn(5, 2, dtype=torch.float64)
    independent = {
        "a^1_21": [("a", 1, (2, 1))],
        "a^2_12": [("a", 2, (1, 2))],
        "a^2_21": [("a", 2, (2, 1))],
        "a^1_11": [("a", 1, (1, 1)), ("a", 2, (2, 2))],
        "a^1_22": [("a", 1, (2, 2)), ("a", 2, (1, 1))],
    }
    dependent, factors = place["a", 1, (1, 2)], {"a^2_12": 1.0, "a^2_21": 1.0, "a^1_21": -1.0}
    rows = {name: [place[one] for one in members] for name, members in independent.items()}
    basis = []
    for name, members in rows.items():
        vector = dict.fromkeys(members, 1.0)
        if name in factors:
            vector[dependent] = factors[name]
        basis.append(vector)
    matrix = np.zeros((8, 10))
    for column, vector in enumerate([*basis, *found.basis]):
        matrix[list(vector), column] = [float(value) for value in vector.values()]
    assert np.linalg.matrix_rank(matrix) == np.linalg.matrix_rank(matrix[:, :5]) == 5  # both span the same solutions
    shared = Shared(network, basis, torch.randn(5, dtype=torch.float64))
    free = shared.weights().detach().clone().requires_grad_(True)
    (own,) = torch.autograd.grad(loss(shared.weights(), x), shared.free)
    (each,) = torch.autograd.grad(loss(free, x), free)
    wanted = [sum(each[one] for one in rows[name]) + factors.get(name, 0.0) * each[dependent] for name in rows]
    assert torch.allclose(own, torch.stack(wanted))


def test_the_function_is_that_of_its_layers():
    network = PolynomialNetwork((3, 4, 2), 3)
    weights, x = torch.randn(20, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)
    wanted = (x @ weights[:12].reshape(4, 3).T) ** 3 @ weights[12:].reshape(2, 4).T
    assert torch.allclose(function(network, weights, x), wanted)


def test_what_is_broken_is_measured():
    """y_k = x_1^2 for each k: an exchange of x_1 with another changes it, by the definition."""
    network = PolynomialNetwork((2, 1, 2), 2)
    weights = torch.tensor([1.0, 0.0, 1.0, 1.0], dtype=torch.float64)
    x = torch.tensor([[1.0, 2.0]], dtype=torch.float64)
    assert penalty(network, weights, [(1, 0)], x).item() == pytest.approx(9)  # 4 - 1 in both outputs
    assert asymmetry(network, weights, [(1, 0)], x) == pytest.approx(3)
    right = torch.tensor([1.0, 1.0, 2.0, 2.0], dtype=torch.float64)
    assert asymmetry(network, right, [(1, 0)], x) == 0


def test_the_target_is_equivariant():
    x, y, tests, wanted = sharing.data(3)
    assert (len(x), len(y)) == (sharing.EXAMPLES, sharing.EXAMPLES)
    squares = torch.stack([tests[:, i] * tests[:, j] for i in range(3) for j in range(i, 3)], 1)
    for k in range(3):  # each output is a quadratic form; an exchange of inputs exchanges outputs
        fitted = torch.linalg.lstsq(squares, wanted[:, k : k + 1]).solution
        assert torch.allclose(squares @ fitted, wanted[:, k : k + 1])
    forms = torch.linalg.lstsq(squares, wanted).solution
    order = [3, 1, 4, 0, 2, 5]  # of x_i x_j under the exchange of x_1 and x_2
    assert torch.allclose(forms[order][:, [1, 0, 2]], forms, atol=1e-9)


@pytest.mark.parametrize(
    ("way", "kept"), [("shared weights", True), ("variety", True), ("penalty", False), ("free", False)]
)
def test_a_short_training(way, kept):
    found = sharing._trained(way, Recipe(60, rate=1e-2, decay=0.0, every=10), Context(2, torch.device("cpu")))
    errors = [error for _, error in found["asymmetry"]]
    assert len(errors) == 6
    assert (max(errors) < 1e-8) is kept
    assert (found["metrics"]["asymmetry"] < 1e-8) is kept
    assert found["parameters"] == {"shared weights": 6}.get(way, 24)
    losses = [loss for _, loss, _ in found["fitted"]["curve"]]
    assert losses[-1] < losses[0]


def test_a_step_that_leads_off_the_variety_is_taken_back():
    model = sharing._started("variety", 0)
    assert isinstance(model, Free)
    before = model.free.detach().clone()
    with torch.no_grad():
        model.free.fill_(float("nan"))
    sharing._back(model)
    assert torch.equal(model.free, before)
