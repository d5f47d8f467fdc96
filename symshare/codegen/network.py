"""The source text of a network: its layers and their stack in one file that imports torch and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.codegen.axes import axes_lines
from symshare.codegen.entry import batches, check_line
from symshare.codegen.hidden import Hidden, class_lines
from symshare.codegen.injected import seeing, seen_channels
from symshare.codegen.layout import laid_out
from symshare.codegen.lifts import lift_lines, reset_lift_lines
from symshare.codegen.modules import assigned_channels, constant_lines, measure_type, module_lines, output_type
from symshare.codegen.names import Names, is_pythons
from symshare.codegen.network_preamble import channels, network_preamble
from symshare.codegen.runtime import brought
from symshare.codegen.sizes import at_size, divided
from symshare.codegen.source import call, literal, sequence
from symshare.codegen.sparse.layer import support_lines
from symshare.codegen.sparse.network import OnSupports, forward_lines
from symshare.core.notation.names import is_moved
from symshare.plans.hidden import ODD
from symshare.plans.naming import RESERVED, fresh, input_names
from symshare.plans.network import Network
from symshare.plans.steps import Plan

__all__ = ["network_source"]

NUMBERS = '        width, pool_width = _number("width", width), _number("pool_width", pool_width)'

RECURRENT = frozenset({"rounds", "every", "range", "tuple", "zip"})
"""Names that the forward method of a recurrent network needs for itself besides those that every one needs."""


def network_source(network: Network) -> str:
    """The text of a file with `SIGNATURE`, `DEPENDS`, `SIZES`, `TERMS` (the poolings) and `class EinNet(torch.nn.Module)`.

    >>> from symshare.plans.network import network
    >>> text = network_source(network("aH->H", 2))
    >>> [line for line in text.splitlines() if line.startswith("class ")]
    ['class Pooling(torch.nn.Module):', 'class Head(torch.nn.Module):', 'class EinNet(torch.nn.Module):']
    """
    return "\n".join(_Writer(network).lines()) + "\n"


class _Writer:
    def __init__(self, network: Network) -> None:
        self.network, self.signature = network, network.signature
        self.pooling, self.head = Names(network.pooling), Names(network.head)
        reserved = RESERVED if network.rounds is None else RESERVED | RECURRENT
        self.inputs, self.taken = input_names(self.signature, reserved)
        types = range(len(network.pooling.signature.inputs))
        self.hidden, self.active, self.added = (
            [self.fresh(word if len(types) == 1 else f"{word}{number}") for number in types]
            for word in ("hidden", "active", "added")
        )
        self.layer, self.lengths, self.found = map(self.fresh, ("layer", "sizes", "found"))
        self.size = self.fresh("size") if network.scaled is not None else ""
        self.value = self.found if network.rounds is None else self.fresh("value")
        self.given = {
            one: self.fresh(f"n_{one}" if one in self.taken or is_pythons(one) else one) for one in self.head.given
        }
        """The argument for the length of each axis that no input has."""
        self.several = (len(self.inputs) > 1, len(self.signature.outputs) > 1)
        self.general = Hidden(network, self.taken, list(self.inputs)) if network.acting else None
        """What types under groups need besides."""
        self.on = OnSupports(network, self.taken, self.inputs, self.lengths) if network.sparse else None

    def fresh(self, wanted: str) -> str:
        """A name that no argument and no other value of the forward method has."""
        return fresh(wanted, self.taken)

    def lines(self) -> list[str]:
        signature = self.signature
        layers = [
            *self.module(self.network.pooling, self.pooling, "Pooling", self.network.form()),
            "",
            "",
            *self.module(self.network.head, self.head, "Head"),
            "",
            "",
            *class_lines(self.network),
            *self.stack(),
        ]
        layers = [*([*support_lines(), "", ""] if self.on else []), *laid_out(layers)]
        depends = [literal(one) for one in signature.dependencies]
        sizes = ", ".join(f"{literal(letter)}: {size}" for letter, size in signature.sizes if is_moved(letter))
        terms = [literal(text) for number, text in self.network.pooling.lines()]
        return [
            *network_preamble(self.network, self.pooling, self.inputs, self.general),
            "",
            "import torch",
            "import torch.utils.checkpoint",
            "",
            *laid_out(
                [
                    f"SIGNATURE = {literal(str(signature))}",
                    *sequence("DEPENDS = ", depends),
                    f"SIZES = {{{sizes}}}",
                    *(sequence("SPARSE = ", list(map(literal, self.on.labels))) if self.on else []),
                    *axes_lines(signature),
                    *(sequence("TYPES = ", list(map(literal, self.network.types))) if self.network.types else []),
                    *(sequence("CENTRED = ", list(map(literal, self.network.centred))) if self.network.centred else []),
                    *sequence("TERMS = ", terms),
                    *(constant_lines(self.network.pooling, "Pooling") if self.general else []),
                    *(constant_lines(self.network.head, "Head") if self.general else []),
                ]
            ),
            *brought(layers),
            "",
            "",
            *layers,
        ]

    def module(self, plan: Plan, names: Names, title: str, form: Sequence[object] = ()) -> list[str]:
        return module_lines(plan, names, title, form, forward=forward_lines(plan, names))

    def channels(self, side: str, number: int) -> str:
        return channels(side, number, self.several[side == "out"])

    def stack(self) -> list[str]:
        network, seen = self.network, "seen" if self.network.inject else "width"
        given = [f"self.{self.channels('in', at)}" for at in range(len(self.inputs))]
        widths = [self.general.width(number) if self.general else "width" for number in range(len(self.hidden))]
        in_type = "int | tuple[int, ...]" if self.several[0] else "int"
        out_type = "int | tuple[int, ...]" if self.several[1] else "int"
        arguments = ["self", f"in_channels: {in_type}", f"out_channels: {out_type}", "*"]
        width = self.general.width_argument() if self.general else f"width: int = {network.width}"
        arguments += [width, f"pool_width: int = {network.pool_width}"]
        arguments += [f"depth: int = {network.depth}", "checkpoint: bool = False"]
        again = (
            [] if network.rounds is None else ["    The layers are applied again and again, as often as `rounds` says."]
        )
        arguments += ["device: torch.device | str | None = None", "dtype: torch.dtype | None = None"]
        return [
            "class EinNet(torch.nn.Module):",
            '    """Channels lifted to `width`, pooling layers that add to them, and a linear layer.',
            "",
            "    in_channels, out_channels: the length of the last axis"
            + (" (one for all, or one each)." if any(self.several) else "."),
            "    pool_width: channels that each pooling works on.",
            "    checkpoint: compute each layer again for its derivative instead of keeping values.",
            *again,
            '    """',
            "",
            *call(4, "def __init__(", arguments, ") -> None:"),
            "        super().__init__()",
            assigned_channels("in", len(self.signature.inputs)),
            assigned_channels("out", len(self.signature.outputs)),
            *([self.general.width_line()] if self.general else [NUMBERS]),
            *(["        self.width = width"] if self.general else []),
            "        self.checkpoint = checkpoint",
            '        made = {"device": device, "dtype": dtype}',
            *lift_lines(len(self.inputs), self.general),
            *([f"        seen = {seen_channels(network, given, widths)}"] if network.inject else []),
            '        layers = range(_number("depth", depth))',
            "        self.layers = torch.nn.ModuleList(",
            f"            [Pooling({seen}, width, rank=pool_width, **made) for _ in layers]",
            "        )",
            *(self.general.made_gates() if self.general else []),
            *(["        self.odd = Odd()"] if any(one.kind == ODD for one in network.acting) else []),
            "        self.head = Head(width, self.out_channels, **made)",
            "        self.reset_parameters()",
            "",
            "    @torch.no_grad()",
            "    def reset_parameters(self) -> None:",
            '        """Draw new weights; the layers together add as much variance as the lift."""',
            *reset_lift_lines(len(self.inputs), self.general),
            "        for layer in self.layers:",
            "            layer.reset_parameters()",
            "            for weight in layer.mix.values():",
            "                weight /= len(self.layers) ** 0.5",
            *(self.general.reset_gates() if self.general else []),
            "        self.head.reset_parameters()",
            "",
            *self.forward(),
        ]

    def forward(self) -> list[str]:
        again = self.network.rounds is not None
        measured = bool(self.pooling.measures)
        arguments = ["self", *(f"{name}: torch.Tensor" for name in self.inputs)]
        arguments += [f"measure: {measure_type(self.network.pooling, self.pooling)} = None"] if measured else []
        arguments += ["support"] if self.on else []
        arguments += ["*"] if self.given or again else []
        arguments += [f"{name}: int" for name in self.given.values()]
        arguments += [f"rounds: int = {self.network.rounds}", "every: bool = False"] if again else []
        outputs = len(self.signature.outputs)
        lines = call(4, "def forward(", arguments, f") -> {output_type(outputs)}:")
        words = '"""Map the inputs to the outputs' + self.forward_words(measured)
        lines += [f"        {line}".rstrip() for line in words.split("\n")]
        lines += self.checked()
        lines += self.general.centring(measured) if self.general else []
        lines += divided(self.network, self.inputs, self.size) if self.size else []
        lines += self.started()
        extra = ["support"] if self.on else ["measure"] if measured else []
        given = [f"{self.head.sizes[letter]}={name}" for letter, name in self.given.items()]
        head = [*self.hidden, *(extra if self.head.measures or self.on else []), *given]
        if not again:
            return [*lines, *self.layers(8, extra), *self.returned(8, head, "return ")]
        found = self.found
        units = [f"            {name} = _unit({name})" for name in self.hidden]
        stacked = f"torch.stack({found})" if outputs == 1 else f"tuple(torch.stack(one) for one in zip(*{found}))"
        return [
            *lines,
            f"        {found} = []",
            '        for _ in range(_number("rounds", rounds)):',
            *self.layers(12, extra),
            *((self.general.rounds(self.hidden) if self.general else units) if self.network.nonlinearity else []),
            "            if every:",
            *self.returned(16, head, f"{found}.append(", ")"),
            "        if every:",
            f"            return {stacked}",
            *self.returned(8, head, "return "),
        ]

    def checked(self) -> list[str]:
        """The lines that refuse inputs, and supports, that do not fit."""
        several = self.several[0]
        lines = [f"        {self.lengths} = {{}}"] if several or self.on else []
        lines += self.on.found(self.lengths) if self.on else []
        for number, (name, tensor) in enumerate(zip(self.inputs, self.signature.inputs, strict=True)):
            channels = f"self.{self.channels('in', number)}"
            lengths, lift = (self.lengths, f"self.lift[{number}].weight") if several else ("{}", "self.lift.weight")
            plain = check_line(self.signature, name, tensor, channels, lengths, lift)
            lines += self.on.checked(number, channels, self.lengths) if self.on else plain
        if several:  # inputs of one type are added up before a layer sees them
            same = f"{', '.join(self.inputs)} = " if self.network.inject or self.size else ""
            each = self.on.batches() if self.on else batches(self.signature, self.inputs)
            lines += call(8, f"{same}_same_batch(", each, ")")
        return lines + (self.on.given() if self.on else [])

    def started(self) -> list[str]:
        """The first values of the hidden types: inputs with their channels lifted, those of one type added up."""
        lines: list[str] = []
        for number, name in enumerate(self.hidden):
            own = [
                f"self.lift[{at}]({one})" if len(self.inputs) > 1 else f"self.lift({one})"
                for at, (one, kind) in enumerate(zip(self.inputs, self.network.lifted, strict=True))
                if kind == number
            ]
            if own or self.general is None:
                lines.append(f"        {name} = {' + '.join(own)}")
        if self.general is not None:
            first = self.network.lifted[0]
            like = self.hidden[first], self.network.pooling.signature.inputs[first]
            rest = [number for number in range(len(self.hidden)) if number not in self.network.lifted]
            zeros = self.on.zeros if self.on else self.general.zeros
            lines += [zeros(number, self.hidden[number], like) for number in rest]
        return lines

    def returned(self, indent: int, head: list[str], before: str, after: str = "") -> list[str]:
        """The statements that do something with the outputs: at the size of the inputs, and positions where these are."""
        general = self.general
        if general is None or not general.restored:
            if self.size:
                return at_size(self.network, f"self.head({', '.join(head)})", self.size, indent, before, after)
            return call(indent, f"{before}self.head(", head, f"){after}")
        lines = call(indent, f"{self.value} = self.head(", head, ")")
        if self.size:
            lines += at_size(self.network, self.value, self.size, indent, f"{self.value} = ", "")
        if not self.several[1]:
            return [*lines, f"{' ' * indent}{before}{self.value} + {general.centre_of(0)}{after}"]
        each = [
            f"{self.value}[{number}]" + (f" + {general.centre_of(number)}" if number in general.restored else "")
            for number in range(len(self.signature.outputs))
        ]
        return [*lines, *call(indent, f"{before}(", each, f"){after}")]

    def forward_words(self, measured: bool) -> str:
        """The rest of the docstring of `forward`."""
        usual = "; `measure` weighs the values of axes." if measured else "."
        words = "; `support` is a Support of the pairs, or one by name." if self.on else usual
        if self.network.rounds is None:
            return words + '"""'
        return words + '\n\nevery: stack the outputs after each round, (rounds, ...).\n"""'

    def past(self) -> list[str]:
        """The hidden values past their nonlinearity."""
        if self.general is not None:
            return self.general.past(self.hidden)
        return [f"torch.nn.functional.gelu({name})" if self.network.nonlinearity else name for name in self.hidden]

    def layers(self, indent: int, extra: list[str]) -> list[str]:
        """The loop over the layers, each added to what it was given."""
        active, added, layer, space = self.active, self.added, self.layer, " " * indent
        general = self.general
        if general is not None and general.gated:
            lines = [f"{space}for {layer}, {general.gates} in zip(self.layers, self.gates):"]
        else:
            lines = [f"{space}for {layer} in self.layers:"]
        lines += seeing(self.network, active, self.past(), self.inputs, indent + 4)
        kept = [layer, *active, *extra, "use_reentrant=False"]
        lines += [
            f"{space}    if self.checkpoint:",
            *call(indent + 8, f"{', '.join(added)} = torch.utils.checkpoint.checkpoint(", kept, ")"),
            f"{space}    else:",
            *call(indent + 8, f"{', '.join(added)} = {layer}(", [*active, *extra], ")"),
        ]
        return lines + [f"{space}    {name} = {name} + {one}" for name, one in zip(self.hidden, added, strict=True)]
