"""Networks under masks are what torch trains one by one; readers see no order of units; a short run has every row."""

import pytest
import torch

from symshare.experiments.harness.digits import digits
from symshare.experiments.harness.fleets import orders, reordered
from symshare.experiments.harness.jobs import Setting
from symshare.experiments.harness.running import run
from symshare.experiments.tickets import experiment as tickets
from symshare.experiments.tickets import family as families
from symshare.experiments.tickets import masks, readers

WEIGHTS = ("first.weight", "second.weight", "last.weight")
ALL = (*readers.KINDS, *readers.OTHERS)
MADE = (*masks.MASKS, *masks.SCORES)


@pytest.fixture(scope="module")
def few():
    return families.family(12, steps=4)


@pytest.fixture
def small(monkeypatch):
    """Twelve networks, trained for two steps."""
    monkeypatch.setattr(tickets, "NUMBERS", (12, 12))
    monkeypatch.setattr(tickets, "HELD", 3)
    monkeypatch.setattr(tickets, "family", lambda number, device: families.family(number, steps=2))
    monkeypatch.setattr(tickets, "measured", lambda *given, **more: families.measured(*given, **more, steps=2))
    tickets.split.cache_clear()
    yield
    tickets.split.cache_clear()


def kept(states, place):
    return int(sum(states[name][place].sum() for name in WEIGHTS))


def test_networks_under_masks_are_what_torch_trains_one_by_one(few):
    """The batches of the family, and torch's AdamW on each network alone, its masked weights put back to zero each time."""
    found = families.trained(few.starts, few.drawn, few.tickets, steps=6, seed=3)
    generator = torch.Generator().manual_seed(104)
    chosen = [torch.randint(1000, (12, families.BATCH), generator=generator) for _ in range(6)]
    images, shown = digits("train")
    for place in (0, 5, 11):
        model, mask = families.Perceptron(), {name: one[place] for name, one in few.tickets.items()}
        model.load_state_dict({name: one[place] * mask[name] for name, one in few.starts.items()})
        rate = float(few.drawn["rate"][place])
        optimiser = torch.optim.AdamW(model.parameters(), rate, weight_decay=float(few.drawn["decay"][place]))
        for step, batch in enumerate(chosen):
            optimiser.param_groups[0]["lr"] = rate * (1 - step / 6)
            optimiser.zero_grad()
            own = batch[place]
            torch.nn.functional.cross_entropy(model(images[own].flatten(1)), shown[own]).backward()
            for name, one in model.named_parameters():
                one.grad *= mask[name]
            optimiser.step()
        for name, one in model.state_dict().items():
            assert torch.allclose(found[name][place], one, rtol=1e-3, atol=1e-4), name
            assert not (found[name][place] * (1 - mask[name])).any()
        images_of, right = digits("test")
        with torch.no_grad():
            wanted = (model(images_of.flatten(1)).argmax(-1) == right).float().mean().item()
        reached = families.accuracies(families._MODEL, found, images_of.flatten(1), right)
        assert reached[place].item() == pytest.approx(wanted, abs=0.005)


def test_tickets_are_the_largest_weights_round_by_round(few):
    """By hand for one network: of those left the largest in size, 5% of all after three trainings, from the start each time."""
    mask = {name: torch.ones_like(one) for name, one in few.starts.items()}
    for turn, number in enumerate((1474, 543, 200)):  # of 4,000 times the cube root of 1/20 once, twice, three times
        ends = families.trained(few.starts, few.drawn, mask, steps=4, seed=turn)
        for place in range(12):
            sizes = torch.cat([(ends[name] * mask[name])[place].abs().flatten() for name in WEIGHTS])
            least = sizes.sort(descending=True).values[number - 1]
            for name in WEIGHTS:
                mask[name][place] = ((ends[name][place].abs() >= least) & (mask[name][place] > 0)).float()
    for name in WEIGHTS:
        assert few.tickets[name].equal(mask[name])
    assert all(few.tickets[name].all() for name in few.tickets if "bias" in name)


def test_slopes_are_those_of_autograd(few):
    images, shown = digits("train")
    found = families.slopes_at(few.starts)
    for place in (0, 11):
        model = families.Perceptron()
        model.load_state_dict({name: one[place] for name, one in few.starts.items()})
        torch.nn.functional.cross_entropy(model(images.flatten(1)), shown).backward()
        for name, one in model.named_parameters():
            assert torch.allclose(found[name][place], one.grad, atol=1e-5), name


@pytest.mark.parametrize("name", MADE)
def test_masks_keep_one_weight_in_twenty(few, name):
    generator = torch.Generator().manual_seed(0)
    if name in masks.MASKS:
        found = {"": masks.MASKS[name](few, few[:6], generator)}
    else:
        found = masks.ways(masks.SCORES[name](few), few[:6], generator)
    for way, one in found.items():
        for place in range(12):
            wanted = 4000 if name == "all weights" else 200
            assert kept(one, place) == pytest.approx(wanted, abs=0 if way == "overall" else 2), way
        assert all(set(part.unique().tolist()) <= {0.0, 1.0} for part in one.values())


def test_masks_by_chance_have_the_shares_of_tickets():
    """Of a family in which tickets keep but one pixel, one hidden unit in two and two classes."""
    one = families.family(40, steps=1)
    chosen = {name: torch.zeros_like(part) if part.dim() > 2 else part for name, part in one.tickets.items()}
    chosen["first.weight"][:, :, 7] = 1
    chosen["second.weight"][:, ::2] = 1
    chosen["last.weight"][:, [2, 5]] = 1
    made = families.Family(one.starts, one.drawn, chosen)
    found = masks.MASKS["random, by layer and pixel"](made, made, torch.Generator().manual_seed(0))
    for name in ("first.weight", "last.weight"):
        assert found[name].equal(chosen[name])
    assert found["second.weight"].mean() == pytest.approx(0.5)
    assert found["second.weight"].mean(0).std() < 0.12  # of no unit more than of others: 0.08 by chance
    shared = masks.MASKS["random, by layer"](made, made, torch.Generator().manual_seed(0))
    assert shared["first.weight"].sum((1, 2)).eq(48).all()
    assert shared["first.weight"][:, :, 7].mean() < 0.1


def test_no_mask_but_the_ticket_looks_at_a_networks_own_ticket(few):
    other = families.Family(few.starts, few.drawn, {name: 1 - one for name, one in few.tickets.items()})
    for name in MADE:
        made = [
            masks.MASKS[name](some, few[:6], torch.Generator().manual_seed(0))
            if name in masks.MASKS
            else masks.SCORES[name](some)
            for some in (few, other)
        ]
        same = all(made[0][weight].equal(made[1][weight]) for weight in WEIGHTS)
        assert same == (name != "ticket"), name


@pytest.mark.parametrize("name", [*readers.KINDS, "each weight alone"])
def test_masks_go_with_the_order_of_units(few, name):
    """A network in another order has the same scores in that order; they differ from one network to the next."""
    found = readers.spec_of()
    chosen = orders(found, 12, torch.Generator().manual_seed(0))
    other = families.Family(*(reordered(found, one, chosen) for one in (few.starts, {}, few.tickets)))
    other = families.Family(other.starts, few.drawn, other.tickets)
    made = readers.reader(name, few)
    torch.manual_seed(0)
    model = made.make().eval()
    with torch.no_grad():
        plain, moved = (made.states(model(*made.tensors(one))) for one in (few, other))
    for weight, one in reordered(found, plain, chosen).items():
        assert torch.allclose(one, moved[weight], atol=1e-4), weight
    assert plain["first.weight"].std(0).mean() > 1e-3
    assert not plain["first.weight"].allclose(moved["first.weight"], atol=1e-2)


@pytest.mark.parametrize("name", ALL)
def test_what_is_wanted_comes_back_as_masks(few, name):
    made = readers.reader(name, few)
    back = made.states(made.wanted(few.tickets))
    assert all(back[weight].equal(few.tickets[weight]) for weight in WEIGHTS)


def test_networks_and_masks_are_moved_alike(few):
    made = readers.reader("MLP, moved", few)
    given = tuple(few.starts.values())
    moved, wanted = made.moved(given, given, torch.Generator().manual_seed(0))
    assert all(one.equal(other) for one, other in zip(moved, wanted, strict=True))
    assert not moved[0].equal(given[0])
    assert moved[0].flatten(1).sort().values.equal(given[0].flatten(1).sort().values)


def test_overlap_by_hand():
    one = {"a.weight": torch.tensor([[[1.0, 0, 1]], [[0, 0, 1.0]]]), "a.bias": torch.ones(2, 4)}
    other = {"a.weight": torch.tensor([[[1.0, 1, 0]], [[0, 1.0, 0]]]), "a.bias": torch.ones(2, 4)}
    assert masks.overlap(one, other).tolist() == [0.5, 0.0]


def test_networks_are_in_one_part_alone(small):
    parts = tickets.split()
    assert [len(one) for one in parts] == [6, 3, 3]
    rows = torch.cat([one.starts["first.weight"].flatten(1) for one in parts])
    assert len(rows.unique(dim=0)) == 12


def test_ways_and_readers_are_chosen_by_validation(monkeypatch, few):
    """The way that is better for the networks of validation, be it worse for those of the test."""
    told = {("validation", 1.0): 0.6, ("validation", 0.0): 0.4, ("test", 1.0): 0.1, ("test", 0.0): 0.9}

    def measured(some, mask, kind, **more):
        return torch.full((len(some),), told[kind, float(mask["first.weight"][0, 0, 0])])

    monkeypatch.setattr(tickets, "measured", measured)
    ones = {name: torch.ones_like(one) for name, one in few.starts.items()}
    choices = {"kept": ones, "cut": {name: 0 * one for name, one in ones.items()}}
    context = tickets.Context(0, torch.device("cpu"))
    found = tickets._reached([few, few, few], [choices, choices], context)
    assert (found["way"], found["metrics"]["accuracy"]) == ("kept", pytest.approx(0.1))
    names = (*tickets.BEFORE, *ALL, *tickets.GIVEN)
    done = [
        {
            "name": name,
            "seed": 0,
            "wall_s": 1.0,
            "way": "",
            "networks": [0.1 * place, 0.1 * place + 0.02],
            "metrics": {"accuracy": 0.1 * place, "accuracy, validation": -place, "overlap": 0.0},
        }
        for place, name in enumerate(names)
    ]
    bars = tickets.report(Setting(), done).bars
    first = 0.1 * names.index(next(iter(readers.KINDS)))
    others = [
        max(0.1 * names.index(name) for name in own)
        for own in (masks.BLIND, *([x] for x in masks.SCORES), readers.OTHERS)
    ]
    assert [bar.value for bar in bars] == pytest.approx([first - one for one in others])


def test_a_short_run_has_every_row_and_gives_the_same_again(small, tmp_path):
    record = run("tickets", Setting(options={"steps": 2}), out=tmp_path)
    assert [row[0] for row in record["rows"]] == [*tickets.BEFORE, *ALL, *tickets.GIVEN]
    assert (tmp_path / "tickets.png").stat().st_size > 10_000
    (tmp_path / "tickets" / "HNP-0.json").unlink()
    again = run("tickets", Setting(options={"steps": 2}), out=tmp_path, resume=True)
    assert [row[2:6] for row in again["rows"]] == [row[2:6] for row in record["rows"]]
