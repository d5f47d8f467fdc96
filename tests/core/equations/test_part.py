"""How the null space of one part of an ansatz is written: as chains, entry by entry, and as plain values."""

import json
from fractions import Fraction

import numpy as np
import pytest

from symshare import laurent, solve, taylor
from symshare.core.algebra.numbers import root
from symshare.core.equations.part import MOST_LISTED, MOST_NAMES, Part, part_values, unknown_names, vector_text

NAMES = [f"c_{number}" for number in range(40)]


@pytest.mark.parametrize(
    ("vector", "chain", "text"),
    [
        ({0: 1, 2: 1, 5: -1}, True, "c_0 = c_2 = -c_5"),
        ({3: Fraction(-1, 2), 4: root(3)}, False, "c_3: -1/2, c_4: sqrt(3)"),
        ({0: 1 / 3}, False, "c_0: 0.333333"),
        (dict.fromkeys(range(MOST_NAMES), 1), True, " = ".join(NAMES[:MOST_NAMES])),
        (dict.fromkeys(range(MOST_NAMES + 2), 1), True, " = ".join(NAMES[:MOST_NAMES]) + " = .. (2 more)"),
        (dict.fromkeys(range(MOST_NAMES + 1), 1), False, ", ".join(f"{n}: 1" for n in NAMES[:12]) + ", .. (1 more)"),
    ],
)
def test_a_vector_is_written(vector, chain, text):
    assert vector_text(vector, NAMES, chain=chain) == text


def test_names_of_laurent_unknowns_are_monomials():
    assert unknown_names(laurent("a->", (-1, 0), sizes={"a": 2}), 0) == ["x0^-1 x1^-1", "x0^-1", "x1^-1", "1"]
    assert unknown_names(laurent("a->a", (0, 1), sizes={"a": 1}), 0) == ["1", "x0"]
    assert unknown_names(laurent("a->a", (0, 0), sizes={"a": 2}), 0) == ["y0: 1", "y1: 1"]


@pytest.mark.parametrize(
    ("axes", "solver", "kind"),
    [({"r": "C(3)"}, None, "orbits"), ({"r": "SO(2)"}, None, "exact"), ({"r": "SO(2)"}, "numeric", "numeric")],
)
def test_plain_values_give_the_null_space_again(axes, solver, kind):
    """Labels or vectors read back, whatever the method, span what `floats` has."""
    found = solve(taylor("r->r", 1, axes=axes), solver=solver)
    part = found.parts[1]
    assert repr(part) == f"Part({kind}, {part.dimension} of {part.unknowns} unknowns)"
    told = json.loads(json.dumps(part_values(found.ansatz, 1, part)))
    assert (told["kind"], told["degree"], told["unknowns"]) == ("commuting", 1, part.unknowns)
    assert len(told["names"]) == part.unknowns
    rows = np.zeros((part.dimension, part.unknowns))
    if "labels" in told:
        for place, label in enumerate(told["labels"]):
            if label:
                rows[abs(label) - 1, place] = np.sign(label)
    else:
        for row, vector in zip(rows, told["basis"], strict=True):
            for place, value in vector.items():
                row[int(place)] = float(Fraction(value)) if isinstance(value, str) else value
    assert np.allclose(rows, part.floats())
    assert ("spectrum" in told) == (kind == "numeric")


def test_very_many_unknowns_are_counted_only():
    part = Part(MOST_LISTED + 1, 0, labels=np.zeros(MOST_LISTED + 1, dtype=np.int64))
    told = part_values(taylor("a->", 0, sizes={"a": 1}), 0, part)
    assert set(told) == {"kind", "degree", "unknowns", "dimension"}
