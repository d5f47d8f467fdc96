"""Options that say how a layer is made, and the plan they lead to."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from symshare.errors import NotationError
from symshare_cli.options import order_option, read_order, read_sizes, symmetry_options

if TYPE_CHECKING:
    from symshare.core.bases.basis import Basis
    from symshare.core.notation.signature import Signature
    from symshare.core.poolings.pooling_set import PoolingSet

__all__ = ["layer_choices", "layer_options"]


def layer_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that describe a layer; the command gets the terms as `source` and all other options as `choices`."""

    @wraps(command)
    def read(
        signature: Signature,
        order: str,
        kind: str | None,
        only: tuple[str, ...],
        max_terms: int,
        reduce: str,
        coefficients: str,
        normalise_scale: bool,
        normalise_factors: bool | None,
        circular: str | None,
        channels: tuple[str, ...],
        **others: Any,
    ) -> Any:
        choices: dict[str, Any] = {"kind": kind, "reduce": reduce, "coefficients": coefficients, "circular": circular}
        choices |= {"normalise_scale": normalise_scale or None, "normalise_factors": normalise_factors}
        choices["channels"] = read_sizes(channels, "--channels in=64") or None
        highest = read_order(order)
        if kind == "linear" and highest > 1:
            raise click.UsageError(
                f"a linear layer has orders 0 and 1; leave out --order {highest}, or use --kind polynomial or pooling"
            )
        for text in channels:
            name = text.partition("=")[0]
            if name not in ("in", "out", "rank"):
                raise NotationError(text, 0, "is not a channel number", "give in, out or rank: --channels in=64,out=64")

        def source() -> Basis | PoolingSet:
            return terms_of(signature, highest, kind, only, max_terms)

        choices["only"] = only
        return command(source=source, choices=choices, order=highest, signature=signature, **others)

    wrapped: Callable[..., Any] = read
    for option in _OPTIONS:
        wrapped = option(wrapped)
    return symmetry_options(order_option(default="1")(wrapped))


def terms_of(
    signature: Signature, order: int, kind: str | None, only: tuple[str, ...], most: int
) -> Basis | PoolingSet:
    """The terms of a layer: all of a signature or those asked for, or its irreducible poolings."""
    if kind == "pooling":
        from symshare.core.poolings.pools import pools

        found = pools(signature, max(order, 1))
        return found.only(*only) if only else found
    from symshare.core.bases.derivation import derive

    basis = derive(signature, order, max_terms=most)
    return basis.only(*only) if only else basis


def layer_choices(choices: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments of `symshare.plan` that the given options stand for."""
    return {name: value for name, value in choices.items() if value is not None and name != "only"}


_OPTIONS = (
    click.option(
        "--max-terms",
        default=4_000,
        show_default=True,
        type=click.IntRange(min=0),
        help="Refuse more terms than this.",
    ),
    click.option(
        "--channels",
        multiple=True,
        metavar="in=64",
        help="Channel numbers to expect (in, out, rank), for choosing between equal computations; repeatable.",
    ),
    click.option(
        "--circular",
        type=click.Choice(["fft", "direct"]),
        help="How to convolve over cyclic axes; by default the faster for the length.",
    ),
    click.option(
        "--normalise-factors/--plain-factors",
        default=None,
        help="Of each product centre one factor and divide it by its root mean square (a network does by default).",
    ),
    click.option(
        "--normalise-scale",
        is_flag=True,
        help="Divide inputs by their root mean square: their scale does not matter.",
    ),
    click.option(
        "--only",
        multiple=True,
        metavar="EINSUM",
        help="Of order 2 and more keep only this (of a pooling layer: use only this); repeatable.",
    ),
    click.option(
        "--coefficients",
        type=click.Choice(["rank", "full"]),
        default="rank",
        show_default=True,
        help="How terms of order 2 and more join channels.",
    ),
    click.option(
        "--reduce",
        type=click.Choice(["mean", "sum"]),
        default="mean",
        show_default=True,
        help="What a sum over an index becomes.",
    ),
    click.option(
        "--kind",
        type=click.Choice(["linear", "polynomial", "pooling"]),
        help="By default what the order asks for; pooling: linear, irreducible poolings, linear.",
    ),
)
