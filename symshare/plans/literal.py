"""Terms to steps as they are written down, at full size: what the rewrites start from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from string import ascii_lowercase, ascii_uppercase

from symshare.core.bases.basis import Basis
from symshare.core.terms.offsets import Untied, untied
from symshare.core.terms.term import Term
from symshare.errors import SymshareError
from symshare.plans.builder import RESERVED, Steps
from symshare.plans.offsets import Family, families
from symshare.plans.steps import Addend, Parameter, Plan, Step, channel_letters

__all__ = ["Choices", "literal", "local_names"]


class Choices:
    """How a plan is made: the options of `symshare.plan`, checked."""

    __slots__ = ("circular", "coefficients", "hints", "kind", "normalise_factors", "normalise_scale", "reduce")

    def __init__(self, kind: str, reduce: str, coefficients: str, circular: str | None) -> None:
        self.kind, self.reduce, self.coefficients, self.circular = kind, reduce, coefficients, circular
        self.normalise_scale = self.normalise_factors = False
        self.hints: tuple[tuple[str, int], ...] = ()


def literal(basis: Basis, terms: tuple[Term, ...], choices: Choices, fft_from: int) -> Plan:
    """The plan that does what each term says, one after the other, at full size.

    >>> from symshare.core.bases.derivation import derive
    >>> basis = derive("a", 1)
    >>> print(literal(basis, basis.terms, Choices("linear", "mean", "rank", None), 16))
    linear layer for a, 3 terms, 6 steps, mean
    result  op      operands  axes  parameters
    t1      bias              ->    bias.__a
    t2      place   t1        ->a
    t3      mix     x         a->a  mix.a__a
    x_all   reduce  x         a->
    t4      place   x_all     ->b
    t5      mix     t4        b->b  mix.a__b
    output 0 (a) = t2 + t3 + t5
    """
    return _Writer(basis, terms, choices, fft_from).run()


class _Writer:
    """Steps so far, the parameters, and what is added up."""

    def __init__(self, basis: Basis, terms: tuple[Term, ...], choices: Choices, fft_from: int) -> None:
        self.signature, self.terms, self.choices = basis.signature, terms, choices
        self.ordered, self.fft_from = basis.ordered, fft_from
        tensors = self.signature.inputs
        wanted = [tensor.name or ("x" if len(tensors) == 1 else f"x{number}") for number, tensor in enumerate(tensors)]
        taken = RESERVED | {tensor.name for tensor in tensors if tensor.name}
        naming = Steps((), taken)
        self.inputs = tuple(
            name if tensor.name == name and name not in RESERVED else naming.fresh(name)
            for tensor, name in zip(tensors, wanted, strict=True)
        )
        self.steps = Steps(self.inputs, naming.taken)
        self.parameters: list[Parameter] = []
        self.addends: list[Addend] = []
        groups = self.signature.groups if choices.normalise_factors else ()
        self.stretched = {letter for letter, group in groups if not group.orthogonal}
        self.turned = {letter for letter, group in groups if not group.keeps_ones}
        """The axes whose group changes norms, and those whose group moves the constant vector."""
        self.families = families(self.signature, terms, choices.coefficients)
        self.keys: set[str] = set()
        self.plain: set[str] = set()
        """Values without channels: constant tensors."""

    def run(self) -> Plan:
        heads = {family.members[0]: family.text() for family in self.families.values()}
        covered = tuple(sorted(set(self.families) - set(heads)))
        for number, term in enumerate(self.terms):
            if number not in covered:
                self.add(number, term)
        chosen = self.choices
        return Plan(
            *(self.signature, self.terms, chosen.kind, chosen.reduce, chosen.coefficients, self.inputs),
            *(tuple(self.steps), tuple(self.parameters), tuple(self.addends)),
            families=tuple(sorted(heads.items())),
            covered=covered,
            circular=chosen.circular,
            ordered=self.ordered,
            normalise_scale=chosen.normalise_scale,
            normalise_factors=chosen.normalise_factors,
            hints=chosen.hints,
        )

    def parameter(self, group: str, key: str, term: int, *shape: str) -> Parameter:
        self.parameters.append(Parameter(group, key, shape, term))
        return self.parameters[-1]

    def step(self, op: str, operands: tuple[str, ...], spec: str, term: int, **more: object) -> str:
        return self.steps.add(Step(op, "", operands, spec, term, **more))  # type: ignore[arg-type]  # fields of Step

    def add(self, number: int, term: Term) -> None:
        family = self.families.get(number)
        loose = untied(term) if family is None else Untied(family.term, ((),) * term.order, ())
        term, key = loose.term, self.fresh_key(self.key(term if family is None else family.term))
        names = term.names()
        out = f"out{term.output}"
        matrix: Parameter | None = None
        if term.order == 0:
            vector = self.parameter("bias", key, number, out)
            value, indices = self.step("bias", (), "->", number, parameters=(vector,)), ""
            value, indices = self.with_constants(number, term, names, value, indices)
        elif term.order == 1 and self.choices.kind != "pooling":
            value, indices = self.read(number, loose, 0, names, self.inputs[term.factors[0]])
            if family is not None:
                value = self.circulated(number, term, names, value, indices, ("mix", key, out), family)
            else:
                matrix = self.parameter("mix", key, number, f"in{term.factors[0]}", out)
            value, indices = self.with_constants(number, term, names, value, indices)
        else:
            value, indices = self.product(number, loose, names, key, out, family)
            if term.order == 1 or self.choices.coefficients == "rank":
                matrix = self.parameter("mix", key, number, "rank", out)
        shifts = tuple((place, distance) for place, distance in enumerate(loose.outer) if distance)
        value, full, labels = self.place(number, term, names, value, indices, whole=bool(shifts))
        if shifts:
            value = self.step("roll", (value,), f"{labels}->{labels}", number, shifts=shifts)
        if matrix is not None:
            value = self.step("mix", (value,), f"{labels}->{labels}", number, parameters=(matrix,))
        self.addends.append(Addend(value, term.output, number, full))

    def circulated(
        self,
        number: int,
        term: Term,
        names: Sequence[str],
        value: str,
        indices: str,
        target: tuple[str, str, str],
        family: Family,
    ) -> str:
        """The channels of a value mixed and convolved with a kernel over the cyclic axes of a family; or only mixed, where
        it has none of them."""
        group, key, out = target
        place = int(key.rsplit("__", 1)[1]) if group == "factor" else 0
        into = f"in{term.factors[place]}"
        letters = term.index_letters
        shared = [names[letters.index(letter)] for letter in family.letters if letter in letters]
        around = "".join(name for name in shared if name in indices)
        spec = f"{indices}->{indices}"
        if not around:
            return self.step("mix", (value,), spec, number, parameters=(self.parameter(group, key, number, into, out),))
        lengths = [self.signature.size(letters[names.index(name)]) or 1 for name in around]
        kernel = self.parameter(group, key, number, *map(str, lengths), into, out)
        long = max(lengths) >= self.fft_from
        method = "fft" if len(lengths) > 1 else self.choices.circular or ("fft" if long else "direct")
        sizes = tuple((name, letters[names.index(name)]) for name in around)
        more = {"parameters": (kernel,), "around": around, "method": method, "sizes": sizes}
        return self.step("circulate", (value,), spec, number, **more)

    def constants(self, number: int, term: Term, names: Sequence[str]) -> list[tuple[str, str]]:
        """The constant tensors of a term as values without channels, with their indices."""
        found = []
        for constant, indices in term.constants:
            legs = "".join(names[index] for index in indices)
            local = "".join(ascii_lowercase[place] for place in range(len(indices)))
            sizes = tuple((name, term.index_letters[index]) for name, index in zip(local, indices, strict=True))
            name = self.step("constant", (), f"->{local}", number, constant=constant, sizes=sizes)
            self.plain.add(name)
            found.append((name, legs))
        return found

    def with_constants(
        self, number: int, term: Term, names: Sequence[str], value: str, indices: str
    ) -> tuple[str, str]:
        """A value of one factor times the constant tensors of its term."""
        if not term.constants:
            return value, indices
        operands = [(value, indices), *self.constants(number, term, names)]
        present = {index for _, own in operands for index in own}
        target = "".join(name for name in dict.fromkeys(names[i] for i in term.output_indices) if name in present)
        return self.contract(number, term, operands, target, names), target

    def fresh_key(self, wanted: str) -> str:
        """A name for a term that none before has; all parameters of the term are named after it, whatever their group."""
        key, number = wanted, 1
        while key in self.keys or (len(key) > 4 and key.startswith("__") and key.endswith("__")):  # no name of Python's
            number += 1
            key = f"{wanted}_{number}"
        self.keys.add(key)
        return key

    def key(self, term: Term) -> str:
        """The term as a name: `ab,bc->ac` is `ab_bc__ac`, `ar,br,[T1 rs]->as` `ar_br_T1rs__as`; where there are several
        inputs or outputs they are named too."""
        tied = term.offsets()
        shown = [
            name + (str(tied[index][1]) if index in tied and tied[index][1] else "")
            for index, name in enumerate(term.names())
        ]
        pieces = []
        for tensors, number, indices, plain in (
            *(
                (self.signature.inputs, factor, one, "x")
                for factor, one in zip(term.factors, term.factor_indices, strict=True)
            ),
            (self.signature.outputs, term.output, term.output_indices, "y"),
        ):
            label = f"{tensors[number].name or f'{plain}{number}'}_" if len(tensors) > 1 else ""
            pieces.append(label + "".join(shown[index] for index in indices))
        pieces[-1:-1] = [
            constant.name + "".join(shown[index] for index in indices)
            for constant, indices in term.constants
            if not constant.offsets
        ]
        return "_".join(pieces[:-1]) + "__" + pieces[-1]

    def read(self, number: int, loose: Untied, place: int, names: Sequence[str], value: str) -> tuple[str, str]:
        """A value of a factor rolled, with its diagonals taken and the indices that nothing else carries summed, one after
        the other from the last; and its indices."""
        term = loose.term
        tensor = term.factor_tensors[place]
        indices = term.factor_indices[place]
        local = local_names(tensor.set_axes, indices)
        unique = list(dict.fromkeys(indices))
        written = "".join(local[index] for index in indices)
        shifts = tuple((at, -distance) for at, distance in enumerate(loose.inner[place]) if distance)
        if shifts:
            own = "".join(local_names(tensor.set_axes, range(len(indices))).values())
            value = self.step("roll", (value,), f"{own}->{own}", number, shifts=shifts)
        if len(unique) < len(indices):
            spec = f"{written}->{''.join(local[index] for index in unique)}"
            value = self.step("diagonal", (value,), spec, number)
        elsewhere = {index for at, other in enumerate(term.factor_indices) if at != place for index in other}
        elsewhere |= {index for _, other in term.constants for index in other}
        left = list(unique)
        averaged = set(term.averaged_indices)
        above = self.above(term, local)
        for op, chosen in (("reduce", averaged), ("sum", set(unique) - averaged)):
            going = [i for i in left if i not in elsewhere and i not in term.output_indices and i in chosen]
            while going:
                index = next(i for i in going[::-1] if not any(i in above.get(j, ())[:-1] for j in going))
                going.remove(index)
                kept = [i for i in left if i != index]
                spec = f"{''.join(local[i] for i in left)}->{''.join(local[i] for i in kept)}"
                more: dict[str, object] = {"sizes": ((local[index], term.index_letters[index]),)}
                if index in above:
                    more["above"] = ((local[index], "".join(local[i] for i in above[index])),)
                value, left = self.step(op, (value,), spec, number, **more), kept
        return value, "".join(names[index] for index in left)

    def above(self, term: Term, known: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """For each index that depends on others: these from the top, and the index itself."""
        found: dict[int, tuple[int, ...]] = {}
        wanted = set(known)
        for tensor, indices in zip(term.factor_tensors, term.factor_indices, strict=True):
            slots = self.signature.slots(tensor)
            for place, index in enumerate(indices):
                chain = [index]
                while slots[place].parent >= 0:
                    place = slots[place].parent
                    chain.insert(0, indices[place])
                if len(chain) > 1 and index in wanted:
                    found[index] = tuple(chain)
        return found

    def product(
        self, number: int, loose: Untied, names: Sequence[str], key: str, out: str, family: Family | None
    ) -> tuple[str, str]:
        """The factors of a term, mixed and contracted at once: the result's name and its indices."""
        term = loose.term
        present = {index for indices in term.factor_indices for index in indices}
        present |= {index for _, indices in term.constants for index in indices}
        target = "".join(names[index] for index in dict.fromkeys(term.output_indices) if index in present)
        inputs = [self.inputs[factor] for factor in term.factors]
        read = []
        if self.choices.coefficients == "full" and term.order > 1:
            read = [self.read(number, loose, place, names, value) for place, value in enumerate(inputs)]
            read = self.standardised(number, term, read, names)
            return self.joined(number, term, read, target, key, out), target
        seen: set[str] = set()
        for place, argument in enumerate(inputs):
            target_of = ("factor", f"{key}__{place}", "rank")
            if family is not None:
                value, indices = self.read(number, loose, place, names, argument)
                convolved = self.offset_here(term, names, indices, family, seen)
                seen |= set(indices)
                plain = Family(family.members, family.term, family.letters if convolved else "")
                value = self.circulated(number, term, names, value, indices, target_of, plain)
            else:
                own = "".join(local_names(term.factor_tensors[place].set_axes, range(52)).values())
                matrix = self.parameter("factor", target_of[1], number, f"in{term.factors[place]}", "rank")
                mixed = self.step("mix", (argument,), f"{own}->{own}", number, parameters=(matrix,))
                value, indices = self.read(number, loose, place, names, mixed)
            read.append((value, indices))
        read = self.standardised(number, term, read, names)
        if term.order == 1 and not term.constants:
            return self.ordered_as(number, *read[0], target), target
        return self.contract(number, term, [*read, *self.constants(number, term, names)], target, names), target

    def ordered_as(self, number: int, value: str, indices: str, target: str) -> str:
        return value if indices == target else self.step("place", (value,), f"{indices}->{target}", number)

    def standardised(
        self, number: int, term: Term, read: list[tuple[str, str]], names: Sequence[str]
    ) -> list[tuple[str, str]]:
        """The factors of a product, one of them standardised: of those whose norm the groups keep the first with most
        indices. It is centred along the axes whose group keeps the constant vector."""
        if term.order < 2 or not self.choices.normalise_factors:
            return read
        letters = dict(zip(names, term.index_letters, strict=True))
        kept = [at for at, (_, own) in enumerate(read) if not any(letters[index] in self.stretched for index in own)]
        if not kept:
            letter = next(letters[index] for _, own in read for index in own if letters[index] in self.stretched)
            raise SymshareError(
                f"no factor of {term} has a norm that {letter}={self.signature.group(letter)} keeps\n"
                "  leave out normalise_factors (--normalise-factors)"
            )
        place = max(kept, key=lambda at: (len(read[at][1]), -at))
        value, indices = read[place]
        numbers = [names.index(name) for name in indices]
        above = self.above(term, numbers)
        if indices:
            more: dict[str, object] = {"sizes": tuple((name, letters[name]) for name in indices)}
            more["above"] = tuple((names[i], "".join(names[j] for j in above[i])) for i in numbers if i in above)
            more["around"] = "".join(index for index in indices if letters[index] not in self.turned)
            value = self.step("standardise", (value,), f"{indices}->{indices}", number, **more)
        return [*read[:place], (value, indices), *read[place + 1 :]]

    def offset_here(self, term: Term, names: Sequence[str], indices: str, family: Family, seen: set[str]) -> bool:
        """Whether a factor needs offsets: not where it is the first on an axis that the output lacks."""
        outer = {names[index] for index in term.output_indices}
        letters = term.index_letters
        own = {names[letters.index(letter)] for letter in family.letters if letter in letters} & set(indices)
        return any(name in outer or name in seen for name in own)

    def joined(self, number: int, term: Term, read: list[tuple[str, str]], target: str, key: str, out: str) -> str:
        """The factors contracted one by one, last to first, with an array over all their channels and the output's."""
        names = term.names()
        array = self.parameter("mix", key, number, *(f"in{factor}" for factor in term.factors), out)
        constants = self.constants(number, term, names)
        legs = "".join(indices for _, indices in constants)
        *inner, outer = tuple(channel_letters("".join(names), term.order + 1))
        value, indices = "", ""
        for place in range(term.order - 1, -1, -1):
            name, own = read[place]
            before, after = "".join(inner[: place + 1]) + outer, "".join(inner[:place]) + outer
            needed = (set(target) | set(legs)).union(*(one for _, one in read[:place]))
            present = dict.fromkeys(own + indices)
            kept = "".join(index for index in present if index in needed) if place or legs else target
            first = not value
            value = self.step(
                "contract",
                (name,) if first else (name, value),
                f"{own}->{kept}" if first else f"{own},{indices}->{kept}",
                number,
                parameters=(array,) if first else (),
                channels=(inner[place], before, after),
                **self.averaged(term, names, [index for index in present if index not in kept]),
            )
            indices = kept
        return self.contract(number, term, [(value, indices), *constants], target, names) if constants else value

    def averaged(self, term: Term, names: Sequence[str], going: Iterable[str]) -> dict[str, object]:
        """Of the indices that go, those whose sum is an average: their letters, and what they depend on."""
        numbers = {names[index]: index for index in term.averaged_indices}
        found = [name for name in going if name in numbers]
        above = self.above(term, [numbers[name] for name in found])
        own = ((name, "".join(names[i] for i in above[numbers[name]])) for name in found if numbers[name] in above)
        return {"sizes": tuple((name, term.index_letters[numbers[name]]) for name in found), "above": tuple(own)}

    def contract(
        self, number: int, term: Term, operands: list[tuple[str, str]], target: str, names: Sequence[str]
    ) -> str:
        """One contraction of everything."""
        spec = ",".join(indices for _, indices in operands) + "->" + target
        bare = [name in self.plain for name, _ in operands]
        more: dict[str, object] = self.averaged(
            term, names, [i for i in dict.fromkeys("".join(own for _, own in operands)) if i not in target]
        )
        if any(bare):
            letter = channel_letters(spec, 1)
            more["channels"] = (*("" if one else letter for one in bare), "" if all(bare) else letter)
        return self.step("contract", tuple(name for name, _ in operands), spec, number, **more)

    def place(
        self, number: int, term: Term, names: Sequence[str], value: str, indices: str, *, whole: bool
    ) -> tuple[str, bool, str]:
        """A result brought to the output's axes: reordered, repeated (all the way where it is to be `whole`), embedded. Whether
        it then has every axis in full."""
        labels = "".join(names[index] for index in term.output_indices)
        unique = "".join(dict.fromkeys(labels))
        new = [index for index in unique if index not in indices]
        repeated = [index for index in unique if labels.count(index) > 1]
        letters = dict(zip(names, term.index_letters, strict=True))
        if indices != labels:
            sizes = tuple((index, letters[index]) for index in new)
            spread = "".join(index for index in new if whole or index in repeated)
            value = self.step("place", (value,), f"{indices}->{labels}", number, sizes=sizes, spread=spread)
        return value, whole or all(index in repeated for index in new), labels


def local_names(axes: str, indices: Sequence[int]) -> dict[int, str]:
    """Names for one factor's indices on their own, so that equal readings of an input look equal in every term.

    >>> local_names("aab", [0, 1, 2])
    {0: 'a', 1: 'c', 2: 'b'}
    """
    spare = iter([letter for letter in ascii_lowercase + ascii_uppercase if letter not in axes])
    names: dict[int, str] = {}
    for index, letter in zip(indices, axes, strict=False):
        if index not in names:
            names[index] = letter if letter not in names.values() else next(spare)
    return names
