"""`symshare experiment`."""

import json
import os
import signal
import subprocess
import sys
from types import ModuleType

import pytest
import torch
from click.testing import CliRunner
from symshare_cli.experiment import _duration, _Told
from symshare_cli.main import main

from symshare.experiments import catalogue
from symshare.experiments.catalogue import Entry
from symshare.experiments.harness import running
from symshare.experiments.harness.jobs import Job
from symshare.experiments.harness.results import Bar, Report

NAMES = [
    "pinv",
    "kinship",
    "arc",
    "sudoku",
    "spectrum",
    "cycles",
    "sharing",
    "comparators",
    "nbody",
    "emlp",
    "points",
    "zoo",
    "siren",
    "edit",
    "tickets",
]


def run(*arguments):
    return CliRunner().invoke(main, ["experiment", *map(str, arguments)])


@pytest.fixture
def made_up(monkeypatch):
    """An experiment without any training; `seen` has the settings it was asked with."""
    module = ModuleType("symshare.experiments.madeup.experiment")
    module.seen, module.error = [], None

    def work(context):
        if module.error is not None:
            raise module.error
        return {"metrics": {"value": 0.5 + context.seed}}

    def jobs(setting):
        module.seen.append(setting)
        return [Job("guess", seed, work) for seed in setting.numbers(1)]

    def report(setting, done):
        rows = tuple((job["name"], job["metrics"]["value"]) for job in done)
        bars = (Bar("the value", 0.5, 0.25), Bar("another", float("nan"), 1.0))
        return Report(("who", "value"), rows, bars, ("A remark.",))

    def plot(record):
        import matplotlib.pyplot as plt

        return plt.figure(figsize=(1, 1))

    module.jobs, module.report, module.plot = jobs, report, plot
    monkeypatch.setitem(sys.modules, "symshare.experiments.madeup.experiment", module)
    monkeypatch.setitem(catalogue.CATALOGUE, "madeup", Entry("madeup", "does it run", "aH", 0.1))
    return module


def test_the_list_names_every_experiment():
    done = run("list")
    assert done.exit_code == 0
    assert done.stderr == ""
    assert [line.split()[0] for line in done.stdout.splitlines()] == NAMES
    assert all("about " in line and line.endswith(" min") for line in done.stdout.splitlines())


def test_the_list_as_json():
    rows = json.loads(run("list", "--json").stdout)
    assert [row["name"] for row in rows] == NAMES
    assert all(set(row) == {"name", "question", "symmetry", "minutes"} for row in rows)
    assert all(row["minutes"] > 0 and row["question"] and row["symmetry"] for row in rows)


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["list", "--json"], ["nonsense"]])
def test_what_answers_at_once_loads_nothing_heavy(arguments):
    code = (
        "import sys\nfrom symshare_cli.main import main\n"
        f"try:\n    main(['experiment', *{arguments}])\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('torch', 'numpy', 'matplotlib', 'pooch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


WRONG = [
    (["nonsense"], "there is no experiment 'nonsense'"),
    (
        ["nonsense"],
        f"the experiments are {', '.join(NAMES)}",
    ),
    ([], "Missing argument"),
    (["pinv", "--force", "--resume"], "--force starts anew, --resume goes on; give one of them"),
    (["pinv", "--data", "folder"], "--data is for the experiment kinship; leave it out with pinv"),
    (["kinship", "--task", "one.json"], "--task is for the experiment arc; leave it out with kinship"),
    (["sudoku", "--symmetry", "abc"], "--symmetry is for the experiment arc; leave it out with sudoku"),
    (["pinv", "--seed", "-1"], "--seed"),
    (["pinv", "--seed", "one"], "--seed"),
    (["pinv", "--seeds", "0"], "--seeds"),
    (["pinv", "--threads", "0"], "--threads"),
    (["pinv", "--quick", "--full", "--fast"], "--fast"),
    (["pinv", "--device", "nonsense"], "the device 'nonsense' cannot be used"),
    (["pinv", "--device", "cuda:99"], "use --device cpu"),
    (["kinship", "--data", "no/such/folder"], "no/such/folder/train.txt cannot be read"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG)
def test_mistakes_are_answered_on_stderr_with_exit_code_two(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_the_table_the_bars_and_the_files_are_told(made_up, tmp_path):
    done = run("madeup", "--out", tmp_path, "--seeds", 2)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "madeup: does it run (quick form)",
        "",
        "who    value",
        "guess  0.5",
        "guess  1.5",
        "",
        "reached  the value: 0.5, asked at least 0.25",
        "missed   another: none, asked at least 1",
        "",
        "A remark.",
        "",
        f"{tmp_path}/madeup.json, {tmp_path}/madeup.png; 0 s, 0 s of CPU",
    ]
    assert "1 of 2: guess, seed 0" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["madeup", "madeup.json", "madeup.png"]


def test_json_is_the_record_that_is_written(made_up, tmp_path):
    done = run("madeup", "--out", tmp_path, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == json.loads((tmp_path / "madeup.json").read_text())


def test_options_reach_the_experiment(made_up, tmp_path):
    assert run("madeup", "--out", tmp_path / "one").exit_code == 0
    arguments = ["--full", "--seed", 4, "--seeds", 3, "--threads", torch.get_num_threads(), "--out", tmp_path / "two"]
    assert run("madeup", *arguments).exit_code == 0
    usual, other = made_up.seen
    assert (usual.full, usual.seed, usual.seeds, usual.device, dict(usual.options)) == (False, 0, None, "cpu", {})
    assert (other.full, other.seed, other.seeds) == (True, 4, 3)
    assert json.loads((tmp_path / "two" / "madeup.json").read_text())["form"] == "full"


def test_the_usual_folder_is_below_build(made_up, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("madeup").exit_code == 0
    assert (tmp_path / "build" / "experiments" / "madeup.png").is_file()


def test_results_are_kept_continued_or_overwritten(made_up, tmp_path):
    assert run("madeup", "--out", tmp_path).exit_code == 0
    again = run("madeup", "--out", tmp_path)
    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert again.stdout == ""
    other = run("madeup", "--out", tmp_path, "--resume", "--seed", 1)
    assert other.exit_code == 2
    assert "seed 0, not 1" in other.stderr
    assert run("madeup", "--out", tmp_path, "--resume").exit_code == 0
    assert run("madeup", "--out", tmp_path, "--force", "--seed", 1).exit_code == 0
    assert json.loads((tmp_path / "madeup.json").read_text())["configuration"]["seed"] == 1


def test_a_file_in_the_place_of_the_folder_is_named(made_up, tmp_path):
    path = tmp_path / "file"
    path.write_text("mine")
    done = run("madeup", "--out", path)
    assert done.exit_code == 2
    assert "give another --out" in done.stderr
    assert path.read_text() == "mine"


def test_an_interrupted_run_says_how_to_go_on(made_up, tmp_path):
    made_up.error = KeyboardInterrupt()
    done = run("madeup", "--out", tmp_path)
    assert done.exit_code == 130
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == "stopped; go on with the same command, --resume in it (and no --force)"
    made_up.error = None
    assert run("madeup", "--out", tmp_path, "--resume").exit_code == 0


def test_a_signal_from_the_keyboard_stops_a_real_run(tmp_path):
    # where tests run in the background, the signal is ignored from the start
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heard}; from symshare_cli.main import main; main()"
    arguments = ["experiment", "pinv", "--threads", "1", "--out", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        first = process.stderr.readline()
        assert "left; 1 of 5: formulas" in first
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert out == ""
    assert "--resume" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert (tmp_path / "pinv" / "configuration.json").is_file()


def test_progress_is_told_now_and_then(monkeypatch, capsys):
    """Where stderr is no terminal, a line at once and then one every ten seconds."""
    now = [100.0]
    monkeypatch.setattr("symshare_cli.experiment.time.monotonic", lambda: now[0])
    told = _Told()
    for second in range(25):
        now[0] = 100.0 + second
        told(second / 25, 90.0, f"step {second}")
    told.end()
    lines = capsys.readouterr().err.splitlines()
    assert [line.rpartition("; ")[2] for line in lines] == ["step 0", "step 10", "step 20"]
    assert lines[1] == " 40%, about 1.5 min left; step 10"


def test_times_in_words():
    assert [_duration(seconds) for seconds in (0.4, 59.4, 60, 3599, 3600, 9000)] == [
        "0 s",
        "59 s",
        "1.0 min",
        "60.0 min",
        "1.0 h",
        "2.5 h",
    ]


def test_the_runner_is_what_the_command_runs(made_up, tmp_path, monkeypatch):
    """Without the command line the same files come of it."""
    running.run("madeup", out=tmp_path / "one")
    assert run("madeup", "--out", tmp_path / "two").exit_code == 0
    one, two = (json.loads((tmp_path / name / "madeup.json").read_text()) for name in ("one", "two"))
    assert one["rows"] == two["rows"]
    assert one["bars"] == two["bars"]
