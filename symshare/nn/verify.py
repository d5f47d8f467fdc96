"""A layer file checked in a process of its own: `python -m symshare.nn.verify layer.py SEED` prints one line of JSON."""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from symshare.core.generators import generators_from
from symshare.core.groups import AxisGroup
from symshare.core.notation import signature as as_signature
from symshare.errors import LayerFileError
from symshare.nn.equivariance import equivariance_errors, random_inputs, scale_error, small_sizes

__all__ = ["verify_file"]


def verify_file(path: Path, *, seed: int = 0) -> dict[str, Any]:
    """Load a layer file, draw every parameter at random in float64, and measure the equivariance error of each axis.

    The file is run; call it in a process of its own. Raises LayerFileError where it is not a layer file.
    """
    _check_text(path)
    module = _load(path)
    try:
        return _measure(module, seed)
    except Exception as error:
        raise LayerFileError(f"{path} fails: {type(error).__name__}: {error}\n  emit it anew") from error


def _measure(module: ModuleType, seed: int) -> dict[str, Any]:
    axes: dict[str, str | AxisGroup] = dict(getattr(module, "AXES", {}))
    if hasattr(module, "GENERATORS"):
        axes |= generators_from(json.loads(module.GENERATORS))
    signature = as_signature(module.SIGNATURE, depends=module.DEPENDS, axes=axes, sizes=module.SIZES)
    torch.manual_seed(seed)
    several_in, several_out = len(signature.inputs) > 1, len(signature.outputs) > 1
    ins = tuple(range(2, 2 + len(signature.inputs))) if several_in else 2
    outs = tuple(range(3, 3 + len(signature.outputs))) if several_out else 3
    made = getattr(module, "EinNet", None) or module.Layer
    layer = made(ins, outs, dtype=torch.float64)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_()
    sizes = small_sizes(signature)
    inputs = random_inputs(layer, signature, sizes, seed=seed)
    errors = equivariance_errors(layer, signature, inputs, seed=seed)
    if getattr(module, "NORMALISE_SCALE", False):
        errors["scale"] = scale_error(layer, signature, inputs)
    return {
        "signature": str(signature),
        "depends": list(module.DEPENDS),
        "axes": {letter: str(group) for letter, group in signature.groups},
        "terms": len(module.TERMS),
        "parameters": sum(parameter.numel() for parameter in layer.parameters()),
        "sizes": sizes,
        "errors": errors,
    }


def _check_text(path: Path) -> None:
    """Refuse, without running it, what cannot be a layer file."""
    try:
        tree = ast.parse(path.read_bytes(), filename=path.name)
    except (SyntaxError, ValueError, OSError) as error:
        raise LayerFileError(f"{path} is not Python: {error}\n  give a file that 'symshare emit' wrote") from error
    names = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    kind = "EinNet" if "EinNet" in names else "Layer"
    missing = [name for name in ("SIGNATURE", "DEPENDS", "SIZES", "TERMS", kind) if name not in names]
    if missing:
        raise LayerFileError(f"{path} has no {', '.join(missing)}\n  give a file that 'symshare emit' wrote")


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("verified_layer", path)
    if spec is None or spec.loader is None:
        raise LayerFileError(f"{path} is not a Python file\n  give a file that 'symshare emit' wrote")
    module = importlib.util.module_from_spec(spec)
    sys.modules["verified_layer"] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise LayerFileError(f"{path} does not run: {type(error).__name__}: {error}\n  emit it anew") from error
    return module


if __name__ == "__main__":
    try:
        print("\n" + json.dumps(verify_file(Path(sys.argv[1]), seed=int(sys.argv[2]))))
    except LayerFileError as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)
