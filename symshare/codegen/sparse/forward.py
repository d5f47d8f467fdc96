"""The forward method of a layer on supports."""

from __future__ import annotations

from collections import Counter

from symshare.codegen.modules import output_type
from symshare.codegen.names import Names
from symshare.codegen.preamble import term_comment
from symshare.codegen.source import WIDTH, call, docstring, wrapped
from symshare.codegen.sparse.adding import LOOPS, Adding
from symshare.codegen.sparse.counting import counting_lines
from symshare.codegen.sparse.entry import Entry
from symshare.codegen.sparse.placing import Placing
from symshare.codegen.sparse.products import Products
from symshare.plans.homes import Homes
from symshare.plans.operations import (
    Add,
    Bias,
    Contract,
    Diagonal,
    Fan,
    Mix,
    Part,
    Place,
    Reduce,
    Stack,
    Standardise,
    Step,
)
from symshare.plans.steps import Plan

__all__ = ["Forward"]

INDENT = "        "


class Forward:
    """The lines of two methods, `forward` and (in layers that take means) `counts`."""

    def __init__(self, plan: Plan, names: Names) -> None:
        self.plan, self.signature, self.names = plan, plan.signature, names
        self.homes = Homes(plan)
        self.made = Products(plan, names, self.homes)
        self.steps = {step.result: step for step in plan.steps}
        self.uses = Counter(name for step in plan.steps for name in step.operands)
        self.uses.update(addend.value for addend in plan.addends)
        self.users = {name: step for step in plan.steps for name in step.operands}
        self.adding = Adding(self.made, self.uses, self.users)
        self.text, self.products, self.vectors = self.adding.text, self.adding.products, self.adding.vectors
        self.placing, self.entry = Placing(plan, names, self.adding), Entry(plan, names, self.made)
        self.parts = {one.operands[0]: one.parts for one in plan.steps if isinstance(one, Part)}
        for step in plan.steps:
            for name in () if isinstance(step, Part) else step.operands:
                self.parts.pop(name, None)
        """How many parts a value is cut into at once, where nothing takes it whole."""
        for step in plan.steps:
            if isinstance(step, Bias) or (step.operands and self.vectors.issuperset(step.operands)):
                self.vectors.add(step.result)
        self.together = self.grouped()
        self.shown: set[int] = set()
        self.texts = dict(names.texts)

    def lines(self) -> list[str]:
        """Both methods."""
        body = [line for step in self.plan.steps for line in self.statement(step)]
        ends = [line for output in range(len(self.signature.outputs)) for line in self.placing.output(output)]
        counting = counting_lines(self.plan, self.made, body, self.entry.weight(), self.graph_lines)
        free = [self.names.lengths] if f", {self.names.lengths}" in "".join(counting[:1]) else []
        read = (
            [f"{INDENT}{self.made.number} = self.counts({', '.join([*self.entry.given(), *free])})"] if counting else []
        )
        scaled = self.entry.scaled()
        whole = "\n".join([*scaled, *read, *counting, *body, *ends])
        head = [f"{name}: torch.Tensor" for name in self.plan.inputs]
        forward = [
            *call(4, "def forward(", ["self", *head, "support"], f") -> {output_type(len(self.names.results))}:"),
            *self.said(),
            *self.entry.lines(),
            *self.graph_lines(whole),
            *scaled,
            *read,
            *body,
            *ends,
            f"{INDENT}return {', '.join(self.names.results)}",
        ]
        return [*forward, "", *counting] if counting else forward

    def said(self) -> list[str]:
        """The docstring."""
        labels = list(self.homes.labels)
        which = f"the pairs of {labels[0]}" if len(labels) == 1 else f"those of all of {', '.join(labels)}, or a dict"
        first, *rest = docstring("Map values on the pairs of a support; the shapes are at the top of this file.", 8)
        opened = [first, *rest[:-1]] if rest else [first.removesuffix('"""')]
        told = wrapped(f"support: a Support with {which}, as Support.from_edge_index makes it.", WIDTH - 8)
        return [*opened, "", *(INDENT + line for line in told), f'{INDENT}"""']

    def graph_lines(self, whole: str) -> list[str]:
        """The variables for graphs that the lines below need."""
        lines = []
        for axis, (name, side) in self.homes.sides.items():
            if self.made.graphs[axis] in whole:
                lines.append(f"{INDENT}{self.made.graphs[axis]} = _graph_of({self.made.on[name]}, {side})")
        for name, variable in self.made.pairs.items():
            if variable in whole:
                lines.append(f"{INDENT}{variable} = _graph_of_pairs({self.made.on[name]})")
        return lines

    def quiet(self, step: Step, texts: list[str]) -> bool:
        """Whether a value stands where it is used, without a line of its own; its expression is kept then."""
        name = step.result
        match step:
            case Bias():
                self.text[name] = f'self.{step.vector.group}["{step.vector.key}"]'
            case Part():
                cut = "" if step.operands[0] in self.parts else f".chunk({step.parts}, -1)"
                self.text[name] = self.adding.brought(step, 0, f"{texts[0]}{cut}[{step.place}]")
            case Mix() if self.inlined(step):
                text = self.adding.brought(step, 0)
                self.text[name] = self.made.mixed(step, text)
                self.products[name] = text, self.text[name].removeprefix(f"{text} @ ")
            case Place() if self.placing.same(step):
                self.text[name] = texts[0]  # the same entries, with names for the axes in another order
                if step.operands[0] in self.products:
                    self.products[name] = self.products[step.operands[0]]
            case Place() if (
                self.uses[name] == 1 and isinstance(self.users.get(name), Add) and self.placing.looped(step)
            ):
                self.text[name] = self.placing.placed(step, texts[0])
                self.adding.diagonals[name] = self.placing.diagonal(step, texts[0])
            case _:
                return False
        return True

    def statement(self, step: Step) -> list[str]:
        """The lines of one step; what is used once stands where it is used."""
        name, texts = step.result, [self.text[one] for one in step.operands]
        if self.quiet(step, texts):
            return []
        match step:
            case Add():
                self.text[name] = name
                if self.adding.is_inner(step):
                    return []
                comments = [line for one in self.adding.chain(step) for line in self.comments(one)]
                return [*comments, *self.adding.lines(step)]
            case Mix() | Fan():
                value = self.made.mixed(step, self.adding.brought(step, 0))
            case Stack():
                value = f"_stack({', '.join(self.adding.brought(step, place) for place in range(len(texts)))})"
            case Place():
                value = self.placing.placed(step, texts[0])
            case Standardise():
                value = self.made.standardised(step, texts[0])
            case Diagonal() | Reduce() if name in self.together:
                return self.readings(self.together[name])
            case Diagonal() | Reduce() | Contract():
                value = self.made.reading(step, texts, counting=False)
            case _:
                raise ValueError(f"a sparse layer has no {step.op}")
        self.text[name] = name
        cut = f"({value}).chunk({self.parts[name]}, -1)" if name in self.parts else value
        return [*self.comments(step), f"{INDENT}{name} = {cut}"]

    def grouped(self) -> dict[str, list[Diagonal | Reduce]]:
        """The values that are read from pairs in one statement, with others from the same pairs."""
        found: dict[str, list[Diagonal | Reduce]] = {}
        for step in self.plan.steps:
            if not isinstance(step, Diagonal | Reduce) or len(step.after) != 1 or step.result in self.parts:
                continue
            if not self.made.plain((step.operands[0], step.before[0])):
                continue
            if step.operands[0] in self.homes.found and not self.made.entries(step.operands[0]):
                found.setdefault(step.operands[0], []).append(step)
        return {step.result: own for own in found.values() if len(own) > 1 for step in own}

    def readings(self, steps: list[Diagonal | Reduce]) -> list[str]:
        """The statement that reads several values from the same pairs."""
        name, names = steps[0].operands[0], [step.result for step in steps]
        if names[0] in self.text:
            return []
        self.text.update((one, one) for one in names)
        home = self.homes.found[name]
        ways = []
        for step in steps:
            way = LOOPS if isinstance(step, Diagonal) else home.side(step.before[0], step.after[0])
            number = None if isinstance(step, Diagonal) else self.made.entries(step.result) or None
            ways.append(f"({way}, {number})")
        again = self.text[name] if self.uses[name] > len(steps) and self.text[name].isidentifier() else "_"
        head = f"{', '.join([again, *names])} = _readings("  # what else takes the value takes what this passes on
        return call(8, head, [self.text[name], self.made.on[home.label], *ways], ")")

    def inlined(self, step: Mix) -> bool:
        """Whether a product is written where it is added, so that it need not be kept."""
        user = self.users.get(step.result)
        while isinstance(user, Place) and len(user.before[0]) == len(user.after) and self.uses[user.result] == 1:
            user = self.users.get(user.result)
        return self.uses[step.result] == 1 and isinstance(user, Add) and len(step.matrices) == 1

    def comments(self, step: Step) -> list[str]:
        """The terms whose last step this is."""
        some = [step, *(self.steps[name] for name in step.operands if name in self.steps)]
        own = {one.term for each in some for one in each.parameters if one.group in ("mix", "bias")}
        own |= {step.term} if isinstance(step, Contract) else set()
        lines = []
        for term in sorted(own - self.shown):
            lines += term_comment(self.plan, term, self.texts[term])
        self.shown |= own
        return lines
