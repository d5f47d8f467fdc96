"""Which terms commute with a group: those of a basis do, and what an explicit element moves otherwise does not."""

from dataclasses import replace

import numpy as np
import pytest

import symshare
from symshare import Term, derive, evaluate, signature
from symshare.core.bases.commuting import broken, commutes_in_floats, fits
from symshare.core.terms.constant import levi_civita, made
from tests import zoo


def sizes_of(one):
    return dict.fromkeys(one.symmetric_axes, 3) | dict(one.sizes)


def failing(term, sizes, *, ordered=True):
    return list(broken([term], term.signature, sizes, ordered, np.random.default_rng(0)))


@pytest.mark.parametrize("family", zoo.FAMILIES)
@pytest.mark.parametrize("text", ["r->r", "ar->ar", "rr->a"])
def test_terms_of_a_basis_commute(family, text):
    """Exactly, and in floats too."""
    one = zoo.signature("->".join(side + "H" for side in text.split("->")), family).without_latents()
    sizes = sizes_of(one)
    for term in derive(one, 2, ordered=True):
        assert failing(term, sizes) == []
        assert commutes_in_floats(term, sizes, apart=True)


def moved_by_hand(term, matrices):
    """Whether a term of vectors commutes with some orthogonal matrices, by numpy."""
    random = np.random.default_rng(1)
    here = [random.normal(size=3) for _ in range(term.order)]
    value = evaluate(term, *here)
    return all(
        np.allclose(evaluate(term, *(matrix @ x for x in here)), matrix @ value if value.shape else value)
        for matrix in matrices
    )


TURNS = [np.eye(3)[[1, 2, 0]], np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]])]
MIRROR = [np.diag([-1, 1, 1])]
CROSS = ((levi_civita(3), (0, 1, 2)),)
NOT_QUITE = ((made("T1", "antisymmetric", (3, 3, 3), {(0, 1, 2): 1, (1, 0, 2): -1}), (0, 1, 2)),)


@pytest.mark.parametrize(
    ("text", "group", "fields", "matrices"),
    [
        ("r->r", "SO(3)", ((0,), ((0,),), ()), TURNS),
        ("r->r", "SO(3)", ((1,), ((0,),), ()), TURNS),
        ("r->r", "SO(3)", ((2,), ((0,), (1,)), CROSS), TURNS),
        ("r->r", "O(3)", ((2,), ((0,), (1,)), CROSS), [*TURNS, *MIRROR]),
        ("r->r", "SO(3)", ((2,), ((0,), (1,)), NOT_QUITE), TURNS),
        ("r->r", "O(3)", ((0,), ((1,), (1,), (0,)), ()), [*TURNS, *MIRROR]),
        ("r->", "O(3)", ((), ((0,), (0,)), ()), [*TURNS, *MIRROR]),
        ("r->", "O(3)", ((), ((0,), (0,), (0,)), ()), [*TURNS, *MIRROR]),
    ],
)
def test_it_is_broken_exactly_where_an_element_moves_it_otherwise(text, group, fields, matrices):
    one = signature(text, axes={"r": group})
    outer, inner, constants = fields
    numbers = {}
    for index in (*(index for own in inner for index in own), *outer):
        numbers.setdefault(index, len(numbers))
    term = Term(
        *(one, 0, (0,) * len(inner), tuple(numbers[index] for index in outer)),
        *(tuple(tuple(numbers[index] for index in own) for own in inner), (), ((),) * len(inner), constants),
    )
    expected = moved_by_hand(term, matrices)
    sizes = {"r": 3}
    assert (failing(term, sizes) == []) == expected
    assert commutes_in_floats(term, sizes, apart=True) == expected
    assert all(found == (str(term), "r") for found in failing(term, sizes))


def test_on_one_point_an_antisymmetric_tensor_is_zero_and_commutes():
    one = signature("r->r", axes={"r": "SO(3)"})
    term = Term(one, 0, (0, 0), (2,), ((0,), (1,)), (), ((), ()), NOT_QUITE)
    assert failing(term, {"r": 3}, ordered=False) == []
    assert commutes_in_floats(term, {"r": 3}, apart=False)


def test_generators_with_floats_are_checked_in_floats():
    turn = [[float(np.cos(1)), -float(np.sin(1))], [float(np.sin(1)), float(np.cos(1))]]
    one = signature("r->r", axes=symshare.generators_from({"sizes": {"r": 2}, "generator": [{"r": turn}]}))
    assert commutes_in_floats(Term(one, 0, (0,), (0,), ((0,),), (), ((),)), {"r": 2}, apart=True)
    assert not commutes_in_floats(Term(one, 0, (0,), (1,), ((0,),), (), ((),)), {"r": 2}, apart=True)


def test_a_term_fits_where_its_slots_carry_indices_of_their_own_letters():
    one = signature("ab->ab")
    term = Term.from_einsum(one, "ab->cb")
    assert fits(term, one, {"a": 3, "b": 3})
    assert not fits(replace(term, output_indices=(1, 0)), one, {"a": 3, "b": 3})
    assert not fits(term, signature("ba->ab"), {"a": 3, "b": 3})
    vector = signature("r->r", axes={"r": "SO(3)"})
    cross = Term(vector, 0, (0, 0), (2,), ((0,), (1,)), (), ((), ()), CROSS)
    assert fits(cross, vector, {"r": 3})
    assert not fits(replace(cross, constants=((levi_civita(2), (0, 1)),)), vector, {"r": 3})
