"""What a person may give by mistake: said in three lines at most, with a cure."""

import threading

import pytest
import torch
from torch import nn

from symshare.errors import SpecError, SymshareError
from symshare.weights import read_spec, spec
from tests.weights import nets
from tests.weights.written import Written

X = torch.randn(4, 3)


def quantised():
    return torch.ao.quantization.quantize_dynamic(nets.mlp(), {nn.Linear})


def sparse():
    module = nets.mlp()
    module[0].weight = nn.Parameter(torch.eye(5, 3).to_sparse())
    return module


def with_lock():
    module = nets.mlp()
    module.lock = threading.Lock()
    return module


def with_kept_result():
    module = nets.mlp()
    module.kept = module(X)
    return module


def with_weight_norm():
    return nn.Sequential(nn.utils.weight_norm(nn.Linear(3, 5)), nn.ReLU(), nn.Linear(5, 2))


@pytest.mark.parametrize(
    ("module", "inputs", "said"),
    [
        (3, X, "is of type int, no module"),
        (nn.Linear, X, "is of type type, no module"),
        (nets.mlp(), (), "without an example of its inputs"),
        (nets.mlp(), torch.randn(4, 4), "does not take inputs of the shapes 4,4"),
        (nets.mlp(), (X, X), "does not take inputs of the shapes 4,3 4,3"),
        (nets.mlp(), "text", "without an example of its inputs"),
        (nets.mlp().to("meta"), X, "is on the device meta"),
        (nn.Sequential(nn.LazyLinear(4), nn.Linear(4, 2)), X, "without a shape yet"),
        (torch.jit.script(nets.mlp()), X, "is scripted"),
        (sparse(), X, "has the layout torch.sparse_coo"),
        (with_lock(), X, "cannot be copied"),
        (nn.DataParallel(nets.mlp()), X, "is a DataParallel"),
        (Written(lambda net, x: net.o(x), o=nn.Linear(4, 2)), X, "test_bad.py line"),
    ],
)
def test_modules_and_inputs_that_do_not_go(module, inputs, said):
    with pytest.raises(SpecError, match=said) as error:
        spec(module, inputs)
    assert len(str(error.value).splitlines()) <= 3


@pytest.mark.parametrize(("make", "order"), [(with_kept_result, 2_880), (with_weight_norm, 120)])
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_modules_that_keep_what_an_earlier_run_made(make, order):
    module = make()
    one = spec(module, X)
    assert one.order == order
    assert one.verify(module, X, redraw=True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_quantised_module_is_refused():
    with pytest.raises(SpecError, match="is quantised"):
        spec(quantised(), X)


@pytest.mark.parametrize("value", ["moved", "", None, True])
def test_inputs_are_fixed_or_permuted(value):
    with pytest.raises(SpecError, match="inputs="):
        spec(nets.mlp(), X, inputs=value)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_do_not_matter_for_finding_and_do_for_verifying(bad):
    module = nets.mlp()
    module[0].weight.data[0, 0] = bad
    one = spec(module, X)
    assert one.order == 2_880
    with pytest.raises(SpecError, match="not finite"):
        one.verify(module, X.abs())


def inverted(**overrides):
    net = Written(lambda net, x: torch.tanh(x @ net.a) @ torch.linalg.inv(net.m) @ net.b, a=(3, 4), m=(4, 4), b=(4, 2))
    return spec(net, torch.randn(5, 3), **overrides)


def test_an_operation_without_a_rule_is_overridden():
    with pytest.raises(SpecError, match=r"there is no rule for linalg_inv_ex[\s\S]*written|test_bad[\s\S]*overrides"):
        inverted()
    # (x m^-1)_k = sum_h x_h (m^-1)_hk, and m^-1 has for rows what m has for columns
    one = inverted(overrides={"a": "(In h)", "m": "(k h)", "b": "(k Out)"})
    assert one.order == 24 * 24
    assert {axis.name for axis in one.permuted} == {"h", "k"}


@pytest.mark.parametrize("layout", ["(h k)"])
def test_a_wrong_override_is_found_out(layout):
    with pytest.raises(SpecError, match="does not hold"):
        inverted(overrides={"a": "(In h)", "m": layout, "b": "(k Out)"})


PACKED = {
    "embed.weight": "(s In)",
    "embed.bias": "(s)",
    "attend.in_proj_weight": "((heads keys | heads keys | heads values) s)",
    "attend.in_proj_bias": "((heads keys | heads keys | heads values))",
    "attend.out_proj.weight": "(s (heads values))",
    "attend.out_proj.bias": "(s)",
    "read.weight": "(Out s)",
    "read.bias": "(Out)",
}
DEPENDS = ("heads->keys", "heads->values")


def test_overrides_alone_make_a_spec(tmp_path):
    module = nets.Packed()
    found = spec(module, torch.randn(2, 5, 3))
    one = spec(module, overrides=PACKED, depends=DEPENDS, sizes={"heads": 3})
    assert one.order == found.order
    assert one.verify(module, torch.randn(2, 5, 3), redraw=True)
    lines = [f'"{name}" = "{text}"' for name, text in PACKED.items()]
    path = tmp_path / "axes.toml"
    path.write_text("\n".join(['depends = ["heads->keys", "heads->values"]', "[axes]", *lines, "[sizes]", "heads = 3"]))
    assert spec(module, overrides=path) == one


@pytest.mark.parametrize(
    ("overrides", "more", "said"),
    [
        ({"0.weight": "(h h)"}, {}, "has the length 3, what is said of it 5"),
        ({"0.weight": "(h)"}, {}, "has 2 dimensions"),
        ({"9.weight": "(h In)"}, {}, "has no weight 9.weight"),
        ({"0.weight": "((a b) In)"}, {}, "does not tell how long"),
        ({"0.weight": "((a b) In)"}, {"sizes": {"a": 2}}, "do not make"),
        ({"0.weight": "(h In"}, {}, "without its '\\)'"),
        ({"0.weight": "h In"}, {}, "no parenthesis"),
        ({"0.weight": "(h In) x"}, {}, "goes on after"),
        ({"0.weight": "((h |) In)"}, {}, "nothing in it"),
        ({"0.weight": "(h | In)"}, {}, "a row that is no dimension"),
        ({"0.weight": "(h, In)"}, {}, "has ',' in it"),
        ({"0.weight": 3}, {}, "overrides are texts"),
        ({"0.weight": "(h In)"}, {"depends": ["a=>b"]}, "is no dependency"),
        ({"0.weight": "(h In)"}, {"sizes": {"h": "x"}}, "sizes are whole numbers"),
    ],
)
def test_overrides_that_do_not_fit(overrides, more, said):
    with pytest.raises(SymshareError, match=said) as error:
        spec(nets.mlp(), X, overrides=overrides, **more)
    assert len(str(error.value).splitlines()) <= 3


def test_overrides_alone_must_name_every_weight_and_their_parents():
    with pytest.raises(SpecError, match=r"say nothing of 0\.bias"):
        spec(nets.mlp(), overrides={"0.weight": "(h In)"})
    with pytest.raises(SpecError, match="has the axis nobody"):
        spec(nets.Packed(), overrides=PACKED, depends=("nobody->keys",), sizes={"heads": 3})
    with pytest.raises(SpecError, match="without s"):
        spec(nets.Packed(), overrides=PACKED, depends=("s->heads",), sizes={"heads": 3})


@pytest.mark.parametrize("text", ["[axes", "x = 1", 'axes = "text"', 'sizes = 3\n[axes]\n"0.weight" = "(h In)"'])
def test_files_of_overrides_that_do_not_fit(tmp_path, text):
    path = tmp_path / "axes.toml"
    path.write_text(text)
    with pytest.raises(SymshareError) as error:
        spec(nets.mlp(), X, overrides=path)
    assert len(str(error.value).splitlines()) <= 3
    with pytest.raises(SpecError, match="there is no file"):
        spec(nets.mlp(), X, overrides=tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("name", "entries", "said"),
    [
        ("missing.json", None, "there is no file"),
        (".", None, "cannot be read"),
        ("bytes.json", b"\xff\xfe", "is no text"),
        ("empty.json", b"", "is no spec in JSON: JSONDecodeError"),
        ("other.json", b'{"schema": 99}', "is of the form '?99"),
        ("list.json", b"[1]", "is no spec in JSON"),
        ("deep.json", b"[" * 100_000, "is no spec in JSON: RecursionError"),
    ],
)
def test_a_file_that_is_no_spec_is_refused_in_few_lines(tmp_path, name, entries, said):
    if entries is not None:
        (tmp_path / name).write_bytes(entries)
    with pytest.raises(SpecError, match=said) as error:
        read_spec(tmp_path / name)
    assert len(str(error.value).splitlines()) == 2
    assert str(error.value).count("\\n") == 0
