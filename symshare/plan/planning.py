"""Terms to steps: diagonals and sums first, then channel mixing, then products, and broadcasting last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from string import ascii_lowercase, ascii_uppercase

import opt_einsum

from symshare.core.basis import Basis
from symshare.core.offsets import Untied, untied
from symshare.core.term import Term
from symshare.errors import SymshareError
from symshare.plan.offsets import Family, families
from symshare.plan.steps import Addend, Parameter, Plan, Step, channel_letters

__all__ = ["plan"]

KINDS = ("linear", "polynomial")
COEFFICIENTS = ("rank", "full")
REDUCTIONS = ("mean", "sum")
RESERVED = {"self", "torch", "tuple", "int", "ValueError", "peak", "square", "wide"}
FFT_FROM = 16
"""The length of a cyclic axis from which a convolution goes by FFT (measured by benchmarks/circular.py)."""
"""Names that the emitted forward method uses itself."""


def plan(
    basis: Basis,
    *,
    kind: str | None = None,
    reduce: str = "mean",
    coefficients: str = "rank",
    normalise_scale: bool = False,
    circular: str | None = None,
) -> Plan:
    """The steps of a layer that computes every term of a basis, each with coefficients of its own.

    `kind` is `"linear"` (order 1, and a bias for each term of order 0) or `"polynomial"` (all orders of the basis); by
    default what the basis has. `reduce` makes every sum over an index a mean or leaves it a sum. Terms of order 2 and more
    get `coefficients` of a chosen rank R (each factor's channels mixed to R, multiplied, mixed to the output's) or `"full"`
    (one array over all input channels and the output channel).

    `normalise_scale` divides every input by its norm first. `circular` (`"fft"`, `"direct"`) overrides how convolutions
    over cyclic axes are computed, which the length of the axis decides.

    Raises SymshareError for a kind, reduction or coefficients that do not exist, for a basis without terms of order 1,
    and for latent axes of fixed size.

    >>> from symshare.pipeline import derive
    >>> print(plan(derive("a", 1)))
    linear layer for a, 3 terms, 5 steps, mean
    result  op         operands  axes  parameter  term
    b1      bias                 ->a   bias.__a   ->a
    t1      mix        x         a->a  mix.a__a   a->a
    x_mean  reduce     x         a->              a->b
    t2      mix        x_mean    ->    mix.a__b   a->b
    t3      broadcast  t2        ->b              a->b
    output 0 (a) = b1 + t1 + t3
    """
    if not isinstance(basis, Basis):
        raise SymshareError(f"a plan is made from a Basis, not from {basis!r}\n  derive one: symshare.derive('abH', 1)")
    chosen = kind or ("linear" if basis.order <= 1 else "polynomial")
    if circular not in (None, "fft", "direct"):
        raise SymshareError(f"circular={circular!r} is not one of 'fft', 'direct'")
    for value, allowed, name in (
        (chosen, KINDS, "kind"),
        (reduce, REDUCTIONS, "reduce"),
        (coefficients, COEFFICIENTS, "coefficients"),
    ):
        if value not in allowed:
            raise SymshareError(f"{name}={value!r} is not one of {', '.join(map(repr, allowed))}")
    sized = [letter for letter in basis.signature.latents if basis.signature.size(letter) is not None]
    if sized:
        cure = f"leave out the size of {', '.join(sized)}; the layer takes its channel numbers when it is made"
        raise SymshareError(
            f"a layer's latent axes are its channels, and {str(basis.signature)!r} fixes them\n  {cure}"
        )
    terms = tuple(term for term in basis.terms if chosen == "polynomial" or term.order <= 1)
    if not any(term.order for term in terms):
        raise SymshareError(
            f"{basis!r} has no terms of order 1 or more to make a layer from\n  derive it to order 1 or higher"
        )
    for output, tensor in enumerate(basis.signature.outputs):
        if not any(term.order and term.output == output for term in terms):
            raise SymshareError(f"{basis!r} has no term of order 1 or more for the output {tensor}\n  keep one of them")
    for letter, group in basis.signature.groups:
        if normalise_scale and not group.orthogonal:
            raise SymshareError(
                f"the norm of an input is not invariant under {letter}={group}\n  leave out normalise_scale (--normalise-scale)"
            )
    return _Planner(basis, terms, chosen, reduce, coefficients, circular).run(normalise_scale)


class _Planner:
    """Steps so far, and the values already computed, so that equal reductions are made once."""

    def __init__(
        self, basis: Basis, terms: tuple[Term, ...], kind: str, reduce: str, coefficients: str, circular: str | None
    ) -> None:
        self.signature = basis.signature
        self.terms, self.kind, self.reduce, self.coefficients = terms, kind, reduce, coefficients
        tensors = self.signature.inputs
        wanted = [tensor.name or ("x" if len(tensors) == 1 else f"x{number}") for number, tensor in enumerate(tensors)]
        self.taken = RESERVED | {tensor.name for tensor in tensors if tensor.name}
        self.inputs = tuple(
            name if tensor.name == name and name not in RESERVED else self.fresh(name)
            for tensor, name in zip(tensors, wanted, strict=True)
        )
        self.steps: list[Step] = []
        self.parameters: list[Parameter] = []
        self.addends: list[Addend] = []
        self.known: dict[tuple[object, ...], str] = {}
        self.counters: dict[str, int] = {}
        self.circular, self.ordered = circular, basis.ordered
        self.families = families(self.signature, terms, coefficients)
        self.plain: set[str] = set()
        """Values without channels: constant tensors and products of them."""

    def run(self, normalised: bool) -> Plan:
        heads = {family.members[0]: family.text() for family in self.families.values()}
        covered = tuple(sorted(set(self.families) - set(heads)))
        for number, term in enumerate(self.terms):
            if number not in covered:
                self.add(number, term)
        return Plan(
            *(self.signature, self.terms, self.kind, self.reduce, self.coefficients, self.inputs),
            *(tuple(self.steps), tuple(self.parameters), tuple(self.addends)),
            families=tuple(sorted(heads.items())),
            covered=covered,
            circular=self.circular,
            ordered=self.ordered,
            normalise_scale=normalised,
        )

    def fresh(self, wanted: str) -> str:
        """A name that nothing has yet."""
        name, number = wanted, 1
        while name in self.taken:
            number += 1
            name = f"{wanted}_{number}"
        self.taken.add(name)
        return name

    def numbered(self, prefix: str) -> str:
        self.counters[prefix] = self.counters.get(prefix, 0) + 1
        return self.fresh(f"{prefix}{self.counters[prefix]}")

    def parameter(self, group: str, key: str, *shape: str) -> Parameter:
        keys = {one.key for one in self.parameters if one.group == group}
        unique, number = key, 1
        while unique in keys:
            number += 1
            unique = f"{key}_{number}"
        self.parameters.append(Parameter(group, unique, shape))
        return self.parameters[-1]

    def step(self, op: str, operands: tuple[str, ...], spec: str, term: int, name: str, **more: object) -> str:
        """Add a step, or find the equal one that is there; answer the name of its result."""
        own = more.get("parameter") or more.get("channels")
        mark = (op, operands, spec, more.get("shifts"), more.get("constant"))
        known = None if own else self.known.get(mark)
        if known is None:
            known = self.fresh(name) if name else self.numbered("t")
            self.steps.append(Step(op, known, operands, spec, term, **more))  # type: ignore[arg-type]
            self.known[mark] = known
        return known

    def add(self, number: int, term: Term) -> None:
        family = self.families.get(number)
        loose = untied(term) if family is None else Untied(family.term, ((),) * term.order, ())
        term, key = loose.term, self.key(term if family is None else family.term)
        names = term.names()
        out = f"out{term.output}"
        if term.order == 0:
            value, indices = self.numbered("b"), ""
            parameter = self.parameter("bias", key, out)
            spec = f"->{''.join(names[index] for index in term.output_indices)}"
            self.steps.append(Step("bias", value, (), spec, number, parameter))
            value, indices = self.with_constants(number, term, names, value, indices)
        elif term.order == 1:
            value, indices = self.read(number, loose, 0, names)
            value = self.mixed(number, term, names, value, indices, ("mix", key, out), family, family is not None)
            value, indices = self.with_constants(number, term, names, value, indices)
        else:
            value, indices = self.product(number, loose, names, key, out, family)
        value, full = self.place(number, term, names, value, indices)
        shifts = tuple((place, distance) for place, distance in enumerate(loose.outer) if distance)
        if shifts:
            labels = "".join(names[index] for index in term.output_indices)
            value = self.step("roll", (value,), f"{labels}->{labels}", number, "", shifts=shifts)
        self.addends.append(Addend(value, term.output, number, full))

    def mixed(
        self,
        number: int,
        term: Term,
        names: Sequence[str],
        value: str,
        indices: str,
        target: tuple[str, str, str],
        family: Family | None,
        convolved: bool,
    ) -> str:
        """The channels of a value times a matrix, or convolved with a kernel over the cyclic axes of a family."""
        group, key, out = target
        place = int(key.rsplit("__", 1)[1]) if group == "factor" else 0
        into = f"in{term.factors[place]}"
        letters = term.index_letters
        around = ""
        if family is not None and convolved:
            shared = [names[letters.index(letter)] for letter in family.letters if letter in letters]
            around = "".join(name for name in shared if name in indices)
        if not around:
            return self.step(
                "mix", (value,), f"{indices}->{indices}", number, "", parameter=self.parameter(group, key, into, out)
            )
        lengths = [self.signature.size(letters[names.index(name)]) or 1 for name in around]
        kernel = self.parameter(group, key, *map(str, lengths), into, out)
        method = "fft" if len(lengths) > 1 else self.circular or ("fft" if max(lengths) >= FFT_FROM else "direct")
        sizes = tuple((name, letters[names.index(name)]) for name in around)
        return self.step(
            *("circulate", (value,), f"{indices}->{indices}", number, ""),
            parameter=kernel,
            around=around,
            method=method,
            sizes=sizes,
        )

    def constants(self, number: int, term: Term, names: Sequence[str]) -> list[tuple[str, str]]:
        """The constant tensors of a term as values without channels, with their indices."""
        found = []
        for constant, indices in term.constants:
            legs = "".join(names[index] for index in indices)
            local = "".join(ascii_lowercase[place] for place in range(len(indices)))
            name = self.step("constant", (), f"->{local}", number, constant.name, constant=constant)
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

    def key(self, term: Term) -> str:
        """The term as a name: `ab,bc->ac` is `ab_bc__ac`; where there are several inputs or outputs they are named too."""
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
        pieces[-1:-1] = [constant.name for constant, _ in term.constants if not constant.offsets]
        return "_".join(pieces[:-1]) + "__" + pieces[-1]

    def read(self, number: int, loose: Untied, place: int, names: Sequence[str]) -> tuple[str, str]:
        """A factor rolled, with its diagonals taken and the indices that nothing else carries summed; and its indices."""
        term = loose.term
        tensor = term.factor_tensors[place]
        indices = term.factor_indices[place]
        argument = self.inputs[term.factors[place]]
        local = _local_names(tensor.set_axes, indices)
        unique = list(dict.fromkeys(indices))
        value, written = argument, "".join(local[index] for index in indices)
        shifts = tuple((at, -distance) for at, distance in enumerate(loose.inner[place]) if distance)
        if shifts:
            own = "".join(_local_names(tensor.set_axes, range(len(indices))).values())
            moved = "_".join(str(-distance) for _, distance in shifts)
            value = self.step("roll", (value,), f"{own}->{own}", number, f"{argument}_roll{moved}", shifts=shifts)
        if len(unique) < len(indices):
            spec = f"{written}->{''.join(local[index] for index in unique)}"
            value = self.step("diagonal", (value,), spec, number, f"{value}_{written}")
        elsewhere = {index for at, other in enumerate(term.factor_indices) if at != place for index in other}
        elsewhere |= {index for _, other in term.constants for index in other}
        left = list(unique)
        averaged = set(term.averaged_indices)
        for op, chosen in (("reduce", averaged), ("sum", set(unique) - averaged)):
            kept = [i for i in left if i in elsewhere or i in term.output_indices or i not in chosen]
            if len(kept) < len(left):
                spec = f"{''.join(local[index] for index in left)}->{''.join(local[index] for index in kept)}"
                sizes = tuple((local[index], term.index_letters[index]) for index in left if index not in kept)
                word = self.reduce if op == "reduce" else "sum"
                name = f"{value}_{''.join(local[index] for index in kept) or word}"
                value, left = self.step(op, (value,), spec, number, name, sizes=sizes), kept
        return value, "".join(names[index] for index in left)

    def product(
        self, number: int, loose: Untied, names: Sequence[str], key: str, out: str, family: Family | None
    ) -> tuple[str, str]:
        """The factors of a term of order 2 or more, mixed and contracted: the result's name and its indices."""
        term = loose.term
        read = [self.read(number, loose, place, names) for place in range(term.order)]
        present = {index for indices in term.factor_indices for index in indices}
        present |= {index for _, indices in term.constants for index in indices}
        target = "".join(names[index] for index in dict.fromkeys(term.output_indices) if index in present)
        if self.coefficients == "full":
            return self.joined(number, term, read, target, key, out), target
        mixed = []
        seen: set[str] = set()
        for place, (value, indices) in enumerate(read):
            convolved = family is not None and self.offset_here(term, names, indices, family, seen)
            seen |= set(indices)
            target_of = ("factor", f"{key}__{place}", "rank")
            mixed.append((self.mixed(number, term, names, value, indices, target_of, family, convolved), indices))
        value = self.contract(number, term, [*mixed, *self.constants(number, term, names)], target, names)
        matrix = self.parameter("mix", key, "rank", out)
        return self.step("mix", (value,), f"{target}->{target}", number, "", parameter=matrix), target

    def offset_here(self, term: Term, names: Sequence[str], indices: str, family: Family, seen: set[str]) -> bool:
        """Whether a factor needs offsets: not where it is the first on an axis that the output lacks."""
        outer = {names[index] for index in term.output_indices}
        letters = term.index_letters
        own = {names[letters.index(letter)] for letter in family.letters if letter in letters} & set(indices)
        return any(name in outer or name in seen for name in own)

    def joined(self, number: int, term: Term, read: list[tuple[str, str]], target: str, key: str, out: str) -> str:
        """The factors contracted one by one, last to first, with an array over all their channels and the output's."""
        names = term.names()
        array = self.parameter("mix", key, *(f"in{factor}" for factor in term.factors), out)
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
                "",
                parameter=array if first else None,
                sizes=self.averaged(term, names, present, kept),
                channels=(inner[place], before, after),
            )
            indices = kept
        return self.contract(number, term, [(value, indices), *constants], target, names) if constants else value

    def averaged(
        self, term: Term, names: Sequence[str], present: Iterable[str], kept: str
    ) -> tuple[tuple[str, str], ...]:
        """The indices that go and whose sum is an average, with their letters."""
        letters = term.index_letters
        free = {names[index]: letters[index] for index in term.averaged_indices}
        return tuple((index, free[index]) for index in present if index not in kept and index in free)

    def contract(
        self, number: int, term: Term, operands: list[tuple[str, str]], target: str, names: Sequence[str]
    ) -> str:
        """Pairwise contractions along a cheapest path (opt_einsum, all axes taken as equally long)."""
        operands = self.crossed(number, term, operands, target, names)
        for pair in _path([indices for _, indices in operands], target):
            taken = [operands[place] for place in pair]
            operands = [one for place, one in enumerate(operands) if place not in pair]
            needed = set(target).union(*(indices for _, indices in operands))
            present = dict.fromkeys("".join(indices for _, indices in taken))
            kept = "".join(index for index in present if index in needed) if operands else target
            spec = ",".join(indices for _, indices in taken) + "->" + kept
            bare = [name in self.plain for name, _ in taken]
            more: dict[str, object] = {"sizes": self.averaged(term, names, present, kept)}
            if any(bare):
                letter = channel_letters(spec, 1)
                more["channels"] = (*("" if one else letter for one in bare), "" if all(bare) else letter)
            value = self.step("contract", tuple(name for name, _ in taken), spec, number, "", **more)
            if all(bare):
                self.plain.add(value)
            operands.append((value, kept))
        return operands[0][0]

    def crossed(
        self, number: int, term: Term, operands: list[tuple[str, str]], target: str, names: Sequence[str]
    ) -> list[tuple[str, str]]:
        """Vector products where the Levi-Civita symbol of three dimensions joins two values."""
        symbols = {step.result for step in self.steps if step.constant is not None and step.constant.name == "e3"}
        for at, (name, legs) in enumerate(operands):
            if name not in symbols:
                continue
            others = [one for place, one in enumerate(operands) if place != at]
            for turn in range(3):
                free, one, two = (legs[(turn + step) % 3] for step in range(3))
                holders = [[own for own in others if index in own[1]] for index in (one, two)]
                alone = all(len(held) == 1 and held[0][0] not in self.plain for held in holders)
                if not alone or holders[0] == holders[1] or one in target or two in target:
                    continue
                left, right = holders[0][0], holders[1][0]
                shared = [index for index in left[1] if index in right[1]]
                if free in left[1] + right[1] or shared != [index for index in right[1] if index in left[1]]:
                    continue
                rest = [own for own in others if own not in (left, right)]
                kept = "".join(dict.fromkeys(left[1] + right[1])).replace(one, "").replace(two, "") + free
                spec = f"{left[1]},{right[1]}->{kept}"
                value = self.step("cross", (left[0], right[0]), spec, number, "", around=one + two + free)
                return self.crossed(number, term, [*rest, (value, kept)], target, names)
        return operands

    def place(self, number: int, term: Term, names: Sequence[str], value: str, indices: str) -> tuple[str, bool]:
        """A result brought to the output's axes: reordered, broadcast, embedded. Whether it then has every axis in full."""
        labels = "".join(names[index] for index in term.output_indices)
        unique = "".join(dict.fromkeys(labels))
        present = "".join(index for index in unique if index in indices)
        if present != indices:
            value = self.step("transpose", (value,), f"{indices}->{present}", number, "")
        new = [index for index in unique if index not in present]
        repeated = [index for index in unique if labels.count(index) > 1]
        letters = dict(zip(names, term.index_letters, strict=True))
        if new and (term.order or repeated):
            spread = "".join(index for index in new if index in repeated)
            sizes = tuple((index, letters[index]) for index in new)
            value = self.step("broadcast", (value,), f"{present}->{unique}", number, "", sizes=sizes, spread=spread)
        if repeated:
            value = self.step("embed", (value,), f"{unique}->{labels}", number, "")
        return value, all(index in repeated for index in new)


def _local_names(axes: str, indices: Sequence[int]) -> dict[int, str]:
    """Names for one factor's indices on their own, so that equal readings of an input look equal in every term."""
    spare = iter([letter for letter in ascii_lowercase + ascii_uppercase if letter not in axes])
    names: dict[int, str] = {}
    for index, letter in zip(indices, axes, strict=True):
        if index not in names:
            names[index] = letter if letter not in names.values() else next(spare)
    return names


def _path(operands: Sequence[str], target: str) -> list[tuple[int, ...]]:
    """The order of pairwise contractions; a single operand is summed and reordered by itself."""
    if len(operands) == 2:
        return [(0, 1)]
    if len(operands) == 1:
        return [] if operands[0] == target else [(0,)]
    equation = ",".join(operands) + "->" + target
    shapes = [(16,) * len(indices) for indices in operands]
    method = "optimal" if len(operands) <= 6 else "dp"
    path, _ = opt_einsum.contract_path(equation, *shapes, shapes=True, optimize=method)
    return [tuple(sorted(pair)) for pair in path]
