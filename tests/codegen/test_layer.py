"""Emitted files: what they compute, where symshare is not installed, and that they are the same to the byte."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symshare
from symshare import SymshareError, derive, emit
from tests import started, zoo
from tests.measured import equivariance_errors, random_inputs, small_sizes
from tests.reference import CASES, layer_values, random_parameters

SIZES = {"a": 3, "b": 4, "c": 2}


@pytest.mark.parametrize(("text", "order", "options", "choices"), CASES)
def test_a_file_runs_where_symshare_cannot_be_imported(tmp_path, text, order, options, choices):
    """Values against the definition in float64, pickle, torch.compile, torch.export at other sizes, no batch axes."""
    random = np.random.default_rng(0)
    plan = symshare.plan(derive(text, order, **options), kind="polynomial", **choices)
    signature = plan.signature
    ins, outs = [2 + n for n in range(len(signature.inputs))], [3 + n for n in range(len(signature.outputs))]
    channels = {f"in{n}": c for n, c in enumerate(ins)} | {f"out{n}": c for n, c in enumerate(outs)} | {"rank": 8}
    parameters = random_parameters(plan, channels, random)
    sizes = {**SIZES, **dict(signature.sizes)}
    inputs = [
        random.normal(size=(2, 3, *(sizes[letter] for letter in tensor.set_axes), channel))
        for tensor, channel in zip(signature.inputs, ins, strict=True)
    ]
    present = {letter for tensor in signature.inputs for letter in tensor.set_axes}
    keywords = {letter: sizes[letter] for letter in signature.set_axes if letter not in present}
    arrays = {f"p:{name}": array for name, array in parameters.items()}
    arrays |= {f"x:{number}": array for number, array in enumerate(inputs)}
    arrays |= {f"y:{number}": array for number, array in enumerate(layer_values(plan, parameters, inputs, sizes))}
    np.savez(tmp_path / "case.npz", **arrays)
    axes = [tensor.set_axes for tensor in signature.inputs]
    (tmp_path / "case.json").write_text(json.dumps({"in": ins, "out": outs, "axes": axes, "keywords": keywords}))
    (tmp_path / "layer.py").write_text(emit(plan))
    done = started.run(Path(__file__).with_name("standalone.py").read_text(), tmp_path, loaded=started.TRACED)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.pop("symshare") is False
    scale = max(float(np.abs(arrays[f"y:{number}"]).max()) for number in range(len(outs)))
    assert {name: error < 1e-12 * max(scale, 1) for name, error in found.items()} == dict.fromkeys(found, True)


def test_a_file_imports_torch_only_and_says_what_it_is():
    for text, order, options, choices in CASES:
        basis = derive(text, order, **options)
        tree = ast.parse(emit(symshare.plan(basis, kind="polynomial", **choices)))
        imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        assert [ast.unparse(node) for node in imported] == ["import torch"]
        values = {
            node.targets[0].id: ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)
        }
        assert values["SIGNATURE"] == str(basis.signature)
        assert values["TERMS"] == tuple(term.to_einsum() for term in basis)
        assert values["DEPENDS"] == tuple(f"{one}->{two}" for one, two in basis.signature.depends)
        assert values["SIZES"] == dict(basis.signature.sizes)
        docstring = ast.get_docstring(tree)
        assert "symshare emit --symmetry" in docstring
        assert all(term.to_einsum() in docstring for term in basis)


def test_the_same_command_gives_the_same_bytes_under_any_hash_seed():
    code = "import symshare; print(symshare.emit(symshare.derive('ab,b->ab', 3), kind='polynomial'))"
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "2", "77")
    }
    assert len(texts) == 1


def test_the_command_in_the_file_makes_the_file(tmp_path):
    """For a plain, a dependent, a sized and a chosen basis."""
    import shlex

    from click.testing import CliRunner
    from symshare_cli.main import main

    bases = [
        derive("abH", 1),
        derive("ab", 2, depends=["a->b"]),
        derive("aa", 2, sizes={"a": 2}),
        derive("abH", 3).only("ab,cb,cd->ad"),
        derive("W:ba,b:b->W:ba", 2),
    ]
    for basis in bases:
        for choices in ({}, {"reduce": "sum", "coefficients": "full"}):
            text = emit(basis, **choices)
            command = next(line for line in text.splitlines() if line.startswith("  symshare emit"))
            done = CliRunner().invoke(main, shlex.split(command)[1:])
            assert done.exit_code == 0, done.output
            assert done.output == text


def test_emit_takes_a_plan_or_a_basis():
    basis = derive("ab", 2)
    assert emit(symshare.plan(basis, reduce="sum")) == emit(basis, reduce="sum")
    assert emit(basis, kind="linear") == emit(derive("ab", 1))
    with pytest.raises(SymshareError, match="made with reduce='sum'"):
        emit(symshare.plan(basis, reduce="sum"), reduce="mean")


WORDS = (
    "init_",
    "class_",
    "len_",
    "dict_",
    "sizes",
    "str",
    "placed",
    "measure",
    "torch",
    "keys",
    "weight",
    "spec",
    "tuple",
)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("text", ["{}:aH,q:H->{}:H,q:aH", "{}:aH,q:abH->q:abH", "{}:H->H"])
def test_tensors_may_be_named_like_anything_in_the_file(text, word):
    plan = symshare.plan(symshare.derive(text.format(word, word), 2), normalise_factors=True)
    layer = zoo.layer(plan)
    inputs = random_inputs(layer, plan.signature, small_sizes(plan.signature))
    assert max(equivariance_errors(layer, plan.signature, inputs).values(), default=0.0) < 1e-10


def test_groups_with_floats_are_orthogonal_to_a_tolerance(tmp_path):
    path = tmp_path / "turn.toml"
    path.write_text('[[generator]]\nr = [["cos(2*pi/5)", "-sin(2*pi/5)"], ["sin(2*pi/5)", "cos(2*pi/5)"]]\n')
    axes = symshare.read_generators(path)
    plan = symshare.plan(symshare.derive("arH", 1, axes=axes), normalise_scale=True)
    layer = zoo.layer(plan)
    inputs = random_inputs(layer, plan.signature, small_sizes(plan.signature))
    assert max(equivariance_errors(layer, plan.signature, inputs).values()) < 1e-8
