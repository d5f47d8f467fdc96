"""Run in a process of its own: an emitted layer where symshare cannot be imported. Prints what was found as JSON."""

import importlib.util
import json
import pickle
import sys
from pathlib import Path

import numpy as np
import torch


def main(folder):
    sys.modules["symshare"] = None  # from here on `import symshare` fails
    spec = importlib.util.spec_from_file_location("layer", f"{folder}/layer.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["layer"] = module
    spec.loader.exec_module(module)
    with np.load(f"{folder}/case.npz") as file:
        arrays = dict(file)
    case = json.loads(Path(folder, "case.json").read_text())
    layer = module.Layer(tuple(case["in"]) if len(case["in"]) > 1 else case["in"][0], *_rest(case), dtype=torch.float64)
    layer.load_state_dict(
        {name[2:]: torch.from_numpy(array) for name, array in arrays.items() if name.startswith("p:")}, strict=False
    )
    inputs = [torch.from_numpy(arrays[f"x:{number}"]) for number in range(len(case["in"]))]
    sizes = case["keywords"]
    expected = [arrays[f"y:{number}"] for number in range(len(case["out"]))]

    def error(result):
        results = result if isinstance(result, tuple) else (result,)
        assert [tuple(one.shape) for one in results] == [one.shape for one in expected]
        return max(float(np.abs(one.detach().numpy() - two).max()) for one, two in zip(results, expected, strict=True))

    found = {"value": error(layer(*inputs, **sizes))}
    found["pickle"] = error(pickle.loads(pickle.dumps(layer))(*inputs, **sizes))
    if len(module.TERMS) <= 12:  # larger ones take long to trace, and show no more
        found |= _traced(layer, case, inputs, sizes, error)
    flat = [one[0, 0] for one in inputs]
    first = layer(*flat, **sizes)
    first = first if isinstance(first, tuple) else (first,)
    found["no batch"] = max(
        float(np.abs(one.detach().numpy() - two[0, 0]).max()) for one, two in zip(first, expected, strict=True)
    )
    found["symshare"] = "symshare" in sys.modules and sys.modules["symshare"] is not None
    print(json.dumps(found))


def _traced(layer, case, inputs, sizes, error):
    compiled = torch.compile(layer, fullgraph=True, dynamic=True, backend="aot_eager")
    exported = _export(layer, case, inputs, sizes).module()
    return {"compile": error(compiled(*inputs, **sizes)), "export": error(exported(*inputs, **sizes))}


def _rest(case):
    return [tuple(case["out"]) if len(case["out"]) > 1 else case["out"][0]]


def _export(layer, case, inputs, sizes):
    """The layer exported from other sizes than it is then run at."""
    dims = {letter: torch.export.Dim(letter, min=2, max=64) for axes in case["axes"] for letter in axes}
    batch = [torch.export.Dim("batch0", min=2, max=64), torch.export.Dim("batch1", min=2, max=64)]
    shapes = tuple(dict(enumerate([*batch, *(dims[letter] for letter in axes)])) for axes in case["axes"])
    grown = {letter: 5 + place for place, letter in enumerate(dims)}
    examples = tuple(
        torch.randn((3, 4, *(grown[letter] for letter in axes), one.shape[-1]), dtype=torch.float64)
        for axes, one in zip(case["axes"], inputs, strict=True)
    )
    return torch.export.export(layer, examples, kwargs=sizes, dynamic_shapes=(*shapes, *([None] * len(sizes))))


if __name__ == "__main__":
    main(sys.argv[1])
