import numpy as np
import torch

from symshare import derive, emit
from symshare.experiments import demo
from symshare.nn import load


def test_the_data_are_the_published_ones():
    """Davis et al. 1941: 18 women, 14 events, 89 attendances; Zachary 1977: 34 members, 78 ties."""
    women, club = demo.attendances(), demo.friendships()
    assert women.shape == (18, 14)
    assert women.sum() == 89
    assert club.shape == (34, 34)
    assert int((club > 0).sum()) == 2 * 78
    assert torch.equal(club, club.T)


def test_the_score_is_the_area_under_the_curve():
    probability, truth = torch.tensor([0.9, 0.4, 0.4, 0.1]), torch.tensor([1.0, 1.0, 0.0, 0.0])
    area, loss = demo._score(probability, truth)
    assert area == (2 + 1.5) / 4
    assert np.isclose(loss, -np.log([0.9, 0.4, 0.6, 0.9]).mean(), atol=1e-6)


def test_training_beats_row_and_column_means_and_repeats():
    """A low-rank table has structure that means of rows and columns do not see: two groups of rows, two of columns."""
    torch.manual_seed(0)
    rows, columns = torch.arange(18) % 2, torch.arange(14) % 2
    table = (rows[:, None] == columns).float()
    pooled = load(emit(derive("abH", 3).only(demo.POOLING)))
    readout = load(emit(derive("abH", 1)))
    split = demo.train(pooled, readout, table, seed=0, steps=120)
    again = demo.train(pooled, readout, table, seed=0, steps=120)
    best = max(split.scores[name][0] for name in split.scores if name != "derived layers")
    assert split.scores["derived layers"][0] > 0.95 > best
    assert torch.equal(split.probabilities, again.probabilities)


def test_the_demo_writes_its_files(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "SPLITS", 1)
    monkeypatch.setattr(demo, "STEPS", 2)
    said = []
    demo.run(tmp_path, echo=said.append)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"women.py", "women_readout.py", "club.py", "patterns.png", "hidden_attendances.png"}
    assert any("equivariance error" in line for line in said)
