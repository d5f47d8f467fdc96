"""Other groups than the symmetric one from the command line: what is printed, written and refused."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from symshare_cli.main import main

import symshare
from symshare import derive

pytestmark = pytest.mark.usefixtures("copied")


def run(*arguments):
    return CliRunner().invoke(main, arguments)


FILES = {
    "turn.toml": '[[generator]]\nr = [["1/2", "-sqrt(3)/2"], ["sqrt(3)/2", "1/2"]]\n',
    "ring.toml": '[[generator]]\nt = "(0 1 2)"\n',
    "tied.json": json.dumps({"generator": [{"s": "(0 1 2)", "t": [1, 0]}]}),
    "lie.toml": "[[generator]]\nlie = true\nr = [[0, -1], [1, 0]]\n",
    "signs.toml": "first = 1\n[[generator]]\nr = [2, -1]\n",
    "scale.json": json.dumps({"generator": [{"r": {"scale": [1, 1, 1]}}]}),
    "decimals.toml": "[[generator]]\nr = [[0.6, -0.8], [0.8, 0.6]]\n",
    # what cannot be read
    "no.toml": "this is = = no toml",
    "no.json": "{",
    "empty.toml": "",
    "twice.toml": "[[generator]]\nr = [0, 0, 1]\n",
    "singular.toml": "[[generator]]\nr = [[1, 1], [1, 1]]\n",
    "ragged.toml": "[[generator]]\nr = [[1, 1], [1]]\n",
    "code.toml": "[[generator]]\nr = [[\"__import__('os').getcwd()\"]]\n",
    "liecycle.toml": '[[generator]]\nlie = true\nr = "(0 1)"\n',
    "key.toml": "generators = 3\n",
    "sizes.toml": "[[generator]]\nr = [[1, 0], [0, 1]]\n[[generator]]\nr = [[1]]\n",
    "negative.toml": "[[generator]]\nr = [-1, 0]\n",
    "first.toml": "first = 2\n[[generator]]\nr = [0, 1]\n",
    "zero.toml": '[[generator]]\nr = [["1/0"]]\n',
    "long.toml": "[[generator]]\nrr = [0, 1]\n",
    "list.json": "[1, 2]",
    "nan.json": '{"generator": [{"r": [[NaN]]}]}',
    "bool.json": '{"generator": [{"r": [[true]]}]}',
    "disagree.toml": "[sizes]\nr = 5\n[[generator]]\nr = [1, 0]\n",
    "weights.toml": "[[generator]]\nr = { scale = [0.5, 1] }\n",
    "power.toml": '[[generator]]\nr = [["9**9**9"]]\n',
    "cycle.toml": '[[generator]]\nr = "(0 0)"\n',
    "open.toml": '[[generator]]\nr = "(0 1"\n',
    "upper.toml": "[[generator]]\nH = [1, 0]\n",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_derive_lists_terms_with_their_constants():
    done = run("derive", "-s", "arH->rH", "--axis", "r=SO(3)", "-k", "2")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("arH->rH, r under SO(3): ")
    assert "  arH->rH  summed over a" in lines
    assert any(line.startswith("  arH,bsH,[rst]->tH") and "Levi-Civita" in line for line in lines)
    assert any(line.startswith("total: ") for line in lines)
    assert lines[-1].startswith("note: factors carry channels")


def test_derive_says_what_was_chosen_by_rank():
    done = run("derive", "-s", "rr->", "--axis", "r=O(2)", "-k", "3", "--certify")
    assert done.exit_code == 0
    assert "note: 6 slots on O(2), over 4, are linearly dependent" in done.stdout
    assert "certificate holds" in done.stdout


def test_derive_json_has_the_groups_and_the_constants():
    done = run("derive", "-s", "rr->r", "--axis", "r=SO(3)", "-k", "1", "--json", "--certify")
    found = json.loads(done.stdout)
    assert {"schema", "signature", "depends", "axes", "sizes", "order", "ordered", "counts", "terms", "notes"} <= set(
        found
    )
    assert (found["schema"], found["axes"], found["sizes"], found["counts"]) == (1, {"r": "SO(3)"}, {"r": 3}, [0, 1])
    (term,) = found["terms"]
    assert {"order", "einsum", "inputs", "output", "words", "constants"} <= set(term)
    (constant,) = term["constants"]
    assert constant["shape"] == [3, 3, 3]
    assert sorted(constant["entries"]) == sorted(
        [[0, 1, 2, 1], [1, 2, 0, 1], [2, 0, 1, 1], [0, 2, 1, -1], [2, 1, 0, -1], [1, 0, 2, -1]]
    )
    assert found["certificate"]["ok"]


def test_derive_latex_shows_constants_and_offsets():
    text = run("derive", "-s", "rH->rH", "--axis", "r=SO(3)", "-k", "2", "--latex").stdout
    assert r"\sum_{ab} \epsilon_{abr} x_{a} x_{b}" in text
    text = run("derive", "-s", "t->t", "--axis", "t=C(3)", "-k", "1", "--latex").stdout
    assert all(entry in text for entry in ("x_{t} ", "x_{t+1} ", "x_{t+2} "))
    text = run("derive", "-s", "r->", "--axis", "r=Lorentz", "-k", "2", "--latex").stdout
    assert r"\sum_{ra} g_{ra} x_{r} x_{a}" in text


def test_derive_ordered_and_cyclic():
    found = json.loads(run("derive", "-s", "t->t", "--axis", "t=C(3)", "-k", "2", "--ordered", "--json").stdout)
    assert found["counts"] == [1, 3, 9]


@pytest.mark.parametrize(
    ("text", "axes", "order", "counts"),
    [
        ("rrrrrr->", ["r=SO(3)"], "1", [1, 15]),
        ("rrrrr->", ["r=O(3)"], "1", [1, 0]),
        ("tt->tt", ["t=C(4)"], "1", [4, 64]),
        ("at->at", ["t=C(4)"], "2", [1, 8, 46]),
        ("arH->arH", ["r=O(3)"], "1", [0, 2]),
        ("ab->", ["a=GL(2)", "b=dual(a)"], "3", [1, 1, 2, 2]),
        ("rr->rr", ["r=Lorentz"], "1", [1, 3]),
    ],
)
def test_count_of_other_groups(text, axes, order, counts):
    arguments = [one for axis in axes for one in ("--axis", axis)]
    found = json.loads(run("count", "-s", text, *arguments, "-k", order, "--json").stdout)
    assert found["counts"] == counts
    assert found["axes"] == dict(axis.split("=") for axis in axes)
    shown = run("count", "-s", text, *arguments, "-k", order).stdout.splitlines()
    assert [int(line.split()[1]) for line in shown[1:-1]] == counts


@pytest.mark.parametrize(
    ("name", "text", "counts"),
    [
        ("turn.toml", "r->r", [0, 2]),
        ("ring.toml", "t->t", [1, 3]),
        ("tied.json", "st->s", [1, 3]),
        ("lie.toml", "r->r", [0, 2]),
        ("signs.toml", "r->r", [0, 2]),
        ("scale.json", "r->r", [0, 9]),
    ],
)
def test_derive_and_solve_with_generators_agree(folder, name, text, counts):
    found = json.loads(run("derive", "-s", text, "--generators", name, "-k", "1", "--json").stdout)
    assert found["counts"] == counts
    assert set(found["axes"].values()) == {name}
    solved = json.loads(run("solve", "-s", text, "--generators", name, "-k", "1", "--json").stdout)
    assert (solved["dimensions"], solved["exact"]) == (counts, True)


def test_solve_laurent():
    """Exponents from -2 to 2 of three scaled variables: 19 of 125; with the cyclic shift 7."""
    scaled = run("solve", "-s", "r->", "--laurent=-2..2", "--axis", "r=Scale(1,1,1)")
    assert "19 free of 125" in scaled.stdout
    assert "x0^-2 x1 x2" in scaled.stdout
    found = json.loads(run("solve", "-s", "r->", "--laurent=-2..2", "--axis", "r=Scale(1,1,1)", "--json").stdout)
    assert (found["dimensions"], found["unknowns"]) == ([19], [125])
    assert found["parts"][0]["kind"] == "laurent"
    assert found["parts"][0]["degree"] is None


def test_solve_laurent_with_a_scaling_and_a_shift(folder):
    (folder / "both.json").write_text(json.dumps({"generator": [{"r": {"scale": [1, 1, 1]}}, {"r": "(0 1 2)"}]}))
    found = json.loads(run("solve", "-s", "r->", "--laurent=-2..2", "--generators", "both.json", "--json").stdout)
    assert found["dimensions"] == [7]


def test_solve_prints_equations_and_patterns():
    done = run("solve", "-s", "t->t", "--axis", "t=C(3)", "-k", "1", "--equations")
    assert done.exit_code == 0
    assert "c_0_0 = c_1_1" in done.stdout
    assert "4 free of 12 coefficients (1, 3)" in done.stdout
    found = json.loads(run("solve", "-s", "t->t", "--axis", "t=C(3)", "-k", "1", "--equations", "--json").stdout)
    labels = found["parts"][1]["labels"]
    assert [[labels.index(one) for one in labels[k : k + 3]] for k in (0, 3, 6)] == [[0, 1, 2], [2, 0, 1], [1, 2, 0]]
    assert any("c_0_0" in one for one in found["equations"])


@pytest.mark.parametrize("solver", ["rational", "numeric"])
def test_solvers_agree_and_say_which(solver):
    found = json.loads(
        run("solve", "-s", "rr->rr", "--axis", "r=SO(3)", "-k", "1", "--solver", solver, "--json").stdout
    )
    assert found["dimensions"] == [1, 3]
    assert (found["method"], found["exact"]) == (solver, solver != "numeric")
    assert ("spectrum" in found["parts"][1]) == (solver == "numeric")
    if solver == "numeric":
        assert found["parts"][1]["spectrum"]["largest_zero"] < found["parts"][1]["spectrum"]["tolerance"]


def test_orbits_by_name():
    found = json.loads(run("solve", "-s", "r->r", "--axis", "r=B(3)", "-k", "3", "--solver", "orbits", "--json").stdout)
    assert (found["dimensions"], found["method"]) == ([0, 1, 0, 2], "orbits")


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_solve_draws_a_pattern_once_and_over_it_with_force(folder, ending):
    path = folder / f"pattern.{ending}"
    arguments = ["solve", "-s", "t->t", "--axis", "t=C(4)", "-k", "1", "--plot", str(path)]
    assert run(*arguments).exit_code == 0
    start = path.read_bytes()
    assert {"png": b"\x89PNG", "svg": b"<svg", "pdf": b"%PDF"}[ending] in start
    again = run(*arguments)
    assert (again.exit_code, "--force" in again.stderr) == (2, True)
    assert run(*arguments, "--force").exit_code == 0
    assert path.read_bytes() == start


EMITTED = [
    ["arH->arH", "--axis", "r=SO(3)", "-k", "2"],
    ["tH->tH", "--axis", "t=C(8)", "--circular", "fft"],
    ["tH->tH", "--axis", "t=D(4)", "-k", "2", "--coefficients", "full"],
    ["arH->arH", "--axis", "r=O(3)", "--normalise-scale"],
    ["abH->abH", "--axis", "a=GL(2)", "--axis", "b=dual(a)"],
    ["stH->sH", "--generators", "tied.json"],
    ["rH->rH", "--generators", "turn.toml", "-k", "3"],
]


@pytest.mark.parametrize("arguments", EMITTED, ids=[one[2] for one in EMITTED])
def test_emit_and_verify(folder, arguments):
    assert run("emit", "-s", *arguments, "-o", "layer.py").exit_code == 0
    done = run("verify", "layer.py", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["ok"]
    assert all(error < 1e-10 for error in found["errors"].values())
    assert ("scale" in found["errors"]) == ("--normalise-scale" in arguments)
    assert set(found) >= {"signature", "axes", "terms", "parameters", "sizes", "errors", "tolerance", "ok"}


def test_verify_finds_a_layer_of_a_smaller_group(folder):
    run("emit", "-s", "rH->rH", "--axis", "r=PlaneC(3)", "-k", "2", "-o", "layer.py")
    path = folder / "layer.py"
    path.write_text(path.read_text().replace('AXES = {"r": "PlaneC(3)"}', 'AXES = {"r": "O(2)"}'))
    done = run("verify", "layer.py")
    assert done.exit_code == 1
    assert "layer.py: rH->rH (r=O(2)), 4 terms, 82 parameters, BREAKS under r\n" in done.stdout


def test_emit_prints_what_the_library_writes():
    done = run("emit", "-s", "tH->tH", "--axis", "t=C(4)", "-k", "2", "--circular", "direct", "--reduce", "sum")
    basis = derive("tH->tH", 2, axes={"t": "C(4)"})
    assert done.stdout == symshare.emit(basis, circular="direct", reduce="sum")


# arguments, what is said
WRONG = [
    ("derive -s rH -k 1 --axis r=Q(3)", "names the group 'Q'"),
    ("derive -s rH -k 1 --axis r", "is not an axis with its group"),
    ("derive -s rH -k 1 --axis =O(3)", "is not an axis with its group"),
    ("derive -s rH -k 1 --axis r=", "is not an axis with its group"),
    ("derive -s rH -k 1 --axis r=O(", "has a bracket that is not closed"),
    ("derive -s rH -k 1 --axis r=SO(3)x", "has a bracket that is not closed"),
    ("derive -s rH -k 1 --axis r=O(x)", "has 'x' in its brackets"),
    ("derive -s rH -k 1 --axis r=O", "names O without its numbers"),
    ("derive -s rH -k 1 --axis r=O(-1)", "gives O the numbers (-1,)"),
    ("derive -s rH -k 1 --axis r=O(0)", "gives O the numbers (0,)"),
    ("derive -s rH -k 1 --axis r=Sp(3)", "an even dimension"),
    ("derive -s rH -k 1 --axis r=SO+(3)", "two sizes"),
    ("derive -s rH -k 1 --axis r=Scale()", "a weight for each value"),
    ("derive -s rH -k 1 --axis q=O(3)", "an unknown axis"),
    ("derive -s rH -k 1 --axis rr=O(3)", "an unknown axis"),
    ("derive -s rH -k 1 --axis H=O(3)", "gives the latent axis 'H' a group"),
    ("derive -s rH -k 1 --axis r=O(3) --axis r=SO(3)", "a second group"),
    ("derive -s rH -k 1 --axis r=O(3) --size r=4", "but the axis has the size 4"),
    ("derive -s tH -k 1 --axis t=C(0)", "has the size zero"),
    ("derive -s tH -k 1 --axis t=C(99999999999)", "has a size over 999,999,999"),
    ("derive -s ab -k 1 --axis b=dual(q)", "is no other axis"),
    ("derive -s ab -k 1 --axis b=dual(b)", "is no other axis"),
    ("derive -s ab -k 1 --axis b=dual(a)", "name the group of 'a' as well"),
    ("derive -s abr -k 1 --depends a->r --axis r=O(3)", "leave r a set axis"),
    ("derive -s rrrrrr->rrrrrr -k 2 --axis r=SO(3)", "over the limit of 20,000"),
    ("derive -s tH -k 1 --axis t=C(4) --generators ring.toml", "a second group"),
    ("derive -s tH -k 1 --generators missing.toml", "cannot read missing.toml"),
    ("derive -s tH -k 1 --generators .", "cannot read ."),
    ("derive -s r -k 1 --generators no.toml", "cannot be read"),
    ("derive -s r -k 1 --generators no.json", "cannot be read"),
    ("derive -s r -k 1 --generators empty.toml", "has no generators"),
    ("derive -s r -k 1 --generators twice.toml", "is not a permutation"),
    ("derive -s r -k 1 --generators singular.toml", "is a singular matrix"),
    ("derive -s r -k 1 --generators ragged.toml", "write a square matrix"),
    ("derive -s r -k 1 --generators code.toml", "has something in it that is not arithmetic"),
    ("derive -s r -k 1 --generators liecycle.toml", "a Lie algebra element is a matrix"),
    ("derive -s r -k 1 --generators key.toml", "is not a key of a file of generators"),
    ("derive -s r -k 1 --generators sizes.toml", "give all generators of an axis one size"),
    ("derive -s r -k 1 --generators negative.toml", "has a negative image"),
    ("derive -s r -k 1 --generators first.toml", "is neither 0 nor 1"),
    ("derive -s r -k 1 --generators zero.toml", "divides by zero"),
    ("derive -s r -k 1 --generators long.toml", "has none of the axes"),
    ("derive -s r -k 1 --generators list.json", "is not a table of generators"),
    ("derive -s r -k 1 --generators nan.json", "is not a finite number"),
    ("derive -s r -k 1 --generators bool.json", "is not a number"),
    ("derive -s r -k 1 --generators disagree.toml", "disagrees with the generators"),
    ("derive -s r -k 1 --generators weights.toml", "weights that are not whole numbers"),
    ("derive -s r -k 1 --generators power.toml", "has a power that is not a whole number up to 64"),
    ("derive -s r -k 1 --generators cycle.toml", "has the value 0 twice"),
    ("derive -s r -k 1 --generators open.toml", "is not written in cycles"),
    ("derive -s r -k 1 --generators upper.toml", "names no axis"),
    ("derive -s r -k 1 --generators ring.toml", "has none of the axes of ring.toml"),
    ("count -s r->r -k 1 --axis r=Grid(3,3)", "1, 2 or 4 turns"),
    ("solve -s t->", "give --order N for a Taylor ansatz"),
    ("solve -s t-> -k 1 --laurent=-1..1", "give --order N for a Taylor ansatz"),
    ("solve -s t-> -k x", "is not an order"),
    ("solve -s t-> --laurent=2..-2 --axis t=C(3)", "is not a range of powers"),
    ("solve -s t-> --laurent x --axis t=C(3)", "is not a range of powers"),
    ("solve -s t-> --laurent=-1..1", "has the axis 't' without a size"),
    ("solve -s r-> --laurent=-1..1 --axis r=O(2)", "a Laurent ansatz is closed only under"),
    ("solve -s t-> --laurent=-1..1 --ordered --axis t=C(3)", "--ordered is for a Taylor ansatz"),
    ("solve -s t-> --laurent=-9..9 --axis t=C(12)", "over 5,000,000"),
    ("solve -s r->r -k 1 --axis r=O(3) --solver orbits", "does not permute the coefficients"),
    ("solve -s r->r -k 1 --axis r=O(3) --solver magic", "is not one of"),
    ("solve -s t-> -k 1 --size t=3 --plot x.xyz", "name a file that ends in"),
    ("solve -s t-> -k 1 --size t=3 --plot no/such/x.png", "there is no folder no/such"),
    ("solve -s tttt->tttt -k 3 --size t=40", "over 20,000,000"),
    ("emit -s rH --axis r=Lorentz --normalise-scale", "the norm of an input is not invariant under r=Lorentz"),
    ("emit -s tH --axis t=C(4) --circular dft", "is not one of"),
    ("emit -s rH->H --axis r=O(3)", "no terms of order 1 or more"),
    ("emit -s rH --axis r=SO(3) -k 2 --only xyz", "does not have one arrow"),
    ("emit -s rH --axis r=SO(3) -k 2 --only r,s->t", "does not commute with r=SO(3)"),
    ("emit -s rH --axis r=D(4) -k 2 --only r,s,[rst]->t", "where D(4) has T1, T2"),
    ("emit -s rH -k 2 --kind linear --axis r=SO(3)", "a linear layer has orders 0 and 1"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_users_mistake_is_answered_on_stderr_with_exit_code_two(folder, text, said):
    done = run(*text.split(" "))
    assert done.exit_code == 2, done.output
    assert isinstance(done.exception, SystemExit)
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert done.stdout == ""


def test_floats_have_no_exact_certificate(folder):
    assert run("derive", "-s", "r", "-k", "1", "--generators", "decimals.toml").exit_code == 0
    done = run("derive", "-s", "r", "-k", "1", "--generators", "decimals.toml", "--certify")
    assert done.exit_code == 2
    assert "has generators with floats" in done.stderr
    assert "leave out the certificate" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["derive", "--help"], ["derive", "-s", "abH", "-k", "3"], ["count", "-s", "aa", "-k", "6"]],
)
def test_help_and_set_axes_load_nothing_heavy(arguments):
    code = (
        f"import sys; sys.argv = ['symshare', *{arguments!r}]\n"
        "from symshare_cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('numpy', 'scipy', 'torch', 'sympy', 'matplotlib', 'networkx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_counting_other_groups_loads_no_torch_or_sympy():
    code = (
        "import sys; from symshare_cli.main import main\n"
        "main(['derive', '-s', 'arH', '-k', '2', '--axis', 'r=SO(3)'], standalone_mode=False)\n"
        "print([name for name in ('torch', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


BESIDE = """
[[generator]]
g = "(0 1 2 3)"
r = [[0, -1], [1, 0]]
[[generator]]
{second}
"""


@pytest.mark.parametrize(
    ("second", "symmetry", "lost"),
    [
        ('g = "(0 2)"\nr = [[1, 0], [0, -1]]', "r->r", ""),
        ('g = "(0 2)"\nr = [[1, 0], [0, -1]]', "g->g", ""),
        ('g = "(0 2)"', "g->g", ""),
        ('g = "(0 2)"', "gr->gr", ""),
        ('g = "(0 2)"', "r->r", "g"),
        ('g = "(0 2)"\nr = [[1, 0], [0, 1]]', "r->r", "g"),
        ("r = [[1, 0], [0, -1]]", "g->g", "r"),
        ('h = "(0 1 2)"', "r->r", "h"),
        ('h = "(0 1 2)"', "hr->r", ""),
        ("lie = true\nr = [[0, -1], [1, 0]]", "g->g", "r"),
        ("lie = true\nr = [[0, -1], [1, 0]]", "r->r", ""),
        ('g = "(0 2)"', "grr:r->grr:r", "g"),  # the name of a tensor is none of its axes
    ],
)
def test_only_generators_of_which_nothing_is_left_are_told(tmp_path, second, symmetry, lost):
    path = tmp_path / "own.toml"
    path.write_text(BESIDE.format(second=second))
    done = run("derive", "-s", symmetry, "-k", "1", "--generators", str(path))
    assert done.exit_code == 0, done.output
    whole = f"own.toml: what moves only {lost} is left out, as {symmetry} has no {lost}\n"
    assert done.stderr == (whole if lost else "")
