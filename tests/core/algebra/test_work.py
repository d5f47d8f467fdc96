"""Work that is bounded together: what is charged inside adds up, and what is charged apart does not."""

import pytest

from symshare import TooLargeError
from symshare.core.algebra.work import MOST_TERMS, charge, shared_work


def test_work_inside_adds_up_and_the_refusal_names_the_sum():
    with shared_work():
        charge(MOST_TERMS // 2)
        with shared_work():
            charge(MOST_TERMS // 2)
        with pytest.raises(TooLargeError, match=f"^characters of {MOST_TERMS + 7:,} weights"):
            charge(7)


def test_work_apart_begins_anew_also_after_a_refusal():
    for _ in range(2):
        with pytest.raises(TooLargeError), shared_work():
            charge(MOST_TERMS)
            charge(1)
    charge(MOST_TERMS)
    charge(MOST_TERMS)


def test_too_much_at_once_is_refused_outside_too():
    with pytest.raises(TooLargeError, match="weights would be multiplied"):
        charge(MOST_TERMS + 1)
