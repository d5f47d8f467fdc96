"""Terms as the plain loops that they equal: one Python program with numpy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from symshare.core.algebra.numbers import Number, Surd, simplest
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.constant import Constant
from symshare.core.terms.nest import fresh, nested
from symshare.core.terms.term import Term
from symshare.core.terms.words import words
from symshare.errors import TooLargeError, plural

__all__ = ["as_loops", "check_loops"]

MOST_TERMS = 2_000
"""Terms that are written as loops: about 20,000 lines."""

MOST_ENTRIES = 50_000
"""Nonzero entries of constant tensors that are written out: about a megabyte."""

WIDTH = 100
"""Columns of a line of entries."""

USED = frozenset({"np", "range", "sqrt", "TERMS"})
"""Names that the program uses itself."""


def as_loops(signature: Signature, terms: Iterable[Term]) -> str:
    """A program with a function for each term, which takes the inputs and returns what the term adds to its output.

    The arguments are the inputs in order, by their names where they have some, without batch axes; the length of an axis
    that no input has is a keyword. Sums over an index are sums. Channels are carried along entry by entry, as einsum does.
    Constant tensors are tables of their nonzero entries. `term_1_2` is the second term of order 1; `TERMS` has them all.

    Raises TooLargeError for over 2,000 terms, and for constants with over 50,000 entries together.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("ab->b")
    >>> text = as_loops(one, [Term.from_einsum(one, "ab->b")])
    >>> print("\\n".join(text.splitlines()[7:13]))
        A, B = x.shape
        y = np.zeros((B,), np.result_type(x))
        for b in range(B):
            for a in range(A):
                y[b] += x[a, b]
        return y
    """
    listed = tuple(terms)
    check_loops(len(listed))
    taken = set(USED)
    inputs = tuple(
        fresh(tensor.name or ("x" if len(signature.inputs) == 1 else f"x{number}"), taken)
        for number, tensor in enumerate(signature.inputs)
    )
    lengths = {
        axis: str(signature.size(axis) or fresh(axis.upper(), taken))
        for axis in signature.set_axes + signature.latent_axes
    }
    constants = dict.fromkeys(one for term in listed for one, _ in term.constants if not one.offsets)
    tables = {one: fresh(one.name.upper(), taken) for one in constants}
    program = _Program(signature, inputs, lengths, tables, fresh("y", taken), frozenset(taken))
    functions: list[str] = []
    names: list[str] = []
    numbers: dict[int, int] = {}
    for term in listed:
        numbers[term.order] = numbers.get(term.order, 0) + 1
        names.append(f"term_{term.order}_{numbers[term.order]}")
        functions += ["", "", *program.function(names[-1], term)]
    entries = _entries({one: name for one, name in tables.items() if any(f"{name}." in line for line in functions)})
    return "\n".join(
        [
            f'"""The {plural(len(listed), "term")} of {signature}, each as the plain loop that it equals."""',
            *["", "from math import sqrt"] * any("sqrt(" in line for line in entries),
            *("", "import numpy as np", *entries, *functions, "", ""),
            *("TERMS = (", *(f"    {name}," for name in names), ")", ""),
        ]
    )


def check_loops(number: int) -> None:
    """Raise TooLargeError for more terms than are written as loops."""
    if number > MOST_TERMS:
        raise TooLargeError(
            f"{plural(number, 'term')} are asked for as loops, over the {MOST_TERMS:,} that are written out\n  lower the order"
        )


@dataclass(frozen=True, slots=True)
class _Program:
    """The names of one program: of the inputs, the lengths, the constants' tables and the result."""

    signature: Signature
    inputs: tuple[str, ...]
    lengths: Mapping[str, str]
    tables: Mapping[Constant, str]
    result: str
    taken: frozenset[str]

    def function(self, name: str, term: Term) -> list[str]:
        """The function of one term."""
        nest = nested(term, self.lengths, self.tables, self.taken)
        read = {axis for tensor in self.signature.inputs for axis in tensor.axes}
        unread = [axis for axis in self.lengths if axis not in read and self.signature.size(axis) is None]
        arguments = [*self.inputs, *["*"] * bool(unread), *(self.lengths[axis] for axis in unread)]
        said = words(term)
        factors = [
            self._entry(self.inputs[number], nest.place(tensor, indices, values))
            for number, tensor, indices, values in zip(
                term.factors, term.factor_tensors, term.factor_indices, term.factor_latents, strict=True
            )
        ]
        result = self._entry(self.result, nest.place(term.output_tensor, term.output_indices, term.output_latents))
        body = [*nest.headers, f"{result} += {' * '.join([*nest.factors, *factors]) or '1'}"]
        return [
            f"def {name}({', '.join(arguments)}):",
            f'    """{term}{": " if said else ""}{said}"""',
            *(f"    {line}" for line in (*self._sizes(term), self._zeros(term))),
            *("    " * (depth + 1) + line for depth, line in enumerate(body)),
            f"    return {self.result}",
        ]

    def _entry(self, name: str, place: str) -> str:
        return f"{name}[{place}]" if place else name

    def _shape(self, tensor: Tensor) -> str:
        return f"({', '.join(self.lengths[axis] for axis in tensor.axes)}{',' if len(tensor.axes) == 1 else ''})"

    def _sizes(self, term: Term) -> list[str]:
        """Statements that read the lengths a term needs, and hold the shapes of its factors against them."""
        needed = {axis for tensor in (term.output_tensor, *term.factor_tensors) for axis in tensor.axes}
        known = {axis for axis in self.lengths if self.signature.size(axis) is not None}
        lines = []
        for number in dict.fromkeys([*sorted(term.factors), *range(len(self.inputs))]):  # of the factors first
            name, tensor = self.inputs[number], self.signature.inputs[number]
            new = [axis for axis in dict.fromkeys(tensor.axes) if axis in needed - known]
            if new and len(new) == len(tensor.axes):
                shape = self._shape(tensor)
                lines.append(f"{shape if len(new) == 1 else shape[1:-1]} = {name}.shape")
            else:
                lines += [f"{self.lengths[axis]} = {name}.shape[{tensor.axes.index(axis)}]" for axis in new]
                if number in term.factors and tensor.axes:
                    lines.append(f"assert {name}.shape == {self._shape(tensor)}")
            known |= set(new)
        return lines

    def _zeros(self, term: Term) -> str:
        """The statement that begins the result."""
        if not term.output_tensor.axes:
            return f"{self.result} = 0"
        whole = all(isinstance(value, int) for one, _ in term.constants for _, value in one.entries)
        kinds = [self.inputs[number] for number in dict.fromkeys(term.factors)] + ["float"] * (not whole)
        kind = f", np.result_type({', '.join(kinds)})" if kinds else ""
        return f"{self.result} = np.zeros({self._shape(term.output_tensor)}{kind})"


def _entries(tables: Mapping[Constant, str]) -> list[str]:
    """Statements with the nonzero entries of constants."""
    number = sum(len(constant.entries) for constant in tables)
    if number > MOST_ENTRIES:
        raise TooLargeError(
            f"the constant tensors have {plural(number, 'nonzero entry', 'nonzero entries')}, over the {MOST_ENTRIES:,} that "
            "are written out\n  lower the order, or give the axes smaller groups"
        )
    lines = []
    for constant, name in tables.items():
        lines += ["", f"# {constant.meaning}, {' x '.join(map(str, constant.shape))}", f"{name} = {{"]
        row = "   "
        for place, value in constant.entries:
            entry = f" {place}: {_number(value)},"
            if len(row) + len(entry) > WIDTH:
                lines.append(row)
                row = "   "
            row += entry
        lines += [row, "}"]
    return lines


def _number(value: Number) -> str:
    """A number as an expression of Python, exact as far as it is exact.

    >>> from symshare.core.algebra.numbers import root
    >>> _number(Fraction(1, 2)), _number(root(3) / 2 - 1)
    ('1 / 2', '-1 + 1 / 2 * sqrt(3)')
    """
    if isinstance(value, Surd):
        parts = [_root(radicand, factor) for radicand, factor in value.parts]
        return " + ".join(parts).replace("+ -", "- ")
    if isinstance(value, Fraction):
        return f"{value.numerator} / {value.denominator}"
    return repr(float(value)) if isinstance(value, float) else str(value)


def _root(radicand: int, factor: Fraction) -> str:
    number = _number(simplest(factor))
    return number if radicand == 1 else f"{number} * sqrt({radicand})" if factor != 1 else f"sqrt({radicand})"
