"""One step of a plan as torch statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_lowercase
from typing import assert_never

from symshare.codegen.source import call, literal
from symshare.plans.einsum import channel_letters, in_letters, with_channels
from symshare.plans.indices import Index, Indices, inner_first
from symshare.plans.operations import (
    Add,
    Bias,
    Circulate,
    ConstantTensor,
    Contract,
    Cross,
    Diagonal,
    Fan,
    Mix,
    Part,
    Place,
    Reduce,
    Roll,
    Stack,
    Standardise,
    Step,
    Sum,
)

__all__ = ["Statements", "aligned", "along", "parameters", "proportions"]


def parameters(step: Step) -> list[str]:
    """The expressions that read a step's parameters; their groups are `ParameterDict`s."""
    return [f"self.{one.group}[{literal(one.key)}]" for one in step.parameters]


def _matrix(step: Mix | Fan) -> tuple[str, list[str], str]:
    """The matrix of a mix or a fan, as the head, the arguments and the tail of a call (no arguments: the head is all)."""
    own = parameters(step)
    if isinstance(step, Mix) and step.chained:
        return f"({own[0]} @ {own[1]})", [], ""
    if len(own) == 1:
        return own[0], [], ""
    groups = {one.group for one in step.parameters}
    if len(groups) != 1:
        raise ValueError(f"one product has parameters of {groups}")
    keys = [literal(one.key) for one in step.parameters]
    function = "_columns" if isinstance(step, Fan) else "_rows_each" if step.along else "_rows"
    return f"{function}(", [f"self.{groups.pop()}", *keys], ")"


def proportions(reduce: str, measures: Mapping[str, str], axis: str) -> str:
    """The expression for the weights of an axis, scaled to sum to one also in layers that take sums; None for an axis that
    has no weights."""
    name = measures.get(axis)
    return "None" if name is None else name if reduce == "mean" else f"_proportions({name})"


def along(step: Mix, operand: str, matrix: str) -> str:
    """The expression for channels mixed by a matrix for each value of latent axes.

    >>> one = Mix("t", ("x",), (("L", "h"),), ("L", "h"), 0, matrices=(), along=(Index("L", "L"),))
    >>> along(one, "x", "w")
    'torch.einsum("...LhC,LCD->...LhD", x, w)'
    """
    return f"torch.einsum({literal(with_channels(step))}, {operand}, {matrix})"


class Statements:
    """Torch statements for the steps of a plan, given how sums are taken and the variables for lengths and measures of axes.

    `sizes` names the variables of lengths, `measures` those of weights (of axes that may have some), `variable` a spare one.
    """

    def __init__(self, reduce: str, sizes: Mapping[str, str], measures: Mapping[str, str], variable: str) -> None:
        self.mean, self.sizes, self.measures, self.variable = reduce == "mean", sizes, measures, variable

    def lines(self, step: Step, result: str, operands: Sequence[str], indent: int) -> list[str]:
        """The lines that compute a step into a variable; its indices are letters there, whatever they are called."""
        step, head = in_letters(step), f"{result} = "
        match step:
            case Mix() | Fan():
                return self.mixed(step, head, operands[0], indent)
            case Stack():
                return call(indent, f"{head}_stack(", operands, ")")
            case Diagonal() | Roll():
                return _read(step, head, operands[0], indent)
            case Reduce() | Sum():
                return self.total(step, head, operands[0], indent)
            case Circulate():
                return _circulate(step, result, operands[0], self.sizes, indent)
            case Cross():
                return _cross(step, head, operands, indent)
            case Standardise():
                return self.standardised(step, head, operands[0], indent)
            case Place():
                return self.placed(step, head, operands[0], indent)
            case Contract():
                return self.contracted(step, head, operands, indent)
            case Bias() | ConstantTensor() | Part() | Add():
                raise ValueError(f"{step.op} is no statement of its own")
            case _:
                assert_never(step)

    def mixed(self, step: Mix | Fan, head: str, operand: str, indent: int) -> list[str]:
        """Channels times a matrix; before and after they stand last or first."""
        start, arguments, end = _matrix(step)
        if isinstance(step, Mix) and step.along:
            lines = call(indent, f"{head}{start}", arguments, end) if arguments else []
            matrix = head.removesuffix(" = ") if arguments else start  # many take the name of the result first
            return [*lines, f"{' ' * indent}{head}{along(step, operand, matrix)}"]
        back = isinstance(step, Mix) and step.back
        if not step.first and not back:
            return call(indent, f"{head}{operand} @ {start}", arguments, end)
        function = "_to_front" if step.first else "_to_back"
        inner = f"{start}{', '.join(arguments)}{end}"
        return call(indent, f"{head}{function}(", [operand, inner], ")")

    def axes(self, step: Step, place: int) -> str:
        """An operand's axes as the runtime functions take them: channels have a letter too, unless they stand first."""
        own = "".join(step.before[place])
        if step.first:
            return own
        given = step.channels if isinstance(step, Contract) else ()
        return own + (given[place] if given else channel_letters(step.spec, 1))

    def standardised(self, step: Standardise, head: str, operand: str, indent: int) -> list[str]:
        """A value less its mean, over its root mean square."""
        reduce = "mean" if self.mean else "sum"
        measured = [
            f"({proportions(reduce, self.measures, index.axis)}, {literal(''.join(index.own))})"
            for index in reversed(inner_first(step.over))
        ]
        along = [] if step.centred == step.before[0] else [f"centred={literal(''.join(step.centred))}"]
        arguments = [operand, literal(self.axes(step, 0)), *measured, *along]
        return call(indent, f"{head}_standard(", arguments, ")")

    def weights(self, axis: str) -> str:
        """The variable for the weights of an axis, or None for an axis that never has any."""
        return self.measures.get(axis, "None")

    def total(self, step: Reduce | Sum, head: str, operand: str, indent: int) -> list[str]:
        """A sum over one index, weighted where the axis may have a measure."""
        axes = self.axes(step, 0)
        if isinstance(step, Sum):
            return [
                f"{' ' * indent}{head}{operand}.sum({_places(axes, [i for i in step.before[0] if i not in step.after])})"
            ]
        gone: list[Index] = [*reversed(inner_first(step.gone))]
        if not any(index.axis in self.measures for index in gone):
            method = "mean" if self.mean else "sum"
            return [f"{' ' * indent}{head}{operand}.{method}({_places(axes, [index.name for index in gone])})"]
        pairs = [(self.weights(index.axis), literal("".join(index.own))) for index in gone]
        function = "_mean" if self.mean else "_sum"
        given = [f"({weight}, {own})" for weight, own in pairs] if len(gone) > 1 else list(pairs[0])
        name = f"{function}s" if len(gone) > 1 else function
        return call(indent, f"{head}{name}(", [operand, literal(axes), *given], ")")

    def contracted(self, step: Contract, head: str, operands: Sequence[str], indent: int) -> list[str]:
        """A product; what is averaged over is weighed or divided before it is summed, so that half precision
        neither overflows nor underflows."""
        factors = list(operands)
        for number, index in enumerate(step.averaged):
            fitting = [at for at, own in enumerate(step.before) if set(index.own) <= set(own)]
            place = min(fitting, key=lambda at: (len(step.before[at]), (at - number) % len(fitting)))
            if index.axis in self.measures:
                function = "_weigh" if self.mean else "_weigh_sum"
                given = literal(self.axes(step, place)), self.weights(index.axis), literal("".join(index.own))
                factors[place] = f"{function}({', '.join([factors[place], *given])})"
            elif self.mean:
                factors[place] += f" / {self.sizes[index.axis]}"
        arguments = [literal(with_channels(step)), *factors, *parameters(step)]
        return call(indent, f"{head}torch.einsum(", arguments, ")")

    def placed(self, step: Place, head: str, operand: str, indent: int) -> list[str]:
        """Axes reordered, new ones put in, and diagonals written; `head` is what the result follows."""
        before, labels = step.before[0], step.after
        unique = tuple(dict.fromkeys(labels))
        expression = aligned(operand if not step.back else f"{operand}.movedim(0, -1)", before, unique)
        if step.spread:
            axes = {index.name: index.axis for index in step.new}
            lengths = [self.sizes[axes[index]] if index in step.spread else "-1" for index in unique]
            placed = self.variable
            lines = [f"{' ' * indent}{placed} = {expression}"]
            end = [f"*{placed}.shape[:-{len(unique) + 1}]", *lengths, "-1"]
            start = f"{placed} = " if len(unique) < len(labels) else head
            lines += call(indent, f"{start}{placed}.expand(", end, ")")
            return lines + (self.embedded(head, unique, labels, placed, indent) if len(unique) < len(labels) else [])
        if len(unique) < len(labels):
            return self.embedded(head, unique, labels, expression, indent)
        return [f"{' ' * indent}{head}{expression}"]

    def embedded(self, head: str, before: Indices, after: Indices, operand: str, indent: int) -> list[str]:
        """One `diag_embed` for each slot whose index stands further left already; the last follows `head`."""
        current, lines = list(before), list[str]()
        places = []
        for place, index in enumerate(after):
            if current[place : place + 1] != [index]:
                places.append((place, current.index(index)))
                current.insert(place, index)
        current = list(before)
        for number, (place, first) in enumerate(places, 1):
            moved = f"{operand}.movedim({first - len(current) - 1}, -1)"
            current.insert(place, current[first])
            axes = len(current) + 1
            start = head if number == len(places) else f"{self.variable} = "
            dims = [f"dim1={first - axes}", f"dim2={place - axes}"]
            lines += call(indent, f"{start}torch.diag_embed(", [moved, *dims], ")")
            operand = self.variable
        return lines


def _places(axes: str, indices: Sequence[str]) -> str:
    """The dimensions that some indices are."""
    places = [str(axes.index(index) - len(axes)) for index in indices]
    return places[0] if len(places) == 1 else f"({', '.join(places)})"


def _read(step: Diagonal | Roll, head: str, operand: str, indent: int) -> list[str]:
    if isinstance(step, Roll):
        return _roll(step, head, operand, indent)
    if len(step.before[0]) == len(step.after) + 1:
        return [f"{' ' * indent}{head}{_diagonal(step, operand)}"]
    return call(indent, f"{head}torch.einsum(", [literal(with_channels(step)), operand], ")")


def _diagonal(step: Diagonal, operand: str) -> str:
    """The entries where two axes have the same index, which `diagonal` puts last."""
    axes = (*step.before[0], "")
    index = next(one for one in axes if axes.count(one) > 1)
    one, two = (place - len(axes) for place, axis in enumerate(axes) if axis == index)
    rest = len(step.after) - step.after.index(index)
    end = ".mT" if rest == 1 else f".movedim(-1, {-1 - rest})"
    return f"{operand}.diagonal(dim1={one}, dim2={two}){end}"


def aligned(operand: str, before: Indices, after: Indices) -> str:
    """A value (.., *before, channels) with its axes in the order of `after` and new ones of length one.

    >>> aligned("t1", ("a",), ("b", "a")), aligned("t1", ("a", "b"), ("b", "a"))
    ('t1[..., None, :, :]', 't1.transpose(-3, -2)')
    """
    wanted = tuple([index for index in after if index in before])
    if wanted != before:
        places = [before.index(index) - len(before) - 1 for index in wanted]
        moved = [place for place, index in enumerate(wanted) if before[place] != index]
        if len(moved) == 2:
            one, two = (place - len(before) - 1 for place in moved)
            operand = f"{operand}.transpose({one}, {two})"
        else:
            targets = ", ".join(str(place - len(before) - 1) for place in range(len(wanted)))
            operand = f"{operand}.movedim(({', '.join(map(str, places))}), ({targets}))"
    if wanted == after:
        return operand
    axes = [":" if index in before else "None" for index in after]
    while axes and axes[0] == ":":
        axes.pop(0)
    return f"{operand}[..., {', '.join([*([':'] * (len(after) - len(axes))), *axes, ':'])}]"


def _roll(step: Roll, head: str, operand: str, indent: int) -> list[str]:
    places = [str(place - len(step.after) - 1) for place, _ in step.shifts]
    distances = [str(distance) for _, distance in step.shifts]
    if len(places) == 1:
        return call(indent, f"{head}{operand}.roll(", [distances[0], places[0]], ")")
    arguments = [f"({', '.join(distances)})", f"({', '.join(places)})"]
    return call(indent, f"{head}{operand}.roll(", arguments, ")")


def _circulate(step: Circulate, result: str, operand: str, sizes: Mapping[str, str], indent: int) -> list[str]:
    """y[s] = sum over offsets o of x[s - o] @ kernel[o], by FFT or with the kernel written out as a circulant matrix."""
    (kernel,), indices, written = parameters(step), step.after, "".join(step.after)
    one, two = tuple(channel_letters(indices, 2))
    if not step.fft:
        (index,) = step.around
        other = next(letter for letter in ascii_lowercase if letter not in indices)
        spec = f"...{written}{one},{other}{index.name}{one}{two}->...{written.replace(index.name, other)}{two}"
        arguments = [literal(spec), operand, f"{kernel}[self.around_{sizes[index.axis]}]"]
        return call(indent, f"{result} = torch.einsum(", arguments, ")")
    places = [str(indices.index(index.name) - len(indices) - 1) for index in step.around]
    lengths = [sizes[index.axis] for index in step.around]
    comma = "," if len(places) == 1 else ""
    around = "".join(index.name for index in step.around)
    spec = f"...{written}{one},{around}{one}{two}->...{written}{two}"
    arguments = [operand, kernel, literal(spec), f"({', '.join(places)}{comma})", f"({', '.join(lengths)}{comma})"]
    return call(indent, f"{result} = _convolve(", arguments, ")")


def _cross(step: Cross, head: str, operands: Sequence[str], indent: int) -> list[str]:
    """The vector product, its legs moved to the last place before the channels and the other axes aligned."""
    arguments = []
    for operand, indices, leg in zip(operands, step.before, step.legs, strict=False):
        place = indices.index(leg) - len(indices) - 1
        moved = operand if place == -2 else f"{operand}.movedim({place}, -2)"
        axes = [":" if index in indices else "None" for index in step.after[:-1]]
        arguments.append(f"{moved}[..., {', '.join([*axes, ':', ':'])}]" if "None" in axes else moved)
    return call(indent, f"{head}torch.linalg.cross(", [*arguments, "dim=-2"], ")")
