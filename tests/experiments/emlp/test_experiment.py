"""Tasks under continuous groups: formulas are what they say, and polynomial layers find those that are polynomials."""

import math
import os

import numpy as np
import pytest
import torch

from symshare.experiments.emlp import experiment as emlp
from symshare.experiments.emlp import nets
from symshare.experiments.emlp.tasks import METRIC, SIZES, TASKS, inertia, invariant, scattering
from symshare.experiments.harness.jobs import Setting
from symshare.experiments.harness.running import run
from symshare.experiments.harness.training import Context

DEVICE = os.environ.get("SYMSHARE_DEVICE", "cuda")


def test_formulas_are_those_of_the_paper():
    """Written entry by entry, and for scattering as the contraction of two tensors that it is."""
    drawn = np.random.default_rng(0)
    u, v = drawn.standard_normal((2, 5))
    angle = (u @ v) / math.sqrt((u @ u) * (v @ v))
    wanted = math.sin(math.sqrt(u @ u)) - math.sqrt(v @ v) ** 3 / 2 + angle
    assert invariant(np.stack([u, v], -1)) == pytest.approx(wanted)
    masses, places = drawn.random(4), drawn.standard_normal((3, 4))
    whole = inertia(masses, places)
    for i in range(3):
        for j in range(3):
            terms = [m * ((i == j) * (x @ x) - x[i] * x[j]) for m, x in zip(masses, places.T, strict=True)]
            assert whole[i, j] == pytest.approx(sum(terms))
    p = drawn.standard_normal((4, 4))
    p1, p2, p3, p4 = p.T
    first = np.outer(p1, p3) - (p1 @ METRIC @ p3 - p1 @ METRIC @ p1) * METRIC
    second = np.outer(METRIC @ p2, METRIC @ p4) - (p2 @ METRIC @ p4 - p2 @ METRIC @ p2) * METRIC
    assert scattering(p) == pytest.approx(4 * (first * second).sum())


@pytest.mark.parametrize("name", TASKS)
def test_outputs_move_with_inputs(name):
    task = TASKS[name]
    given = task.examples("test", number=50).to(torch.float64)
    moved = nets.turned(task, given, torch.Generator().manual_seed(0))
    formula = {"O(5)": invariant, "inertia": inertia, "scattering": scattering}[name]
    for one in (given, moved):
        arrays = [x.numpy() for x in one.inputs]
        if name == "inertia":
            arrays = [arrays[0][..., 0], arrays[1][..., 0].transpose(0, 2, 1)]
        assert np.allclose(formula(*arrays), one.wanted.numpy()[..., 0], atol=1e-4)
    assert not torch.allclose(moved.inputs[-1], given.inputs[-1], atol=0.1)


@pytest.mark.parametrize("name", TASKS)
def test_examples_are_the_first_of_more_and_the_test_is_one(name):
    task = TASKS[name]
    assert torch.equal(task.examples("train", number=30).wanted, task.examples("train", number=500)[:30].wanted)
    assert torch.equal(task.examples("test", seed=0, number=9).wanted, task.examples("test", seed=1, number=9).wanted)
    drawn = [task.examples(kind, number=9).wanted.flatten()[0].item() for kind in ("train", "validation", "test")]
    assert len({*drawn, task.examples("train", seed=1, number=9).wanted.flatten()[0].item()}) == 4


@pytest.mark.parametrize(("name", "order"), [("inertia", 3), ("scattering", 4)])
def test_polynomials_are_found_from_a_hundred_examples(name, order):
    task = TASKS[name]
    layer, found = nets.solved(task, task.examples("train", number=100), task.examples("validation", number=50))
    assert found == order
    test = task.examples("test", number=500)
    assert emlp.mean_error(layer, test) < 1e-10 * test.wanted.square().mean()


@pytest.mark.skipif(DEVICE == "cuda" and not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("name", TASKS)
def test_jobs_run_on_a_device_and_find_the_same(monkeypatch, name):
    """All of a job's tensors are where they should be: a polynomial that is solved, what it leaves over, networks beside."""
    monkeypatch.setattr(emlp, "NOTHING", -1.0)
    for net in emlp.NETS:
        found = [
            emlp._trained(net, name, 100, 3, 1e-3, Context(0, torch.device(one)))["metrics"] for one in ("cpu", DEVICE)
        ]
        assert found[0]["error"] == pytest.approx(found[1]["error"], rel=1e-3, abs=1e-6)


def test_least_squares_of_what_is_no_polynomial_are_least():
    """The layer of order 2 for two vectors is a constant and three products: numpy solves the same."""
    task = TASKS["O(5)"]
    train = task.examples("train", number=60).to(torch.float64)
    layer = nets._solve(nets.Polynomial(task, 2).double(), train)
    u, v = (train.inputs[0][..., place].numpy() for place in (0, 1))
    columns = np.stack([np.ones(60), (u * u).sum(-1), (u * v).sum(-1), (v * v).sum(-1)], -1)
    wanted = columns @ np.linalg.lstsq(columns, train.wanted.numpy(), rcond=None)[0]
    with torch.no_grad():
        assert np.allclose(layer(*train.inputs).numpy(), wanted, atol=1e-8)


@pytest.mark.parametrize("name", TASKS)
def test_networks_keep_the_group_and_plain_ones_do_not(name):
    torch.manual_seed(0)
    task = TASKS[name]
    given = task.examples("test", number=20).to(torch.float64)
    layer, _ = nets.solved(task, task.examples("train", number=50), task.examples("validation", number=20))
    moved = nets.turned(task, given, torch.Generator().manual_seed(1))

    def wrong(model):
        """By how much an output moves otherwise than it should."""
        with torch.no_grad():
            said = nets.Examples(given.inputs, model.double()(*given.inputs))
            wanted = nets.turned(task, said, torch.Generator().manual_seed(1)).wanted
            return (model(*moved.inputs) - wanted).abs().max().item()

    assert wrong(nets.Derived(task, layer, 1.0)) < 1e-9
    assert wrong(nets.Plain(task, given.wanted.mean(0), 1.0)) > 1e-3


def test_a_short_run_has_every_row_and_learns(monkeypatch, tmp_path):
    monkeypatch.setattr(emlp, "SIZES", SIZES[1:2])
    for name in ("PUBLISHED", "PUBLISHED_PLAIN"):
        monkeypatch.setattr(emlp, name, {task: values[1:2] for task, values in getattr(emlp, name).items()})
    record = run("emlp", Setting(options={"steps": 40}), out=tmp_path)
    assert [row[0] for row in record["rows"]][:2] == ["O(5): derived", "O(5): MLP"]
    jobs = {job["name"]: job["metrics"] for job in record["jobs"]}
    assert jobs["derived, O(5), 300 examples"]["error"] < jobs["derived, O(5), 300 examples"]["polynomial error"]
    assert jobs["derived, inertia, 300 examples"]["error"] < 1e-9 < jobs["MLP, inertia, 300 examples"]["error"]
    assert len(record["bars"]) == 3
    assert (tmp_path / "emlp.png").stat().st_size > 10_000
