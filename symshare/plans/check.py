"""Whether the steps of a plan fit together: every name made once and before use, axes, channels and parameters agreeing."""

from __future__ import annotations

from symshare.core.notation.names import beside
from symshare.errors import PlanError
from symshare.plans.fitting import Axes
from symshare.plans.operations import Add, Bias, ConstantTensor, Contract, Cross, Stack, Step
from symshare.plans.parameters import Channels
from symshare.plans.shapes import Axis, Shape, misfit, written
from symshare.plans.steps import Addend, Plan
from symshare.plans.widths import widths_after

__all__ = ["check", "shapes"]


def check(plan: Plan) -> None:
    """Verify a plan: names, the axes that each step names, channels, parameters, and what is added up.

    Raises PlanError with the step that is wrong.

    >>> from symshare.core.bases.derivation import derive
    >>> from symshare.plans.planning import plan
    >>> check(plan(derive("abH", 2)))
    """
    found = shapes(plan)
    _check_parameters(plan)
    axes = Axes(plan.signature)
    for addend in plan.addends:
        _check_addend(plan, addend, found, axes)
    missing = set(range(len(plan.signature.outputs))) - {addend.output for addend in plan.addends}
    if missing:
        output = plan.signature.outputs[min(missing)].written(plan.signature.words)
        raise PlanError(
            f"nothing is added to the output {output}\n  a plan for {plan.signature}\n  add a value to each output"
        )


def shapes(plan: Plan) -> dict[str, Shape]:
    """The shape of every value of a plan.

    Raises PlanError for a step whose operands are not there, or do not fit.
    """
    axes = Axes(plan.signature)
    found = _inputs(plan)
    later = {step.result for step in plan.steps}
    for step in plan.steps:
        if step.result in found:
            raise misfit(step, f"{step.result} is there already", "each step makes a value with a name of its own")
        _check_number(step)
        for name in step.operands:
            if name not in found:
                which = "is made by this step or after it" if name in later else "is made by no step"
                raise misfit(step, f"{name} {which}", "take an input, or what an earlier step makes")
        operands = [found[name] for name in step.operands]
        found[step.result] = Shape(axes.after(step, operands), widths_after(step, operands), step.first)
    return found


def _inputs(plan: Plan) -> dict[str, Shape]:
    tensors = plan.signature.inputs
    if len(set(plan.inputs)) != len(tensors):
        raise PlanError(
            f"the inputs of a plan for {plan.signature} are named {', '.join(plan.inputs)}\n  give each a name of its own"
        )
    return {
        name: Shape(tuple(map(Axis, tensor.set_axes)), ((Channels("in", number),),))
        for number, (name, tensor) in enumerate(zip(plan.inputs, tensors, strict=True))
    }


def _check_number(step: Step) -> None:
    """As many operands as the operation has, each with indices."""
    number = len(step.operands)
    if isinstance(step, Bias | ConstantTensor):
        fits = number == 0
    elif isinstance(step, Cross | Add):
        fits = number == 2
    else:
        fits = number >= 1 if isinstance(step, Contract | Stack) else number == 1
    if not fits or len(step.before) != number:
        raise misfit(
            step, f"it has {number} operands, and indices for {len(step.before)}", f"another number for {step.op}"
        )


def _check_parameters(plan: Plan) -> None:
    declared = {one.name: one for one in plan.parameters}
    used: set[str] = set()
    for step in plan.steps:
        numbers = {step.term, *(one.term for one in step.parameters)}
        if not numbers <= set(range(len(plan.terms))):
            raise misfit(step, f"it is for a term that is not among {len(plan.terms)}", "number the terms from 0")
        if numbers & set(plan.covered):
            raise misfit(step, "it is for a term that another stands for", "give it the first term of the family")
        for one in step.parameters:
            if declared.get(one.name) != one:
                raise misfit(step, f"{one.name} is none of the plan's parameters", "list it, with the same shape")
            used.add(one.name)
    idle = [name for name in declared if name not in used]
    if idle or len(declared) != len(plan.parameters):
        problem = f"no step uses {idle[0]}" if idle else "two parameters have one name"
        raise PlanError(f"{problem}\n  a plan for {plan.signature}\n  each parameter has a name of its own and is used")


def _check_addend(plan: Plan, addend: Addend, found: dict[str, Shape], axes: Axes) -> None:
    """A value that is added to an output has its axes, in order, and its channels."""
    place = f"  added to output {addend.output}"
    if not (0 <= addend.output < len(plan.signature.outputs) and 0 <= addend.term < len(plan.terms)):
        raise PlanError(f"{addend.value} is for an output or a term that there is not\n{place}\n  number them from 0")
    if addend.value not in found:
        raise PlanError(f"{addend.value} is made by no step\n{place}\n  add what a step makes")
    step = next((one for one in plan.steps if one.result == addend.value), None)
    made = place if step is None else f"  {written(step)};{place[1:]}"
    shape, tensor = found[addend.value], plan.signature.outputs[addend.output]
    alike = len(shape.axes) == len(tensor.set_axes) and all(
        axes.agree(axis, Axis(name)) for axis, name in zip(shape.axes, tensor.set_axes, strict=True)
    )
    if not alike:
        has, wants = (beside(names) or "()" for names in (shape.names, tensor.set_axes))
        problem = f"{addend.value} has the axes {has}, and the output has {wants}"
        raise PlanError(f"{problem}\n{made}\n  place it on the axes of the output, in their order")
    wanted = ((Channels("out", addend.output),),)
    if shape.widths != wanted or shape.first:
        raise PlanError(
            f"{addend.value} has other channels than the output\n{made}\n  mix them to {wanted[0][0]}, last"
        )
    if addend.full and any(axis.short for axis in shape.axes):
        raise PlanError(f"{addend.value} has an axis of length one\n{made}\n  spread it, or do not call it full")
    if plan.terms[addend.term].output != addend.output:
        raise PlanError(f"term {plan.terms[addend.term]} is one of another output\n{made}\n  add it there")
