"""Reading a spectrum off samples: learning beats the constant, and the circle beats sets."""

import numpy as np
import pytest
import torch

from symshare.experiments import Setting, run
from symshare.experiments.harness.training import Context, Recipe, fit
from symshare.experiments.spectrum import experiment as spectrum
from symshare.experiments.spectrum import problems
from symshare.experiments.spectrum.fourier import Family

SMALL = problems.Problem("kmax 2", Family(2, 2), 24, (24, 48))


def best(model, seed=0, steps=150):
    torch.manual_seed(seed)
    held = SMALL.draw(300, np.random.default_rng(5))

    def loss(model, step, generator):
        x, y, wanted = SMALL.draw(32, np.random.default_rng([seed, step]))
        return (model(x, y) - wanted).square().mean()

    def validate(model):
        return (model(held[0], held[1]) - held[2]).square().mean().item()

    return fit(Context(seed, torch.device("cpu")), model(), loss, Recipe(steps, 1e-2, 0.0, every=50), validate=validate)


def test_both_networks_beat_the_constant_and_the_circle_beats_sets():
    """The best constant has pi^2 / 6 = 1.645."""
    sets = best(lambda: problems.Sampled(2, 32, 2)).best
    circle = best(lambda: problems.Circle(2, 2, 8, 2)).best
    assert circle < 0.6 * sets
    assert sets < 1.5


def test_a_seed_gives_the_same_curve():
    one, two = (best(lambda: problems.Circle(2, 2, 8, 2), seed=3, steps=20).curve for _ in range(2))
    assert one == two


def test_tests_have_the_same_functions_at_every_size():
    problem = problems.PROBLEMS[1]
    wanted = [problem.test(points)[2] for points in problem.sizes]
    assert all(np.array_equal(one, wanted[0]) for one in wanted)
    assert np.array_equal(problem.test(64, noise=0.3)[2], wanted[0])


@pytest.mark.parametrize("problem", problems.PROBLEMS)
def test_what_is_asked_about_is_what_training_draws(problem):
    x, y, wanted = problem.draw(7, np.random.default_rng(0))
    assert x.shape == y.shape == (7, problem.points)
    assert wanted.shape == (7, problem.family.wanted)
    assert x.dtype == torch.float32


def test_the_whole_experiment_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(problems, "PROBLEMS", (SMALL, problems.Problem("kmax 3", Family(3, 2), 12, (12, 24), (5,))))
    monkeypatch.setattr(problems, "TESTS", 40)
    monkeypatch.setattr(spectrum, "_bars", lambda done, problems: ())
    record = run("spectrum", Setting(options={"steps": 4}), out=tmp_path)
    names = [row[0] for row in record["rows"]]
    assert [net.words for net in problems.NETS] == names[:3]
    posterior = next(row for row in record["rows"] if row[0] == "posterior")
    others = [row for row in record["rows"] if row[0] not in ("posterior",)]
    assert all(posterior[1] <= float(row[1]) + 1e-9 for row in others)
    assert (tmp_path / "spectrum.png").stat().st_size > 10_000
