"""Emitted text is laid out as a formatter would, whatever the names, the number of tensors, the groups and the options."""

import random
import subprocess
import sys

import pytest

import symshare
from symshare.codegen.layout import laid_out
from symshare.errors import SymshareError

LONG = "a_very_long_name_for_a_tensor_indeed_so_long_that_lines_break_everywhere"
NAMES = ("W", "bias", "weights_of_the_first_layer", LONG, "x", "measure", "self", "class_", "hidden_state", "q")
GROUPS = ("O(3)", "SO(3)", "C(4)", "C(20)", "D(4)", "SU(2)", "Lorentz", "Sp(4)", "B(3)", "PlaneC(5)", "U(2)", "Cube")


def drawn(source):
    """A random signature, and what else `derive` takes."""
    many = source.random() < 0.2
    letters = "abc"[: source.randint(1, 3)]
    axes = {"r": source.choice(GROUPS)} if source.random() < 0.35 else {}
    letters += "".join(axes)
    longest = 1 if many else source.choice((2, 3, 3, 4))
    sides = [
        ["".join(source.choice(letters) for _ in range(source.randint(0, longest))) + "H" for _ in range(number)]
        for number in (source.randint(1, 7 if many else 3), source.randint(1, 5 if many else 2))
    ]
    names = source.sample(NAMES, k=len(NAMES))
    named = [
        [f"{name}:{axes}" for name, axes in zip(own, side, strict=False)] if source.random() < 0.6 else side
        for own, side in zip((names, names[::-1]), sides, strict=True)
    ]
    text = "->".join(map(",".join, named))
    used = axes if any("r" in one for side in sides for one in side) else {}
    return text, {"depends": ["a->b"] if source.random() < 0.3 else [], "axes": used}


def emitted(source):
    """The text of a random layer or network, or None where the draw is refused or has many terms."""
    text, given = drawn(source)
    options = {"reduce": source.choice(("mean", "sum"))}
    options |= {name: True for name in ("normalise_scale", "normalise_factors") if source.random() < 0.3}
    order, kind = source.choice((1, 1, 1, 2, 2, 3)), source.random()
    try:
        if kind < 0.15:
            rounds = source.choice((None, 3))
            return symshare.emit(
                symshare.network(text, min(order + 1, 2), depends=given["depends"], depth=1, rounds=rounds)
            )
        if kind < 0.25:
            found = symshare.pools(text.split("->")[0], min(order + 1, 2), depends=given["depends"])
            return symshare.emit(found, **options)
        if sum(symshare.count(text, one, **given) for one in range(order + 1)) > 120:
            return None
        full = {"coefficients": "full"} if source.random() < 0.2 else {}
        return symshare.emit(symshare.derive(text, order, **given), **options, **full)
    except SymshareError:
        return None


def test_files_of_a_hundred_random_signatures_need_no_formatter(tmp_path):
    source, number = random.Random(7), 0
    while number < 100:
        text = emitted(source)
        if text is not None:
            (tmp_path / f"layer{number:03d}.py").write_text(text)
            number += 1
    for command in (("format", "--check"), ("check",)):
        arguments = [sys.executable, "-m", "ruff", command[0], "--isolated", *command[1:], str(tmp_path)]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:]


DEFINITION = f"def f(\n    self, {'a' * 40}, *, {'b' * 20}: int = 3\n) -> int:"
STATEMENTS = [
    # what fits in 88 columns is left alone; what does not is broken as shown
    ("y = x", "y = x"),
    (f"{'y' * 40} = {'x' * 40}(a, b)", f"{'y' * 40} = {'x' * 40}(\n    a, b\n)"),
    (f"result = {'x' * 40} @ {'w' * 40}", f"result = (\n    {'x' * 40} @ {'w' * 40}\n)"),
    (f"y = {'x' * 40} @ {'w' * 50}", f"y = (\n    {'x' * 40}\n    @ {'w' * 50}\n)"),
    (f"y = f({'a' * 50}, {'b' * 50})", f"y = f(\n    {'a' * 50},\n    {'b' * 50},\n)"),
    (f"y = ({'a' * 50}, {'b' * 40})", f"y = (\n    {'a' * 50},\n    {'b' * 40},\n)"),
    (f"return {'a' * 50}, {'b' * 50}", f"return (\n    {'a' * 50},\n    {'b' * 50},\n)"),
    (f"for key in ({'a' * 50}, {'b' * 30}):", f"for key in (\n    {'a' * 50},\n    {'b' * 30},\n):"),
    ("def f(self, " + "a" * 40 + ", *, bbbbbbbbbbbbbbbbbbbb: int = 3) -> int:", DEFINITION),
    (f"# {'a' * 100}", f"# {'a' * 100}"),
]


@pytest.mark.parametrize(("line", "expected"), STATEMENTS)
def test_statements(line, expected):
    found = laid_out([line])
    assert "\n".join(found) == expected
    assert laid_out(found) == found


@pytest.mark.parametrize(
    "line",
    [
        "".join(("t = (x @ ", "w" * 40, ").movedim((-3, -2, -4), (-4, -3, -2)) + u[..., :, None, :, :, :]")),
        "".join(("y += ", "x" * 30, " @ self.mix[", '"' + "k" * 40 + '"', "]")),
        "".join(("self.mix[", '"' + "k" * 75 + '"', "] = weight(self.in_channels[0], self.out_channels[0])")),
        "".join(("(", "x" * 60, ",) = _one_scale((", "x" * 60, ', "abC", (w_a, "a"), (w_b, "b")))')),
        "".join(("y = ", "a" * 30, " * ", "b" * 30, " / ", "c" * 30, " * d")),
        "".join(("y = f(", "a" * 40, " + ", "b" * 50, ", key=", "c" * 20, ", **made)")),
        "".join(("y = placed.expand(*", "y" * 70, ".shape[:-3], a, b, -1)")),
    ],
)
def test_broken_statements_are_as_the_formatter_leaves_them(line):
    found = "\n".join(laid_out([line])) + "\n"
    assert found.count("\n") > 1
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    done = subprocess.run(command, input=found, capture_output=True, text=True, check=True)
    assert done.stdout == found
