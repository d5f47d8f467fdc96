"""Orders of terms: whole numbers from 0, of any kind that counts as one."""

import numpy as np
import pytest

from symshare import NotationError
from symshare.core.notation.orders import MOST_FACTORS, USUAL_ORDER, check_order


@pytest.mark.parametrize("order", [0, 1, 7, 10**30, np.int64(3), np.uint8(2)])
def test_a_whole_number_is_an_order(order):
    found = check_order(order)
    assert type(found) is int
    assert found == order


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        (-1, "is a negative order"),
        (np.int8(-3), "is a negative order"),
        (True, "is not an order"),
        (1.0, "is not an order"),
        (np.float64(2), "is not an order"),
        ("2", "is not an order"),
        (None, "is not an order"),
        ([1], "is not an order"),
    ],
)
def test_anything_else_is_refused(order, problem):
    with pytest.raises(NotationError, match=problem):
        check_order(order)


def test_the_usual_order_is_one_that_may_be_asked_for():
    assert 0 < check_order(USUAL_ORDER) < check_order(MOST_FACTORS)
