"""The nouns of a plan: steps in single-assignment form, the parameters they use, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from symshare.core.notation.signature import Signature
from symshare.core.terms.constant import Constant
from symshare.core.terms.term import Term
from symshare.errors import plural

__all__ = ["Addend", "Parameter", "Plan", "Step", "channel_letters", "with_channels"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A learned array: its group and key (`mix`, `ab__ac`), its shape in words (`in0`, `rank`, `out0`), and its term."""

    group: str
    key: str
    shape: tuple[str, ...]
    term: int = 0

    @property
    def name(self) -> str:
        """The parameter's name in a state dict."""
        return f"{self.group}.{self.key}"


@dataclass(frozen=True, slots=True)
class Step:
    """One operation with one result.

    `spec` names the set axes of operands and result as einsum does, batch and channel axes left out. `op` is one of

    - `bias`: the learned vector of a term of order 0; `constant`: a constant tensor;
    - `diagonal`: entries whose axes share an index; `reduce`: sum or mean over the indices that go, the last first; `sum`:
      always the sum; `roll`: entries moved around cyclic axes, by `shifts`;
    - `mix`: the channels times a matrix: the parameters one below the other, or (`method` `"chain"`) their product;
    - `fan`: the channels times the parameters side by side; `part`: one of the equal parts that come out, by `part`;
    - `stack`: the channels of several values one behind the other;
    - `standardise`: the value less its mean over the indices `around`, over its root mean square over all;
    - `circulate`: circular convolution over the indices `around` with a learned kernel, by `method` `"fft"` or `"direct"`;
    - `contract`: product of operands (and of a coefficient array), summed over the indices that go;
    - `cross`: the vector product over the first index of `around` in the one operand and the second in the other, the
      third being its own;
    - `place`: axes reordered, new indices repeated along, repeated indices written onto their diagonal; a new index stays
      of length one unless `spread` names it;
    - `add`: the sum of two values, each repeated along the indices it lacks.
    """

    op: str
    result: str
    operands: tuple[str, ...]
    spec: str
    term: int
    parameters: tuple[Parameter, ...] = ()
    sizes: tuple[tuple[str, str], ...] = ()
    """The axis letter of each index that goes or is new."""
    above: tuple[tuple[str, str], ...] = ()
    """For an index that goes and depends on others: these, and the index itself."""
    spread: str = ""
    constant: Constant | None = None
    shifts: tuple[tuple[int, int], ...] = ()
    """For a roll: the place of each axis that moves, and how far."""
    around: str = ""
    method: str = ""
    """How a convolution is computed; `"first"` where the result has its channels before all other axes, `"last"` where a
    value that has them there gets them back to the end."""
    part: tuple[int, int] = (0, 1)
    channels: tuple[str, ...] = ()
    """The channel letters of each operand, of the parameter and of the result, where they are not one and the same."""

    @property
    def before(self) -> tuple[str, ...]:
        """The indices of each operand."""
        return tuple(self.spec.split("->")[0].split(","))

    @property
    def after(self) -> str:
        """The indices of the result."""
        return self.spec.split("->")[1]

    def own(self, index: str) -> str:
        """The indices that the measure of an index has: those it depends on, and itself."""
        return dict(self.above).get(index, index)

    def inner_first(self, indices: Iterable[str]) -> list[str]:
        """Indices in an order in which they can be summed: each after those that depend on it, else the last first.

        >>> Step("reduce", "", ("x",), "bac->", 0, above=(("b", "ab"),)).inner_first("bac")
        ['b', 'c', 'a']
        """
        order = [*indices]
        return sorted(order, key=lambda index: (-len(self.own(index)), -order.index(index)))


@dataclass(frozen=True, slots=True)
class Addend:
    """A value that is added into an output; `full` when no axis of it waits to be repeated along."""

    value: str
    output: int
    term: int
    full: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How to compute a layer: its steps in order, its parameters, and the values that add up to each output."""

    signature: Signature
    terms: tuple[Term, ...]
    kind: str
    reduce: str
    coefficients: str
    inputs: tuple[str, ...]
    steps: tuple[Step, ...]
    parameters: tuple[Parameter, ...]
    addends: tuple[Addend, ...]
    families: tuple[tuple[int, str], ...] = ()
    """Terms that stand for all terms with their diagram and any offsets: the first of them, and the text of all."""
    covered: tuple[int, ...] = ()
    """The other terms of these families."""
    circular: str | None = None
    ordered: bool = False
    """Whether the terms are those of ordered factors."""
    normalise_scale: bool = False
    """Whether inputs are divided by their norm first, so that the layer does not see their scale."""
    normalise_factors: bool = False
    """Whether one factor of each product is centred and divided by its root mean square."""
    pools: bool = False
    """Whether the terms are all irreducible poolings to the order of the highest."""
    hints: tuple[tuple[str, int], ...] = ()
    """Channel numbers (of `in`, `out`, `rank`) and lengths of axes that choices were made for."""

    @property
    def order(self) -> int:
        """The highest order of a term."""
        return max(term.order for term in self.terms)

    def lines(self) -> list[tuple[int, str]]:
        """The terms as texts, a family of offsets once: the number of the (first) term, and its text."""
        shown = dict(self.families)
        rest = set(self.covered)
        return [(n, shown.get(n, term.to_einsum())) for n, term in enumerate(self.terms) if n not in rest]

    def __str__(self) -> str:
        """The plan as a table: one line per step."""
        heading = ("result", "op", "operands", "axes", "parameters")
        rows = [
            (
                step.result,
                step.op,
                ", ".join(step.operands),
                step.spec,
                ", ".join(parameter.name for parameter in step.parameters),
            )
            for step in self.steps
        ]
        widths = [max(len(row[column]) for row in [heading, *rows]) for column in range(len(heading))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in [heading, *rows]
        ]
        sums = []
        for output in range(len(self.signature.outputs)):
            values = [addend.value for addend in self.addends if addend.output == output]
            sums.append(f"output {output} ({self.signature.outputs[output]}) = {' + '.join(values)}")
        title = (
            f"{self.kind} layer for {self.signature}, {plural(len(self.terms), 'term')}, "
            f"{plural(len(self.steps), 'step')}, {self.reduce}"
        )
        return "\n".join([title, *lines, *sums])

    def __repr__(self) -> str:
        return f"Plan({str(self.signature)!r}, kind={self.kind!r}, terms={len(self.terms)}, steps={len(self.steps)})"


def channel_letters(spec: str, number: int) -> str:
    """Letters for channel axes that no index of a spec uses."""
    return "".join([letter for letter in "CDEFGHIJKLMNOPQRSTUVWXYZAB" if letter not in spec][:number])


def with_channels(step: Step) -> str:
    """The einsum string of a step with its batch (`...`) and channel axes; a parameter comes last and has channels only.

    >>> with_channels(Step("contract", "t", ("u", "v"), "ab,bc->ac", 0))
    '...abC,...bcC->...acC'
    >>> with_channels(Step("contract", "t", ("u", "v"), "ab,bc->ac", 0, method="first"))
    'C...ab,C...bc->C...ac'
    """
    letter = channel_letters(step.spec, 1)
    if step.method == "first":
        return ",".join(f"{letter}...{indices}" for indices in step.before) + f"->{letter}...{step.after}"
    *inner, after = step.channels or (letter,) * (len(step.operands) + 1)
    own = [f"...{indices}{channels}" for indices, channels in zip(step.before, inner, strict=False)]
    array = [inner[-1]] if step.parameters else []
    return f"{','.join(own + array)}->...{step.after}{after}"
