"""The pseudo-inverse: what is measured is what it says, and a short training holds at other sizes and says what it learned."""

import numpy as np
import pytest
import torch

from symshare.experiments.harness.jobs import Setting
from symshare.experiments.harness.running import run
from symshare.experiments.harness.training import Context, Recipe
from symshare.experiments.pinv import baselines, learned, matrices
from symshare.experiments.pinv import experiment as pinv
from symshare.experiments.pinv.algorithm import convergence, distilled


def context(seed=0):
    return Context(seed, torch.device("cpu"))


def test_what_is_wanted_is_the_pseudo_inverse():
    """A^+ = A^T (A A^T)^-1 for rows that are independent; its error is none, that of zeros one over the rows."""
    x = matrices.matrices("test", number=100)
    a = x.numpy().astype(np.float64)
    y = (np.swapaxes(a, 1, 2) @ np.linalg.inv(a @ np.swapaxes(a, 1, 2))).swapaxes(1, 2)
    assert np.allclose(matrices.wanted(x).numpy(), y, atol=1e-4)
    assert matrices.error(torch.tensor(y), x.double()) < 1e-12
    assert matrices.error(torch.zeros(3, 6, 12), x[:3, :6, :12]) == pytest.approx(1 / 6)
    half = 0.5 * torch.eye(2, 3)[None]
    assert matrices.error(half, torch.eye(2, 3)[None]) == pytest.approx(0.25)  # two of four entries are off by a half


def test_iterations_converge_to_it():
    x = matrices.matrices("test", number=100).double()
    assert matrices.error(matrices.newton_schulz(x, 40), x) < 1e-10
    y = x / (x.abs().sum(-1).amax(-1) * x.abs().sum(-2).amax(-1))[:, None, None]
    assert torch.allclose(matrices.newton_schulz(x, 1), 2 * y - y @ x.mT @ y)
    errors = [matrices.error(matrices.newton_schulz(x, number), x) for number in (2, 4, 8, 12)]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("numbers", [(2.0, 0.0, 1.0), (2.3, 0.0, 2.0), (2.2, 0.5, 1.5)])
def test_cubic_iterations_end_at_it_and_two_is_newton_and_schulz(numbers):
    x = matrices.matrices("test", number=20).double()
    assert matrices.error(matrices.cubic(x, 60, numbers), x) < 1e-8
    a, b, start = numbers
    z = x / matrices.scale_of(x)
    y = start * z
    y = a * y + b * z - (a - 1) * y @ z.mT @ y - b * y @ z.mT @ z
    assert torch.allclose(matrices.cubic(x, 1, numbers), y / matrices.scale_of(x))


def test_the_cubic_that_is_compared_is_better_than_newton_and_schulz_and_loses_none():
    numbers = baselines.best_cubic(0)
    for shape in matrices.SHAPES:
        x = matrices.matrices("validation", shape, number=100)
        assert matrices.error(matrices.cubic(x, 8, numbers), x) < matrices.error(matrices.newton_schulz(x, 8), x) / 4
        assert matrices.error(matrices.cubic(x, 24, numbers), x) < 1e-4


def test_sets_are_apart_and_the_test_set_is_one_for_all_seeds():
    assert torch.equal(matrices.matrices("test", seed=0), matrices.matrices("test", seed=1))
    assert not torch.equal(matrices.matrices("train", seed=0), matrices.matrices("train", seed=1))
    rows = torch.cat([matrices.matrices(kind, seed=1) for kind in ("train", "validation", "test")]).flatten(1)
    assert len(torch.unique(rows, dim=0)) == 2300


@pytest.mark.parametrize("shape", matrices.SHAPES)
def test_other_spectra_are_what_they_say(shape):
    values = torch.linalg.svdvals(matrices.conditioned(shape, 0.05, number=5).double())
    assert torch.allclose(values, torch.linspace(1, 0.05, shape[0]).double().expand_as(values), atol=1e-5)
    values = torch.linalg.svdvals(matrices.deficient(shape, 4, number=5).double())
    assert (values[:, 3] > 1e-2).all()
    assert (values[:, 4:] < 1e-4).all()


@pytest.mark.parametrize(
    ("full", "names"),
    [(False, {"formulas", "iteration", "EinNet"}), (True, {"formulas", "iteration", "EinNet", "MLP"})],
)
def test_jobs_are_the_formulas_once_and_an_iteration_a_seed(full, names):
    made = pinv.jobs(Setting(seed=2, seeds=2, full=full))
    assert {job.name for job in made} == names
    assert [job.seed for job in made if job.name == "iteration"] == [2, 3]
    assert len([job for job in pinv.jobs(Setting()) if job.name == "iteration"]) == 3


@pytest.fixture(scope="module")
def trained():
    torch.manual_seed(0)
    model = learned.iteration()
    recipe = Recipe(60, rate=5e-3, decay=0.0, warm=20, every=30)
    return model, learned.train(context(), model, recipe, number=20, held=20)


@pytest.mark.parametrize("shape", [(8, 16), (5, 10)])
def test_a_short_training_beats_newton_and_schulz(trained, shape):
    """After six rounds, at the size that it is trained on and at one that nothing is chosen by."""
    x = matrices.matrices("test", shape, number=200)
    with torch.no_grad():
        found = trained[0](x[..., None], rounds=6)[..., 0]
    assert matrices.error(found, x) < matrices.error(matrices.newton_schulz(x, 6), x) / 2


def test_a_short_training_goes_on_beyond_its_rounds(trained):
    x = matrices.matrices("test", (6, 12), number=200)
    with torch.no_grad():
        late = trained[0](x[..., None], rounds=48)[..., 0]
    assert (matrices.errors(late, x) < 0.1).all()


def test_rounds_from_a_state_are_those_of_the_network(trained):
    model, x = trained[0], matrices.matrices("test", number=3)
    size = matrices.scale_of(x)
    with torch.no_grad():
        found = torch.stack(list(learned.rounds_of(model, (x / size)[..., None], model.lift((x / size)[..., None]), 5)))
        assert torch.allclose(found / size, model(x[..., None], rounds=5, every=True)[..., 0], rtol=1e-4, atol=1e-6)


def test_what_was_learned_is_said(trained):
    """The lines do what the network does, their end is near the pseudo-inverse: Y X' Y takes back what Y has too much."""
    model = trained[0]
    one = distilled(model, [matrices.matrices("validation", shape, number=8) for shape in matrices.SHAPES])
    assert one.equivariant
    assert len(one.checks) == 4
    assert all(check.after < 2.5 * check.before + 1e-3 for check in one.checks)
    products = [
        number
        for term, number in one.rounds[0].summands
        if [factor.name for factor in term.factor_tensors] == ["Y", "Y", "X"]
    ]
    assert float(one.coefficient("Y")) + sum(map(float, products)) == pytest.approx(1, abs=0.1)
    assert abs(convergence(one)[0]) < 1
    x = matrices.matrices("test", (6, 12), number=50)
    assert matrices.error(one.evaluate(x[..., None], rounds=12)[..., 0], x) < 0.02


def test_derivatives_are_those_of_newton_and_schulz_where_it_is_that():
    """0 in the row space and 1 outside of it."""
    model = learned.iteration(rank=1)
    layer = model.layers[0]
    with torch.no_grad():
        model.head.mix["ab__ab"].fill_(1)
        layer.factor["ab__ab__0"].copy_(torch.tensor([[1.0], [0.0]]))
        layer.mix["ab__ab"].fill_(1)
        for place in range(3):
            layer.factor[f"ab_cb_cd__ad__{place}"].copy_(torch.tensor([[0.0], [1.0]] if place == 1 else [[1.0], [0.0]]))
        layer.mix["ab_cb_cd__ad"].fill_(-1)
    found = learned.derivatives(model, matrices.matrices("test")[0])
    assert found["inside"] == pytest.approx(0, abs=1e-5)
    assert found["outside"] == pytest.approx(1, abs=1e-6)


def test_a_seed_gives_the_same_numbers_again():
    def made(seed):
        torch.manual_seed(seed)
        model = learned.iteration()
        found = learned.train(context(seed), model, Recipe(4, rate=5e-3, decay=0.0, every=2), number=4, held=4)
        return found["fitted"]["curve"], found["ended"], [one.tolist() for one in model.parameters()]

    one, two, other = made(0), made(0), made(1)
    assert one == two
    assert one[0] != other[0]


def test_a_short_run_writes_its_record_and_goes_on(tmp_path, monkeypatch):
    """On fewer matrices than it says: what is written is looked at, not the numbers."""
    monkeypatch.setattr(matrices, "NUMBERS", {"train": 60, "validation": 12, "test": 12})
    monkeypatch.setattr(baselines, "GRID", ([2.0, 2.1], (0.0, 0.5), (1.0, 3.0)))
    setting = Setting(seeds=1, options={"steps": 8}, threads=1)
    record = run("pinv", setting, out=tmp_path)
    assert [bar["what"] for bar in record["bars"]][:2] == [
        "largest mean error, 8 rounds",
        "largest mean error, 12 rounds",
    ]
    assert "<-" in record["notes"][0]
    assert (tmp_path / "pinv.png").stat().st_size > 10_000
    again = run("pinv", setting, out=tmp_path, resume=True)
    assert again["jobs"] == record["jobs"]
