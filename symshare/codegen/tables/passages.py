"""The passages of a forward method that read, or write, all tensors of a kind."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.codegen.source import call, literal
from symshare.codegen.statements import Statements, aligned
from symshare.codegen.tables.forms import Form, Kind
from symshare.plans.indices import Index, Indices
from symshare.plans.operations import Diagonal, Place, Reduce

__all__ = ["reading", "writing"]

INDENT = 12


def reading(kind: Kind, name: str, tensors: Sequence[str], reduce: str, table: str = "INPUTS") -> list[str]:
    """The loop that reads the tensors of a kind: their values go to the lists of the axes on which they meet others."""
    return [*_opened(table, kind, name, tensors, "read"), *_Reading(kind, reduce).lines()]


def writing(kind: Kind, name: str, tensors: Sequence[str], table: str = "OUTPUTS") -> list[str]:
    """The loop that writes the tensors of a kind, as sums of the values at the axes on which they meet inputs."""
    return [*_opened(table, kind, name, tensors, "written"), *_Writing(kind).lines()]


def _opened(table: str, kind: Kind, name: str, tensors: Sequence[str], verb: str) -> list[str]:
    shown = ", ".join(tensors[:4]) + (f", .. ({len(tensors)} tensors)" if len(tensors) > 4 else "")
    axes = [letter if kind.letters.index(letter) == place else "_" for place, letter in enumerate(kind.letters)]
    targets = f"({', '.join(axes)}{',' if len(axes) == 1 else ''})" if axes else "_"
    lines = [f"        # how {shown} {'is' if len(tensors) == 1 else 'are'} {verb}"]
    return [*lines, f"        for name, {targets} in _of({table}, {literal(name)}):"]


def _key(kind: Kind, form: Form) -> str:
    """The axes on which a form meets others, by the letters of its kind."""
    axes = [kind.letters[form.slots.index(index)] for index in form.kept]
    return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"


def _lengths(kind: Kind) -> dict[str, int]:
    """The lengths of the latent axes of a kind, by letter."""
    return dict(zip([one for one in kind.letters if one.isupper()], kind.lengths, strict=True))


class _Reading:
    """The statements that read one tensor."""

    def __init__(self, kind: Kind, reduce: str) -> None:
        self.kind, self.found = kind, list[str]()
        measures = {letter: f"weights[{letter}]" for letter in kind.letters if letter.islower()}
        self.statements = Statements(reduce, {}, measures, "placed")
        self.made: dict[tuple[str, Indices], str] = {}

    def lines(self) -> list[str]:
        add = self.found.append
        add(f"{' ' * INDENT}x = given[name]")
        self.made[self.full, tuple(self.full)] = "x"
        for form in sorted(self.kind.forms, key=lambda one: -len(one.kept)):
            latents = [one for one in dict.fromkeys(form.slots) if one.isupper() and one not in form.kept]
            self.value(form.slots, {*form.kept, *latents})
        for form in self.kind.forms:
            latents = [one for one in dict.fromkeys(form.slots) if one.isupper() and one not in form.kept]
            indices = next(own for text, own in self.made if text == form.slots and {*own} == {*form.kept, *latents})
            value = aligned(self.made[form.slots, indices], indices, (*form.kept, *latents))
            value += f".flatten({-1 - len(latents)})" if latents else ""
            add(f"{' ' * INDENT}met[{_key(self.kind, form)}].append({value})  # {form}")
        return self.found

    @property
    def full(self) -> str:
        """The indices of a tensor's slots, all different."""
        found = ""
        for letter in self.kind.letters:
            case = "IJKLMNOPQRSTUVWXYZ" if letter.isupper() else "ijklmnopqrstuvwxyz"
            found += next(one for one in case if one not in found)
        return found

    def own(self, slots: str, index: str) -> Indices:
        """An index after all that it depends on."""
        found, place = [index], self.kind.parents[slots.index(index)]
        while place >= 0:
            found.insert(0, slots[place])
            place = self.kind.parents[place]
        return tuple(found)

    def value(self, slots: str, kept: set[str]) -> Indices:
        """The indices of the value that has some of them, which is computed unless it is known."""
        every = tuple(dict.fromkeys(slots))
        indices = tuple([one for one in every if one in kept])
        if (slots, indices) in self.made:
            return indices
        if indices == every:
            self.step(Diagonal("", ("x",), (tuple(slots),), every, 0), slots, every)
            return indices
        known = [own for text, own in self.made if text == slots and {*own} > kept]
        start = min(known, key=len) if known else self.value(slots, {*every})
        gone = [one for one in start if one not in kept]
        last = min(gone, key=lambda one: len(self.own(slots, one)))
        before = self.value(slots, {*kept, last})
        letter = self.kind.letters[slots.index(last)]
        step = Reduce("", ("",), (before,), indices, 0, gone=(Index(last, letter, self.own(slots, last)),))
        self.step(step, slots, indices)
        return indices

    def step(self, step: Diagonal | Reduce, slots: str, indices: Indices) -> None:
        """The statement that makes a value from one that is known."""
        operand = "x" if isinstance(step, Diagonal) else self.made[slots, step.before[0]]
        name = "_".join(["x", *([slots] if slots != self.full else []), "".join(indices) or "all"])
        self.found += self.statements.lines(step, name, [operand], INDENT)
        self.made[slots, indices] = name


class _Writing:
    """The statements that write one tensor."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        lengths = {one: str(length) for one, length in _lengths(kind).items()}
        sizes = {one: lengths.get(one, f"sizes[{one}]") for one in kind.letters}
        self.sizes = sizes
        self.statements = Statements("sum", sizes, {}, "placed")

    def lines(self) -> list[str]:
        space, lines = " " * INDENT, list[str]()
        values: dict[Form, tuple[str, Indices]] = {}
        for form in self.kind.forms:
            latents = [one for one in dict.fromkeys(form.slots) if one.isupper() and one not in form.kept]
            diagonal = [form.slots] if len({*form.slots}) < len(form.slots) else []
            name = "_".join(["y", *diagonal, form.kept or "all"])
            lines.append(f"{space}{name} = parts[{_key(self.kind, form)}].pop(0)  # {form.written}")
            values[form] = name, (*form.kept, *latents)
        final: list[Form] = []
        ranked = sorted(values, key=lambda one: (len(values[one][1]), -len({*one.slots})))
        for place, form in enumerate(ranked):
            name, indices = values[form]
            host = next(
                (o for o in ranked[place + 1 :] if o.slots == form.slots and {*values[o][1]} > {*indices}), None
            )
            if host is None:
                final.append(form)
                continue
            other, own = values[host]
            sign = "+=" if len(host.kept) > 1 else f"= {other} +"
            lines.append(f"{space}{other} {sign} {aligned(name, indices, own)}")
        return lines + self.finished(final, values)

    def finished(self, final: Sequence[Form], values: dict[Form, tuple[str, Indices]]) -> list[str]:
        space, lines, full, started = " " * INDENT, list[str](), False, False
        for form in sorted(final, key=lambda one: (len({*one.slots}) < len(one.slots), -len(values[one][1]))):
            name, indices = values[form]
            labels = tuple(form.slots)
            new = [one for one in dict.fromkeys(labels) if one not in indices]
            repeated = len({*labels}) < len(labels)
            placed = Place(
                *("", (name,), (indices,), labels, 0),
                new=tuple(Index(one, self.kind.letters[form.slots.index(one)]) for one in new),
                spread=tuple(new) if repeated else (),
            )
            lines += self.statements.placed(placed, "y = y + " if started else "y = ", name, INDENT)
            started, full = True, full or not new
        if not full:
            lengths = [self.sizes[one] for one in self.kind.letters]
            lines += call(INDENT, "y = y.expand(", [f"*y.shape[:-{len(lengths) + 1}]", *lengths, "-1"], ")")
        return [*lines, f"{space}found[name] = y"]
