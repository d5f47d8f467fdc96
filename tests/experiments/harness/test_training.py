"""One loop that trains: it continues to the same numbers, keeps the best weights, and says what is wrong."""

import math
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from symshare.errors import ExperimentError
from symshare.experiments.harness import training
from symshare.experiments.harness.checkpoints import read_state, write_state
from symshare.experiments.harness.training import Context, Recipe, fit, parameters_of, stream


class Interrupted(Exception):
    pass


def fresh(seed=0, width=4):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(3, width), torch.nn.Tanh(), torch.nn.Linear(width, 1))


def regression(model, step, generator):
    x = torch.randn(16, 3, generator=generator)
    return (model(x)[:, 0] - x.prod(1)).square().mean()


def held_out(model):
    x = torch.randn(64, 3, generator=torch.Generator().manual_seed(99))
    return (model(x)[:, 0] - x.prod(1)).square().mean().item()


def stops_at(step, loss=regression):
    def interrupted(model, number, generator):
        if number == step:
            raise Interrupted
        return loss(model, number, generator)

    return interrupted


def context(path=None, seed=0, tell=lambda share, text: None):
    return Context(seed, torch.device("cpu"), path, tell)


def same_weights(one, two):
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), two.state_dict().values(), strict=True))


RECIPE = Recipe(20, rate=3e-2, warm=3, every=4)


@pytest.fixture(autouse=True)
def _every_validation_is_kept(monkeypatch):
    monkeypatch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)


@pytest.fixture(scope="module")
def unbroken():
    model = fresh()
    return model, fit(context(), model, regression, RECIPE, validate=held_out)


@pytest.mark.parametrize("step", [0, 3, 4, 5, 8, 11, 12, 16, 19])
def test_an_interrupted_training_ends_bitwise_where_an_unbroken_one_does(tmp_path, unbroken, step):
    path = tmp_path / "net.safetensors"
    with pytest.raises(Interrupted):
        fit(context(path), fresh(), stops_at(step), RECIPE, validate=held_out)
    assert path.exists() == (step >= 4)
    other = fresh(seed=5)  # the weights come from the file, where there is one
    model = other if step >= 4 else fresh()
    found = fit(context(path), model, regression, RECIPE, validate=held_out)
    assert same_weights(model, unbroken[0])
    assert found.curve == unbroken[1].curve
    assert (found.best, found.best_step, found.steps) == (unbroken[1].best, unbroken[1].best_step, 20)


def test_a_training_that_is_interrupted_again_and_again_ends_the_same(tmp_path, unbroken):
    path = tmp_path / "net.safetensors"
    for step in (5, 6, 9, 14, 18):
        with pytest.raises(Interrupted):
            fit(context(path), fresh(), stops_at(step), RECIPE, validate=held_out)
    model = fresh()
    assert fit(context(path), model, regression, RECIPE, validate=held_out).curve == unbroken[1].curve
    assert same_weights(model, unbroken[0])


def test_buffers_are_continued_too(tmp_path):
    """The running means of a batch normalisation are no parameters, but belong to the state."""

    def made():
        torch.manual_seed(0)
        return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1))

    whole, broken = made(), made()
    fit(context(), whole, regression, RECIPE, validate=held_out)
    path = tmp_path / "net.safetensors"
    with pytest.raises(Interrupted):
        fit(context(path), broken, stops_at(10), RECIPE, validate=held_out)
    again = made()
    fit(context(path), again, regression, RECIPE, validate=held_out)
    assert same_weights(whole, again)


def test_a_finished_training_is_not_trained_again(tmp_path, unbroken):
    path = tmp_path / "net.safetensors"
    fit(context(path), fresh(), regression, RECIPE, validate=held_out)
    model = fresh(seed=5)
    found = fit(context(path), model, stops_at(0), RECIPE, validate=lambda model: pytest.fail("validated again"))
    assert same_weights(model, unbroken[0])
    assert found.curve == unbroken[1].curve


def test_the_same_seed_gives_the_same_weights_and_another_one_does_not(unbroken):
    again, other = fresh(), fresh()
    assert fit(context(), again, regression, RECIPE, validate=held_out).curve == unbroken[1].curve
    assert same_weights(again, unbroken[0])
    fit(context(seed=1), other, regression, RECIPE, validate=held_out)
    assert not same_weights(other, unbroken[0])


def test_draws_depend_on_seed_and_step_only():
    draws = {
        (seed, step): tuple(torch.rand(4, generator=stream(seed, step)).tolist())
        for seed in (0, 1)
        for step in range(9)
    }
    assert len(set(draws.values())) == len(draws)
    torch.manual_seed(7)
    assert tuple(torch.rand(4, generator=stream(1, 8)).tolist()) == draws[1, 8]


def test_the_weights_of_the_best_validation_are_left():
    """Scores by number of validation: the lowest is the third one, at step 6."""
    scores, seen = iter([5.0, 3.0, 1.0, 2.0, 1.0]), []

    def scored(model):
        assert not model.training
        seen.append({name: value.clone() for name, value in model.state_dict().items()})
        return next(scores)

    model = fresh()
    found = fit(context(), model, regression, Recipe(10, rate=1e-2, every=2), validate=scored)
    assert (found.best, found.best_step, found.steps) == (1.0, 6, 10)
    assert [(step, score) for step, _, score in found.curve] == [(2, 5.0), (4, 3.0), (6, 1.0), (8, 2.0), (10, 1.0)]
    assert all(torch.equal(value, seen[2][name]) for name, value in model.state_dict().items())
    assert not all(torch.equal(value, seen[4][name]) for name, value in model.state_dict().items())
    assert model.training


def test_without_validation_the_last_weights_are_left():
    """One step of AdamW from zero without decay and warming up moves against the sign of the derivative by the rate."""
    model = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(model.weight)
    recipe = Recipe(3, rate=0.1, decay=0.0, warm=0, cosine=False, every=2)
    found = fit(context(), model, lambda model, step, generator: -model.weight.sum(), recipe)
    assert model.weight.item() == pytest.approx(0.3, abs=1e-6)
    assert [(step, score) for step, _, score in found.curve] == [(2, None), (3, None)]
    assert (found.best, found.best_step) == (None, 3)


def test_a_training_stops_as_soon_as_a_validation_is_good_enough(tmp_path):
    scores = iter([0.5, 0.2, 0.1, 0.05])
    told, path = [], tmp_path / "net.safetensors"
    where = context(path, tell=lambda share, text: told.append(share))
    found = fit(where, fresh(), regression, RECIPE, validate=lambda model: next(scores), stop_at=0.1)
    assert (found.steps, found.best, found.best_step) == (12, 0.1, 12)
    assert told == [0.0, 0.2, 0.4, 1.0]
    again = fit(where, fresh(), stops_at(0), RECIPE, validate=lambda model: next(scores), stop_at=0.1)
    assert again.steps == 12


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_no_number_is_refused_with_its_step_and_harms_no_checkpoint(tmp_path, unbroken, bad):
    path = tmp_path / "net.safetensors"

    def breaks(model, step, generator):
        return regression(model, step, generator) * (bad if step == 9 else 1)

    model = fresh()
    with pytest.raises(ExperimentError) as raised:
        fit(context(path), model, breaks, RECIPE, validate=held_out)
    lines = str(raised.value).splitlines()
    assert len(lines) == 2
    assert "at step 10 of 20" in lines[0]
    assert "seed 0" in lines[0]
    assert all(value.isfinite().all() for value in model.state_dict().values())
    continued = fresh(seed=5)
    assert fit(context(path), continued, regression, RECIPE, validate=held_out).curve == unbroken[1].curve
    assert same_weights(continued, unbroken[0])


def test_a_derivative_that_is_no_number_is_refused_too():
    """The square root of zero is zero, its derivative is not finite."""
    model = torch.nn.Linear(1, 1)
    with pytest.raises(ExperimentError, match="at step 1 of 20"):
        fit(context(), model, lambda model, step, generator: (0 * model.weight).sum().sqrt(), RECIPE)
    assert model.weight.isfinite().all()


def checkpoint(folder, **changes):
    path = folder / "net.safetensors"
    with pytest.raises(Interrupted):
        fit(context(path), fresh(**changes), stops_at(10), RECIPE, validate=held_out)
    return path


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x80\x04N.", bytes(8), b"\xff" * 64])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, content):
    path = tmp_path / "net.safetensors"
    path.write_bytes(content)
    with pytest.raises(ExperimentError, match="is not a checkpoint") as raised:
        fit(context(path), fresh(), regression, RECIPE)
    assert "delete it" in str(raised.value)
    assert path.read_bytes() == content


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9, 0.999])
def test_a_truncated_checkpoint_is_refused(tmp_path, share):
    path = checkpoint(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ExperimentError, match="is not a checkpoint"):
        fit(context(path), fresh(), regression, RECIPE)


def test_tensors_without_notes_are_refused(tmp_path):
    path = tmp_path / "net.safetensors"
    save_file(fresh().state_dict(), path)
    with pytest.raises(ExperimentError, match="is not a checkpoint"):
        fit(context(path), fresh(), regression, RECIPE)
    save_file(fresh().state_dict(), path, {"notes": "{"})
    with pytest.raises(ExperimentError, match="is not a checkpoint"):
        fit(context(path), fresh(), regression, RECIPE)


def test_a_folder_in_the_place_of_a_checkpoint_is_refused(tmp_path):
    with pytest.raises(ExperimentError, match="is not a checkpoint"):
        fit(context(tmp_path), fresh(), regression, RECIPE)


@pytest.mark.parametrize(
    ("seed", "recipe"),
    [(1, RECIPE), (0, Recipe(21, rate=3e-2, warm=3, every=4)), (0, Recipe(20, rate=1e-2, warm=3, every=4))],
)
def test_the_checkpoint_of_another_training_is_refused(tmp_path, seed, recipe):
    path = checkpoint(tmp_path)
    before = path.read_bytes()
    with pytest.raises(ExperimentError, match="belongs to another training"):
        fit(context(path, seed), fresh(), regression, recipe, validate=held_out)
    assert path.read_bytes() == before


@pytest.mark.parametrize("made", [lambda: fresh(width=5), lambda: torch.nn.Linear(3, 1)])
def test_the_checkpoint_of_another_model_is_refused(tmp_path, made):
    path = checkpoint(tmp_path)
    with pytest.raises(ExperimentError, match="does not fit the model") as raised:
        fit(context(path), made(), regression, RECIPE, validate=held_out)
    assert len(str(raised.value).splitlines()) == 2


def test_a_checkpoint_is_plain_tensors_and_text(tmp_path):
    """Nothing in it is run when it is read; a finished training keeps its best weights only."""
    path = checkpoint(tmp_path)
    with safe_open(path, framework="pt") as stored:
        assert set(stored.metadata()) == {"notes"}
    names = set(load_file(path))
    weights = set(fresh().state_dict())
    assert {name for name in names if name.startswith("model/")} == {f"model/{name}" for name in weights}
    assert {name for name in names if name.startswith("best/")} == {f"best/{name}" for name in weights}
    assert len([name for name in names if name.startswith("optimiser/")]) == 3 * len(weights)  # two moments, a step
    fit(context(path), fresh(), regression, RECIPE, validate=held_out)
    assert set(load_file(path)) == {f"best/{name}" for name in weights}


def test_without_a_path_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fit(context(), fresh(), regression, RECIPE)
    assert list(Path().iterdir()) == []


def test_checkpoints_wait_for_their_time_but_the_last_one_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", 1e9)
    path = tmp_path / "net.safetensors"
    with pytest.raises(Interrupted):
        fit(context(path), fresh(), stops_at(19), RECIPE, validate=held_out)
    assert not path.exists()
    fit(context(path), fresh(), regression, RECIPE, validate=held_out)
    assert path.exists()


def test_the_rate_warms_up_and_falls_as_half_a_cosine():
    """Warm 3: quarters of the rate at steps 0 to 3; then cos from 0 to pi over the 8 steps that are left."""
    recipe = Recipe(11, rate=2.0, warm=3)
    assert [recipe.rate_at(step) for step in range(4)] == [0.5, 1.0, 1.5, 2.0]
    assert recipe.rate_at(5) == pytest.approx(1 + math.sqrt(0.5))  # a quarter of the way: cos(pi / 4)
    assert recipe.rate_at(7) == pytest.approx(1.0)
    assert recipe.rate_at(9) == pytest.approx(1 - math.sqrt(0.5))
    assert recipe.rate_at(11) == pytest.approx(0.0, abs=1e-15)
    flat = Recipe(11, rate=2.0, warm=1, cosine=False)
    assert [flat.rate_at(step) for step in (0, 1, 5, 10)] == [1.0, 2.0, 2.0, 2.0]
    short = Recipe(2, rate=1.0, warm=3)
    assert [short.rate_at(step) for step in range(2)] == [0.25, 0.5]


def test_the_optimiser_follows_the_schedule():
    """With a constant derivative, AdamW without decay moves by its rate in each step."""
    model = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(model.weight)
    places = []

    def loss(model, step, generator):
        places.append(model.weight.item())
        return -model.weight.sum()

    fit(context(), model, loss, Recipe(5, rate=0.4, decay=0.0, warm=3, cosine=False, every=5))
    moves = [after - before for before, after in zip(places, [*places[1:], model.weight.item()], strict=True)]
    assert moves == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.4], abs=1e-5)


def test_parts_of_a_job_share_its_progress_and_keep_no_checkpoint(tmp_path):
    told = []
    whole = context(tmp_path / "job-0.safetensors", tell=lambda share, text: told.append((share, text)))
    part = whole.share(0.5, 0.75)
    part.tell(0.5, "half")
    assert told == [(0.625, "half")]
    assert part.checkpoint is None


def test_the_parameters_are_counted():
    assert parameters_of(fresh()) == (3 * 4 + 4) + (4 + 1)


def test_a_validation_that_is_no_number_is_never_the_best():
    scores = iter([math.nan, 1.0, math.inf, 0.5, 0.7])
    found = fit(context(), fresh(), regression, RECIPE, validate=lambda model: next(scores))
    assert (found.best, found.best_step) == (0.5, 16)
    assert [score for _, _, score in found.curve] == [None, 1.0, None, 0.5, 0.7]
    with pytest.raises(ExperimentError, match="no validation of 20 steps was a number"):
        fit(context(), fresh(), regression, RECIPE, validate=lambda model: math.nan)


@pytest.mark.parametrize("notes", ["{}", "[]", "3", '{"recipe": 1}'])
def test_notes_of_another_kind_are_refused(tmp_path, notes):
    path = tmp_path / "x.safetensors"
    save_file({"a": torch.zeros(1)}, path, {"notes": notes})
    with pytest.raises(ExperimentError, match=r"start again"):
        fit(context(path), fresh(), regression, RECIPE)


def with_fitted(**changes):
    def changed(tensors, notes):
        notes["fitted"] |= changes

    return changed


def with_tensor(name, change):
    def changed(tensors, notes):
        tensors[name] = change(tensors[name])

    return changed


def with_point(place, value):
    def changed(tensors, notes):
        notes["fitted"]["curve"][1][place] = value

    return changed


NO_NUMBERS = [True, "8", None, math.nan, math.inf, [8], {}]
FORGED = [
    *(with_fitted(steps=value) for value in [-5, 0, 7, 4, 12, 21, 10**9, 8.5, *NO_NUMBERS]),
    *(with_fitted(best=value) for value in [0.0, -1.0, *NO_NUMBERS]),
    *(with_fitted(best_step=value) for value in [0, 3, 21, *NO_NUMBERS]),
    *(with_fitted(wall=value) for value in [-1.0, *NO_NUMBERS]),
    *(with_fitted(cpu=value) for value in [-1.0, *NO_NUMBERS]),
    *(with_fitted(curve=value) for value in [[], [[4, 1.0, 1.0]], [[8, 1.0, 1.0], [4, 1.0, 1.0]], *NO_NUMBERS]),
    *(with_point(0, value) for value in [-8, 9, 8.0 + 1e-9, *NO_NUMBERS]),
    *(with_point(1, value) for value in NO_NUMBERS),
    *(with_point(2, value) for value in NO_NUMBERS if value is not None),
    with_fitted(more=1),
    lambda tensors, notes: notes["fitted"].pop("wall"),
    lambda tensors, notes: notes.pop("fitted"),
    lambda tensors, notes: notes.update(fitted=[]),
    *(lambda tensors, notes, value=value: notes.update(done=value) for value in [True, 0, 1, None, "no"]),
    *(lambda tensors, notes, part=part: tensors.pop(f"{part}/0.weight") for part in ("best", "model")),
    *(
        with_tensor(name, change)
        for name in ("best/0.weight", "model/0.weight", "optimiser/0/exp_avg", "optimiser/0/exp_avg_sq")
        for change in (
            lambda value: value * math.nan,
            lambda value: value / 0,
            lambda value: value.double(),
            lambda value: value.int(),
            lambda value: value[:1].clone(),
            lambda value: value[None],
        )
    ),
    with_tensor("optimiser/0/exp_avg_sq", lambda value: value - 1),
    *(with_tensor("optimiser/0/step", lambda value, step=step: value * 0 + step) for step in (-5, 0, 7, 9, math.nan)),
    lambda tensors, notes: tensors.pop("optimiser/0/step"),
    *(
        lambda tensors, notes, name=name: tensors.update({name: torch.zeros(4, 3)})
        for name in ("optimiser/9/exp_avg", "optimiser/-1/exp_avg", "optimiser/exp_avg", "optimiser/0/other", "best/x")
    ),
]


@pytest.mark.parametrize("place", range(len(FORGED)))
def test_a_state_that_no_training_has_is_refused_before_the_model_is_touched(tmp_path, place):
    """Sealed as it should be, with values that this training cannot have at step 8 of 20."""
    path = checkpoint(tmp_path)
    tensors, notes = read_state(path)
    assert notes["fitted"]["steps"] == 8
    FORGED[place](tensors, notes)
    write_state(path, tensors, notes)
    before, model = path.read_bytes(), fresh(seed=5)
    with pytest.raises(ExperimentError, match="does not fit the model or its training") as raised:
        fit(context(path), model, stops_at(0), RECIPE, validate=held_out)
    assert str(path) in str(raised.value).splitlines()[0]
    assert len(str(raised.value).splitlines()) == 2
    assert same_weights(model, fresh(seed=5))
    assert path.read_bytes() == before


def test_a_state_that_was_only_written_again_is_continued(tmp_path, unbroken):
    """What is refused above is refused for what was changed."""
    path = checkpoint(tmp_path)
    write_state(path, *read_state(path))
    model = fresh(seed=5)
    assert fit(context(path), model, regression, RECIPE, validate=held_out).curve == unbroken[1].curve


@pytest.mark.parametrize("stop_at", [None, 0.05])
def test_a_training_that_would_go_on_is_not_taken_for_finished(tmp_path, stop_at):
    """It was finished as a validation reached 0.1; with another aim it is another training."""
    path, scores = tmp_path / "net.safetensors", [0.5, 0.1]
    fit(context(path), fresh(), regression, RECIPE, validate=lambda model: scores.pop(0), stop_at=0.1)
    with pytest.raises(ExperimentError, match="at step 8 of 20 it is finished"):
        fit(context(path), fresh(), regression, RECIPE, validate=held_out, stop_at=stop_at)
