"""A certificate holds if and only if all its parts do, and says which does not."""

import json
from itertools import product

import pytest

from symshare.core.bases.certificate import Certificate, OrderCertificate

BROKEN = (("ab->ba", "a"), ("ab->ba", "b"), ("ab->cb", "a"))


@pytest.mark.parametrize(("commutes", "independent", "complete"), list(product([True, False], repeat=3)))
@pytest.mark.parametrize("channels", [False, True])
def test_an_order_holds_if_its_three_parts_do(commutes, independent, complete, channels):
    """With channels what exchanges of the terms span is counted, not the terms."""
    terms, spanned = 5, 9 if channels else None
    wanted = (9 if channels else 5) + (not complete)
    one = OrderCertificate(2, terms, terms - (not independent), wanted, () if commutes else BROKEN, spanned)
    assert (one.commutes, one.independent, one.complete) == (commutes, independent, complete)
    good = OrderCertificate(0, 1, 1, 1, ())
    for orders in ((good, one), (one, good)):
        found = Certificate(orders, (("a", 3),), 7)
        assert one.ok == found.ok == bool(found) == (commutes and independent and complete)
        assert str(found).startswith(f"certificate {'holds' if found.ok else 'FAILS'} (exact mod 7, at a=3)\n")
        told = json.loads(json.dumps(found.to_dict()))
        assert told["ok"] == found.ok
        own = next(part for part in told["orders"] if part["order"] == 2)
        assert [own[name] for name in ("commutes", "independent", "complete")] == [commutes, independent, complete]
        assert own.get("spanned") == spanned
        assert own["not_equivariant"] == ([] if commutes else [{"einsum": e, "axis": a} for e, a in BROKEN])


def test_rows_say_how_many_and_lines_which():
    """Of five terms two break; one of them does so under both axes."""
    found = Certificate((OrderCertificate(1, 5, 4, 6, BROKEN), OrderCertificate(2, 1, 1, 1_000, (), 1_000)), (), 7)
    assert str(found).splitlines() == [
        "certificate FAILS (exact mod 7)",
        "order  terms  commute  rank  spanned  counted",
        "    1      5        3     4        5        6",
        "    2      1        1     1    1,000    1,000",
        "ab->ba does not commute with the group of a",
        "ab->ba does not commute with the group of b",
        "ab->cb does not commute with the group of a",
        "spanned: the dimensions that exchanges of the factors'",
        "  channels span",
    ]
    plain = Certificate((OrderCertificate(1, 5, 5, 5, ()),), (("a", 2), ("b", 3)), 7)
    assert str(plain).splitlines() == [
        "certificate holds (exact mod 7, at a=2, b=3)",
        "order  terms  commute  rank  counted",
        "    1      5        5     5        5",
    ]
    assert repr(plain) == "Certificate(holds, orders=1, prime=7, sizes={'a': 2, 'b': 3})"


def test_a_certificate_of_nothing_holds():
    assert Certificate((), (), 7).ok
