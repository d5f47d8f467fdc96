"""What a layer file says of itself before its code."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable

from symshare.codegen.names import Names
from symshare.codegen.source import wrapped
from symshare.core.counting import count, witness_sizes
from symshare.core.signature import Signature
from symshare.core.wording import words
from symshare.plan.steps import Plan

__all__ = ["command", "complete", "preamble", "total_word"]

PYTHON = "symshare.emit, from a basis of the terms above"


def preamble(plan: Plan, names: Names) -> list[str]:
    """The lines of the docstring at the top of a file: symmetry, shapes, terms, and the command that makes it."""
    signature = plan.signature
    lines = [f'"""Equivariant {plan.kind} layer for {signature}.', ""]
    for letter in signature.letters:
        above = signature.parent(letter)
        how = "permuted" if above is None else f"permuted on its own below each {above}"
        size = signature.size(letter)
        lines.append(f"  axis {letter}: {how}" + (f", terms complete at size {size}" if size else ""))
    ins = [
        f"  input {name}: {names.shape(tensor, names.channels('in', number))}"
        for number, (name, tensor) in enumerate(zip(plan.inputs, signature.inputs, strict=True))
    ]
    outs = [
        f"  output {name}: {names.shape(tensor, names.channels('out', number))}"
        for number, (name, tensor) in enumerate(zip(names.results, signature.outputs, strict=True))
    ]
    lines += ["", *ins, *outs, ""]
    least = ", ".join(
        f"{letter} >= {size}"
        for letter, size in witness_sizes(signature, plan.order).items()
        if letter in signature.letters and signature.size(letter) is None
    )
    if least:
        lines += wrapped(f"Works at any axis sizes, without redundant coefficients at {least}.")
    how = "a mean over its values" if plan.reduce == "mean" else "summed over its values"
    lines += wrapped(
        f"An index on the left of -> but not on its right is {how}; "
        "a reduced input is named by the axes it keeps. Terms, each with coefficients of its own:"
    )
    for order in range(plan.order + 1):
        own = [term for term in plan.terms if term.order == order]
        lines += ["", f"  order {order}: {len(own)}"]
        widest = max((len(term.to_einsum()) for term in own), default=0)
        for term in own:
            meaning = words(term, total_word(plan))
            lines.append(f"    {term.to_einsum():{widest}}  {meaning}".rstrip())
    lines += ["", "Made by:", f"  {command(plan)}", '"""']
    return lines


def command(plan: Plan) -> str:
    """The command that makes this file, as far as there is one."""
    signature = plan.signature
    if not complete(plan, (0, 1)):
        return PYTHON
    parts = ["symshare", "emit", "--symmetry", str(signature), "--order", str(plan.order), "--kind", plan.kind]
    for parent, child in signature.depends:
        parts += ["--depends", f"{parent}->{child}"]
    for letter, size in signature.sizes:
        parts += ["--size", f"{letter}={size}"]
    if not complete(plan, range(2, plan.order + 1)):
        chosen = [term.to_einsum() for term in plan.terms if term.order > 1]
        if len(set(chosen)) < len(chosen) or _alike(signature):
            return PYTHON
        for text in chosen:
            parts += ["--only", text]
    parts += ["--reduce", plan.reduce] if plan.reduce != "mean" else []
    parts += ["--coefficients", plan.coefficients] if plan.coefficients != "rank" and plan.order > 1 else []
    return shlex.join(parts)


def total_word(plan: Plan) -> str:
    """The word for what happens to an index that goes."""
    return "averaged over" if plan.reduce == "mean" else "summed over"


def _alike(signature: Signature) -> bool:
    """Whether a term's text may name several terms: two inputs or two outputs with equally many axes."""
    return any(
        len({len(tensor.set_axes) for tensor in side}) < len(side) for side in (signature.inputs, signature.outputs)
    )


def complete(plan: Plan, orders: Iterable[int]) -> bool:
    """Whether every term of these orders is in the plan."""
    listed = Counter(term.order for term in plan.terms)
    return all(listed[order] == count(plan.signature, order) for order in orders)
