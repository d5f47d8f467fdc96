"""What is kept of a run is used only whole and where it belongs: everything else is an error with the file's name."""

import itertools
import json
import math
import os
import random
import shutil
import sys
from types import ModuleType

import pytest
import torch

from symshare.errors import ExperimentError, SymshareError
from symshare.experiments import catalogue
from symshare.experiments.catalogue import Entry
from symshare.experiments.harness import training
from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import Report
from symshare.experiments.harness.running import run
from symshare.experiments.harness.sealed import BLANK, read_json, sealed, write_json
from symshare.experiments.harness.training import Recipe, fit


class Stopped(Exception):
    pass


@pytest.fixture(scope="module")
def madeup():
    """Two networks of one shape and a count for each seed; `stop` is the job and the step at which a run is stopped."""
    module = ModuleType("symshare.experiments.madeup.experiment")
    module.stop, module.ran = None, []

    def count(context):
        module.ran.append(("count", context.seed))
        return {"metrics": {"error": 2.0, "seed": context.seed}}

    def net(name, context):
        module.ran.append((name, context.seed))
        torch.manual_seed(context.seed)
        model = torch.nn.Linear(2, 1)

        def loss(model, step, generator):
            if module.stop == (name, context.seed, step):
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
        made = []
        for seed in setting.numbers(2):
            made += [Job("count", seed, count)]
            made += [Job(name, seed, lambda context, name=name: net(name, context)) for name in ("one", "two")]
        return made

    def report(setting, done):
        return Report(("who", "error"), tuple((job["name"], job["metrics"]["error"]) for job in done))

    def plot(record):
        import matplotlib.pyplot as plt

        return plt.figure(figsize=(1, 1))

    module.jobs, module.report, module.plot = jobs, report, plot
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "symshare.experiments.madeup.experiment", module)
        patch.setitem(catalogue.CATALOGUE, "madeup", Entry("madeup", "does it run", "aH", 0.1))
        patch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
        yield module


def stopped_run(madeup, out, setting=None):
    """Stopped in the middle of the training of `two`, seed 1."""
    madeup.stop = ("two", 1, 25)
    with pytest.raises(Stopped):
        run("madeup", setting or Setting(), out=out)
    madeup.stop = None
    return out


@pytest.fixture(scope="module")
def kept(madeup, tmp_path_factory):
    """Runs that were stopped, with the settings they were begun with, and one that was finished."""
    data = tmp_path_factory.mktemp("data")
    (data / "train.txt").write_text("a\tr\tb\n")
    settings = {
        "stopped": Setting(),
        "other seed": Setting(seed=1, seeds=1),
        "other options": Setting(options={"steps": 7}),
        "other form": Setting(full=True),
        "other data": Setting(options={"data": data}),
    }
    made = {
        name: (stopped_run(madeup, tmp_path_factory.mktemp("run"), setting), setting)
        for name, setting in settings.items()
    }
    out = tmp_path_factory.mktemp("run")
    run("madeup", out=out)
    return made | {"finished": (out, Setting())}


PARTS = (
    "configuration.json",
    "count-0.json",
    "one-0.json",
    "one-0.safetensors",
    "two-0.json",
    "two-0.safetensors",
    "count-1.json",
    "one-1.json",
    "one-1.safetensors",
    "two-1.safetensors",
)


@pytest.fixture
def again(kept, madeup, tmp_path):
    """A copy of a run, and what says how going on with it is refused."""

    def copied(name):
        out, setting = kept[name]
        shutil.copytree(out, tmp_path / "run", dirs_exist_ok=True)
        return tmp_path / "run", setting

    return copied


def refused(madeup, out, setting, path):
    """Going on is refused in three lines at most that name the file, before any job is run; the file stays as it is."""
    madeup.ran.clear()
    with pytest.raises(ExperimentError) as raised:
        run("madeup", setting, out=out, resume=True)
    lines = str(raised.value).splitlines()
    assert str(path) in lines[0]
    assert len(lines) in (2, 3)
    assert madeup.ran == []
    return str(raised.value)


def test_the_parts_of_a_stopped_run_are_these(kept, madeup, again):
    """And it is continued from them: else nothing below says anything."""
    out, setting = again("stopped")
    assert {path.name for path in (out / "madeup").iterdir()} == set(PARTS)
    madeup.ran.clear()
    record = run("madeup", setting, out=out, resume=True)
    assert madeup.ran == [("two", 1)]
    whole = json.loads((kept["finished"][0] / "madeup.json").read_text())
    assert record["rows"] == whole["rows"]


@pytest.mark.parametrize("state", ["stopped", "finished"])
@pytest.mark.parametrize("name", PARTS)
def test_a_flipped_bit_anywhere_is_noticed(madeup, again, state, name):
    out, setting = again(state)
    path = out / "madeup" / name
    whole = path.read_bytes()
    rng = random.Random(f"{state} {name}")
    places = [rng.randrange(8 * len(whole)) for _ in range(40)]
    for place in [*range(0, 8 * 16, 5), *places]:  # the first bytes say how long the header is
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        path.write_bytes(damaged)
        refused(madeup, out, setting, path)
        assert path.read_bytes() == damaged
    path.write_bytes(whole)
    run("madeup", setting, out=out, resume=True)


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-1],
        lambda whole: whole + b"\n",
        lambda whole: whole + whole,
        lambda whole: bytes(len(whole)),
        lambda whole: b"{}",
        lambda whole: b"[" * 100_000,
        lambda whole: whole.replace(b"0", b"1"),
    ],
    ids=["empty", "half", "one byte less", "a line more", "twice", "zeros", "{}", "deep", "other digits"],
)
def test_damage_of_any_kind_is_noticed(madeup, again, name, damage):
    out, setting = again("stopped")
    path = out / "madeup" / name
    path.write_bytes(damage(path.read_bytes()))
    refused(madeup, out, setting, path)


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file_is_noticed(madeup, again, name, kind):
    out, setting = again("stopped")
    path = out / "madeup" / name
    path.unlink()
    if kind == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("there are no pipes with names here")
        os.mkfifo(path)
    else:
        path.mkdir()
    refused(madeup, out, setting, path)


@pytest.mark.parametrize(("source", "target"), list(itertools.permutations(PARTS, 2)))
def test_one_part_copied_over_another_is_noticed(madeup, again, source, target):
    out, setting = again("stopped")
    path = out / "madeup" / target
    shutil.copy(out / "madeup" / source, path)
    refused(madeup, out, setting, path)


@pytest.mark.parametrize("other", ["other seed", "other options", "other form", "other data"])
@pytest.mark.parametrize("name", PARTS)
def test_the_part_of_another_run_is_noticed(kept, madeup, again, other, name):
    out, setting = again("stopped")
    source = kept[other][0] / "madeup" / name
    if not source.exists():
        pytest.skip("the other run has no such part")
    path = out / "madeup" / name
    shutil.copy(source, path)
    message = refused(madeup, out, setting, path)
    assert {"other seed": "seed", "other options": "steps", "other form": "full", "other data": "data"}[
        other
    ] in message


def test_a_part_of_other_contents_of_the_same_data_is_noticed(madeup, tmp_path):
    """The files of a folder are told apart: a line moved from the end of one to the start of the next is a change."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "test.txt").write_text("a\tr\tb\nb\tr\ta\n")
    (data / "train.txt").write_text("c\tr\td\n")
    setting = Setting(seeds=1, options={"data": data})
    run("madeup", setting, out=tmp_path / "out")
    (data / "test.txt").write_text("a\tr\tb\n")
    (data / "train.txt").write_text("b\tr\ta\nc\tr\td\n")
    refused(madeup, tmp_path / "out", setting, tmp_path / "out" / "madeup")
    run("madeup", setting, out=tmp_path / "new")
    for name in ("count-0.json", "one-0.safetensors"):
        shutil.copytree(tmp_path / "new", tmp_path / "mixed", dirs_exist_ok=True)
        path = tmp_path / "mixed" / "madeup" / name
        shutil.copy(tmp_path / "out" / "madeup" / name, path)
        assert "contents" in refused(madeup, tmp_path / "mixed", setting, path)


def test_other_texts_beside_the_data_are_none_of_it(madeup, tmp_path):
    """Such as predictions that were written there."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "train.txt").write_text("a\tr\tb\n")
    setting = Setting(seeds=1, options={"data": data})
    run("madeup", setting, out=tmp_path / "out")
    (data / "predicted.txt").write_text("a\tr\tc\n")
    madeup.ran.clear()
    run("madeup", setting, out=tmp_path / "out", resume=True)
    assert madeup.ran == []


def test_a_part_that_is_gone_is_made_again(kept, madeup, again):
    out, setting = again("finished")
    for name in ("one-0.json", "one-0.safetensors", "count-1.json"):
        (out / "madeup" / name).unlink()
    madeup.ran.clear()
    record = run("madeup", setting, out=out, resume=True)
    assert madeup.ran == [("one", 0), ("count", 1)]
    assert record["rows"] == json.loads((kept["finished"][0] / "madeup.json").read_text())["rows"]


def test_a_run_with_a_damaged_part_keeps_what_it_was_begun_with(madeup, again):
    out, setting = again("finished")
    path, note = out / "madeup" / "one-1.safetensors", out / "madeup" / "configuration.json"
    whole, before = path.read_bytes(), note.read_bytes()
    path.write_bytes(whole[:-1])
    refused(madeup, out, Setting(seeds=3), path)
    assert note.read_bytes() == before
    path.write_bytes(whole)
    run("madeup", setting, out=out, resume=True)


def test_what_was_refused_is_deleted_and_the_run_goes_on(kept, madeup, again):
    """The cure of the message helps."""
    out, setting = again("stopped")
    for name in ("two-1.safetensors", "count-1.json", "one-0.safetensors"):
        path = out / "madeup" / name
        path.write_bytes(path.read_bytes()[:-1])
        assert "delete it" in refused(madeup, out, setting, path)
        path.unlink()
    record = run("madeup", setting, out=out, resume=True)
    assert record["rows"] == json.loads((kept["finished"][0] / "madeup.json").read_text())["rows"]


NO_NUMBERS = [True, "8", None, math.nan, math.inf, [8], {}]
FORGED = {
    "name": ["two", "", None, 1],
    "seed": [1, -1, "0", None, 0.5],
    "wall_s": [-1.0, *NO_NUMBERS],
    "cpu_s": [-1.0, *NO_NUMBERS],
    "metrics": [
        None,
        [],
        "error",
        *({"error": [value]} for value in NO_NUMBERS),
        *({"error": one} for one in ({}, "8", None)),
    ],
    "part": [None, {}, [], "count-0"],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in FORGED.items() for value in values])
@pytest.mark.parametrize("state", ["stopped", "finished"])
def test_a_result_that_no_job_has_is_noticed(madeup, again, state, key, value):
    """Sealed as it should be, with a value of another kind."""
    out, setting = again(state)
    path = out / "madeup" / "count-0.json"
    content = read_json(path) | {key: value}
    text = json.dumps({"sha256": BLANK, **content}, indent=1)
    path.write_bytes(sealed(text.encode()))
    refused(madeup, out, setting, path)


@pytest.mark.parametrize("key", ["part", "name", "seed", "metrics", "wall_s", "cpu_s"])
def test_a_result_that_lacks_something_is_noticed(madeup, again, key):
    out, setting = again("stopped")
    path = out / "madeup" / "count-0.json"
    content = read_json(path)
    del content[key]
    write_json(path, content)
    refused(madeup, out, setting, path)


@pytest.mark.parametrize("content", [b"[]", b"3", b"null"])
def test_sealed_json_of_another_kind_is_refused(tmp_path, content):
    path = tmp_path / "one.json"
    path.write_bytes(sealed(content[:-1] + b' "sha256": "' + BLANK.encode() + b'"' + content[-1:]))
    with pytest.raises(ValueError, match=r"."):
        read_json(path)


@pytest.mark.parametrize("name", PARTS)
def test_a_folder_in_the_place_of_a_part_is_named_where_a_run_is_begun_anew(madeup, again, name):
    out, setting = again("stopped")
    path = out / "madeup" / name
    path.unlink()
    path.mkdir()
    with pytest.raises(SymshareError) as raised:
        run("madeup", setting, out=out, force=True)
    assert str(path) in str(raised.value).splitlines()[0]
    path.rmdir()
    assert run("madeup", setting, out=out, force=True)["rows"]


@pytest.mark.parametrize(("before", "after"), [(1, 2), (1, 3), (None, 3), (2, None), (3, 3)])
def test_more_seeds_are_added_to_a_finished_run(madeup, tmp_path, before, after):
    """Nothing is run twice, and the record is that of a run that had them all from the beginning."""
    whole = run("madeup", Setting(seeds=after), out=tmp_path / "whole")
    run("madeup", Setting(seeds=before), out=tmp_path / "grown")
    madeup.ran.clear()
    grown = run("madeup", Setting(seeds=after), out=tmp_path / "grown", resume=True)
    first, last = before or 2, after or 2
    assert madeup.ran == [(name, seed) for seed in range(first, last) for name in ("count", "one", "two")]
    assert grown["rows"] == whole["rows"]
    assert grown["configuration"]["seeds"] == last
    assert [job["metrics"] for job in grown["jobs"]] == [job["metrics"] for job in whole["jobs"]]
    if last > 1:
        with pytest.raises(ExperimentError, match=rf"seeds {after}, not 1") as raised:
            run("madeup", Setting(seeds=1), out=tmp_path / "grown", resume=True)
        assert "as many --seeds or more" in str(raised.value)


def test_seeds_are_added_to_a_stopped_run_and_to_one_that_was_stopped_while_they_were(madeup, again):
    out, _ = again("stopped")
    madeup.stop = ("one", 2, 15)
    with pytest.raises(Stopped):
        run("madeup", Setting(seeds=3), out=out, resume=True)
    madeup.stop = None
    madeup.ran.clear()
    record = run("madeup", Setting(seeds=4), out=out, resume=True)
    assert madeup.ran == [("one", 2), ("two", 2), ("count", 3), ("one", 3), ("two", 3)]
    assert len(record["rows"]) == 12


@pytest.mark.parametrize("changed", [Setting(seed=1, seeds=3), Setting(seeds=3, full=True)])
def test_more_seeds_of_another_run_are_not_added(madeup, again, changed):
    out, _ = again("finished")
    refused(madeup, out, changed, out / "madeup" / "configuration.json")
