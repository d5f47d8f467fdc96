"""One step of a plan as torch statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_lowercase

from symshare.codegen.source import call, literal
from symshare.plan.steps import Step, channel_letters, with_channels

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
    if step.op == "constant":
        return []
    if step.op == "roll":
        return _roll(step, operands[0], indent)
    if step.op == "circulate":
        return _circulate(step, operands[0], sizes, indent)
    if step.op == "cross":
        return _cross(step, operands, indent)
    if step.op == "mix":
        return call(indent, f"{result} = {operands[0]} @ {parameter(step)}", [])
    if step.op in ("reduce", "sum"):
        places = enumerate(step.before[0], -len(step.before[0]) - 1)
        dims = [str(place) for place, index in places if index not in step.after]
        dims = dims[:1] if len(dims) == 1 else [f"({', '.join(dims)})"]
        return [f"{space}{result} = {operands[0]}.{reduce if step.op == 'reduce' else 'sum'}({dims[0]})"]
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


def _roll(step: Step, operand: str, indent: int) -> list[str]:
    places = [str(place - len(step.after) - 1) for place, _ in step.shifts]
    distances = [str(distance) for _, distance in step.shifts]
    if len(places) == 1:
        return call(indent, f"{step.result} = {operand}.roll(", [distances[0], places[0]], ")")
    arguments = [f"({', '.join(distances)})", f"({', '.join(places)})"]
    return call(indent, f"{step.result} = {operand}.roll(", arguments, ")")


def _circulate(step: Step, operand: str, sizes: Mapping[str, str], indent: int) -> list[str]:
    """y[s] = sum over offsets o of x[s - o] @ kernel[o], by FFT or with the kernel written out as a circulant matrix."""
    kernel, indices = parameter(step), step.after
    one, two = tuple(channel_letters(indices, 2))
    if step.method == "direct":
        index = step.around
        other = next(letter for letter in ascii_lowercase if letter not in indices)
        spec = f"...{indices}{one},{other}{index}{one}{two}->...{indices.replace(index, other)}{two}"
        written = f"{kernel}[self.around_{sizes[dict(step.sizes)[index]]}]"
        return call(indent, f"{step.result} = torch.einsum(", [literal(spec), operand, written], ")")
    places = [str(indices.index(index) - len(indices) - 1) for index in step.around]
    lengths = [sizes[dict(step.sizes)[index]] for index in step.around]
    dims = f"({', '.join(places)}{',' if len(places) == 1 else ''})"
    axes = f"({', '.join(map(str, range(len(places))))}{',' if len(places) == 1 else ''})"
    extent = f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"
    spec = f"...{indices}{one},{step.around}{one}{two}->...{indices}{two}"
    result = step.result
    # half precision has no FFT
    transformed = f"torch.fft.rfftn({kernel}.to(wide), dim={axes})"
    back = f").to({operand}.dtype)"
    return [
        f"{' ' * indent}wide = torch.promote_types({operand}.dtype, torch.float32)",
        *call(indent, f"{result} = torch.fft.rfftn(", [f"{operand}.to(wide)", f"dim={dims}"], ")"),
        *call(indent, f"{result} = torch.einsum(", [literal(spec), result, transformed], ")"),
        *call(indent, f"{result} = torch.fft.irfftn(", [result, f"s={extent}", f"dim={dims}"], back),
    ]


def _cross(step: Step, operands: Sequence[str], indent: int) -> list[str]:
    """The vector product, its legs moved to the last place before the channels and the other axes aligned."""
    arguments = []
    for operand, indices, leg in zip(operands, step.before, step.around, strict=False):
        place = indices.index(leg) - len(indices) - 1
        moved = operand if place == -2 else f"{operand}.movedim({place}, -2)"
        axes = [":" if index in indices else "None" for index in step.after[:-1]]
        arguments.append(f"{moved}[..., {', '.join([*axes, ':', ':'])}]" if "None" in axes else moved)
    return call(indent, f"{step.result} = torch.linalg.cross(", [*arguments, "dim=-2"], ")")
