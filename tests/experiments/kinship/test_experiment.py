"""Completing a made-up graph whose relations follow a rule: networks learn it, trivial guesses do not."""

import json
import random

import pytest
import torch
from click.testing import CliRunner
from symshare_cli.main import main

from symshare.errors import ExperimentError, LayerFileError
from symshare.experiments.harness.checkpoints import read_state, write_state
from symshare.experiments.harness.jobs import Setting
from symshare.experiments.harness.running import run
from symshare.experiments.harness.training import Context, Recipe
from symshare.experiments.kinship import experiment as kinship
from symshare.experiments.kinship.predictions import load_network, predictions, write_predictions
from symshare.experiments.kinship.triples import ranks, read_triples, scores_of, table

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
        ("ComplEx with N3", 0),
        ("EinNet", 1),
        ("EinNet for relations", 1),
        ("ComplEx with N3", 1),
    ]


def small(path, number=14):
    """A folder with a graph of few entities, as `folder` has it."""
    rng = random.Random(1)
    pairs = [(one, two) for one in range(number) for two in range(number)]
    rng.shuffle(pairs)
    lines = [f"p{one}\tr{one % 2}{two % 2}\tp{two}\n" for one, two in pairs]
    for part, start, end in (("train", 0, 110), ("valid", 110, 130), ("test", 130, 150)):
        (path / f"{part}.txt").write_text("".join(lines[start:end]))
    return path


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A run on a small graph of the user's, the sentences that it said, and its folders."""
    data, out, said = small(tmp_path_factory.mktemp("data")), tmp_path_factory.mktemp("out"), []
    setting = Setting(seeds=2, options={"data": data, "steps": 24})
    return run("kinship", setting, out=out, say=said.append), said, data, out


def metrics(record):
    return [(job["name"], job["seed"], job["metrics"], job.get("fitted", {}).get("curve")) for job in record["jobs"]]


def test_duplicate_lines_change_nothing_and_are_said(done, tmp_path):
    record, _, data, _ = done
    for part in ("train", "valid", "test"):
        text = (data / f"{part}.txt").read_text()
        (tmp_path / f"{part}.txt").write_text(text * 4 if part == "train" else text + text[: text.index("\n") + 1])
    said = []
    setting = Setting(seeds=2, options={"data": tmp_path, "steps": 24})
    again = run("kinship", setting, out=tmp_path / "out", say=said.append)
    numbers = [
        (name, seed, {key: value for key, value in found.items() if "repeated" not in key}, curve)
        for name, seed, found, curve in metrics(again)
    ]
    assert numbers == [
        (name, seed, {key: value for key, value in found.items() if "repeated" not in key}, curve)
        for name, seed, found, curve in metrics(record)
    ]
    assert any(text.startswith("train.txt: 330 lines repeat another one") for text in said)
    assert any(text.startswith("valid.txt: 1 line repeats another one") for text in said)


def test_what_was_read_is_said_and_recorded(done):
    record, said, _, _ = done
    assert len(said) == 1
    assert "14 entities, 4 relations; triples: 110 in train.txt, 20 in valid.txt, 20 in test.txt" in said[0]
    assert record["notes"][0] == said[0]
    counted = record["jobs"][0]["metrics"]
    assert (counted["entities"], counted["relations"], counted["unseen_entities"]) == (14, 4, 0)
    assert [counted[f"{part}_triples"] for part in ("train", "valid", "test")] == [110, 20, 20]
    assert record["bars"] == []


@pytest.mark.parametrize(("entities", "first"), [(14, 7), (24, 12), (120, 50)])
def test_small_graphs_are_validated_early(entities, first, tmp_path):
    """A network soon knows few entities by heart; on large graphs a validation takes longer."""
    lines = "".join(f"p{one}\tr\tp{(one + 1) % entities}\n" for one in range(entities))
    for part in ("train", "valid", "test"):
        (tmp_path / f"{part}.txt").write_text(lines)
    made = kinship.jobs(Setting(seeds=1, options={"data": tmp_path}))
    (recipe,) = [one for one in next(job for job in made if job.name == "EinNet").work.args if isinstance(one, Recipe)]
    assert recipe.every == first


def test_validation_is_told_as_tests_are_ranked_once_the_step_is_chosen(done):
    """Ranked again by hand: what is right in test is left out, train alone is given; nothing was chosen by it."""
    record, _, data, out = done
    graph = read_triples(data)
    job = next(job for job in record["jobs"] if job["name"] == "EinNet")
    trained = load_network(out / "kinship" / "EinNet-0.safetensors")
    tails, heads = trained.scores(graph.train)
    known, given = table(graph.everything, graph), table(torch.cat([graph.train, graph.valid]), graph)
    assert job["metrics"]["valid_mrr"] == pytest.approx(scores_of(ranks(tails, heads, graph.valid, known))["mrr"])
    chosen = 1 - scores_of(ranks(tails, heads, graph.valid, given))["mrr"]
    assert job["fitted"]["best"] == pytest.approx(chosen)
    assert job["metrics"]["valid_mrr"] >= 1 - job["fitted"]["best"]


def test_the_picture_says_why_validation_looks_low(done):
    figure = kinship.plot(done[0])
    words = figure.axes[1].get_title() + figure.axes[1].get_xlabel()
    assert "test.txt count as wrong" in words
    assert "dots" in words
    plain = json.loads(json.dumps(done[0]))
    for job in plain["jobs"]:
        job["metrics"].pop("valid_mrr", None)  # as of an older record
    assert kinship.plot(plain).axes


def test_the_learned_baseline_is_a_row_of_the_table(done):
    record, _, _, _ = done
    rows = {row[0]: row[1:] for row in record["rows"]}
    found = [job["metrics"] for job in record["jobs"] if job["name"] == "ComplEx with N3"]
    for row, key in (("ComplEx with N3", "mrr"), ("ComplEx with N3, given train only", "train_only_mrr")):
        mean = sum(one[key] for one in found) / len(found)
        assert float(rows[row][0].partition(" ")[0]) == pytest.approx(mean, rel=1e-3)
    assert list(rows).index("ComplEx with N3") < list(rows).index("EinNet, given train only")


def test_the_network_is_loaded_with_the_names_of_its_data(done):
    """And gives the numbers of the record."""
    record, _, data, out = done
    graph = read_triples(data)
    for seed in (0, 1):
        trained = load_network(out / "kinship" / f"EinNet-{seed}.safetensors")
        assert (trained.entities, trained.relations) == (graph.entities, graph.relations)
        tails, heads = trained.scores(torch.cat([graph.train, graph.valid]))
        mrr = scores_of(ranks(tails, heads, graph.test, table(graph.everything, graph)))["mrr"]
        job = next(job for job in record["jobs"] if (job["name"], job["seed"]) == ("EinNet", seed))
        assert job["metrics"]["mrr"] == pytest.approx(mrr)


def test_what_is_no_network_is_not_loaded(done, tmp_path):
    out = done[3] / "kinship"
    with pytest.raises(ExperimentError, match="there is no file"):
        load_network(tmp_path / "none.safetensors")
    with pytest.raises(ExperimentError, match="is no network that ranks entities"):
        load_network(out / "EinNet_for_relations-0.safetensors")
    path = tmp_path / "one.safetensors"
    whole = (out / "EinNet-0.safetensors").read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ExperimentError, match="is not a checkpoint"):
        load_network(path)
    tensors, notes = read_state(out / "EinNet-0.safetensors")
    write_state(path, tensors, notes | {"done": False})
    with pytest.raises(ExperimentError, match="is not finished"):
        load_network(path)
    write_state(path, tensors, notes | {"about": notes["about"] | {"relations": ["r"]}})
    with pytest.raises(ExperimentError, match="does not fit its network"):
        load_network(path)


def test_predictions_are_ranked_as_by_a_plain_loop(done):
    """Every row beside the scores of all candidates; the test triples give the mean reciprocal rank of the record."""
    record, _, data, out = done
    graph, trained = read_triples(data), load_network(out / "kinship" / "EinNet-0.safetensors")
    rows = list(predictions(trained, graph))
    tails, heads = trained.scores(torch.cat([graph.train, graph.valid]))
    number = {name: place for place, name in enumerate(graph.entities)}
    known = {tuple(edge) for edge in graph.everything.tolist()}
    test = {tuple(edge) for edge in graph.test.tolist()}
    asked, found = {}, []
    for head, relation, tail, side, rank, score, in_test in rows:
        h, r, t = number[head], graph.relations.index(relation), number[tail]
        table_of = tails if side == "tail" else heads
        mine = table_of[h, t, r].item()
        assert float(score) == pytest.approx(mine, rel=1e-4, abs=1e-5)
        others = [(h, r, one) if side == "tail" else (one, r, t) for one in range(14)]
        rivals = [one for one in others if one not in known and one != (h, r, t)]
        assert int(rank) == 1 + sum(table_of[one[0], one[2], r].item() >= mine for one in rivals)
        assert (in_test == "yes") == ((h, r, t) in test)
        assert (h, r, t) in test or (h, r, t) not in known
        asked.setdefault((side, h if side == "tail" else t, r), []).append((h, r, t))
        found += [1 / int(rank)] if in_test == "yes" else []
    assert set(asked) == {
        (side, edge[0] if side == "tail" else edge[2], edge[1]) for edge in test for side in ("tail", "head")
    }
    assert len(found) == 2 * len(test)
    job = next(job for job in record["jobs"] if (job["name"], job["seed"]) == ("EinNet", 0))
    assert sum(found) / len(found) == pytest.approx(job["metrics"]["mrr"])


def test_predictions_are_written_and_kept(done, tmp_path):
    record, _, data, out = done
    path = tmp_path / "found.tsv"
    write_predictions(record, out, data, path)
    head, *rows = [line.split("\t") for line in path.read_text().splitlines()]
    assert head == ["head", "relation", "tail", "asked", "rank", "score", "in_test"]
    assert rows
    assert {len(row) for row in rows} == {7}
    with pytest.raises(LayerFileError, match="exists"):
        write_predictions(record, out, data, path)
    write_predictions(record, out, data, path, force=True)
    other = small(tmp_path, number=15)
    with pytest.raises(ExperimentError, match="are not those that the network has learned"):
        write_predictions(record, out, other, tmp_path / "other.tsv")


def test_more_seeds_are_added_to_a_run_on_own_data(done, tmp_path):
    record, _, data, _ = done
    options = {"data": data, "steps": 24}
    run("kinship", Setting(seeds=1, options=options), out=tmp_path)
    again = run("kinship", Setting(seeds=2, options=options), out=tmp_path, resume=True)
    assert metrics(again) == metrics(record)
    assert again["rows"] == record["rows"]


def test_predictions_from_the_command_line(done, tmp_path):
    """They need no more than a finished run, are for kinship only, and never go over another file unasked."""
    _, _, data, out = done
    path = tmp_path / "found.tsv"

    def asked(*more):
        return CliRunner().invoke(main, ["experiment", *map(str, more)])

    options = ("--data", data, "--seeds", 2, "--steps", 24, "--out", out, "--predict", path)
    first = asked("kinship", *options, "--resume")
    assert first.exit_code == 0, first.output
    assert path.read_text().startswith("head\trelation\ttail\tasked\trank\tscore\tin_test\n")
    assert "The graph was read" in first.stderr
    again = asked("kinship", *options, "--resume")
    assert again.exit_code == 2
    assert "found.tsv exists" in again.stderr
    other = asked("pinv", "--predict", path)
    assert other.exit_code == 2
    assert "--predict is for the experiment kinship" in other.stderr
    nowhere = asked("kinship", "--data", data, "--predict", tmp_path / "no" / "x.tsv", "--out", tmp_path / "out")
    assert nowhere.exit_code == 2
    assert not (tmp_path / "out").exists()
    file = asked("kinship", "--data", path, "--out", tmp_path / "out")
    assert file.exit_code == 2
    assert "is a file, not a folder" in file.stderr
