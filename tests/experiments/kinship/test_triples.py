"""Knowledge graphs: reading folders, and ranks and the counting rule beside plain loops."""

import math
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from symshare.errors import ExperimentError, TooLargeError
from symshare.experiments.harness import memory
from symshare.experiments.kinship import experiment as kinship
from symshare.experiments.kinship import triples
from symshare.experiments.kinship.reading import numbers_of, remarks_on
from symshare.experiments.kinship.triples import (
    Graph,
    counting_rule,
    ranks,
    read_triples,
    relation_ranks,
    scores_of,
    table,
)


def folder_with(path, **texts):
    """A folder of three parts, one triple each where nothing else is said."""
    for part in ("train", "valid", "test"):
        text = texts.get(part, "a\tr\tb\n")
        if text is not None:
            (path / f"{part}.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def words(graph, edges):
    return [(graph.entities[h], graph.relations[r], graph.entities[t]) for h, r, t in edges.tolist()]


@pytest.mark.parametrize(
    "text",
    [
        "ann\tmother\tbob\nbob\tson\tann\n",
        "ann mother bob\nbob son ann",
        "\n  \nann   mother  bob\r\n\n\t\nbob\tson\tann\r\n\n",
        " ann\tmother\tbob \nbob\tson\t ann\n",
    ],
)
def test_triples_are_parted_by_tabs_or_spaces_and_blank_lines_do_not_count(tmp_path, text):
    graph = read_triples(folder_with(tmp_path, train=text, valid="carl likes ann\n", test="ann likes ann\n"))
    assert graph.entities == ("ann", "bob", "carl")
    assert graph.relations == ("likes", "mother", "son")
    assert words(graph, graph.train) == [("ann", "mother", "bob"), ("bob", "son", "ann")]
    assert words(graph, graph.valid) == [("carl", "likes", "ann")]
    assert words(graph, graph.test) == [("ann", "likes", "ann")]
    assert graph.everything.tolist() == [[0, 1, 1], [1, 2, 0], [2, 0, 0], [0, 0, 0]]


def test_names_may_have_spaces_and_accents_between_tabs(tmp_path):
    graph = read_triples(folder_with(tmp_path, train="Zoë Müller\tlives in\tSão Paulo\n"))
    assert words(graph, graph.train) == [("Zoë Müller", "lives in", "São Paulo")]


@pytest.mark.parametrize(
    ("text", "place", "shown"),
    [
        ("a\tr\tb\n\na\tr\n", 3, "'a\\tr'"),
        ("a r b c\n", 1, "'a r b c'"),
        ("a\t\tb\n", 1, "'a\\t\\tb'"),
        ("a\tr\tb\tc\n", 1, "'a\\tr\\tb\\tc'"),
        ("a r b\nlonely\n", 2, "'lonely'"),
    ],
)
def test_a_wrong_line_is_named_with_its_place(tmp_path, text, place, shown):
    with pytest.raises(ExperimentError) as raised:
        read_triples(folder_with(tmp_path, valid=text))
    first, second = str(raised.value).splitlines()
    assert f"valid.txt, line {place}: {shown} is not a triple" in first
    assert "parted by tabs" in second


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_a_part_without_triples_is_refused(tmp_path, text):
    with pytest.raises(ExperimentError, match=r"test\.txt has no triple"):
        read_triples(folder_with(tmp_path, test=text))


def test_missing_files_and_folders_are_named(tmp_path):
    folder = folder_with(tmp_path, test=None)
    with pytest.raises(ExperimentError, match=r"test\.txt cannot be read: No such file"):
        read_triples(folder)
    with pytest.raises(ExperimentError, match=r"train\.txt cannot be read") as raised:
        read_triples(tmp_path / "nowhere")
    assert "a folder of triples has train.txt, valid.txt and test.txt" in str(raised.value)
    (tmp_path / "test.txt").mkdir()
    with pytest.raises(ExperimentError, match=r"test\.txt cannot be read: Is a directory"):
        read_triples(folder)


def test_what_is_not_utf8_is_refused(tmp_path):
    with pytest.raises(ExperimentError, match="it is not a text in UTF-8"):
        read_triples(folder_with(tmp_path, train="Zoë r b\n".encode("latin-1")))


def test_too_many_entities_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(triples, "MOST_ENTITIES", 3)
    assert len(read_triples(folder_with(tmp_path, train="a r b\nb r c\n")).entities) == 3
    with pytest.raises(ExperimentError, match="the graph has 4 entities, over the limit of 3"):
        read_triples(folder_with(tmp_path, train="a r b\nb r c\nc r d\n"))


def test_memory_that_there_is_not_is_refused_before_any_work():
    """20,000 entities, 128 channels, 6 layers: over 4 * 4e8 * 12 * 128 * 6 bytes, 13 TiB; 10 entities fit anywhere."""
    none = torch.zeros(0, 3, dtype=torch.long)

    def graph(number):
        return Graph(tuple(map(str, range(number))), ("r",), none, none, none)

    kinship.check_memory(graph(10), 128, 6)
    with pytest.raises(TooLargeError, match="20,000 entities need about") as raised:
        kinship.check_memory(graph(20_000), 128, 6)
    most = int(str(raised.value).split("up to ")[1].split(" ")[0].replace(",", ""))
    kinship.check_memory(graph(most), 128, 6)
    with pytest.raises(TooLargeError):
        kinship.check_memory(graph(most + 2), 128, 6)


def random_edges(seed, entities=7, kinds=3, number=40):
    """Distinct triples in a random order."""
    rng = np.random.default_rng(seed)
    every = np.array(list(product(range(entities), range(kinds), range(entities))))
    return torch.tensor(every[rng.permutation(len(every))[:number]])


def graph_of(edges, entities=7, kinds=3):
    names = tuple(map(str, range(entities)))
    return Graph(names, tuple(map(str, range(kinds))), edges, edges[:0], edges[:0])


def test_the_table_has_a_one_for_each_edge():
    edges = random_edges(0)
    found = table(torch.cat([edges, edges[:5]]), graph_of(edges))
    known = {tuple(edge) for edge in edges.tolist()}
    for h, r, t in product(range(7), range(3), range(7)):
        assert found[h, t, r] == ((h, r, t) in known)


def rank_by_hand(scores, own, right):
    """1 and how many wrong answers score as well or better; what is not a number counts against the right answer."""
    mine = scores[own]
    rivals = [score for place, score in enumerate(scores) if place != own and place not in right]
    if math.isnan(mine):
        return 1 + len(rivals)
    return 1 + sum(score >= mine or math.isnan(score) for score in rivals)


@pytest.mark.parametrize("levels", [None, 3, 1])
def test_filtered_ranks_are_those_of_a_plain_loop(levels):
    """With few levels of scores there are many ties."""
    edges = random_edges(1)
    known = {tuple(edge) for edge in edges.tolist()}
    generator = torch.Generator().manual_seed(0)
    tails, heads = (torch.randn(7, 7, 3, generator=generator) for _ in range(2))
    if levels is not None:
        tails, heads = (torch.randint(levels, (7, 7, 3), generator=generator).float() for _ in range(2))
    found = ranks(tails, heads, edges[:15], table(edges, graph_of(edges)))
    for place, (h, r, t) in enumerate(edges[:15].tolist()):
        right = {one for one in range(7) if (h, r, one) in known}
        assert found[0, place] == rank_by_hand(tails[h, :, r].tolist(), t, right)
        right = {one for one in range(7) if (one, r, t) in known}
        assert found[1, place] == rank_by_hand(heads[:, t, r].tolist(), h, right)
    relations = relation_ranks(tails, edges[:15], table(edges, graph_of(edges)))
    for place, (h, r, t) in enumerate(edges[:15].tolist()):
        right = {one for one in range(3) if (h, one, t) in known}
        assert relations[place] == rank_by_hand(tails[h, t].tolist(), r, right)


def test_ranks_by_hand():
    """Tails of 0 under the only relation: 1 is right, 2 is right too and left out, 3 ties, 4 is better, 0 is worse."""
    edges = torch.tensor([[0, 0, 1], [0, 0, 2]])
    known = table(edges, graph_of(edges, 5, 1))
    scores = torch.zeros(5, 5, 1)
    scores[0, :, 0] = torch.tensor([-1.0, 2.0, 9.0, 2.0, 3.0])
    assert ranks(scores, scores, edges[:1], known)[0].tolist() == [3]
    scores[:, 1, 0] = torch.tensor([2.0, 1.0, 1.0, 1.0, 1.0])
    assert ranks(scores, scores, edges[:1], known)[1].tolist() == [1]


def test_all_scores_alike_rank_last_and_so_does_what_is_no_number():
    edges = torch.tensor([[0, 0, 1], [0, 0, 2]])
    known = table(edges, graph_of(edges, 5, 1))
    same = torch.zeros(5, 5, 1)
    assert ranks(same, same, edges, known).tolist() == [[4, 4], [5, 5]]
    none = torch.full((5, 5, 1), math.nan)
    assert ranks(none, none, edges, known).tolist() == [[4, 4], [5, 5]]
    best = same.clone()
    best[0, 1, 0] = math.nan
    assert ranks(best, same, edges[:1], known)[0].item() == 4
    rival = same - 1
    rival[0, 1, 0], rival[0, 3, 0] = 5.0, math.nan
    assert ranks(rival, same, edges[:1], known)[0].item() == 2  # nothing is known of the rival: it counts against
    assert relation_ranks(torch.full((5, 5, 4), math.nan), edges[:1], torch.zeros(5, 5, 4)).item() == 4


def test_scores_of_ranks_by_hand():
    """Ranks 1, 2, 4, 20: the mean of 1, 1/2, 1/4, 1/20 is 0.45; one, two, three of four are within 1, 3, 10."""
    found = scores_of(torch.tensor([[1, 2], [4, 20]]), "x_")
    assert found == {"x_mrr": pytest.approx(0.45), "x_hits1": 0.25, "x_hits3": 0.5, "x_hits10": 0.75}


def counted_by_hand(edges, entities, kinds, weight):
    """The counting rule in plain loops."""
    known = {tuple(edge) for edge in edges.tolist()}
    everyone, all_kinds = range(entities), range(kinds)
    often = [1 + sum(edge[1] == r for edge in known) for r in all_kinds]
    prior = [math.log(number / sum(often)) for number in often]

    def logs(pairs):
        """log p(r | a key) for pairs of key and relation, with the prior counted once."""
        tally = {}
        for key, r in pairs:
            tally.setdefault(key, [math.exp(p) for p in prior])[r] += 1
        return lambda key: [
            math.log(one / sum(tally.get(key, [1.0]))) if key in tally else prior[r]
            for r, one in enumerate(tally.get(key, prior))
        ]

    inverse = logs((s, r) for h, r, t in known for s in all_kinds if (t, s, h) in known)
    paths = logs(
        ((one, two), r)
        for h, r, t in known
        for middle in everyone
        for one in all_kinds
        for two in all_kinds
        if (h, one, middle) in known and (middle, two, t) in known
    )
    found = np.zeros((entities, entities, kinds))
    for h, t, r in product(everyone, everyone, all_kinds):
        backwards = [s for s in all_kinds if (t, s, h) in known]
        score = sum(inverse(s)[r] for s in backwards) if backwards else prior[r]
        for middle, one, two in product(everyone, all_kinds, all_kinds):
            if (h, one, middle) in known and (middle, two, t) in known:
                score += weight * (paths((one, two))[r] - prior[r])
        found[h, t, r] = score
    return found


@pytest.mark.parametrize("weight", [0.0, 0.05, 0.2])
@pytest.mark.parametrize("seed", [2, 3])
def test_the_counting_rule_is_that_of_a_plain_loop(weight, seed):
    edges = random_edges(seed, entities=5, kinds=3, number=18)
    base, evidence = counting_rule(table(edges, graph_of(edges, 5, 3)))
    assert np.allclose((base + weight * evidence).numpy(), counted_by_hand(edges, 5, 3, weight), rtol=1e-5, atol=1e-5)
    alone, nothing = counting_rule(table(edges, graph_of(edges, 5, 3)), paths=False)
    assert torch.equal(alone, base)
    assert not nothing.any()


def test_the_counting_rule_names_the_inverse():
    """Who is a parent's child: after ten pairs of parent and child, the missing half of an eleventh is plain."""
    pairs = [edge for one in range(0, 20, 2) for edge in ([one, 0, one + 1], [one + 1, 1, one])]
    edges = torch.tensor([*pairs, [20, 0, 21]])
    scores, _ = counting_rule(table(edges, graph_of(edges, 22, 2)))
    scores = scores.masked_fill(table(edges, graph_of(edges, 22, 2)).sum(2, keepdim=True) > 0, -1e9)
    assert scores[21, 20, 1] > scores[21, 20, 0]
    assert scores[:, 20, 1].argmax() == 21


def test_a_byte_order_mark_and_odd_line_separators_are_no_part_of_the_lines(tmp_path):
    for part in ("train", "valid", "test"):
        (tmp_path / f"{part}.txt").write_bytes(b"\xef\xbb\xbfa\tis\x0con\tb\r\n\r\nb\tis\xe2\x80\xa8on\ta\r\n")
    graph = read_triples(tmp_path)
    assert graph.entities == ("a", "b")
    assert graph.relations == ("is\x0con", "is\u2028on")


def test_a_file_in_the_place_of_a_folder_has_an_error_of_its_own(tmp_path):
    path = tmp_path / "triples.txt"
    path.write_text("a r b\n")
    with pytest.raises(ExperimentError, match=r"triples\.txt is a file, not a folder") as raised:
        read_triples(path)
    assert "train.txt, valid.txt and test.txt" in str(raised.value).splitlines()[1]


@pytest.mark.parametrize("sign", [",", ";"])
def test_commas_are_not_taken_for_parts_of_names(tmp_path, sign):
    with pytest.raises(ExperimentError, match=f"train.txt, line 2: .* is parted by '{sign}'"):
        read_triples(folder_with(tmp_path, train=f"a r b\na{sign} r{sign} b\n"))
    assert read_triples(folder_with(tmp_path, train="a,\tr,\tb\n")).relations == ("r", "r,")


TEXT = "ann\tmother\tbob\nbob\tson\tann\ncarl\tlikes\tann\n"


@pytest.mark.parametrize(
    "written",
    [
        TEXT * 4,
        "".join(line * 3 for line in TEXT.splitlines(keepends=True)),
        TEXT + "\r\n" + TEXT.replace("\n", "\r\n"),
        TEXT + TEXT.replace("\t", "  "),
        TEXT + TEXT.replace("\n", " \n"),
        "\ufeff" + TEXT + "bob\tson\tann",
    ],
)
@pytest.mark.parametrize("part", ["train", "valid", "test"])
def test_lines_that_repeat_do_not_count(tmp_path, written, part):
    one, two = tmp_path / "one", tmp_path / "two"
    for path, text in ((one, TEXT), (two, written)):
        path.mkdir()
        folder_with(path, **{part: text})
    plain, doubled = read_triples(one), read_triples(two)
    assert (plain.entities, plain.relations) == (doubled.entities, doubled.relations)
    for name in ("train", "valid", "test"):
        assert torch.equal(getattr(plain, name), getattr(doubled, name))
    number = len([line for line in written.splitlines() if line.strip()]) - 3
    assert doubled.repeated == tuple(number if name == part else 0 for name in ("train", "valid", "test"))
    said = [one for one in remarks_on(doubled) if "repeat" in one]
    assert len(said) == 1
    assert said[0].startswith(f"{part}.txt: {number} line")
    assert not any("repeat" in one for one in remarks_on(plain))


def big(number=60, seed=0):
    """Triples of 12 entities and 3 relations, none twice."""
    rng = np.random.default_rng(seed)
    every = [(f"e{h}", f"r{r}", f"e{t}") for h, r, t in product(range(12), range(3), range(12))]
    return [every[place] for place in rng.permutation(len(every))[:number]]


def written(triples):
    return "".join("\t".join(triple) + "\n" for triple in triples)


def remarks_of(path, order=(0, 1, 2), headers=(), header="head\trelation\ttail\n"):
    triples = [tuple(triple[place] for place in order) for triple in big()]
    parts = {"train": triples[:40], "valid": triples[40:50], "test": triples[50:]}
    texts = {part: (header if part in headers else "") + written(lines) for part, lines in parts.items()}
    return remarks_on(read_triples(folder_with(path, **texts)))


def test_what_was_read_is_said_in_numbers(tmp_path):
    (said,) = remarks_of(tmp_path)
    assert "12 entities, 3 relations; triples: 40 in train.txt, 10 in valid.txt, 10 in test.txt" in said
    assert "0 entities of valid.txt and test.txt not in train.txt" in said


@pytest.mark.parametrize("header", ["head\trelation\ttail\n", "source target target\n", "h\tr\tt\n"])
@pytest.mark.parametrize("headers", [("train",), ("valid",), ("test",), ("train", "valid", "test"), ("train", "test")])
def test_a_line_of_names_of_columns_is_noticed(tmp_path, headers, header):
    said = [one for one in remarks_of(tmp_path, headers=headers, header=header) if "names of columns" in one]
    assert [one.partition(".txt, line 1:")[0] for one in said] == list(headers)
    assert all(repr(word) in said[0] for word in header.split())


def test_a_first_line_whose_names_occur_elsewhere_is_none_of_names_of_columns(tmp_path):
    rare = written([("e0", "rare", "e1")])
    assert len(remarks_of(tmp_path, headers=("train",), header=rare)) == 1
    assert not any("columns" in one for one in remarks_on(read_triples(folder_with(tmp_path))))


@pytest.mark.parametrize("order", [(0, 2, 1), (1, 0, 2), (2, 0, 1), (1, 2, 0)])
def test_columns_in_another_order_are_noticed(tmp_path, order):
    said = remarks_of(tmp_path, order)
    assert any("are the columns head, relation, tail, in this order?" in one for one in said)


def test_more_relations_than_entities_are_noticed(tmp_path):
    lines = written([("a", f"r{number}", "b") for number in range(3)])
    said = remarks_on(read_triples(folder_with(tmp_path, train=lines, valid="a\tr0\ta\n", test="b\tr0\tb\n")))
    assert any("There are more relations (3) than entities (2)" in one for one in said)


def test_entities_that_training_does_not_have_are_counted(tmp_path):
    lines = written(big(30))
    graph = read_triples(folder_with(tmp_path, train=lines, valid="new\tr0\te1\n", test="e1\tr1\tother\ne1\tr2\tnew\n"))
    assert graph.unseen == 2
    assert "2 entities of valid.txt and test.txt not in train.txt" in remarks_on(graph)[0]
    assert numbers_of(graph)["unseen_entities"] == 2


def test_triples_of_valid_that_are_in_plain_sight_are_counted(tmp_path):
    lines = big(30)
    graph = read_triples(folder_with(tmp_path, train=written(lines), valid=written(lines[:3]), test=written(lines[:1])))
    assert any(one.startswith("valid.txt: 3 triples are in train.txt too") for one in remarks_on(graph))


def test_names_are_shown_without_their_escape_sequences(tmp_path):
    said = "".join(remarks_of(tmp_path, headers=("train",), header="\x1b[31mhead\trela\u202etion\ttail\n"))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\\x1b[31mhead" in said
    assert max(map(len, remarks_of(tmp_path, headers=("train",), header="h" * 5000 + "\trelation\ttail\n"))) < 300


def test_the_device_is_asked_for_its_own_memory(monkeypatch):
    """A graph that fits the memory of this machine, and not that of a small accelerator; and the other way round."""
    none = torch.zeros(0, 3, dtype=torch.long)
    graph = Graph(
        tuple(map(str, range(100))), ("r",), none, none, none
    )  # 4 * 100^2 * (12 * 128 * 6 + 6) bytes: 0.34 GiB
    asked = []

    def properties(device):
        asked.append(device)
        return SimpleNamespace(total_memory=2**28)

    monkeypatch.setattr(torch.cuda, "get_device_properties", properties)
    kinship.check_memory(graph, 128, 6, torch.device("cpu"))
    assert asked == []
    with pytest.raises(TooLargeError, match=r"80% of the 0\.2 GiB of cuda:1 may be taken") as raised:
        kinship.check_memory(graph, 128, 6, torch.device("cuda:1"))
    assert asked == [torch.device("cuda:1")]
    assert "another --device" in str(raised.value)
    assert len(str(raised.value).splitlines()) == 2
    monkeypatch.setattr(memory.os, "sysconf", lambda name: 2**13)
    with pytest.raises(TooLargeError, match=r"GiB of cpu may be taken"):
        kinship.check_memory(graph, 128, 6)
