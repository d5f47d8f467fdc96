"""What a network is, and what is none."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from symshare.errors import NotationError, SymshareError, TooLargeError
from symshare.polynomials import PolynomialNetwork, constraints, count_terms, expand, groebner, sample, verdict
from symshare.polynomials.activations import activation_text, read_activation


@pytest.mark.parametrize(
    ("given", "weights"),
    [
        (((3, 4, 3), 2), 24),
        (((3, 4, 3), 2, True), 16 + 15),
        (((3, 3), 2, False, "full"), 27),
        (((3, 3), 2, True, "full"), 48),
        (((2, 2, 1), 3, False, "full"), 16 + 8),
    ],
)
def test_weights(given, weights):
    network = PolynomialNetwork(*given)
    assert network.weights == weights == len(network.names()) == len(set(network.names()))


@pytest.mark.parametrize(
    ("network", "degrees"),
    [
        (PolynomialNetwork((2, 2, 2, 2), 2), {4}),
        (PolynomialNetwork((2, 2, 1), 3, constant=True), {0, 1, 2, 3}),
        (PolynomialNetwork((2, 2, 1), 3, activation="x^3 + x"), {1, 3}),
        (PolynomialNetwork((2, 2, 2, 1), 3, activation="x^3 + x"), {1, 3, 5, 7, 9}),
        (PolynomialNetwork((2, 2, 1), 2, form="full"), {4}),
        (PolynomialNetwork((2, 2), 2, form="full", constant=True), {0, 1, 2}),
        (PolynomialNetwork((2, 2), 1, constant=True), {0, 1}),
    ],
    ids=str,
)
def test_degrees(network, degrees):
    assert network.degrees() == degrees


WRONG = {
    "zero": ((3, 0, 3), 2),
    "negative": ((3, -1, 3), 2),
    "a float": ((3, 2.0, 3), 2),
    "a truth value": ((3, True, 3), 2),
    "a text": ("3,4,3", 2),
    "no list": (3, 2),
    "bytes": (b"34", 2),
    "a set": ({3, 4}, 2),
    "a mapping": ({3: 1, 4: 1}, 2),
    "one width": ((3,), 2),
    "none": ((), 2),
    "degree zero": ((3, 3, 3), 0),
    "degree a float": ((3, 3, 3), 2.5),
    "degree none": ((3, 3, 3), None),
    "constant a text": ((3, 3), 2, "no"),
    "constant none": ((3, 3), 2, None),
    "constant a list": ((3, 3), 2, []),
    "constant a number": ((3, 3), 2, 2),
    "form": ((3, 3), 2, False, "half"),
    "activation a function": ((3, 3, 3), 2, False, "linear", abs),
    "activation no polynomial": ((3, 3, 3), 2, False, "linear", "sin(x)"),
    "activation of another degree": ((3, 3, 3), 2, False, "linear", "x^3"),
    "activation constant": ((3, 3, 3), 1, False, "linear", "1"),
    "activation of floats": ((3, 3, 3), 2, False, "linear", (0, 0, 0.5)),
    "activation of truth values": ((3, 3, 3), 2, False, "linear", (0, 0, True)),
    "activation infinite": ((3, 3, 3), 2, False, "linear", (0, 0, Decimal("inf"))),
    "activation bytes": ((3, 3, 3), 2, False, "linear", b"x^2"),
    "activation of a full form": ((3, 3, 3), 2, False, "full", "x^2 + 1"),
    "too many weights": ((1000, 1000, 1000), 2),
    "too high a degree": ((3, 3, 3), 65),
    "too many layers": ((1,) * 40, 1),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_network_is_told_in_three_lines(what):
    with pytest.raises(SymshareError) as caught:
        PolynomialNetwork(*WRONG[what])
    assert isinstance(caught.value, NotationError | TooLargeError) or what == "activation of a full form"
    assert 2 <= len(str(caught.value).splitlines()) <= 3


@pytest.mark.parametrize("given", [5, None, "3,4,3", (3, 4, 3)], ids=str)
@pytest.mark.parametrize(
    "call", [expand, count_terms, verdict, lambda one: constraints(one, "a->a"), groebner, lambda one: sample(one, 1)]
)
def test_what_is_no_network_or_no_equations_is_told(call, given):
    with pytest.raises(NotationError, match=r"is no polynomial network|are no equations") as caught:
        call(given)
    assert len(str(caught.value).splitlines()) <= 3


def test_truth_values_of_numpy_are_truth_values():
    found = PolynomialNetwork((3, 3), 2, np.bool_(True), activation=(0, 0, np.int64(1)))
    assert found == PolynomialNetwork((3, 3), 2, True)
    assert type(found.constant) is bool
    assert [type(one.numerator) for one in found.activation] == [int] * 3


@pytest.mark.parametrize("text", ["x^0", "1 + x - x", "x^3 - x^3", "7"])
def test_a_constant_is_told_as_it_was_written(text):
    with pytest.raises(NotationError) as caught:
        read_activation(text)
    assert str(caught.value).startswith(f"'{text}' is no activation")


def test_whole_numbers_of_numpy_are_whole_numbers():
    assert PolynomialNetwork(tuple(np.array([3, 4, 3])), np.int64(2)) == PolynomialNetwork((3, 4, 3), 2)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x", (0, 1)),
        ("x^2", (0, 0, 1)),
        ("x**2+x", (0, 1, 1)),
        (" 2 x^2 - 1/3*x + 4 ", (4, Fraction(-1, 3), 2)),
        ("-x^3", (0, 0, 0, -1)),
        ("1 - x + x", None),
        ("x + x", (0, 2)),
        ("x^2 - x^2 + x", (0, 1)),
    ],
)
def test_activations_are_read(text, wanted):
    if wanted is None:
        with pytest.raises(NotationError, match="constant"):
            read_activation(text)
    else:
        assert read_activation(text) == tuple(map(Fraction, wanted))
        assert read_activation(activation_text(read_activation(text))) == tuple(map(Fraction, wanted))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "y",
        "x^-1",
        "1/x",
        "x^2 + 2*",
        "2* + x^2",
        "2*",
        "\uff12x^2",
        "x^\uff12",
        "x^\u0662",
        "x x",
        "2 2",
        "x^",
        "^2",
        "x^2 +",
        "+",
        "x^2.5",
        "x^65",
        "1/0 x",
        "9999999 x",
        "exp(x)",
        "x²",
    ],
)
def test_what_is_no_polynomial_is_not(text):
    with pytest.raises(NotationError) as caught:
        read_activation(text)
    assert len(str(caught.value).splitlines()) <= 3
