"""Deriving a basis: the number is known first, what is too much is refused with it, progress reaches it."""

import pytest

import symshare
from symshare import TooLargeError, count, derive, signature
from symshare.core.bases.derivation import CHANNELS, counted
from symshare.core.groups.files import generators_from
from tests import zoo


def test_too_many_terms_are_refused_with_the_number():
    with pytest.raises(TooLargeError, match="over the limit of 1,000,000"):
        symshare.derive("rrrrrrrr->rrrrrrrr", 1, axes={"r": "O(9)"})


@pytest.mark.parametrize(
    ("text", "order", "options"),
    [
        ("abH", 3, {}),
        ("aa", 2, {"sizes": {"a": 2}}),
        ("ab", 3, {"depends": ["a->b"]}),
        ("aa->", 2, {"ordered": True}),
        ("t->t", 3, {"axes": {"t": "C(4)"}}),
        ("rr->rr", 1, {"axes": {"r": "O(2)"}}),
        ("rH->rH", 2, {"axes": {"r": "O(3)"}}),
    ],
)
def test_there_are_as_many_terms_as_counted_and_progress_stays_within(text, order, options):
    told = []
    basis = derive(text, order, progress=lambda done, total: told.append((done, total)), **options)
    numbers = [count(text, degree, **options) for degree in range(order + 1)]
    assert list(basis.counts) == numbers
    assert [term.order for term in basis] == sorted(term.order for term in basis)
    assert {total for _, total in told} <= {sum(numbers)}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert all(done <= total for done, total in told)
    if not {"axes", "ordered"} & set(options):
        assert told[-1][0] >= numbers[-1]  # the highest order comes first


def test_a_certificate_comes_when_asked_for():
    assert derive("ab", 1).certificate is None
    assert derive("ab", 1, certified=True).certificate.ok


@pytest.mark.parametrize(
    ("text", "axes", "known"),
    [
        ("abH", {}, True),
        # factors with channels are exchanged without signs and relations: permutations, and O(d) up to 2d slots
        ("tH->tH", {"t": "C(4)"}, True),
        ("rH->rH", {"r": "B(3)"}, True),
        ("rH->rH", {"r": "O(3)"}, True),
        ("rrH->rrH", {"r": "O(2)"}, False),  # 6 slots at order 2
        ("rH->rH", {"r": "SO(3)"}, False),  # a vector product of one channel with itself is 0
        ("rH->rH", {"r": "O(1,2)"}, False),
        ("r->r", {"r": "SO(3)"}, True),  # one channel
        ("r->r", generators_from({"generator": [{"r": [[1, 1], [0, 1]]}]}), False),  # a shear: no characters
    ],
)
def test_the_number_is_known_before_the_list_where_characters_tell(text, axes, known):
    one = signature(text, axes=axes)
    found = counted(one, 2)
    assert (found is not None) == known
    basis = derive(one, 2)
    if known:
        assert tuple(found) == basis.counts
    assert (CHANNELS in basis.notes) == (not known and one.has_channels)


def test_a_refusal_names_the_numbers_and_the_order_that_fits():
    """Partitions of the slots of both axes: 1, 4, 17, 65 terms by order (its own table)."""
    with pytest.raises(TooLargeError) as told:
        derive("ab", 3, max_terms=86)
    assert str(told.value) == (
        "'ab' to order 3 has 87 terms, over the limit of 86\n"
        "  by order: 1, 4, 17, 65\n"
        "  ask for order 2 (22 terms), or raise the limit (max_terms, --max-terms) to 87"
    )
    assert len(derive("ab", 3, max_terms=87)) == 87
    with pytest.raises(TooLargeError, match="\n  lower the order, or raise the limit") as told:
        derive("ab", 0, max_terms=0)


def test_orders_far_too_high_are_refused_at_the_first_that_is():
    """Numbers of 13 orders are found, as long as a line holds them; those to order 9 fit."""
    numbers = [count("ab", order) for order in range(13)]
    assert sum(numbers[:10]) <= 1_000_000 < sum(numbers[:11])
    with pytest.raises(TooLargeError) as told:
        derive("ab", 500)
    first, second, third = str(told.value).splitlines()
    assert first == f"'ab' to order 500 has {sum(numbers):,} terms already to order 12, over the limit of 1,000,000"
    assert second == "  by order: " + ", ".join(f"{number:,}" for number in numbers)
    assert third == f"  ask for order 9 ({sum(numbers[:10]):,} terms)"
    with pytest.raises(TooLargeError, match=r"\n  by order: 1, 8, 76, [\d, ]*, \.\.\n") as told:
        derive("abc", 500)
    assert max(map(len, str(told.value).splitlines()[1:])) <= 110


@pytest.mark.parametrize("family", [one for one in zoo.FAMILIES if one != "generators"])
def test_with_channels_there_are_at_least_as_many_terms_as_without(family):
    """Where exchanges have signs only the list tells their number; what is too long is refused before it is listed."""
    one = zoo.signature("arH,rH->rH", family)
    listed = derive(one, 2).counts
    least = [symshare.count(one, order) for order in range(3)]
    assert all(number <= more for number, more in zip(least, listed, strict=True))
    if sum(least):
        with pytest.raises(TooLargeError, match=f"has (at least )?{sum(least)} terms?, over the limit"):
            derive(one, 2, max_terms=sum(least) - 1)
