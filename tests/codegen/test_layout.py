"""Emitted text is laid out as a formatter would, whatever the names, the number of tensors, the groups and the options."""

import random
import subprocess
import sys
from collections import Counter

import pytest

import symshare
from symshare.codegen.layout import laid_out
from symshare.errors import SymshareError

LONG = "a_very_long_name_for_a_tensor_indeed_so_long_that_lines_break_everywhere"
NAMES = ("W", "bias", "weights_of_the_first_layer", LONG, "x", "measure", "self", "class_", "hidden_state", "q")
GROUPS = ("O(3)", "SO(3)", "C(4)", "C(20)", "D(4)", "SU(2)", "Lorentz", "Sp(4)", "B(3)", "PlaneC(5)", "U(2)", "Cube")
FORESTS = ((), ("a->b",), ("a->b", "b->c"), ("a->b", "a->c"), ("a->b", "b->c", "c->d"))
# how many of a hundred files must have what the layout has gone wrong at
LEAST = {"layer": 40, "pooling": 5, "network": 10, "long name": 10, "many tensors": 10, "constants": 5}
LEAST |= {"dependency": 15, "deep dependency": 5}


def rooted(axes, depends):
    """The axes after all that they depend on."""
    above = {rule[-1]: rule[0] for rule in depends}
    missing, letters = "", set(axes)
    for letter in axes:
        while (letter := above.get(letter, "")) and letter not in letters:
            missing, letters = letter + missing, letters | {letter}
    return missing + axes


def drawn(source):
    """A random signature, and what else `derive` takes."""
    many = source.random() < 0.2
    depends = source.choice(FORESTS) if source.random() < 0.4 else ()
    letters = "abcd"[: max(source.randint(1, 3), len(depends) + bool(depends))]
    axes = {"r": source.choice(GROUPS)} if source.random() < 0.5 else {}
    letters += "".join(axes)
    longest = 1 if many else source.choice((2, 3, 3, 4))
    sides = [
        [rooted("".join(source.choices(letters, k=source.randint(0, longest))), depends) + "H" for _ in range(number)]
        for number in (source.randint(1, 7 if many else 3), source.randint(1, 5 if many else 2))
    ]
    names = source.sample(NAMES, k=len(NAMES))
    named = [
        [f"{name}:{axes}" for name, axes in zip(own, side, strict=False)] if source.random() < 0.6 else side
        for own, side in zip((names, names[::-1]), sides, strict=True)
    ]
    text = "->".join(map(",".join, named))
    used = axes if any("r" in one for side in sides for one in side) else {}
    return text, {"depends": [rule for rule in depends if rule[-1] in text], "axes": used}


def traits(text, given, emitted):
    """What is in a file that a layout can go wrong at."""
    classes = [line for line in emitted.splitlines() if line.startswith("class ")]
    kind = "network" if any("EinNet" in one for one in classes) else "layer"
    found = {"pooling" if kind == "layer" and "--kind pooling" in emitted else kind}
    found |= {"long name"} if LONG in text else set()
    found |= {"many tensors"} if text.count(",") >= 4 else set()
    found |= {"constants"} if given["axes"] and "nonzero" in emitted else set()
    found |= {"dependency"} if given["depends"] else set()
    return found | ({"deep dependency"} if len(given["depends"]) > 1 and "b->c" in given["depends"] else set())


def emitted(source):
    """The text of a random layer or network and its traits, or None where the draw is refused or has many terms."""
    text, given = drawn(source)
    try:
        found = emitted_for(source, text, given)
    except SymshareError:
        return None
    return found and (found, traits(text, given, found))


def emitted_for(source, text, given):
    """A random layer or network of a signature, or None where it has many terms."""
    options = {"reduce": source.choice(("mean", "sum"))}
    options |= {name: True for name in ("normalise_scale", "normalise_factors") if source.random() < 0.3}
    order, kind = source.choice((1, 1, 1, 2, 2, 3)), source.random()
    if kind < 0.15:
        rounds = source.choice((None, 3))
        form = {
            "inject": source.random() < 0.5,
            "scaled": source.choice((None, -1)),
            "nonlinearity": source.choice(("gelu", None)),
        }
        made = symshare.network(text, min(order + 1, 2), depends=given["depends"], depth=1, rounds=rounds, **form)
        return symshare.emit(made)
    if kind < 0.25:
        found = symshare.pools(text.split("->")[0], min(order + 1, 2), depends=given["depends"])
        return symshare.emit(found, **options)
    if sum(symshare.count(text, one, **given) for one in range(order + 1)) > 120:
        return None
    full = {"coefficients": "full"} if source.random() < 0.2 else {}
    return symshare.emit(symshare.derive(text, order, **given), **options, **full)


def test_files_of_a_hundred_random_signatures_need_no_formatter(tmp_path):
    source, number, seen = random.Random(7), 0, Counter()
    while number < 100:
        found = emitted(source)
        if found is not None:
            (tmp_path / f"layer{number:03d}.py").write_text(found[0])
            seen.update(found[1])
            number += 1
    assert all(seen[trait] >= least for trait, least in LEAST.items()), seen
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


VALUES = [
    "weight(self.in_channels[0])",
    "weight(self.in_channels[0], self.in_channels[1], self.in_channels[1], self.out_channels[0])",
    f"torch.stack([{'a' * 40}, {'b' * 40}])",
    f"x.sum(-2).movedim({'a' * 40}, {'b' * 45})",
    f"[{'a' * 40}, {'b' * 45}]",
    f"_mean({'a' * 74}, w_b)",  # too long for parentheses around it
    f"self.bias[{'a' * 80}]",
]


@pytest.mark.parametrize("value", VALUES)
def test_values_behind_targets_of_every_length_are_as_the_formatter_leaves_them(value):
    """Around the width a value moves into parentheses, into its own brackets, and at last stays on the line of its target."""
    lengths = range(50, 96)
    targets = [one for n in lengths for one in ("y" * n, f'self.mix["{"k" * (n - 12)}"]', "y" * (n - 3) + ", z")]
    found = "\n".join(line for target in targets for line in laid_out([f"{target} = {value}"])) + "\n"
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    done = subprocess.run(command, input=found, capture_output=True, text=True, check=True)
    assert done.stdout == found
