"""Clouds of points: they lie on their surfaces, and a network under O(3) does not see how they are turned."""

import os

import pytest
import torch

from symshare.experiments.harness.jobs import Setting
from symshare.experiments.harness.running import run
from symshare.experiments.harness.training import Context
from symshare.experiments.points import clouds as made
from symshare.experiments.points import experiment as points

DEVICE = os.environ.get("SYMSHARE_DEVICE", "cuda")
EQUATIONS = {
    "sphere": lambda x, y, z: x * x + y * y + z * z - 1,
    "ellipsoid": lambda x, y, z: x * x + (y / 0.7) ** 2 + (z / 0.45) ** 2 - 1,
    "cylinder": lambda x, y, z: x * x + y * y - 1,
    "cone": lambda x, y, z: (x * x + y * y).sqrt() - (1 - z / 2),
    "torus": lambda x, y, z: ((x * x + y * y).sqrt() - 1) ** 2 + z * z - 0.16,
    "cube": lambda x, y, z: torch.stack([x, y, z]).abs().amax(0) - 1,
    "saddle": lambda x, y, z: x * x - y * y - z,
    "helicoid": lambda x, y, z: x * (3 * (z + 1)).sin() - y * (3 * (z + 1)).cos(),
}


@pytest.mark.parametrize("name", made.SURFACES)
def test_points_lie_on_their_surface_and_all_over_it(name):
    u, v = torch.rand(2, 4000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = made.SURFACES[name](u, v)
    assert EQUATIONS[name](*found).abs().max() < 1e-9
    assert torch.stack(found).std(1).min() > 0.2
    if name == "cube":
        sides = torch.stack([one.abs() == 1 for one in found]).double().mean(1)
        assert torch.allclose(sides, torch.full((3,), 1 / 3, dtype=torch.float64), atol=0.05)
    if name == "sphere":
        assert torch.allclose(
            torch.stack(found).square().mean(1), torch.full((3,), 1 / 3, dtype=torch.float64), atol=0.02
        )


@pytest.mark.parametrize("turned", [False, True])
def test_clouds_have_their_centre_at_zero_and_size_one(turned):
    x, which = made.clouds(300, 50, torch.Generator().manual_seed(0), turned=turned)
    assert x.mean(1).abs().max() < 1e-5
    assert torch.allclose(x.square().sum(-1).mean(1), torch.ones(300), atol=1e-4)
    assert set(which.tolist()) == set(range(8))


def test_rotations_are_rotations_and_go_everywhere():
    q = made.rotations(2000, torch.Generator().manual_seed(0)).double()
    assert torch.allclose(q @ q.mT, torch.eye(3, dtype=torch.float64).expand_as(q), atol=1e-5)
    assert torch.allclose(torch.linalg.det(q), torch.ones(2000, dtype=torch.float64), atol=1e-5)
    assert q.mean(0).abs().max() < 0.06
    assert (q.square().mean(0) - 1 / 3).abs().max() < 0.04


def test_scores_under_o3_are_the_same_however_turned_and_ordered():
    torch.manual_seed(0)
    x, _ = made.clouds(5, 40, torch.Generator().manual_seed(0))
    x, q = x.double(), made.rotations(1, torch.Generator().manual_seed(1))[0].double()
    q = torch.linalg.qr(q)[0]
    with torch.no_grad():
        for space in (True, False):
            model = points.Spatial(space=space).double()
            wanted = model(x)
            assert torch.allclose(model(x[:, torch.randperm(40)]), wanted, atol=1e-9)
            for turn in (q, -q):
                assert torch.allclose(model(x @ turn), wanted, atol=1e-9) is space


def test_masked_clouds_are_scored_as_alone():
    torch.manual_seed(0)
    x, which, mask = points.ragged(6, torch.Generator().manual_seed(0))
    assert x.shape == (6, 512, 3)
    assert len(which) == 6
    assert mask.sum(1).min() >= 64
    assert (x[~mask] != 0).all()
    with torch.no_grad():
        for space in (True, False):
            model = points.Spatial(space=space)
            together = model(x, measure=mask)
            for one, keep, wanted in zip(x, mask, together, strict=True):
                assert torch.allclose(model(one[keep][None])[0], wanted, atol=1e-4)
            assert not torch.allclose(model(x), together, atol=1e-3)


@pytest.mark.skipif(DEVICE == "cuda" and not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("name", points.NETS)
def test_jobs_run_on_a_device_and_find_the_same(monkeypatch, name):
    monkeypatch.setattr(points, "TESTED", (64,))
    monkeypatch.setattr(points, "TESTS", 50)
    found = [points._trained(name, 3, Context(0, torch.device(one))) for one in ("cpu", DEVICE)]
    losses = [one["fitted"]["curve"][-1][1] for one in found]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert found[1]["metrics"]["ragged alone"] < 1e-3


def test_a_short_run_has_every_row_and_learns(monkeypatch, tmp_path):
    monkeypatch.setattr(points, "TESTED", (64, 128))
    monkeypatch.setattr(points, "TESTS", 100)
    record = run("points", Setting(seeds=1, options={"steps": 90}), out=tmp_path)
    jobs = {job["name"]: job["metrics"] for job in record["jobs"]}
    assert jobs["O(3)"]["128 turned"] > 0.2
    assert abs(jobs["O(3)"]["128 turned"] - jobs["O(3)"]["128"]) < 0.2
    assert jobs["plain"]["128"] > jobs["plain"]["128 turned"] + 0.2
    assert all(job["ragged alone"] < 1e-3 for job in jobs.values())
    assert (tmp_path / "points.png").stat().st_size > 10_000
