"""Counts of terms: published tables and brute force, each from enumeration and from counting without it."""

import pytest

from symshare import count, molien_count, signature, terms
from tests.oracle import Oracle, least_form

# signature, depends, sizes, terms of orders 0, 1, 2, .., and how many of them to enumerate
TABLE = [
    ("a->a", (), None, [1, 2, 4, 7, 12], 5),
    ("ab->ab", (), None, [1, 4, 17, 65, 251, 943, 3584, 13620], 8),
    ("aa->aa", (), None, [2, 15, 117, 877, 6719, 52505], 6),
    ("abc->abc", (), None, [1, 8, 76, 743], 4),
    ("aab->aab", (), None, [2, 30, 554], 3),
    ("ab->ab", ("a->b",), None, [1, 3, 9, 23], 4),
    ("ab->", (), None, [1, 1, 4, 10, 33, 91, 298, 910, 3017], 9),  # OEIS A007716
    ("aa->", (), None, [1, 2, 11, 52, 296, 1724, 11060, 74527], 6),  # OEIS A052171
    ("ab->", ("a->b",), None, [1, 1, 3, 6, 14, 27, 58], 7),  # OEIS A001970
    ("ab->ab", (), {"a": 3, "b": 3}, [1, 4, 17, 52, 147, 360], 6),
    # SEEDS A1, commuting
    ("a->", (), {"a": 3}, [1, 1, 2], 3),
    ("aH->", (), {"H": 2, "a": 2}, [1, 2, 6], 3),
    ("ab->", (), {"a": 2, "b": 2}, [1, 1, 4], 3),
    ("aa->", (), {"a": 2}, [1, 2, 6], 3),
    ("a->a", (), {"a": 3}, [1, 2, 4], 3),
    # SEEDS C: quadratic terms of a->a at N = 1, 2, 3, 6
    ("a->a", (), {"a": 1}, [1, 1, 1], 3),
    ("a->a", (), {"a": 2}, [1, 2, 3], 3),
    ("a->a", (), {"a": 6}, [1, 2, 4], 3),
    # maps T2->T2 and T3->T3 of S_n (Bell numbers 15, 203 and their restrictions)
    ("aa->aa", (), {"a": 3}, [2, 14], 2),
    ("aaa->aaa", (), None, [5, 203], 2),
    ("aaa->aaa", (), {"a": 5}, [5, 202], 2),
    ("aaa->aaa", (), {"a": 4}, [5, 187], 2),
]

ORDERED = [  # SEEDS A1, coefficient tensors not symmetrised
    ("a->", {"a": 3}, [1, 1, 2]),
    ("aH->", {"a": 2, "H": 2}, [1, 2, 8]),
    ("ab->", {"a": 2, "b": 2}, [1, 1, 4]),
    ("aa->", {"a": 2}, [1, 2, 8]),
    ("a->a", {"a": 3}, [1, 2, 5]),
]


@pytest.mark.parametrize(("text", "depends", "sizes", "expected", "listed"), TABLE)
def test_numbers_that_must_come_out(text, depends, sizes, expected, listed):
    one = signature(text, depends=depends, sizes=sizes)
    assert [count(one, order) for order in range(len(expected))] == expected
    assert [len(terms(one, order)) for order in range(listed)] == expected[:listed]


@pytest.mark.parametrize(("text", "sizes", "expected"), ORDERED)
def test_ordered_numbers_that_must_come_out(text, sizes, expected):
    assert [count(text, order, sizes=sizes, ordered=True) for order in range(3)] == expected
    assert [len(terms(text, order, sizes=sizes, ordered=True)) for order in range(3)] == expected


def test_the_total_of_each_exercise():
    """SEEDS A1: exercise D has 6 free parameters, E has 11 ordered and 9 commuting."""
    assert sum(count("ab->", order, sizes={"a": 2, "b": 2}) for order in range(3)) == 6
    assert sum(count("aa->", order, sizes={"a": 2}, ordered=True) for order in range(3)) == 11
    assert sum(count("aa->", order, sizes={"a": 2}) for order in range(3)) == 9
    assert count("aa->", 2, sizes={"a": 4}) == 11


SMALL = [
    (["a"], ["a"], {"a": 1}, {}),
    (["a"], ["a"], {"a": 3}, {}),
    (["ab"], ["ab"], {"a": 2, "b": 3}, {}),
    (["aa"], ["aa"], {"a": 2}, {}),
    (["aa"], ["a"], {"a": 3}, {}),
    (["aab"], ["ba"], {"a": 2, "b": 2}, {}),
    (["ab", "b"], ["ab"], {"a": 2, "b": 2}, {}),
    (["ba", "b", "cb"], ["cb", "b"], {"a": 2, "b": 2, "c": 2}, {}),
    (["aH"], ["aH"], {"a": 2, "H": 2}, {}),
    (["aHK"], ["K"], {"a": 2, "H": 2, "K": 2}, {}),
    ([""], ["ab"], {"a": 2, "b": 2}, {}),
    (["a"], ["ab"], {"a": 2, "b": 3}, {}),
    (["a"], ["bb"], {"a": 2, "b": 3}, {}),
    (["ab"], ["ab"], {"a": 3, "b": 2}, {"b": "a"}),
    (["ab"], ["a"], {"a": 2, "b": 3}, {"b": "a"}),
    (["ba"], ["ab"], {"a": 2, "b": 3}, {"b": "a"}),
    (["abab"], [""], {"a": 2, "b": 2}, {"b": "a"}),
    (["aab"], ["ab"], {"a": 2, "b": 2}, {"b": "a"}),
    (["abc"], ["ab"], {"a": 2, "b": 2, "c": 2}, {"b": "a", "c": "b"}),
    (["abc"], ["ac"], {"a": 2, "b": 2, "c": 2}, {"b": "a", "c": "a"}),
    (["abH"], ["a"], {"a": 2, "b": 2, "H": 2}, {"b": "a"}),
]


@pytest.mark.parametrize(("inputs", "outputs", "sizes", "hangs"), SMALL)
def test_against_brute_force(inputs, outputs, sizes, hangs):
    """Enumeration, Burnside's count and Molien's count against orbits of index tuples."""
    oracle = Oracle(inputs, outputs, sizes, hangs)
    text = ",".join(inputs) + "->" + ",".join(outputs)
    depends = [f"{parent}->{child}" for child, parent in hangs.items()]
    one = signature(text, depends=depends, sizes=sizes)
    entries = len(oracle.entries(inputs))
    for order in range(4):
        for ordered in (False, True):
            if len(oracle.entries(outputs)) * entries**order > 30_000:
                continue
            expected = oracle.orbits(order, ordered=ordered)
            assert count(one, order, ordered=ordered) == expected
            assert len(terms(one, order, ordered=ordered)) == expected
            assert molien_count(one, order, ordered=ordered) == expected


@pytest.mark.parametrize(
    ("text", "depends", "order"),
    [("ab->ab", (), 4), ("aa->aa", (), 3), ("aab->a", (), 2), ("ab,a->ab", (), 3), ("abc->ab", ("a->b", "b->c"), 3)],
)
def test_each_term_comes_once(text, depends, order):
    """No two listed terms are the same diagram, by trying all orders of the factors."""
    listed = terms(signature(text, depends=depends), order)
    forms = {least_form(t.output_indices, list(zip(t.factors, t.factor_indices, strict=True))) for t in listed}
    assert len(forms) == len(listed)
    assert list(listed) == sorted(listed)
    assert all(term == term.canonical() for term in listed)


def test_terms_at_a_size_are_those_with_few_enough_indices():
    for size in range(1, 5):
        generic = [t for t in terms("aa", 2) if len(t.index_axes) <= size]
        assert [str(t) for t in terms("aa", 2, sizes={"a": size})] == [str(t) for t in generic]


def test_ordered_terms_are_the_bell_numbers():
    """Coefficients of aa->aa of order k are not symmetrised: one for each set partition of 2 + 2k slots (Bell)."""
    assert [len(terms("aa", order, ordered=True)) for order in range(4)] == [2, 15, 203, 4140]
    assert [count("aa", order, ordered=True) for order in range(5)] == [2, 15, 203, 4140, 115975]


def test_progress_reaches_the_number_of_terms():
    seen = []
    found = terms("ab", 4, progress=seen.append)
    assert seen == sorted(seen)
    assert 0 < seen[-1] <= len(found)
