"""Which diagrams axes with factors allow, against all diagrams of set axes."""

import pytest

from symshare import signature, terms
from symshare.core.terms.balance import Balance, balance, imbalance

CASES = ["b,d->b", "bb,d->bd", "ba,db->a", "b->bd"]


def weights(one, term):
    """The weight of each index, slot by slot."""
    found = {}
    tensors = [*zip(term.factor_tensors, term.factor_indices, strict=True), (term.output_tensor, term.output_indices)]
    for number, (tensor, indices) in enumerate(tensors):
        for axis, dual, index in zip(tensor.axes, tensor.dual, indices, strict=True):
            side = -1 if number == len(tensors) - 1 else 1
            if axis == "b":
                found[index] = found.get(index, 0) + side * (-1 if dual else 1)
    return list(found.values())


@pytest.mark.parametrize(("kind", "allowed"), [("B", lambda own: own % 2 == 0), ("Scaled", lambda own: own == 0)])
@pytest.mark.parametrize("text", CASES)
def test_allowed_terms_are_those_of_set_axes_whose_indices_balance(text, kind, allowed):
    one = signature(text, axes={"b": kind} | ({"d": "dual(b)"} if "d" in text else {}))
    # the same diagrams without factors: b and d are one axis
    free = signature(text.replace("d", "b"))
    for order in range(4):
        expected = set()
        for term in terms(free, order, ordered=True):
            moved = type(term)(one, *(getattr(term, name) for name in term.__slots__[1:]))
            if all(map(allowed, weights(one, moved))):
                expected.add(moved)
        assert set(terms(one, order, ordered=True)) == expected
        assert set(terms(one, order)) == {term.canonical() for term in expected}


def test_set_axes_have_no_rule():
    one = signature("a")
    assert balance(one, (), []) is None
    assert imbalance(one, [(1, one.slots(one.inputs[0])[0], 0)]) is None


def test_what_further_factors_can_make_up_for_is_left():
    one = signature("b,d->b", axes={"b": "Scaled", "d": "dual(b)"})
    b, d = (one.slots(tensor) for tensor in one.inputs)
    rule = Balance(one, b, [b, d])
    assert rule.allows(((0,), ()), left=1)
    assert not rule.allows(((0,), ((0, (1,)), (0, (1,)))), left=2)
    assert rule.allows(((0,), ((0, (1,)), (0, (1,)))), left=3)
