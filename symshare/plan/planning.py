"""Terms to steps: diagonals and sums first, then channel mixing, then products, and broadcasting last."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase, ascii_uppercase

import opt_einsum

from symshare.core.basis import Basis
from symshare.core.term import Term
from symshare.errors import SymshareError
from symshare.plan.steps import Addend, Parameter, Plan, Step, channel_letters

__all__ = ["plan"]

KINDS = ("linear", "polynomial")
COEFFICIENTS = ("rank", "full")
REDUCTIONS = ("mean", "sum")
RESERVED = {"self", "torch", "tuple", "int", "ValueError"}
"""Names that the emitted forward method uses itself."""


def plan(basis: Basis, *, kind: str | None = None, reduce: str = "mean", coefficients: str = "rank") -> Plan:
    """The steps of a layer that computes every term of a basis, each with coefficients of its own.

    `kind` is `"linear"` (order 1, and a bias for each term of order 0) or `"polynomial"` (all orders of the basis); by
    default what the basis has. `reduce` makes every sum over an index a mean or leaves it a sum. Terms of order 2 and more
    get `coefficients` of a chosen rank R (each factor's channels mixed to R, multiplied, mixed to the output's) or `"full"`
    (one array over all input channels and the output channel).

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
    return _Planner(basis, terms, chosen, reduce, coefficients).run()


class _Planner:
    """Steps so far, and the values already computed, so that equal reductions are made once."""

    def __init__(self, basis: Basis, terms: tuple[Term, ...], kind: str, reduce: str, coefficients: str) -> None:
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
        self.known: dict[tuple[str, tuple[str, ...], str], str] = {}
        self.counters: dict[str, int] = {}

    def run(self) -> Plan:
        for number, term in enumerate(self.terms):
            self.add(number, term)
        return Plan(
            *(self.signature, self.terms, self.kind, self.reduce, self.coefficients, self.inputs),
            *(tuple(self.steps), tuple(self.parameters), tuple(self.addends)),
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
        known = None if own else self.known.get((op, operands, spec))
        if known is None:
            known = self.fresh(name) if name else self.numbered("t")
            self.steps.append(Step(op, known, operands, spec, term, **more))  # type: ignore[arg-type]
            self.known[op, operands, spec] = known
        return known

    def add(self, number: int, term: Term) -> None:
        names = term.names()
        out = f"out{term.output}"
        key = self.key(term)
        if term.order == 0:
            indices = ""
            value = self.numbered("b")
            parameter = self.parameter("bias", key, out)
            spec = f"->{''.join(names[index] for index in term.output_indices)}"
            self.steps.append(Step("bias", value, (), spec, number, parameter))
        elif term.order == 1:
            value, indices = self.read(number, term, 0, names)
            matrix = self.parameter("mix", key, f"in{term.factors[0]}", out)
            value = self.step("mix", (value,), f"{indices}->{indices}", number, "", parameter=matrix)
        else:
            value, indices = self.product(number, term, names, key, out)
        value, full = self.place(number, term, names, value, indices)
        self.addends.append(Addend(value, term.output, number, full))

    def key(self, term: Term) -> str:
        """The term as a name: `ab,bc->ac` is `ab_bc__ac`; where there are several inputs or outputs they are named too."""
        names = term.names()
        pieces = []
        for tensors, number, indices, plain in (
            *(
                (self.signature.inputs, factor, one, "x")
                for factor, one in zip(term.factors, term.factor_indices, strict=True)
            ),
            (self.signature.outputs, term.output, term.output_indices, "y"),
        ):
            label = f"{tensors[number].name or f'{plain}{number}'}_" if len(tensors) > 1 else ""
            pieces.append(label + "".join(names[index] for index in indices))
        return "_".join(pieces[:-1]) + "__" + pieces[-1]

    def read(self, number: int, term: Term, place: int, names: Sequence[str]) -> tuple[str, str]:
        """A factor with its diagonals taken and the indices that nothing else carries summed: its name and its indices."""
        tensor = term.factor_tensors[place]
        indices = term.factor_indices[place]
        argument = self.inputs[term.factors[place]]
        local = _local_names(tensor.set_axes, indices)
        unique = list(dict.fromkeys(indices))
        value, written = argument, "".join(local[index] for index in indices)
        if len(unique) < len(indices):
            spec = f"{written}->{''.join(local[index] for index in unique)}"
            value = self.step("diagonal", (value,), spec, number, f"{argument}_{written}")
        elsewhere = {index for at, other in enumerate(term.factor_indices) if at != place for index in other}
        kept = [index for index in unique if index in elsewhere or index in term.output_indices]
        if len(kept) < len(unique):
            spec = f"{''.join(local[index] for index in unique)}->{''.join(local[index] for index in kept)}"
            letters = term.index_letters
            sizes = tuple((local[index], letters[index]) for index in unique if index not in kept)
            name = f"{value}_{''.join(local[index] for index in kept) or self.reduce}"
            value = self.step("reduce", (value,), spec, number, name, sizes=sizes)
        return value, "".join(names[index] for index in kept)

    def product(self, number: int, term: Term, names: Sequence[str], key: str, out: str) -> tuple[str, str]:
        """The factors of a term of order 2 or more, mixed and contracted: the result's name and its indices."""
        read = [self.read(number, term, place, names) for place in range(term.order)]
        present = {index for indices in term.factor_indices for index in indices}
        target = "".join(names[index] for index in dict.fromkeys(term.output_indices) if index in present)
        letters = dict(zip(names, term.index_letters, strict=True))
        if self.coefficients == "full":
            return self.joined(number, term, read, target, key, out), target
        mixed = []
        for place, (value, indices) in enumerate(read):
            matrix = self.parameter("factor", f"{key}__{place}", f"in{term.factors[place]}", "rank")
            mixed.append((self.step("mix", (value,), f"{indices}->{indices}", number, "", parameter=matrix), indices))
        value = self.contract(number, mixed, target, letters)
        matrix = self.parameter("mix", key, "rank", out)
        return self.step("mix", (value,), f"{target}->{target}", number, "", parameter=matrix), target

    def joined(self, number: int, term: Term, read: list[tuple[str, str]], target: str, key: str, out: str) -> str:
        """The factors contracted one by one, last to first, with an array over all their channels and the output's."""
        letters = dict(zip(term.names(), term.index_letters, strict=True))
        array = self.parameter("mix", key, *(f"in{factor}" for factor in term.factors), out)
        *inner, outer = tuple(channel_letters("".join(letters), term.order + 1))
        value, indices = "", ""
        for place in range(term.order - 1, -1, -1):
            name, own = read[place]
            before, after = "".join(inner[: place + 1]) + outer, "".join(inner[:place]) + outer
            needed = set(target).union(*(one for _, one in read[:place]))
            present = dict.fromkeys(own + indices)
            kept = "".join(index for index in present if index in needed) if place else target
            sizes = tuple((index, letters[index]) for index in present if index not in kept)
            first = not value
            value = self.step(
                "contract",
                (name,) if first else (name, value),
                f"{own}->{kept}" if first else f"{own},{indices}->{kept}",
                number,
                "",
                parameter=array if first else None,
                sizes=sizes,
                channels=(inner[place], before, after),
            )
            indices = kept
        return value

    def contract(self, number: int, operands: list[tuple[str, str]], target: str, letters: dict[str, str]) -> str:
        """Pairwise contractions along a cheapest path (opt_einsum, all axes taken as equally long)."""
        for pair in _path([indices for _, indices in operands], target):
            taken = [operands[place] for place in pair]
            operands = [one for place, one in enumerate(operands) if place not in pair]
            needed = set(target).union(*(indices for _, indices in operands))
            present = dict.fromkeys("".join(indices for _, indices in taken))
            kept = "".join(index for index in present if index in needed) if operands else target
            spec = ",".join(indices for _, indices in taken) + "->" + kept
            sizes = tuple((index, letters[index]) for index in present if index not in kept)
            value = self.step("contract", tuple(name for name, _ in taken), spec, number, "", sizes=sizes)
            operands.append((value, kept))
        return operands[0][0]

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
    """The order of pairwise contractions."""
    if len(operands) == 2:
        return [(0, 1)]
    equation = ",".join(operands) + "->" + target
    shapes = [(16,) * len(indices) for indices in operands]
    method = "optimal" if len(operands) <= 6 else "dp"
    path, _ = opt_einsum.contract_path(equation, *shapes, shapes=True, optimize=method)
    return [tuple(sorted(pair)) for pair in path]
