"""The cheat sheet: its numbers are those of the library, and on its page nothing overlaps."""

import json
import shlex
from itertools import combinations

import matplotlib as mpl
import pytest
from click.testing import CliRunner
from symshare_cli.main import main

import symshare
from symshare.show.cheatsheet import as_markdown, as_table, chosen, plot_cheatsheet
from symshare.show.known import KNOWN

mpl.use("Agg")

# Of axes of any length under scales no poolings are known.
UNKNOWN = {"Weights of a ReLU network"}


def by_title(one):
    return one.title


def test_there_are_twenty():
    assert len(KNOWN) == len({one.title for one in KNOWN}) == 20
    assert len({one.written for one in KNOWN}) == 20


@pytest.mark.parametrize("one", KNOWN, ids=by_title)
def test_the_counts_are_those_of_the_library(one):
    found = tuple(symshare.count(one.symmetry, order, **one.options) for order in range(len(one.counts)))
    assert found == one.counts


@pytest.mark.parametrize("one", [one for one in KNOWN if one.title not in UNKNOWN], ids=by_title)
def test_the_poolings_are_those_of_the_library(one):
    highest = 1 + len(one.poolings)
    found = symshare.pools(one.symmetry, highest, **one.options)
    assert tuple(tuple(term.to_einsum() for term in found.of_order(k)) for k in range(2, highest + 1)) == one.poolings


@pytest.mark.parametrize("title", sorted(UNKNOWN))
def test_poolings_are_left_out_where_none_are_known(title):
    (one,) = (one for one in KNOWN if one.title == title)
    assert one.poolings == ()
    with pytest.raises(symshare.SymshareError):
        symshare.pools(one.symmetry, 2, **one.options)


# Linear maps as the papers count them: for Maron et al. Bell numbers, for a circulant matrix its length.
PUBLISHED = {"Set": 2, "Table": 4, "Three lists": 8, "Graph": 15, "Triples of one list": 203, "Periodic signal": 8}


@pytest.mark.parametrize("title", PUBLISHED)
def test_the_linear_maps_are_as_many_as_published(title):
    (one,) = (one for one in KNOWN if one.title == title)
    assert one.counts[1] == PUBLISHED[title]


def test_weights_of_two_layers_have_thirty_six_maps():
    """What is independent of the 44 that the package of Zhou et al. has, with constants."""
    (one,) = (one for one in KNOWN if one.title == "Weights of a network")
    assert sum(one.counts[:2]) == 36


@pytest.mark.parametrize("one", KNOWN, ids=by_title)
def test_what_is_to_be_written_is_taken(one):
    done = CliRunner().invoke(main, ["count", *shlex.split(one.written), "-k", "1", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["counts"] == list(one.counts[:2])


@pytest.fixture(scope="module")
def page():
    import matplotlib.pyplot as plt

    figure = plot_cheatsheet().figure
    figure.canvas.draw()
    yield figure
    plt.close(figure)


def test_each_symmetry_has_its_card(page):
    titles = [
        one.texts[0].get_text() for one in page.axes if len(one.texts) > 2 and one.texts[0].get_weight() == "bold"
    ]
    assert titles == [one.title for one in KNOWN]
    assert sum(len(ax.child_axes) for ax in page.axes) == sum(len(chosen(one)[0]) for one in KNOWN)


def test_no_text_of_a_card_meets_another_or_leaves_its_frame(page):
    cards = [ax for ax in page.axes if ax.texts and ax.texts[0].get_weight() == "bold"]
    assert len(cards) == 20
    for card in cards:
        frame = card.get_window_extent()
        texts = [*card.texts, *(one.title for one in card.child_axes if one.title.get_text())]
        for text in texts:
            box = text.get_window_extent()
            assert frame.x0 <= box.x0, text.get_text()
            assert box.x1 <= frame.x1, text.get_text()
            assert frame.y0 <= box.y0, text.get_text()
            assert box.y1 <= frame.y1, text.get_text()
        for one, other in combinations(texts, 2):
            assert not one.get_window_extent().overlaps(other.get_window_extent()), (one.get_text(), other.get_text())
        for picture in card.child_axes:
            assert card.texts[-1].get_window_extent().y0 > picture.get_window_extent().y1


@pytest.mark.parametrize("ending", ["svg", "PDF", "md"])
def test_a_file_is_of_the_kind_that_its_name_says(ending, tmp_path):
    path = tmp_path / f"sheet.{ending}"
    done = CliRunner().invoke(main, ["cheatsheet", "-o", str(path)])
    assert done.exit_code == 0, done.output
    begins = {"svg": b"<?xml", "pdf": b"%PDF", "md": b"| data"}[ending.lower()]
    assert path.read_bytes().startswith(begins)
    again = CliRunner().invoke(main, ["cheatsheet", "-o", str(path)])
    assert again.exit_code == 2
    assert "--force" in again.output


def test_another_ending_is_refused(tmp_path):
    done = CliRunner().invoke(main, ["cheatsheet", "-o", str(tmp_path / "sheet.docx")])
    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 2
    assert not list(tmp_path.iterdir())


def test_text_json_and_markdown_have_all_of_them():
    rows = json.loads(CliRunner().invoke(main, ["cheatsheet", "--json"]).stdout)["symmetries"]
    assert [row["title"] for row in rows] == [one.title for one in KNOWN]
    assert len(as_table().rows) == 20
    assert as_markdown().count("\n| **") == 20
    assert all(row["link"] is None or row["link"] in as_markdown() for row in rows)
