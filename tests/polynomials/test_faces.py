"""What networks, expansions, equations and varieties show of themselves."""

import copy
import json
import pickle
from dataclasses import FrozenInstanceError, fields

import pytest

from symshare.polynomials import PolynomialNetwork, constraints, expand, groebner, variety, verdict
from tests.test_objects import check

NETWORK = PolynomialNetwork((2, 2, 2), 2)
NOUNS = {
    "network": lambda: NETWORK,
    "deep": lambda: PolynomialNetwork((12,) * 12, 3, constant=True, activation="x^3 - 123456/654321 x^2 + 99999 x"),
    "expansion": lambda: expand(PolynomialNetwork((3, 3, 3), 2, constant=True, form="full")),
    "equations": lambda: constraints(PolynomialNetwork((3, 3, 3), 2), "a->a"),
    "linear equations": lambda: constraints(PolynomialNetwork((3, 3), 2, form="full"), "a->a", compare="additive"),
    "no equations": lambda: constraints(PolynomialNetwork((1, 1), 1), "a->a"),
    "variety": lambda: variety((3, 3, 3, 3), 2, "a->a"),
    "of no symmetry": lambda: variety((2, 3, 1), 2),
    "basis": lambda: groebner(constraints(NETWORK, "a->a")),
    "verdict": lambda: verdict(PolynomialNetwork((3, 4, 3), 2)),
}


@pytest.mark.parametrize("noun", NOUNS)
def test_it_shows_itself(noun):
    one = NOUNS[noun]()
    check(one, inline=isinstance(one, PolynomialNetwork))
    assert json.loads(one.to_json())["schema"] == 1


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
@pytest.mark.parametrize("noun", [noun for noun in NOUNS if noun != "expansion"])
def test_copies_say_the_same_and_stay_as_they_are(noun, copied):
    one = NOUNS[noun]()
    found = copied(one)
    assert type(found) is type(one)
    assert (found.to_json(), repr(found)) == (one.to_json(), repr(one))
    with pytest.raises(FrozenInstanceError):
        setattr(found, fields(found)[0].name, None)


def test_a_copy_of_an_expansion_has_its_polynomials():
    one = expand(PolynomialNetwork((2, 2, 1), 2, activation="x^2 - 1/3 x"))
    for found in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert found.outputs == one.outputs
        assert found.latex() == one.latex()
