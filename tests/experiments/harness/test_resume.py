"""Experiments, stopped dead in the middle of a training, go on to the numbers of an unbroken run."""

import random

import pytest

from symshare.experiments import Setting, run
from symshare.experiments.harness import training
from symshare.experiments.harness.training import Fitted
from symshare.experiments.pinv import baselines
from symshare.experiments.pinv import matrices as pinv
from symshare.experiments.spectrum import problems
from symshare.experiments.spectrum.fourier import Family
from symshare.experiments.sudoku import experiment as sudoku

STEPS = 6


class Killed(BaseException):
    """Nothing in the program catches it: what is not on disk is lost."""


@pytest.fixture
def options(tmp_path, monkeypatch):
    """For each experiment what makes it small; data are made up."""
    monkeypatch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    monkeypatch.setattr(sudoku.Net.__init__, "__defaults__", (True, 8, 4, 6, 16))
    monkeypatch.setattr(sudoku, "SMALL", sudoku.Boards((2, 2), (4, 8), (40, 5, 5)))
    monkeypatch.setattr(sudoku, "LARGE", sudoku.Boards((3, 3), (34, 38), (40, 5, 5)))
    monkeypatch.setattr(sudoku, "HARD", sudoku.Boards((3, 3), (25, 30), (0, 0, 20)))
    small = problems.Problem("kmax 4", Family(4, 4), 16, (16,)), problems.Problem("kmax 64", Family(8, 2), 64, (64,))
    monkeypatch.setattr(problems, "PROBLEMS", small)
    monkeypatch.setattr(problems, "TESTS", 20)
    monkeypatch.setattr(pinv, "NUMBERS", {"train": 60, "validation": 10, "test": 10})
    monkeypatch.setattr(baselines, "GRID", ([2.0, 2.1], (0.0, 0.5), (1.0, 3.0)))
    pairs = [(one, two) for one in range(12) for two in range(12) if one != two]
    random.Random(0).shuffle(pairs)
    for part, chosen in (("train", pairs[:90]), ("valid", pairs[90:110]), ("test", pairs[110:])):
        lines = [f"p{one}\tr{one % 2}{two % 2}\tp{two}\n" for one, two in chosen]
        (tmp_path / f"{part}.txt").write_text("".join(lines))
    task = tmp_path / "task.json"
    task.write_text(
        '{"train": [{"input": [[1, 0]], "output": [[1, 1]]}, {"input": [[0, 2]], "output": [[2, 2]]}], '
        '"test": [{"input": [[3, 0]], "output": [[3, 3]]}]}'
    )
    return {"kinship": {"data": tmp_path}, "arc": {"task": task, "symmetry": "abc"}}


def numbers(record):
    """What is computed, without times."""
    return [(job["metrics"], job.get("fitted", {}).get("curve"), job.get("shown")) for job in record["jobs"]]


@pytest.mark.parametrize("name", ["pinv", "kinship", "arc", "sudoku", "spectrum", "sharing"])
def test_a_stopped_experiment_goes_on_to_the_same_numbers(name, options, tmp_path, monkeypatch):
    setting = Setting(seeds=1, options={"steps": STEPS, **options.get(name, {})})
    whole = run(name, setting, out=tmp_path / "whole")
    write, written = training.write_state, []

    def killed_after(path, tensors, notes):
        write(path, tensors, notes)
        written.append(notes)
        if not notes["done"]:
            raise Killed

    monkeypatch.setattr(training, "write_state", killed_after)
    with pytest.raises(Killed):
        run(name, setting, out=tmp_path / "broken")
    assert 0 < written[-1]["fitted"]["steps"] < STEPS
    assert not (tmp_path / "broken" / f"{name}.json").exists()
    monkeypatch.setattr(training, "write_state", write)
    begun, fit_loop = [], training._restore

    def watched(*given):
        found = fit_loop(*given)
        begun.extend(one.steps for one in given if isinstance(one, Fitted))
        return found

    monkeypatch.setattr(training, "_restore", watched)
    again = run(name, setting, out=tmp_path / "broken", resume=True)
    assert any(0 < steps < STEPS for steps in begun)
    assert numbers(again) == numbers(whole)
