"""What invariant tensors are given as, and how many are too many."""

import pytest

import symshare
from symshare import TooLargeError
from symshare.core.bases.spanning import MOST_INVARIANTS, Invariant, Invariants, check_number


def test_too_many_invariant_tensors_are_refused_with_the_number():
    """C(8) on eleven slots: 8^10 choices of offsets."""
    with pytest.raises(TooLargeError, match="lower the order or the sizes") as told:
        symshare.derive("ttttt->tttttt", 1, axes={"t": "C(8)"}, max_terms=10**12)
    assert f"there are over {MOST_INVARIANTS:,} invariant tensors on these slots ({8**10:,})" in str(told.value)


def test_the_limit_itself_is_taken():
    check_number(MOST_INVARIANTS)
    with pytest.raises(TooLargeError, match="200,001"):
        check_number(MOST_INVARIANTS + 1)


def test_pieces_are_values():
    """They are kept in tables by what they are."""
    one, other = (Invariants((Invariant((0, 0)), Invariant((0, 1))), True, True) for _ in range(2))
    assert one == other
    assert len({one, other, Invariants((Invariant((0, 0)),), True, True)}) == 2
