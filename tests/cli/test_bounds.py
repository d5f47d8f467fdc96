"""Whatever is asked ends within 20 seconds and 2 GiB, with an answer or with an error of three lines.

`SYMSHARE_FUZZ=300 pytest tests/cli/test_bounds.py` (or `make fuzz`) tries so many commands; a number in the name of a test
says from which seed its command is made.
"""

import json
import os
from random import Random

import pytest

from tests.limited import limited, within_bounds

NUMBER = int(os.environ.get("SYMSHARE_FUZZ", "60"))
SEED = int(os.environ.get("SYMSHARE_FUZZ_SEED", "0"))
LETTERS = "abcrst"

NAMED = {
    **dict.fromkeys(("S", "C", "D", "B", "O", "SO", "GL", "SL", "U", "SU", "Trivial", "PlaneC", "PlaneD"), (1, 6)),
    **dict.fromkeys(("Sp", "C", "D", "PlaneC"), (2, 6)),
}
ALONE = ("Cube", "Lorentz")
NUMBERS = (
    "1",
    "0",
    "-1",
    "2",
    "1/2",
    "-3/7",
    "sqrt(2)",
    "sqrt(3)/2",
    "cos(2*pi/5)",
    "1/(1+sqrt(2))",
    "0.6",
    "sqrt(5)-1",
)


def group(random):
    """A group by name, mostly small, now and then large."""
    kind = random.random()
    if kind < 0.1:
        return random.choice(ALONE)
    if kind < 0.2:
        return f"SO({random.randint(1, 3)},{random.randint(1, 3)})"
    name, (least, most) = random.choice(sorted(NAMED.items()))
    return f"{name}({random.randint(least, most) if random.random() < 0.85 else random.choice([12, 30, 100, 1000])})"


def matrix(random, size):
    """A permutation in one line or in cycles, or a matrix: of whole numbers, fractions, roots or floats."""
    kind = random.random()
    places = random.sample(range(size), size)
    if kind < 0.25:
        return places
    if kind < 0.4:
        return "(" + " ".join(map(str, places[: random.randint(1, size)])) + ")"
    if kind < 0.55:
        return [
            [(1 if random.random() < 0.8 else -1) * int(column == places[row]) for column in range(size)]
            for row in range(size)
        ]
    if kind < 0.7:
        return [[random.randint(-2, 2) for _ in range(size)] for _ in range(size)]
    if kind < 0.85:
        return [
            [1 if row == column else random.randint(-1, 1) * int(row < column) for column in range(size)]
            for row in range(size)
        ]
    return [[random.choice(NUMBERS) for _ in range(size)] for _ in range(size)]


def generator_file(random, letters):
    """A file that moves some letters, one by one or together, by elements of a group or of a Lie algebra."""
    sizes = {letter: random.choice([1, 2, 2, 3, 3, 4, 5, 12, 40]) for letter in letters}
    listed = []
    for _ in range(random.randint(1, 3)):
        own = random.sample(letters, random.randint(1, len(letters)))
        lie = random.random() < 0.15
        one = {"lie": True} if lie else {}
        for letter in own:
            entries = [[random.randint(-1, 1) for _ in range(sizes[letter])] for _ in range(sizes[letter])]
            one[letter] = entries if lie else matrix(random, sizes[letter])
        listed.append(one)
    return {"generator": listed, "sizes": sizes}


def signature(random):
    """A symmetry of one to three inputs and outputs, with repeated letters, channels and a size of zero now and then."""
    letters = random.sample(LETTERS, random.randint(1, 3)) + ["H"] * (random.random() < 0.3)

    def tensors(most):
        return ",".join(
            "".join(random.choices(letters, k=random.choice([0, 1, 1, 2, 2, 3])))
            for _ in range(random.randint(1, most))
        )

    text = tensors(2) + (f"->{tensors(2)}" if random.random() < 0.7 else "")
    return text, sorted({letter for letter in text if letter.islower()})


def command(seed, folder):
    """The words of a command."""
    random = Random(seed)
    text, letters = signature(random)
    name = random.choices(["derive", "count", "solve", "plan", "emit", "pools"], [5, 2, 4, 2, 2, 1])[0]
    words = [name, "-s", text]
    grouped = random.sample(letters, random.randint(0, len(letters)))
    if grouped and random.random() < 0.5:
        (folder / "group.json").write_text(json.dumps(generator_file(random, grouped)))
        words += ["--generators", "group.json"]
    else:
        words += [word for letter in grouped for word in ("--axis", f"{letter}={group(random)}")]
    for letter in letters:
        if letter not in grouped and random.random() < 0.4:
            words += ["--size", f"{letter}={random.choice([1, 2, 3, 4, 7, 20, 100])}"]
    if len(letters) > 1 and random.random() < 0.15:
        words += ["--depends", f"{letters[0]}->{letters[1]}"]
    order = random.choices([0, 1, 2, 3, 4, 5, 6, 8, 12, 20], [1, 4, 6, 5, 3, 2, 2, 1, 1, 1])[0]
    if name == "solve" and random.random() < 0.2:
        words += [f"--laurent={random.randint(-2, 0)}..{random.randint(0, 2)}"]
    else:
        words += ["-k", str(order)]
    flags = {
        "derive": ["--ordered", "--certify", "--json", "--latex", "--show-constants", "--max-terms=500"],
        "count": ["--ordered", "--json"],
        "solve": ["--ordered", "--equations", "--json", "--solver=rational", "--solver=numeric", "--solver=orbits"],
        "plan": ["--json", "--kind=polynomial", "--kind=pooling", "--reduce=sum", "--coefficients=full"],
        "emit": ["--kind=polynomial", "--kind=linear", "--reduce=sum", "--coefficients=full"],
        "pools": ["--json"],
    }[name]
    words += [flag for flag in flags if random.random() < 0.25]
    return words


@pytest.mark.parametrize("seed", range(SEED, SEED + NUMBER))
def test_every_command_ends(seed, tmp_path):
    words = command(seed, tmp_path)
    done = limited(words, tmp_path)
    shown = f"symshare {' '.join(words)}\n{(tmp_path / 'group.json').read_text() if '--generators' in words else ''}"
    assert within_bounds(done), (
        f"{shown}\n{done.code} after {done.seconds:.1f} s, {done.mebibytes:.0f} MiB\n{done.err[-500:]}"
    )
    assert done.code in (0, 1, 2), shown
    assert "Traceback" not in done.err, f"{shown}\n{done.err[-2000:]}"
    if done.code == 2 and not done.err.startswith("Usage:"):
        problem = done.err[done.err.rindex("Error: ") :] if "Error: " in done.err else done.err
        assert len(problem.strip().splitlines()) <= 4, f"{shown}\n{done.err}"
