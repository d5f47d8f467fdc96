"""Every term under groups explained: the composition has the term's values, exactly, on random integers."""

import numpy as np
import pytest

import symshare
from symshare.core.bases.reading import least
from symshare.core.bases.under_groups import terms_under_groups
from symshare.core.poolings.explanation import explain
from tests.zoo import ANY_LENGTH, FAMILIES, axes

PROVED = [
    # text, axes, the highest order, every so many of its terms
    ("a,ar", {"r": "O(3)"}, 4, 1),
    ("r,rr", {"r": "O(3)"}, 3, 1),
    ("r,rr", {"r": "O(3)"}, 4, 40),
    ("a,ar,arr", {"r": "O(3)"}, 2, 1),
    ("ar", {"r": "SO(3)"}, 3, 1),
    ("ar", {"r": "Sp(4)"}, 3, 1),
    ("a,ar", {"r": "Lorentz"}, 3, 1),
    ("a,ab,abr", {"r": "O(2)"}, 2, 4),
    ("ar,at", {"r": "O(2)", "t": "C(3)"}, 2, 1),
    ("ar,as", {"r": "GL(2)", "s": "dual(r)"}, 3, 1),
    ("r,s", {"r": "SL(2)", "s": "dual(r)"}, 3, 1),
    ("at", {"t": "B(3)"}, 3, 1),
    ("ab,abr", {"r": "SO(2)"}, 2, 6),
]


def check(one, term, random):
    sizes = {axis: one.size(axis) or 3 for tensor in one for axis in tensor.axes}
    operands = [random.integers(-4, 5, [sizes[axis] for axis in tensor.axes]) for tensor in term.factor_tensors]
    found = explain(one, term)
    wanted = symshare.evaluate(term, *operands, sizes=sizes)
    assert np.array_equal(found.evaluate(*operands, sizes=sizes), wanted), (term, found)
    own = set(symshare.pools(one, max(term.order, 1)))
    assert all(least(step.pooling) in own or step.pooling.order == 1 for step in found.steps)


@pytest.mark.parametrize(("text", "axes", "order", "step"), PROVED)
def test_every_term_is_a_composition_of_poolings(text, axes, order, step):
    one = symshare.signature(text, axes=axes)
    random = np.random.default_rng(0)
    for degree in range(1, order + 1):
        for term in terms_under_groups(one, degree)[0][:: step if degree == order else 1]:
            check(one, term, random)


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - ANY_LENGTH))
def test_terms_of_every_family_are_explained(family):
    """A set axis beside one under each group, order 2; every so many terms where there are many."""
    groups = {axis: group for axis, group in axes(family).items() if axis in "rt"}
    one = symshare.signature("ar,a" if len(groups) == 1 else "ar,at", axes=groups)
    random = np.random.default_rng(0)
    for degree in (1, 2):
        listed = terms_under_groups(one, degree)[0] if one.groups else symshare.terms(one, degree)
        for term in listed[:: max(1, len(listed) // 12)]:
            if all(constant.exact for constant, _ in term.constants):
                check(one, term, random)


def test_channels_are_left_as_they_are():
    found = explain("aH,arH", "arH,arH,bsH->asH", axes={"r": "O(3)"})
    x = np.random.default_rng(0).integers(-3, 4, (3, 2, 3, 5))
    wanted = (x[0] * x[1]).sum(1, keepdims=True) * x[2].sum(0, keepdims=True)
    assert np.array_equal(found.evaluate(*x), wanted)
