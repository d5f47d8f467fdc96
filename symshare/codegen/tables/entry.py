"""The first statements of a forward method over tables: checks, batches, lengths and weights of axes, the scale of inputs."""

from __future__ import annotations

from symshare.codegen.source import WIDTH, call, literal
from symshare.codegen.tables.facts import Facts
from symshare.codegen.tables.forms import Kind
from symshare.plans.einsum import channel_letters

__all__ = ["entry", "handed_on"]


def handed_on(facts: Facts) -> list[str]:
    """The call that hands arguments on by name: the method that has loops has names of its own, and no argument is in its
    way."""
    lines = ["        return self.mapped(", "            {" if facts.ins else "            {},"]
    for name, argument in zip(facts.ins, facts.plan.inputs, strict=True):
        lines.append(f"                {literal(name)}: {argument},")
    lines += ["            },"] if facts.ins else []
    lines += ["            {"] if facts.names.given else ["            {},"]
    for axis in facts.names.given:
        name = facts.names.sizes[axis]
        whole, pair = f"                {literal(axis)}: _number({literal(name)}, {name}),", [literal(name), name]
        broken = [", ".join(pair)] if 22 + 2 * len(name) + 2 <= WIDTH else [f"{one}," for one in pair]
        head, inner = f"                {literal(axis)}: _number(", [f"                    {one}" for one in broken]
        lines += [whole] if len(whole) <= WIDTH else [head, *inner, "                ),"]
    lines += ["            },"] if facts.names.given else []
    return [*lines, *(["            measure,"] if facts.names.measures else []), "        )"]


def entry(facts: Facts) -> list[str]:
    """The statements before anything is computed: checks, batches, lengths, weights."""
    names = facts.names
    widths = "self.in_channels" if names.several_in else "(self.in_channels,)"
    lines = [
        f"        widths = dict(zip(given, {widths}))",
        f"        for name, (_, *axes) in {facts.at('INPUTS')}.items():",
        f"            axes = tuple(_latent({facts.at('SIZES')}).get(axis, axis) for axis in axes)",
        "            _check(name, given[name], axes, widths[name], sizes, self.bias)",
        f"        own = [(x, len({facts.at('INPUTS')}[name])) for name, x in given.items()]",
        "        given = dict(zip(given, _same_batch(*own)))",
    ]
    if names.measures:
        first = facts.ins[0]
        lines += [
            f"        measure = _measures(measure, *{facts.at('MEASURED')})",
            f"        x, weights = given[{literal(first)}], {{}}",
            f"        batch = x.shape[:-{len(facts.signature.inputs[0].set_axes) + 1}]",
            f"        sizes.update(_latent({facts.at('SIZES')}))",
            f"        for axis, above in {facts.at('MEASURED')}.items():",
            "            lengths = [sizes[one] for one in above]",
            "            weight = _weights(measure, axis, x, batch, *lengths)",
            f"            weights[axis] = {'weight' if facts.sum else '_proportions(weight)'}",
        ]
    return lines + _scaled(facts)


def _scaled(facts: Facts) -> list[str]:
    """The statements that divide inputs by their root mean square, so that their scale does not matter."""
    if not facts.plan.choices.normalise_scale:
        return []
    lines = ["        scaled = []"]
    for kind, name in facts.read.items():
        axes, measured = _measured(facts, kind)
        targets = ", ".join(kind.letters)
        targets = f"({targets}{',' if len(kind.letters) == 1 else ''})" if kind.letters else "_"
        lines.append(f"        for name, {targets} in _of({facts.at('INPUTS')}, {literal(name)}):")
        lines += call(
            12, "scaled.append((", ["name", f"({', '.join(['given[name]', literal(axes), *measured])})"], "))"
        )
    return [
        *lines,
        "        found = _one_scale(*(one for _, one in scaled))",
        "        given = dict(zip([name for name, _ in scaled], found))",
    ]


def _measured(facts: Facts, kind: Kind) -> tuple[str, list[str]]:
    """Letters for the axes of a kind and its channels, and the weights of each axis with letters of those it depends on."""
    letters = ["IJKLMNOP"[n] if one.isupper() else "ijklmnop"[n] for n, one in enumerate(kind.letters)]
    found = []
    for place, letter in enumerate(kind.letters):
        text, at = letters[place], kind.parents[place]
        while at >= 0:
            text, at = letters[at] + text, kind.parents[at]
        weight = f"_proportions(weights[{letter}])" if facts.sum else f"weights[{letter}]"
        found.append((text, "None" if letter.isupper() else weight))
    found.sort(key=lambda one: len(one[0]))
    return "".join(letters) + channel_letters(letters, 1), [f"({weight}, {literal(text)})" for text, weight in found]
