"""What networks, expansions, equations and varieties show of themselves."""

import json

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
