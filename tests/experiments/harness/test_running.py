"""Running an experiment: its record, what is kept of it, and going on with what was stopped."""

import importlib
import json
import math
import os
import signal
import subprocess
import sys
from types import ModuleType

import matplotlib.image
import pytest
import torch

import symshare.experiments
from symshare.errors import ExperimentError, LayerFileError, SymshareError
from symshare.experiments import catalogue
from symshare.experiments.catalogue import Entry, entry
from symshare.experiments.harness import training
from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Bar, Report, mean_of
from symshare.experiments.harness.running import run
from symshare.experiments.harness.training import Recipe, fit
from symshare.experiments.pinv import baselines, matrices


class Stopped(Exception):
    pass


@pytest.fixture
def made_up(monkeypatch):
    """An experiment of two jobs a seed; `log` tells which ran, `stop` in it at which step of a training to stop."""
    module = ModuleType("symshare.experiments.madeup.experiment")
    module.log, module.stop, module.extra = [], {}, {}

    def guess(context):
        module.log.append(("guess", context.seed))
        return {"metrics": {"error": 2.0}} | module.extra

    def net(context):
        module.log.append(("net", context.seed))
        model = torch.nn.Linear(2, 1)

        def loss(model, step, generator):
            if module.stop.get(context.seed) == step:
                raise Stopped
            x = torch.randn(8, 2, generator=generator)
            return (model(x) - x.sum(1, keepdim=True)).square().mean()

        held = torch.randn(20, 2, generator=torch.Generator().manual_seed(5))
        fitted = fit(
            context,
            model,
            loss,
            Recipe(40, rate=0.1, warm=2, every=10),
            validate=lambda model: (model(held) - held.sum(1, keepdim=True)).abs().mean().item(),
        )
        return {"fitted": fitted.to_dict(), "metrics": {"error": fitted.best}}

    def jobs(setting):
        made = [[Job("the net", seed, net, 3.0), Job("guess", seed, guess)] for seed in setting.numbers(2)]
        return [one for pair in made for one in pair]

    def report(setting, done):
        rows = tuple((job["name"], job["seed"], job["metrics"]["error"]) for job in done)
        bars = (Bar("error", mean_of(done, "the net", "error"), 0.5, at_most=True), Bar("none", math.nan, 1.0))
        return Report(("who", "seed", "error"), rows, bars, ("A note.",))

    def plot(record):
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots()
        axes.plot([row[2] for row in record["rows"]])
        return figure

    module.jobs, module.report, module.plot = jobs, report, plot
    monkeypatch.setitem(sys.modules, "symshare.experiments.madeup.experiment", module)
    monkeypatch.setattr(catalogue, "CATALOGUE", {"madeup": Entry("madeup", "does it run", "aH", 0.1)})
    monkeypatch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    return module


def refuse_nan(text):
    pytest.fail(f"{text} is not JSON")


def strict(path):
    """What a file holds as JSON; NaN and infinities are none."""
    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse_nan)


ALL = [("net", 0), ("guess", 0), ("net", 1), ("guess", 1)]


def numbers(record):
    """What is computed in a record: neither times nor the day."""
    return record["rows"], [(job["metrics"], job.get("fitted", {}).get("curve")) for job in record["jobs"]]


def test_a_run_gives_its_record_and_writes_it_with_a_picture(made_up, tmp_path):
    record = run("madeup", Setting(options={"steps": 40}), out=tmp_path)
    assert made_up.log == ALL
    assert sorted(path.name for path in tmp_path.iterdir()) == ["madeup", "madeup.json", "madeup.png"]
    assert strict(tmp_path / "madeup.json") == json.loads(json.dumps(record))
    picture = matplotlib.image.imread(tmp_path / "madeup.png")
    assert picture.ndim == 3
    assert picture.std() > 0
    assert (record["schema"], record["experiment"], record["form"]) == (1, "madeup", "quick")
    assert (record["question"], record["symmetry"]) == ("does it run", "aH")
    assert record["configuration"] == {
        "seed": 0,
        "seeds": 2,
        "device": "cpu",
        "threads": torch.get_num_threads(),
        "options": {"steps": "40"},
    }
    assert record["versions"]["symshare"] == symshare.__version__
    assert record["versions"]["torch"] == torch.__version__
    assert record["columns"] == ["who", "seed", "error"]
    assert [row[:2] for row in record["rows"]] == [["the net", 0], ["guess", 0], ["the net", 1], ["guess", 1]]
    assert record["bars"][0]["met"] == (record["bars"][0]["value"] <= 0.5)
    assert record["bars"][0]["asked"] == "at most 0.5"
    assert record["bars"][1] == {"what": "none", "value": None, "asked": "at least 1", "met": False}
    assert record["notes"] == ["A note."]
    assert [(job["name"], job["seed"]) for job in record["jobs"]] == [tuple(row[:2]) for row in record["rows"]]
    assert all(job["wall_s"] >= 0 and job["cpu_s"] >= 0 for job in record["jobs"])
    assert record["wall_s"] == pytest.approx(sum(job["wall_s"] for job in record["jobs"]), abs=0.06)


def test_the_parts_of_a_run_are_kept_by_name_and_seed(made_up, tmp_path):
    run("madeup", Setting(seed=3, seeds=1), out=tmp_path)
    names = {path.name for path in (tmp_path / "madeup").iterdir()}
    assert names == {"configuration.json", "the_net-3.json", "the_net-3.safetensors", "guess-3.json"}
    found = strict(tmp_path / "madeup" / "the_net-3.json")
    assert [point[0] for point in found["fitted"]["curve"]] == [10, 20, 30, 40]


def test_the_same_seeds_give_the_same_numbers(made_up, tmp_path):
    one, two = (run("madeup", out=tmp_path / name) for name in ("one", "two"))
    assert numbers(one) == numbers(two)
    alone = run("madeup", Setting(seed=1, seeds=1), out=tmp_path / "three")
    assert alone["rows"] == one["rows"][2:]


def test_finished_jobs_are_not_run_again(made_up, tmp_path):
    first = run("madeup", out=tmp_path)
    made_up.log.clear()
    again = run("madeup", out=tmp_path, resume=True)
    assert made_up.log == []
    assert numbers(again) == numbers(first)
    (tmp_path / "madeup" / "guess-0.json").unlink()
    run("madeup", out=tmp_path, resume=True)
    assert made_up.log == [("guess", 0)]


@pytest.mark.parametrize("step", [5, 15, 39])
def test_a_stopped_run_goes_on_to_the_numbers_of_an_unbroken_one(made_up, tmp_path, step):
    whole = run("madeup", out=tmp_path / "whole")
    made_up.stop[1] = step
    with pytest.raises(Stopped):
        run("madeup", out=tmp_path / "broken")
    assert not (tmp_path / "broken" / "madeup.json").exists()
    made_up.stop.clear()
    made_up.log.clear()
    again = run("madeup", out=tmp_path / "broken", resume=True)
    assert made_up.log == [("net", 1), ("guess", 1)]
    assert numbers(again) == numbers(whole)


def test_resume_without_anything_to_go_on_from_starts(made_up, tmp_path):
    assert run("madeup", out=tmp_path / "new" / "folder", resume=True)["rows"]
    assert made_up.log == ALL


def test_results_are_kept_unless_forced(made_up, tmp_path):
    run("madeup", out=tmp_path)
    before = (tmp_path / "madeup.json").read_bytes()
    made_up.log.clear()
    with pytest.raises(LayerFileError, match=r"madeup\.json exists"):
        run("madeup", out=tmp_path)
    assert made_up.log == []
    assert (tmp_path / "madeup.json").read_bytes() == before
    run("madeup", out=tmp_path, force=True)
    assert made_up.log == ALL


def test_a_picture_in_the_way_is_kept_too(made_up, tmp_path):
    (tmp_path / "madeup.png").write_bytes(b"mine")
    with pytest.raises(LayerFileError, match=r"madeup\.png exists"):
        run("madeup", out=tmp_path)
    assert (tmp_path / "madeup.png").read_bytes() == b"mine"
    assert made_up.log == []


def test_an_unfinished_run_is_neither_overwritten_nor_continued_unasked(made_up, tmp_path):
    made_up.stop[1] = 15
    with pytest.raises(Stopped):
        run("madeup", out=tmp_path)
    with pytest.raises(ExperimentError, match="holds an unfinished run") as raised:
        run("madeup", out=tmp_path)
    assert "--resume" in str(raised.value)
    assert "--force" in str(raised.value)
    made_up.stop.clear()
    made_up.log.clear()
    run("madeup", out=tmp_path, force=True)
    assert made_up.log == ALL


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        (Setting(full=True), "form 'quick', not 'full'"),
        (Setting(seed=1), "seed 0, not 1"),
        (Setting(seeds=1), "seeds None, not 1"),
        (Setting(options={"steps": 7}), "options {}, not {'steps': '7'}"),
    ],
)
def test_going_on_with_other_options_is_refused_and_names_them(made_up, tmp_path, changed, word):
    run("madeup", out=tmp_path)
    made_up.log.clear()
    with pytest.raises(ExperimentError) as raised:
        run("madeup", changed, out=tmp_path, resume=True)
    first, second = str(raised.value).splitlines()
    assert word in first
    assert "give the same options" in second
    assert made_up.log == []


def test_force_removes_the_parts_of_the_run_and_no_file_of_others(made_up, tmp_path):
    run("madeup", Setting(seed=5), out=tmp_path)
    mine = {
        tmp_path / "madeup" / "notes.txt": "mine",
        tmp_path / "other.json": "{}",
        tmp_path / "madeup" / "x.json": "1",
    }
    for path, text in mine.items():
        path.write_text(text)
    run("madeup", Setting(seeds=1), out=tmp_path, force=True)
    assert all(path.read_text() == text for path, text in mine.items())
    names = {path.name for path in (tmp_path / "madeup").iterdir()}
    parts = {"configuration.json", "the_net-0.json", "the_net-0.safetensors", "guess-0.json"}
    assert names == parts | {"notes.txt", "x.json"}


def told(made_up, tmp_path, **options):
    found = []
    run("madeup", out=tmp_path, progress=lambda *given: found.append(given), **options)
    return found


def test_progress_never_goes_back_and_time_left_is_a_number(made_up, tmp_path):
    found = told(made_up, tmp_path)
    shares = [share for share, _, _ in found]
    assert shares == sorted(shares)
    assert (shares[0], found[0][2]) == (0.0, "1 of 4: the net, seed 0: starts")
    assert all(0 <= share <= 1 for share in shares)
    assert all(math.isfinite(seconds) and seconds >= 0 for _, seconds, _ in found)
    # four validations in a job of weight 3 of 8 together
    assert [share for share, _, text in found if "seed 0: step" in text] == [3 / 8 * k / 4 for k in (1, 2, 3, 4)]
    assert found[-1][:1] == (7 / 8,)  # the last job begins when seven parts of eight are done


def test_progress_of_a_run_that_goes_on(made_up, tmp_path):
    made_up.stop[1] = 25
    with pytest.raises(Stopped):
        run("madeup", out=tmp_path)
    made_up.stop.clear()
    found = told(made_up, tmp_path, resume=True)
    shares = [share for share, _, _ in found]
    assert shares == sorted(shares)
    assert shares[0] == 4 / 8
    assert shares[-1] <= 1
    assert all(math.isfinite(seconds) and seconds >= 0 for _, seconds, _ in found)


@pytest.mark.parametrize("name", ["a file", "madeup"])
def test_a_file_in_the_place_of_a_folder_is_named(made_up, tmp_path, name):
    """As the folder of results, or as that of the parts."""
    path = tmp_path / name
    path.write_text("mine")
    with pytest.raises(ExperimentError, match="cannot be made") as raised:
        run("madeup", out=path if name == "a file" else tmp_path)
    assert "give another --out" in str(raised.value)
    assert path.read_text() == "mine"
    assert made_up.log == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_named(made_up, tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(SymshareError, match=r"cannot be (made|written)"):
            run("madeup", out=tmp_path)
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize("device", ["nonsense", "cuda:99", "cpu:x", ""])
def test_a_device_that_is_not_there_is_refused_before_any_work(made_up, tmp_path, device):
    with pytest.raises(ExperimentError, match="cannot be used") as raised:
        run("madeup", Setting(device=device), out=tmp_path)
    assert len(str(raised.value).splitlines()) == 2
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_experiment_and_one_with_nothing_to_run_are_refused(made_up, tmp_path):
    with pytest.raises(ExperimentError, match="there is no experiment 'nonsense'"):
        run("nonsense", out=tmp_path)
    with pytest.raises(ExperimentError, match="0 seeds are none"):
        run("madeup", Setting(seeds=0), out=tmp_path)


def test_the_catalogue_names_modules_by_experiment():
    assert entry("cycles").module == "symshare.experiments.cycles.experiment"
    assert all(name == one.name for name, one in catalogue.CATALOGUE.items())


def test_what_brings_torch_is_imported_when_it_is_asked_for():
    assert symshare.experiments.run is run
    assert symshare.experiments.Setting is Setting
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        symshare.experiments.nonsense  # noqa: B018


FEW = {"train": 60, "validation": 10, "test": 10}
GRID = ([2.0, 2.1], (0.0, 0.5), (1.0, 3.0))
CHILD = f"""
import sys, time
from pathlib import Path

import torch

from symshare.experiments.harness import training
from symshare.experiments.harness.jobs import Setting
from symshare.experiments.harness.running import run
from symshare.experiments.pinv import baselines, matrices

torch.set_num_threads(1)
training.SECONDS_BETWEEN_CHECKPOINTS = 0.0
matrices.NUMBERS, baselines.GRID = {FEW}, {GRID}


def wait(done, seconds, text):
    if "iteration, seed 0: step 12 of 16" in text:
        print("here", flush=True)
        time.sleep(600)


run("pinv", Setting(seeds=1, options=dict(steps=16)), out=Path(sys.argv[1]), progress=wait)
"""


@pytest.fixture
def few(monkeypatch):
    """Few matrices, and few formulas that they are compared with, so that a run is short."""
    monkeypatch.setattr(matrices, "NUMBERS", FEW)
    monkeypatch.setattr(baselines, "GRID", GRID)


def test_a_killed_process_is_continued_to_the_same_numbers(few, tmp_path):
    """SIGKILL in the middle of a training, after its first checkpoints: nothing can be put in order any more."""
    out, whole = tmp_path / "killed", tmp_path / "whole"
    with subprocess.Popen([sys.executable, "-c", CHILD, str(out)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "here\n"
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    kept = {path.name for path in (out / "pinv").iterdir()}
    assert kept == {"configuration.json", "formulas-0.json", "iteration-0.safetensors"}
    one, two = (
        run("pinv", Setting(seeds=1, options={"steps": 16}), out=folder, resume=True) for folder in (out, whole)
    )
    assert numbers(one)[1] == numbers(two)[1]
    assert [point[0] for point in one["jobs"][1]["fitted"]["curve"]] == [4, 8, 12, 16]


def test_a_run_interrupted_by_the_keyboard_leaves_what_it_has(few, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)

    def interrupt(done, seconds, text):
        if "EinNet, seed 0: step 4 of 8" in text:
            raise KeyboardInterrupt

    setting = Setting(seeds=1, options={"steps": 8})
    with pytest.raises(KeyboardInterrupt):
        run("pinv", setting, out=tmp_path, progress=interrupt)
    names = {path.name for path in (tmp_path / "pinv").iterdir() if path.suffix != ".safetensors"}
    assert names == {"configuration.json", "formulas-0.json", "iteration-0.json"}
    record = run("pinv", setting, out=tmp_path, resume=True)
    assert [job["name"] for job in record["jobs"]] == ["formulas", "iteration", "EinNet"]
    assert all([point[0] for point in job["fitted"]["curve"]] == [2, 4, 6, 8] for job in record["jobs"][1:])


def test_to_start_anew_takes_the_run_s_own_files_only(made_up, tmp_path):
    run("madeup", out=tmp_path)
    mine = tmp_path / "madeup" / "my-notes.json"
    mine.write_text("mine")
    made_up.log.clear()
    run("madeup", Setting(seeds=1), out=tmp_path, force=True)
    assert mine.read_text() == "mine"
    assert made_up.log == [("net", 0), ("guess", 0)]
    assert not (tmp_path / "madeup" / "guess-1.json").exists()


def test_parts_of_an_unknown_run_are_never_taken_for_this_one(made_up, tmp_path):
    run("madeup", out=tmp_path)
    (tmp_path / "madeup" / "configuration.json").unlink()
    for name in ("madeup.json", "madeup.png"):
        (tmp_path / name).unlink()
    with pytest.raises(ExperimentError, match="unfinished run"):
        run("madeup", out=tmp_path)
    with pytest.raises(ExperimentError, match=r"no configuration\.json"):
        run("madeup", out=tmp_path, resume=True)
    made_up.log.clear()
    run("madeup", Setting(full=True), out=tmp_path, force=True)
    assert made_up.log == ALL


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("place", [("metrics", {"error": 1.0, "other": 2.0}), ("shown", [1.0, 2.0])])
def test_a_result_that_is_no_number_is_refused_by_name(made_up, tmp_path, value, place):
    key, content = place
    made_up.extra[key] = {**content, "other": value} if isinstance(content, dict) else [[1.0, value]]
    with pytest.raises(ExperimentError, match=r"guess, seed 0, (metrics, other|shown\[0\]\[1\]) is (nan|inf)"):
        run("madeup", out=tmp_path)


@pytest.mark.parametrize("name", ["configuration.json", "guess-0.json"])
@pytest.mark.parametrize("content", ['{"x', "[]", "\xff"])
def test_a_damaged_file_is_named(made_up, tmp_path, name, content):
    run("madeup", out=tmp_path)
    (tmp_path / "madeup" / name).write_text(content, encoding="latin-1")
    with pytest.raises(ExperimentError, match=f"{name} is damaged"):
        run("madeup", out=tmp_path, resume=True)


def test_jobs_of_one_name_are_refused(made_up, tmp_path):
    made_up.jobs = lambda setting: [Job(name, 0, lambda context: {"metrics": {}}) for name in ("a b", "a_b")]
    with pytest.raises(ExperimentError, match="two jobs of madeup have one name"):
        run("madeup", out=tmp_path)


@pytest.mark.parametrize("device", ["hpu", "meta", "cuda:99", "nonsense", ""])
def test_a_device_that_cannot_compute_is_refused(made_up, tmp_path, device):
    with pytest.raises(ExperimentError, match="cannot be used"):
        run("madeup", Setting(device=device), out=tmp_path)


def test_going_on_without_a_run_keeps_a_record_that_is_there(made_up, tmp_path):
    (tmp_path / "madeup.json").write_text("precious")
    with pytest.raises(LayerFileError, match="exists"):
        run("madeup", out=tmp_path, resume=True)
    assert (tmp_path / "madeup.json").read_text() == "precious"


def test_a_folder_in_the_place_of_a_record_is_found_before_any_work(made_up, tmp_path):
    (tmp_path / "madeup.json").mkdir()
    with pytest.raises(LayerFileError, match="is a folder"):
        run("madeup", out=tmp_path, force=True)
    assert made_up.log == []


def test_a_damaged_configuration_does_not_keep_from_starting_anew(made_up, tmp_path):
    run("madeup", out=tmp_path)
    (tmp_path / "madeup" / "configuration.json").write_text('{"x')
    made_up.log.clear()
    run("madeup", out=tmp_path, force=True)
    assert made_up.log == ALL


def test_other_contents_of_the_data_are_noticed(made_up, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "train.txt").write_text("a r b\n")
    setting = Setting(options={"data": data})
    run("madeup", setting, out=tmp_path)
    run("madeup", setting, out=tmp_path, resume=True)
    (data / "train.txt").write_text("a r c\n")
    with pytest.raises(ExperimentError, match="was begun with contents"):
        run("madeup", setting, out=tmp_path, resume=True)


@pytest.mark.parametrize("options", [{"stepz": 3}, {"steps": 0}, {"steps": "abc"}, {"steps": True}])
def test_options_that_are_none_are_refused(made_up, tmp_path, options):
    with pytest.raises(ExperimentError, match=r"option|training steps"):
        run("madeup", Setting(options=options), out=tmp_path)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("name", ["pinv", "cycles", "sudoku", "spectrum", "sharing", "comparators"])
def test_steps_that_are_asked_for_are_those_of_every_training(name, full):
    """Recipes hang on the jobs: none has more steps than asked for."""
    module = importlib.import_module(entry(name).module)
    given = [one for job in module.jobs(Setting(full, options={"steps": 3})) for one in getattr(job.work, "args", ())]
    steps = [one.steps for one in given if isinstance(one, Recipe)] or [one for one in given if one == 3]
    assert steps
    assert set(steps) == {3}
