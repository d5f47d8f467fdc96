"""One step of a plan as torch statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symshare.codegen.source import call, literal
from symshare.plan.steps import Step, with_channels

__all__ = ["parameter", "statements"]


def parameter(step: Step) -> str:
    """The expression that reads a step's parameter; its groups are `ParameterDict`s."""
    if step.parameter is None:
        return ""
    return f"self.{step.parameter.group}[{literal(step.parameter.key)}]"


def statements(step: Step, operands: Sequence[str], sizes: Mapping[str, str], reduce: str, indent: int) -> list[str]:
    """The lines that compute a step; `sizes` names the variable that holds the length of an axis."""
    result = step.result
    space = " " * indent
    if step.op == "mix":
        return call(indent, f"{result} = {operands[0]} @ {parameter(step)}", [])
    if step.op == "reduce":
        places = enumerate(step.before[0], -len(step.before[0]) - 1)
        dims = [str(place) for place, index in places if index not in step.after]
        dims = dims[:1] if len(dims) == 1 else [f"({', '.join(dims)})"]
        return [f"{space}{result} = {operands[0]}.{reduce}({dims[0]})"]
    if step.op == "transpose" and len(step.after) == 2:
        return [f"{space}{result} = {operands[0]}.transpose(-3, -2)"]
    if step.op == "broadcast":
        return _broadcast(step, operands[0], sizes, space)
    if step.op == "embed":
        return _embed(step, operands[0], indent)
    weights = [parameter(step)] if step.parameter is not None else []
    factors = list(operands)
    if step.op == "contract" and reduce == "mean":
        # divided before they are summed, in turn, so that half precision neither overflows nor underflows
        for place, (_, letter) in enumerate(step.sizes):
            factors[place % len(factors)] += f" / {sizes[letter]}"
    return call(indent, f"{result} = torch.einsum(", [literal(with_channels(step)), *factors, *weights], ")")


def _broadcast(step: Step, operand: str, sizes: Mapping[str, str], space: str) -> list[str]:
    before, after = step.before[0], step.after
    axes = [":" if index in before else "None" for index in after]
    lines = [f"{space}{step.result} = {operand}[..., {', '.join([*axes, ':'])}]"]
    if step.spread:
        letters = dict(step.sizes)
        lengths = [sizes[letters[index]] if index in step.spread else "-1" for index in after]
        batch = f"*{step.result}.shape[:-{len(after) + 1}]"
        lines.append(f"{space}{step.result} = {step.result}.expand({', '.join([batch, *lengths, '-1'])})")
    return lines


def _embed(step: Step, operand: str, indent: int) -> list[str]:
    """One `diag_embed` for each slot whose index stands further left already."""
    current = list(step.before[0])
    lines: list[str] = []
    for place, index in enumerate(step.after):
        if current[place : place + 1] == [index]:
            continue
        first = current.index(index)
        moved = f"{operand}.movedim({first - len(current) - 1}, -1)"
        current.insert(place, index)
        axes = len(current) + 1
        arguments = [moved, f"dim1={first - axes}", f"dim2={place - axes}"]
        lines += call(indent, f"{step.result} = torch.diag_embed(", arguments, ")")
        operand = step.result
    return lines
