"""The network for the circle commutes with everything that leaves powers alone."""

import pytest
import torch

from symshare.experiments.spectrum.circle import Circle


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Circle(kmax=6, wanted=3, width=8, rounds=3).double()


def samples(sets=4, points=15):
    generator = torch.Generator().manual_seed(1)
    x = 2 * torch.pi * torch.rand(sets, points, generator=generator, dtype=torch.float64)
    return x, torch.randn(sets, points, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("turn", [0.1, 1.0, 3.7])
def test_turning_the_circle_changes_nothing(net, turn):
    x, y = samples()
    assert torch.allclose(net(x + turn, y), net(x, y), rtol=1e-9, atol=1e-9)


def test_reflecting_the_circle_and_permuting_the_samples_change_nothing(net):
    x, y = samples()
    order = torch.randperm(x.shape[1])
    assert torch.allclose(net(-x, y), net(x, y), rtol=1e-9, atol=1e-9)
    assert torch.allclose(net(x[:, order], y[:, order]), net(x, y), rtol=1e-9, atol=1e-9)


def test_the_samples_do_matter(net):
    x, y = samples()
    assert not torch.allclose(net(2 * x, y), net(x, y), atol=1e-3)
    assert not torch.allclose(net(x, y.flip(1)), net(x, y), atol=1e-3)


def test_masked_and_repeated_samples_are_measures(net):
    x, y = samples()
    padded = [torch.cat([one, torch.full((4, 5), 9.0, dtype=torch.float64)], 1) for one in (x, y)]
    mask = torch.cat([torch.ones(4, 15), torch.zeros(4, 5)], 1).double()
    assert torch.allclose(net(*padded, mask), net(x, y), rtol=1e-10, atol=1e-10)
    counts = torch.tensor([1, 2, 3] * 5)
    weights = (counts.double() / counts.sum()).expand(4, -1)
    repeated = [one.repeat_interleave(counts, 1) for one in (x, y)]
    assert torch.allclose(net(x, y, weights), net(*repeated), rtol=1e-10, atol=1e-10)
