"""The ansatz: which monomials it has, what its coefficients are called, and what it refuses."""

from itertools import combinations_with_replacement, product
from math import prod

import pytest

from symshare import SymshareError, TooLargeError, count, laurent, solve, taylor
from symshare.core.equations.ansatz import shape


@pytest.mark.parametrize("powers", [(2, -2), (-101, 2), (0, 101), (1,), (0, 1, 2), "12", (0.5, 1), (True, 2), None])
def test_powers_that_are_no_range(powers):
    with pytest.raises(SymshareError, match="is not a range of powers"):
        laurent("a->", powers, sizes={"a": 2})


def test_a_laurent_ansatz_needs_sizes():
    with pytest.raises(SymshareError, match="has the axis 'a' without a size"):
        laurent("a->")


@pytest.mark.parametrize(
    ("text", "order", "sizes"),
    [
        ("a->", 3, {"a": 3}),
        ("ab->ab", 2, {"a": 2, "b": 2}),
        ("a->a", 2, {"a": 12}),
        ("a,bb->a", 2, {"a": 2, "b": 3}),
        ("a->", 3, {"a": 11}),
    ],
)
@pytest.mark.parametrize("ordered", [False, True])
def test_names_of_coefficients_are_unique(text, order, sizes, ordered):
    ansatz = taylor(text, order, sizes=sizes, ordered=ordered)
    for part, number in enumerate(ansatz.unknowns):
        names = ansatz.coefficient_names(part)
        assert len(names) == len(set(names)) == number
        assert ansatz.coefficient_names(part, 3) == names[:3]
        assert all(name.replace("_", "a").isalnum() for name in names)
    for outputs in (False, True):
        assert len(set(ansatz.entry_names(outputs))) == (ansatz.outputs if outputs else ansatz.variables)


def test_names_of_laurent_coefficients_are_unique():
    ansatz = laurent("a->a", (-2, 11), sizes={"a": 2})
    names = ansatz.coefficient_names(0)
    assert len(set(names)) == len(names) == 2 * 14**2
    assert names[0] == "c_0_m2_m2"


def test_free_axes_get_the_witness_size():
    ansatz = taylor("ab->ab", 2)
    assert (ansatz.sizes, ansatz.free) == ({"a": 3, "b": 3}, ("a", "b"))  # one slot of the output, two of the inputs
    assert taylor("aa->", 2).sizes == {"a": 4}
    assert taylor("aH->", 2).signature.latent_axes == ()
    assert solve(ansatz).dimensions == tuple(count("ab->ab", order) for order in range(3))


@pytest.mark.parametrize(
    ("make", "number"),
    [
        (lambda: taylor("aa->aa", 1, sizes={"a": 100}), "100,010,000"),
        (lambda: taylor("a->a", 1, sizes={"a": 10**9}), "1,000,000,001,000,000,000"),
        (lambda: taylor("a->", 1000, sizes={"a": 10**9}), r"about 10\^6432 coefficients"),
        (lambda: taylor("a->", 1000, sizes={"a": 10**9}, ordered=True), r"about 10\^9000 coefficients"),
        (lambda: taylor("a->", 10**7), "order 10,000,000 is over 1,000"),
        (lambda: laurent("a->", sizes={"a": 10}), "9,765,625 exponents, over 5,000,000"),
        (lambda: laurent("a->", sizes={"a": 10**4}), r"5\^10,000 exponents"),
        (lambda: laurent("a->", sizes={"a": 10**9}), r"5\^1,000,000,000 exponents"),
    ],
)
def test_what_would_explode_is_refused_with_the_number(make, number):
    with pytest.raises(TooLargeError, match=number):
        make()


SIGNATURES = [("a->", {"a": 3}), ("ab->ba", {"a": 2, "b": 2}), ("a,bb->a,", {"a": 2, "b": 1}), ("->a", {"a": 2})]


@pytest.mark.parametrize(("text", "sizes"), SIGNATURES)
@pytest.mark.parametrize(("ordered", "listed"), [(False, combinations_with_replacement), (True, None)])
def test_an_unknown_is_an_output_entry_with_a_monomial_of_the_input_entries(text, sizes, ordered, listed):
    ansatz = taylor(text, 3, sizes=sizes, ordered=ordered)
    ins, outs = (side.split(",") for side in text.split("->"))
    variables = sum(prod(sizes[letter] for letter in axes) for axes in ins)
    outputs = sum(prod(sizes[letter] for letter in axes) for axes in outs)
    assert (ansatz.variables, ansatz.outputs) == (variables, outputs)
    numbers = [
        len(list(listed(range(variables), degree) if listed else product(range(variables), repeat=degree)))
        for degree in range(4)
    ]
    assert ansatz.unknowns == tuple(outputs * number for number in numbers)
    assert taylor(text, 3, sizes=sizes, ordered=ordered, least=2).unknowns == ansatz.unknowns[2:]


def test_names_say_entries_and_powers():
    ansatz = taylor("W1:ab,v:b->b", 2, sizes={"a": 1, "b": 2})
    assert ansatz.entry_names() == ["W1_00", "W1_01", "v0", "v1"]
    assert ansatz.entry_names(outputs=True) == ["y0", "y1"]
    assert ansatz.monomial_names(0) == ["1"]
    assert sorted(ansatz.monomial_names(2)) == sorted(
        f"{one} {other}" for one, other in combinations_with_replacement(ansatz.entry_names(), 2)
    )
    assert taylor("a->", 1, sizes={"a": 11}).entry_names()[-1] == "x10"
    assert taylor("ab->", 1, sizes={"a": 11, "b": 2}).entry_names()[-1] == "x10_1"
    powers = laurent("a->", (-2, 1), sizes={"a": 2}).monomial_names(0)
    assert powers == [
        " ".join(f"x{at}" if power == 1 else f"x{at}^{power}" for at, power in enumerate(row) if power) or "1"
        for row in product(range(-2, 2), repeat=2)
    ]


@pytest.mark.parametrize(
    ("text", "order", "options", "part", "expected"),
    [
        ("ab->a", 1, {}, 1, (2, 2, 3)),
        ("ab->a", 2, {"ordered": True}, 2, (2, 2, 3, 2, 3)),
        ("ab->a", 2, {}, 2, None),  # products commute: no axis for each factor
        ("ab->a", 2, {}, 0, (2,)),
        ("a,b->a", 1, {}, 1, None),
    ],
)
def test_coefficients_have_axes_where_one_tensor_goes_to_one_and_factors_have_an_order(
    text, order, options, part, expected
):
    assert shape(taylor(text, order, sizes={"a": 2, "b": 3}, **options), part) == expected


@pytest.mark.parametrize("least", [3, 4])
def test_a_least_degree_above_the_order_is_refused(least):
    with pytest.raises(SymshareError, match=f"'{least}' is a least degree above the order 2\n.*\n.*give least=0 up to"):
        taylor("a->", 2, least=least)
