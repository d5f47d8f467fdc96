"""Blocks: their generators make the whole group, and elements act as matrices do, in every arithmetic."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

import symshare
from symshare import signature
from symshare.core.actions.blocks import Element, SetAxis, TiedAxes, act, blocks, generators
from symshare.core.algebra.matrices import from_rows
from symshare.core.notation.tensor import Tensor
from tests import zoo

PRIME = 1_000_003


def closure_size(one, sizes):
    """The order of the group that the generators make on the first input, by walking it."""
    tensor = one.inputs[0]
    shape = [sizes[letter] for letter in tensor.axes]
    # signs tell entries apart too: 0 has none
    start = np.arange(1, int(np.prod(shape)) + 1).reshape(shape)
    steps = list(generators(one, sizes))
    seen, frontier = {start.tobytes()}, [start]
    for array in frontier:
        for step in steps:
            image = act(step, tensor, array)
            if image.tobytes() not in seen:
                seen.add(image.tobytes())
                frontier.append(image)
    return len(seen)


@pytest.mark.parametrize(
    ("text", "depends", "axes", "sizes", "expected"),
    [
        ("a", (), {}, {"a": 4}, 24),
        ("a", (), {}, {"a": 2}, 2),
        ("a", (), {}, {"a": 1}, 1),
        ("ab", (), {}, {"a": 3, "b": 2}, 12),
        ("aa", (), {}, {"a": 3}, 6),
        ("ab", ("a->b",), {}, {"a": 2, "b": 3}, 2 * 6**2),  # S3 wr S2
        ("ba", ("a->b",), {}, {"a": 3, "b": 2}, 6 * 2**3),
        ("abc", ("a->b", "b->c"), {}, {"a": 2, "b": 2, "c": 2}, 2 * (2 * 2**2) ** 2),  # S2 wr S2 wr S2
        ("abc", ("a->b", "a->c"), {}, {"a": 2, "b": 2, "c": 3}, 2 * (2 * 6) ** 2),
        ("t", (), {"t": "C(5)"}, {}, 5),
        ("t", (), {"t": "D(5)"}, {}, 10),
        ("t", (), {"t": "B(3)"}, {}, 48),
        ("at", (), {"t": "B(2)"}, {"a": 3}, 6 * 8),
        ("abt", ("a->b",), {"t": "C(3)"}, {"a": 2, "b": 2}, 8 * 3),
        ("r", (), {"r": "Cube"}, {}, 24),
    ],
)
def test_the_generators_make_the_whole_group(text, depends, axes, sizes, expected):
    one = signature(text, depends=depends, axes=axes)
    assert closure_size(one, dict(one.sizes) | sizes) == expected


SIGNATURES = [
    *(zoo.signature(text, family) for family in zoo.FAMILIES for text in ("arH->arH", "rrH->H")),
    *(signature(text, depends=["a->b"]) for text in zoo.NESTED),
    *(signature(text, depends=["a->b", "b->c"]) for text in (*zoo.TWICE, "cHbda->a")),
]


def small(one):
    """A small size for every letter; all different where no group fixes it."""
    groups = dict(one.groups)
    fixed = dict(one.sizes)
    return {
        letter: groups[letter].size if letter in groups else min(2 + place, fixed.get(letter, 9))
        for place, letter in enumerate(one.set_axes)
    } | {"H": 2}


@pytest.mark.parametrize("one", SIGNATURES, ids=str)
def test_blocks_part_the_letters_and_name_what_is_above(one):
    found = blocks(one)
    assert sorted(axis for block in found for axis in block.axes) == sorted(one.set_axes)
    for block in found:
        match block:
            case SetAxis(letter, above):
                assert tuple(above) == one.ancestors(letter)
            case TiedAxes(letters, groups):
                assert groups == tuple(one.group(letter) for letter in letters)


def dense(matrix, size):
    """A matrix of fractions."""
    found = np.zeros((size, size), dtype=object)
    for number, row in enumerate(matrix.rows):
        for column, entry in row:
            found[number, column] = Fraction(entry)
    return found


EXACT = [
    family
    for family in zoo.FAMILIES
    if family not in ("S", "U", "SU", *zoo.ANY_LENGTH)  # set axes; matrices of four rows and more
]


def by_sums(array, first, second, lie):
    """What matrices on the second and the third axis make of an array, entry by entry."""
    same = np.eye(array.shape[1], dtype=int), np.eye(array.shape[2], dtype=int)
    expected = np.zeros(array.shape, dtype=object)
    for a, i, j, h in product(*map(range, array.shape)):
        for k, m in product(range(array.shape[1]), range(array.shape[2])):
            by_parts = first[i, k] * same[1][j, m] + same[0][i, k] * second[j, m]
            factor = by_parts if lie else first[i, k] * second[j, m]
            expected[a, i, j, h] += factor * array[a, k, m, h]
    return expected


@pytest.mark.parametrize("family", EXACT)
def test_an_element_acts_as_its_matrices_do(family):
    """On a tensor with two axes of the group, by sums over index values; a Lie element acts by the rule of products."""
    one = zoo.signature("arrH->aH", family)
    tensor, sizes = one.inputs[0], small(one)
    array = np.random.default_rng(0).integers(-5, 6, size=[sizes[letter] for letter in tensor.axes])
    tied = [block for block in blocks(one) if isinstance(block, TiedAxes)]
    assert tied
    for block in tied:
        lists = [[*group.elements, *group.algebra] for group in block.groups]
        for element, matrices in zip(block.generators(sizes), zip(*lists, strict=True), strict=True):
            own = dict(zip(block.axes, matrices, strict=True))
            if not all(matrix.exact and not matrix.radicands - {1} for matrix in matrices):
                continue
            stays = {letter: np.eye(sizes[letter], dtype=int) * (not element.lie) for letter in tensor.axes[1:3]}
            first, second = (
                dense(own[letter], sizes[letter]) if letter in own else stays[letter] for letter in tensor.axes[1:3]
            )
            expected = by_sums(array, first, second, element.lie)
            exact = act(element, tensor, array)
            assert np.array_equal(exact, expected)
            assert np.allclose(act(element, tensor, array.astype(float)), expected.astype(float), atol=1e-12)
            residues = act(element, tensor, array % PRIME, PRIME)
            images = [
                entry.numerator * pow(entry.denominator, -1, PRIME) % PRIME for entry in map(Fraction, expected.ravel())
            ]
            assert residues.ravel().tolist() == images


@pytest.mark.parametrize("lie", [False, True])
def test_leading_axes_and_other_letters_stay(lie):
    element = Element("", ("r",), {"r": from_rows([[1, 2], [3, 4]])}, lie)
    array = np.random.default_rng(0).integers(0, 9, size=(5, 3, 2, 2))
    found = act(element, Tensor(tuple("arH")), array)
    expected = np.einsum("ij,najh->naih", [[1, 2], [3, 4]], array)
    assert np.array_equal(found, expected)
    untouched = act(element, Tensor(tuple("aH")), array[:, :, 0])
    assert np.array_equal(untouched, 0 * array[:, :, 0] if lie else array[:, :, 0])


@pytest.mark.parametrize("one", SIGNATURES, ids=str)
def test_generators_have_names_of_their_own(one):
    sizes = small(one)
    found = list(generators(one, sizes))
    labels = [(element.label, element.axes) for element in found]
    assert all(label.removeprefix("Lie ").startswith(letters[0]) for label, letters in labels)
    assert all(label.startswith("Lie ") == element.lie for (label, _), element in zip(labels, found, strict=True))
    assert len(set(labels)) == len(labels)


def test_generators_given_by_hand_move_their_axes_together():
    one = symshare.signature("rtH->rH", axes=zoo.axes("generators"))
    (block,) = blocks(one)
    (element,) = block.generators({})
    r = act(element, Tensor(tuple("r")), np.eye(2, dtype=int)).T
    t = act(element, Tensor(tuple("t")), np.eye(4, dtype=int)).T
    assert r.tolist() == [[0, -1], [1, 0]]
    assert t.tolist() == [[0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
