"""Completing a made-up graph whose relations follow a rule: networks learn it, trivial guesses do not."""

import random

import pytest
import torch

from symshare.experiments import kinship
from symshare.experiments.running import Setting
from symshare.experiments.training import Context, Recipe
from symshare.experiments.triples import ranks, read_triples, scores_of, table

PEOPLE, SECTIONS = 24, 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """People in four sections; the relation of two of them is that of their sections. 360 of 552 pairs are known."""
    path = tmp_path_factory.mktemp("sections")
    pairs = [(one, two) for one in range(PEOPLE) for two in range(PEOPLE) if one != two]
    random.Random(0).shuffle(pairs)
    lines = [f"p{one}\tr{one % SECTIONS}{two % SECTIONS}\tp{two}\n" for one, two in pairs]
    for part, start, end in (("train", 0, 260), ("valid", 260, 310), ("test", 310, 360)):
        (path / f"{part}.txt").write_text("".join(lines[start:end]))
    return path


@pytest.fixture(scope="module")
def graph(folder):
    return read_triples(folder)


RECIPE = Recipe(40, rate=1e-2, decay=1e-4, warm=5, every=10)


def seeded(train, graph, seed=0):
    torch.manual_seed(seed)
    return train(graph, RECIPE, (16, 8, 2), Context(seed, torch.device("cpu")))


def test_the_rank_of_right_answers_beats_a_random_guess_by_far(graph):
    """Six people of a section are alike, so the best that can be had is far from one; random scores reach 0.3."""
    found = seeded(kinship._entities, graph)
    generator = torch.Generator().manual_seed(0)
    guess = torch.rand(PEOPLE, PEOPLE, len(graph.relations), generator=generator)
    chance = scores_of(ranks(guess, guess, graph.test, table(graph.everything, graph)))["mrr"]
    assert chance < 0.35
    assert found["metrics"]["mrr"] > chance + 0.25
    assert found["metrics"]["train_only_mrr"] > chance + 0.25
    again = seeded(kinship._entities, graph)
    assert again["metrics"] == found["metrics"]
    assert again["fitted"]["curve"] == found["fitted"]["curve"]


def test_the_relation_of_a_pair_is_found_by_the_rule(graph):
    """The most common of 16 relations is right for few pairs; the rule says all of them."""
    found = seeded(kinship._relations, graph)["metrics"]
    counted = kinship._counting(graph, Context(0, torch.device("cpu")))["metrics"]
    assert counted["majority_accuracy"] < 0.2
    assert found["relation_accuracy"] > 0.9
    assert found["relation_mrr"] >= found["relation_accuracy"]
    assert (counted["test_pairs_empty"], counted["most_relations_of_a_pair"]) == (1.0, 1.0)


def test_a_tenth_of_the_edges_is_hidden():
    edges = torch.arange(60).reshape(20, 3)
    shown, hidden = kinship._split(edges, torch.Generator().manual_seed(0))
    assert (len(shown), len(hidden)) == (18, 2)
    assert sorted(torch.cat([shown, hidden]).tolist()) == edges.tolist()
    assert len(kinship._split(edges[:3], torch.Generator())[1]) == 1


def test_other_right_answers_do_not_count_in_the_loss():
    """Of four answers with logits 0, the first is asked for and the second right as well: log 3."""
    logits, true = torch.zeros(1, 4), torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    assert kinship._entropy(logits, true, torch.tensor([0])).item() == pytest.approx(1.0986123)
    assert true.tolist() == [[1, 1, 0, 0]]


def test_jobs_take_a_folder_of_the_users(folder):
    made = kinship.jobs(Setting(seeds=2, options={"data": folder, "steps": 8}))
    assert [(job.name, job.seed) for job in made] == [
        ("counting", 0),
        ("EinNet", 0),
        ("EinNet for relations", 0),
        ("EinNet", 1),
        ("EinNet for relations", 1),
    ]
