"""The steps of a plan as the lines of a forward method: one variable per value, sums in place, a comment for each term."""

from __future__ import annotations

from collections import Counter

from symshare.codegen.names import Names
from symshare.codegen.paired import Paired
from symshare.codegen.preamble import term_comment
from symshare.codegen.source import call
from symshare.codegen.statements import Statements, aligned, along, parameters
from symshare.plans.operations import (
    Add,
    Bias,
    Circulate,
    ConstantTensor,
    Contract,
    Cross,
    Fan,
    Mix,
    Part,
    Place,
    Standardise,
    Step,
)
from symshare.plans.steps import Plan

__all__ = ["body"]

INDENT = 8
"""Columns before a statement of the forward method: a class and a method."""

FRESH = Mix | Contract | Circulate | Cross | Add
"""Operations whose result is a new tensor that no derivative needs, so that it may be added to in place."""


def body(plan: Plan, names: Names) -> list[str]:
    """The lines from the inputs to the outputs of a forward method."""
    return _Body(plan, names).lines()


class _Body:
    def __init__(self, plan: Plan, names: Names) -> None:
        self.plan, self.names = plan, names
        self.made = {step.result: step for step in plan.steps}
        self.users = {name: step for step in plan.steps for name in step.operands}
        self.uses = Counter(name for step in plan.steps for name in step.operands)
        self.uses.update(addend.value for addend in plan.addends)
        self.statements = Statements(plan.choices.reduce, names.sizes, names.measures, names.placed)
        self.paired = Paired(plan, names, self.statements)
        self.batchless: set[str] = set()
        for step in plan.steps:
            if isinstance(step, Bias | ConstantTensor) or (step.operands and self.batchless.issuperset(step.operands)):
                self.batchless.add(step.result)
        self.variables: dict[str, str] = {}
        single = len(plan.addends) == len(plan.signature.outputs)
        for addend in plan.addends if single else ():
            self.variables[addend.value] = names.results[addend.output]
        for step in reversed(plan.steps):
            if self.in_place(step):
                name = self.variables.setdefault(step.result, self.root(step))
                self.variables[step.operands[0]] = name
        self.expressions = {name: name for name in plan.inputs}
        self.shown: set[int] = set()
        self.texts = dict(names.texts)

    def root(self, step: Step) -> str:
        """The first value of a chain of sums in place."""
        while self.in_place(step):
            step = self.made[step.operands[0]]
        return step.result

    def in_place(self, step: Step) -> bool:
        """Whether a sum can be written over its first value."""
        before = self.made.get(step.operands[0]) if isinstance(step, Add) else None
        if before is None or self.uses[before.result] != 1 or before.after != step.after:
            return False
        embedded = _is_embedded(before)
        if before.result in self.batchless and step.operands[1] not in self.batchless:
            return False
        view = isinstance(before, Contract) and len(before.operands) == 1 and not before.parameters
        return (isinstance(before, FRESH) and not view) or embedded

    def inlined(self, step: Step) -> bool:
        """Whether a value is written where it is used: views, and one product that is added or placed."""
        if self.uses[step.result] != 1 or step.result not in self.users:
            return False
        user = self.users[step.result]
        if isinstance(step, Place):
            if _is_embedded(step):
                return isinstance(user, Add) and user.operands[1] == step.result and self.in_place(user)
            return not step.spread
        if not isinstance(step, Mix) or len(step.matrices) > 1 or step.first:
            return False
        if isinstance(user, Add):
            return user.operands[1] == step.result and user.before[1] == user.after
        placed = isinstance(user, Place) and self.inlined(user) and not step.along
        return placed and not step.back and len(user.before[0]) == len(user.after)

    def lines(self) -> list[str]:
        lines = self.paired.masked()
        for step in self.plan.steps:
            lines += self.comments(step) if not isinstance(step, Bias) and not self.inlined(step) else []
            lines += self.step(step)
        full: dict[int, bool] = {}
        for addend in self.plan.addends:
            name, value = self.names.results[addend.output], self.expressions[addend.value]
            if addend.output in full:
                lines.append(f"{' ' * INDENT}{name} = {name} + {value}")
            elif name != value:
                lines.append(f"{' ' * INDENT}{name} = {value}")
            batched = addend.value not in self.batchless
            full[addend.output] = full.get(addend.output, False) or (addend.full and batched)
        for output, tensor in enumerate(self.plan.signature.outputs):
            if not full[output]:
                name, lengths = self.names.results[output], [self.names.sizes[letter] for letter in tensor.set_axes]
                arguments = [f"*{name}.shape[:-{len(lengths) + 1}]", *lengths, "-1"]
                lines += call(INDENT, f"{name} = {name}.expand(", arguments, ")")
        return self.paired.needed([*lines, *self.paired.finished()])

    def comments(self, step: Step) -> list[str]:
        """The terms that a step is the first to compute or to add up."""
        terms = _own_terms(step)
        terms |= {step.term} if isinstance(step, Contract | Cross | Circulate) else set()
        for name in step.operands:
            before = self.made.get(name)
            if before is not None and (self.inlined(before) or isinstance(before, Bias)):
                terms |= _own_terms(before)
                if isinstance(before, Place) and (inner := self.made.get(before.operands[0])) is not None:
                    terms |= _own_terms(inner)
        lines = []
        for term in sorted(terms - self.shown):
            lines += term_comment(self.plan, term, self.texts[term])
        self.shown |= terms
        return lines

    def step(self, step: Step) -> list[str]:
        operands = [self.expressions[name] for name in step.operands]
        variable = self.variables.get(step.result) or step.result
        self.expressions[step.result] = variable
        self.paired.passes(step)
        if self.paired.weighs(step):
            lines = self.paired.lines(step, variable, operands, INDENT)
            return [*lines, *self.parted(step, variable)] if isinstance(step, Standardise) else lines
        match step:
            case Bias():
                self.expressions[step.result] = parameters(step)[0]
                return []
            case ConstantTensor():
                self.expressions[step.result] = f"self.{step.result}"
                return []
            case Part():
                self.expressions[step.result] = f"{operands[0]}[{step.place}]"
                return []
            case Fan() | Standardise():
                return [*self.statements.lines(step, variable, operands, INDENT), *self.parted(step, variable)]
            case Add():
                return self.added(step, variable, operands)
            case Mix() | Place() if self.inlined(step):
                self.expressions[step.result] = operands[0] if _is_embedded(step) else self.inline(step, operands[0])
                return []
            case _:
                return self.statements.lines(step, variable, operands, INDENT)

    def parted(self, step: Fan | Standardise, variable: str) -> list[str]:
        """The line that splits the channels of a value, where it is used in parts."""
        user = self.users[step.result]
        if not isinstance(user, Part):
            return []
        return [f"        {variable} = {variable}.chunk({user.parts}, {'0' if step.first else '-1'})"]

    def added(self, step: Add, variable: str, operands: list[str]) -> list[str]:
        placed = self.made.get(step.operands[1])
        if isinstance(placed, Place) and _is_embedded(placed) and self.inlined(placed):
            return self.statements.placed(placed, f"{variable} += ", operands[1], INDENT)
        one, two = (
            operand if self.is_vector(name) else aligned(operand, own, step.after)
            for operand, own, name in zip(operands, step.before, step.operands, strict=True)
        )
        if self.in_place(step):
            return [f"        {variable} += {two}"]
        return [f"        {variable} = {one} + {two}"]

    def is_vector(self, name: str) -> bool:
        """Whether a value has channels only, no batch axes, and needs no new axes beside a tensor."""
        before = self.made.get(name)
        return isinstance(before, Bias) and not before.along

    def inline(self, step: Mix | Place, operand: str) -> str:
        if isinstance(step, Mix):
            matrix = parameters(step)[0]
            if step.along:
                return along(step, operand, matrix)
            return f"_to_back({operand}, {matrix})" if step.back else f"{operand} @ {matrix}"
        if step.back:
            operand = f"{operand}.movedim(0, -1)"
        return aligned(operand if " " not in operand else f"({operand})", step.before[0], step.after)


def _is_embedded(step: Step) -> bool:
    """Whether a value is written onto a diagonal."""
    return isinstance(step, Place) and len(set(step.after)) < len(step.after)


def _own_terms(step: Step) -> set[int]:
    """The terms whose last coefficients a step has."""
    return {one.term for one in step.parameters if one.group in ("mix", "bias")}
