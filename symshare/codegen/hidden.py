"""The lines of a network that has types under groups: their widths, first values, nonlinearities, and centred positions."""

from __future__ import annotations

from dataclasses import replace

from symshare.codegen.source import call, literal
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.tensor import Tensor
from symshare.plans.hidden import GATE, GELU, NONE, ODD, is_permuted, positions
from symshare.plans.naming import fresh
from symshare.plans.network import Network

__all__ = ["Hidden", "class_lines"]

CLASSES = {
    GATE: '''
class Gate(torch.nn.Module):
    """Channels times the sigmoid of a linear map of invariants, for axes under any group.

    channels, by: the channel numbers of what is gated and of the invariants; places: where
    it has axes that the invariants lack, counted from its end, the last first.
    """

    def __init__(
        self,
        channels: int,
        by: int,
        places: tuple[int, ...] = (-2,),
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.places = tuple(places)
        self.opened = torch.nn.Linear(by, channels, device=device, dtype=dtype)

    def forward(self, x: torch.Tensor, invariants: torch.Tensor) -> torch.Tensor:
        """Map x (..., *axes, channels) and invariants (..., *some of the axes, by) to x gated."""
        opened = torch.sigmoid(self.opened(invariants))
        for place in self.places:
            opened = opened.unsqueeze(place)
        return x * opened
''',
    ODD: '''
class Odd(torch.nn.Module):
    """x tanh |x|, entry by entry: it keeps permutations with signs."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map x to a tensor of the same shape."""
        return x * torch.tanh(x.abs())
''',
}


def class_lines(network: Network) -> list[str]:
    """The nonlinearities that a network needs, as modules of their own, each followed by two empty lines."""
    kinds = {one.kind for one in network.acting}
    return [line for kind, text in CLASSES.items() if kind in kinds for line in (*text.strip().split("\n"), "", "")]


class Hidden:
    """What differs from a network of permuted axes only."""

    def __init__(self, network: Network, taken: set[str], inputs: list[str]) -> None:
        self.network, self.signature, self.inputs = network, network.signature, inputs
        self.types = network.pooling.signature.inputs
        self.gates, self.centre = fresh("gates", taken), fresh("centre", taken)
        self.weights = fresh("weights", taken)
        self.gated = [number for number, one in enumerate(network.acting) if one.kind == GATE]
        self.centred, self.restored = positions(network.signature, network.centred) if network.centred else ((), ())
        grows = network.order > 2 or not network.pooling.choices.normalise_factors
        self.bounded = grows and network.nonlinearity is not None

    def width(self, number: int, name: str = "width") -> str:
        """The expression for the channels of a type."""
        return f"{name}[{number}]" if len(self.types) > 1 else name

    def width_argument(self) -> str:
        """The argument of `__init__`."""
        widths = self.network.widths
        if len(self.types) == 1:
            return f"width: int = {widths[0]}"
        return f"width: int | tuple[int, ...] = {widths[0] if len(set(widths)) == 1 else widths}"

    def width_line(self) -> str:
        """The line that checks the widths."""
        if len(self.types) == 1:
            return '        width, pool_width = _number("width", width), _number("pool_width", pool_width)'
        return f'        width, pool_width = _per_tensor("width", width, {len(self.types)}), _number("pool_width", pool_width)'

    def lift(self) -> list[str]:
        """The maps of the inputs' channels to those of their types; only entries that are permuted take constants."""
        lines = ["        self.lift = torch.nn.ModuleList()"] if len(self.inputs) > 1 else []
        for number, kind in enumerate(self.network.lifted):
            channels = f"self.in_channels[{number}]" if len(self.inputs) > 1 else "self.in_channels"
            given = [channels, self.width(kind), *([] if self.biased(kind) else ["bias=False"]), "**made"]
            start = "self.lift.append(" if len(self.inputs) > 1 else "self.lift = "
            lines += call(8, f"{start}torch.nn.Linear(", given, "))" if len(self.inputs) > 1 else ")")
        return lines

    def biased(self, kind: int) -> bool:
        """Whether a constant in every entry keeps the group."""
        return is_permuted(self.network.pooling.signature, self.types[kind])

    def reset_lift(self) -> list[str]:
        """Their first values."""
        lines = []
        for number, kind in enumerate(self.network.lifted):
            lift = f"self.lift[{number}]" if len(self.inputs) > 1 else "self.lift"
            lines.append(f"        _fill({lift}.weight.T, 1)")
            lines += [f"        torch.nn.init.zeros_({lift}.bias)"] if self.biased(kind) else []
        return lines

    def made_gates(self) -> list[str]:
        """The gates of each layer."""
        if not self.gated:
            return []
        lines = ["        self.gates = torch.nn.ModuleList()", "        for _ in layers:"]
        lines.append("            self.gates.append(torch.nn.ModuleList())")
        for number in self.gated:
            by = self.network.acting[number].by
            places = self._places(number, by)
            text = f"({', '.join(map(str, places))}{',' if len(places) == 1 else ''})"
            given = [self.width(number), self.width(by), text, "**made"]
            lines += call(12, "self.gates[-1].append(Gate(", given, "))")
        return lines

    def reset_gates(self) -> list[str]:
        """Their first values: half open."""
        if not self.gated:
            return []
        return [
            "        for gates in self.gates:",
            "            for gate in gates:",
            "                gate.opened.reset_parameters()",
            "                torch.nn.init.zeros_(gate.opened.bias)",
        ]

    def _places(self, number: int, by: int) -> list[int]:
        """Where a type has axes that another lacks, from the end, the last first."""
        axes, others = self.types[number].axes, self.types[by].axes
        found = [place - len(axes) - 1 for place, axis in enumerate(axes) if axis not in others]
        return found[::-1]

    def zeros(self, number: int, name: str, first: tuple[str, Tensor]) -> str:
        """The line for a type that no input has: nothing yet."""
        hidden, tensor = first
        lengths = []
        for axis in self.types[number].axes:
            size = self.signature.size(axis) if self.signature.group(axis) is not None else None
            owner = next((at for at, one in enumerate(self._plain()) if axis in one.axes), 0)
            place = list(self._plain()[owner].axes).index(axis) if axis in self._plain()[owner].axes else 0
            own = len(self._plain()[owner].axes)
            lengths.append(str(size) if size else f"{self.inputs[owner]}.shape[{place - own - 1}]")
        batch = f"*{hidden}.shape[:-{len(tensor.axes) + 1}]"
        inside = ", ".join([batch, *lengths, self.width(number, "self.width")])
        return f"        {name} = {hidden}.new_zeros(({inside}))"

    def _plain(self) -> list[Tensor]:
        return [replace(one, name=None) for one in self.signature.without_latents().inputs]

    def past(self, hidden: list[str]) -> list[str]:
        """The hidden values past their nonlinearity, an expression for each type."""
        found = []
        for number, name in enumerate(hidden):
            kind, by = self.network.acting[number].kind, self.network.acting[number].by
            inner = self.within(number, name)
            if kind == GELU:
                found.append(f"torch.nn.functional.gelu({inner})")
            elif kind == ODD:
                found.append(f"self.odd({inner})")
            elif kind == GATE:
                found.append(f"{self.gates}[{self.gated.index(number)}]({inner}, {self.within(by, hidden[by])})")
            else:
                found.append(inner)
        return found

    def rounds(self, hidden: list[str]) -> list[str]:
        """Values brought to size one, each by an invariant of its own, where the group has one."""
        lines = []
        groups = dict(self.network.pooling.signature.acting)
        for number, h in enumerate(hidden):
            axes = self.types[number].axes
            turned = [
                place - len(axes) - 1 for place, axis in enumerate(axes) if axis in groups and not self._still(axis)
            ]
            if self.network.acting[number].kind in (GELU, ODD):
                lines.append(f"            {h} = _unit({h})")
            elif all(groups[axes[place + len(axes) + 1]].orthogonal for place in turned):
                lines.append(f"            {h} = _unit_over({h}, {(*turned, -1)})")
        return lines

    def within(self, number: int, name: str) -> str:
        """A value kept from growing where products would, by an invariant norm of its own, if its group has one."""
        if not self.bounded:
            return name
        own, axes = self.network.pooling.signature, self.types[number].axes
        turned = [place - len(axes) - 1 for place, axis in enumerate(axes) if not self._still(axis)]
        if self.network.acting[number].kind in (GELU, ODD):
            return f"_bounded({name}, (-1,))"
        groups = [own.group(axes[place + len(axes) + 1]) for place in turned]
        if all(group is not None and group.orthogonal for group in groups):
            return f"_bounded({name}, {(*turned, -1)})"
        forms = [_form(group) for group in groups]
        if None in forms:
            return name
        pairs = [f"({place}, {form or None})" for place, form in zip(turned, forms, strict=True)]
        return f"_bounded_by({name}, {', '.join(pairs)})"

    def _still(self, axis: str) -> bool:
        group = self.network.pooling.signature.group(axis)
        return group is None or group.permutes

    def centring(self, measured: bool) -> list[str]:
        """The lines that take the mean over the points off positions; the first one's is kept."""
        lines = []
        for number in self.centred:
            tensor, name = self._plain()[number], self.inputs[number]
            letters = "".join("abcdefghijklmnopqrstuvwxy"[place] for place in range(len(tensor.axes))) + "z"
            own = [
                (axis, letters[place])
                for place, axis in enumerate(tensor.axes)
                if axis in self.signature.symmetric_axes
            ]
            weights = []
            for axis, letter in own:
                length = f"{name}.shape[{list(tensor.axes).index(axis) - len(tensor.axes) - 1}]"
                batch = f"{name}.shape[:-{len(tensor.axes) + 1}]"
                read = f"_proportions(_weights({self.weights}, {literal(axis)}, {name}, {batch}, {length}))"
                weights.append(f"({read if measured else 'None'}, {literal(letter)})")
            target = self.centre if number == self.centred[0] else f"{self.centre}_{number}"
            lines += call(8, f"{target} = _centre(", [name, literal(letters), *weights], ")")
            lines.append(f"        {name} = {name} - {target}")
        if lines and measured:
            axes = ", ".join(literal(axis) for axis in self.network.pooling.signature.symmetric_axes)
            lines.insert(0, f"        {self.weights} = _measures(measure, {axes})")
        return lines

    def centre_of(self, output: int) -> str:
        """The mean that is added to an output that is a position: that of the first input with its axes."""
        axes = self.signature.without_latents().outputs[output].axes
        number = next(one for one in self.centred if self._plain()[one].axes == axes)
        return self.centre if number == self.centred[0] else f"{self.centre}_{number}"

    def polynomial(self) -> list[str]:
        """The types that no nonlinearity is possible for, where one is asked for."""
        if self.network.nonlinearity is None:
            return []
        return [str(one) or "()" for one, own in zip(self.types, self.network.acting, strict=True) if own.kind == NONE]


def _form(group: AxisGroup | None) -> tuple[tuple[int, ...], ...] | None:
    """An invariant bilinear form, of the dual too: that of Lorentz or Sp, in the plane the determinant of two vectors. Empty
    where it is the scalar product, None where there is no such form."""
    if group is None or group.orthogonal:
        return ()
    form = group.row.form(*group.numbers)
    if form is None:
        return ((0, 1), (-1, 0)) if group.row.levi_civita and group.size == 2 else None
    found = [[0] * form.matrix.size for _ in form.matrix.rows]
    for place, row in enumerate(form.matrix.rows):
        for column, entry in row:
            found[place][column] = 1 if entry == 1 else -1
    return tuple(map(tuple, found))
