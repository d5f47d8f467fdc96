"""Networks: pooling layers one after the other, and a linear layer to the outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from symshare.core.bases.derivation import derive
from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.core.notation.reading import Groups
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.poolings.pools import check_one_list, pools
from symshare.core.terms.channels import read_either
from symshare.core.terms.pieces import indices_of
from symshare.core.terms.reading import ambiguous
from symshare.core.terms.term import Term, without_brackets
from symshare.errors import NotationError, SymshareError
from symshare.plans.planning import plan as make
from symshare.plans.steps import Plan, few

__all__ = ["Network", "between", "network"]


@dataclass(frozen=True, slots=True)
class Network(Noun):
    """An EinNet: inputs are lifted to `width` channels, `depth` pooling layers add to them, a linear layer reads the outputs.
    The layers may be applied several times over (recurrent).

    `pooling` is the plan of one layer, from the types of the inputs to themselves, `head` that of the linear layer from
    these types to the outputs, and `lifted` numbers the type of each input.
    """

    signature: Signature
    pooling: Plan
    head: Plan
    lifted: tuple[int, ...]
    order: int
    width: int
    pool_width: int
    depth: int
    chosen: tuple[str, ...] = ()
    """The poolings, where they were asked for by name."""
    rounds: int | None = None
    """How often the same layers are applied one after the other; None for once, without bounding values in between."""
    nonlinearity: str | None = "gelu"
    """What stands between layers; None makes the network a polynomial, with nothing to bound its values."""
    inject: bool = False
    """Whether every layer sees the inputs beside the hidden values."""
    scaled: int | None = None
    """The power of the inputs' size that outputs are multiplied by, inputs being divided by their size; None for neither."""

    def __repr__(self) -> str:
        numbers = {"order": self.order, "width": self.width, "depth": self.depth}
        return brief("Network", *self.signature.described(), *(f"{name}={number}" for name, number in numbers.items()))

    def to_dict(self) -> dict[str, Any]:
        """The network as plain values, with the plans of its layers."""
        return {
            **self.signature.to_dict(),
            "order": self.order,
            "width": self.width,
            "pool_width": self.pool_width,
            "depth": self.depth,
            "rounds": self.rounds,
            "nonlinearity": self.nonlinearity,
            "inject": self.inject,
            "scaled": self.scaled,
            "chosen": list(self.chosen),
            "lifted": list(self.lifted),
            "pooling": self.pooling.to_dict(),
            "head": self.head.to_dict(),
        }

    def tables(self) -> tuple[Table, ...]:
        """Its numbers and its poolings, then the steps of a layer and of the last one."""
        rows = [
            ("width", f"{self.width}, {self.pool_width} for each pooling"),
            ("depth", str(self.depth)),
            *([] if self.rounds is None else [("rounds", str(self.rounds))]),
            *([("nonlinearity", "none")] if self.nonlinearity is None else []),
            *([("inputs", "seen by every layer")] if self.inject else []),
            *([] if self.scaled is None else [("scaled", f"outputs by size^{self.scaled}")]),
            ("poolings", few([term.to_einsum() for term in self.pooling.terms if term.order > 1], "  ")),
        ]
        whole = Table(f"network for {self.signature}, poolings to order {self.order}", rows=tuple(rows))
        return (whole, *self.pooling.tables(), *self.head.tables())


def network(
    signature: Signature | str,
    order: int = 2,
    *,
    depends: Iterable[str] | str = (),
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
    poolings: Iterable[str] | str = (),
    width: int = 64,
    pool_width: int = 16,
    depth: int = 4,
    rounds: int | None = None,
    reduce: str = "mean",
    normalise_factors: bool = True,
    nonlinearity: str | None = "gelu",
    inject: bool = False,
    scaled: int | None = None,
) -> Network:
    """An EinNet: pooling layers from the types of the inputs to themselves, then a linear layer to the outputs.

    The poolings are the irreducible ones up to `order`, or those that `poolings` names: terms from the inputs to one of them,
    with latent axes or without. Each input is lifted to `width` channels, each pooling works on `pool_width`. Latent axes are
    channels. With `rounds` the network is recurrent: the same layers are applied so many times, values are brought back to
    size one after each round, outputs may be read after each. Raises what `symshare.pools` raises.

    `nonlinearity=None` leaves out GELU, and with it that values are brought to size one: with `normalise_factors=False` too
    the network is a polynomial. With `inject` every layer sees the inputs beside the hidden values. With `scaled` the inputs
    are divided by their size, one number for all (the root of the sum of squares, or of the mean where sums are means;
    channels averaged), and the outputs multiplied by this power of it: -1 for an inverse.

    Source: the network of the tutorial "Permutation symmetric networks from the ground up".

    >>> network("abH->aH", 3, depth=2)
    Network('abH->aH', order=3, width=64, depth=2)
    """
    asked = as_signature(signature, depends=depends, axes=axes, sizes=sizes)
    given = {"width": width, "pool_width": pool_width, "depth": depth} | ({} if rounds is None else {"rounds": rounds})
    _check_form(given, nonlinearity, scaled)
    check_one_list(asked)
    plain = asked.without_latents()
    types = tuple(dict.fromkeys(replace(tensor, name=None) for tensor in plain.inputs))
    lifted = tuple(types.index(replace(tensor, name=None)) for tensor in plain.inputs)
    inner = between(plain, types)
    texts = (poolings,) if isinstance(poolings, str) else tuple(poolings)
    found, read = pools(inner, order), partial(_pooling, asked, inner, lifted)
    named = [read(text) for text in texts]
    found = found.only(*named) if named else found
    channels = {"in": width, "out": width, "rank": pool_width}
    layer = make(found, reduce=reduce, normalise_factors=normalise_factors, channels=channels)
    outer = replace(plain, inputs=types, outputs=tuple(replace(tensor, name=None) for tensor in plain.outputs))
    head = make(derive(outer, 1), kind="linear", reduce=reduce)
    chosen = tuple(dict.fromkeys(_printed(read, *pair) for pair in zip(named, texts, strict=True)))
    return Network(
        *(asked, layer, head, lifted, order, width, pool_width, depth, chosen, rounds),
        nonlinearity=nonlinearity,
        inject=bool(inject),
        scaled=scaled,
    )


def _check_form(numbers: Mapping[str, object], nonlinearity: str | None, scaled: int | None) -> None:
    for name, number in numbers.items():
        if not isinstance(number, int) or number < 1:
            raise SymshareError(
                f"{name}={number!r} is not a number of channels, layers or rounds\n  give a whole number, 1 or more"
            )
    if nonlinearity not in ("gelu", None):
        raise SymshareError(f"nonlinearity={nonlinearity!r} is not known\n  write 'gelu', or None for a polynomial")
    if scaled is not None and (isinstance(scaled, bool) or not isinstance(scaled, int)):
        cure = "give a whole number: 1 where outputs grow like inputs, -1 for an inverse"
        raise SymshareError(f"scaled={scaled!r} is no power of the size\n  {cure}")


def between(plain: Signature, types: tuple[Tensor, ...]) -> Signature:
    """The signature of a layer from some types to themselves."""
    letters = {letter for tensor in types for letter in tensor.axes}
    return replace(
        plain,
        inputs=types,
        outputs=types,
        depends=tuple(pair for pair in plain.depends if letters.issuperset(pair)),
        sizes=tuple(pair for pair in plain.sizes if pair[0] in letters),
        groups=tuple(pair for pair in plain.groups if pair[0] in letters),
        monomial=tuple(pair for pair in plain.monomial if pair[0] in letters),
    )


def _pooling(asked: Signature, inner: Signature, lifted: tuple[int, ...], text: str) -> Term:
    """The pooling between hidden types that a text between the inputs names; of inputs of one type any may be meant."""
    sizes = tuple(pair for pair in asked.sizes if pair[0] in asked.set_axes)
    shown, written = read_either(replace(asked, outputs=asked.inputs, sizes=sizes), text)
    terms = [without_brackets(shown, one) for one in written]
    hidden = [
        replace(one, signature=inner, output=lifted[one.output], factors=tuple(map(lifted.__getitem__, one.factors)))
        for one in terms
    ]
    pairs = [(one.to_einsum(), own.canonical()) for one, own in zip(terms, hidden, strict=True)]
    alike = {own for printed, own in pairs if printed == indices_of(text)}
    found = alike if len(alike) == 1 else {own for _, own in pairs}
    if len(found) > 1:
        left, _, right = text.partition("->")
        raise ambiguous(text, right, len(left) + 2, asked.inputs, words=asked.words)
    return found.pop()


def _printed(read: Callable[[str], Term], pooling: Term, written: str) -> str:
    """A pooling as it is printed, or as it was written where that alone says which it is."""
    printed = pooling.to_einsum()
    try:
        return printed if read(printed) == pooling else written
    except NotationError:
        return written
