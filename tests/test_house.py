"""The house: imports go downhill, and what starts at once stays light."""

import ast
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Lower floors may not import higher ones.
FLOORS = {
    "symshare.errors": 0,
    "symshare.core": 1,
    "symshare.plans": 2,
    "symshare.polynomials": 2,
    "symshare.codegen": 3,
    "symshare.pipeline": 4,
    "symshare.show": 4,
    "symshare.nn": 5,
    "symshare.weights": 6,
    "symshare.experiments": 6,
    "symshare_cli": 7,
}
# Rooms of the core, and which others each may import.
ROOMS = {
    "faces": set(),
    "algebra": set(),
    "groups": {"algebra", "faces"},
    "notation": {"groups", "faces"},
    "terms": {"notation", "algebra", "faces"},
    "counting": {"notation", "groups", "algebra"},
    "actions": {"notation", "groups", "algebra"},
    "poolings": {"bases", "terms", "counting", "notation", "groups", "algebra", "faces"},
    "equations": {"actions", "counting", "notation", "groups", "algebra", "faces"},
    "bases": {"equations", "actions", "counting", "terms", "notation", "groups", "algebra", "faces"},
}
# Rooms of the core in which every module has its test file.
MIRRORED = {"actions", "algebra", "faces", "groups", "notation", "terms", "counting", "poolings", "equations", "bases"}
# Experiments know the harness, and nothing of each other.
HARNESS = {"symshare.experiments.harness", "symshare.experiments.catalogue"}
HEAVY = {
    "torch": {"symshare.nn", "symshare.weights", "symshare.experiments"},
    "sympy": {"symshare.core", "symshare.show", "symshare.nn", "symshare.experiments"},
    "matplotlib": {"symshare.show", "symshare.weights", "symshare.experiments"},
    "click": {"symshare_cli"},
}


def modules():
    for folder, package in ((ROOT / "symshare", "symshare"), (ROOT / "cli" / "symshare_cli", "symshare_cli")):
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            yield ".".join([package, *(part for part in parts if part != "__init__")]), path


def imports(path, name):
    """Every module that a file imports anywhere in it, functions and type-checking blocks included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} has a relative import"
            assert node.module is not None
            yield node.module
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


def floor(name):
    found = [level for prefix, level in FLOORS.items() if name == prefix or name.startswith(prefix + ".")]
    return max(found, default=None)


def test_every_module_is_on_a_floor():
    for name, _ in modules():
        assert name == "symshare" or floor(name) is not None, f"{name} stands outside the house"


def test_no_import_goes_up():
    for name, path in modules():
        if name == "symshare":
            continue
        for target in imports(path, name):
            level = floor(target)
            if level is not None:
                assert level <= floor(name), f"{name} imports {target}, which is above it"
            if target == "symshare":
                assert floor(name) > FLOORS["symshare.pipeline"], f"{name} imports the public names from below"


def test_rooms_of_the_core_import_what_they_may():
    for name, path in modules():
        if not name.startswith("symshare.core."):
            continue
        room = name.split(".")[2]
        assert room in ROOMS, f"{name} stands in no room"
        for target in imports(path, name):
            if target.startswith("symshare.core."):
                other = target.split(".")[2]
                assert other == room or other in ROOMS[room], f"{name} imports {target}: {room} may not import {other}"


def test_what_travels_with_emitted_files_needs_torch_alone():
    room = "symshare.nn.runtime"
    for name, path in modules():
        if name.startswith(room):
            for target in imports(path, name):
                assert target == "torch" or target.startswith(f"{room}."), f"{name} imports {target}"


def test_experiments_know_nothing_of_each_other():
    from symshare.experiments.catalogue import CATALOGUE

    for name, path in modules():
        if not name.startswith("symshare.experiments.") or name.count(".") < 3:
            continue
        room = ".".join(name.split(".")[:3])
        assert room in HARNESS or room.split(".")[2] in CATALOGUE, f"{name} is in the folder of no experiment"
        for target in imports(path, name):
            if target.startswith("symshare.experiments."):
                assert ".".join(target.split(".")[:3]) in {room, *HARNESS}, f"{name} imports {target}"


def test_no_circle_of_imports():
    graph = {name: set() for name, _ in modules()}
    for name, path in modules():
        graph[name] = {target for target in imports(path, name) if target in graph and target not in (name, "symshare")}
    done, active = set(), []

    def visit(name):
        assert name not in active, f"circle: {' -> '.join([*active, name])}"
        if name not in done:
            active.append(name)
            for target in sorted(graph[name] - {"symshare"}):
                visit(target)
            active.pop()
            done.add(name)

    for name in graph:
        if name != "symshare":
            visit(name)


def definitions(path):
    """The names of the functions and classes that a file defines, those inside others left out."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return [one.name for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]


def untested(room, tests):
    """The modules of a room, folders in it included, that define something and have no test function where it belongs."""
    for path in sorted(room.rglob("*.py")):
        mirror = tests / path.relative_to(room).with_name(f"test_{path.name}")
        if path.name == "__init__.py" or not definitions(path):
            continue
        if not mirror.exists() or not any(name.startswith("test_") for name in definitions(mirror)):
            yield str(path.relative_to(room))


@pytest.mark.parametrize("room", sorted(MIRRORED))
def test_each_module_of_a_room_has_its_test_file(room):
    missing = list(untested(ROOT / "symshare" / "core" / room, ROOT / "tests" / "core" / room))
    assert not missing, f"write tests/core/{room}/test_<module>.py for {missing}"


@pytest.mark.parametrize(
    ("module", "test", "found"),
    [
        ("def f(): pass", None, ["some.py"]),
        ("class C: pass", None, ["some.py"]),
        ("x = 1", None, []),
        ("def f(): pass", "", ["some.py"]),
        ("def f(): pass", "def f(): pass", ["some.py"]),
        ("def f(): pass", "def f():\n  def test_f(): pass", ["some.py"]),
        ("def f(): pass", "def test_f(): pass", []),
        ("async def f(): pass", "x = 1\ndef test_f(): pass", []),
    ],
)
def test_a_test_file_counts_where_a_test_stands_in_it(tmp_path, module, test, found):
    rooms, tests = tmp_path / "rooms" / "inner", tmp_path / "tests" / "inner"
    for folder in (rooms, tests):
        folder.mkdir(parents=True)
    (rooms / "some.py").write_text(module)
    (rooms / "__init__.py").write_text("def f(): pass")
    if test is not None:
        (tests / "test_some.py").write_text(test)
    assert list(untested(rooms, tests)) == found
    assert list(untested(rooms.parent, tests.parent)) == [f"inner/{one}" for one in found]


def test_heavy_packages_stay_in_their_rooms():
    for name, path in modules():
        for target in imports(path, name):
            rooms = HEAVY.get(target.split(".")[0])
            assert rooms is None or any(name.startswith(room) for room in rooms), f"{name} imports {target}"


def test_generated_source_and_nothing_else_is_executed():
    for name, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "eval", f"{name} calls eval"
                assert node.func.id != "exec" or name == "symshare.nn.compiling", f"{name} calls exec"
        assert "pickle" not in set(imports(path, name))


# The one place that looks a group's row up by its name.
ROW = "symshare.core.groups.group"


def asks_the_name(source):
    """Lines that compare the name of a group's family, or look something up by it: what is known of a group is on its row."""
    for node in ast.walk(ast.parse(source)):
        asked = []
        if isinstance(node, ast.Compare) and not all(isinstance(one, ast.Is | ast.IsNot) for one in node.ops):
            asked = [node.left, *node.comparators]
        elif isinstance(node, ast.Match):
            asked = [node.subject]
        elif isinstance(node, ast.Subscript):
            asked = [node.slice]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            asked = node.args[:1]
        texts = [ast.unparse(one) for side in asked for one in ast.walk(side) if isinstance(one, ast.Attribute)]
        if any(text.endswith((".family", "row.name", "row.written")) for text in texts):
            yield node.lineno


def test_what_is_known_of_a_family_of_groups_is_on_its_row():
    for name, path in modules():
        if name != ROW and not name.startswith("symshare.experiments."):
            found = list(asks_the_name(path.read_text(encoding="utf-8")))
            assert not found, f"{name} asks for a family by its name in lines {found}: put what it needs on the row"


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("if group.family == 'SO':\n    pass", [1]),
        ("x = 1\nreal = group.family in ('U', 'SU')", [2]),
        ("if (one.family, one.numbers) != (other.family, 2):\n    pass", [1]),
        ("match group.family:\n    case 'C':\n        pass", [1]),
        ("order = ORDERS[group.family](3)", [1]),
        ("order = ORDERS.get(group.family)", [1]),
        ("special = 'SO' == group.row.name", [1]),
        ("order = ORDERS[group.row.name](3)", [1]),
        ("order = group.row.order", []),
        ("if passage.family is not None:\n    pass", []),
        ("self.key, self.family = key, family", []),
        ("named = group.row.name or group.of", []),
        ("if group.row.diagrams is Diagrams.OFFSETS:\n    pass", []),
    ],
)
def test_a_family_asked_for_by_its_name_is_found(code, lines):
    assert list(asks_the_name(code)) == lines


LONGEST_FILE = 300
LONGEST_FUNCTION = 60


def test_every_file_has_one_subject_and_at_most_three_hundred_lines():
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def long_functions(source):
    """The functions of a text over the longest a function may be, from `def` to its last line, decorators left out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            lines = node.end_lineno - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield node.name, lines


def test_every_function_fits_a_screen():
    found = {
        f"{name}.{function}": lines
        for name, path in modules()
        for function, lines in long_functions(path.read_text(encoding="utf-8"))
    }
    assert not found, f"functions over {LONGEST_FUNCTION} lines: {found}"


@pytest.mark.parametrize(
    "head", ["def f():", "async def f():", "@decorated\n@twice\ndef f():", "class C:\n  def f(self):"]
)
def test_a_function_of_sixty_lines_fits_and_one_of_sixty_one_does_not(head):
    def written(lines):
        return "\n".join([head, "    'A docstring counts too.'", *["    x = 1"] * (lines - 2)])

    assert not list(long_functions(written(LONGEST_FUNCTION)))
    assert list(long_functions(written(LONGEST_FUNCTION + 1))) == [("f", LONGEST_FUNCTION + 1)]


EXPLAINED = re.compile(r"# type: ignore\[[\w-]+(, ?[\w-]+)*\]  # \S")


def unexplained(path):
    """The lines of a file that tell the type checker to look away without its rule or without a reason."""
    with path.open("rb") as file:
        comments = [one for one in tokenize.tokenize(file.readline) if one.type == tokenize.COMMENT]
    for one in comments:
        if re.match(r"#\s*type:\s*ignore", one.string) and not EXPLAINED.match(one.string):
            yield one.start[0]


def test_every_type_that_is_not_checked_says_why_on_its_line():
    found = {name: lines for name, path in modules() if (lines := list(unexplained(path)))}
    assert not found, f"write `# type: ignore[rule]  # why`: {found}"


@pytest.mark.parametrize(
    ("comment", "explained"),
    [
        ("# type: ignore[misc]  # nobody else has it yet", True),
        ("# type: ignore[misc, arg-type]  # both", True),
        ("# type: ignore[misc]", False),
        ("# type: ignore", False),
        ("#type:ignore", False),
        ("# type: ignore  # no rule", False),
        ("# type: ignore[misc]  #", False),
    ],
)
def test_a_reason_is_a_rule_and_words_after_it(tmp_path, comment, explained):
    path = tmp_path / "some.py"
    path.write_text(f"text = '# type: ignore'\nx = 1  {comment}\n")
    assert list(unexplained(path)) == ([] if explained else [2])


@pytest.mark.parametrize(
    "code",
    [
        "import symshare",
        "from symshare_cli.main import main; main(['--help'], standalone_mode=False)",
        "import symshare; symshare.derive('abH', 3); symshare.count('aa', 5)",
        *(
            f"from symshare_cli.main import main; main({arguments}, standalone_mode=False)"
            for arguments in (
                ["derive", "-s", "ab", "-k", "2"],
                ["derive", "--help"],
                ["count", "-s", "ab", "-k", "5", "--depends", "a->b"],
                ["plan", "-s", "abH", "-k", "2"],
                ["emit", "-s", "abH", "-k", "2"],
                ["emit", "-s", "abH->H", "-k", "2", "--network", "einnet"],
                ["pools", "-s", "abH", "-k", "3"],
                ["explain", "ab,cb,cd,ad->ad", "-s", "abH"],
                ["expand", "--widths", "2,2,2", "--degree", "2"],
                ["variety", "--help"],
            )
        ),
    ],
)
def test_what_starts_at_once_loads_nothing_heavy(code):
    heavy = ("torch", "sympy", "matplotlib", "networkx", "scipy", "numpy")
    code += f"; import sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_what_starts_processes_is_loaded_by_what_does():
    asked = {"subprocess", "tempfile", "json", "click.shell_completion"}
    code = f"import sys, symshare_cli.main; print({asked} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_commands_are_defined_without_what_they_do():
    """Each starts with the definitions of all: they load no mathematics."""
    code = "import sys, symshare_cli.main; print([one for one in sys.modules if one.startswith('symshare.core.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    light = ("symshare.core.notation", "symshare.core.notation.orders")
    assert [one for one in ast.literal_eval(done.stdout) if one not in light] == []


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["derive", "-s", "abH", "-k", "2"], ["plan", "-s", "abH"], ["emit", "-s", "abH", "-k", "2"]],
)
def test_what_writes_layers_loads_no_torch(arguments):
    """A file brings along functions that need torch; they are read as text."""
    code = f"from symshare_cli.main import main; main({arguments}, standalone_mode=False)"
    code += "; import sys; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_public_names_exist_and_are_listed():
    import symshare

    for name in symshare.__all__:
        assert getattr(symshare, name) is not None
    assert set(symshare.__all__) <= set(dir(symshare))
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        symshare.nonsense  # noqa: B018
