"""Files of layers under other groups: what they compute where symshare is not installed, and what they say of themselves."""

import ast
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from symshare_cli.main import main

import symshare
from symshare import derive, emit, read_generators
from tests.plans.test_groups_plan import CASES, NAMES, drawn, layer_values, planned

ALONE = """
import importlib.util, json, sys
from pathlib import Path
import numpy as np, torch
sys.modules["symshare"] = None  # from here on `import symshare` fails
found = {}
for folder in sorted(Path(sys.argv[1]).iterdir()):
    spec = importlib.util.spec_from_file_location(folder.name, folder / "layer.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    arrays = dict(np.load(folder / "case.npz"))
    case = json.loads((folder / "case.json").read_text())
    one = lambda numbers: tuple(numbers) if len(numbers) > 1 else numbers[0]
    more = {"rank": 3} if case["ranked"] else {}
    layer = module.Layer(one(case["in"]), one(case["out"]), dtype=torch.float64, **more)
    state = {name[2:]: torch.from_numpy(array) for name, array in arrays.items() if name.startswith("p:")}
    layer.load_state_dict(state, strict=False)
    inputs = [torch.from_numpy(arrays[f"x:{n}"]) for n in range(len(case["in"]))]
    with torch.no_grad():
        y = layer(*inputs)
        z = layer(*(x[0] for x in inputs))
    y, z = (y, z) if isinstance(y, tuple) else ((y,), (z,))
    found[folder.name] = [
        max(float(np.abs(a.numpy() - arrays[f"y:{n}"]).max()) for n, a in enumerate(y)),
        max(float(np.abs(a.numpy() - arrays[f"y:{n}"][0]).max()) for n, a in enumerate(z)),
        max(float(np.abs(arrays[f"y:{n}"]).max()) for n in range(len(y))),
    ]
print(json.dumps(found))
"""


def test_files_compute_the_sum_of_their_terms_where_symshare_cannot_be_imported(tmp_path):
    """All cases in one process: values against the definition of the terms in float64, with a batch axis and without."""
    for number, case in enumerate(CASES):
        made = planned(case)
        ins, outs, parameters, inputs, sizes = drawn(made, np.random.default_rng(number))
        folder = tmp_path / f"case_{number}"
        folder.mkdir()
        arrays = {f"p:{name}": array for name, array in parameters.items()}
        arrays |= {f"x:{n}": array for n, array in enumerate(inputs)}
        arrays |= {f"y:{n}": array for n, array in enumerate(layer_values(made, parameters, inputs, sizes))}
        np.savez(folder / "case.npz", **arrays)
        (folder / "case.json").write_text(json.dumps({"in": ins, "out": outs, "ranked": made.ranked}))
        (folder / "layer.py").write_text(emit(made))
    done = subprocess.run([sys.executable, "-c", ALONE, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found) == len(CASES)
    for number, name in enumerate(NAMES):
        with_batch, without, scale = found[f"case_{number}"]
        assert max(with_batch, without) < 1e-11 * max(1, scale), name


def texts():
    for case in CASES:
        yield emit(planned(case))
    yield emit(derive("tH->tH", 1, axes={"t": "C(64)"}))
    yield emit(derive("arH->arH", 2, axes={"r": "U(2)"}), normalise_scale=True)
    yield emit(derive("rH->rH", 1, axes={"r": "Lorentz"}))


def test_files_are_clean_and_formatted(tmp_path):
    beside = Path(sys.executable).with_name("ruff")
    ruff = str(beside) if beside.is_file() else shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not installed")
    for number, text in enumerate(texts()):
        (tmp_path / f"layer_{number}.py").write_text(text)
    for command in (["check", "--isolated"], ["format", "--isolated", "--check"]):
        done = subprocess.run([ruff, *command, str(tmp_path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_files_import_torch_only_and_name_the_groups():
    for case in CASES:
        made = planned(case)
        tree = ast.parse(emit(made))
        imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        assert [ast.unparse(node) for node in imported] == ["import torch"]
        values = {
            node.targets[0].id: ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)
        }
        assert values["SIGNATURE"] == str(made.signature)
        assert values["SIZES"] == dict(made.signature.sizes)
        named = {letter: group for letter, group in case[2].items() if isinstance(group, str)}
        assert values.get("AXES", {}) == named
        assert ("GENERATORS" in values) == (not named)
        docstring = ast.get_docstring(tree)
        assert all(f"axis {letter}: {group}" in docstring for letter, group in case[2].items())
        assert all(text in docstring for text in values["TERMS"])


def test_a_file_with_all_terms_says_so():
    """Also with channels, where a term is one that differs from all exchanges of others."""
    for text, order, axes in [
        ("rH->rH", 2, {"r": "SO(3)"}),
        ("tH->tH", 2, {"t": "D(4)"}),
        ("tH->tH", 1, {"t": "C(4)"}),
    ]:
        written = emit(derive(text, order, axes=axes))
        assert "All equivariant terms" in written
        assert "--only" not in written
    basis = derive("arH->rH", 3, axes={"r": "O(3)"})
    assert len(basis.of_order(3)) > 1
    assert "Chosen equivariant terms" in emit(basis.only(basis.of_order(3)[0].to_einsum()))


def test_the_same_command_gives_the_same_bytes_under_any_hash_seed():
    code = (
        "import symshare as s\n"
        "print(s.emit(s.derive('arH->arH', 2, axes={'r': 'SO(3)'})))\n"
        "print(s.emit(s.derive('tuH->tH', 2, axes={'t': 'D(4)', 'u': 'C(3)'})))\n"
        "print(s.emit(s.derive('rrH->rrH', 1, axes={'r': 'Lorentz'})))\n"
        "print(s.emit(s.derive('rH->rH', 3, axes={'r': 'PlaneC(5)'})))\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(found) == 1


def remade(text):
    """What the command in a file's docstring prints."""
    lines = [line for line in text.splitlines() if line.startswith("  symshare emit")]
    assert lines, "the file has no command"
    done = CliRunner().invoke(main, shlex.split(lines[0])[1:])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize(
    ("text", "order", "axes", "choices"),
    [
        ("rH->rH", 2, {"r": "SO(3)"}, {}),
        ("arH->arH", 2, {"r": "O(3)"}, {"reduce": "sum", "coefficients": "full"}),
        ("tH->tH", 1, {"t": "C(4)"}, {}),
        ("tH->tH", 2, {"t": "D(4)"}, {}),
        ("tH->tH", 1, {"t": "C(40)"}, {"circular": "direct"}),
        ("tH->tH", 1, {"t": "C(4)"}, {"circular": "fft"}),
        ("arH->arH", 1, {"r": "O(3)"}, {"normalise_scale": True}),
        ("rrH->rrH", 1, {"r": "Lorentz"}, {}),
        ("abH->abH", 1, {"a": "GL(3)", "b": "dual(a)"}, {}),
        ("rH->H", 2, {"r": "SO(1,2)"}, {}),
        ("aaH->aH", 1, {"a": "S(4)"}, {}),
        ("rH->rH", 2, {"r": "Scale(1,2)"}, {}),
        ("u:rH,v:rH->w:rH", 2, {"r": "SO(3)"}, {}),
        ("rH->rH", 1, {"r": "SU(2)"}, {}),
    ],
)
def test_the_command_in_the_file_makes_the_file(text, order, axes, choices):
    if text.endswith("->H"):
        choices = {**choices, "kind": "polynomial"}
    written = emit(derive(text, order, axes=axes), **choices)
    assert remade(written) == written


def test_the_command_in_the_file_makes_the_file_of_chosen_terms():
    basis = derive("arH->rH", 3, axes={"r": "O(3)"})
    assert len(basis.of_order(3)) > 1
    written = emit(basis.only(basis.of_order(3)[0].to_einsum()))
    assert remade(written) == written


FILES = {
    "turns.toml": '[[generator]]\nr = [["1/2", "-sqrt(3)/2"], ["sqrt(3)/2", "1/2"]]\n',
    "tied.json": json.dumps({"generator": [{"r": "(0 1 2)", "s": [1, 0]}]}),
    "signs.toml": "first = 1\n[[generator]]\nr = [2, -1, 3]\n",
    "lie.toml": "[[generator]]\nlie = true\nr = [[0, -1], [1, 0]]\n",
    "with space.toml": '[[generator]]\nr = "(0 1 2 3)"\n',
}


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_command_finds_the_generators_again(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(FILES[name])
    axes = read_generators(name)
    text = "rsH->rH" if "s" in axes else "rH->rH"
    written = emit(derive(text, 1, axes=axes))
    assert "--generators" in written
    assert remade(written) == written
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(written).body
        if isinstance(node, ast.Assign)
    }
    again = symshare.core.groups.files.generators_from(json.loads(values["GENERATORS"]))
    assert {one: (g.elements, g.algebra) for one, g in again.items()} == {
        one: (g.elements, g.algebra) for one, g in axes.items()
    }


def test_constants_stand_in_the_file_as_rows():
    written = emit(derive("rrH->rH", 1, axes={"r": "SO(3)"}))
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(written).body
        if isinstance(node, ast.Assign)
    }
    assert set(values["E3"]) == {(0, 1, 2, 1), (1, 2, 0, 1), (2, 0, 1, 1), (0, 2, 1, -1), (2, 1, 0, -1), (1, 0, 2, -1)}
