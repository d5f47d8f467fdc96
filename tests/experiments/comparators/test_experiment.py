"""Ways to be blind to order: each is, and the functions are what they say."""

import itertools
import statistics

import pytest
import torch

from symshare.experiments.comparators import experiment as comparators
from symshare.experiments.comparators.nets import COMPARATORS, ITEMS, MOST_ITEMS, evaluations
from symshare.experiments.comparators.tasks import SCALES, TASKS, hits, targets
from symshare.experiments.harness.jobs import Setting
from symshare.experiments.harness.training import Context, Recipe


@pytest.mark.parametrize("name", COMPARATORS)
@pytest.mark.parametrize("size", [2, 4])
def test_order_does_not_matter(name, size):
    torch.manual_seed(0)
    model = COMPARATORS[name](16, 3).eval()
    items = torch.randint(ITEMS, (1, size), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        wanted = model(items)
        assert wanted.shape == (1, 3)
        for order in itertools.permutations(range(size)):
            assert torch.allclose(model(items[:, list(order)]), wanted, atol=1e-5)
        other = model(ITEMS - 1 - items)
    assert not torch.allclose(other, wanted, atol=1e-5)


@pytest.mark.parametrize("name", COMPARATORS)
def test_all_sizes_are_taken(name):
    model = COMPARATORS[name](16, 3)
    for size in (1, 3, 7, MOST_ITEMS):
        assert model(torch.zeros(2, size, dtype=torch.long)).shape == (2, 3)


def test_averaging_is_the_mean_over_all_orders():
    torch.manual_seed(0)
    model = COMPARATORS["group averaging"](16, 2)
    items = torch.tensor([[3, 1, 4]])
    blank = torch.zeros(MOST_ITEMS - 3, ITEMS + 1)
    each = []
    for order in itertools.permutations(items[0].tolist()):
        rows = [[float(kind == one) for kind in range(ITEMS)] + [one / 9] for one in order]
        each.append(model.net(torch.cat([torch.tensor(rows), blank]).flatten()))
    assert torch.allclose(model(items)[0], torch.stack(each).mean(0), atol=1e-6)
    assert [evaluations(size) for size in (1, 3, 6, 7, 12)] == [1, 6, 720, 720, 720]


def test_the_functions_are_those_of_python():
    items = comparators.drawn(200, 5, torch.Generator().manual_seed(0))
    for row, found in zip(items.tolist(), targets(items).tolist(), strict=True):
        has = set(row)
        formula = (0 in has and 1 not in has) or {2, 3} <= has or not has & {4, 5}
        wanted = (
            sum(row),
            max(row),
            statistics.pvariance(row),
            len(has),
            sorted(row)[-2],
            statistics.median(row),
            formula,
        )
        assert found == pytest.approx([float(one) for one in wanted], abs=1e-5)
    even = comparators.drawn(50, 4, torch.Generator().manual_seed(1))
    assert targets(even)[:, TASKS.index("median")].tolist() == [statistics.median(row) for row in even.tolist()]


def test_hits_are_shares():
    items = comparators.drawn(40, 4, torch.Generator().manual_seed(0))
    right = targets(items) / torch.tensor(SCALES)
    assert hits(right, items).tolist() == [1.0] * len(TASKS)
    wrong = right.clone()
    wrong[:10] += 2
    assert hits(wrong, items).tolist() == [0.75] * len(TASKS)


@pytest.mark.parametrize("name", COMPARATORS)
def test_a_short_training_learns_something(name):
    found = comparators._trained(name, Recipe(30, rate=3e-3, warm=5, every=10), Context(0, torch.device("cpu")))
    losses = [loss for _, loss, _ in found["fitted"]["curve"]]
    assert losses[-1] < losses[0]
    assert set(found["metrics"]) == {f"{task} {size}" for task in (*TASKS, "mean") for size in (4, 8)}


def test_a_report_says_who_is_best():
    done = [
        {"name": name, "parameters": 5, "wall_s": float(place + 1), "metrics": {}}
        for place, name in enumerate(COMPARATORS)
    ]
    for place, job in enumerate(done):
        for task, size in itertools.product((*TASKS, "mean"), (4, 8)):
            job["metrics"][f"{task} {size}"] = (place if size == 4 else 6 - place) / 10
    found = comparators.report(Setting(), done)
    assert "At a size that is trained on transformer is right most often (0.60)" in found.notes[0]
    assert "At a size that is not, group averaging is right most often (0.60)" in found.notes[0]
    assert len(found.rows) == len(COMPARATORS)
    assert {len(row) for row in found.rows} == {len(found.columns)}
