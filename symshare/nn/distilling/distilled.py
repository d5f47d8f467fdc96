"""The noun Distilled: what a network computes, as terms with coefficients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from symshare.core.bases.reading import term as as_term
from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table, first
from symshare.core.notation.signature import Signature
from symshare.core.terms.term import Term
from symshare.errors import SymshareError, plural
from symshare.nn.distilling.lines import Coefficient, Line, as_text, value
from symshare.nn.distilling.matrix_words import of_words
from symshare.nn.distilling.shapes import as_tensor, lengths
from symshare.nn.runtime.scales import _norm

__all__ = ["Check", "Distilled"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was measured at some sizes: the error of the network, and that of the lines."""

    sizes: tuple[tuple[str, int], ...]
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Distilled(Noun):
    """Polynomial maps between named tensors, one after the other: from the inputs to a state (`begin`), the lines of a round
    and how often they are done, from the state to the outputs (`end`); without a state one line from inputs to outputs.

    `inputs` and `outputs` have for each tensor of the signature the names of its channels. `scaled` is the power of the size
    of the inputs that the outputs are multiplied by; the inputs are divided by it.
    """

    signature: Signature
    inputs: tuple[tuple[str, ...], ...]
    outputs: tuple[tuple[str, ...], ...]
    begin: Line | None
    rounds: tuple[Line, ...]
    end: Line | None
    reduce: str = "sum"
    times: int = 1
    scaled: int | None = None
    channels: bool = True
    """Whether tensors have a last axis of channels."""
    checks: tuple[Check, ...] = ()
    what: str = "difference from the network"
    """What the numbers of the checks are."""
    equivariant: bool | None = None
    """Whether every term was seen to commute with the group, exactly; None where nobody has looked."""
    kept: tuple[int, int] = (0, 0)
    """The terms in all lines, and how many there were before some were left out."""

    def __repr__(self) -> str:
        return brief("Distilled", repr(str(self.signature)), f"terms={self.kept[0]}", f"lines={len(self.rounds)}")

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines, from the inputs to the outputs."""
        return tuple(line for line in (self.begin, *self.rounds, self.end) if line is not None)

    def texts(self) -> list[str]:
        """A text for each line and output: `Y <- 2.3 Y - 1.3 Y X' Y`, where X' is X transposed."""
        return [text for line in self.lines for text in line.texts(self.reduce)]

    def latex(self) -> str:
        """The lines as a LaTeX `align*` block; a prime marks the new value."""
        rows = " \\\\\n".join(text for line in self.lines for text in line.latex(self.reduce))
        return f"\\begin{{align*}}\n{rows}\n\\end{{align*}}"

    def coefficient(self, text: str, line: int = 0) -> Coefficient:
        """The coefficient of a term in a line of the rounds, by its words (`Y X' Y`) or its einsum (`ab->`, `Y:ab->Y:ab`);
        0 where the line has it not. Raises SymshareError for what is no term, or in several outputs."""
        if not isinstance(line, int) or not -len(self.rounds) <= line < len(self.rounds):
            raise SymshareError(f"line={line!r}, and there are {plural(len(self.rounds), 'line')}\n  count them from 0")
        own = self.rounds[line]
        found = [row for row in _rows(own, self.reduce) if text and text in (row[2], row[3], _bare(row[2]))]
        if len({row[0] for row in found}) > 1:
            names = " and ".join(dict.fromkeys(row[0] for row in found))
            cure = f"{found[0][2].replace('->', f'->{found[0][0]}:')}"
            raise SymshareError(f"{text} is a term of {names}\n  name the one that is meant: {cure}")
        if found:
            return found[0][-1]
        term = as_term(own.signature, text) if "->" in text else of_words(own.signature, text)
        return next((number for one, number in own.summands if one == term.canonical()), 0)

    def tables(self) -> tuple[Table, ...]:
        """The terms of each line with their coefficients, and what was checked."""
        found = []
        for title, line in self._titled():
            rows = [
                (output, as_text(number), words, named) for output, _, named, words, number in _rows(line, self.reduce)
            ]
            found.append(first(title, ("output", "coefficient", "words", "term"), rows, tuple, code=("words", "term")))
        if self.checks:
            cells = [
                (", ".join(f"{a} = {n}" for a, n in one.sizes), f"{one.before:.3g}", f"{one.after:.3g}")
                for one in self.checks
            ]
            found.append(Table(self.what, ("sizes", "network", "lines"), tuple(cells), tuple(self._notes())))
        return tuple(found)

    def _titled(self) -> list[tuple[str, Line]]:
        many = "" if self.times == 1 else f", {self.times} times"
        found = [] if self.begin is None else [("from the inputs", self.begin)]
        names = [f"line {place}" if len(self.rounds) > 1 else "the line" for place in range(1, len(self.rounds) + 1)]
        found += [(name + many, line) for name, line in zip(names, self.rounds, strict=True)]
        return found + ([] if self.end is None else [("to the outputs", self.end)])

    def _notes(self) -> list[str]:
        found = [f"{plural(self.kept[0], 'term')} of {self.kept[1]}"]
        found += [] if self.scaled is None else [f"inputs over their size, outputs times size^{self.scaled}"]
        found += ["sums are means"] if self.reduce == "mean" else []
        if self.equivariant is not None:
            found.append("every term commutes with the group (exact)" if self.equivariant else "NOT equivariant")
        return found

    def to_dict(self) -> dict[str, Any]:
        """The lines as plain values; exact coefficients as texts."""
        return {
            **self.signature.to_dict(),
            "inputs": [list(own) for own in self.inputs],
            "outputs": [list(own) for own in self.outputs],
            "reduce": self.reduce,
            "times": self.times,
            "scaled": self.scaled,
            "lines": [
                {
                    "what": title,
                    "text": line.texts(self.reduce),
                    "terms": [
                        {
                            "output": output,
                            "term": named,
                            "words": words,
                            "coefficient": float(number) if isinstance(number, float) else str(number),
                        }
                        for output, _, named, words, number in _rows(line, self.reduce)
                    ],
                }
                for title, line in self._titled()
            ],
            "what": self.what,
            "checks": [
                {"sizes": dict(one.sizes), "network": _finite(one.before), "lines": _finite(one.after)}
                for one in self.checks
            ],
            "equivariant": self.equivariant,
            "terms": list(self.kept),
        }

    def evaluate(
        self,
        *tensors: torch.Tensor,
        rounds: int | None = None,
        every: bool = False,
        sizes: Mapping[str, int] | None = None,
        see: Callable[[int, dict[str, torch.Tensor]], object] = lambda line, given: None,
    ) -> Any:
        """The outputs for inputs (batch.., *axes, channels), as the network gives them; without channels if the lines are
        of examples. `rounds` may be more or fewer; with `every` outputs are stacked after each, (rounds, batch.., ..).
        `see` is shown what each line of a round is given.

        Raises SymshareError where the inputs do not fit.
        """
        if rounds is not None and (isinstance(rounds, bool) or not isinstance(rounds, int) or rounds < 1):
            raise SymshareError(f"rounds={rounds!r} is not a whole number, 1 or more\n  leave it out for {self.times}")
        values, size, bare = self._named(tensors)
        values |= {} if self.begin is None else _advanced(self.begin, values, self.reduce, sizes)
        found = []
        for _ in range(self.times if rounds is None else rounds):
            for at, line in enumerate(self.rounds):
                see(at, dict(values))
                values |= _advanced(line, values, self.reduce, sizes)
            if every:
                found.append(self._outputs(values, size, sizes, bare))
        if every:
            many = len(self.outputs) > 1
            return tuple(torch.stack(one) for one in zip(*found, strict=True)) if many else torch.stack(found)
        return self._outputs(values, size, sizes, bare)

    def _named(self, tensors: Sequence[torch.Tensor]) -> tuple[dict[str, torch.Tensor], torch.Tensor | None, bool]:
        """The channels of the inputs by name, the size of the inputs, and whether they came without channels."""
        axes = [len(tensor.axes) for tensor in self.signature.without_latents().inputs]
        if len(tensors) != len(self.inputs):
            raise SymshareError(
                f"{plural(len(tensors), 'tensor')} came for {plural(len(self.inputs), 'input')}\n  give all"
            )
        bare = not self.channels
        names = [own[0] if len(own) == 1 else f"input {place}" for place, own in enumerate(self.inputs)]
        given = [as_tensor(one, name) for one, name in zip(tensors, names, strict=True)]
        kinds = self.signature.without_latents().inputs
        lengths(kinds, given, names, dict(self.signature.sizes), channels=int(self.channels))
        whole = [(one[..., None] if bare else one) for one in given]
        for one, own, number in zip(whole, self.inputs, axes, strict=True):
            if one.shape[-1] != len(own):
                raise SymshareError(
                    f"an input of shape {tuple(one.shape)} has not {plural(len(own), 'channel')} after its {number} axes\n"
                    f"  give (batch.., {number} axes, {len(own)})"
                )
        size = None
        if self.scaled is not None:
            letters = "abcdefghij"
            sides = [
                (one, letters[:number] + "C", *((None, letter) for letter in letters[:number]))
                for one, number in zip(whole, axes, strict=True)
            ]
            size = _norm(*sides, mean=self.reduce == "mean")
            whole = [one / size[(..., *[None] * (number + 1))] for one, number in zip(whole, axes, strict=True)]
        named = {
            name: one[..., place] for one, own in zip(whole, self.inputs, strict=True) for place, name in enumerate(own)
        }
        return named, size, bare

    def _outputs(
        self, values: Mapping[str, torch.Tensor], size: torch.Tensor | None, sizes: Mapping[str, int] | None, bare: bool
    ) -> Any:
        read = values if self.end is None else _advanced(self.end, values, self.reduce, sizes)
        found = []
        for own in self.outputs:
            one = torch.stack([read[name] for name in own], -1)
            if size is not None:
                one = one * size.pow(self.scaled or 0)[(..., *[None] * (one.dim() - size.dim()))]
            found.append(one[..., 0] if bare else one)
        return found[0] if len(found) == 1 else tuple(found)


def _rows(line: Line, reduce: str) -> list[tuple[str, str, str, str, Coefficient]]:
    return [(*row, number) for row, (_, number) in zip(line.rows(reduce), line.summands, strict=True)]


def _bare(named: str) -> str:
    """A term without the names of its factors."""
    left, _, right = named.partition("->")
    return ",".join(one.rpartition(":")[2] for one in left.split(",")) + "->" + right


def _finite(number: float) -> float | None:
    return number if abs(number) < float("inf") else None


def _advanced(
    line: Line, values: Mapping[str, torch.Tensor], reduce: str, sizes: Mapping[str, int] | None
) -> dict[str, torch.Tensor]:
    """The outputs of a line by name."""
    given = {str(tensor.name): values[str(tensor.name)] for tensor in line.signature.inputs}
    found = {}
    for at, tensor in enumerate(line.signature.outputs):
        parts = [float(number) * value(term, given, reduce, sizes) for term, number in line.of(at)]
        axes = tuple(range(len(tensor.axes)))
        nothing = Term(line.signature, at, (), axes, (), (), ())
        parts = parts or [0.0 * value(nothing, given, reduce, sizes)]
        found[str(tensor.name)] = sum(parts[1:], start=parts[0])
    return found
