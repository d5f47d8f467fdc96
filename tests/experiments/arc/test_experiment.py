import json
import os
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
import torch

from symshare.errors import ExperimentError, NotationError, SymshareError
from symshare.experiments import Setting, run
from symshare.experiments.arc import experiment as arc
from symshare.experiments.arc import layout as arc_layout
from symshare.experiments.arc import reading as arc_read
from symshare.experiments.arc.rules import puzzles
from symshare.experiments.arc.tasks import Pair, Task, read_task

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def squares(tmp_path_factory):
    """Three demonstrations and a test without its answer, of a rule whose new puzzles are known."""
    made = puzzles("4cd1b7b2", 4, np.random.default_rng(5))
    train = [{"input": pair.input, "output": pair.output} for pair in made[:3]]
    path = tmp_path_factory.mktemp("task") / "4cd1b7b2.json"
    path.write_text(json.dumps({"train": train, "test": [{"input": made[3].input}]}))
    return path, made[3]


@pytest.fixture(scope="module")
def record(squares, tmp_path_factory):
    setting = Setting(options={"task": squares[0], "symmetry": "abc", "steps": 80}, seeds=1)
    out = tmp_path_factory.mktemp("out")
    return run("arc", setting, out=out) | {"out": out}


@pytest.mark.parametrize(
    ("text", "position", "problem", "cure"),
    [
        ("ab", 2, "has 2 letters for a grid", "three letters"),
        ("abcd", 3, "has 4 letters for a grid", "three letters"),
        ("", 0, "has 0 letters", "three letters"),
        ("a c", 1, "has ' ' in it", "letters only"),
        ("abc->c->c", 6, "has '-' in it", "letters only"),
        ("aba", 2, "jointly", "a letter of their own"),
        ("HWC", 0, "permutes nothing", "lower case"),
        ("HHc", 1, "has 'H' twice", "once"),
        ("abc->d", 5, "has 'd' in the answer only", "a, b, c"),
        ("abc->ab", 6, "no colours in the answer", "end with 'c'"),
        ("abc->acc", 6, "colours for positions", "once"),
        ("abc->Ic", 5, "has 2 letters for the answer", "'abc->c'"),
        ("abc->", 5, "has 0 letters for the answer", "'abc->c'"),
    ],
)
def test_a_symmetry_that_is_none_is_refused(text, position, problem, cure):
    with pytest.raises(NotationError) as caught:
        arc_layout.read_layout(text)
    assert caught.value.position == position
    assert problem in caught.value.problem
    assert cure in caught.value.cure


@pytest.mark.parametrize(
    ("text", "wanted", "signature"),
    [
        ("abc", ("a", "b", "c"), "abcH"),
        ("aab", ("a", "a", "b"), "aabH"),
        ("abc->bac", ("b", "a", "c"), "abcH->bacH"),
        ("abc->ac", ("a", "", "c"), "abcH->acH"),
        ("abc->bc", ("", "b", "c"), "abcH->bcH"),
        ("abc->c", ("", "", "c"), "abcH->cH"),
        ("HWc->IJc", ("I", "J", "c"), "cH"),
        ("abC", ("a", "b", "C"), "abH"),
    ],
)
def test_a_symmetry_is_read(text, wanted, signature):
    layout = arc_layout.read_layout(text)
    assert (layout.wanted, layout.signature) == (wanted, signature)


@pytest.mark.parametrize(
    ("text", "given", "answer", "problem"),
    [
        ("aab", (2, 3), (2, 3), "the grid is 2 x 3"),
        ("abc", (2, 3), (3, 3), "the answer has 2 rows, not 3"),
        ("abc->c", (2, 3), (1, 2), "the answer has 1 columns, not 2"),
    ],
)
def test_a_grid_that_does_not_fit_is_refused(text, given, answer, problem):
    pair = Pair(*(tuple((0,) * columns for _ in range(rows)) for rows, columns in (given, answer)))
    with pytest.raises(ExperimentError, match="train pair 1") as caught:
        arc_layout.check_task(Task("mine", (pair,), (pair,)), arc_layout.read_layout(text))
    assert problem in str(caught.value)


def test_shapes_that_change_are_refused_where_positions_are_channels():
    small, large = ((1, 2),), ((1, 2, 3),)
    task = Task("mine", (Pair(small, small),), (Pair(large, None),))
    arc_layout.check_task(task, arc_layout.read_layout("abc"))
    with pytest.raises(ExperimentError, match="test pair 1"):
        arc_layout.check_task(task, arc_layout.read_layout("HWc->IJc"))


def test_grids_are_encoded_with_a_flag_for_the_background():
    grid = ((0, 3, 1), (2, 0, 9))
    grids = torch.tensor([grid])
    wanted = torch.zeros(2, 3, 10, 2)
    for row, column in product(range(2), range(3)):
        wanted[row, column, grid[row][column], 0] = 1
        wanted[row, column, 0, 1] = 1
    assert torch.equal(arc_layout.encode(arc_layout.read_layout("abc"), grids)[0], wanted)
    assert torch.equal(
        arc_layout.encode(arc_layout.read_layout("HWc"), grids)[0], wanted.permute(2, 0, 1, 3).flatten(1)
    )
    assert torch.equal(
        arc_layout.encode(arc_layout.read_layout("Hbc"), grids)[0], wanted.permute(1, 2, 0, 3).flatten(2)
    )


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("abc", (3, 4)),
        ("abc->bac", (4, 3)),
        ("abc->ac", (3, 1)),
        ("abc->bc", (1, 4)),
        ("abc->c", (1, 1)),
        ("HWc->IJc", (2, 5)),
        ("abC->IbC", (2, 4)),
    ],
)
def test_answers_have_their_shape_and_follow_permutations(text, shape):
    """Scores follow the colours; the rows of a grid do where they are permuted."""
    torch.manual_seed(0)
    layout = arc_layout.read_layout(text)
    grids = torch.randint(0, 10, (2, 3, 4))
    pair = Pair(tuple(map(tuple, grids[0].tolist())), tuple((0,) * shape[1] for _ in range(shape[0])))
    names = arc.poolings_of(layout)
    model = arc.Derived(layout, pair, names, torch.device("cpu"))
    with torch.no_grad():
        found = model(grids)
        assert found.shape == (2, *shape, 10)
        if layout.given[2] == "c":
            colours = torch.tensor([0, 2, 3, 1, 4, 5, 9, 7, 8, 6])
            assert torch.allclose(model(colours[grids])[..., colours], found, atol=1e-5)
        if layout.given[0] == "a":
            turned = model(grids[:, [2, 0, 1]])
            for axis, letter in enumerate(layout.wanted, 1):
                found = found.index_select(axis, torch.tensor([2, 0, 1])) if letter == "a" else found
            assert torch.allclose(turned, found, atol=1e-5)


def test_a_task_of_unknown_symmetry_asks_for_it(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text('{"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[1]]}]}')
    with pytest.raises(ExperimentError, match="--symmetry abc"):
        arc.jobs(Setting(options={"task": path}))
    with pytest.raises(ExperimentError, match="--task FILE"):
        arc.jobs(Setting(options={"symmetry": "abc"}))
    with pytest.raises(SymshareError, match="no file"):
        arc.jobs(Setting(options={"task": tmp_path / "none.json", "symmetry": "abc"}))


def test_new_puzzles_are_solved_from_three_demonstrations(record):
    rates = {job["name"]: job["metrics"].get("generated") for job in record["jobs"]}
    assert rates["4cd1b7b2"] > 0.4
    assert rates["4cd1b7b2, MLP"] < 0.05
    assert (record["out"] / "arc.png").exists()


def test_a_test_without_an_answer_is_answered(record, squares):
    job = next(job for job in record["jobs"] if job["name"] == "4cd1b7b2")
    assert "solved" not in job["metrics"]
    assert [len(row) for row in job["answers"][0]] == [4, 4, 4, 4]
    assert "\n".join(job["answers"][0]) in "\n".join(record["notes"])
    assert sum(bar["what"].endswith("seconds a seed") for bar in record["bars"]) == len(record["bars"]) == 1


def test_a_seed_gives_the_same_again(record, squares, tmp_path):
    """Also where the search for poolings is made again, as no file tells what it has found."""
    setting = Setting(options={"task": squares[0], "symmetry": "abc", "steps": 80}, seeds=1)
    job = next(job for job in arc.jobs(setting) if job.name == "4cd1b7b2")
    torch.manual_seed(5)
    again = job.work(arc.Context(0, torch.device("cpu")))
    before = next(one for one in record["jobs"] if one["name"] == "4cd1b7b2")
    assert again["poolings"] == before["poolings"]
    assert again["metrics"] == before["metrics"]
    assert again["answers"] == before["answers"]


def test_one_demonstration_leaves_all_poolings(tmp_path):
    path = tmp_path / "$mine^$.json"  # a broken formula, if it were one
    path.write_text('{"train": [{"input": [[1, 0]], "output": [[2, 0]]}], "test": [{"input": [[0, 1]]}]}')
    setting = Setting(options={"task": path, "symmetry": "HWc", "steps": 4}, seeds=1)
    record = run("arc", setting, out=tmp_path)
    assert len(record["jobs"][0]["chosen"]) == 3
    assert any("one demonstration" in note for note in record["notes"])


def recoloured(path, before, after, symmetry, steps=8, **options):
    """A run of a task whose rule is to make one colour another one, on grids of that colour and the background."""
    rng = np.random.default_rng(3)
    grids = [rng.choice([0, before], size=(3, 3)).tolist() for _ in range(5)]
    pairs = [
        {"input": grid, "output": [[after if cell == before else cell for cell in row] for row in grid]}
        for grid in grids
    ]
    (path / "mine.json").write_text(json.dumps({"train": pairs[:4], "test": pairs[4:]}))
    setting = Setting(options={"task": path / "mine.json", "symmetry": symmetry, "steps": steps}, seeds=1)
    return run("arc", setting, out=path / f"{before}{after}{symmetry}", **options)


@pytest.mark.parametrize(("before", "after"), [(5, 1), (5, 9)])
def test_a_colour_that_nothing_tells_from_others_is_not_solved(tmp_path, before, after):
    """The first of the colours that tie is no better than the last."""
    said = []
    record = recoloured(tmp_path, before, after, "abc", say=said.append)
    for job in record["jobs"][1:3]:
        assert job["metrics"]["solved"] == 0
        assert job["metrics"]["undecided"] > 0
        assert job["metrics"]["demonstrations"] == 0
    assert all(job.get("held_out_solved", 0) == 0 for job in record["jobs"][:1])
    assert any("the answer has colour" in text and "its own grid lacks" in text and "'abC'" in text for text in said)
    assert set(said) <= set(record["notes"])
    assert any("equally likely" in note for note in record["notes"])
    assert record["bars"] == []


@pytest.mark.parametrize(("before", "after"), [(5, 1), (5, 9)])
def test_as_channels_colours_are_told_apart(tmp_path, before, after):
    said = []
    record = recoloured(tmp_path, before, after, "abC", steps=60, say=said.append)
    assert [job["metrics"]["solved"] for job in record["jobs"][1:3]] == [1, 1]
    assert len(said) == 1
    assert "mine was read: 4 demonstrations, 1 test (1 with an answer), grids of 3 x 3, permuted as abC" in said[0]


def test_what_is_said_of_a_file_is_said_before_any_work(tmp_path):
    events = []
    recoloured(
        tmp_path,
        5,
        1,
        "abc",
        say=lambda text: events.append("said"),
        progress=lambda done, seconds, text: events.append("worked"),
    )
    assert "said" in events
    assert "worked" in events
    assert "said" not in events[events.index("worked") :]


def exchanged(grid, letters, letter, one, two):
    """The set of (row, column, colour) of a grid after an exchange of two values of what has this letter."""

    def moved(value, own):
        return {one: two, two: one}.get(value, value) if own == letter else value

    cells = {(i, j, cell) for i, row in enumerate(grid) for j, cell in enumerate(row)}
    return {tuple(moved(value, own) for value, own in zip(cell, letters, strict=True)) for cell in cells}


@pytest.mark.parametrize("text", ["abc", "aab", "abC", "HWc", "abc->bac", "abc->ac", "HWc->IJc", "abc->c"])
@pytest.mark.parametrize("seed", range(12))
def test_what_no_network_can_give_is_found_by_all_exchanges(text, seed):
    """Beside a search in plain sets, over grids of few colours with rows and columns that are often alike."""
    layout, rng = arc_layout.read_layout(text), np.random.default_rng(seed)
    colours = rng.choice(10, size=3, replace=False)
    grid = colours[rng.integers(0, 3, (3, 3))]
    grid[1] = grid[0] if seed % 2 else grid[1]
    shape = {"abc->ac": (3, 1), "abc->c": (1, 1)}.get(text, (3, 3))
    answer = grid.T.copy() if text == "abc->bac" else grid.copy()[: shape[0], : shape[1]]
    if seed % 3 == 0:
        answer[0, 0] = rng.integers(10)
    wanted = False
    for letter in {one for one in layout.given if one.islower()}:
        start, end = (1, 10) if letter == layout.given[2] else (0, 3)
        for one, two in combinations(range(start, end), 2):
            same = exchanged(grid, layout.given, letter, one, two) == exchanged(grid, layout.given, "-", 0, 0)
            kept = exchanged(answer, layout.wanted, letter, one, two) == exchanged(answer, layout.wanted, "-", 0, 0)
            wanted = wanted or (same and not kept)
    pair = Pair(tuple(map(tuple, grid.tolist())), tuple(map(tuple, answer.tolist())))
    found = arc_read.undecidable(Task("mine", (pair,), (pair,)), layout)
    assert bool(found) == wanted


@pytest.mark.parametrize(
    ("text", "given", "answer", "said"),
    [
        (
            "abc",
            [[5, 0]],
            [[1, 0]],
            "colour 1, which its own grid lacks, and as colours are permuted nothing tells it from",
        ),
        ("abc", [[5, 0]], [[1, 0]], "write 'abC'"),
        ("aab", [[5, 0], [0, 5]], [[1, 0], [0, 1]], "write 'aaB'"),
        ("abc->c", [[5, 0]], [[1]], "write 'abC->C'"),
        ("HWc", [[5, 0]], [[1, 0]], "write an upper-case letter for them"),
        ("Cbc", [[5, 0]], [[1, 0]], "write an upper-case letter for them"),
        (
            "abc",
            [[1, 2], [1, 2], [3, 4]],
            [[1, 2], [2, 1], [3, 4]],
            "rows 1 and 2 of the grid are alike and their answers are not",
        ),
        ("abc", [[1, 1], [3, 3]], [[1, 1], [3, 1]], "columns 1 and 2 of the grid"),
    ],
)
def test_a_symmetry_that_is_too_large_is_said_with_what_to_write(text, given, answer, said):
    pair = Pair(tuple(map(tuple, given)), tuple(map(tuple, answer)))
    found = arc_read.undecidable(Task("mine", (pair,), (pair,)), arc_layout.read_layout(text))
    assert any(said in one for one in found)
    assert all(one.startswith("train pair 1: ") for one in found)


@pytest.mark.parametrize("lacks", [1, 5, 9])
def test_the_only_colour_that_a_grid_lacks_is_told_by_that(lacks):
    """All others are there, so that nothing can be exchanged with it."""
    grid = (tuple(colour for colour in range(1, 10) if colour != lacks),)
    pair = Pair(grid, ((lacks, *grid[0][1:]),))
    assert arc_read.undecidable(Task("mine", (pair,), (pair,)), arc_layout.read_layout("abc")) == []


@pytest.mark.parametrize(
    ("scores", "solved"),
    [
        ([0.0, 3.0, 1.0], 1),
        ([0.0, 3.0, 3.0], 0),
        ([3.0, 3.0, 0.0], 0),
        ([0.0, 3.0, 3.00001], 0),
        ([0.0, 3.00001, 3.0], 0),
        ([0.0, 3.01, 3.0], 1),
        ([0.0, 2.0, 3.0], 0),
        ([0.0, 3.0, float("nan")], 0),
        ([0.0, float("nan"), 1.0], 0),
    ],
)
def test_ties_and_what_is_no_number_count_against(scores, solved):
    """Three colours, of which 1 is right, in one cell; roundings do not break a tie."""
    cells = torch.tensor(scores).reshape(1, 1, 1, 3)
    assert arc.exact(lambda x: cells, [(torch.zeros(1, 1, 1), torch.ones(1, 1, 1, dtype=torch.long))]) == solved


def test_the_tasks_of_the_readme_can_be_given_by_their_symmetries():
    paths = sorted((Path(os.environ.get("SYMSHARE_DATA") or "nowhere") / "arc").glob("*.json"))
    if not paths:
        pytest.skip("set SYMSHARE_DATA to a folder that holds arc/*.json")
    for path in paths:
        assert arc_read.undecidable(read_task(path), arc_layout.read_layout(arc.SYMMETRIES[path.stem])) == []


SWAPS = [[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[2, 9], [4, 1]], [[6, 1], [9, 3]]]


def turned_upside_down(path, numbers, tests=(3,), name="mine"):
    """A task that turns grids upside down, of these demonstrations and tests."""
    pairs = [{"input": grid, "output": grid[::-1]} for grid in SWAPS]
    text = json.dumps({"train": [pairs[one] for one in numbers], "test": [pairs[one] for one in tests]})
    (path / f"{name}.json").write_text(text)
    return path / f"{name}.json"


def test_demonstrations_that_are_there_twice_change_nothing_and_are_said(tmp_path):
    """Held out, one would be learned from its copy."""
    options = {"symmetry": "abc", "steps": 6}
    found, said = [], []
    for number, chosen in enumerate(([0, 1, 2], [0, 1, 0, 2, 2, 0])):
        folder = tmp_path / str(number)
        folder.mkdir()
        setting = Setting(seeds=1, options={"task": turned_upside_down(folder, chosen), **options})
        said.append([])
        record = run("arc", setting, out=folder, say=said[-1].append)
        found.append([(job["metrics"], job.get("fitted", {}).get("curve")) for job in record["jobs"]])
    assert found[0] == found[1]
    assert len(said[0]) == 1
    assert any("3 copies of demonstrations; each counts once" in text for text in said[1])
    assert said[0][0] == said[1][0]


def test_what_contradicts_and_what_is_given_away_is_said(tmp_path):
    task = read_task(turned_upside_down(tmp_path, [0, 1], tests=(1, 3)))
    said = arc_read.remarks_on(task, arc_layout.read_layout("abc"))
    assert [text for text in said if "demonstration." in text] == [
        "mine, test pair 1: its grid is that of a demonstration."
    ]
    odd = Task("mine", (*task.train, Pair(task.train[0].input, task.train[0].input)), task.test[1:])
    said = arc_read.remarks_on(odd, arc_layout.read_layout("abc"))
    assert [text.partition(":")[0] for text in said if "another answer" in text] == [
        "mine, train pair 1",
        "mine, train pair 3",
    ]
