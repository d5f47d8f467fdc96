import numpy as np
import pytest

from symshare import signature
from symshare.core.actions.relabelling import generators, random_relabelling, relabel


def closure_size(one, sizes):
    """The order of the group that the generators make, by walking it."""
    names = sorted(one.letters)
    tensor = one.inputs[0]
    shape = [sizes[letter] for letter in tensor.axes]
    start = np.arange(int(np.prod(shape))).reshape(shape)
    steps = [moved for _, moved in generators(one, sizes)]
    seen = {start.tobytes()}
    frontier = [start]
    while frontier:
        following = []
        for array in frontier:
            for moved in steps:
                image = relabel(one, tensor, array, moved)
                if image.tobytes() not in seen:
                    seen.add(image.tobytes())
                    following.append(image)
        frontier = following
    assert names
    return len(seen)


@pytest.mark.parametrize(
    ("text", "depends", "sizes", "expected"),
    [
        ("a", (), {"a": 4}, 24),
        ("a", (), {"a": 1}, 1),
        ("ab", (), {"a": 3, "b": 2}, 12),
        ("aa", (), {"a": 3}, 6),
        ("ab", ("a->b",), {"a": 2, "b": 3}, 2 * 6**2),  # S3 wr S2
        ("abc", ("a->b", "b->c"), {"a": 2, "b": 2, "c": 2}, 2 * (2 * 2**2) ** 2),  # S2 wr S2 wr S2
        ("abc", ("a->b", "a->c"), {"a": 2, "b": 2, "c": 3}, 2 * (2 * 6) ** 2),
    ],
)
def test_the_generators_make_the_whole_group(text, depends, sizes, expected):
    assert closure_size(signature(text, depends=depends), sizes) == expected


def test_a_dependent_axis_moves_on_its_own_below_each_parent():
    one = signature("ab", depends=["a->b"])
    moved = random_relabelling(one, {"a": 2, "b": 5}, np.random.default_rng(3), "b")
    x = np.arange(10).reshape(2, 5)
    y = relabel(one, one.inputs[0], x, moved)
    assert sorted(y[0]) == sorted(x[0])
    assert sorted(y[1]) == sorted(x[1])
    assert not np.array_equal(y[0] - x[0], y[1] - x[1])


def test_joint_axes_move_together():
    one = signature("aaH")
    x = np.random.default_rng(0).normal(size=(7, 4, 4, 2))
    order = np.array([2, 0, 3, 1])
    y = relabel(one, one.inputs[0], x, {"a": order})
    assert np.array_equal(y[:, order][:, :, order], x)
