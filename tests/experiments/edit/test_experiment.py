"""Edits commute with the order of units and keep shapes; images are dilated as loops say; a short run has every row."""

import pytest
import torch

from symshare.experiments.edit import editors
from symshare.experiments.edit import experiment as edit
from symshare.experiments.harness import sights
from symshare.experiments.harness import sines as fits
from symshare.experiments.harness.digits import digits
from symshare.experiments.harness.fleets import orders, reordered
from symshare.experiments.harness.jobs import Setting
from symshare.experiments.harness.running import run
from symshare.weights import Features


@pytest.fixture
def few(monkeypatch):
    """Networks of the first six images of each split, of few steps."""
    monkeypatch.setattr(edit, "COPIES", {"train": 2, "validation": 1, "test": 1})
    monkeypatch.setattr(edit, "MOST", 6)
    monkeypatch.setattr(fits, "FITTING", {"own starts": (8, 1e-2), "common start": (6, 1e-2)})
    monkeypatch.setattr(fits, "LEARNING", 2)
    for one in (fits.fits, fits.common):
        one.cache_clear()
    yield
    for one in (fits.fits, fits.common):
        one.cache_clear()


def test_images_are_dilated_as_loops_say():
    images = digits("test")[0][:3]
    found = edit.dilated(images)
    for image in range(3):
        for row in range(8):
            for column in range(8):
                near = [(row, column), (row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
                values = [float(images[image, r, c]) for r, c in near if 0 <= r < 8 and 0 <= c < 8]
                assert float(found[image, row, column]) == max(values)


@pytest.mark.parametrize("starts", fits.STARTS)
@pytest.mark.parametrize("name", editors.KINDS)
def test_edits_move_with_the_order_of_units(few, starts, name):
    train = edit._fits(starts, "train")
    start = fits.common() if starts == "common start" else None
    chosen = orders(sights.spec_of(), len(train), torch.Generator().manual_seed(0))
    if start is not None:
        chosen = {axis: one[:1].expand_as(one) for axis, one in chosen.items()}
    moved = None if start is None else reordered(sights.spec_of(), start, {a: one[:1] for a, one in chosen.items()})
    other = fits.Fits(reordered(sights.spec_of(), train.states, chosen), train.shown, train.errors)
    make, tensors, _ = editors.editor(name, train, start)
    again = editors.editor(name, other, moved)[1]
    torch.manual_seed(0)
    model = make().eval()
    with torch.no_grad():
        found = reordered(sights.spec_of(), model(tensors(train), train.states), chosen)
        wanted = model(again(other), other.states)
    for key, one in wanted.items():
        assert one.shape == train.states[key].shape
        assert torch.allclose(found[key], one, atol=1e-4), key
        assert not one.equal(other.states[key])


def test_changes_belong_to_the_weights_that_features_say(few):
    """The tensors of a network on weights have the shapes of the weights but for axes of length one."""
    train = edit._fits("own starts", "train")
    features = Features(sights.spec_of())

    class Same(torch.nn.Module):
        def forward(self, *given):
            return given if len(given) > 1 else given[0]

    model = editors.Editor(Same(), list(train.states))
    torch.nn.init.ones_(model.sizes)
    apart = [{key: one[place] for key, one in train.states.items()} for place in range(3)]
    raw = tuple(features.raw(apart).values())
    first = {key: one[:3] for key, one in train.states.items()}
    for key, one in model(raw, first).items():
        assert torch.allclose(one, 2 * first[key])
    flat = torch.cat([one.flatten(1) for one in first.values()], -1)
    for key, one in model((flat,), first).items():
        assert torch.allclose(one, 2 * first[key])


def test_a_short_run_has_every_row_and_resumes(few, tmp_path):
    record = run("edit", Setting(options={"steps": 3}), out=tmp_path)
    assert [row[0] for row in record["rows"]] == [*edit.EDITORS, edit.ALONE, edit.ANEW]
    assert (tmp_path / "edit.png").stat().st_size > 10_000
    wanted = edit.dilated(digits("test")[0][:6]).flatten(1)
    shown = fits.shown_by(edit._fits("own starts", "test").states, fits.points())
    alone = next(row for row in record["rows"] if row[0] == edit.ALONE)
    assert float(alone[1]) == pytest.approx(100 * float((shown - wanted).square().mean()), rel=1e-3)
    again = run("edit", Setting(options={"steps": 3}), out=tmp_path, resume=True)
    assert [row[1] for row in again["rows"]] == [row[1] for row in record["rows"]]
