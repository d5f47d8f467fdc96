"""The docstring at the top of a layer file."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable

from symshare.codegen.axes import written_axes
from symshare.codegen.names import Names
from symshare.codegen.source import WIDTH, wrapped
from symshare.core.counting.burnside import count
from symshare.core.notation.signature import Signature
from symshare.core.notation.sizes import witness_sizes
from symshare.core.terms.words import words
from symshare.errors import UnknownCharactersError
from symshare.plans.arguments import arguments
from symshare.plans.operations import Circulate
from symshare.plans.planning import FFT_FROM
from symshare.plans.steps import Plan

__all__ = [
    "axis_lines",
    "closing",
    "command",
    "complete",
    "opening",
    "preamble",
    "sizes_text",
    "sums_text",
    "term_comment",
    "term_words",
]

PYTHON = "symshare.emit, from a basis of the terms above"


def preamble(plan: Plan, names: Names, notes: Iterable[str] = ()) -> list[str]:
    """The lines of the docstring at the top of a file: symmetry, shapes, terms, `notes`, and the command that makes it."""
    signature = plan.signature
    ins = [
        f"  input {name}: {names.shape(tensor, names.channels('in', number))}"
        for number, (name, tensor) in enumerate(zip(plan.inputs, signature.inputs, strict=True))
    ]
    outs = [
        f"  output {name}: {names.shape(tensor, names.channels('out', number))}"
        for number, (name, tensor) in enumerate(zip(names.results, signature.outputs, strict=True))
    ]
    lines = [*opening(plan), "", *ins, *outs, "", *sizes_text(plan)]
    lines += wrapped(
        f"An index on the left of -> but not on its right is {sums_text(plan)}; "
        "a reduced input is named by the axes it keeps. Terms, each with coefficients of its own:"
    )
    texts = names.texts
    for order in range(plan.order + 1):
        own = [(number, text) for number, text in texts if plan.terms[number].order == order]
        total = sum(1 for term in plan.terms if term.order == order)
        lines += ["", f"  order {order}: {total}"]
        widest = max((len(text) for _, text in own), default=0)
        lines += [f"    {text:{widest}}  {term_words(plan, number)}".rstrip() for number, text in own]
    return [*lines, *notes, *closing(plan)]


def opening(plan: Plan) -> list[str]:
    """The first lines: what the layer is for, and each axis."""
    signature = plan.signature
    lines = [f'"""Equivariant {plan.choices.kind} layer for {signature}.', ""]
    return lines + axis_lines(signature)


def sizes_text(plan: Plan) -> list[str]:
    """From which sizes on the terms are independent."""
    signature = plan.signature
    least = ", ".join(
        f"{letter} >= {size}"
        for letter, size in witness_sizes(signature, plan.order).items()
        if letter in signature.symmetric_axes and signature.size(letter) is None
    )
    free = "any axis sizes" if not signature.groups else "any sizes of permuted axes"
    return wrapped(f"Works at {free}, without redundant coefficients at {least}.") if least else []


def sums_text(plan: Plan) -> str:
    """What becomes of an index that a result lacks."""
    signature = plan.signature
    of_what = "the pairs and values that there are" if plan.choices.sparse else "its values"
    how = f"a mean over {of_what}" if plan.choices.reduce == "mean" else "summed over its values"
    matrices = [letter for letter, group in signature.groups if not group.permutes]
    how += f" (a sum on {', '.join(matrices)})" if matrices and plan.choices.reduce == "mean" else ""
    if signature.indexed:
        how += f", one of {', '.join(signature.indexed)} summed with weights for each value"
    return how


def closing(plan: Plan) -> list[str]:
    """The last lines: what is done to inputs, and the command that makes the file."""
    scale = ["", *wrapped("Inputs are divided by the root of their mean square first.")]
    return [*(scale if plan.choices.normalise_scale else []), "", "Made by:", f"  {command(plan)}", '"""']


def axis_lines(signature: Signature) -> list[str]:
    """What acts on each axis."""
    return [f"  axis {letter}: {_axis(signature, letter)}" for letter in signature.set_axes]


def _axis(signature: Signature, letter: str) -> str:
    """What acts on an axis, in words."""
    above, group, size = signature.parent(letter), signature.group(letter), signature.size(letter)
    if letter in signature.indexed:
        return f"latent, of length {size}: weights of its own for each value"
    if group is not None:
        return f"{group}, of length {group.size}"
    how = "permuted" if above is None else f"permuted on its own below each {above}"
    kinds = {0: "each value with a positive scale", 2: "each value with a sign"}
    how += f", {kinds[signature.modulus(letter)]}" if signature.modulus(letter) in kinds else ""
    duals = [name for name, axis in signature.duals.items() if axis == letter]
    how += f"; its dual is {', '.join(duals)} in the signature" if duals else ""
    return how + (f", terms complete at size {size}" if size else "")


def command(plan: Plan) -> str:
    """The command that makes this file, or the call in Python where no command does."""
    signature = plan.signature
    if plan.ordered or (plan.choices.kind != "pooling" and not complete(plan, (0, 1))):
        return PYTHON
    parts = ["symshare", "emit", "--symmetry", str(signature), "--order", str(plan.order), "--kind", plan.choices.kind]
    for one in signature.dependencies:
        parts += ["--depends", one]
    named, custom = written_axes(signature)
    for letter, name in named.items():
        parts += ["--axis", f"{letter}={name}"]
    for name in dict.fromkeys(group.name for group in custom.values()):
        parts += ["--generators", name]
    for letter, size in signature.sizes:
        parts += ["--size", f"{letter}={size}"] if letter in (*signature.symmetric_axes, *signature.indexed) else []
    pooling = plan.choices.kind == "pooling"
    if not plan.pools if pooling else not complete(plan, range(2, plan.order + 1)):
        chosen = [term.to_einsum() for term in plan.terms if term.order > (0 if pooling else 1)]
        if len(set(chosen)) < len(chosen) or _alike(signature):
            return PYTHON
        for text in chosen:
            parts += ["--only", text]
    said = plan.choices.options() | {"kind": None, "circular": _circular(plan)}
    if plan.order < 2:
        del said["coefficients"]
    return shlex.join(parts + arguments(said, lengths=plan.lengths))


def _circular(plan: Plan) -> str | None:
    """How convolutions are computed, where the length of the axis would decide otherwise."""
    for step in plan.steps:
        if isinstance(step, Circulate) and len(step.around) == 1:
            length = plan.signature.size(step.around[0].axis) or 1
            if step.fft != (length >= FFT_FROM):
                return "fft" if step.fft else "direct"
    return None


def term_comment(plan: Plan, number: int, text: str) -> list[str]:
    """The comment in a forward pass that says which term a statement is of."""
    meaning = term_words(plan, number)
    first, *more = wrapped(text + (f": {meaning}" if meaning else ""), WIDTH - 12)
    return [f"        # {first}", *(f"        #   {line}" for line in more)]


def term_words(plan: Plan, number: int) -> str:
    """A term in words, with its constant tensors."""
    family = dict(plan.families).get(number)
    if family is not None:
        return "circular convolution" if plan.terms[number].order == 1 else "circular convolutions, multiplied"
    return words(plan.terms[number], total_word(plan))


def total_word(plan: Plan) -> str:
    """The words for what the layer does along an index that the result lacks: sum or mean."""
    return "averaged over" if plan.choices.reduce == "mean" else "summed over"


def _alike(signature: Signature) -> bool:
    """Whether a term's text may name several terms: two inputs or two outputs with equally many axes."""
    return any(
        len({len(tensor.set_axes) for tensor in side}) < len(side) for side in (signature.inputs, signature.outputs)
    )


def complete(plan: Plan, orders: Iterable[int]) -> bool:
    """Whether every term of these orders is in the plan."""
    listed, totals = Counter(term.order for term in plan.terms), plan.totals
    if totals is not None:
        return all(order < len(totals) and listed[order] == totals[order] for order in orders)
    return all(listed[order] == _number(plan.signature, order) for order in orders)


def _number(signature: Signature, order: int) -> int:
    """The number of terms of an order for a basis put together by hand: by characters, or by listing them."""
    from symshare.core.bases.under_groups import terms_under_groups  # it brings numpy

    if signature.groups and order > 1 and signature.has_channels:
        return len(terms_under_groups(signature, order)[0])
    try:
        return count(signature, order)
    except UnknownCharactersError:
        return len(terms_under_groups(signature, order)[0])
