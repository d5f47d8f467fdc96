"""A plan as it is written term by term, and what is known of the term that is written now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from string import ascii_lowercase

from symshare.core.notation.signature import Signature
from symshare.core.terms.offsets import Untied
from symshare.core.terms.term import Term
from symshare.plans.builder import Steps, Value
from symshare.plans.choices import Choices
from symshare.plans.einsum import channel_letters
from symshare.plans.indices import Index, Indices
from symshare.plans.naming import input_names
from symshare.plans.offsets import Family
from symshare.plans.operations import ConstantTensor, Contract, Step
from symshare.plans.parameters import Channels, Parameter

__all__ = ["Draft", "Passage"]


class Draft:
    """A plan under construction: its steps and parameters so far."""

    def __init__(self, signature: Signature, choices: Choices, fft_from: int) -> None:
        self.signature, self.choices, self.fft_from = signature, choices, fft_from
        self.inputs, taken = input_names(signature)
        self.steps = Steps(self.inputs, taken)
        self.parameters: list[Parameter] = []
        groups = signature.acting if choices.normalise_factors else ()
        self.stretched = {letter for letter, group in groups if not group.orthogonal}
        self.turned = {letter for letter, group in groups if not group.keeps_ones}
        """The axes whose group changes norms, and those whose group moves the constant vector."""
        self.plain: set[str] = set()
        """Values without channels: constant tensors."""


class Passage:
    """What is known of the term that is written now: its number, the term without its offsets, the names of its indices,
    and the key of its parameters; `family` where it stands for all its offsets."""

    def __init__(self, draft: Draft, number: int, loose: Untied, key: str, family: Family | None) -> None:
        self.draft, self.number, self.loose, self.key, self.family = draft, number, loose, key, family
        self.term: Term = loose.term
        self.names, self.axes = self.term.names(), self.term.index_axes
        self.axis_of = dict(zip(self.names, self.axes, strict=True))
        self.out = Channels("out", self.term.output)
        self.above = self._above()

    def into(self, place: int) -> Channels:
        """The number of channels of the input that a factor is."""
        return Channels("in", self.term.factors[place])

    def add(self, step: Step) -> str:
        """The name of the result of a step, added to the plan."""
        return self.draft.steps.add(step)

    def parameter(self, group: str, key: str, *shape: Channels | int) -> Parameter:
        """A new learned array of the term."""
        made = Parameter(group, key, shape, self.number)
        self.draft.parameters.append(made)
        return made

    def _above(self) -> dict[int, tuple[int, ...]]:
        """For each index that depends on others: these from the top, and the index itself."""
        found: dict[int, tuple[int, ...]] = {}
        for tensor, indices in zip(self.term.factor_tensors, self.term.factor_indices, strict=True):
            slots = self.draft.signature.slots(tensor)
            for place, index in enumerate(indices):
                chain = [index]
                while slots[place].parent >= 0:
                    place = slots[place].parent
                    chain.insert(0, indices[place])
                if len(chain) > 1:
                    found[index] = tuple(chain)
        return found

    def index(self, number: int, names: Sequence[str] | dict[int, str] | None = None) -> Index:
        """An index of the term with the indices it depends on, under the term's names or those given."""
        called = self.names if names is None else names
        own = tuple([called[one] for one in self.above.get(number, (number,))])
        return Index(called[number], self.axes[number], own)

    def averaged(self, going: Iterable[str]) -> tuple[Index, ...]:
        """Those of the summed indices whose sum is divided by its length where the layer takes means."""
        numbers = {self.names[index]: index for index in self.term.averaged_indices}
        return tuple(self.index(numbers[name]) for name in going if name in numbers)

    def target(self, present: Iterable[str]) -> Indices:
        """The output's indices that a value has, each once."""
        known = set(present)
        names = (self.names[index] for index in dict.fromkeys(self.term.output_indices))
        return tuple([name for name in names if name in known])

    def constants(self) -> list[Value]:
        """The constant tensors of the term, values without channels."""
        found = []
        for tensor, indices in self.term.constants:
            local = tuple(ascii_lowercase[: len(indices)])
            name = self.add(ConstantTensor("", (), (), local, self.number, tensor=tensor))
            self.draft.plain.add(name)
            found.append(Value(name, tuple([self.names[index] for index in indices])))
        return found

    def with_constants(self, value: Value) -> Value:
        """A value of one factor times the constant tensors of its term."""
        if not self.term.constants:
            return value
        operands = [value, *self.constants()]
        return self.contract(operands, self.target(index for one in operands for index in one.indices))

    def contract(self, operands: Sequence[Value], target: Indices) -> Value:
        """The product of all operands in a single contraction."""
        texts = tuple(one.indices for one in operands)
        bare = [one.name in self.draft.plain for one in operands]
        present = dict.fromkeys(index for one in operands for index in one.indices)
        gone = [index for index in present if index not in target]
        channels: tuple[str, ...] = ()
        if any(bare):
            letter = channel_letters([*present, *target], 1)
            channels = (*("" if one else letter for one in bare), "" if all(bare) else letter)
        names, averaged = tuple(one.name for one in operands), self.averaged(gone)
        on_legs = dict.fromkeys(name for own, plain in zip(texts, bare, strict=True) if plain for name in own)
        legs = tuple([Index(name, self.axis_of[name]) for name in on_legs])
        step = Contract("", names, texts, target, self.number, averaged=averaged, legs=legs, channels=channels)
        return Value(self.add(step), target)
