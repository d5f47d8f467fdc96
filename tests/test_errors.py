"""What an error says: what came from outside as it may be shown, numbers, and how many lines there are."""

import ast
import math
import pickle
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import symshare
from symshare.errors import NotationError, SymshareError, TooLargeError, amount, plural, shown

HERE = Path(symshare.__file__).parent


@given(st.text(max_size=300), st.integers(10, 200))
def test_what_is_shown_is_printable_short_and_faithful(text, limit):
    found = shown(text, limit)
    assert len(found) <= limit
    assert all(one.isprintable() for one in found)
    escaped = "".join(shown(one) for one in text)
    assert found == escaped or (found.endswith("...") and escaped.startswith(found[:-3]) and len(escaped) > limit)


def test_every_character_is_itself_or_an_escape_of_it():
    """All of Unicode: what stays has a place on the line of its own, what does not is told by its number."""
    kept = 0
    for number in range(0x110000):
        character = chr(number)
        found = shown(character)
        if found == character:
            kept += 1
            assert unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        else:
            assert found.encode("ascii").decode("unicode_escape") == character
    assert kept > 100_000


def test_usual_texts_are_left_alone():
    for text in ("abH->aH", "a/b c/ä.py", "日本語", "C:\\x", "it's", '"', ""):
        assert shown(text) == text
    assert shown(Path("a" * 150)) == "a" * 150
    assert shown("a" * 150) == "a" * 77 + "..."


@given(st.text(max_size=200), st.integers(0, 220))
def test_a_notation_error_points_at_the_place(text, position):
    error = NotationError(text, position, "is wrong", "mend it")
    lines = str(error).split("\n")
    assert all(line.isprintable() for line in lines)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    if not text:
        assert lines == ["'' is wrong", "  mend it"]
        return
    _, window, pointer = lines
    assert len(window) <= 82
    assert pointer.endswith("^  mend it")
    if position < len(text):
        assert window[pointer.index("^") :].startswith(shown(text[position]))


def test_the_lines_of_any_error_are_harmless_and_bounded():
    error = SymshareError("\x1b[31m\u202e" + "x" * 5000 + "\n  \x9b cure")
    first, second = str(error).split("\n")
    assert first.startswith(r"\x1b[31m\u202exxx")
    assert len(first) == 300
    assert second == r"  \x9b cure"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@given(st.integers(0, 10**60))
def test_an_amount_is_exact_or_a_power_of_ten(number):
    found = amount(number)
    if found.startswith("about 10^"):
        assert 10 ** (int(found[9:])) <= number < 10 ** (int(found[9:]) + 1) or number > 10**15
        assert number >= 10**20
    else:
        assert int(found.replace(",", "")) == number


def test_an_amount_of_any_length_is_told():
    assert amount(math.factorial(5000)) == "about 10^16325"
    assert amount(7 * 10**100_000) == "about 10^100000"
    assert (plural(1, "step"), plural(0, "step"), plural(10**30, "step")) == ("1 step", "0 steps", "about 10^30 steps")


def raised():
    """Every message of a TooLargeError in the source: its lines, without what is filled in."""
    for path in sorted(HERE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "TooLargeError":
                pieces = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
                yield f"{path.stem}:{node.lineno}", "".join(one for one in pieces if isinstance(one, str)).split("\n")


@pytest.mark.parametrize(("place", "lines"), list(raised()))
def test_a_request_that_is_too_large_is_told_in_three_lines(place, lines):
    assert len(lines) <= 3, place
    assert all(len(line) <= 110 for line in lines), place


LARGE = {
    "many terms": lambda: symshare.derive("abcd", 9),
    "very many": lambda: symshare.derive("aabbccdd->aabbccdd", 12, max_terms=10),
    "of a long text": lambda: symshare.derive(",".join(f"tensor_{n}:ab" for n in range(30)) + "->ab", 3),
    "counted": lambda: symshare.count("abcdef", 100),
    "of a long text, counted": lambda: symshare.count(",".join(["abc"] * 95) + "->a", 20),
    "symbol": lambda: symshare.derive("r" * 6 + "->" + "r" * 5, 1, axes={"r": "SO(11)"}),
    "large symbol": lambda: symshare.derive("r" * 6 + "->" + "r" * 4, 1, axes={"r": "SO(10)"}),
    "unknowns": lambda: symshare.taylor("abcdef->abcdef", 9, sizes=dict.fromkeys("abcdef", 50)),
    "exponents": lambda: symshare.laurent("ab->", (-2, 2), sizes={"a": 500, "b": 500}),
    "poolings": lambda: symshare.pools("ab", 999),
    "all poolings": lambda: symshare.pools("abcdef", 9, rule="none"),
    "series": lambda: symshare.entries(symshare.taylor("abc->", 2, sizes={"a": 99, "b": 99, "c": 99})),
}


@pytest.mark.parametrize("what", LARGE)
def test_what_is_too_large_is_refused_in_short_lines(what):
    with pytest.raises(TooLargeError) as caught:
        LARGE[what]()
    lines = str(caught.value).split("\n")
    assert len(lines) <= 3
    assert all(len(line) <= 125 for line in lines), lines


MISTAKES = {
    "NotationError": "symshare.derive('a bH', 1)",
    "TooLargeError": "symshare.derive('abc', 9)",
    "SymshareError": "symshare.derive('abH', 1).only('ab->ac')",
    "PlanError": "raise symshare.PlanError('one\\n  two')",
    "LayerFileError": "raise symshare.LayerFileError('there is no file\\n  write one')",
}


def told(mistake):
    """What the command line would say of it."""
    try:
        exec(mistake, {"symshare": symshare})  # noqa: S102
    except symshare.SymshareError as error:
        return f"{type(error).__name__}: {error}"
    raise AssertionError(mistake)


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_mistake_in_a_shell_of_ipython_is_its_lines_alone(kind, tmp_path):
    """A real shell, as a notebook has: no frame of ours, and no traceback before or after."""
    pytest.importorskip("IPython")
    script = tmp_path / "cell.ipy"
    script.write_text(f"import symshare\n{MISTAKES[kind]}\n")
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        f"shell.run_cell({script.read_text()!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.stdout == told(MISTAKES[kind]) + "\n"
    assert done.stdout.startswith(kind)
    assert len(done.stdout.splitlines()) <= 3
    assert done.stderr == ""


def test_a_mistake_in_a_notebook_is_its_lines_alone():
    """Through a kernel and its messages: what is kept as the traceback of a cell."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    cell = nbformat.v4.new_code_cell("import symshare\n" + MISTAKES["NotationError"])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()
    (output,) = notebook.cells[0].outputs
    assert output["ename"] == "NotationError"
    assert output["traceback"] == told(MISTAKES["NotationError"]).split("\n")
    assert len(output["traceback"]) == 3


def test_another_error_keeps_its_traceback():
    """Only what a person can mend is cut: a fault of a program is shown with its frames."""
    assert not hasattr(ValueError("x"), "_render_traceback_")
    assert all(
        issubclass(one, SymshareError) and "_render_traceback_" in dir(one)
        for one in vars(symshare.errors).values()
        if isinstance(one, type) and issubclass(one, Exception)
    )
