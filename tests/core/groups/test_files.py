import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import symshare
from symshare import NotationError, SymshareError, read_generators, signature, solve, taylor
from symshare.core.algebra.matrices import diagonal, from_rows, identity, permutation
from symshare.core.algebra.numbers import root
from symshare.core.groups.files import generators_from, generators_of
from symshare.core.groups.group import dual
from symshare.core.groups.naming import read_group

HALF_TURN = [["-1/2", "-sqrt(3)/2"], ["sqrt(3)/2", "-1/2"]]


def write(folder, text, name="group.toml"):
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_complex_parts_of_an_entry_may_cancel():
    """The entries are cos and sin of 60 degrees, from powers of a sixth root of one."""
    root = "(1/2+sqrt(-3)/2)"
    cosine, sine = f"({root}+1/{root})/2", f"({root}-{root}**-1)/(2*i)"
    rows = [[cosine, f"-{sine}"], [sine, cosine]]
    found = generators_from({"generator": [{"r": rows}]})["r"].elements
    assert found == (from_rows([["1/2", "-sqrt(3)/2"], ["sqrt(3)/2", "1/2"]]),)


def test_a_toml_file_with_everything(tmp_path):
    file = write(
        tmp_path,
        """
        # a group for three axes
        [sizes]
        q = 2

        [[generator]]
        name = "a shift"
        t = "(0 1 2)(3 4)"

        [[generator]]
        t = [1, 0, 2, 3, 4]

        [[generator]]
        r = [["-1/2", "-sqrt(3)/2"], ["sqrt(3)/2", "-1/2"]]

        [[generator]]
        lie = true
        m = [[0, 1, 0], [-1, 0, 0], [0, 0, 0]]

        [[generator]]
        s = { scale = [1, 1, 2] }
        """,
    )
    groups = read_generators(file)
    assert set(groups) == set("tqrms")
    assert groups["t"].elements == (permutation([1, 2, 0, 4, 3]), permutation([1, 0, 2, 3, 4]))
    assert groups["r"].elements[0].rows[1][0] == (0, root(3) / 2)
    assert groups["m"].algebra == (from_rows([[0, 1, 0], [-1, 0, 0], [0, 0, 0]]),)
    assert groups["m"].elements == ()
    assert groups["s"].algebra == (diagonal([1, 1, 2]),)
    assert (groups["q"].size, groups["q"].elements, groups["q"].algebra) == (2, (), ())
    assert len({group.tie for group in groups.values()}) == 5  # no generator moves two of them


def test_the_same_in_json_and_toml(tmp_path):
    content = {"first": 1, "generator": [{"t": "(1 2 3)", "r": HALF_TURN}, {"t": [2, 1, 3]}]}
    toml = f'first = 1\n[[generator]]\nt = "(1 2 3)"\nr = {json.dumps(HALF_TURN)}\n[[generator]]\nt = [2, 1, 3]\n'
    one = read_generators(write(tmp_path, json.dumps(content), "g.json"))
    two = read_generators(write(tmp_path, toml, "g.toml"))
    assert {letter: group.elements for letter, group in one.items()} == {
        letter: group.elements for letter, group in two.items()
    }


@pytest.mark.parametrize("first", [0, 1])
def test_cycles_and_one_line_form_say_the_same(first):
    """The cycle (0 2 1) sends 0 to 2, 2 to 1 and 1 to 0: in one line 2 0 1."""
    cycle = "(" + " ".join(str(value + first) for value in (0, 2, 1)) + ")"
    line = [value + first for value in (2, 0, 1)]
    found = generators_from({"first": first, "generator": [{"t": cycle}, {"t": line}]})["t"]
    assert found.elements[0] == found.elements[1] == permutation([2, 0, 1])
    assert found.elements[0] == from_rows([[0, 1, 0], [0, 0, 1], [1, 0, 0]])


@pytest.mark.parametrize("text", ["(0 1)(2 3)", " (0,1) (2 , 3) ", "(2 3)(1 0)", "( 0 1 )( 3 2 )()"])
def test_ways_to_write_cycles(text):
    assert generators_from({"generator": [{"t": text}]})["t"].elements == (permutation([1, 0, 3, 2]),)


def test_cycles_take_their_length_from_the_largest_value_of_all_generators_or_from_sizes():
    assert generators_from({"generator": [{"t": "(0 1)"}, {"t": "(4 2)"}]})["t"].size == 5
    assert generators_from({"generator": [{"t": "(0 1)"}], "sizes": {"t": 7}})["t"].size == 7
    assert generators_from({"generator": [{"t": "(0 1)"}]}, sizes={"t": 6})["t"].size == 6
    assert generators_from({"generator": [{"t": "(0 1)"}, {"t": [1, 2, 0]}]})["t"].size == 3
    assert generators_from({"first": 1, "generator": [{"t": "(1 2)"}]})["t"].size == 2


def test_signed_permutations_count_from_one():
    found = generators_from({"first": 1, "generator": [{"t": [-2, 1]}]})["t"]
    assert found.elements == (from_rows([[0, 1], [-1, 0]]),)  # e1 goes to -e2, e2 to e1


def test_sizes_beside_a_file_give_no_group_to_axes_that_it_does_not_name():
    """`--size a=5 --size H=2` are sizes of the signature; the symmetric group still acts on a."""
    groups = generators_from({"generator": [{"t": [1, 2, 0]}]}, sizes={"a": 5, "H": 2, "t": 3})
    assert set(groups) == {"t"}
    free = signature("at->at", axes=groups, sizes={"a": 5})
    assert solve(taylor(free, 1, least=1)).dimensions == (2 * 3,)  # S(5) gives 2, C(3) gives 3


def test_axes_that_one_generator_moves_are_tied():
    """Tied, the shift of two triangles keeps 3 * 3 of 9 * 9 pairs .. as C(3) on 9 places: 9 * 9 / 3; apart: 3 * 3."""
    tied = generators_from({"generator": [{"t": [1, 2, 0], "s": [1, 2, 0]}]})
    apart = generators_from({"generator": [{"t": [1, 2, 0]}, {"s": [1, 2, 0]}]})
    assert tied["t"].tie == tied["s"].tie
    assert apart["t"].tie != apart["s"].tie
    assert solve(taylor("ts->ts", 1, axes=tied, least=1)).dimensions == (27,)
    assert solve(taylor("ts->ts", 1, axes=apart, least=1)).dimensions == (9,)
    assert solve(taylor("t->s", 1, axes=tied, least=1)).dimensions == (3,)
    assert solve(taylor("t->s", 1, axes=apart, least=1)).dimensions == (1,)


def test_axes_tied_in_turn_have_aligned_lists():
    found = generators_from({"generator": [{"t": [1, 0], "s": [1, 0]}, {"s": [1, 0], "r": [[-1]]}, {"q": [1, 0]}]})
    assert len({found[letter].tie for letter in "tsr"}) == 1
    assert found["q"].tie != found["t"].tie
    assert [len(found[letter].elements) for letter in "tsrq"] == [2, 2, 2, 1]
    assert found["t"].elements[1] == identity(2)
    assert found["r"].elements == (identity(1), from_rows([[-1]]))


def test_the_faces_of_a_cube():
    """Six faces under 24 rotations: same, opposite, neighbour (3 linear maps); and 12, 12, 60 by counting fixed points.

    sum of fix^k over the group / 24: identity 6, six quarter turns and three half turns 2, the others none.
    """
    axes = generators_from({"generator": [{"f": "(0 1 2 3)"}, {"f": "(0 4 2 5)"}]})

    def burnside(slots):
        return (6**slots + 9 * 2**slots) // 24

    for text, slots in [("f->f", 2), ("f->ff", 3), ("ff->ff", 4)]:
        assert solve(taylor(text, 1, axes=axes, least=1)).dimensions == (burnside(slots),)
    assert [burnside(slots) for slots in (2, 3, 4)] == [3, 12, 60]


NOT_FINE = [
    (None, "is not a table of generators"),
    ([], "is not a table of generators"),
    ("(0 1)", "is not a table of generators"),
    ({}, "has no generators"),
    ({"generator": []}, "has no generators"),
    ({"generator": {}}, "has no generators"),
    ({"generator": {"t": [1, 0]}}, "has no generators"),
    ({"generator": [[1, 0]]}, "has no generators"),
    ({"generator": ["(0 1)"]}, "has no generators"),
    ({"generator": [{}]}, "moves no axis"),
    ({"generator": [{"lie": True}]}, "moves no axis"),
    ({"generator": [{"name": "x"}]}, "moves no axis"),
    ({"generators": [{"t": [1, 0]}]}, "is not a key of a file of generators"),
    ({"generator": [{"t": [1, 0]}], "size": {"t": 2}}, "is not a key of a file of generators"),
    ({"generator": [{"t t": [1, 0]}]}, "in generator 1 names no axis"),
    ({"generator": [{"T": [1, 0]}]}, "in generator 1 names no axis"),
    ({"generator": [{"": [1, 0]}]}, "in generator 1 names no axis"),
    ({"generator": [{"é": [1, 0]}]}, "in generator 1 names no axis"),
    ({"generator": [{"t": [1, 0]}], "first": 2}, "is neither 0 nor 1"),
    ({"generator": [{"t": [1, 0]}], "first": True}, "is neither 0 nor 1"),
    ({"generator": [{"t": [1, 2]}], "first": 1.0}, "is neither 0 nor 1"),
    ({"generator": [{"t": [1, 0]}], "first": "1"}, "is neither 0 nor 1"),
    ({"generator": [{"t": [1, 0]}], "first": [1]}, "is neither 0 nor 1"),
    ({"generator": [{"t": [1, 0], "lie": 1}]}, "is neither true nor false"),
    ({"generator": [{"t": [1, 0], "lie": "true"}]}, "is neither true nor false"),
    ({"generator": [{"t": [1, 0], "lie": True}]}, "in generator 1 is a permutation"),
    ({"generator": [{"t": "(0 1)", "lie": True}]}, "in generator 1 is a permutation"),
    ({"generator": [{"t": [0, 0]}]}, "is not a permutation"),
    ({"generator": [{"t": [1, 2]}]}, "is not a permutation"),
    ({"generator": [{"t": [0, 1]}], "first": 1}, "is not a permutation"),
    ({"generator": [{"t": [1, -1]}], "first": 1}, "is not a permutation"),
    ({"generator": [{"t": [10**400, 0]}]}, "is not a permutation"),
    ({"generator": [{"t": [-1, 0]}]}, "has a negative image"),
    ({"generator": [{"t": []}]}, "is no size for an axis"),
    ({"generator": [{"t": [[]]}]}, "in generator 1 has a row of 0 entries in a matrix of 1 row"),
    ({"generator": [{"t": [[1, 0], [0]]}]}, "in generator 1 has a row of 1 entry in a matrix of 2 rows"),
    ({"generator": [{"t": [[1, 2, 3], [4, 5, 6]]}]}, "in generator 1 has a row of 3 entries in a matrix of 2 rows"),
    ({"generator": [{"t": [[1], 2]}]}, "in generator 1 has entries that are not whole numbers"),
    ({"generator": [{"t": [True, False]}]}, "in generator 1 has entries that are not whole numbers"),
    ({"generator": [{"t": [0.5, 1.5]}]}, "in generator 1 has entries that are not whole numbers"),
    ({"generator": [{"t": [None]}]}, "in generator 1 has entries that are not whole numbers"),
    ({"generator": [{"t": ["(0 1)"]}]}, "in generator 1 has entries that are not whole numbers"),
    ({"generator": [{"t": [[1, 1], [1, 1]]}]}, "in generator 1 is a singular matrix"),
    ({"generator": [{"t": [[0]]}]}, "in generator 1 is a singular matrix"),
    ({"generator": [{"t": [["sqrt(2)", 2], [1, "sqrt(2)"]]}]}, "in generator 1 is a singular matrix"),
    ({"generator": [{"t": [[0.1, 0.3], [0.2, 0.6]]}]}, "in generator 1 is a singular matrix"),
    ({"generator": [{"t": [1, 0]}, {"t": [[1, 1], [1, 1]]}]}, "in generator 2 is a singular matrix"),
    ({"generator": [{"t": [[True]]}]}, "is not a number"),
    ({"generator": [{"t": [[None]]}]}, "is not a number"),
    ({"generator": [{"t": [[[1]]]}]}, "is not a number"),
    ({"generator": [{"t": [["one"]]}]}, "has the name 'one'"),
    ({"generator": [{"t": [["__import__('os').system('true')"]]}]}, "has something in it that is not arithmetic"),
    ({"generator": [{"t": [["1/0"]]}]}, "divides by zero"),
    ({"generator": [{"t": [[0, "i"], ["i", 0]]}]}, "is not a real number"),
    ({"generator": [{"t": [["sqrt(-1)"]]}]}, "is not a real number"),
    ({"generator": [{"t": [["1/(1+i)"]]}]}, "is not a real number"),
    ({"generator": [{"lie": True, "t": [["(2-i)**-3"]]}]}, "is not a real number"),
    ({"generator": [{"t": [["1/(1+i**2)"]]}]}, "divides by zero"),
    ({"generator": [{"t": [[10**400, 0.5], [0, 1]]}]}, "is a number of over 60 digits"),
    ({"generator": [{"t": [[1e300, 0.5], [0, 1]]}]}, "is a number of over 60 digits"),
    (
        {"generator": [{"t": [[f"sqrt({4 * row + column + 2})" for column in range(4)] for row in range(4)]}]},
        "in generator 1 has 7 independent square roots, over 6",
    ),
    ({"generator": [{"t": [["9**9**9"]]}]}, "has a power that is not a whole number up to 64"),
    ({"generator": [{"t": [["1e999999999"]]}]}, "has a number of over 60 digits"),
    ({"generator": [{"t": [[math.nan]]}]}, "is not a finite number"),
    ({"generator": [{"t": [[math.inf]]}]}, "is not a finite number"),
    ({"generator": [{"t": None}]}, "in generator 1 is no permutation and no matrix"),
    ({"generator": [{"t": 1}]}, "in generator 1 is no permutation and no matrix"),
    ({"generator": [{"t": {"scales": [1]}}]}, "in generator 1 is no permutation and no matrix"),
    ({"generator": [{"t": {"scale": [1], "x": 1}}]}, "in generator 1 is no permutation and no matrix"),
    ({"generator": [{"t": {"scale": 1}}]}, "has weights that are not whole numbers"),
    ({"generator": [{"t": {"scale": ["1"]}}]}, "has weights that are not whole numbers"),
    ({"generator": [{"t": {"scale": [0.5]}}]}, "has weights that are not whole numbers"),
    ({"generator": [{"t": {"scale": [True]}}]}, "has weights that are not whole numbers"),
    ({"generator": [{"t": {"scale": [1]}, "s": [1, 0]}]}, "has a scaling beside something else"),
    ({"generator": [{"t": ""}]}, "is not written in cycles"),
    ({"generator": [{"t": "0 1"}]}, "is not written in cycles"),
    ({"generator": [{"t": "(0 1"}]}, "is not written in cycles"),
    ({"generator": [{"t": "(0 (1))"}]}, "is not written in cycles"),
    ({"generator": [{"t": "(0 -1)"}]}, "is not written in cycles"),
    ({"generator": [{"t": "(0 x)"}]}, "is not written in cycles"),
    ({"generator": [{"t": "__import__('os')"}]}, "is not written in cycles"),
    ({"generator": [{"t": "(0 1)(1 2)"}]}, "has the value 1 twice"),
    ({"generator": [{"t": "(0 0)"}]}, "has the value 0 twice"),
    ({"generator": [{"t": "(0 3)"}], "sizes": {"t": 3}}, "has the value 3"),
    ({"generator": [{"t": "(0 1)"}], "first": 1}, "has the value 0"),
    ({"generator": [{"t": "(0 999999999)"}]}, "is no size for an axis"),
    ({"generator": [{"t": [1, 0]}, {"t": [1, 2, 0]}]}, "in generator 2 has 3 values, but another generator has 2"),
    ({"generator": [{"t": [1, 0]}, {"t": {"scale": [1, 2, 3]}}]}, "in generator 2 has 3 values"),
    ({"generator": [{"t": [1, 0]}], "sizes": {"t": 3}}, "disagrees with the generators, which have 2 values"),
    ({"generator": [{"t": [1, 0]}], "sizes": [2]}, "is not a table"),
    ({"generator": [{"t": [1, 0]}], "sizes": {"t": "2"}}, "is not a size"),
    ({"generator": [{"t": [1, 0]}], "sizes": {"t": True}}, "is not a size"),
    ({"generator": [{"t": [1, 0]}], "sizes": {"t": 0}}, "is not a size"),
    ({"generator": [{"t": [1, 0]}], "sizes": {"s": 10**9}}, "is no size for an axis"),
    ({"generator": [{"t": [1, 0]}], "sizes": {"2long": 3}}, "names no axis"),
    ({"generator": [{"t": [1, 0]}], "sizes": {"H": 3}}, "names no axis"),
]


@pytest.mark.parametrize(("content", "problem"), NOT_FINE)
def test_each_mistake_has_an_error_of_its_own(content, problem):
    with pytest.raises(NotationError) as caught:
        generators_from(content)
    error = caught.value
    assert error.problem.startswith(problem)
    assert error.cure
    lines = str(error).split("\n")
    assert len(lines) == 3
    assert problem in lines[0]
    assert "^" in lines[2]
    assert error.position <= max(len(error.text), 8)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("g.toml", "this is no TOML"),
        ("g.toml", "[[generator]\nt = [1, 0]"),
        ("g.toml", "[[generator]]\nt = [1, 0]\nt = [0, 1]"),
        ("g.toml", '{"generator": [{"t": [1, 0]}]}'),
        ("g.toml", "import os; os.system('true')"),
        ("g.toml", b"\xff\xfe\x00"),
        ("g.toml", b"\x00" * 40),
        ("g.toml", "[[generator]]\nt = " + "[" * 3000),
        ("g.json", "[[generator]]\nt = [1, 0]"),
        ("g.json", "{'generator': [{'t': [1, 0]}]}"),
        ("g.json", '{"generator": [{"t": [1, 0]}'),
        ("g.json", ""),
        ("g.json", "[" * 100_000),
        ("g.json", '{"generator": [{"t": [' + "9" * 5000 + "]}]}"),
    ],
)
def test_a_file_that_is_not_toml_or_json(tmp_path, name, data):
    with pytest.raises(SymshareError, match="cannot be read: ") as caught:
        read_generators(write(tmp_path, data, name))
    assert "[[generator]]" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("g.toml", "", "has no generators"),
        ("g.toml", "[[generator]]\nt = [[nan]]", "is not a finite number"),
        ("g.toml", "[[generator]]\nt = [[-inf]]", "is not a finite number"),
        ("g.toml", "[[generator]]\nt = 1979-05-27", "is no permutation and no matrix"),
        ("g.toml", "[[generator]]\nt = [1979-05-27]", "has entries that are not whole numbers"),
        ("g.toml", "[generator]\nt = [1, 0]", "has no generators"),
        ("g.json", '{"generator": [{"t": [[NaN]]}]}', "is not a finite number"),
        ("g.json", '{"generator": [{"t": [[1e999]]}]}', "is not a finite number"),
        ("g.json", "null", "is not a table of generators"),
        ("g.json", '{"generator": [{"t": ' + "[" * 400 + "]" * 400 + "}]}", "is not a number"),
    ],
)
def test_a_file_whose_content_is_wrong(tmp_path, name, data, problem):
    with pytest.raises(NotationError, match=problem):
        read_generators(write(tmp_path, data, name))


def test_a_file_that_is_none(tmp_path):
    for path in (tmp_path / "missing.toml", tmp_path, "a\0b"):
        with pytest.raises(SymshareError, match="cannot read"):
            read_generators(path)


def test_a_file_that_is_too_long(tmp_path):
    file = write(tmp_path, b"#" * 10_000_001)
    with pytest.raises(SymshareError, match="has more than 10,000,000 bytes"):
        read_generators(file)


def test_nothing_in_a_file_is_run(tmp_path):
    mark = tmp_path / "mark"
    code = f"open({str(mark)!r}, 'w').close()"
    for content in (
        {"generator": [{"t": [[code]]}]},
        {"generator": [{"t": code}]},
        {"generator": [{code: [1, 0]}]},
        {"generator": [{"t": [1, 0]}], code: 1},
        {"generator": [{"t": [1, 0]}], "sizes": {"t": code}},
        {"generator": [{"t": [1, 0]}], "first": code},
    ):
        with pytest.raises(SymshareError):
            read_generators(write(tmp_path, json.dumps(content), "g.json"))
    assert not mark.exists()


ROUND = [
    {"generator": [{"t": "(0 1 2)(3 4)"}]},
    {"first": 1, "generator": [{"t": [-2, 1, 3]}]},
    {"generator": [{"r": HALF_TURN}, {"r": [["sqrt(2)/2", "-sqrt(2)/2"], ["sqrt(2)/2", "sqrt(2)/2"]]}]},
    {"generator": [{"r": [["1/2", 1], [0, "-2/3"]]}, {"lie": True, "r": [[0, "sqrt(6)/5"], [1, 0]]}]},
    {"generator": [{"r": [["cos(2*pi/5)", "-sin(2*pi/5)"], ["sin(2*pi/5)", "cos(2*pi/5)"]]}]},
    {"generator": [{"s": {"scale": [1, -1, 0]}}, {"s": [1, 2, 0]}]},
    {"generator": [{"t": [1, 0], "s": [[-1]]}, {"s": [[2]], "q": [1, 2, 0]}, {"u": [1, 0]}]},
    {"generator": [{"t": {"scale": [1, 1]}, "s": {"scale": [2]}}]},
    {"generator": [{"t": "(0 1)"}], "sizes": {"t": 4, "q": 3}},
    {"generator": [{"t": [0, 1, 2]}]},
    {"generator": [{"t": [0, 1], "s": [0]}, {"t": [1, 0]}]},
    {"generator": [{"lie": True, "t": [[0, 0], [0, 0]]}]},
]


@pytest.mark.parametrize("content", ROUND)
def test_there_and_back(content):
    groups = generators_from(content)
    written = generators_of(groups)
    again = generators_from(json.loads(json.dumps(written)))
    assert again == groups
    assert generators_of(again) == written


@pytest.mark.parametrize("name", ["S(4)", "O(3)", "SO(1,3)", "Sp(4)", "PlaneD(12)", "PlaneC(5)", "SU(2)", "Scale(1,2)"])
def test_named_groups_there_and_back(name):
    """The generators of two groups given by name: written apart, not tied."""
    groups = {"a": read_group(name), "b": read_group("C(5)")}
    again = generators_from(json.loads(json.dumps(generators_of(groups))))
    assert {letter: (one.size, one.elements, one.algebra) for letter, one in again.items()} == {
        letter: (one.size, one.elements, one.algebra) for letter, one in groups.items()
    }
    assert again["a"].tie != again["b"].tie


def test_a_group_without_generators_is_written_with_the_identity():
    again = generators_from(generators_of({"t": read_group("Trivial(3)")}))
    assert again["t"].elements == (identity(3),)


def test_the_dual_of_an_axis_from_a_file():
    """Where e goes to g e, the dual goes to g^-T; the pairing of both is the one invariant."""
    groups = generators_from({"generator": [{"lie": True, "r": [[0, 1], [0, 0]]}, {"r": [[2, 1], [1, 1]]}]})
    assert dual(groups["r"], "r").elements == (from_rows([[1, -1], [-1, 2]]),)
    found = solve(taylor("rq->", 1, axes={**groups, "q": "dual(r)"}, least=1))
    assert found.dimensions == (1,)
    assert found.parts[0].basis() == [{0: 1, 3: 1}]  # the trace


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 6)
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["(0 1)", "(1 2 3)", "1/2", "sqrt(3)/2", "1/0", "pi", "lie", "scale", "t"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["t", "s", "lie", "name", "scale", "T", "xy"]) | st.text(max_size=3), inner)
    ),
    max_leaves=12,
)
ENTRIES = st.integers(-2, 3) | st.sampled_from(["1/2", "sqrt(2)", "0", 0.5, "2**9", "i", None, True])
MOVES = (
    st.lists(st.integers(-3, 4), max_size=4)
    | st.permutations([0, 1, 2])
    | st.lists(st.lists(ENTRIES, min_size=2, max_size=3), min_size=2, max_size=3)
    | st.sampled_from(["(0 1)", "(0 1 2)", "(1 2)", "()", "(0 0)"])
    | st.fixed_dictionaries({"scale": st.lists(st.integers(-3, 3), max_size=3)})
)
CONTENT = st.fixed_dictionaries(
    {
        "generator": st.lists(
            st.dictionaries(st.sampled_from(["t", "s", "lie"]), MOVES | st.booleans() | JSON, max_size=3), max_size=3
        )
    },
    optional={
        "sizes": st.dictionaries(st.sampled_from(["t", "s", "r"]), st.integers(-1, 4)) | JSON,
        "first": st.sampled_from([0, 1, 2, 1.0, True]),
    },
)


@given(JSON | CONTENT)
def test_any_content_is_groups_or_an_error_of_ours(content):
    try:
        groups = generators_from(content)
    except SymshareError as error:
        assert 2 <= len(str(error).split("\n")) <= 3
    else:
        assert generators_from(json.loads(json.dumps(generators_of(groups)))) == groups
        assert all(1 <= group.size <= 100_000 for group in groups.values())


@given(st.binary(max_size=60), st.sampled_from(["g.toml", "g.json"]))
def test_any_bytes_are_groups_or_an_error_of_ours(tmp_path_factory, data, name):
    file = tmp_path_factory.mktemp("bytes") / name
    file.write_bytes(data)
    with pytest.raises(SymshareError):
        read_generators(file)


def test_a_file_name_is_no_source_text(tmp_path):
    """What stands in a name goes into generated files: control characters, quotation marks and backslashes do not."""
    path = tmp_path / 'a\nprint("run")#.toml'
    path.write_text("[[generator]]\nr = [[0, -1], [1, 0]]\n")
    source = symshare.emit(symshare.derive("rH->rH", 1, axes=symshare.read_generators(path)))
    assert 'print("run")' not in source
    compile(source, "layer", "exec")


def test_a_device_without_an_end_is_refused():
    with pytest.raises(SymshareError, match="/dev/zero has more than 10,000,000 bytes"):
        read_generators("/dev/zero")
