"""Whether an activation moves along: placings of axes on dimensions, against arrays that are moved by hand."""

import numpy as np
import pytest

from symshare.core.actions.blocks import Element, blocks, generators
from symshare.core.actions.random import random_element
from symshare.core.algebra.matrices import from_rows
from symshare.core.notation.reading import signature
from symshare.nn.checking.placing import Placings, agree

ORDER = np.array([3, 0, 4, 1, 2])
SIZES = {"a": 5}


def permuting():
    """An element that brings the values of an axis of five into another order: value i goes to ORDER[i]."""
    one = signature("a")
    (block,) = blocks(one)
    element = random_element(block, SIZES, np.random.default_rng(0))
    element.own.images["a"][:] = ORDER
    return element


def moved(x, dim, order=ORDER):
    found = np.empty_like(x)
    np.moveaxis(found, dim, 0)[order] = np.moveaxis(x, dim, 0)
    return found


def drawn(*shape):
    return np.random.default_rng(1).normal(size=shape)


def joined(x, after):
    token = np.ones((2, 1, 3))
    return np.concatenate([x, token] if after else [token, x], 1)


MOVED = {
    # the shape of x, an activation of it, and of g x
    "the axis last": ((2, 3, 5), lambda x: x, lambda x: moved(x, 2)),
    "the axis first": ((5, 3, 2), lambda x: x, lambda x: moved(x, 0)),
    "twice": ((5, 5, 2), lambda x: x, lambda x: moved(moved(x, 0), 1)),
    "nowhere": ((5, 3), lambda x: x, lambda x: x),
    "after a batch": ((2, 5, 3), lambda x: x.reshape(10, 3), lambda x: moved(x, 1).reshape(10, 3)),
    "before channels": ((2, 5, 3), lambda x: x.reshape(2, 15), lambda x: moved(x, 1).reshape(2, 15)),
    "between": ((2, 5, 3), np.ravel, lambda x: moved(x, 1).ravel()),
    "with itself": ((2, 5, 5), lambda x: x.reshape(2, 25), lambda x: moved(moved(x, 1), 2).reshape(2, 25)),
    "behind a token": ((2, 5, 3), lambda x: joined(x, 0), lambda x: joined(moved(x, 1), 0)),
    "before a token": ((2, 5, 3), lambda x: joined(x, 1), lambda x: joined(moved(x, 1), 1)),
}


@pytest.mark.parametrize("name", MOVED)
def test_a_permuted_axis_is_found_wherever_it_stands(name):
    shape, here, there = MOVED[name]
    x = drawn(*shape)
    assert Placings(permuting()).found(here(x), there(x), 1e-9) is not None
    other = there(x).copy()
    other.ravel()[:2] += 0.1
    assert Placings(permuting()).found(here(x), other, 1e-9) is None


def test_an_axis_that_is_parted_into_two_dimensions():
    """Pixels of a picture, listed one after the other, as rows and columns."""
    one = signature("g", axes={"g": "Grid(6,4)"})
    for element in generators(one, {"g": 36}):
        x, images = drawn(2, 36, 3), element.own.images["g"]
        y = moved(x, 1, images)
        for shape in ((2, 6, 6, 3), (2, 4, 9, 3), (2, 12, 3, 3), (2, 36, 3)):
            here, there = x.reshape(shape), y.reshape(shape)
            assert Placings(element).found(here, there, 1e-9) is not None
            assert Placings(element).found(np.moveaxis(here, -1, 1), np.moveaxis(there, -1, 1), 1e-9) is not None
            other = there.copy()
            other.ravel()[:2] += 0.1
            assert Placings(element).found(here, other, 1e-9) is None


def test_another_order_than_that_of_the_element_is_none():
    x = drawn(2, 5, 3)
    assert Placings(permuting()).found(x, moved(x, 1, np.array([1, 2, 3, 4, 0])), 1e-9) is None
    assert Placings(permuting()).found(x, x[:, ::-1], 1e-9) is None
    assert Placings(permuting()).found(x, x[:, :4], 1e-9) is None


def nested():
    one = signature("ab", depends=["a->b"])
    element = random_element(blocks(one)[1], {"a": 3, "b": 4}, np.random.default_rng(2))
    return element, element.own.images["b"]


def below(x, images):
    """An array (a, b, ..) with a list of its own for each a, by a plain loop."""
    found = np.empty_like(x)
    for row in range(3):
        for column in range(4):
            found[row, images[row, column]] = x[row, column]
    return found


def test_lists_below_the_values_of_another_axis():
    element, images = nested()
    x = drawn(3, 4, 2)
    y, places = below(x, images), Placings(element)
    assert places.found(x, y, 1e-9) is not None
    assert places.found(x.transpose(1, 2, 0), y.transpose(1, 2, 0), 1e-9) is not None
    assert places.found(x.reshape(12, 2), y.reshape(12, 2), 1e-9) is not None
    batch, other = np.stack([x, 2 * x]), np.stack([y, 2 * y])
    assert places.found(batch.reshape(6, 4, 2), other.reshape(6, 4, 2), 1e-9) is not None
    assert places.found(x, x[::-1], 1e-9) is None
    assert places.found(x, below(x, np.roll(images, 1, 0)), 1e-9) is None


def test_a_matrix_on_one_dimension_or_two():
    turn = from_rows([[0, -1], [1, 0]])
    element, matrix = Element("", ("r",), {"r": turn}), turn.floats()
    x = drawn(3, 2, 2)
    once, twice = np.einsum("rs,asu->aru", matrix, x), np.einsum("rs,tu,asu->art", matrix, matrix, x)
    places = Placings(element)
    assert places.found(x, once, 1e-9) is not None
    assert places.found(x, twice, 1e-9) is not None
    assert places.found(x.reshape(6, 2), once.reshape(6, 2), 1e-9) is not None
    assert places.found(x, np.abs(once), 1e-9) is None


def test_signs_go_along():
    one = signature("r", axes={"r": "B(3)"})
    for element in generators(one, {"r": 3}):
        x = drawn(3, 2)
        matrix = np.zeros((3, 3))
        images, signs = element.own.images["r"], element.own.factors.get("r", np.ones(3))
        matrix[images, np.arange(3)] = signs
        assert Placings(element).found(x, matrix @ x, 1e-9) is not None
        assert Placings(element).found(x.ravel(), (matrix @ x).ravel(), 1e-9) is not None
        assert Placings(element).found(x, -(matrix @ x), 1e-9) is None


def test_too_many_placings_are_not_tried():
    with pytest.raises(OverflowError):
        Placings(permuting()).found(np.zeros((30,) * 5, np.int8), np.ones((30,) * 5, np.int8), 1e-9)


def test_numbers_agree_up_to_what_most_are_like():
    x = drawn(50)
    assert agree(x, x + 1e-12, 1e-9)
    assert not agree(x, x + 1e-6, 1e-9)
    masked = np.concatenate([x, [-np.inf, -1e9, np.nan]])
    assert agree(masked, masked.copy(), 1e-9)
    other = masked.copy()
    other[0] += 1e-3  # a large number that stands for a mask hides nothing
    assert not agree(masked, other, 1e-6)
    assert not agree(masked, np.where(np.isneginf(masked), 0, masked), 1e-6)
