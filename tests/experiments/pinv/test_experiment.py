"""Learning the pseudo-inverse: what is measured is what it says, and a short training beats predicting zero."""

import numpy as np
import pytest
import torch

from symshare.experiments.harness.jobs import Setting
from symshare.experiments.harness.training import Context, Recipe
from symshare.experiments.pinv import experiment as pinv


def context(seed=0):
    return Context(seed, torch.device("cpu"))


def test_what_is_wanted_is_the_pseudo_inverse():
    """A^+ = A^T (A A^T)^-1 for rows that are independent; its error is none, that of zeros one over the rows."""
    x = pinv.matrices("test")
    a = x.numpy().astype(np.float64)
    y = (np.swapaxes(a, 1, 2) @ np.linalg.inv(a @ np.swapaxes(a, 1, 2))).swapaxes(1, 2)
    assert np.allclose(pinv.wanted(x).numpy(), y, atol=1e-4)
    assert pinv.error(torch.tensor(y), x.double()) < 1e-12
    assert pinv.error(torch.zeros(3, 6, 12), x[:3, :6, :12]) == pytest.approx(1 / 6)
    half = 0.5 * torch.eye(2, 3)[None]
    assert pinv.error(half, torch.eye(2, 3)[None]) == pytest.approx(0.25)  # two of four entries are off by a half


def test_iterations_converge_to_it():
    x = pinv.matrices("test").double()
    assert pinv.error(pinv.newton_schulz(x, 40), x) < 1e-10
    y = x / (x.abs().sum(-1).amax(-1) * x.abs().sum(-2).amax(-1))[:, None, None]
    assert torch.allclose(pinv.newton_schulz(x, 1), 2 * y - y @ x.mT @ y)
    errors = [pinv.error(pinv.newton_schulz(x, number), x) for number in pinv.ITERATIONS]
    assert errors == sorted(errors, reverse=True)


def test_sets_are_apart_and_the_test_set_is_one_for_all_seeds():
    assert torch.equal(pinv.matrices("test", seed=0), pinv.matrices("test", seed=1))
    assert not torch.equal(pinv.matrices("train", seed=0), pinv.matrices("train", seed=1))
    rows = torch.cat([pinv.matrices(kind, seed=1) for kind in ("train", "validation", "test")]).flatten(1)
    assert len(torch.unique(rows, dim=0)) == 1200


def test_jobs_are_the_formulas_once_and_two_trainings_a_seed():
    made = pinv.jobs(Setting(seed=2, seeds=2))
    assert [(job.name, job.seed) for job in made] == [
        ("formulas", 2),
        ("EinNet", 2),
        ("MLP", 2),
        ("EinNet", 3),
        ("MLP", 3),
    ]


def trained(steps, seed=0):
    torch.manual_seed(seed)
    recipe = Recipe(steps, rate=8e-3, warm=50, every=steps // 7)
    return pinv._einnet(recipe, 50, (16, 8, 4), context(seed))


def test_a_short_training_beats_zero():
    """350 steps of a small network: below 0.125, the error of zeros, and far below where it started."""
    found = trained(350)
    losses, scores = zip(*(point[1:] for point in found["fitted"]["curve"]), strict=True)
    assert found["metrics"]["mae"] < 0.11
    assert min(scores) < 0.6 * scores[0]
    assert losses[-1] < 0.5 * losses[0]
    shapes = ["mae", "mae_6x12", "mae_12x24"]  # it runs at shapes that it never saw
    assert set(found["metrics"]) == {*shapes, *(f"median_{one}" for one in shapes)}


def test_a_seed_gives_the_same_numbers_again():
    one, two, other = trained(7), trained(7), trained(7, seed=1)
    assert one["metrics"] == two["metrics"]
    assert one["fitted"]["curve"] == two["fitted"]["curve"] != other["fitted"]["curve"]
