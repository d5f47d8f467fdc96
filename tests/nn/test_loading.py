"""State dicts: named after terms, the same in every process, refused by the layer of another symmetry."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

import symshare
from symshare import derive, emit, pools
from symshare.nn import compile, load

REFUSED = "weights of another layer"


def filtered(basis, *texts):
    """A basis of the terms with these texts only."""
    return replace(basis, terms=tuple(term for term in basis if term.to_einsum() in texts))


COMMON = ("->ab", "ab->ab", "ab->ac", "ab->cd")
PRODUCT = derive("ab", 2)
PAIRS = {
    # two layers whose parameters have the same names and shapes
    "dependency": lambda: [
        compile(filtered(derive("ab", 1, depends=depends), *COMMON), 2, 3) for depends in ([], ["a->b"])
    ],
    "reduction": lambda: [compile(PRODUCT, 2, 3, reduce=reduce) for reduce in ("mean", "sum")],
    "factors": lambda: [compile(PRODUCT, 2, 3, normalise_factors=choice) for choice in (False, True)],
    "scale": lambda: [compile(PRODUCT, 2, 3, normalise_scale=choice) for choice in (False, True)],
    "group": lambda: [compile(derive("arH->arH", 1, axes={"r": name}), 2, 3) for name in ("O(3)", "O(1,2)")],
}


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("pair", PAIRS)
def test_weights_of_another_symmetry_are_refused_though_names_and_shapes_fit(pair, strict):
    one, two = PAIRS[pair]()
    shapes = [{name: weight.shape for name, weight in layer.state_dict().items()} for layer in (one, two)]
    assert shapes[0] == shapes[1]
    for layer, other in ((one, two), (two, one)):
        with pytest.raises(RuntimeError, match=REFUSED):
            layer.load_state_dict(other.state_dict(), strict=strict)
        layer.load_state_dict(layer.state_dict(), strict=strict)


def test_the_order_of_terms_and_the_name_of_channels_do_not_matter():
    turned = compile(replace(PRODUCT, terms=PRODUCT.terms[::-1]), 2, 3, dtype=torch.float64)
    x = torch.randn(4, 5, 2, dtype=torch.float64)
    for basis in (PRODUCT, derive("abH", 2), derive("abK->abK", 2)):
        layer = compile(basis, 2, 3, dtype=torch.float64)
        layer.load_state_dict(turned.state_dict())
        assert torch.allclose(layer(x), turned(x), rtol=1e-12, atol=1e-12)


def test_weights_that_are_refused_leave_a_layer_as_it_was():
    layer, other = PAIRS["reduction"]()
    before = {name: weight.clone() for name, weight in layer.state_dict().items()}
    with pytest.raises(RuntimeError, match=REFUSED):
        layer.load_state_dict(other.state_dict())
    assert all(torch.equal(before[name], weight) for name, weight in layer.state_dict().items())


def test_a_network_names_the_layer_that_does_not_fit():
    one, two = PAIRS["reduction"]()
    with pytest.raises(RuntimeError, match=REFUSED):
        torch.nn.Sequential(torch.nn.Identity(), one).load_state_dict(
            torch.nn.Sequential(torch.nn.Identity(), two).state_dict()
        )


def test_names_are_those_of_terms():
    names = set(compile(pools("abH", 3), 2, 3).state_dict())
    assert {"spec", "bias.__ab", "factor.ab_cb_cd__ad__0", "mix.ab_cb_cd__ad"} <= names
    assert set(compile(derive("W:ab,v:b->W:ab", 1), 2, 3).state_dict()) == {
        *("spec", "bias.__ab", "mix.v_b__ab", "mix.v_b__ac"),
        *("mix.W_ab__ab", "mix.W_ab__ac", "mix.W_ab__cb", "mix.W_ab__cd"),
    }


def test_weights_survive_a_layer_generated_again_in_other_processes(tmp_path):
    """Written by a process where names hash otherwise, as is the file; read by a third one without symshare."""
    write = (
        "import sys, torch, symshare\n"
        "source = symshare.emit(symshare.derive('ab', 2))\n"
        "open('layer.py', 'w').write(source)\n"
        "torch.manual_seed(int(sys.argv[1]))\n"
        "layer = symshare.nn.load(source).Layer(2, 3)\n"
        "torch.save(layer.state_dict(), 'weights.pt')\n"
        "torch.save(layer(torch.ones(4, 5, 2)), 'value.pt')\n"
    )
    read = (
        "import sys, torch\n"
        "sys.modules['symshare'] = None\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from layer import Layer\n"
        "layer = Layer(2, 3)\n"
        "layer.load_state_dict(torch.load(sys.argv[2] + '/weights.pt', weights_only=True))\n"
        "assert torch.equal(layer(torch.ones(4, 5, 2)), torch.load(sys.argv[2] + '/value.pt', weights_only=True))\n"
    )
    for name in ("0", "1"):
        (tmp_path / name).mkdir()
        run([write, name], tmp_path / name, seed=name)
    assert (tmp_path / "0/layer.py").read_bytes() == (tmp_path / "1/layer.py").read_bytes()
    run([read, str(tmp_path / "0"), str(tmp_path / "1")], tmp_path, seed="2")


def run(arguments, folder, seed):
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, "-c", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_weights_without_a_spec_load_where_that_is_asked_for():
    layer, other = compile(PRODUCT, 2, 3), compile(PRODUCT, 2, 3)
    plain = {name: weight for name, weight in other.state_dict().items() if name != "spec"}
    with pytest.raises(RuntimeError, match=r'Missing key\(s\) in state_dict: "spec"'):
        layer.load_state_dict(plain)
    assert layer.load_state_dict(plain, strict=False).missing_keys == ["spec"]
    assert "spec" not in plain
    x = torch.randn(4, 5, 2)
    assert torch.equal(layer(x), other(x))
    assert layer.state_dict()["spec"].tolist() == list(layer.SPEC)
    net = torch.nn.Sequential(layer, torch.nn.GELU(), compile(PRODUCT, 3, 2))
    bare = {name: weight for name, weight in net.state_dict().items() if not name.endswith("spec")}
    assert net.load_state_dict(bare, strict=False).missing_keys == ["0.spec", "2.spec"]


SPECS = {
    "nan": torch.tensor([float("nan")] * 3),
    "a scalar": torch.tensor(7),
    "a longer vector": torch.tensor([1, 2, 3, 4]),
    "empty": torch.zeros(0),
    "a matrix": torch.zeros(3, 1),
    "text": "spec",
    "none": None,
    "complex": torch.zeros(3, dtype=torch.complex64),
    "a tuple": (1, 2, 3),
    "no memory": torch.zeros(3, device="meta"),
}


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("spec", SPECS)
def test_a_damaged_spec_is_refused_in_words(spec, strict):
    layer = compile(PRODUCT, 2, 3)
    state = layer.state_dict() | {"spec": SPECS[spec]}
    with pytest.raises(RuntimeError, match=REFUSED):
        layer.load_state_dict(state, strict=strict)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("pair", PAIRS)
def test_foreign_weights_are_refused_in_every_float_type(pair, dtype):
    """As scripts convert them, the spec with the rest."""
    one, two = PAIRS[pair]()
    with pytest.raises(RuntimeError, match=REFUSED):
        one.load_state_dict({name: weight.to(dtype) for name, weight in two.state_dict().items()})
    two.load_state_dict({name: weight.to(dtype) for name, weight in two.state_dict().items()})


def test_groups_of_one_name_and_other_generators_are_told_apart():
    """Constant tensors have one name and one shape then, and other numbers."""
    layers = []
    for cycle in ("(0 1 2 3)", "(0 2 1 3)"):
        axes = symshare.generators_from({"name": "mine", "generator": [{"t": cycle}], "sizes": {"t": 4}})
        layers.append(compile(derive("tH->tH", 1, axes=axes), 2, 3))
    shapes = [{name: weight.shape for name, weight in layer.state_dict().items()} for layer in layers]
    assert shapes[0] == shapes[1]
    with pytest.raises(RuntimeError, match=REFUSED):
        layers[0].load_state_dict(layers[1].state_dict())


def test_a_plain_dict_of_contiguous_tensors_is_enough():
    """What safetensors keeps: names, and tensors that share no memory."""
    layer, other = compile(pools("abH", 3), 2, 3), compile(pools("abH", 3), 2, 3)
    state = {name: weight.detach().clone().contiguous() for name, weight in other.state_dict().items()}
    assert len({weight.data_ptr() for weight in state.values()}) == len(state)
    layer.load_state_dict(dict(reversed(list(state.items()))))
    x = torch.randn(4, 5, 2)
    assert torch.equal(layer(x), other(x))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_weights_converted_to_another_float_type_load(dtype):
    """As many scripts do it, for every entry of the dict."""
    layer, other = compile(PRODUCT, 2, 3), compile(PRODUCT, 2, 3)
    layer.load_state_dict({name: weight.to(dtype) for name, weight in other.state_dict().items()})
    assert torch.equal(layer.mix["ab__ab"], other.mix["ab__ab"].to(dtype).float())


def test_a_layer_made_without_memory_knows_what_it_is():
    """Deferred initialisation: made on the meta device, given memory, then its first values."""
    layer, other = compile(PRODUCT, 2, 3, device="meta"), compile(PRODUCT, 2, 3)
    layer.to_empty(device="cpu").reset_parameters()
    other.load_state_dict(layer.state_dict())
    layer = compile(PRODUCT, 2, 3, device="meta")
    layer.load_state_dict(other.state_dict(), assign=True)
    x = torch.randn(4, 5, 2)
    assert torch.equal(layer(x), other(x))


def test_averaged_weights_load():
    layer = compile(PRODUCT, 2, 3)
    for buffers in (False, True):
        average = torch.optim.swa_utils.AveragedModel(layer, use_buffers=buffers)
        for _ in range(3):
            average.update_parameters(layer)
        compile(PRODUCT, 2, 3).load_state_dict(average.module.state_dict())


def test_the_same_basis_made_otherwise_takes_the_weights():
    """By another path (the merged matrices of a pooling layer), at sizes where no term is lost."""
    merged = compile(pools("abH", 3), 64, 64, rank=64)
    load(emit(pools("abH", 3))).Layer(64, 64, rank=64).load_state_dict(merged.state_dict())
    sized = compile(derive("ab", 1, sizes={"a": 9, "b": 9}), 2, 3)
    compile(derive("ab", 1), 2, 3).load_state_dict(sized.state_dict())
