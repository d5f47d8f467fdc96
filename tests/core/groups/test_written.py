"""One generator as a person writes it."""

import pytest

from symshare import NotationError
from symshare.core.algebra.matrices import diagonal, from_rows, permutation
from symshare.core.groups.written import is_scale, read_generator


def read(value, size=3, first=0, *, lie=False):
    return read_generator(value, size, first, lie, f"t = {value}", 1)


@pytest.mark.parametrize(
    ("value", "images"),
    [
        ("(0 1 2)", [1, 2, 0]),
        ("(0,1)(2)", [1, 0, 2]),
        (" ( 2 0 ) ", [2, 1, 0]),
        ("()", [0, 1, 2]),
        ([1, 2, 0], [1, 2, 0]),
        ([0, 1, 2], [0, 1, 2]),
    ],
)
def test_a_permutation_in_cycles_and_in_one_line(value, images):
    assert read(value) == (permutation(images), False)


def test_counted_from_one_entries_may_have_signs():
    assert read("(1 2 3)", first=1) == (permutation([1, 2, 0]), False)
    assert read([-2, 1, 3], first=1) == (permutation([1, 0, 2], [-1, 1, 1]), False)


def test_a_matrix_with_exact_entries():
    rows = [["1/2", "-sqrt(3)/2"], ["sqrt(3)/2", "1/2"]]
    found, scale = read(rows, size=2)
    assert (found, scale) == (from_rows(rows), False)
    assert found.exact
    assert found @ found @ found == diagonal([-1, -1])


def test_an_array_is_read_as_its_rows():
    numpy = pytest.importorskip("numpy")
    assert read(numpy.array([[0, 1], [1, 0]]), size=2) == (permutation([1, 0]), False)


def test_an_element_of_a_lie_algebra_may_be_singular():
    assert read([[0, 1], [0, 0]], size=2, lie=True)[0] == from_rows([[0, 1], [0, 0]])
    with pytest.raises(NotationError, match="singular matrix"):
        read([[0, 1], [0, 0]], size=2)
    with pytest.raises(NotationError, match="is a permutation"):
        read([1, 0], size=2, lie=True)


def test_weights_of_a_scaling():
    assert read({"scale": [1, 1, -2]}) == (diagonal([1, 1, -2]), True)
    assert is_scale({"scale": []})
    assert not any(map(is_scale, ({"scale": [1], "more": 1}, {}, [1], "scale")))


@pytest.mark.parametrize(
    ("value", "first", "problem"),
    [
        ("(0 1", 0, "is not written in cycles"),
        ("0 1", 0, "is not written in cycles"),
        (" ", 0, "is not written in cycles"),
        ("(0 3)", 0, "has the value 3"),
        ("(0 1)", 1, "has the value 0"),
        ("(0 1)(1 2)", 0, "has the value 1 twice"),
        ([0, 0, 1], 0, "is not a permutation"),
        ([1, 2, 3], 0, "is not a permutation"),
        ([-1, 0, 2], 0, "has a negative image"),
        ([[1, 0], [0]], 0, "has a row of 1 entry in a matrix of 2 rows"),
        ([[1, 0], 1], 0, "has entries that are not whole numbers"),
        ([1.5, 0, 2], 0, "has entries that are not whole numbers"),
        ({"scale": [1, 0.5]}, 0, "has weights that are not whole numbers"),
        ({"scale": 3}, 0, "has weights that are not whole numbers"),
        (7, 0, "is no permutation and no matrix"),
        ([], 0, "is no permutation and no matrix"),
        (None, 0, "is no permutation and no matrix"),
        (
            [["sqrt(2)", "sqrt(3)"], ["sqrt(5)+sqrt(7)", "sqrt(11)+sqrt(13)+sqrt(17)"]],
            0,
            "has 7 independent square roots",
        ),
    ],
)
def test_each_mistake_has_an_error_of_its_own(value, first, problem):
    with pytest.raises(NotationError) as caught:
        read(value, first=first)
    assert problem in caught.value.problem
    assert caught.value.cure
    assert len(str(caught.value).split("\n")) == 3
