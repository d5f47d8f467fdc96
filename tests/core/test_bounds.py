"""What would not end is not begun: time and memory grow with the length of what is asked, or it is refused."""

import json
import re
from random import Random

import pytest

from symshare import count
from symshare.core.algebra.matrices import from_rows, permutation
from symshare.core.groups.group import AxisGroup
from tests.core.algebra.drawn import PRIMES
from tests.limited import limited, within_bounds

LONG = 400_000
CYCLES = {
    "empty cycles": "( ) " * (LONG // 4) + "x",
    "spaces in a cycle": "(" + " " * LONG + "x)",
    "spaces before": " " * LONG + "x",
    "spaces after a value": "(0" + " " * LONG + "x)",
    "commas": "(0" + ", " * (LONG // 2) + "x)",
    "values": "(" + "0 " * (LONG // 2) + "x)",
    "digits": "(" + "1" * LONG + ")",
    "open brackets": "(" * LONG,
    "nothing in cycles": "()" * (LONG // 2),
}


def read(folder, name, text):
    """The first line of the error that a file of generators gives, read under a limit."""
    (folder / name).write_text(text)
    done = limited(["count", "-s", "t", "-k", "0", "--generators", name], folder)
    assert within_bounds(done), done
    assert "Traceback" not in done.err
    return done


@pytest.mark.parametrize("text", CYCLES.values(), ids=CYCLES)
def test_cycles_are_read_in_time_that_grows_with_their_length(tmp_path, text):
    done = read(tmp_path, "group.json", json.dumps({"generator": [{"t": text}], "sizes": {"t": 2}}))
    if text.startswith("()"):
        assert done.code == 0
    else:
        assert done.code == 2
        assert "is not written in cycles" in done.err


@pytest.mark.parametrize("text", ["a." * 100_000 + "b = 1", "[" + "a." * 100_000 + "b]", "'a.' . " * 100_000 + "b = 1"])
def test_keys_of_many_parts_are_refused_unread(tmp_path, text):
    done = read(tmp_path, "group.toml", text)
    assert done.code == 2
    assert "over 8 parts" in done.err


def test_text_with_many_dots_is_no_key(tmp_path):
    done = read(tmp_path, "group.toml", f'# {". " * 50}\nname = "{"..." * 50}"\n[[generator]]\nt = [1, 0]\n')
    assert done.code == 0


def test_a_matrix_of_many_roots_is_refused_with_their_number(tmp_path):
    rows = [[f"sqrt({prime})" for prime in PRIMES[at : at + 4]] for at in range(0, 16, 4)]
    done = read(tmp_path, "group.json", json.dumps({"generator": [{"t": rows}]}))
    assert done.code == 2
    assert "16 independent square roots" in done.err


def random_rows(size, seed, below=4):
    random = Random(seed)
    return [[f"{random.randint(-5, 5)}/{random.randint(1, below)}" for _ in range(size)] for _ in range(size)]


@pytest.mark.parametrize(
    "generators",
    {
        "3 rows": [random_rows(3, 1), random_rows(3, 2)],
        "6 rows": [random_rows(6, 1), random_rows(6, 2)],
        "54 rows": [random_rows(54, 1), random_rows(54, 2)],
        "a root": [[["sqrt(2)", 1], [1, 0]], [["1/2", 0], [1, 1]]],
        "upper triangular": [[[1, 1, 0], [0, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 1, 1], [0, 0, 1]]],
        "100 whole numbers": [random_rows(100, 3, below=1)],
    }.items(),
    ids=lambda one: one[0],
)
def test_an_infinite_group_of_matrices_is_seen_to_be_one(tmp_path, generators):
    content = {"generator": [{"t": rows} for rows in generators[1]]}
    (tmp_path / "group.json").write_text(json.dumps(content))
    done = limited(["count", "-s", "t->t", "-k", "1", "--generators", "group.json"], tmp_path)
    assert within_bounds(done), done
    assert done.code == 2
    assert "is not known from characters" in done.err


def test_a_finite_group_of_long_rationals_is_closed():
    """The dihedral group of 27 on two rings of 27, in another basis: as many maps as orbits on pairs."""
    size, random = 54, Random(5)
    base = [[int(row == column) for column in range(size)] for row in range(size)]
    for _ in range(300):
        one, other = random.sample(range(size), 2)
        base[one] = [a + random.choice([-1, 1]) * b for a, b in zip(base[one], base[other], strict=True)]
    change = from_rows(base)
    turn = permutation([(at + 1) % 27 if at < 27 else 27 + (at - 28) % 27 for at in range(size)])
    flip = permutation([(at + 27) % size for at in range(size)])
    moved = [change @ one @ change.inverse() for one in (turn, flip)]
    group = AxisGroup("rings", size, tuple(moved), tie="rings")
    assert count("t->t", 1, axes={"t": group}) == 54


REFUSED = {
    "-s r->r -k 1 --generators hundred.json": r"9,9\d\d unknowns fill up .* 99,\d\d\d,\d\d\d numbers",
    "-s tt -k 3 --ordered --certify --axis t=SU(2)": "3,584 terms of one order",
    "-s ab,bc->ab,bc -k 2 --axis c=D(100)": "5,002 constant tensors",
    "-s r-> -k 22 --generators s3.json": "4,194,304 places",
    "-s ar-> -k 12 --generators s3.json": "683 constant tensors",
    "-s bc->bc -k 2 --axis b=D(60)": "1,802 constant tensors",
}
ANSWERED = [
    "-s r->r -k 6 --axis r=SU(3) --certify",
    "-s aH,tt -k 2 --axis a=SO(3) --axis t=D(4) --certify",
    "-s tt -k 2 --axis t=SU(2) --certify",
    "-s r-> -k 14 --generators s3.json --certify",
    "-s bc->bc -k 2 --axis b=D(40) --certify",
    "-s bc->bc -k 2 --axis b=C(20) --certify",
    "-s rH->H -k 10 --generators s3.json --certify",
    "-s rH->rH -k 8 --generators s3.json --certify",
]


@pytest.fixture
def groups(tmp_path):
    s3 = [{"r": [[-1, 1], [-1, 0]]}, {"r": [[0, 1], [1, 0]]}]
    (tmp_path / "s3.json").write_text(json.dumps({"generator": s3}))
    (tmp_path / "hundred.json").write_text(json.dumps({"generator": [{"r": random_rows(100, 3, below=1)}]}))
    return tmp_path


@pytest.mark.parametrize(("options", "problem"), REFUSED.items())
def test_what_would_not_end_is_refused_at_once_with_its_number(groups, options, problem):
    done = limited(["derive", *options.split()], groups)
    assert within_bounds(done), done
    assert done.code == 2
    assert re.search(problem, done.err), done.err
    assert len(done.err.strip().splitlines()) <= 3
    assert done.seconds < 5


@pytest.mark.parametrize("options", ANSWERED)
def test_what_ends_is_answered(groups, options):
    done = limited(["derive", *options.split()], groups)
    assert within_bounds(done), done
    assert done.code == 0, done.err
    assert "certificate holds" in done.out


def test_equations_that_nobody_reads_are_refused_unsolved(groups):
    done = limited(["solve", "-s", "abcde", "-k", "2", "--equations"], groups)
    assert within_bounds(done), done
    assert done.code == 2
    assert "59,049 unknowns are too many to read" in done.err
    assert done.mebibytes < 500


@pytest.mark.parametrize("options", ["aca -k 8", "aab -k 6 --depends a->b", "ab -k 14", "ab,bc,ca -k 7", "abcd -k 9"])
def test_searches_for_poolings_are_refused_soon(tmp_path, options):
    done = limited(["pools", "-s", *options.split()], tmp_path)
    assert within_bounds(done), done
    assert done.code == 2
    assert "would take over 2,000,000 steps" in done.err
    assert done.seconds < 10


@pytest.mark.parametrize("options", ["aaa -k 6", "ab -k 11", "aab -k 4 --depends a->b", "ab,bc -k 7"])
def test_searches_for_poolings_within_reach_are_answered(tmp_path, options):
    done = limited(["pools", "-s", *options.split()], tmp_path)
    assert within_bounds(done), done
    assert done.code == 0, done.err


UNSOLVED = {
    "-s a->a -k 3 --size a=110": "25,754,960 coefficients .* over 20,000,000",
    "-s tttt->tttt -k 3 --size t=40": "over 20,000,000",
    "-s a->a -k 3 --size a=81 --solver=rational": "14,884,722 equations of 7,442,361 unknowns",
    "-s cr,->r -k 3 --axis c=D(4) --axis r=B(30) --solver=numeric": "12 vectors of 9,078,630 coefficients",
}
SOLVED = [
    "-s a->a -k 3 --size a=100",
    "-s a-> -k 8 --axis a=D(26)",
    "-s a-> -k 10 --axis a=B(5) --ordered",
    "-s cr,->r -k 3 --axis c=D(4) --axis r=B(30)",
    "-s a->a -k 3 --size a=76 --solver=rational",
    "-s a->a -k 3 --size a=69 --solver=numeric",
]


@pytest.mark.parametrize(("options", "problem"), UNSOLVED.items())
def test_coefficients_that_memory_does_not_hold_are_refused_with_their_number(options, problem):
    done = limited(["solve", *options.split(), "--json"])
    assert within_bounds(done), done
    assert done.code == 2
    assert re.search(problem, done.err), done.err
    assert len(done.err.strip().splitlines()) <= 3


@pytest.mark.parametrize("options", SOLVED)
def test_as_many_coefficients_as_are_solved_for_are_held(options):
    done = limited(["solve", *options.split(), "--json"])
    assert within_bounds(done), done
    assert done.code == 0, done.err


UNCOUNTED = [
    "count -s rr->rr --axis r=SU(6) -k 16",
    "count -s r->r --axis r=SO(9) -k 1000 --ordered",
    "count -s r->r --axis r=SO(201) -k 20",
    "count -s rr->rr --axis r=Rubik -k 12",
    "derive -s r->r --axis r=SO(9) -k 1000 --ordered",
]
COUNTED = {
    "count -s rrr->rr --axis r=SU(8) -k 8": None,
    "count -s r->r --axis r=SO(9) -k 20": 10,  # odd powers of the norm times the vector
    "count -s r->r --axis r=SO(9) -k 40 --ordered": None,
    # an odd power of a value times a symmetric function of the squares of the others: sums of numbers of partitions
    "count -s r->r --axis r=B(21) -k 8": 1 + (1 + 1) + (1 + 1 + 2) + (1 + 1 + 2 + 3),
    "count -s t,r->t --axis t=Rubik --axis r=SO(7) -k 5": None,
}


@pytest.mark.parametrize("command", UNCOUNTED)
def test_counts_by_characters_are_refused_soon(command):
    done = limited(command.split())
    assert within_bounds(done), done
    assert done.code == 2, done
    assert re.search(r"characters of [\d,]+ weights would be multiplied, over 20,000,000\n|terms", done.err), done.err
    assert len(done.err.strip().splitlines()) <= 3
    assert done.mebibytes < 1536


@pytest.mark.parametrize(("command", "total"), COUNTED.items())
def test_counts_by_characters_within_reach_are_answered(command, total):
    done = limited(command.split())
    assert within_bounds(done), done
    assert done.code == 0, done.err
    if total is not None:
        assert f"{total:,}" in done.out.splitlines()[-1]


DEALT = {
    # lists below a latent axis: code, the last line
    "count -s Lh -k 26 --depends L->h --size L=1000": (2, "ask for a lower order"),
    "count -s Lhk,Lh->Lh -k 14 --depends L->h,h->k --size L=100": (2, "ask for a lower order"),
    "count -s Lh -k 12 --depends L->h --size L=1": (0, "total    890"),  # sums of numbers of partitions, up to 12
    "derive -s Lh -k 2 --depends L->h --size L=1000": (2, "raise the limit"),
    "emit -s LhH -k 2 --depends L->h --size L=1000": (0, "rank={self.rank}"),
    # factors with channels may be exchanged with signs under D(4): as many terms as on one channel at least
    "derive -s LhabH -k 2 --depends L->h --size L=12 --axis a=C(4) --axis b=D(4)": (2, "lower the order"),
    "solve -s Lh -k 1 --depends L->h --size L=10000": (2, "give smaller sizes or a lower order"),
}


@pytest.mark.parametrize(("command", "ended"), DEALT.items())
def test_lists_of_many_values_are_answered_or_refused_soon(command, ended):
    done = limited(command.split())
    assert within_bounds(done), done
    assert done.code == ended[0], done.err
    assert ended[1] in (done.err if done.code else done.out).strip().splitlines()[-1]


def test_the_series_of_molien_is_bounded_as_counts_are():
    program = "from symshare import molien_count; molien_count('rr->rr', 14, axes={'r': 'SU(6)'})"
    done = limited(program)
    assert within_bounds(done), done
    assert "weights would be multiplied" in done.err or "weights is too long" in done.err


def dense_rows(size, kind, random):
    """A matrix without zeros, of rationals or of rationals and square roots."""
    roots = {"two roots": (2, 3), "four roots": (2, 3, 5, 7), "six roots": (2, 3, 5, 7, 11, 13)}.get(kind)
    if roots is None:
        return [[f"{random.randint(1, 10)}/{random.randint(1, 10)}" for _ in range(size)] for _ in range(size)]
    return [
        [f"{random.randint(1, 9)}/{random.choice((7, 11))}+sqrt({random.choice(roots)})" for _ in range(size)]
        for _ in range(size)
    ]


DENSE = [
    ("rationals", 18, 2, "5,832 unknowns take over 60,000,000 steps"),
    ("rationals", 12, 2, ""),
    ("two roots", 14, 1, r"2,744 unknowns take over 60,000,000 steps"),
    ("two roots", 8, 2, ""),
    ("four roots", 8, 1, r"64 unknowns has 8 vectors of rationals with over 1,?\d+ bits"),
    ("four roots", 10, 1, r"100 unknowns has 10 vectors of rationals with over 1,?\d+ bits"),
    ("six roots", 6, 1, "6 independent square roots, over 4"),
]


@pytest.mark.parametrize(("kind", "size", "number", "problem"), DENSE)
def test_null_spaces_of_dense_matrices_end_or_are_refused_with_their_number(tmp_path, kind, size, number, problem):
    random = Random(size)
    content = {"generator": [{"t": dense_rows(size, kind, random)} for _ in range(number)]}
    (tmp_path / "group.json").write_text(json.dumps(content))
    done = limited(["derive", "-s", "t->t", "-k", "2", "--generators", "group.json"], tmp_path)
    assert within_bounds(done), done
    assert done.mebibytes < 1024
    assert done.code == (2 if problem else 0), done.err
    assert re.search(problem, done.err), done.err
    assert len(done.err.strip().splitlines()) <= 3
