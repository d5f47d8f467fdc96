import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from symshare.errors import SymshareError
from symshare.experiments.arc.tasks import Pair, Task, as_grid, read_task

PUBLISHED = Path(os.environ.get("SYMSHARE_DATA", "nowhere")) / "arc"
GOOD = '{"train": [{"input": [[0, 1], [2, 3]], "output": [[9]]}], "test": [{"input": [[4]], "output": [[5, 6]]}]}'


def write(folder, text):
    path = folder / "task.json"
    path.write_text(text, encoding="utf-8")
    return path


def with_input(grid):
    """The text of a task whose second demonstration has this input."""
    first, second = '{"input": [[0]], "output": [[1]]}', f'{{"input": {grid}, "output": [[1]]}}'
    return f'{{"train": [{first}, {second}], "test": [{{"input": [[0]]}}]}}'


def test_a_task_is_read(tmp_path):
    expected = Task("task", (Pair(((0, 1), (2, 3)), ((9,),)),), (Pair(((4,),), ((5, 6),)),))
    assert read_task(write(tmp_path, GOOD)) == expected
    assert read_task(str(tmp_path / "task.json")) == expected
    assert read_task(write(tmp_path, "\ufeff" + GOOD)) == expected, "a byte order mark is no mistake"
    assert len({expected, pickle.loads(pickle.dumps(expected))}) == 1


def test_further_keys_are_passed_over(tmp_path):
    assert read_task(write(tmp_path, GOOD[:-1] + ', "name": "one"}')).name == "task"


@pytest.mark.parametrize("end", ["", ', "output": null'])
def test_a_test_may_lack_its_answer(tmp_path, end):
    text = '{"train": [{"input": [[0]], "output": [[1]]}], "test": [{"input": [[2]]' + end + "}]}"
    assert read_task(write(tmp_path, text)).test == (Pair(((2,),), None),)


def test_a_grid_of_30_x_30_is_the_largest(tmp_path):
    grid = [[7] * 30] * 30
    assert read_task(write(tmp_path, with_input(grid))).train[1].input == tuple(map(tuple, grid))


HERE = "train pair 2, input"


@pytest.mark.parametrize(
    ("text", "problem", "place"),
    [
        ("", "not JSON", "task.json, line 1, column 1"),
        ('{"train": [}', "not JSON", "task.json, line 1, column 12"),
        ("[" * 100_000, "too deep lists", "task.json"),
        ("9" * 10_000, "too long numbers", "task.json"),
        ("[1, 2]", "[1, 2] is not a task", "task.json"),
        ('{"test": []}', "no 'train'", "task.json"),
        ('{"train": [{"input": [[0]], "output": [[1]]}]}', "no 'test'", "task.json"),
        ('{"train": {"input": [[0]]}, "test": []}', "is not a list of pairs", "task.json, train"),
        ('{"train": [], "test": []}', "no train pair", "task.json, train"),
        ('{"train": [{"input": [[0]], "output": [[1]]}], "test": []}', "no test pair", "task.json, test"),
        ('{"train": [[[0]]], "test": []}', "[[0]] is not a pair", "train pair 1"),
        ('{"train": [{"output": [[1]]}], "test": []}', "no 'input'", "train pair 1"),
        ('{"train": [{"input": [[1]]}], "test": []}', "no 'output'", "train pair 1"),
        ('{"train": [{"input": [[1]], "output": null}], "test": []}', "null is not a grid", "train pair 1, output"),
        ('{"train": [{"input": [[0]], "output": [[1]]}], "test": [{"output": [[1]]}]}', "no 'input'", "test pair 1"),
        (
            '{"train": [{"input": [[0]], "output": [[1]]}], "test": [{"input": [[1]], "output": [[10]]}]}',
            "10 is not a colour",
            "test pair 1, output, row 1, column 1",
        ),
        (with_input('"0"'), '"0" is not a grid', HERE),
        (with_input("[]"), "the grid is empty", HERE),
        (with_input("[[]]"), "the row is empty", f"{HERE}, row 1"),
        (with_input("[1, 2]"), "1 is not a row", f"{HERE}, row 1"),
        (with_input("[[1, 2], [3]]"), "lengths 2 and 1", f"{HERE}, row 2"),
        (with_input("[[0, 0], [0, 12]]"), "12 is not a colour", f"{HERE}, row 2, column 2"),
        (with_input("[[0, -1]]"), "-1 is not a colour", f"{HERE}, row 1, column 2"),
        (with_input("[[1.0]]"), "1.0 is not a colour", f"{HERE}, row 1, column 1"),
        (with_input("[[true]]"), "true is not a colour", f"{HERE}, row 1, column 1"),
        (with_input("[[null]]"), "null is not a colour", f"{HERE}, row 1, column 1"),
        (with_input("[[NaN]]"), "NaN is not a colour", f"{HERE}, row 1, column 1"),
        (with_input('[["1"]]'), '"1" is not a colour', f"{HERE}, row 1, column 1"),
        (with_input([[0]] * 31), "31 rows", HERE),
        (with_input([[0] * 31]), "31 cells", f"{HERE}, row 1"),
    ],
)
def test_a_wrong_file_is_told_what_where_and_how(tmp_path, text, problem, place):
    with pytest.raises(SymshareError) as caught:
        read_task(write(tmp_path, text))
    what, where, cure = str(caught.value).splitlines()
    assert problem in what
    assert where.startswith(f"  {tmp_path / 'task.json'}")
    assert where.endswith(place)
    assert cure.startswith("  ")
    assert max(len(what), len(cure)) < 120


def test_a_file_that_is_none(tmp_path):
    with pytest.raises(SymshareError, match="is a folder\n  name a JSON file in it"):
        read_task(tmp_path)
    with pytest.raises(SymshareError, match=r"there is no file .*missing.json\n  name a JSON file"):
        read_task(tmp_path / "missing.json")
    with pytest.raises(SymshareError, match="cannot be read: embedded null"):
        read_task("a\0b.json")
    with pytest.raises(SymshareError, match="cannot be read: Not a directory"):
        read_task(write(tmp_path, GOOD) / "task.json")
    path = tmp_path / "bytes.json"
    path.write_bytes(b'{"train\xff')
    with pytest.raises(SymshareError, match=r"not text in UTF-8\n  .*bytes.json, byte 8\n"):
        read_task(path)


def test_grids_are_made_of_arrays_too():
    assert as_grid(np.array([[1, 2]], dtype=np.uint8)) == ((1, 2),)
    assert all(type(cell) is int for cell in as_grid(np.array([[1, 2]]))[0])
    with pytest.raises(SymshareError, match=r"2.0 is not a colour\n  the grid, row 1, column 2"):
        as_grid(np.array([[1, 2.0]], dtype=object))
    with pytest.raises(SymshareError, match="10 is not a colour"):
        as_grid(np.array([[10]]))
    with pytest.raises(SymshareError, match="true is not a colour"):
        as_grid(np.array([[True]]))
    with pytest.raises(SymshareError, match="a value of type ndarray is not a grid"):
        as_grid(np.array(3))


def test_the_published_files_are_read():
    paths = sorted(PUBLISHED.glob("*.json"))
    if not paths:
        pytest.skip("set SYMSHARE_DATA to a folder that holds arc/*.json")
    for path in paths:
        task = read_task(path)
        assert task.name == path.stem
        assert len(task.train) >= 2
        assert all(pair.output for pair in task.train)


def test_a_name_is_short_and_can_be_written(tmp_path):
    task = tmp_path / f"{'x' * 200}.json"
    task.write_text('{"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[3]]}]}')
    assert read_task(task).name == "x" * 57 + "..."


def test_a_device_is_no_task():
    with pytest.raises(SymshareError, match="is no ordinary file"):
        read_task("/dev/zero")


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\n", "\x7f"])
def test_a_name_has_no_signs_that_a_terminal_obeys(tmp_path, sign):
    path = tmp_path / f"my{sign}[31mtask.json"
    path.write_text('{"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[3]]}]}')
    assert read_task(path).name == "my_[31mtask"
