import matplotlib as mpl
import pytest

from symshare import SymshareError, TooLargeError, sharing_pattern
from symshare.show import plot_pattern
from symshare.show.pictures import save

mpl.use("Agg")


@pytest.mark.parametrize(
    ("text", "sizes", "number"),
    [
        ("abH", {"a": 3, "b": 4}, 4),
        ("aaH", None, 15),
        ("aab->ab", None, 10),
        ("a->", {"a": 5}, 1),
        ("ab", {"a": 1, "b": 3}, 2),
    ],
)
def test_a_pattern_has_one_legend_entry_a_coefficient(text, sizes, number):
    import matplotlib.pyplot as plt

    ax = plot_pattern(text, sizes=sizes)
    assert len(ax.get_legend().get_texts()) == number == int(sharing_pattern(text, sizes=sizes).max())
    assert len(ax.images) == 1
    plt.close(ax.figure)


def test_axes_are_given_back_and_used():
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    assert plot_pattern("ab", ax=ax) is ax
    plt.close(figure)


def test_what_has_no_pattern_is_refused():
    with pytest.raises(SymshareError, match="one input and one output"):
        plot_pattern("ab,b->ab")
    with pytest.raises(SymshareError, match="no permuted axis"):
        plot_pattern("H->H")
    with pytest.raises(TooLargeError, match="100,000,000 entries"):
        plot_pattern("ab", sizes={"a": 100, "b": 100})


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_axes_in_a_part_of_a_figure_are_written_with_the_whole_of_it(tmp_path, kind):
    import matplotlib.pyplot as plt

    figure = plt.figure()
    left, _ = figure.subfigures(1, 2)
    path = tmp_path / f"pattern.{kind}"
    save(plot_pattern("ab", sizes={"a": 2, "b": 2}, ax=left.subplots()), path)
    assert path.read_bytes()
