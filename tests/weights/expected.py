"""What the weights of each module have along their dimensions, by hand: permuted axes in lower, fixed in upper case."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import factorial as f

import torch

from symshare.weights import spec
from tests.weights import nets


@dataclass(frozen=True)
class Case:
    make: Callable[[], torch.nn.Module]
    inputs: Callable[[], tuple[torch.Tensor, ...]]
    layouts: dict[str, str]
    order: int
    depends: frozenset[str] = frozenset()
    redundant: frozenset[str] = frozenset()
    """Tensors, or parts of them, without influence on the outputs."""


def of(*shape):
    return lambda: (torch.randn(*shape, dtype=torch.float64),)


def tokens(below, *shape):
    return lambda: (torch.randint(below, shape),)


def linear(name, outs, ins):
    return {f"{name}.weight": f"({outs} {ins})", f"{name}.bias": f"({outs})"}


def norm(name, axis, statistics=False):
    found = {f"{name}.weight": f"({axis})", f"{name}.bias": f"({axis})"}
    if statistics:
        found |= {f"{name}.running_mean": f"({axis})", f"{name}.running_var": f"({axis})"}
        found[f"{name}.num_batches_tracked"] = "()"
    return found


def convolution(name, outs, ins, kernel, bias=True):
    ways = " ".join(f"{kernel}{place}" for place in (1, 2)) if kernel != "1" else "1 1"
    return {f"{name}.weight": f"({outs} {ins} {ways})"} | ({f"{name}.bias": f"({outs})"} if bias else {})


def attention(name, packed, out, stream):
    """Packed queries, keys and values: q and k share their units in each head, v has its own."""
    row = "((heads keys | heads keys | heads values){})"
    return {
        f"{name}{packed}weight": row.format(f" {stream}"),
        f"{name}{packed}bias": row.format(""),
        f"{name}{out}.weight": f"({stream} (heads values))",
        f"{name}{out}.bias": f"({stream})",
    }


HEADS = frozenset({"heads->keys", "heads->values"})


def cells(name, hidden, ins, gates):
    row = " | ".join([hidden] * gates)
    row = f"({row})" if gates > 1 else hidden
    return {
        f"{name}.weight_ih": f"({row} {ins})",
        f"{name}.weight_hh": f"({row} {hidden})",
        f"{name}.bias_ih": f"({row})",
        f"{name}.bias_hh": f"({row})",
    }


LAYER = "body.layers.*."
BLOCK = "blocks.*."

CASES = {
    "mlp": Case(
        nets.mlp, of(4, 3), linear("0", "a", "In") | linear("2", "b", "a") | linear("4", "Out", "b"), f(5) * f(4)
    ),
    "mlp with layer norm and dropout": Case(
        nets.normalised_mlp,
        of(4, 3),
        linear("0", "a", "In") | norm("1", "a") | linear("4", "b", "a") | norm("5", "b") | linear("8", "Out", "b"),
        f(5) * f(4),
    ),
    "residual mlp": Case(
        nets.Residual,
        of(4, 3),
        linear("first", "s", "In") | linear("inner", "h", "s") | linear("outer", "s", "h") | linear("last", "Out", "s"),
        f(5) * f(4),
    ),
    "cnn": Case(
        nets.convolutions,
        of(2, 2, 8, 8),
        convolution("0", "a", "In", "K")
        | norm("1", "a", True)
        | convolution("4", "b", "a", "L")
        | norm("5", "b", True)
        | {"8.weight": "(Out (b Height Width))", "8.bias": "(Out)"},
        f(4) * f(5),
    ),
    "residual cnn": Case(
        nets.ResidualConvolutions,
        of(2, 2, 8, 8),
        convolution("stem", "s", "In", "K")
        | norm("norm", "s", True)
        | convolution("a1", "a", "s", "L", False)
        | norm("n1", "a", True)
        | convolution("a2", "s", "a", "M", False)
        | norm("n2", "s", True)
        | convolution("b1", "b", "s", "N", False)
        | norm("m1", "b", True)
        | convolution("b2", "t", "b", "O", False)
        | norm("m2", "t", True)
        | convolution("short", "t", "s", "1")
        | linear("head", "Out", "t"),
        f(4) ** 2 * f(6) ** 2,
    ),
    "grouped and depthwise": Case(
        nets.Grouped,
        of(2, 2, 4, 4),
        {
            "stem.weight": "((g i) In 1 1)",
            "stem.bias": "((g i))",
            "grouped.weight": "((g o) i K1 K2)",
            "grouped.bias": "((g o))",
            "depthwise.weight": "((g o) 1 L1 L2)",
            "depthwise.bias": "((g o))",
            "mix.weight": "(m (g o) 1 1)",
            "mix.bias": "(m)",
        }
        | linear("head", "Out", "m"),
        f(3) * f(2) ** 3 * f(4) ** 3 * f(5),
        frozenset({"g->i", "g->o"}),
    ),
    "u-net": Case(
        nets.UNet,
        of(2, 1, 4, 4),
        convolution("down", "a", "1", "K")
        | convolution("deep", "b", "a", "L")
        | {"up.weight": "(b c M1 M2)", "up.bias": "(c)", "last.weight": "(1 (a | c) N1 N2)", "last.bias": "(1)"},
        f(4) * f(6) * f(5),
    ),
    "attention": Case(
        nets.Attention,
        of(2, 5, 3),
        linear("embed", "s", "In")
        | linear("q", "(heads keys)", "s")
        | {"q.bias": "((heads keys))", "k.weight": "((heads keys) s)", "k.bias": "((heads keys))"}
        | {"v.weight": "((heads values) s)", "v.bias": "((heads values))"}
        | {"o.weight": "(s (heads values))", "o.bias": "(s)"}
        | linear("read", "Out", "s"),
        f(4) * f(3) * (f(2) * f(2)) ** 3,
        HEADS,
        frozenset({"k.bias"}),
    ),
    "packed attention": Case(
        nets.Packed,
        of(2, 5, 3),
        linear("embed", "s", "In") | attention("attend", ".in_proj_", ".out_proj", "s") | linear("read", "Out", "s"),
        f(6) * f(3) * (f(2) * f(2)) ** 3,
        HEADS,
        frozenset({"attend.in_proj_bias[1]"}),
    ),
    "encoder": Case(
        nets.Encoder,
        of(2, 5, 3),
        linear("embed", "s", "In")
        | attention(f"{LAYER}self_attn", ".in_proj_", ".out_proj", "s")
        | linear(f"{LAYER}linear1", "h", "s")
        | linear(f"{LAYER}linear2", "s", "h")
        | norm(f"{LAYER}norm1", "s")
        | norm(f"{LAYER}norm2", "s")
        | norm("body.norm", "s")
        | linear("read", "Out", "s"),
        f(6) * (f(2) * (f(3) * f(3)) ** 2 * f(5)) ** 6,
        HEADS | {"Layers->heads", "Layers->h"},
        frozenset(f"body.layers.{number}.self_attn.in_proj_bias[1]" for number in range(6)),
    ),
    "decoder": Case(
        nets.Decoder,
        tokens(11, 2, 6),
        {"tokens.weight": "(Rows s)"}
        | norm("norm", "s")
        | norm(f"{BLOCK}norm1", "s")
        | norm(f"{BLOCK}norm2", "s")
        # units of a query turn in pairs, each pair by an angle of its own, so that no unit may be exchanged; heads may
        | {
            f"{BLOCK}packed.weight": "((heads (Angle | Angle) | heads (Angle | Angle) | heads values) s)",
            f"{BLOCK}packed.bias": "((heads (Angle | Angle) | heads (Angle | Angle) | heads values))",
            f"{BLOCK}out.weight": "(s (heads values))",
            f"{BLOCK}out.bias": "(s)",
        }
        | linear(f"{BLOCK}up", "h", "s")
        | linear(f"{BLOCK}down", "s", "h"),
        f(8) * (f(2) * f(4) ** 2 * f(5)) ** 2,
        frozenset({"Blocks->heads", "heads->values", "Blocks->h"}),
    ),
    "recurrent cells": Case(
        nets.Cells,
        of(2, 3, 3),
        cells("gru", "a", "In", 3)
        | cells("lstm", "b", "a", 4)
        | cells("elman", "c", "b", 1)
        | linear("read", "Out", "c"),
        f(4) * f(5) * f(6),
    ),
    "gated": Case(
        nets.Gated,
        of(4, 3),
        {"both.weight": "((a | a) In)", "both.bias": "((a | a))"} | linear("out", "Out", "a"),
        f(5),
    ),
    "raw": Case(
        nets.Raw,
        of(4, 3),
        {"first": "(In a a.1)", "second": "(a a.1 m)", "third": "(m Out)"},
        f(6) * f(4),
    ),
    "siren": Case(
        nets.Siren,
        of(4, 2),
        linear("layers.0", "a", "In")
        | linear("layers.1", "b", "a")
        | {"layers.2.weight": "(1 b)", "layers.2.bias": "(1)"},
        f(5) * f(4),
    ),
    "tied autoencoder": Case(
        nets.TiedAutoencoder,
        of(4, 6),
        linear("first", "a", "In") | linear("second", "c", "a") | {"back": "(a)", "end": "(In)"},
        f(5) * f(3),
    ),
}


def made(name):
    """A module in double precision and evaluation mode, and its inputs: the same each time."""
    case = CASES[name]
    torch.manual_seed(len(name))
    return case.make().double().eval(), case.inputs()


@cache
def known(name, **options):
    """The spec of a module, found once for all tests, the module and its inputs, which nobody changes."""
    module, inputs = made(name)
    return spec(module, inputs, **options), module, inputs
