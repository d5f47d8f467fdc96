"""Options that say how a layer is made, and the plan they lead to."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from symshare.core.notation.orders import USUAL_ORDER
from symshare.errors import NotationError
from symshare.plans.choices import MOST_TERMS, OPTIONS, SIDES, Option
from symshare_cli.options import order_option, read_order, read_sizes, symmetry_options

if TYPE_CHECKING:
    from symshare.core.bases.basis import Basis
    from symshare.core.notation.signature import Signature
    from symshare.core.poolings.pooling_set import PoolingSet

__all__ = ["layer_choices", "layer_options"]

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def layer_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that describe a layer; the command gets the terms as `source` and all other options as `choices`."""

    @wraps(command)
    def read(
        signature: Signature,
        order: str,
        only: tuple[str, ...],
        max_terms: int,
        **others: Any,
    ) -> Any:
        given = {option.name: others.pop(option.name) for option in OPTIONS}
        choices = given | {"channels": read_sizes(given["channels"], "--channels in=64") or None}
        choices |= {option.name: given[option.name] or None for option in OPTIONS if option.many}
        kind = choices["kind"]
        highest = read_order(order)
        if kind == "linear" and highest > 1:
            raise click.UsageError(
                f"a linear layer has orders 0 and 1; leave out --order {highest}, or use --kind polynomial or pooling"
            )
        for text in given["channels"]:
            name = text.partition("=")[0]
            if name not in SIDES:
                raise NotationError(text, 0, "is not a channel number", "give in, out or rank: --channels in=64,out=64")

        def source() -> Basis | PoolingSet:
            from symshare.plans.sources import terms_of

            return terms_of(signature, kind, order=highest, only=only, max_terms=max_terms)

        choices["only"] = only
        return command(source=source, choices=choices, order=highest, signature=signature, **others)

    wrapped: Callable[..., Any] = read
    for option in _OPTIONS:
        wrapped = option(wrapped)
    return symmetry_options(order_option(default=str(USUAL_ORDER))(wrapped), channels=True)


def layer_choices(choices: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments of `symshare.plan` that the given options stand for."""
    return {name: value for name, value in choices.items() if value is not None and name != "only"}


def _option(option: Option) -> Decorator:
    """An option of a layer, on the command line: a choice between texts, a flag, or numbers by name."""
    if option.allowed:
        return click.option(
            option.flag,
            type=click.Choice(option.allowed),
            default=option.default,
            show_default=option.default is not None,
            help=option.sentence,
        )
    if isinstance(option.default, bool):
        names = f"{option.flag}/{option.off_flag}" if option.off else option.flag
        return click.option(names, is_flag=True, default=None, help=option.sentence)
    return click.option(option.flag, multiple=True, metavar="NAME" if option.many else "in=64", help=option.sentence)


_OPTIONS: tuple[Decorator, ...] = (
    click.option(
        "--max-terms",
        default=MOST_TERMS,
        show_default=True,
        type=click.IntRange(min=0),
        help="Refuse more terms than this.",
    ),
    click.option(
        "--only",
        multiple=True,
        metavar="EINSUM",
        help="Of order 2 and more keep only this (of a pooling layer: use only this), with latent axes or without; "
        "repeatable.",
    ),
    *map(_option, OPTIONS[::-1]),
)
"""As decorators, the last first."""
