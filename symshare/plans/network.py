"""Networks: pooling layers one after the other, and a linear layer to the outputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from symshare.core.bases.derivation import derive
from symshare.core.bases.reading import term
from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.core.notation.reading import Groups
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.poolings.order_one import identity
from symshare.core.poolings.pooling_set import PoolingSet
from symshare.core.poolings.pools import check_one_list, pools
from symshare.core.poolings.types import texts_of
from symshare.core.terms.channels import read_either
from symshare.core.terms.pieces import indices_of
from symshare.core.terms.reading import ambiguous
from symshare.core.terms.term import Term, without_brackets
from symshare.errors import NotationError
from symshare.plans.choices import names_of
from symshare.plans.hidden import Acting, acting, hidden_pools, of_types, positions, unkept, widths_of
from symshare.plans.network_options import check_form, check_numbers, check_size
from symshare.plans.on_supports import hidden_labels, unreached
from symshare.plans.planning import plan as make
from symshare.plans.steps import Plan, few

__all__ = ["Network", "network"]


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
    widths: tuple[int, ...] = ()
    """The channels of each hidden type, where they differ or axes are under groups."""
    acting: tuple[Acting, ...] = ()
    """The nonlinearity of each hidden type, where axes are under groups; elsewhere all are GELU."""
    types: tuple[str, ...] = ()
    """Types that were asked for beside those of inputs and outputs."""
    centred: tuple[str, ...] = ()
    """The inputs and outputs that are positions, as they were asked for."""
    nonlinearity: str | None = "gelu"
    """What stands between layers; None makes the network a polynomial, with nothing to bound its values."""
    inject: bool = False
    """Whether every layer sees the inputs beside the hidden values."""
    scaled: int | None = None
    """The power of the inputs' size that outputs are multiplied by, inputs being divided by their size; None for neither."""

    sparse: tuple[str, ...] = ()
    """The tensors with values on the pairs of a support, as they were asked for; hidden types of their axes have them too."""

    @property
    def complete_to(self) -> int | bool:
        """The order up to which stacked layers make every map; False where poolings were chosen, or hidden types are sparse.

        >>> network("aaH", 3).complete_to, network("aaH", 3, sparse="aa").complete_to
        (3, False)
        """
        return self.order if self.pooling.pools and not self.sparse else False

    def unreached(self) -> tuple[str, ...]:
        """Terms of order 3 that dense hidden types reach and sparse ones do not, one for all directions of its pairs.

        >>> network("aaH", sparse="aa").unreached()
        ('ab,bc,cd->ad',)
        """
        return unreached(self.pooling.signature, self.pooling.choices.sparse) if self.sparse else ()

    def __repr__(self) -> str:
        numbers = {"order": self.order, "width": self.width, "depth": self.depth}
        return brief("Network", *self.signature.described(), *(f"{name}={number}" for name, number in numbers.items()))

    def form(self) -> list[object]:
        """What is unusual in how layers are put together: the same weights compute another function in another form."""
        plain = {
            "nonlinearity": (self.nonlinearity, "gelu"),
            "inject": (self.inject, False),
            "scaled": (self.scaled, None),
        }
        return [(name, value) for name, (value, usual) in plain.items() if value != usual]

    def to_dict(self) -> dict[str, Any]:
        """The network as plain values, with the plans of its layers."""
        return {
            **self.signature.to_dict(),
            "order": self.order,
            "width": self.width,
            "pool_width": self.pool_width,
            "depth": self.depth,
            "rounds": self.rounds,
            **({"widths": list(self.widths)} if self.widths else {}),
            **({"nonlinearities": [one.kind for one in self.acting]} if self.acting else {}),
            **({"centred": list(self.centred)} if self.centred else {}),
            "nonlinearity": self.nonlinearity,
            "inject": self.inject,
            "scaled": self.scaled,
            **({"sparse": list(self.sparse), "complete_to": self.complete_to} if self.sparse else {}),
            "chosen": list(self.chosen),
            "lifted": list(self.lifted),
            "pooling": self.pooling.to_dict(),
            "head": self.head.to_dict(),
        }

    def _width(self) -> str:
        """The channels, and the nonlinearity of each type that is not entry by entry."""
        if not self.acting:
            return str(self.width)
        types = [str(tensor) or "()" for tensor in self.pooling.signature.inputs]
        pairs = zip(types, self.widths, self.acting, strict=True)
        return ", ".join(f"{text}: {number} ({one.kind})" for text, number, one in pairs)

    def tables(self) -> tuple[Table, ...]:
        """Its numbers and its poolings, then the steps of a layer and of the last one."""
        rows = [
            ("width", f"{self._width()}, {self.pool_width} for each pooling"),
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
    types: Iterable[str] | str = (),
    width: int | Mapping[str, int] = 64,
    pool_width: int = 16,
    depth: int = 4,
    rounds: int | None = None,
    centred: Iterable[str] | str = (),
    reduce: str = "mean",
    normalise_factors: bool = True,
    nonlinearity: str | None = "gelu",
    inject: bool = False,
    scaled: int | None = None,
    sparse: Iterable[str] | str = (),
) -> Network:
    """An EinNet: pooling layers from the types of the inputs to themselves, then a linear layer to the outputs.

    The poolings are the irreducible ones up to `order`, or those that `poolings` names: terms from the inputs to one of them.
    Each input is lifted to `width` channels, each pooling works on `pool_width`; latent axes are channels. With `rounds` the
    same layers are applied so many times, values brought back to size one after each, where outputs may be read.

    With axes under other groups than the symmetric one, hidden types are those of the inputs and outputs, and `types`, and
    for each under such a group the type without that axis, which opens its gates; `width` may be one for each
    (`{"a": 64, "ar": 16}`). Permuted entries pass a GELU, those permuted up to signs an odd function, all others are multiplied
    by a sigmoid of an invariant (Weiler et al. 2018). Factors are normalised where their norm is kept. The mean over the points
    is taken off positions that `centred` names, and added to outputs: translations are kept too. Raises what `pools` raises.
    `nonlinearity=None` leaves out GELU, odd functions and gates, and with them that values are bounded: with
    `normalise_factors=False` too the network is a polynomial. With `inject` every layer sees the inputs beside the hidden
    values. With `scaled` the inputs are divided by their size, one number for all (the root of the sum of squares, or of the
    mean where sums are means; channels averaged), and the outputs multiplied by this power of it: -1 for an inverse. Tensors
    that `sparse` names have values on the pairs of a support (of their first two axes), hidden types of their axes too.

    Source: the network of the tutorial "Permutation symmetric networks from the ground up".

    >>> network("abH->aH", 3, depth=2)
    Network('abH->aH', order=3, width=64, depth=2)
    """
    asked = as_signature(signature, depends=depends, axes=axes, sizes=sizes)
    check_numbers({"width": width, "pool_width": pool_width, "depth": depth, "rounds": rounds})
    check_form(nonlinearity, scaled, on_pairs := names_of("sparse", sparse))
    check_one_list(asked)
    more, positions_of = tuple(texts_of("types", types)), tuple(texts_of("centred", centred))
    found, general = _hidden(asked, order, more, general=any(more) or isinstance(width, Mapping))
    if scaled is not None:
        check_size(asked)
    found, lifted, chosen = _named(asked, found, tuple(texts_of("poolings", poolings)))
    most = max(all_widths := widths_of(found.signature, width))
    kept = normalise_factors and not (general and unkept(found))
    layer, head = _layers(asked, found, {"in": most, "out": most, "rank": pool_width}, on_pairs, (reduce, kept))
    positions(asked, positions_of)
    made = Network(asked, layer, head, lifted, order, most, pool_width, depth, chosen, rounds)
    own, widths = (acting(found.signature, nonlinearity), all_widths) if general else ((), ())
    made = replace(made, nonlinearity=nonlinearity, inject=bool(inject), scaled=scaled, sparse=on_pairs)
    return replace(made, widths=widths, acting=own, types=tuple(filter(None, more)), centred=positions_of)


def _layers(
    asked: Signature, found: PoolingSet, channels: dict[str, int], sparse: tuple[str, ...], options: tuple[str, bool]
) -> tuple[Plan, Plan]:
    """The plans of one layer and of the last; `options` are how sums are taken, and whether factors are normalised."""
    reduce, kept = options
    labels = hidden_labels(asked, found.signature, sparse) if sparse else ()
    layer = make(found, reduce=reduce, normalise_factors=kept, channels=channels, sparse=labels)
    return layer, make(derive(_outer(asked, found.signature), 1), kind="linear", reduce=reduce, sparse=labels)


def _outer(asked: Signature, inner: Signature) -> Signature:
    """The signature of the last layer, from the hidden types to the outputs."""
    plain = asked.without_latents()
    return replace(plain, inputs=inner.inputs, outputs=tuple(replace(tensor, name=None) for tensor in plain.outputs))


def _named(
    asked: Signature, found: PoolingSet, texts: tuple[str, ...]
) -> tuple[PoolingSet, tuple[int, ...], tuple[str, ...]]:
    """The poolings that texts name, or all; the hidden type of each input; and the names as they are printed."""
    inner, plain = found.signature, asked.without_latents()
    lifted = tuple(inner.inputs.index(replace(tensor, name=None)) for tensor in plain.inputs)
    read = partial(_pooling, asked, inner, lifted)
    named = [read(text) for text in texts]
    found = found.only(*named, *_kept(inner, named)) if named else found
    return found, lifted, tuple(dict.fromkeys(_printed(read, *pair) for pair in zip(named, texts, strict=True)))


def _kept(inner: Signature, named: Iterable[Term]) -> list[Term]:
    """The identities of the types that none of some poolings gives: a layer has something for each."""
    given = {term.output for term in named}
    return [identity(inner, number) for number in range(len(inner.inputs)) if number not in given]


def _hidden(asked: Signature, order: int, types: tuple[str, ...], *, general: bool) -> tuple[PoolingSet, bool]:
    """The poolings between the hidden types, and whether these are more than the types of the inputs."""
    if asked.groups or general:
        return hidden_pools(asked, order, types), True
    plain = asked.without_latents()
    own = tuple(dict.fromkeys(replace(tensor, name=None) for tensor in plain.inputs))
    return pools(of_types(plain, own), order), False


def _pooling(asked: Signature, inner: Signature, lifted: tuple[int, ...], text: str) -> Term:
    """The pooling between hidden types that a text between the inputs names; of inputs of one type any may be meant."""
    if inner.groups:
        return _named_pooling(asked, inner, lifted, text)
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


def _named_pooling(asked: Signature, inner: Signature, lifted: tuple[int, ...], text: str) -> Term:
    """A pooling under groups, with channels or without; names of inputs stand for their types."""
    own = {tensor.name: number for tensor, number in zip(asked.inputs, lifted, strict=True) if tensor.name}
    first = {number: name for name, number in reversed(own.items())}
    types = tuple([Tensor((*tensor.axes, *asked.channels), first.get(at)) for at, tensor in enumerate(inner.inputs)])
    shown = re.sub(r"\w+(?=:)", lambda found: first[own[found[0]]] if found[0] in own else found[0], text)
    return replace(term(replace(inner, inputs=types, outputs=types), shown), signature=inner)


def _printed(read: Callable[[str], Term], pooling: Term, written: str) -> str:
    """A pooling as it is printed, or as it was written where that alone says which it is."""
    printed = pooling.to_einsum()
    try:
        return printed if read(printed) == pooling else written
    except NotationError:
        return written
