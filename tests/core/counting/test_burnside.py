import pytest

from symshare import TooLargeError, count, derive, molien_count, signature


@pytest.mark.parametrize(
    ("text", "depends", "sizes"),
    [
        ("ab", (), {"a": 4, "b": 5}),
        ("aa", (), {"a": 5}),
        ("abc->abc", (), {"a": 2, "b": 3, "c": 4}),
        ("ab", ("a->b",), {"a": 4, "b": 3}),
        ("abc", ("a->b", "b->c"), {"a": 2, "b": 3, "c": 2}),
        ("abcd->ac", ("a->b", "c->d"), {"a": 2, "b": 2, "c": 3, "d": 2}),
        ("ab,bc->ac", (), {"a": 3, "b": 2, "c": 3}),
    ],
)
def test_the_factors_side_and_the_groups_side_agree(text, depends, sizes):
    one = signature(text, depends=depends, sizes=sizes)
    for order in range(5):
        assert count(one, order) == molien_count(one, order)
        assert count(one, order, ordered=True) == molien_count(one, order, ordered=True)


def test_one_axis_gives_the_partitions():
    assert [count("a->", order) for order in range(11)] == [1, 1, 2, 3, 5, 7, 11, 15, 22, 30, 42]  # partitions


def test_latent_sizes_multiply_the_coefficients():
    """Without a symmetry, all is latent: the count is the number of monomials (165 of degree <= 8 in 3 variables)."""
    assert sum(count("H->", order, sizes={"H": 3}) for order in range(9)) == 165
    assert count("aH->aH", 1, sizes={"H": 5}) == 2 * 25
    assert count("aH->aH", 1) == 2


def test_what_would_not_end_is_refused_with_the_number():
    with pytest.raises(TooLargeError, match="3,972,999,029,388"):
        count("ab", 200)
    with pytest.raises(TooLargeError, match="1,475,404 terms"):
        derive("abc", 6)
    with pytest.raises(TooLargeError, match="already to order"):
        derive("ab", 60, max_terms=1000)
    for ordered in (False, True):
        with pytest.raises(TooLargeError, match="order 999,999,999 is over 1,000"):
            derive("a", 999_999_999, sizes={"a": 1}, ordered=ordered)


def test_long_partitions_are_counted_without_recursion():
    """Bell(900) modulo 899: the congruence of Touchard, B(p + n) = B(n) + B(n + 1) mod p, at a prime p = 887, n = 12."""
    bell = [count("a->", order, ordered=True) for order in (12, 13, 899)]
    assert bell[2] % 887 == (bell[0] + bell[1]) % 887
    with pytest.raises(TooLargeError, match="1,500 slots"):
        count("aaaaa", 300, ordered=True)
