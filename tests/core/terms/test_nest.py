"""The loops of a term: the output's first, none over an index that another one fixes."""

import pytest

import symshare
from symshare.core.terms.nest import fresh, nested


def headers(text, term, taken=(), **options):
    one = symshare.signature(text, **options)
    lengths = {letter: str(one.size(letter) or letter.upper()) for letter in one.set_axes + one.latent_axes}
    found = symshare.term(one, term)
    tables = {constant: constant.name.upper() for constant, _ in found.constants}
    nest = nested(found, lengths, tables, set(taken))
    return [*nest.headers], nest


@pytest.mark.parametrize(
    ("text", "term", "options", "wanted"),
    [
        ("ab->b", "ab->b", {}, ["for b in range(B):", "for a in range(A):"]),
        ("aH->H", "a->", {}, ["for h in range(H):", "for a in range(A):"]),
        ("aH->a", "aH->a", {}, ["for a in range(A):", "for h in range(H):"]),
        ("t->t", "t,t+1->t+2", {"axes": {"t": "C(4)"}}, ["for t in range(4):"]),
        (
            *("ar->ar", "ar,as,[rst]->at", {"axes": {"r": "SO(3)"}}),
            ["for a in range(A):", "for (r, s, t), e3 in E3.items():"],
        ),
        ("r->r", "r,[at0_1 rs]->s", {"axes": {"r": "Trivial(2)"}}, []),
        ("s:->s:", ",->", {}, []),
    ],
)
def test_loops_go_over_each_index_once(text, term, options, wanted):
    assert headers(text, term, **options)[0] == wanted


def test_an_index_at_a_distance_is_counted_around_the_axis():
    _, nest = headers("t->t", "t,t+1->t+2", axes={"t": "C(4)"})
    assert list(nest.indices.values()) == ["t", "(t + 1) % 4", "(t + 2) % 4"]


def test_variables_avoid_what_is_taken():
    found, nest = headers("aH->aH", "a->b", taken={"b", "h"})
    assert found == ["for b_ in range(A):", "for h_ in range(H):", "for a in range(A):"]
    assert nest.channels == {"H": "h_"}
    assert fresh("b", {"b", "b_"}) == "b__"
