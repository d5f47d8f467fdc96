"""What `verify_file` says of files with supports: those that hold, and what breaks in others."""

import pytest

import symshare
from symshare.nn.checking.layer_files import verify_file
from symshare.plans.network import network

TEXT = "edges:aaH,nodes:aH,whole:H->edges:aaH,aH,H"
FILES = {
    "linear": lambda: symshare.emit(TEXT, sparse="edges"),
    "products": lambda: symshare.emit("edges:aaH,nodes:aH", order=2, sparse="edges", normalise_factors=True),
    "sums": lambda: symshare.emit("edges:aaH,aH", order=2, kind="pooling", sparse="edges", reduce="sum"),
    "scaled": lambda: symshare.emit(TEXT, sparse="edges", normalise_scale=True),
    "written": lambda: symshare.emit("aH,H->aaH", sparse="aa"),
    "a value": lambda: symshare.emit("H->aaH", sparse="aa"),
    "tables": lambda: symshare.emit("e:abH,f:baH", order=2, sparse=("e", "f")),
    "network": lambda: symshare.emit(network(TEXT, sparse="edges", width=3, depth=1, types=["a"])),
    "third axis": lambda: symshare.emit("edges:aabH,bH,aH->edges:aabH,abH,bH", sparse="edges"),
    "third axis, products": lambda: symshare.emit("edges:aabH,baH", order=2, kind="pooling", sparse="edges"),
    "the same axis again": lambda: symshare.emit("edges:aaaH->aH", sparse="edges"),
    "beside a dense matrix": lambda: symshare.emit("edges:aaH,f:aaH", sparse="edges"),
    "network of a third axis": lambda: symshare.emit(network("edges:aabH,aH", sparse="edges", width=3, depth=1)),
    "rounds": lambda: symshare.emit(network("abH,bH->aH", sparse="ab", width=3, depth=1, rounds=2, inject=True)),
}
BREAKS = {
    "the order of pairs": "return (y[0] + torch.arange(len(y[0]))[:, None], *y[1:])",
    "the number of a node": "return (y[0], y[1] + torch.arange(len(y[1]))[:, None], y[2])",
    "other graphs of a batch": "return (y[0], y[1] + y[1].mean(), y[2])",
    "which way pairs go": "return (y[0] + support['edges'].index[:1].T, *y[1:])",
}


def verified(folder, text):
    path = folder / "layer.py"
    path.write_text(text, encoding="utf-8")
    return verify_file(path)


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_emitted_hold(tmp_path, name):
    report = verified(tmp_path, FILES[name]())
    assert report.ok, str(report)


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_added_to_an_output_is_found(tmp_path, name):
    lines = ["", "", "class Layer(Layer):", "    def forward(self, *given, support):"]
    lines += ["        y = super().forward(*given, support=support)", f"        {BREAKS[name]}", ""]
    report = verified(tmp_path, FILES["linear"]() + "\n".join(lines))
    broken = [row.what for row in report.rows if not row.ok]
    assert broken, str(report)
    assert ("entries of a batch as alone" in broken) or name != "other graphs of a batch"
