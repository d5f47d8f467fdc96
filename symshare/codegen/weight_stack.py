"""The class of a network on weights: its layers one after the other, and what is between and after them."""

from __future__ import annotations

from symshare.codegen.modules import output_type
from symshare.codegen.source import call, literal
from symshare.plans.activations import ACTIVATIONS
from symshare.plans.weight_network import WeightNetwork

__all__ = ["stack_lines"]

MESSAGED = [
    "            widths = (self.width,) * len(values)",
    "            found = _alike(layer, KINDS, widths, values)",
    "            if number:",
    "                told = _received(self.posts[number - 1], MESSAGES, given, values)",
    "                found = [a + told.get(n, 0) for n, a in enumerate(found)]",
]
"""How a layer maps values where messages move along weights."""


def stack_lines(network: WeightNetwork) -> list[str]:
    """The lines of `class WeightNet(torch.nn.Module)`, of classes `Layer`, `Head` and `Products`."""
    return _Stack(network).stack()


class _Stack:
    """The parts of the class."""

    def __init__(self, network: WeightNetwork) -> None:
        self.network, self.names, self.ranked = network, tuple(network.parts), network.layer.ranked

    def stack(self) -> list[str]:
        network = self.network
        out = [] if network.out is None else [f"out: int = {network.out}"]
        numbers = [f"width: int = {network.width}", f"depth: int = {network.depth}"]
        numbers += [f"pool_width: int = {network.pool_width}"] if self.multiplied else []
        numbers += [f"dropout: float = {network.dropout}"] if network.dropout else []
        more = ["device: torch.device | str | None = None", "dtype: torch.dtype | None = None"]
        lines = [
            "class WeightNet(torch.nn.Module):",
            '    """Equivariant layers on all weights, with a norm and an activation between."""',
            "",
            *call(4, "def __init__(", ["self", *out, "*", *numbers, *more], ") -> None:"),
            "        super().__init__()",
            '        width, depth = _number("width", width), _number("depth", depth)',
            *(['        pool_width = _number("pool_width", pool_width)'] if self.multiplied else []),
            '        made = {"device": device, "dtype": dtype}',
            *(["        self.dropout = dropout"] if network.dropout else []),
            *(["        self.width = width"] if network.messages else []),
            *self.first(),
            *self.made_layers(),
            *self.norms(),
            *(self.made_products() if network.products is not None else []),
        ]
        if network.out is None:
            many = f"_alike_made(KINDS, (width,) * {len(self.names)}, {self.each('ENDS')}, made)"
            last = many if network.messages else f"Layer(width, {self.ends()}, {self.rank}**made)"
            lines.append(f"        self.last = {last}")
            if network.rank is not None:
                lines += self.mixing("up", str(network.rank), "number", "ENDS")
        else:
            lines += [
                f"        self.head = Head(width, width, {self.rank}**made)",
                *_norm("LayerNorm"),
                "        self.norm = norm(width, **made)",
                '        self.readout = torch.nn.Linear(width, _number("out", out), **made)',
            ]
        return [*lines, "", *self.forward(), "", *self.mapped()]

    @property
    def multiplied(self) -> bool:
        """Whether there are products, of a number of channels of their own."""
        network = self.network
        return self.ranked or network.products is not None or bool(network.messages)

    @property
    def rank(self) -> str:
        return "rank=pool_width, " if self.ranked else ""

    def ins(self) -> str:
        """The channels of the first layer."""
        network = self.network
        if network.rank is not None:
            return str(network.rank)
        return self.numbers("CHANNELS" if network.wide == network.given else "WIDE")

    def ends(self) -> str:
        """The channels of the last layer."""
        return self.numbers("ENDS") if self.network.rank is None else str(self.network.rank)

    def numbers(self, table: str) -> str:
        """The channels of a table, of a single tensor its number."""
        return table if len(self.names) > 1 else f"{table}[0]"

    def first(self) -> list[str]:
        """What is done with each tensor by itself: positions, mixing to fewer channels."""
        network, lines = self.network, list[str]()
        lengths = {axis: length for own in network.places for axis, _, length in own}
        if lengths:
            lines.append("        self.positions = torch.nn.ParameterDict()")
            for axis, length in lengths.items():
                value = f"torch.randn({length}, {network.positions}, **made)"
                lines += call(8, f"self.positions[{literal(_key(axis))}] = ", [f"torch.nn.Parameter({value})"])
        if network.rank is not None:
            wide = "CHANNELS" if network.wide == network.given else "WIDE"
            lines += self.mixing("down", "number", str(network.rank), wide)
        return lines

    def mixing(self, name: str, before: str, after: str, table: str) -> list[str]:
        """A matrix for each tensor; a bias would not commute with scales."""
        bias = "bias=False, " if self.network.exact else ""
        return [
            f"        self.{name} = torch.nn.ModuleList()",
            f"        for number in {table}:",
            f"            self.{name}.append(torch.nn.Linear({before}, {after}, {bias}**made))",
        ]

    def norms(self) -> list[str]:
        kind = {"layer": "LayerNorm", "rms": "RMSNorm"}.get(self.network.normalise)
        if kind is None:
            return []
        return [
            *_norm(kind),
            "        norms = [norm(width, **made) for _ in range(depth)]",
            "        self.norms = torch.nn.ModuleList(norms)",
        ]

    def made_layers(self) -> list[str]:
        network = self.network
        lines = ["        self.layers = torch.nn.ModuleList()"]
        if not network.messages:
            return [
                *lines,
                "        for number in range(depth):",
                f"            before = width if number else {self.ins()}",
                f"            self.layers.append(Layer(before, width, {self.rank}**made))",
            ]
        first = self.each("CHANNELS" if network.wide == network.given else "WIDE")
        return [
            f"        first, later = {first}, (width,) * {len(self.names)}",
            *lines,
            "        for number in range(depth):",
            "            before = later if number else first",
            "            self.layers.append(_alike_made(KINDS, before, later, made))",
            "        self.posts = torch.nn.ModuleList()",
            "        for _ in range(depth - 1):",
            "            self.posts.append(_post_made(MESSAGES, first, width, pool_width, made))",
            *(
                ["        self.ending = _post_made(ENDINGS, first, width, pool_width, made)"]
                if network.out is not None
                else []
            ),
        ]

    def each(self, table: str) -> str:
        """The channels of each tensor at an end: those of a table, or the rank."""
        rank = self.network.rank
        return table if rank is None else f"({rank},) * {len(self.names)}"

    def made_products(self) -> list[str]:
        def mixed(name: str, sides: str) -> list[str]:
            return [
                f"        self.{name} = torch.nn.ModuleList()",
                "        for _ in range(depth):",
                f"            mixes = [torch.nn.Linear({sides}, **made) for _ in TYPES]",
                f"            self.{name}.append(torch.nn.ModuleList(mixes))",
            ]

        return [
            *mixed("before", "width, pool_width"),
            "        self.products = torch.nn.ModuleList()",
            "        for _ in range(depth):",
            "            one = Products(pool_width, pool_width, rank=pool_width, **made)",
            "            self.products.append(one)",
            *mixed("after", "pool_width, width"),
        ]

    def forward(self) -> list[str]:
        network = self.network
        arguments = ["self", *(f"{name}: torch.Tensor" for name in self.names)]
        returns = "torch.Tensor" if network.out is not None else output_type(len(self.names))
        words = "the numbers (samples, out)" if network.out is not None else "tensors of the same axes"
        return [
            *call(4, "def forward(", arguments, f") -> {returns}:"),
            f'        """Map tensors (samples, *axes, channels) to {words}."""',
            *call(8, "return self.mapped([", list(self.names), "])"),
        ]

    def mapped(self) -> list[str]:
        network = self.network
        several = len(self.names) > 1
        act = ACTIVATIONS[network.activation]
        lines = ["    def mapped(self, values: list):"]
        for number, own in enumerate(network.places):
            dims = len(network.parts[self.names[number]]["moved"])
            for axis, place, _ in own:
                given = [f"values[{number}]", f"self.positions[{literal(_key(axis))}]", str(place), str(dims)]
                lines += call(8, f"values[{number}] = _with_positions(", given, ")")
        if network.rank is not None:
            lines.append("        values = [mix(one) for mix, one in zip(self.down, values)]")
        lines += ["        given = values"] if network.messages else []
        lines += ["        for number, layer in enumerate(self.layers):"]
        if network.messages:
            lines += MESSAGED
        else:
            lines += ["            found = layer(*values)" if several else "            found = [layer(*values)]"]
        one = "self.norms[number](one)" if network.normalise else "one"
        one = f"{act}({one})" if act else one
        lines += [f"            found = [{one} for one in found]"] if one != "one" else []
        lines += ["            found = self.multiplied(number, found)"] if network.products is not None else []
        if network.dropout:
            lines += ["            drop = torch.nn.functional.dropout"]
            lines += ["            found = [drop(one, self.dropout, self.training) for one in found]"]
        if network.residual:
            lines += [
                "            if number:",
                "                found = [one + two for one, two in zip(values, found)]",
            ]
        lines += ["            values = found", *self.ending(several, act)]
        return lines + (["", *self.multiplication()] if network.products is not None else [])

    def ending(self, several: bool, act: str) -> list[str]:
        """The last statements: numbers, or weights."""
        network = self.network
        if network.out is not None:
            many = len(network.seeds)
            # what is invariant may be bent in any way
            read = "self.head(*values)" + " + told[0]" * bool(network.messages)
            gelu = "torch.nn.functional.gelu"
            end = gelu if network.messages else act or gelu
            bent = f"{end}(self.norm({read}))"
            told = ["        told = _received(self.ending, ENDINGS, given, values)"]
            told *= bool(network.messages)
            if many < 2:
                return [*told, f"        return self.readout({bent})"]
            return [
                *told,
                f"        found = self.readout({bent})",
                f"        return found.unflatten(0, (-1, {many})).mean(1)",
            ]
        if network.messages:
            found = f"_alike(self.last, KINDS, {self.each('ENDS')}, values)"
            given = f"tuple({found})" if several else f"{found}[0]"
        else:
            given = "self.last(*values)"
            found = given if several else f"[{given}]"
        if network.rank is None:
            return [f"        return {given}"]
        lines = [f"        found = {found}"]
        mixed = "mix(one) for mix, one in zip(self.up, found)"
        return [*lines, f"        return tuple({mixed})" if several else "        return self.up[0](found[0])"]

    def multiplication(self) -> list[str]:
        many = max(self.network.types) > 0
        found = "self.products[number](*(met[kind] for kind in sorted(met)))"
        return [
            "    def multiplied(self, number: int, values: list) -> list:",
            '        """The values, and the products of what all of a type add up to."""',
            "        met: dict = {}",
            "        for kind, mix, one in zip(TYPES, self.before[number], values):",
            "            met[kind] = met[kind] + mix(one) if kind in met else mix(one)",
            f"        found = {found if many else f'[{found}]'}",
            "        mixed = zip(TYPES, self.after[number], values)",
            "        return [one + mix(found[kind]) for kind, mix, one in mixed]",
        ]


def _norm(kind: str) -> list[str]:
    """The norm of channels, for more than one: less its mean one channel would be zero, over its size a sign."""
    return [f"        norm = torch.nn.{kind} if width > 1 else torch.nn.Identity"]


def _key(axis: str) -> str:
    """What the positions along an axis are called, which may be any word, `in` among them."""
    return f"along_{axis}"
