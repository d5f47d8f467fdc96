"""Networks of a fleet are what torch trains one by one; readers see no order of units; a short run has every row."""

import copy

import pytest
import torch

from symshare.experiments.harness import digits
from symshare.experiments.harness.fleets import between, moved, started
from symshare.experiments.harness.jobs import Setting
from symshare.experiments.harness.running import run
from symshare.experiments.zoo import experiment as zoo
from symshare.experiments.zoo import fleets, readers

FAMILIES = tuple(fleets.FAMILIES)


@pytest.fixture
def few(monkeypatch):
    """Forty networks of a family, of at most forty steps."""
    small = {name: (make, 40, 40) for name, (make, _, _) in fleets.FAMILIES.items()}
    for module in (fleets, readers, zoo):
        monkeypatch.setattr(module, "FAMILIES", small)
    fleets.fleet.cache_clear()
    zoo.split.cache_clear()
    yield
    fleets.fleet.cache_clear()
    zoo.split.cache_clear()


def test_digits_are_split_by_image():
    parts = [digits.digits(kind) for kind in digits.SPLITS]
    assert [len(images) for images, _ in parts] == [1000, 300, 497]
    rows = torch.cat([images.flatten(1) for images, _ in parts])
    assert len(rows.unique(dim=0)) == len(rows)  # no image is in two splits, or twice in one
    assert all(float(images.min()) == 0.0 and float(images.max()) == 1.0 for images, _ in parts)
    assert torch.cat([shown for _, shown in parts]).bincount().tolist() == [
        178,
        182,
        177,
        183,
        181,
        182,
        181,
        179,
        174,
        180,
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_fleet_is_what_torch_trains_one_by_one(few, family, monkeypatch):
    """The starts and the batches of the fleet, and torch's AdamW on each network alone."""
    make, _, most = fleets.FAMILIES[family]
    found = fleets.fleet(family, number=3)
    generator = torch.Generator().manual_seed(1)
    starts = started(make, between(0.3, 3.0, 3, generator), generator)
    drawn = fleets._drawn(3, most, generator)
    images, shown = fleets._images(family, "train")
    chosen = [(torch.rand(3, fleets.BATCH, generator=generator) * drawn["images"][:, None]).long() for _ in range(most)]
    assert not found[0:1].states["last.bias"].equal(starts["last.bias"][:1])
    for place in range(3):
        model = make()
        model.load_state_dict({name: one[place] for name, one in starts.items()})
        rate, decay = float(drawn["rate"][place]), float(drawn["decay"][place])
        optimiser = torch.optim.AdamW(model.parameters(), rate, weight_decay=decay)
        for step in range(int(drawn["steps"][place])):
            own = chosen[step][place]
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(model(images[own]), shown[own]).backward()
            optimiser.step()
        for name, one in model.state_dict().items():
            assert torch.allclose(found.states[name][place], one, rtol=1e-3, atol=1e-4), name
        held, wanted = (
            torch.cat(part) for part in zip(*(digits.digits(kind) for kind in ("validation", "test")), strict=True)
        )
        held = held.flatten(1) if family == "MLP" else held
        with torch.no_grad():
            right = (model(held).argmax(-1) == wanted).float().mean().item()
        assert found.accuracies[place].item() == pytest.approx(right, abs=0.01)


@pytest.mark.parametrize("family", FAMILIES)
def test_moved_networks_are_the_same_functions_in_other_orders(few, family):
    one = fleets.fleet(family, number=4)
    other = moved(readers.spec_of(family), one.states, torch.Generator().manual_seed(0))
    model, (images, _) = fleets.FAMILIES[family][0](), fleets._images(family, "test")
    for place in range(4):
        said = []
        for states in (one.states, other):
            assert states["first.weight"].shape == one.states["first.weight"].shape
            model.load_state_dict({name: values[place] for name, values in states.items()})
            said.append(model(images).detach())
        assert torch.allclose(*said, atol=1e-5)
        assert not one.states["second.weight"][place].equal(other["second.weight"][place])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", [*readers.KINDS, "sets of weights"])
def test_readers_see_no_order_of_units(few, family, name):
    train = fleets.fleet(family, number=6)
    other = copy.copy(train)
    other = fleets.Fleet(
        moved(readers.spec_of(family), train.states, torch.Generator().manual_seed(0)), train.accuracies
    )
    made = readers.reader(name, family, train)
    torch.manual_seed(0)
    model = made.make().eval()
    with torch.no_grad():
        said = [model(*made.tensors(one)) for one in (train, other)]
    assert said[0].shape == (6, 1)
    assert torch.allclose(*said, atol=1e-4)
    assert said[0].std() > 1e-4


def test_networks_are_in_one_part_alone():
    made = fleets.Fleet({"w": torch.arange(10.0)}, torch.arange(10.0))
    fleets_of = zoo.fleet
    try:
        zoo.split.cache_clear()
        zoo.fleet = lambda family, number: made
        parts = zoo.split("MLP", number=10)
    finally:
        zoo.fleet = fleets_of
        zoo.split.cache_clear()
    assert [one.accuracies.tolist() for one in parts] == [[0, 1, 2, 3, 4, 5], [6, 7], [8, 9]]


def test_statistics_are_those_of_numpy():
    import numpy as np

    values = torch.randn(5, 3, 4)
    found = readers.statistics(fleets.Fleet({"w": values}, torch.zeros(5))).numpy()
    flat = values.flatten(1).numpy()
    wanted = [flat.mean(1), flat.std(1, ddof=1), np.linalg.norm(flat, axis=1)]
    wanted += [np.quantile(flat, share, axis=1) for share in (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)]
    assert np.allclose(found, np.stack(wanted, 1), atol=1e-5)


def test_the_bar_is_of_the_reader_with_the_better_validation():
    done = []
    for family in FAMILIES:
        for place, name in enumerate((*zoo.READERS, zoo.STATISTICS)):
            metrics = {"tau": 0.5 + place / 100, "tau, validation": 0.9 - place / 100}
            done.append({"name": f"{family}: {name}", "seed": 0, "wall_s": 1.0, "parameters": 1, "metrics": metrics})
    bars = zoo.report(Setting(), done).bars
    assert [bar.value for bar in bars] == pytest.approx([0.5, 0.5 - 0.59, 0.5, 0.5 - 0.59])


def test_a_short_run_has_every_row(few, tmp_path):
    record = run("zoo", Setting(options={"steps": 3}), out=tmp_path)
    assert [row[0] for row in record["rows"]] == [*zoo.READERS, zoo.STATISTICS]
    assert (tmp_path / "zoo.png").stat().st_size > 10_000
