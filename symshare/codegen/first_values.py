"""The lines that draw a layer's first values."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.codegen.names import Names
from symshare.codegen.source import call, docstring, literal, sequence
from symshare.core.terms.term import Term
from symshare.plans.initial import Share, shares
from symshare.plans.parameters import Parameter
from symshare.plans.steps import Plan

__all__ = ["reset_lines"]

TYPICAL = 16
"""The length of an axis that first values are drawn for where sums are not means and no size is given."""


def reset_lines(plan: Plan, names: Names, buffers: list[str]) -> list[str]:
    """First values in closed form: for each term the variance that it adds to an output."""
    found = shares(plan)
    letters = sorted({letter for share in found.values() for letter in share.summed})
    typical = [f"n_{letter}: int = {plan.signature.size(letter) or TYPICAL}" for letter in letters]
    lines = call(4, "def reset_parameters(", ["self", *typical], ") -> None:")
    note = f", at sums of {', '.join(f'n_{letter}' for letter in letters)} values" if letters else ""
    lines += docstring(f"Draw new weights: each order adds the same to an output's variance{note}.", 8)
    grouped: dict[tuple[Share, int, str, str | None], list[str]] = {}
    latent = {one.term for one in plan.parameters if plan.signature.indexed and _values(one)}
    first = {
        _reading(plan.terms[one.term]): one.key
        for one in plan.parameters
        if one.group == "mix" and plan.terms[one.term].order == 1 and len(one.shape) == 2
    }
    factors: dict[int, int] = {}
    for one in plan.parameters:
        if one.group == "factor":
            factors[one.term] = factors.get(one.term, 0) + 1
    for one in plan.parameters:
        if one.group == "mix":
            term = plan.terms[one.term]
            power = first.get(_reading(term), "") if term.order % 2 and term.order > 1 else ""
            number = factors.get(one.term, 0)
            joint = term.order > 1 and not number
            each = None if one.term not in latent else f".flatten({_values(one)}, -2)" if joint else ""
            grouped.setdefault((found[one.term], number, power, each), []).append(literal(one.key))
    for (share, number, power, each), keys in grouped.items():
        divisor = [f"n_{letter}" + (f"**{times}" if times > 1 else "") for letter, times in _powers(share.summed)]
        if share.rest:
            divisor.append(f"(1 + {share.rest} / {_least_channels(names)})")
        variance = " / ".join([str(share.variance).replace("/", " / "), *divisor])
        alike = [f"entries={share.entries}"] if share.entries and number else []
        if power and number and each is None:
            alike.append(f"like=self.mix[{literal(power)}]")
        key, indent = (keys[0], 8) if len(keys) == 1 else ("key", 12)
        lines += sequence("for key in ", keys, 8, ":") if len(keys) > 1 else []
        lines += _fill(key, variance, number, alike, indent, each)
    if any(one.group == "bias" for one in plan.parameters):
        lines += ["        for weight in self.bias.values():", "            torch.nn.init.zeros_(weight)"]
    return [*lines, *buffers, "        self.spec.copy_(torch.tensor(self.SPEC))"]


def _reading(term: Term) -> object:
    """What a power of one entry, and its first power, have in common; None for other products."""
    if len(set(zip(term.factors, term.factor_indices, strict=True))) != 1:
        return None
    return term.factors[0], term.factor_indices[0], term.output, term.output_indices, term.constants


def _least_channels(names: Names) -> str:
    return "min(self.in_channels)" if names.several_in else "self.in_channels"


def _values(parameter: Parameter) -> int:
    """How many axes of a parameter are those of values, before its channels."""
    return sum(isinstance(one, int) for one in parameter.shape)


def _fill(key: str, variance: str, number: int, alike: list[str], indent: int, each: str | None) -> list[str]:
    """The call that draws a matrix, or (`each`) one for each value of latent axes."""
    inner = "{key}" if key == "key" else key.strip('"')
    text = "f" if key == "key" else ""
    factors = [f'self.factor[{text}"{inner}__{place}"]' for place in range(number)]
    function = "_fill(" if each is None else "_fill_each("
    return call(indent, function, [f"self.mix[{key}]{each or ''}", variance, *factors, *alike], ")")


def _powers(letters: Sequence[str]) -> list[tuple[str, int]]:
    return [(letter, letters.count(letter)) for letter in dict.fromkeys(letters)]
