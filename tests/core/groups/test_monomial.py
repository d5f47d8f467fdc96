"""Permutations with factors: which weights balance, and that other weights carry a factor."""

from fractions import Fraction

import pytest

from symshare.core.groups.families import FAMILIES
from symshare.core.groups.monomial import Monomial, balanced


@pytest.mark.parametrize("name", ["B", "Scaled"])
def test_a_product_of_factors_is_one_for_balanced_weights_only(name):
    one = Monomial(name, FAMILIES[name].modulus)
    for weight in range(-6, 7):
        assert balanced([weight], one.modulus) == (Fraction(one.factor) ** weight == 1)
    assert balanced([], one.modulus)
    assert not balanced([0, 1], one.modulus)


def test_set_axes_allow_every_weight():
    assert FAMILIES["S"].modulus == 1
    assert balanced(range(-3, 4), 1)


def test_signs_keep_norms_and_neither_keeps_ones():
    signs, scales = Monomial("B", 2), Monomial("Scaled", 0)
    assert (signs.orthogonal, scales.orthogonal) == (True, False)
    assert not (signs.keeps_ones or scales.keeps_ones)
    assert (str(signs), str(scales)) == ("B", "Scaled")
