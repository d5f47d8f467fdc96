"""Relabellings against loops over places."""

from itertools import product

import numpy as np
import pytest

from symshare.core.actions.relabelling import Relabelling, places, relabel
from symshare.core.notation.tensor import Tensor

RANDOM = np.random.default_rng(0)


def drawn(shape, signs=False):
    """A random permutation of the last axis at each place of the others, and random signs."""
    images = RANDOM.permuted(np.broadcast_to(np.arange(shape[-1]), shape).copy(), axis=-1)
    return images, RANDOM.choice([-1, 1], size=shape) if signs else None


CASES = {
    # axes, what depends on what, shapes of images, letters with signs; by hand: the slots above each slot, the root first
    "one axis": ("a", (), {"a": (4,)}, "", [[0]]),
    "signs": ("a", (), {"a": (4,)}, "a", [[0]]),
    "twice": ("aba", (), {"a": (3,)}, "a", [[0], None, [2]]),
    "two letters, one with signs": ("Hrts", (), {"r": (3,), "s": (2,)}, "s", [None, [1], None, [3]]),
    "below a parent": ("ab", (("a", "b"),), {"b": (2, 3)}, "", [None, [0, 1]]),
    "left of the parent": ("bHa", (("a", "b"),), {"b": (2, 3)}, "", [[2, 0], None, None]),
    "nearest parents": ("abaHb", (("a", "b"),), {"b": (2, 3)}, "b", [None, [0, 1], None, None, [2, 4]]),
    "two above": ("cab", (("a", "b"), ("b", "c")), {"c": (2, 3, 4)}, "", [[1, 2, 0], None, None]),
    "nothing": ("H", (), {}, "", [None]),
    "no axes": ("", (), {}, "", []),
}
SIZES = {"a": 2, "b": 3, "c": 4, "r": 3, "s": 2, "t": 2, "H": 2}


@pytest.mark.parametrize("case", CASES)
def test_each_entry_goes_where_its_index_values_go(case):
    axes, depends, shapes, signed, paths = CASES[case]
    made = {letter: drawn(shape, letter in signed) for letter, shape in shapes.items()}
    own = Relabelling(
        {letter: images for letter, (images, _) in made.items()},
        {letter: signs for letter, (_, signs) in made.items() if signs is not None},
        depends,
    )
    sizes = SIZES | {letter: shape[-1] for letter, shape in shapes.items()}
    shape = tuple(sizes[letter] for letter in axes)
    array = RANDOM.integers(1, 1000, size=(5, *shape))
    expected = np.zeros_like(array)
    for place in product(*map(range, shape)):
        new, sign = list(place), 1
        for slot, path in enumerate(paths):
            if path is not None and axes[slot] in made:
                images, signs = made[axes[slot]]
                here = tuple(place[one] for one in path)
                new[slot] = images[here]
                sign *= 1 if signs is None else signs[here]
        expected[(slice(None), *new)] = sign * array[(slice(None), *place)]
    assert np.array_equal(relabel(own, Tensor(axes), array), expected)
    new, signs = places(own, Tensor(axes), shape)
    assert len(new) == len(axes)
    assert len(signs) == sum(letter in signed for letter in axes)


def test_joint_axes_move_together():
    x = np.random.default_rng(0).normal(size=(7, 4, 4, 2))
    order = np.array([2, 0, 3, 1])
    y = relabel(Relabelling({"a": order}), Tensor(tuple("aaH")), x)
    assert np.array_equal(y[:, order][:, :, order], x)
