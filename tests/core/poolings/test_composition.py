"""Compositions as text and JSON, where they are sums."""

import json

import numpy as np
import pytest

import symshare
from symshare.core.poolings.explanation import explain


def test_a_sum_is_printed_and_in_json():
    one = symshare.signature("ar", axes={"r": "SO(3)"})
    found = next(made for term in symshare.derive(one, 3).of_order(3) if len((made := explain(one, term)).summands) > 1)
    assert str(found).splitlines()[-1].split(" = ")[0].strip() == "y"
    listed = json.loads(found.to_json())
    assert [one["of"] for one in listed["sum"]] == [f"y{number + 1}" for _, _, number in found.summands]
    assert not found.irreducible


def test_a_factor_is_printed():
    found = explain("a,arr", "arr->b", axes={"r": "O(3)"})
    values = np.arange(18).reshape(2, 3, 3)
    assert found.evaluate(values).tolist() == [int(np.trace(values.sum(0)))] * 2
    assert "sum" not in json.loads(found.to_json())


def test_a_pooling_is_said_to_be_irreducible():
    found = explain("a,ar", "ar,ar->a", axes={"r": "O(3)"})
    assert found.irreducible and "irreducible" in str(found)
    assert not explain("a,ar", "ar->br", axes={"r": "O(3)"}).irreducible
    with pytest.raises(symshare.SymshareError, match="2 factors, but 1 array came"):
        found.evaluate(np.ones((2, 3)))
