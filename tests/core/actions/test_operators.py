"""Operators of generators on all entries, against loops over places that know nothing of sparse matrices."""

from itertools import product

import numpy as np
import pytest

from symshare import signature
from symshare.core.actions.operators import actions, entries
from tests import zoo
from tests.oracle import Oracle


def dense(operator):
    """An operator as a matrix of floats."""
    return sum(
        matrix.toarray() * np.sqrt(radicand) / operator.denominator for radicand, matrix in operator.matrix().items()
    )


def kronecker(matrices, lie):
    """The matrix on a tensor of matrices on its axes: their product, or for a Lie element the sum over axes."""
    if not lie:
        found = np.eye(1)
        for matrix, _ in matrices:
            found = np.kron(found, matrix)
        return found
    total = 0
    for place, (_, moved) in enumerate(matrices):
        if moved:
            found = np.eye(1)
            for other, (matrix, _) in enumerate(matrices):
                found = np.kron(found, matrix if other == place else np.eye(len(matrix)))
            total = total + found
    length = int(np.prod([len(matrix) for matrix, _ in matrices], dtype=int))
    return total + np.zeros((length, length))


def number_of(entry):
    return sum(float(factor) * radicand**0.5 for radicand, factor in getattr(entry, "parts", ((1, entry),)))


def filled(matrix):
    found = np.zeros((matrix.size, matrix.size))
    for number, row in enumerate(matrix.rows):
        for column, entry in row:
            found[number, column] = number_of(entry)
    return found


def beside(matrices):
    """Matrices one after another along the diagonal."""
    length = sum(map(len, matrices))
    found, start = np.zeros((length, length)), 0
    for matrix in matrices:
        found[start : start + len(matrix), start : start + len(matrix)] = matrix
        start += len(matrix)
    return found


def on_side(tensors, own, sizes, lie):
    """The matrix on all entries of some tensors of matrices on letters."""
    return beside(
        [
            kronecker([(own.get(letter, np.eye(sizes[letter])), letter in own) for letter in tensor.axes], lie)
            for tensor in tensors
        ]
    )


@pytest.mark.parametrize("family", [one for one in zoo.FAMILIES if one not in ("S", *zoo.ANY_LENGTH)])
@pytest.mark.parametrize("text", ["ar->rr", "r,arr->a,r", "Hr->rH"])
def test_tied_axes_act_by_kronecker_products(family, text):
    one = zoo.signature(text, family)
    sizes = dict(one.sizes) | {"a": 2, "H": 2}
    found = [action for action in actions(one, sizes) if not set(action.axes) & set(one.symmetric_axes)]
    expected = []
    for block in one.blocks:
        groups = {letter: one.group(letter) for letter in block}
        for lie in (False, True):
            lists = [group.algebra if lie else group.elements for group in groups.values()]
            for matrices in zip(*lists, strict=True):
                own = {letter: filled(matrix) for letter, matrix in zip(groups, matrices, strict=True)}
                expected.append((block, lie, *(on_side(side, own, sizes, lie) for side in (one.inputs, one.outputs))))
    assert len(found) == len(expected)
    for action, (block, lie, inner, outer) in zip(found, expected, strict=True):
        assert (action.axes, action.lie) == (block, lie)
        assert np.allclose(dense(action.inner), inner)
        assert np.allclose(dense(action.outer), outer)
        plain = np.isin(inner, (-1, 0, 1)).all() and np.isin(outer, (-1, 0, 1)).all()
        if action.monomial:
            assert plain


SETS = [
    ("abH,b->ab,a", (), {"a": 3, "b": 2, "H": 2}),
    ("aab->ba", (), {"a": 3, "b": 3}),
    ("a,->a,", (), {"a": 4}),
    ("ab->ba", ("a->b",), {"a": 2, "b": 3}),
    ("baH,a->bacH", ("a->b", "a->c"), {"a": 2, "b": 2, "c": 3, "H": 2}),
    ("bab->ab", ("a->b",), {"a": 2, "b": 3}),
    ("cab->bac", ("a->b", "b->c"), {"a": 2, "b": 2, "c": 3}),
    ("a->a", (), {"a": 1}),
]


@pytest.mark.parametrize(("text", "depends", "sizes"), SETS)
def test_set_axes_permute_entries(text, depends, sizes):
    """The oracle moves places one by one; its generators are a transposition and a cycle of each letter, in its own order."""
    one = signature(text, depends=depends)
    oracle = Oracle(
        [tensor.axes for tensor in one.inputs],
        [tensor.axes for tensor in one.outputs],
        sizes,
        {child: parent for parent, child in one.depends},
    )

    def images(generator, side):
        listed = oracle.entries(side)
        number = {entry: place for place, entry in enumerate(listed)}
        return [number[which, oracle.move(generator, side[which], place)] for which, place in listed]

    wanted = {
        (generator[0], tuple(images(generator, oracle.inputs)), tuple(images(generator, oracle.outputs)))
        for generator in oracle.generators()
    }
    found = list(actions(one, sizes))
    assert all(action.monomial and action.inner.signs is None and action.outer.signs is None for action in found)
    assert {
        ("".join(action.axes), tuple(action.inner.images.tolist()), tuple(action.outer.images.tolist()))
        for action in found
    } == wanted


def test_entries_are_counted_over_tensors():
    one = signature("ab,aH,->ab")
    assert entries(one.inputs, {"a": 3, "b": 4, "H": 2}) == 12 + 6 + 1
    assert entries((), {}) == 0


def test_a_signed_permutation_as_a_matrix():
    one = signature("r->rr", axes={"r": "B(2)"})
    for action in actions(one, {"r": 2}):
        for operator, places in ((action.inner, 2), (action.outer, 4)):
            matrix = operator.matrix()[1].toarray()
            signs = [1] * places if operator.signs is None else operator.signs
            for column, row in product(range(places), repeat=2):
                assert matrix[row, column] == (signs[column] if operator.images[column] == row else 0)
