"""Networks of sines are what torch fits one by one; readers see no order of units; a short run has every row."""

import pytest
import torch

from symshare.experiments.harness import sights
from symshare.experiments.harness import sines as fits
from symshare.experiments.harness.digits import digits
from symshare.experiments.harness.fleets import orders, reordered
from symshare.experiments.harness.jobs import Setting
from symshare.experiments.harness.running import run
from symshare.experiments.siren import experiment as siren
from symshare.experiments.siren import readers

SEES_ORDER = ("MLP", "MLP, moved")


@pytest.fixture
def few(monkeypatch):
    """Two networks for each of the first six images, of few steps."""
    monkeypatch.setattr(siren, "COPIES", 2)
    monkeypatch.setattr(siren, "MOST", 6)
    monkeypatch.setattr(fits, "FITTING", {"own starts": (8, 1e-2), "common start": (6, 1e-2)})
    monkeypatch.setattr(fits, "LEARNING", 2)
    for one in (fits.fits, fits.common):
        one.cache_clear()
    yield
    for one in (fits.fits, fits.common):
        one.cache_clear()


def start_of(starts):
    return fits.common() if starts == "common start" else None


def test_networks_show_what_the_module_gives():
    states = fits.drawn(3, torch.Generator().manual_seed(0))
    found, model = fits.shown_by(states, fits.points()), fits.Siren()
    assert found.shape == (3, 64) and float(found.std()) > 0.1
    for place in range(3):
        model.load_state_dict({name: one[place] for name, one in states.items()})
        assert torch.allclose(model(fits.points())[:, 0], found[place], atol=1e-5)


def test_pixels_are_row_by_row_first_across():
    """By loops: pixel (row, column) of an image is at (column, row), from -1 to 1."""
    for row in range(8):
        for column in range(8):
            place = fits.points()[8 * row + column]
            assert place.tolist() == pytest.approx([2 * column / 7 - 1, 2 * row / 7 - 1], abs=1e-6)


def test_networks_are_what_torch_fits_one_by_one():
    """Adam on each network alone, with the part of the pixels that it sees in each step."""
    generator = torch.Generator().manual_seed(5)
    states, wanted = fits.drawn(3, generator), digits("train")[0][:3].flatten(1)
    found = fits._fitted(states, wanted, 7, 1e-2, torch.Generator().manual_seed(6))
    again = torch.Generator().manual_seed(6)
    seen = [torch.rand(wanted.shape, generator=again) < fits.SEEN for _ in range(7)]
    for place in range(3):
        model = fits.Siren()
        model.load_state_dict({name: one[place] for name, one in states.items()})
        optimiser = torch.optim.Adam(model.parameters(), 1e-2)
        for step in range(7):
            optimiser.param_groups[0]["lr"] = 1e-2 * (1 - step / 7)
            optimiser.zero_grad()
            missed = (model(fits.points())[:, 0] - wanted[place]).square()
            (missed * seen[step][place]).mean().backward()
            optimiser.step()
        for name, one in model.state_dict().items():
            assert torch.allclose(found[name][place], one, rtol=1e-3, atol=1e-4), name


@pytest.mark.parametrize("starts", fits.STARTS)
def test_fits_come_close_and_copies_differ(starts, monkeypatch):
    monkeypatch.setattr(fits, "LEARNING", 60)
    monkeypatch.setattr(fits, "TASKS", 16)
    fits.common.cache_clear()
    found = fits.fits(starts, "validation", 2, most=8)
    assert len(found) == 16 and found.shown.equal(digits("validation")[1][:8].repeat(2))
    wanted = digits("validation")[0][:8].flatten(1).repeat(2, 1)
    alone = (wanted - wanted.mean(1, keepdim=True)).square().mean()
    assert float(found.errors.mean()) < 0.25 * float(alone)
    assert found.errors.allclose((fits.shown_by(found.states, fits.points()) - wanted).square().mean(1))
    weights = found.states["first.weight"]
    assert float((weights[:8] - weights[8:]).abs().max()) > 1e-3
    other = fits.fits(starts, "validation", 1, most=8, change=lambda images: 1 - images)
    assert float(other.errors.mean()) < 0.5 * float(alone)
    for one in (fits.fits, fits.common):
        one.cache_clear()


def test_no_image_is_in_two_parts(few):
    """Networks of a part show images of that part alone."""
    parts = siren.split("own starts")
    assert [len(one) for one in parts] == [12, 12, 12]
    for one, kind in zip(parts, ("train", "validation", "test"), strict=True):
        assert one.shown.equal(digits(kind)[1][:6].repeat(2))


@pytest.mark.parametrize("starts", fits.STARTS)
@pytest.mark.parametrize("name", siren.READERS)
def test_readers_see_no_order_of_units(few, starts, name):
    """Nor does one that knows a common start, if units of that are in the same order."""
    train, start = siren.split(starts)[0], start_of(starts)
    chosen = orders(sights.spec_of(), len(train), torch.Generator().manual_seed(0))
    if start is not None:
        chosen = {axis: one[:1].expand_as(one) for axis, one in chosen.items()}
    other = fits.Fits(reordered(sights.spec_of(), train.states, chosen), train.shown, train.errors)
    moved = None if start is None else reordered(sights.spec_of(), start, {a: one[:1] for a, one in chosen.items()})
    made, again = readers.reader(name, train, start), readers.reader(name, other, moved)
    torch.manual_seed(0)
    model = made.make().eval()
    with torch.no_grad():
        said = model(*made.tensors(train)), model(*again.tensors(other))
    assert said[0].shape == (12, 10) and said[0].std() > 1e-3
    assert torch.allclose(*said, atol=2e-4) == (name not in SEES_ORDER)


def test_another_batch_has_the_same_functions_in_other_orders(few):
    train = siren.split("own starts")[0]
    move = sights.mover(list(train.states))
    given, states = move(tuple(train.states.values()), train.states, torch.Generator().manual_seed(0))
    assert all(one.equal(other) for one, other in zip(given, states.values(), strict=True))
    assert not states["second.weight"].equal(train.states["second.weight"])
    assert torch.allclose(*(fits.shown_by(one, fits.points()) for one in (train.states, states)), atol=1e-4)


def test_units_that_are_moved_are_so_on_the_way_and_in_the_start(few):
    """What a perceptron sees of moved networks is what it sees of networks whose states and start are moved alike."""
    train, start = siren.split("common start")[0], fits.common()
    seen = sights.plain_inputs(train, start, moved=True)
    given, _ = sights.mover(list(train.states))(seen(train), {}, torch.Generator().manual_seed(0))
    chosen = orders(sights.spec_of(), len(train), torch.Generator().manual_seed(0))
    for place in (0, 7):
        own = {axis: one[place : place + 1] for axis, one in chosen.items()}
        same = {axis: one.expand(len(train), -1) for axis, one in own.items()}
        other = fits.Fits(reordered(sights.spec_of(), train.states, same), train.shown, train.errors)
        wanted = sights.plain_inputs(other, reordered(sights.spec_of(), start, own), moved=True)(other)
        assert len(given) == len(wanted) == 12
        assert all(torch.allclose(one[place], two[place], atol=1e-4) for one, two in zip(given, wanted, strict=True))


def test_bars_are_of_the_reader_with_the_better_validation():
    done = []
    for starts in fits.STARTS:
        for place, name in enumerate(siren.READERS):
            metrics = {"right": 0.5 + place / 100, "right, validation": 0.9 - place / 100, "error of the fits": 0.01}
            done.append({"name": f"{starts}: {name}", "seed": 0, "wall_s": 1.0, "parameters": 1, "metrics": metrics})
    bars = siren.report(Setting(), done).bars
    assert [bar.value for bar in bars] == pytest.approx([0.5, 0.5 - 0.55] * 2)


def test_a_short_run_has_every_row_and_resumes(few, tmp_path):
    record = run("siren", Setting(options={"steps": 3}), out=tmp_path)
    assert [row[0] for row in record["rows"]] == list(siren.READERS)
    assert (tmp_path / "siren.png").stat().st_size > 10_000
    again = run("siren", Setting(options={"steps": 3}), out=tmp_path, resume=True)
    assert [row[1] for row in again["rows"]] == [row[1] for row in record["rows"]]
