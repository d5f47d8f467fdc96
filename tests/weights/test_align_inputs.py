"""Inputs of a module in files of all forms, and what is refused of them; what a module takes by which names."""

import io
import zipfile

import numpy as np
import pytest
import safetensors.torch
import torch

from symshare.errors import SpecError
from symshare.weights import align, spec
from symshare.weights.aligning.data import bound, read_inputs

TYPES = ("float16", "float32", "float64", "complex64", "int8", "uint8", "int16", "int32", "int64", "bool")


def saved(folder, end, tensors):
    """A file with tensors, of the kind that its end says."""
    path = folder / f"data.{end}"
    arrays = {name: one.numpy() for name, one in tensors.items()}
    if end == "npy":
        np.save(path, *arrays.values())
    elif end in ("npz", "packed.npz"):
        (np.savez if end == "npz" else np.savez_compressed)(path, **arrays)
    elif end == "safetensors":
        safetensors.torch.save_file(tensors, path)
    else:
        torch.save(tensors, path, _use_new_zipfile_serialization=end == "pt")
    return path


@pytest.mark.parametrize("end", ["npy", "npz", "packed.npz", "safetensors", "pt", "bin"])
def test_all_forms_are_read(tmp_path, end):
    tensors = {name: torch.arange(6).reshape(2, 3).to(getattr(torch, name)) for name in TYPES}
    for own in [{name: one} for name, one in tensors.items()] if end == "npy" else [tensors, {"x": torch.tensor(1.5)}]:
        found = read_inputs(saved(tmp_path, end, own))
        assert list(found) == [""] if end == "npy" else set(found) == set(own)
        for name, one in zip(own, found.values(), strict=True) if end == "npy" else found.items():
            assert one.dtype == own[name].dtype
            assert one.equal(own[name])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["f4", "f8", "i2", "c8"])
@pytest.mark.parametrize("lie", [np.ascontiguousarray, np.asfortranarray, lambda one: one[::-1, ::2]])
def test_arrays_may_lie_in_any_order(tmp_path, order, kind, lie):
    values = lie(np.arange(12).reshape(3, 4).astype(order + kind))
    np.save(tmp_path / "x.npy", values)
    (found,) = read_inputs(tmp_path / "x.npy").values()
    assert found.tolist() == values.tolist()


def array(values, **options):
    stream = io.BytesIO()
    np.save(stream, values, **options)
    return stream.getvalue()


def archive(**members):
    """An archive as numpy's, with what is given in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, content in members.items():
            made.writestr(f"{name}.npy", content)
    return stream.getvalue()


PLAIN, TEXT, OBJECT = array(np.zeros((7, 4))), array(np.array(["a"])), array(np.array([{}]), allow_pickle=True)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "data"),
        (b"\x93NUMPY", "data"),
        (PLAIN[:100], "data"),
        (TEXT, "<U1"),
        (array(np.array([("a", 1)], dtype=[("x", "U1"), ("y", "i4")])), "data"),
        (array(np.array(["2001-01-01"], dtype="datetime64[D]")), "datetime64"),
        (OBJECT, "objects of Python"),
        (archive(), "no arrays"),
        (archive(x=b"text"), "data"),
        (archive(x=PLAIN, y=TEXT), "'y'"),
        (archive(x=OBJECT), "objects of Python"),
        (archive(x=PLAIN)[:-9], "data"),
    ],
)
def test_files_without_inputs_are_refused(tmp_path, content, named):
    path = tmp_path / "data"
    path.write_bytes(content)
    with pytest.raises(SpecError) as raised:
        read_inputs(path)
    lines = str(raised.value).splitlines()
    assert len(lines) == 2
    assert named in lines[0]


WITHOUT_NUMBERS = {
    "nested": lambda one: torch.nested.nested_tensor([one, one[:1]]),
    "quantized": lambda one: torch.quantize_per_tensor(one, 0.1, 0, torch.qint8),
    "on the meta device": lambda one: one.to("meta"),
    "sparse": lambda one: one.to_sparse(),
    "sparse by rows": lambda one: one.to_sparse_csr(),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", WITHOUT_NUMBERS)
def test_inputs_that_do_not_hold_all_their_numbers_are_refused(tmp_path, kind):
    torch.save({"mask": MASK, "x": WITHOUT_NUMBERS[kind](torch.ones(2, 3))}, tmp_path / "data.pt")
    with pytest.raises(SpecError) as raised:
        read_inputs(tmp_path / "data.pt")
    wrong = f"data.pt: x is {kind.removesuffix(' by rows')}\n  give a tensor that holds all its numbers"
    assert str(raised.value).endswith(wrong)


class Taking(torch.nn.Module):
    def forward(self, x, mask, *, shift):
        return x


X, MASK, SHIFT = (torch.zeros(number) for number in (1, 2, 3))


def test_names_are_those_of_forward():
    assert bound(Taking(), {"anything": X}) == ([X], {})
    assert bound(Taking(), {"shift": SHIFT, "mask": MASK, "x": X}) == ([X, MASK], {"shift": SHIFT})
    assert bound(Taking(), {"x": X, "shift": SHIFT}) == ([X], {"shift": SHIFT})  # the rest by --forward-kwargs


@pytest.mark.parametrize("module", [Taking(), torch.nn.Sequential(), torch.nn.Identity()])
def test_names_that_a_module_does_not_have_are_refused(module):
    with pytest.raises(SpecError, match="maks"):
        bound(module, {"x": X, "maks": MASK})


@pytest.mark.parametrize("by", ["weights", "activations"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_outputs_that_are_not_finite_are_told(by, value):
    net = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.ReLU(), torch.nn.Linear(6, 2))
    found = spec(net, torch.zeros(2, 4))
    state = net.state_dict()
    with pytest.raises(SpecError, match="not finite") as raised:
        align(found, state, state, by=by, data=(net, torch.full((2, 4), value)))
    assert len(str(raised.value).splitlines()) <= 3
