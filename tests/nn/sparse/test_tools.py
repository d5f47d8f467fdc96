"""Sparse layers in half precision, without symshare, compiled, in inference, and their bounds."""

import shlex
import subprocess
import sys

import pytest
import torch
from click.testing import CliRunner
from symshare_cli.main import main

import symshare
from symshare import nn
from symshare.nn import Support
from tests.nn.sparse.made import SUPPORTS, Case, assert_close

SYMMETRY = "edges:aaH,nodes:aH"


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("order", [1, 2])
def test_half_precision_adds_in_single(kind, order):
    nodes = 3000
    star = torch.stack([torch.zeros(nodes, dtype=torch.long), torch.arange(nodes)])
    support = Support.from_edge_index(star, nodes)
    whole = nn.compile(SYMMETRY, 2, 3, sparse="edges", order=order)
    half = nn.compile(SYMMETRY, 2, 3, sparse="edges", order=order)
    half.load_state_dict(whole.state_dict())
    half.to(kind)
    inputs = [torch.rand(nodes, 2) * 50, torch.rand(nodes, 2)]
    found = half(*(one.to(kind) for one in inputs), support=support)
    for one, other in zip(found, whole(*inputs, support=support), strict=True):
        assert one.dtype == kind
        largest = other.abs().max()
        assert torch.isfinite(one).all() and (one - other).abs().max() < 0.05 * largest


@pytest.mark.parametrize("symmetry", [SYMMETRY, "edges:aaH", "edges:aabH,bH->edges:aabH"])
@pytest.mark.parametrize("order", [1, 2])
def test_autocast(symmetry, order):
    case = Case(symmetry, "edges", SUPPORTS["mirrored"], order=order)
    wanted, layer = case.outputs(), case.layer.float()
    inputs = [one.detach().float().requires_grad_() for one in case.inputs]
    with torch.autocast("cpu", torch.bfloat16):
        found = layer(*inputs, support=case.support)
    found = found if isinstance(found, tuple) else (found,)
    for one, other in zip(found, wanted, strict=True):
        assert float((one.double() - other).detach().abs().max()) < 0.05 * float(other.detach().abs().max())
    sum(one.float().square().sum() for one in found).backward()
    assert all(one.grad.dtype == torch.float32 and one.grad.isfinite().all() for one in inputs)


def test_a_file_stands_alone(tmp_path):
    (tmp_path / "graph.py").write_text(symshare.emit(SYMMETRY, sparse="edges", order=2), encoding="utf-8")
    program = """
import sys, torch
from graph import SPARSE, Layer, Support
support = Support.batch([Support.from_edge_index(torch.tensor([[0, 1], [1, 0]]), 2)] * 3)
edges, nodes = Layer(2, 4)(torch.ones(6, 2), torch.ones(6, 2), support=support)
assert "symshare" not in sys.modules
print(SPARSE, tuple(edges.shape), tuple(nodes.shape))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{program}"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.strip() == "('edges',) (6, 4) (6, 4)", done.stderr


def test_a_support_of_symshare_serves_a_file_and_the_other_way_round():
    source = symshare.emit(SYMMETRY, sparse="edges")
    module = nn.load(source)
    layer, inputs = module.Layer(2, 4), (torch.ones(3, 2), torch.ones(3, 2))
    index = torch.tensor([[0, 1, 2], [1, 0, 0]])
    assert_close(
        layer(*inputs, support=module.Support(index, (3, 3))), layer(*inputs, support=nn.Support(index, (3, 3)))
    )


class _OnOne(torch.nn.Module):
    """A layer with its support."""

    def __init__(self, layer, support):
        super().__init__()
        self.layer, self.support = layer, support

    def forward(self, *inputs):
        return self.layer(*inputs, support=self.support)


@pytest.mark.parametrize("order", [1, 2])
def test_compiled_exported_and_mapped(order):
    case = Case(SYMMETRY, "edges", SUPPORTS["directed"], order=order, batch=(2,))
    inputs = [one.detach() for one in case.inputs]
    whole = _OnOne(case.layer, SUPPORTS["directed"])
    wanted = whole(*inputs)
    assert_close(torch.compile(whole, fullgraph=True, backend="aot_eager")(*inputs), wanted)
    assert_close(torch.export.export(whole, tuple(inputs)).module()(*inputs), wanted)
    assert_close(torch.func.vmap(whole)(*inputs), wanted)


@pytest.mark.parametrize("symmetry", [SYMMETRY, "edges:aaH->aH"])
def test_onnx_runs_on_the_support_that_it_was_exported_with(symmetry):
    for package in ("onnx", "onnxscript"):
        pytest.importorskip(package)
    runtime = pytest.importorskip("onnxruntime")
    support = SUPPORTS["directed"]
    torch.manual_seed(0)
    whole = _OnOne(nn.compile(symmetry, 2, 3, sparse="edges"), support).eval()
    inputs = [torch.randn(support.index.shape[1], 2), torch.randn(5, 2)][: 1 + ("nodes" in symmetry)]
    with torch.no_grad():
        wanted = whole(*inputs)
        program = torch.onnx.export(whole, tuple(inputs), dynamo=True, verbose=False)
    session = runtime.InferenceSession(program.model_proto.SerializeToString())
    given = {one.name: value.numpy() for one, value in zip(session.get_inputs(), inputs, strict=True)}
    for one, other in zip(session.run(None, given), wanted if isinstance(wanted, tuple) else (wanted,), strict=True):
        torch.testing.assert_close(torch.from_numpy(one), other, rtol=1e-5, atol=1e-6)


def test_what_is_kept_in_inference_serves_training():
    case = Case(SYMMETRY, "edges", SUPPORTS["directed"], order=2)
    fresh = Support.from_edge_index(SUPPORTS["directed"].index, 5)
    with torch.inference_mode():
        case.layer(*case.inputs, support=fresh)
    sum(one.sum() for one in case.layer(*case.inputs, support=fresh)).backward()
    assert case.inputs[0].grad.shape == case.inputs[0].shape


def test_one_support_serves_layers_in_single_and_double():
    support = Support.from_edge_index(SUPPORTS["directed"].index, 5)
    for kind in (torch.float32, torch.float64):
        case = nn.compile(SYMMETRY, 2, 3, sparse="edges", dtype=kind)
        edges, _ = case(torch.ones(support.index.shape[1], 2).to(kind), torch.ones(5, 2).to(kind), support=support)
        assert edges.dtype == kind


def test_time_and_memory_grow_with_the_edges():
    """A dense layer would hold 10^11 entries."""
    nodes, edges = 300_000, 600_000
    index = torch.stack([torch.arange(edges) % nodes, (torch.arange(edges) * 7 + torch.arange(edges) // nodes) % nodes])
    layer = nn.compile(SYMMETRY, 2, 2, sparse="edges")
    values = torch.randn(edges, 2, requires_grad=True)
    found, _ = layer(values, torch.zeros(nodes, 2), support=Support.from_edge_index(index, nodes))
    found.sum().backward()
    assert values.grad.shape == (edges, 2)


def test_products_along_too_many_paths_are_refused():
    nodes = 20_000
    star = torch.stack([torch.arange(nodes), torch.zeros(nodes, dtype=torch.long)])
    support = Support.from_edge_index(torch.cat([star, star.flip(0)[:, 1:]], 1), nodes)
    layer = nn.compile("edges:aaH", 1, 1, sparse="edges", order=2, only=["ab,bc->ac"])
    with pytest.raises(ValueError, match=r"400,0\d\d,\d\d\d paths of two pairs, over 200,000,000"):
        layer(torch.ones(support.index.shape[1], 1), support=support)


@pytest.mark.parametrize(
    ("symmetry", "options", "said"),
    [
        (SYMMETRY, {"sparse": "nodes"}, "nodes has 1 axis, and a support is of pairs\n  name one of edges"),
        (SYMMETRY, {"sparse": "weights"}, "sparse='weights' is no tensor of edges:aaH,nodes:aH\n  name one of edges"),
        ("aH", {"sparse": "a"}, "leave out sparse"),
        ("edges:aaH,support:aH", {"sparse": "edges"}, "give the tensor another name"),
        (SYMMETRY, {"sparse": 3}, "sparse=3 is no list of names"),
        ("edges:aaaH", {"sparse": "edges"}, "abcH->acbH needs values for all pairs (a, a, a)"),
        ("edges:aaH,other:aaH", {"sparse": "edges", "order": 2}, "(a, a, a), and sparse layers have"),
        ("edges:aaH,other:aaH", {"sparse": "edges", "order": 2}, "make other sparse too (--sparse other), or leave"),
        ("edges:aaH->edges:aaH,bH", {"sparse": "edges"}, "axis b is on no support and no input"),
        ("edges:aaH->edges:abH", {"sparse": "edges"}, "different axes in and out"),
        ("edges:abH", {"sparse": "edges", "depends": ["a->b"]}, "permuted axes that hang on no other"),
        ("edges:aaH", {"sparse": "edges", "axes": {"a": "C(5)"}}, "permuted axes that hang on no other"),
        (SYMMETRY, {"sparse": "edges", "form": "tables"}, "no form='tables' yet"),
        ("edges:aaH", {"sparse": "edges", "order": 3, "only": ["ab,bc,cd->ad"]}, "needs values for all pairs"),
        ("edges:aaH", {"sparse": "edges", "order": 3, "only": ["ab,cb,cd->ad"]}, "abH,cbH,cdH->adH needs values"),
        ("edges:aaH->H", {"sparse": "edges", "order": 4, "only": ["ab,bc,cd,da->"]}, "values for all pairs (a, a)"),
    ],
)
def test_what_a_sparse_layer_cannot_be(symmetry, options, said):
    with pytest.raises(symshare.SymshareError) as caught:
        symshare.emit(symmetry, **options)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sparse", "nodes"], "nodes has 1 axis, and a support is of pairs"),
        (["--sparse", "edges", "--measured", "edges"], "no sparse tensors yet"),
        (["--sparse", "edges", "--form", "tables"], "no form='tables' yet"),
    ],
)
def test_mistakes_on_the_command_line(words, said):
    done = CliRunner().invoke(main, ["emit", "-s", SYMMETRY, *words])
    assert done.exit_code == 2 and not done.stdout
    assert said in done.stderr and len(done.stderr.strip().splitlines()) <= 3


def test_the_command_in_a_file_makes_it_again():
    source = symshare.emit(SYMMETRY, sparse="edges")
    (command,) = [line.strip() for line in source.splitlines() if line.startswith("  symshare emit")]
    assert CliRunner().invoke(main, shlex.split(command)[1:]).stdout == source


def test_plans_without_rewrites_are_refused():
    with pytest.raises(symshare.SymshareError, match="made with rewrites"):
        symshare.plan(SYMMETRY, sparse="edges", rewrites=False)


def test_costs_are_of_pairs_and_paths():
    named = {"pairs": 1000, "a": 7, "in": 3, "out": 5, "rank": 2}
    (mean,) = [one for one in symshare.costs("aaH->aH", named, sparse="aa").steps if one.step.spec == "ab->a"]
    assert (str(mean.flops), str(mean.read), str(mean.written)) == ("in pairs", "4 in pairs", "4 a in")
    along = symshare.costs("aaH", named | {"paths": 10}, sparse="aa", order=2, only=["ab,bc->ac"])
    (walk,) = [one for one in along.steps if one.step.spec == "ab,bc->ac"]
    assert (str(walk.flops), str(walk.read), str(walk.written)) == ("2 paths rank", "8 paths rank", "4 pairs rank")
    several = symshare.costs("e:abH,f:baH", sparse=("e", "f"))
    assert {"pairs_e": 320, "pairs_f": 320}.items() <= dict(several.sizes).items()
    assert not any("a b" in str(one) for one in (several.flops, several.read, several.written, several.peak))
    with pytest.raises(symshare.SymshareError, match="'paths' is no axis"):
        symshare.costs("aaH->aH", {"paths": 3}, sparse="aa")


def test_the_command_tells_costs_of_pairs():
    done = CliRunner().invoke(main, ["plan", "-s", "edges:aaH,nodes:aH", "--sparse", "edges"])
    assert done.exit_code == 0, done.output
    assert "in0 pairs" in done.stdout and "naive plan" in done.stdout


def test_the_file_says_what_needs_loops():
    source = " ".join(symshare.emit("edges:aaH", sparse="edges").split())
    listed = source.split("without pairs (a, a) these ")[1].split(".")[0]
    # the diagonal is read by five maps and written by five, one of them both, and by a constant
    terms = "->aaH, aaH->aaH, aaH->abH, aaH->baH, aaH->bbH, aaH->bcH, abH->aaH, abH->bbH, abH->ccH"
    assert listed == f"9 are 0: {terms}"
    source = " ".join(symshare.emit("edges:aabH->aH", sparse="edges").split())
    assert "without pairs (a, a) these 2 are 0: aabH->aH, aabH->cH." in source
