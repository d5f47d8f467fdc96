import matplotlib as mpl
import pytest

from symshare import SymshareError, pools
from symshare.show import plot_pooling, plot_pools, save

mpl.use("Agg")


@pytest.mark.parametrize(
    ("text", "order", "depends"),
    [
        ("aH", 2, ()),
        ("abH", 5, ()),
        ("aaH", 5, ()),
        ("abc", 3, ()),
        ("aab", 2, ("a->b",)),
        ("ab,bc->ab,bc", 3, ()),
        ("H", 2, ()),
    ],
)
def test_each_pooling_is_a_picture_with_a_point_an_index(text, order, depends, tmp_path):
    import matplotlib.pyplot as plt

    found = pools(text, order, depends=depends)
    pictures = plot_pools(found)
    assert len(pictures) == len(found.poolings)
    for ax, pooling in zip(pictures, found.poolings, strict=True):
        assert [one.get_text() for one in ax.texts] == list(pooling.names())
    save(pictures[0], tmp_path / "out.svg")
    assert (tmp_path / "out.svg").read_text().count("</g>") > len(pictures)
    plt.close("all")


def test_the_output_is_dashed_and_lines_are_tensors():
    import matplotlib.pyplot as plt

    ax = plot_pooling(pools("ab", 3).poolings[-1])
    lines = ax.patches
    assert len(lines) == 4
    assert [line.get_linestyle() != "solid" and line.get_linestyle() != "-" for line in lines] == [
        True,
        False,
        False,
        False,
    ]
    plt.close("all")


def test_nothing_to_draw_is_said():
    with pytest.raises(SymshareError, match="has no pooling of order 2 or more to draw"):
        plot_pools(pools("ab", 1))
    with pytest.raises(SymshareError, match="at most 60 are drawn"):
        plot_pools(pools("ab", 3, rule="none"))
    with pytest.raises(SymshareError, match="is not a Term"):
        plot_pooling("ab->ab")
