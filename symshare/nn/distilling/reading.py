"""The terms of a generated layer or network, each with its coefficient for every choice of channels."""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from types import ModuleType
from typing import Any

import torch

from symshare.core.bases.derivation import derive
from symshare.core.bases.reading import term as as_term
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.term import Term
from symshare.errors import SymshareError, TooLargeError, amount
from symshare.nn.distilling.lines import Coefficient, Line, identity
from symshare.plans.hidden import of_types
from symshare.plans.literal import fresh_key
from symshare.plans.naming import fresh, term_key

__all__ = ["MOST_TERMS", "Expanded", "expanded", "power_of", "reduce_of", "source_of"]

MOST_TERMS = 2_000
"""Terms of one line, over all choices of channels; 2,000 are a page of a hundred columns. Chosen, not measured."""
HINDRANCES = {
    "gelu": "GELU between its layers",
    "_unit": "values brought to size one after each round",
    "_standard": "normalised factors",
    "_one_scale": "inputs divided by their root mean square",
}
"""What a polynomial has not, by the function that is called for it, with the option that leaves it out."""
CURES = {
    "gelu": "nonlinearity=None",
    "_unit": "nonlinearity=None",
    "_standard": "normalise_factors=False",
    "_one_scale": "normalise_scale=False",
}


@dataclass(frozen=True, slots=True)
class Expanded:
    """A network as polynomial maps: from the inputs to the state, a line for each layer, from the state to the outputs.

    `signature` is that of the network, `inputs` and `state` are the names of their channels by tensor. A layer alone has one
    line and no state.
    """

    signature: Signature
    inputs: tuple[tuple[str, ...], ...]
    outputs: tuple[tuple[str, ...], ...]
    begin: Line | None
    rounds: tuple[Line, ...]
    end: Line | None
    reduce: str


def source_of(net: torch.nn.Module) -> ModuleType:
    """The module that a generated layer or network is of, as an object with its names; SymshareError for another one."""
    for kind in type(net).__mro__:  # a file may be loaded without being listed in sys.modules
        found: Any = getattr(vars(kind).get("forward"), "__globals__", {})
        if all(name in found for name in ("SIGNATURE", "TERMS", "DEPENDS", "SIZES")):
            module = ModuleType(kind.__module__)
            module.__dict__.update(found)
            return module
    raise SymshareError(
        f"{type(net).__name__} is no layer or network that symshare wrote\n"
        "  make it by symshare.nn.EinNet or symshare.nn.compile; of another function give symmetry= and order="
    )


def hindrances(module: ModuleType) -> list[str]:
    """The functions of a generated file that make what it computes no polynomial."""
    tree = ast.parse("".join(linecache.getlines(str(module.__file__))))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    names = {
        getattr(node.func, "attr", getattr(node.func, "id", ""))
        for one in classes
        for node in ast.walk(one)
        if isinstance(node, ast.Call)
    }
    return [name for name in HINDRANCES if name in names]


def expanded(net: Any) -> Expanded:
    """The terms of every layer; SymshareError where it is no polynomial of set axes, TooLargeError over 2,000 terms a line."""
    module = source_of(net)
    found = hindrances(module)
    if found:
        raise SymshareError(
            f"{type(net).__name__} is no polynomial: it has {' and '.join(HINDRANCES[one] for one in found)}\n"
            f"  make it with {' and '.join(dict.fromkeys(CURES[one] for one in found))}, or ask for an order at zero: order=3"
        )
    whole = as_signature(module.SIGNATURE, depends=module.DEPENDS, sizes=module.SIZES, axes=getattr(module, "AXES", {}))
    plain = whole.without_latents()
    if any(whole.sized_latents(tensor) for tensor in (*whole.inputs, *whole.outputs)):
        cure = "leave out sizes and lists of latent axes: then they are channels"
        raise SymshareError(f"{whole} tells the values of its latent axes apart, and lines do not\n  {cure}")
    if plain.groups or plain.monomial or getattr(module, "GENERATORS", None):
        raise SymshareError("terms are expanded for permuted axes without factors\n  ask for an order at zero: order=3")
    reduce = reduce_of(module)
    if isinstance(net, getattr(module, "EinNet", ())):
        return _network(net, module, plain, reduce)
    taken: set[str] = set()
    ins = channel_names(plain.inputs, "X", numbers_of(net.in_channels, plain.inputs), taken, own=True)
    outs = channel_names(plain.outputs, "Y", numbers_of(net.out_channels, plain.outputs), taken)
    terms = [replace(as_term(whole, text), signature=plain) for text in module.TERMS]
    line = _line(net, plain, terms, ins, outs)
    return Expanded(whole, ins, outs, None, (line,), None, reduce)


def reduce_of(module: ModuleType) -> str:
    """Whether sums over axes are means in a generated file."""
    return "mean" if any(f"{name}(" in _text(module) for name in ("_mean", "_means", "_weigh")) else "sum"


def power_of(module: ModuleType) -> int | None:
    """The power of the size of its inputs that a generated network multiplies its outputs by."""
    found = re.search(r"scaled\(\s*self\.head\([^)]*\),\s*\w+,\s*(-?\d+)", _text(module))
    return None if found is None else int(found[1])


def _text(module: ModuleType) -> str:
    """The classes of a file, as text."""
    _, _, text = "".join(linecache.getlines(str(module.__file__))).partition("\nclass ")
    return text


def _network(net: Any, module: ModuleType, plain: Signature, reduce: str) -> Expanded:
    types = tuple(dict.fromkeys(replace(tensor, name=None) for tensor in plain.inputs))
    lifted = [types.index(replace(tensor, name=None)) for tensor in plain.inputs]
    inner = of_types(plain, types)
    taken: set[str] = set()
    ins = channel_names(plain.inputs, "X", numbers_of(net.in_channels, plain.inputs), taken, own=True)
    outs = channel_names(plain.outputs, "Z", numbers_of(net.out_channels, plain.outputs), taken)
    lifts = [net.lift] if len(plain.inputs) == 1 else list(net.lift)
    width = lifts[0].out_features
    state = channel_names(types, "Y", (width,) * len(types), taken)
    seen = [list(own) for own in state]
    if numbers_of(net.layers[0].in_channels, types) != (width,) * len(types):  # the inputs stand beside the state
        for kind, own in zip(lifted, ins, strict=True):
            seen[kind] += own
    begin = _lift(plain, types, lifted, lifts, ins, state)
    rounds = tuple(_line(layer, inner, module.TERMS, seen, state, residual=True) for layer in net.layers)
    outer = replace(plain, inputs=types, outputs=tuple(replace(tensor, name=None) for tensor in plain.outputs))
    end = _line(net.head, outer, derive(outer, 1).terms, state, outs)
    whole = as_signature(module.SIGNATURE, depends=module.DEPENDS, sizes=module.SIZES)
    return Expanded(whole, ins, outs, begin, rounds, end, reduce)


def numbers_of(given: int | tuple[int, ...], tensors: Sequence[Tensor]) -> tuple[int, ...]:
    """Channel numbers, one for each tensor."""
    return given if isinstance(given, tuple) else (given,) * len(tensors)


def channel_names(
    tensors: Sequence[Tensor], letter: str, numbers: Sequence[int], taken: set[str], *, own: bool = False
) -> tuple[tuple[str, ...], ...]:
    """A name for each channel of each tensor, all different from those that are taken: its `own` where it may have it, or a
    letter, numbered where there are several.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("a,X0:a->a")
    >>> channel_names(one.inputs, "X", (2, 1), set(), own=True), channel_names(one.outputs, "Y", (1,), set())
    ((('X0_2_0', 'X0_2_1'), ('X0',)), (('Y',),))
    """
    plain = [letter if len(tensors) == 1 else f"{letter}{place}" for place in range(len(tensors))]
    named = {tensor.name for tensor in tensors if own and tensor.name} - taken
    given = {*taken, *named}
    found = []
    for tensor, wanted, number in zip(tensors, plain, numbers, strict=True):
        name = tensor.name if tensor.name in named else fresh(wanted, given)
        each = (name,) if number == 1 else tuple(f"{name}_{place}" for place in range(number))
        while number > 1 and not given.isdisjoint(each):
            name = fresh(name, given)
            each = tuple(f"{name}_{place}" for place in range(number))
        given.update(each)
        found.append(each)
    taken |= given
    return tuple(found)


def _named(signature: Signature, ins: Sequence[Sequence[str]], outs: Sequence[Sequence[str]]) -> Signature:
    """The signature in which every channel is a tensor of its own."""

    def listed(tensors: Sequence[Tensor], names: Sequence[Sequence[str]]) -> tuple[Tensor, ...]:
        return tuple(replace(one, name=name) for one, own in zip(tensors, names, strict=True) for name in own)

    return replace(signature, inputs=listed(signature.inputs, ins), outputs=listed(signature.outputs, outs))


def _line(
    layer: Any,
    signature: Signature,
    terms: Iterable[Term | str],
    ins: Sequence[Sequence[str]],
    outs: Sequence[Sequence[str]],
    *,
    residual: bool = False,
) -> Line:
    """The terms of one layer, with the state added where it is residual."""
    read = [one if isinstance(one, Term) else as_term(signature, one) for one in terms]
    number = sum(_size(term, ins, outs) for term in read)
    if number > MOST_TERMS:
        raise TooLargeError(
            f"a layer of these channels has {amount(number)} terms, over {MOST_TERMS:,}\n"
            "  make the network of fewer channels (width=) or with fewer poolings (poolings=)"
        )
    named = _named(signature, ins, outs)
    first = _starts(ins), _starts(outs)
    found: dict[Term, Coefficient] = {}
    weights, keys = layer.state_dict(), set[str]()
    for term in read:
        array = _coefficients(weights, fresh_key(term_key(signature, term), keys), term.order)
        for place in product(*map(range, array.shape)):
            *inner, outer = place
            factors = tuple(first[0][kind] + channel for kind, channel in zip(term.factors, inner, strict=True))
            one = Term(
                *(named, first[1][term.output] + outer, factors, term.output_indices, term.factor_indices, ()),
                ((),) * term.order,
            ).canonical()
            found[one] = found.get(one, 0.0) + array[place].item()
    if residual:
        for kind, own in enumerate(outs):
            for channel in range(len(own)):
                one = identity(named, first[1][kind] + channel, first[0][kind] + channel).canonical()
                found[one] = found.get(one, 0.0) + 1.0
    return Line(named, tuple((term, found[term]) for term in sorted(found) if found[term] != 0))


def _starts(names: Sequence[Sequence[str]]) -> list[int]:
    return [sum(map(len, names[:place])) for place in range(len(names))]


def _size(term: Term, ins: Sequence[Sequence[str]], outs: Sequence[Sequence[str]]) -> int:
    size = len(outs[term.output])
    for factor in term.factors:
        size *= len(ins[factor])
    return size


def _coefficients(weights: Mapping[str, torch.Tensor], key: str, order: int) -> torch.Tensor:
    """The coefficients of a term, an axis for the channels of each factor and one for those of the output."""
    if order == 0:
        return weights[f"bias.{key}"].double()
    matrix = weights[f"mix.{key}"].double()
    names = [f"factor.{key}__{place}" for place in range(order)]
    factors = [weights[name].double() for name in names if name in weights]
    if not factors:  # mixed directly, or by one array over all channels
        return matrix
    letters = "abcdefghijklmnopqrstuvw"[: len(factors)]
    inside = ",".join(f"{letter}z" for letter in letters)
    return torch.einsum(f"{inside},zy->{letters}y", *factors, matrix)


def _lift(
    plain: Signature,
    types: Sequence[Tensor],
    lifted: Sequence[int],
    lifts: Sequence[Any],
    ins: Sequence[Sequence[str]],
    state: Sequence[Sequence[str]],
) -> Line:
    """The line from the inputs to the state."""
    outer = replace(plain, outputs=tuple(types))
    named, firsts, starts = _named(outer, ins, state), _starts(ins), _starts(state)
    found: dict[Term, Coefficient] = {}
    for place, (kind, lift) in enumerate(zip(lifted, lifts, strict=True)):
        for out, row in enumerate(lift.weight.detach().double().tolist()):
            for channel, number in enumerate(row):
                found[identity(named, starts[kind] + out, firsts[place] + channel).canonical()] = number
        for out, number in enumerate(lift.bias.detach().double().tolist()):
            axes = tuple(range(len(types[kind].axes)))
            one = Term(named, starts[kind] + out, (), axes, (), (), ()).canonical()
            found[one] = found.get(one, 0.0) + number
    return Line(named, tuple((term, found[term]) for term in sorted(found) if found[term] != 0))
