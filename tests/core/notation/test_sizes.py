"""Least sizes and numbers of coefficients, against lists of slots and of monomials."""

from itertools import combinations_with_replacement, product

import pytest

from symshare import count, molien_count, signature
from symshare.core.notation.sizes import unconstrained, witness_sizes


def test_size_generic_is_what_large_sizes_give():
    """From the witness size on nothing changes; one below it something is lost (SEEDS: aa order 1 has 14 at n = 3)."""
    for text, order in [("aa", 1), ("aa", 2), ("ab", 3), ("aab", 1)]:
        one = signature(text)
        witness = witness_sizes(one, order)
        assert molien_count(one, order, sizes=witness) == count(one, order)
        smaller = {letter: size - (letter == "a") for letter, size in witness.items()}
        assert molien_count(one, order, sizes=smaller) < count(one, order)


def test_unconstrained_counts_monomials():
    one = signature("a->", sizes={"a": 3})
    assert [unconstrained(one, order, ordered=True) for order in range(3)] == [1, 3, 9]
    assert [unconstrained(one, order) for order in range(3)] == [1, 3, 6]


CASES = ["a", "ab", "aab->ba", "ab,b->ab", "a,->a", "aaH,bH->b", "->ab", "aab,abb->b,a"]
SIZES = {"a": 2, "b": 3, "H": 2}


@pytest.mark.parametrize("text", CASES)
@pytest.mark.parametrize("order", range(4))
def test_coefficients_without_symmetry_are_output_entries_times_monomials(text, order):
    one = signature(text, sizes={letter: size for letter, size in SIZES.items() if letter in text})
    inner, outer = (
        [
            (number, place)
            for number, tensor in enumerate(side)
            for place in product(*(range(SIZES[a]) for a in tensor.axes))
        ]
        for side in (one.inputs, one.outputs)
    )
    for ordered in (False, True):
        choose = product(inner, repeat=order) if ordered else combinations_with_replacement(inner, order)
        assert unconstrained(one, order, ordered=ordered) == len(outer) * sum(1 for _ in choose)


@pytest.mark.parametrize("text", CASES)
@pytest.mark.parametrize("order", range(4))
def test_the_witness_size_is_the_most_slots_that_carry_the_letter(text, order):
    """Over every choice of an output and of the inputs that are multiplied; one where none does."""
    one = signature(text)
    found = witness_sizes(one, order)
    for letter in one.set_axes:
        chosen = product(one.outputs, combinations_with_replacement(one.inputs, order))
        most = max(sum(tensor.axes.count(letter) for tensor in (out, *factors)) for out, factors in chosen)
        assert found[letter] == max(1, most)
    assert set(found) == set(one.set_axes)


def test_a_size_that_is_fixed_stays():
    one = signature("aab", sizes={"a": 2})
    assert witness_sizes(one, 3) == {"a": 2, "b": 4}
    assert witness_sizes(signature("atH", axes={"t": "C(5)"}), 1) == {"a": 2, "t": 5}
